"""Ways to combine, against scikit-criteria, pymcdm and a textbook."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pymcdm import methods as peer
from skcriteria import mkdm
from skcriteria.agg.simple import WeightedProductModel, WeightedSumModel

from sitesel.decide import combine
from sitesel.errors import StudyError


@pytest.fixture(params=[1, 2, 3])
def case(request):
    rng = np.random.default_rng(request.param)
    return 0.01 + 0.99 * rng.random((30, 7)), rng.dirichlet(np.ones(7))


def test_sum_and_product_agree_with_scikit_criteria(case):
    values, weights = case
    matrix = mkdm(values, [1] * 7, weights=weights)
    summed = WeightedSumModel().evaluate(matrix)
    assert combine.weighted_sum(values, weights) == pytest.approx(summed.e_.score)
    product = WeightedProductModel().evaluate(matrix)
    order = np.argsort(-combine.weighted_product(values, weights))
    assert np.argsort(product.rank_).tolist() == order.tolist()
    assert np.log10(combine.weighted_product(values, weights)) == pytest.approx(product.e_.score)


def test_topsis_agrees_with_pymcdm(case):
    values, weights = case
    plain = peer.TOPSIS(normalization_function=lambda x, cost: x)  # noqa: ARG005 (their call)
    among = np.vstack([values, np.ones(7), np.zeros(7)])  # its ideals are the best that occurs
    expected = plain(among, weights, np.ones(7), validation=False)[:-2]
    assert combine.topsis(values, weights) == pytest.approx(expected)


def test_topsis_of_the_textbook():
    """Hwang and Yoon (1981), the choice of a fighter aircraft."""
    raw = np.array(
        [
            [2.0, 1500, 20000, 5.5, 5, 9],
            [2.5, 2700, 18000, 6.5, 3, 5],
            [1.8, 2000, 21000, 4.5, 7, 7],
            [2.2, 1800, 20000, 5.0, 5, 5],
        ]
    )
    weights = np.array([0.2, 0.1, 0.1, 0.1, 0.2, 0.3])
    values = raw / np.sqrt((raw**2).sum(axis=0))
    values[:, 3] = -values[:, 3]  # a cost
    span = np.ptp(values, axis=0)  # with which a criterion of 0 to 1 weighs the same
    scaled, weighs = (values - values.min(axis=0)) / span, weights * span
    closeness = combine.topsis(scaled, weighs / weighs.sum())
    assert closeness == pytest.approx([0.643, 0.268, 0.613, 0.312], abs=2e-3)


def test_fixed_ideals_do_not_reorder_the_rest(case):
    values, weights = case
    whole = combine.topsis(values, weights)
    assert combine.topsis(values[:10], weights).tolist() == whole[:10].tolist()


def test_owa_goes_from_all_to_any(case):
    values, weights = case
    scores = [combine.owa(values, weights, orness) for orness in (0, 0.2, 0.5, 0.8, 1)]
    assert scores[0].tolist() == values.min(axis=1).tolist()
    assert scores[2] == pytest.approx(combine.weighted_sum(values, weights))
    assert scores[-1].tolist() == values.max(axis=1).tolist()
    assert (np.diff(scores, axis=0) >= 0).all()


def test_stated_orness_is_the_orness():
    """Yager (1988): Σ (n - i) w_i / (n - 1) of the order weights, in the limit of many criteria."""
    count = 400
    equal = np.full(count, 1 / count)
    for orness in (0.2, 0.5, 0.7):
        order = np.array(
            [combine.owa([np.arange(count) < i], equal, orness)[0] for i in range(count + 1)]
        )
        weights = np.diff(order)
        measured = ((count - 1 - np.arange(count)) * weights).sum() / (count - 1)
        assert measured == pytest.approx(orness, abs=2e-3)


def test_owa_ignores_what_does_not_weigh():
    assert combine.owa([[0.0, 0.5, 1.0]], [0, 1, 1], 0).tolist() == [0.5]
    assert combine.owa([[0.0, 0.5, 1.0]], [1, 1, 0], 1).tolist() == [0.5]
    with pytest.raises(StudyError):
        combine.owa([[0.5]], [1], 1.5)


@pytest.mark.parametrize(
    "method",
    [
        combine.weighted_sum,
        combine.weighted_product,
        combine.topsis,
        lambda values, weights: combine.owa(values, weights, 0.3),
    ],
)
def test_unknown_is_left_out_and_never_zero(method, case):
    values, weights = case
    gap = values.copy()
    gap[:, 2] = np.nan
    rest = np.delete(weights, 2)
    expected = method(np.delete(values, 2, axis=1), rest / rest.sum())
    assert method(gap, weights) == pytest.approx(expected)
    assert np.isnan(method(np.full((1, 7), np.nan), weights)).all()


def test_a_veto_holds_in_every_method(case):
    values, weights = case
    least = np.zeros(7)
    least[3] = 0.4
    frame = combine.methods(values, weights, least=least)
    out = values[:, 3] < 0.4
    assert out.any()
    assert frame[out].isna().all(axis=None)
    assert frame[~out].notna().all(axis=None)
    values[:, 3] = np.nan  # what is not known forbids nothing
    assert combine.methods(values, weights, least=least).notna().all(axis=None)


def test_agreement_is_what_pandas_says(case):
    frame = combine.methods(*case)
    table = combine.agreement(frame).set_index(["first", "second"])
    for how in ("kendall", "spearman"):
        matrix = frame.corr(how)
        for first, second in table.index:
            assert table.loc[(first, second), how] == pytest.approx(matrix.loc[first, second])
    same = combine.agreement({"a": case[0][:, 0], "b": case[0][:, 0]})
    assert same[["kendall", "spearman", "top"]].to_numpy().tolist() == [[1, 1, 10]]


def test_agreement_of_nothing_is_unknown():
    table = combine.agreement(pd.DataFrame({"a": [1.0, 1.0], "b": [0.1, 0.2]}))
    assert table[["kendall", "spearman"]].isna().all(axis=None)
