"""How much of something is near, as the crow flies: megawatts, trucks, jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sitesel.measure.features import EVERY, by_side, counted, matching, numbers, points
from sitesel.measure.proximity import sum_within

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray


def capacity_within(  # noqa: PLR0913 (options of one kind of measure)
    candidates: gpd.GeoDataFrame,
    features: gpd.GeoDataFrame,
    *,
    field: str,
    km: float,
    decay: float | None = None,
    same_side: bool = False,
    where: Mapping[str, Any] = EVERY,
) -> pd.Series[float]:
    """Sum a field, in its own unit, over the features within ``km``.

    Each weighs ``exp(-distance / decay)`` if influence fades. Distances are planar in the
    working CRS. A feature whose field is empty is left out, as if it were not there: the sum
    is what is known, a lower bound. So are features of which nobody can say whether they are
    in force. Nothing in reach is 0.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> from sitesel.crs import WORKING_CRS
    >>> cell = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1000, 1000)], crs=WORKING_CRS)
    >>> plants = gpd.GeoDataFrame({"mw": [100.0, 50.0, None]}, crs=WORKING_CRS,
    ...     geometry=[shapely.Point(500, y) for y in (500, 20500, 30500)])
    >>> capacity_within(cell, plants, field="mw", km=50).tolist()
    [150.0]
    >>> capacity_within(cell, plants, field="mw", km=50, decay=20).round(1).tolist()
    [118.4]
    """
    spots, total = points(candidates), np.zeros(len(candidates))
    sized = _sized(counted(features, where), field)
    for rows, near in by_side(candidates, sized, same_side=same_side):
        worth = numbers(near, field)
        total[rows] = sum_within(spots[rows], near.geometry.to_numpy(), worth, km=km, decay=decay)
    return pd.Series(total, candidates.index)


def capacity_share(  # noqa: PLR0913 (options of one kind of measure)
    candidates: gpd.GeoDataFrame,
    features: gpd.GeoDataFrame,
    *,
    field: str,
    share_where: Mapping[str, Any],
    km: float,
    decay: float | None = None,
    same_side: bool = False,
    where: Mapping[str, Any] = EVERY,
    none: float = np.nan,
) -> pd.Series[float]:
    """Return the share, 0 to 1, of `capacity_within` that belongs to chosen features.

    Where nothing is in reach it is ``none``: nothing has no share, unless somebody says which.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> from sitesel.crs import WORKING_CRS
    >>> cell = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1000, 1000)], crs=WORKING_CRS)
    >>> plants = gpd.GeoDataFrame({"mw": [100.0, 300], "fuel": ["Solar", "Gas"]},
    ...     crs=WORKING_CRS, geometry=[shapely.Point(500, 500), shapely.Point(500, 4500)])
    >>> capacity_share(cell, plants, field="mw", share_where={"fuel": "Solar"}, km=9).tolist()
    [0.25]
    """
    chosen = features[matching(features, share_where)]
    part, whole = (
        capacity_within(
            candidates, each, field=field, km=km, decay=decay, same_side=same_side, where=where
        )
        for each in (chosen, features)
    )
    return share(part, whole, none=none)


def share(
    part: pd.Series[float], whole: pd.Series[float], *, none: float = np.nan
) -> pd.Series[float]:
    """Divide, with ``none`` where the whole is nothing, and NaN where it is not known.

    Examples
    --------
    >>> share(pd.Series([1.0, 0.0, np.nan]), pd.Series([4.0, 0.0, np.nan]), none=0).tolist()
    [0.25, 0.0, nan]
    """
    return (part / whole).clip(0, 1).mask(whole == 0, none)


def _sized(features: gpd.GeoDataFrame, field: str) -> gpd.GeoDataFrame:
    values: NDArray[np.float64] = numbers(features, field)
    return features[~np.isnan(values)]
