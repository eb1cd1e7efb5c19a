"""What ArcGIS servers write, as shapes, columns and coordinate systems."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
import shapely.geometry
from pyproj import CRS
from pyproj.exceptions import CRSError

from sitesel.crs import LONLAT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WRITTEN_DATES = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y")  # servers before version 10
_NUMBERS = {
    f"esriFieldType{kind}"
    for kind in ("OID", "Integer", "SmallInteger", "BigInteger", "Double", "Single")
}
_NO_COLUMN = {"esriFieldTypeGeometry", "esriFieldTypeBlob", "esriFieldTypeRaster"}


def columns(about: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the fields of a layer's description that hold values, by name."""
    return {each["name"]: each for each in about["fields"] if each.get("type") not in _NO_COLUMN}


def edited(about: Mapping[str, Any]) -> str | None:
    """Return when a layer's rows were last edited (ISO, UTC); None where that is not said."""
    editing = about.get("editingInfo") or {}
    moment = editing.get("dataLastEditDate") or editing.get("lastEditDate")
    return None if moment is None else instant(moment)


def shape(place: Mapping[str, Any] | None) -> BaseGeometry | None:
    """Return Esri's JSON of a place as a flat geometry, in the units it came in.

    Rings that run clockwise are outlines, the others holes of the smallest outline round them.
    What is missing, empty or "NaN" is None; heights and measures are left out.

    Raises
    ------
    ValueError
        If this is none of point, points, paths, rings or a box.

    Examples
    --------
    >>> shape({"x": -106.5, "y": 31.8, "z": 1200}).wkt
    'POINT (-106.5 31.8)'
    >>> outline = [[0, 0], [0, 9], [9, 9], [9, 0], [0, 0]]
    >>> hole = [[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]]
    >>> shape({"rings": [hole, outline]}).area
    80.0
    >>> shape({"x": "NaN", "y": "NaN"}) is None
    True
    """
    if not place:
        return None
    for key, make in _SHAPES.items():
        if key in place:
            return make(place)
    raise ValueError(f"no shape is known with {', '.join(map(str, place))}")


def from_geojson(place: Mapping[str, Any] | None) -> BaseGeometry | None:
    """Return a GeoJSON geometry, flat; None if it is missing or empty.

    Examples
    --------
    >>> from_geojson({"type": "Point", "coordinates": [-106.5, 31.8, 1200]}).wkt
    'POINT (-106.5 31.8)'
    >>> from_geojson({"type": "Polygon", "coordinates": []}) is None
    True
    """
    if not place or not (place.get("coordinates") or place.get("geometries")):
        return None
    if place["type"] == "Point":  # which may be written as "NaN"
        return _point(dict(zip("xy", place["coordinates"], strict=False)))
    made = shapely.force_2d(shapely.geometry.shape(place))
    return None if made.is_empty else made


def crs(answer: Mapping[str, Any]) -> CRS:
    """Return the coordinate system that an answer states; GeoJSON states none and is WGS 84.

    Raises
    ------
    ValueError
        If the system is not known.

    Examples
    --------
    >>> crs({"spatialReference": {"wkid": 102100, "latestWkid": 3857}}).to_epsg()
    3857
    >>> crs({"type": "FeatureCollection"}).to_epsg()
    4326
    """
    named = ((answer.get("crs") or {}).get("properties") or {}).get("name")
    stated = answer.get("spatialReference") or {}
    numbers = [stated[key] for key in ("latestWkid", "wkid") if stated.get(key)]
    tries = [f"{authority}:{number}" for number in numbers for authority in ("EPSG", "ESRI")]
    for words in filter(None, (named, *tries, stated.get("wkt"))):
        try:
            return CRS.from_user_input(words)
        except CRSError:
            continue
    if named or stated:
        raise ValueError(f"no coordinate system is known as {named or dict(stated)}")
    return LONLAT


def column(
    values: Iterable[Any], field: Mapping[str, Any], *, code: bool = False
) -> pd.Series[Any]:
    """Return the values of a field: dates as ISO days (UTC), coded values by their names.

    With ``code`` the values stay as they are, as text. What is missing stays missing.

    Examples
    --------
    >>> column([1428404675000, None], {"type": "esriFieldTypeDate"}).tolist()
    ['2015-04-07', nan]
    >>> domain = {"type": "codedValue", "codedValues": [{"code": 1, "name": "open"}]}
    >>> column([1, 2.0], {"type": "esriFieldTypeInteger", "domain": domain}).tolist()
    ['open', '2']
    >>> column(["04013"], {"type": "esriFieldTypeString"}).tolist()
    ['04013']
    """
    kind, domain = field.get("type"), field.get("domain") or {}
    if kind == "esriFieldTypeDate":
        return _text(values, _day)
    names = {_plain(each["code"]): str(each["name"]) for each in domain.get("codedValues") or []}
    if names and not code:
        return _text(values, lambda value: names.get(_plain(value), _plain(value)))
    if kind in _NUMBERS and not code:
        return pd.to_numeric(pd.Series(list(values), dtype=object), errors="coerce")
    return _text(values, _plain)


def instant(milliseconds: float) -> str:
    """Return a moment that ArcGIS counts from 1970, in ISO form.

    Examples
    --------
    >>> instant(1727654400000)
    '2024-09-30T00:00:00+00:00'
    """
    return (_EPOCH + timedelta(milliseconds=milliseconds)).isoformat(timespec="seconds")


def _text(values: Iterable[Any], write: Callable[[Any], str]) -> pd.Series[Any]:
    return pd.Series([None if v is None else write(v) for v in values], dtype="str")


def _plain(value: Any) -> str:
    """Write a value as people do: a whole number has no point."""
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value) if whole else value)


def _day(value: Any) -> str:
    """Return the day of a moment; words that are no date stay as they are."""
    if isinstance(value, int | float):
        return instant(value)[:10]
    for form in _WRITTEN_DATES:
        try:
            return datetime.strptime(value, form).replace(tzinfo=UTC).date().isoformat()
        except ValueError:
            continue
    try:
        return date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError:
        return str(value)


def _xy(points: Sequence[Sequence[Any]]) -> NDArray[np.float64]:
    """Return the (n, 2) coordinates of points, without those that lack one."""
    pairs = np.array([point[:2] for point in points], dtype=np.float64).reshape(-1, 2)
    return pairs[np.asarray(np.isfinite(pairs).all(axis=1))]


def _point(place: Mapping[str, Any]) -> BaseGeometry | None:
    pairs = _xy([[place["x"], place["y"]]])
    return shapely.Point(pairs[0]) if len(pairs) else None


def _points(place: Mapping[str, Any]) -> BaseGeometry | None:
    pairs = _xy(place["points"] or [])
    return shapely.MultiPoint(pairs) if len(pairs) else None


def _lines(place: Mapping[str, Any]) -> BaseGeometry | None:
    parts = [pairs for pairs in map(_xy, place["paths"] or []) if len(pairs) > 1]
    if len(parts) == 1:
        return shapely.LineString(parts[0])
    return shapely.MultiLineString(parts) if parts else None


def _box(place: Mapping[str, Any]) -> BaseGeometry | None:
    pairs = _xy([[place["xmin"], place["ymin"]], [place["xmax"], place["ymax"]]])
    return shapely.box(*pairs[0], *pairs[1]) if len(pairs) == 2 else None  # noqa: PLR2004


def _polygons(place: Mapping[str, Any]) -> BaseGeometry | None:
    """Put holes into outlines; a ring that runs like a hole but lies in none is an outline."""
    rings = [pairs for pairs in map(_xy, place["rings"] or []) if _encloses(pairs)]
    shapes = [shapely.Polygon(pairs) for pairs in rings]
    outlines = [each for each in shapes if not each.exterior.is_ccw]
    inner = [each for each in shapes if each.exterior.is_ccw]
    tree, stated = shapely.STRtree(outlines), len(outlines)
    holes: dict[int, list[BaseGeometry]] = {}
    for hole in sorted(inner, key=lambda each: -each.area):
        near = [*tree.query(hole).tolist(), *range(stated, len(outlines))]
        round_it = [number for number in near if _holds(outlines[number], hole)]
        if round_it:
            home = min(round_it, key=lambda number: outlines[number].area)
            holes.setdefault(home, []).append(hole.exterior)
        else:
            outlines.append(hole)
    made = [
        shapely.Polygon(outline.exterior, holes.get(number))
        for number, outline in enumerate(outlines)
    ]
    return shapely.MultiPolygon(made) if len(made) > 1 else (made[0] if made else None)


def _encloses(pairs: NDArray[np.float64]) -> bool:
    """Say whether a ring has the three corners without which it encloses nothing."""
    return len(np.unique(pairs, axis=0)) > 2  # noqa: PLR2004


def _holds(outline: BaseGeometry, hole: BaseGeometry) -> bool:
    """Say whether most corners of a hole lie in an outline: it may touch it, or miss by a hair."""
    x, y = shapely.get_coordinates(hole).T
    return bool(shapely.intersects_xy(outline, x, y).mean() > 0.5)  # noqa: PLR2004


_SHAPES: dict[str, Callable[[Mapping[str, Any]], BaseGeometry | None]] = {
    "x": _point,
    "points": _points,
    "paths": _lines,
    "rings": _polygons,
    "xmin": _box,
}
