"""Distances against GeographicLib, counts against brute force."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic

from sitesel.crs import WORKING_CRS, lonlat, xy
from sitesel.errors import StudyError
from sitesel.measure import proximity
from sitesel.measure.features import points

BORDER = (-117.5, 25.5, -97.0, 33.5)  # west, south, east, north


def _spots(rng, count, box=BORDER):
    return xy(rng.uniform(box[0], box[2], count), rng.uniform(box[1], box[3], count))


def _cells(x, y, side="US"):
    squares = shapely.box(x - 500, y - 500, x + 500, y + 500)
    names = [f"c{i}" for i in range(len(x))]
    return gpd.GeoDataFrame({"side": side}, index=names, geometry=squares, crs=WORKING_CRS)


def _layer(shapes, **columns):
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=WORKING_CRS)


def _geodesic(lon, lat, lon2, lat2):
    return Geodesic.WGS84.Inverse(lat, lon, lat2, lon2)["s12"] / 1000


def _brute(cells, places):
    """Return km to the nearest of many places by GeographicLib."""
    spots, km = points(cells), np.empty(len(cells))
    lon, lat = lonlat(*spots.T)
    there = np.column_stack(lonlat(*places.T))
    for i, spot in enumerate(spots):
        away = np.hypot(*(places - spot).T)
        likely = there[away <= 1.02 * away.min()]
        km[i] = min(_geodesic(lon[i], lat[i], *place) for place in likely)
    return km


def test_distance_to_points_agrees_with_geographiclib():
    rng = np.random.default_rng(0)
    cells = _cells(*_spots(rng, 60))
    spots = np.column_stack(_spots(rng, 150))
    km = proximity.distance(cells, _layer(shapely.points(spots)))
    np.testing.assert_allclose(km, _brute(cells, spots), rtol=0.001)
    assert km.index.equals(cells.index)


def test_of_two_features_almost_as_near_the_nearer_is_taken():
    x, y = xy([-99.5], [27.0])  # where the working CRS stretches most
    lon, lat = (float(value[0]) for value in lonlat(x, y))
    north = Geodesic.WGS84.Direct(lat, lon, 0, 50_000)
    east = Geodesic.WGS84.Direct(lat, lon, 90, 50_100)
    for first, second in ((north, east), (east, north)):
        spots = xy([first["lon2"], second["lon2"]], [first["lat2"], second["lat2"]])
        km = proximity.distance(_cells(x, y), _layer(shapely.points(*spots)))
        assert km.iloc[0] == pytest.approx(50.0, rel=1e-5)


@pytest.mark.parametrize("kind", ["lines", "polygons", "mixed"])
def test_distance_to_lines_and_polygons_agrees_with_geographiclib(kind):
    rng = np.random.default_rng(1)
    cells = _cells(*_spots(rng, 25, (-107, 31, -105.5, 32.5)))
    here = np.column_stack(_spots(rng, 6, (-107, 31, -105.5, 32.5)))
    bends = [spot + np.cumsum(rng.uniform(-6000, 6000, (8, 2)), axis=0) for spot in here]
    lines = [shapely.LineString(bend) for bend in bends]
    hulls = [shapely.MultiPolygon([line.convex_hull]) for line in lines]
    shapes = {
        "lines": lines,
        "polygons": hulls,
        "mixed": [*lines[:2], *hulls[2:4], *[shapely.MultiPoint(bend) for bend in bends[4:]]],
    }[kind]
    outlines = [shape.boundary if shape.area else shape for shape in shapes]
    places = shapely.get_coordinates(shapely.segmentize(outlines, 100))
    km = proximity.distance(cells, _layer(shapes)).to_numpy()
    expected = _brute(cells, places)
    zones = [shape for shape in shapes if shape.area]
    expected[shapely.intersects_xy(shapely.union_all(zones), *points(cells).T)] = 0
    np.testing.assert_allclose(km, expected, rtol=0.001, atol=0.01)


def test_inside_a_polygon_it_is_zero_but_not_in_its_hole():
    ring = shapely.Point(0, 0).buffer(20_000).difference(shapely.Point(0, 0).buffer(5_000))
    cells = _cells(np.array([0.0, 10_000, 30_000]), np.zeros(3))
    km = proximity.distance(cells, _layer([ring])).to_numpy()
    np.testing.assert_allclose(km, [5, 0, 10], rtol=0.005)


def test_without_any_feature_it_is_unknown():
    cells = _cells(*_spots(np.random.default_rng(2), 3))
    rail = _layer([shapely.Point(0, 0)], use=["freight"])
    assert proximity.distance(cells, rail, where={"use": "none"}).isna().all()
    assert proximity.distance(cells, rail.iloc[:0]).isna().all()
    assert proximity.distance(cells.iloc[:0], rail).empty
    assert (proximity.count_within(cells, rail.iloc[:0], km=9) == 0).all()


def test_same_side_leaves_out_the_others():
    cells = _cells(np.array([0.0, 0.0]), np.array([0.0, 0.0]), ["US", "MX"])
    gates = _layer([shapely.Point(1000, 0), shapely.Point(9000, 0)], side=["US", "MX"])
    near = proximity.distance(cells, gates, same_side=True)
    np.testing.assert_allclose(near, [1, 9], rtol=0.005)
    np.testing.assert_allclose(proximity.distance(cells, gates), [1, 1], rtol=0.005)
    assert proximity.distance(cells, gates.iloc[:1], same_side=True).isna().tolist() == [
        False,
        True,
    ]
    assert proximity.count_within(cells, gates, km=5, same_side=True).tolist() == [1, 0]
    with pytest.raises(StudyError, match="has no side"):
        proximity.distance(cells, gates.drop(columns="side"), same_side=True)


def test_features_not_in_force_do_not_count():
    cells = _cells(np.zeros(1), np.zeros(1))
    spots = [shapely.Point(x, 0) for x in (1000, 2000, 3000)]
    gates = _layer(spots, in_force=[np.nan, 0.0, 1.0])
    assert proximity.distance(cells, gates).iloc[0] == pytest.approx(3, rel=0.005)
    assert proximity.count_within(cells, gates, km=9).tolist() == [1]


@pytest.mark.parametrize("decay", [None, 6.0])
@pytest.mark.parametrize("kind", ["points", "polygons"])
def test_count_within_agrees_with_brute_force(kind, decay):
    rng = np.random.default_rng(4)
    cells = _cells(*rng.uniform(0, 1e5, (2, 300)))
    shapes = shapely.points(rng.uniform(0, 1e5, (80, 2)))
    if kind == "polygons":
        shapes = shapely.buffer(shapes, rng.uniform(100, 9000, 80))
    away = shapely.distance(shapely.points(points(cells))[:, None], shapes[None, :]) / 1000
    weight = np.exp(-away / decay) if decay else np.ones_like(away)
    expected = (weight * (away <= 20)).sum(axis=1)
    count = proximity.count_within(cells, _layer(shapes), km=20, decay=decay)
    np.testing.assert_allclose(count, expected, rtol=1e-12)
    assert count.index.equals(cells.index)


def test_a_count_does_not_depend_on_its_neighbours():
    rng = np.random.default_rng(5)
    cells = _cells(*rng.uniform(0, 1e5, (2, 200)))
    parks = _layer(shapely.points(rng.uniform(0, 1e5, (60, 2))))
    together = proximity.count_within(cells, parks, km=30, decay=7)
    alone = [
        proximity.count_within(cells.iloc[[i]], parks, km=30, decay=7).iloc[0] for i in range(200)
    ]
    assert together.tolist() == alone


def test_a_feature_at_exactly_the_reach_counts():
    cells = _cells(np.zeros(1), np.zeros(1))
    around = [shapely.Point(*at) for at in ((5000, 0), (-5000, 0), (0, 5000), (0, -5000))]
    assert proximity.count_within(cells, _layer(around), km=5).tolist() == [4]
    assert proximity.count_within(cells, _layer(around), km=4.999).tolist() == [0]


def test_near_is_unknown_only_where_a_doubtful_feature_decides():
    cells = _cells(np.array([0.0, 20_000, 40_000]), np.zeros(3))
    spots = [shapely.Point(x, 1000) for x in (0, 0, 20_000)]
    zones = _layer(spots, in_force=[1.0, np.nan, np.nan])
    verdict = proximity.near(cells, zones, max_km=5)
    np.testing.assert_array_equal(verdict, [1, np.nan, 0])
