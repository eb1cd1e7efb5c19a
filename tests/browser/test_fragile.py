"""A rank that few draws of the weights confirm looks fragile, on the map and in the list."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from sitesel.show.view import View

    Open = Callable[..., Page]

# Remember every pattern of dashes that a line is drawn with.
WATCH = """const own = CanvasRenderingContext2D.prototype.setLineDash;
window.dashes = [];
CanvasRenderingContext2D.prototype.setLineDash = function (pattern) {
  window.dashes.push(pattern.join());
  return own.call(this, pattern);
};"""
BROKEN = "2,6"


def _fragile(view: View, side: str) -> list[int]:
    rows = view.sites[view.sites["side"] == side] if side != "pairs" else view.pairs
    return sorted(rows.loc[(rows["p_top10"] < 0.5) & (rows["rank"] <= 10), "rank"])


@pytest.mark.parametrize("name", ["pairs", "US", "MX"])
def test_badges_of_fragile_ranks_are_hollow_and_say_so(
    opened: Open, file: Path, view: View, name: str
) -> None:
    tab = opened(file)
    tab.click(f"#tab-{name}")
    hollow = tab.locator(".rank.hollow").all_text_contents()
    assert [int(text) for text in hollow] == _fragile(view, name) == [7, 8, 9, 10]
    heads = tab.locator(".row-head", has=tab.locator(".rank.hollow")).all_text_contents()
    assert all("Fragile rank" in text for text in heads)
    tab.click(".row-head >> nth=6")
    assert "among the best ten in 46\u00a0%" in tab.text_content(".row.lit .fragile")
    tab.click(".row.lit .more-button >> nth=0")
    assert "Fragile rank" in tab.inner_text("#card .headline")


def _ink(tab: Page) -> float:
    """Return how much of the mark in the middle of the map is filled."""
    box = tab.locator(".folium-map").bounding_box()
    assert box
    middle = {"x": box["x"] + box["width"] / 2 - 9, "y": box["y"] + box["height"] / 2 - 9}
    shot = tab.screenshot(clip={**middle, "width": 18, "height": 18})
    pixels = np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"), float)
    return float((np.abs(pixels - (0xB8, 0x40, 0x0E)).max(axis=2) < 40).mean())


def test_marks_of_fragile_sites_are_hollow(opened: Open, file: Path, view: View) -> None:
    tab = opened(file)
    filled = {}
    for rank in (1, 7):
        site = view.sites[(view.sites["side"] == "MX") & (view.sites["rank"] == rank)].iloc[0]
        part = f"#lang=en&tab=MX&id={site.name}&at={site['lat']},{site['lon']},11"
        tab.evaluate("part => { location.hash = part; }", part)
        tab.wait_for_function("id => sitesel.state().selected === id", arg=site.name)
        tab.wait_for_timeout(400)
        filled[rank] = _ink(tab)
    assert filled[1] > 0.6
    assert filled[7] < 0.4


def test_ways_of_fragile_pairs_are_broken_and_own_weights_leave_it_open(
    opened: Open, file: Path
) -> None:
    tab = opened(file, before=WATCH)
    assert BROKEN in tab.evaluate("dashes")
    assert "fragile rank" in tab.inner_text("#legend-room")
    tab.evaluate("sitesel.setWeights({groups: {water: 0.2}})")
    tab.wait_for_timeout(400)
    tab.evaluate("dashes.length = 0")
    tab.evaluate("sitesel.setWeights({groups: {water: 0.3}})")
    tab.wait_for_timeout(400)
    assert tab.evaluate("dashes.length") > 0
    assert BROKEN not in tab.evaluate("dashes")
    assert tab.locator(".rank.hollow").count() == 0
    assert {row["p_top10"] for row in tab.evaluate("sitesel.ranking('pairs')")} == {None}
    assert "unknown under your own weights" in tab.inner_text("#legend-room")
    tab.click(".row-head >> nth=0")
    tab.click(".row.lit .more-button >> nth=0")
    assert "unknown under your own weights" in tab.inner_text("#card .headline")
    tab.keyboard.press("Escape")
    tab.click("#weights-reset")
    tab.wait_for_timeout(400)
    assert tab.locator(".rank.hollow").count() == 4
    assert "fragile rank" in tab.inner_text("#legend-room")
