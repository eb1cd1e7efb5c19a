"""The protocol ``raster``: the window of an area, read from GeoTIFF tiles over the web."""

from __future__ import annotations

import math
from contextlib import ExitStack
from typing import TYPE_CHECKING

import rasterio
from pyproj import CRS

from sitesel.catalog.sources import mosaic
from sitesel.catalog.sources.addresses import shown
from sitesel.catalog.sources.failures import AbsentError
from sitesel.catalog.sources.ranges import Remote, RemoteFile
from sitesel.catalog.sources.request import Answer
from sitesel.catalog.terrain import write_slope
from sitesel.errors import FetchError
from sitesel.resources import replacing

if TYPE_CHECKING:
    from collections.abc import Callable

    from sitesel.catalog.sources.request import Request
    from sitesel.catalog.sources.specs import RasterTiles
    from sitesel.catalog.sources.web import Client

    Box = tuple[float, float, float, float]

_NEIGHBOURS = 0.001  # degrees more, so that slope has neighbours at the edge of the area
_ENV = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_CACHEMAX": 256}


def fetch(source: RasterTiles, request: Request) -> Answer:
    """Read the area's window from each tile and merge them to one GeoTIFF on the tiles' own grid.

    Only the bytes of the window are asked for, at full resolution. What no tile holds, such as a
    tile over the sea that the publisher does not have, is nodata, and is said. With ``slope``, the
    file holds the percent slope instead of the heights.

    Raises
    ------
    FetchError
        No tile is there, or one cannot be read, is no GeoTIFF, or does not fit the others; the
        server sends no parts of files; tiles are asked for without an area.
    """
    box = request.box
    if box and source.slope:
        west, south, east, north = box
        more = _NEIGHBOURS
        box = (west - more, south - more, east + more, north + more)
    done = 0

    def heard(count: int) -> None:
        nonlocal done
        done += count
        request.report("bytes", done, None)

    urls = _addresses(source, box)
    with rasterio.Env(**_ENV), ExitStack() as stack:
        opened = [_opened(url, request.client, heard, stack) for url in urls]
        tiles = [part for tile in opened if tile for part in tile.within(box)]
        merged = request.folder / "merged.tif"
        with replacing(merged) as path:
            mosaic.write(mosaic.lay(tiles, urls), path)
    if source.slope:
        heights, merged = merged, request.folder / "slope.tif"
        with replacing(merged) as path:
            write_slope(heights, path)
        heights.unlink()
    absent = opened.count(None)
    said = (f"{absent} of {len(urls)} tiles are not there, so unknown",) if absent else ()
    return Answer(None, raster=merged, version=version(source, request.client), said=said)


def version(source: RasterTiles, client: Client) -> str | None:
    """Return the publisher's version of a single file; of many tiles none is known."""
    return None if "{" in source.url else client.version(source.url)


def _addresses(source: RasterTiles, box: Box | None) -> list[str]:
    """Return the addresses of the tiles that a box needs, from north to south and west to east."""
    if "{lat}" not in source.url and "{lon}" not in source.url:
        return [source.url]
    if box is None:
        raise FetchError(
            f"{shown(source.url)}: tiles are fetched for an area; name a study: --area STUDY"
        )
    corners = tiles_of(box, source.step)
    names = [
        (f"{'S' if lat < 0 else 'N'}{abs(lat):02d}", f"{'W' if lon < 0 else 'E'}{abs(lon):03d}")
        for lat, lon in corners
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


def _opened(
    url: str, client: Client, heard: Callable[[int], None], stack: ExitStack
) -> mosaic.Tile | None:
    """Open a tile; None if the server says that it is not there."""
    try:
        remote = Remote(client, url, heard)
    except AbsentError:
        return None
    name = f"tile-{id(remote)}.tif"

    def opener(path: str, **_: str) -> RemoteFile:
        if not path.endswith(name):  # files that may lie beside a raster on disk
            raise FileNotFoundError(path)
        return remote.open()

    with mosaic.telling(remote):
        data = stack.enter_context(rasterio.open(name, driver="GTiff", opener=opener))
    if data.crs is None or data.transform.b or data.transform.d or data.transform.e >= 0:
        raise FetchError(f"{shown(url)}: states no CRS, or its rows do not run from north to south")
    crs = CRS.from_wkt(data.crs.to_wkt())
    return mosaic.Tile(remote, data, crs.sub_crs_list[0] if crs.is_compound else crs)
