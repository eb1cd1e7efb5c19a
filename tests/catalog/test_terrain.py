"""Slope: against an analytic plane, against gdaldem on projected heights and on degrees."""

import os
import shutil
import subprocess

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import Geod

from sitesel.catalog import terrain
from sitesel.catalog.rasters import profile

GDALDEM = shutil.which("gdaldem")


@pytest.fixture
def gdaldem(tmp_path):
    """A function that returns gdaldem's percent slope of a file."""
    if not GDALDEM and os.environ.get("CI"):
        pytest.fail("gdaldem is not installed; the package is gdal-bin")
    if not GDALDEM:
        pytest.skip("gdaldem is not installed (package gdal-bin)")

    def run(path, *options):
        out = tmp_path / "theirs.tif"
        command = [GDALDEM, "slope", "-q", "-p", *options, str(path), str(out)]
        subprocess.run(command, check=True, capture_output=True)
        with rasterio.open(out) as source:
            return source.read(1, masked=True).astype(float).filled(np.nan)

    return run


@pytest.fixture
def write(tmp_path):
    """A function that writes heights as a GeoTIFF."""

    def written(heights, transform, crs, *, nodata=None, name="dem.tif"):
        rows, cols = heights.shape
        form = profile(
            width=cols,
            height=rows,
            dtype=str(heights.dtype),
            nodata=nodata,
            crs=crs,
            transform=transform,
        )
        with rasterio.open(tmp_path / name, "w", **form) as out:
            out.write(heights, 1)
        return tmp_path / name

    return written


def _ours(path, tmp_path):
    terrain.write_slope(path, tmp_path / "ours.tif")
    with rasterio.open(tmp_path / "ours.tif") as source:
        return source.read(1, masked=True).astype(float).filled(np.nan)


def _hills(rows, cols, seed=1):
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:rows, :cols]
    waves = [
        height * np.sin(x * across + y * down + at)
        for height, across, down, at in rng.uniform([5, -0.3, -0.3, 0], [60, 0.3, 0.3, 6], (6, 4))
    ]
    return (500 + sum(waves)).astype(np.float32)


def test_a_plane_has_the_slope_it_was_made_with():
    y, x = np.mgrid[:20, :30] * 1.0
    percent = terrain.slope(0.3 * 30 * x - 0.4 * 10 * y, 30, 10)
    np.testing.assert_allclose(percent[1:-1, 1:-1], 50, rtol=1e-12)
    assert np.isnan(percent[[0, -1]]).all()
    assert np.isnan(percent[:, [0, -1]]).all()


def test_every_row_has_its_own_spacing():
    x = np.broadcast_to(np.arange(5) * 3.0, (4, 5))
    percent = terrain.slope(x, [10, 20, 30, 40], 10)
    np.testing.assert_allclose(percent[1:-1, 2], [15, 10])


def test_unknown_heights_spread_to_all_neighbours_and_no_further():
    heights = np.zeros((9, 9))
    heights[4, 5] = np.nan
    unknown = np.isnan(terrain.slope(heights, 1, 1))[1:-1, 1:-1]
    assert unknown.sum() == 9
    assert unknown[2:5, 3:6].all()


def test_a_grid_too_small_for_neighbours_is_unknown():
    assert np.isnan(terrain.slope(np.zeros((2, 5)), 1, 1)).all()


def test_spacing_in_degrees_is_that_of_the_ellipsoid():
    """The classic formulas for the lengths of a degree, WGS 84."""
    rows = np.array([0, 1200, 3599])
    grid = Affine(1 / 3600, 0, -107, 0, -1 / 3600, 32)
    dx, dy = terrain.spacing(grid, "EPSG:4326", rows, 1800)
    lat = np.radians(32 - (rows + 0.5) / 3600)
    a, e2 = 6378137.0, 0.00669437999014
    w = np.sqrt(1 - e2 * np.sin(lat) ** 2)
    step = np.radians(1 / 3600)
    np.testing.assert_allclose(dx, a * np.cos(lat) / w * step, rtol=1e-7)
    np.testing.assert_allclose(dy, a * (1 - e2) / w**3 * step, rtol=1e-7)


def test_the_scale_of_a_projection_is_taken_out():
    """Web Mercator stretches metres by 1 / cos(latitude): 18 % too much at 32 degrees."""
    grid = Affine(30, 0, -11_900_000, 0, -30, 3_760_000)
    dx, dy = terrain.spacing(grid, "EPSG:3857", np.array([0]), 0)
    assert 25.2 < dx[0] < 25.6
    assert 25.2 < dy[0] < 25.6
    feet = Affine(100, 0, 300_000, 0, -100, 10_600_000)
    dx, dy = terrain.spacing(feet, "EPSG:2277", np.array([0]), 0)  # Texas Central, US feet
    np.testing.assert_allclose([dx[0], dy[0]], 30.48, rtol=2e-3)


def test_projected_hills_agree_with_gdaldem(write, gdaldem, tmp_path):
    """Larger than a window, so that the seams are tested; gdaldem knows no scale of a grid."""
    hills = _hills(1100, 1300)
    hills[500:510, 200:230] = -32768
    grid = Affine(30, 0, 320_000, 0, -30, 3_540_000)
    path = write(hills, grid, "EPSG:32613", nodata=-32768.0)
    theirs, ours = gdaldem(path), _ours(path, tmp_path)
    np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))
    assert np.isnan(ours[499:511, 199:231]).all()
    dx, _ = terrain.spacing(grid, "EPSG:32613", np.arange(1100), 650)
    np.testing.assert_allclose(dx, 30, rtol=5e-4)
    np.testing.assert_allclose(ours, theirs, rtol=5e-4, atol=1e-4)
    heights = np.where(hills == -32768, np.nan, hills)
    np.testing.assert_allclose(terrain.slope(heights, 30, 30), theirs, rtol=2e-5, atol=5e-4)


def test_real_mountains_agree_with_gdaldem(shared_data, gdaldem, tmp_path):
    path = shared_data / "dem" / "aster_gdem2_30m_sierra_san_pedro_martir_bc.tif"
    theirs, ours = gdaldem(path), _ours(path, tmp_path)
    np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))
    np.testing.assert_allclose(ours, theirs, rtol=5e-4, atol=1e-4)
    assert 15 < np.nanmedian(ours) < 21  # 10.2 degrees by those who published it


def test_degrees_agree_with_gdaldem_under_its_single_scale(write, gdaldem, tmp_path):
    """Gdaldem takes one number of metres a degree for both directions; with it we agree."""
    hills, step = _hills(300, 400), 1 / 3600
    path = write(hills, Affine(step, 0, -107, 0, -step, 32), "EPSG:4326")
    theirs = gdaldem(path, "-s", "111120")
    alike = terrain.slope(hills, 111120 * step, 111120 * step)
    np.testing.assert_allclose(alike, theirs, rtol=2e-5, atol=5e-4)
    ours = _ours(path, tmp_path)
    assert 1.05 < np.nanmean(ours) / np.nanmean(theirs) < 1.2  # a degree east is shorter


def test_degrees_give_the_slope_on_the_ground(write, tmp_path):
    """A plane that rises 10 % eastwards, by geodesic metres."""
    step, lat = 1 / 1200, 31.5
    metres = Geod(ellps="WGS84").inv(-107, lat, -107 + step, lat)[2]
    rise = np.broadcast_to(np.arange(50) * 0.1 * metres, (9, 50)).astype(np.float64)
    path = write(rise, Affine(step, 0, -107, 0, -step, lat + 4.5 * step), "EPSG:4326")
    np.testing.assert_allclose(_ours(path, tmp_path)[4, 1:-1], 10, rtol=1e-5)


def test_the_same_heights_give_the_same_bytes(write, tmp_path):
    path = write(_hills(40, 50), Affine(30, 0, 320_000, 0, -30, 3_540_000), "EPSG:32613")
    for name in ("a.tif", "b.tif"):
        terrain.write_slope(path, tmp_path / name)
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()
