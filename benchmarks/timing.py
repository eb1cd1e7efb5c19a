"""Seconds, for all benchmarks alike."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Return how long one run took, and what it returned."""
    start = perf_counter()
    found = work()
    return perf_counter() - start, found


def seconds(work: Callable[[], object], times: int = 5) -> float:
    """Return the least time of several runs."""
    return min(timed(work)[0] for _ in range(times))
