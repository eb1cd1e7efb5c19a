"""Where a file of outlines tells something, be it by rows that were not kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from sitesel.catalog.own.examine import placed
from sitesel.catalog.own.placing import to_lonlat
from sitesel.errors import LayerError

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

Box = tuple[float, float, float, float]
_STEP = 0.05  # degrees
_MOST_CELLS = 500_000
_CLOSED = 0.5  # of their hull must be covered by outlines that are to tell of all land there
_POLYGON = 2  # dimensions


def covered(kept: gpd.GeoDataFrame, rest: pd.DataFrame, crs: str | None) -> list[Box]:
    """Return boxes (degrees) that the outlines of a file cover, the rows kept and the rest alike.

    Tracts of which some are zones tell of the others that they are none; beyond the tracts nothing
    is known. Scattered outlines, parcels say, tell nothing of the land between: no boxes.

    Examples
    --------
    >>> import geopandas as gpd
    >>> tracts = gpd.GeoDataFrame({"zone": [1, 0]}, crs=4326, geometry=[
    ...     shapely.box(-106.5, 31.5, -106.4, 31.6), shapely.box(-106.4, 31.5, -106, 31.6)])
    >>> covered(tracts[:1], tracts[1:], None)
    [(-106.5, 31.5, -106.0, 31.6)]
    """
    try:
        found = placed(rest)
        others = to_lonlat(found[0][found[0].geometry.notna()], crs).frame if found else rest[:0]
    except LayerError:
        return []
    shapes = np.concatenate([kept.geometry.to_numpy(), np.asarray(others.geometry.to_numpy())])
    outlines = shapes[shapely.get_dimensions(shapes) == _POLYGON]
    hull = shapely.convex_hull(shapely.geometrycollections(outlines)).area
    if len(outlines) < len(shapes) or shapely.area(outlines).sum() < _CLOSED * hull:
        return []
    return _boxes(outlines)


def _boxes(outlines: NDArray[np.object_]) -> list[Box]:
    """Cover outlines by cells whose centres they hold, merged along rows and then down."""
    west, south, east, north = shapely.total_bounds(outlines)
    left, bottom = np.floor(west / _STEP + 1e-9), np.floor(south / _STEP + 1e-9)
    columns = np.arange(left, np.ceil(east / _STEP - 1e-9))
    lines = np.arange(bottom, np.ceil(north / _STEP - 1e-9))
    if len(columns) * len(lines) > _MOST_CELLS:
        return []
    x, y = np.meshgrid((columns + 0.5) * _STEP, (lines + 0.5) * _STEP)
    tree = shapely.STRtree(shapely.points(x.ravel(), y.ravel()))
    held = np.zeros(x.size, bool)
    held[tree.query(outlines, predicate="intersects")[1]] = True
    open_runs: dict[tuple[int, int], int] = {}
    boxes: list[Box] = []
    grid = np.vstack([held.reshape(x.shape), np.zeros(len(columns), bool)])
    for line, row in enumerate(grid):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(np.int8), [0]])))
        runs = set(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
        for run in [run for run in open_runs if run not in runs]:
            start = open_runs.pop(run)
            corners = (left + run[0], bottom + start, left + run[1], bottom + line)
            boxes.append(tuple(round(float(edge) * _STEP, 6) for edge in corners))  # type: ignore[arg-type]
        for run in runs - set(open_runs):
            open_runs[run] = line
    return sorted(boxes)
