"""What every protocol is given, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sitesel.catalog.sources.replies import silent

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from sitesel.catalog.sources.replies import Report
    from sitesel.catalog.sources.web import Client

__all__ = ["Answer", "Request", "silent"]


@dataclass(frozen=True)
class Request:
    """How a source is asked.

    ``folder`` is a scratch folder that survives a broken run: half downloads wait in it.
    ``box`` is west, south, east, north in degrees, or None for everything. ``report`` is told the
    unit ("rows" or "bytes"), how many there are by now, and how many there will be (or None).
    """

    client: Client
    folder: Path
    box: tuple[float, float, float, float] | None = None
    report: Report = silent


@dataclass(frozen=True)
class Answer:
    """What a source gave.

    ``frame`` has the publisher's column names: features in any CRS, stated, or a plain table.
    ``raster`` is a GeoTIFF in the scratch folder, ``version`` the publisher's word for the state of
    the data (editing date, ETag, Last-Modified), ``files`` further files, ``sha256`` the hash of
    the bytes as the publisher sent them, ``said`` what people should know of the answer.
    """

    frame: gpd.GeoDataFrame | pd.DataFrame | None
    raster: Path | None = None
    version: str | None = None
    files: tuple[Path, ...] = ()
    sha256: str | None = None
    said: tuple[str, ...] = ()
