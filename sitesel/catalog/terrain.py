"""Slope of a terrain model, in percent, on any grid of heights in metres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
from pyproj import CRS, Geod, Transformer
from rasterio.windows import Window

from sitesel.catalog.rasters import cells, profile, windows

if TYPE_CHECKING:
    from pathlib import Path

    from affine import Affine
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

NODATA = -9999.0


def slope(heights: ArrayLike, dx: ArrayLike, dy: ArrayLike) -> Floats:
    """Return the percent slope of each cell by Horn's formula of its eight neighbours.

    Source: B. K. P. Horn, "Hill shading and the reflectance map", Proceedings of the IEEE 69 (1),
    1981. A cell with an unknown height among the nine, and the outermost ring, are NaN.

    Parameters
    ----------
    heights
        Metres, (rows, columns), NaN where unknown.
    dx, dy
        Metres on the ground from cell to cell along a row and along a column: one number, or one
        for each row.

    Examples
    --------
    >>> heights = np.add.outer([0, 0, 0], [0, 3, 6])
    >>> slope(heights, 30, 30)[1]
    array([nan, 10., nan])
    """
    z = np.asarray(heights, np.float64)
    steepness = np.full(z.shape, np.nan)
    if min(z.shape) < 3:  # noqa: PLR2004 (a cell has neighbours on both sides)
        return steepness
    dx, dy = (
        np.broadcast_to(np.asarray(each, np.float64), z.shape[:1])[1:-1, None] for each in (dx, dy)
    )
    across, down = z[:-2] + 2 * z[1:-1] + z[2:], z[:, :-2] + 2 * z[:, 1:-1] + z[:, 2:]
    east = (across[:, 2:] - across[:, :-2]) / (8 * dx)
    south = (down[2:] - down[:-2]) / (8 * dy)
    centre = z[1:-1, 1:-1]
    steepness[1:-1, 1:-1] = np.where(np.isnan(centre), np.nan, 100 * np.hypot(east, south))
    return steepness


def spacing(
    transform: Affine, crs: Any, rows: NDArray[np.integer], col: float
) -> tuple[Floats, Floats]:
    """Return the metres on the ground between neighbouring cells, along rows and along columns.

    They are geodesics on the ellipsoid of the CRS about the middle of a row, so degrees grow
    shorter towards the poles and the scale of a projection is taken out.

    Parameters
    ----------
    transform
        From columns and rows to coordinates of ``crs``.
    rows
        Row numbers.
    col
        The column that speaks for the whole row.

    Examples
    --------
    >>> from affine import Affine
    >>> degree = Affine(1, 0, -107, 0, -1, 90)
    >>> dx, dy = spacing(degree, "EPSG:4326", np.array([58, 89]), 0)
    >>> dx.round(), dy.round()
    (array([ 95002., 111315.]), array([110878., 110574.]))
    """
    system = CRS.from_user_input(crs)
    degrees = CRS.from_user_input(system.geodetic_crs)
    ellipsoid = degrees.ellipsoid
    assert ellipsoid is not None
    geod = Geod(a=ellipsoid.semi_major_metre, b=ellipsoid.semi_minor_metre)
    to_degrees = Transformer.from_crs(system, degrees, always_xy=True)

    def place(east: float, south: float) -> tuple[Floats, Floats]:
        """Return longitudes and latitudes, so many cells off the centres."""
        i, j = col + 0.5 + east, np.asarray(rows, np.float64) + 0.5 + south
        x = transform.c + transform.a * i + transform.b * j
        y = transform.f + transform.d * i + transform.e * j
        lon, lat = to_degrees.transform(x, y)
        return np.asarray(lon), np.asarray(lat)

    along_rows = geod.inv(*place(-0.5, 0), *place(0.5, 0))[2]
    along_columns = geod.inv(*place(0, -0.5), *place(0, 0.5))[2]
    return np.asarray(along_rows), np.asarray(along_columns)


def write_slope(source: Path, to: Path) -> None:
    """Write the percent slope of a terrain model as a GeoTIFF on the same grid, piece by piece."""
    with rasterio.open(source) as dem:
        form = profile(
            width=dem.width,
            height=dem.height,
            dtype="float32",
            nodata=NODATA,
            crs=dem.crs,
            transform=dem.transform,
        )
        dx, dy = spacing(dem.transform, dem.crs.to_wkt(), np.arange(dem.height), dem.width / 2)
        with rasterio.open(to, "w", **form) as out:
            for window in windows(dem.width, dem.height):
                out.write(_piece(dem, window, dx, dy), 1, window=window)


def _piece(dem: Any, window: Window, dx: Floats, dy: Floats) -> NDArray[np.float32]:
    """Return the slope in a window, whose neighbours are read with it."""
    left, top = max(window.col_off - 1, 0), max(window.row_off - 1, 0)
    right = min(window.col_off + window.width + 1, dem.width)
    bottom = min(window.row_off + window.height + 1, dem.height)
    heights = cells(dem, 1, Window(left, top, right - left, bottom - top)).filled(np.nan)
    percent = slope(heights, dx[top:bottom], dy[top:bottom])
    row, col = window.row_off - top, window.col_off - left
    inner = percent[row : row + window.height, col : col + window.width]
    return np.where(np.isnan(inner), NODATA, inner).astype(np.float32)
