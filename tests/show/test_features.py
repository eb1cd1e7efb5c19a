from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import pytest
import shapely

from sitesel.crs import WORKING_CRS
from sitesel.show.features import ALWAYS, Pool, layers_content

if TYPE_CHECKING:
    from sitesel.catalog.layers import Catalog

DAY = date(2026, 11, 21)


def _frame(*shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(shapes), crs=WORKING_CRS)


def test_a_borrowed_polygon_is_kept_once() -> None:
    pool, box = Pool(), shapely.box(0, 0, 5000, 5000)
    assert pool.add(_frame(box, shapely.box(5000, 0, 9000, 5000))) == [0, 1]
    before = len(pool.stream())
    assert pool.add(_frame(box)) == [0]
    assert len(pool.stream()) == before


def test_neighbours_share_their_edge_after_simplifying() -> None:
    wiggle = [(0, 0), (5, 100), (-5, 200), (6, 300), (0, 4000)]
    left = shapely.Polygon([*wiggle, (-4000, 4000), (-4000, 0)])
    right = shapely.Polygon([*wiggle, (4000, 4000), (4000, 0)])
    pool = Pool()
    pool.add(_frame(left, right))
    a, b = pool._light
    assert a.intersection(b).area == pytest.approx(0, abs=1e-12)
    assert len(a.exterior.coords) < len(left.exterior.coords)


def test_the_background_is_always_there(catalog: Catalog) -> None:
    layers = layers_content(catalog, (), DAY, Pool())
    assert {layer["id"] for layer in layers} == {name for name in ALWAYS if name in catalog}
    assert all(layer["drawn"] for layer in layers)


def test_a_layer_tells_where_it_comes_from(catalog: Catalog) -> None:
    layers = layers_content(catalog, ("opportunity_zones", "free_zone_north"), DAY, Pool())
    zone = next(layer for layer in layers if layer["id"] == "opportunity_zones")
    assert zone["approximate"] is True
    assert zone["grade"] == "D"
    assert zone["licence"]
    assert zone["vintage"]
    free = next(layer for layer in layers if layer["id"] == "free_zone_north")
    assert len(free["drawn"]["in_force"]) == len(free["drawn"]["shapes"])


def test_roads_become_long_lines(catalog: Catalog) -> None:
    roads = next(one for one in layers_content(catalog, (), DAY, Pool()) if one["id"] == "roads")
    assert len(roads["drawn"]["shapes"]) < 10
