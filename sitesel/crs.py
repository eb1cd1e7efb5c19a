"""The working coordinate system, and honest distances.

The working CRS is equal-area, so that shares and hectares are right everywhere. Its scale error
is at most 0.4 % over the border, and up to 1.5 % at the Isthmus of Tehuantepec, far south of it;
reported distances are geodesics all the same.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from pyproj import CRS, Geod, Transformer

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import ArrayLike, NDArray

LONLAT = CRS.from_epsg(4326)
WORKING_CRS = CRS.from_proj4(
    "+proj=aea +lat_1=22 +lat_2=32 +lat_0=26 +lon_0=-104 +datum=WGS84 +units=m +no_defs"
)
GEOD = Geod(ellps="WGS84")
BORDER_DOUBT_M = 1_000.0  # the border is drawn coarsely: nearer to it a column may know better


@cache
def _transformer(*, inverse: bool) -> Transformer:
    pair = (WORKING_CRS, LONLAT) if inverse else (LONLAT, WORKING_CRS)
    return Transformer.from_crs(*pair, always_xy=True)


def to_working(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the frame in the working CRS."""
    return frame.to_crs(WORKING_CRS)


def xy(lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Project longitudes and latitudes (degrees) to the working CRS (metres).

    Examples
    --------
    >>> x, y = xy([-104.0], [26.0])
    >>> bool(abs(x[0]) < 1e-6 and abs(y[0]) < 1e-6)
    True
    """
    x, y = _transformer(inverse=False).transform(np.asarray(lon, float), np.asarray(lat, float))
    return np.asarray(x), np.asarray(y)


def lonlat(x: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return longitudes and latitudes (degrees) of working coordinates (metres)."""
    lon, lat = _transformer(inverse=True).transform(np.asarray(x, float), np.asarray(y, float))
    return np.asarray(lon), np.asarray(lat)
