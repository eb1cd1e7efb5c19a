"""Points that people bring: a table with longitudes and latitudes, or any geo file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from sitesel import crs
from sitesel.catalog.own.cells import has_decimal_point, numbers, words
from sitesel.catalog.own.examine import coordinate_columns
from sitesel.catalog.own.tables import from_csv, from_workbook
from sitesel.errors import LayerError

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Points(NamedTuple):
    """Longitudes and latitudes in degrees, and the positions of the rows that have none."""

    lon: Floats
    lat: Floats
    left_out: list[int]


def read_points(path: Path) -> Points:
    """Read points as longitudes and latitudes: a CSV or XLSX with columns of them, or any geo file.

    Of lines and polygons a point inside is taken. Degrees may have a decimal comma.

    Raises
    ------
    LayerError
        The file is unreadable, has no such columns, no CRS, or no point.
    """
    if not path.exists():
        raise LayerError(f"{path}: cannot be read: there is no such file")
    try:
        if path.suffix.lower() in {".csv", ".tsv", ".txt"}:
            lon, lat, rows = _columns(path, from_csv(path.read_bytes(), str(path))[0])
        elif path.suffix.lower() in {".xlsx", ".xlsm"}:
            remedy = "keep one of them, or save it as CSV"
            table, _ = from_workbook(path, str(path), None, remedy=remedy)
            lon, lat, rows = _columns(path, table)
        else:
            lon, lat = _geometry(path)
            rows = np.arange(len(lon))
    except LayerError:
        raise
    except Exception as error:  # noqa: BLE001 (GDAL, Arrow and pandas each raise their own kinds)
        raise LayerError(f"{path}: cannot be read: {error}") from None
    known = np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) <= 180) & (np.abs(lat) <= 90)  # noqa: PLR2004
    if not known.any():
        raise LayerError(f"{path}: no point with a longitude and a latitude in degrees")
    return Points(lon[known], lat[known], rows[~known].tolist())


def _columns(path: Path, table: pd.DataFrame) -> tuple[Floats, Floats, NDArray[np.int64]]:
    found = coordinate_columns(table)
    if not found:
        known = ", ".join(map(str, table.columns))
        raise LayerError(f"{path}: needs columns lon and lat; it has: {known}")
    texts = [words(table[name]) for name in found]
    comma = not any(has_decimal_point(text) for text in texts)
    lon, lat = (_degrees(text, str(name), comma) for text, name in zip(texts, found, strict=True))
    return lon, lat, table.index.to_numpy(np.int64)


def _degrees(text: pd.Series[Any], name: str, comma: bool) -> Floats:
    """Read a column as numbers; cells that are none are NaN."""
    read = numbers(text, name, comma=comma)
    values = text if read is None else read.values
    return pd.to_numeric(values, errors="coerce").to_numpy(float)


def _geometry(path: Path) -> tuple[Floats, Floats]:
    import geopandas as gpd  # noqa: PLC0415 (GDAL only when it is needed)

    parquet = path.suffix.lower() in {".parquet", ".geoparquet"}
    frame = gpd.read_parquet(path) if parquet else gpd.read_file(path)
    if frame.crs is None:
        raise LayerError(f"{path}: says no CRS; write it as GeoJSON or GeoPackage in EPSG:4326")
    return spots_of(frame)


def spots_of(frame: gpd.GeoDataFrame) -> tuple[Floats, Floats]:
    """Return longitude and latitude of a point inside each feature."""
    spots = crs.to_working(frame[~(frame.geometry.is_empty | frame.geometry.isna())])
    at = spots.geometry.representative_point()
    return crs.lonlat(at.x.to_numpy(), at.y.to_numpy())
