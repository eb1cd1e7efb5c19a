from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from sitesel.cost import UnitCosts, grid_connection
from sitesel.decide.indicators import indicators
from sitesel.show import facts

if TYPE_CHECKING:
    import pytest

    from sitesel.catalog.layers import Catalog


def test_costs_are_those_of_the_table(catalog: Catalog) -> None:
    content = facts.costs(catalog)
    assert content is not None
    read = UnitCosts.read(catalog.load("unit_costs"))
    assert content["tolls"] == read.tolls
    assert {name: tuple(ends) for name, ends in content["of"].items() if not math.isnan(ends[0])}
    assert content["of"]["truck_hour"] == list(read.of["truck_hour"])
    stated = {row["cost_id"]: row for row in content["stated"]}
    assert list(stated) == [
        *("truck_hour", "empty_miles", "mx_truck"),
        *("toll_laredo", "toll_other"),
        "truck_mile",
    ]
    assert {name for name, row in stated.items() if row["toll"]} == {"toll_laredo", "toll_other"}
    assert all(row["source"] for row in stated.values())
    assert stated["truck_hour"]["value"] == (90.89, 2)
    assert stated["mx_truck"]["value"] is None
    assert (stated["mx_truck"]["low"], stated["mx_truck"]["high"]) == ((0, 0), (90.89, 2))


def test_trends_are_those_that_the_terminal_tells(catalog: Catalog) -> None:
    content = facts.kpi(catalog, catalog.load("ports_of_entry"))
    assert content is not None
    known = [not math.isnan(row["value"]) for row in content["rows"]]
    assert known == sorted(known, reverse=True)
    rows = {(row.metric, row.area): row for row in indicators(catalog.load("kpi"))}
    told = 0
    for row in content["rows"]:
        said, trend = rows[row["metric"], row["area"]].trend, row["trend"]
        assert (trend is None) == (said == "")
        if trend is not None and trend["in"] == "percent":
            told += 1
            assert said.lstrip("+-") == f"{round(trend['change'])} % since {trend['since']}"
            sign = (
                ""
                if round(trend["change"]) == 0
                else {"+": "▲ +", "-": "▼ \N{MINUS SIGN}"}[said[0]]
            )
            assert trend["sign"] == sign
    assert told > 3


def test_each_port_belongs_to_the_corridor_of_its_rows(catalog: Catalog) -> None:
    content = facts.kpi(catalog, catalog.load("ports_of_entry"))
    assert content is not None
    assert content["corridors"]["ysleta"] == "Paso del Norte"
    assert content["corridors"]["otay_mesa"] == "Cali-Baja"
    assert not {"02003", "08037"} & set(content["corridors"])
    assert set(content["corridors"].values()) <= {row["corridor"] for row in content["rows"]}


def test_a_line_to_the_grid_has_its_order_of_magnitude(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    sites = pd.DataFrame({"raw_grid_access": [10.0, math.nan]})
    assert facts.connections(sites[[]], catalog) is None
    unknown, none = facts.connections(sites, catalog) or []
    assert none is None
    assert unknown is not None
    assert math.isnan(unknown[0])
    table = catalog.load("unit_costs")
    line = table["cost_id"] == "line_per_mile"
    known = table.assign(low=table["low"].mask(line, 1e6), high=table["high"].mask(line, 2e6))
    monkeypatch.setattr(type(catalog), "load", lambda *_: known)
    found = facts.connections(sites, catalog)
    assert found == [list(grid_connection(10, UnitCosts.read(known))), None]
    assert found[0] is not None
    assert 7e6 < found[0][0] < found[0][1] < 3e7


def test_without_the_tables_nothing_is_said() -> None:
    empty: dict[str, object] = {}
    assert facts.costs(empty) is None  # type: ignore[arg-type]
    assert facts.kpi(empty, pd.DataFrame()) is None  # type: ignore[arg-type]
    assert facts.connections(pd.DataFrame({"raw_grid_access": [1.0]}), empty) is None  # type: ignore[arg-type]
