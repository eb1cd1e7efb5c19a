"""Is this file what its definition says? Each flaw is told with file, column, row and remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pyproj import CRS
from pyproj.exceptions import CRSError

from sitesel.errors import LayerError

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from sitesel.catalog.layers import Layer

_SHOWN_ROWS = 5


def _rows(flaw: pd.Series[bool]) -> str:
    """Name the first rows of a table that are at fault, as a spreadsheet counts them."""
    rows = [str(int(row) + 2) for row in np.flatnonzero(flaw.to_numpy())]
    more = f" and {len(rows) - _SHOWN_ROWS} more" if len(rows) > _SHOWN_ROWS else ""
    return f"row{'s' * (len(rows) > 1)} {', '.join(rows[:_SHOWN_ROWS])}{more}"


def numeric(path: Path, table: pd.DataFrame, name: str) -> pd.Series[float]:
    """Return a column as numbers; what is not a number is an error, what is empty is missing."""
    if name not in table:
        raise LayerError(
            f"{path}: column '{name}' is missing; the columns are {', '.join(table.columns)}"
        )
    column = pd.to_numeric(table[name], errors="coerce").replace([np.inf, -np.inf], np.nan)
    flaw = column.isna() & table[name].notna()
    if flaw.any():
        value = table.loc[flaw, name].iloc[0]
        raise LayerError(
            f"{path}: column '{name}', {_rows(flaw)}: '{value}' is not a number; "
            "write digits with a point, or leave the cell empty if unknown"
        )
    return column.astype(float)


def coordinates(layer: Layer, lon: pd.Series[float], lat: pd.Series[float]) -> None:
    """Refuse coordinates that are missing, swapped, or not in degrees when they should be."""
    missing = lon.isna() | lat.isna()
    if missing.any():
        raise LayerError(f"{layer.path}: {_rows(missing)}: no coordinates; fill them in")
    if not parse_crs(layer).is_geographic:
        return
    metres = (lon.abs() > 180) | (lat.abs() > 180)  # noqa: PLR2004
    if metres.any():
        raise LayerError(
            f"{layer.path}: {_rows(metres)}: {lon[metres].iloc[0]:g}, {lat[metres].iloc[0]:g} are "
            f"not degrees, yet crs says {layer.crs}; state the CRS of the coordinates"
        )
    swapped = lat.abs() > 90  # noqa: PLR2004
    if swapped.any():
        raise LayerError(f"{layer.path}: {_rows(swapped)}: longitude and latitude are swapped")


def parse_crs(layer: Layer) -> CRS:
    """Return the layer's CRS, or raise a `LayerError` if the words mean none."""
    try:
        return CRS.from_user_input(layer.crs)
    except CRSError:
        raise LayerError(
            f"{layer.definition}: crs: '{layer.crs}' is no coordinate system; write EPSG:4326 or so"
        ) from None


def same_crs(layer: Layer, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the frame with its CRS; a file and a definition that disagree are an error."""
    stated = parse_crs(layer)
    if frame.crs is None:
        frame = frame.set_crs(stated)
    elif not frame.crs.equals(stated, ignore_axis_order=True):
        raise LayerError(
            f"{layer.path}: holds {frame.crs.to_string()[:60]} but {layer.definition.name} says "
            f"crs: {layer.crs}; make them agree"
        )
    bounds = frame.total_bounds
    if stated.is_geographic and len(frame) and np.nanmax(np.abs(bounds)) > 360:  # noqa: PLR2004
        raise LayerError(
            f"{layer.path}: coordinates up to {np.nanmax(np.abs(bounds)):,.0f} are not degrees, "
            f"yet crs says {layer.crs}; state the CRS of the coordinates"
        )
    return frame


def check(layer: Layer, frame: gpd.GeoDataFrame) -> None:
    """Refuse a frame that is empty, lacks a declared field, or has an odd side or geometry."""
    if not len(frame):
        raise LayerError(f"{layer.path}: has no rows")
    renamed = "side" if layer.side else None
    for name in layer.fields:
        if name not in frame and not (name == layer.side and renamed in frame):
            raise LayerError(
                f"{layer.definition}: fields.{name}: the data has no such column; "
                f"its columns are {', '.join(map(str, frame.columns.drop('geometry')))}"
            )
    if layer.side:
        flaw = ~frame["side"].isin(["US", "MX"])
        if flaw.any():
            value = frame.loc[flaw, "side"].iloc[0]
            raise LayerError(f"{layer.path}: {_rows(flaw)}: side is '{value}', not US or MX")
    invalid = ~frame.geometry.is_valid & frame.geometry.notna()
    if invalid.any():
        raise LayerError(f"{layer.path}: {_rows(invalid)}: the geometry crosses itself; repair it")
