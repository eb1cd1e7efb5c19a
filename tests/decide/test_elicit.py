"""Ways to weights, against published examples and other libraries."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymcdm import weights as peer

from sitesel.decide.elicit import ahp, critic, entropy, rank_order, swing, together
from sitesel.errors import StudyError


def test_rank_order_centroid_is_the_published_table() -> None:
    """Barron and Barrett (1996), four attributes."""
    weights = rank_order([["a"], ["b"], ["c"], ["d"]])
    assert list(weights.values()) == pytest.approx([0.5208, 0.2708, 0.1458, 0.0625], abs=5e-5)


def test_equals_share_their_places() -> None:
    weights = rank_order([["a"], ["b", "c"]])
    assert weights["b"] == weights["c"] == pytest.approx((5 / 18 + 2 / 18) / 2)
    assert math.fsum(weights.values()) == pytest.approx(1)


@pytest.mark.parametrize("ranking", [[], [["a"], ["a"]], [["a", "b", "a"]]])
def test_a_ranking_names_each_once(ranking: list[list[str]]) -> None:
    with pytest.raises(StudyError):
        rank_order(ranking)


@pytest.mark.parametrize("points", [{"a": 90.0}, {"a": 100.0, "b": -1.0}, {"a": 100.0, "b": 101.0}])
def test_swings_have_a_greatest_of_100(points: dict[str, float]) -> None:
    with pytest.raises(StudyError):
        swing(points)


def test_saaty_school_selection() -> None:
    """Saaty (1980), the choice of a high school: six criteria, published weights and ratio 0.24.

    The book prints an eigenvalue of 7.49, rounded on the way; it is 7.42.
    """
    upper = [
        [1, 4, 3, 1, 3, 4],
        [0, 1, 7, 3, 1 / 5, 1],
        [0, 0, 1, 1 / 5, 1 / 5, 1 / 6],
        [0, 0, 0, 1, 1, 1 / 3],
        [0, 0, 0, 0, 1, 3],
        [0, 0, 0, 0, 0, 1],
    ]
    matrix = np.array(upper, dtype=float)
    matrix += np.tril(np.where(matrix.T > 0, 1 / np.where(matrix.T > 0, matrix.T, 1), 0), -1)
    result = ahp(matrix)
    published = [0.32, 0.14, 0.03, 0.13, 0.24, 0.14]
    assert result.weights == pytest.approx(published, abs=0.006)
    assert result.ratio == pytest.approx((7.41987 - 6) / 5 / 1.24, abs=1e-5)
    assert result.ratio == pytest.approx(0.24, abs=0.015)
    assert len(result.disagree) == 3


def test_the_judgement_that_was_turned_round_is_named_first() -> None:
    weights = np.array([0.4, 0.3, 0.2, 0.1])
    matrix = weights[:, None] / weights[None, :]
    assert ahp(matrix).disagree == []
    matrix[0, 3], matrix[3, 0] = 1 / 4, 4.0
    result = ahp(matrix)
    assert result.ratio > 0.1
    worst = result.disagree[0]
    assert (worst.first, worst.second, worst.stated) == (0, 3, 0.25)
    assert worst.implied > 0.25


@given(st.lists(st.floats(0.05, 1), min_size=1, max_size=9))
def test_consistent_judgements_give_back_the_weights(weights: list[float]) -> None:
    given_weights = np.array(weights) / np.sum(weights)
    result = ahp(given_weights[:, None] / given_weights[None, :])
    assert result.weights == pytest.approx(given_weights, rel=1e-6)
    assert result.ratio == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    "matrix", [[[1, 2]], [[1, 2], [2, 1]], [[1, -2], [-0.5, 1]], np.ones((16, 16)).tolist()]
)
def test_judgements_must_be_reciprocal(matrix: list[list[float]]) -> None:
    with pytest.raises(StudyError):
        ahp(matrix)


def test_several_people_are_joined_by_geometric_mean() -> None:
    table = together([{"a": 8, "b": 2}, {"a": 5, "b": 5}])
    mean = np.sqrt([0.8 * 0.5, 0.2 * 0.5])
    assert table["weight"].to_numpy() == pytest.approx(mean / mean.sum())
    assert table.loc["b", ["lowest", "highest", "times"]].tolist() == pytest.approx([0.2, 0.5, 2.5])


def test_a_weight_of_zero_is_a_veto_and_is_told() -> None:
    table = together([{"a": 1, "b": 0}, {"a": 1, "b": 1}])
    assert table["weight"].tolist() == [1, 0]
    assert table.loc["b", "times"] == np.inf
    with pytest.raises(StudyError):
        together([{"a": 1, "b": 0}, {"a": 0, "b": 1}])


@pytest.mark.parametrize("people", [[], [{"a": 1}, {"b": 1}], [{"a": 0}], [{"a": -1, "b": 2}]])
def test_people_must_weigh_the_same_names(people: list[dict[str, float]]) -> None:
    with pytest.raises(StudyError):
        together(people)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_mirrors_agree_with_pymcdm(seed: int) -> None:
    values = np.random.default_rng(seed).random((40, 6))
    values[0], values[1] = 0, 1  # so that min-max leaves them as they are
    assert critic(values) == pytest.approx(peer.critic_weights(values), rel=1e-9)
    positive = 0.01 + 0.99 * np.random.default_rng(seed).random((40, 6))
    assert entropy(positive) == pytest.approx(peer.entropy_weights(positive), rel=1e-9)


def test_mirrors_leave_out_what_is_unknown() -> None:
    values = np.array([[0.2, 0.5], [0.9, 0.5], [np.nan, 0.5]])
    assert entropy(values).tolist() == pytest.approx([1, 0])
    assert critic(values).tolist() == pytest.approx([1, 0])
    assert critic(np.full((3, 2), np.nan)).tolist() == [0.5, 0.5]
