"""The page on paper: one page a pair, from the browser's own print dialogue."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pypdf
import pypdfium2
import pytest
import sample

from sitesel.show import maps, page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from sitesel.catalog.layers import Catalog
    from sitesel.show.view import View

    Open = Callable[..., Page]

PAPERS = {"A4": (595, 842), "Letter": (612, 792)}


def _printed(tab: Page, paper: str = "Letter") -> str:
    reader = pypdf.PdfReader(io.BytesIO(tab.pdf(format=paper, print_background=True)))
    assert len(reader.pages) == 1
    box = reader.pages[0].mediabox
    assert (float(box.width), float(box.height)) == pytest.approx(PAPERS[paper], abs=1.5)
    return " ".join(reader.pages[0].extract_text().split())


def _name(site: Any) -> str:
    return str(site["name"] if isinstance(site.get("name"), str) else site["place"])


def test_the_map_comes_back_while_the_page_is_still_on_paper(opened: Open, file: Path) -> None:
    """Firefox says that it has printed before it leaves the paper."""
    tab = opened(file)
    view = tab.evaluate("sitesel.state().view")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    tab.emulate_media(media="print")
    assert tab.evaluate("document.querySelector('#map-room').clientWidth") == 0
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    tab.emulate_media(media="screen")
    tab.wait_for_timeout(200)
    assert tab.evaluate("sitesel.state().view") == view
    assert (
        tab.evaluate("""() => {
        const canvas = document.querySelector("canvas.ground");
        const [x, y] = [canvas.width / 2, canvas.height / 2];
        return canvas.getContext("2d").getImageData(x, y, 1, 1).data[3]; }""")
        == 255
    )
    assert tab.wrong == []


@pytest.mark.parametrize("locale", ["en-US", "es-MX"])
@pytest.mark.parametrize("wide", [390, 1440])
def test_the_chosen_pair_stands_on_one_page(
    opened: Open, file: Path, view: View, locale: str, wide: int
) -> None:
    tab = opened(file, locale=locale, wide=wide)
    tab.click(".row-head >> nth=2")
    for paper in PAPERS:
        _is_whole(_printed(tab, paper), view, locale)
    assert tab.wrong == []


def _is_whole(text: str, view: View, locale: str) -> None:
    """The sheet of pair 3: both names, score, criteria, reasons, costs and sources."""
    pair = view.pairs[view.pairs["rank"] == 3].iloc[0]
    for end in ("us_site", "mx_site"):
        assert _name(view.sites.loc[pair[end]]) in text
    assert f"{100 * pair['score']:.0f}" in text.split()
    for criterion in view.criteria:
        assert (criterion.title.es if locale == "es-MX" else criterion.title.en) in text
    for words in ("Por qué este par", "Qué podría romperlo") if locale == "es-MX" else (
        "Why this pair", "What could break it", "A truckload from site to site: USD"
    ):  # fmt: skip
        assert words in text
    assert ("Fuentes y licencias" if locale == "es-MX" else "Sources and licences") in text
    assert "World Resources Institute" in text


def test_a_site_prints_its_best_pair_and_nothing_chosen_the_best_of_all(
    opened: Open, file: Path, view: View
) -> None:
    tab = opened(file)
    best = view.pairs.sort_values("rank").iloc[0]
    assert _name(view.sites.loc[best["mx_site"]]) in _printed(tab)
    last = view.pairs.sort_values("rank")["mx_site"].drop_duplicates().iloc[-1]
    tab.evaluate("() => document.getElementById('tab-MX').click()")
    at = view.sites.loc[last, "rank"] - 1
    tab.click(f".row-head >> nth={at}")
    rank = view.pairs[view.pairs["mx_site"] == last]["rank"].min()
    assert view.links is not None
    sides = view.sites["side"].value_counts()
    count = sides["US"] * sides["MX"]
    assert re.search(rf"pair {rank} of {count}", _printed(tab))


def test_a_pair_that_no_way_joins_is_not_among_those_that_were_ranked(
    opened: Open, view: View, tmp_path: Path
) -> None:
    assert view.links is not None
    sides, cut = view.sites["side"].value_counts(), view.links.minutes.copy()
    cut[np.flatnonzero(view.sites["side"] == "US")[-1]] = np.nan
    page.save(
        maps.build(replace(view, links=replace(view.links, minutes=cut))), tmp_path / "m.html"
    )
    tab = opened(tmp_path / "m.html")
    assert f"of {(sides['US'] - 1) * sides['MX']}" in _printed(tab)


def test_the_map_is_in_the_picture_and_the_screen_comes_back(opened: Open, file: Path) -> None:
    tab = opened(file)
    tab.click(".row-head >> nth=0")
    tab.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    shades = tab.evaluate(
        """() => {
        const sheets = [...document.querySelectorAll("#sheet .leaflet-overlay-pane canvas")];
        const { width, height } = sheets[0];
        const paper = new OffscreenCanvas(width, height).getContext("2d");
        for (const canvas of sheets) paper.drawImage(canvas, 0, 0);
        const { data } = paper.getImageData(0, 0, width, height);
        const seen = new Set();
        for (let i = 0; i < data.length; i += 4) {
          if (data[i + 3] !== 255) return "see-through";
          seen.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
        }
        return seen.size; }"""
    )
    assert shades > 50
    tab.evaluate("() => window.dispatchEvent(new Event('afterprint'))")
    assert tab.is_visible("#app")
    assert tab.locator("#sheet > *").count() == 0


def test_the_printed_map_stands_on_its_ground(opened: Open, file: Path) -> None:
    """In the file itself: what a canvas holds may still be white on paper."""
    tab = opened(file)
    tab.click(".row-head >> nth=0")
    tab.wait_for_timeout(1500)  # flown to, and painted more than once
    printed = pypdfium2.PdfDocument(tab.pdf(format="Letter", print_background=True))
    paper = printed[0].render(scale=1).to_numpy()
    left, top, wide, high = (round(mm * 72 / 25.4) for mm in (14, 35, 92, 80))
    shades, counts = np.unique(
        paper[top : top + high, left : left + wide].reshape(-1, 3), axis=0, return_counts=True
    )
    white = counts[(shades > 250).all(axis=1)].sum() / counts.sum()
    assert white < 0.2
    assert (counts > 0.02 * counts.sum()).sum() > 2  # classes of the surface


def test_long_and_hostile_names_stay_on_the_page(
    opened: Open, tmp_path: Path, catalog: Catalog, drawings: Path
) -> None:
    trap = "<img src=x onerror='window.hacked=1'>" + "wide 🏭 " * 1200
    view = sample.view(
        ports=("santa_teresa",), within_km=15, per_side=3, hostile=trap, catalog=catalog,
        store=drawings / "all",
    )  # fmt: skip
    path = tmp_path / "map.html"
    page.save(maps.build(view), path)
    tab = opened(path)
    assert "<img src=x onerror" in _printed(tab)
    assert tab.evaluate("window.hacked") is None


STATE = "JSON.stringify([sitesel.state(), document.activeElement.className])"
WORDS = """() => { const seen = []; window.seen = seen;
const text = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (words, x, y) {
  const wide = this.measureText(words).width;
  const left = x - (this.textAlign === "center" ? wide / 2 : 0);
  seen.push([words, left, y - 5, left + wide, y + 5]);
  text.apply(this, arguments); }; }"""


def test_the_map_on_the_sheet_is_the_map_round_the_pair(
    opened: Open, file: Path, view: View
) -> None:
    tab = opened(file, before=f"({WORDS})()")
    tab.emulate_media(reduced_motion="reduce")  # no flight
    tab.click(".row-head >> nth=2")
    tab.wait_for_timeout(400)
    tab.locator(".leaflet-control-zoom-in").focus()
    before = tab.evaluate(STATE)
    tab.evaluate("() => { seen.length = 0; dispatchEvent(new Event('beforeprint')); }")
    pair = view.pairs[view.pairs["rank"] == 3].iloc[0]
    corners = [view.sites.loc[pair[end], ["lat", "lon"]].tolist() for end in ("us_site", "mx_site")]
    inside = tab.evaluate(
        """corners => {
        const map = window[Object.keys(window).find(key => /^map_\\d+$/.test(key))];
        return corners.every(at => map.getBounds().contains(at)); }""",
        corners,
    )
    assert inside
    frame, names = tab.evaluate(
        """() => { const [canvas, box] = ["canvas", ".folium-map"].map(
          one => document.querySelector("#sheet " + one).getBoundingClientRect());
        const size = 560 / box.width;
        return [[(box.x - canvas.x) * size, (box.y - canvas.y) * size, 560, 500], seen]; }"""
    )
    left, top, wide, high = frame
    for words, *(x0, y0, x1, y1) in names:
        out = x1 < left or x0 > left + wide or y1 < top or y0 > top + high
        whole = x0 >= left and x1 <= left + wide and y0 >= top and y1 <= top + high
        assert out or whole or str(words).isdigit(), words
    assert "km" in str(tab.text_content("#sheet .leaflet-control-scale"))
    tab.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert tab.locator("#sheet .folium-map").count() == 1
    tab.evaluate("() => dispatchEvent(new Event('afterprint'))")
    tab.wait_for_timeout(300)
    assert tab.evaluate(STATE) == before
    assert tab.locator("#map-room > .folium-map").count() == 1
    assert tab.wrong == []


def test_a_phones_map_comes_back_from_farther_off_than_the_sheet_can_show(
    opened: Open, file: Path
) -> None:
    tab = opened(file, wide=390, high=844)
    seen = """() => { const map = window[Object.keys(window).find(key => /^map_\\d+$/.test(key))];
        const { lat, lng } = map.getCenter();
        return [lat, lng, map.getZoom(), map.getMinZoom(), map.options.zoomAnimationThreshold]; }"""
    tab.evaluate(
        """() => { const map = window[Object.keys(window).find(key => /^map_\\d+$/.test(key))];
        map.setZoom(map.getMinZoom(), { animate: false }); }"""
    )
    before = tab.evaluate(seen)
    for moment in ("beforeprint", "afterprint"):
        tab.evaluate("moment => dispatchEvent(new Event(moment))", moment)
    tab.wait_for_timeout(600)  # as long as a flight would take
    assert tab.evaluate(seen) == before
    assert tab.wrong == []
