"""What follows from measures: scores by hand, sites that hold together, open ports."""

import math
from datetime import date
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest
import yaml
from skcriteria import mkdm
from skcriteria.agg.simple import WeightedSumModel

from sitesel import plan
from sitesel.catalog.layers import Catalog
from sitesel.decide.weights import SIDES
from sitesel.decision import decide, value_matrix
from sitesel.errors import StudyError
from sitesel.measure import measures as measure_room
from sitesel.sites import RAW
from sitesel.study import Run, Study

DAYS = {"before": date(2025, 6, 1), "study": date(2026, 11, 21), "after": date(2029, 1, 1)}


@pytest.fixture(scope="module")
def run(small_run_folder):
    return Run.open(small_run_folder)


@pytest.fixture(scope="module")
def wide(run):
    """The same measures with sites of five cells that lie ten kilometres apart."""
    content = run.study.model_dump(by_alias=True)
    content["sites"] |= {"hectares": 2000, "apart_km": 10, "per_side": 8}
    return decide(Study.model_validate(content), run.measures, run.measured.delays)


# --- scores in plain Python, from the files alone --------------------------------------------


def known(raw):
    return raw is not None and raw == raw  # noqa: PLR0124 (NaN)


def worth(value, raw):
    """Return the value of a raw measure, or None if unknown."""
    if not known(raw):
        return None
    if value["kind"] == "classes":
        return value["of"].get(raw, value.get("otherwise"))
    anchors = sorted((float(x), y) for x, y in value["at"].items())
    x, points = float(raw), anchors
    if value["kind"] == "log":
        points = [(math.log10(x), y) for x, y in anchors]
        x = math.log10(x) if x > 0 else -math.inf
    if x <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in pairwise(points):
        if x <= x1:
            return y0 + (x - x0) / (x1 - x0) * (y1 - y0)
    return points[-1][1]


def by_hand(study, row):
    """Return score, low and high of one candidate."""
    mine = {
        name: c
        for name, c in study["criteria"].items()
        if c.get("applies_to") in {None, row["side"]} and RAW + name in row
    }
    of_group = {}
    for c in mine.values():
        of_group[c["group"]] = of_group.get(c["group"], 0) + c["weight"]
    total = done = heard = counted = 0.0
    for name, c in mine.items():
        weight = study["groups"][c["group"]] * c["weight"] / of_group[c["group"]]
        value = worth(c["value"], row[RAW + name])
        total += weight
        if value is not None:
            done += weight * value
            heard += weight
        else:
            counted += weight * c["unknown"]
    return (done + counted) / total, done / total, (done + total - heard) / total


def test_scores_are_those_of_plain_arithmetic(run, small_run_folder):
    study = yaml.safe_load((small_run_folder / "study.yaml").read_text("utf-8"))
    expected = [by_hand(study, row) for row in run.measures.to_dict("records")]
    np.testing.assert_allclose(np.array(run.decision.scores).T, expected, rtol=0, atol=1e-12)
    low, high = run.decision.scores.low, run.decision.scores.high
    assert (low <= high).all()
    assert (low < high).any()  # the free zone is unknown on this date


def test_scores_are_those_of_scikit_criteria(run):
    checked = 0
    for column, side in enumerate(("US", "MX")):
        here = (run.measures["side"] == side).to_numpy()
        weights = run.decision.weights[:, column]
        unknown = [run.study.criteria[name].unknown for name in run.decision.criteria]
        values = run.decision.values[here]
        full = weights > 0
        matrix = np.where(np.isnan(values), unknown, values)[:, full]
        problem = mkdm(matrix, [max] * matrix.shape[1], weights=weights[full] / weights[full].sum())
        score = WeightedSumModel().evaluate(problem).e_.score
        ours = run.decision.scores.score[here]
        np.testing.assert_allclose(ours, score, rtol=0, atol=1e-12)
        checked += len(ours)
    assert checked > 200


def test_weights_are_shares_of_one_on_each_side(run):
    weights = pd.DataFrame(run.decision.weights, run.decision.criteria, ["US", "MX"])
    assert weights.sum().to_numpy() == pytest.approx([1, 1], abs=1e-12)
    assert (weights.loc[["trade_zone", "opportunity_zone"], "MX"] == 0).all()
    assert (weights.loc[["free_zone", "pole"], "US"] == 0).all()
    assert weights.loc[["trade_zone", "opportunity_zone"], "US"].sum() == pytest.approx(
        weights.loc[["free_zone", "pole"], "MX"].sum()
    )


def test_a_class_without_a_value_is_told(run):
    measures = run.measures.assign(**{"raw:water_status": "drowned"})
    with pytest.raises(StudyError, match=r"criteria\.water_status\.value\.of: .*'drowned'"):
        value_matrix({"water_status": run.study.criteria["water_status"]}, measures)


def test_words_where_numbers_are_needed_are_told_with_the_criterion(run):
    rail = run.study.criteria["rail"]
    words = run.measures.assign(**{RAW + "rail": "x10"})
    said = r"^criteria\.rail\.value: a value function of kind 'linear' needs numbers, .*'x10'"
    with pytest.raises(StudyError, match=said):
        value_matrix({"rail": rail}, words)


# --- sites -----------------------------------------------------------------------------------


def squares(measures, cells):
    return {(int(measures["row"].iloc[i]), int(measures["col"].iloc[i])) for i in cells}


def hang_together(cells):
    reached, rest = set(), set(cells)
    edge = [min(rest)]
    while edge:
        row, col = edge.pop()
        reached.add((row, col))
        around = {(row + 1, col), (row - 1, col), (row, col + 1), (row, col - 1)}
        edge += (around & rest) - reached
    return reached == rest


def test_sites_hang_together_and_have_the_wished_size(run, wide):
    assert len(wide.sites) > 5
    assert wide.sites["hectares"].max() == 2000
    for site, cells in zip(wide.sites.index, wide.cells, strict=True):
        land = run.measures["hectares"].iloc[cells].sum()  # less than 5 x 400 ha at the border
        assert wide.sites.loc[site, "hectares"] == pytest.approx(land)
        assert len(cells) == len(set(cells.tolist())) == 5
        assert hang_together(squares(run.measures, cells))
        assert run.measures.index[cells[0]] == site
        assert run.measures["side"].iloc[cells].nunique() == 1


def test_sites_of_a_side_lie_apart(run, wide):
    grounds = zip(wide.sites["side"], wide.cells, strict=True)
    for (side, one), (other_side, other) in combinations(grounds, 2):
        if side != other_side:
            continue
        gap = min(
            math.hypot(a - c, b - d)
            for a, b in squares(run.measures, one)
            for c, d in squares(run.measures, other)
        )
        assert 2 * gap >= 10


def test_sites_are_ranked_by_score_on_each_side(wide):
    assert wide.sites["side"].tolist() == sorted(wide.sites["side"], reverse=True)
    for _, own in wide.sites.groupby("side"):
        assert own["rank"].tolist() == list(range(1, len(own) + 1))
        assert own["score"].is_monotonic_decreasing


def test_a_site_has_the_means_of_its_cells(run, wide):
    for number, cells in enumerate(wide.cells):
        own, site = run.measures.iloc[cells], wide.sites.iloc[number]
        assert site["raw_rail"] == pytest.approx(own["raw:rail"].mean())
        assert site["lon"] == pytest.approx(own["lon"].mean())
        assert site["score_low"] <= site["score"] <= site["score_high"]
        column = wide.criteria.index("workers")
        assert site["value_workers"] == pytest.approx(wide.values[cells, column].mean())


@pytest.mark.parametrize("name", ["rail", "water_status"])
@pytest.mark.parametrize("blanks", [0, 2, 3, 5])
def test_a_site_of_which_most_cells_are_unknown_is_unknown(run, name, blanks):
    """Of five cells two are too few to speak for the site, three are enough."""
    content = run.study.model_dump(by_alias=True)
    content["sites"] |= {"hectares": 2000, "located_by": {"criteria": {name: 0}}}  # they stay
    study, measures = Study.model_validate(content), run.measures.copy()
    measures[f"raw:{name}"] = "scarce" if name == "water_status" else 10.0
    cells = decide(study, measures, run.measured.delays).cells[0]
    measures.iloc[cells[:blanks], measures.columns.get_loc(f"raw:{name}")] = np.nan
    again = decide(study, measures, run.measured.delays)
    site = again.sites.loc[measures.index[cells[0]]]
    assert pd.isna(site[f"value_{name}"]) == pd.isna(site[f"raw_{name}"]) == (blanks > 2)
    if blanks <= 2:
        assert site[f"raw_{name}"] == measures[f"raw:{name}"].iloc[cells[-1]]
    wide = site["score_high"] - site["score_low"]
    weight = again.weights[again.criteria.index(name), SIDES.index(site["side"])]
    assert (wide >= weight - 1e-9) == (blanks > 2)


def test_equal_sites_stand_in_the_order_of_their_ids(run):
    """Whatever weights located them: the page knows the ids, and not who was found first."""
    content = run.study.model_dump(by_alias=True)
    weights = {name: criterion.weight for name, criterion in run.study.criteria.items()}
    content["sites"] |= {"located_by": {"groups": dict(run.study.groups), "criteria": weights}}
    content["groups"] = dict.fromkeys(content["groups"], 0) | {"access": 1}
    for name, criterion in content["criteria"].items():
        criterion["weight"] = float(name == "rail")
    study, measures = Study.model_validate(content), run.measures.assign(**{"raw:rail": 10.0})
    again = decide(study, measures, run.measured.delays)
    assert set(again.sites.index) == set(
        decide(run.study, measures, run.measured.delays).sites.index
    )
    for side in SIDES:
        own = again.sites[again.sites["side"] == side]
        assert own["score"].nunique() == 1
        assert len(own) > 3
        assert own.index.tolist() == sorted(own.index)


def test_only_cells_that_pass_or_are_unknown_make_sites(run):
    assert (run.decision.verdict == "CONDITIONAL").sum() > 50
    for cells in run.decision.cells:
        assert set(run.decision.verdict[cells]) <= {"PASS", "UNKNOWN"}


def test_conditional_cells_keep_their_score_and_failed_ones_make_no_site(run):
    """Dry land is made to fail where the best sites were; they move, the scores stay."""
    best = run.decision.cells[0]
    wet = run.measures["gate:water_body"].copy()
    wet.iloc[best] = 0.9
    moved = decide(run.study, run.measures.assign(**{"gate:water_body": wet}), run.measured.delays)
    assert (moved.verdict[best] == "FAIL").all()
    used = np.concatenate(moved.cells)
    assert not set(best.tolist()) & set(used.tolist())
    np.testing.assert_array_equal(moved.scores.score, run.decision.scores.score)
    conditional = run.decision.verdict == "CONDITIONAL"
    assert not np.isnan(run.decision.scores.score[conditional]).any()


def test_conditional_cells_make_sites_only_where_the_study_takes_them(run):
    content = run.study.model_dump(by_alias=True)
    content["sites"] |= {"take": ["CONDITIONAL"]}
    taken = decide(Study.model_validate(content), run.measures, run.measured.delays)
    assert set(taken.sites["status"]) == {"CONDITIONAL"}


def test_an_unknown_gate_is_unknown(run):
    dry = run.measures["gate:water_body"].copy()
    dry.iloc[:] = np.nan
    decision = decide(
        run.study, run.measures.assign(**{"gate:water_body": dry}), run.measured.delays
    )
    assert set(decision.verdict) == {"UNKNOWN"}
    assert set(decision.sites["status"]) == {"UNKNOWN"}


def test_a_site_larger_than_any_land_is_told(run):
    content = run.study.model_dump(by_alias=True)
    content["sites"] |= {"hectares": 1e6}
    with pytest.raises(StudyError, match=r"sites\.hectares: no 1e\+06 ha"):
        decide(Study.model_validate(content), run.measures, run.measured.delays)


def test_the_true_cause_is_told_where_there_is_no_site(run):
    def told(measures, **sites):
        content = run.study.model_dump(by_alias=True)
        content["sites"] |= sites
        with pytest.raises(StudyError) as caught:
            decide(Study.model_validate(content), measures, run.measured.delays)
        return str(caught.value).partition(": ")[2]

    raw = [name for name in run.measures if name.startswith(RAW)]
    nothing = run.measures.assign(**dict.fromkeys(raw, np.nan))
    assert told(nothing).startswith("criteria: what weighs is UNKNOWN everywhere")
    assert told(nothing, take=["CONDITIONAL"]).startswith("criteria: what weighs is UNKNOWN")
    gates = {f"gate:{name}": np.nan for name in run.study.gates}
    open_land = run.measures.assign(**gates)
    assert told(open_land, take=["PASS"]).startswith(
        "gates: no candidate with a score has a verdict"
    )
    wet = run.measures.assign(**dict.fromkeys(gates, 1000000000.0))
    assert "loosen the gates or take more verdicts" in told(wet)


def test_given_land_that_fails_every_gate_is_told_as_that(run):
    from shapely import Point

    gates = {f"gate:{name}": 1e9 for name in run.study.gates}
    lots = run.measures.iloc[:5].assign(**gates, geometry=Point(0, 0).wkb)
    content = run.study.model_dump(by_alias=True) | {"candidates": {"layer": "lots"}}
    with pytest.raises(StudyError, match="gates: no candidate with a score passes them"):
        decide(Study.model_validate(content), lots, run.measured.delays)


# --- pairs -----------------------------------------------------------------------------------


def test_pairs_are_what_they_say(run, wide):
    assert len(wide.pairs) > 10
    content = yaml.safe_load(run.study.dump())["pairs"]
    for pair in wide.pairs.to_dict("records"):
        us, mx = wide.sites.loc[pair["us_site"]], wide.sites.loc[pair["mx_site"]]
        assert (us["side"], mx["side"]) == ("US", "MX")
        lower, upper = sorted([us["score"], mx["score"]])
        link = worth(content["link"]["value"], pair["link_minutes"])
        assert pair["score"] == pytest.approx((0.7 * lower + 0.3 * upper) * link, abs=1e-12)
        legs = pair["us_minutes"] + pair["delay_minutes"] + pair["mx_minutes"]
        assert pair["link_minutes"] == pytest.approx(legs, abs=1e-9)
        assert pair["score_low"] <= pair["score"] <= pair["score_high"]


def test_every_pair_takes_its_quickest_port(run, wide):
    number = {site: position for position, site in enumerate(wide.sites.index)}
    for pair in wide.pairs.to_dict("records"):
        quickest = min(
            run.measures[f"port:{port}"].iloc[wide.cells[number[pair["us_site"]]]].mean()
            + delay
            + run.measures[f"port:{port}"].iloc[wide.cells[number[pair["mx_site"]]]].mean()
            for port, delay in run.measured.delays.items()
            if run.measures[f"port:{port}"].notna().any()
        )
        assert pair["link_minutes"] == pytest.approx(quickest, abs=1e-9)


def test_the_best_set_shares_no_site(wide):
    chosen = wide.pairs[wide.pairs["set_rank"].notna()]
    assert chosen["us_site"].is_unique
    assert chosen["mx_site"].is_unique
    assert sorted(chosen["set_rank"]) == list(range(1, len(chosen) + 1))


def test_no_pair_goes_through_a_port_that_is_closed_to_trucks(run, wide, catalog):
    ports = pd.read_csv(catalog["ports_of_entry"].path, dtype=str).set_index("port_id")
    assert set(run.measured.delays) <= set(ports.index[ports["commercial"] == "true"])
    assert "bota" not in run.measured.delays
    assert set(wide.pairs["port"]) <= set(run.measured.delays)


def test_a_port_that_closes_carries_no_pair(run, wide):
    busiest = wide.pairs["port"].mode()[0]
    open_ = {port: delay for port, delay in run.measured.delays.items() if port != busiest}
    pairs = decide(run.study, run.measures, open_).pairs
    assert len(pairs)
    assert busiest not in set(pairs["port"])


def test_without_pairs_there_are_none(run):
    study = run.study.model_copy(update={"pairs": None})
    assert decide(study, run.measures, run.measured.delays).pairs.empty


# --- incentives by date ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def zones(run, catalog):
    """Free zone and Opportunity Zone of each candidate on three days."""
    frame = plan.candidates_of(run.study, catalog)
    said = {}
    for name, day in DAYS.items():
        world = measure_room.World(catalog, day)
        said[name] = pd.DataFrame(
            {
                "side": frame["side"],
                **{
                    zone: measure_room.run(run.study.criteria[zone].measure, frame, world)
                    for zone in ("free_zone", "opportunity_zone")
                },
            }
        )
    return said


def test_the_free_zone_holds_until_2025_and_is_unknown_after(zones):
    """Decree of 2024-12-24: in force to 2025-12-31; no later extension is sourced."""
    mexico = {name: frame[frame["side"] == "MX"]["free_zone"] for name, frame in zones.items()}
    assert (mexico["before"] == 1).mean() > 0.5  # Juárez and its neighbours on the line
    for name in ("study", "after"):
        assert mexico[name][mexico["before"] == 1].isna().all()
        assert (mexico[name][mexico["before"] == 0] == 0).all()


def test_opportunity_zones_hold_until_the_end_of_2028(zones):
    usa = {name: frame[frame["side"] == "US"]["opportunity_zone"] for name, frame in zones.items()}
    assert (usa["before"] > 0.5).any()
    pd.testing.assert_series_equal(usa["before"], usa["study"])
    inside = usa["before"] > 0
    assert not (usa["after"][inside] > 0).any()


def test_the_date_moves_the_scores(run, zones):
    """What was in force in 2025 counts in full then, and is an interval later."""
    free = zones["before"]["free_zone"].reindex(run.measures.index)
    then = decide(run.study, run.measures.assign(**{"raw:free_zone": free}), run.measured.delays)
    column = then.criteria.index("free_zone")
    gained = (free == 1).to_numpy() & (run.measures["side"] == "MX").to_numpy()
    assert (then.values[gained, column] == 1).all()
    assert np.isnan(run.decision.values[gained, column]).all()
    assert (then.scores.score[gained] == then.scores.low[gained]).all()
    assert (run.decision.scores.high[gained] > run.decision.scores.low[gained]).all()
    np.testing.assert_allclose(
        run.decision.scores.high[gained], then.scores.score[gained], rtol=0, atol=1e-12
    )


def test_nationwide_incentives_are_never_measured():
    """The table of incentives has no geometry, so no criterion of a shipped study reads it."""
    assert Catalog.default()["incentives"].geometry.kind == "table"
    for name in ("border", "paso-del-norte"):
        assert "incentives" not in {layer for _, layer in Study.load(name).named_layers()}
