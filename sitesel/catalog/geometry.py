"""From a layer's file to features in the working CRS: one reader for each kind of geometry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sitesel.catalog import checks
from sitesel.catalog.layers import Borrowed, Circle, Points
from sitesel.crs import WORKING_CRS, to_working
from sitesel.errors import LayerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sitesel.catalog.layers import Catalog, Layer


def read_frame(layer: Layer, catalog: Catalog) -> gpd.GeoDataFrame:
    """Read, check and project a layer; a flaw in the file is one clear `LayerError`."""
    frame = _READERS[layer.geometry.kind](layer, catalog)
    if layer.side:
        frame = frame.rename(columns={layer.side: "side"})
    checks.check(layer, frame)
    return frame


def read_table(layer: Layer) -> pd.DataFrame:
    """Read a CSV or Parquet table; text stays text, empty cells are missing, numbers checked."""
    path = layer.path
    if not path.is_file():
        raise LayerError(f"{layer.definition}: file: {path.name} is not there; put it beside")
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    numbers = [name for name, info in layer.fields.items() if info.type == "number"]
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])
    except (ValueError, OSError) as error:
        raise LayerError(f"{path}: cannot be read as a UTF-8 CSV table: {error}") from None
    coordinates = (
        [layer.geometry.lon, layer.geometry.lat]
        if isinstance(layer.geometry, Points | Circle)
        else []
    )
    for name in dict.fromkeys([*numbers, *coordinates]):
        table[name] = checks.numeric(path, table, name)
    return table


def _points(layer: Layer, _: Catalog) -> gpd.GeoDataFrame:
    table = read_table(layer)
    assert isinstance(layer.geometry, Points | Circle)
    lon, lat = (table[column] for column in (layer.geometry.lon, layer.geometry.lat))
    checks.coordinates(layer, lon, lat)
    points = shapely.points(lon.to_numpy(float), lat.to_numpy(float))
    return to_working(gpd.GeoDataFrame(table, geometry=points, crs=layer.crs))


def _stored(layer: Layer, _: Catalog) -> gpd.GeoDataFrame:
    path = layer.path
    if not path.is_file():
        raise LayerError(f"{layer.definition}: file: {path.name} is not there; put it beside")
    try:
        read: Any = gpd.read_parquet if path.suffix == ".parquet" else gpd.read_file
        frame: gpd.GeoDataFrame = read(path)
    except Exception as error:  # noqa: BLE001 (GDAL and Arrow raise many kinds)
        raise LayerError(f"{path}: cannot be read as a geographic file: {error}") from None
    return to_working(checks.same_crs(layer, frame))


def _borrowed(layer: Layer, catalog: Catalog) -> gpd.GeoDataFrame:
    assert isinstance(layer.geometry, Borrowed)
    table, key = read_table(layer), layer.geometry.key
    lenders = [layer.geometry.of] if isinstance(layer.geometry.of, str) else layer.geometry.of
    shapes: dict[str, Any] = {}
    for lender in lenders:
        frame = catalog.load(lender)
        column = key if key in frame else _code_column(frame)
        shapes |= dict(zip(frame[column], frame.geometry, strict=True))
    return gpd.GeoDataFrame(table, geometry=table[key].map(shapes), crs=WORKING_CRS)


def _code_column(frame: gpd.GeoDataFrame) -> str:
    return next(name for name in ("county_fips", "cvegeo") if name in frame)


def _circle(layer: Layer, catalog: Catalog) -> gpd.GeoDataFrame:
    frame, rule = _points(layer, catalog), layer.geometry
    assert isinstance(rule, Circle)
    if rule.area_km2:
        area = frame[rule.area_km2].to_numpy(float)
    else:
        side = frame[layer.side or "side"]
        area = frame[rule.people or "population"].to_numpy(float) / side.map(rule.density)
    rings = frame.geometry.buffer(1000 * np.sqrt(np.asarray(area) / np.pi), quad_segs=16)
    if rule.within and rule.key:
        limits = catalog.load(rule.within).set_index(rule.key).geometry
        within = gpd.GeoSeries(frame[rule.key].map(limits), crs=WORKING_CRS)
        rings = rings.intersection(within, align=False)
    return frame.set_geometry(rings)


def _table(layer: Layer, _: Catalog) -> gpd.GeoDataFrame:
    table = read_table(layer)
    return gpd.GeoDataFrame(table, geometry=[None] * len(table), crs=WORKING_CRS)


def _graph(layer: Layer, _: Catalog) -> gpd.GeoDataFrame:
    from sitesel.catalog.roads import edges  # noqa: PLC0415 (roads stand on this module's ground)

    return to_working(edges(layer.path))


_READERS: dict[str, Callable[[Layer, Catalog], gpd.GeoDataFrame]] = {
    "points": _points,
    "stored": _stored,
    "borrowed": _borrowed,
    "circle": _circle,
    "table": _table,
    "graph": _graph,
}
