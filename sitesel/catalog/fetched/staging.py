"""A version in the making: data, definition, and the proof that one fits the other."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
import yaml

from sitesel.catalog.definition import Fetched, Layer
from sitesel.catalog.fetched.shaping import km2
from sitesel.catalog.geometry import read_frame
from sitesel.crs import GEOD
from sitesel.errors import LayerError
from sitesel.resources import sha256

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from sitesel.catalog.fetched.versions import Place
    from sitesel.catalog.layers import Catalog

_HEAD = "# Written by: sitesel layers fetch {id}. The next fetch writes it anew.\n"


@dataclass
class Build:
    """The folder in which a version is made; it becomes the version when it has passed."""

    place: Place
    layer: Layer
    folder: Path
    rows: int | None = None
    area_km2: float | None = None
    file: str = ""
    files: list[str] = field(default_factory=list)

    def take_frame(self, frame: pd.DataFrame) -> None:
        """Write the rows as (Geo)Parquet: the same rows, the same bytes."""
        self.file = f"{self.layer.id}.parquet"
        path = (self.folder / self.file).absolute()  # 's3:x' would be taken for an address
        frame.to_parquet(path, compression="zstd", index=False)
        self.rows, self.area_km2 = len(frame), km2(frame)

    def take_raster(self, raster: Path) -> None:
        """Take over a GeoTIFF."""
        self.file = f"{self.layer.id}.tif"
        raster.replace(self.folder / self.file)
        self.area_km2 = known_km2(self.folder / self.file, getattr(self.layer.geometry, "band", 1))

    def take_files(self, files: tuple[Path, ...]) -> None:
        """Take over what lies beside the data."""
        for path in files:
            path.replace(self.folder / path.name)
            self.files.append(path.name)

    def describe(self, fetched: dict[str, Any], **changes: Any) -> Layer:
        """Write the definition that goes with the data, and return it."""
        record = Fetched(
            rows=self.rows,
            area_km2=self.area_km2,
            sha256=sha256(self.folder / self.file),
            files=self.files,
            **fetched,
        )
        if self.file.endswith(".tif"):
            with rasterio.open(self.folder / self.file) as raster:
                changes["crs"] = raster.crs.to_string() if raster.crs else self.layer.crs
        changes |= {"file": self.file, "fetched": record}
        path = self.folder / f"{self.layer.id}.yaml"
        path.write_text(written(self.layer.model_copy(update=changes)), "utf-8", newline="\n")
        return Layer.read(path)

    def check(self, catalog: Catalog) -> Layer:
        """Read the version back as studies will, and return its definition.

        Raises
        ------
        LayerError
            If the data are not what the definition says.
        """
        layer = Layer.read(self.folder / f"{self.layer.id}.yaml")
        try:
            read_frame(layer, catalog.load)
        except LayerError as error:
            raise LayerError(
                f"layer '{layer.id}' is kept back, since what was fetched is not what its "
                f"definition says: {error}"
            ) from None
        return layer


@contextmanager
def building(place: Place, layer: Layer) -> Iterator[Build]:
    """Yield an empty folder to make a version in; what is left of it is cleared away."""
    folder = place.folder / ".staged" / f".{layer.id}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield Build(place, layer, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def hold(place: Place, folder: Path) -> Path:
    """Keep a version that nobody has accepted yet, in place of an earlier one that waits."""
    waits = place.folder / ".staged" / place.name
    shutil.rmtree(waits, ignore_errors=True)
    folder.rename(waits)
    return waits


def waiting(place: Place) -> Layer | None:
    """Return the definition of the version that waits to be accepted, if one does."""
    path = place.folder / ".staged" / place.name / f"{place.name}.yaml"
    return Layer.read(path) if path.is_file() else None


def written(layer: Layer) -> str:
    """Return a definition as YAML: what it states, in its order."""
    content = layer.model_dump(mode="json", by_alias=True, exclude_unset=True)
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)
    return _HEAD.format(id=layer.id) + text


def vintage(version: str | None, day: str) -> str:
    """Return the day of a publisher's version where it names one, else the day given.

    Examples
    --------
    >>> vintage("Wed, 21 Oct 2015 07:28:00 GMT", "2026-11-22")
    '2015-10-21'
    >>> vintage("2024-09-30T12:00:00Z", "2026-11-22"), vintage('"5f3a"', "2026-11-22")
    ('2024-09-30', '2026-11-22')
    """
    said = version or ""
    try:
        return str(np.datetime64(said[:10], "D")) if said[4:5] == "-" else _mail_day(said)
    except ValueError:
        return day


def _mail_day(text: str) -> str:
    return parsedate_to_datetime(text).date().isoformat()


def known_km2(path: Path, band: int) -> float | None:
    """Return the area in km² of the cells of a raster of which something is known."""
    with rasterio.open(path) as raster:
        if raster.crs is None:
            return None
        rows = np.zeros(raster.height)
        for _, window in raster.block_windows(band):
            known = raster.read_masks(band, window=window) > 0
            start = int(window.row_off)
            rows[start : start + known.shape[0]] += known.sum(axis=1)
        cell = abs(raster.transform.a * raster.transform.e)
        if not raster.crs.is_geographic:
            return round(float(rows.sum() * cell) / 1e6, 3)
        north = raster.transform.f + raster.transform.e * (np.arange(raster.height) + 0.5)
    radius = GEOD.a * np.pi / 180  # metres a degree, on a sphere: this is for comparing versions
    return round(float((rows * np.cos(np.radians(north))).sum() * cell * radius**2) / 1e6, 3)
