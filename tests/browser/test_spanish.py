"""No English word of ours is left on the Spanish page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sitesel.show import language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    Open = Callable[..., Page]

# Every text in sight and every text that is spoken, shown on hover, or printed.
TEXTS = """() => {
  const texts = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const home = walk.currentNode.parentElement;
    if (!home.closest("script, style, noscript, [hidden], [lang=en]:not(html, #sheet), #notice")) texts.push(home.textContent, walk.currentNode.data);
  }
  for (const node of document.querySelectorAll("*"))
    for (const name of ["aria-label", "title", "placeholder", "aria-description", "alt"])
      if (!node.closest("[lang=en]:not(html, #sheet)")) texts.push(node.getAttribute(name) ?? "");
  return [...new Set(texts.map(text => text.trim()).filter(Boolean))];
}"""  # noqa: E501


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


def _texts(tab: Page) -> set[str]:
    """Collect the texts of the list, of every card and dialog, of own weights and of the sheet."""
    seen = set(tab.evaluate(TEXTS))
    for tabname in ("pairs", "MX"):
        tab.click(f"#tab-{tabname}")
        tab.click(".row-head >> nth=0")
        tab.click(".row.lit .more-button")
        tab.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        seen |= set(tab.evaluate(TEXTS))
        tab.evaluate("dispatchEvent(new Event('beforeprint'))")
        seen |= set(tab.evaluate(TEXTS))
        tab.evaluate("dispatchEvent(new Event('afterprint'))")
        tab.keyboard.press("Escape")
    tab.fill("#search", "31.85, -106.6")
    tab.press("#search", "Enter")
    seen |= set(tab.evaluate(TEXTS))
    tab.keyboard.press("Escape")
    tab.fill("#search", "")
    tab.click("#tab-pairs")
    for row in (1, 2):
        tab.click(f".row-head >> nth={row}")
        tab.click(".row.lit .compare-button")
    for button in ("compare-open", "kpi-button", "sources-button"):
        tab.click(f"#{button}")
        seen |= set(tab.evaluate(TEXTS))
        tab.keyboard.press("Escape")
        tab.wait_for_selector("dialog", state="detached")
    tab.evaluate("sitesel.setWeights({groups: {water: 0.5}})")
    tab.wait_for_timeout(300)
    seen |= set(tab.evaluate(TEXTS))
    tab.click(".tray .plain >> nth=1")
    tab.click("#weights-reset")
    tab.wait_for_timeout(300)
    return seen


def _left(texts: set[str]) -> set[tuple[str, str]]:
    english = _english_only()
    return {
        (key, text) for text in texts for key, pattern in english.items() if pattern.fullmatch(text)
    }


def test_no_english_word_is_left_on_the_spanish_page(opened: Open, file: Path) -> None:
    tab = opened(file, locale="es-MX")
    assert _left(_texts(tab)) == set()
    assert tab.wrong == []


def test_none_is_left_after_the_switch(opened: Open, file: Path) -> None:
    tab = opened(file)
    assert len(_left(_texts(tab))) > 40  # the English page is full of them: the test can fail
    tab.keyboard.press("Escape")
    tab.click("#language-es")
    assert _left(_texts(tab)) == set()
