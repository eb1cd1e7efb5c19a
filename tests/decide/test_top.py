"""The best of many, against sorting them all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitesel.decide import top
from sitesel.decide.scoring import score
from sitesel.decide.top import best, planes


@given(
    n=st.integers(0, 300),
    k=st.integers(1, 5),
    count=st.integers(1, 40),
    levels=st.integers(1, 6),
    seed=st.integers(0, 1000),
)
def test_it_is_the_head_of_a_stable_sort(n, k, count, levels, seed):
    rng = np.random.default_rng(seed)
    values = rng.integers(0, levels, (n, k)) / levels  # many ties
    matrix, weights = planes(values, 0.5), rng.dirichlet(np.ones(k))
    chunk, top._CHUNK = top._CHUNK, 64
    try:
        places, scores = best(matrix, weights, count)
    finally:
        top._CHUNK = chunk
    whole = np.concatenate(
        [np.float32(weights) @ matrix[:, at : at + 64] for at in range(0, n, 64)] or [np.empty(0)]
    )
    expected = np.argsort(-whole, kind="stable")[:count]
    assert places.tolist() == expected.tolist()
    assert scores.tolist() == whole[expected].tolist()


def test_the_scores_are_those_of_the_decision():
    rng = np.random.default_rng(2)
    values, weights = rng.random((100_000, 12)), rng.dirichlet(np.ones(12))
    values[rng.random(values.shape) < 0.1] = np.nan
    unknown = rng.random(12)
    places, scores = best(planes(values, unknown), weights, 100)
    exact = score(values, weights, unknown=unknown).score
    assert scores == pytest.approx(exact[places], abs=1e-6)
    assert exact[places].min() >= np.sort(exact)[-100] - 1e-6


def test_fewer_than_asked_for_are_all_there_are():
    assert best(planes([[0.2], [0.9]], 0.5), [1.0], 10)[0].tolist() == [1, 0]
