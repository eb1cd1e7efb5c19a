"""What is chosen can be reached: in the list, on the map, by keyboard, by ear, in any palette."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from sitesel.show import maps, page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from sitesel.show.view import View

    Open = Callable[..., Page]

_IN_SIGHT = """() => {
const [row, frame] = [".row.lit .row-head", "#rows"].map(one => document.querySelector(one).getBoundingClientRect());
return row.top >= frame.top - 1 && row.top < frame.bottom - 20; }"""  # noqa: E501

# The marks of the chosen pair that lie under something else, or outside the map.
_COVERED = """() => {
const [frame, panel] = ["#map-room", "#panel"].map(one => document.querySelector(one).getBoundingClientRect());
const bottom = Math.min(frame.bottom, panel.left > frame.left + 9 ? Infinity : panel.top);
const lit = marks.filter(([words]) => words === String(wanted));
return lit.filter(([_, x, y]) => {
  const [left, top] = [frame.left + x, frame.top + y];
  const over = [...document.querySelectorAll("#map-room .box, .leaflet-control-zoom")]
    .map(box => box.getBoundingClientRect())
    .some(box => left > box.left && left < box.right && top > box.top && top < box.bottom);
  return over || left < frame.left || left > frame.right || top < frame.top || top > bottom; }).length; }"""  # noqa: E501

# Where numbers are written on the canvas, in pixels of the map's room.
_WATCH = """(() => { window.marks = [];
const pen = CanvasRenderingContext2D.prototype;
const [text, clear] = [pen.fillText, pen.clearRect];
pen.clearRect = function () { if (this.canvas.className.includes("marks")) marks = []; clear.apply(this, arguments); };
pen.fillText = function (words, x, y) {
  if (/^\\d+$/.test(words)) {
    const [box, room] = [this.canvas, document.querySelector("#map-room")].map(one => one.getBoundingClientRect());
    marks.push([words, x + box.left - room.left, y + box.top - room.top]); }
  text.apply(this, arguments); }; })()"""  # noqa: E501


def test_a_link_brings_its_row_into_sight_and_another_language_leaves_it_there(
    opened: Open, file: Path
) -> None:
    last = opened(file).evaluate("sitesel.ranking('pairs').at(-1).id")
    tab = opened(file, after=f"#tab=pairs&id={quote(last)}")
    tab.wait_for_selector(".row.lit")
    assert tab.evaluate("document.querySelector('#rows').scrollTop") > 500
    assert tab.evaluate(_IN_SIGHT)
    tab.click("#language-es")
    assert tab.evaluate(_IN_SIGHT)


def test_a_link_to_what_is_not_there_says_so(opened: Open, file: Path) -> None:
    tab = opened(
        file, after="#tab=pairs&id=r1c1%401000/r2c2%401000&groups.water=0.5", locale="es-MX"
    )
    card = tab.locator("#card")
    assert "no clasifica lo que señala el enlace" in card.inner_text()
    assert tab.evaluate("sitesel.weights().groups.water") == 0.5
    tab.keyboard.press("Escape")
    assert card.is_hidden()
    assert tab.evaluate("document.activeElement !== document.body")


def test_a_link_to_no_place_of_the_earth_leaves_the_map_where_it_is(
    opened: Open, file: Path
) -> None:
    plain = opened(file).evaluate("sitesel.state().view")
    tab = opened(file, after="#at=31,1e308,9")
    assert tab.evaluate("sitesel.state().view") == pytest.approx(plain)
    for n, at in enumerate(["1e308,1e308,1e308", "31,-106,NaN", "91,-106,9", "31,1e20,9"]):
        language = ["es", "en"][n % 2]
        tab.evaluate("link => { location.hash = link; }", f"lang={language}&at={at}")
        tab.wait_for_function("language => sitesel.state().language === language", arg=language)
        assert tab.evaluate("sitesel.state().view") == pytest.approx(plain), at
    assert tab.wrong == []


@pytest.mark.parametrize(("wide", "high"), [(390, 664), (360, 740), (863, 360), (1280, 800)])
def test_nothing_lies_over_the_chosen_pair(opened: Open, file: Path, wide: int, high: int) -> None:
    tab = opened(file, wide=wide, high=high, before=_WATCH)
    tab.emulate_media(reduced_motion="reduce")
    for pair in tab.evaluate("sitesel.ranking('pairs').slice(0, 12)"):
        tab.evaluate("pair => { window.wanted = pair.rank; sitesel.select(pair.id); }", pair)
        tab.wait_for_timeout(80)
        assert tab.evaluate("marks.filter(([words]) => words === String(wanted)).length") == 2
        assert tab.evaluate(_COVERED) == 0, pair["rank"]


def test_land_is_told_no_false_reason_under_weights_of_ones_own(opened: Open, file: Path) -> None:
    tab = opened(file)
    said = "document.querySelector('#card .strong-line').textContent"
    tab.fill("#search", "31.62, -106.2")
    tab.click(".offer >> nth=0")
    before = tab.evaluate(said)
    assert before.strip().startswith("Not a site")
    tab.evaluate("sitesel.setWeights({groups: {power: 0, labour: 0, access: 0, incentives: 0}})")
    assert "sites stay where the weights of this file found them" in tab.evaluate(said)
    tab.evaluate("document.querySelector('#weights-reset').click()")
    assert tab.evaluate(said) == before


def test_the_focus_comes_back_though_the_list_was_drawn_again(opened: Open, file: Path) -> None:
    tab = opened(file)
    tab.click(".row-head >> nth=1")
    tab.click(".row.lit .more-button >> nth=0")
    tab.click("#card .compare-button")
    tab.keyboard.press("Escape")
    assert tab.evaluate("document.activeElement.matches('.row.lit .more-button')")


def test_the_comparison_is_two_steps_from_what_was_added(opened: Open, file: Path) -> None:
    tab = opened(file)
    for row in range(2):
        tab.click(f".row-head >> nth={row}")
        tab.focus(".row.lit .compare-button")
        tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    assert tab.locator("dialog .comparison").is_visible()
    tab.keyboard.press("Escape")
    assert tab.evaluate("document.activeElement !== document.body")


@pytest.mark.parametrize(("locale", "joined"), [("en-US", " and "), ("es-MX", " y ")])
def test_the_spoken_name_of_a_row_keeps_its_sites_apart(
    opened: Open, file: Path, locale: str, joined: str
) -> None:
    tab = opened(file, locale=locale)
    title = tab.inner_text(".row .title >> nth=0")
    first, second = re.split(r"\s+⇄\s+", title)
    spoken = tab.locator(".row >> nth=0").aria_snapshot()
    assert f"{first}{joined}{second}" in spoken.replace("\\", "")


def test_a_move_of_the_weights_is_told_once_and_in_words(opened: Open, file: Path) -> None:
    tab = opened(file)
    assert tab.text_content("#news") == ""
    tab.evaluate("sitesel.setWeights({groups: {water: 0.9}})")
    tab.wait_for_function("() => document.querySelector('#news').textContent !== ''")
    pairs = tab.evaluate("sitesel.ranking('pairs')")
    moved = sum(pair["change"] != 0 for pair in pairs)
    assert moved > 0
    said = tab.text_content("#news") or ""
    assert tab.inner_text(".row .title >> nth=0").replace("\n", " ") in said
    assert f"{moved} of {len(pairs)} have another rank" in said
    assert tab.evaluate(
        "[...document.querySelectorAll('output')].every(one => one.ariaLive === 'off')"
    )


def test_a_site_without_a_pair_prints_the_best_pair(
    opened: Open, view: View, tmp_path: Path
) -> None:
    few = replace(view, pairs=view.pairs.nsmallest(2, "rank"))
    page.save(maps.build(few), tmp_path / "few.html")
    tab = opened(tmp_path / "few.html")
    paired = {*few.pairs["us_site"], *few.pairs["mx_site"]}
    alone = next(name for name in view.sites.index if name not in paired)
    tab.evaluate("id => sitesel.select(id)", alone)
    tab.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    count = tab.evaluate("sitesel.ranking('us').length * sitesel.ranking('mx').length")
    assert f"pair 1 of {count}" in (tab.text_content("#sheet") or "")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_a_palette_of_the_system_what_means_something_keeps_its_colour(
    browser: Browser, file: Path, scheme: str
) -> None:
    context = browser.new_context(forced_colors="active", color_scheme=scheme)
    tab = context.new_page()
    tab.goto(file.as_uri())
    tab.wait_for_selector("body[data-ready]", state="attached")
    shades = tab.eval_on_selector_all(
        ".classes span", "all => all.map(one => getComputedStyle(one).backgroundColor)"
    )
    assert len({*shades}) == 5
    fills = tab.eval_on_selector_all(
        ".row .fill", "all => all.map(one => getComputedStyle(one).backgroundColor)"
    )
    assert {*fills}.isdisjoint({"rgb(255, 255, 255)", "rgb(0, 0, 0)"})
    switch = tab.locator(".switch .slot")
    off = switch.screenshot()
    tab.click(".switch")
    tab.wait_for_timeout(300)
    assert tab.locator(".switch .slot").screenshot() != off
    pressed, other = (
        tab.evaluate(
            "id => getComputedStyle(document.getElementById(id)).backgroundColor",
            f"language-{name}",
        )
        for name in ("en", "es")
    )
    assert pressed != other
    context.close()


@pytest.mark.parametrize("given", ["null", "undefined", "5", "'groups'"])
def test_weights_that_are_none_are_refused(opened: Open, file: Path, given: str) -> None:
    tab = opened(file)
    tried = f"sitesel.setWeights({given})"
    name = tab.evaluate(f"() => {{ try {{ {tried}; }} catch (error) {{ return error.name; }} }}")
    assert name == "RangeError"
