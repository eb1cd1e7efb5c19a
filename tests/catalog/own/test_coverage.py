"""Where tracts tell that there is no zone, and where nobody knows."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from sitesel.catalog.own.coverage import covered


def _tiles(crs=4326):
    """Tracts that close an L of 0.5 x 0.5 degrees; every fourth is a zone."""
    cells = [(x, y) for x in range(5) for y in range(5) if x < 2 or y < 2]
    shapes = [
        shapely.box(-106 + x / 10, 31 + y / 10, -105.9 + x / 10, 31.1 + y / 10) for x, y in cells
    ]
    return gpd.GeoDataFrame({"zone": np.arange(len(cells)) % 4 == 0}, geometry=shapes, crs=crs)


def test_boxes_cover_all_tracts_and_nothing_else():
    tracts = _tiles()
    boxes = covered(tracts[tracts["zone"]], tracts[~tracts["zone"]], None)
    found = shapely.union_all([shapely.box(*each) for each in boxes])
    assert found.symmetric_difference(tracts.union_all()).area < 1e-9
    assert len(boxes) == 2
    assert sum(shapely.box(*each).area for each in boxes) == pytest.approx(found.area)


def test_the_rest_may_be_in_another_crs_or_lack_places():
    tracts = _tiles()
    rest = tracts[~tracts["zone"]].to_crs(32613)
    rest.loc[len(tracts)] = [False, None]
    boxes = covered(tracts[tracts["zone"]], rest, None)
    area = sum(shapely.box(*each).area for each in boxes)
    assert area == pytest.approx(tracts.union_all().area, rel=0.05)


def test_scattered_outlines_tell_nothing_of_the_land_between():
    lots = _tiles()
    lots = lots.set_geometry(
        shapely.buffer(shapely.centroid(lots.geometry.to_numpy()), 0.037), crs=4326
    )
    assert covered(lots[lots["zone"]], lots[~lots["zone"]], None) == []


def test_points_tell_nothing():
    points = _tiles()
    points = points.set_geometry(points.representative_point())
    assert covered(points[points["zone"]], points[~points["zone"]], None) == []


def test_a_continent_is_not_cut_into_small_boxes():
    wide = gpd.GeoDataFrame(
        {"a": [1, 2]}, geometry=[shapely.box(-160, 10, -100, 80), shapely.box(-100, 10, -60, 80)],
        crs=4326,
    )  # fmt: skip
    assert covered(wide[:1], wide[1:], None) == []
