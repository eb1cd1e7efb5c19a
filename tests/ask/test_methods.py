"""A run ranked by another method: like other libraries rank it, and like the run by its own."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pymcdm import methods as peer
from skcriteria import mkdm
from skcriteria.agg.simple import WeightedProductModel, WeightedSumModel

from sitesel.ask.methods import METHODS, ranked_by, save
from sitesel.decide.combine import FLOOR
from sitesel.errors import StudyError, UnknownNameError
from sitesel.findings import print_ranking
from sitesel.study import Run


@pytest.fixture(scope="module")
def run(small_run_folder):
    """The small study with so many sites that methods disagree."""
    run = Run.open(small_run_folder)
    sites = run.study.sites.model_copy(update={"per_side": 30, "apart_km": 0})
    pairs = run.study.pairs.model_copy(update={"keep": 900})
    return run.under(run.study.model_copy(update={"sites": sites, "pairs": pairs}))


def counted(run, side):
    """Return sites, the values they count with, and their weights, by the tables alone."""
    sites = run.decision.sites[run.decision.sites["side"] == side]
    columns = {
        name: sites[f"value_{name}"].fillna(run.study.criteria[name].unknown).to_numpy()
        for name in run.decision.criteria
    }
    weights = run.decision.weights[:, ["US", "MX"].index(side)]
    used = weights > 0
    return sites, np.column_stack(list(columns.values()))[:, used], weights[used]


def plain_owa(values, weights, orness):
    """Yager (1996), one site at a time: shares of Q between what is reached, best first."""
    ranked = sorted(zip(values, weights, strict=True), reverse=True)
    power, reached, total = (1 - orness) / orness, 0.0, 0.0
    for value, weight in ranked:
        total += ((reached + weight) ** power - reached**power) * value
        reached += weight
    return total


def by_peer(method, values, weights):
    if method == "sum":
        return WeightedSumModel().evaluate(mkdm(values, [1] * len(weights), weights=weights)).rank_
    if method == "product":
        least = np.maximum(values, FLOOR)
        matrix = mkdm(least, [1] * len(weights), weights=weights)
        return WeightedProductModel().evaluate(matrix).rank_
    if method == "topsis":  # the ideals 1 and 0 as two more sites: then they are what occurs
        best, worst = np.ones_like(weights), np.zeros_like(weights)
        plain = peer.TOPSIS(normalization_function=lambda x, cost: x)  # noqa: ARG005 (their call)
        matrix = np.vstack([values, best, worst])
        closeness = plain(matrix, weights, best, validation=False)[:-2]
        return peer.TOPSIS().rank(closeness)
    return peer.TOPSIS().rank(np.array([plain_owa(row, weights, 0.3) for row in values]))


@pytest.mark.parametrize("method", METHODS)
def test_sites_stand_as_other_libraries_rank_them(run, method):
    found = ranked_by(run, method, orness=0.3 if method == "owa" else None)
    assert found.method == ("owa 0.3" if method == "owa" else method)
    for side in ("US", "MX"):
        sites, values, weights = counted(run, side)
        own = found.sites[found.sites["side"] == side].set_index("site_id")
        expected = pd.Series(by_peer(method, values, weights), sites.index).rank(method="first")
        assert own["rank"].is_monotonic_increasing
        assert own["rank"].loc[sites.index].tolist() == expected.astype(int).tolist()
        assert own["sum_rank"].loc[sites.index].tolist() == sites["rank"].tolist()
        assert (own["move"] == own["sum_rank"] - own["rank"]).all()
        assert (own["move"].abs().max() > 2) == (method != "sum")


def test_the_weighted_sum_ranks_as_the_run_does(run):
    found = ranked_by(run, "sum")
    own = run.pairs[run.pairs["rank"] <= run.study.pairs.keep]
    for name in ("rank", "us_site", "mx_site", "port"):
        assert found.pairs[name].tolist() == own[name].tolist()
    for name in ("score", "us_score", "mx_score", "link_minutes", "link_value"):
        assert found.pairs[name].tolist() == pytest.approx(own[name].tolist(), abs=1e-12)
    assert (found.pairs["move"] == 0).all()
    assert (found.sites["move"] == 0).all()


def test_pairs_join_what_their_sites_are_worth_by_the_method(run):
    found = ranked_by(run, "product")
    worth = found.sites.set_index("site_id")["score"]
    rule, best = run.study.pairs.weaker_side, found.pairs
    us, mx = best["us_site"].map(worth), best["mx_site"].map(worth)
    weaker, better = np.minimum(us, mx), np.maximum(us, mx)
    expected = (rule * weaker + (1 - rule) * better) * best["link_value"]
    assert best["score"].tolist() == pytest.approx(expected.tolist())
    assert best["score"].is_monotonic_decreasing
    summed = run.pairs.set_index(["us_site", "mx_site"])["rank"]
    both = summed.reindex(pd.MultiIndex.from_frame(best[["us_site", "mx_site"]]))
    assert best["sum_rank"].tolist() == both.tolist()
    few = run.study.pairs.model_copy(update={"keep": 3})
    short = run.under(run.study.model_copy(update={"pairs": few}))
    assert len(ranked_by(short, "product").pairs) == 3


@pytest.mark.parametrize("method", METHODS)
def test_a_veto_takes_sites_and_their_pairs_out_of_any_method(run, method):
    values = run.decision.sites["value_workers"]
    bar = float(values.median())
    out = set(values.index[values < bar])
    assert 0 < len(out) < len(values)
    orness = 0.3 if method == "owa" else None
    found = ranked_by(run, method, orness=orness, vetoes=[f"workers={bar}"])
    gone = found.sites[found.sites["rank"].isna()]
    assert set(gone["site_id"]) == out
    assert set(gone["veto"]) == {"workers"}
    assert gone["sum_rank"].notna().all(), "they keep their place under the weighted sum"
    assert not set(found.pairs["us_site"]) & out
    assert not set(found.pairs["mx_site"]) & out
    assert set(found.sites["veto"]) == {"workers", ""}


def test_an_unknown_counts_as_its_criterion_states_and_is_not_vetoed(run):
    site, sites = run.decision.sites.index[0], run.decision.sites.copy()
    sites.loc[site, "value_workers"] = float("nan")

    def found(unknown):
        stated = run.study.criteria["workers"].model_copy(update={"unknown": unknown})
        criteria = run.study.criteria | {"workers": stated}
        blind = run.under(run.study.model_copy(update={"criteria": criteria}))
        blind.__dict__["decision"] = replace(run.decision, sites=sites)
        ranked = ranked_by(blind, "owa", orness=0.2, vetoes=["workers=0.01"])
        return ranked.sites.set_index("site_id").loc[site]

    low, high = found(0.0), found(1.0)
    assert low["veto"] == high["veto"] == ""
    assert low["score"] < found(0.5)["score"] < high["score"]


def test_a_study_without_pairs_ranks_its_sites(run, tmp_path):
    alone = run.under(run.study.model_copy(update={"pairs": None}))
    found = ranked_by(alone, "topsis")
    assert found.pairs.empty
    assert len(found.sites) == len(run.decision.sites)
    assert save(found, tmp_path) == ["sites_by_topsis.csv"]


def test_where_a_veto_leaves_nothing_the_file_of_pairs_is_empty(run, tmp_path, capsys):
    found = ranked_by(run, "sum", vetoes=["water_status=1"])
    assert found.pairs.empty
    assert save(found, tmp_path) == ["sites_by_sum.csv", "pairs_by_sum.csv"]
    assert pd.read_csv(tmp_path / "pairs_by_sum.csv").empty
    print_ranking(found)
    assert "No pair is left" in capsys.readouterr().out


def test_the_files_are_the_tables(run, tmp_path):
    found = ranked_by(run, "owa", orness=0.3, vetoes=["workers=0.4"])
    names = ["sites_by_owa_0.3.csv", "pairs_by_owa_0.3.csv"]
    assert save(found, tmp_path) == names
    for name, table in zip(names, (found.sites, found.pairs), strict=True):
        read = pd.read_csv(tmp_path / name, keep_default_na=False)
        assert list(read) == list(table)
        ranks = ["" if pd.isna(rank) else str(rank) for rank in table["rank"]]
        assert list(map(str, read["rank"])) == ranks


@pytest.mark.parametrize(
    ("method", "orness", "error", "said"),
    [
        ("owa", None, StudyError, "state one --orness"),
        ("sum", 0.3, StudyError, "belongs to --by owa"),
        ("owa", 1.5, StudyError, "between 0"),
        ("topsi", None, UnknownNameError, "did you mean 'topsis'"),
    ],
)
def test_a_mistake_names_its_remedy(run, method, orness, error, said):
    with pytest.raises(error, match=said):
        ranked_by(run, method, orness=orness)
