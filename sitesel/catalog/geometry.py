"""From a layer's file to features in the working CRS: one reader for each kind of geometry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pandas.api.types import is_numeric_dtype

from sitesel.catalog import checks
from sitesel.catalog.definition import Borrowed, Circle, Points
from sitesel.catalog.roadnet import edges
from sitesel.crs import WORKING_CRS, to_working
from sitesel.errors import LayerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sitesel.catalog.definition import Layer

    Load = Callable[[str], gpd.GeoDataFrame]


def read_frame(layer: Layer, load: Load) -> gpd.GeoDataFrame:
    """Read, check and project a layer; a flaw in the file is one clear `LayerError`."""
    frame = _READERS[layer.geometry.kind](layer, load)
    checks.check(layer, frame)
    return frame.rename(columns={layer.side: "side"}) if layer.side else frame


def read_table(layer: Layer) -> pd.DataFrame:
    """Read a CSV or Parquet table; text stays text, empty cells are missing, numbers checked."""
    path = layer.path
    layer.must_exist()
    try:
        if path.suffix == ".parquet":
            table = pd.read_parquet(path)
        else:
            _with_commas(layer)
            table = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])
    except UnicodeDecodeError:
        raise LayerError(
            f"{path}: cannot be read as a UTF-8 CSV table: letters are not written in UTF-8; "
            "save it as 'CSV UTF-8 (comma delimited)'"
        ) from None
    except (ValueError, OSError) as error:
        kind = "Parquet" if path.suffix == ".parquet" else "UTF-8 CSV"
        raise LayerError(f"{path}: cannot be read as a {kind} table: {error}") from None
    if not isinstance(table.index, pd.RangeIndex):  # pandas would shift the columns
        raise LayerError(f"{path}: rows have more cells than the header; quote cells with commas")
    checks.columns(layer, table)
    shape = layer.geometry
    sizes = [getattr(shape, key, None) for key in ("area_km2", "people")]
    numbers = [name for name, info in layer.fields.items() if info.type == "number"]
    coordinates = [shape.lon, shape.lat] if isinstance(shape, Points | Circle) else []
    for name in dict.fromkeys([*numbers, *filter(None, sizes), *coordinates]):
        table[name] = checks.numeric(path, table, name)
    return table


def _with_commas(layer: Layer) -> None:
    """Refuse a table that a spreadsheet in a language of decimal commas has written."""
    with layer.path.open("rb") as file:
        header = file.readline()
    if b";" in header and b"," not in header:
        shape = layer.geometry
        wanted = [shape.lon] if isinstance(shape, Points | Circle) else list(layer.fields)
        missing = f"column '{wanted[0]}' is missing, as " if wanted else ""
        raise LayerError(
            f"{layer.path}: {missing}cells are separated by semicolons; save it as 'CSV UTF-8 "
            "(comma delimited)', with a point in decimal numbers"
        )


def _points(layer: Layer, _: Load) -> gpd.GeoDataFrame:
    table = read_table(layer)
    assert isinstance(layer.geometry, Points | Circle)
    lon, lat = (table[column] for column in (layer.geometry.lon, layer.geometry.lat))
    checks.coordinates(layer, lon, lat)
    points = shapely.points(lon.to_numpy(float), lat.to_numpy(float))
    return to_working(gpd.GeoDataFrame(table, geometry=points, crs=layer.crs))


def _stored(layer: Layer, _: Load) -> gpd.GeoDataFrame:
    path = layer.path
    layer.must_exist()
    try:
        read: Any = gpd.read_parquet if path.suffix == ".parquet" else gpd.read_file
        frame: gpd.GeoDataFrame = read(path)
    except Exception as error:  # noqa: BLE001 (GDAL and Arrow raise many kinds)
        raise LayerError(f"{path}: cannot be read as a geographic file: {error}") from None
    if not isinstance(frame, gpd.GeoDataFrame):
        raise LayerError(f"{path}: holds no geometry; for a table of lon and lat say kind: points")
    for name, info in layer.fields.items():
        if info.type == "number" and name in frame and not is_numeric_dtype(frame[name]):
            frame[name] = checks.numeric(path, frame, name)
    return to_working(checks.same_crs(layer, frame))


def _borrowed(layer: Layer, load: Load) -> gpd.GeoDataFrame:
    assert isinstance(layer.geometry, Borrowed)
    table, key = read_table(layer), layer.geometry.key
    lenders = [layer.geometry.of] if isinstance(layer.geometry.of, str) else layer.geometry.of
    shapes: dict[str, Any] = {}
    if layer.id in lenders:
        raise LayerError(f"{layer.definition}: geometry.of: a layer cannot borrow from itself")
    for lender in lenders:
        frame = load(lender)
        column = key if key in frame else _code_column(layer, lender, frame)
        shapes |= dict(zip(frame[column], frame.geometry, strict=True))
    return gpd.GeoDataFrame(table, geometry=table[key].map(shapes), crs=WORKING_CRS)


def _code_column(layer: Layer, lender: str, frame: gpd.GeoDataFrame) -> str:
    for name in ("county_fips", "cvegeo"):
        if name in frame:
            return name
    raise LayerError(f"{layer.definition}: geometry.of: layer '{lender}' has no codes to join by")


def _circle(layer: Layer, load: Load) -> gpd.GeoDataFrame:
    frame, rule = _points(layer, load), layer.geometry
    assert isinstance(rule, Circle)
    column = rule.area_km2 or rule.people
    assert column
    area = checks.numeric(layer.path, frame, column)
    if rule.people:
        if not layer.side:
            raise LayerError(f"{layer.definition}: side: name the column; the density is by side")
        area = area / frame[layer.side].map(rule.density)
    if (area < 0).any():
        raise LayerError(f"{layer.path}: column '{column}' is below zero")
    rings = frame.geometry.buffer(1000 * np.sqrt(np.asarray(area) / np.pi), quad_segs=16)
    if rule.within and rule.key:
        lent = load(rule.within)
        if rule.key not in lent:
            raise LayerError(
                f"{layer.definition}: geometry.key: layer '{rule.within}' has no '{rule.key}'"
            )
        limits = lent.set_index(rule.key).geometry
        within = gpd.GeoSeries(frame[rule.key].map(limits), crs=WORKING_CRS)
        rings = rings.intersection(within, align=False)
    return frame.set_geometry(rings)


def _table(layer: Layer, _: Load) -> gpd.GeoDataFrame:
    table = read_table(layer)
    return gpd.GeoDataFrame(table, geometry=[None] * len(table), crs=WORKING_CRS)


def _graph(layer: Layer, _: Load) -> gpd.GeoDataFrame:
    layer.must_exist()
    try:
        return to_working(edges(layer.path))
    except (ValueError, KeyError) as error:
        raise LayerError(f"{layer.path}: cannot be read as a road graph: {error}") from None


def _raster(layer: Layer, _: Load) -> gpd.GeoDataFrame:
    """Check a raster; it has no features, so its frame has a column and no row."""
    from sitesel.catalog.rasters import read  # noqa: PLC0415 (rasterio only when needed)

    field = read(layer).field
    return gpd.GeoDataFrame({field: pd.Series(dtype=float)}, geometry=[], crs=WORKING_CRS)


_READERS: dict[str, Callable[[Layer, Load], gpd.GeoDataFrame]] = {
    "points": _points,
    "stored": _stored,
    "borrowed": _borrowed,
    "circle": _circle,
    "table": _table,
    "graph": _graph,
    "raster": _raster,
}
