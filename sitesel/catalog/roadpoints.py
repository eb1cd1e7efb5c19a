"""Places to drive from or to, and where they join the road network."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sitesel.catalog.roadnet import Bools, Floats, Ints


class Points(NamedTuple):
    """Places to drive from or to: working coordinates (m) and ``US``/``MX``; "" is both sides.

    ``port`` is the row of `RoadGraph.ports` where a place is one of them, else -1.
    """

    x: Floats
    y: Floats
    side: NDArray[np.str_]
    port: Ints

    @classmethod
    def at(cls, x: Floats, y: Floats, side: NDArray[np.str_]) -> Points:
        """Take plain coordinates."""
        return cls(x, y, side, np.full(len(x), -1))

    def only(self, keep: Bools | Ints) -> Points:
        """Return some of them."""
        return Points(self.x[keep], self.y[keep], self.side[keep], self.port[keep])


class Joined(NamedTuple):
    """Where points join the network: point, node, minutes from the one to the other."""

    point: Ints
    node: Ints
    minutes: Floats
