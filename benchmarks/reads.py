"""Reading layers for 100,000 polygons: nearest point, share of area, point in polygon.

    python benchmarks/reads.py

Beside what one would write by hand with scipy, pykdtree and geopandas to the same answer. Ratios
are of the best of several runs in one process; the answers are compared too. Distances by hand:
centres, a search tree in the plane, and the geodesic to what it finds.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from pykdtree.kdtree import KDTree
from scipy.spatial import cKDTree
from timing import seconds

from sitesel.crs import GEOD, WORKING_CRS, lonlat
from sitesel.measure import grid, overlap, proximity

ROWS, COLS, SIZE = 250, 400, 1000.0
POINTS, ZONES = 5000, 2000


def candidates() -> gpd.GeoDataFrame:
    """Return 100,000 squares of 1 km."""
    rows, cols = (axis.ravel() for axis in np.mgrid[:ROWS, :COLS])
    squares = grid.boxes(rows, cols, SIZE)
    return gpd.GeoDataFrame({"row": rows, "col": cols}, geometry=squares, crs=WORKING_CRS)


def layer(shapes: np.ndarray) -> gpd.GeoDataFrame:
    """Return shapes as a layer."""
    return gpd.GeoDataFrame(geometry=shapes, crs=WORKING_CRS)


def nearest(cells: gpd.GeoDataFrame, spots: np.ndarray) -> None:
    """Print how the distance to the nearest point compares."""
    features = layer(shapely.points(spots))

    def centres() -> np.ndarray:
        bounds = cells.geometry.bounds.to_numpy()
        return (bounds[:, :2] + bounds[:, 2:]) / 2

    def by_hand(tree: type) -> np.ndarray:
        own = centres()
        found = spots[tree(spots).query(own)[1]]
        return GEOD.inv(*lonlat(*own.T), *lonlat(*found.T))[2] / 1000

    at, shapes = centres(), features.geometry.to_numpy()
    search = seconds(lambda: proximity.nearest(at, shapes))
    ours = seconds(lambda: proximity.distance(cells, features))
    for name, tree in (("cKDTree", cKDTree), ("pykdtree", KDTree)):
        bare = seconds(lambda tree=tree: tree(spots).query(at))
        whole = seconds(lambda tree=tree: by_hand(tree))
        line(f"nearest point: search / {name}", search / bare, "at most 1.5 of either")
        line(f"nearest point: km / {name} + geodesic", ours / whole, "at most 1.5 of either")
    apart = np.abs(proximity.distance(cells, features) - by_hand(cKDTree)).max()
    print(
        f"  the distances differ by at most {1000 * apart:.1f} m (ours: nearest on the ellipsoid)"
    )


def shares(cells: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> None:
    """Print how the share of area inside polygons compares."""

    def by_overlay() -> float:
        land = gpd.GeoDataFrame(geometry=[shapely.union_all(zones.geometry)], crs=WORKING_CRS)
        cut = gpd.overlay(cells[["row", "geometry"]], land.explode(), keep_geom_type=True)
        return float(cut.area.sum() / 1e6)

    ours = seconds(lambda: overlap.share(cells, zones), 3)
    theirs = seconds(by_overlay, 2)
    line("share: geopandas.overlay / ours", theirs / ours, "at least 3")
    km2 = float((overlap.share(cells, zones) * cells.area).sum() / 1e6)
    print(f"  {km2:,.3f} km2 by ours, {by_overlay():,.3f} km2 by overlay")


def inside(cells: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> None:
    """Print how the point in polygon compares."""

    def by_sjoin() -> np.ndarray:
        centres = gpd.GeoDataFrame(geometry=cells.centroid, crs=WORKING_CRS)
        found = gpd.sjoin(centres, zones, predicate="intersects")
        return centres.index.isin(found.index)

    ours = seconds(lambda: overlap.inside(cells, zones))
    theirs = seconds(by_sjoin)
    line("point in polygon: ours / sjoin", ours / theirs, "at most 1.3")
    same = (overlap.inside(cells, zones).to_numpy() == by_sjoin()).all()
    print(f"  the answers are {'the same' if same else 'NOT the same'}")


def line(name: str, ratio: float, target: str) -> None:
    """Print one ratio beside what it should be."""
    print(f"{name:45}{ratio:8.2f}x  ({target})")


def main() -> None:
    """Print the ratios."""
    cells, rng = candidates(), np.random.default_rng(1)
    extent = [COLS * SIZE, ROWS * SIZE]
    print(f"{len(cells):,} polygons, {POINTS:,} points, {ZONES:,} zones")
    nearest(cells, rng.uniform(0, extent, (POINTS, 2)))
    discs = shapely.buffer(
        shapely.points(rng.uniform(0, extent, (ZONES, 2))), rng.uniform(500, 6000, ZONES)
    )
    zones = layer(discs)
    shares(cells, zones)
    inside(cells, zones)


if __name__ == "__main__":
    main()
