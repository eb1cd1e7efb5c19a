"""The commands about deciding, from the user's side."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest
import yaml

from sitesel import cli
from sitesel.ask import weights_file
from sitesel.ask.points_file import read_points
from sitesel.errors import StudyError
from sitesel.study import Run, Study

GROUPS = ["power", "labour", "water", "access", "incentives", "land"]


def call(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        cli.main([str(each) for each in arguments])
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return ended.value.code or 0, said.out, said.err


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")


def test_a_ranking_becomes_weights_that_score_takes(capsys, tmp_path, small_run_folder):
    path = tmp_path / "weights.yaml"
    assert call(capsys, "weights", "rank", small_run_folder, *GROUPS, "-o", path)[0] == 0
    assert yaml.safe_load(path.read_text("utf-8"))["groups"]["power"] == pytest.approx(0.408333)
    out = tmp_path / "out"
    assert call(capsys, "score", small_run_folder, "--weights", path, "-o", out)[0] == 0
    record = json.loads((out / "run.json").read_text("utf-8"))
    assert record["weights"]["workers"]["US"] == pytest.approx(0.241667, abs=1e-5)


def test_swings(capsys, tmp_path):
    path = tmp_path / "weights.yaml"
    given = [
        f"{name}={points}" for name, points in zip(GROUPS, [100, 80, 60, 40, 0, 20], strict=True)
    ]
    assert call(capsys, "weights", "swing", "border", *given, "-o", path)[0] == 0
    assert yaml.safe_load(path.read_text("utf-8"))["groups"]["labour"] == pytest.approx(
        80 / 300, abs=1e-6
    )


def test_judgements_that_disagree_are_named(capsys, tmp_path):
    table = tmp_path / "judgements.csv"
    table.write_text(
        ",generation,clean_share,grid_access\n"
        "generation,1,3,1/5\nclean_share,,1,4\ngrid_access,,,1\n",
        "utf-8",
    )
    path = tmp_path / "weights.yaml"
    code, out, _ = call(capsys, "weights", "ahp", "border", table, "-o", path)
    assert code == 0
    assert "Consistency ratio" in out
    assert "generation : grid_access  stated 0.2" in out
    criteria = yaml.safe_load(path.read_text("utf-8"))["criteria"]
    assert sum(criteria.values()) == pytest.approx(21, abs=1e-4)  # as much as in the study


@pytest.mark.parametrize(
    "ask",
    [
        ["rank", "border", *GROUPS],
        ["swing", "border", *[f"{name}=100" for name in GROUPS]],
        ["ahp", "border", "judgements.csv"],
        ["combine", "border", "ana.yaml"],
        ["entropy", "OUT"],
        ["critic", "OUT"],
    ],
)
def test_weights_that_are_there_are_kept_unless_they_are_named(
    capsys, tmp_path, monkeypatch, small_run_folder, ask
):
    """Whoever asks twice would lose the weights of the first time without a word."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ana.yaml").write_text("groups: {power: 9}", "utf-8")
    table = [",".join(["", *GROUPS]), *[f"{name}{',1' * len(GROUPS)}" for name in GROUPS]]
    (tmp_path / "judgements.csv").write_text("\n".join(table), "utf-8")
    (tmp_path / "weights.yaml").write_text("mine", "utf-8")
    ask = ["weights", *[small_run_folder if word == "OUT" else word for word in ask]]
    code, _, err = call(capsys, *ask)
    assert code == 2
    assert "weights.yaml is there already; -o names another, --yes replaces it" in err
    assert (tmp_path / "weights.yaml").read_text("utf-8") == "mine"
    assert call(capsys, *ask, "--yes")[0] == 0
    assert (tmp_path / "weights.yaml").read_text("utf-8") != "mine"
    (tmp_path / "other.yaml").write_text("mine", "utf-8")
    assert call(capsys, *ask, "-o", "other.yaml")[0] == 0
    assert "mine" not in (tmp_path / "other.yaml").read_text("utf-8")


def test_weights_are_not_written_over_what_they_are_made_of(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in (
        ("weights.yaml", "groups: {power: 9}"),
        ("mine.yaml", "extends: border\nstudy: mine\n"),
        ("judgements.csv", f",{GROUPS[0]}\n{GROUPS[0]},1\n"),
    ):
        (tmp_path / name).write_text(text, "utf-8")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for ask in (
        ["combine", "border", "weights.yaml", "--yes"],
        ["combine", "border", "weights.yaml", "-o", "./weights.yaml"],
        ["rank", "mine.yaml", *GROUPS, "-o", "mine.yaml"],
        ["ahp", "border", "judgements.csv", "-o", "judgements.csv"],
    ):
        code, _, err = call(capsys, "weights", *ask)
        assert code == 2
        assert "is read here; name another file to write with -o" in err
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_judgements_may_come_from_a_spreadsheet_in_spanish(tmp_path, encoding):
    table = tmp_path / "juicios.csv"
    table.write_text("energía;power;water\r\npower;1;2,5\r\nwater;;1\r\n;;\r\n", encoding)
    names, ratios = weights_file.matrix(table)
    assert names == ["power", "water"]
    assert ratios == [[1, 2.5], [0.4, 1]]
    table.write_text("\tpower\twater\nwater\t1\t2\npower\t\t1\n", "utf-8")
    with pytest.raises(StudyError, match=r"juicios\.csv: the same names must stand in"):
        weights_file.matrix(table)
    table.write_bytes(b"")
    with pytest.raises(StudyError, match=r"juicios\.csv: has no rows"):
        weights_file.matrix(table)


def test_people_are_combined(capsys, tmp_path):
    files = []
    for name, points in (("a", [100, 50]), ("b", [50, 100])):
        path = tmp_path / f"{name}.yaml"
        weights = dict.fromkeys(GROUPS, 10) | dict(zip(["power", "water"], points, strict=True))
        path.write_text(yaml.safe_dump({"groups": weights}), "utf-8")
        files.append(path)
    out = tmp_path / "all.yaml"
    code, said, _ = call(capsys, "weights", "combine", "border", *files, "-o", out)
    assert code == 0
    assert "2.0" in said
    groups = yaml.safe_load(out.read_text("utf-8"))["groups"]
    assert groups["power"] == groups["water"] > groups["land"]
    Study.load("border").weighted(weights_file.read(out))


def test_people_are_combined_who_all_leave_a_group_aside(tmp_path):
    border, path = Study.load("border"), tmp_path / "none.yaml"
    members = [name for name, each in border.criteria.items() if each.group == "water"]
    assert any(border.criteria[name].weight for name in members)
    path.write_text(yaml.safe_dump({"criteria": dict.fromkeys(members, 0)}), "utf-8")
    weights, told = weights_file.together(border, [path, path])
    both = border.weighted(weights)
    assert [both.criteria[name].weight for name in members] == [0] * len(members)
    assert (told.loc[members, "times"] == 1).all()
    assert both.criteria["rail"].weight > 0


def test_weights_of_all_criteria_weigh_as_they_were_given(capsys, tmp_path, small_run_folder):
    """One-sided criteria count once: on each side any two weigh as they were ranked."""
    study = Study.load(small_run_folder / "study.yaml")
    record = json.loads((small_run_folder / "run.json").read_text("utf-8"))
    names = [name for name in study.criteria if name in record["weights"]]
    pairs = ["trade_zone=free_zone", "opportunity_zone=pole"]  # alike on both sides
    others = [name for name in names if not any(name in pair.split("=") for pair in pairs)]
    others.remove("workers")
    order, path = ["workers", pairs[0], *others, pairs[1]], tmp_path / "weights.yaml"
    code, said, _ = call(capsys, "weights", "rank", small_run_folder, *order, "-o", path)
    assert code == 0
    assert "the mean" not in said
    given = weights_file.ranking(order)
    out = tmp_path / "out"
    assert call(capsys, "score", small_run_folder, "--weights", path, "-o", out)[0] == 0
    weighs = json.loads((out / "run.json").read_text("utf-8"))["weights"]
    for side in ("US", "MX"):
        applies = {name for name in names if study.criteria[name].applies_to in {None, side}}
        own = {name: weight for name, weight in given.items() if name in applies}
        for name, weight in own.items():
            share = weighs[name][side]
            assert share == pytest.approx(weight / sum(own.values()), abs=1e-5), (name, side)
            assert re.search(rf"^ *{name} .*\b{100 * share:.1f}%", said, re.MULTILINE), said


def test_a_group_that_cannot_weigh_what_its_sides_were_given_has_the_mean(capsys, tmp_path):
    path = tmp_path / "weights.yaml"
    study = Study.load("border")
    names = [name for name, c in study.criteria.items() if not c.optional]
    points = dict.fromkeys(names, 20) | {"workers": 100, "free_zone": 60}
    given = [f"{name}={each}" for name, each in points.items()]
    code, said, _ = call(capsys, "weights", "swing", "border", *given, "-o", path)
    assert code == 0
    assert "incentives: you gave its criteria 10.5% (US) and 19.0% (Mexico)" in said
    groups = weights_file.read(path).groups
    assert groups["incentives"] / groups["labour"] == pytest.approx((40 + 80) / 2 / 100, abs=1e-5)
    assert re.search(r"^ *free_zone +11\.2%", said, re.MULTILINE)
    one = weights_file.placed(study, points, sides=["MX"])
    assert not one.uneven
    assert one.weights.groups["incentives"] == pytest.approx(80 / 420)


def test_a_group_of_one_side_keeps_its_weight_there():
    study = Study.load("border")
    names = [name for name, c in study.criteria.items() if not c.optional]
    placed = weights_file.placed(
        study, dict.fromkeys(names, 1.0) | {"free_zone": 0.0, "pole": 0.0, "workers": 2.0}
    )
    assert placed.weights.groups["incentives"] == pytest.approx(placed.weights.groups["labour"])
    assert not placed.uneven


def test_what_is_printed_is_what_the_run_weighs(capsys, tmp_path, small_run_folder):
    path, out = tmp_path / "weights.yaml", tmp_path / "out"
    code, said, _ = call(capsys, "weights", "critic", small_run_folder, "-o", path)
    assert code == 0
    assert call(capsys, "score", small_run_folder, "--weights", path, "-o", out)[0] == 0
    record = json.loads((out / "run.json").read_text("utf-8"))
    for name, shares in record["weights"].items():
        printed = re.search(rf"^ *{name} (.*)$", said, re.MULTILINE)
        shown = [f"{100 * share:.1f}%" for share in shares.values() if share]
        assert printed
        assert printed[1].split() == shown, name


@pytest.mark.parametrize("how", ["entropy", "critic"])
def test_mirrors_of_the_data(capsys, tmp_path, small_run_folder, how):
    path = tmp_path / "weights.yaml"
    assert call(capsys, "weights", how, small_run_folder, "-o", path)[0] == 0
    study = Study.load(small_run_folder / "study.yaml").weighted(weights_file.read(path))
    assert sum(study.groups.values()) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["weights", "rank", "border", "power", "wtaer"], "water"),
        (["weights", "rank", "border", "power", "water"], "missing: access"),
        (["weights", "rank", "border", "generation", "generation"], "ranked twice"),
        (["weights", "rank", "border", "generation", "rail"], "name these criteria too"),
        (["weights", "swing", "border", "power=much"], "name=points"),
        (["weights", "swing", "border", "power=100", "power=5"], "'power' stands twice; keep one"),
        (["weights", "ahp", "border", "no.csv"], "no.csv: cannot be read"),
    ],
)
def test_a_mistake_is_one_message(capsys, arguments, said):
    code, _, err = call(capsys, *arguments)
    assert code == 2
    assert said in err


def test_methods_are_compared(capsys, small_run_folder):
    code, out, _ = call(capsys, "methods", small_run_folder, "--veto", "water_status=0.99")
    assert code == 0
    assert "sum / owa 0.25" in out
    assert "veto" in out
    code, _, err = call(capsys, "methods", small_run_folder, "--veto", "water_statsu=0.5")
    assert code == 2
    assert "water_status" in err
    twice = ("--veto", "water_status=0.5", "--veto", "water_status=0.9")
    code, _, err = call(capsys, "methods", small_run_folder, *twice)
    assert (code, err) == (2, "sitesel: --veto: 'water_status' stands twice; keep one\n")


def test_a_ranking_by_another_method_is_shown_and_written(capsys, small_run_folder, tmp_path):
    before = {path.name: path.read_bytes() for path in small_run_folder.iterdir() if path.is_file()}
    asked = ("methods", small_run_folder, "--by", "owa", "--orness", "0.3")
    code, out, _ = call(capsys, *asked, "--veto", "workers=0.4", "-o", tmp_path / "by")
    assert code == 0
    assert "Pairs by owa 0.3" in out
    assert "by the sum" in out
    assert "out by the veto on workers" in out
    sites = pd.read_csv(tmp_path / "by" / "sites_by_owa_0.3.csv")
    assert sites["veto"].eq("workers").any()
    assert len(pd.read_csv(tmp_path / "by" / "pairs_by_owa_0.3.csv"))
    after = {path.name: path.read_bytes() for path in small_run_folder.iterdir() if path.is_file()}
    assert after == before, "the run itself stays as it is"
    for more in (["--by", "owa"], ["--by", "owa", "--orness", "0", "--orness", "1"], ["-o", "x"]):
        code, _, err = call(capsys, "methods", small_run_folder, *more)
        assert code == 2
        assert err.startswith("sitesel: --")


def test_robustness_is_shown(capsys, small_run_folder):
    asked = ("robustness", small_run_folder, "--draws", "200", "--spread", "any", "--seed", "7")
    code, out, _ = call(capsys, *asked)
    assert code == 0
    assert "200 draws round all weights there are; seed 7" in out
    assert "is dethroned" in out
    assert call(capsys, *asked)[1] == out
    code, _, err = call(capsys, "robustness", small_run_folder, "--spread", "wide")
    assert code == 2
    assert "robustness: spread" in err


def test_a_back_test_with_its_plot(capsys, small_run_folder, tmp_path):
    run = Run.open(small_run_folder)
    points = tmp_path / "a & b.csv"
    run.decision.sites[["lon", "lat"]].to_csv(points, index=False)
    plot = tmp_path / "plot.svg"
    code, out, _ = call(capsys, "validate", small_run_folder, points, "--suggest", "--plot", plot)
    assert code == 0
    assert "AUC in regions" in out
    assert "not applied" in out
    assert "your weight, mean of the sides" in " ".join(out.split())
    assert "too few" in out  # the small run's regions are two or three
    root = ET.fromstring(plot.read_text("utf-8"))
    assert len(root.findall("{http://www.w3.org/2000/svg}polyline")) == 6


@pytest.mark.parametrize("count", [1, 4, 5])
def test_few_points_tell_nothing_and_the_back_test_says_so(
    capsys, small_run_folder, tmp_path, count
):
    """All points lie in the region of one port."""
    sites = Run.open(small_run_folder).decision.sites
    one = sites[sites["side"] == "US"].iloc[[0] * count]
    one[["lon", "lat"]].to_csv(tmp_path / "few.csv", index=False)
    asked = ("validate", small_run_folder, tmp_path / "few.csv", "--plot", tmp_path / "plot.svg")
    code, out, err = call(capsys, *asked)
    assert code == 0, err
    points = "1 point" if count == 1 else f"{count} points"
    assert f"{points}, 0 outside" in out
    assert f"US: {points} in 1 port's region" in out
    assert "Whether the score beats closeness to a city, 1 region cannot tell: " in out
    assert "score beats" not in out.replace("Whether the score beats", "")
    assert "NOT beat" not in out
    score = next(line for line in out.splitlines() if line.strip().startswith("score "))
    assert score.count("too few to tell") == (1 if count == 5 else 2)
    assert score.count("[") == (1 if count == 5 else 0)


def test_rows_without_a_place_are_named(capsys, small_run_folder, tmp_path):
    """Else the figure would be of other points than the user thinks."""
    site = Run.open(small_run_folder).decision.sites.iloc[0]
    points = tmp_path / "mixed.csv"
    points.write_text(f"lon,lat\n{site.lon},{site.lat}\nhere,\n,\n{site.lat},{site.lon}\n", "utf-8")
    plot = tmp_path / "p.svg"
    code, out, _ = call(capsys, "validate", small_run_folder, points, "--plot", plot)
    assert code == 0
    assert "1 point, 0 outside" in out
    assert "rows 3, 5: no longitude and latitude in degrees, left out" in out


def test_a_fit_to_one_region_is_not_said_to_hold_elsewhere(capsys, small_run_folder, tmp_path):
    """The user's own figure stood there as if another fit had reached it."""
    site = Run.open(small_run_folder).decision.sites.iloc[0]
    points = tmp_path / "one.csv"
    points.write_text(f"lon,lat\n{site.lon},{site.lat}\n", "utf-8")
    plot = tmp_path / "p.svg"
    code, out, _ = call(capsys, "validate", small_run_folder, points, "--suggest", "--plot", plot)
    assert code == 0
    assert "All points reach one port first: no other region can test the fit" in out
    assert "did not see" not in out


def test_the_table_of_sites_can_be_asked_about_as_it_is(capsys, small_run_folder, tmp_path):
    points, run = small_run_folder / "sites.csv", Run.open(small_run_folder)
    lon, lat, _ = read_points(points)
    np.testing.assert_allclose(lon, run.decision.sites["lon"], atol=1e-6)
    np.testing.assert_allclose(lat, run.decision.sites["lat"], atol=1e-6)
    folder = tmp_path / "my"
    added = ("layers", "add", points, "--id", "found", "--key", "site_id", "--to", folder)
    code, out, err = call(capsys, *added)
    assert code == 0, err
    assert f"{len(lon)} Point" in out


def test_the_tables_of_a_run_tell_how_ranks_hold(small_run_folder):
    sites = pd.read_csv(small_run_folder / "sites.csv")
    pairs = pd.read_csv(small_run_folder / "pairs.csv")
    for table in (sites[sites["side"] == "US"], sites[sites["side"] == "MX"], pairs):
        assert table["p_rank1"].sum() <= 1 + 1e-6
        assert table["p_rank1"].iloc[0] > 0
        assert (table["rank_low"] <= table["rank_high"]).all()
        assert table["rank_mean"].between(1, len(table) ** 2).all()
        assert table["p_top10"].between(0, 1).all()
    assert sites.groupby("side")["p_rank1"].sum().tolist() == pytest.approx([1, 1])
    record = json.loads((small_run_folder / "run.json").read_text("utf-8"))
    assert record["seed"] == 20180101


def test_another_seed_gives_other_draws_and_a_wider_spread_wider_ranks(small_run_folder):
    run = Run.open(small_run_folder)
    one, other = run.robustness(seed=1), run.robustness(seed=2)
    assert one.pairs["rank_mean"].tolist() != other.pairs["rank_mean"].tolist()
    assert one.pairs["score"].tolist() == other.pairs["score"].tolist()
    narrow, wide = (run.robustness(spread=spread).pairs for spread in (0.05, 1.0))
    assert (narrow["rank_high"] - narrow["rank_low"]).mean() < (
        wide["rank_high"] - wide["rank_low"]
    ).mean()
