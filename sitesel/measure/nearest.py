"""What is known of the nearest feature, as the crow flies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from sitesel.measure.features import EVERY, by_side, column, counted, points
from sitesel.measure.proximity import conformal

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd


def nearest(
    candidates: gpd.GeoDataFrame,
    features: gpd.GeoDataFrame,
    *,
    field: str,
    same_side: bool = False,
    where: Mapping[str, Any] = EVERY,
) -> pd.Series[Any]:
    """Take a field of the feature nearest to each candidate's point.

    Numbers come back as float64, words as objects. Without any feature, or where the nearest has
    no value, it is UNKNOWN. Features of which nobody can say whether they are in force are not
    counted. Of two that are equally near it is the one that comes first in the layer.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from sitesel.crs import WORKING_CRS
    >>> cell = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1000, 1000)], crs=WORKING_CRS)
    >>> ports = gpd.GeoDataFrame({"p95_min": [90.0, 20.0]}, crs=WORKING_CRS,
    ...     geometry=[shapely.Point(500, 9500), shapely.Point(20500, 500)])
    >>> nearest(cell, ports, field="p95_min").tolist()
    [90.0]
    """
    known = counted(features, where)
    values = column(known, field)
    is_number = pd.api.types.is_numeric_dtype(values)
    kind, blank = (float, np.nan) if is_number else (object, None)
    found: Any = np.full(len(candidates), blank, kind)
    spots = shapely.points(conformal(points(candidates)))
    for rows, near in by_side(candidates, known, same_side=same_side):
        if not (len(rows) and len(near)):
            continue
        tree = shapely.STRtree(shapely.transform(near.geometry.to_numpy(), conformal))
        spot, shape = tree.query_nearest(spots[rows], all_matches=True)
        order = np.lexsort((shape, spot))
        _, first = np.unique(spot[order], return_index=True)
        chosen = near[field].to_numpy(kind)[shape[order][first]]
        found[rows] = chosen if is_number else np.where(pd.isna(chosen), None, chosen)
    return pd.Series(found, candidates.index)
