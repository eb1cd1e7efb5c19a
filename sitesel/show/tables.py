"""Results as files that other programs open: CSV, GeoPackage with styles, GeoTIFF."""

from __future__ import annotations

import sqlite3
import warnings
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pyogrio
import rasterio
from rasterio.transform import Affine

from sitesel.crs import LONLAT, WORKING_CRS
from sitesel.decide.robustness import COLUMNS as ROBUSTNESS
from sitesel.show.qgis import styles
from sitesel.show.shapes import pair_lines

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

_DECIMALS = 6
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_EPOCH = "1970-01-01T00:00:00Z"  # GeoPackage demands a time of change; runs must not differ by it
_UNWRITTEN = (  # which of them is raised when a disk is full hangs on when it fills
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,  # and FeatureError, which is one
    sqlite3.Error,
)
_LISTS = [
    f"{part}_{lang}" for lang in ("en", "es") for part in ("strong", "weak", "unknown", "zones")
]
FIRST = [
    "rank",
    "side",
    "score",
    "score_low",
    "score_high",
    "status",
    "lon",
    "lat",
    "hectares",
    *ROBUSTNESS,
    "name",
    "name_es",
    "place",
    "place_km",
    "place_bearing",
    "landmark",
]


def safe_text(value: Any) -> Any:
    """Return text that no spreadsheet takes for a formula.

    Examples
    --------
    >>> safe_text("=HYPERLINK(1)"), safe_text("Laredo"), safe_text(-3.5)
    ("'=HYPERLINK(1)", 'Laredo', -3.5)
    """
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    value = value.replace("\r", "\n") if isinstance(value, str) else value  # csv quotes \n alone
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as UTF-8 CSV, numbers to six decimals, UNKNOWN as an empty cell.

    It begins with the mark by which Excel knows UTF-8; else it would show Juárez as JuÃ¡rez.
    """
    frame = frame.map(safe_text).round(_DECIMALS)
    frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8-sig")


def write_pairs(pairs: pd.DataFrame, path: Path) -> None:
    """Write ``pairs.csv``."""
    write_csv(pairs.astype({"set_rank": "Int64"}), path)


def flat_sites(sites: pd.DataFrame) -> pd.DataFrame:
    """Return the sites as one flat table, ``site_id`` a column, raw measures beside values."""
    frame = sites.reset_index()
    rest = [name for name in frame if name not in {"site_id", "geometry", *FIRST, *_LISTS}]
    shape = ["geometry"] if "geometry" in frame else []
    first = [name for name in FIRST[1:] if name in frame or name not in ROBUSTNESS]
    return frame[["rank", "site_id", *first, *rest, *_LISTS, *shape]]


def write_sites(sites: pd.DataFrame, path: Path) -> None:
    """Write ``sites.csv``."""
    write_csv(flat_sites(sites), path)


def write_geopackage(
    sites: gpd.GeoDataFrame, pairs: pd.DataFrame, ports: gpd.GeoDataFrame, path: Path
) -> None:
    """Write sites and pairs as two layers in lon/lat that QGIS opens with their styles."""
    flat = flat_sites(sites)
    for name in _LISTS:
        flat[name] = flat[name].map("; ".join)
    layers = {"sites": gpd.GeoDataFrame(flat, crs=sites.crs).to_crs(LONLAT)}
    if len(pairs):
        layers["pairs"] = pair_lines(pairs, sites, ports)
    earlier = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _EPOCH})
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*GPKG application_id.*")
            for name, frame in layers.items():
                frame.to_file(path, layer=name, driver="GPKG", engine="pyogrio")
        _add_styles(path, layers)
    except _UNWRITTEN as error:
        said = f"could not be written: {error}; is there room on the disk?"
        raise OSError(f"{path.name}: {said}") from error
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": earlier})


def _add_styles(path: Path, layers: dict[str, gpd.GeoDataFrame]) -> None:
    """Store QGIS styles in the table where QGIS looks for them."""
    columns = (
        "id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT, f_table_schema TEXT, "
        "f_table_name TEXT, f_geometry_column TEXT, styleName TEXT, styleQML TEXT, styleSLD TEXT, "
        "useAsDefault BOOLEAN, description TEXT, owner TEXT, ui TEXT, update_time DATETIME"
    )
    with sqlite3.connect(path) as base:
        base.execute(f"CREATE TABLE layer_styles ({columns})")
        for name in layers:
            base.execute(
                "INSERT INTO layer_styles VALUES (NULL,'','',?,'geom',?,?,'',1,?,'',NULL,?)",
                (name, name, styles()[name], f"sitesel {name}", _EPOCH),
            )
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles', ?)",
            (_EPOCH,),
        )
    base.close()


def write_suitability(
    measures: pd.DataFrame,
    score: NDArray[np.float64],
    verdict: NDArray[np.object_],
    grid_m: float,
    path: Path,
) -> None:
    """Write ``suitability.tif``: the score of every cell that is not FAIL, NaN elsewhere.

    A cloud-optimised GeoTIFF in the working CRS, one float32 band; for candidates on a grid.
    """
    row, col = measures["row"].to_numpy(), measures["col"].to_numpy()
    top, left = int(row.max()), int(col.min())
    band = np.full((top - int(row.min()) + 1, int(col.max()) - left + 1), np.nan, np.float32)
    keep = verdict != "FAIL"
    band[(top - row)[keep], (col - left)[keep]] = score[keep]
    profile = {
        "driver": "COG",
        "dtype": "float32",
        "count": 1,
        "nodata": np.nan,
        "compress": "deflate",
        "height": band.shape[0],
        "width": band.shape[1],
        "crs": WORKING_CRS.to_wkt(),
        "transform": Affine(grid_m, 0, left * grid_m, 0, -grid_m, (top + 1) * grid_m),
        "overview_resampling": "average",
    }
    with rasterio.open(path, "w", **profile) as raster:
        raster.write(band, 1)
        raster.set_band_description(1, "suitability score, 0 to 1")
