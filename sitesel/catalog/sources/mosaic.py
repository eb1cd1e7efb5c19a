"""Raster tiles laid side by side on one grid, and written as one file."""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import rasterio
from affine import Affine
from pyproj import CRS, Transformer
from rasterio.errors import RasterioError
from rasterio.windows import Window

from sitesel.catalog.rasters import profile, windows
from sitesel.catalog.sources.addresses import shown
from sitesel.crs import LONLAT
from sitesel.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from sitesel.catalog.sources.ranges import Remote

    Box = tuple[float, float, float, float]

_MOST_CELLS = 2**32
_OFF_GRID = 0.05  # of a cell, by which tiles may lie apart from one grid
_OF_A_CELL = 1e-6  # that a box which ends at a cell's edge does not reach into the next


class Cells(NamedTuple):
    """A rectangle of cells, from a column and row up to another ones, which it does not hold."""

    left: int
    top: int
    right: int
    bottom: int

    def common(self, other: Cells) -> Cells | None:
        """Return the cells that both hold."""
        low, high = np.maximum(self[:2], other[:2]), np.minimum(self[2:], other[2:])
        return Cells(*map(int, (*low, *high))) if (low < high).all() else None

    def moved(self, cols: int, rows: int) -> Cells:
        """Return the same cells as another grid counts them."""
        return Cells(self.left + cols, self.top + rows, self.right + cols, self.bottom + rows)

    @property
    def window(self) -> Window:
        """The rectangle as rasterio has it."""
        return Window(self.left, self.top, self.right - self.left, self.bottom - self.top)


class Tile(NamedTuple):
    """An open tile; ``part`` holds the cells of it that are wanted.

    ``name`` is its address, or its path on disk, where there is no ``remote``.
    """

    name: str
    data: Any
    crs: CRS
    part: Cells
    remote: Remote | None = None

    def within(self, box: Box | None) -> list[Tile]:
        """Return the tile with the cells that a box of degrees meets as its part, or nothing."""
        if box is None:
            return [self]
        forth = Transformer.from_crs(LONLAT, self.crs, always_xy=True)
        west, south, east, north = forth.transform_bounds(*box, densify_pts=21)
        if not np.isfinite([west, south, east, north]).all():
            return []
        grid = self.data.transform
        left, right = (west - grid.c) / grid.a, (east - grid.c) / grid.a
        top, bottom = (north - grid.f) / grid.e, (south - grid.f) / grid.e
        low, high = np.add((left, top), _OF_A_CELL), np.subtract((right, bottom), _OF_A_CELL)
        wanted = Cells(*map(math.floor, low), *map(math.ceil, high))
        part = self.part.common(wanted)
        return [self._replace(part=part)] if part else []

    def read(self, part: Cells) -> np.ma.MaskedArray[Any, Any]:
        """Return all bands of some cells; unknown cells are masked."""
        with telling(self.name, self.remote):
            cells: np.ma.MaskedArray[Any, Any] = self.data.read(window=part.window, masked=True)
        return cells


@contextmanager
def telling(name: str, remote: Remote | None = None) -> Iterator[None]:
    """Raise what went wrong on the web in place of what a library makes of it."""
    try:
        yield
    except RasterioError as error:
        if remote is None:
            raise FetchError(f"{name}: is damaged ({error}); remove it, fetch again") from None
        if not remote.failure:
            raise FetchError(f"{shown(name)}: cannot be read as a GeoTIFF: {error}") from None
    if remote and remote.failure:
        raise remote.failure


@dataclass(frozen=True)
class Mosaic:
    """Tiles, each with the way from its cells to those of the whole, and what the whole is."""

    tiles: list[tuple[Tile, int, int]]
    transform: Affine
    width: int
    height: int


def lay(tiles: list[Tile], urls: list[str]) -> Mosaic:
    """Lay tiles on the grid of the first; one that does not fit it, or none, is an error."""
    if not tiles:
        raise FetchError(
            f"{shown(urls[0])}: nothing is there for this area ({len(urls)} asked for); look up "
            "how the publisher writes addresses, and put it into fetch.url and fetch.step"
        )
    first = tiles[0]
    grid, placed = first.data.transform, []
    for tile in tiles:
        own = tile.data.transform
        cols, rows = (own.c - grid.c) / grid.a, (own.f - grid.f) / grid.e
        size = np.abs([own.a / grid.a - 1, own.e / grid.e - 1]) * max(tile.data.shape)
        apart = np.abs([cols - round(cols), rows - round(rows)])
        same = tile.crs.equals(first.crs) and tile.data.dtypes == first.data.dtypes
        if not same or max(*size, *apart) > _OFF_GRID:
            raise FetchError(
                f"{shown(tile.name)}: its cells do not fit those of "
                f"{shown(first.name)}; fetch an area that lies in tiles of one kind"
            )
        placed.append((tile, round(cols), round(rows)))
    parts = np.array([tile.part.moved(cols, rows) for tile, cols, rows in placed])
    (left, top), (right, bottom) = parts[:, :2].min(axis=0), parts[:, 2:].max(axis=0)
    width, height = int(right - left), int(bottom - top)
    if width * height > _MOST_CELLS:
        raise FetchError(
            f"{shown(first.name)}: {width:,} x {height:,} cells are more than a file should "
            "hold; name a smaller area: --area"
        )
    corner = Affine(grid.a, 0, grid.c + grid.a * left, 0, grid.e, grid.f + grid.e * top)
    return Mosaic(
        [(tile, cols - int(left), rows - int(top)) for tile, cols, rows in placed],
        corner,
        width,
        height,
    )


def write(whole: Mosaic, path: Path) -> None:
    """Write the tiles as one file; where several hold a cell, the first that knows it counts."""
    like = whole.tiles[0][0]
    stated = like.data.nodata
    mark = _mark(like.data.dtypes[0]) if stated is None else stated
    form = profile(
        width=whole.width,
        height=whole.height,
        dtype=like.data.dtypes[0],
        nodata=stated,
        crs=like.crs.to_wkt(),
        transform=whole.transform,
    )
    gaps = taken = False
    with rasterio.open(path, "w", **form | {"count": like.data.count}) as out:
        for window in windows(whole.width, whole.height):
            cells, known = _read(whole, window, mark)
            gaps |= not known.all()
            taken |= stated is None and bool((cells[known] == mark).any())
            out.write(cells, window=window)
        out.scales, out.offsets = like.data.scales, like.data.offsets
        if gaps:
            out.nodata = mark
    if gaps and taken:
        raise FetchError(
            f"{shown(like.name)}: has unknown cells but does not state what marks them, and "
            f"{mark:g} is a number of its own; fetch an area that the tiles cover"
        )


def _read(whole: Mosaic, window: Window, mark: float) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return all bands of a window of the whole, and which cells are known."""
    here = Cells(0, 0, window.width, window.height).moved(window.col_off, window.row_off)
    data = whole.tiles[0][0].data
    cells = np.full((data.count, window.height, window.width), mark, data.dtypes[0])
    known = np.zeros(cells.shape, bool)
    for tile, cols, rows in whole.tiles:
        part = here.common(tile.part.moved(cols, rows))
        if part is None:
            continue
        found = tile.read(part.moved(-cols, -rows))
        area = part.moved(-here.left, -here.top)
        there = (slice(None), slice(area.top, area.bottom), slice(area.left, area.right))
        new = ~np.ma.getmaskarray(found) & ~known[there]
        cells[there][new] = found.data[new]
        known[there] |= new
    return cells, known


def _mark(dtype: str) -> float:
    """Return a number for unknown cells of tiles that state none.

    >>> _mark("float32"), _mark("int16"), _mark("uint8")
    (-9999.0, -32768.0, 255.0)
    """
    if dtype.startswith("float"):
        return -9999.0
    limits = np.iinfo(dtype)
    return float(limits.min or limits.max)
