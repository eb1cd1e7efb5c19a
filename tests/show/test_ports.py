"""What the page gets of each port."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from sitesel.show import ports

if TYPE_CHECKING:
    from sitesel.show.view import View


@pytest.fixture(scope="module")
def rows(light: View) -> dict[str, dict[str, Any]]:
    return {row["port_id"]: row for row in ports.ports(light)}


def test_what_is_stated_has_its_title_and_unit(rows: dict[str, Any], light: View) -> None:
    table = light.ports.set_index("port_id")
    for name, row in rows.items():
        for field, said in row["stated"].items():
            value = table.loc[name].get(field)
            assert said["value"] == (None if pd.isna(value) or value == "" else value)
            assert all(said["title"].values())
    said = rows["ysleta"]["stated"]
    assert said["trucks"]["unit"] == "trucks a year"
    assert said["lanes"]["title"] == {"en": "Number of lanes", "es": "Número de carriles"}
    assert said["hours"]["wording"]
    assert not said["status"]["wording"]


def test_only_an_open_port_says_what_nobody_knows(rows: dict[str, Any]) -> None:
    unknown = {
        name: [field for field, said in row["stated"].items() if said["value"] is None]
        for name, row in rows.items()
    }
    assert "lanes" in unknown["ysleta"]
    assert not any(unknown[name] for name, row in rows.items() if not row["open"])


@pytest.mark.parametrize(("day", "stated"), [("2026-09-30", True), ("2026-10-01", False)])
def test_a_port_whose_last_day_of_cargo_is_over_does_not_say_that_it_takes_any(
    light: View, day: str, stated: bool
) -> None:
    then = replace(light, as_of=date.fromisoformat(day))
    bota = next(row for row in ports.ports(then) if row["port_id"] == "bota")
    assert ("cargo" in bota["stated"]) == stated
    assert bota["stated"]["cargo_to"]["value"] == "2026-09-30"


def test_trucks_by_year_join_both_tables(rows: dict[str, Any], light: View) -> None:
    chart = rows["santa_teresa"]["chart"]
    years = dict(chart["years"])
    own = light.ports.set_index("port_id").loc["santa_teresa"]
    assert years[2010] == 78879
    late = {year: own[f"trucks_{year}"] for year in (2023, 2024, 2025)}
    assert {year: years[year] for year in late if year in years} == {
        year: trucks for year, trucks in late.items() if pd.notna(trucks)
    }
    assert max(years) > 2022
    assert list(years) == sorted(years)
    assert (chart["first"], chart["last"]) == (min(years), max(years))
    assert chart["most"] == years[chart["top"]] == max(years.values())
    assert chart["gap"] is True
    assert rows["santa_teresa"]["sources"] == ["ports_of_entry", "port_volumes"]
    assert rows["ysleta"]["sources"] == ["ports_of_entry"]
    assert rows["san_ysidro"]["chart"] is None


def test_without_the_table_nothing_is_stated_but_waits(light: View) -> None:
    bare = {"wait_stats": light.catalog["ports_of_entry"]}
    view = replace(light, catalog=bare)  # type: ignore[arg-type]
    assert {name for row in ports.ports(view) for name in row["stated"]} == {"lanes"}
