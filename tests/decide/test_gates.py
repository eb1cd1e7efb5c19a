"""Gates: the verdict of one, and the gravest of several."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitesel.decide.gates import VERDICTS, gravest, verdict

NUMBER = st.floats(allow_nan=True, allow_infinity=True)


def words(*args, **options):
    return [VERDICTS[code] for code in verdict(*args, **options)]


def test_the_thresholds_themselves_pass():
    assert words([1, 2, 3, 4, 5], least=2, most=4) == ["FAIL", "PASS", "PASS", "PASS", "FAIL"]


@pytest.mark.parametrize("bounds", [{"least": 0}, {"most": 0}, {"least": 0, "most": 0}])
def test_what_is_not_known_is_unknown(bounds):
    assert words([np.nan], **bounds) == ["UNKNOWN"]
    assert words([np.nan], otherwise="CONDITIONAL", **bounds) == ["UNKNOWN"]


def test_one_bound_leaves_the_other_end_open():
    assert words([-1e300, 0, 1e300], least=0) == ["FAIL", "PASS", "PASS"]
    assert words([-1e300, 0, 1e300], most=0) == ["PASS", "PASS", "FAIL"]


def test_a_gate_may_only_be_conditional():
    assert words([0, 1], most=0, otherwise="CONDITIONAL") == ["PASS", "CONDITIONAL"]


def test_the_gravest_counts():
    order = {name: number for number, name in enumerate(VERDICTS)}
    for one in VERDICTS:
        for other in VERDICTS:
            codes = [np.array([order[each]], np.int8) for each in (one, other)]
            assert gravest(codes, 1).tolist() == [max(one, other, key=order.__getitem__)]
    assert VERDICTS == ("PASS", "CONDITIONAL", "UNKNOWN", "FAIL")


def test_without_gates_all_pass():
    assert gravest([], 3).tolist() == ["PASS"] * 3
    assert gravest([], 0).tolist() == []


@given(st.lists(NUMBER, max_size=20), st.floats(-9, 0), st.floats(0, 9))
def test_each_is_judged_alone(raw, least, most):
    together = words(raw, least=least, most=most)
    for number, said in zip(raw, together, strict=True):
        alone = "UNKNOWN" if np.isnan(number) else "PASS" if least <= number <= most else "FAIL"
        assert said == alone
