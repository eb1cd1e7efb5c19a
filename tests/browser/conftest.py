"""A real Chromium with its network cut."""

from __future__ import annotations

import functools
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "show"))

import sample

from sitesel.show import maps, page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

    from sitesel.catalog.layers import Catalog
    from sitesel.show.view import View

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def _chromium() -> str | None:
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return next((path for path in map(shutil.which, names) if path), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium or playwright's own; a missing one fails in CI and skips elsewhere."""
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as play:
        path = _chromium()
        if path is None and not Path(play.chromium.executable_path).exists():
            if os.environ.get("CI"):
                pytest.fail("no Chromium: install one, or run 'playwright install chromium'")
            pytest.skip("no Chromium here")
        running = play.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def view(catalog: Catalog, drawings: Path) -> View:
    """Paso del Norte with the shipped layers and made-up scores."""
    ports = ("santa_teresa", "ysleta", "tornillo")
    return sample.view(ports=ports, per_side=12, catalog=catalog, store=drawings / "all")


@pytest.fixture(scope="session")
def file(view: View, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of that view."""
    path = tmp_path_factory.mktemp("page") / "map.html"
    page.save(maps.build(view), path)
    return path


@pytest.fixture(scope="session")
def readers(browser: Browser) -> Callable[[str, str], BrowserContext]:
    """Readers by language and colour scheme, for whom the network is cut."""

    @functools.cache
    def reader(locale: str, scheme: str) -> BrowserContext:
        context = browser.new_context(locale=locale, color_scheme=scheme)
        context.route(
            "**/*", lambda way: way.abort() if _remote(way.request.url) else way.continue_()
        )
        return context

    return reader


@pytest.fixture
def opened(readers: Callable[[str, str], BrowserContext]) -> Iterator[Callable[..., Page]]:
    """Open a file offline; what it asks for and what goes wrong stands in `.asked`, `.wrong`."""
    tabs = []

    def opening(path: Path, *, wide: int = 1440, high: int = 900, locale: str = "en-US",  # noqa: PLR0913
                before: str = "", wait: str = "body[data-ready]", after: str = "",
                scheme: str = "light") -> Page:  # fmt: skip
        tab = readers(locale, scheme).new_page()
        tab.set_viewport_size({"width": wide, "height": high})
        tabs.append(tab)
        tab.asked, tab.wrong = [], []
        tab.on("request", lambda request: tab.asked.append(request.url))
        tab.on("pageerror", lambda error: tab.wrong.append(str(error)))
        tab.on(
            "console", lambda said: tab.wrong.append(said.text) if said.type == "error" else None
        )
        if before:
            tab.add_init_script(before)
        tab.goto(path.as_uri() + after)
        tab.wait_for_selector(wait, state="attached", timeout=20_000)
        return tab

    yield opening
    for tab in tabs:
        tab.close()


def _remote(url: str) -> bool:
    return not url.startswith(("file:", "data:", "blob:"))
