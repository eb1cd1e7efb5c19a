"""An invented pair of towns at a real port of entry, in the true formats of OpenStreetMap.

Two grids of streets face each other across the line at Santa Teresa. Every street, name and limit
is made up. A bridge crosses at the port, another one where there is no port, and a ferry besides.
"""

from __future__ import annotations

import bz2
import gzip
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import quoteattr

if TYPE_CHECKING:
    from pathlib import Path

PORT = (-106.68, 31.784)
LONS = [round(-106.695 + 0.005 * i, 6) for i in range(7)]  # columns of both grids
US_LATS = [round(31.790 + 0.005 * j, 6) for j in range(7)]
MX_LATS = [round(31.778 - 0.005 * j, 6) for j in range(7)]
EDITED = "2026-10-05T12:00:00Z"
BASE = "2026-11-20T23:59:00Z"
_BY = f'version="3" timestamp="{EDITED}" changeset="77" uid="5" user="someone real"'
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass
class Map:
    """Elements of OpenStreetMap in the order of their kinds."""

    nodes: dict[int, tuple[float, float, dict]] = field(default_factory=dict)
    ways: dict[int, tuple[list[int], dict]] = field(default_factory=dict)
    relations: dict[int, tuple[list[tuple[str, int, str]], dict]] = field(default_factory=dict)
    _at: dict[tuple[float, float], int] = field(default_factory=dict)

    def node(self, lon, lat, **tags):
        """Return the number of the node there; a new one if there is none."""
        lon, lat = round(lon, 7), round(lat, 7)  # as OpenStreetMap keeps them
        known = self._at.setdefault((lon, lat), 9_000_000_000 + 17 * (len(self._at) + 1))
        self.nodes[known] = (lon, lat, {**self.nodes.get(known, (0, 0, {}))[2], **tags})
        return known

    def way(self, *places, **tags):
        refs = [place if isinstance(place, int) else self.node(*place) for place in places]
        number = 500_000 + 3 * len(self.ways)
        self.ways[number] = (refs, {key.replace("__", ":"): tags[key] for key in tags})
        return number

    def relation(self, *members, **tags):
        number = 40_000 + len(self.relations)
        self.relations[number] = ([("way", way, role) for way, role in members], tags)
        return number

    def lines(self, by=_BY, only=None):
        """Write the elements (those in ``only``) as OSM XML does."""
        keep = only or {"node": self.nodes, "way": self.ways, "relation": self.relations}
        for number, (lon, lat, tags) in self.nodes.items():
            if number in keep["node"]:
                yield from _element("node", f'{number}" lat="{lat}" lon="{lon}', by, [], tags)
        for number, (refs, tags) in self.ways.items():
            if number in keep["way"]:
                yield from _element("way", number, by, [f'<nd ref="{ref}"/>' for ref in refs], tags)
        for number, (members, tags) in self.relations.items():
            if number in keep["relation"]:
                parts = [f'<member type="{a}" ref="{b}" role="{c}"/>' for a, b, c in members]
                yield from _element("relation", number, by, parts, tags)

    def extract(self, path: Path):
        """Write a file as osmium does; packed if its name says so."""
        west, south, east, north = -106.8, 31.7, -106.6, 31.85
        text = (
            f'{_HEAD}<osm version="0.6" generator="osmium/1.16.0">\n'
            f'  <bounds minlon="{west}" minlat="{south}" maxlon="{east}" maxlat="{north}"/>\n'
            + "".join(self.lines())
            + "</osm>\n"
        )
        opened = {".gz": gzip.open, ".bz2": bz2.open}.get(path.suffix, open)
        with opened(path, "wb") as file:
            file.write(text.encode())
        return path

    def answer(self, query: str) -> str | None:
        """Answer a query as Overpass does in XML; None if it cannot be parsed."""
        setting = re.match(r"\[out:xml\]\[timeout:\d+\]\[bbox:([-\d.,]+)\];", query)
        if not setting or not query.endswith("(._;>;);out;"):
            return None
        south, west, north, east = map(float, setting[1].split(","))
        near = {
            number
            for number, (lon, lat, _) in self.nodes.items()
            if west <= lon <= east and south <= lat <= north
        }
        ways = {number for number, (refs, _) in self.ways.items() if near & set(refs)}
        larger = {
            number
            for number, (members, _) in self.relations.items()
            if ways & {ref for _, ref, _ in members}
        }
        found = {
            "node": {n for n in near if _matches(query, "nwr", self.nodes[n][2])},
            "way": {n for n in ways if _matches(query, "(?:nwr|way)", self.ways[n][1])},
            "relation": {n for n in larger if _matches(query, "nwr", self.relations[n][1])},
        }
        for number in found["relation"]:
            found["way"] |= {ref for _, ref, _ in self.relations[number][0]}
        for number in found["way"]:
            found["node"] |= set(self.ways[number][0])
        return _overpass("".join(self.lines(by="", only=found)))


def _element(kind, number, by, parts, tags):
    tags = [f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in tags.items()]
    inside = "".join(f"    {line}\n" for line in [*parts, *tags])
    yield f'  <{kind} id="{number}" {by}'.rstrip()
    yield f">\n{inside}  </{kind}>\n" if inside else "/>\n"


def _overpass(inside: str) -> str:
    return (
        f'{_HEAD}<osm version="0.6" generator="Overpass API 0.7.62.5">\n'
        "<note>The data included in this document is from www.openstreetmap.org. "
        f'The data is made available under ODbL.</note>\n<meta osm_base="{BASE}"/>\n\n'
        f"{inside}\n</osm>\n"
    )


def gave_up(words: str = 'Query timed out in "query" at line 1 after 41 seconds.') -> bytes:
    """Return what Overpass answers when it gives up, with status 200."""
    return _overpass(f"<remark> runtime error: {words} </remark>\n").encode()


BUSY = (
    f'{_HEAD}<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN"\n'
    '    "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">\n'
    '<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">\n<head>\n'
    "  <title>OSM3S Response</title>\n</head>\n<body>\n\n"
    '<p><strong style="color:#FF0000">Error</strong>: runtime error: open64: 0 Success '
    "/osm3s_osm_base Dispatcher_Client::request_read_and_idx::timeout. The server is probably too "
    "busy to handle your request. </p>\n\n</body>\n</html>\n"
).encode()


def _matches(query: str, kind: str, tags: dict) -> bool:
    """Say whether tags meet any of the statements of a query."""
    for key, value in re.findall(kind + r'\["([^"]+)"(?:="([^"]*)")?\];', query):
        if key in tags and value in ("", tags[key]):
            return True
    classes = re.search(kind + r'\["highway"~"(\S+?)"\];', query)
    return bool(classes and re.search(classes[1], tags.get("highway", "-")))


def status(slots: int = 2, wait: int | None = None) -> bytes:
    """Return a status page of Overpass: free slots, or the seconds until there is one."""
    free = f"{slots} slots available now.\n" if slots else ""
    later = f"Slot available after: 2026-11-21T10:00:09Z, in {wait} seconds.\n" if wait else ""
    return (
        "Connected as: 866011160\nCurrent time: 2026-11-21T10:00:00Z\nAnnounced endpoint: none\n"
        f"Rate limit: 2\n{free}{later}"
        "Currently running queries (pid, space limit, time limit, start time):\n"
    ).encode()


def interpreter(town: Map):
    """Return what answers queries, for the server of hostile.py."""

    def answer(handler):
        query = parse_qs(urlsplit(handler.path).query)["data"][0]
        text = town.answer(query)
        body = (text or "<p><strong>Error</strong>: line 1: parse error</p>").encode()
        kind = "application/osm3s+xml" if text else "text/html; charset=utf-8"
        handler.head(200 if text else 400, {"Content-Type": kind, "Content-Length": len(body)})
        handler.wfile.write(body)

    return answer


def town() -> Map:
    """Return the pair of towns."""
    here = Map()
    _grid(here, US_LATS, "45 mph", "35 mph")
    _grid(here, MX_LATS, "60", "40")
    _motorway(here)
    _crossings(here)
    _odds(here)
    _features(here)
    return here


def _grid(here: Map, lats, fast, slow):
    """Streets 500 m apart: a fast one to the port, a slow one across, one-way ones."""
    for i, lon in enumerate(LONS):
        tags = {"highway": "residential", "name": f"{i + 1}th <Street> & “Ñ”"}
        if i == 3:
            tags = {"highway": "primary", "maxspeed": fast, "name": "Port Road"}
        if i == 1:
            tags |= {"oneway": "yes"}
        if i == 5:
            tags |= {"oneway": "-1"}
        here.way(*((lon, lat) for lat in lats), **tags)
    for j, lat in enumerate(lats):
        tags = {"highway": "residential"}
        if j == 2:
            tags = {"highway": "secondary", "maxspeed": slow}
        if j == 4:
            tags = {"highway": "residential", "hgv": "no"}
        here.way(*((lon, lat) for lon in LONS), **tags)


def _motorway(here: Map):
    """Two carriageways north of the US grid, with a ramp on and off each way at two streets."""
    west, east, low, high = -106.72, -106.64, 31.8265, 31.8275
    limit = {"highway": "motorway", "maxspeed": "75 mph", "maxspeed__hgv": "65 mph"}
    stops = [west, -106.694, -106.691, -106.669, -106.666, east]
    here.way(*((lon, low) for lon in stops), **limit)  # eastbound; one-way is implied
    here.way(*((lon, high) for lon in reversed(stops)), oneway="yes", **limit)
    for column, out, on in ((0, -106.694, -106.691), (6, -106.669, -106.666)):
        corner = (LONS[column], 31.824)
        here.way((LONS[column], US_LATS[-1]), corner, highway="tertiary")
        ramp = {"highway": "motorway_link", "oneway": "yes"}
        here.way((out, low), (LONS[column] - 0.0003, 31.8252), corner, **ramp)
        here.way(corner, (LONS[column] + 0.0003, 31.8252), (on, low), **ramp)
        here.way((on, high), (LONS[column] + 0.001, 31.8258), corner, maxspeed="30 mph", **ramp)
        here.way(corner, (LONS[column] - 0.001, 31.8258), (out, high), **ramp)


def _crossings(here: Map):
    """The bridge at the port, one that is no port, and a ferry."""
    us, mx = US_LATS[0], MX_LATS[0]
    for lon, ends in ((-106.6802, (us, mx)), (-106.6798, (mx, us))):  # south, and back
        for lat in (31.7848, 31.7832):
            here.node(lon, lat, barrier="border_control")
        banks = (31.7848, 31.7832) if ends[0] == us else (31.7832, 31.7848)
        places = [(PORT[0], ends[0]), *((lon, lat) for lat in banks), (PORT[0], ends[1])]
        here.way(*places, highway="primary", oneway="yes", bridge="yes", name="Puente del Ejemplo")
    here.way((LONS[6], us), (LONS[6], mx), highway="trunk", bridge="yes", maxspeed="60 mph")
    here.way((LONS[0], us), (LONS[0], mx), route="ferry", duration="00:05")


def _odds(here: Map):
    """Bends, a dead end, a roundabout, and what no truck drives on."""
    arc = [(LONS[0], 31.80), *((-106.695 - 0.004 * (1 - ((k - 4) / 4) ** 2), 31.80 + 0.00125 * k)
                               for k in range(1, 8)), (LONS[0], 31.81)]  # fmt: skip
    here.way(*((round(a, 7), round(b, 7)) for a, b in arc), highway="tertiary", maxspeed="none")
    here.way((LONS[6], 31.80), (-106.66, 31.80), highway="residential")  # a dead end
    ring = [(LONS[0], MX_LATS[6]), (-106.6955, 31.7475), (-106.695, 31.747), (-106.6945, 31.7475)]
    here.way(*ring, ring[0], highway="unclassified", junction="roundabout")
    here.way((-106.6945, 31.7475), (-106.6945, 31.74), highway="unclassified", maxspeed="signals")
    here.way((LONS[2], US_LATS[0]), (LONS[2], 31.787), highway="service")
    here.way((LONS[2], 31.787), PORT, highway="tertiary", access="private")
    here.way((LONS[4], US_LATS[0]), (LONS[4], 31.787), highway="track")
    here.way((LONS[3], US_LATS[6]), (LONS[3], 31.8265), highway="footway")
    here.way((LONS[3], US_LATS[6]), (LONS[3], 31.8275), highway="primary", oneway="reversible")
    here.way((-106.60, 31.84), (-106.599, 31.84), highway="residential")  # an island


def _features(here: Map):
    """Substations, lines, and industrial land, one with a hole."""

    def ring(west, south, size):
        east, north = round(west + size, 6), round(south + size, 6)
        first = here.node(west, south)
        return [first, (east, south), (east, north), (west, north), first]

    here.node(-106.65, 31.80, power="substation", name="Subestación Ñandú", voltage="13800")
    here.way(*ring(-106.655, 31.81, 0.002), power="substation", voltage="345000;115000",
             operator='Power & "Light"')  # fmt: skip
    here.way((-106.655, 31.81), (-106.64, 31.80), (-106.62, 31.79), power="line", voltage="345000")
    here.way((-106.655, 31.812), (-106.66, 31.83), power="minor_line")
    here.way(*ring(-106.72, 31.79, 0.003), landuse="industrial", name="Parque Uno")
    outer, hole = here.way(*ring(-106.73, 31.75, 0.01)), here.way(*ring(-106.727, 31.753, 0.002))
    here.relation((outer, "outer"), (hole, "inner"), type="multipolygon", landuse="industrial",
                  name="Parque Dos")  # fmt: skip
    here.node(-106.64, 31.75, landuse="residential")
    here.way(*ring(-106.70, 31.80, 0.0004), building="yes")
