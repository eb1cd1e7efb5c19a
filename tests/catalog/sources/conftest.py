"""A server that fails in all the known ways, and a client that may ask it and never waits."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import hostile

from sitesel.catalog.sources.web import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def server() -> Iterator[hostile.Server]:
    """A web server on this machine; see hostile.py for what it can answer."""
    running = hostile.Server()
    yield running
    running.close()


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
