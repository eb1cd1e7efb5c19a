"""Features as publishers send them: files with geometry, and tables with coordinates."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, TypeAlias

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from sitesel.catalog.sources import tables
from sitesel.crs import LONLAT
from sitesel.errors import FetchError, did_you_mean, printable

if TYPE_CHECKING:
    from pathlib import Path

    from sitesel.catalog.sources.specs import Download

    Frame: TypeAlias = "gpd.GeoDataFrame | pd.DataFrame"
    Box: TypeAlias = tuple[float, float, float, float]


def read_features(path: Path, source: Download, box: Box | None, here: str) -> Frame:
    """Read what GDAL or GeoParquet can read; features outside the box are left out."""
    options: dict[str, Any] = {}
    if "encoding" in source.model_fields_set:
        name = tables.encoding_of(source, here).upper()
        options["encoding"] = name.replace("ISO8859", "ISO-8859")  # as GDAL spells it
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # GDAL's remarks are for those who wrote the file
            if path.suffix == ".parquet":
                frame = gpd.read_parquet(path)
            else:
                layer = _part(path, source, here)
                if box and pyogrio.read_info(path, layer=layer).get("crs"):
                    options["bbox"] = gpd.GeoSeries([_outline(box)], crs=LONLAT)
                frame = gpd.read_file(path, layer=layer, engine="pyogrio", **options)
    except FetchError:
        raise
    except Exception as error:  # noqa: BLE001 (GDAL and Arrow raise many kinds)
        raise FetchError(
            f"{here}: cannot be read as a geographic file: {printable(str(error))[:300]}"
        ) from None
    frame = tables.as_text(frame, tables.codes(source))
    return _located(frame, here) if isinstance(frame, gpd.GeoDataFrame) else frame


def _part(path: Path, source: Download, here: str) -> str:
    """Return the layer that is meant: the one named, else the only one with geometry."""
    layers = [(str(name), kind) for name, kind in pyogrio.list_layers(path)]
    names = [name for name, _ in layers]
    if source.part:
        if source.part not in names:
            hint = did_you_mean(source.part, names)
            raise FetchError(f"{here}: fetch.part: no layer '{source.part}'; {hint}")
        return source.part
    spatial = [name for name, kind in layers if kind is not None] or names
    if len(spatial) != 1:
        raise FetchError(f"{here}: name a layer in fetch.part; there are {', '.join(spatial)}")
    return spatial[0]


def _located(frame: gpd.GeoDataFrame, here: str) -> gpd.GeoDataFrame:
    """Return features without heights and with a CRS; degrees need not say that they are such."""
    frame = frame.set_geometry(shapely.force_2d(frame.geometry.array), crs=frame.crs)
    if frame.crs is not None:
        return frame
    west, south, east, north = frame.total_bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):  # noqa: PLR2004
        raise FetchError(f"{here}: the file states no coordinate system, and holds no degrees")
    return frame.set_crs(LONLAT)


def placed(table: pd.DataFrame, source: Download, box: Box | None, here: str) -> Frame:
    """Make points of a table with coordinates; rows without them have no point."""
    if not (source.lon and source.lat):
        return table
    lon, lat = (
        _degrees(table, source.fields.get(name, name), here) for name in (source.lon, source.lat)
    )
    points = shapely.points(lon.to_numpy(float), lat.to_numpy(float))
    points[(lon.isna() | lat.isna()).to_numpy()] = None
    frame = gpd.GeoDataFrame(table, geometry=points, crs=LONLAT)
    if box:
        west, south, east, north = box
        frame = frame[frame.geometry.isna() | lon.between(west, east) & lat.between(south, north)]
    return frame.reset_index(drop=True)


def _degrees(table: pd.DataFrame, name: str, here: str) -> pd.Series[float]:
    if name not in table:
        hint = did_you_mean(name, map(str, table.columns))
        raise FetchError(f"{here}: fetch.lon, fetch.lat: no column '{name}'; {hint}")
    given = table[name]
    given = given.mask(given.astype(str).str.strip() == "")  # blanks for what is not known
    numbers: pd.Series[float] = pd.to_numeric(given, errors="coerce")
    flaw = numbers.isna() & given.notna()
    if flaw.any():
        row, value = int(flaw.to_numpy().argmax()), table.loc[flaw, name].iloc[0]
        raise FetchError(
            f"{here}: column '{name}', row {row + 1}: '{value}' is no number; "
            "the publisher's file has a flaw, or another column holds the coordinates"
        )
    return numbers


def _outline(box: Box) -> shapely.Polygon:
    """Return a box with points along its edges, which bend in another CRS."""
    return shapely.segmentize(shapely.box(*box), 0.25)
