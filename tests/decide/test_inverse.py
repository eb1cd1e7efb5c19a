"""A value function read backwards gives what is worth enough, and nothing nearer is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitesel.decide.inverse import nearest_raw
from sitesel.decide.values import Classes, Linear, Log, Steps

FUNCTIONS = [
    Linear(at={0: 0, 250: 0.4, 1000: 0.8, 2500: 1}),
    Linear(at={15: 1, 45: 0.5, 90: 0}),
    Linear(at={0: 0.2, 10: 1, 20: 0.1}),
    Log(at={2000: 0, 400_000: 1}),
    Steps(at={0: 1, 5: 0.7, 20: 0}),
    Steps(at={0: 0, 5: 0.7, 20: 1}),
]


@pytest.mark.parametrize("function", FUNCTIONS)
@given(wanted=st.floats(0, 1), raw=st.floats(0, 3000))
def test_it_is_worth_enough_and_the_nearest(function, wanted, raw):
    found = nearest_raw(function, wanted, raw)
    anchors = list(function.at)
    if found is None:
        assert max(function.at.values()) < wanted
        return
    assert function.apply([found])[0] >= wanted - 1e-9
    if function.apply([raw])[0] < wanted - 1e-9:
        between = np.linspace(raw, found, 200)[:-1]
        short = function.apply(between) < wanted + 1e-9
        assert short.all() or found in anchors


def test_of_classes_the_least_that_is_enough():
    water = Classes(of={"secure": 1, "strained": 0.4, "scarce": 0.1})
    assert nearest_raw(water, 0.2, "scarce") == "strained"
    assert nearest_raw(water, 0.5, None) == "secure"
    assert nearest_raw(Classes(of={"a": 0.3}), 0.5) is None
