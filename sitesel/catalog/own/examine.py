"""Is this geometry what it seems? Each flaw is a line with its rows, mended only when that is safe.

What cannot be mended safely is one error that says what would.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS

from sitesel.catalog.own.cells import has_decimal_point, numbers, rows, words
from sitesel.catalog.own.fields import safe_name
from sitesel.catalog.own.placing import to_lonlat
from sitesel.crs import LONLAT, WORKING_CRS
from sitesel.errors import LayerError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import NDArray

    Told = tuple[gpd.GeoDataFrame, list[str]]

KINDS = ("points", "lines", "polygons")  # by dimension
_MOST = 0.9  # of the rows must be of one kind, for the others to be left out unasked
_HECTARE = 10_000
_PAIRS = (
    ("lon", "lat"),
    ("longitude", "latitude"),
    ("longitud", "latitud"),
    ("lng", "lat"),
    ("long", "lat"),
    ("intptlon", "intptlat"),
    ("point_x", "point_y"),
    ("coord_x", "coord_y"),
    ("x_coord", "y_coord"),
    ("x", "y"),
    ("easting", "northing"),
    ("este", "norte"),
    ("utm_x", "utm_y"),
)
_SHAPES = ("geometry", "wkt", "geom", "the_geom", "shape", "wkb_geometry", "wkb")
_SRID = re.compile(r"\s*SRID=(\d+);", re.IGNORECASE)
_WKT = re.compile(r"\s*(SRID=\d+;)?\s*[A-Z]+\s*Z?M?\s*(\(|EMPTY)", re.IGNORECASE)
_WKB = re.compile(r"\s*0[01][0-9A-Fa-f]{16,}\s*")
_COLLECTION = 4  # type ids from here on have parts


def placed(table: pd.DataFrame) -> Told | None:
    """Give a table its geometry: its own, from WKT or WKB, or from a pair of coordinate columns.

    Returns None where the table has none of these. The CRS is None unless it is stated.

    Raises
    ------
    LayerError
        Some cells of these columns are no geometry, or no numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> frame, said = placed(pd.DataFrame({"Longitud": ["-106,4"], "Latitud": ["31,7"]}))
    >>> frame.geometry.to_wkt().tolist(), frame.crs
    (['POINT (-106.4 31.7)'], None)
    """
    if isinstance(table, gpd.GeoDataFrame) and table.active_geometry_name in table:
        others = [c for c in table.select_dtypes("geometry") if c != table.active_geometry_name]
        said = [f"columns left out, for they are a second geometry: {', '.join(others)}"]
        frame = table.drop(columns=others)
        if table.active_geometry_name != "geometry":
            frame = frame.rename_geometry("geometry")
        return frame, said if others else []
    names = _plain(table)
    for word in _SHAPES:
        if word in names and (found := _from_words(table, names[word])) is not None:
            return found, [f"geometry is taken from column '{names[word]}'"]
    if columns := coordinate_columns(table):
        (x, y), said = _coordinates(table, columns)
        points = shapely.points(x, y)
        points[np.isnan(x) | np.isnan(y)] = None
        frame = gpd.GeoDataFrame(table.drop(columns=columns), geometry=points)
        taken = f"points are taken from columns '{columns[0]}' and '{columns[1]}'"
        return frame, [taken, *said]
    return None


def coordinate_columns(table: pd.DataFrame) -> list[Any]:
    """Return the columns of a table that hold coordinates, by their names; else none.

    >>> import pandas as pd
    >>> coordinate_columns(pd.DataFrame(columns=["Predio", "LATITUD", "Longitud"]))
    ['Longitud', 'LATITUD']
    """
    names = _plain(table)
    for pair in _PAIRS:
        if all(word in names for word in pair):
            return [names[word] for word in pair]
    return []


def _plain(table: pd.DataFrame) -> dict[str, Any]:
    return {safe_name(str(name)).removeprefix("own_"): name for name in table.columns}


def _coordinates(
    table: pd.DataFrame, columns: list[Any]
) -> tuple[list[NDArray[np.float64]], list[str]]:
    """Read two columns that are written alike: "31,606" beside "-106,4" are degrees."""
    texts = [words(table[column]) for column in columns]
    comma = not any(has_decimal_point(text) for text in texts)
    found, said = list[Any](), list[str]()
    for text, name in zip(texts, columns, strict=True):
        read = numbers(text, str(name), comma=comma)
        if read is None or read.values.dtype == object:
            raise _no_coordinate(text, str(name))
        found.append(read.values.to_numpy(float))
        said += read.said
    return found, said


def _no_coordinate(text: pd.Series[Any], name: str) -> LayerError:
    cells = text.dropna()
    flaw = cells[[numbers(cells[[row]], name) is None for row in cells.index]]
    shown = f"{rows(flaw.index)}: '{flaw.iloc[0]}' is" if len(flaw) else "its cells are"
    return LayerError(
        f"column '{name}', {shown} no coordinate; write degrees or metres as plain numbers, or "
        "leave the cell empty"
    )


def _from_words(table: pd.DataFrame, name: Any) -> gpd.GeoDataFrame | None:
    """Read WKT, EWKT, WKB or hex WKB; None where the column's first cell is none of these."""
    cells = table[name].dropna()
    first, srid = (cells.iloc[0] if len(cells) else None), None
    if isinstance(first, str) and _WKT.match(first):
        srid = _SRID.match(first)
        text = cells.astype(str).str.replace(_SRID, "", regex=True).to_numpy(object)
        shapes = shapely.from_wkt(text, on_invalid="ignore")
    elif isinstance(first, bytes) or (isinstance(first, str) and _WKB.fullmatch(first)):
        shapes = shapely.from_wkb(cells.map(lambda cell: cell.strip()), on_invalid="ignore")
    else:
        return None
    shapes = np.asarray(shapes, object)
    flaw = cells[shapely.is_missing(shapes)]
    if len(flaw):
        raise LayerError(
            f"column '{name}', {rows(flaw.index)}: '{str(flaw.iloc[0])[:40]}' is no geometry; a "
            "spreadsheet cuts long ones: mend these rows, or save the geometry in another format"
        )
    codes = {int(srid[1])} if srid else {*shapely.get_srid(shapes).tolist()} - {0}
    crs = CRS.from_epsg(codes.pop()) if len(codes) == 1 else None
    series = gpd.GeoSeries(shapes, index=cells.index).reindex(table.index)
    return gpd.GeoDataFrame(table.drop(columns=name), geometry=series.to_numpy(), crs=crs)


def examine(frame: gpd.GeoDataFrame, crs: str | None = None, keep: str | None = None) -> Told:
    """Find and tell every flaw of a frame's geometry; mend what can be mended safely.

    Parameters
    ----------
    frame
        Features with the file's row positions (from 0) as index.
    crs
        What ``--crs`` says; it rules over what the file says.
    keep
        ``points``, ``lines`` or ``polygons`` where the file has several.

    Returns
    -------
    Valid 2-D features of one kind, EPSG:4326, on the row positions they had; and what was said.

    Raises
    ------
    LayerError
        No row is left, the CRS is missing or wrong and cannot be told safely, or the kinds of
        geometry are mixed.

    Examples
    --------
    >>> lots = gpd.GeoDataFrame({"a": [1, 2]}, geometry=[shapely.Point(31.7, -106.4), None])
    >>> found, said = examine(lots)
    >>> for line in said: print(line)
    row 3: no geometry: left out
    no CRS is stated; taken as EPSG:4326, for the coordinates are degrees near the border
    longitude and latitude are swapped in all rows: put right
    >>> found.geometry.x.tolist()
    [-106.4]
    """
    said: list[str] = []
    steps: tuple[Callable[[gpd.GeoDataFrame], Told], ...] = (
        _with_geometry,
        _flat,
        partial(_one_kind, keep=keep),
        partial(to_lonlat, stated=crs),
        _valid,
    )
    for step in steps:
        frame, more = step(frame)
        said += more
    return frame, said


def _with_geometry(frame: gpd.GeoDataFrame) -> Told:
    bounds = frame.geometry.bounds.to_numpy()  # NaN where there is none
    nothing = ~np.isfinite(bounds).all(axis=1)
    if nothing.all():
        raise LayerError("no row has a geometry; look into the file, or name another --part")
    said = [f"{rows(frame.index[nothing])}: no geometry: left out"] if nothing.any() else []
    return frame[~nothing], said


def _flat(frame: gpd.GeoDataFrame) -> Told:
    shapes = frame.geometry.to_numpy()
    high = int(shapely.has_z(shapes).sum())
    if not high:
        return frame, []
    return _with(frame, shapely.force_2d(shapes)), [f"{high:,} rows have heights (Z): dropped"]


def _with(frame: gpd.GeoDataFrame, shapes: NDArray[np.object_]) -> gpd.GeoDataFrame:
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))


def _one_kind(frame: gpd.GeoDataFrame, keep: str | None) -> Told:
    shapes = np.asarray(frame.geometry.to_numpy(), object)
    dimension = shapely.get_dimensions(shapes)
    found = {kind: int((dimension == number).sum()) for number, kind in enumerate(KINDS)}
    held = ", ".join(f"{count:,} {kind}" for kind, count in found.items() if count)
    most = max(found, key=lambda kind: found[kind])
    if keep is None and found[most] < _MOST * len(frame):
        raise LayerError(f"the rows hold {held}; say which are meant: --keep {most}")
    chosen = keep or most
    parts = _parts(shapes, KINDS.index(chosen))
    other = shapely.is_missing(parts)
    if other.all():
        raise LayerError(f"--keep {chosen}: there are none; the rows hold {held}")
    said = []
    if other.any():
        said.append(f"{rows(frame.index[other])}: no {chosen}: left out; the rows hold {held}")
    cut = ~other & (shapely.get_num_coordinates(parts) < shapely.get_num_coordinates(shapes))
    if cut.any():
        said.append(f"{rows(frame.index[cut])}: mixed geometry: only the {chosen} in it are kept")
    return _with(frame[~other], parts[~other]), said


def _parts(shapes: NDArray[np.object_], dimension: int) -> NDArray[np.object_]:
    """Return of every shape the parts of one dimension; None where it has none."""
    make = (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)[dimension]
    simple = shapely.get_type_id(shapes) != shapely.GeometryType.GEOMETRYCOLLECTION
    result: NDArray[np.object_] = np.full(len(shapes), None, object)
    own = simple & (shapely.get_dimensions(shapes) == dimension)
    result[own] = shapes[own]
    for position in np.flatnonzero(~simple):
        parts = shapes[[position]]
        while (shapely.get_type_id(parts) >= _COLLECTION).any():
            parts = shapely.get_parts(parts)
        kept = parts[(shapely.get_dimensions(parts) == dimension) & ~shapely.is_empty(parts)]
        if len(kept):
            result[position] = kept[0] if len(kept) == 1 else make(kept)
    return result


def _valid(frame: gpd.GeoDataFrame) -> Told:
    """Repair what crosses itself, in degrees and in the working CRS alike; say how areas change."""
    said = []
    for crs in (LONLAT, WORKING_CRS):
        shapes = np.asarray(frame.geometry.to_crs(crs).to_numpy(), object)
        broken = ~shapely.is_valid(shapes)
        if not broken.any():
            continue
        before = _hectares(frame[broken])
        fixed = _parts(
            shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False),
            int(shapely.get_dimensions(shapes[broken]).max()),
        )
        fixed[shapely.is_empty(fixed)] = None
        mended = gpd.GeoSeries(fixed, index=frame.index[broken], crs=crs).to_crs(LONLAT)
        said += _told(mended, before)
        frame = frame.set_geometry(frame.geometry.where(~broken, mended.reindex(frame.index)))
        frame = frame[frame.geometry.notna()]
    if not len(frame):
        raise LayerError("no row has a sound geometry; repair the file")
    return frame, said


def _hectares(frame: gpd.GeoDataFrame) -> NDArray[np.float64]:
    return np.asarray(frame.geometry.to_crs(WORKING_CRS).area) / _HECTARE


def _told(mended: gpd.GeoSeries, before: NDArray[np.float64]) -> list[str]:
    gone, said = mended.isna().to_numpy(), []
    if (~gone).any():
        after = _hectares(gpd.GeoDataFrame(geometry=mended[~gone]))
        areas = f"area {before[~gone].sum():,.2f} ha before, {after.sum():,.2f} ha now"
        said.append(f"{rows(mended.index[~gone])}: geometry crosses itself: repaired; {areas}")
    if gone.any():
        said.append(f"{rows(mended.index[gone])}: geometry without extent: left out")
    return said
