"""An Overpass server is asked within its limits; the answers are files in OSM XML.

A box is asked in pieces, each only when the server has a slot for us. The questions go through
our own client, so that its rules hold here too.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import shapely

from sitesel.catalog.sources.addresses import shown
from sitesel.catalog.sources.osmxml import OsmFile
from sitesel.crs import GEOD
from sitesel.errors import FetchError, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from sitesel.catalog.sources.osmxml import Box
    from sitesel.catalog.sources.request import Request
    from sitesel.catalog.sources.web import Client

PIECE_KM2 = 2_500  # asked at once
FEATURES_KM2 = 40_000  # asked at all, of features by tag
ROADS_KM2 = 10_000  # and of roads; the public servers are not for whole states
_SECONDS = 40  # of the server's time; shorter than our client waits for a sign of life
_FRESH_S = 86_400  # pieces of a broken run are used for this long
_LOOKS = 5
_LONGEST_WAIT_S = 300
_BUSY_S = 5

HOW = (
    "download the PBF files of the states from Geofabrik "
    "(https://download.geofabrik.de/north-america.html), cut and join them with osmium-tool "
    "(osmium extract -b WEST,SOUTH,EAST,NORTH STATE.osm.pbf -o STATE.osm; osmium merge), and give "
    "the OSM XML file by --extract FILE, fetch.extract in the definition or SITESEL_OSM_EXTRACT"
)
ADVICE = f"take an extract instead: {HOW}"


def features_statement(tags: Mapping[str, bool | str | list[str]]) -> str:
    """Return what asks for all elements that have any of the tags.

    Examples
    --------
    >>> features_statement({"power": ["substation", "line"], "plant:source": True})
    'nwr["power"="substation"];nwr["power"="line"];nwr["plant:source"];'
    """
    asked: list[str] = []
    for key, value in tags.items():
        values = [value] if isinstance(value, str) else value
        quoted = json.dumps(key, ensure_ascii=False)
        if isinstance(values, bool):
            asked.append(f"nwr[{quoted}];")
        else:
            asked += [f"nwr[{quoted}={json.dumps(one, ensure_ascii=False)}];" for one in values]
    return "".join(asked)


def roads_statement(classes: Iterable[str]) -> str:
    """Return what asks for all ways of these classes of road.

    Examples
    --------
    >>> roads_statement(["motorway", "trunk"])
    'way["highway"~"^(motorway|trunk)$"];'
    """
    return f'way["highway"~"^({"|".join(classes)})$"];'


def ask(url: str, statement: str, request: Request, *, largest: float) -> list[Path]:
    """Ask for the request's box of at most so many km², piece by piece; return a file for each.

    A piece that an earlier, broken run brought is not asked for again on the same day.

    Raises
    ------
    FetchError
        If there is no box or it is too large, or if the server gives up or gives no OSM XML.
    """
    base = url.rstrip("/")
    paths = []
    for west, south, east, north in pieces(request.box, largest):
        bounds = f"{south:.7f},{west:.7f},{north:.7f},{east:.7f}"
        query = f"[out:xml][timeout:{_SECONDS}][bbox:{bounds}];({statement});(._;>;);out;"
        name = hashlib.sha256(f"{base} {query}".encode()).hexdigest()[:16]
        path = request.folder / f"overpass-{name}.osm"
        if not (path.exists() and time.time() - path.stat().st_mtime < _FRESH_S):
            _wait_for_slot(base, request.client)
            address = f"{base}/interpreter?{urlencode({'data': query})}"
            request.client.download(address, path, report=request.report)
            _check(base, path)
        paths.append(path)
    return paths


def timestamp(url: str, client: Client) -> str | None:
    """Return the day of the data that a server has."""
    text = client.get(f"{url.rstrip('/')}/timestamp").text.strip()
    return text[:10] if re.match(r"\d{4}-\d\d-\d\dT", text) else None


def pieces(box: Box | None, largest: float) -> list[Box]:
    """Cut a box (degrees) into pieces small enough to ask for.

    Examples
    --------
    >>> pieces((-106.6, 31.6, -106.3, 31.9), largest=ROADS_KM2)
    [(-106.6, 31.6, -106.3, 31.9)]
    >>> len(pieces((-107, 31.2, -106.2, 31.9), largest=ROADS_KM2))
    4
    """
    if box is None:
        raise FetchError(
            f"OpenStreetMap: Overpass is asked for an area only; name one, or {ADVICE}"
        )
    area = abs(GEOD.geometry_area_perimeter(shapely.box(*box))[0]) / 1e6
    if area > largest:
        raise FetchError(
            f"OpenStreetMap: the area of {area:,.0f} km² is more than the {largest:,} km² that a "
            f"public Overpass server is asked for; name a smaller area, or {ADVICE}"
        )
    return list(_grid(box, math.ceil(math.sqrt(area / PIECE_KM2)) or 1))


def _grid(box: Box, parts: int) -> Iterator[Box]:
    west, south, east, north = box
    across, up = (east - west) / parts, (north - south) / parts
    for row in range(parts):
        for column in range(parts):
            x, y = west + column * across, south + row * up
            last_x, last_y = column == parts - 1, row == parts - 1
            yield x, y, east if last_x else x + across, north if last_y else y + up


def _wait_for_slot(base: str, client: Client) -> None:
    """Wait until the server's status page says that we may ask; a page we cannot read is passed."""
    for _ in range(_LOOKS):
        try:
            seconds = pause(client.get(f"{base}/status").text)
        except FetchError:
            return  # the question itself will tell
        if seconds > _LONGEST_WAIT_S:
            raise FetchError(
                f"{shown(base)}: the server lets us ask again in {seconds:,} s; come back then, "
                f"or {ADVICE}"
            )
        if not seconds:
            return
        time.sleep(seconds)


def pause(status: str) -> int:
    """Return the seconds until there is a slot, as a status page tells it.

    Examples
    --------
    >>> pause("Rate limit: 2 ... 1 slots available now.")
    0
    >>> pause("Rate limit: 2 ... Slot available after: 2026-11-21T10:00:09Z, in 9 seconds.")
    9
    """
    limit = re.search(r"Rate limit: (\d+)", status)
    if not limit or limit[1] == "0" or re.search(r"[1-9]\d* slots? available now", status):
        return 0
    waits = re.findall(r"Slot available after: \S+ in (-?\d+) seconds", status)
    return max(1, min(map(int, waits))) if waits else _BUSY_S


def _check(base: str, path: Path) -> None:
    """Remove and refuse an answer that is no OSM XML, or in which the server says it gave up."""
    file = OsmFile(path)
    try:
        for _ in file.elements():
            pass
    except FetchError:
        with path.open("rb") as opened:
            start = opened.read(20_000).decode("utf-8", "replace")
        said = re.search(r"Error</strong>:(.*?)</p>", start, re.DOTALL)
        words = f': "{printable(" ".join(said[1].split()))[:200]}"' if said else ""
        path.unlink()
        raise FetchError(
            f"{shown(base)}: the answer is no whole OSM XML{words}; try again later, or {ADVICE}"
        ) from None
    if "error" in file.remark:
        path.unlink()
        raise FetchError(
            f"{shown(base)}: the server gave up ({printable(file.remark.strip())[:200]}); "
            f"ask for a smaller area, or {ADVICE}"
        )
