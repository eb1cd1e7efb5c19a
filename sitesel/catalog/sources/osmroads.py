"""From the ways of OpenStreetMap to road edges of the form that the drive times are made from.

OSMnx makes the graph and simplifies it. Here it is decided where trucks may drive, what their
limits are, and how many straight pieces a bend needs. The border and the ports are not known
here: `sitesel.catalog.roads` cuts what crosses the one elsewhere than at the others.
"""

from __future__ import annotations

import re
import shutil
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sitesel.catalog.sources import osmread
from sitesel.crs import GEOD, LONLAT, xy
from sitesel.errors import FetchError
from sitesel.resources import shipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import networkx as nx
    from numpy.typing import NDArray

    from sitesel.catalog.sources.osmxml import Tags

_MAIN = ("motorway", "trunk", "primary", "secondary", "tertiary")
CLASSES = (
    *(name for main in _MAIN for name in (main, f"{main}_link")),
    *("unclassified", "residential", "living_street", "road"),
)
BEND_M = 10.0  # straight pieces stay this close to the road
_KEPT = ("highway", "oneway", "junction", "maxspeed", "maxspeed:hgv")
_EITHER_WAY = ("maxspeed:forward", "maxspeed:backward")
_MAY = ("hgv", "motor_vehicle", "vehicle", "access")  # the first that is tagged decides
_CLOSED = {"no", "private", "agricultural", "forestry", "emergency"}
_NO_LIMIT = -1.0  # in the graph, where NaN would not equal itself
_SLOWEST_KMH = 5
_UNITS = {"": 1.0, "km/h": 1.0, "kmh": 1.0, "kph": 1.0, "mph": 1.609344}


def wanted(kind: str, tags: Tags) -> Tags | None:
    """Return the tags that matter of a road that trucks may use; None of anything else.

    Where several are tagged, the most special of ``hgv``, ``motor_vehicle``, ``vehicle`` and
    ``access`` decides. Streets with changing direction are left out. Motorways are one-way unless
    tagged otherwise. Of limits by direction the lower one is taken.

    Examples
    --------
    >>> wanted("way", {"highway": "motorway", "maxspeed": "75 mph", "name": "I 10"})
    {'highway': 'motorway', 'maxspeed': '75 mph', 'oneway': 'yes'}
    >>> wanted("way", {"highway": "primary", "hgv": "no"})
    >>> wanted("way", {"highway": "tertiary", "access": "private", "hgv": "designated"})
    {'highway': 'tertiary'}
    """
    road = tags.get("highway", "")
    may = next((tags[key] for key in _MAY if key in tags), "yes")
    shut = may in _CLOSED or tags.get("area") == "yes" or tags.get("oneway") == "reversible"
    if kind != "way" or road not in CLASSES or shut:
        return None
    kept = {key: tags[key] for key in _KEPT if key in tags}
    both = [tags[key] for key in _EITHER_WAY if key in tags]
    if both and "maxspeed" not in tags:
        kept["maxspeed"] = ";".join(both)
    if road == "motorway":
        kept.setdefault("oneway", "yes")
    return kept


@cache
def kmh(limit: str | None) -> float:
    """Return a tagged limit in km/h, of several the lowest; NaN where it is no number.

    Examples
    --------
    >>> [round(kmh(tag), 1) for tag in ("80", "65 mph", "60;40", "30mph", "MX:urban", "none", None)]
    [80.0, 104.6, 40.0, 48.3, nan, nan, nan]
    """
    found = []
    for part in re.split(r"[;,|]", limit or ""):
        number = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z/]*)\s*", part)
        if number and number[2] in _UNITS and float(number[1]) >= _SLOWEST_KMH:
            found.append(float(number[1]) * _UNITS[number[2]])
    return min(found, default=np.nan)


def speeds(folder: Path) -> Path:
    """Put the table of speeds for roads with a class into a folder."""
    return shutil.copyfile(
        shipped("layers") / "transport" / "speeds_osm.csv", folder / "speeds.csv"
    )


def edges(path: Path) -> gpd.GeoDataFrame:
    """Return the road edges of an OSM XML file in which only `wanted` ways are left.

    Returns
    -------
    GeoDataFrame
        In EPSG:4326, a row for each straight piece: ``u, v`` (node numbers from 0), ``km`` along
        the road on the ellipsoid, ``drawn`` (true: the line stays within 10 m of the road),
        ``class``, ``limit_kmh`` and ``truck_limit_kmh`` (NaN where not tagged) and ``oneway``
        (driven from u to v only; all others both ways). Same file, same rows in the same order.

    Raises
    ------
    FetchError
        If no road is left.
    """
    graph = osmread.graph(path, _KEPT)
    for _, _, data in graph.edges(data=True):
        limits = (kmh(data.get(key)) for key in ("maxspeed", "maxspeed:hgv"))
        limit, truck = (_NO_LIMIT if np.isnan(value) else value for value in limits)
        one, kind = bool(data["oneway"]), str(data["highway"])
        data.clear()
        data.update(kind=kind, limit=limit, truck=truck, oneway=one)
    roads = sorted(set(_roads(osmread.simplified(graph, differ=["kind", "limit", "truck"]))))
    if not roads:
        raise FetchError("OpenStreetMap: no road for trucks is whole in the area; widen the area")
    return _pieces(roads)


class _Road(NamedTuple):
    """A road from junction to junction, as it is sorted: its ends are OSM's node numbers."""

    u: int
    v: int
    at: tuple[tuple[float, float], ...]
    oneway: bool
    kind: str
    limit: float
    truck: float


def _roads(graph: nx.MultiDiGraph[int]) -> Iterator[_Road]:
    """Go through the roads; one that is driven both ways comes twice, and both are the same."""
    for u, v, data in graph.edges(data=True):
        line = data.get("geometry")
        ends = [(graph.nodes[node]["x"], graph.nodes[node]["y"]) for node in (u, v)]
        at = tuple(ends if line is None else line.coords)
        oneway = bool(data["oneway"])
        road = _Road(u, v, at, oneway, data["kind"], data["limit"], data["truck"])
        yield road if oneway else min(road, road._replace(u=v, v=u, at=at[::-1]))


def _pieces(roads: list[_Road]) -> gpd.GeoDataFrame:
    """Cut roads into straight pieces, and number the nodes: junctions first, then bends."""
    lon, lat = np.array([at for road in roads for at in road.at], float).T
    owner = np.repeat(np.arange(len(roads)), [len(road.at) for road in roads])
    keep = np.flatnonzero(_bends(np.column_stack(xy(lon, lat)), owner))
    metres = np.append(GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])[2], 0.0)
    first, last = owner[keep] != owner[keep - 1], owner[keep] != np.roll(owner[keep], -1)
    first[0], last[-1] = True, True
    ends, place = np.unique([(road.u, road.v) for road in roads], return_inverse=True)
    number = np.zeros(len(keep), np.int64)
    number[first], number[last] = place.reshape(-1, 2).T
    number[~(first | last)] = len(ends) + np.arange((~(first | last)).sum())
    start, stop, of = keep[~last], keep[~first], owner[keep[~last]]
    table: dict[str, Any] = {
        "u": number[~last].astype(np.int32),
        "v": number[~first].astype(np.int32),
        "km": _sums(metres, start, stop) / 1000,
        "drawn": True,
        "class": np.array([road.kind for road in roads], object)[of],
        "limit_kmh": _known(road.limit for road in roads)[of],
        "truck_limit_kmh": _known(road.truck for road in roads)[of],
        "oneway": np.array([road.oneway for road in roads])[of],
    }
    at = np.column_stack([lon, lat])
    lines = shapely.linestrings(np.stack([at[start], at[stop]], axis=1))
    frame = gpd.GeoDataFrame(pd.DataFrame(table), geometry=lines, crs=LONLAT)
    return frame[(frame["u"] != frame["v"]) & (frame["km"] > 0)].reset_index(drop=True)


def _sums(metres: NDArray[np.float64], start: Any, stop: Any) -> NDArray[np.float64]:
    """Return the sums of metres from each start to before its stop."""
    both = np.column_stack([start, stop]).ravel()
    return np.asarray(np.add.reduceat(metres, both)[::2])


def _known(values: Iterable[float]) -> NDArray[np.float64]:
    found = np.array(list(values), float)
    return np.where(found == _NO_LIMIT, np.nan, found)


def _bends(at: NDArray[np.float64], owner: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Say which vertices (metres) of lines in a row are needed to stay within ``BEND_M``.

    The first and the last of each line always are.

    Examples
    --------
    >>> at = np.array([[0, 0], [500, 4], [1000, 0], [0, 0], [500, 40], [1000, 0]], float)
    >>> _bends(at, np.array([0, 0, 0, 1, 1, 1])).tolist()
    [True, False, True, True, True, True]
    """
    lines = shapely.linestrings(at, indices=owner)
    light = shapely.simplify(lines, BEND_M, preserve_topology=False)
    few, line = shapely.get_coordinates(light, return_index=True)
    sought = list(zip(line.tolist(), *few.T.tolist(), strict=True))
    needed, place = np.append(owner[1:] != owner[:-1], True), 0
    for row, vertex in enumerate(zip(owner.tolist(), *at.T.tolist(), strict=True)):
        while place < len(sought) and sought[place][0] < vertex[0]:
            place += 1  # no line waits for what another one lacks
        if place < len(sought) and sought[place] == vertex:
            needed[row], place = True, place + 1
    return np.asarray(needed)
