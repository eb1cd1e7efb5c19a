"""Drive minutes over the road graph; trucks cross the border only through open ports.

Each open commercial port is joined to a road node of either side, and its two ends to each other
by its crossing delay, so a drive that changes country pays at a port or does not exist. A drive
leads from a point to a target, which matters where streets are one-way. Searches run outwards
from the targets (`scipy.sparse.csgraph.dijkstra`), in chunks of bounded memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import KDTree

from sitesel.catalog.roadgates import up_to_ports
from sitesel.catalog.roadnet import SIDES, Network, Nodes, Speeds, edges, network, south_of
from sitesel.catalog.roadpoints import Joined, Points
from sitesel.catalog.roadports import join_ports
from sitesel.crs import WORKING_CRS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd
    from numpy.typing import NDArray

    from sitesel.catalog.roadnet import Bools, Floats, Ints

__all__ = ["Points", "RoadGraph", "Speeds", "edges", "south_of"]

SAME_M = 1000.0  # a feature with a port's id this close to it is that port
KM_A_MINUTE = 2.0  # nobody drives faster
CHUNK = 64  # targets searched at once: 64 x 200,000 candidates x 8 bytes = 100 MB at most


@dataclass(frozen=True)
class RoadGraph:
    """Roads of both sides, joined only by the ports that are open to trucks.

    ``ports`` is the table of `join_ports`. The ports' own nodes follow those of the roads: the
    US ends, then the Mexican ends.
    """

    net: Network
    ports: pd.DataFrame
    speeds: Speeds

    @classmethod
    def build(
        cls,
        roads: gpd.GeoDataFrame,
        ports: pd.DataFrame,
        mexico: shapely.Geometry,
        speeds: Speeds,
    ) -> RoadGraph:
        """Join the open ports (``port_id, name, lon, lat, delay_min``) to the roads of `edges`.

        ``mexico`` is any polygon (working CRS) that holds all Mexican roads and no others, such
        as `south_of` the border line. A port out of reach of the roads of a side is left out.
        """
        if "class" in roads:
            roads = up_to_ports(roads.to_crs(WORKING_CRS), ports, mexico, speeds)
        net = network(roads, mexico, speeds)
        return cls(net, join_ports(ports, net, roads, mexico, speeds), speeds)

    def points(self, frame: gpd.GeoDataFrame) -> Points:
        """Take the inner points of a frame in the working CRS, and its ``side`` if it has one.

        A row that is one of the graph's ports (same ``port_id`` and place) is that port.
        """
        spot = shapely.point_on_surface(frame.geometry.to_numpy())
        x, y = shapely.get_x(spot), shapely.get_y(spot)
        side = frame["side"].to_numpy(str) if "side" in frame else np.full(len(frame), "")
        port = np.full(len(frame), -1)
        if "port_id" in frame and len(self.ports):
            row = pd.Index(self.ports["port_id"]).get_indexer(frame["port_id"])
            here = self.ports[["x", "y"]].to_numpy(float)[row]
            port = np.where(np.hypot(here[:, 0] - x, here[:, 1] - y) < SAME_M, row, -1)
        return Points(x, y, side, port)

    def port_points(self) -> Points:
        """Return all open ports as targets."""
        count = len(self.ports)
        x, y = (self.ports[axis].to_numpy(float) for axis in "xy")
        return Points(x, y, np.full(count, ""), np.arange(count))

    @cached_property
    def _nodes(self) -> dict[str, Nodes]:
        """The nodes that places of either side may join: of the roads, and the ports' own."""
        net, count = self.net, len(self.ports)
        found = {}
        for row, side in enumerate(SIDES):
            firm = net.nodes[side].number
            own = len(net.x) + row * count + np.arange(count)
            found[side] = Nodes.of(
                np.append(net.x[firm], self.ports["x"]),
                np.append(net.y[firm], self.ports["y"]),
                np.append(firm, own),
            )
        return found

    def join(self, points: Points) -> Joined:
        """Join each point to the nearest node of its side (of both sides where it has none)."""
        ports, size = np.flatnonzero(points.port >= 0), len(self.net.x)
        rows = [
            (ports, size + points.port[ports] + end, np.zeros(len(ports)))
            for end in (0, len(self.ports))
        ]
        for side in SIDES:
            here = ((points.side == side) | (points.side == "")) & (points.port < 0)
            here = np.flatnonzero(here)
            if len(here):
                reach = self.speeds.one("reach_km", side)
                node, metres = self._nodes[side].nearest(points.x[here], points.y[here], reach)
                near = node >= 0
                pace = self.speeds.access_minutes(metres[near], np.full(near.sum(), side))
                rows.append((here[near], node[near], pace))
        point, node, minutes = (np.concatenate(column) for column in zip(*rows, strict=True))
        order = np.argsort(point, kind="stable")
        return Joined(point[order], node[order], minutes[order])

    @cached_property
    def _links(self) -> pd.DataFrame:
        """All edges, each way that they are driven: roads, ways to the ports, crossings."""
        net, count = self.net, len(self.ports)
        us = len(net.x) + np.arange(count)
        parts = [pd.DataFrame({"a": net.u, "b": net.v, "km": net.km, "minutes": net.minutes})]
        for side, own in (("us", us), ("mx", us + count)):
            way = self.ports[[side, f"{side}_km", f"{side}_minutes"]]
            parts.append(way.set_axis(["a", "km", "minutes"], axis=1).assign(b=own))
        delay = self.ports["delay_min"]
        parts.append(pd.DataFrame({"a": us, "b": us + count, "km": 0.0, "minutes": delay}))
        links = pd.concat(parts, keys=["road", "us", "mx", "port"], names=["kind"])
        both = np.append(~net.oneway, np.ones(len(links) - len(net.u), bool))
        back = links[both].rename(columns={"a": "b", "b": "a"})
        links = pd.concat([links, back]).reset_index("kind").sort_values(["a", "b", "minutes"])
        return links.drop_duplicates(["a", "b"]).astype({"a": np.int32, "b": np.int32})

    @cached_property
    def matrices(self) -> tuple[csr_array, csr_array]:
        """Minutes from node to node: without and with the ports' crossings."""
        size = (len(self.net.x) + 2 * len(self.ports),) * 2
        home = self._links[self._links["kind"] != "port"]
        pair = [
            coo_array((part["minutes"], (part["a"], part["b"])), shape=size).tocsr()
            for part in (home, self._links)
        ]
        return pair[0], pair[1]

    @cached_property
    def _backward(self) -> tuple[csr_array, csr_array]:
        """The same with every edge turned round, to search from where a drive ends."""
        if not self.net.oneway.any():
            return self.matrices
        home, abroad = (matrix.T.tocsr() for matrix in self.matrices)
        return home, abroad

    def km_between(self, at: Ints, to: Ints) -> Floats:
        """Return the kilometres of links between nodes."""
        known = self._links.set_index(["a", "b"])["km"]
        return known.reindex(pd.MultiIndex.from_arrays([at, to])).to_numpy(float)

    def _search(
        self, targets: Points, *, cross_border: bool, limit: float, together: bool
    ) -> Iterator[tuple[slice, Floats]]:
        """Yield minutes from each node to each target, a chunk of targets at a time.

        The search runs against the traffic. The targets hang on the network by extra nodes with
        edges outwards only, so the way from road to target counts and no drive leads through one.
        """
        matrix = self._backward[cross_border]
        joined = self.join(targets)
        owner = np.zeros_like(joined.point) if together else joined.point
        count = 1 if together else len(targets.x)
        size = matrix.shape[0]
        for start in range(0, count, CHUNK):
            part = slice(start, min(start + CHUNK, count))
            here = (owner >= part.start) & (owner < part.stop)
            many = np.bincount(owner[here] - start, minlength=part.stop - start)
            wide = csr_array(
                (
                    np.append(matrix.data, joined.minutes[here]),
                    np.append(matrix.indices, joined.node[here]),
                    np.append(matrix.indptr, matrix.indptr[-1] + np.cumsum(many)),
                ),
                shape=(size + len(many), size + len(many)),
            )
            source = size + np.arange(len(many))
            yield part, dijkstra(wide, indices=source, limit=limit)[:, :size]

    def known(self, points: Points) -> Bools:
        """Say which points lie near enough to a road of their side to be timed at all."""
        known = np.zeros(len(points.x), bool)
        known[self.join(points).point] = True
        return known

    def drives(
        self, points: Points, targets: Points, *, cross_border: bool = False, limit: float = np.inf
    ) -> Iterator[Floats]:
        """Yield, target by target, the minutes from every point to it; inf beyond ``limit``.

        A point may also reach a target of its own side straight, off the network, where that
        is faster and at most ``direct_km`` far.
        """
        joined, size = self.join(points), self.matrices[0].shape[0]
        node, access = np.full(len(points.x), size), np.zeros(len(points.x))
        node[joined.point], access[joined.point] = joined.node, joined.minutes
        tree = KDTree(np.column_stack([points.x, points.y]))
        reach = 1000 * max(self.speeds.one("direct_km", side) for side in SIDES)
        search = self._search(targets, cross_border=cross_border, limit=limit, together=False)
        for part, searched in search:
            x, y, side = targets.x[part], targets.y[part], targets.side[part]
            nearby = tree.query_ball_point(np.column_stack([x, y]), reach)
            for row, found in enumerate(nearby):
                minutes = np.append(searched[row], np.inf)[node] + access
                near = np.asarray(found, np.intp)
                near = near[(points.side[near] == side[row]) | (side[row] == "")]
                straight = self.straight(points.only(near), x[row], y[row])
                minutes[near] = np.minimum(minutes[near], straight)
                minutes[minutes > limit] = np.inf
                yield minutes

    def straight(self, points: Points, x: Floats, y: Floats) -> Floats:
        """Return the minutes straight to a place off the network; inf beyond ``direct_km``."""
        metres = np.hypot(points.x - x, points.y - y)
        near = metres <= 1000 * self.speeds.get("direct_km", points.side)
        return np.where(near, self.speeds.access_minutes(metres, points.side), np.inf)

    def minutes_to_each(
        self, points: Points, targets: Points, *, cross_border: bool = False, limit: float = np.inf
    ) -> NDArray[np.float32]:
        """Return minutes (points, targets); NaN where there is no way or it exceeds ``limit``."""
        out = np.empty((len(points.x), len(targets.x)), np.float32)
        drives = self.drives(points, targets, cross_border=cross_border, limit=limit)
        for column, minutes in enumerate(drives):
            out[:, column] = minutes
        out[~np.isfinite(out)] = np.nan
        return out

    def nearest_minutes(
        self, points: Points, targets: Points, *, cross_border: bool = False, limit: float = np.inf
    ) -> Floats:
        """Return the minutes from each point to its nearest target; NaN if there is no way."""
        out = np.full(len(points.x), np.inf)
        joined = self.join(points)
        search = self._search(targets, cross_border=cross_border, limit=limit, together=True)
        for _, searched in search:
            out[joined.point] = searched[0][joined.node] + joined.minutes
        for side in SIDES:
            here = np.flatnonzero(points.side == side)
            there = targets.only((targets.side == side) | (targets.side == ""))
            if len(here) and len(there.x):
                tree = KDTree(np.column_stack([there.x, there.y]))
                nearest = tree.query(np.column_stack([points.x[here], points.y[here]]))[1]
                straight = self.straight(points.only(here), there.x[nearest], there.y[nearest])
                out[here] = np.minimum(out[here], straight)
        out[(out > limit) | ~np.isfinite(out)] = np.nan
        return out

    def sum_within(
        self,
        points: Points,
        targets: Points,
        weight: Floats,
        *,
        limit: float,
        decay: float | None = None,
        cross_border: bool = False,
    ) -> Floats:
        """Return the sum of the targets' weights within ``limit`` minutes of each point.

        With ``decay`` each weight counts times exp(-minutes / decay), the accessibility of
        Hansen (1959). NaN for a point too far from any road; a target out of all reach adds 0.
        """
        out = np.zeros(len(points.x))
        near = self._perhaps(points, targets, limit)
        targets, weight = targets.only(near), weight[near]
        drives = self.drives(points, targets, cross_border=cross_border, limit=limit)
        for minutes, amount in zip(drives, weight, strict=True):
            reached = np.flatnonzero(np.isfinite(minutes))
            fall = np.exp(-minutes[reached] / decay) if decay else 1.0
            out[reached] += amount * fall
        out[~self.known(points)] = np.nan
        return out

    def _perhaps(self, points: Points, targets: Points, limit: float) -> Bools:
        """Leave out targets that are too far from all points as the crow flies."""
        far = 1000 * KM_A_MINUTE * limit
        return np.asarray(
            (targets.x >= points.x.min(initial=np.inf) - far)
            & (targets.x <= points.x.max(initial=-np.inf) + far)
            & (targets.y >= points.y.min(initial=np.inf) - far)
            & (targets.y <= points.y.max(initial=-np.inf) + far)
        )
