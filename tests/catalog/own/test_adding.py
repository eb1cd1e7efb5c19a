"""From a file to a layer that a study ranks: written whole or not at all, the file untouched."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import yaml

from sitesel.catalog.fetched import versions
from sitesel.catalog.layers import Catalog
from sitesel.catalog.own.adding import Wish, add
from sitesel.crs import WORKING_CRS
from sitesel.errors import LayerError, SiteselError, UnknownNameError
from sitesel.resources import shipped
from sitesel.show import payload
from sitesel.study import Run, Study

LOTS = [shapely.box(-106.5 + i / 50, 31.8, -106.49 + i / 50, 31.81) for i in range(6)]


def _lots(**columns):
    columns = columns or {"lot": list("abcdef"), "usd": np.arange(6.0)}
    return gpd.GeoDataFrame(columns, geometry=LOTS, crs=4326)


def _hashes(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


@pytest.fixture
def adding(tmp_path, catalog):
    """A function that adds a frame or paths as the layer ``mine``; keywords change the wish."""

    def run(*sources, **changes):
        paths = []
        for number, source in enumerate(sources):
            path = tmp_path / f"raw{number}.gpkg"
            if isinstance(source, gpd.GeoDataFrame):
                path.unlink(missing_ok=True)
                source.to_file(path, driver="GPKG")
            paths.append(str(path if isinstance(source, gpd.GeoDataFrame) else source))
        wish = Wish(**{"id": "mine", "to": tmp_path / "my"} | changes)
        return add(paths, wish, catalog=catalog)

    return run


def test_a_layer_is_written_and_read_back_as_a_run_sees_it(tmp_path, adding):
    lots = _lots()
    added = adding(lots, side_from="border", key="lot", stated={"licence": "CC0"})
    assert sorted(path.name for path in (tmp_path / "my" / "own").iterdir()) == [
        "mine.parquet",
        "mine.yaml",
    ]
    layer = Catalog(tmp_path / "my")["mine"]
    assert (layer.theme, layer.licence, layer.publisher) == ("own", "CC0", "unknown")
    assert (layer.source, layer.label, layer.side) == ("raw0.gpkg", "lot", "side")
    assert layer.fields["usd"].unit == "USD"
    frame = Catalog.default(tmp_path / "my").load("mine")
    assert frame.crs == WORKING_CRS
    assert added.frame["lot"].tolist() == frame["lot"].tolist() == list("abcdef")
    assert frame.geometry.geom_equals_exact(lots.to_crs(WORKING_CRS).geometry, 0.01).all()
    assert set(frame["side"]) == {"US"}
    assert added.key == "lot"
    assert added.said == []
    assert str(tmp_path) not in (tmp_path / "my" / "own" / "mine.yaml").read_text("utf-8")


def test_the_file_is_never_touched_and_the_same_file_gives_the_same_bytes(tmp_path, adding):
    adding(_lots())
    raw, first = _hashes(tmp_path)["raw0.gpkg"], _hashes(tmp_path / "my")
    adding(tmp_path / "raw0.gpkg", to=tmp_path / "other")
    assert _hashes(tmp_path)["raw0.gpkg"] == raw
    assert _hashes(tmp_path / "other") == first


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.geojson", '{"type": "FeatureCollection", "features": []}'),
        ("empty.csv", "lot,lon,lat\n"),
    ],
)
@pytest.mark.parametrize("changes", [{}, {"table": True}, {"where": [("lot", "a")]}])
def test_a_file_without_rows_is_called_so(tmp_path, adding, name, content, changes):
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(LayerError, match=rf"^{re.escape(name)}: has no rows"):
        adding(tmp_path / name, **changes)
    assert not (tmp_path / "my").exists()


def test_the_same_file_again_promises_no_earlier_version(adding):
    adding(_lots())
    assert adding(_lots(), replace=True).earlier is None
    assert adding(_lots(lot=list("ghijkl")), replace=True).earlier is not None
    assert adding(_lots(lot=list("ghijkl")), replace=True).earlier is None


def test_a_layer_that_exists_is_replaced_only_when_asked_and_kept(tmp_path, adding):
    adding(_lots())
    before = _hashes(tmp_path / "my")
    other = _lots(lot=list("ghijkl"), usd=np.arange(6.0))
    with pytest.raises(LayerError, match=r"mine\.yaml: this layer exists; --yes replaces it"):
        adding(other)
    assert _hashes(tmp_path / "my") == before
    added = adding(other, replace=True)
    assert Catalog(tmp_path / "my").load("mine")["lot"].tolist() == list("ghijkl")
    third = adding(_lots(lot=list("mnopqr"), usd=np.arange(6.0)), replace=True)
    kept = sorted(gpd.read_parquet(p)["lot"].iloc[0] for p in added.earlier.rglob("*.parquet"))
    assert kept == ["a", "g"]
    assert third.earlier == added.earlier == tmp_path / "my" / ".versions" / "mine"


def test_earlier_versions_of_an_own_layer_come_back(tmp_path, adding):
    place = versions.Place(tmp_path / "my", tmp_path / "my" / "own", "mine")

    def lots():
        return Catalog(tmp_path / "my").load("mine")["lot"].tolist()

    adding(_lots())
    adding(_lots(lot=list("ghijkl")), replace=True)
    (first,) = place.stamps()
    assert versions.restore(place) == first
    assert lots() == list("abcdef")
    place.definition.write_text(place.definition.read_text("utf-8").replace("unknown", "me"))
    assert "unknown" in (place.root / first / "mine.yaml").read_text("utf-8")
    adding(_lots(lot=list("mnopqr")), replace=True)
    assert len(place.stamps()) == 3  # the first as it was, and as it was edited
    versions.restore(place, first)
    assert lots() == list("abcdef")
    for number in range(9):
        adding(_lots(lot=[f"{number}{each}" for each in "abcdef"]), replace=True)
    assert len(place.stamps()) == versions.KEPT
    versions.restore(place)
    assert lots() == [f"7{each}" for each in "abcdef"]


def test_what_the_user_wrote_is_kept_for_good_and_restored(tmp_path, adding):
    added = adding(_lots())
    place = versions.Place(tmp_path / "my", tmp_path / "my" / "own", "mine")
    text = added.layer.definition.read_text("utf-8")
    added.layer.definition.unlink()
    (place.home / "mine.yml").write_text(text[text.index("id: ") :], "utf-8")
    for number in range(7):
        changed = adding(_lots(lot=[f"{number}{each}" for each in "abcdef"]), replace=True)
    assert changed.layer.definition.name == "mine.yml"
    assert sorted(path.name for path in place.home.iterdir()) == ["mine.parquet", "mine.yml"]
    assert place.stamps()[-1] == "original"
    assert len(place.stamps()) == versions.KEPT + 1
    assert versions.restore(place, "original") == "original"
    assert (place.home / "mine.yml").read_text("utf-8").startswith("id: mine\n")
    assert Catalog(tmp_path / "my").load("mine")["lot"].tolist() == list("abcdef")


def test_a_layer_that_lies_in_another_theme_is_replaced_where_it_lies(tmp_path, adding):
    adding(_lots())
    (tmp_path / "my" / "own").rename(tmp_path / "my" / "power")
    added = adding(_lots(), replace=True)
    assert added.layer.theme == "power"
    assert not (tmp_path / "my" / "own").exists()


@pytest.mark.parametrize("flaw", ["repeats", "crs", "write", "check"])
def test_whatever_fails_nothing_is_changed(tmp_path, adding, monkeypatch, flaw):
    monkeypatch.chdir(tmp_path)
    adding(_lots())
    before = _hashes(tmp_path / "my")
    lots, wish = _lots(lot=list("xbcdef")), {"replace": True, "to": Path("my")}
    if flaw == "repeats":
        lots, wish = _lots(lot=list("aacdef")), wish | {"key": "lot"}
    elif flaw == "crs":
        wish["crs"] = "EPSG:0"
    elif flaw == "write":
        monkeypatch.setattr(pd.DataFrame, "to_parquet", _full_disk)
        monkeypatch.setattr(gpd.GeoDataFrame, "to_parquet", _full_disk)
    else:
        monkeypatch.setattr("sitesel.catalog.own.adding.read_frame", _refuse)
    with pytest.raises((SiteselError, OSError)) as told:
        adding(lots, **wish)
    assert ".staged" not in str(told.value)
    assert _hashes(tmp_path / "my") == before


def _full_disk(*_, **__):
    raise OSError(28, "No space left on device")


def _refuse(layer, _):
    raise LayerError(f"{layer.definition}: does not go with {layer.path}")


def test_a_crash_between_data_and_definition_is_mended_by_the_next(tmp_path, adding, monkeypatch):
    adding(_lots())

    def crash(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(versions, "_roll", crash)
        with pytest.raises(KeyboardInterrupt):
            adding(_lots(lot=list("ghijkl")), replace=True)
    assert Catalog(tmp_path / "my").load("mine")["lot"].tolist() == list("abcdef")
    adding(_lots(lot=list("mnopqr")), replace=True)
    assert Catalog(tmp_path / "my").load("mine")["lot"].tolist() == list("mnopqr")


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"id": "Bad Id"}, "--id Bad Id: write small letters"),
        ({"id": "../evil"}, r"--id \.\./evil: write small letters"),
        ({"id": "power_plants"}, "a shipped layer has this name; .*--replaces power_plants"),
        ({"replaces": "opportunity_zone"}, "did you mean 'opportunity_zones'"),
    ],
)
def test_ids_that_cannot_be(tmp_path, adding, wish, message):
    with pytest.raises(SiteselError, match=message):
        adding(_lots(), **wish)
    assert not (tmp_path / "my").exists()


def test_an_error_names_the_file(adding):
    with pytest.raises(LayerError, match=r"^raw0\.gpkg: --crs: 'x' is no coordinate system"):
        adding(_lots(), crs="x")
    with pytest.raises(UnknownNameError, match=r"^raw0\.gpkg: --key apn: no such column"):
        adding(_lots(), key="apn")


# --- several files ---------------------------------------------------------------------------


def test_files_become_one_layer_and_findings_name_theirs(adding):
    first = _lots(GEOID=["01", "02", "03", "04", "05", "06"], zone=[1, 0, 0, 1, 0, 0])
    second = _lots(GEOID=["11", "12", "13", "14", "15", "16"], zone=["yes"] * 3 + ["no"] * 3)
    second = second.set_geometry(second.geometry.translate(xoff=1)).assign(note="x")
    added = adding(first, second, where=[("zone", "true")], key="GEOID")
    assert added.frame["geoid"].tolist() == ["01", "04", "11", "12", "13"]
    assert added.frame["zone"].tolist() == ["1", "1", "yes", "yes", "yes"]
    assert added.frame["note"].isna().tolist() == [True, True, False, False, False]
    assert added.said[:2] == [
        "raw0.gpkg: 2 of 6 rows are kept by --where",
        "raw1.gpkg: 3 of 6 rows are kept by --where",
    ]
    assert added.layer.source == "raw0.gpkg, raw1.gpkg"


def test_ids_that_repeat_over_files_are_told_with_file_and_row(adding):
    second = _lots(lot=list("ghijka"))
    with pytest.raises(LayerError, match=r"id 'a' is in raw0\.gpkg, row 2, raw1\.gpkg, row 7"):
        adding(_lots(), second, key="lot")


def test_files_of_different_kinds_are_not_mixed(adding):
    points = _lots().set_geometry(gpd.points_from_xy(*np.full((2, 6), 30.0) * [[-3.5], [1]]))
    with pytest.raises(LayerError, match="the files hold points and polygons; add them apart"):
        adding(_lots(), points.set_crs(4326, allow_override=True))


# --- ids -------------------------------------------------------------------------------------


def test_ids_that_repeat_or_lack_are_an_error_with_rows(adding):
    lots = _lots(lot=["a", "b", "a", None, "b", ""])
    with pytest.raises(LayerError) as told:
        adding(lots, key="lot")
    assert "no id in row 5, row 7" in str(told.value)
    assert "id 'a' is in row 2, row 4" in str(told.value)
    assert "2 ids occur again" in str(told.value)
    assert "--number-repeats" in str(told.value)
    with pytest.raises(LayerError, match="1 id occurs again in all"):
        adding(_lots(lot=list("abcdee")), key="lot")


def test_ids_are_made_unique_when_that_is_wished_for(adding):
    lots = _lots(lot=["a", "b", "a", None, "b", ""])
    added = adding(lots, key="lot", number_repeats=True)
    assert added.frame["lot"].tolist() == [
        "a", "b", "a (row 4)", "row 5", "b (row 6)", "row 7",
    ]  # fmt: skip
    assert len(added.said) == 2
    clash = _lots(lot=["a", "a", "a (row 3)", "b", "c", "d"])
    with pytest.raises(LayerError, match="ids stay ambiguous"):
        adding(clash, key="lot", number_repeats=True, replace=True)


HOSTILE = [
    '=HYPERLINK("http://x","y")',
    "<script>alert(1)</script>",
    "\x1b[31mred",
    "a/../../b",
    "'; DROP TABLE sites;--",
    "007",
]


@pytest.fixture(scope="module")
def parcels_run(tmp_path_factory, catalog):
    """A run that ranks six lots with hostile ids as candidates."""
    folder = tmp_path_factory.mktemp("parcels")
    _lots(apn=HOSTILE, usd=np.arange(6.0)).to_parquet(folder / "lots.parquet")
    wish = Wish("my_lots", side_from="border", key="apn", to=folder / "my")
    add([str(folder / "lots.parquet")], wish, catalog=catalog)
    study = {
        "study": "lots",
        "title": "Lots",
        "as_of": "2026-11-21",
        "layers": "my",
        "area": {"bbox": [-106.6, 31.7, -106.3, 31.9]},
        "candidates": {"layer": "my_lots", "id": "apn", "min_ha": 20},
        "criteria": {
            "rail": {
                "title": "Rail",
                "measure": {"kind": "distance", "of": "rail"},
                "value": {"at": {0: 1, 30: 0}, "unit": "km"},
                "weight": 1,
            }
        },
        "sites": {"per_side": 10},
    }
    (folder / "lots.yaml").write_text(yaml.safe_dump(study), "utf-8")
    Study.load(folder / "lots.yaml").run(folder / "out")
    return folder / "out"


def test_parcels_keep_their_own_ids_from_file_to_table_and_map(parcels_run):
    sites = pd.read_csv(parcels_run / "sites.csv", dtype={"site_id": str}, keep_default_na=False)
    shown = ["'" + name if name.startswith("=") else name for name in HOSTILE]
    assert sorted(sites["site_id"]) == sorted(shown)  # a spreadsheet must not run one
    stored = gpd.read_file(parcels_run / "sites.gpkg", layer="sites")
    assert {*stored["site_id"]} == {*HOSTILE}
    page = (parcels_run / "map.html").read_text("utf-8")
    assert "<script>alert(1)</script>" not in page
    content = _content(page)
    assert all(name in str(content) or repr(name)[1:-1] in str(content) for name in HOSTILE)
    run = Run.open(parcels_run)
    assert {*run.decision.sites.index} == {*HOSTILE}


def _content(page):
    """Return what the page's data block says."""
    import re

    for block in re.findall(r"[A-Za-z0-9+/=]{2000,}", page):
        try:
            content, _ = payload.decode(block)
        except (ValueError, OSError):
            continue
        return content
    raise AssertionError("the page has no data block")


# --- real files ------------------------------------------------------------------------------


def test_the_real_parcels_are_told_of_their_ids_and_then_ranked(tmp_path, shared_data, catalog):
    path = str(shared_data / "parcels" / "us_socal_warehouse_parcels_2024.parquet")
    wish = Wish("my_parcels", side_from="border", key="apn", to=tmp_path / "my")
    with pytest.raises(LayerError, match=r"no id in row 8694, .* 83 ids occur again in all"):
        add([path], wish, catalog=catalog)
    added = add([path], replace(wish, number_repeats=True), catalog=catalog)
    assert len(added.frame) == 9388
    assert added.frame["apn"].is_unique
    assert set(added.frame["side"]) == {"US"}
    assert added.frame.area.sum() / 1e4 == pytest.approx(31_413, rel=1e-3)


TRACTS = [
    "tracts/ca_border_tracts2010_06073_06025.parquet",
    "tracts/elpaso_48141_tracts2020_tiger.parquet",
    "oz/tracts2018_polygons_az_nm.parquet",
]


def test_a_stand_in_that_is_added_again_stands_for_the_same_layer(tmp_path):
    costs = str(shipped("layers") / "transport" / "unit_costs.csv")
    wish = Wish("my_costs", table=True, replaces="unit_costs", to=tmp_path / "my")
    for again in (wish, replace(wish, replace=True), replace(wish, id="others")):
        assert add([costs], again).layer.replaces == "unit_costs"


def test_real_tracts_take_the_place_of_circles(tmp_path, shared_data, catalog):
    zones = Wish(
        "oz_tracts",
        side_from="border",
        where=[("oz1", "true"), ("oz1", "yes_same_code")],
        constants={"valid_from": "2018-06-14", "valid_to": "2028-12-31", "status": "operating"},
        replaces="opportunity_zones",
        to=tmp_path / "my",
        stated={"title": "Opportunity Zones 1.0"},
    )
    added = add([str(shared_data / name) for name in TRACTS], zones, catalog=catalog)
    assert len(added.frame) == 54 + 14 + 230
    mine = Catalog.default(tmp_path / "my")
    assert mine["opportunity_zones"].id == "oz_tracts"
    assert mine["opportunity_zones"].validity == catalog["opportunity_zones"].validity
    tract = mine.load("opportunity_zones").set_index("geoid").loc["35013001701"]
    circle = catalog.load("opportunity_zones").set_index("geoid").loc["35013001701"]
    overlap = tract.geometry.intersection(circle.geometry).area
    assert overlap / tract.geometry.union(circle.geometry).area < 0.8
    boxes = [shapely.box(*box) for box in added.layer.coverage]
    covered = shapely.union_all(boxes)
    assert covered.contains(shapely.Point(-106.4, 31.8))  # El Paso
    assert not covered.intersects(shapely.Point(-105.3, 31.3))  # Hudspeth: no tracts of it


def test_real_substations_basins_and_volumes(tmp_path, shared_data, catalog):
    def load(name, path, **changes):
        wish = Wish(**{"id": name, "to": tmp_path / "my"} | changes)
        return add([str(shared_data / path)], wish, catalog=catalog)

    kv = load("mx_kv", "power/mx_substations_kv.parquet", side_from="border")
    assert kv.layer.fields["voltaje_kv"].unit == "kV"
    assert kv.frame["voltaje_kv"].value_counts().to_dict() == {115.0: 682, 230.0: 64, 400.0: 9}
    assert set(kv.frame["side"]) == {"MX"}
    ca = load("ca_stations", "power/cec_substations_ca_bbox.parquet", side_from="border")
    assert set(ca.frame["side"]) == {"US"}
    basins = load("basins", "water/mx_conagua_surface_basins_2023.parquet", side_from="border")
    assert basins.frame["clvcuenca"].iloc[0] == "0101"
    assert basins.layer.fields["fechadof"].type == "date"
    assert set(basins.frame["side"]) == {"MX"}
    volumes = load("bts", "ports/bts_border_crossing_us_mexico_1996_2019.parquet", table=True)
    assert volumes.layer.geometry.kind == "table"
    assert volumes.frame["date"].iloc[0] == "1996-01-01"
    assert volumes.frame["port_code"].iloc[0] == "2502"
    table = load("basin_years", "water/conagua_cuencas_disponibilidad_2010_2020.csv", table=True)
    said = " | ".join(table.said)
    assert "is not UTF-8: read as cp1252" in said
    assert "'-' is taken as unknown" in said
    assert "column 'dma', rows 668, 691, 735, 736, 738 and 37 more: '0.0-1' is no number" in said
