"""Coordinates that are not what they are said to be; pyproj tells what they should come to."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from sitesel.catalog.own.placing import parsed, to_lonlat
from sitesel.errors import LayerError

PLACES = np.array([[-106.49, 31.76], [-117.05, 32.53], [-97.5, 25.9]])


def _frame(xy, crs=None, index=None):
    return gpd.GeoDataFrame(geometry=shapely.points(np.asarray(xy, float)), crs=crs, index=index)


def _xy(frame):
    return shapely.get_coordinates(frame.geometry.to_numpy())


@pytest.mark.parametrize("crs", [4326, 4269, 3857, 32613, 6372, 2277])
def test_what_is_stated_rightly_is_only_projected(crs):
    frame = _frame(PLACES, 4326).to_crs(crs)
    found, said = to_lonlat(frame)
    np.testing.assert_allclose(_xy(found), PLACES, atol=2e-5)
    assert said == []
    assert found.crs.to_epsg() == 4326


@pytest.mark.parametrize(
    ("slip", "words"),
    [
        (lambda xy: xy[:, ::-1], "longitude and latitude are swapped in all rows: put right"),
        (lambda xy: xy * [-1, 1], "the longitudes lack their minus sign in all rows: put right"),
        (lambda xy: xy - [-360, 0], "the longitudes run from 0 to 360 in all rows: put right"),
        (
            lambda xy: (xy * [-1, 1])[:, ::-1],
            "longitude and latitude are swapped and lack the minus sign in all rows: put right",
        ),
    ],
)
@pytest.mark.parametrize("crs", [4326, None])
def test_slips_of_every_row_are_put_right_and_said(slip, words, crs):
    found, said = to_lonlat(_frame(slip(PLACES), crs))
    np.testing.assert_allclose(_xy(found), PLACES, atol=1e-9)
    assert words in said
    assert len(said) == (1 if crs == 4326 else 2)


def test_outlines_are_swapped_point_by_point():
    box = shapely.box(31.7, -106.5, 31.8, -106.4)
    found, _ = to_lonlat(gpd.GeoDataFrame(geometry=[box], crs=4326))
    assert found.geometry.iloc[0].equals(shapely.box(-106.5, 31.7, -106.4, 31.8))


def test_no_crs_near_the_border_is_taken_as_degrees_and_said():
    found, said = to_lonlat(_frame(PLACES))
    np.testing.assert_array_equal(_xy(found), PLACES)
    assert said == [
        "no CRS is stated; taken as EPSG:4326, for the coordinates are degrees near the border"
    ]


@pytest.mark.parametrize(
    ("crs", "hint"), [(3857, r"EPSG:3857 \("), (32613, r"EPSG:32613 \("), (2277, r"EPSG:2277 \(")]
)
def test_no_crs_and_no_degrees_is_an_error_that_names_what_would_fit(crs, hint):
    with pytest.raises(LayerError, match=rf"no CRS is stated.*--crs EPSG:….*{hint}"):
        to_lonlat(_frame(_xy(_frame(PLACES[:1], 4326).to_crs(crs))))
    found, said = to_lonlat(_frame(_xy(_frame(PLACES, 4326).to_crs(crs))), f"EPSG:{crs}")
    np.testing.assert_allclose(_xy(found), PLACES, atol=2e-5)
    assert said == []


def test_no_crs_and_one_row_far_away_is_not_guessed():
    with pytest.raises(LayerError, match="no CRS is stated"):
        to_lonlat(_frame([*PLACES, [2.3, 48.8]]))


def test_degrees_that_are_said_to_be_metres():
    swapped, said = to_lonlat(_frame(PLACES[:, ::-1], 32613))
    np.testing.assert_array_equal(_xy(swapped), PLACES)
    assert len(said) == 2
    found, said = to_lonlat(_frame(PLACES, 32613))
    np.testing.assert_array_equal(_xy(found), PLACES)
    assert said == ["the CRS is EPSG:32613, but the coordinates are degrees: EPSG:4326 is taken"]
    with pytest.raises(LayerError, match="look like degrees, yet the CRS is EPSG:32613"):
        to_lonlat(_frame([[2.3, 48.8]], 32613))


def test_metres_that_are_said_to_be_degrees():
    metres = _xy(_frame(PLACES[:1], 4326).to_crs(32613))
    with pytest.raises(LayerError, match=r"row 2: .* are not degrees, yet the CRS is EPSG:4326.*"):
        to_lonlat(_frame(metres, 4326))
    found, said = to_lonlat(_frame(metres, 4326), "EPSG:32613")
    np.testing.assert_allclose(_xy(found), PLACES[:1])
    assert said == ["the file says EPSG:4326; --crs EPSG:32613 is taken"]


@pytest.mark.parametrize("crs", [4326, None, 3857])
def test_some_rows_swapped_are_an_error_with_their_rows(crs):
    mixed = np.vstack([PLACES, PLACES[:2, ::-1]])
    with pytest.raises(LayerError, match="rows 5, 6: longitude and latitude are swapped, in the"):
        to_lonlat(_frame(mixed, crs))


def test_rows_keep_the_numbers_of_the_file():
    with pytest.raises(LayerError, match="row 12: longitude and latitude are swapped"):
        to_lonlat(_frame([PLACES[0], PLACES[1][::-1]], 4326, index=[4, 10]))


def test_rows_elsewhere_are_told_and_kept():
    found, said = to_lonlat(_frame([*PLACES, [0, 0], [2.3, 48.8]], 4326))
    assert len(found) == 5
    assert said == ["rows 5, 6: outside North America: look at them"]


def test_a_layer_that_lies_elsewhere_altogether_is_refused():
    wrong = _xy(_frame(PLACES, 4326).to_crs(32613)) - [0, 9_000_000]
    with pytest.raises(LayerError, match="every row lies outside North America"):
        to_lonlat(_frame(wrong, 32613))


def test_coordinates_that_are_nowhere_are_left_out():
    metres = _xy(_frame(PLACES, 4326).to_crs(32613))
    found, said = to_lonlat(_frame([*metres, [1e30, 1e30]], 32613))
    assert len(found) == 3
    assert said == ["row 5: coordinates that are nowhere on earth: left out"]


def test_outlines_round_the_globe_are_told():
    wide = shapely.box(-179.9, 20, 179.9, 21)
    _, said = to_lonlat(gpd.GeoDataFrame(geometry=[shapely.Point(-106, 31), wide], crs=4326))
    assert any("row 3: across the 180° meridian" in line for line in said)


def test_a_local_grid_counts_as_no_crs():
    local = 'LOCAL_CS["Undefined Cartesian",UNIT["metre",1]]'
    with pytest.raises(LayerError, match="no CRS is stated"):
        to_lonlat(_frame([[1000, 2000]], local))


def test_heights_of_a_crs_do_not_matter():
    assert parsed("EPSG:4326+5773").is_geographic
    found, said = to_lonlat(_frame(PLACES, "EPSG:4979"))
    assert len(found) == 3
    assert said == []


@pytest.mark.parametrize("crs", ["nonsense", "EPSG:999999", ""])
def test_words_that_are_no_crs(crs):
    with pytest.raises(LayerError, match=f"--crs: '{crs}' is no coordinate system"):
        parsed(crs)
