"""The alternatives to be judged: grid cells, or parcels as they are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pandas.api.types import is_integer_dtype

from sitesel.crs import BORDER_DOUBT_M, WORKING_CRS, to_working
from sitesel.errors import LayerError
from sitesel.measure import grid
from sitesel.measure.features import column, matching, numbers
from sitesel.measure.parcels import TOLD
from sitesel.measure.told import as_told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from sitesel.measure.parcels import Parcels

_HECTARE = 10_000.0
_SHOWN = 5
_AREA_KEPT = 1e-6  # share of its area that a repair may change
_POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


def land(features: gpd.GeoDataFrame, within: shapely.Geometry) -> shapely.Geometry:
    """Dissolve those polygons of a layer that touch an area (both in the working CRS)."""
    near = features.sindex.query(within, predicate="intersects")
    return shapely.union_all(features.geometry.to_numpy()[np.sort(near)])


def discs(features: gpd.GeoDataFrame, *, within_km: float) -> shapely.Geometry:
    """Return the area within a planar distance of any feature, in the working CRS.

    Examples
    --------
    >>> port = gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)], crs=WORKING_CRS)
    >>> round(discs(port, within_km=60).area / 1e6)
    11309
    """
    return shapely.union_all(shapely.buffer(features.geometry, within_km * 1000, quad_segs=64))


def from_grid(
    area: shapely.Geometry, size_m: float, *, mexico: shapely.Geometry, usa: shapely.Geometry
) -> gpd.GeoDataFrame:
    """Make candidates of the grid cells whose centres fall in an area.

    A cell belongs to the side its centre is on; cells whose centre is on neither are left
    out. A cell that the coast or the border cuts is measured as a whole square, but its
    hectares are those of its own side, and ``land`` is their outline.

    Parameters
    ----------
    area, mexico, usa
        Polygons in the working CRS.
    size_m
        Edge of a cell in metres.

    Returns
    -------
    Frame with index ``site_id`` and ``side``, ``row``, ``col``, ``hectares``, ``land`` (None of
    a cell that is all land of its side), geometry.

    Examples
    --------
    >>> south, north = shapely.box(0, 0, 3000, 1000), shapely.box(0, 1000, 3000, 1800)
    >>> sites = from_grid(shapely.box(0, 0, 1000, 9000), 1000, mexico=south, usa=north)
    >>> sites["side"].to_dict(), sites["hectares"].tolist()
    ({'r0c0@1000': 'MX', 'r1c0@1000': 'US'}, [100.0, 80.0])
    """
    rows, cols = grid.cells(area, size_m)
    side = _sides(*grid.centres(rows, cols, size_m), mexico=mexico, usa=usa)
    on_land = side != ""
    rows, cols, side = rows[on_land], cols[on_land], side[on_land]
    squares = grid.boxes(rows, cols, size_m)
    own = _own_land(squares, side, {"MX": mexico, "US": usa})
    size = np.where(shapely.is_geometry(own), shapely.area(own), size_m**2) / _HECTARE
    columns = {"side": side, "row": rows, "col": cols, "hectares": size, "land": own}
    return _frame(grid.ids(rows, cols, size_m), squares, columns)


def _own_land(
    squares: NDArray[np.object_],
    side: NDArray[np.object_],
    countries: Mapping[str, shapely.Geometry],
) -> NDArray[np.object_]:
    """Return what of each square lies in its own country; None where that is all of it."""
    own = np.full(len(squares), None, object)
    for name, country in countries.items():
        shapely.prepare(country)
        here = np.flatnonzero(side == name)
        cut = here[~shapely.covers(country, squares[here])]
        # A buffer of nothing drops the lines along which a square and a country only touch.
        own[cut] = shapely.buffer(shapely.intersection(country, squares[cut]), 0)
    return own


def from_polygons(
    features: gpd.GeoDataFrame,
    rule: Parcels,
    *,
    mexico: shapely.Geometry,
    usa: shapely.Geometry,
    label: str | None = None,
) -> gpd.GeoDataFrame:
    """Make candidates of a layer's polygons, or of its points with a size in hectares.

    Points become circles of that size. Without an id column the rows' labels are the ids.
    Without a side column, the side is that of a parcel's inner point. ``label`` is the column of
    the names that parcels have of their own, if they have any.

    Returns
    -------
    Frame with index ``site_id`` and ``side``, ``hectares``, ``own_name`` where there is a label,
    ``told:<field>`` of each field that the rule tells, geometry, in the working CRS.

    Raises
    ------
    LayerError
        If ids repeat or lack, a geometry cannot be repaired without changing its area, a size
        or side is missing or impossible, polygons are given a size, a stated side is not where a
        parcel lies, or nothing is left.

    Examples
    --------
    >>> from sitesel.measure.parcels import Parcels
    >>> lots = gpd.GeoDataFrame({"lot": ["A", "B"]}, crs=WORKING_CRS,
    ...     geometry=[shapely.box(0, 0, 500, 400), shapely.box(0, 0, 100, 100)])
    >>> rule = Parcels(layer="lots", id="lot", min_ha=5)
    >>> sites = from_polygons(lots, rule, mexico=shapely.box(0, 0, 1e4, 1e4), usa=shapely.Point())
    >>> sites[["side", "hectares"]].to_dict("index")
    {'A': {'side': 'MX', 'hectares': 20.0}}
    """
    features = to_working(features[matching(features, rule.where)])
    names = _names(features, rule)
    shapes = _shapes(features, rule, names)
    hectares = shapely.area(shapes) / _HECTARE
    big = hectares >= rule.min_ha
    if not big.any():
        largest = f"; the largest has {hectares.max():,.1f} ha" if len(hectares) else ""
        raise LayerError(
            f"candidates: layer '{rule.layer}' has nothing of min_ha {rule.min_ha:g} or more"
            f"{largest}; lower min_ha or widen 'where'"
        )
    inner = shapely.get_coordinates(shapely.point_on_surface(shapes))
    side = place = _sides(*inner.T, mexico=mexico, usa=usa)
    if rule.side:
        side = column(features, rule.side).fillna("").astype(str).to_numpy(object)
    stray = big & ~np.isin(side, ["US", "MX"])
    if stray.any():
        raise LayerError(
            f"candidates: layer '{rule.layer}': {_first(names[stray])}: neither in the US nor in "
            "Mexico; mend the geometry or name a 'side' column that says US or MX"
        )
    beyond = big & (side != place) & (place != "")
    for name, country in (("MX", mexico), ("US", usa)):
        own = np.flatnonzero(beyond & (side == name))
        beyond[own] = ~shapely.dwithin(shapely.points(inner[own]), country, BORDER_DOUBT_M)
    if beyond.any():
        raise LayerError(
            f"candidates: layer '{rule.layer}': {_first(names[beyond])}: on the other side of the "
            f"border than column '{rule.side}' says, by more than 1 km; mend the column, or leave "
            "out 'side', so that the place decides"
        )
    columns = {"side": side[big], "hectares": hectares[big]}
    if label and label in features:
        columns["own_name"] = features[label].to_numpy(object)[big]
    for name in rule.tell:
        columns[TOLD + name] = as_told(column(features, name)).to_numpy()[big]
    return _frame(names[big].tolist(), shapes[big], columns)


def _frame(
    names: list[str], shapes: NDArray[np.object_], columns: dict[str, NDArray[Any]]
) -> gpd.GeoDataFrame:
    index = pd.Index(names, dtype=object, name="site_id")
    return gpd.GeoDataFrame(columns, geometry=shapes, index=index, crs=WORKING_CRS)


def _sides(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    *,
    mexico: shapely.Geometry,
    usa: shapely.Geometry,
) -> NDArray[np.object_]:
    """Return MX, US or nothing for each point; the border line itself is Mexico's."""
    side = np.full(len(x), "", object)
    for name, country in (("MX", mexico), ("US", usa)):
        shapely.prepare(country)
        rest = np.flatnonzero(side == "")
        side[rest[shapely.intersects_xy(country, x[rest], y[rest])]] = name
    return side


def _names(features: gpd.GeoDataFrame, rule: Parcels) -> NDArray[np.object_]:
    values = column(features, rule.id) if rule.id else features.index.to_series()
    if not rule.id and (values.isna().any() or values.astype(str).duplicated().any()):
        raise LayerError(
            f"candidates: layer '{rule.layer}': the labels of its rows repeat or lack; name a "
            "column of ids with 'id'"
        )
    if values.isna().any():
        rows = _rows_of(values.isna())
        raise LayerError(
            f"candidates: layer '{rule.layer}': column '{rule.id}' is empty in "
            f"{_first(rows.astype(str), 'row')}; give every candidate an id"
        )
    names = values.astype(str)
    again = names.duplicated(keep=False)
    if again.any():
        twice = names[again].drop_duplicates().to_numpy(object)
        rows = _rows_of(again).astype(str)
        raise LayerError(
            f"candidates: layer '{rule.layer}': id {_first(twice)} occurs more than once in "
            f"column '{rule.id}', {_first(rows, 'row')}; make ids unique or name another column"
        )
    return names.to_numpy(object)


def _rows_of(flaw: pd.Series[bool]) -> NDArray[Any]:
    """Return the rows of the layer's table, as a spreadsheet counts them, or by their labels."""
    rows = flaw.index[flaw.to_numpy()]
    return np.asarray(rows + 2 if is_integer_dtype(rows) else rows)


def _shapes(
    features: gpd.GeoDataFrame, rule: Parcels, names: NDArray[np.object_]
) -> NDArray[np.object_]:
    """Return one valid polygon a row."""
    shapes = features.geometry.to_numpy()
    shapes = np.asarray(shapes, object)
    if (shapely.get_type_id(shapes) == 0).all() and len(shapes):
        return _circles(features, rule, names)
    if rule.hectares and len(shapes):
        raise LayerError(
            f"candidates.hectares: '{rule.hectares}': it is for points; layer '{rule.layer}' holds "
            "polygons, whose own area counts; remove the key"
        )
    repaired = shapely.make_valid(shapes, method="structure", keep_collapsed=False)
    before, after = shapely.area(shapes), shapely.area(repaired)
    flaw = ~(np.abs(after - before) <= _AREA_KEPT * before) | (before == 0)
    flaw |= ~np.isin(shapely.get_type_id(repaired), _POLYGONS)
    if flaw.any():
        raise LayerError(
            f"candidates: layer '{rule.layer}': {_first(names[flaw])}: no sound polygon "
            "(missing, empty, crossing itself, or a collection); repair the geometry"
        )
    return np.asarray(repaired, object)


def _circles(
    features: gpd.GeoDataFrame, rule: Parcels, names: NDArray[np.object_]
) -> NDArray[np.object_]:
    if not rule.hectares:
        raise LayerError(
            f"candidates: layer '{rule.layer}' holds points; name the column of their size "
            "with 'hectares', or give polygons"
        )
    size = numbers(features, rule.hectares)
    flaw = ~(size > 0)
    if flaw.any():
        raise LayerError(
            f"candidates: layer '{rule.layer}': {_first(names[flaw])}: no size in column "
            f"'{rule.hectares}'; fill it in, or leave them out with 'where'"
        )
    unit = shapely.Point(0, 0).buffer(1, quad_segs=16).area  # a little less than pi
    radius = np.sqrt(size * _HECTARE / unit)
    circles = shapely.buffer(features.geometry.to_numpy(), radius, quad_segs=16)
    return np.asarray(circles, object)


def _first(names: NDArray[np.object_], word: str = "") -> str:
    """Name the first few."""
    shown = ", ".join(f"{word} {name}".strip() for name in names[:_SHOWN])
    more = len(names) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
