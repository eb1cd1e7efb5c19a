"""Value functions: anchors, flat ends, UNKNOWN, classes and the mistakes users make."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from scipy.interpolate import interp1d

from sitesel.decide.values import Classes, Linear, Log, Steps, ValueFunction
from sitesel.errors import StudyError
from sitesel.records import explain

if TYPE_CHECKING:
    from collections.abc import Callable

READ = TypeAdapter(ValueFunction)


def read(text: str) -> ValueFunction:
    return READ.validate_python(yaml.safe_load(text))


def complaint(text: str) -> str:
    with pytest.raises(ValidationError) as caught:
        read(text)
    return explain("study.yaml", caught.value)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("{at: {0: 0, .5: 1}, unit: share}", Linear),
        ("{kind: linear, at: {15: 1, 45: 0.5, 90: 0}}", Linear),
        ("{kind: log, at: {1e4: 0, 1_000_000: 1}}", Log),
        ("{kind: steps, at: {0: 0, 5: .7}}", Steps),
        ("{kind: classes, of: {strained: .4}, otherwise: 0.1}", Classes),
    ],
)
def test_documents_become_their_kind_and_survive_a_round_trip(text: str, kind: type) -> None:
    function = read(text)
    assert type(function) is kind
    again = yaml.safe_load(yaml.safe_dump(function.model_dump()))
    assert READ.validate_python(again) == function
    assert READ.validate_python(function) is function


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{at: {0: 0, 5: 1.2}}", "linear.at: the value at 5 is 1.2; values lie between 0 and 1"),
        ("{at: {0: -0.1, 5: 1}}", "values lie between 0 and 1"),
        ("{at: {0: 0, 1%s: 1}}" % ("0" * 310), "the anchor 10"),
        ("{at: {0: 0, 5: 1%s}}" % ("0" * 310), "the value at 5, 10"),
        ("{kind: classes, of: {1%s: 1}}" % ("0" * 310), "the class 10"),
        ("{kind: classes, of: {a: 1%s}}" % ("0" * 310), "the value at 'a', 10"),
        ("{kind: classes, of: {a: 1}, otherwise: 1%s}" % ("0" * 310), "is not a number"),
        ("{at: {0: 0, 5: .nan}}", "is not a number"),
        ("{at: {0: 0}}", "at least two anchors"),
        ("{at: {ten: 0, 5: 1}}", "the anchor 'ten' is not a number"),
        ("{at: {yes: 0, 5: 1}}", "the anchor True is not a number"),
        ("{at: {.inf: 0, 5: 1}}", "the anchor inf is not a number"),
        ("{at: {0: 0, 5: high}}", "the value at 5, 'high' is not a number"),
        ("{at: {5: 0, '5': 1}}", "two anchors have the same raw number"),
        ("{at: [0, 1]}", "anchors are written {raw: value, ...}"),
        ("{kind: log, at: {0: 0, 5: 1}}", "log.at: the anchor 0 must be above 0"),
        ("{kind: classes, of: {}}", "classes are written"),
        ("{kind: classes, of: {no: 0.1}}", "put it in quotes"),
        ("{kind: classes, of: {dry: 2}}", "the value at 'dry' is 2"),
        ("{kind: classes, of: {dry: 0}, otherwise: 3}", "the value at 'otherwise' is 3"),
        ("{kind: spline, at: {0: 0, 1: 1}}", "linear, log, steps or classes"),
        ("{unit: km}", "linear, log, steps or classes"),
        ("7", "linear, log, steps or classes"),
        ("{at: {0: 0, 1: 1}, units: km}", "linear.units: unknown key"),
    ],
)
def test_a_mistake_is_told_in_one_line(text: str, words: str) -> None:
    said = complaint(text)
    assert words in said
    assert said.startswith("study.yaml: ")
    assert "\n" not in said


def test_anchors_are_sorted_and_hit_exactly() -> None:
    function = Linear(at={90: 0, 15: 1, 45: 0.5})
    assert list(function.at) == [15.0, 45.0, 90.0]
    assert function.apply([15, 45, 90]).tolist() == [1.0, 0.5, 0.0]
    assert function.apply([-5, 1e9, math.inf, -math.inf]).tolist() == [1.0, 0.0, 0.0, 1.0]


@pytest.mark.parametrize(
    "function",
    [Linear(at={0: 0, 1: 1}), Log(at={1: 0, 10: 1}), Steps(at={0: 0, 1: 1})],
)
def test_unknown_stays_unknown(function: ValueFunction) -> None:
    assert np.isnan(function.apply([math.nan, None, 1.0])).tolist() == [True, True, False]
    assert function.apply(pd.Series([], dtype=float)).shape == (0,)
    assert function.apply(np.ones((2, 3))).shape == (2, 3)
    assert function.unlisted([1.0, math.nan]) == []


@pytest.mark.parametrize(
    ("kind", "axis"), [(Linear, np.asarray), (Log, np.log10)], ids=["linear", "log"]
)
@given(
    at=st.dictionaries(
        st.floats(0.01, 1e6), st.floats(0, 1, allow_subnormal=False), min_size=2, max_size=6
    ),
    raw=st.floats(-1e7, 1e7),
)
def test_interpolation_agrees_with_scipy(
    kind: type[Linear | Log],
    axis: Callable[[object], np.ndarray],
    at: dict[float, float],
    raw: float,
) -> None:
    x = axis(np.array(sorted(at)))
    if np.diff(x).min() < 1e-9:
        return
    inside = np.clip(raw, min(at), max(at))
    expected = interp1d(x, [at[k] for k in sorted(at)])(np.clip(axis(inside), x[0], x[-1]))
    assert kind(at=at).apply([raw])[0] == pytest.approx(float(expected), abs=1e-9)


@given(raw=st.floats(-10, 30))
def test_steps_take_the_largest_anchor_not_above_raw(raw: float) -> None:
    at = {0.0: 0.1, 5.0: 0.7, 20.0: 1.0}
    expected = at[max((x for x in at if x <= raw), default=0.0)]
    assert Steps(at=at).apply([raw])[0] == expected


def test_a_step_begins_at_its_anchor() -> None:
    assert Steps(at={0: 0.1, 5: 0.7, 20: 1}).apply([0, 5, 20]).tolist() == [0.1, 0.7, 1.0]


def test_log_is_even_in_factors_of_ten() -> None:
    assert Log(at={10: 0, 1000: 1}).apply([100, 0, -3, 1e9]).tolist() == [0.5, 0.0, 0.0, 1.0]


def test_classes_take_words_and_number_codes() -> None:
    function = Classes(of={"scarce": 0.2, 1: 1})
    raw = pd.Series(["scarce", None, "dry", 1.0, math.nan, pd.NA], dtype=object)
    assert np.array_equal(
        function.apply(raw), [0.2, math.nan, math.nan, 1.0, math.nan, math.nan], equal_nan=True
    )
    assert function.unlisted(raw) == ["dry"]
    assert function.apply(np.array([1.0, math.nan])).tolist()[0] == 1.0
    assert function.apply(pd.Series(["scarce"], dtype="str")).tolist() == [0.2]


def test_otherwise_fills_unlisted_but_not_unknown() -> None:
    function = Classes(of={"scarce": 0.2}, otherwise=0.6)
    assert np.array_equal(function.apply(["dry", None]), [0.6, math.nan], equal_nan=True)
    assert function.unlisted(["dry", None]) == []


def test_words_in_a_function_of_numbers_are_a_mistake_in_the_study() -> None:
    with pytest.raises(StudyError, match="'dry'; use kind: classes"):
        Linear(at={0: 0, 1: 1}).apply(pd.Series([1.0, "dry"], dtype=object))
