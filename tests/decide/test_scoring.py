"""Scores against scikit-criteria, and what must hold for any values and weights."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sitesel.decide.scoring import score
from sitesel.decide.weights import normalise

VALUE = st.floats(0, 1) | st.just(math.nan)
WEIGHT = st.floats(0.001, 1000) | st.just(0.0)


@st.composite
def cases(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    n, k = draw(st.integers(1, 8)), draw(st.integers(1, 6))
    return draw(arrays(float, (n, k), elements=VALUE)), draw(arrays(float, k, elements=WEIGHT))


def test_agrees_with_scikit_criteria() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        skc = pytest.importorskip("skcriteria")
        simple = pytest.importorskip("skcriteria.agg.simple")
    rng = np.random.default_rng(4)
    values, weights = rng.random((500, 17)), rng.random(17) * 20
    problem = skc.mkdm(values, [max] * 17, weights=weights / weights.sum())
    expected = simple.WeightedSumModel().evaluate(problem).e_.score
    result = score(values, weights)
    assert np.abs(result.score - expected).max() < 1e-12
    assert np.array_equal(result.low, result.score)
    assert np.array_equal(result.high, result.score)


def test_agrees_with_scikit_criteria_where_some_is_unknown() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        skc = pytest.importorskip("skcriteria")
        simple = pytest.importorskip("skcriteria.agg.simple")
    rng = np.random.default_rng(5)
    values, weights = rng.random((40, 9)), rng.random(9)
    holed = values.copy()
    holed[:, [1, 4]] = math.nan
    holed[rng.random((40, 9)) < 0.2] = math.nan
    worth = rng.random(9)

    def oracle(matrix: np.ndarray, w: np.ndarray) -> np.ndarray:
        problem = skc.mkdm(matrix, [max] * matrix.shape[1], weights=w / w.sum())
        return simple.WeightedSumModel().evaluate(problem).e_.score

    result = score(holed, weights, unknown=worth)
    counted = np.where(np.isnan(holed), worth, holed)
    assert np.allclose(result.score, oracle(counted, weights), 0, 1e-12)
    assert np.allclose(result.low, oracle(np.nan_to_num(holed, nan=0), weights), 0, 1e-12)
    assert np.allclose(result.high, oracle(np.nan_to_num(holed, nan=1), weights), 0, 1e-12)


@given(cases())
def test_the_bounds_hold_the_score(case: tuple[np.ndarray, np.ndarray]) -> None:
    values, weights = case
    result = score(values, weights)
    known = ~np.isnan(values) & (weights > 0)
    assert np.array_equal(np.isnan(result.score), ~known.any(axis=1))
    some = known.any(axis=1)
    assert (result.low[some] >= 0).all()
    assert (result.low[some] <= result.score[some]).all()
    assert (result.score[some] <= result.high[some]).all()
    assert (result.high[some] <= 1).all()
    whole = known.sum(axis=1) == (weights > 0).sum()
    assert np.array_equal(result.low[whole & some], result.high[whole & some])


def test_rounding_does_not_break_the_bounds() -> None:
    # Plainly added up, these two give a high of 1.0000000000000002 and one below the score.
    assert score([[math.nan, 1.0, 1.0]], [0.64, 0.2, 0.15000000000000002]).high[0] == 1.0
    result = score([[1.0, math.nan, 1.0]], [0.39, 1.0, 0.49], unknown=1)
    assert result.high[0] >= result.score[0] == pytest.approx(1.0, abs=1e-12)


def test_what_is_unknown_does_not_beat_what_is_known_to_be_worse_by_its_weight() -> None:
    for weight in (0.1, 0.5, 0.9):  # the site of which nothing is known but a good port
        known, unknown = score(
            [[0.9, 0.3], [0.9, math.nan]], [1 - weight, weight], unknown=[0.5, 0.3]
        ).score
        assert known == unknown


@given(cases(), st.randoms(use_true_random=False), st.floats(0.01, 100))
def test_order_and_scale_do_not_matter(
    case: tuple[np.ndarray, np.ndarray],
    random: object,
    factor: float,
) -> None:
    values, weights = case
    order = list(range(len(weights)))
    random.shuffle(order)  # type: ignore[attr-defined]
    result = score(values, weights)
    for other in (score(values[:, order], weights[order]), score(values, weights * factor)):
        for a, b in zip(result, other, strict=True):
            assert np.allclose(a, b, rtol=0, atol=1e-12, equal_nan=True)


@given(cases(), st.data())
def test_more_knowledge_never_widens(
    case: tuple[np.ndarray, np.ndarray], data: st.DataObject
) -> None:
    values, weights = case
    before = score(values, weights)
    learnt = data.draw(arrays(float, values.shape, elements=VALUE))
    after = score(np.where(np.isnan(values), learnt, values), weights)
    some = ~np.isnan(before.low)
    assert (after.low[some] >= before.low[some] - 1e-12).all()
    assert (after.high[some] <= before.high[some] + 1e-12).all()


@given(cases(), st.integers(1, 4))
def test_chunks_give_the_same_bits(case: tuple[np.ndarray, np.ndarray], size: int) -> None:
    values, weights = case
    whole = score(values, weights)
    parts = [score(values[i : i + size], weights) for i in range(0, len(values), size)]
    for a, *b in zip(whole, *parts, strict=True):
        assert np.array_equal(a, np.concatenate(b), equal_nan=True)


def test_a_criterion_counts_only_on_its_side() -> None:
    weights = normalise({"port": 3, "oz": 1, "zone": 2}, {"oz": "US", "zone": "MX"})
    values = np.array([[0.4, 1.0, 0.3], [0.4, 1.0, 0.3]])
    result = score(values, weights, np.array(["US", "MX"]))
    assert result.score == pytest.approx([(1.2 + 1.0) / 4, (1.2 + 0.6) / 5])
    unknown = values.copy()
    unknown[0, 2] = unknown[1, 1] = math.nan
    for a, b in zip(result, score(unknown, weights, ["US", "MX"]), strict=True):
        assert np.array_equal(a, b)


def test_nothing_known_is_unknown_between_zero_and_one() -> None:
    result = score([[math.nan, math.nan]], [1, 2])
    assert np.isnan(result.score[0])
    assert (result.low[0], result.high[0]) == (0.0, 1.0)


def test_shapes_and_sides_are_checked() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        score([[0.5, 0.5]], [1, 2, 3])
    with pytest.raises(ValueError, match="needs a side"):
        score([[0.5]], [[1, 1]], ["CA"])
    with pytest.raises(ValueError, match="needs a side"):
        score([[0.5]], [[1, 1]])
    assert score(np.empty((0, 2)), [1, 2]).score.shape == (0,)
