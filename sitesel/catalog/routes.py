"""One fastest drive, leg by leg, with the port it crosses at."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse.csgraph import dijkstra

from sitesel.catalog.roadnet import SIDES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sitesel.catalog.roadnet import Floats, Ints
    from sitesel.catalog.roadpoints import Points
    from sitesel.catalog.roads import RoadGraph


class Leg(NamedTuple):
    """One stretch of a route on one side of the border."""

    side: str
    km: float
    minutes: float


class Route(NamedTuple):
    """A drive: its legs, and between two of them the port crossed (its id) and its delay.

    ``path`` is the line driven, (n, 2) metres in the working CRS. Long stretches are straight.
    """

    legs: list[Leg]
    ports: list[str]
    delays: list[float]
    path: NDArray[np.float64]

    @property
    def minutes(self) -> float:
        """All minutes, delays included.

        Examples
        --------
        >>> legs = [Leg("US", 20.0, 15.0), Leg("MX", 5.0, 6.0)]
        >>> Route(legs, ["ysleta"], [45.0], np.empty((0, 2))).minutes
        66.0
        """
        return sum(leg.minutes for leg in self.legs) + sum(self.delays)

    @property
    def km(self) -> float:
        """All kilometres."""
        return sum(leg.km for leg in self.legs)


def fastest(roads: RoadGraph, start: Points, end: Points) -> Route | None:
    """Return the fastest drive between two single points, or None where there is no way.

    A drive within a country stays there; one between the two takes the port that serves it best.
    """
    crossing = bool(start.side[0] != end.side[0])
    first, last = roads.join(start), roads.join(end)
    if not len(first.node) or not len(last.node):
        return None
    minutes, before = dijkstra(
        roads.matrices[crossing], indices=first.node[0], return_predecessors=True
    )
    total = minutes[last.node[0]] + first.minutes[0] + last.minutes[0]
    direct = np.inf if crossing else roads.straight(start, end.x, end.y)[0]
    if direct <= total and np.isfinite(direct):
        km = _off_road_km(roads, start, float(direct))
        path = np.array([[start.x[0], start.y[0]], [end.x[0], end.y[0]]])
        return Route([Leg(str(start.side[0]), km, float(direct))], [], [], path)
    if not np.isfinite(total):
        return None
    nodes = [int(last.node[0])]
    while nodes[-1] != first.node[0]:
        nodes.append(int(before[nodes[-1]]))
    return _route(roads, start, end, np.array(nodes[::-1]), minutes)


def _route(roads: RoadGraph, start: Points, end: Points, nodes: Ints, minutes: Floats) -> Route:
    """Cut a path of nodes at the ports it crosses, and add the way to and from the road."""
    net, ports = roads.net, roads.ports
    count = len(net.x)
    x = np.concatenate([net.x, ports["x"], ports["x"]])
    y = np.concatenate([net.y, ports["y"], ports["y"]])
    side = np.concatenate([net.side, np.repeat(np.array(SIDES), len(ports))])
    at, to = nodes[:-1], nodes[1:]
    km, spent = roads.km_between(at, to), minutes[to] - minutes[at]
    port = (at >= count) & (to >= count)
    legs: list[Leg] = []
    for part in np.split(np.arange(len(at)), np.flatnonzero(port)):
        drive = part[~port[part]]
        where = side[to[drive[0]]] if len(drive) else (end if legs else start).side[0]
        legs.append(Leg(str(where), float(km[drive].sum()), float(spent[drive].sum())))
    for index, place in ((0, start), (-1, end)):
        way, leg = float(roads.join(place).minutes[0]), legs[index]
        legs[index] = Leg(leg.side, leg.km + _off_road_km(roads, place, way), leg.minutes + way)
    names = ports["port_id"].to_numpy()[(at[port] - count) % max(len(ports), 1)]
    path = np.column_stack([np.r_[start.x, x[nodes], end.x], np.r_[start.y, y[nodes], end.y]])
    return Route(legs, [str(name) for name in names], spent[port].tolist(), path)


def _off_road_km(roads: RoadGraph, place: Points, minutes: float) -> float:
    """Return the kilometres driven off the network in so many minutes."""
    return minutes / 60 * roads.speeds.one("access_kmh", str(place.side[0]))
