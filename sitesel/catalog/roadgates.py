"""How roads with a class lead up to the ports: cut at the line there, not a block before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sitesel.crs import xy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sitesel.catalog.roadspeeds import Speeds

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

SHORT_M = 1.0  # what leads to a port ends this far before the line


class _Crossings(NamedTuple):
    """Roads that cross the border close to a port: rows, ends (n, 2, 2), metres, the port.

    ``free`` (n, 2) says how many metres of the road lie before the line, from either end.
    """

    row: Ints
    ends: Floats
    metres: Floats
    free: Floats
    port: Ints


def up_to_ports(
    roads: gpd.GeoDataFrame, ports: pd.DataFrame, mexico: shapely.Geometry, speeds: Speeds
) -> gpd.GeoDataFrame:
    """Cut the roads that cross the border within ``gate_km`` of a port at the line.

    Their two halves stay. On either side the ends of all that leads to one port are tied to the
    end nearest to it: where each carriageway is one-way, one leads to the port and one from it.
    Roads and border are in the working CRS (metres); the columns stay as they are.
    """
    gates = np.column_stack(xy(ports["lon"].astype(float), ports["lat"].astype(float)))
    found = _crossings(roads, gates, mexico, 1000 * speeds.one("gate_km", "US"))
    if not len(found.row):
        return roads
    number, parts, south = int(roads[["u", "v"]].to_numpy().max()) + 1, [], []
    for near, far in ((0, 1), (1, 0)):
        here = np.flatnonzero(found.free[:, near] > 0)
        share = found.free[here, near] / found.metres[here]
        start, stop = found.ends[here, near], found.ends[here, far]
        at = start + share[:, None] * (stop - start)
        line = shapely.linestrings(np.stack([start, at] if near == 0 else [at, start], axis=1))
        half = roads.iloc[found.row[here]]
        half = half.assign(km=half["km"] * share).set_geometry(line, crs=roads.crs)
        half["v" if near == 0 else "u"] = number + np.arange(len(here))
        number += len(here)
        parts.append(half)
        south.append(np.column_stack([found.port[here], shapely.contains_xy(mexico, start)]))
    halves = pd.concat(parts)
    ties = _ties(halves, len(parts[0]), np.vstack(south), gates)
    kept = roads.drop(index=roads.index[found.row])
    whole = pd.concat([kept, halves, ties], ignore_index=True)
    return gpd.GeoDataFrame(whole, geometry="geometry", crs=roads.crs)


def _crossings(
    roads: gpd.GeoDataFrame, gates: Floats, mexico: shapely.Geometry, reach_m: float
) -> _Crossings:
    """Find the roads with an end in either country that meet the line close to a port."""
    chords = roads.geometry.to_numpy()
    ends = shapely.get_coordinates(chords).reshape(-1, 2, 2)
    shapely.prepare(mexico)
    south = shapely.contains_xy(mexico, ends[:, :, 0], ends[:, :, 1])
    row = np.flatnonzero(south[:, 0] != south[:, 1])
    meets = shapely.intersection(chords[row], shapely.boundary(mexico))
    place, owner = shapely.get_coordinates(meets, return_index=True)
    along = shapely.line_locate_point(chords[row][owner], shapely.points(place))
    spots = pd.DataFrame({"along": along, "x": place[:, 0], "y": place[:, 1]}).groupby(owner)
    away = np.hypot(*(spots[["x", "y"]].first().to_numpy()[:, None] - gates[None]).T).T
    row, metres = row[spots["along"].first().index], shapely.length(chords[row])
    near = away.min(axis=1, initial=np.inf) <= reach_m
    free = np.column_stack([spots["along"].min(), metres - spots["along"].max()]) - SHORT_M
    port = away.argmin(axis=1) if gates.size else np.zeros(len(row), np.intp)
    return _Crossings(row[near], ends[row[near]], metres[near], free[near], port[near])


def _ties(halves: gpd.GeoDataFrame, first: int, gate: Ints, ports: Floats) -> gpd.GeoDataFrame:
    """Tie the loose ends before each port, on each side, to the one nearest to the port.

    Of the first halves ``v`` is loose, of the others ``u``.
    """
    line = shapely.get_coordinates(halves.geometry.to_numpy()).reshape(-1, 2, 2)
    leaves = np.arange(len(halves)) < first
    loose = np.where(leaves, halves["v"], halves["u"])
    at = np.where(leaves[:, None], line[:, 1], line[:, 0])
    away = np.hypot(*(at - ports[gate[:, 0]]).T)
    rows, hubs = [], []
    for members in pd.DataFrame(gate).groupby([0, 1]).indices.values():
        hub = members[away[members].argmin()]
        rows += [row for row in members if row != hub]
        hubs += [hub] * (len(members) - 1)
    ties = halves.iloc[rows].assign(u=loose[rows], v=loose[hubs], oneway=False)
    lines = shapely.linestrings(np.stack([at[rows], at[hubs]], axis=1).reshape(-1, 2, 2))
    km = np.maximum(shapely.length(lines), SHORT_M) / 1000
    return ties.assign(km=km).set_geometry(lines, crs=halves.crs)
