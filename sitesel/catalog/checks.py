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

    from sitesel.catalog.definition import Layer

_SHOWN_ROWS = 5
_STATUS = ("operating", "declared", "announced", "inactive", "unknown")


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
        if (lon.abs() <= 180).all() and (lat.abs() <= 90).all():  # noqa: PLR2004
            raise LayerError(
                f"{layer.path}: the coordinates look like degrees, yet crs says {layer.crs}; "
                "write crs: EPSG:4326, or leave crs out"
            )
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
        crs = CRS.from_user_input(layer.crs)
    except CRSError:
        crs = None
    if crs is None or not (crs.is_geographic or crs.is_projected):
        raise LayerError(
            f"{layer.definition}: crs: '{layer.crs}' is no coordinate system; write EPSG:4326 or so"
        )
    return crs


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
    if stated.is_geographic and (bounds[1] < -90 or bounds[3] > 90):  # noqa: PLR2004
        raise LayerError(f"{layer.path}: longitude and latitude are swapped")
    return frame


def columns(layer: Layer, table: pd.DataFrame) -> None:
    """Refuse a table that lacks a column which the definition names."""
    for key, name in layer.columns.items():
        if name not in table:
            shown = key if key.startswith("fields.") else f"{key}: {name}"
            raise LayerError(
                f"{layer.definition}: {shown}: the data has no such column; "
                f"its columns are {', '.join(str(each) for each in table if each != 'geometry')}"
            )


def _validity(layer: Layer, frame: gpd.GeoDataFrame) -> None:
    """Refuse days that are not ISO dates, and words that are no status."""
    rule = layer.validity
    if rule is None:
        return
    for name in filter(None, (rule.from_, rule.to)):
        flaw = frame[name].notna() & ~frame[name].astype(str).str.fullmatch(r"\d{4}-\d\d-\d\d")
        _refuse(layer, frame, name, flaw, "is no date; write it as 2026-11-21")
    if rule.status:
        flaw = frame[rule.status].notna() & ~frame[rule.status].isin(_STATUS)
        _refuse(layer, frame, rule.status, flaw, f"is none of {', '.join(_STATUS)}")


def _refuse(
    layer: Layer, frame: gpd.GeoDataFrame, name: str, flaw: pd.Series[bool], why: str
) -> None:
    if flaw.any():
        value = frame.loc[flaw, name].iloc[0]
        raise LayerError(f"{layer.path}: column '{name}', {_rows(flaw)}: '{value}' {why}")


def check(layer: Layer, frame: gpd.GeoDataFrame) -> None:
    """Refuse a frame that is empty, lacks a declared field, or has an odd side or geometry."""
    if not len(frame) and layer.geometry.kind != "raster":  # which is checked as it is read
        raise LayerError(f"{layer.path}: has no rows")
    columns(layer, frame)
    _validity(layer, frame)
    if layer.side:
        if layer.side != "side" and "side" in frame:
            raise LayerError(
                f"{layer.definition}: side: the data has a column 'side' besides '{layer.side}'; "
                "rename or remove it"
            )
        flaw = ~frame[layer.side].isin(["US", "MX"])
        if flaw.any():
            value = frame.loc[flaw, layer.side].iloc[0]
            raise LayerError(f"{layer.path}: {_rows(flaw)}: side is '{value}', not US or MX")
    invalid = ~frame.geometry.is_valid & frame.geometry.notna()
    if invalid.any():
        raise LayerError(f"{layer.path}: {_rows(invalid)}: the geometry crosses itself; repair it")
