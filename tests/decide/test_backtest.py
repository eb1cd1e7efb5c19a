"""Does a score find points: against scikit-learn's definition by hand, and known cases."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from sitesel.decide import backtest


def test_auc_is_mann_whitney():
    rng = np.random.default_rng(1)
    score = rng.integers(0, 30, 500) / 30
    points = rng.choice(500, 40)
    expected = mannwhitneyu(score[points], score).statistic / (40 * 500)
    found = backtest.found(backtest.places(score, points), seed=1)
    assert found.auc.value == pytest.approx(expected)
    assert found.auc.low < expected < found.auc.high


def test_a_blind_score_finds_nothing_and_a_seeing_one_all():
    rng = np.random.default_rng(2)
    truth = np.arange(10_000)
    blind = backtest.found(backtest.places(rng.random(10_000), truth[-300:]), seed=1)
    assert blind.auc.value == pytest.approx(0.5, abs=0.05)
    assert blind.lift[-1].value == pytest.approx(1, abs=0.25)
    seeing = backtest.found(backtest.places(truth, truth[-100:]), seed=1)
    assert [each.value for each in seeing.capture] == [1, 1, 1, 1]
    assert [each.value for each in seeing.lift] == pytest.approx([100, 20, 10, 5])


def test_unknown_land_is_the_worst():
    place = backtest.places([np.nan, 0.1, 0.2, 0.3], [0, 3])
    assert place.tolist() == [0.125, 0.875]


def test_the_interval_holds_the_truth_nine_times_in_ten():
    rng = np.random.default_rng(3)
    inside = 0
    for seed in range(200):
        figure = backtest.found(rng.beta(4, 2, 40), seed=seed).auc
        inside += figure.low <= 4 / 6 <= figure.high
    assert 165 <= inside <= 195


def test_regions_do_not_help_each_other():
    score = np.array([0.9, 0.8, 0.2, 0.1])
    region = np.array(["a", "a", "b", "b"])
    place = backtest.regional_places(score, [1, 2], region)
    assert place.tolist() == [0.25, 0.75]
    assert backtest.macro(place, region[[1, 2]], seed=1).value == 0.5
    assert backtest.places(score, [1, 2]).tolist() == [0.625, 0.375]


def test_macro_counts_each_region_alike_and_draws_regions():
    place = np.array([0.9] * 50 + [0.5])
    region = ["a"] * 50 + ["b"]
    figure = backtest.macro(place, region, seed=1)
    assert figure.value == pytest.approx(0.7)
    assert (figure.low, figure.high) == pytest.approx((0.5, 0.9))
    alone = backtest.macro(np.array([0.2, 0.8]), ["a", "a"], seed=1)
    assert alone.low < 0.5 < alone.high
    assert (figure.of, alone.of) == (2, 1)


def test_the_capture_curve_ends_at_all():
    place = np.random.default_rng(1).random(30)
    curve = backtest.capture_curve(place, np.linspace(0, 1, 21))
    assert (np.diff(curve) >= 0).all()
    assert curve[-1] == 1


def test_suggested_weights_are_those_that_made_the_points():
    rng = np.random.default_rng(5)
    values = rng.random((20_000, 4))
    side = rng.integers(0, 2, 20_000)
    truth = values @ [6.0, 3.0, 0.0, -4.0]
    points = np.flatnonzero(rng.random(20_000) < 1 / (1 + np.exp(7 - truth)))
    weights = backtest.suggest(values, side, points, np.arange(20_000))
    assert weights.sum() == pytest.approx(1)
    assert weights[3] == 0
    assert weights[2] == pytest.approx(0, abs=0.03)
    assert weights[0] / weights[1] == pytest.approx(2, rel=0.15)


def test_suggested_weights_do_not_mind_unknown_values():
    rng = np.random.default_rng(6)
    values = rng.random((500, 3))
    points = np.argsort(-values[:, 0])[:50]
    values[:, 2] = np.nan
    weights = backtest.suggest(values, np.ones(500, int), points, np.arange(500))
    assert weights[0] > 0.9
    assert weights[2] == pytest.approx(0, abs=1e-6)


def test_folds_keep_regions_whole():
    region = ["a"] * 9 + ["b"] * 3 + ["c"] * 3 + ["d", "e", "f", "g"]
    folds = backtest.folds(region)
    assert len(folds) == 5
    assert sorted(name for fold in folds for name in fold) == list("abcdefg")
