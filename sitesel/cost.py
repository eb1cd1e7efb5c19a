"""Money: what a truckload and a line to the grid cost, from a table of unit costs with bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sitesel.errors import LayerError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import numpy.typing as npt
    import pandas as pd

    FloatArray = npt.NDArray[np.float64]

COLUMNS = ("cost_id", "ports", "value", "low", "high")
NEEDED = ("truck_hour", "empty_miles", "mx_truck", "toll_other")
LINE = ("line_route_factor", "line_per_mile", "line_contingency", "line_afudc")
TO_GRID = "raw_grid_access"  # km of a site to a line or substation, where a study measures them
KM_PER_MILE = 1.609344
_HUNDRED = 100.0


class Bounds(NamedTuple):
    """The least and the most that something may cost; NaN where nothing bounds it."""

    low: float
    high: float


@dataclass(frozen=True)
class UnitCosts:
    """Unit costs by id, and the id of the toll of each port that has its own."""

    of: dict[str, Bounds]
    tolls: dict[str, str]

    @classmethod
    def read(cls, table: pd.DataFrame, where: str = "unit_costs") -> UnitCosts:
        """Read the table of unit costs; where ``value`` is UNKNOWN, ``low`` and ``high`` hold.

        Raises
        ------
        LayerError
            A column or a cost is missing, a number is below 0, or bounds are in the wrong order.

        Examples
        --------
        >>> import pandas as pd
        >>> rows = [("truck_hour", "", 90), ("empty_miles", "", 20), ("mx_truck", "", None),
        ...         ("toll_other", "", 5), ("toll_a", "a;b", 20)]
        >>> table = pd.DataFrame(rows, columns=["cost_id", "ports", "value"])
        >>> costs = UnitCosts.read(table.assign(low=table["value"], high=table["value"]))
        >>> costs.toll("b"), costs.toll("z")
        (Bounds(low=20.0, high=20.0), Bounds(low=5.0, high=5.0))
        """
        for column in COLUMNS:
            if column not in table:
                hint = did_you_mean(column, map(str, table.columns))
                raise LayerError(f"{where}: no column '{column}'; {hint}")
        of: dict[str, Bounds] = {}
        tolls: dict[str, str] = {}
        for row in table.to_dict("records"):
            name = str(row["cost_id"])
            of[name] = _bounds(row, f"{where}: {name}")
            ports = row["ports"] if isinstance(row["ports"], str) else ""
            tolls |= {port.strip(): name for port in ports.split(";") if port.strip()}
        for name in NEEDED:
            if name not in of:
                raise LayerError(f"{where}: no row '{name}'; {did_you_mean(name, of)}")
        if not of["empty_miles"].high < _HUNDRED:
            raise LayerError(f"{where}: empty_miles: must be a share below 100 %")
        return cls(of, tolls)

    def toll(self, port: str) -> Bounds:
        """Return the toll of a port of entry, USD a crossing."""
        return self.of[self.tolls.get(port, "toll_other")]

    def middle(self) -> UnitCosts:
        """Return the same with one number each: the middle of its bounds, NaN where one is missing.

        >>> UnitCosts({"mx_truck": Bounds(0, 90)}, {}).middle().of["mx_truck"]
        Bounds(low=45.0, high=45.0)
        """
        middles = {name: (low + high) / 2 for name, (low, high) in self.of.items()}
        return UnitCosts({name: Bounds(each, each) for name, each in middles.items()}, self.tolls)


def _bounds(row: Mapping[Hashable, Any], where: str) -> Bounds:
    """Return the value of one row as both bounds, or its bounds where the value is UNKNOWN."""
    numbers = {}
    for column in ("value", "low", "high"):
        try:
            numbers[column] = float(row[column])
        except (TypeError, ValueError):
            numbers[column] = math.nan
            if row[column] is not None and str(row[column]).strip():
                raise LayerError(
                    f"{where}: {column}: {row[column]!r} is no number; leave it empty for UNKNOWN"
                ) from None
        if numbers[column] < 0 or math.isinf(numbers[column]):
            raise LayerError(f"{where}: {column}: {numbers[column]:g} must be 0 or more")
    if not math.isnan(numbers["value"]):
        return Bounds(numbers["value"], numbers["value"])
    low, high = numbers["low"], numbers["high"]
    if low > high:
        raise LayerError(f"{where}: low {low:g} is above high {high:g}; swap them")
    return Bounds(low, high)


def truckload(
    us_minutes: npt.ArrayLike,
    delay_minutes: npt.ArrayLike,
    mx_minutes: npt.ArrayLike,
    tolls: npt.ArrayLike,
    costs: UnitCosts,
) -> tuple[FloatArray, FloatArray]:
    """Return the least and the most that one truckload costs, USD, in the shape of the minutes.

    cost = (US hours · US rate + Mexican hours · Mexican rate) / (1 - empty share)
    + hours of wait · US rate + toll. The rates by the hour and by the mile are the same cost, so
    only one is counted. Where a rate is UNKNOWN its bounds are used.

    Parameters
    ----------
    us_minutes, delay_minutes, mx_minutes
        Minutes of the drive in the US, of the wait and of the drive in Mexico, shape (n,), or
        (sites, n) for drives from several sites.
    tolls
        Lower and upper bound of the toll, USD, shape (n, 2).
    costs
        Rates with their bounds.

    Examples
    --------
    >>> same = lambda x: Bounds(x, x)
    >>> costs = UnitCosts({"truck_hour": same(90.), "empty_miles": same(10.),
    ...     "mx_truck": Bounds(0., 90.), "toll_other": same(0.)}, {})
    >>> truckload([60], [20], [30], [[10, 20]], costs)
    (array([140.]), array([200.]))
    """
    us, wait, mx = (np.asarray(x, np.float64) / 60 for x in (us_minutes, delay_minutes, mx_minutes))
    toll = np.asarray(tolls, np.float64).reshape(-1, 2)
    ends = []
    for end in (0, 1):
        hour, mexican = costs.of["truck_hour"][end], costs.of["mx_truck"][end]
        loaded = 1 - costs.of["empty_miles"][end] / _HUNDRED
        ends.append((us * hour + mx * mexican) / loaded + wait * hour + toll[:, end])
    return ends[0], ends[1]


def priced(pairs: pd.DataFrame, costs: UnitCosts) -> pd.DataFrame:
    """Return the pairs with ``cost_low`` and ``cost_high``, USD a truckload from site to site."""
    tolls = np.array([costs.toll(port) for port in pairs["port"].astype(str)], np.float64)
    low, high = truckload(
        pairs["us_minutes"], pairs["delay_minutes"], pairs["mx_minutes"], tolls, costs
    )
    return pairs.assign(cost_low=low, cost_high=high)


def connected(sites: pd.DataFrame, costs: UnitCosts) -> pd.DataFrame:
    """Return the sites with ``grid_low_usd`` and ``grid_high_usd``, see `grid_connection`.

    Where no criterion ``grid_access`` measures the km to a line or substation, they come back as
    they are; where the km of a site are not known, both are NaN.
    """
    if TO_GRID not in sites:
        return sites
    ends = [grid_connection(km, costs) for km in sites[TO_GRID].replace(np.inf, np.nan)]
    low, high = np.array(ends, np.float64).reshape(-1, 2).T
    return sites.assign(grid_low_usd=low, grid_high_usd=high)


def grid_connection(km: float, costs: UnitCosts) -> Bounds:
    """Return the order of magnitude of a line of so many km, USD; NaN while a cost is UNKNOWN.

    km as the crow flies · route factor · cost a mile · (1 + contingency) · (1 + allowance).
    """

    def end(place: int) -> float:
        of = {name: bounds[place] for name, bounds in costs.of.items()}
        mile = of.get("line_per_mile", math.nan)
        more = (
            1 + of.get(name, math.nan) / _HUNDRED for name in ("line_contingency", "line_afudc")
        )
        return km / KM_PER_MILE * of.get("line_route_factor", math.nan) * mile * math.prod(more)

    return Bounds(end(0), end(1))
