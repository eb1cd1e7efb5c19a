"""Weights: groups, sides and mistakes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitesel.decide.weights import SIDES, by_side, flat, normalise, with_shares
from sitesel.errors import StudyError


def test_without_groups_the_own_weights_hold() -> None:
    assert flat({}, {"a": ("water", 4), "b": (None, 9)}) == {"a": 4.0, "b": 9.0}


@given(
    group=st.floats(0, 100),
    weights=st.lists(st.floats(0.01, 100), min_size=1, max_size=6),
)
def test_criteria_of_a_group_share_its_weight(group: float, weights: list[float]) -> None:
    result = flat({"g": group}, {f"c{i}": ("g", w) for i, w in enumerate(weights)})
    assert sum(result.values()) == pytest.approx(group)
    assert result["c0"] * sum(weights) == pytest.approx(group * weights[0])


def test_a_criterion_of_weight_zero_stays_zero_alone_in_its_group() -> None:
    assert flat({"g": 5}, {"a": ("g", 0)}) == {"a": 0.0}


@pytest.mark.parametrize("weight", [-1.0, math.nan, math.inf])
def test_bad_weights_are_named(weight: float) -> None:
    with pytest.raises(StudyError, match=r"criteria\.port: weight"):
        flat({}, {"port": (None, weight)})
    with pytest.raises(StudyError, match=r"groups\.water: weight"):
        flat({"water": weight}, {})
    with pytest.raises(StudyError, match=r"criteria\.port: weight"):
        normalise({"port": weight}, {})


def test_a_misspelt_group_gets_a_suggestion() -> None:
    with pytest.raises(StudyError, match=r"criteria\.a\.group.*did you mean 'water'"):
        flat({"water": 1}, {"a": ("watre", 1)})


@given(
    weights=st.lists(st.floats(0.01, 100), min_size=3, max_size=8),
    factor=st.floats(0.001, 1000),
)
def test_each_side_sums_to_one_whatever_the_scale(weights: list[float], factor: float) -> None:
    named = {str(i): w for i, w in enumerate(weights)}
    table = normalise(named, {"0": "US", "1": "MX"})
    assert table.shape == (len(weights), 2)
    assert table.sum(axis=0) == pytest.approx([1, 1])
    assert table[0, 1] == 0
    assert table[1, 0] == 0
    scaled = normalise({k: w * factor for k, w in named.items()}, {"0": "US", "1": "MX"})
    assert np.allclose(table, scaled, rtol=1e-12, atol=0)


def test_a_side_without_any_weight_is_an_error_unless_it_has_no_candidates() -> None:
    with pytest.raises(StudyError, match="side MX"):
        normalise({"oz": 3}, {"oz": "US"})
    assert normalise({"oz": 3}, {"oz": "US"}, sides=["US"]).tolist() == [[1.0, 0.0]]
    with pytest.raises(StudyError, match="no criterion has a weight above 0"):
        normalise({"a": 0, "b": 0}, {})
    with pytest.raises(StudyError, match="no criterion"):
        normalise({}, {})


def test_a_group_counts_as_much_on_both_sides() -> None:
    criteria = {
        "ftz": ("zones", 3.0, "US"),
        "oz": ("zones", 1.0, "US"),
        "free_zone": ("zones", 5.0, "MX"),
        "port": ("access", 9.0, None),
    }
    table = by_side({"zones": 20, "access": 60}, criteria)
    assert table.sum(axis=0) == pytest.approx([1, 1])
    assert table[:3].sum(axis=0) == pytest.approx([0.25, 0.25])
    assert table[0, 0] == pytest.approx(3 * table[1, 0])
    assert (table[2, 0], table[0, 1], table[1, 1]) == (0, 0, 0)


def test_without_groups_sides_only_renormalise() -> None:
    weights = {"a": 3.0, "b": 2.0, "c": 5.0}
    applies = {"a": "US", "b": "MX", "c": None}
    criteria = {name: ("g", weights[name], applies[name]) for name in weights}
    assert np.allclose(by_side({}, criteria), normalise(weights, applies), rtol=1e-15, atol=0)


def test_by_side_refuses_a_side_without_weight_only_where_there_are_candidates() -> None:
    criteria = {"oz": (None, 3.0, "US")}
    with pytest.raises(StudyError, match="side MX"):
        by_side({}, criteria)
    assert by_side({}, criteria, sides=("US",)).tolist() == [[1.0, 0.0]]


# --- shares ----------------------------------------------------------------------------------

BOTH, US, MX, NONE = SIDES, ("US",), ("MX",), ()


def mean_share(weights, sides, name):
    """Work out a share on average of the sides by hand."""
    sums = [sum(w for n, w in weights.items() if side in sides[n]) for side in sides[name]]
    return sum(weights[name] / total for total in sums) / len(sums)


@given(
    weights=st.lists(st.floats(0.1, 100), min_size=8, max_size=8),
    wanted=st.lists(st.floats(0, 0.24), min_size=4, max_size=4),
)
def test_shares_hold_on_average_of_the_sides_and_the_others_keep_proportion(weights, wanted):
    kinds = (BOTH, BOTH, US, MX, BOTH, US, MX, NONE)
    sides = {str(i): kind for i, kind in enumerate(kinds)}
    shares = {str(i): share for i, share in enumerate(wanted)}
    before = dict(zip(sides, weights, strict=True))
    after = with_shares(before, shares, sides)
    for name, share in shares.items():
        assert mean_share(after, sides, name) == pytest.approx(share, abs=1e-9)
    assert {name: after[name] for name in "4567"} == {name: before[name] for name in "4567"}


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.9999, 1.0])
@pytest.mark.parametrize("kind", [BOTH, US])
def test_one_share_of_any_size_holds(share, kind):
    sides = {"it": kind, "common": BOTH, "us": US, "mx": MX}
    after = with_shares(dict.fromkeys(sides, 2.0), {"it": share}, sides)
    assert mean_share(after, sides, "it") == pytest.approx(share, abs=1e-9)
    assert after["mx"] == (0 if kind == BOTH and share == 1 else 2)


def test_a_share_of_almost_all_makes_no_weight_too_large_for_a_file():
    sides = {"it": BOTH, "port": BOTH, "rail": BOTH}
    after = with_shares({"it": 1, "port": 300, "rail": 100}, {"it": 1 - 2e-9}, sides)
    assert max(after.values()) == pytest.approx(1e9)
    assert mean_share(after, sides, "it") == pytest.approx(1 - 2e-9, abs=1e-12)
    assert after["port"] / after["rail"] == pytest.approx(3)


def test_what_is_all_of_a_side_has_its_share_on_the_other():
    sides = {"common": BOTH, "us": US}
    after = with_shares({"common": 1, "us": 1}, {"common": 0.75}, sides)
    assert after["common"] == pytest.approx(after["us"])  # 100 % of MX and 50 % of US


@pytest.mark.parametrize(
    ("shares", "sides"),
    [
        ({"a": 0.6, "b": 0.6}, {"a": BOTH, "b": BOTH, "c": BOTH}),
        ({"a": 0.6, "b": 0.5}, {"a": US, "b": US, "c": BOTH}),
        ({"a": 0.4}, {"a": BOTH, "b": US, "c": US}),  # it is all of MX
        ({"a": 0.5}, {"a": MX, "b": US, "c": US}),
        ({"a": 1.0, "b": 0.2}, {"a": US, "b": BOTH, "c": MX}),
        ({"a": 0.5}, {"a": NONE, "b": US, "c": US}),
    ],
)
def test_shares_that_cannot_hold_are_told(shares, sides):
    with pytest.raises(StudyError, match=r"^weights: .*(add up|on no side)"):
        with_shares(dict.fromkeys(sides, 1.0), shares, sides)
