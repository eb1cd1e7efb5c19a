"""What a candidate lies in: shares of its area, zones and fields at its point."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from sitesel.measure.features import (
    EVERY,
    by_side,
    column,
    containing,
    counted,
    doubtful,
    need_polygons,
    points,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

_CORNERS = 256  # a polygon of more corners is cut before it meets thousands of cells
_DOUBT = 1e-9  # share of area that undecided zones must add to matter


def share(
    candidates: gpd.GeoDataFrame,
    features: gpd.GeoDataFrame,
    *,
    where: Mapping[str, Any] = EVERY,
) -> pd.Series[float]:
    """Return the share, 0 to 1, of each candidate's area that lies in the layer's polygons.

    Areas are exact in the equal-area working CRS; where polygons overlap, land counts once.
    Where polygons of which nobody can say whether they are in force would add to it, NaN.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from sitesel.crs import WORKING_CRS
    >>> cell = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1000, 1000)], crs=WORKING_CRS)
    >>> zones = gpd.GeoDataFrame(crs=WORKING_CRS,
    ...     geometry=[shapely.box(0, 0, 500, 500), shapely.box(250, 0, 750, 500)])
    >>> share(cell, zones).tolist()
    [0.375]
    """
    need_polygons(features, "share")
    shapes = candidates.geometry.to_numpy()
    known = counted(features, where).geometry.to_numpy()
    maybe = doubtful(features, where).geometry.to_numpy()
    covered = _covered(shapes, known)
    if len(maybe):
        more = _covered(shapes, np.concatenate([known, maybe]))
        covered[more - covered > _DOUBT] = np.nan
    return pd.Series(covered, candidates.index)


def inside(
    candidates: gpd.GeoDataFrame,
    features: gpd.GeoDataFrame,
    *,
    same_side: bool = False,
    where: Mapping[str, Any] = EVERY,
) -> pd.Series[float]:
    """Say whether each candidate's point lies in a polygon, edge included: 1 yes, 0 no.

    NaN where only polygons hold it of which nobody can say whether they are in force.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from sitesel.crs import WORKING_CRS
    >>> cells = gpd.GeoDataFrame(crs=WORKING_CRS,
    ...     geometry=[shapely.box(x, 0, x + 1000, 1000) for x in (0, 1000, 2000)])
    >>> zones = gpd.GeoDataFrame({"in_force": [1.0, np.nan]}, crs=WORKING_CRS,
    ...     geometry=[shapely.box(0, 0, 900, 900), shapely.box(0, 0, 1900, 900)])
    >>> inside(cells, zones).tolist()
    [1.0, nan, 0.0]
    """
    need_polygons(features, "inside")
    spots, verdict = points(candidates), np.zeros(len(candidates))
    for chosen, value in ((doubtful, np.nan), (counted, 1.0)):
        for rows, zones in by_side(candidates, chosen(features, where), same_side=same_side):
            held, _ = containing(spots[rows], zones.geometry.to_numpy())
            verdict[rows[held]] = value
    return pd.Series(verdict, candidates.index)


def lookup(
    candidates: gpd.GeoDataFrame,
    features: gpd.GeoDataFrame,
    *,
    field: str,
    where: Mapping[str, Any] = EVERY,
) -> pd.Series[Any]:
    """Return a field of the polygon that holds each candidate's point.

    Numbers come as float64 with NaN, anything else as objects with None, where no polygon
    holds the point, the field is empty, or nobody can say whether the polygon is in force.
    Of several polygons the one that is the candidate itself answers, as where parcels overlap,
    else the first in the layer's order.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from sitesel.crs import WORKING_CRS
    >>> cells = gpd.GeoDataFrame(crs=WORKING_CRS,
    ...     geometry=[shapely.box(x, 0, x + 1000, 1000) for x in (0, 1000)])
    >>> basins = gpd.GeoDataFrame({"status": ["strained"]}, crs=WORKING_CRS,
    ...     geometry=[shapely.box(0, 0, 900, 900)])
    >>> lookup(cells, basins, field="status").tolist()
    ['strained', None]
    """
    need_polygons(features, "lookup")
    chosen = counted(features, where)
    values = column(chosen, field)
    shapes = chosen.geometry.to_numpy()
    spot, polygon = containing(points(candidates), shapes)
    other = ~shapely.equals(candidates.geometry.to_numpy()[spot], shapes[polygon])
    order = np.lexsort((polygon, other))[::-1]  # what answers is written last
    spot, polygon = spot[order], polygon[order]
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        found = np.full(len(candidates), np.nan)
        found[spot] = values.to_numpy(float)[polygon]
        return pd.Series(found, candidates.index)
    classes = np.full(len(candidates), None, object)
    classes[spot] = values.astype(object).where(values.notna(), None).to_numpy(object)[polygon]
    return pd.Series(classes, candidates.index, dtype=object)


def first_tier(verdicts: Mapping[str, pd.Series[float]]) -> pd.Series[Any]:
    """Return for each candidate the name of the first condition that holds, else "none".

    None where a condition that comes before is unknown: if it held, it would be the answer.

    Examples
    --------
    >>> near, county = pd.Series([1.0, 0, np.nan, 0]), pd.Series([1.0, 1, 1, 0])
    >>> first_tier({"site": near, "county": county}).tolist()
    ['site', 'county', None, 'none']
    """
    index = next(iter(verdicts.values())).index
    tier = pd.Series("none", index, dtype=object)
    for name, verdict in reversed(list(verdicts.items())):
        tier[verdict == 1] = name
        tier[verdict.isna()] = None
    return tier


def _covered(shapes: NDArray[np.object_], zones: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return the share of each shape's area that the union of the zones covers."""
    if not len(shapes) or not len(zones):
        return np.zeros(len(shapes))
    extent = shapely.box(*shapely.total_bounds(shapes))
    pieces = cut(shapely.get_parts(shapely.union_all(zones[shapely.intersects(zones, extent)])))
    tree = shapely.STRtree(shapes)
    _, whole = tree.query(pieces, predicate="covers")
    piece, shape = tree.query(pieces, predicate="intersects")
    partly = ~np.isin(shape, whole)  # pieces do not overlap: what one covers needs no other
    piece, shape = piece[partly], shape[partly]
    part = shapely.area(shapely.intersection(shapes[shape], pieces[piece]))
    area = np.bincount(shape, part, minlength=len(shapes)) / shapely.area(shapes)
    area[whole] = 1.0
    return np.asarray(np.clip(area, 0, 1), np.float64)


def cut(polygons: NDArray[np.object_], corners: int = _CORNERS) -> NDArray[np.object_]:
    """Halve polygons until each has at most so many corners; together they cover the same land.

    Overlays then cost what lies nearby, not all of a long coast.

    Examples
    --------
    >>> disc = shapely.Point(0, 0).buffer(1, quad_segs=500)
    >>> parts = cut(np.array([disc]))
    >>> len(parts), round(float(shapely.area(parts).sum() / disc.area), 12)
    (12, 1.0)
    """
    done = []
    while len(polygons):
        large = shapely.get_num_coordinates(polygons) > corners
        done.append(polygons[~large])
        polygons = polygons[large]
        west, south, east, north = shapely.bounds(polygons).T
        wide = east - west > north - south
        x, y = np.where(wide, (west + east) / 2, east), np.where(wide, north, (south + north) / 2)
        low = shapely.box(west, south, x, y)
        high = shapely.box(np.where(wide, x, west), np.where(wide, south, y), east, north)
        parts = np.concatenate([shapely.intersection(polygons, half) for half in (low, high)])
        parts = shapely.get_parts(parts)
        polygons = parts[shapely.get_dimensions(parts) == 2]  # noqa: PLR2004 (slivers are lines)
    return np.concatenate(done) if done else polygons
