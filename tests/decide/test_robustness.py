"""Rank acceptability, against plain loops and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from sitesel.decide import robustness
from sitesel.decide.robustness import (
    draw_unknown,
    draw_weights,
    drawn_scores,
    pair_ranks,
    pair_scores,
    ranks,
    summary,
    top_shares,
)


def dyadic(seed, n, k, draws):
    """Values and weights that float32 adds without rounding, so that ties are true ties."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 17, (n, k)) / 16
    weights = rng.multinomial(256, np.full(k, 1 / k), draws) / 256
    return values, weights


@pytest.mark.parametrize(
    ("n", "k", "draws", "top"),
    [(2500, 12, 300, 10), (1003, 5, 77, 3), (7, 3, 20, 10), (1, 1, 2, 1)],
)
@pytest.mark.parametrize("threads", [1, 2])
def test_top_shares_are_those_of_a_plain_loop(n, k, draws, top, threads):
    values, weights = dyadic(n, n, k, draws)
    first, best = np.zeros(n), np.zeros(n)
    for weight in weights:
        scores = (values @ weight).tolist()  # exact, whatever the order of its sums
        order = sorted(range(n), key=lambda i: (-scores[i], i))
        first[order[0]] += 1
        for i in order[:top]:
            best[i] += 1
    result = top_shares(values, weights, top=top, threads=threads)
    assert result[0].tolist() == (first / draws).tolist()
    assert result[1].tolist() == (best / draws).tolist()


def test_top_shares_do_not_depend_on_threads_when_values_are_unknown():
    values, weights = dyadic(1, 3000, 8, 500)
    values[::7, 3] = np.nan
    values[5] = np.nan
    one, two = (top_shares(values, weights, threads=threads, seed=4) for threads in (1, 2))
    assert one[1].tolist() == two[1].tolist()
    assert one[1].sum() == pytest.approx(10)
    assert top_shares(values, weights, seed=5)[1].tolist() != one[1].tolist()


@pytest.mark.parametrize("spread", [0.1, 0.3, 0.8])
def test_draws_have_the_mean_and_spread_of_the_dirichlet(spread):
    weights = np.array([0.5, 0.25, 0.15, 0.1, 0.0])
    drawn = draw_weights(weights, 40_000, seed=3, spread=spread)
    assert drawn.sum(axis=1) == pytest.approx(1)
    assert drawn.mean(axis=0) == pytest.approx(weights, abs=0.005)
    concentration = 3 / spread**2 - 1
    expected = np.sqrt(weights * (1 - weights) / (concentration + 1))
    assert drawn.std(axis=0) == pytest.approx(expected, rel=0.03)
    even = draw_weights(np.full(10, 0.1), 40_000, seed=3, spread=spread)
    assert even.std() == pytest.approx(0.1 * spread, rel=0.02)


def test_the_whole_simplex_is_drawn_evenly():
    drawn = draw_weights([0.7, 0.2, 0.1], 40_000, seed=1, spread=None)
    assert drawn.mean(axis=0) == pytest.approx(1 / 3, abs=0.005)
    assert (drawn[:, 0] > 0.5).mean() == pytest.approx(0.25, abs=0.01)


def test_one_draw_holds_on_both_sides():
    weights = np.array([[0.5, 0.6], [0.3, 0.4], [0.2, 0.0]])
    drawn = draw_weights(weights, 50, seed=1, spread=0.4)
    assert drawn.sum(axis=1) == pytest.approx(1)
    assert (drawn[:, 2, 1] == 0).all()
    ratio = drawn[:, 0] / drawn[:, 1]
    assert ratio[:, 0] / (5 / 3) == pytest.approx(ratio[:, 1] / (6 / 4))


def test_the_same_seed_gives_the_same_draws():
    once, again, other = (draw_weights([0.5, 0.5], 9, seed=s, spread=0.3) for s in (1, 1, 2))
    assert once.tolist() == again.tolist() != other.tolist()
    assert draw_weights([1.0], 3, seed=1, spread=0.3).tolist() == [[1.0]] * 3


def test_unknown_is_drawn_from_its_interval():
    weights = np.tile([0.6, 0.4], (20_000, 1))
    scores = drawn_scores([[0.5, np.nan], [0.5, 0.5]], weights, np.random.default_rng(1))
    assert scores[:, 1] == pytest.approx(0.5)
    assert scores[:, 0].min() >= 0.3
    assert scores[:, 0].max() <= 0.7
    assert scores[:, 0].mean() == pytest.approx(0.5, abs=0.005)
    assert scores[:, 0].std() == pytest.approx(0.4 / np.sqrt(12), rel=0.02)


def test_what_is_unknown_together_is_the_same_for_all_in_a_draw():
    values = np.full((3, 2), np.nan)
    values[2, 1] = 0.25  # of this one it is known
    weights, facts = np.tile([0.6, 0.4], (500, 1)), {1: np.random.default_rng(2).random(500)}
    values[:, 0] = [0.1, 0.6, 0.6]
    scores = drawn_scores(values, weights, np.random.default_rng(1), facts=facts)
    assert scores[:, 1] - scores[:, 0] == pytest.approx(0.3)
    assert scores[:, 1] == pytest.approx(0.36 + 0.4 * facts[1])
    assert scores[:, 2] == pytest.approx(0.46)


def test_one_fact_leaves_the_draws_of_the_others_as_they_are():
    values, weights = [[np.nan, np.nan]], np.tile([1.0, 0.0], (50, 1))
    alone = drawn_scores(values, weights, np.random.default_rng(1))
    beside = drawn_scores(values, weights, np.random.default_rng(1), facts={1: np.ones(50)})
    assert alone.tolist() == beside.tolist()


@pytest.mark.parametrize("unknown", [0.0, 0.2, 0.5, 1.0])
def test_an_unknown_is_on_average_what_it_counts_as(unknown):
    drawn = draw_unknown(unknown, 20_000, np.random.default_rng(1))
    assert drawn.mean() == pytest.approx(unknown, abs=0.005)
    assert ((drawn >= 0) & (drawn <= 1)).all()


def test_what_has_no_weight_is_not_drawn():
    rng = np.random.default_rng(1)
    drawn_scores([[0.5, np.nan]], [[1.0, 0.0]], rng)
    assert rng.random() == np.random.default_rng(1).random()


def test_pair_ranks_are_those_of_a_plain_loop(monkeypatch):
    monkeypatch.setattr(robustness, "_BLOCK", 4)
    rng = np.random.default_rng(2)
    us, mx, worth = rng.random((11, 6)), rng.random((11, 5)), rng.random((6, 5))
    worth[2, 3] = worth[0] = np.nan
    kept = np.array([1, 5, 2, 3]), np.array([0, 4, 1, 3])
    result = pair_ranks(us, mx, worth, kept, 0.7)
    for draw in range(11):
        scores = {
            (i, j): (0.7 * min(us[draw, i], mx[draw, j]) + 0.3 * max(us[draw, i], mx[draw, j]))
            * worth[i, j]
            for i in range(6)
            for j in range(5)
            if worth[i, j] == worth[i, j]
        }
        order = sorted(scores, key=scores.__getitem__, reverse=True)
        expected = [
            1 + order.index((i, j)) for i, j in zip(*map(np.ndarray.tolist, kept), strict=True)
        ]
        assert result[draw].tolist() == expected


def test_pairs_far_behind_are_left_out_of_large_studies(monkeypatch):
    rng = np.random.default_rng(2)
    us, mx, worth = rng.random((20, 30)), rng.random((20, 30)), np.ones((30, 30))
    kept = np.arange(3), np.arange(3)
    whole = pair_ranks(us, mx, worth, kept, 0.7)
    monkeypatch.setattr(robustness, "_CONTENDERS", 100)
    part = pair_ranks(us, mx, worth, kept, 0.7)
    assert (part <= whole).all()
    assert part.max() <= 103


def test_ranks_and_their_summary():
    drawn = ranks(np.random.default_rng(1).random((1000, 40)))
    assert (np.sort(drawn, axis=1) == np.arange(1, 41)).all()
    table = summary(drawn)
    assert table["p_rank1"].sum() == pytest.approx(1)
    assert table["p_top10"].sum() == pytest.approx(10)
    inside = (drawn >= table["rank_low"].to_numpy()) & (drawn <= table["rank_high"].to_numpy())
    assert (inside.mean(axis=0) >= 0.9).all()
    few = summary(np.arange(1, 13)[:, None])  # of 12 draws, 90 % and no less are all of them
    assert few[["rank_low", "rank_high"]].to_numpy().tolist() == [[1, 12]]
    assert summary(np.empty((5, 0), dtype=np.int64)).empty


def test_pair_scores_of_many_weights():
    rng = np.random.default_rng(3)
    us, mx, worth = rng.random((4, 3)), rng.random((4, 2)), rng.random((3, 2))
    table = pair_scores(us, mx, worth, 0.6).reshape(4, 3, 2)
    worse, better = min(us[1, 2], mx[1, 0]), max(us[1, 2], mx[1, 0])
    assert table[1, 2, 0] == pytest.approx((0.6 * worse + 0.4 * better) * worth[2, 0])
