"""The parts of a difference add up to it, whatever is weighed or judged by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitesel.decide.difference import pair_parts, site_parts
from sitesel.decide.pairs import combine
from sitesel.decide.scoring import score

NAMES = ["a", "b", "c", "d"]
weights = st.lists(st.floats(0.01, 1), min_size=4, max_size=4).map(
    lambda given: {name: each / sum(given) for name, each in zip(NAMES, given, strict=True)}
)
side = st.tuples(st.fixed_dictionaries(dict.fromkeys(NAMES, st.floats(0, 1))), weights)


def worth(values, weights):
    return float(score([[values[n] for n in NAMES]], [weights[n] for n in NAMES]).score[0])


@given(old=side, new=side)
def test_site_parts_add_up(old, new):
    before, after = worth(*old), worth(*new)
    parts = site_parts(old, new)
    assert sum(p.change for p in parts) == pytest.approx(after - before, abs=1e-12)


def test_only_the_weight_that_moved_is_named():
    values = {"a": 1.0, "b": 0.0}
    parts = site_parts((values, {"a": 0.5, "b": 0.5}), (values, {"a": 0.8, "b": 0.2}))
    assert {p.kind for p in parts} == {"weight"}
    assert all(p.change > 0 for p in parts), "to what is good, and away from what is bad"


def test_a_criterion_of_one_run_alone_is_a_weight_part():
    parts = site_parts(({"a": 0.5}, {"a": 1}), ({"a": 0.5, "z": 1.0}, {"a": 0.5, "z": 0.5}))
    assert {(p.criterion, p.kind) for p in parts} >= {("z", "weight")}
    assert sum(p.change for p in parts) == pytest.approx(0.25)


@given(
    us=st.tuples(side, side),
    mx=st.tuples(side, side),
    links=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    rules=st.tuples(st.floats(0.5, 1), st.floats(0.5, 1)),
)
def test_pair_parts_add_up(us, mx, links, rules):
    scores = [[worth(*us[i]), worth(*mx[i])] for i in (0, 1)]
    rows = [
        {"us_score": scores[i][0], "mx_score": scores[i][1], "link_value": links[i]} for i in (0, 1)
    ]
    totals = [combine([scores[i][0]], [scores[i][1]], rules[i])[0, 0] * links[i] for i in (0, 1)]
    parts = pair_parts(*rows, rules, {"US": site_parts(*us), "MX": site_parts(*mx)})
    assert sum(p.change for _, p in parts) == pytest.approx(totals[1] - totals[0], abs=1e-12)
