"""From road edges to a timed network whose edges all stay on their own side of the border.

The edges are straight lines with a length. What touches the other country is cut, loose ends are
tied, islands dropped, drawn edges split so that places can join anywhere, and speeds set: by the
class of the road and its limit where these are known, else by how many junctions lie near. How
far to trust it: docs/drive-times.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import shapely
from scipy.spatial import KDTree

from sitesel.catalog.roaddraft import Draft
from sitesel.catalog.roadspeeds import Speeds, Stretch
from sitesel.crs import LONLAT, WORKING_CRS

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]
    Bools = NDArray[np.bool_]

__all__ = ["SIDES", "Network", "Nodes", "Speeds", "edges", "network", "south_of"]

SIDES = ("US", "MX")
STEP_KM = 1.5  # a drawn edge is split into pieces of at most this, to snap to (or `step_km`)
CIRCLE_KM = 3.0  # junctions are counted in a circle of this radius
JUNCTION = 2  # more edges than this meet at a junction
TIE_KM = 1.0  # an island's dead end this close to a road is joined to it (or `tie_km`)
ISLAND_KM = 150.0  # a network of less road, tied to nothing, is left out (or `island_km`)
HIGHWAYS = ("motorway", "trunk", "primary", "motorway_link", "trunk_link", "primary_link")
SCALE = 1000  # the file keeps 0.001 degree and metres as whole numbers


def edges(path: Path) -> gpd.GeoDataFrame:
    """Read the road edges: ``u, v`` node numbers, ``km``, flags, a line in EPSG:4326.

    ``drawn`` says that the straight line is close to the road: only those lines may be measured
    against. ``highway`` says that the road is one of the highway network, as all are that have no
    class. Roads with a class (GeoParquet) also have ``class``, ``limit_kmh`` and
    ``truck_limit_kmh`` (NaN where not tagged) and ``oneway`` (driven from u to v only).
    """
    if "geometry" in pq.read_schema(path).names:
        frame = gpd.read_parquet(path).to_crs(LONLAT)
        more = ["class", "limit_kmh", "truck_limit_kmh", "oneway"] if "class" in frame else []
        frame = frame.assign(highway=frame["class"].isin(HIGHWAYS) if more else True)
        return frame[["u", "v", "km", "drawn", "highway", *more, "geometry"]]
    table = pd.read_parquet(path)
    ends = table[["lon_u", "lat_u", "lon_v", "lat_v"]].to_numpy(float) / SCALE
    frame = table[["u", "v"]].assign(km=table["metres"] / 1000, drawn=table["drawn"], highway=True)
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
        if not len(self.number):  # no road on this side
            return np.full(len(x), -1), np.full(len(x), np.inf)
        at = np.column_stack([x, y])
        found = self.tree.query(at, distance_upper_bound=1000 * reach_km)
        metres, nearest = np.asarray(found[0], np.float64), np.asarray(found[1], np.intp)
        far = ~np.isfinite(metres)
        node = np.where(far, -1, self.number[np.where(far, 0, nearest)])
        return node.astype(np.intp), metres


@dataclass(frozen=True)
class Network:
    """The bare graph: nodes (working CRS) with a side, edges with km and minutes.

    ``firm`` nodes lie on a road, so that a place may join there; the others are bends. ``oneway``
    edges are driven from u to v only.
    """

    x: Floats
    y: Floats
    side: NDArray[np.str_]
    u: Ints
    v: Ints
    km: Floats
    minutes: Floats
    firm: Bools
    oneway: Bools

    @cached_property
    def nodes(self) -> dict[str, Nodes]:
        """The firm nodes of either side, to look for the nearest."""
        found = {}
        for side in SIDES:
            number = np.flatnonzero((self.side == side) & self.firm)
            found[side] = Nodes.of(self.x[number], self.y[number], number)
        return found


def network(roads: gpd.GeoDataFrame, mexico: shapely.Geometry, speeds: Speeds) -> Network:
    """Cut the edges at the border, tie loose ends, drop islands, split what is drawn, time it."""
    roads = roads.to_crs(WORKING_CRS)
    pair = roads[["u", "v"]].to_numpy(np.intp)
    xy = np.zeros((pair.max() + 1, 2))
    xy[pair.ravel()] = shapely.get_coordinates(roads.geometry.to_numpy())
    shapely.prepare(mexico)
    south = shapely.contains_xy(mexico, xy)
    oneway = roads["oneway"].to_numpy(bool) if "oneway" in roads else np.zeros(len(pair), bool)
    km, row = roads["km"].to_numpy(float), np.arange(len(pair))
    draft = Draft(xy, np.ones(len(xy), bool), pair, km, row, oneway)
    drawn = roads["drawn"].to_numpy(bool)
    draft, drawn = _cut(draft, drawn, south, shapely.boundary(mexico))
    south = shapely.contains_xy(mexico, draft.xy)
    junction = draft.xy[np.bincount(draft.pair.ravel(), minlength=len(draft.xy)) > JUNCTION]
    draft = _split(_tie(draft, south, speeds), drawn, speeds.one("step_km", "US", STEP_KM))
    draft = draft.only(_large(draft, shapely.contains_xy(mexico, draft.xy), speeds))
    used, number = np.unique(draft.pair, return_inverse=True)
    draft = draft._replace(
        xy=draft.xy[used], firm=draft.firm[used], pair=number.reshape(-1, 2).astype(np.intp)
    )
    (x, y), (u, v) = draft.xy.T, draft.pair.T
    side = np.where(shapely.contains_xy(mexico, draft.xy), "MX", "US")
    minutes = 60 * draft.km / _kmh(draft, roads, junction, side[u], speeds)
    return Network(x, y, side, u, v, draft.km, minutes, draft.firm, draft.oneway)


def _kmh(
    draft: Draft,
    roads: gpd.GeoDataFrame,
    junction: Floats,
    side: NDArray[np.str_],
    speeds: Speeds,
) -> Floats:
    """Return the speed on each edge: by its class if the roads have one, else by junctions."""
    if "class" in roads:
        kind, limit, truck = (
            roads[name].to_numpy()[draft.row] for name in ("class", "limit_kmh", "truck_limit_kmh")
        )
        known = Stretch(kind.astype(object), side, limit.astype(float), truck.astype(float))
        kmh = speeds.kmh_by_class(known)
        return np.where(draft.row < 0, speeds.get("access_kmh", side), kmh)  # a tie is no road
    middle = (draft.xy[draft.pair[:, 0]] + draft.xy[draft.pair[:, 1]]) / 2
    near = KDTree(junction).query_ball_point(middle, CIRCLE_KM * 1000, return_length=True)
    return speeds.kmh(np.asarray(near, float), side)


def _cut(draft: Draft, drawn: Bools, south: Bools, border: shapely.Geometry) -> tuple[Draft, Bools]:
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
    parent: list[int] = []
    for edge in np.flatnonzero(same & ~clear & ~drawn):
        a, b = ends[edge]
        across = np.array([a[1] - b[1], b[0] - a[0]])
        for pull in (0.02, -0.02, 0.05, -0.05, 0.1, -0.1, 0.2, -0.2, 0.3, -0.3, 0.4, -0.4):
            at = (a + b) / 2 + pull * across
            if not shapely.intersects(border, shapely.linestrings([a, at, b])):
                new, (u, v) = len(draft.xy) + len(bends), draft.pair[edge]
                bends.append(at)
                pairs += [(u, new), (new, v)]
                parent += [int(edge)] * 2
                break
    bent = draft.grown(
        np.asarray(bends, np.float64).reshape(-1, 2),
        firm=False,
        pair=np.asarray(pairs, np.intp).reshape(-1, 2),
        km=draft.km[parent] / 2,
        parent=np.asarray(parent, np.intp),
    )
    added = np.zeros(len(parent), bool)
    return bent.only(np.append(same & clear, ~added)), np.append(drawn[same & clear], added)


def _large(draft: Draft, south: Bools, speeds: Speeds) -> Bools:
    """Say which edges belong to a component worth keeping."""
    label, km = draft.components()
    least = [speeds.one("island_km", side, ISLAND_KM) for side in SIDES]
    a, b = draft.pair.T
    return np.asarray((km[label[a]] >= np.where(south[a], *least[::-1])) & (label[a] == label[b]))


def _tie(draft: Draft, south: Bools, speeds: Speeds) -> Draft:
    """Tie the dead ends of islands to a road of the same side that is near enough."""
    label, km = draft.components()
    degree = np.bincount(draft.pair.ravel(), minlength=len(draft.xy))
    pairs = []
    for side, here in (("MX", south), ("US", ~south)):
        main = km[label] >= speeds.one("island_km", side, ISLAND_KM)
        ends = np.flatnonzero((degree == 1) & ~main & here)
        roads = np.flatnonzero((degree > 0) & main & here)
        if len(ends) and len(roads):
            nodes = Nodes.of(draft.xy[roads, 0], draft.xy[roads, 1], roads)
            reach = speeds.one("tie_km", side, TIE_KM)
            node, _ = nodes.nearest(draft.xy[ends, 0], draft.xy[ends, 1], reach)
            pairs.append(np.column_stack([ends, node])[node >= 0])
    pair = np.vstack([np.empty((0, 2), np.intp), *pairs])
    km = np.hypot(*(draft.xy[pair[:, 0]] - draft.xy[pair[:, 1]]).T) / 1000
    return draft.grown(np.empty((0, 2)), firm=True, pair=pair, km=km, parent=np.full(len(pair), -1))


def _split(draft: Draft, drawn: Bools, step_km: float) -> Draft:
    """Split the drawn edges into equal pieces of at most ``step_km``."""
    drawn = np.append(drawn, np.zeros(len(draft.pair) - len(drawn), bool))
    parts = np.where(drawn, np.ceil(draft.km / step_km), 1).astype(np.intp)
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
    parent = np.append(owner, owner[last])
    grown = draft.grown(xy, firm=True, pair=pair, km=(draft.km / parts)[parent], parent=parent)
    return grown.only(np.append(parts == 1, np.ones(len(parent), bool)))
