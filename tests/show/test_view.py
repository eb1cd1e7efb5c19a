from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sitesel.show.view import View


def test_a_view_is_finished(light: View) -> None:
    with pytest.raises(FrozenInstanceError):
        light.grid_m = 5.0  # type: ignore[misc]


def test_weights_add_up(light: View) -> None:
    assert sum(group.weight for group in light.groups) == pytest.approx(1)
