"""The page of two runs compared, on a desk and on a phone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from sitesel.ask import compare as compared
from sitesel.study import Run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from sitesel.records import Language

    Open = Callable[..., Page]

LONG = "Parque_Industrial_" * 6


@pytest.fixture(scope="module")
def found(small_run_folder: Path) -> list[compared.Comparison]:
    run = Run.open(small_run_folder)
    other = run.reweight(water=0.5)
    named = replace(run)
    sites = run.decision.sites.assign(name=LONG, name_es=LONG)
    named.__dict__["decision"] = replace(run.decision, sites=sites)
    return compared.compare({f"maps/{LONG}": named, "maps/b": other}, top=4)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("wide", [1280, 390])
def test_nothing_runs_out_and_the_chart_stays_legible(
    opened: Open,
    found: list[compared.Comparison],
    tmp_path: Path,
    wide: int,
    language: Language,
) -> None:
    compared.save(found, tmp_path, language)
    tab = opened(tmp_path / "compare.html", wide=wide, wait="table")
    assert tab.evaluate("document.documentElement.lang") == language
    assert tab.evaluate("document.documentElement.scrollWidth") <= wide
    drawn = tab.locator("svg").bounding_box()
    assert drawn is not None
    assert drawn["width"] >= 720, "smaller, its labels cannot be read"
    heads = tab.evaluate(
        "[...document.querySelectorAll('tbody tr:first-child td')]"
        ".map(cell => getComputedStyle(cell, '::before').content)"
    )
    assert any(head not in {"none", "normal"} for head in heads) == (wide < 700)
    assert tab.wrong == []
    assert [url for url in tab.asked if not url.startswith("file:")] == []
