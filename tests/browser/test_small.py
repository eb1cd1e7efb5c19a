"""The page in a small window: what stands in the panel and in the header can be reached there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    Open = Callable[..., Page]

TWO_ROWS = 180
EN, ES = "en-US", "es-MX"
WINDOWS = [(1280, 800, EN), (1280, 720, ES), (1024, 600, EN), (844, 390, ES), (390, 844, ES),
           (720, 450, EN), (320, 568, ES), (820, 1180, ES)]  # fmt: skip

# Controls of the panel that are covered or cut off when they have the focus.
_UNREACHED = """() => {
const [frame, bad] = [document.querySelector("#panel").getBoundingClientRect(), []];
for (const node of document.querySelectorAll("#panel :is(button, input, select, summary)")) {
  if (!node.checkVisibility() || node.disabled || node.matches(".row:nth-child(n + 6) *")) continue;
  node.focus();
  const box = node.getBoundingClientRect();
  const whole = box.top >= frame.top - 1 && box.bottom <= Math.min(frame.bottom, innerHeight) + 1;
  const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  if (!(whole || node.matches(".row-head"))) bad.push("cut: " + node.outerHTML.slice(0, 90));
  else if (!node.contains(hit) && !hit?.closest("label")?.contains(node)) bad.push("under " + hit?.outerHTML.slice(0, 60) + ": " + node.outerHTML.slice(0, 90));
}
return bad; }"""  # noqa: E501

_BEYOND = """() => [...document.querySelectorAll("#top, #top *")].filter(node => node.checkVisibility())
.filter(node => { const box = node.getBoundingClientRect(); return box.left < 0 || box.right > innerWidth; })
.map(node => node.outerHTML.slice(0, 90))"""  # noqa: E501


@pytest.mark.parametrize(("wide", "high", "locale"), WINDOWS)
def test_list_and_tray_stand_beside_open_weights(
    opened: Open, file: Path, wide: int, high: int, locale: str
) -> None:
    tab = opened(file, wide=wide, high=high, locale=locale)
    _hold(tab)
    tab.evaluate("document.querySelector('.weighing').open = true")
    _hold(tab)
    for row in range(3):
        _compare(tab, row)
        _hold(tab)
    tab.evaluate("document.querySelector('.weighing').open = false")
    _hold(tab)


def _compare(tab: Page, row: int) -> None:
    tab.evaluate("row => document.querySelectorAll('.row-head')[row].click()", row)
    tab.evaluate("document.querySelector('.row.lit .compare-button').click()")


def _hold(tab: Page) -> None:
    """The list has room, and every control can be brought into sight, whole and uncovered."""
    assert tab.evaluate("document.querySelector('#rows').clientHeight") >= TWO_ROWS
    assert tab.evaluate(_UNREACHED) == []
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_a_tablet_held_upright_has_the_map_above_the_list(opened: Open, file: Path) -> None:
    tab = opened(file, wide=820, high=1180)
    boxes = "() => ['#map-room', '#panel'].map(one => document.querySelector(one).getBoundingClientRect().toJSON())"  # noqa: E501
    above, below = tab.evaluate(boxes)
    assert above["width"] == below["width"] == 820
    assert 0 <= above["bottom"] - below["top"] <= 12  # the panel's round corners
    assert tab.evaluate("document.querySelector('#rows').clientHeight") >= 2 * TWO_ROWS
    tab.set_viewport_size({"width": 1180, "height": 820})
    left, right = tab.evaluate(boxes)
    assert left["right"] == right["left"]
    assert left["width"] + right["width"] == 1180


@pytest.mark.parametrize(("wide", "high"), [(1280, 720), (390, 844)])
def test_tray_is_in_sight_as_soon_as_a_pair_is_in_it(
    opened: Open, file: Path, wide: int, high: int
) -> None:
    tab = opened(file, wide=wide, high=high)
    tab.evaluate("document.querySelector('.weighing').open = true")
    for row in range(3):
        tab.click(f".row-head >> nth={row}")
        tab.click(".row.lit .compare-button")
        tray = tab.locator("#compare-open").bounding_box()
        assert tray is not None
        assert tray["y"] + tray["height"] <= high
    tab.click("#compare-open")
    assert tab.locator("dialog .comparison").is_visible()


@pytest.mark.parametrize(("wide", "high"), [(720, 450), (390, 844), (844, 390)])
def test_card_covers_a_panel_that_is_scrolled(
    opened: Open, file: Path, wide: int, high: int
) -> None:
    tab = opened(file, wide=wide, high=high)
    tab.evaluate("document.querySelector('.weighing').open = true")
    _compare(tab, 0)
    tab.focus(".row.lit .more-button >> nth=0")
    scrolled = tab.evaluate("document.querySelector('#panel').scrollTop")
    assert scrolled > 0
    tab.keyboard.press("Enter")
    assert tab.locator("#card").bounding_box() == tab.locator("#panel").bounding_box()
    tab.keyboard.press("Escape")
    assert tab.evaluate("document.querySelector('#panel').scrollTop") == scrolled


@pytest.mark.parametrize("locale", [EN, ES])
def test_nothing_of_the_header_runs_out(opened: Open, file: Path, locale: str) -> None:
    tab = opened(file, wide=1280, high=800, locale=locale)
    tab.evaluate("document.querySelectorAll('#top details').forEach(one => { one.open = true; })")
    for wide in (1280, 820, 720, 390, 320):
        tab.set_viewport_size({"width": wide, "height": 800})
        assert tab.evaluate(_BEYOND) == []
        assert tab.evaluate("document.documentElement.scrollWidth") == wide


def test_four_times_zoomed_the_page_scrolls_down_alone(opened: Open, file: Path) -> None:
    tab = opened(file, wide=320, high=256, locale=ES)
    assert tab.evaluate("document.documentElement.scrollWidth") == 320
    tab.evaluate("scrollTo(0, 1e4)")
    box = tab.locator("#panel").bounding_box()
    assert box is not None
    assert box["height"] > 120
    assert box["y"] + box["height"] <= 257


@pytest.mark.parametrize(("wide", "high", "head"), [(1280, 800, "27px"), (390, 844, "24px")])
def test_who_has_set_a_larger_type_gets_it(
    opened: Open, file: Path, wide: int, high: int, head: str
) -> None:
    tab = opened(file, wide=wide, high=high, locale=ES)
    title = "getComputedStyle(document.querySelector('.row .title')).fontSize"
    assert tab.evaluate(title) == "14px"
    browser = tab.context.new_cdp_session(tab)
    browser.send("Page.enable")
    browser.send("Page.setFontSizes", {"fontSizes": {"standard": 24}})
    tab.wait_for_function(f"{title} === '21px'")
    assert tab.evaluate("getComputedStyle(document.querySelector('#top h1')).fontSize") == head
    _hold(tab)
    assert tab.evaluate(_BEYOND) == []


def test_what_the_marks_mean_is_one_tap_away_on_a_phone(opened: Open, file: Path) -> None:
    tab = opened(file, wide=390, high=844, locale="es-MX")
    assert tab.is_hidden(".signs .key-port")
    tab.click(".signs summary")
    assert tab.is_visible(".signs .key-port")
    box, whole = tab.locator("#legend-room").bounding_box(), tab.locator("#map-room").bounding_box()
    assert box
    assert whole
    assert box["y"] >= whole["y"]
    tab.evaluate("sitesel.setWeights({groups: {water: 9}})")  # drawn anew
    assert tab.is_visible(".signs .key-port")
    wide = opened(file)
    assert wide.is_visible(".signs .key-port")
    assert wide.is_hidden(".signs summary")
