"""What one weight does, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from sitesel.decide.scoring import score
from sitesel.decide.sensitivity import moved, overthrows, scores_under, tornado


def judge_of(values):
    return lambda table: scores_under(values, table[:, :, 0], 0.5)


def two(weights):
    return np.column_stack([weights, weights])


def test_scores_are_those_of_the_decision():
    rng = np.random.default_rng(1)
    values, weights = rng.random((20, 5)), rng.dirichlet(np.ones(5), 3)
    values[rng.random((20, 5)) < 0.2] = np.nan
    for weight, scores in zip(weights, scores_under(values, weights, 0.2), strict=True):
        assert scores == pytest.approx(score(values, weight, unknown=0.2).score, nan_ok=True)


def test_the_nearest_overthrow_is_where_the_lines_cross():
    rng = np.random.default_rng(5)
    values, weights = rng.random((15, 4)), rng.dirichlet(np.ones(4))
    first = int(np.argmax(values @ weights))
    expected = {}
    for j, own in enumerate(weights):
        rest = (values @ weights - own * values[:, j]) / (1 - own)
        gap, slope = rest[first] - rest, values[:, j] - values[first, j]
        with np.errstate(invalid="ignore", divide="ignore"):
            cross = gap / (gap + slope)
        cross = cross[(cross >= 0) & (cross <= 1)]
        if len(cross):
            expected[j] = cross[np.argmin(np.abs(cross - own))]
    found = {each.criterion: each.becomes for each in overthrows(judge_of(values), two(weights))}
    assert found == pytest.approx(expected, abs=1e-6)
    changes = [abs(share - weights[j]) for j, share in found.items()]
    assert changes == sorted(changes)


def test_the_winner_wins_at_the_new_weight():
    rng = np.random.default_rng(6)
    values, weights = rng.random((15, 4)), two(rng.dirichlet(np.ones(4)))
    for each in overthrows(judge_of(values), weights):
        after = judge_of(values)(moved(weights, each.criterion, [each.becomes]))[0]
        assert int(np.argmax(after)) == each.winner


def test_what_is_best_in_all_is_never_dethroned():
    assert overthrows(judge_of(np.array([[1.0, 1.0], [0.5, 0.9]])), two([0.5, 0.5])) == []


def test_a_single_criterion_has_nobody_to_give_its_weight_to():
    weights = two([1.0, 0.0])
    assert moved(weights, 0, [0.3])[0].tolist() == weights.tolist()


def test_moved_weights_stay_shares():
    weights = np.array([[0.6, 0.4], [0.4, 0.3], [0.0, 0.3]])
    for criterion in range(3):
        table = moved(weights, criterion, np.linspace(0, 1, 11))
        assert table.sum(axis=1) == pytest.approx(1)
        assert (table >= 0).all()
    assert moved(weights, 2, [0.5])[0, :, 0].tolist() == weights[:, 0].tolist()


def test_the_tornado_is_widest_first():
    rng = np.random.default_rng(7)
    values, weights = rng.random((15, 5)), rng.dirichlet(np.ones(5))
    table = tornado(judge_of(values), two(weights), 3)
    assert table["criterion"].nunique() == 5
    swing = (table["score_doubled"] - table["score_halved"]).abs().to_numpy()
    assert (np.diff(swing) <= 0).all()
    row = table.iloc[0]
    j = int(row["criterion"])
    half = weights * (1 - weights[j] / 2) / (1 - weights[j])
    half[j] = weights[j] / 2
    assert row["score_halved"] == pytest.approx(values[3] @ half)
    assert row["rank_halved"] == 1 + (values @ half > values[3] @ half).sum()
