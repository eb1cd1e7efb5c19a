"""Columns: names a study can write, types, units."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from sitesel.catalog.own.fields import RESERVED, described, renamed, safe_name, understood
from sitesel.errors import LayerError


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Precio (USD/m²)", "precio_usd_m2"),
        ("AÑO", "ano"),
        ("2020 pop", "f_2020_pop"),
        ("fid", "own_fid"),
        ("Geometry", "own_geometry"),
        ("side", "own_side"),
        ("日本", "column"),
        ("", "column"),
        ("a\x1b[31m\nb", "a_31m_b"),
        ("<script>alert(1)</script>", "script_alert_1_script"),
        ("valid_from", "valid_from"),
    ],
)
def test_names_become_safe(name, safe):
    assert safe_name(name) == safe
    assert safe not in RESERVED


def test_renaming_keeps_names_apart_and_tells_what_changed():
    frame = pd.DataFrame([[1, 2, 3, 4]], columns=["Año", "ano", "GEOID", "fid"])
    names, said = renamed(frame, {"year": "Año"})
    assert names == {"Año": "year", "ano": "ano", "GEOID": "geoid", "fid": "own_fid"}
    assert said == ["columns renamed: 'Año' is now year, 'fid' is now own_fid"]
    assert renamed(frame, {})[0]["ano"] == "ano_2"


def test_the_geometry_of_features_keeps_its_name():
    frame = gpd.GeoDataFrame({"A": [1]}, geometry=[shapely.Point(0, 0)])
    assert renamed(frame, {})[0] == {"A": "a"}


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"x": "Preis"}, "--field x=Preis: no such column; did you mean 'Price'"),
        ({"Bad Name": "Price"}, "'Bad Name' cannot be a field"),
        ({"side": "Price"}, "'side' cannot be a field"),
    ],
)
def test_wishes_that_cannot_be(wanted, message):
    with pytest.raises(LayerError, match=message):
        renamed(pd.DataFrame({"Price": [1]}), wanted)


def test_codes_stay_text_and_keep_their_zeros():
    for name, cells in {
        "county": ["08037", "48141"],
        "geoid": ["48141000100"],
        "zip_code": ["79901"],
        "cvegeo": ["26043"],
        "apn": ["1234"],
        "long": ["12345678901234567890"],
    }.items():
        assert understood(pd.Series(cells), name).values.tolist() == cells


def test_numbers_for_codes_are_told_of():
    found = understood(pd.Series([4003000301]), "geoid")
    assert found.values.tolist() == ["4003000301"]
    assert found.said == ["column 'geoid' holds numbers: if they are codes, leading zeros are lost"]
    assert understood(pd.Series([1, 2]), "id").said == []
    assert understood(pd.Series([1.5]), "price", text=True).values.tolist() == ["1.5"]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pd.Series(["115", "230"]), [115.0, 230.0]),
        (pd.Series([1, None], dtype="Int64"), [1.0, np.nan]),
        (pd.Series([np.inf, 2.0]), [np.nan, 2.0]),
        (pd.Series([True, None], dtype="boolean"), [True, None]),
        (pd.Series([True, False]), [True, False]),
        (pd.Series([True, None], dtype=object), [True, None]),
        (pd.Series(pd.to_datetime(["2026-11-21", None])), ["2026-11-21", None]),
        (pd.Series(pd.to_datetime(["2026-11-21T10:30"])), ["2026-11-21T10:30:00"]),
        (pd.Series([datetime(2026, 11, 21), None], dtype=object), ["2026-11-21", None]),  # noqa: DTZ001
        (pd.Series([date(2026, 11, 21)], dtype=object), ["2026-11-21"]),
        (pd.Series([Decimal("12.50"), None], dtype=object), [12.5, np.nan]),
        (pd.Series(["a", "b", "a"], dtype="category"), ["a", "b", "a"]),
        (pd.Series([1, "1,500", 2.5], dtype=object), [1.0, 1500.0, 2.5]),
        (pd.Series([5, "x"], dtype=object), ["5", "x"]),
        (pd.Series(["", " ", "x"]), [None, None, "x"]),
    ],
)
def test_columns_of_all_kinds(column, expected):
    found = understood(column, "a").values
    np.testing.assert_equal(found.tolist(), expected)


@pytest.mark.parametrize(
    ("title", "unit", "expected"),
    [
        ("Area_km2", None, "km²"),
        ("Voltaje_KV", None, "kV"),
        ("Capacity (MW)", None, "MW"),
        ("price", "USD", "USD"),
        ("usd_m2", None, "unknown"),
        ("floors", None, "unknown"),
    ],
)
def test_units_are_guessed_from_plain_words_only(title, unit, expected):
    assert described(pd.Series([1.0]), title, unit)["unit"] == expected


def test_types():
    assert described(pd.Series(["2026-11-21", None]), "d", None)["type"] == "date"
    assert described(pd.Series(["a", "b"] * 5), "c", None)["type"] == "class"
    assert described(pd.Series(["a", "b", "c"]), "t", None)["type"] == "text"
    assert described(pd.Series([True, False, True, True]), "b", None)["type"] == "class"
    assert "unit" not in described(pd.Series(["a"]), "t", None)
