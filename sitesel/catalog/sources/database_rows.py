"""Rows as PostgreSQL writes them, made a frame: numbers, texts and shapes in their CRS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from sitesel.crs import LONLAT
from sitesel.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from numpy.typing import NDArray
    from psycopg import Connection

_NUMBERS: dict[str, tuple[str, Callable[[str], Any]]] = {  # by the server's type
    **dict.fromkeys(("int2", "int4", "int8", "oid"), ("Int64", int)),
    **dict.fromkeys(("float4", "float8", "numeric"), ("float64", float)),
    "bool": ("boolean", lambda value: value == "t"),
}


class Columns(NamedTuple):
    """The columns of an answer: their names, the server's type of each, the place of the shape."""

    names: list[str]
    types: list[str]
    shape: int | None


def columns_of(
    base: Connection[Any], description: Sequence[Any], shapes: Mapping[int, str], wanted: str | None
) -> Columns:
    """Look at an answer's columns before its rows come; ``shapes`` are the types that are shapes.

    Raises
    ------
    FetchError
        Two columns share a name, or which one holds the shapes cannot be told.
    """
    names = [column.name for column in description]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise FetchError(f"sql: it returns '{twice[0]}' more than once; name one apart with AS")
    known = {kind.oid: kind.name for kind in base.adapters.types}
    types = [shapes.get(each.type_code) or known.get(each.type_code, "") for each in description]
    found = [names[place] for place, each in enumerate(description) if each.type_code in shapes]
    if wanted is None and len(found) > 1:
        raise FetchError(f"geometry: say which column holds the shapes: {', '.join(found)}")
    chosen = wanted or (found[0] if found else None)
    if chosen is not None and chosen not in found:
        has = f"'{chosen}' is no geometry" if chosen in names else f"there is no '{chosen}'"
        others = ", ".join(found) or "none; select the geometry column too, or cast to geometry"
        raise FetchError(f"geometry: {has} in what the SQL returns; its geometry columns: {others}")
    if chosen not in {None, "geometry"} and "geometry" in names:
        raise FetchError(f"sql: '{chosen}' will be called geometry; name the other so with AS")
    return Columns(names, types, names.index(chosen) if chosen else None)


def chunk(
    rows: Sequence[Sequence[str | None]], columns: Columns, text: Collection[str]
) -> pd.DataFrame:
    """Return a chunk of rows; numbers keep room for NULL until all chunks are there."""
    found: dict[str, Any] = {}
    for place, (name, kind) in enumerate(zip(columns.names, columns.types, strict=True)):
        values = [row[place] for row in rows]
        if place == columns.shape:
            found["geometry"] = pd.Series(_shapes(values, name), dtype=object)
        elif kind in {"geometry", "geography"}:
            continue  # another shape than the one that was asked for
        elif kind in _NUMBERS and name not in text:
            dtype, number = _NUMBERS[kind]
            known = [None if value is None else number(value) for value in values]
            found[name] = pd.Series(known, dtype=dtype)
        else:
            found[name] = pd.Series(values, dtype="str")
    return pd.DataFrame(found)


def _shapes(values: Sequence[str | None], name: str) -> NDArray[np.object_]:
    try:
        return np.asarray(shapely.from_wkb(np.array(values, dtype=object)), dtype=object)
    except shapely.errors.ShapelyError as error:
        raise FetchError(
            f"{name}: a shape that cannot be read ({error}); for curves and surfaces write "
            f"ST_CurveToLine({name})"
        ) from None


def settled(table: pd.DataFrame) -> pd.DataFrame:
    """Return whole numbers and booleans without gaps as numpy has them."""
    plain = {"Int64": "int64", "boolean": "bool"}
    return table.astype(
        {
            name: plain[str(kind)]
            for name, kind in table.dtypes.items()
            if str(kind) in plain and not table[name].isna().any()
        }
    )


def crs_of(base: Connection[Any], shapes: NDArray[np.object_], name: str) -> CRS:
    """Return the CRS that all shapes share; of no shapes at all, lon/lat."""
    numbers = np.unique(shapely.get_srid(shapes[~shapely.is_missing(shapes)])).tolist()
    if not numbers:
        return LONLAT
    if len(numbers) > 1:
        listed = ", ".join(map(str, numbers))
        raise FetchError(f"{name}: shapes of several SRIDs ({listed}); ST_Transform them to one")
    if numbers == [0]:
        raise FetchError(
            f"{name}: SRID 0, so nobody knows where these shapes lie; if they are in lon/lat, "
            f"write ST_SetSRID({name}, 4326)"
        )
    try:
        return CRS.from_epsg(numbers[0])
    except CRSError:
        row = base.execute("SELECT srtext FROM spatial_ref_sys WHERE srid = %s", numbers).fetchone()
    try:
        return CRS.from_wkt(row[0] if row else "")
    except CRSError:
        raise FetchError(
            f"{name}: SRID {numbers[0]} is not a known CRS; write ST_Transform({name}, 4326)"
        ) from None
