"""Which raw measure a byte of the surface stands for."""

from __future__ import annotations

import numpy as np
import pytest

from sitesel.decide.values import Classes, Linear, Log, Steps
from sitesel.show import payload, surface


@pytest.mark.parametrize(
    "function",
    [
        Linear(at={0: 0, 500: 0.5, 2000: 1}),
        Log(at={1000: 0, 100_000: 1}),
        Linear(at={15: 1, 90: 0}),
    ],
)
def test_a_measure_comes_back_from_its_byte(function: Linear | Log) -> None:
    said = surface.raws(function, "km")
    assert len(said) == payload.TOP + 1
    for raw in np.geomspace(*sorted([max(min(function.at), 1), max(function.at)]), 50)[1:-1]:
        found = said[payload.quantise(function.apply([raw]))[0]]
        assert found is not None
        how, about, digits = found
        assert about == pytest.approx(raw, rel=0.1, abs=10)
        assert how in {"about", "least", "most"}
        assert digits == (2 if about < 1 else 1 if about < 10 else 0)


def test_ends_are_open_but_for_nothing_and_all_of_a_share() -> None:
    minutes = surface.raws(Linear(at={15: 1, 90: 0}), "min")
    assert minutes[250] == ["most", 15.0, 0]
    assert minutes[0] == ["least", 90.0, 0]
    share = surface.raws(Linear(at={0: 0, 1: 1}), "share")
    assert share[0] == ["about", 0.0, 2]
    assert share[250] == ["about", 1.0, 1]


def test_classes_are_named_and_a_shared_value_names_all() -> None:
    said = surface.raws(Classes(of={"scarce": 0.2, "strained": 0.2, "secure": 1}), None)
    assert said[50] == ["or", "scarce", "strained"]
    assert said[250] == ["or", "secure"]
    assert said[100] is None


def test_what_cannot_be_turned_back_is_not() -> None:
    assert set(surface.raws(None, "km")) == {None}  # type: ignore[arg-type]
    assert surface.raws(Linear(at={0: 0, 5: 1, 9: 0}), "km")[100] is None
    assert surface.raws(Steps(at={0: 1, 5: 0.7, 20: 0}), "km")[100] is None
