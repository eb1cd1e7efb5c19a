"""Runs compared: who entered, left and moved, and parts that add up to every difference."""

import math
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from sitesel import crs
from sitesel.ask import compare as compared
from sitesel.cli import main
from sitesel.errors import StudyError
from sitesel.records import Text
from sitesel.study import Run
from sitesel.telling import print_comparison

HOSTILE = '<img src=x onerror=alert(1)> ${1} "quoted" =1+1 \x1b[31mz'
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
LANGUAGES = ("en", "es")
# Words that English sentences of a comparison have and Spanish ones have not.
ENGLISH = re.compile(
    r"\b(the|of|and|with|from|by|not|are|is|which|it|its|runs?|ranks?|score[sd]?|was|change[sd]?"
    r"|sites?|pairs?|cells?|gates?|points|entered|left|stayed|rose|fell|top|weight|value|link|side"
    r"|weaker|water|power|highway|labour|land|first|other|would|stands?|US|PASS|FAIL|CONDITIONAL)\b"
)


@pytest.fixture(scope="module")
def run(small_run_folder):
    return Run.open(small_run_folder)


@pytest.fixture(scope="module")
def heavy(run):
    rule = run.study.pairs.model_copy(update={"weaker_side": 0.9})
    study = run.study.reweighted({"water": 0.5}).model_copy(update={"pairs": rule})
    return run.under(study)


@pytest.fixture(autouse=True)
def _wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "240")
    monkeypatch.delenv("FORCE_COLOR", raising=False)


def without_pairs(run):
    return run.under(run.study.model_copy(update={"pairs": None}))


def test_a_run_is_no_different_from_itself(run):
    (only,) = compared.compare({"a": run, "b": replace(run)}, top=5)
    assert len(only.moves) == 5
    for place, move in enumerate(only.moves, start=1):
        assert (move.status, move.old_rank, move.new_rank) == ("stayed", place, place)
        assert move.parts == ()


@pytest.mark.parametrize("paired", [True, False])
def test_parts_add_up_to_every_difference(run, heavy, paired):
    runs = [run, heavy] if paired else [without_pairs(run), without_pairs(heavy)]
    found = compared.compare({"a": runs[0], "b": runs[1]}, top=3)
    assert [each.of for each in found] == (["pairs"] if paired else ["US sites", "MX sites"])
    summed = 0
    for move in (move for each in found for move in each.moves):
        if move.parts:
            total = sum(part.change for _, part in move.parts)
            old, new = (
                move.would_score if math.isnan(each) else each
                for each in (move.old_score, move.new_score)
            )
            assert total == pytest.approx(new - old, abs=1e-9)
            summed += 1
    assert summed >= 2


def absent_of(run, other, top=4):
    """Return the moves that one of the runs lacks, by key."""
    found = compared.compare({"a": run, "b": other}, top=top)
    return {move.key: move for each in found for move in each.moves if move.absent}


def on_the_land_of(run, other):
    """Return a run with its own weights on the sites that the other located."""
    return run.under(run.study.with_sites_of(other.study))


def test_a_site_that_a_run_lacks_scores_what_its_weights_give_that_land(run, heavy):
    first, other = without_pairs(run), without_pairs(heavy)
    sites, own = on_the_land_of(first, other).decision.sites, first.decision.sites
    entered = [m for m in absent_of(first, other).values() if math.isnan(m.old_rank)]
    assert entered
    for move in entered:
        assert move.would_score == pytest.approx(sites.at[move.key, "score"], abs=1e-12)
        rivals = own[own["side"] == sites.at[move.key, "side"]]["score"]
        assert move.would_rank == 1 + (rivals > move.would_score).sum()
        assert move.absent.en.startswith("no such site in the first run: ")
        assert f"{move.would_rank:.0f} with {100 * move.would_score:.1f}" in compared.why(
            move, compared._titles(run)
        )


def test_a_pair_that_a_run_lacks_scores_what_its_weights_give_that_land(run, heavy):
    there = on_the_land_of(run, heavy)
    checked = 0
    for move in absent_of(run, heavy, top=25).values():
        us, mx = (name.removeprefix("new ") for name in move.key.split("/"))
        same = there.pairs.query("us_site == @us and mx_site == @mx")
        if not math.isnan(move.old_rank) or same.empty:
            continue
        if all(f"new {s}" in move.key or cells(there, s) == cells(run, s) for s in (us, mx)):
            assert move.would_score == pytest.approx(same["score"].item(), abs=1e-12)
            assert move.would_rank == 1 + (run.pairs["score"] > move.would_score).sum()
            checked += 1
    assert checked


def cells(run, site):
    return set(run.decision.cells[list(run.decision.sites.index).index(site)].tolist())


def land_around(run, site, km):
    """Return the positions of all cells within so many km of a site's centre, its own too."""
    row, table = run.decision.sites.loc[site], run.measures
    metres = crs.GEOD.inv(
        *(np.full(len(table), row[name]) for name in ("lon", "lat")), table["lon"], table["lat"]
    )[2]
    return set(np.flatnonzero(metres < 1000 * km).tolist())


def test_pairs_below_those_kept_have_their_true_rank(run):
    few = run.study.pairs.model_copy(update={"keep": 1})
    other = run.reweight(water=0.3)
    kept = other.under(other.study.model_copy(update={"pairs": few}))
    whole = {m.key: m for m in compared.compare({"a": run, "b": other}, top=8)[0].moves}
    below = [m for m in absent_of(run, kept, top=8).values() if "below the 1 pairs" in m.absent.en]
    assert below
    for move in below:
        assert move.new_rank > 1
        assert move.new_rank == whole[move.key].new_rank
        assert move.new_score == pytest.approx(whole[move.key].new_score, abs=1e-12)
        assert move.parts
        assert "below the 1 pairs that the other run keeps" in compared.why(
            move, compared._titles(run)
        )


@pytest.fixture(scope="module")
def four_cells(run):
    """A run whose sites have four cells, without pairs."""
    sites = run.study.sites.model_copy(update={"hectares": 1600, "per_side": 2})
    return without_pairs(run.under(run.study.model_copy(update={"sites": sites})))


@pytest.mark.parametrize("left", [0, 3])
def test_land_that_the_other_run_never_measured_has_no_score_there(four_cells, left):
    best = four_cells.decision.sites.index[0]
    kept = sorted(cells(four_cells, best))[:left]
    gone = land_around(four_cells, best, 12) - set(kept)
    table = four_cells.measured.table
    table = table.drop(index=table.index[sorted(gone)])
    smaller = replace(four_cells, measured=four_cells.measured._replace(table=table))
    move = absent_of(four_cells, smaller)[best]
    some = "1 of 4 cells of " if left else ""
    outside = f"{some}its land lies outside the area of study 'small'"
    assert move.absent.en == f"no such site in the other run: {outside}"
    assert math.isnan(move.would_score)
    assert move.parts == ()
    assert compared.why(move, compared._titles(four_cells)) == move.absent.en


def gated(run, failing, verdict):
    """Return the run with one more gate, which the cells at some positions do not pass."""
    passes = np.ones(len(run.measures))
    passes[sorted(failing)] = 0
    table = run.measured.table.assign(**{"gate:fresh": passes})
    gate = next(iter(run.study.gates.values())).model_copy(
        update={"title": None, "min": 0.5, "max": None, "verdict": verdict}
    )
    study = run.study.model_copy(update={"gates": run.study.gates | {"fresh": gate}})
    return replace(run.under(study), measured=run.measured._replace(table=table))


@pytest.mark.parametrize("verdict", ["FAIL", "CONDITIONAL"])
def test_a_gate_that_forbids_the_land_is_named_with_its_verdict(four_cells, verdict):
    best = four_cells.decision.sites.index[0]
    failing = land_around(four_cells, best, 12) - {min(cells(four_cells, best))}
    move = absent_of(four_cells, gated(four_cells, failing, verdict))[best]
    assert f"other run: gates on 3 of 4 cells: fresh {verdict}" in move.absent.en
    said = {"FAIL": "lo descarta", "CONDITIONAL": "condicionado"}[verdict]
    assert f"otra corrida: filtros en 3 de 4 celdas: fresh ({said})" in move.absent.es
    assert move.would_score == pytest.approx(move.old_score), "the gate moves no score"


def located(run, **rules):
    """Return the run without pairs, its sites located by other rules."""
    sites = run.study.sites.model_copy(update=rules)
    return run.under(run.study.model_copy(update={"sites": sites, "pairs": None}))


def test_a_site_too_near_and_a_list_that_was_full_are_told_apart(run, heavy):
    one = located(heavy, per_side=1, apart_km=0)
    said = [m.absent.en for m in absent_of(without_pairs(run), one).values()]
    assert said
    assert all("the 1 sites were full at" in each or "belong to" in each for each in said)
    assert any("the 1 sites were full at" in each for each in said)
    apart = located(heavy, apart_km=30)
    said = [m.absent.en for m in absent_of(without_pairs(run), apart).values()]
    assert any("nearer than the 30 km between sites" in each for each in said)


def test_parcels_that_are_gone_or_fail(run):
    table = run.measured.table.assign(geometry=b"")
    study = run.study.model_copy(update={"pairs": None})
    parcels = replace(run.under(study), measured=run.measured._replace(table=table))
    best = parcels.decision.sites.index[0]
    gone = replace(parcels, measured=run.measured._replace(table=table.drop(index=best)))
    assert absent_of(parcels, gone)[best].absent.en.endswith("study 'small' has no such candidate")
    failed = gated(parcels, [table.index.get_loc(best)], "FAIL")
    assert absent_of(parcels, failed)[best].absent.en.endswith("other run: gates: fresh FAIL")


def test_pairs_that_no_port_joins_any_more(run):
    key = "/".join(run.pairs.iloc[0][["us_site", "mx_site"]])
    table, us = run.measured.table.copy(), list(cells(run, key.split("/")[0]))
    ports = [name for name in table if name.startswith("port:")]
    table.loc[table.index[us], ports] = float("nan")
    move = absent_of(run, replace(run, measured=run.measured._replace(table=table)))[key]
    assert move.absent.en == "no open port joins the two sites in the other run"
    assert math.isnan(move.would_score)
    assert move.parts == ()


def test_what_did_not_move_is_not_said_to_be_gone(run):
    (only,) = compared.compare({"a": run, "b": replace(run)}, top=3)
    assert {compared.why(move, compared._titles(run)) for move in only.moves} == {"unchanged"}


def test_who_enters_and_who_leaves(run, heavy):
    (only,) = compared.compare({"a": run, "b": heavy}, top=3)
    for move in only.moves:
        was, is_ = move.old_rank <= 3, move.new_rank <= 3
        said = {(1, 1): "stayed", (0, 1): "entered", (1, 0): "left"}[int(was), int(is_)]
        assert move.status == said
    assert {m.new_rank for m in only.moves if m.status != "left"} == {1, 2, 3}
    assert {m.old_rank for m in only.moves if m.status != "entered"} == {1, 2, 3}


def test_a_value_that_moved_is_named_as_value(run):
    water = run.study.criteria["trunk_road"]
    worse = water.value.model_copy(update={"at": {0.5: 0.5, 2: 0.2, 10: 0}})
    criteria = run.study.criteria | {"trunk_road": water.model_copy(update={"value": worse})}
    other = run.under(run.study.model_copy(update={"criteria": criteria}))
    (only,) = compared.compare({"a": run, "b": other}, top=2)
    known = [move for move in only.moves if move.parts]
    assert known
    for move in known:
        heaviest = max(move.parts, key=lambda part: abs(part[1].change))[1]
        assert (heaviest.criterion, heaviest.kind) == ("trunk_road", "value")
        assert "highway" in compared.why(move, compared._titles(run))


def test_further_runs_are_compared_with_the_first(run, heavy):
    found = compared.compare({"a": run, "b": heavy, "c": run.reweight(power=0.6)}, top=3)
    assert [(each.old, each.new) for each in found] == [("a", "b"), ("a", "c")]


def test_one_run_or_land_elsewhere_is_refused(run):
    with pytest.raises(StudyError, match="at least two"):
        compared.compare({"a": run})
    table = run.measured.table.set_axis([f"x{n}" for n in range(len(run.measures))])
    elsewhere = replace(run, measured=run.measured._replace(table=table))
    with pytest.raises(StudyError, match="share no candidate"):
        compared.compare({"a": run, "b": elsewhere})


def test_the_files(run, heavy, tmp_path):
    found = compared.compare({"a": run, "b": heavy}, top=3)
    compared.save(found, tmp_path / "one")
    compared.save(found, tmp_path / "two")
    for name in ("compare.csv", "compare_parts.csv", "compare.html"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    moves = pd.read_csv(tmp_path / "one" / "compare.csv")
    parts = pd.read_csv(tmp_path / "one" / "compare_parts.csv")
    total = parts.groupby("key")["change"].sum()
    known = moves.dropna(subset=["change"]).set_index("key")["change"]
    assert len(known)
    assert total[known.index].tolist() == pytest.approx(known.tolist(), abs=1e-4)


def hostile(run):
    """Return the run with markup and control characters in the names that its data give."""
    text = Text(en=HOSTILE, es=HOSTILE)
    criteria = {
        name: each.model_copy(update={"short": text}) for name, each in run.study.criteria.items()
    }
    other = run.under(run.study.model_copy(update={"criteria": criteria}))
    sites = run.decision.sites.assign(name=HOSTILE, name_es=HOSTILE)
    other.__dict__["decision"] = replace(run.decision, sites=sites)
    return other


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_names_stay_text_everywhere(run, heavy, tmp_path, capsys, language):
    others = {"b": hostile(heavy), "c": hostile(located(heavy, apart_km=30))}
    found = compared.compare({HOSTILE: hostile(run), **others}, top=3)
    moves = [move for each in found for move in each.moves]
    assert any(HOSTILE in move.absent[language] for move in moves if move.absent)
    print_comparison(found, language)
    assert CONTROL.search(capsys.readouterr().out) is None
    compared.save(found, tmp_path, language)
    html = (tmp_path / "compare.html").read_text("utf-8")
    assert "<img" not in html
    assert html.count("&lt;img") > 4 * len(moves)
    assert "<script" not in html
    assert not re.search(r"(src|href)=[\"']?(http|//)", html)


class Texts(HTMLParser):
    """The texts of a page: those in sight, and those spoken or shown by a style."""

    def __init__(self, html):
        super().__init__()
        self.seen, self.drawn, self.style = [], [], False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.style = tag == "style"
        own = dict(attrs)
        self.seen += [own[name] for name in ("aria-label", "data-head") if name in own]
        self.drawn += [(tag, own)] if tag in {"line", "circle"} else []

    def handle_data(self, data):
        self.seen += [data.strip()] if data.strip() and not self.style else []


def pages(found, folder):
    """Return the pages of a comparison by language."""
    for language in LANGUAGES:
        compared.save(found, folder / language, language)
    return {name: (folder / name / "compare.html").read_text("utf-8") for name in LANGUAGES}


def numbers(text):
    return sorted(re.findall(r"[+-]?\d+(?:\.\d+)?", text))


def renamed(run):
    """Return the run with names that cannot be taken for our words, and that tell the languages."""
    sites, count = run.decision.sites, range(len(run.decision.sites))
    sites = sites.assign(name=[f"Qx {n}" for n in count], name_es=[f"Zx {n}" for n in count])
    other = replace(run)
    other.__dict__["decision"] = replace(run.decision, sites=sites)
    return other


@pytest.fixture(scope="module", params=["pairs", "sites", "gated", "outside", "full", "near"])
def comparison(request, run, heavy, four_cells):
    """Comparisons that tell every kind of reason, of runs named by what is no word."""
    if request.param == "pairs":
        runs = run, heavy
    elif request.param == "sites":
        runs = without_pairs(run), without_pairs(heavy)
    elif request.param == "full":
        runs = without_pairs(run), located(heavy, per_side=1, apart_km=0)
    elif request.param == "near":
        runs = without_pairs(run), located(heavy, apart_km=30)
    else:
        near = land_around(four_cells, four_cells.decision.sites.index[0], 12)
        other = gated(four_cells, near, "FAIL")
        if request.param == "outside":
            table = four_cells.measured.table
            table = table.drop(index=table.index[sorted(near)])
            other = replace(four_cells, measured=four_cells.measured._replace(table=table))
        runs = four_cells, other
    return compared.compare({"aa": renamed(runs[0]), "bb": renamed(runs[1])}, top=4)


def test_both_languages_hold_the_same_numbers(comparison, tmp_path, capsys):
    html = {name: Texts(page) for name, page in pages(comparison, tmp_path).items()}
    assert html["en"].drawn == html["es"].drawn
    assert len(html["en"].seen) == len(html["es"].seen)
    for english, spanish in zip(html["en"].seen, html["es"].seen, strict=True):
        assert numbers(english) == numbers(spanish)
    printed = {}
    for language in LANGUAGES:
        print_comparison(comparison, language)
        printed[language] = numbers(capsys.readouterr().out)
    assert printed["en"] == printed["es"]
    tables = [(tmp_path / name / "compare.csv").read_bytes() for name in LANGUAGES]
    assert tables[0] == tables[1]


def test_no_english_is_left_in_spanish(comparison, tmp_path, capsys):
    html = pages(comparison, tmp_path)
    spanish, english = (Texts(html[name]).seen for name in ("es", "en"))
    assert '<html lang="es">' in html["es"]
    assert "<title>Comparación de corridas</title>" in html["es"]
    assert {
        text for text in spanish if ENGLISH.search(re.sub(r"compare\w*\.\w+", "", text))
    } == set()
    assert len({text for text in english if ENGLISH.search(text)}) > 10, "it finds English words"
    assert "Zx " in html["es"]
    assert "Qx " not in html["es"]
    assert "Zx " not in html["en"]
    print_comparison(comparison, "es")
    out = capsys.readouterr().out
    assert ENGLISH.search(out) is None
    assert "Zx " in out
    assert "Qx " not in out


def test_a_criterion_of_the_other_run_alone_has_its_title(run):
    fewer = {name: each for name, each in run.study.criteria.items() if name != "trunk_road"}
    base = run.under(run.study.model_copy(update={"criteria": fewer}))
    (only,) = compared.compare({"a": base, "b": run}, top=3)
    short = run.study.criteria["trunk_road"].short
    assert short.en != short.es
    for language in LANGUAGES:
        said = " ".join(compared.why(move, only.titles, language) for move in only.moves)
        assert short[language] in said
        assert "trunk road" not in said


def test_on_the_command_line(small_run_folder, run, tmp_path, capsys):
    run.reweight(water=0.9).save(tmp_path / "heavy")
    folders = [str(small_run_folder), str(tmp_path / "heavy")]
    heads = {"en": "entered the top", "es": "Entraron a los primeros lugares"}
    for language, head in heads.items():
        out = tmp_path / language
        asked = [] if language == "en" else ["--lang", language]  # English is what is not asked for
        with pytest.raises(SystemExit) as ended:
            main(["compare", *folders, "-o", str(out), "--top", "3", *asked])
        assert not ended.value.code
        printed = capsys.readouterr().out
        assert head in printed
        assert f"{out}: compare.csv" in printed
        assert f'<html lang="{language}">' in (out / "compare.html").read_text("utf-8")
    for refused in ([folders[0]], [*folders, "--lang", "fr"]):
        with pytest.raises(SystemExit) as ended:
            main(["compare", *refused])
        assert ended.value.code == 2
    assert "'en', 'es'" in capsys.readouterr().err


def test_many_small_changes_are_no_standstill(run):
    still = compared.Move("a", Text(en="a", es="a"), 1, 1, 0.5, 0.5001, "stayed")
    assert compared.why(still, compared._titles(run)) == "unchanged"
    assert compared.why(replace(still, new_rank=2), compared._titles(run)) == "the others moved"
    assert (
        compared.why(replace(still, new_score=0.501), compared._titles(run))
        == "small changes of several criteria"
    )
