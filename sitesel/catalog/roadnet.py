"""From road edges to a timed network whose edges all stay on their own side of the border.

The edges are straight lines with a length and no road class. What touches the other country is
cut, loose ends are tied, islands dropped, drawn edges split so that places can join anywhere,
and speeds set by how many junctions lie near. How far to trust it: docs/drive-times.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from sitesel.crs import LONLAT, WORKING_CRS
from sitesel.errors import LayerError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]
    Bools = NDArray[np.bool_]

SIDES = ("US", "MX")
STEP_KM = 1.5  # a drawn edge is split into pieces of at most this, to snap to
CIRCLE_KM = 3.0  # junctions are counted in a circle of this radius
JUNCTION = 2  # more edges than this meet at a junction
TIE_KM = 1.0  # an island's dead end this close to a road is joined to it
ISLAND_KM = 150.0  # a network of less road than this, tied to nothing, is left out
SCALE = 1000  # the file keeps 0.001 degree and metres as whole numbers


def edges(path: Path) -> gpd.GeoDataFrame:
    """Read the road edges: ``u, v`` node numbers, ``km``, ``drawn``, a line in EPSG:4326.

    ``drawn`` says that the straight line is close to the road (under 10 km long and not much
    longer than its chord): only those lines may be measured against.
    """
    table = pd.read_parquet(path)
    ends = table[["lon_u", "lat_u", "lon_v", "lat_v"]].to_numpy(float) / SCALE
    frame = pd.DataFrame(
        {"u": table["u"], "v": table["v"], "km": table["metres"] / 1000, "drawn": table["drawn"]}
    )
    return gpd.GeoDataFrame(frame, geometry=shapely.linestrings(ends.reshape(-1, 2, 2)), crs=LONLAT)


def south_of(border: shapely.Geometry) -> shapely.Geometry:
    """Return all land south of a border line as one polygon; both in the working CRS (metres).

    Examples
    --------
    >>> half = south_of(shapely.LineString([(-1.2e6, 8e5), (0, 5e5), (7e5, 0)]))
    >>> [bool(half.covers(shapely.Point(0, y))) for y in (4e5, 6e5)]
    [True, False]
    """
    far = 4e6
    runs = [
        run if run.coords[0][0] <= run.coords[-1][0] else run.reverse()
        for run in shapely.get_parts(shapely.line_merge(border))
    ]
    line = [xy for run in sorted(runs, key=lambda run: run.coords[0][0]) for xy in run.coords]
    ring = [(-far, line[0][1]), *line, (far, line[-1][1]), (far, -far), (-far, -far)]
    return shapely.make_valid(shapely.Polygon(ring))


@dataclass(frozen=True)
class Speeds:
    """What turns kilometres into minutes, for each side: the rows of one CSV file.

    ``open_kmh`` holds where there is no junction near; it falls in a straight line to
    ``city_kmh`` where ``city_junctions`` or more lie within 3 km. Both are car speeds; times
    ``truck`` they are a lorry's.
    """

    table: Mapping[str, tuple[float, float]]
    vehicle: str = "truck"

    @classmethod
    def read(cls, path: Path, *, vehicle: str = "truck") -> Speeds:
        """Read ``name, us, mx`` from a CSV file; a missing row is a `LayerError`."""
        rows = pd.read_csv(path)
        pairs = rows[["us", "mx"]].to_numpy(float).tolist()
        table = {str(name): (us, mx) for name, (us, mx) in zip(rows["name"], pairs, strict=True)}
        names = ("open_kmh", "city_kmh", "city_junctions", "truck", "access_kmh", "detour")
        for name in (*names, "reach_km", "direct_km", "link_kmh", "link_reach_km", "delay_min"):
            if name not in table:
                raise LayerError(f"{path}: name: no row '{name}'; put it in with its us and mx")
        return cls(table, vehicle)

    def get(self, name: str, side: NDArray[np.str_]) -> Floats:
        """Return a parameter for each side given."""
        us, mx = self.table[name]
        return np.asarray(np.where(side == "MX", mx, us), np.float64)

    def kmh(self, junctions: Floats, side: NDArray[np.str_]) -> Floats:
        """Return the vehicle's speed where so many junctions lie within 3 km."""
        dense = np.minimum(junctions / self.get("city_junctions", side), 1.0)
        free, city = self.get("open_kmh", side), self.get("city_kmh", side)
        factor = self.get("truck", side) if self.vehicle == "truck" else 1.0
        return np.asarray((free - (free - city) * dense) * factor)

    def one(self, name: str, side: str) -> float:
        """Return a parameter for one side."""
        return self.table[name][side == "MX"]

    def access_minutes(self, metres: Floats, side: NDArray[np.str_]) -> Floats:
        """Return the minutes off the network: straight metres, a detour, a slow speed."""
        pace = 0.06 * self.get("detour", side) / self.get("access_kmh", side)
        return np.asarray(metres * pace)


class Nodes(NamedTuple):
    """Nodes that places may join, in a search tree, and their numbers in the graph."""

    tree: KDTree
    number: Ints

    @classmethod
    def of(cls, x: Floats, y: Floats, number: Ints) -> Nodes:
        """Build the tree."""
        return cls(KDTree(np.column_stack([x, y])), number)

    def nearest(self, x: Floats, y: Floats, reach_km: float) -> tuple[Ints, Floats]:
        """Return the nearest node and the metres to it; -1 and inf beyond reach."""
        at = np.column_stack([x, y])
        found = self.tree.query(at, distance_upper_bound=1000 * reach_km)
        metres, nearest = np.asarray(found[0], np.float64), np.asarray(found[1], np.intp)
        far = ~np.isfinite(metres)
        node = np.where(far, -1, self.number[np.where(far, 0, nearest)])
        return node.astype(np.intp), metres


@dataclass(frozen=True)
class Network:
    """The bare graph: nodes (working CRS) with a side, edges with km and minutes.

    ``firm`` nodes lie on a road, so that a place may join there; the others are bends.
    """

    x: Floats
    y: Floats
    side: NDArray[np.str_]
    u: Ints
    v: Ints
    km: Floats
    minutes: Floats
    firm: Bools

    @cached_property
    def nodes(self) -> dict[str, Nodes]:
        """The firm nodes of either side, to look for the nearest."""
        found = {}
        for side in SIDES:
            number = np.flatnonzero((self.side == side) & self.firm)
            found[side] = Nodes.of(self.x[number], self.y[number], number)
        return found


class _Draft(NamedTuple):
    """A network in the making: node coordinates, which of them are firm, edges and km."""

    xy: Floats
    firm: Bools
    pair: Ints
    km: Floats

    def grown(self, xy: Floats, *, firm: bool, pair: Ints, km: Floats, keep: Bools) -> _Draft:
        """Return it with nodes and edges added and the edges not kept left out."""
        return _Draft(
            np.vstack([self.xy, xy]),
            np.append(self.firm, np.full(len(xy), firm)),
            np.vstack([self.pair[keep], pair]).astype(np.intp),
            np.append(self.km[keep], km),
        )


def network(roads: gpd.GeoDataFrame, mexico: shapely.Geometry, speeds: Speeds) -> Network:
    """Cut the edges at the border, tie loose ends, drop islands, split what is drawn, time it."""
    roads = roads.to_crs(WORKING_CRS)
    pair = roads[["u", "v"]].to_numpy(np.intp)
    xy = np.zeros((pair.max() + 1, 2))
    xy[pair.ravel()] = shapely.get_coordinates(roads.geometry.to_numpy())
    shapely.prepare(mexico)
    south = shapely.contains_xy(mexico, xy)
    draft = _Draft(xy, np.ones(len(xy), bool), pair, roads["km"].to_numpy(float))
    drawn = roads["drawn"].to_numpy(bool)
    draft, drawn = _cut(draft, drawn, south, shapely.boundary(mexico))
    south = shapely.contains_xy(mexico, draft.xy)
    junction = draft.xy[np.bincount(draft.pair.ravel(), minlength=len(draft.xy)) > JUNCTION]
    draft = _split(_tie(draft, south), drawn)
    used, number = np.unique(draft.pair[_large(draft)], return_inverse=True)
    xy, km, (u, v) = draft.xy[used], draft.km[_large(draft)], number.reshape(-1, 2).T
    side = np.where(shapely.contains_xy(mexico, xy), "MX", "US")
    middle = (xy[u] + xy[v]) / 2
    near = KDTree(junction).query_ball_point(middle, CIRCLE_KM * 1000, return_length=True)
    minutes = 60 * km / speeds.kmh(np.asarray(near, float), side[u])
    return Network(xy[:, 0], xy[:, 1], side, u, v, km, minutes, draft.firm[used])


def _cut(
    draft: _Draft, drawn: Bools, south: Bools, border: shapely.Geometry
) -> tuple[_Draft, Bools]:
    """Leave out what touches the border; bend a long chord that only seems to.

    A chord of more than 10 km is not the road: where both its ends are on one side, the road
    is too, and the chord is bent through a point on that side until it is clear of the border.
    """
    shapely.prepare(border)
    ends = draft.xy[draft.pair]
    clear = ~shapely.intersects(border, shapely.linestrings(ends))
    same = south[draft.pair[:, 0]] == south[draft.pair[:, 1]]
    bends: list[Floats] = []
    pairs: list[tuple[int, int]] = []
    km: list[float] = []
    for edge in np.flatnonzero(same & ~clear & ~drawn):
        a, b = ends[edge]
        across = np.array([a[1] - b[1], b[0] - a[0]])
        for pull in (0.02, -0.02, 0.05, -0.05, 0.1, -0.1, 0.2, -0.2, 0.3, -0.3, 0.4, -0.4):
            at = (a + b) / 2 + pull * across
            if not shapely.intersects(border, shapely.linestrings([a, at, b])):
                new, (u, v) = len(draft.xy) + len(bends), draft.pair[edge]
                bends.append(at)
                pairs += [(u, new), (new, v)]
                km += [draft.km[edge] / 2] * 2
                break
    draft = draft.grown(
        np.asarray(bends, np.float64).reshape(-1, 2),
        firm=False,
        pair=np.asarray(pairs, np.intp).reshape(-1, 2),
        km=np.asarray(km),
        keep=same & clear,
    )
    return draft, np.append(drawn[same & clear], np.zeros(len(km), bool))


def _components(draft: _Draft) -> tuple[Ints, Floats]:
    """Return the component of each node, and the kilometres of each component."""
    one, count = np.ones(len(draft.pair)), len(draft.xy)
    matrix = coo_array((one, tuple(draft.pair.T)), shape=(count, count))
    label = np.asarray(connected_components(matrix, directed=False)[1], np.intp)
    first, pieces = label[draft.pair[:, 0]], int(label.max()) + 1
    return label, np.bincount(first, draft.km, pieces).astype(np.float64)


def _large(draft: _Draft) -> Bools:
    """Say which edges belong to a component worth keeping."""
    label, km = _components(draft)
    return np.asarray(km[label[draft.pair[:, 0]]] >= ISLAND_KM)


def _tie(draft: _Draft, south: Bools) -> _Draft:
    """Tie the dead ends of islands to a road of the same side within ``TIE_KM``."""
    label, km = _components(draft)
    degree = np.bincount(draft.pair.ravel(), minlength=len(draft.xy))
    main = km[label] >= ISLAND_KM
    pairs = []
    for here in (south, ~south):
        ends = np.flatnonzero((degree == 1) & ~main & here)
        roads = np.flatnonzero((degree > 0) & main & here)
        if len(ends) and len(roads):
            nodes = Nodes.of(draft.xy[roads, 0], draft.xy[roads, 1], roads)
            node, _ = nodes.nearest(draft.xy[ends, 0], draft.xy[ends, 1], TIE_KM)
            pairs.append(np.column_stack([ends, node])[node >= 0])
    pair = np.vstack([np.empty((0, 2), np.intp), *pairs])
    km = np.hypot(*(draft.xy[pair[:, 0]] - draft.xy[pair[:, 1]]).T) / 1000
    every = np.ones(len(draft.pair), bool)
    return draft.grown(np.empty((0, 2)), firm=True, pair=pair, km=km, keep=every)


def _split(draft: _Draft, drawn: Bools) -> _Draft:
    """Split the drawn edges into equal pieces of at most ``STEP_KM``."""
    drawn = np.append(drawn, np.zeros(len(draft.pair) - len(drawn), bool))
    parts = np.where(drawn, np.ceil(draft.km / STEP_KM), 1).astype(np.intp)
    long = np.flatnonzero(parts > 1)
    owner = np.repeat(long, parts[long] - 1)
    first = np.cumsum(parts[long] - 1) - (parts[long] - 1)
    step = np.arange(len(owner)) - np.repeat(first, parts[long] - 1) + 1
    share = (step / parts[owner])[:, None]
    u, v = draft.pair[owner].T
    xy = draft.xy[u] * (1 - share) + draft.xy[v] * share
    new = len(draft.xy) + np.arange(len(owner))
    last = step == parts[owner] - 1
    pair = np.vstack(
        [
            np.column_stack([np.where(step == 1, u, new - 1), new]),
            np.column_stack([new, v])[last],
        ]
    )
    km = (draft.km / parts)[np.append(owner, owner[last])]
    return draft.grown(xy, firm=True, pair=pair, km=km, keep=parts == 1)
