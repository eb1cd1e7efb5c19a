"""The page as a reader meets it: opened from disk in Chromium, with no network."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import folium
import numpy as np
import pytest
import sample
import shapely
from markupsafe import Markup
from pyproj import Transformer

from sitesel.catalog.layers import Catalog
from sitesel.crs import LONLAT, WORKING_CRS
from sitesel.resources import shipped
from sitesel.show import maps, page, payload, surface

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from sitesel.show.view import View

    Open = Callable[..., Page]

TRAP = "<img src=x onerror='window.hacked=1'></script><b>`${window.hacked=1}` \"\\ \u202eنص 🏭"
ENDLESS = TRAP + "m" * (10_000 - len(TRAP))


def test_opens_without_asking_anyone(opened: Open, file: Path) -> None:
    tab = opened(file)
    assert tab.asked == [file.as_uri()]
    assert tab.wrong == []


def test_online_background_is_the_only_way_out(opened: Open, file: Path) -> None:
    tab = opened(file)
    tab.click("#layers-room summary")
    tab.check("[data-layer=online]")
    tab.wait_for_timeout(500)
    remote = {url.split("/")[2] for url in tab.asked if url.startswith("http")}
    assert remote == {"tile.openstreetmap.org"}


def test_surface_is_painted_where_the_cells_are(opened: Open, file: Path, view: View) -> None:
    tab = opened(file)
    cells = view.cells
    assert cells is not None
    counted = tab.evaluate(
        """() => { const canvas = document.querySelectorAll(".leaflet-overlay-pane canvas")[1];
        const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        let green = 0;
        for (let i = 0; i < pixels.length; i += 4)
          if (pixels[i + 1] - pixels[i] > 25 && pixels[i + 3] === 255) green++;
        return green; }"""
    )
    assert counted > 20_000


def test_the_canvas_lies_on_whole_pixels(opened: Open, file: Path) -> None:
    tab = opened(file)
    shift = tab.evaluate(
        """() => {
        const map = window[Object.keys(window).find(key => /^map_\\d+$/.test(key))];
        map.setView([31.72, -106.45], 10, {animate: false});
        return document.querySelector(".leaflet-overlay-pane canvas").style.transform; }"""
    )
    assert re.fullmatch(r"translate3d\((-?\d+px,? ?){3}\)", shift)


def test_grid_projection_agrees_with_proj(browser: Browser) -> None:
    tab = browser.new_page()
    tab.add_script_tag(content=page._module(page._asset("js/albers.js")))
    conic = WORKING_CRS.coordinate_operation
    assert conic is not None
    axes = {item.name: item.value for item in conic.params}
    grid = {name: axes[words] for name, words in surface._AXES.items()}
    grid |= {"a": 6378137.0, "f": 1 / 298.257223563}
    random = np.random.default_rng(3)
    lon, lat = random.uniform(-119, -92, 300), random.uniform(15, 35, 300)
    got = tab.evaluate(
        """([axes, lon, lat]) => {
        const at = albers(axes);
        return lon.map((x, n) => at.xy(x, lat[n])); }""",
        [grid, lon.tolist(), lat.tolist()],
    )
    x, y = Transformer.from_crs(LONLAT, WORKING_CRS, always_xy=True).transform(lon, lat)
    np.testing.assert_allclose(np.array(got), np.column_stack([x, y]), atol=1e-5)
    tab.close()


def test_shapes_are_read_as_they_were_written(browser: Browser) -> None:
    tab = browser.new_page()
    tab.add_script_tag(content=page._module(page._asset("js/payload.js")))
    shapes = [shapely.Point(-106.5, 31.75), shapely.box(-107, 31, -106, 32), shapely.Point(-97, 26)]
    stream = payload.geometry_stream(shapes, 1e-4)
    got = tab.evaluate(
        """steps => shapes(new Int32Array(steps), 1e-4).map(
        one => [one.parts.map(part => part.length / 2).join(), ...one.box])""",
        stream.tolist(),
    )
    assert [row[0] for row in got] == ["1", "5", "1"]
    lon = [(x - 0.5) * 360 for x in (got[0][1], got[1][1], got[1][3], got[2][1])]
    assert lon == pytest.approx([-106.5, -107, -106, -97])
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * got[1][2]))))
    assert lat == pytest.approx(32)
    tab.close()


def test_a_row_opens_its_reasons_and_its_card(opened: Open, file: Path, view: View) -> None:
    tab = opened(file)
    tab.click(".row-head >> nth=1")
    assert tab.get_attribute(".row.lit .row-head", "aria-expanded") == "true"
    said = tab.text_content(".row.lit .more")
    pair = view.pairs.sort_values("rank").iloc[1]
    for site in (view.sites.loc[pair["us_site"]], view.sites.loc[pair["mx_site"]]):
        for phrases in sample.spoken(site):
            assert ", ".join(phrases) in said
    tab.click(".more-button")
    assert tab.locator(".criterion").count() == len(view.criteria)
    assert "scarce here" in tab.inner_text(".criteria")
    tab.click(".criterion summary >> nth=0")
    assert "World Resources Institute" in tab.inner_text(".criterion[open]")
    assert "grade" in tab.inner_text(".criterion[open] .source")
    tab.keyboard.press("Escape")
    assert tab.is_hidden("#card")
    assert tab.wrong == []


def test_a_mark_on_the_map_lights_its_row(opened: Open, file: Path, view: View) -> None:
    tab = opened(file)
    tab.click("#tab-MX")
    site = view.sites[view.sites["side"] == "MX"].sort_values("rank").iloc[2]
    x, y = tab.evaluate(
        """([lat, lon]) => {
        const map = window[Object.keys(window).find(key => /^map_\\d+$/.test(key))];
        map.setView([lat, lon], 11, {animate: false});
        const point = map.latLngToContainerPoint([lat, lon]);
        const box = map.getContainer().getBoundingClientRect();
        return [box.x + point.x, box.y + point.y]; }""",
        [site["lat"], site["lon"]],
    )
    tab.wait_for_timeout(200)
    tab.mouse.move(x + 2, y + 2)
    tab.wait_for_selector("#tip:not([hidden])")
    assert ", ".join(sample.spoken(site).strong) in tab.inner_text("#tip")
    tab.mouse.click(x + 2, y + 2)
    assert tab.locator(".row.lit").count() == 1
    assert site["place"] in tab.text_content(".row.lit .title")


NAMES = """() => { window.names = [];
const text = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (words, x, y) {
  const wide = this.measureText(words).width;
  const left = x - (this.textAlign === "center" ? wide / 2 : 0);
  window.names.push([words, left, y - 5, left + wide, y + 5]);
  text.apply(this, arguments); }; }"""


@pytest.mark.parametrize("zoom", [9, 11])
def test_states_are_named_in_a_close_view_and_no_name_lies_on_another(
    opened: Open, file: Path, zoom: int
) -> None:
    tab = opened(file, before=f"({NAMES})()")
    tab.evaluate(
        """zoom => { window.names.length = 0;
        const map = window[Object.keys(window).find(key => /^map_\\d+$/.test(key))];
        map.setView([31.72, -106.45], zoom, {animate: false}); }""",
        zoom,
    )
    tab.wait_for_timeout(300)
    drawn = [tuple(name) for name in tab.evaluate("names")]
    words = [name[0] for name in drawn]
    assert words.count("CHIHUAHUA") == words.count("TEXAS") == 1
    boxes = np.array([name[1:] for name in set(drawn)])
    left, top, right, bottom = (boxes[:, side] for side in range(4))
    meets = (left[:, None] < right) & (left < right[:, None])
    meets &= (top[:, None] < bottom) & (top < bottom[:, None])
    assert meets.sum() == len(boxes)


def test_states_on_the_map_bear_their_spanish_names_once_asked(opened: Open, file: Path) -> None:
    tab = opened(file, before=f"({NAMES})()", after="#at=32.2,-106.6,8.2")
    tab.wait_for_timeout(300)
    assert "NEW MEXICO" in {name[0] for name in tab.evaluate("names")}
    tab.evaluate("window.names.length = 0")
    tab.click("#language-es")
    tab.wait_for_timeout(300)
    words = {name[0] for name in tab.evaluate("names")}
    assert "NUEVO MÉXICO" in words
    assert "NEW MEXICO" not in words


def test_best_set_uses_each_site_once(opened: Open, file: Path, view: View) -> None:
    tab = opened(file)
    assert tab.locator(".row").count() == len(view.pairs)
    tab.check("#set-only", force=True)
    titles = tab.locator(".row .title").all_inner_texts()
    assert len(titles) == view.pairs["set_rank"].notna().sum()
    ends = [end for title in titles for end in title.split("⇄")]
    assert len(ends) == len({end.strip() for end in ends})
    ranks = [int(text) for text in tab.locator(".row .rank").all_inner_texts()]
    assert ranks == sorted(view.pairs.loc[view.pairs["set_rank"].notna(), "rank"]), "as on the card"


def test_every_word_turns_spanish(opened: Open, file: Path) -> None:
    tab = opened(file)
    english = _own_words(tab)
    tab.click("#language-es")
    spanish = _own_words(tab)
    assert tab.evaluate("document.documentElement.lang") == "es"
    assert tab.title() == "Zonas espejo, muestra"
    same = {"OpenStreetMap", "US", "MX", "EN", "ES", "English", "Español", "+", "?"}
    left = {word for word in english & spanish if re.search(r"[A-Za-z]{4}", word)} - same
    assert left == set()


def _own_words(tab: Page) -> set[str]:
    """Texts and names of controls that come from us, not from data."""
    places = "#top button, #weights, .tabs button, .switch, #legend-room p, #foot p:first-child"
    return set(
        tab.evaluate(
            """places => [...document.querySelectorAll(places)].flatMap(node =>
            [...node.innerText.split("\\n"), node.getAttribute("aria-label") ?? ""])
            .map(text => text.trim())""",
            places,
        )
    )


def test_spanish_reader_starts_in_spanish(opened: Open, file: Path) -> None:
    tab = opened(file, locale="es-MX")
    assert tab.evaluate("document.documentElement.lang") == "es"
    assert tab.inner_text("#tab-pairs") == "Pares"


def test_sources_name_grade_and_licence_of_every_layer(opened: Open, file: Path) -> None:
    tab = opened(file)
    tab.click("#sources-button")
    items = tab.locator(".source-list > li")
    assert items.count() > 10
    for text in items.all_inner_texts():
        assert re.match(r"[ABCD]\s", text)
        assert "Licence" in text
    assert "ODbL" in tab.inner_text("#sources")


def test_tabs_move_by_arrow_keys(opened: Open, file: Path) -> None:
    tab = opened(file)
    tab.focus("#tab-pairs")
    tab.keyboard.press("ArrowRight")
    assert tab.get_attribute("#tab-US", "aria-selected") == "true"
    assert tab.evaluate("document.activeElement.id") == "tab-US"


def test_phone_has_map_above_and_list_below(opened: Open, file: Path) -> None:
    tab = opened(file, wide=390, high=844)
    assert tab.evaluate("document.documentElement.scrollWidth") == 390
    map_box = tab.locator(".folium-map").bounding_box()
    list_box = tab.locator(".rows").bounding_box()
    assert map_box is not None
    assert list_box is not None
    assert map_box["height"] > 300
    assert list_box["y"] > map_box["y"] + 300
    assert list_box["height"] > 200


@pytest.mark.parametrize("lacking", ["window.DecompressionStream", "window.Response",
                                     "Blob.prototype.stream", "Intl.NumberFormat",
                                     "Element.prototype.replaceChildren"])  # fmt: skip
def test_old_browser_reads_a_sentence(opened: Open, file: Path, lacking: str) -> None:
    _reads_a_sentence(opened(file, before=f"delete {lacking}", wait="#notice:not([hidden])"))


def test_browser_that_cannot_read_our_script_says_so(
    opened: Open, file: Path, tmp_path: Path
) -> None:
    """What is new in the language stops the whole script, not one call of it."""
    text = file.read_text("utf-8").replace('"Content-Security-Policy"', '"x"', 1)
    unread = text.replace("window.sitesel = (() => {", "window.sitesel ?!= (() => {", 1)
    assert unread != text
    path = tmp_path / "unread.html"
    path.write_text(unread, encoding="utf-8")
    _reads_a_sentence(opened(path, wait="#notice:not([hidden])"))


def _reads_a_sentence(tab: Page) -> None:
    assert "too old" in tab.inner_text("#notice")
    assert "demasiado antiguo" in tab.inner_text("#notice")
    width, height = tab.viewport_size["width"], tab.viewport_size["height"]
    box = {"x": 0, "y": 0, "width": width, "height": height}
    assert tab.locator("#notice").bounding_box() == box  # nothing half built is in sight


@pytest.fixture(scope="module")
def hostile_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _hostile_page(tmp_path_factory.mktemp("hostile"), TRAP)


@pytest.fixture(scope="module")
def endless_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page on which every text of the data has 10,000 characters, nearly all without a gap."""
    return _hostile_page(tmp_path_factory.mktemp("endless"), ENDLESS)


def _hostile_page(folder: Path, trap: str) -> Path:
    layers = folder / "layers" / "zones"
    layers.mkdir(parents=True)
    table = "name,lon,lat\n" + f'"{trap.replace(chr(34), chr(34) * 2)}",-106.69,31.85\n'
    (layers / "hostile.csv").write_text(table, encoding="utf-8")
    said = re.sub(r"([\"\\])", r"\\\1", trap)
    (layers / "hostile.yaml").write_text(_DEFINITION.replace("TRAP", said), encoding="utf-8")
    catalog = Catalog(shipped("layers"), folder / "layers")
    view = sample.view(
        ports=("santa_teresa",),
        within_km=15,
        per_side=3,
        layer_ids=("hostile",),
        hostile=trap,
        catalog=catalog,
    )
    path = folder / "map.html"
    fmap = maps.build(view)
    _hostile_folium(fmap, trap)
    page.save(fmap, path)
    return path


_DEFINITION = """
id: hostile
title: "TRAP"
summary: "TRAP"
geometry: {kind: points}
file: hostile.csv
label: name
publisher: "TRAP"
source: "TRAP"
source_url: "javascript:window.hacked=1"
licence: "TRAP"
attribution: "TRAP"
vintage: "TRAP"
quality: D
quality_why: "TRAP"
share_alike: true
map: {show: true}
"""


def _hostile_folium(fmap: folium.Map, trap: str) -> None:
    point = {"type": "Point", "coordinates": [-106.4, 31.7]}
    feature = {"type": "Feature", "properties": {"name": trap}, "geometry": point}
    shapes = {"type": "FeatureCollection", "features": [feature]}
    marker = folium.CircleMarker([31.8, -106.5])
    folium.GeoJson(shapes, marker=marker, tooltip=folium.GeoJsonTooltip(["name"])).add_to(fmap)
    folium.CircleMarker([31.9, -106.6], tooltip=trap).add_to(fmap)


_ALL_TOOLTIPS = """() => {
for (const key in window)
  if (/^(circle_marker|geo_json)_/.test(key)) window[key].openTooltip?.(); }"""


def test_hostile_names_are_shown_and_never_run(opened: Open, hostile_file: Path) -> None:
    tab = opened(hostile_file)
    for step in ("#tab-US", ".row-head >> nth=0", ".more-button", "#language-es"):
        tab.click(step)
    tab.keyboard.press("Escape")
    for row in (1, 2):
        tab.click(f".row-head >> nth={row}")
        tab.click(".row.lit .compare-button")
    tab.click("#compare-open")
    assert TRAP[:20] in tab.inner_text(".comparison")
    tab.keyboard.press("Escape")
    tab.fill("#search", TRAP)
    tab.click("#layers-room summary")
    tab.keyboard.press("Escape")
    tab.evaluate(_ALL_TOOLTIPS)
    tab.wait_for_timeout(300)
    _harmless(tab)
    start = TRAP.split("</script>", maxsplit=1)[0]
    assert start in tab.inner_text(".row .title >> nth=0")
    assert tab.inner_text(".leaflet-tooltip-pane").count(start) == 2
    tab.click("#sources-button")
    _harmless(tab)
    assert tab.locator("a[href^='javascript']").count() == 0
    assert tab.asked == [hostile_file.as_uri()]


# What is in sight and taller than the window, wider than it, or takes more of the list than a row.
_BURST = """() => {
const bad = [];
for (const node of document.querySelectorAll(".row, .layer, .comparison thead, header, dialog, #tip")) {
  const box = node.getBoundingClientRect();
  if (!node.checkVisibility() || !box.height) continue;
  const tall = box.height > innerHeight * 0.75 && node.tagName !== "DIALOG";
  if (tall || box.height > innerHeight || box.width > Math.max(innerWidth, 520)) bad.push(node.className || node.tagName);
}
const field = [...document.querySelectorAll(".card-body :is(p, dd, h3, li > span)")];
bad.push(...field.filter(node => node.checkVisibility() && node.getBoundingClientRect().height > innerHeight * 0.75).map(node => node.outerHTML.slice(0, 90)));
if (document.documentElement.scrollWidth > innerWidth) bad.push("the page scrolls sideways");
if (document.documentElement.scrollHeight > innerHeight) bad.push("the page scrolls");
return bad; }"""  # noqa: E501


@pytest.mark.parametrize(("wide", "high"), [(1440, 900), (390, 844)])
def test_endless_texts_leave_the_page_whole(
    opened: Open, endless_file: Path, wide: int, high: int
) -> None:
    tab = opened(endless_file, wide=wide, high=high)

    def whole() -> None:
        assert tab.evaluate(_BURST) == []

    whole()
    tab.click("#tab-US")
    for row in (1, 2):
        tab.click(f".row-head >> nth={row}")
        tab.click(".row.lit .compare-button")
    whole()
    tab.click("#compare-open")
    whole()
    tab.keyboard.press("Escape")
    tab.wait_for_selector("dialog", state="detached")
    tab.click(".row.lit .more-button")
    tab.evaluate("document.querySelectorAll('#card details').forEach(one => { one.open = true; })")
    whole()
    tab.click("#card .close")
    for button in ("sources-button", "kpi-button"):
        tab.click(f"#{button}")
        whole()
        tab.click("dialog .close")
        tab.wait_for_selector("dialog", state="detached")
    tab.click("#layers-room summary")
    whole()
    tab.click("[data-layer=hostile]")
    tab.click("#layers-room summary")
    tab.evaluate(_ALL_TOOLTIPS)
    tab.click("#language-es")
    whole()
    _harmless(tab)


def _harmless(tab: Page) -> None:
    assert tab.evaluate("window.hacked") is None
    assert tab.locator("img[src='x']").count() == 0
    assert tab.wrong == []


@pytest.mark.parametrize("how", ["tooltip", "property"])
def test_without_the_gate_it_would_run(
    opened: Open, view: View, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """The tests above can fail: with the gate open, the same names get through."""
    monkeypatch.setattr(page, "gate", lambda text: Markup(text))  # noqa: PLW0108
    fmap = maps.build(view)
    trap = "`+(window.hacked=1)+`" if how == "tooltip" else "<img src=x>"
    point = {"type": "Point", "coordinates": [-106.4, 31.7]}
    feature = {"type": "Feature", "properties": {"name": trap}, "geometry": point}
    if how == "tooltip":
        folium.CircleMarker([31.9, -106.6], tooltip=trap).add_to(fmap)
    else:
        marker = folium.CircleMarker([31.8, -106.5])
        shapes = {"type": "FeatureCollection", "features": [feature]}
        folium.GeoJson(shapes, marker=marker, tooltip=folium.GeoJsonTooltip(["name"])).add_to(fmap)
    path = tmp_path / "map.html"
    page.save(fmap, path)
    tab: Any = opened(path)
    tab.evaluate(_ALL_TOOLTIPS)
    got = tab.evaluate("window.hacked") or tab.locator("img[src='x']").count()
    assert got == 1
