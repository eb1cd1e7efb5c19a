"""Names that people know: the nearest place of each candidate, and a landmark if one is near."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from sitesel.measure.features import points

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

_COMPASS: NDArray[Any] = np.array(["N", "NE", "E", "SE", "S", "SW", "W", "NW"], dtype=object)


def names(
    candidates: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    landmarks: list[gpd.GeoDataFrame],
    *,
    people: int = 1000,
    landmark_km: float = 5,
) -> pd.DataFrame:
    """Name each candidate by what lies nearest on its own side.

    Parameters
    ----------
    candidates
        Polygons with ``side``, in the working CRS.
    places
        Points with ``name``, ``side`` and ``population``, in the working CRS.
    landmarks
        Point layers with ``name`` and ``side``, such as industrial parks.
    people
        The fewest people a place must have to lend its name.
    landmark_km
        How far a landmark may lie.

    Returns
    -------
    pandas.DataFrame
        ``place``, ``place_km`` and ``place_bearing`` (eight winds, from the place to the
        candidate), ``landmark`` (missing when none is near), on the candidates' index.
    """
    count = len(candidates)
    place, wind, landmark = (np.full(count, None, object) for _ in range(3))
    place_km = np.full(count, np.nan)
    towns, spots = places[places["population"] >= people], points(candidates)
    known = pd.concat([layer[["name", "side", "geometry"]] for layer in [towns[:0], *landmarks]])
    known = known[known.geometry.notna()]
    for side in ("US", "MX"):
        own = np.flatnonzero((candidates["side"] == side).to_numpy())
        near, marks = towns[towns["side"] == side], known[known["side"] == side]
        if len(own) and len(near):
            _, offset, which = _nearest(spots[own], near)
            angle = np.arctan2(offset[:, 0], offset[:, 1])
            place[own] = near["name"].to_numpy(object)[which]
            place_km[own] = np.hypot(*offset.T) / 1000
            wind[own] = _COMPASS[np.rint(angle / (np.pi / 4)).astype(int) % len(_COMPASS)]
        if len(own) and len(marks):
            metres, _, which = _nearest(spots[own], marks)
            label = marks["name"].to_numpy(object)[which]
            landmark[own] = np.where(metres <= 1000 * landmark_km, label, None)
    columns = {"place": place, "place_km": place_km, "place_bearing": wind, "landmark": landmark}
    return pd.DataFrame(columns, candidates.index)


def _nearest(
    xy: NDArray[np.float64], features: gpd.GeoDataFrame
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
    """Return distance (m), offset from the nearest feature (m), and which one it is."""
    targets = np.column_stack([features.geometry.x, features.geometry.y])
    distance, which = (np.asarray(each) for each in cKDTree(targets).query(xy))
    return distance, xy - targets[which], which
