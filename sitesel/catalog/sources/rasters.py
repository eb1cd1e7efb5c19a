"""The protocol ``raster``: the window of an area, read from GeoTIFF tiles over the web."""

from __future__ import annotations

import math
from contextlib import ExitStack
from typing import TYPE_CHECKING

import rasterio

from sitesel.catalog.sources import mosaic, tiles
from sitesel.catalog.sources.failures import AbsentError
from sitesel.catalog.sources.request import Answer, LackingError
from sitesel.catalog.terrain import write_slope
from sitesel.resources import replacing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sitesel.catalog.definition import Fetched
    from sitesel.catalog.sources.replies import State
    from sitesel.catalog.sources.request import Request
    from sitesel.catalog.sources.specs import RasterTiles
    from sitesel.catalog.sources.web import Client

    Box = tuple[float, float, float, float]

_NEIGHBOURS = 0.001  # degrees more, so that slope has neighbours at the edge of the area
_ENV = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_CACHEMAX": 256,
    "GDAL_TIFF_INTERNAL_MASK": True,
}


def fetch(source: RasterTiles, request: Request) -> Answer:
    """Read the area's window from each tile and merge them to one GeoTIFF on the tiles' own grid.

    Only the bytes of the window are asked for, at full resolution. Windows of tiles that a broken
    fetch has read are not asked for again while the publisher states the same version and size.
    What no tile holds, such as a tile over the sea that the publisher does not have, is nodata,
    and is said. With ``slope``, the file holds the percent slope instead of the heights.

    Raises
    ------
    LackingError
        Tiles are asked for without an area.
    FetchError
        No tile is there, or one cannot be read, is no GeoTIFF, or does not fit the others; the
        server sends no parts of files.
    """
    if _tiled(source) and not (request.box and request.terms.area_named):
        raise LackingError("its tiles are fetched for an area; name a study: --area STUDY")
    done = 0

    def heard(count: int) -> None:
        nonlocal done
        done += count
        request.report("bytes", done, None)

    states = _states(source, request.box, request.client)
    merged = _merged(source, states, request, heard)
    if source.slope:
        heights, merged = merged, request.folder / "slope.tif"
        with replacing(merged) as path:
            write_slope(heights, path)
        heights.unlink()
    absent = [*states.values()].count(None)
    said = (f"{absent} of {len(states)} tiles are not there, so unknown",) if absent else ()
    return Answer(None, raster=merged, version=_version(source, states), said=said)


def version(source: RasterTiles, client: Client, had: Fetched | None = None) -> str | None:
    """Return the publisher's version of a single file, or one for all tiles of what was had."""
    if _tiled(source) and (had is None or had.box is None):
        return None
    return _version(source, _states(source, had.box if had else None, client))


def _version(source: RasterTiles, states: dict[str, State | None]) -> str | None:
    if _tiled(source):
        return tiles.digest(states.values())
    (state,) = states.values()
    return state.version if state else None


def _merged(
    source: RasterTiles,
    states: dict[str, State | None],
    request: Request,
    heard: Callable[[int], None],
) -> Path:
    """Write the windows of all tiles as one file."""
    box, merged = _needed(source, request.box), request.folder / "merged.tif"
    shelf = tiles.Shelf(request.folder, box)
    with rasterio.Env(**_ENV), ExitStack() as stack:
        found: list[tuple[mosaic.Tile, Path | None]] = []
        for url, state in states.items():
            if state is None:
                continue
            place = shelf.place(url, state) if _tiled(source) else None
            if place and place.exists():
                found.append((tiles.on_disk(place, stack), place))
            else:
                tile = tiles.on_web(url, state, request.client, heard, stack)
                found += [(part, place) for part in tile.within(box)]
        urls = [*states]
        mosaic.lay([tile for tile, _ in found], urls)  # what does not fit is told before it comes
        kept = [tiles.kept(tile, place, stack) for tile, place in found]
        with replacing(merged) as path:
            mosaic.write(mosaic.lay(kept, urls), path)
    shelf.clear()
    return merged


def _tiled(source: RasterTiles) -> bool:
    return "{lat}" in source.url or "{lon}" in source.url


def _needed(source: RasterTiles, box: Box | None) -> Box | None:
    """Return the box that is read for an area."""
    if box is None or not source.slope:
        return box
    west, south, east, north = box
    more = _NEIGHBOURS
    return west - more, south - more, east + more, north + more


def _states(source: RasterTiles, box: Box | None, client: Client) -> dict[str, State | None]:
    """Return what is stated of the tiles that an area needs; None for those that are not there."""
    states: dict[str, State | None] = {}
    for url in _addresses(source, _needed(source, box)):
        try:
            states[url] = client.state(url)
        except AbsentError:
            states[url] = None
    return states


def _addresses(source: RasterTiles, box: Box | None) -> list[str]:
    """Return the addresses of the tiles that a box needs, from north to south and west to east."""
    if not _tiled(source) or box is None:
        return [source.url]
    names = [
        (f"{'S' if lat < 0 else 'N'}{abs(lat):02d}", f"{'W' if lon < 0 else 'E'}{abs(lon):03d}")
        for lat, lon in tiles_of(box, source.step)
    ]
    urls = [source.url.replace("{lat}", lat).replace("{lon}", lon) for lat, lon in names]
    return list(dict.fromkeys(urls))


def tiles_of(box: Box, step: int) -> list[tuple[int, int]]:
    """Return the south-west corners (lat, lon) of the tiles of ``step`` degrees that meet a box.

    Examples
    --------
    >>> tiles_of((-106.75, 31.7, -105.9, 32.0), 1)
    [(31, -107), (31, -106)]
    >>> tiles_of((-107.0, 29.5, -106.0, 31.5), 3)
    [(30, -108), (27, -108)]
    """
    west, south, east, north = box
    lats = range(math.floor(south / step), math.ceil(north / step))
    lons = range(math.floor(west / step), math.ceil(east / step))
    return [(lat * step, lon * step) for lat in reversed(lats) for lon in lons]
