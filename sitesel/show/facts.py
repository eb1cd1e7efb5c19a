"""Facts that stand beside the ranking: what a truckload costs, and how the corridors fare."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from sitesel.cost import TO_GRID, UnitCosts, connected
from sitesel.decide.indicators import LAYER, indicators

if TYPE_CHECKING:
    import pandas as pd

    from sitesel.catalog.layers import Catalog
    from sitesel.decide.indicators import Indicator

_COSTS = "unit_costs"
_RATES = ("truck_hour", "empty_miles", "mx_truck")
_OTHER = "toll_other"
_BESIDE = ("truck_mile",)  # the same cost by the mile: shown, not added
_STATED = ("cost_id", "what", "value", "low", "high", "unit", "year", "source", "confidence")


def costs(catalog: Catalog) -> dict[str, Any] | None:
    """Return the unit costs with their bounds, the toll of each port, and what is stated of them.

    Stated are those of a truckload in the order that a reader meets them, each number with the
    digits that the table gives it.
    """
    if _COSTS not in catalog:
        return None
    table = catalog.load(_COSTS)
    read = UnitCosts.read(table)
    return {
        "of": {name: list(bounds) for name, bounds in read.of.items()},
        "tolls": read.tolls,
        "stated": _stated(table, sorted({*read.tolls.values(), _OTHER})),
    }


def _stated(table: pd.DataFrame, tolls: list[str]) -> list[dict[str, Any]]:
    known: list[Any] = table[[name for name in _STATED if name in table]].to_dict("records")
    return [
        row
        | {name: _digits(row.get(name)) for name in ("value", "low", "high")}
        | {"toll": cost in tolls}
        for cost in (*_RATES, *tolls, *_BESIDE)
        for row in known
        if row["cost_id"] == cost
    ]


def _digits(value: Any) -> tuple[float, int] | None:
    """Return a number and how many digits it has after the point.

    Examples
    --------
    >>> _digits(90.89), _digits(40.0), _digits(float("nan"))
    ((90.89, 2), (40.0, 0), None)
    """
    if value is None or np.isnan(value):
        return None
    return value, decimals(value)


def decimals(value: float) -> int:
    """Return how many digits a number has after the point.

    >>> decimals(1_234_567.89), decimals(40.0)
    (2, 0)
    """
    return len(np.format_float_positional(value, trim="-").partition(".")[2])


def connections(sites: pd.DataFrame, catalog: Catalog) -> list[list[float] | None] | None:
    """Return the least and the most that a line to the grid may cost for each site, USD.

    None where no criterion ``grid_access`` measures the km to a line or substation; the bounds
    are NaN while a cost is UNKNOWN.
    """
    if TO_GRID not in sites or _COSTS not in catalog:
        return None
    priced = connected(sites, UnitCosts.read(catalog.load(_COSTS)))
    ends = zip(sites[TO_GRID], priced["grid_low_usd"], priced["grid_high_usd"], strict=True)
    return [[low, high] if np.isfinite(km) else None for km, low, high in ends]


def kpi(catalog: Catalog, ports: pd.DataFrame) -> dict[str, Any] | None:
    """Return the latest indicators of all corridors, and the corridor of each port."""
    if LAYER not in catalog:
        return None
    table = catalog.load(LAYER)
    named = dict(zip(table["area_code"].astype(str), table["corridor"], strict=True))
    known = set(ports["port_id"].astype(str))
    found = sorted(indicators(table), key=lambda row: math.isnan(row.value))  # the known first
    return {
        "rows": [asdict(row) | {"trend": _trend(row)} for row in found],
        "corridors": {port: name for port, name in named.items() if port in known},
    }


def _trend(row: Indicator) -> dict[str, Any] | None:
    """Return how far a value moved since the first one on record: points or percent, and a sign."""
    if math.isnan(row.value) or math.isnan(row.earlier):
        return None
    points = row.unit == "%" or row.earlier == 0
    digits = 1 if points else 0
    change = row.value - row.earlier if points else 100 * (row.value / row.earlier - 1)
    same = round(change, digits) == 0
    return {
        "in": "points" if points else "percent",
        "sign": "" if same else "▲ +" if change > 0 else "▼ \N{MINUS SIGN}",
        "change": abs(change),
        "digits": digits,
        "since": row.since,
    }
