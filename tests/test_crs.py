"""The projection, against GeographicLib."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic

from sitesel import crs


def test_there_and_back():
    rng = np.random.default_rng(8)
    lon, lat = rng.uniform(-120, -95, 200), rng.uniform(15, 36, 200)
    back = crs.lonlat(*crs.xy(lon, lat))
    np.testing.assert_allclose(back, (lon, lat), atol=1e-10)


def test_the_working_crs_is_equal_area():
    """Boxes a tenth of a degree wide have the area that GeographicLib gives them."""
    for west, south in [(-117.2, 32.5), (-106.6, 31.7), (-99.6, 27.4), (-97.6, 25.9)]:
        ring = [(west, south), (west + 0.1, south), (west + 0.1, south + 0.1), (west, south + 0.1)]
        polygon = Geodesic.WGS84.Polygon()
        for lon, lat in ring:
            polygon.AddPoint(lat, lon)
        truth = polygon.Compute()[2]
        frame = gpd.GeoDataFrame(geometry=[shapely.Polygon(ring).segmentize(0.001)], crs=4326)
        assert crs.to_working(frame).area.iloc[0] == pytest.approx(truth, rel=5e-5)


def test_scale_error_on_the_border_is_what_the_module_says():
    """All the land of the border study, and of the Isthmus; a short way east and one north."""
    for south, north, said in [(25.3, 33.3, 0.004), (15.5, 18.7, 0.015)]:
        errors = []
        for lat in np.linspace(south, north, 200):
            for east, up in [(0.01, 0), (0, 0.01)]:
                x, y = crs.xy([-104, -104 + east], [lat - up / 2, lat + up / 2])
                way = Geodesic.WGS84.Inverse(lat - up / 2, -104, lat + up / 2, -104 + east)["s12"]
                errors.append(abs(np.hypot(*np.diff([x, y]).ravel()) / way - 1))
        assert 0.9 * said < max(errors) <= said


def test_longitude_comes_first():
    x, y = crs.xy([-103.0], [26.0])
    assert x[0] > 90_000
    assert abs(y[0]) < 1000
    frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy([-103.0], [26.0]), crs=4326)
    moved = crs.to_working(frame)
    assert moved.crs == crs.WORKING_CRS
    assert moved.geometry.iloc[0].x == pytest.approx(x[0], abs=1e-6)
