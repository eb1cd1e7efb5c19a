"""Raster layers: the file, checked against its definition, and read window by window."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
from pyproj import CRS
from rasterio.enums import MaskFlags
from rasterio.errors import RasterioError
from rasterio.windows import Window

from sitesel.catalog.checks import parse_crs
from sitesel.catalog.definition import Raster
from sitesel.errors import LayerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from affine import Affine

    from sitesel.catalog.definition import Layer

WINDOW = 1024  # cells a side that are read at a time
_LOOK = 1024  # cells a side of the look for marks of nodata that the file does not state
_MARKS = (-9999, -32768, -32767, -99999, float(np.finfo(np.float32).min))


@dataclass(frozen=True)
class RasterLayer:
    """A raster file that passed its checks: where its cells lie and what they hold.

    ``transform`` leads from columns and rows to coordinates in ``crs``; north is up. ``nodata`` is
    the file's mark for cells of which nothing is known, None if every cell is known or a mask
    says it. ``classes`` are the words for whole numbers.
    """

    path: Path
    crs: CRS
    transform: Affine
    width: int
    height: int
    field: str
    band: int = 1
    nodata: float | None = None
    classes: Mapping[int, str] | None = None

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of a cell, in the unit of the CRS."""
        return abs(self.transform.a), abs(self.transform.e)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north in the CRS."""
        west, north = self.transform.c, self.transform.f
        dx, dy = self.size
        return west, north - dy * self.height, west + dx * self.width, north

    def open(self) -> Any:
        """Open the file; use it in a ``with`` statement."""
        return rasterio.open(self.path)


def read(layer: Layer) -> RasterLayer:
    """Open a raster layer and check it against its definition.

    Raises
    ------
    LayerError
        The file is missing or no raster, lacks the band or the CRS, has another CRS than stated,
        is turned, holds a usual mark of nodata without saying so, or the definition names columns
        that a raster cannot have.
    """
    shape = layer.geometry
    if not isinstance(shape, Raster):
        raise LayerError(f"{layer.definition}: geometry: layer '{layer.id}' holds no raster")
    layer.must_exist()
    for key, name in layer.columns.items():
        if name != shape.field:
            raise LayerError(
                f"{layer.definition}: {key}: a raster holds one field, '{shape.field}'; "
                f"rename or remove '{name}'"
            )
    try:
        with rasterio.open(layer.path) as source:
            _check(layer, shape, source)
            return RasterLayer(
                path=layer.path,
                crs=horizontal_crs(source),
                transform=source.transform,
                width=source.width,
                height=source.height,
                field=shape.field,
                band=shape.band,
                nodata=source.nodatavals[shape.band - 1],
                classes=shape.classes or None,
            )
    except RasterioError as error:
        raise LayerError(f"{layer.path}: cannot be read as a raster: {error}") from None


def _check(layer: Layer, shape: Raster, source: Any) -> None:
    stated, file = parse_crs(layer), shlex.quote(str(layer.path))
    if shape.band > source.count:
        raise LayerError(
            f"{layer.definition}: geometry.band: {shape.band}: {layer.file} has "
            f"{source.count} band{'s' * (source.count > 1)}"
        )
    if not source.crs:
        raise LayerError(
            f"{layer.path}: states no CRS; find out which it is and write it into the file: "
            f"rio edit-info --crs EPSG:… {file}"
        )
    if not horizontal_crs(source).equals(stated, ignore_axis_order=True):
        raise LayerError(
            f"{layer.path}: holds {horizontal_crs(source).name} but {layer.definition.name} says "
            f"crs: {layer.crs}; make them agree"
        )
    if stated.is_geographic and np.abs(source.bounds).max() > 360:  # noqa: PLR2004
        raise LayerError(
            f"{layer.path}: coordinates up to {np.abs(source.bounds).max():,.0f} are not degrees, "
            f"yet crs says {layer.crs}; state the CRS of the file"
        )
    must_be_readable(source, shape.band, str(layer.path), file)


def horizontal_crs(source: Any) -> CRS:
    """Return the horizontal CRS of a file."""
    crs = CRS.from_wkt(source.crs.to_wkt())
    return crs.sub_crs_list[0] if crs.is_compound else crs


def must_be_readable(source: Any, band: int, name: str, file: str, crs: str | None = None) -> None:
    """Refuse a raster that is not north up, or holds a usual mark of nodata and does not say so.

    ``file`` is how a command of the user's would name it, ``crs`` what it lies in where it states
    none.
    """
    every_known = source.mask_flag_enums[band - 1] == [MaskFlags.all_valid]
    turned = source.transform
    if turned.b or turned.d or turned.a <= 0 or turned.e >= 0:
        # Without a CRS to lead to, `rio warp` makes one row of a file that runs to the north.
        place = shlex.quote(crs or source.crs.to_string())
        more = "" if source.crs else f"rio edit-info --crs {place} {file} && "
        free = _free_mark(source.dtypes[band - 1])
        corners = bool(turned.b or turned.d) and every_known
        said = f", where {free} marks what lies outside" if corners else ""
        raise LayerError(
            f"{name}: its rows do not run from north to south and west to east; straighten "
            f"it{said}: {more}rio warp {file} straight.tif --dst-crs {place}"
            + f" --src-nodata {free} --dst-nodata {free}"
            * corners
        )
    if not every_known:
        return
    size = min(_LOOK, source.height), min(_LOOK, source.width)
    some = source.read(band, out_shape=size).astype(np.float64)
    for mark in _MARKS:
        if (some == mark).any():
            raise LayerError(
                f"{name}: has cells of {mark:g} but does not state what marks unknown "
                f"cells; state it: rio edit-info --nodata {mark:g} {file}"
            )


def _free_mark(dtype: str) -> int:
    """Return a number that marks unknown cells of a type: -9999, or the end of those that it holds.

    >>> _free_mark("float32"), _free_mark("uint8")
    (-9999, 255)
    """
    if np.dtype(dtype).kind not in "iu":
        return -9999
    held = np.iinfo(dtype)
    return max(-9999, int(held.min)) if held.min < 0 else int(held.max)


def cells(source: Any, band: int, window: Window) -> np.ma.MaskedArray[Any, Any]:
    """Return a window's cells as float64, scaled as the file says; unknown ones are masked."""
    raw = source.read(band, window=window, masked=True)
    numbers = raw.astype(np.float64)
    scale, offset = source.scales[band - 1], source.offsets[band - 1]
    if (scale, offset) != (1.0, 0.0):
        numbers = numbers * scale + offset
    masked: np.ma.MaskedArray[Any, Any] = np.ma.masked_invalid(numbers, copy=False)
    return masked


def windows(width: int, height: int, size: int = WINDOW) -> Iterator[Window]:
    """Go through a raster's cells in squares, row by row.

    Examples
    --------
    >>> [(w.col_off, w.row_off, w.width, w.height) for w in windows(3, 2, size=2)]
    [(0, 0, 2, 2), (2, 0, 1, 2)]
    """
    for row in range(0, height, size):
        for col in range(0, width, size):
            yield Window(col, row, min(size, width - col), min(size, height - row))


def profile(
    *, width: int, height: int, dtype: str, nodata: float | None, crs: Any, transform: Affine
) -> dict[str, Any]:
    """Return how our GeoTIFFs of one band are written: tiled, deflated, the same bytes each time.

    Examples
    --------
    >>> from affine import Affine
    >>> profile(width=1, height=1, dtype="int16", nodata=None, crs="EPSG:4326",
    ...     transform=Affine.identity())["predictor"]
    2
    """
    return {
        "driver": "GTiff",
        "width": width,
        "height": height,
        "count": 1,
        "dtype": dtype,
        "nodata": nodata,
        "crs": crs,
        "transform": transform,
        "tiled": True,
        "blockxsize": 512,
        "blockysize": 512,
        "compress": "deflate",
        "predictor": 3 if dtype.startswith("float") else 2,
        "BIGTIFF": "IF_SAFER",
    }
