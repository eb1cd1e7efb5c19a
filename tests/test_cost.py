"""What a truckload costs: by hand, as an interval, and never a 0 for what nobody knows."""

import math

import numpy as np
import pandas as pd
import pytest

from sitesel.cost import Bounds, UnitCosts, connected, grid_connection, priced, truckload
from sitesel.errors import LayerError

ROWS = {
    "truck_hour": (None, 90.0, None, None),
    "empty_miles": (None, 20.0, None, None),
    "mx_truck": (None, None, 0.0, 60.0),
    "toll_a": ("a;b", None, 10.0, 20.0),
    "toll_other": (None, None, None, None),
}


def table(**changes):
    rows = [(name, *row) for name, row in (ROWS | changes).items() if row]
    return pd.DataFrame(rows, columns=["cost_id", "ports", "value", "low", "high"])


def pairs(*ports):
    minutes = {"us_minutes": 30.0, "delay_minutes": 45.0, "mx_minutes": 20.0}
    return pd.DataFrame({"port": ports} | {k: [v] * len(ports) for k, v in minutes.items()})


def test_by_hand():
    low, high = truckload([30], [45], [20], [[10, 20]], UnitCosts.read(table()))
    assert low[0] == pytest.approx(0.5 * 90 / 0.8 + 0.75 * 90 + 10)
    assert high[0] == pytest.approx((0.5 * 90 + 20 / 60 * 60) / 0.8 + 0.75 * 90 + 20)


def test_an_unbounded_cost_is_unknown_and_not_zero():
    done = priced(pairs("a", "z"), UnitCosts.read(table()))
    assert done["cost_low"].notna().tolist() == [True, False]
    assert done["cost_high"].notna().tolist() == [True, False]


def test_a_stated_value_takes_the_place_of_its_bounds():
    done = priced(pairs("b"), UnitCosts.read(table(mx_truck=(None, 30.0, 0.0, 60.0))))
    assert done["cost_high"][0] - done["cost_low"][0] == pytest.approx(10)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"truck_hour": None}, "no row 'truck_hour'"),
        ({"truck_hour": (None, -1.0, None, None)}, "truck_hour: value: -1 must be 0 or more"),
        ({"truck_hour": (None, "many", None, None)}, "'many' is no number"),
        ({"mx_truck": (None, None, 60.0, 10.0)}, "low 60 is above high 10"),
        ({"empty_miles": (None, 100.0, None, None)}, "below 100 %"),
    ],
)
def test_a_mistake_in_the_table_is_told(changes, message):
    with pytest.raises(LayerError, match=message):
        UnitCosts.read(table(**changes))


def test_a_missing_column_is_told():
    with pytest.raises(LayerError, match="no column 'ports'"):
        UnitCosts.read(table().drop(columns="ports"))


def test_a_grid_connection_is_unknown_until_a_mile_is_priced():
    line = {"line_route_factor": 1.3, "line_contingency": 20.0, "line_afudc": 10.0}
    rows = {name: (None, value, None, None) for name, value in line.items()}
    assert math.isnan(grid_connection(5, UnitCosts.read(table(**rows))).low)
    rows["line_per_mile"] = (None, None, 1e6, 2e6)
    low, high = grid_connection(1.609344 * 2, UnitCosts.read(table(**rows)))
    assert low == pytest.approx(2 * 1.3 * 1e6 * 1.2 * 1.1)
    assert high == pytest.approx(2 * low)


def test_sites_are_priced_where_the_km_to_the_grid_are_known():
    rows = {"line_route_factor": 1.3, "line_contingency": 20.0, "line_afudc": 10.0}
    known = {name: (None, value, None, None) for name, value in rows.items()}
    costs = UnitCosts.read(table(**known, line_per_mile=(None, None, 1e6, 2e6)))
    sites = pd.DataFrame({"raw_grid_access": [5.0, math.nan, math.inf]}, index=list("abc"))
    done = connected(sites, costs)
    assert tuple(done.loc["a", ["grid_low_usd", "grid_high_usd"]]) == grid_connection(5, costs)
    assert done.loc[["b", "c"], ["grid_low_usd", "grid_high_usd"]].isna().all(axis=None)
    blind = connected(sites, UnitCosts.read(table()))
    assert blind[["grid_low_usd", "grid_high_usd"]].isna().all(axis=None)
    assert list(connected(sites[[]], costs)) == []
    assert list(connected(sites[:0], costs))[1:] == ["grid_low_usd", "grid_high_usd"]


def test_the_middle_of_what_has_one_bound_is_unknown():
    costs = UnitCosts.read(table(toll_other=(None, None, 5.0, None))).middle()
    assert costs.toll("a") == Bounds(15, 15)
    assert math.isnan(costs.toll("z").low)
    assert costs.of["mx_truck"].high == 30


def test_the_shipped_table(catalog):
    rows = catalog.load("unit_costs")
    costs = UnitCosts.read(rows)
    assert costs.of["truck_hour"] == Bounds(90.89, 90.89)
    assert costs.toll("world_trade") == costs.toll("colombia") == Bounds(0, 20)
    assert costs.toll("ysleta") == costs.of["toll_other"]
    ports = set(catalog.load("ports_of_entry")["port_id"])
    assert set(costs.tolls) <= ports
    unsourced = rows[rows["source"].str.startswith("No open source")]
    assert {"mx_truck", "toll_other", "line_per_mile"} == set(unsourced["cost_id"])
    assert unsourced["value"].isna().all()
    assert np.isnan(costs.of["line_per_mile"].low)
