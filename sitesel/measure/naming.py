"""Names that people know: the nearest place of each candidate, and a landmark if one is near."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
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
        Layers with ``name`` and ``side``, such as industrial parks.
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
            centres = np.column_stack([near.geometry.x, near.geometry.y])
            _, which = cKDTree(centres).query(spots[own])
            offset = spots[own] - centres[which]
            angle = np.arctan2(offset[:, 0], offset[:, 1])
            place[own] = near["name"].to_numpy(object)[which]
            place_km[own] = np.hypot(*offset.T) / 1000
            wind[own] = _COMPASS[np.rint(angle / (np.pi / 4)).astype(int) % len(_COMPASS)]
        if len(own) and len(marks):
            spot, which = shapely.STRtree(marks.geometry.to_numpy()).query_nearest(
                shapely.points(spots[own]), max_distance=1000 * landmark_km, all_matches=False
            )
            landmark[own[spot]] = marks["name"].to_numpy(object)[which]
    columns = {"place": place, "place_km": place_km, "place_bearing": wind, "landmark": landmark}
    return pd.DataFrame(columns, candidates.index)
