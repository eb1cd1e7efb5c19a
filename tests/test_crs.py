"""Projection and distances, against GeographicLib."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic

from sitesel import crs

PAIRS = {  # lon, lat of neighbours across the border, and two far ends
    "San Diego-Tijuana": (-117.161, 32.716, -117.004, 32.503),
    "El Paso-Ciudad Juárez": (-106.49, 31.76, -106.42, 31.69),
    "Laredo-Monterrey": (-99.507, 27.506, -100.316, 25.686),
    "Brownsville-Matamoros": (-97.497, 25.901, -97.504, 25.88),
    "San Diego-Brownsville": (-117.161, 32.716, -97.497, 25.901),
    "one place": (-104.0, 26.0, -104.0, 26.0),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_distances_are_those_of_geographiclib(pair):
    lon0, lat0, lon1, lat1 = PAIRS[pair]
    truth = Geodesic.WGS84.Inverse(lat0, lon0, lat1, lon1)["s12"] / 1000
    x, y = crs.xy([lon0, lon1], [lat0, lat1])
    found = crs.geodesic_km(x[:1], y[:1], x[1:], y[1:])
    assert found.shape == (1,)
    assert found[0] == pytest.approx(truth, abs=1e-6)


def test_distances_of_many_points_at_once():
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(-118, -97, (2, 50)), rng.uniform(24, 35, (2, 50))
    x, y = crs.xy(lon, lat)
    truth = [
        Geodesic.WGS84.Inverse(lat[0, i], lon[0, i], lat[1, i], lon[1, i])["s12"] / 1000
        for i in range(50)
    ]
    np.testing.assert_allclose(crs.geodesic_km(x[0], y[0], x[1], y[1]), truth, atol=1e-6)


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


def test_missing_coordinates_stay_missing():
    assert np.isnan(crs.geodesic_km([np.nan], [0.0], [0.0], [0.0])).all()
