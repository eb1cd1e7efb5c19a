"""A client that may ask the server of these tests (hostile.py) and never waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sitesel.catalog.sources.web import Client

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def waits() -> list[float]:
    """The seconds that the client would have waited."""
    return []


@pytest.fixture
def client(waits: list[float]) -> Callable[..., Client]:
    """A function that makes clients: private addresses allowed, short time-outs, no real waits."""

    def make(**options: Any) -> Client:
        usual: dict[str, Any] = {"private": True, "timeout": (2, 2), "seed": 1}
        return Client(**usual | {"sleep": waits.append} | options)

    return make
