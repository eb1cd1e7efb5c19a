"""Coordinates, precision, and files that come out the same, byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

WORKING_CRS = "+proj=aea +lat_1=22 +lat_2=32 +lat_0=26 +lon_0=-104 +datum=WGS84 +units=m +no_defs"
LONLAT = "EPSG:4326"
BORDER = (-119.0, 24.0, -96.0, 35.0)
ISTHMUS = (-96.5, 15.0, -92.5, 19.0)

# About 0.1 m. A power of two leaves the low bits of every coordinate zero, so files halve.
GRID_DEGREES = 2.0**-20


def to_lonlat(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the frame in degrees on the 0.1 m grid, valid, with one kind of geometry."""
    frame = frame.to_crs(LONLAT)
    return frame.set_geometry(shapely.set_precision(frame.geometry.to_numpy(), GRID_DEGREES))


def write_geometry(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Write GeoParquet in EPSG:4326 with rows in the order given."""
    frame = to_lonlat(frame).reset_index(drop=True)
    flaw = ~frame.is_valid | frame.is_empty
    if flaw.any():
        raise SystemExit(f"{path.name}: {int(flaw.sum())} invalid or empty geometries")
    frame.to_parquet(path, compression="zstd", compression_level=19, index=False)
    _report(path, len(frame))


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write CSV in UTF-8 with rows in the order given; missing is an empty cell."""
    table.to_csv(path, index=False, lineterminator="\n")
    _report(path, len(table))


def _report(path: Path, rows: int) -> None:
    print(f"{path.parent.name}/{path.name}: {rows:,} rows, {path.stat().st_size / 1e3:,.0f} kB")


def in_boxes(
    lon: np.ndarray, lat: np.ndarray, boxes: Sequence[tuple[float, float, float, float]]
) -> np.ndarray:
    """Say which points lie in any of the boxes (west, south, east, north)."""
    inside = np.zeros(len(lon), dtype=bool)
    for west, south, east, north in boxes:
        inside |= (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return inside
