"""Which nodes can be driven to from one another."""

import numpy as np
import pytest

from sitesel.catalog.roaddraft import Draft


def draft(pairs, oneway):
    pair, count = np.array(pairs), np.max(pairs) + 1
    xy, km = np.zeros((count, 2)), np.arange(1.0, len(pair) + 1)
    row = np.arange(len(pair))
    return Draft(xy, np.ones(count, bool), pair, km, row, np.array(oneway, bool))


def test_what_can_be_left_but_not_come_back_to_is_apart():
    label, km = draft([(0, 1), (1, 2), (2, 0), (2, 3)], [1, 1, 1, 1]).components()
    assert len(set(label[:3])) == 1
    assert label[3] != label[0]
    assert sorted(km) == [0, 1 + 2 + 3]  # the street out belongs to neither


def test_two_way_streets_join():
    label, km = draft([(0, 1), (1, 2), (2, 0), (2, 3)], [1, 1, 1, 0]).components()
    assert len(set(label)) == 1
    assert km.tolist() == [10]


def test_pieces_are_like_the_road_they_are_of():
    whole = draft([(0, 1), (1, 2)], [1, 0])
    pair = np.array([(0, 3), (3, 1), (1, 0)])
    more = whole.grown(np.ones((1, 2)), False, pair, np.ones(3), np.array([0, 0, -1]))
    assert more.row.tolist() == [0, 1, 0, 0, -1]
    assert more.oneway.tolist() == [True, False, True, True, False]
    assert more.firm.tolist() == [True, True, True, False]
    kept = more.only(more.row >= 0)
    assert kept.km.tolist() == pytest.approx([1, 2, 1, 1])
    assert len(kept.xy) == 4
