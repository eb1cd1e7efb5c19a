"""A GeoTIFF of the user's own: examined, described, copied; its cells are never changed."""

from __future__ import annotations

import shlex
import shutil
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import rasterio
from rasterio.enums import MaskFlags

from sitesel.catalog.own import drafting
from sitesel.catalog.own.placing import parsed
from sitesel.catalog.rasters import must_be_readable
from sitesel.errors import LayerError, printable

if TYPE_CHECKING:
    from pathlib import Path

    from sitesel.catalog.fetched.staging import Build
    from sitesel.catalog.own.given import Given
    from sitesel.catalog.own.parts import Wish


def raster_draft(given: Given, wish: Wish) -> tuple[dict[str, Any], list[str]]:
    """Return the definition of a raster layer, and what was found.

    ``--field NAME=BAND`` names what the cells of a band hold.

    Raises
    ------
    LayerError
        The file has no CRS and none is given, or several bands and none is named.
    """
    assert given.raster
    said = []
    name, band = next(iter(wish.fields.items()), (wish.id, None))
    with rasterio.open(given.raster, driver="GTiff") as source:
        if band is None and source.count > 1:
            raise LayerError(
                f"{given.name}: has {source.count} bands; name one: --field {wish.id}=1"
            )
        number = int(band) if band and band.isdecimal() else 1
        if (band and not band.isdecimal()) or not 1 <= number <= source.count:
            raise LayerError(
                f"--field {name}={band}: write the number of a band, 1 to {source.count}"
            )
        if source.crs is None and wish.crs is None:
            raise LayerError(f"{given.name}: no CRS is stated; say which it is: --crs EPSG:…")
        if source.mask_flag_enums[number - 1] == [MaskFlags.all_valid]:
            said.append("no nodata is stated: every cell counts as known")
        if wish.crs and source.crs:
            said.append(f"the file says {source.crs.to_string()[:60]}; --crs {wish.crs} is taken")
        crs = wish.crs or source.crs.to_string()
        must_be_readable(source, number, given.name, _file(given), crs)
        size = f"{source.width:,} x {source.height:,}"
        unit = source.units[number - 1] or "unknown"
        title = source.descriptions[number - 1] or wish.stated.get("title", name)
    text = {"title": printable(title), "type": "number", "unit": printable(unit)}
    data = {
        "geometry": {"kind": "raster", "field": name, "band": number},
        "file": f"{wish.id}.tif",
        "crs": crs,
        "fields": {name: text},
    }
    words = {
        "en": f"Raster of {size} cells from {given.name}.",
        "es": f"Ráster de {size} celdas de {given.name}.",
    }
    draft = drafting.Draft(wish.id, given.name, stated=wish.stated)
    return drafting.document(draft, words, data, {"replaces": wish.replaces}), said


def _file(given: Given) -> str:
    """Return how a command names the file; one in a zip once it is unpacked."""
    return shlex.quote(given.packed[1] if given.packed else str(given.raster))


def take_raster(build: Build, given: Given, wish: Wish) -> None:
    """Copy the file, with what lies beside it (CRS, place, nodata) written into the copy."""
    assert given.raster
    copy = build.folder / ".copy.tif"
    _copy(given, copy)
    with rasterio.open(given.raster, driver="GTiff") as source, rasterio.open(copy, "r+") as target:
        target.crs = parsed(wish.crs).to_wkt() if wish.crs else source.crs
        if target.transform != source.transform:
            target.transform = source.transform
        if target.nodata != source.nodata and source.nodata == source.nodata:
            target.nodata = source.nodata
    build.take_raster(copy)


def _copy(given: Given, to: Path) -> None:
    if not given.packed:
        shutil.copyfile(str(given.raster), to)
        return
    path, member = given.packed
    try:
        with zipfile.ZipFile(path) as box, box.open(member) as file, to.open("wb") as copy:
            shutil.copyfileobj(file, copy)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise LayerError(f"{given.name}: the zip is damaged: {error}") from None
