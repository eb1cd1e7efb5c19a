"""What a reader needs to trust a rank: how it comes about, how sure it is, what nobody tested."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from sitesel.decision import words
from sitesel.show.setting import counties
from sitesel.study import Run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    Open = Callable[..., Page]

# What was painted where of the marks: a picture that changes with them.
MARKS = "() => document.querySelector('canvas.marks').toDataURL()"
PRINT = "when => dispatchEvent(new Event(when))"


@pytest.fixture(scope="module")
def run(small_run_folder: Path) -> Run:
    return Run.open(small_run_folder)


@pytest.fixture(scope="module")
def run_file(small_run_folder: Path) -> Path:
    return small_run_folder / "map.html"


def _first(tab: Page, kind: str = "pairs") -> None:
    tab.click(f"#tab-{kind}")
    tab.click(".row-head >> nth=0")


def _card(tab: Page) -> str:
    tab.click(".row.lit .more-button >> nth=0")
    return tab.inner_text("#card")


def test_a_pairs_score_is_told_as_a_sum_that_comes_out(opened: Open, run_file: Path) -> None:
    tab = opened(run_file)
    _first(tab)
    in_row = tab.inner_text(".row.lit .formula")
    assert in_row in _card(tab)
    figures = [float(text) for text in re.findall(r"[\d.]+", in_row)]
    score, most, weaker, least, stronger, link = figures
    assert weaker <= stronger
    assert most + least == 100
    assert (most * weaker + least * stronger) / 100 * link == pytest.approx(score, abs=1.2)


def test_what_is_assumed_of_the_minutes_is_said(opened: Open, run_file: Path, run: Run) -> None:
    tab = opened(run_file)
    best = run.pairs.sort_values("rank").iloc[0]
    said = tab.inner_text(".row .under >> nth=0")
    assert f"{best['link_minutes']:.0f} min ({best['delay_minutes']:.0f} assumed)" in said


def test_gates_that_nobody_tested_are_named(opened: Open, run_file: Path, run: Run) -> None:
    untested = [words(name, run.study.gates[name].title) for name in run.plan.gates_left_out]
    assert untested
    tab = opened(run_file)
    _first(tab)
    gates = _card(tab).split("Gates", 1)[1]
    assert all(title.en in gates.split("Not tested for want of data: ")[1] for title in untested)
    assert "passes the gates tested" in tab.inner_text("#card")
    lacking = len(run.plan.left_out)
    known = len(run.decision.criteria)
    assert f"{known} of {known + lacking} criteria have data" in tab.inner_text("#top")


def test_all_but_none_and_none_but_few_are_not_rounded_away(
    opened: Open, run_file: Path, run: Run
) -> None:
    tab = opened(run_file)
    seen: set[str] = set()
    shares = run.pairs.sort_values("rank")["p_top10"]
    near = [n for n, share in enumerate(shares) if 0 < share < 0.005 or 0.995 <= share < 1]
    for row in [*near[:3], 0, len(shares) // 2, len(shares) - 1]:
        share = shares.iloc[row]
        tab.locator(".row-head").nth(row).click()
        found = re.search(r"in (.*?)\s%", _card(tab))
        assert found
        rounded = f"{100 * share:.0f}"
        between = {"100": "> 99", "0": "< 1"}.get(rounded) if 0 < share < 1 else None
        assert between in {None, found[1]}
        assert between or abs(100 * share - float(found[1])) <= 0.5
        seen.add(found[1])
        tab.keyboard.press("Escape")
    assert seen & {"> 99", "< 1"}


def test_a_port_says_who_counted_its_trucks(opened: Open, run_file: Path, run: Run) -> None:
    tab = opened(run_file)
    ports = run.plan.catalog.load("ports_of_entry").set_index("port_id")
    best = run.pairs.sort_values("rank").iloc[0]
    _first(tab)
    card = _card(tab)
    assert "Confidence in the counts" in card
    assert ports.loc[best["port"], "trucks_source"].split(",")[0][:40] in card


def test_sites_are_found_by_their_county(opened: Open, run_file: Path, run: Run) -> None:
    sites = run.sites.assign(county=counties(run.sites, run.plan.catalog))
    own = sites["name"].str.cat(sites["place"], " ").str.contains("El Paso")
    held = sites["county"] == "El Paso"
    assert (held & ~own).any()
    tab = opened(run_file)
    tab.click("#tab-US")
    tab.fill("#search", "el paso")
    assert tab.locator(".row").count() == (held | own).sum()


@pytest.mark.parametrize("part", ["tab=MX", "tab=pairs&set=1", "layers=land"])
def test_a_link_without_a_view_is_painted_too(opened: Open, run_file: Path, part: str) -> None:
    tab = opened(run_file, after="#tab=US")
    before = tab.evaluate(MARKS)
    tab.evaluate("part => { location.hash = part; }", part)
    tab.wait_for_timeout(400)
    assert tab.evaluate(MARKS) != before


def test_a_link_closes_the_card(opened: Open, run_file: Path) -> None:
    tab = opened(run_file)
    _first(tab)
    _card(tab)
    tab.evaluate("() => { location.hash = 'tab=MX&lang=es'; }")
    tab.wait_for_selector("#card", state="hidden")
    tab.click(".row-head >> nth=0")
    assert tab.locator(".row.lit").count() == 1


@pytest.mark.parametrize("part", ["groups.power=1e308", "groups.labour=", "at=,,", "at=31,,5"])
def test_a_broken_link_changes_nothing(opened: Open, run_file: Path, part: str) -> None:
    tab = opened(run_file)
    told = "() => JSON.stringify([sitesel.weights(), sitesel.state().view])"
    before = tab.evaluate(told)
    tab.evaluate("part => { location.hash = part; }", part)
    tab.wait_for_timeout(400)
    assert tab.evaluate(told) == before


def test_the_sheet_of_a_site_is_of_a_pair_of_its_own(opened: Open, run_file: Path) -> None:
    tab = opened(run_file)
    tab.click("#tab-MX")
    last = tab.locator(".row-head").last
    last.click()
    name = tab.inner_text(".row.lit .title")
    tab.evaluate(PRINT, "beforeprint")
    assert name in tab.text_content("#sheet h1")
    tab.evaluate(PRINT, "afterprint")
    assert tab.evaluate("sitesel.state().tab") == "MX"
    assert name in tab.inner_text(".row.lit .title")


def test_the_sheet_says_under_whose_weights(opened: Open, run_file: Path) -> None:
    tab = opened(run_file)
    tab.evaluate(PRINT, "beforeprint")
    assert "under the weights of the file" in tab.text_content("#sheet footer")
    tab.evaluate(PRINT, "afterprint")
    tab.evaluate("sitesel.setWeights({ groups: { water: 60 } })")
    tab.evaluate(PRINT, "beforeprint")
    assert "under other weights" in tab.text_content("#sheet footer")
