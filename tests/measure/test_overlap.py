"""Shares against geopandas.overlay, zones against sjoin; doubt where doubt decides."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from sitesel.crs import WORKING_CRS
from sitesel.errors import StudyError
from sitesel.measure import overlap


def _layer(shapes, **columns):
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=WORKING_CRS)


def _cells(count=30, size=1000):
    row, col = (axis.ravel() * size for axis in np.mgrid[:count, :count])
    names = [f"c{i}" for i in range(count**2)]
    squares = shapely.box(col, row, col + size, row + size)
    return gpd.GeoDataFrame(index=names, geometry=squares, crs=WORKING_CRS)


def _zones(count=15, seed=0):
    """Overlapping discs, one with a hole, one with thousands of corners, one far away."""
    rng = np.random.default_rng(seed)
    centres = shapely.points(rng.uniform(0, 30_000, (count, 2)))
    discs = shapely.buffer(centres, rng.uniform(300, 6000, count))
    discs[0] = discs[0].difference(discs[0].centroid.buffer(250))
    discs[1] = centres[1].buffer(7000, quad_segs=800)
    discs[2] = shapely.Point(9e5, 9e5).buffer(5000)
    return discs


def _overlay(cells, zones):
    land = gpd.GeoDataFrame(geometry=[shapely.union_all(zones)], crs=WORKING_CRS)
    named = cells.rename_axis("name").reset_index()
    cut = gpd.overlay(named, land, how="intersection", keep_geom_type=True)
    area = cut.set_index("name").area.groupby(level=0).sum()
    return (area.reindex(cells.index, fill_value=0) / cells.area).to_numpy()


def test_share_agrees_with_overlay():
    cells, zones = _cells(), _zones()
    share = overlap.share(cells, _layer(zones))
    np.testing.assert_allclose(share, _overlay(cells, zones), atol=1e-9, rtol=0)
    assert share.index.equals(cells.index)
    assert (share == 1).any()
    assert (share == 0).any()
    assert share.between(0, 1).all()


def test_share_of_odd_parcels_agrees_with_overlay():
    parcels = gpd.GeoDataFrame(geometry=_zones(seed=5), crs=WORKING_CRS)
    zones = _zones(seed=6)
    share = overlap.share(parcels, _layer(zones))
    np.testing.assert_allclose(share, _overlay(parcels, zones), atol=1e-9, rtol=0)


def test_land_in_two_zones_counts_once_and_neighbours_add_up():
    cell = _cells(1)
    left, right = shapely.box(0, 0, 500, 1000), shapely.box(500, 0, 1000, 1000)
    assert overlap.share(cell, _layer([left, left])).tolist() == [0.5]
    assert overlap.share(cell, _layer([left, right])).tolist() == [1.0]


def test_touching_is_no_share_and_no_zone_is_nought():
    cell = _cells(1)
    beside = _layer([shapely.box(1000, 0, 2000, 1000)], kind=["a"])
    assert overlap.share(cell, beside).tolist() == [0]
    assert overlap.share(cell, beside, where={"kind": "b"}).tolist() == [0]
    assert overlap.share(cell, beside.iloc[:0]).tolist() == [0]
    assert overlap.inside(cell, beside.iloc[:0]).tolist() == [0]
    assert overlap.share(cell.iloc[:0], beside).empty


def test_a_doubtful_zone_makes_unknown_only_what_it_would_change():
    cells = _cells(2)  # c0 and c1 below, c2 and c3 above
    zones = [
        shapely.box(0, 0, 1000, 1000),
        shapely.box(0, 0, 1000, 2000),
        shapely.box(1000, 0, 2000, 500),
    ]
    layer = _layer(zones, in_force=[1.0, np.nan, 0.0])
    np.testing.assert_array_equal(overlap.share(cells, layer), [1, 0, np.nan, 0])
    np.testing.assert_array_equal(overlap.inside(cells, layer), [1, 0, np.nan, 0])


def test_inside_agrees_with_sjoin():
    cells, zones = _cells(), _zones()
    inside = overlap.inside(cells, _layer(zones))
    spots = gpd.GeoDataFrame(geometry=cells.centroid, crs=WORKING_CRS)
    held = gpd.sjoin(spots, _layer(zones)).index.unique()
    assert set(inside.index[inside == 1]) == set(held)
    assert set(inside) == {0.0, 1.0}


def test_inside_counts_the_edge_but_not_the_hole():
    cells = _cells(1)
    assert overlap.inside(cells, _layer([shapely.box(500, 0, 900, 900)])).tolist() == [1]
    ring = shapely.box(0, 0, 1000, 1000).difference(shapely.box(400, 400, 600, 600))
    assert overlap.inside(cells, _layer([ring])).tolist() == [0]


def test_lookup_agrees_with_sjoin():
    cells = _cells()
    basins = gpd.GeoDataFrame(
        {"name": [f"b{i}" for i in range(9)], "depth": np.arange(9.0)},
        geometry=[
            shapely.box(x, y, x + 9100, y + 9100)
            for x in (0, 9100, 18200)
            for y in (0, 9100, 18200)
        ],
        crs=WORKING_CRS,
    )
    basins.loc[4, ["name", "depth"]] = [None, np.nan]
    spots = gpd.GeoDataFrame(geometry=cells.centroid, crs=WORKING_CRS)
    joined = gpd.sjoin(spots, basins, how="left")
    names = overlap.lookup(cells, basins, field="name")
    assert names.dtype == object
    assert (
        names.tolist() == joined["name"].astype(object).where(joined["name"].notna(), None).tolist()
    )
    assert any(name is None for name in names)
    depth = overlap.lookup(cells, basins, field="depth")
    assert depth.dtype == np.float64
    np.testing.assert_array_equal(depth, joined["depth"])


def test_lookup_takes_the_first_polygon_in_force():
    cells = _cells(1)
    box = shapely.box(0, 0, 900, 900)
    layer = _layer([box] * 4, n=[0, 1, 2, 3], in_force=[np.nan, 0.0, 1.0, 1.0])
    assert overlap.lookup(cells, layer, field="n").tolist() == [2]
    assert np.isnan(overlap.lookup(cells, layer.iloc[:2], field="n").iloc[0])
    assert overlap.lookup(cells, layer, field="n", where={"n": 3}).tolist() == [3]


def test_a_parcel_that_holds_another_answers_for_itself():
    whole, part = shapely.box(0, 0, 900, 900), shapely.box(300, 300, 600, 600)
    for shapes, prices in (([whole, part], [7, 1]), ([part, whole], [1, 7])):
        lots = _layer(shapes, price=prices)
        assert overlap.lookup(lots, lots, field="price").tolist() == prices
        same = _layer([shape.reverse() for shape in shapes])  # drawn the other way round
        assert overlap.lookup(same, lots, field="price").tolist() == prices


def test_layers_of_points_have_no_inside():
    points = _layer([shapely.Point(0, 0)], n=[1])
    for measure in (overlap.share, overlap.inside):
        with pytest.raises(StudyError, match="needs a layer of polygons"):
            measure(_cells(1), points)
    with pytest.raises(StudyError, match="needs a layer of polygons"):
        overlap.lookup(_cells(1), points, field="n")


def test_the_first_tier_that_holds_is_the_answer():
    nan = np.nan
    site = pd.Series([1, 1, 0, 0, nan, nan, 0, 1])
    county = pd.Series([1, 0, 1, 0, 1, 0, nan, nan])
    expected = ["site", "site", "county", "none", None, None, None, "site"]
    assert overlap.first_tier({"site": site, "county": county}).tolist() == expected
    swapped = overlap.first_tier({"county": county, "site": site}).tolist()
    assert swapped == ["county", "site", "county", "none", "county", None, None, None]


def test_cut_polygons_cover_the_same_land():
    coast = (
        shapely.Point(0, 0)
        .buffer(9000, quad_segs=3000)
        .difference(shapely.Point(500, 0).buffer(4000, quad_segs=1000))
    )
    parts = overlap.cut(np.array([shapely.box(0, 0, 1, 1), coast], dtype=object))
    assert shapely.get_num_coordinates(parts).max() <= 256
    assert shapely.area(parts[1:]).sum() == pytest.approx(coast.area, rel=1e-12)
    assert shapely.union_all(parts[1:]).symmetric_difference(coast).area < 1
    assert not len(overlap.cut(np.empty(0, dtype=object)))
