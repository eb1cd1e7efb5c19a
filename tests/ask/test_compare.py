"""Runs compared: who entered, left and moved, and parts that add up to every difference."""

import re
from dataclasses import replace

import pandas as pd
import pytest

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
            assert total == pytest.approx(move.new_score - move.old_score, abs=1e-9)
            summed += 1
    assert summed >= 2


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
