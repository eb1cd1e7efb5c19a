"""Names that people know: the nearest place of each candidate, and a landmark if one is near."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

_COMPASS = np.array(["N", "NE", "E", "SE", "S", "SW", "W", "NW"], dtype=object)


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
    frame = pd.DataFrame(index=candidates.index, columns=["place", "place_bearing", "landmark"])
    frame = frame.astype(object)
    frame["place_km"] = np.nan
    towns = places[places["population"] >= people]
    points = candidates.geometry.representative_point()
    for side in ("US", "MX"):
        own = (candidates["side"] == side).to_numpy()
        xy = np.column_stack([points[own].x, points[own].y])
        near = towns[towns["side"] == side]
        if own.any() and len(near):
            _, offset, which = _nearest(xy, near)
            frame.loc[own, "place"] = near["name"].to_numpy(object)[which]
            frame.loc[own, "place_km"] = np.hypot(*offset.T) / 1000
            octant = np.round(np.arctan2(offset[:, 0], offset[:, 1]) / (np.pi / 4)).astype(int) % 8
            frame.loc[own, "place_bearing"] = _COMPASS[octant]
        marks = [layer.loc[layer["side"] == side, ["name", "geometry"]] for layer in landmarks]
        known = pd.concat(marks) if marks else near.iloc[:0]
        if own.any() and len(known):
            distance, _, which = _nearest(xy, known)
            label = known["name"].to_numpy(object)[which]
            frame.loc[own, "landmark"] = np.where(distance <= 1000 * landmark_km, label, None)
    return frame[["place", "place_km", "place_bearing", "landmark"]]


def _nearest(
    xy: NDArray[np.float64], features: gpd.GeoDataFrame
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
    """Return distance (m), offset from the nearest feature (m), and which one it is."""
    targets = np.column_stack([features.geometry.x, features.geometry.y])
    distance, which = cKDTree(targets).query(xy)
    return distance, xy - targets[which], which
