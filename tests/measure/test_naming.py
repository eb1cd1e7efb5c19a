"""Names: the nearest place of the same side, its wind, and a landmark near by."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from sitesel.crs import WORKING_CRS
from sitesel.measure.naming import names


def cells(spots, side="US"):
    """Make candidates of (x, y) in km."""
    corners = 1000 * np.array(spots)
    shapes = shapely.box(*(corners - 500).T, *(corners + 500).T)
    sides = [side] * len(spots) if isinstance(side, str) else side
    index = [f"c{number}" for number in range(len(spots))]
    return gpd.GeoDataFrame({"side": sides}, geometry=shapes, crs=WORKING_CRS, index=index)


def spots(*rows):
    """Make named points of (name, side, people, x, y) in km."""
    frame = pd.DataFrame(rows, columns=["name", "side", "population", "x", "y"])
    return gpd.GeoDataFrame(
        frame, geometry=gpd.points_from_xy(1000 * frame.x, 1000 * frame.y), crs=WORKING_CRS
    )


TOWNS = spots(
    ("Here", "US", 5000, 0, 0),
    ("There", "MX", 5000, 0, -10),
    ("Hamlet", "US", 999, 0, 20),
    ("Far", "US", 1000, 0, 40),
)


@pytest.mark.parametrize(
    ("wind", "x", "y"),
    [
        ("N", 0, 9),
        ("NE", 6, 6),
        ("E", 9, 0),
        ("SE", 6, -6),
        ("S", 0, -9),
        ("SW", -6, -6),
        ("W", -9, 0),
        ("NW", -6, 6),
        ("N", 1, 9),
        ("E", 9, -1),
    ],
)
def test_the_wind_is_from_the_place_to_the_candidate(wind, x, y):
    said = names(cells([(x, y)]), TOWNS, []).iloc[0]
    assert said["place"] == "Here"
    assert said["place_bearing"] == wind
    assert said["place_km"] == pytest.approx(np.hypot(x, y), abs=0.01)


def test_a_place_of_the_other_side_lends_no_name():
    said = names(cells([(0, -9), (0, -9)], ["US", "MX"]), TOWNS, [])
    assert said["place"].tolist() == ["Here", "There"]


def test_a_small_place_lends_no_name():
    said = names(cells([(0, 21)]), TOWNS, [])
    assert said["place"].tolist() == ["Far"]
    assert names(cells([(0, 21)]), TOWNS, [], people=999)["place"].tolist() == ["Hamlet"]


def test_a_landmark_must_be_near_and_on_the_same_side():
    parks = spots(("Park", "US", 0, 10, 0), ("Parque", "MX", 0, 12, 0))
    more = spots(("Pole", "US", 0, 30, 0))
    said = names(cells([(14.9, 0), (15.1, 0), (11.9, 0), (29, 0)]), TOWNS, [parks, more])
    assert said["landmark"].tolist()[::2] == ["Park", "Park"]
    assert pd.isna(said["landmark"].iloc[1])
    assert said["landmark"].iloc[3] == "Pole"


def test_without_landmarks_or_places_there_is_no_name():
    said = names(cells([(0, 0)]), TOWNS.iloc[:0], [])
    assert said.isna().all(axis=None)
    assert said.columns.tolist() == ["place", "place_km", "place_bearing", "landmark"]


def test_a_landmark_without_a_point_is_no_landmark():
    parks = spots(("Park", "US", 0, 1, 0), ("Lost", "US", 0, 2, 0))
    parks.loc[1, "geometry"] = None
    assert names(cells([(0, 0)]), TOWNS, [parks])["landmark"].tolist() == ["Park"]


def test_the_names_are_on_the_candidates_index_in_their_order():
    sites = cells([(0, -9), (0, 39), (0, 1)], ["MX", "US", "US"])
    said = names(sites, TOWNS, [])
    assert said.index.tolist() == ["c0", "c1", "c2"]
    assert said["place"].tolist() == ["There", "Far", "Here"]


def test_a_landmark_that_is_an_area_is_near_as_far_as_it_reaches():
    park = spots(("Park", "US", 0, 0, 0)).set_geometry([shapely.box(0, 0, 30_000, 4_000)])
    said = names(cells([(29, 1), (34.9, 2), (35.1, 2)]), TOWNS, [park.set_crs(WORKING_CRS)])
    assert said["landmark"].tolist()[:2] == ["Park", "Park"]
    assert pd.isna(said["landmark"].iloc[2])
