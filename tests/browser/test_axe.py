"""What a screen reader and weak eyes meet, judged by axe-core."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    Open = Callable[..., Page]

AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
BAD = {"serious", "critical"}
# A picture has no contrast that axe can judge, and what is scrolled away it does not judge either:
# so no picture here, few rows, and a window in which the rest stands whole.
CALM = """.leaflet-map-pane, .row:nth-child(n+6) { display: none }
#layers-room .scroll { max-height: none !important }
#card header { position: static !important }"""
UNJUDGED = {"nonBmp", "shortTextContent", "complexTextShadows", "pseudoContent"}
TALL = 6000


def _findings(tab: Page) -> list[str]:
    report: dict[str, Any] = tab.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{finding['id']} at {node['target']}: {node['failureSummary']}"
        for finding in report["violations"]
        if finding["impact"] in BAD
        for node in finding["nodes"]
    ]


def _contrast(tab: Page, scope: str) -> tuple[int, list[str]]:
    """Count the texts whose contrast was judged, and list those where it could not be."""
    report = tab.evaluate("scope => axe.run(scope, {runOnly: ['color-contrast']})", scope)
    open_ends = [
        f"{node['target']} {node['any'][0]['data']}"
        for item in report["incomplete"]
        for node in item["nodes"]
        if (node["any"][0]["data"] or {}).get("messageKey") not in UNJUDGED
    ]
    return sum(len(item["nodes"]) for item in report["passes"]), open_ends


def _prepared(tab: Page) -> Page:
    tab.add_style_tag(content=CALM)
    tab.evaluate(AXE)
    return tab


def _unfold(tab: Page) -> None:
    tab.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")


def _card(tab: Page, side: str) -> None:
    tab.click(f"#tab-{side}")
    tab.click(".row-head >> nth=0")
    tab.click(".row.lit .more-button")
    _unfold(tab)


def _list(tab: Page) -> None:
    tab.keyboard.press("Escape")
    tab.evaluate("document.querySelectorAll('details').forEach(one => { one.open = false; })")


def _sources(tab: Page) -> None:
    tab.click("#sources-button")
    tab.evaluate("document.body.append(document.querySelector('dialog'))")  # axe loses its ground


VIEWS = [
    ("#panel", lambda _: None),
    ("#panel", lambda tab: tab.click(".row-head >> nth=0")),
    ("#card", lambda tab: _card(tab, "MX")),
    ("#panel", _list),
    ("#card", lambda tab: _card(tab, "pairs")),
    ("#panel", _list),
    ("#layers-room", _unfold),
    ("#sources", _sources),
]


@pytest.mark.parametrize("locale", ["en-US", "es-MX"])
@pytest.mark.parametrize("wide", [1440, 390])
def test_axe_finds_nothing_serious(opened: Open, file: Path, locale: str, wide: int) -> None:
    tab = _prepared(opened(file, locale=locale, wide=wide, high=TALL))
    for number, (scope, turn) in enumerate(VIEWS):
        turn(tab)
        assert _findings(tab) == [], f"view {number}"
        judged, open_ends = _contrast(tab, scope)
        assert judged > 10, f"view {number}"
        assert len(open_ends) <= judged / 5, (number, open_ends)


def test_axe_sees_what_is_wrong(opened: Open, file: Path) -> None:
    """The test above can fail: pale text and a button without a name are found."""
    tab = _prepared(opened(file))
    tab.evaluate("document.querySelector('#top h1').style.color = '#ddd'")
    tab.evaluate("document.getElementById('sources-button').replaceChildren()")
    assert {text.split()[0] for text in _findings(tab)} == {"color-contrast", "button-name"}
