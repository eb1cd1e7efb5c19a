"""A window that changes, and a reader who is early, goes back, or closes one thing of two."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pypdf
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    Open = Callable[..., Page]

# Does the zoom button lie under the pointer before the page is ready, and what is told till then?
_EARLY = """(() => { window.hits = []; window.told = [];
const look = () => {
  if (document.body?.hasAttribute("data-ready")) return;
  const out = document.querySelector(".leaflet-control-zoom-out");
  if (out) {
    const { left, top, width, height } = out.getBoundingClientRect();
    hits.push(out.contains(document.elementFromPoint(left + width / 2, top + height / 2)));
    told.push(document.querySelector("#top").textContent); }
  setTimeout(look, 1); };
look(); })()"""

# Shift+Tab through all of a box: what gets the focus while it lies wholly under the box's head.
_HIDDEN = """box => {
  const [one, head] = [document.activeElement, document.querySelector(`${box} header`)];
  if (!one.closest(box) || head.contains(one)) return "";
  return one.getBoundingClientRect().bottom <= head.getBoundingClientRect().bottom
    ? one.outerHTML.slice(0, 90) : ""; }"""

_SCREENS = """(() => { window.screens = [];
const ask = matchMedia;
window.matchMedia = said => {
  const found = ask(said);
  if (said.includes("resolution")) screens.push(found);
  return found; }; })()"""


def test_a_click_before_the_map_is_ready_does_not_move_it(opened: Open, file: Path) -> None:
    """Leaflet would go to where that click led once the first view stands: to bare ground."""
    tab = opened(file, before=_EARLY)
    assert len(tab.evaluate("hits")) > 0
    assert not any(tab.evaluate("hits"))
    assert not tab.evaluate("document.querySelector('#stage').inert")


def test_a_page_that_opens_slowly_says_so_in_both_languages(
    opened: Open, file: Path, browser: Browser
) -> None:
    tab = opened(file, before=_EARLY)
    told = tab.evaluate("told[0]")
    assert "The map is being opened" in told
    assert "Se está abriendo el mapa" in told
    assert tab.locator(".opening").count() == 0
    context = browser.new_context(java_script_enabled=False)
    bare = context.new_page()
    bare.goto(file.as_uri())
    assert bare.locator("noscript p").count() == 2
    assert not any(one.is_visible() for one in bare.locator(".opening").all())
    context.close()


def test_what_unfolds_folds_when_the_window_shrinks(opened: Open, file: Path) -> None:
    """Enlarged to 200 % the legend would lie over all of the map and its buttons."""
    tab = opened(file)
    for size, folds in (((720, 450), True), ((1440, 900), False)):
        tab.set_viewport_size({"width": size[0], "height": size[1]})
        tab.wait_for_timeout(200)
        for box in (".signs", ".weighing"):
            assert (tab.locator(f"{box}[open]").count() == 0) is folds, box
        tab.click(".leaflet-control-zoom-in", trial=True)


@pytest.mark.parametrize(
    ("button", "over"),
    [("sources-button", "#sources"), ("kpi-button", "#kpi"), ("", ".menu[open]")],
)
def test_escape_closes_what_lies_uppermost_alone(
    opened: Open, file: Path, button: str, over: str
) -> None:
    tab = opened(file)
    tab.click(".row-head")
    tab.click(".row.lit .more-button")
    tab.click(f"#{button}" if button else ".menu summary")
    assert tab.locator(over).count() == 1
    tab.keyboard.press("Escape")
    tab.wait_for_timeout(100)
    assert tab.locator(over).count() == 0
    assert tab.locator("#card").is_visible()
    tab.keyboard.press("Escape")
    assert not tab.locator("#card").is_visible()


def test_the_focus_comes_back_to_the_button_that_opened_a_dialog(opened: Open, file: Path) -> None:
    tab = opened(file)
    for button in ("#foot button", "#sources-button"):
        tab.focus(button)
        tab.keyboard.press("Enter")
        tab.wait_for_selector("#sources")
        tab.keyboard.press("Escape")
        tab.wait_for_selector("#sources", state="detached")
        assert tab.evaluate("said => document.activeElement.matches(said)", button)


def test_back_leads_to_what_the_address_says(opened: Open, file: Path) -> None:
    tab = opened(file)
    whole = tab.evaluate("sitesel.state()")
    tab.goto(file.as_uri() + "#groups.water=0.7&tab=MX&layers=rivers")
    assert tab.evaluate("sitesel.state().tab") == "MX"
    tab.go_back()
    tab.wait_for_function("() => sitesel.state().tab === 'pairs'")
    found = tab.evaluate("sitesel.state()")
    assert found.pop("view") == pytest.approx(whole.pop("view"), abs=1e-4)
    assert found == whole
    assert tab.wrong == []


def test_a_link_in_an_open_page_is_as_in_a_fresh_one(opened: Open, file: Path) -> None:
    """The language is the reader's own; all else that the link does not name is the file's."""
    link = "#groups.water=0.7"
    fresh = opened(file, after=link).evaluate("sitesel.state()")
    tab = opened(file)
    tab.click("#language-es")
    tab.click("#tab-MX")
    tab.click("#layers-room summary")
    tab.click("[data-layer=roads]")
    tab.click(".leaflet-control-zoom-in")
    tab.wait_for_timeout(600)
    tab.goto(file.as_uri() + link)
    tab.wait_for_function("() => sitesel.state().tab === 'pairs'")
    found = tab.evaluate("sitesel.state()")
    assert found.pop("language") == "es"
    fresh.pop("language")
    assert sorted(found.pop("layers")) == sorted(fresh.pop("layers"))
    assert found.pop("view") == pytest.approx(fresh.pop("view"), abs=1e-4)
    assert found == fresh


def test_a_pair_stands_on_one_page_though_landscape_is_asked_for(opened: Open, file: Path) -> None:
    tab = opened(file)
    for paper in ("A4", "Letter"):
        pdf = tab.pdf(format=paper, landscape=True, prefer_css_page_size=True)
        assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) == 1


@pytest.mark.parametrize("box", ["#card", "dialog"])
def test_what_has_the_focus_is_not_under_the_head(opened: Open, file: Path, box: str) -> None:
    tab = opened(file, high=520)
    tab.click(".row-head")
    tab.click(".row.lit .more-button")
    if box == "dialog":
        tab.click("#sources-button")
    last = tab.locator(f"{box} :is(a, button, summary)").last
    last.focus()
    hidden = []
    for _ in range(60):
        tab.keyboard.press("Shift+Tab")
        hidden.append(tab.evaluate(_HIDDEN, box))
    assert [one for one in hidden if one] == []


def test_what_floats_has_an_edge_in_a_palette_of_the_system(browser: Browser, file: Path) -> None:
    context = browser.new_context(forced_colors="active")
    tab = context.new_page()
    tab.goto(file.as_uri())
    tab.wait_for_selector("body[data-ready]", state="attached")
    tab.click(".row-head >> nth=1")
    tab.click("#sources-button")
    edge = "one => getComputedStyle(one).borderTopWidth"
    assert {tab.eval_on_selector(one, edge) for one in (".menu .box", "dialog", "#tip")} == {"1px"}
    left = "all => all.map(one => getComputedStyle(one).borderLeftColor)"
    lit, other = (tab.eval_on_selector_all(one, left) for one in (".row.lit", ".row:not(.lit)"))
    assert {*lit}.isdisjoint(other)
    context.close()


def test_the_map_is_sharp_on_another_screen(opened: Open, file: Path) -> None:
    """A screen that is put on by emulation is told to nobody, so the test tells it."""
    tab = opened(file, before=_SCREENS)
    wide = "document.querySelector('canvas.marks').width"
    before = tab.evaluate(wide)
    whole = {"width": 1440, "height": 900, "mobile": False}
    screen = tab.context.new_cdp_session(tab)
    screen.send("Emulation.setDeviceMetricsOverride", whole | {"deviceScaleFactor": 2})
    tab.evaluate("screens.forEach(one => one.dispatchEvent(new Event('change')))")
    tab.wait_for_function(f"() => {wide} === {2 * before}", timeout=5000)
