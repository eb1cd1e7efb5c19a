"""A raise that is named reaches the score: scored again with it, the target is met."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitesel.decide.pairs import combine
from sitesel.decide.reach import raises, side_needed
from sitesel.decide.scoring import score
from sitesel.decide.values import Linear

FUNCTION = Linear(at={0: 0, 10: 0.5, 40: 1})


@given(
    raws=st.lists(st.floats(0, 40) | st.just(math.nan), min_size=3, max_size=3),
    unknown=st.floats(0, 1),
    weights=st.lists(st.floats(0.05, 1), min_size=3, max_size=3),
    target=st.floats(0, 1),
)
def test_with_the_raise_the_target_is_met(raws, unknown, weights, target):
    names = ["a", "b", "c"]
    values = np.where(np.isnan(raws), unknown, FUNCTION.apply(raws))
    row = {f"raw_{n}": r for n, r in zip(names, raws, strict=True)}
    row |= {f"value_{n}": v for n, v in zip(names, values, strict=True)}
    shares = dict(zip(names, weights, strict=True))
    found = raises(row, shares, dict.fromkeys(names, FUNCTION), target)
    assert [each.criterion for each in found] == names
    for place, each in enumerate(found):
        changed = values.copy()
        changed[place] = 1.0 if each.raw is None else FUNCTION.apply([each.raw])[0]
        reached = score([changed], weights).score[0]
        assert (reached < target + 1e-9) if each.raw is None else (reached >= target - 1e-9)


def test_what_weighs_nothing_is_not_named():
    row = {"raw_a": 1.0, "value_a": 0.1, "raw_b": 1.0, "value_b": 0.1}
    found = raises(row, {"a": 1.0, "b": 0.0}, {"a": FUNCTION, "b": FUNCTION}, 0.2)
    assert [each.criterion for each in found] == ["a"]


@given(
    target=st.floats(0.01, 1), other=st.floats(0, 1), link=st.floats(0.1, 1), w=st.floats(0.5, 0.99)
)
def test_the_side_that_is_needed_makes_the_pair(target, other, link, w):
    needed = side_needed(target, other, link, w)
    if needed >= 0:
        made = combine([needed], [other], w)[0, 0] * link
        assert made == pytest.approx(target)
    assert not np.isnan(needed)
