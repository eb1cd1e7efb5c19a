"""The sets of weights that a reader can choose."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from sitesel.records import Text
from sitesel.show.view import ProfileView
from sitesel.show.weighing import scale, weighing

if TYPE_CHECKING:
    from sitesel.show.view import View


def test_every_set_is_whole_and_weighs_only_what_was_measured(light: View) -> None:
    title = Text(en="Odd", es="Rara")
    odd = ProfileView("odd", title, {"water": 0.6}, {"ftz": 2.0, "not_measured": 90.0})
    said = weighing(replace(light, profiles=(odd,)))
    file = said["weights"]
    assert [one["id"] for one in said["profiles"]] == ["file", "odd", "equal"]
    for one in said["profiles"]:
        for kind, weights in one["weights"].items():
            assert list(weights) == list(file[kind])
    assert said["profiles"][0]["weights"] == file
    chosen = said["profiles"][1]["weights"]
    assert chosen["groups"] == file["groups"] | {"water": 0.6}
    assert chosen["criteria"] == file["criteria"] | {"ftz": 2.0}


def test_every_slider_has_room_for_every_set(light: View) -> None:
    said = weighing(light)
    for one in said["profiles"]:
        for kind, weights in one["weights"].items():
            assert max(weights.values()) <= said["scales"][kind]


@pytest.mark.parametrize(
    ("most", "end"), [(0.8, 1), (0.9, 2), (4, 5), (5, 10), (41, 50), (90, 200)]
)
def test_a_scale_ends_at_a_round_number(most: float, end: float) -> None:
    assert scale([most]) == pytest.approx(end)
