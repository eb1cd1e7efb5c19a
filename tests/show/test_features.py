from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from sitesel.catalog.layers import Catalog
from sitesel.crs import LONLAT, WORKING_CRS
from sitesel.errors import LayerError
from sitesel.show.features import ALWAYS, Pool, drawable, layers_content

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


def test_outlines_end_with_the_land_beyond_which_the_map_is_blank(catalog: Catalog) -> None:
    land = shapely.box(*catalog.load("land").to_crs(LONLAT).total_bounds)
    whole = catalog.load("us_states").to_crs(LONLAT)
    drawn = drawable(catalog, "us_states", DAY)[0].to_crs(LONLAT)
    assert not whole.within(land.buffer(1e-6)).all()
    assert drawn.within(land.buffer(2e-3)).all()  # a parallel bends between its corners
    assert drawn["name"].tolist() == whole["name"].tolist()
    for shape, before in zip(drawn.geometry, whole.geometry, strict=True):
        assert shape.symmetric_difference(before.intersection(land)).area < 1e-2 * shape.area


def test_a_layer_tells_where_it_comes_from(catalog: Catalog) -> None:
    layers = layers_content(catalog, ("opportunity_zones", "free_zone_north"), DAY, Pool())
    zone = next(layer for layer in layers if layer["id"] == "opportunity_zones")
    assert zone["approximate"] is True
    assert zone["grade"] == "D"
    assert zone["licence"]
    assert zone["vintage"]
    free = next(layer for layer in layers if layer["id"] == "free_zone_north")
    assert len(free["drawn"]["in_force"]) == len(free["drawn"]["shapes"])


def test_small_streets_are_left_out_of_the_drawing_and_the_page_says_so(streets: Catalog) -> None:
    pool = Pool()
    roads = next(one for one in layers_content(streets, (), DAY, pool) if one["id"] == "roads")
    drawn = shapely.union_all([pool._light[number] for number in roads["drawn"]["shapes"]])
    assert drawn.bounds == pytest.approx((-106.45, 31.818, -106.25, 31.82))
    assert roads["caveats"][0] == {
        "en": "The map draws 3 of its 12 features, so that it can be read; all of them count.",
        "es": "El mapa traza 3 de sus 12 elementos para que se pueda leer; todos cuentan.",
    }
    assert len(streets.load("roads")) == 12


def test_many_lines_of_one_feature_are_simplified_one_by_one() -> None:
    """Each is made straight, whatever lies beside it: to look at all others takes too long."""
    wiggle = [shapely.LineString([(0, y), (500, y + 9), (1000, y)]) for y in range(0, 5000, 10)]
    wiggle.append(shapely.LineString([(499, 4), (501, 5)]))  # within the bend of the first
    pool = Pool()
    pool.add(_frame(shapely.MultiLineString(wiggle), shapely.LineString(wiggle[0])))
    many, one = pool._light
    assert shapely.get_num_coordinates(many) == 2 * len(wiggle)
    assert (many.geom_type, one.geom_type) == ("MultiLineString", "LineString")
    assert many.geoms[0].equals(one)


def test_a_layer_that_is_drawn_in_part_names_a_field_it_has(own_layer: Any) -> None:
    catalog = Catalog(own_layer("lon,lat,n\n-106.4,31.7,1\n", map={"only": {"kind": "x"}}))
    with pytest.raises(LayerError, match=r"map\.only\.kind: .*no such column"):
        catalog.load("mine")


def test_roads_become_long_lines(catalog: Catalog) -> None:
    roads = next(one for one in layers_content(catalog, (), DAY, Pool()) if one["id"] == "roads")
    assert len(roads["drawn"]["shapes"]) < 10


def test_many_lines_are_drawn_though_some_have_no_class(own_layer: Any) -> None:
    south = 31.7 + 0.0001 * np.arange(500)
    lines = [shapely.LineString([(-106.5, y), (-106.4, y)]) for y in south]
    classes = np.where(np.arange(500) < 450, "minor", None).astype(object)
    frame = gpd.GeoDataFrame({"class": classes}, geometry=lines, crs=LONLAT)
    file = BytesIO()
    frame.to_parquet(file)
    fields = {"class": {"title": "Class"}}
    whole = {"geometry": {"kind": "stored"}, "file": "mine.parquet", "fields": fields}
    catalog, pool = Catalog.default(own_layer(file.getvalue(), **whole)), Pool()
    mine = next(
        each for each in layers_content(catalog, ("mine",), DAY, pool) if each["id"] == "mine"
    )
    degrees = [pool._light[number].length for number in mine["drawn"]["shapes"]]
    assert degrees == pytest.approx([45, 5])
