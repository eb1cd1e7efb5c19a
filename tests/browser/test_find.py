"""Search, filters and order of the list; any place by its name or its coordinates."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely

from sitesel.crs import WORKING_CRS
from sitesel.show import maps, names, page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from sitesel.show.view import View

    Open = Callable[..., Page]


def _ranks(tab: Page) -> list[int]:
    return [int(text) for text in tab.locator(".row .rank").all_text_contents()]


@pytest.mark.parametrize("words", ["jeronimo", "SAN JERÓNIMO", "jerón san"])
def test_search_minds_neither_accents_nor_capitals(
    opened: Open, file: Path, view: View, words: str
) -> None:
    through = view.ports.set_index("port_id").loc["santa_teresa"]
    assert "Jerónimo" in f"{through['name']} {through['name_mx']}"
    tab = opened(file)
    tab.fill("#search", words)
    expected = view.pairs.loc[view.pairs["port"] == "santa_teresa", "rank"]
    assert _ranks(tab) == expected.tolist()
    assert tab.inner_text("#found").startswith(
        f"{len(expected)} of the {len(view.pairs)} best pairs shown"
    )


def test_page_and_python_fold_alike(browser: Browser) -> None:
    tab = browser.new_page()
    tab.add_script_tag(content=page._module(page._asset("js/find.js")))
    texts = [
        "San Jerónimo",
        "ÑANDÚ",
        "Guadalupe y Calvo",
        "Straße İstanbul",
        "Ⅷ",
        "ΣΑΣ",
        "e\u0301ä",
    ]
    assert tab.evaluate("texts => texts.map(fold)", texts) == [names.folded(one) for one in texts]
    tab.close()


def test_filter_by_port_also_thins_the_sites(opened: Open, file: Path, view: View) -> None:
    tab = opened(file)
    tab.click(".filters summary")
    tab.select_option("#find-port", "tornillo")
    pairs = view.pairs[view.pairs["port"] == "tornillo"]
    assert _ranks(tab) == pairs["rank"].tolist()
    tab.click("#tab-MX")
    assert tab.locator(".row").count() == pairs["mx_site"].nunique()


def test_filter_by_state_agrees_with_an_overlay(opened: Open, file: Path, view: View) -> None:
    states = view.catalog.load("us_states")[["name", "geometry"]].rename(columns={"name": "of"})
    points = gpd.GeoDataFrame(geometry=view.sites.representative_point())
    points = points[view.sites["side"] == "US"]
    found = gpd.sjoin_nearest(points, states)["of"]
    assert found.nunique() == 2
    tab = opened(file)
    tab.click("#tab-US")
    tab.click(".filters summary")
    for state, sites in found.groupby(found):
        tab.select_option("#find-state", state)
        assert _ranks(tab) == sorted(view.sites.loc[sites.index, "rank"])


@pytest.mark.parametrize(
    ("order", "column", "up"),
    [("minutes", "link_minutes", True), ("low", "score_low", False), ("weaker", "least", False)],
)
def test_rows_stand_in_the_order_asked_for(
    opened: Open, file: Path, view: View, order: str, column: str, up: bool
) -> None:
    tab = opened(file)
    tab.click(".filters summary")
    tab.select_option("#find-order", order)
    pairs = view.pairs.assign(least=view.pairs[["us_score", "mx_score"]].min(axis=1))
    sought = pairs.set_index("rank")[column].reindex(_ranks(tab)).to_numpy()
    assert (np.diff(sought) * (1 if up else -1) >= 0).all()
    assert len(sought) == len(pairs)


def test_an_order_of_pairs_alone_is_given_up_on_the_other_tabs(opened: Open, file: Path) -> None:
    tab = opened(file)
    tab.click(".filters summary")
    tab.select_option("#find-order", "minutes")
    tab.click("#tab-US")
    assert tab.input_value("#find-order") == "rank"
    assert tab.evaluate("sitesel.state().find.order") == "rank"
    tab.select_option("#find-order", "name")
    tab.click("#tab-pairs")
    assert tab.input_value("#find-order") == "name"


def test_nothing_found_says_so_and_offers_the_way_back(
    opened: Open, file: Path, view: View
) -> None:
    tab = opened(file)
    tab.fill("#search", "zzz <b>nowhere</b>")
    assert "Nothing here fits" in tab.inner_text(".rows")
    tab.click(".empty .textual")
    assert tab.locator(".row").count() == len(view.pairs)
    assert tab.evaluate("document.activeElement.id") == "search"
    assert tab.input_value("#search") == ""


def test_coordinates_open_the_cell_that_holds_them(opened: Open, file: Path, view: View) -> None:
    cells = view.cells
    assert cells is not None
    tab = opened(file)
    for number in (10, len(cells) // 2, len(cells) - 10):
        cell = cells.iloc[number]
        tab.fill("#search", f"{cell['lat']:.4f}, {cell['lon']:.4f}")
        tab.press("#search", "Enter")
        tab.wait_for_selector("#card:not([hidden])")
        assert abs(float(tab.inner_text(".headline > b")) - 100 * cell["score"]) < 0.75
        lat, lon = tab.inner_text(".headline span").split("·")[-1].split(",")
        assert abs(float(lat) - cell["lat"]) < 2e-4
        assert abs(float(lon) - cell["lon"]) < 2e-4
        tab.keyboard.press("Escape")


def test_a_cell_says_why_it_is_a_site_or_none(opened: Open, file: Path, view: View) -> None:
    cells, sites = view.cells, view.sites
    assert cells is not None
    mexican = sites[sites["side"] == "MX"]
    best, worst = mexican.loc[mexican["rank"].idxmin()], cells["score"].idxmin()
    built = cells[cells["verdict"] == "CONDITIONAL"].iloc[0]
    said = {
        f"{best['lat']}, {best['lon']}": f"Part of site number 1, {best['place']}",
        f"{cells.loc[worst, 'lat']}, {cells.loc[worst, 'lon']}": "below that of the last",
        f"{built['lat']}, {built['lon']}": "the gates say 'conditional'",
        "10.0, -150.0": "Nothing was measured here",
    }
    tab = opened(file)
    for spot, words in said.items():
        tab.fill("#search", spot)
        tab.press("#search", "Enter")
        assert words in tab.inner_text("#card .card-body")
        assert "Nearest port open to trucks" in tab.inner_text("#card")
        tab.keyboard.press("Escape")
    assert tab.wrong == []


def test_a_cell_names_the_verdict_of_each_gate_and_its_measures(
    opened: Open, file: Path, view: View
) -> None:
    cells = view.cells
    assert cells is not None
    assert view.values is not None
    tab = opened(file)
    measured = {"power": (0, 2500, "MW"), "labour": (5, 4e5, "people")}
    for verdict, said in {"PASS": "passes", "CONDITIONAL": "conditional"}.items():
        at = int((cells["verdict"] == verdict).to_numpy().argmax())
        tab.fill("#search", f"{cells['lat'].iloc[at]:.4f}, {cells['lon'].iloc[at]:.4f}")
        tab.press("#search", "Enter")
        gates = tab.locator(".gate summary").all_inner_texts()
        assert [line.split()[-1] for line in gates] == ["passes", said]
        for name, (column, most, unit) in measured.items():
            words = tab.text_content(f"[data-key={name}] .raw") or ""
            value = view.values[at, column]
            if value > 0.999:
                assert f"{most:,.0f} {unit} or more" in words
            else:
                shown = float(words.removeprefix("about ").split()[0].replace(",", ""))
                assert shown == pytest.approx(value * most, rel=0.06, abs=most / 250)
        tab.keyboard.press("Escape")


def test_a_town_is_found_by_its_name(opened: Open, file: Path) -> None:
    tab = opened(file)
    tab.fill("#search", "ciudad juarez")
    assert tab.inner_text(".offer >> nth=0") == "◎ Ciudad Juárez"
    tab.press("#search", "Enter")
    tab.wait_for_selector("#card:not([hidden])")
    assert "Mexico" in tab.inner_text(".headline")


@pytest.mark.parametrize(
    ("locale", "words", "title"),
    [("es-MX", "Zaragoza", "Zaragoza / Ysleta"), ("en-US", "Ysleta", "Ysleta / Zaragoza")],
)
def test_a_port_is_found_by_either_name_and_tells_of_itself(
    opened: Open, file: Path, locale: str, words: str, title: str
) -> None:
    tab = opened(file, locale=locale)
    for sought in ("zaragoza", "ysleta"):
        tab.fill("#search", sought)
        assert f"◎ {words}" in tab.locator(".offer").all_inner_texts()
    tab.click(f".offer:text-is('◎ {words}')")
    assert tab.inner_text("#card h2") == title
    tab.keyboard.press("Escape")
    assert words in tab.inner_text(".row .under >> nth=0")


def test_land_beside_sites_names_the_best_of_those_too_near(
    opened: Open, view: View, tmp_path: Path
) -> None:
    apart, sites, cells = 15, view.sites[view.sites["side"] == "MX"], view.cells
    assert cells is not None
    page.save(maps.build(replace(view, apart_km=apart)), tmp_path / "map.html")
    own = cells[(cells["side"] == "MX") & (cells["verdict"] == "PASS")]
    spots = gpd.GeoSeries(gpd.points_from_xy(own["x"], own["y"]), own.index, crs=WORKING_CRS)
    km = spots.apply(lambda spot: shapely.distance(spot, sites.geometry) / 1000)
    clear = (km.min(axis=1) > 1) & (own["score"] > sites["score"].min())
    near = km.loc[clear, sites.sort_values("rank").index].lt(apart - 2)
    best, nearest = near.idxmax(axis=1), km[clear].idxmin(axis=1)
    cell = near.index[near.any(axis=1) & (best != nearest)][0]
    tab = opened(tmp_path / "map.html")
    tab.fill("#search", f"{own.loc[cell, 'lat']}, {own.loc[cell, 'lon']}")
    tab.press("#search", "Enter")
    said = re.search(r"site number (\d+), (.*) \(score", tab.inner_text("#card .strong-line"))
    assert said is not None
    assert int(said[1]) == sites.loc[best[cell], "rank"]


def test_of_how_many_pairs_those_shown_are(opened: Open, file: Path, view: View) -> None:
    tab = opened(file)
    tab.fill("#search", "place 1")
    assert f"of the {len(view.pairs)} best pairs shown" in tab.inner_text("#found")
    tab.click("#tab-US")
    assert "best pairs" not in tab.inner_text("#found")
