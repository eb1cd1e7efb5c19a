"""Raster tiles of an area: opened on the web, or on disk where a broken fetch has left them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import rasterio
from affine import Affine

from sitesel.catalog.rasters import horizontal_crs, profile, windows
from sitesel.catalog.sources.addresses import shown
from sitesel.catalog.sources.mosaic import Cells, Tile, telling
from sitesel.catalog.sources.ranges import Remote, RemoteFile
from sitesel.errors import FetchError
from sitesel.resources import replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import ExitStack
    from pathlib import Path

    from sitesel.catalog.sources.replies import State
    from sitesel.catalog.sources.web import Client

    Box = tuple[float, float, float, float]


class Shelf(NamedTuple):
    """A folder in which the windows of tiles wait that have been read, until all of them have.

    Examples
    --------
    >>> from pathlib import Path
    >>> from sitesel.catalog.sources.replies import State
    >>> shelf = Shelf(Path("scratch"), (-106.6, 31.6, -106.3, 31.9))
    >>> shelf.place("https://data.example/a.tif", State('"1"', 9)).name
    'tile-33e7a3c1873a-a2e572da5e4b.tif'
    >>> shelf.place("https://data.example/a.tif", State('"2"', 9)).name
    'tile-33e7a3c1873a-00a068b8d221.tif'
    """

    folder: Path
    box: Box | None

    def place(self, url: str, state: State) -> Path | None:
        """Return where the window of a tile waits; None if its states cannot be told apart.

        Windows of another area or of another state of the tile are removed.
        """
        if state.mark is None:
            return None
        tile = f"tile-{_short(url)}-"
        path = self.folder / f"{tile}{_short(f'{state.mark} {self.box}')}.tif"
        for other in self.folder.glob(f"{tile}*.tif"):
            if other != path:
                other.unlink()
        return path

    def clear(self) -> None:
        """Remove all windows."""
        for path in self.folder.glob("tile-*.tif"):
            path.unlink()


def digest(states: Iterable[State | None]) -> str | None:
    """Return one version for many tiles, of which some may not be there (None).

    None means that it cannot be told, since a publisher states no version of one of them.

    Examples
    --------
    >>> from sitesel.catalog.sources.replies import State
    >>> digest([State('"1"', 9), None]), digest([State('"1"', 9), State(None, 9)])
    ('9346688d22e3', None)
    """
    marks = ["not there" if state is None else state.mark for state in states]
    known = [mark for mark in marks if mark]
    return _short("\n".join(known)) if len(known) == len(marks) else None


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def on_web(
    url: str, state: State, client: Client, heard: Callable[[int], None], stack: ExitStack
) -> Tile:
    """Open a tile on the web; it is closed with the stack."""
    remote = Remote(client, url, state.size, heard)
    name = f"tile-{id(remote)}.tif"

    def opener(path: str, **_: str) -> RemoteFile:
        if not path.endswith(name):  # files that may lie beside a raster on disk
            raise FileNotFoundError(path)
        return remote.open()

    with telling(url, remote):
        data = stack.enter_context(rasterio.open(name, driver="GTiff", opener=opener))
    if data.crs is None or data.transform.b or data.transform.d or data.transform.e >= 0:
        raise FetchError(f"{shown(url)}: states no CRS, or its rows do not run from north to south")
    return _tile(url, data, remote)


def on_disk(path: Path, stack: ExitStack) -> Tile:
    """Open a window of a tile that lies on disk; it is closed with the stack."""
    with telling(str(path)):
        data = stack.enter_context(rasterio.open(path, driver="GTiff"))
    return _tile(str(path), data)


def _tile(name: str, data: Any, remote: Remote | None = None) -> Tile:
    return Tile(name, data, horizontal_crs(data), Cells(0, 0, data.width, data.height), remote)


def kept(tile: Tile, place: Path | None, stack: ExitStack) -> Tile:
    """Read the wanted cells of a tile to its place on disk, if it has one; return them from there.

    They come whole or not at all.
    """
    if place is None or tile.remote is None:
        return tile
    with replacing(place) as path:
        _write(tile, path)
    return on_disk(place, stack)


def _write(tile: Tile, path: Path) -> None:
    like, part, grid = tile.data, tile.part, tile.data.transform
    top = grid.f + grid.e * part.top
    width, height = part.right - part.left, part.bottom - part.top
    form = profile(
        width=width,
        height=height,
        dtype=like.dtypes[0],
        nodata=like.nodata,
        crs=tile.crs.to_wkt(),
        transform=Affine(grid.a, 0, grid.c + grid.a * part.left, 0, grid.e, top),
    )
    fast = {"count": like.count, "zlevel": 1}
    with rasterio.open(path, "w", **form | fast) as out:
        for window in windows(width, height):
            here = Cells(0, 0, window.width, window.height).moved(window.col_off, window.row_off)
            cells = tile.read(here.moved(part.left, part.top))
            if like.nodata is None:
                out.write(cells.data, window=window)
                out.write_mask(~np.ma.getmaskarray(cells)[0], window=window)
            else:
                out.write(cells.filled(like.nodata), window=window)
        out.scales, out.offsets = like.scales, like.offsets
