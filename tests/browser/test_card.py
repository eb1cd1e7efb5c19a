"""The card of a pair, and the comparison."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from pyproj import Geod

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from sitesel.show.view import View
    from sitesel.study import Run

    Open = Callable[..., Page]


def _card(tab: Page, rank: int = 1) -> None:
    tab.click(f".row-head >> nth={rank - 1}")
    tab.click(".row.lit .more-button >> nth=0")


def test_bars_add_up_to_the_scores_of_both_sides(opened: Open, file: Path, view: View) -> None:
    tab = opened(file)
    _card(tab)
    pair = view.pairs.iloc[0]
    sums, most = [0.0, 0.0], [0.0, 0.0]
    for row in tab.locator(".criterion").all():
        for side in (0, 1):
            text = row.locator(".meters > *").nth(side).inner_text()
            found = re.search(r"([\d.]+|\?) / ([\d.]+)", text)
            if found and found[1] != "?":
                sums[side] += float(found[1])
                most[side] += float(found[2])
    assert most == pytest.approx([100, 100], abs=0.6)
    assert sums == pytest.approx([100 * pair["us_score"], 100 * pair["mx_score"]], abs=0.6)


def test_the_story_says_what_the_data_say(opened: Open, file: Path, view: View) -> None:
    tab = opened(file)
    site = view.sites.loc[view.pairs["mx_site"]]
    juarez = view.catalog.load("municipios").query("cvegeo == '08037'").geometry.iloc[0]
    rank = 1 + int(site.geometry.representative_point().within(juarez).to_numpy().argmax())
    _card(tab, rank)
    story = tab.inner_text(".story")
    assert "water in Juárez is scarce (overdraft" in story
    assert re.search(r"no wait has been measured at .+, so 20 minutes are assumed", story)
    tab.click("#language-es")
    assert "el agua en Juárez está escasa (sobreexplotación" in tab.inner_text(".story")


def test_trucks_by_year_are_those_of_the_tables(opened: Open, file: Path, view: View) -> None:
    ports = view.ports.set_index("port_id")
    counts = view.catalog.load("port_volumes")
    counts = counts[counts["customs_port"] == ports.loc["santa_teresa", "customs_port"]]
    tab = opened(file)
    rank = 1 + int((view.pairs["port"] == "santa_teresa").to_numpy().argmax())
    _card(tab, rank)
    said = tab.get_attribute("svg.trucks", "aria-label") or ""
    years = {
        int(year): int(trucks.replace(",", ""))
        for year, trucks in re.findall(r"(\d{4}): ([\d,]+)", said)
    }
    expected = dict(zip(counts["year"].astype(int), counts["trucks"].astype(int), strict=True))
    late = {year: ports.loc["santa_teresa", f"trucks_{year}"] for year in (2023, 2024, 2025)}
    assert years == expected | {year: int(n) for year, n in late.items() if pd.notna(n)}
    assert tab.locator("svg.trucks rect").count() == len(years)


@pytest.mark.parametrize("locale", ["en-US", "es-MX"])
def test_what_nobody_knows_of_a_port_is_said(opened: Open, file: Path, locale: str) -> None:
    tab = opened(file, locale=locale)
    _card(tab)
    facts = dict(
        zip(
            tab.locator(".port .facts dt").all_inner_texts(),
            tab.locator(".port .facts dd").all_inner_texts(),
            strict=True,
        )
    )
    lanes, fast, unknown = {
        "en-US": ("Number of lanes", "FAST lane", "not known"),
        "es-MX": ("Número de carriles", "Carril FAST", "se desconoce"),
    }[locale]
    assert facts[lanes] == unknown
    assert facts[fast] in {"yes", "no", "sí", unknown}


def test_customs_ports_of_several_bridges_lend_no_past(opened: Open, file: Path) -> None:
    tab = opened(file)
    tab.fill("#search", "ysleta")
    tab.fill("#search", "zaragoza")
    _card(tab)
    assert "2010" not in (tab.get_attribute("svg.trucks", "aria-label") or "")


def test_next_port_agrees_with_geodesics(opened: Open, file: Path, view: View) -> None:
    tab = opened(file)
    _card(tab)
    ports = view.ports[view.ports["open"]].set_index("port_id")
    own = ports.loc[view.pairs.iloc[0]["port"]]
    others = ports.drop(own.name)
    own_lon, own_lat = ([own[name]] * len(others) for name in ("lon", "lat"))
    far = Geod(ellps="WGS84").inv(own_lon, own_lat, others["lon"], others["lat"])[2]
    nearest = pd.Series(far, others.index).idxmin()
    found = re.search(r"Next port open to trucks\n(.+), ([\d.]+) km", tab.inner_text("#card"))
    assert found
    assert found[1] == others.loc[nearest, "name"]
    assert float(found[2]) == pytest.approx(min(far) / 1000, rel=0.005, abs=0.06)


def test_incentives_name_who_qualifies(opened: Open, file: Path) -> None:
    tab = opened(file)
    _card(tab)
    block = tab.locator(".incentives >> nth=0")
    assert block.get_attribute("open") is None
    block.locator("summary").click()
    assert "Who qualifies" in block.inner_text()
    assert "study's date" in block.inner_text()
    assert "nationwide" not in block.inner_text().replace("Nationwide", "")


def test_moved_rows_say_so_to_eyes_and_ears(opened: Open, file: Path) -> None:
    tab = opened(file)
    assert tab.locator(".moved").count() == 0
    name = tab.evaluate("Object.keys(window.sitesel.weights().criteria)[0]")
    tab.evaluate("name => window.sitesel.setWeights({criteria: {[name]: 0}})", name)
    tab.click("#tab-US")
    marks = tab.locator(".moved").all_inner_texts()
    assert marks
    for mark in marks:
        sign, steps = mark.strip()[0], re.search(r"\d+", mark)
        assert steps
        words = {"▲": f"up {steps[0]} places", "▼": f"down {steps[0]} places"}[sign]
        assert words.removesuffix(" places") in mark


def test_three_pairs_compared_by_keyboard(opened: Open, file: Path) -> None:
    tab = opened(file)
    for rank in (1, 3, 5):
        tab.focus(f".row-head >> nth={rank - 1}")
        tab.keyboard.press("Enter")
        tab.focus(".row.lit .compare-button")
        tab.keyboard.press("Enter")
        assert tab.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"
    tab.click(".row-head >> nth=7")
    assert tab.get_attribute(".row.lit .compare-button", "aria-disabled") == "true"
    tab.focus("#compare-open")
    tab.keyboard.press("Enter")
    heads = tab.locator(".comparison thead th").all_inner_texts()
    assert [head.split(".")[0] for head in heads[:3]] == ["1", "3", "5"]
    apart = tab.locator(".comparison tbody .apart").all_inner_texts()[5:]
    known = [float(text) for text in apart if text[0].isdigit()]
    assert known == sorted(known, reverse=True)
    assert max(known) > 0
    tab.locator(".comparison .remove").nth(1).focus()
    tab.keyboard.press("Enter")
    assert tab.locator(".comparison thead th").count() == 3
    tab.keyboard.press("Escape")
    tab.wait_for_selector("#compare", state="detached")  # the close event comes in a later task
    assert tab.evaluate("document.activeElement.id") == "compare-open"
    tab.click(".tray .plain >> nth=1")
    assert tab.is_hidden(".tray")
    assert tab.wrong == []


@pytest.mark.parametrize("wide", [390, 1440])
def test_what_lies_behind_the_card_cannot_be_reached(opened: Open, file: Path, wide: int) -> None:
    tab = opened(file, wide=wide)
    _card(tab)
    assert tab.locator("#ranking[inert], #weights[inert], #foot[inert]").count() == 3
    tab.focus("#card h2")
    reached = set()
    for _ in range(60):
        tab.keyboard.press("Tab")
        reached.add(tab.evaluate("document.activeElement.closest('#panel > *')?.id ?? ''"))
    assert reached <= {"card", ""}
    tab.keyboard.press("Escape")
    assert tab.locator("#panel [inert]").count() == 0
    assert tab.evaluate("document.activeElement.className") == "more-button"


@pytest.mark.parametrize("language", ["en-US", "es-MX"])
def test_nothing_overflows_on_a_phone(opened: Open, file: Path, language: str) -> None:
    tab = opened(file, wide=390, high=844, locale=language)
    _card(tab)
    tab.evaluate("document.querySelectorAll('#card details').forEach(one => { one.open = true; })")
    room = tab.evaluate("[...document.querySelectorAll('#card')].map(n => n.scrollWidth)[0]")
    assert room == 390
    assert tab.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize(
    ("locale", "words"), [("en-US", "Land here"), ("es-MX", "El terreno aquí")]
)
def test_the_card_of_a_zone_leads_to_the_land_below(
    opened: Open, file: Path, locale: str, words: str
) -> None:
    tab = opened(file, locale=locale)
    tab.click("#layers-room summary")
    tab.check("[data-layer=free_zone_north]")
    box = tab.locator(".folium-map").bounding_box()
    assert box
    for across in range(40, 70):
        spot = (box["x"] + box["width"] * across / 100, box["y"] + box["height"] * 0.7)
        tab.mouse.click(*spot)
        if tab.locator("#land-here").count():
            break
        tab.keyboard.press("Escape")
    assert tab.inner_text("#land-here") == words
    tab.focus("#land-here")
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.closest('#card') !== null")
    land = tab.inner_text("#card .headline")
    assert tab.locator("#land-here").count() == 0
    tab.keyboard.press("Escape")
    tab.uncheck("[data-layer=free_zone_north]")
    tab.mouse.click(*spot)
    assert tab.inner_text("#card .headline") == land
    assert tab.wrong == []


def test_the_card_of_a_zone_out_of_reach_leads_nowhere(opened: Open, file: Path) -> None:
    tab = opened(file)
    tab.click("#layers-room summary")
    tab.check("[data-layer=free_zone_north]")
    tab.evaluate("location.hash = '#lang=en&layers=free_zone_north&at=32.45,-115.6,9'")
    tab.wait_for_timeout(400)
    box = tab.locator(".folium-map").bounding_box()
    assert box
    tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert "in force" in tab.inner_text("#card .strong-line")
    assert tab.locator("#land-here").count() == 0


TOLD = {
    "en": ("Asking price\n249,999.50 USD", "Zoning\n<img src=x onerror=alert(1)>",
           "Offered\nJun 30, 2026", "sewer\nyes", "ZIP code\n79936", "Lots for sale"),
    "es": ("Precio pedido\n249,999.50 USD", "Uso de suelo\n<img src=x onerror=alert(1)>",
           "En oferta\n30 jun 2026", "sewer\nsí", "Código postal\n79936", "Predios en venta"),
}  # fmt: skip


def test_what_is_told_of_a_parcel_stands_on_cards_and_paper(opened: Open, told_run: Run) -> None:
    tab = opened(told_run.folder / "map.html", wide=390, high=844)
    for language, said in TOLD.items():
        tab.click(f"#language-{language}")
        tab.evaluate("sitesel.select('u1')")
        _open_card(tab)
        told = tab.inner_text("#card .told")
        assert [words for words in said if words not in told] == []
        assert tab.locator("#card .told img").count() == 0
    tab.evaluate("sitesel.select('u3/m1')")
    _open_card(tab)
    rows = tab.locator("#card .told dd").all_inner_texts()
    assert rows[:2] + rows[6:9] == [
        "1,234,567.25 USD", "sin datos", "16,777,217.00 USD", '=HYPERLINK("http://x")', "sin datos",
    ]  # fmt: skip
    assert tab.locator("#card .told h4").all_inner_texts() == ["Estados Unidos", "México"]
    assert tab.evaluate("document.querySelector('#card').scrollWidth") == 390
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    sheet = tab.text_content("#sheet") or ""
    assert "Precio pedido: 16,777,217.00 USD · Uso de suelo: =HYPERLINK" in sheet
    assert "Predios en venta" in (tab.text_content("#sheet footer ol") or "")
    assert tab.wrong == []


def _open_card(tab: Page) -> None:
    tab.click(".row.lit .more-button >> nth=0")
