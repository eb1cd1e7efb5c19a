"""What every protocol is given, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sitesel.catalog.sources.replies import silent
from sitesel.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from sitesel.catalog.sources.replies import Report
    from sitesel.catalog.sources.web import Client

__all__ = ["Answer", "LackingError", "Request", "Terms", "names", "silent"]


def names(extracts: Iterable[Path]) -> str:
    """Return what a run says of extracts: their names, without the folders of this machine.

    Examples
    --------
    >>> from pathlib import Path
    >>> names([Path("maps/us.osm"), Path("mx.osm")])
    'us.osm, mx.osm'
    """
    return ", ".join(path.name for path in extracts)


class LackingError(FetchError):
    """Something must be said or be there first: who fetches all passes over such a layer."""


@dataclass(frozen=True)
class Terms:
    """What the user said of a fetch.

    OpenStreetMap is read from ``extracts``, files in OSM XML; with ``overpass`` an Overpass server
    may be asked where there are none. ``area_named`` is False where the area is the whole border
    only because nobody named another: too much for sources that are read piece by piece.
    """

    extracts: tuple[Path, ...] = ()
    overpass: bool = False
    area_named: bool = True


@dataclass(frozen=True)
class Request:
    """How a source is asked.

    ``folder`` is a scratch folder that survives a broken run: half downloads wait in it.
    ``box`` is west, south, east, north in degrees, or None for everything. ``report`` is told the
    unit ("rows" or "bytes"), how many there are by now, and how many there will be (or None).
    ``terms`` are what the user said of the fetch.
    """

    client: Client
    folder: Path
    box: tuple[float, float, float, float] | None = None
    report: Report = silent
    terms: Terms = Terms()


@dataclass(frozen=True)
class Answer:
    """What a source gave.

    ``frame`` has the publisher's column names: features in any CRS, stated, or a plain table.
    ``raster`` is a GeoTIFF in the scratch folder, ``version`` the publisher's word for the state of
    the data (editing date, ETag, Last-Modified), ``files`` further files, ``said`` what people
    should know of the answer.
    ``origin`` names what was read in place of the source's address: files of the user's.
    """

    frame: gpd.GeoDataFrame | pd.DataFrame | None
    raster: Path | None = None
    version: str | None = None
    files: tuple[Path, ...] = ()
    said: tuple[str, ...] = ()
    origin: str | None = None
