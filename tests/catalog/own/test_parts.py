"""What one file gives: chosen rows, understood columns, sides."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from sitesel.catalog.own.parts import Wish, column, part
from sitesel.catalog.own.readers import Given
from sitesel.errors import LayerError, SiteselError, UnknownNameError

LOTS = [shapely.box(-106.5 + i / 100, 31.7, -106.495 + i / 100, 31.705) for i in range(4)]


def _lots(**columns):
    columns = columns or {"LOT": ["a", "b", "c", "d"]}
    return gpd.GeoDataFrame(columns, geometry=LOTS, crs=4326)


def _part(frame, catalog, **wish):
    return part(Given("lots.gpkg", frame), Wish("lots", **wish), catalog)


def test_rows_keep_their_numbers_and_columns_their_titles(catalog):
    frame = _lots(Número=["1,200", "$950", "7", "8"], LOT=list("abcd"))
    frame.loc[1, "geometry"] = None
    made = _part(frame, catalog)
    assert made.frame.index.tolist() == [0, 2, 3]
    assert made.frame["numero"].tolist() == [1200, 7, 8]
    assert made.titles == {"numero": "Número", "lot": "LOT"}
    *first, last = made.said
    assert first == ["columns renamed: 'Número' is now numero", "row 3: no geometry: left out"]
    assert last.startswith("column 'numero', row 2: '1,200' is read as 1200, its comma as that of ")


def test_names_of_columns_in_a_wrong_encoding_are_mended_where_all_show_it(catalog):
    broken = "Dueño".encode().decode("cp1252")
    made = _part(_lots(**{broken: list("abcd")}), catalog, fields={"owner": "Dueño"})
    assert made.titles == {"owner": "Dueño"}
    assert made.said[0] == (
        f"column names were UTF-8 read as something else: '{broken}' is 'Dueño' now"
    )
    honest = _part(_lots(**{broken: list("abcd"), "Año": [1, 2, 3, 4]}), catalog)
    assert honest.titles["ano"] == "Año"
    assert broken in honest.titles.values()


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ([("LOT", "a")], ["a"]),
        ([("lot", "A"), ("lot", "c")], ["a", "c"]),
        ([("sold", "true")], ["a", "c"]),
        ([("sold", "False"), ("lot", "b")], ["b"]),
        ([("zone", "1")], ["a", "b"]),
        ([("zone", "yes")], []),
        ([("ha", "20")], ["c"]),
    ],
)
def test_conditions_choose_rows(catalog, where, kept):
    frame = _lots(
        LOT=list("abcd"), sold=[True, False, True, False], zone=["1", "1.0", "x", None],
        ha=[5.0, 10, 20, np.nan],
    )  # fmt: skip
    frame["zone"] = [1, 1, 0, 0]
    if not kept:
        with pytest.raises(LayerError, match="--where zone=yes: no row has that"):
            _part(frame, catalog, where=where)
        return
    made = _part(frame, catalog, where=where)
    assert made.frame["lot"].tolist() == kept
    assert made.said[0] == f"{len(kept)} of 4 rows are kept by --where"


def test_true_is_one_and_yes(catalog):
    for cells in ([1, 0, 0, 0], ["Yes", "no", "no", "no"], [True, False, False, False]):
        made = _part(_lots(zone=cells), catalog, where=[("zone", "true")])
        assert made.frame.index.tolist() == [0]
        assert made.kept == {"zone": cells[:1]}


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"where": [("LOTT", "a")]}, "--where LOTT: no such column; did you mean 'LOT'"),
        ({"where": [("LOT", "e"), ("LOT", "f")]}, "--where LOT=e: no row has that"),
        ({"where": [("LOT", "a"), ("n", "2")]}, "no row fits all conditions"),
        ({"constants": {"lot": "x"}}, "--set lot=…: choose a name"),
        ({"constants": {"Side": "US"}}, "--set Side=…: choose a name"),
        ({"key": "APN"}, "--key APN: no such column"),
        ({"side_from": "country"}, "--side-from country: no such column"),
    ],
)
def test_wishes_that_cannot_be(catalog, wish, message):
    frame = _lots(LOT=list("abcd"), n=[1, 2, 3, 4])
    with pytest.raises(SiteselError, match=message):
        _part(frame, catalog, **wish)


def test_constants_are_understood_like_columns(catalog):
    made = _part(_lots(), catalog, constants={"valid_to": "31/12/2028", "kv": "115"})
    assert made.frame["valid_to"].tolist() == ["2028-12-31"] * 4
    assert made.frame["kv"].tolist() == [115.0] * 4


def test_columns_of_nothing_or_of_lists_are_left_out_and_said(catalog):
    frame = _lots(LOT=list("abcd"), empty=["", None, " ", None], many=[[1], [2], [3], [4]])
    made = _part(frame, catalog)
    assert list(made.frame.columns) == ["lot", "geometry"]
    assert "columns left out, for they hold nothing: empty" in made.said
    assert "columns left out, for they hold lists or bytes: many" in made.said


def test_key_and_label_are_text(catalog):
    made = _part(_lots(LOT=[1, 2, 3, 4], n=[5, 6, 7, 8]), catalog, key="LOT", label="n")
    assert made.frame["lot"].tolist() == ["1", "2", "3", "4"]
    assert made.frame["n"].tolist() == ["5", "6", "7", "8"]


def test_sides_by_the_border_leave_out_what_is_in_neither(catalog):
    frame = _lots(LOT=list("abcd"), side=["x"] * 4)
    frame.loc[3, "geometry"] = shapely.box(-90.5, 14.6, -90.4, 14.7)
    made = _part(frame, catalog, side_from="border")
    assert made.frame["side"].tolist() == ["MX"] * 3
    assert made.frame["own_side"].tolist() == ["x"] * 3
    assert made.said[-1].startswith("row 5: neither in Mexico nor in")
    with pytest.raises(LayerError, match="no row lies in Mexico or in the four border states"):
        _part(frame.iloc[3:], catalog, side_from="border")


def test_sides_by_a_column(catalog):
    made = _part(_lots(side=["USA", "México"] * 2), catalog, side_from="side")
    assert made.frame["side"].tolist() == ["US", "MX"] * 2
    assert "own_side" not in made.frame
    assert made.said[-1].startswith("rows 2, 4: 'side' says US, but they lie in Mexico")
    kept = _part(_lots(country=["USA", "México"] * 2), catalog, side_from="country").frame
    assert {"side", "country"} <= {*kept.columns}


def test_a_table_needs_places_or_to_be_wished_for(catalog):
    table = pd.DataFrame({"PORT": ["a", "b"], "trucks": ["1,200", "30"]})
    with pytest.raises(LayerError, match="no geometry and no coordinates; name them: --field lon="):
        _part(table, catalog)
    made = _part(table, catalog, table=True)
    assert not isinstance(made.frame, gpd.GeoDataFrame)
    assert made.frame["trucks"].tolist() == [1200, 30]
    with pytest.raises(LayerError, match="a table has no places"):
        _part(table, catalog, table=True, side_from="border")
    assert "geometry" not in _part(_lots(), catalog, table=True).frame


def test_coordinates_may_be_named(catalog):
    table = pd.DataFrame({"east": ["-106.4"], "north": ["31.7"], "code": ["x"]})
    made = _part(table, catalog, fields={"lon": "east", "lat": "north"})
    assert made.frame.geometry.iloc[0].equals(shapely.Point(-106.4, 31.7))
    words = pd.DataFrame({"outline": [LOTS[0].wkt], "code": ["x"]})
    assert _part(words, catalog, fields={"geometry": "outline"}).frame.geometry.iloc[0] == LOTS[0]


def test_tracts_that_are_no_zones_are_covered_and_said(catalog):
    tiles = [shapely.box(-106.5 + i / 10, 31.5, -106.4 + i / 10, 31.6) for i in range(4)]
    frame = gpd.GeoDataFrame({"zone": [1, 0, 0, 0]}, geometry=tiles, crs=4326)
    made = _part(frame, catalog, where=[("zone", "1")])
    assert made.coverage == [(-106.5, 31.5, -106.1, 31.6)]
    assert "outside the outlines of this file nothing is known: see 'coverage'" in made.said
    assert _part(frame, catalog).coverage == []


def test_columns_go_by_either_name():
    frame = pd.DataFrame({"ano": [1]})
    assert column("Año", {"ano": "Año"}, frame, "--key") == "ano"
    assert column("ano", {"ano": "Año"}, frame, "--key") == "ano"
    with pytest.raises(UnknownNameError, match="--key Mes: no such column"):
        column("Mes", {"ano": "Año"}, frame, "--key")
