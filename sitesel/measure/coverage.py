"""The cells of a raster under polygons, weighted by the exact part of each that is covered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from exactextract import exact_extract
from exactextract.feature import Feature, FeatureSource
from exactextract.raster import RasterSource
from pyproj import Transformer
from rasterio.windows import Window

from sitesel.catalog.rasters import WINDOW, cells
from sitesel.crs import WORKING_CRS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from sitesel.catalog.rasters import RasterLayer

    Floats = NDArray[np.float64]
    Shapes = NDArray[np.object_]
    Bounds = tuple[float, float, float, float]
    Read = Callable[[int, int, int, int], Floats]

ROUNDING = 1e-5  # exactextract keeps the covered part of a cell as a single float
_MEMORY = 4 * WINDOW**2  # cells held at a time
_EARTH_M, _DEGREE_M = 6_371_000.0, 111_000.0
_BENT = 0.05  # of a cell, by which an edge may bend under projection and be drawn straight


def extract(grids: Sequence[Grid], shapes: Shapes, operations: list[str]) -> pd.DataFrame:
    """Return operations of exactextract over grids under each shape, which lies on their CRS.

    Several grids must have the same cells; their columns begin with their names. Shapes are asked
    for in the order of the windows that they lie in, so that each window is read about once. Of an
    empty shape all is NaN.

    Examples
    --------
    >>> grid = Grid.of(np.array([[1.0, 2.0], [3.0, np.nan]]), (0, 0, 20, 20))
    >>> extract([grid], np.array([shapely.box(5, 0, 15, 20)]), ["mean", "count"]).values.tolist()
    [[2.0, 1.5]]
    """
    rows = np.flatnonzero(~shapely.is_empty(shapes))
    bounds = shapely.bounds(shapes[rows])
    span = np.multiply(grids[0].res(), WINDOW)
    tile = np.floor((bounds[:, :2] + bounds[:, 2:]) / 2 / span)
    order = rows[np.lexsort(tile.T)]
    found: pd.DataFrame = exact_extract(
        list(grids),
        _Areas(shapes[order]),
        operations,
        output="pandas",
        max_cells_in_memory=_MEMORY,
    )
    return found.set_axis(pd.Index(order)).reindex(np.arange(len(shapes)))


def carried(shapes: Shapes, raster: RasterLayer, *, back: bool = False) -> Shapes:
    """Return shapes of the working CRS in the CRS of a raster, bent where that would be seen.

    What the other CRS cannot show becomes empty. With ``back``, the other way round.
    """
    systems = (raster.crs, WORKING_CRS) if back else (WORKING_CRS, raster.crs)
    forth = Transformer.from_crs(*systems, always_xy=True)
    longest = np.sqrt(8 * _EARTH_M * _BENT * cell_m(raster))
    if back:
        longest *= min(raster.size) / cell_m(raster)

    def project(places: Floats) -> Floats:
        return np.column_stack(forth.transform(*places.T))

    bent: Shapes = shapely.transform(shapely.segmentize(shapes, longest), project)
    bent[~np.isfinite(shapely.bounds(bent)).all(axis=1)] = shapely.Polygon()
    return bent


def cell_m(raster: RasterLayer) -> float:
    """Return about how many metres the shorter side of a raster's cells has."""
    units = [axis.unit_conversion_factor for axis in raster.crs.axis_info[:1]]
    return min(raster.size) * (units[0] if raster.crs.is_projected else _DEGREE_M)


class Grid(RasterSource):  # type: ignore[misc]
    """Cells as exactextract asks for them: float64, NaN where unknown, north first.

    It reads masked arrays wrongly where it takes a shape in parts, so unknown cells are NaN.
    ``read(col, row, width, height)`` returns a window.
    """

    def __init__(self, read: Read, bounds: Bounds, size: tuple[float, float]) -> None:
        super().__init__()
        self.read_window, self._bounds, self._size = read, bounds, size

    @classmethod
    def of(cls, values: Floats, bounds: Bounds, name: str = "") -> Grid:
        """Return a grid of cells in memory; a name tells several apart."""
        west, south, east, north = bounds
        rows, cols = values.shape

        def read(col: int, row: int, width: int, height: int) -> Floats:
            return values[row : row + height, col : col + width]

        grid = cls(read, bounds, ((east - west) / cols, (north - south) / rows))
        grid.set_name(name)
        return grid

    @classmethod
    def file(
        cls, raster: RasterLayer, source: Any, convert: Callable[[Floats], Floats] | None = None
    ) -> Grid:
        """Return the grid of an open raster file, its numbers converted as they are read."""
        return cls(_Held(raster, source, convert), raster.bounds, raster.size)

    def res(self) -> tuple[float, float]:
        """Return the width and height of a cell."""
        return self._size

    def extent(self) -> Bounds:
        """Return west, south, east and north."""
        return self._bounds

    def nodata_value(self) -> None:
        """Return no number: NaN says it."""

    def srs_wkt(self) -> None:
        """Return no CRS: `carried` has seen to it."""


class _Held:
    """Windows of a file; the few million cells about the last place asked for are held."""

    def __init__(
        self, raster: RasterLayer, source: Any, convert: Callable[[Floats], Floats] | None
    ) -> None:
        self._raster, self._source, self._convert = raster, source, convert
        self._left, self._top, self._values = 0, 0, np.empty((0, 0))

    def __call__(self, col: int, row: int, width: int, height: int) -> Floats:
        rows, cols = self._values.shape
        inside = self._left <= col and col + width <= self._left + cols
        if not (inside and self._top <= row and row + height <= self._top + rows):
            self._hold(col, row, width, height)
        row, col = row - self._top, col - self._left
        return self._values[row : row + height, col : col + width]

    def _hold(self, col: int, row: int, width: int, height: int) -> None:
        """Hold whole windows about a place, or only what is asked for if that is too much."""
        left, top = col // WINDOW * WINDOW, row // WINDOW * WINDOW
        right = min(-(-(col + width) // WINDOW) * WINDOW, self._raster.width)
        bottom = min(-(-(row + height) // WINDOW) * WINDOW, self._raster.height)
        if (right - left) * (bottom - top) > _MEMORY:
            left, top, right, bottom = col, row, col + width, row + height
        window = Window(left, top, right - left, bottom - top)
        values = cells(self._source, self._raster.band, window).filled(np.nan)
        self._values = self._convert(values) if self._convert else values
        self._left, self._top = left, top


class _Areas(FeatureSource):  # type: ignore[misc]
    """Shapes without attributes, as exactextract asks for them."""

    def __init__(self, shapes: Shapes) -> None:
        super().__init__()
        self._shapes = shapely.to_wkb(shapes)

    def count(self) -> int:
        return len(self._shapes)

    def srs_wkt(self) -> None:
        return None

    def __iter__(self) -> Iterator[_Area]:
        return map(_Area, self._shapes)


class _Area(Feature):  # type: ignore[misc]
    def __init__(self, shape: bytes) -> None:
        super().__init__()
        self._shape = shape

    def geometry(self) -> bytes:
        return self._shape

    def fields(self) -> list[str]:
        return []
