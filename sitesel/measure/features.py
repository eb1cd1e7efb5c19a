"""Which features of a layer count, and for which candidates."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from sitesel.errors import StudyError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd
    from numpy.typing import NDArray

EVERY: Mapping[str, Any] = MappingProxyType({})  # no conditions
_POLYGON = 2  # dimensions
_WORDS = {True: ("true", "yes", "1"), False: ("false", "no", "0")}


def column(features: gpd.GeoDataFrame, name: str) -> pd.Series[Any]:
    """Return a column, or raise a `StudyError` that names those there are."""
    if name not in features:
        known = [str(each) for each in features.columns if each != "geometry"]
        raise StudyError(f"the layer has no field '{name}'; {did_you_mean(name, known)}")
    values: pd.Series[Any] = features[name]
    return values


def numbers(features: gpd.GeoDataFrame, name: str) -> NDArray[np.float64]:
    """Return a column as numbers, NaN where it is empty."""
    values = column(features, name)
    try:
        return np.asarray(pd.to_numeric(values), np.float64)
    except (ValueError, TypeError):
        raise StudyError(f"field '{name}' holds no numbers; name one that does") from None


def matching(features: gpd.GeoDataFrame, where: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Say for each feature whether all conditions hold: field → a value, a list, or a range.

    A missing field value matches nothing. YAML reads a bare ``yes`` as true, so true also
    matches the words yes and true.

    Examples
    --------
    >>> plants = pd.DataFrame({"fuel": ["Solar", "Gas", None], "open": ["yes", "no", "yes"]})
    >>> matching(plants, {"fuel": ["Solar", "Wind"], "open": True}).tolist()
    [True, False, False]
    >>> matching(pd.DataFrame({"kv": [115, 34.5, None]}), {"kv": {"min": 69}}).tolist()
    [True, False, False]
    """
    keep = np.ones(len(features), bool)
    for name, wanted in where.items():
        values = column(features, name)
        options = wanted if isinstance(wanted, list) else [wanted]
        keep &= np.logical_or.reduce([_equals(values, option) for option in options])
    return keep


def takes_cargo(ports: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Say which ports of entry take cargo on the date for which they were loaded."""
    return matching(ports, {"commercial": True, "in_force": 1})


def _equals(
    values: pd.Series[Any], option: str | bool | float | Mapping[str, float]
) -> NDArray[np.bool_]:
    if isinstance(option, Mapping):
        number = np.asarray(pd.to_numeric(values, errors="coerce"), np.float64)
        least, most = option.get("min"), option.get("max")
        low, high = (-np.inf if least is None else least), (np.inf if most is None else most)
        return np.asarray((number >= low) & (number <= high), bool)
    if isinstance(option, str):
        return np.asarray(values.astype(object) == option, bool)
    if isinstance(option, bool) and not pd.api.types.is_numeric_dtype(values):
        return np.asarray(values.astype(str).str.lower().isin(_WORDS[option]), bool)
    return np.asarray((pd.to_numeric(values, errors="coerce") == option).fillna(False), bool)


def check_words(features: gpd.GeoDataFrame, where: Mapping[str, Any]) -> None:
    """Raise a `StudyError` if a condition asks for words that occur nowhere in a whole layer.

    Nothing would match, and a slip of spelling would pass for a measured nought.

    Examples
    --------
    >>> check_words(pd.DataFrame({"fuel": ["Solar", "Gas"]}), {"fuel": ["solar", "wind"]})
    Traceback (most recent call last):
    sitesel.errors.StudyError: where: no feature has fuel 'solar'; did you mean 'Solar'?
    """
    for name, wanted in where.items():
        options = wanted if isinstance(wanted, list) else [wanted]
        words = [option for option in options if isinstance(option, str)]
        known = set(column(features, name).dropna().astype(str))
        if words and len(words) == len(options) and not known.intersection(words):
            hint = next((each for each in sorted(known) if each.lower() == words[0].lower()), "")
            hint = f"did you mean '{hint}'?" if hint else did_you_mean(words[0], known)
            raise StudyError(f"where: no feature has {name} '{words[0]}'; {hint}")


def counted(features: gpd.GeoDataFrame, where: Mapping[str, Any]) -> gpd.GeoDataFrame:
    """Return the features that match, have a geometry and are in force."""
    return _chosen(features, where, _force(features) == 1)


def doubtful(features: gpd.GeoDataFrame, where: Mapping[str, Any]) -> gpd.GeoDataFrame:
    """Return the features that match but of which nobody can say whether they are in force."""
    return _chosen(features, where, np.isnan(_force(features)))


def _force(features: gpd.GeoDataFrame) -> NDArray[np.float64]:
    if "in_force" not in features:
        return np.ones(len(features))
    return np.asarray(features["in_force"], np.float64)


def _chosen(
    features: gpd.GeoDataFrame, where: Mapping[str, Any], state: NDArray[np.bool_]
) -> gpd.GeoDataFrame:
    shape = features.geometry
    return features[matching(features, where) & state & ~(shape.isna() | shape.is_empty)]


def by_side(
    candidates: gpd.GeoDataFrame, features: gpd.GeoDataFrame, *, same_side: bool
) -> Iterator[tuple[NDArray[np.intp], gpd.GeoDataFrame]]:
    """Go through positions of candidates and the features that count for them."""
    if not same_side:
        yield np.arange(len(candidates)), features
        return
    if "side" not in features:
        raise StudyError("the layer has no side; remove 'same_side'")
    sides = candidates["side"].to_numpy()
    for side in ("US", "MX"):
        yield np.flatnonzero(sides == side), features[features["side"] == side]


def points(candidates: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return the candidates' points, (n, 2) metres: centres of cells, inner points of parcels."""
    if "row" in candidates:  # squares of the grid
        bounds = candidates.geometry.bounds.to_numpy()
        return np.asarray((bounds[:, :2] + bounds[:, 2:]) / 2, np.float64)
    inner: NDArray[np.float64] = shapely.get_coordinates(
        shapely.point_on_surface(candidates.geometry.to_numpy())
    )
    return inner


def containing(
    spots: NDArray[np.float64], polygons: NDArray[np.object_]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return pairs (spot, polygon) of positions where the polygon holds the spot, edge included.

    Examples
    --------
    >>> square = np.array([shapely.box(0, 0, 2, 2)])
    >>> spot, polygon = containing(np.array([[1.0, 1.0], [9, 9]]), square)
    >>> spot.tolist(), polygon.tolist()
    ([0], [0])
    """
    if not len(polygons):
        return np.empty(0, np.intp), np.empty(0, np.intp)
    shapely.prepare(polygons)
    spot, polygon = shapely.STRtree(polygons).query(shapely.points(spots))  # by their boxes
    held = shapely.intersects_xy(polygons[polygon], spots[spot])
    return spot[held], polygon[held]


def need_polygons(features: gpd.GeoDataFrame, kind: str) -> None:
    """Raise a `StudyError` unless the layer holds polygons (or nothing)."""
    shapes = features.geometry[features.geometry.notna()]
    flat = shapely.get_dimensions(shapes.to_numpy()) == _POLYGON
    if len(features) and not (len(shapes) and flat.all()):
        raise StudyError(f"'{kind}' needs a layer of polygons; measure 'distance' to this one")
