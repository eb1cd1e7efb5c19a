"""Sides by the border, and by what a column says."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from sitesel.catalog.own.sides import by_border, by_words, contradictions
from sitesel.crs import LONLAT
from sitesel.errors import LayerError

PORTS = {  # known places a few km from the line
    "US": [(-106.44, 31.78), (-117.04, 32.57), (-99.49, 27.53), (-110.94, 31.36), (-97.5, 25.93)],
    "MX": [(-106.46, 31.72), (-117.02, 32.5), (-99.53, 27.46), (-110.94, 31.3), (-97.51, 25.86)],
}


def _points(*places):
    return gpd.GeoDataFrame(geometry=[shapely.Point(each) for each in places], crs=4326)


@pytest.mark.parametrize("side", ["US", "MX"])
def test_known_places_along_the_line(catalog, side):
    found, said = by_border(_points(*PORTS[side]), catalog)
    assert found.tolist() == [side] * len(PORTS[side])
    assert said == []


def test_the_sides_of_the_shipped_parks_and_plants(catalog):
    for layer in ("industrial_parks", "power_plants"):
        frame = catalog.load(layer).to_crs(LONLAT)
        found, _ = by_border(frame[["geometry"]], catalog)
        known = found.notna()
        assert (
            found[known] == frame["side"][known]
        ).mean() > 0.99  # some parks are known within 2-5 km


def test_a_quay_off_the_coast_belongs_to_the_land(catalog):
    assert by_border(_points((-117.14, 32.46)), catalog)[0].tolist() == ["MX"]


def test_what_lies_in_neither_is_named_and_has_no_side(catalog):
    frame = _points((-106.44, 31.78), (-97.5, 35.5), (-90.5, 14.6), (-118, 30))
    found, said = by_border(frame.set_index(pd.Index([3, 5, 7, 9])), catalog)
    assert found.tolist() == ["US", None, None, None]
    assert said == ["rows 7, 9, 11: neither in Mexico nor in AZ, CA, NM, TX: left out"]


def test_outlines_across_the_border_are_told_and_those_along_it_are_not(catalog):
    across = shapely.box(-106.6, 31.6, -106.3, 31.9)
    along = catalog.load("us_counties").set_index("county_fips").loc[["48141"]]
    frame = gpd.GeoDataFrame(
        geometry=[across, *along.to_crs(LONLAT).geometry, shapely.box(-106.4, 31.9, -106.3, 32)],
        crs=4326,
    )
    found, said = by_border(frame, catalog)
    assert found.tolist()[1:] == ["US", "US"]
    assert said == ["row 2: across the border: side by a point inside"]


def test_words_of_both_languages():
    words = ["US", "usa", " Estados Unidos ", "EE.UU.", "MX", "México", "MEXICO", "mex"]
    assert by_words(pd.Series(words), "pais").tolist() == ["US"] * 4 + ["MX"] * 4


@pytest.mark.parametrize("cell", ["Canada", None, ""])
def test_other_words_are_refused_with_their_row(cell):
    with pytest.raises(LayerError, match=f"--side-from pais, row 3: '{cell}' is neither US nor MX"):
        by_words(pd.Series(["US", cell], dtype=object), "pais")


def test_a_column_that_contradicts_the_border_is_told_with_its_rows(catalog):
    frame = _points(*PORTS["US"], *PORTS["MX"], (-106.485, 31.7475), (-97.5, 35.5))
    said = pd.Series(["MX", *["US"] * 8, "MX", "MX", "US"])
    told = contradictions(said, frame, catalog, "pais")
    assert [line.removesuffix(", or --side-from border") for line in told] == [
        "rows 7, 8, 9, 10: 'pais' says US, but they lie in Mexico: kept as stated; mend them",
        "row 2: 'pais' says MX, but it lies in the US: kept as stated; mend it",
    ]
    assert contradictions(pd.Series(["US"] * 5), frame[:5], catalog, "pais") == []
