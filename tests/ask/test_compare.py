"""Runs compared: who entered, left and moved, and parts that add up to every difference."""

import math
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sitesel import crs
from sitesel.ask import compare as compared
from sitesel.cli import main
from sitesel.errors import StudyError
from sitesel.study import Run
from sitesel.telling import print_comparison

HOSTILE = '<img src=x onerror=alert(1)> ${1} "quoted" =1+1 \x1b[31mz'
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


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
            total = sum(part.points for _, part in move.parts)
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
        assert move.absent.startswith("no such site in the first run: ")
        assert f"{move.would_rank:.0f} with {100 * move.would_score:.1f}" in compared.why(move, run)


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
    below = [m for m in absent_of(run, kept, top=8).values() if "below the 1 pairs" in m.absent]
    assert below
    for move in below:
        assert move.new_rank > 1
        assert move.new_rank == whole[move.key].new_rank
        assert move.new_score == pytest.approx(whole[move.key].new_score, abs=1e-12)
        assert move.parts
        assert "below the 1 pairs that the other run keeps" in compared.why(move, run)


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
    assert move.absent == f"no such site in the other run: {outside}"
    assert math.isnan(move.would_score)
    assert move.parts == ()
    assert compared.why(move, four_cells) == move.absent


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
    assert f"other run: gates on 3 of 4 cells: fresh {verdict}" in move.absent
    assert move.would_score == pytest.approx(move.old_score), "the gate moves no score"


def test_a_site_too_near_and_a_list_that_was_full_are_told_apart(run, heavy):
    sites = heavy.study.sites.model_copy(update={"per_side": 1, "apart_km": 0})
    one = heavy.under(heavy.study.model_copy(update={"sites": sites, "pairs": None}))
    said = [m.absent for m in absent_of(without_pairs(run), one).values()]
    assert said
    assert all("the 1 sites were full at" in each or "belong to" in each for each in said)
    assert any("the 1 sites were full at" in each for each in said)
    sites = heavy.study.sites.model_copy(update={"apart_km": 30})
    apart = heavy.under(heavy.study.model_copy(update={"sites": sites, "pairs": None}))
    said = [m.absent for m in absent_of(without_pairs(run), apart).values()]
    assert any("nearer than the 30 km between sites" in each for each in said)


def test_parcels_that_are_gone_or_fail(run):
    table = run.measured.table.assign(geometry=b"")
    study = run.study.model_copy(update={"pairs": None})
    parcels = replace(run.under(study), measured=run.measured._replace(table=table))
    best = parcels.decision.sites.index[0]
    gone = replace(parcels, measured=run.measured._replace(table=table.drop(index=best)))
    assert absent_of(parcels, gone)[best].absent.endswith("study 'small' has no such candidate")
    failed = gated(parcels, [table.index.get_loc(best)], "FAIL")
    assert absent_of(parcels, failed)[best].absent.endswith("other run: gates: fresh FAIL")


def test_pairs_that_no_port_joins_any_more(run):
    key = "/".join(run.pairs.iloc[0][["us_site", "mx_site"]])
    table, us = run.measured.table.copy(), list(cells(run, key.split("/")[0]))
    ports = [name for name in table if name.startswith("port:")]
    table.loc[table.index[us], ports] = float("nan")
    move = absent_of(run, replace(run, measured=run.measured._replace(table=table)))[key]
    assert move.absent == "no open port joins the two sites in the other run"
    assert math.isnan(move.would_score)
    assert move.parts == ()


def test_what_did_not_move_is_not_said_to_be_gone(run):
    (only,) = compared.compare({"a": run, "b": replace(run)}, top=3)
    assert {compared.why(move, run) for move in only.moves} == {"unchanged"}


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
        heaviest = max(move.parts, key=lambda part: abs(part[1].points))[1]
        assert (heaviest.criterion, heaviest.kind) == ("trunk_road", "value")
        assert "highway" in compared.why(move, run)


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
    compared.save(found, run, tmp_path / "one")
    compared.save(found, run, tmp_path / "two")
    for name in ("compare.csv", "compare_parts.csv", "compare.html"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    moves = pd.read_csv(tmp_path / "one" / "compare.csv")
    parts = pd.read_csv(tmp_path / "one" / "compare_parts.csv")
    total = parts.groupby("key")["points"].sum()
    known = moves.dropna(subset=["change"]).set_index("key")["change"]
    assert len(known)
    assert total[known.index].tolist() == pytest.approx(known.tolist(), abs=1e-4)


def test_hostile_names_stay_text_everywhere(run, heavy, tmp_path, capsys):
    sites = run.decision.sites.assign(name=HOSTILE)
    hostile = replace(run)
    hostile.__dict__["decision"] = replace(run.decision, sites=sites)
    found = compared.compare({HOSTILE: hostile, "b": heavy}, top=3)
    print_comparison(found, run)
    assert CONTROL.search(capsys.readouterr().out) is None
    compared.save(found, run, tmp_path)
    html = (tmp_path / "compare.html").read_text("utf-8")
    assert "<img" not in html
    assert "&lt;img" in html
    assert "<script" not in html
    assert not re.search(r"(src|href)=[\"']?(http|//)", html)


def test_on_the_command_line(small_run_folder, run, tmp_path, capsys):
    run.reweight(water=0.9).save(tmp_path / "heavy")
    folders = [str(small_run_folder), str(tmp_path / "heavy")]
    with pytest.raises(SystemExit) as ended:
        main(["compare", *folders, "-o", str(tmp_path / "out"), "--top", "3"])
    assert not ended.value.code
    assert "entered the top" in capsys.readouterr().out
    assert (tmp_path / "out" / "compare.html").is_file()
    with pytest.raises(SystemExit) as ended:
        main(["compare", folders[0]])
    assert ended.value.code == 2


def test_many_small_changes_are_no_standstill(run):
    still = compared.Move("a", "a", 1, 1, 0.5, 0.5001, "stayed")
    assert compared.why(still, run) == "unchanged"
    assert compared.why(replace(still, new_rank=2), run) == "the others moved"
    assert compared.why(replace(still, new_score=0.501), run) == "small changes of several criteria"
