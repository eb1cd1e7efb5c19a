"""What a careful reader stumbles over: focus, dots on marks, half links, bare dates."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import sample

from sitesel.records import Text
from sitesel.show import maps, page
from sitesel.show.told import Told

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from sitesel.catalog.layers import Catalog
    from sitesel.show.view import View

    Open = Callable[..., Page]

# Names, and dots of towns (the only shapes 4 pixels wide); fresh whenever the canvas is wiped.
WATCH = """(() => { window.names = []; window.dots = []; window.marks = [];
const pen = CanvasRenderingContext2D.prototype;
const [text, fill, clear] = [pen.fillText, pen.fill, pen.clearRect];
pen.clearRect = function () { names = []; dots = []; marks = []; clear.apply(this, arguments); };
window.Path2D = class extends Path2D {
  constructor(said) { super(...(said ? [said] : [])); this.said = said ?? ""; } };
pen.fill = function (path) {
  const [x, y] = [0, 1].map(axis => {
    const at = path.said.match(/[\\d.e-]+/g)?.filter((_, n) => n % 2 === axis).map(Number) ?? [];
    return [Math.min(...at), Math.max(...at)]; });
  if (Math.abs(x[1] - x[0] - 4) < 0.01) dots.push([(x[0] + x[1]) / 2, (y[0] + y[1]) / 2]);
  fill.apply(this, arguments); };
pen.fillText = function (words, x, y) {
  const wide = this.measureText(words).width;
  if (/^\\d+$/.test(words)) marks.push([x - 9, y - 9, x + 9, y + 9]);
  else if (this.textAlign === "left") names.push([x, y - 6, x + wide, y + 6]);
  text.apply(this, arguments); }; })()"""


@pytest.mark.parametrize("zoom", [7.5, 9, 10.5])
def test_dots_of_towns_lie_on_no_mark_and_no_name(opened: Open, file: Path, zoom: float) -> None:
    tab = opened(file, before=WATCH, after=f"#tab=pairs&at=31.72,-106.45,{zoom}")
    tab.evaluate("sitesel.setWeights({})")  # paint again
    tab.wait_for_timeout(300)
    dots = np.array(tab.evaluate("dots"))
    assert len(dots) > 3
    for left, top, right, bottom in tab.evaluate("[...marks, ...names]"):
        on = (dots[:, 0] > left) & (dots[:, 0] < right) & (dots[:, 1] > top) & (dots[:, 1] < bottom)
        assert not on.any()


def test_a_chosen_row_comes_into_sight_with_its_buttons(opened: Open, file: Path) -> None:
    tab = opened(file, high=760)
    tab.click(".row-head >> nth=1")
    tab.wait_for_timeout(300)
    row, rows = (tab.locator(one).bounding_box() for one in (".row.lit", "#rows"))
    assert row is not None
    assert rows is not None
    assert row["y"] >= rows["y"] - 1
    assert row["y"] + min(row["height"], rows["height"]) <= rows["y"] + rows["height"] + 1


def test_a_site_that_the_search_hides_shows_its_row_when_chosen(opened: Open, file: Path) -> None:
    tab = opened(file)
    tab.click("#tab-MX")
    tab.fill("#search", "nothing of that name")
    assert tab.locator(".row").count() == 0
    tab.evaluate("sitesel.select(sitesel.ranking('mx')[2].id)")
    assert tab.locator(".row.lit").count() == 1
    assert tab.input_value("#search") == ""


def test_escape_takes_the_focus_nowhere_else(opened: Open, file: Path) -> None:
    tab = opened(file)
    tab.fill("#search", "31.85, -106.6")
    tab.press("#search", "Enter")
    tab.keyboard.press("Escape")
    tab.focus("#profile")
    tab.keyboard.press("Escape")
    assert tab.evaluate("document.activeElement.id") == "profile"
    tab.click(".menu summary")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Escape")
    assert tab.evaluate("document.activeElement.parentElement.className") == "menu"


def test_what_a_link_does_not_name_is_as_in_the_file(opened: Open, file: Path) -> None:
    whole = opened(file).evaluate("sitesel.state()")
    weighed = opened(file, after="#groups.water=0.7").evaluate("sitesel.state()")
    assert weighed["weights"]["groups"] == whole["weights"]["groups"] | {"water": 0.7}
    bare = opened(file, after="#layers=rivers").evaluate("sitesel.state()")
    assert (bare["layers"], bare["surface"]) == (["rivers"], False)
    for state in (weighed, bare):
        assert (state["tab"], state["language"]) == (whole["tab"], whole["language"])


def test_the_map_stops_where_there_is_nothing_finer(opened: Open, file: Path) -> None:
    tab = opened(file, after="#tab=pairs&at=31.72,-106.45,99")
    assert tab.evaluate("sitesel.state().view.zoom") <= 18
    assert "leaflet-disabled" in (tab.get_attribute(".leaflet-control-zoom-in", "class") or "")


def test_the_tip_stays_on_the_map_and_goes_with_a_click(
    opened: Open, file: Path, view: View
) -> None:
    tab = opened(file)
    tab.evaluate(
        """spot => {
        const map = window[Object.keys(window).find(key => /^map_\\d+$/.test(key))];
        const corner = map.latLngToContainerPoint(spot).subtract(map.getSize()).add([30, 30]);
        map.panBy(corner, { animate: false }); }""",
        view.sites[["lat", "lon"]].iloc[0].tolist(),
    )
    tab.wait_for_timeout(300)
    box = tab.locator(".folium-map").bounding_box()
    assert box is not None
    spot = box["x"] + box["width"] - 30, box["y"] + box["height"] - 30
    tab.mouse.move(spot[0] - 3, spot[1])
    tab.wait_for_timeout(60)
    tab.mouse.move(*spot)
    tip = tab.locator("#tip").bounding_box()
    assert tip is not None
    assert tip["x"] + tip["width"] < spot[0]
    assert tip["y"] + tip["height"] < spot[1]
    tab.mouse.click(*spot)
    assert tab.locator("#tip").is_hidden()
    assert tab.locator(".row.lit").count() == 1


def test_a_double_click_goes_closer_and_opens_no_card(opened: Open, file: Path) -> None:
    tab = opened(file)
    tab.fill("#search", "31.85, -106.6")
    tab.press("#search", "Enter")
    tab.keyboard.press("Escape")
    zoom = tab.evaluate("sitesel.state().view.zoom")
    box = tab.locator(".folium-map").bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2 + 20, box["y"] + box["height"] / 2 + 20
    tab.mouse.click(*middle)
    assert tab.locator("#card").is_visible()
    tab.mouse.dblclick(*middle)
    tab.wait_for_timeout(600)
    assert tab.locator("#card").is_hidden()
    assert tab.evaluate("sitesel.state().view.zoom") > zoom


def test_the_menu_closes_when_something_else_is_pressed(opened: Open, file: Path) -> None:
    tab = opened(file)
    tab.click(".menu > summary")
    tab.click("#save-weights")
    assert tab.locator(".menu[open]").count() == 1
    tab.click("#top h1")
    assert tab.locator(".menu[open]").count() == 0
    tab.click(".menu > summary")
    assert tab.locator(".menu[open]").count() == 1


def test_a_frame_that_is_shown_late_has_its_map_then(
    opened: Open, file: Path, tmp_path: Path
) -> None:
    """As in a closed tab of another page: it has no room when loaded, nor when closed again."""
    host = tmp_path / "host.html"
    frame = f'<iframe src="{file.as_uri()}" style="width: 1200px; height: 800px"></iframe>'
    host.write_text(f'<div style="display: none">{frame}</div>', "utf-8")
    tab = opened(host, wait="iframe")
    inner = tab.frames[1]
    inner.wait_for_load_state()
    assert inner.query_selector("body[data-ready]") is None
    assert inner.query_selector("#notice[hidden]")
    show = "way => { document.querySelector('div').style.display = way; }"
    tab.evaluate(show, "block")
    inner.wait_for_selector("body[data-ready]", state="attached")
    view = inner.evaluate("sitesel.state().view")
    tab.evaluate(show, "none")
    tab.wait_for_timeout(300)
    tab.evaluate(show, "block")
    tab.wait_for_timeout(300)
    assert inner.evaluate("sitesel.state().view") == view
    painted = "() => document.querySelector('canvas.marks').width > 1000"
    assert inner.evaluate(painted)
    assert tab.wrong == []


def test_an_interval_stands_only_where_something_is_unknown(
    opened: Open, file: Path, view: View
) -> None:
    tab = opened(file)
    tab.click("#tab-US")
    sites = view.sites[view.sites["side"] == "US"].sort_values("rank")
    low, high = sites["score_low"], sites["score_high"]
    assert (low == high).any()
    assert (low < high).any()
    for text, sure in zip(tab.locator(".row .score").all_inner_texts(), low == high, strict=True):
        bounds = re.findall(r"(\d+)[^\d\s](\d+)", text)
        assert bounds == [] if sure else len(bounds) == 1
    tab.click(f".row-head >> nth={int((low == high).to_numpy().argmax())}")
    tab.click(".row.lit .more-button >> nth=0")
    assert "unknown at its worst" not in tab.inner_text("#card .headline")


def test_the_weight_of_a_criterion_is_that_of_its_side(opened: Open, file: Path) -> None:
    tab = opened(file)
    tab.click(".row-head >> nth=0")
    tab.click(".row.lit .more-button >> nth=0")
    row = tab.locator('.criterion[data-key="ftz"]')
    most = re.search(r"/ ([\d.]+)", row.locator(".meters").inner_text())
    assert most is not None
    row.locator("summary").click()
    assert f"weight {most[1]} %" in row.inner_text()
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    cells = tab.locator("#sheet tbody tr", has_text="Trade zone").locator("td").all_text_contents()
    assert cells[0] == f"{most[1]} %"


def test_a_slider_that_could_change_nothing_stands_still(opened: Open, file: Path) -> None:
    tab = opened(file)
    assert tab.is_disabled('[data-weight="criteria.labour"]')
    assert tab.is_enabled('[data-weight="groups.labour"]')
    assert tab.is_enabled('[data-weight="criteria.grid"]')


@pytest.mark.parametrize(("locale", "said"), [("en-US", "Dec 31, 2028"), ("es-MX", "31 dic 2028")])
def test_dates_of_a_feature_follow_the_language(
    opened: Open, file: Path, locale: str, said: str
) -> None:
    tab = opened(file, locale=locale)
    tab.click("#layers-room summary")
    tab.uncheck("[data-layer=surface]")
    tab.check("[data-layer=opportunity_zones]")
    tab.wait_for_timeout(200)
    box = tab.locator(".folium-map").bounding_box()
    assert box is not None
    for across in range(40, 60):
        tab.mouse.click(box["x"] + box["width"] * across / 100, box["y"] + box["height"] * 0.45)
        if tab.is_visible("#card") and "2028" in tab.inner_text("#card"):
            break
        tab.keyboard.press("Escape")
    assert said in tab.inner_text("#card .facts")
    assert "2028-12-31" not in tab.inner_text("#card .facts")


@pytest.mark.parametrize(
    ("layer", "said"), [("power_plants", "In operation on"), ("ftz_service_areas", "In force on")]
)
def test_a_plant_is_in_operation_and_a_zone_in_force(
    opened: Open, file: Path, view: View, layer: str, said: str
) -> None:
    shapes = view.catalog.load(layer).to_crs(4326).cx[-106.9:-106.2, 31.5:32.0]
    spots = shapes.loc[shapes["status"] == "operating"].representative_point()
    cards = []
    for spot in spots.iloc[:4]:  # a site may lie over one
        tab = opened(file, after=f"#layers={layer}&at={spot.y},{spot.x},13")
        box = tab.locator(".folium-map").bounding_box()
        assert box is not None
        tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        cards += tab.locator("#card .strong-line").all_inner_texts()
        if cards:
            break
    assert cards
    assert cards[0].startswith(said)


LONG = "Zonas espejo en la frontera de México y Estados Unidos"


@pytest.fixture(scope="module")
def whole(catalog: Catalog) -> View:
    """Both ends of the border."""
    view = sample.view(
        ports=("otay_mesa", "veterans"), within_km=12, per_side=60, layer_ids=("land",),
        catalog=catalog,
    )  # fmt: skip
    assert np.ptp(view.sites["lon"]) > 19
    return view


@pytest.fixture(scope="module")
def whole_file(whole: View, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "map.html"
    page.save(maps.build(whole), path)
    return path


@pytest.mark.parametrize(("wide", "high"), [(820, 1180), (1440, 900), (390, 844)])
def test_the_first_view_and_the_least_zoom_show_all_sites(
    opened: Open, whole_file: Path, whole: View, wide: int, high: int
) -> None:
    tab = opened(whole_file, wide=wide, high=high)
    first, least = tab.evaluate(
        """sites => {
        const map = window[Object.keys(window).find(key => /^map_\\d+$/.test(key))];
        const first = sites.every(site => map.getBounds().contains(site));
        return [first, map.getMinZoom() <= map.getBoundsZoom(sites)]; }""",
        whole.sites[["lat", "lon"]].to_numpy().tolist(),
    )
    assert first
    assert least


@pytest.mark.parametrize(("wide", "high"), [(390, 844), (1280, 720), (1440, 900)])
def test_names_at_the_border_stand_in_their_own_country(
    opened: Open, file: Path, wide: int, high: int
) -> None:
    watch = """(() => { window.said = {}; const write = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (words, x, y) {
    said[words] = y; write.apply(this, arguments); }; })()"""
    for zoom in (5, 6, 8):
        where = f"#tab=US&at=31.72,-106.45,{zoom}"
        tab = opened(file, wide=wide, high=high, before=watch, after=where)
        tab.wait_for_function("() => said['El Paso'] && said['Ciudad Juárez']")
        north, south = tab.evaluate("[said['El Paso'], said['Ciudad Juárez']]")
        assert north < south - 10


def test_the_land_of_a_site_keeps_the_colour_of_its_class(
    opened: Open, file: Path, view: View
) -> None:
    tab = opened(file, after="#tab=MX&at=31.6,-106.4,12&layers=surface")
    clear = tab.evaluate(
        """spots => {
        const map = window[Object.keys(window).find(key => /^map_\\d+$/.test(key))];
        const canvas = document.querySelector("canvas.marks");
        return spots.map(([lat, lon]) => {
          map.setView([lat, lon], 12, { animate: false });
          const { x, y } = map.latLngToLayerPoint([lat, lon]);
          const { x: left, y: top } = L.DomUtil.getPosition(canvas);
          // Below and left of the number, within the square that reaches 1,500 m that way.
          const pen = canvas.getContext("2d");
          const pixels = pen.getImageData(x - left - 28, y - top + 24, 6, 6).data;
          return pixels.filter((_, n) => n % 4 === 3).every(alpha => alpha === 0); }); }""",
        view.sites.loc[view.sites["side"] == "MX", ["lat", "lon"]].to_numpy().tolist(),
    )
    assert np.mean(clear) > 0.6, "but where a road, a name or another mark lies"


def test_a_small_number_keeps_its_digits_and_only_nothing_is_zero(
    opened: Open, view: View, tmp_path: Path
) -> None:
    rate = Told("rate", Text(en="Vacancy", es="Vacantes"), "km", 4, "industrial_parks")
    best = view.sites[view.sites["side"] == "US"].sort_values("rank").index
    sites = view.sites.assign(told_rate=0.5)
    sites.loc[best[:3], "told_rate"] = [0.0012, 0.00001, -0.003]
    page.save(maps.build(replace(view, sites=sites, told=(rate,))), tmp_path / "map.html")
    tab = opened(tmp_path / "map.html")
    for site, shown in zip(best, ("0.0012 km", "0 km", "-0.0030 km", "0.5000 km"), strict=False):
        tab.evaluate("id => sitesel.select(id)", site)
        tab.click(".row.lit .more-button >> nth=0")
        assert tab.inner_text("#card dt:text-is('Vacancy') + dd") == shown
