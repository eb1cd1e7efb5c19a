"""A value function read backwards gives what is worth enough, and nothing nearer is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitesel.decide.inverse import nearest_raw, stretch
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


MINUTES = Linear(at={15: 1, 90: 0})
STEPS = Steps(at={0: 1, 5: 0.7, 20: 0})


@pytest.mark.parametrize(
    "function",
    [
        Linear(at={0: 0, 500: 0.5, 2000: 1}),
        Linear(at={15: 1, 45: 0.5, 90: 0}),
        Log(at={1000: 0, 100_000: 1}),
    ],
)
@pytest.mark.parametrize("value", [0.01, 0.3, 0.5, 0.77, 0.99])
def test_the_ends_of_a_stretch_are_worth_half_a_step_more_or_less(function, value):
    low, high = stretch(function, value, 0.002)
    assert low < high
    worth = sorted(function.apply([low, high]))
    assert worth == pytest.approx([value - 0.002, value + 0.002], abs=1e-9)


def test_an_end_beyond_the_last_anchor_is_open():
    assert [stretch(MINUTES, value, 0.002) for value in (1, 0.999, 0)] == [
        (None, 15),
        (None, 15),
        (90, None),
    ]
    assert [stretch(STEPS, value, 0.002) for value in (1, 0.7, 0)] == [
        (None, 5),
        (5, 20),
        (20, None),
    ]


def test_a_stretch_holds_every_measure_of_its_value():
    measures = np.linspace(0, 120, 241)
    for raw, value in zip(measures, MINUTES.apply(measures), strict=True):
        low, high = stretch(MINUTES, value, 0.002)
        assert low is None or low <= raw
        assert high is None or raw <= high


@pytest.mark.parametrize(
    ("function", "value"),
    [
        (Linear(at={0: 0, 5: 1, 9: 0}), 0.5),
        (Linear(at={0: 1, 5: 1}), 1),
        (Linear(at={0: 0.2, 5: 0.6}), 0.9),
        (STEPS, 0.4),
        (Classes(of={"a": 1}), 1),
    ],
)
def test_what_no_single_stretch_is_worth_is_not_turned_back(function, value):
    assert stretch(function, value, 0.002) is None
