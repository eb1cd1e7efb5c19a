"""Where the border may be crossed by truck, and how each port hangs on the roads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from sitesel.catalog.roadnet import SIDES
from sitesel.crs import WORKING_CRS, xy

if TYPE_CHECKING:
    import geopandas as gpd

    from sitesel.catalog.roadnet import Network, Speeds

THROUGH_KM = 12.0  # a long edge across the border whose chord passes a port this near goes through


def join_ports(
    ports: pd.DataFrame,
    net: Network,
    roads: gpd.GeoDataFrame,
    mexico: shapely.Geometry,
    speeds: Speeds,
) -> pd.DataFrame:
    """Tie each port to a road node of either side; a port out of reach of one side is left out.

    The way from a port to the nearest node is straight kilometres times the detour at
    ``link_kmh``. Where a long edge of the source crosses the border close by, the road goes
    through the port: its two ends are joined instead, by their share of the edge's length.

    Returns
    -------
    DataFrame with ``port_id, name, x, y, delay_min``, ``assumed`` (the delay is the default, not
    measured) and for each side ``us, us_km, us_minutes, mx, …``: the node, and the way to it.
    """
    x, y = xy(ports["lon"].astype(float), ports["lat"].astype(float))
    table = pd.DataFrame(
        {"port_id": ports["port_id"].to_numpy(), "name": ports["name"].to_numpy(), "x": x, "y": y}
    )
    for side in SIDES:
        node, metres = net.nodes[side].nearest(x, y, speeds.one("link_reach_km", side))
        low = side.lower()
        table[low], table[f"{low}_km"] = node, metres / 1000 * speeds.one("detour", side)
        table[f"{low}_minutes"] = 60 * table[f"{low}_km"] / speeds.one("link_kmh", side)
    _through(table, net, roads.to_crs(WORKING_CRS), mexico, speeds)
    given = ports["delay_min"] if "delay_min" in ports else pd.Series(np.nan, index=ports.index)
    delay = pd.to_numeric(given, errors="coerce").to_numpy(float)
    table["assumed"] = np.isnan(delay)
    table["delay_min"] = np.where(np.isnan(delay), speeds.one("delay_min", "US"), delay)
    joined = (table["us"] >= 0) & (table["mx"] >= 0)
    return table[joined].reset_index(drop=True)


def _through(
    table: pd.DataFrame,
    net: Network,
    roads: gpd.GeoDataFrame,
    mexico: shapely.Geometry,
    speeds: Speeds,
) -> None:
    """Lead the long edges that cross the border through the port nearest to them, in place."""
    chords = roads.geometry.to_numpy()
    ends = shapely.get_coordinates(chords).reshape(-1, 2, 2)
    shapely.prepare(mexico)
    south = shapely.contains_xy(mexico, ends[:, :, 0], ends[:, :, 1])
    long = (south[:, 0] != south[:, 1]) & ~roads["drawn"].to_numpy(bool)
    at = shapely.points(table["x"], table["y"])
    for edge in np.flatnonzero(long):
        away = shapely.distance(chords[edge], at) / 1000
        if not len(away) or away.min() > THROUGH_KM:
            continue
        port = int(away.argmin())
        metres = np.hypot(*(ends[edge] - shapely.get_coordinates(at[port])).T)
        share = metres / metres.sum() * roads["km"].to_numpy(float)[edge]
        for end, km in zip((0, 1), share, strict=True):
            side = "MX" if south[edge, end] else "US"
            x, y = ends[edge, end][:, None]
            node, _ = net.nodes[side].nearest(x, y, reach_km=0.1)
            column = side.lower()
            if node[0] >= 0 and not table.loc[port, f"{column}_km"] <= km:
                kmh = speeds.kmh(np.zeros(1), np.array([side]))[0]
                row = [node[0], km, 60 * km / kmh]
                table.loc[port, [column, f"{column}_km", f"{column}_minutes"]] = row
