"""What lies near by road: truck minutes and their cost, and what is counted or summed in them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sitesel import cost
from sitesel.measure.features import EVERY, column, counted, numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from sitesel.catalog.roads import RoadGraph
    from sitesel.cost import UnitCosts


def drive_time(
    candidates: gpd.GeoDataFrame,
    features: gpd.GeoDataFrame,
    roads: RoadGraph,
    *,
    same_side: bool = False,
    where: Mapping[str, Any] = EVERY,
    limit: float = 600,
) -> pd.Series[float]:
    """Measure truck minutes from each candidate's point to the nearest feature by road.

    Features without a side (ports of entry) are reached from a candidate's own side. Those of
    the other side are reached through an open port, with its delay, unless ``same_side``. NaN
    where no road of the candidate's side is near, or nothing can be reached within ``limit``.
    """
    chosen = counted(features, where)
    minutes = roads.nearest_minutes(
        roads.points(candidates),
        roads.points(chosen),
        cross_border=_crossing(chosen, same_side=same_side),
        limit=limit,
    )
    return pd.Series(minutes, candidates.index)


def truckload(
    candidates: gpd.GeoDataFrame,
    features: gpd.GeoDataFrame,
    roads: RoadGraph,
    *,
    costs: UnitCosts,
    where: Mapping[str, Any] = EVERY,
    limit: float = 600,
) -> pd.Series[float]:
    """Measure what a truckload costs, USD, from each candidate through the port that costs least.

    ``features`` are ports of entry with their ``port_id``; those that take no trucks on the day
    do not count. The drive to the port, on the candidate's own side, the wait and the toll cost
    what `sitesel.cost.truckload` says; where a unit cost has only bounds, their middle counts.
    NaN where no port can be reached within ``limit`` minutes, where nothing bounds a rate that
    counts on the candidate's side, and where a port whose toll nothing bounds may cost least.
    """
    column(features, "port_id")
    targets = roads.points(counted(features, where))
    targets = targets.only(targets.port >= 0)
    if not len(targets.port):
        return pd.Series(np.nan, candidates.index)
    ports, rates = roads.ports.iloc[targets.port], costs.middle()
    toll = np.array([rates.toll(port).low for port in ports["port_id"].astype(str)])
    sure = np.repeat(np.nan_to_num(toll)[:, None], 2, axis=1)
    drive = roads.minutes_to_each(roads.points(candidates), targets, limit=limit)
    usd = np.full(drive.shape, np.inf)
    for side in ("US", "MX"):
        here = (candidates["side"] == side).to_numpy()
        us, mx = drive[here] * (side == "US"), drive[here] * (side == "MX")
        # What an hour costs in Mexico, known or not, is nothing to a drive in the US.
        free = {"mx_truck": cost.Bounds(0, 0)} if side == "US" else {}
        own = replace(rates, of=rates.of | free)
        usd[here], _ = cost.truckload(us, ports["delay_min"], mx, sure, own)
    usd[np.isnan(usd)] = np.inf
    least = usd.argmin(axis=1)
    found = usd[np.arange(len(usd)), least]
    known = np.isfinite(found) & ~np.isnan(toll[least])
    return pd.Series(np.where(known, found, np.nan), candidates.index)


def reach(  # noqa: PLR0913 (options of one kind of measure)
    candidates: gpd.GeoDataFrame,
    features: gpd.GeoDataFrame,
    roads: RoadGraph,
    *,
    field: str,
    decay_min: float = 10,
    limit: float = 75,
    same_side: bool = True,
    where: Mapping[str, Any] = EVERY,
) -> pd.Series[float]:
    """Measure accessibility (Hansen 1959): the sum of ``field * exp(-minutes / decay_min)``.

    Features further than ``limit`` minutes add nothing. NaN where no road is near.
    """
    return capacity_within(
        candidates,
        features,
        roads,
        field=field,
        minutes=limit,
        decay=decay_min,
        same_side=same_side,
        where=where,
    )


def capacity_within(  # noqa: PLR0913 (options of one kind of measure)
    candidates: gpd.GeoDataFrame,
    features: gpd.GeoDataFrame,
    roads: RoadGraph,
    *,
    field: str,
    minutes: float,
    decay: float | None = None,
    same_side: bool = False,
    where: Mapping[str, Any] = EVERY,
) -> pd.Series[float]:
    """Sum a field, in its own unit, over the features within ``minutes`` by road.

    Each weighs ``exp(-minutes / decay)`` if influence fades. A feature whose field is empty is
    left out: the sum is what is known. NaN where no road is near; nothing in reach is 0.
    """
    chosen = counted(features, where)
    worth = numbers(chosen, field)
    sized = chosen[~np.isnan(worth)]
    total = roads.sum_within(
        roads.points(candidates),
        roads.points(sized),
        worth[~np.isnan(worth)],
        limit=minutes,
        decay=decay,
        cross_border=_crossing(sized, same_side=same_side),
    )
    return pd.Series(total, candidates.index)


def count_within(  # noqa: PLR0913 (options of one kind of measure)
    candidates: gpd.GeoDataFrame,
    features: gpd.GeoDataFrame,
    roads: RoadGraph,
    *,
    minutes: float,
    decay: float | None = None,
    same_side: bool = False,
    where: Mapping[str, Any] = EVERY,
) -> pd.Series[float]:
    """Count the features within ``minutes`` by road, fading with ``decay`` if it is given."""
    chosen = counted(features, where)
    total = roads.sum_within(
        roads.points(candidates),
        roads.points(chosen),
        np.ones(len(chosen)),
        limit=minutes,
        decay=decay,
        cross_border=_crossing(chosen, same_side=same_side),
    )
    return pd.Series(total, candidates.index)


def minutes_to_ports(
    candidates: gpd.GeoDataFrame, roads: RoadGraph, *, limit: float = 240
) -> pd.DataFrame:
    """Measure minutes from each candidate to every open port, on its own side, not across.

    Returns
    -------
    DataFrame on the candidates' index, one float32 column for each ``port_id``; NaN beyond
    ``limit`` or where there is no way.
    """
    ports = roads.port_points()
    minutes = roads.minutes_to_each(roads.points(candidates), ports, limit=limit)
    return pd.DataFrame(minutes, candidates.index, roads.ports["port_id"].astype(str))


def _crossing(features: gpd.GeoDataFrame, *, same_side: bool) -> bool:
    """Say whether a drive may cross: only to features that lie on one side."""
    return "side" in features and not same_side
