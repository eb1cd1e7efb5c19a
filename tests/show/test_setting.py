from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sitesel.catalog.layers import Catalog
from sitesel.resources import shipped
from sitesel.show import setting

if TYPE_CHECKING:
    from pathlib import Path

    from sitesel.show.view import View


def test_states_and_water_of_sites(light: View, catalog: Catalog) -> None:
    states = setting.states(light.sites, catalog)
    sides = light.sites["side"].tolist()
    assert {state for state, side in zip(states, sides, strict=True) if side == "MX"} == {
        "Chihuahua"
    }
    assert {state for state, side in zip(states, sides, strict=True) if side == "US"} == {
        "New Mexico",
        "Texas",
    }
    water = setting.water(light.sites, catalog)
    juarez = [area for area in water if area and area["name"] == "Juárez"]
    assert juarez
    assert {area["status_class"] for area in juarez} == {"scarce"}


def test_incentives_follow_zones_and_states(light: View) -> None:
    mexican = light.sites["side"] == "MX"
    lines = [
        ["Northern Border Free Zone: Juárez (sourced only to Dec 31, 2025, unknown since)"]
        if mexico
        else ["Foreign-Trade Zone sites: 68 El Paso (inactive)"]
        for mexico in mexican
    ]
    view = replace(light, sites=light.sites.assign(zones_en=lines))
    states = setting.states(view.sites, view.catalog)
    table, reach = setting.incentives(view, states)
    for state, mexico, rows in zip(states, mexican, reach, strict=True):
        regimes = {table["regime"][row] for row in rows}
        if mexico:
            assert {name.split()[0] for name in regimes} == {"ZLFN"}
        else:
            start = {"Texas": "Texas ", "New Mexico": "NM "}[str(state)]
            assert regimes
            assert all(name.startswith(start) for name in regimes)
    assert "IMMEX" not in table["regime"]


def test_what_may_hold_no_more_is_told_with_its_last_day(light: View) -> None:
    states = setting.states(light.sites, light.catalog)
    table, reach = setting.incentives(light, states)
    for rows, ends in zip(reach, setting.lapsing(table, reach), strict=True):
        doubtful = {table["regime"][row] for row in rows if np.isnan(table["in_force"][row])}
        assert {name for _, regimes in ends for name in regimes} == doubtful
        for end, regimes in ends:
            held = {table["valid_to"][row] for row in rows if table["regime"][row] in regimes}
            assert held == {end} or (end is None and all(pd.isna(day) for day in held))


def test_bridges_that_share_a_customs_port_have_no_counts_of_their_own(light: View) -> None:
    counts = dict(zip(light.ports["port_id"], setting.volumes(light), strict=True))
    assert [counts[name] for name in ("world_trade", "colombia", "bota", "ysleta")] == [None] * 4
    assert counts["santa_teresa"][0] == [2010.0, 78879.0]


def test_fetched_waits_and_lanes_stand_with_their_port(light: View, tmp_path: Path) -> None:
    assert setting.waits(light) == {}
    definition = shipped("layers") / "ports" / "wait_stats.yaml"
    (tmp_path / "wait_stats.yaml").write_bytes(definition.read_bytes())
    pd.DataFrame(
        {"port_id": ["ysleta"], "port": ["El Paso"], "lanes": [8.0], "observations": [90.0],
         "median_min": [25.0], "p95_min": [70.0], "first_day": ["2026-10-01"],
         "last_day": ["2026-11-21"]}
    ).to_parquet(tmp_path / "wait_stats.parquet")  # fmt: skip
    catalog = Catalog.default(tmp_path)
    view = replace(light, catalog=catalog, layer_ids=("wait_stats",))
    found = setting.waits(view)
    ports = view.ports["port_id"].tolist()
    row = ports.index("ysleta")
    assert [found[name][row] for name in ("lanes", "wait_median", "wait_p95")] == [8, 25, 70]
    assert np.isnan(found["lanes"][ports.index("santa_teresa")])
