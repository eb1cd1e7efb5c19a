"""The map that the border study leaves behind, opened as it would be from an e-mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from sitesel.study import Run

MEGABYTE = 1_000_000


@pytest.mark.parametrize(("locale", "pairs"), [("en-US", "Pairs"), ("es-MX", "Pares")])
def test_the_border_map_opens_offline_with_its_best_pairs(
    opened: Callable[..., Page], border_run: Run, locale: str, pairs: str
) -> None:
    file = border_run.folder / "map.html"
    assert file.stat().st_size <= 5 * MEGABYTE
    tab = opened(file, locale=locale)
    assert tab.asked == [file.as_uri()]
    assert tab.wrong == []
    assert tab.title() == border_run.study.title[locale[:2]]
    assert tab.inner_text("#tab-pairs") == pairs
    sites = border_run.decision.sites
    best = border_run.pairs.iloc[0]
    first = tab.inner_text("#rows li >> nth=0")
    assert sites.loc[best["us_site"], "name"] in first
    assert sites.loc[best["mx_site"], "name"] in first
    assert f"{100 * best['score']:.0f}" in first
