"""No English word of ours is left on the Spanish page, and no day is written as machines do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from sitesel.show import language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from sitesel.catalog.layers import Catalog
    from sitesel.show.view import View

    Open = Callable[..., Page]

# Every text in sight and every text that is spoken, shown on hover, or printed; of each, whether it
# is marked as English.
TEXTS = """() => {
  const texts = new Map();
  const add = (home, ...found) => {
    const marked = home.closest("[lang=en]:not(html, #sheet)") !== null;
    for (const text of found.map(one => (one ?? "").trim()).filter(Boolean))
      texts.set(text, marked && (texts.get(text) ?? true));
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const home = walk.currentNode.parentElement;
    if (!home.closest("script, style, noscript, [hidden], #notice"))
      add(home, home.textContent, walk.currentNode.data);
  }
  for (const node of document.querySelectorAll("*"))
    for (const name of ["aria-label", "title", "placeholder", "aria-description", "alt"])
      add(node, node.getAttribute(name));
  return [...texts];
}"""


# Words that English sentences have and Spanish ones have not.
ENGLISH = re.compile(
    r"\b(the|of|and|with|from|by|for|at|not|are|is|which|until|found|unverified|counts|as|yes"
    r"|open|built|about|before|unknown)\b"
)
# Names that stay as they are inside of a Spanish text, beside those that the catalogue lists.
PROPER = (
    "Operational Costs of Trucking",
    "MISO Transmission Cost Estimation Guide",
    "provided under COPERNICUS by the European Union and ESA",
    "and © Airbus Defence and Space",
    "US Department of Transportation",
    "U.S. Department of Homeland Security",
)
LONGEST = 1000
ISO = re.compile(r"(?<![\w-])\d{4}-\d\d-\d\d(?![\w-])")
# Layers whose features tell of themselves in words.
TELLING = (
    "industrial_parks",
    "development_poles",
    "ftz_service_areas",
    "free_zone_north",
    "opportunity_zones",
    "power_plants",
    "seaports",
)


def _leaves(words: Any, under: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(words, dict):
        for key, value in words.items():
            yield from _leaves(value, f"{under}.{key}")
    else:
        yield under, words


def _english_only() -> dict[str, re.Pattern[str]]:
    """Return a pattern for each English text that reads otherwise in Spanish."""
    spanish = dict(_leaves(language.load("es")))
    theirs = {text.casefold() for text in spanish.values()}
    kept = {
        key: text
        for key, text in _leaves(language.load("en"))
        if text != spanish[key]
        and text.casefold() not in theirs
        and re.search(r"[A-Za-z]{2}", re.sub(r"{\w+}", "", text))
        and not key.startswith((".plain", ".language_names"))
    }
    return {key: _pattern(text) for key, text in kept.items()}


def _pattern(text: str) -> re.Pattern[str]:
    parts = [re.escape(part) for part in re.split(r"{\w+}", text)]
    return re.compile(r".*?".join(parts).strip())


def _texts(tab: Page) -> tuple[set[str], set[str]]:
    """Collect the texts of the list, of every card and dialog, of own weights and of the sheet.

    What folds is unfolded first: the layers, the figures of each criterion, what a cost rests on.
    Returned are those that are not marked as English, and all of them.
    """
    seen: set[tuple[str, bool]] = set()

    def look() -> None:
        seen.update((text, marked) for text, marked in tab.evaluate(TEXTS))

    look()
    for tabname in ("pairs", "MX"):
        tab.click(f"#tab-{tabname}")
        tab.click(".row-head >> nth=0")
        tab.click(".row.lit .more-button")
        tab.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        look()
        tab.evaluate("dispatchEvent(new Event('beforeprint'))")
        look()
        tab.evaluate("dispatchEvent(new Event('afterprint'))")
        tab.keyboard.press("Escape")
    tab.fill("#search", "31.85, -106.6")
    tab.press("#search", "Enter")
    look()
    tab.keyboard.press("Escape")
    tab.fill("#search", "")
    tab.click("#tab-pairs")
    for row in (1, 2):
        tab.click(f".row-head >> nth={row}")
        tab.click(".row.lit .compare-button")
    for button in ("compare-open", "kpi-button", "sources-button"):
        tab.click(f"#{button}")
        look()
        tab.keyboard.press("Escape")
        tab.wait_for_selector("dialog", state="detached")
    tab.evaluate("sitesel.setWeights({groups: {water: 0.5}})")
    tab.wait_for_timeout(300)
    look()
    tab.click(".tray .plain >> nth=1")
    tab.click("#weights-reset")
    tab.wait_for_timeout(300)
    return {text for text, marked in seen if not marked}, {text for text, _ in seen}


def _left(texts: set[str]) -> set[tuple[str, str]]:
    english = _english_only()
    return {
        (key, text) for text in texts for key, pattern in english.items() if pattern.fullmatch(text)
    }


def _english(texts: set[str], names: set[str]) -> set[str]:
    """Return the texts that have an English word outside of the names.

    The longest are whole parts of the page, whose texts are there one by one as well.
    """
    known = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))
    return {text for text in texts if len(text) < LONGEST and ENGLISH.search(known.sub("", text))}


@pytest.fixture
def names(view: View) -> set[str]:
    """Names of places, of publications and of agencies: they are no words of ours."""
    catalog = view.catalog
    alike = {text for text, spanish in catalog.spanish.items() if text == spanish}
    columns = [view.sites[name] for name in ("place", "landmark") if name in view.sites]
    columns += [view.ports[name] for name in ("name", "name_mx")]
    places = {str(name) for column in columns for name in column}
    return {name for name in {*alike, *places, *PROPER} if len(name) > 3}


def test_the_spanish_page_is_spanish(
    opened: Open, file: Path, catalog: Catalog, names: set[str]
) -> None:
    """Its own words, the sources, the layers, each criterion and what a cost rests on."""
    tab = opened(file, locale="es-MX")
    own, seen = _texts(tab)
    assert _left(own) == set()
    assert _english(seen, names) == set()
    assert {text for text in seen if ISO.search(text)} == set()
    together = "\n".join(seen)
    for layer in (catalog[name] for name in ("roads", "ports_of_entry", "us_counties", "rail")):
        for text in (layer.vintage, layer.source, layer.publisher, layer.licence):
            assert catalog.said(text, "es") in together
    for text in catalog.load("unit_costs")["source"].iloc[:3]:
        assert catalog.said(text, "es") in together
    assert tab.wrong == []


def test_the_english_page_is_english_until_the_switch(
    opened: Open, file: Path, names: set[str]
) -> None:
    """It writes no day as machines do; and what looks for English finds it here."""
    tab = opened(file)
    own, seen = _texts(tab)
    assert len(_left(own)) > 40
    assert len(_english(seen, names)) > 100
    assert {text for text in seen if ISO.search(text)} == set()
    tab.keyboard.press("Escape")
    tab.click("#language-es")
    own, _ = _texts(tab)
    assert _left(own) == set()


OWN = ("name", "label", "city", "region", "grantee", "owner", "municipio", "county")
FOLLOW = """link => new Promise(done => {
  addEventListener("hashchange", done, { once: true });
  location.hash = link; })"""


@pytest.mark.parametrize("layer", TELLING)
def test_what_a_feature_tells_is_spanish(
    opened: Open, file: Path, catalog: Catalog, names: set[str], layer: str
) -> None:
    frame = catalog.load(layer).to_crs(4326)
    frame = frame[frame.geometry.notna()]
    told = {}
    tab = opened(file, locale="es-MX")
    box = tab.locator(".folium-map").bounding_box()
    assert box is not None
    for row, spot in frame.representative_point().iloc[:: max(1, len(frame) // 4)].items():
        tab.evaluate(FOLLOW, f"layers={layer}&at={spot.y},{spot.x},13")
        tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        if tab.locator("#card .facts").count():
            told[row] = {*tab.locator("#card .facts dd").all_inner_texts()}
        tab.keyboard.press("Escape")
    assert told
    own = {str(name) for column in OWN if column in frame for name in frame[column]}
    seen = set().union(*told.values())
    assert _english(seen, names | {name for name in own if len(name) > 3}) == set()
    assert {text for text in seen if ISO.search(text)} == set()
