"""The grid: exact membership by centres, and ids that mean the same place in every run."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from sitesel.measure import grid


def _brute(area, size):
    west, south, east, north = area.bounds
    cols = np.arange(np.floor(west / size) - 1, np.ceil(east / size) + 1).astype(int)
    rows = np.arange(np.floor(south / size) - 1, np.ceil(north / size) + 1).astype(int)
    row, col = (axis.ravel() for axis in np.meshgrid(rows, cols, indexing="ij"))
    spots = gpd.GeoSeries(gpd.points_from_xy((col + 0.5) * size, (row + 0.5) * size))
    held = spots.intersects(area).to_numpy()
    return set(zip(row[held].tolist(), col[held].tolist(), strict=True))


@pytest.mark.parametrize("size", [500, 1000, 2500])
def test_cells_are_those_whose_centres_fall_in_the_area(size):
    rng = np.random.default_rng(7)
    blobs = shapely.buffer(shapely.points(rng.uniform(-9e4, 9e4, (12, 2))), rng.uniform(2e3, 4e4))
    area = shapely.union_all(blobs).difference(shapely.box(-2e4, -1e4, 1e4, 1e4))
    rows, cols = grid.cells(area, size)
    pairs = list(zip(rows.tolist(), cols.tolist(), strict=True))
    assert set(pairs) == _brute(area, size)
    assert pairs == sorted(set(pairs))
    assert rows.dtype == cols.dtype == np.int32


def test_negative_cells_lie_west_and_south_of_the_origin():
    rows, cols = grid.cells(shapely.box(-1000, -1000, 0, 0), 1000)
    assert (rows.tolist(), cols.tolist()) == ([-1], [-1])
    assert grid.boxes(rows, cols, 1000)[0].equals(shapely.box(-1000, -1000, 0, 0))
    assert grid.ids(rows, cols, 1000) == ["r-1c-1@1000"]


def test_centre_on_the_edge_counts_and_an_empty_area_has_no_cells():
    rows, _ = grid.cells(shapely.box(500, 500, 1400, 1400), 1000)
    assert len(rows) == 1
    rows, cols = grid.cells(shapely.Polygon(), 1000)
    assert len(rows) == len(cols) == 0


def test_an_area_of_one_block_is_taken_as_a_whole():
    rows, cols = grid.cells(shapely.box(0, 0, 64_000, 64_000), 1000)
    assert len(rows) == 64 * 64
    assert (rows.max(), cols.max()) == (63, 63)


def test_centres_lie_in_their_boxes():
    rows, cols = np.array([-7, 0, 900]), np.array([-450, 0, 33])
    x, y = grid.centres(rows, cols, 250)
    there = shapely.centroid(grid.boxes(rows, cols, 250))
    np.testing.assert_allclose(np.column_stack([x, y]), shapely.get_coordinates(there))


def test_ids_have_no_exponent():
    assert grid.ids(np.array([1]), np.array([2]), 20_000) == ["r1c2@20000"]
    assert grid.ids(np.array([1]), np.array([2]), 62.5) == ["r1c2@62.5"]
