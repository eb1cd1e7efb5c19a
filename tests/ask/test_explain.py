"""What is explained is what was decided; what it would take to climb is enough when tried."""

import math
import re
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sitesel import telling
from sitesel.ask import explain
from sitesel.cli import main
from sitesel.decide.pairs import combine
from sitesel.decide.reasons import number
from sitesel.decide.scoring import score
from sitesel.decide.values import Linear
from sitesel.errors import UnknownNameError
from sitesel.measure.specs import layers_of
from sitesel.resources import shipped
from sitesel.study import Run
from sitesel.telling import print_story

HOSTILE = "[red]x[/] \x1b[31mz\x1b]0;owned\x07 \x9b2J"
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


@pytest.fixture(scope="module")
def run(small_run_folder):
    return Run.open(small_run_folder)


@pytest.fixture(autouse=True)
def _wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "240")
    monkeypatch.delenv("FORCE_COLOR", raising=False)


@pytest.fixture
def top_two(monkeypatch):
    """Let two be the top, so that a small run has something below it."""
    monkeypatch.setattr(explain, "TOP", 2)
    monkeypatch.setattr("sitesel.telling.TOP", 2)


def test_the_points_add_up_to_the_score(run):
    for site_id, site in run.decision.sites.iterrows():
        story = explain.site_story(run, site_id)
        points = [line.points for line in story.lines if not math.isnan(line.points)]
        assert sum(points) == pytest.approx(100 * site["score"])
        unknown = [line.criterion for line in story.lines if math.isnan(line.value)]
        assert all(np.isnan(site[f"value_{name}"]) for name in unknown)


def test_a_pair_is_found_by_rank_and_by_its_sites(run):
    first = run.pairs.iloc[0]
    by_rank = explain.find(run, "1")
    by_sites = explain.find(run, f"{first['us_site']}/{first['mx_site']}")
    assert by_rank.us.site_id == by_sites.us.site_id == first["us_site"]
    assert isinstance(explain.find(run, first["mx_site"]), explain.SiteStory)


@pytest.mark.parametrize(
    ("language", "said"), [("en", "'1' is a site too"), ("es", "site:1; este")]
)
def test_a_rank_goes_before_a_site_of_that_number(run, capsys, language, said):
    """As in `sitesel sheet`, which prints pairs alone; ids of one's own parcels may be numbers."""
    site = run.decision.sites.index[-1]
    decision = replace(run.decision, sites=run.decision.sites.rename(index={site: "1"}))
    numbered = replace(run)
    numbered.__dict__.update(decision=decision, pairs=run.pairs)
    assert isinstance(explain.find(numbered, "1"), explain.PairStory)
    assert explain.find(numbered, "site:1").site_id == "1"
    first = run.pairs.iloc[0]
    assert explain.find(numbered, "1").us.site_id == first["us_site"]
    print_story(numbered, "1", language)
    assert said in capsys.readouterr().out
    print_story(numbered, "site:1", language)
    assert said not in capsys.readouterr().out
    assert explain.find(numbered, f"site:{first['us_site']}").site_id == first["us_site"]


@pytest.mark.parametrize("name", ["999999", "nowhere", "a/b", ""])
def test_what_is_not_there_is_told(run, name):
    with pytest.raises(UnknownNameError, match="no site"):
        explain.find(run, name)


@pytest.mark.usefixtures("top_two")
def test_a_raise_of_a_site_lifts_it_to_the_top(run):
    tried = 0
    sites, criteria = run.decision.sites, list(run.decision.criteria)
    for site_id, site in sites[sites["rank"] > 2].iterrows():
        story = explain.site_story(run, site_id)
        assert story.threshold == sites[sites["side"] == site["side"]]["score"].iloc[1]
        for each in story.raises:
            if each.raw is None:
                continue
            values = site[[f"value_{name}" for name in criteria]].to_numpy(float)
            place = criteria.index(each.criterion)
            values[place] = run.study.criteria[each.criterion].value.apply([each.raw])[0]
            again = score([values], run.decision.weights, [site["side"]]).score[0]
            assert again >= story.threshold - 1e-9
            tried += 1
    assert tried


@pytest.mark.usefixtures("top_two")
def test_a_raise_of_one_side_lifts_the_pair(run):
    last = run.pairs.iloc[-1]
    story = explain.pair_story(run, last)
    rule, criteria = run.study.pairs, list(run.decision.criteria)
    tried = 0
    for side, found in story.raises.items():
        own, other = (story.us, story.mx) if side == "US" else (story.mx, story.us)
        for each in found:
            if each.raw is None:
                continue
            values = own.row[[f"value_{name}" for name in criteria]].to_numpy(float)
            function = run.study.criteria[each.criterion].value
            values[criteria.index(each.criterion)] = function.apply([each.raw])[0]
            lifted = score([values], run.decision.weights, [side]).score[0]
            both = sorted([lifted, other.row["score"]])
            worth = rule.weaker_side * both[0] + (1 - rule.weaker_side) * both[1]
            assert worth * last["link_value"] >= story.threshold - 1e-9
            tried += 1
    if isinstance(story.minutes, float):
        link = rule.link.value.apply([story.minutes])[0]
        assert last["score"] / last["link_value"] * link >= story.threshold - 1e-9
        tried += 1
    assert tried


def test_what_is_promised_is_enough_as_it_is_written(run, capsys, monkeypatch):
    """Whoever enters the number on the page, with its k and %, reaches the place."""
    tried = set()

    def told(name):
        print_story(run, name)
        return capsys.readouterr().out.split("To reach the top ten")[1].split("\n\n")[0]

    def try_all(said, side, found):
        for each in found:
            value, judged = run.study.criteria[each.criterion].value, explain.spoken(run, side)
            if not isinstance(each.raw, float) or value.unit == "yes/no":
                continue
            short = re.escape(judged[each.criterion].short["en"])
            line = rf"{side}  {short} ([\d.,]+) ?(k |M |% )?.*instead of (.*)"
            (match,) = re.finditer(line, said)
            size = {"k ": 1e3, "M ": 1e6, "% ": 0.01}.get(match[2], 1)
            raw = float(match[1].replace(",", "")) * size
            assert value.apply([raw])[0] >= each.value - 1e-9, match[0]
            assert match[1] not in match[3].split(), match[0]
            tried.add(each.criterion)

    for top in (2, 5, 9):
        monkeypatch.setattr(explain, "TOP", top)
        monkeypatch.setattr("sitesel.telling.TOP", top)
        for site_id, site in run.decision.sites.query("rank > @top").iterrows():
            try_all(told(site_id), site["side"], explain.site_story(run, site_id).raises)
        for _, pair in run.pairs[top:].iterrows():
            story, said = explain.pair_story(run, pair), told(str(pair["rank"]))
            for side, found in story.raises.items():
                try_all(said, side, found)
            if isinstance(story.minutes, float):
                (match,) = re.finditer(r"link of ([\d.,]+) min instead of ([\d.,]+)", said)
                needed = story.threshold / (pair["score"] / pair["link_value"])
                worth = run.study.pairs.link.value.apply([float(match[1])])[0]
                assert worth >= needed - 1e-9, match[0]
                assert match[1] != match[2]
                tried.add("link")
    assert len(tried) > 4


def test_a_promise_never_reads_like_what_is_there_now():
    minutes = Linear(at={15: 1, 90: 0})
    assert telling._promised(64.16, 64.31, minutes, number) == ("64.1", "64.3")
    assert telling._promised(64.16, 70.2, minutes, number) == ("64", "70")


def test_the_place_to_reach_is_the_last_of_the_top(run, monkeypatch):
    monkeypatch.setattr(explain, "TOP", 3)
    story = explain.pair_story(run, run.pairs.iloc[-1])
    assert run.pairs["score"].nunique() == len(run.pairs) > 4
    assert story.threshold == run.pairs["score"].iloc[2]
    monkeypatch.setattr(explain, "TOP", 10**6)
    assert explain.pair_story(run, run.pairs.iloc[0]).threshold == run.pairs["score"].iloc[-1]


def test_a_rank_is_told_of_all_pairs_and_the_side_in_words(run, capsys):
    """Not of those that the run keeps; a pair that nothing joins is not ranked either."""
    scores = run.decision.sites.groupby("side")["score"]
    us, mx = (scores.get_group(side) for side in ("US", "MX"))
    every = combine(us, mx, 0.7) * run.decision.link_values
    kept = run.study.pairs.model_copy(update={"keep": 3})
    few = run.under(run.study.model_copy(update={"pairs": kept}))
    links = few.decision.link_values.copy()
    links[-1, -1] = np.nan
    few.__dict__["decision"] = replace(few.decision, link_values=links)
    assert len(few.pairs) < np.isfinite(every).sum()
    last = few.pairs.iloc[-1]
    for language, (head, side) in {
        "en": ("rank {:,} of {:,};", {"US": "United States", "MX": "Mexico"}),
        "es": ("lugar {:,} de {:,};", {"US": "Estados Unidos", "MX": "México"}),
    }.items():
        print_story(few, str(last["rank"]), language)
        out = capsys.readouterr().out
        assert head.format(last["rank"], np.isfinite(every).sum() - 1) in out
        word = "Weaker side" if language == "en" else "Lado débil"
        assert f"{word}: {side[last['weaker_side']]}" in out
        assert ("\nEU  " in out) == (language == "es")


def test_those_at_the_top_need_nothing(run):
    story = explain.find(run, "1")
    assert story.raises == {}
    assert story.us.raises == ()


def test_a_share_is_rounded_as_on_the_page(run, capsys):
    site = run.decision.sites.index[0]
    halves = explain.shares(run, str(run.decision.sites.at[site, "side"]))
    assert 0.0625 in halves.values()
    print_story(run, site)
    out = capsys.readouterr().out
    assert " 6.3 %" in out
    assert " 6.2 %" not in out


@pytest.mark.usefixtures("top_two")
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_layer_has_source_vintage_and_grade(run, capsys, language):
    print_story(run, str(run.pairs["rank"].iloc[-1]), language)
    out = capsys.readouterr().out
    story = explain.find(run, "1")
    for line in (*story.us.lines, *story.mx.lines):
        for name in line.layers:
            layer = run.plan.catalog[name]
            vintage = run.plan.catalog.said(layer.vintage, language)
            assert any(row.startswith(f"{name}: ") and vintage in row for row in out.splitlines())
    words = {
        "en": ["Weaker side", "A truckload costs USD", "Gates", "To reach the top ten"],
        "es": [
            "Lado débil",
            "Un camión cuesta",
            "Filtros: ",
            "resultado de los filtros: ",
            "entrar en los diez",
        ],
    }
    assert all(word in out for word in words[language])
    assert "UNKNOWN" in out if language == "en" else "DESCONOCIDO" in out


@pytest.mark.parametrize("language", ["en", "es"])
def test_of_costs_only_what_nobody_states_is_called_unknown(run, capsys, tmp_path, language):
    def told(one):
        print_story(one, "1", language)
        return capsys.readouterr().out

    bounds, range_, both, km = {
        "en": (
            "enter as bounds",
            r"costs USD \d+ to \d+ ",
            "km to a line and the cost",
            "needs km to a line)",
        ),
        "es": (
            "entran como cotas",
            r"de \d+ a \d+ USD ",
            "línea y su costo",
            "(faltan km a una línea)",
        ),
    }[language]
    said = told(run)
    assert bounds in said
    assert re.search(range_, said)
    assert both in said
    home = shipped("layers") / "transport"
    costs = pd.read_csv(home / "unit_costs.csv")
    costs.assign(value=costs["value"].fillna(30)).to_csv(tmp_path / "unit_costs.csv", index=False)
    shutil.copy(home / "unit_costs.yaml", tmp_path)
    stated = Run.open(run.folder, layers=[tmp_path])
    said = told(stated)
    assert bounds not in said
    assert not re.search(range_, said)
    assert re.search(r"costs USD \d+$|cuesta \d+ USD$", said, re.MULTILINE)
    assert km in said
    assert explain.lacks(run, {"raw_grid_access": 5.0}) == "mile"
    assert explain.connection(stated, {"raw_grid_access": 5.0}) is not None


@pytest.mark.parametrize(("language", "said"), [("en", ": PASS"), ("es", ": pasa")])
def test_gates_and_zones_have_their_sources_and_speak_the_language(run, capsys, language, said):
    zones = set(run.study.sites.zones)
    others = {k: c for k, c in run.study.criteria.items() if not zones & {*layers_of(c.measure)}}
    run = run.under(run.study.model_copy(update={"criteria": others}))
    site = run.decision.sites.index[0]
    print_story(run, site, language)
    out = capsys.readouterr().out
    told = run.decision.sites.at[site, "zones_en"]
    titles = {run.plan.catalog[name].title["en"]: name for name in run.study.sites.zones}
    named = {titles[phrase.partition(": ")[0]] for phrase in told}
    gates = {
        layer
        for name, gate in run.study.gates.items()
        if name not in run.plan.gates_left_out
        for layer in layers_of(gate.measure)
    }
    assert named
    assert gates
    assert all(f"\n{name}: " in out for name in named | gates)
    assert said in out
    assert ("PASS" in out) == (language == "en")


def test_a_zone_without_a_label_has_its_source(run, capsys):
    zone = run.study.sites.zones[0]
    title = run.plan.catalog[zone].title["en"]
    others = {k: c for k, c in run.study.criteria.items() if zone not in layers_of(c.measure)}
    bare = run.under(run.study.model_copy(update={"criteria": others}))
    sites = bare.decision.sites.copy()
    for said, there in (([f"{title} (operating)"], True), ([f"{title} Two (operating)"], False)):
        sites["zones_en"] = [said] * len(sites)
        bare.__dict__["decision"] = replace(bare.decision, sites=sites)
        print_story(bare, "1")
        assert (f"\n{zone}: " in capsys.readouterr().out) == there


def test_hostile_names_are_shown_as_text(run, capsys):
    sites = run.decision.sites.copy()
    sites["name"] = sites["status"] = HOSTILE
    sites["strong_en"] = sites["zones_en"] = [[HOSTILE]] * len(sites)
    hostile = replace(run)
    hostile.__dict__["decision"] = replace(run.decision, sites=sites)
    print_story(hostile, "1")
    out = capsys.readouterr().out
    assert CONTROL.search(out) is None
    assert "[red]x[/]" in out


def test_on_the_command_line(small_run_folder, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["explain", str(small_run_folder), "1", "--lang", "es"])
    assert not ended.value.code
    assert "lugar 1 de" in capsys.readouterr().out
    sites = Run.open(small_run_folder).sites
    west = sites[sites["name"] != sites["name_es"]].iloc[0]
    with pytest.raises(SystemExit):
        main(["explain", str(small_run_folder), str(west.name), "--lang", "es"])
    out = capsys.readouterr().out
    assert west["name_es"] in out
    assert west["name"] not in out
    with pytest.raises(SystemExit) as ended:
        main(["explain", str(small_run_folder), "elsewhere"])
    assert ended.value.code == 2
    assert "no site 'elsewhere'" in capsys.readouterr().err
