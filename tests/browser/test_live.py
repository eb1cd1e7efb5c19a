"""Weights moved in the page: the same scores, ranks and pairs as Python finds for them."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import sample
import yaml

from sitesel.ask import explain
from sitesel.cli import main
from sitesel.cost import UnitCosts, priced
from sitesel.decide.pairs import pair
from sitesel.decide.scoring import score
from sitesel.decide.weights import by_side
from sitesel.records import Text
from sitesel.show import maps, page
from sitesel.show.view import ProfileView
from sitesel.study import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from playwright.sync_api import Page

    from sitesel.catalog.layers import Catalog
    from sitesel.show.view import View

    Open = Callable[..., Page]

WEIGHTINGS = 200
NUMBERS = ("score", "score_low", "score_high", "us_score", "mx_score", "link_minutes", "link_value")
PORTS = ("santa_teresa", "ysleta", "tornillo", "columbus")


@pytest.fixture(scope="module")
def many(catalog: Catalog, drawings: Path) -> View:
    """More pairs than are kept, unknown values, and a criterion on one side alone."""
    return sample.view(ports=PORTS, within_km=45, per_side=30, layer_ids=(), catalog=catalog,
                       store=drawings / "ground")  # fmt: skip


@pytest.fixture(scope="module")
def many_file(many: View, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("live") / "map.html"
    page.save(maps.build(many), path)
    return path


@pytest.fixture(scope="module")
def run(small_run_folder: Path) -> Run:
    return Run.open(small_run_folder)


@pytest.fixture(scope="module")
def run_file(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("live") / "map.html"
    run.save_map(path)
    return path


def decided(view: View, weights: dict[str, dict[str, float]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Judge the sites of a view under other weights with what the command line uses."""
    leaves = {c.id: (c.group, weights["criteria"][c.id], c.applies_to) for c in view.criteria}
    table = by_side(weights["groups"], leaves)
    values = view.sites[[f"value_{c.id}" for c in view.criteria]].to_numpy(float)
    sites = view.sites[["side"]].assign(place=range(len(view.sites)))
    found = score(values, table, sites["side"].to_numpy(object))
    sites["score"], sites["score_low"], sites["score_high"] = found
    sites = sites.sort_index()  # equal ones stand in the order of their ids
    sites = sites.sort_values(["side", "score"], ascending=[False, False], kind="stable")
    us, mx = (sites[sites["side"] == side] for side in ("US", "MX"))
    links = view.links
    assert links is not None
    legs = (links.minutes[us["place"]], links.minutes[mx["place"]], links.delays)
    rule = {"weaker_side": links.weaker_side, "keep": links.keep}
    return sites, pair(us, mx, *legs, links.value, **rule)


def drawn(view: View, count: int) -> list[dict[str, dict[str, float]]]:
    """Return random weights, some of them 0, and those of the study first."""
    rng = np.random.default_rng(20180101)
    relative = {c.id: c.relative for c in view.criteria}
    every: list[Any] = [{"groups": dict(view.group_weights), "criteria": relative}]
    while len(every) < count:
        parts = [
            {name: float(rng.exponential() * (rng.random() > 0.15)) for name in names}
            for names in (view.group_weights, relative)
        ]
        weights = {"groups": parts[0], "criteria": parts[1]}
        if parts[0]["access"] and parts[1]["port"]:
            every.append(weights)
    return every


def rankings(tab: Page, weightings: list[Any]) -> list[Any]:
    text = tab.evaluate(
        """all => JSON.stringify(all.map(weights => {
        sitesel.setWeights(weights);
        return ["us", "mx", "pairs"].map(what => sitesel.ranking(what)); }))""",
        weightings,
    )
    return list(json.loads(text))


def test_page_and_python_agree_for_any_weights(opened: Open, many_file: Path, many: View) -> None:
    tab = opened(many_file)
    costs = UnitCosts.read(many.catalog.load("unit_costs"))
    weightings = drawn(many, WEIGHTINGS)
    for weights, (us, mx, pairs) in zip(weightings, rankings(tab, weightings), strict=True):
        sites, ours = decided(many, weights)
        for side, rows in (("US", us), ("MX", mx)):
            own = sites[sites["side"] == side]
            assert [row["id"] for row in rows] == own.index.tolist()
            for name in ("score", "score_low", "score_high"):
                got = np.array([row[name] for row in rows])
                np.testing.assert_allclose(got, own[name], rtol=0, atol=1e-9)
        assert [(r["us_site"], r["mx_site"]) for r in pairs] == list(
            zip(ours["us_site"], ours["mx_site"], strict=True)
        )
        assert [row["rank"] for row in pairs] == ours["rank"].tolist()
        assert [many.links.ports.index(row["port"]) for row in pairs] == ours["port"].tolist()
        sets = [np.nan if row["set_rank"] is None else row["set_rank"] for row in pairs]
        np.testing.assert_array_equal(sets, ours["set_rank"])
        assert [row["weaker_side"] for row in pairs] == ours["weaker_side"].tolist()
        for name in NUMBERS:
            got = np.array([row[name] for row in pairs])
            np.testing.assert_allclose(got, ours[name], rtol=0, atol=1e-9)
        named = ours.assign(port=[many.links.ports[at] for at in ours["port"]])
        for name, column in priced(named, costs)[["cost_low", "cost_high"]].items():
            got = np.array([row[name] for row in pairs])
            np.testing.assert_allclose(got, column, rtol=0, atol=1e-9)
    assert tab.wrong == []


def test_where_a_site_lies_is_said_in_spanish(opened: Open, run: Run, run_file: Path) -> None:
    tab = opened(run_file, locale="es-MX")
    told = tab.evaluate("['us', 'mx'].flatMap(side => sitesel.ranking(side))")
    names = {row["id"]: row["name"] for row in told}
    assert names == run.sites["name_es"].to_dict()
    others = run.sites[run.sites["name"] != run.sites["name_es"]]
    assert len(others)
    for site in others.itertuples():
        tab.click(f"#tab-{site.side}")
        assert site.name_es in tab.locator(".row .title").all_text_contents()
        tab.fill("#search", site.name_es)
        assert site.name_es in tab.locator(".row .title").all_text_contents()
        tab.fill("#search", "")


def test_a_real_run_is_ranked_again_as_it_was(opened: Open, run_file: Path, run: Run) -> None:
    tab = opened(run_file)
    weights = tab.evaluate("sitesel.weights()")
    assert weights["groups"] == run.study.groups
    (us, mx, pairs), _ = rankings(tab, [weights, {"groups": {"power": 90}}])
    assert [row["id"] for row in us + mx] == run.decision.sites.index.tolist()
    np.testing.assert_array_equal([row["score"] for row in us + mx], run.decision.sites["score"])
    np.testing.assert_array_equal([row["score"] for row in pairs], run.pairs["score"])
    np.testing.assert_array_equal([row["link_value"] for row in pairs], run.pairs["link_value"])
    for name in ("cost_low", "cost_high"):
        np.testing.assert_allclose([row[name] for row in pairs], run.pairs[name], rtol=0, atol=1e-9)


def test_the_card_has_the_verdict_of_each_gate_on_both_sides(
    opened: Open, run_file: Path, run: Run
) -> None:
    tab = opened(run_file)
    tab.click(".row-head >> nth=0")
    tab.click(".row.lit .more-button >> nth=0")
    rows = [row.text_content() for row in tab.locator("section.gates summary").all()]
    story = explain.pair_story(run, run.pairs.iloc[0])
    words = {
        "PASS": "passes",
        "CONDITIONAL": "conditional",
        "UNKNOWN": "no data",
        "FAIL": "rules it out",
    }
    expected = [
        f"{title}{words[us]} / {words[mx]}"
        for (title, us), (_, mx) in zip(story.us.gates, story.mx.gates, strict=True)
    ]
    assert rows == expected
    assert len(rows) == 2


def test_the_spanish_card_tells_incentives_in_spanish(opened: Open, run_file: Path) -> None:
    tab = opened(run_file, locale="es-MX")
    tab.click(".row-head >> nth=0")
    tab.click(".row.lit .more-button >> nth=0")
    tab.evaluate("document.querySelectorAll('.incentives').forEach(one => { one.open = true; })")
    said = " ".join(one.inner_text() for one in tab.locator(".incentives").all())
    assert "los aranceles se pagan solo al entrar al comercio de EE. UU." in said
    assert "duty paid" not in said


def test_reasons_follow_the_weights(opened: Open, run_file: Path, run: Run) -> None:
    tab = opened(run_file)
    tab.click("#tab-US")
    tab.evaluate("sitesel.setWeights({groups: {land: 1}})")
    tab.evaluate("sitesel.setWeights({groups: {land: 6}})")
    site = run.decision.sites.iloc[0]
    tab.evaluate("id => sitesel.select(id)", site.name)
    # The text as it stands: what is rendered of it depends on whether the row is in view.
    said = tab.text_content(".row.lit .reasons")
    for phrase in (*site["strong_en"], *site["weak_en"], *site["unknown_en"]):
        assert phrase in said
    zero = {"groups": dict.fromkeys(run.study.groups, 0) | {"water": 1}}
    tab.evaluate("weights => sitesel.setWeights(weights)", zero)
    said = tab.text_content(".row.lit .reasons")
    assert "water" in said
    assert "port" not in said


def surface(tab: Page) -> str:
    """Return the pixels of the surface, as one long text."""
    return str(
        tab.evaluate(
            """() => new Promise(done => setTimeout(() =>
            done(document.querySelectorAll(".leaflet-overlay-pane canvas")[1].toDataURL()), 150))"""
        )
    )


def test_a_slider_recolours_and_ranks_anew(opened: Open, file: Path) -> None:
    tab = opened(file)
    before, first = surface(tab), tab.inner_text(".row .title >> nth=0")
    slider = tab.locator('[data-weight="groups.water"]')
    slider.focus()
    tab.keyboard.press("End")
    after = surface(tab)
    assert after != before
    water = tab.evaluate("sitesel.weights().groups.water")
    assert water > 0.5
    assert any(row["change"] for row in tab.evaluate("sitesel.ranking('pairs')"))
    assert tab.evaluate("document.activeElement.dataset.weight") == "groups.water"
    assert tab.input_value("#profile") == "own"
    tab.click("#weights-reset")
    assert surface(tab) == before
    assert tab.inner_text(".row .title >> nth=0") == first
    assert tab.input_value("#profile") == "file"
    assert not any(row["change"] for row in tab.evaluate("sitesel.ranking('pairs')"))
    assert tab.wrong == []


def test_a_group_opens_into_its_criteria(opened: Open, file: Path) -> None:
    tab = opened(file)
    leaf = tab.locator('[data-weight="criteria.ftz"]')
    assert not leaf.is_visible()
    tab.click(".opener >> nth=4")
    assert leaf.is_visible()
    assert "US side only" in tab.inner_text(".sliders")
    assert leaf.get_attribute("aria-valuetext") == "16 %"
    leaf.fill("0")
    tab.wait_for_timeout(100)
    assert tab.evaluate("sitesel.weights().criteria.ftz") == 0


def test_profiles_and_equal_weights(opened: Open, file: Path) -> None:
    tab = opened(file)
    tab.select_option("#profile", "thirsty")
    assert tab.evaluate("sitesel.weights().groups.water") == 0.6
    tab.select_option("#profile", "equal")
    weights = tab.evaluate("sitesel.weights()")
    assert len(set(weights["groups"].values())) == len(set(weights["criteria"].values())) == 1
    tab.select_option("#profile", "file")
    written = {name: weight for name, (*_, weight) in sample.GROUPS.items()}
    assert tab.evaluate("sitesel.weights().groups") == written


def test_a_profile_that_says_the_same_as_the_file_stays_chosen(
    opened: Open, view: View, tmp_path: Path
) -> None:
    same = ProfileView("same", Text(en="Same", es="Igual"), dict(view.group_weights), {})
    path = tmp_path / "map.html"
    page.save(maps.build(replace(view, profiles=(same, *view.profiles))), path)
    tab = opened(path)
    assert tab.input_value("#profile") == "file"
    tab.select_option("#profile", "same")
    tab.wait_for_timeout(100)
    assert tab.input_value("#profile") == "same"
    assert tab.is_disabled("#weights-reset")
    tab.click("#language-es")
    assert tab.input_value("#profile") == "same"
    tab.select_option("#profile", "thirsty")
    tab.click("#weights-reset")
    tab.wait_for_timeout(100)
    assert tab.input_value("#profile") == "file"
    assert tab.evaluate("document.activeElement.id") == "profile"
    tab.evaluate("sitesel.setWeights({groups: {water: 0.5}})")
    tab.wait_for_timeout(100)
    assert tab.input_value("#profile") == "own"


def test_weights_that_leave_a_side_empty_are_refused(opened: Open, file: Path) -> None:
    tab = opened(file)
    nothing = {"groups": dict.fromkeys(sample.GROUPS, 0) | {"incentives": 1}}
    tab.evaluate("weights => sitesel.setWeights(weights)", nothing)
    before = tab.evaluate("sitesel.weights()")
    tab.click(".opener >> nth=4")
    tab.locator('[data-weight="criteria.free_zone"]').fill("0")
    tab.wait_for_selector("#weights .wrong:not(:empty)")
    assert tab.evaluate("sitesel.weights()") == before
    for bad in ({"groups": {"power": -1}}, {"groups": {"strength": 1}}, {"criteria": {"ftz": "1"}},
                {"group": {"group": 1}}):  # fmt: skip
        refused = tab.evaluate(
            "w => { try { sitesel.setWeights(w); } catch (e) { return e.message; } }", bad
        )
        assert next(iter(next(iter(bad.values())))) in refused
    unsaid = "sitesel.setWeights({groups: null, criteria: undefined})"
    assert tab.evaluate(unsaid) == before
    assert tab.evaluate("sitesel.weights()") == before


def saved(tab: Page, button: str) -> tuple[str, str]:
    tab.click(".menu summary")
    with tab.expect_download() as waiting:
        tab.click(button)
    text = waiting.value.path().read_text("utf-8-sig")
    tab.click(".menu summary")
    return waiting.value.suggested_filename, text


def test_saved_weights_are_read_to_the_digit(
    opened: Open, run_file: Path, small_run_folder: Path, tmp_path: Path
) -> None:
    tab = opened(run_file)
    moved = {"groups": {"power": 1 / 3, "water": 1e-7}, "criteria": {"rail": 2.718281828459045}}
    weights = tab.evaluate("weights => sitesel.setWeights(weights)", moved)
    name, text = saved(tab, "#save-weights")
    assert name == "small-weights.yaml"
    assert {kind: yaml.safe_load(text)[kind] for kind in ("groups", "criteria")} == weights
    (tmp_path / name).write_text(text, "utf-8")
    shutil.copytree(small_run_folder, tmp_path / "run")
    with pytest.raises(SystemExit) as ended:
        main(["score", str(tmp_path / "run"), "--weights", str(tmp_path / name), "--same-sites"])
    assert ended.value.code == 0
    again = Run.open(tmp_path / "run").decision
    for side, tab_name in (("US", "us"), ("MX", "mx")):
        rows = tab.evaluate("which => sitesel.ranking(which)", tab_name)
        own = again.sites[again.sites["side"] == side]
        assert [row["id"] for row in rows] == own.index.tolist()
        assert [row["score"] for row in rows] == own["score"].tolist()
    rows = tab.evaluate("sitesel.ranking('pairs')")
    best = again.pairs.head(len(rows))
    assert [row["score"] for row in rows[:50]] == best["score"].head(50).tolist()


def test_ranking_is_saved_without_formulas(opened: Open, hostile_file: Path) -> None:
    tab = opened(hostile_file)
    name, text = saved(tab, "#save-ranking")
    assert name == "sample-pairs.csv"
    rows = list(csv.reader(io.StringIO(text)))
    ranked = tab.evaluate("sitesel.ranking('pairs')")
    assert len(rows) == len(ranked) + 1
    column = dict(zip(rows[0], rows[1], strict=True))
    assert float(column["score"]) == ranked[0]["score"]
    assert column["us_name"] == "'=cmd|' /C calc'!A0"


def test_what_is_told_of_parcels_is_saved_with_them(opened: Open, told_run: Run) -> None:
    tab = opened(told_run.folder / "map.html")
    tab.click("#tab-MX")
    rows = list(csv.DictReader(io.StringIO(saved(tab, "#save-ranking")[1])))
    (lot,) = (row for row in rows if row["site_id"] == "m1")
    assert float(lot["told_price_usd"]) == 16_777_217
    assert lot["told_zoning"] == '\'=HYPERLINK("http://x")'
    assert lot["told_offered"] == lot["told_sewer"] == ""
    features = json.loads(saved(tab, "#save-sites")[1])["features"]
    assert {one["id"]: one["properties"]["told_sewer"] for one in features} == {
        "m1": None,
        "m2": "yes",
    }
    tab.click("#tab-pairs")
    assert "told_" not in saved(tab, "#save-ranking")[1]


@pytest.fixture(scope="module")
def hostile_file(
    catalog: Catalog, drawings: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    said = "=cmd|' /C calc'!A0"
    view = sample.view(ports=("santa_teresa",), within_km=15, per_side=3, layer_ids=(),
                       hostile=said, catalog=catalog, store=drawings / "ground")  # fmt: skip
    path = tmp_path_factory.mktemp("live") / "map.html"
    page.save(maps.build(view), path)
    return path


def test_selected_sites_are_saved_as_geojson(opened: Open, file: Path, view: View) -> None:
    import geopandas as gpd

    tab = opened(file)
    best = tab.evaluate("sitesel.ranking('pairs')")[0]
    tab.evaluate("id => sitesel.select(id)", best["id"])
    _, text = saved(tab, "#save-sites")
    frame = gpd.read_file(io.StringIO(text))
    assert frame["id"].tolist() == [best["us_site"], best["mx_site"]]
    true = view.sites.loc[frame["id"]].geometry
    ours = frame.to_crs(view.sites.crs).geometry
    for got, expected in zip(ours, true, strict=True):
        assert got.symmetric_difference(expected).area < 0.001 * expected.area


def test_a_link_restores_the_page(opened: Open, file: Path) -> None:
    tab = opened(file)
    tab.click("#language-es")
    tab.evaluate("sitesel.setWeights({groups: {water: 0.7}, criteria: {ftz: 0.123456789012345}})")
    tab.evaluate("sitesel.select(sitesel.ranking('mx')[2].id)")
    tab.click("#layers-room summary")
    tab.uncheck("[data-layer=surface]")
    tab.wait_for_timeout(1500)
    state = tab.evaluate("sitesel.state()")
    ranks = tab.evaluate("sitesel.ranking('pairs')")
    address = tab.url
    assert state["selected"] in address.replace("%40", "@")
    again = opened(file, after=address[address.index("#") :])
    restored = again.evaluate("sitesel.state()")
    for part in ("weights", "language", "tab", "set", "selected", "surface", "layers"):
        assert restored[part] == state[part], part
    assert restored["view"] == pytest.approx(state["view"], abs=1e-4)
    assert again.evaluate("sitesel.ranking('pairs')") == ranks
    assert again.inner_text("#tab-MX") == "Sitios en México"
    assert again.locator(".row.lit").count() == 1
    assert again.wrong == []


def test_a_link_restores_what_is_compared(opened: Open, file: Path) -> None:
    tab = opened(file)
    for row in (2, 0):
        tab.click(f".row-head >> nth={row}")
        tab.click(".row.lit .compare-button")
    pairs = tab.evaluate("sitesel.ranking('pairs').map(row => row.id)")
    compared = [pairs[2], pairs[0]]
    assert tab.evaluate("sitesel.state().compared") == compared
    tab.wait_for_timeout(400)
    again = opened(file, after=tab.url[tab.url.index("#") :])
    assert again.evaluate("sitesel.state().compared") == compared
    again.click("#compare-open")
    heads = again.locator(".comparison thead th[scope=col] > span").all_text_contents()
    assert [head.split(".")[0] for head in heads] == ["3", "1"]
    again.keyboard.press("Escape")
    site = again.evaluate("sitesel.ranking('us')[0].id")
    others = "&".join(f"compared={one}" for one in (site, "gone", pairs[1], site))
    again.evaluate("others => { location.hash = '#tab=pairs&' + others; }", others)
    again.wait_for_function("site => sitesel.state().compared.join() === site", arg=site)
    assert again.locator("#tray li").count() == 1
    again.evaluate("location.hash = '#tab=pairs'")
    again.wait_for_function("sitesel.state().compared.length === 0")
    assert again.locator("#tray").is_hidden()
    assert again.wrong == []


def test_a_link_stands_though_the_address_is_written_before_it_is_followed(
    opened: Open, file: Path
) -> None:
    tab = opened(file)
    tab.evaluate(
        """() => new Promise(done => {
        addEventListener("hashchange", done, { once: true });
        location.hash = "groups.water=0.7";
        history.replaceState(null, "", "#groups.water=0.2"); })"""
    )
    assert tab.evaluate("sitesel.weights().groups.water") == 0.7


def test_a_link_restores_search_filters_and_order(opened: Open, file: Path) -> None:
    tab = opened(file)
    tab.fill("#search", "place")
    tab.click(".filters summary")
    tab.select_option("#find-port", "tornillo")
    tab.select_option("#find-order", "cost")
    find = {"text": "place", "port": "tornillo", "state": "", "status": "", "order": "cost"}
    assert tab.evaluate("sitesel.state().find") == find
    rows = tab.locator(".row .rank").all_text_contents()
    tab.wait_for_timeout(400)
    address = tab.url
    again = opened(file, after=address[address.index("#") :])
    assert again.evaluate("sitesel.state().find") == find
    assert again.locator(".row .rank").all_text_contents() == rows
    assert (again.input_value("#search"), again.input_value("#find-port")) == ("place", "tornillo")
    known = {row["rank"]: row for row in again.evaluate("sitesel.ranking('pairs')")}
    costs = [known[int(re.match(r"\d+", rank)[0])]["cost_high"] for rank in rows]
    assert costs == sorted(costs)
    again.evaluate("location.hash = '#lang=en&tab=pairs&find.port=nowhere&find.order=age'")
    again.wait_for_function("sitesel.state().find.port === ''")
    assert set(again.evaluate("sitesel.state().find").values()) == {"", "rank"}
    assert again.input_value("#search") == ""


def test_the_surface_is_scored_as_python_scores_it(opened: Open, file: Path, view: View) -> None:
    """Cells carry their values in a byte: the score agrees to that."""
    cells, values = view.cells, view.values
    assert cells is not None
    assert values is not None
    tab = opened(file)
    weights = tab.evaluate("sitesel.setWeights({groups: {water: 0.6}, criteria: {grid: 0.3}})")
    leaves = {c.id: (c.group, weights["criteria"][c.id], c.applies_to) for c in view.criteria}
    table = by_side(weights["groups"], leaves)
    found = score(values, table, cells["side"].to_numpy(object))
    blind = np.flatnonzero(np.isnan(values).any(axis=1))
    for at in (*blind[[0, -1]], 40, len(cells) - 40):
        cell = cells.iloc[at]
        tab.fill("#search", f"{cell['lat']:.4f}, {cell['lon']:.4f}")
        tab.press("#search", "Enter")
        tab.wait_for_selector("#card:not([hidden])")
        shown = float(tab.inner_text(".headline > b"))
        assert shown == pytest.approx(100 * found.score[at], abs=0.75)
        bounds = re.findall(
            r"(\d+)[^\d\s](\d+) with what is unknown", tab.inner_text(".headline > span")
        )
        low, high = bounds[0] if bounds else (shown, shown)  # none where all is known
        assert float(low) == pytest.approx(100 * found.low[at], abs=0.75)
        assert float(high) == pytest.approx(100 * found.high[at], abs=0.75)
        tab.keyboard.press("Escape")


@pytest.mark.parametrize("part", ["#lang=xx&tab=nope&id=zzz&at=1,2&layers=none&groups.power=-3",
                                  "#lang=en&groups.__proto__=1&criteria.constructor=2&groups.water=x",
                                  "#%E0%A4%A"])  # fmt: skip
def test_a_bad_link_does_no_harm(opened: Open, file: Path, view: View, part: str) -> None:
    tab = opened(file, after=part)
    assert tab.wrong == []
    assert tab.evaluate("sitesel.weights().groups") == dict(view.group_weights)
    assert tab.locator(".row").count() == len(view.pairs)


def test_a_chosen_pair_stays_chosen_while_ranks_change(opened: Open, many_file: Path) -> None:
    tab = opened(many_file)
    chosen = tab.evaluate("sitesel.ranking('pairs')[3].id")
    tab.evaluate("id => sitesel.select(id)", chosen)
    tab.evaluate("sitesel.setWeights({groups: {access: 0}})")
    assert tab.evaluate("sitesel.state().selected") == chosen
    row = next(r for r in tab.evaluate("sitesel.ranking('pairs')") if r["id"] == chosen)
    assert row["first"] == 4
    assert row["change"] == 4 - row["rank"] != 0
    assert re.match(rf"{row['rank']}\b", tab.text_content(".row.lit .rank"))
    title = tab.text_content(".row.lit .title")
    tab.click(".more-button")
    tab.evaluate("sitesel.setWeights({groups: {water: 0.2, labour: 0.6}})")
    assert tab.text_content("#card h2") == title


def test_what_is_asked_wrongly_is_said(opened: Open, file: Path) -> None:
    tab = opened(file)
    for call in ("ranking('ports')", "select('nowhere')"):
        trying = f"() => {{ try {{ sitesel.{call} }} catch (e) {{ return e.message }} }}"
        said = tab.evaluate(trying)
        assert call.split("'")[1] in said
    tab.evaluate("sitesel.select(null)")
    assert tab.evaluate("sitesel.state().selected") is None


def test_only_what_is_documented_is_offered(opened: Open, file: Path) -> None:
    tab = opened(file)
    text = (Path(__file__).parents[2] / "docs" / "embedding.md").read_text("utf-8")
    told = re.findall(r"^\| `(\w+)\(", text, re.MULTILINE)
    assert tab.evaluate("Object.keys(sitesel)") == told


def test_what_the_weights_dropped_takes_no_place_in_the_comparison(
    opened: Open, many_file: Path
) -> None:
    tab = opened(many_file)
    last = tab.locator(".row-head").count() - 1
    for row in range(3):
        tab.locator(".row-head").nth(last - row).click()
        tab.click(".row.lit .compare-button")
    tab.locator(".row-head").nth(0).click()
    assert "full" in tab.inner_text(".row.lit .compare-button")
    chosen = tab.evaluate("() => sitesel.ranking('pairs').slice(-3).map(pair => pair.id)")
    weights = tab.evaluate(
        """chosen => {
      const groups = Object.keys(sitesel.weights().groups);
      const there = () => sitesel.ranking('pairs').filter(pair => chosen.includes(pair.id)).length;
      for (const one of groups) {
        sitesel.setWeights({ groups: Object.fromEntries(groups.map(g => [g, g === one ? 1 : 0])) });
        if (there() < 3) return there();
      }
      return -1; }""",
        chosen,
    )
    assert 0 <= weights < 3, "some weights drop a pair"
    tab.locator(".row-head").nth(1).click()
    assert "full" not in tab.inner_text(".row.lit .compare-button")
