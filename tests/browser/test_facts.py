"""Money and indicators: what a truckload costs through a pair, and how the corridors fare."""

from __future__ import annotations

import math
import re
import shutil
from typing import TYPE_CHECKING

import pandas as pd
import pytest
import sample

from sitesel.catalog.layers import Catalog
from sitesel.cost import UnitCosts, priced
from sitesel.kpi import indicators
from sitesel.resources import shipped
from sitesel.show import maps, page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from sitesel.show.view import View

    Open = Callable[..., Page]


def _card(tab: Page, rank: int = 1) -> None:
    tab.click(f".row-head >> nth={rank - 1}")
    tab.click(".row.lit .more-button >> nth=0")


def test_the_card_shows_the_range_its_parts_and_where_they_come_from(
    opened: Open, file: Path, view: View
) -> None:
    costs = UnitCosts.read(view.catalog.load("unit_costs"))
    pair = priced(view.pairs, costs).iloc[0]
    whole = f"USD {pair['cost_low']:.0f}\N{EN DASH}{pair['cost_high']:.0f}"
    tab = opened(file)
    _card(tab)
    assert whole in tab.inner_text(".money > p >> nth=0")
    parts = [re.findall(r"\d+", text) for text in tab.locator(".money dd").all_inner_texts()]
    for end, column in ((0, "cost_low"), (-1, "cost_high")):
        assert sum(float(part[end]) for part in parts) == pytest.approx(pair[column], abs=2)
    block = tab.locator(".money details")
    assert block.get_attribute("open") is None
    block.locator("summary").focus()
    tab.keyboard.press("Enter")
    said = block.inner_text()
    assert "90.89 USD/h (2024). ATRI" in said
    assert "no open source, assumed 0 to 90.89 USD/h" in said
    tab.click("#language-es")
    assert "sin fuente abierta, se supone de 0 a 90.89 USD/h" in tab.inner_text(".money details")
    tab.keyboard.press("Escape")
    tab.click(".filters summary")
    tab.select_option("#find-order", "cost")
    ranks = [int(text) for text in tab.locator(".row .rank").all_text_contents()]
    bounds = priced(view.pairs, costs).set_index("rank").reindex(ranks)
    assert bounds["cost_high"].is_monotonic_increasing
    low, high = bounds.iloc[0][["cost_low", "cost_high"]]
    assert f"USD {low:.0f}\N{EN DASH}{high:.0f}" in tab.inner_text(".row .under >> nth=0")
    tab.select_option("#find-order", "rank")
    assert "USD" not in tab.inner_text(".row .under >> nth=0")
    for rank in (2, 1):  # the first is open already
        tab.click(f".row-head >> nth={rank - 1}")
        tab.click(".row.lit .compare-button")
    tab.click("#compare-open")
    assert whole in tab.inner_text(".comparison")


def test_what_nothing_bounds_is_not_known_and_never_nothing(opened: Open, tmp_path: Path) -> None:
    for kind in ("yaml", "csv"):
        shutil.copy(shipped("layers") / "transport" / f"unit_costs.{kind}", tmp_path)
    table = pd.read_csv(tmp_path / "unit_costs.csv")
    table.loc[table["cost_id"] == "mx_truck", ["low", "high"]] = None
    table.to_csv(tmp_path / "unit_costs.csv", index=False)
    view = sample.view(
        ports=("santa_teresa",), within_km=15, per_side=3, layer_ids=(),
        catalog=Catalog.default(tmp_path),
    )  # fmt: skip
    path = tmp_path / "map.html"
    page.save(maps.build(view), path)
    tab = opened(path)
    assert {row["cost_high"] for row in tab.evaluate("sitesel.ranking('pairs')")} == {None}
    _card(tab)
    said = tab.locator(".money dd").all_inner_texts()
    assert said[2] == "not known, no open source"
    assert said[0].startswith("USD ")
    assert "not known" in tab.inner_text(".money > p >> nth=0")
    assert "NaN" not in tab.inner_text("#card")


def test_the_board_shows_every_indicator_with_its_trend(
    opened: Open, file: Path, view: View
) -> None:
    rows = indicators(view.catalog.load("kpi"))
    tab = opened(file)
    tab.focus("#kpi-button")
    tab.keyboard.press("Enter")
    assert tab.locator("#kpi h3").count() == len({row.corridor for row in rows})
    lines = tab.locator("#kpi .indicator").all_inner_texts()
    assert len(lines) == len(rows)
    unknown = [row for row in rows if math.isnan(row.value)]
    assert sum("no open source" in line for line in lines) == len(unknown) > 0
    jobs = next(line for line in lines if "Juárez" in line)
    for words in ("Jobs in IMMEX plants", "262,152 jobs", "2025-06", "20 % since 2023-06"):
        assert words in jobs
    assert "▼" in jobs
    tab.keyboard.press("Escape")
    tab.wait_for_selector("#kpi", state="detached")
    assert tab.evaluate("document.activeElement.id") == "kpi-button"


def test_a_pair_shows_the_indicators_of_its_corridor(opened: Open, file: Path) -> None:
    tab = opened(file, locale="es-MX")
    _card(tab)
    block = tab.locator("[data-key=kpi]")
    assert "Indicadores del corredor Paso del Norte" in block.inner_text()
    block.locator("summary").click()
    said = block.inner_text()
    assert "Camiones hacia el norte" in said
    assert "sin fuente abierta" in said
    assert "Tijuana" not in said
