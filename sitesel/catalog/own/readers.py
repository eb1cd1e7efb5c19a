"""Any file, database or feature server to a frame, as it stands: nothing is mended here."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pyogrio
import rasterio
from pandas.api.types import is_bool_dtype

from sitesel.catalog.own import servers, tables
from sitesel.catalog.own.given import Asked, Given
from sitesel.catalog.sources import archives
from sitesel.errors import FetchError, LayerError, did_you_mean, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Asked", "Given", "read"]

_MAGIC = {  # so that GDAL opens what the name promises, and nothing that leads elsewhere
    ".gpkg": (rb"SQLite format 3\0", "a GeoPackage"),
    ".shp": (rb"\0\0\x27\x0a", "a shapefile"),
    ".fgb": (rb"fgb", "a FlatGeobuf file"),
    ".geojson": (rb"(?:\xef\xbb\xbf)?\s*\{(?!.{0,65536}gdal_streamed_alg)", "GeoJSON"),
    ".kml": (rb"(?:\xef\xbb\xbf)?\s*<(?=.{0,4096}<?kml[\s>])", "KML"),
    ".kmz": (rb"PK\x03\x04", "KMZ"),
    ".parquet": (rb"PAR1", "a Parquet file"),
    ".xlsx": (rb"PK\x03\x04", "an Excel workbook"),
    ".tif": (rb"II\*\0|MM\0\*|II\+\0|MM\0\+", "a GeoTIFF"),
}
_SAME = {
    ".json": ".geojson",
    ".geoparquet": ".parquet",
    ".tiff": ".tif",
    ".xlsm": ".xlsx",
    ".tsv": ".csv",
    ".txt": ".csv",
}
_KNOWN = {*_MAGIC, ".csv", ".gdb"}
_PACKED = {".xlsx", ".kmz"}  # zips by another name
_GEODATABASE = "a00000001.gdbtable"  # the table of tables, which every one has
_BESIDE = {".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".json"}  # in a zip, notes on the others
_KML_STYLE = {
    "timestamp",
    "begin",
    "end",
    "altitudeMode",
    "tessellate",
    "extrude",
    "visibility",
    "drawOrder",
    "icon",
    "snippet",
}
_LOOKED_AT = 1 << 17  # bytes of a file's beginning
_WARNINGS = 5


def read(source: str, asked: Asked | None = None) -> Given:
    """Read a file, a database or a feature server.

    Parameters
    ----------
    source
        GeoPackage, shapefile, file geodatabase, GeoJSON, GeoParquet, FlatGeobuf, KML, KMZ, CSV,
        TSV, XLSX, GeoTIFF, a zip of one of these, ``postgresql://…?table=NAME``, or
        ``https://…/FeatureServer/0``.
    asked
        The layer or sheet, where there are several; the query of a database.

    Raises
    ------
    LayerError
        There is no such file, its kind is not known, it is not what its name says, it is
        damaged, or it holds several layers and none is named.
    FetchError
        The server or database does not answer as it should.
    """
    asked = asked or Asked()
    if re.match(r"(?i)postgres(ql)?://", source):
        return servers.postgis(source, asked)
    if re.match(r"(?i)https?://", source):
        return servers.feature_server(source, asked)
    path = Path(source)
    if path.is_dir():
        return _geodatabase(path, asked)
    if not path.is_file():
        raise LayerError(f"{path}: no such file")
    return _zipped(path, asked) if path.suffix.lower() == ".zip" else _file(path, asked)


def _kind(name: str) -> str:
    suffix = Path(name).suffix.lower()
    kind = _SAME.get(suffix, suffix)
    if kind not in _KNOWN:
        hint = "; save it as .xlsx" if kind == ".xls" else ""
        raise LayerError(
            f"{name}: files that end in '{suffix}' are not read{hint}; known: "
            + ", ".join(sorted({*_KNOWN, ".zip", *_SAME}))
        )
    return kind


def _is_what_it_says(name: str, kind: str, head: bytes) -> None:
    pattern, words = _MAGIC.get(kind, (b"", ""))
    if not re.match(pattern, head, re.DOTALL):
        raise LayerError(f"{name}: is not {words}, whatever its name says; look into the file")


def _file(path: Path, asked: Asked) -> Given:
    kind = _kind(path.name)
    with path.open("rb") as file:
        _is_what_it_says(path.name, kind, file.read(_LOOKED_AT))
    if kind in _PACKED:
        _look(path, path.name)
    if kind == ".tif":
        return _raster(str(path), path.name)
    if kind in {".csv", ".xlsx"}:
        return _table(path.read_bytes(), path.name, kind, asked)
    if kind == ".parquet":
        return _parquet(path)
    return _vector(str(path), path.name, asked.part)


def _table(data: bytes, name: str, kind: str, asked: Asked) -> Given:
    if kind == ".csv":
        return Given(name, *tables.from_csv(data, name))
    return Given(name, *tables.from_workbook(io.BytesIO(data), name, asked.part))


def _geodatabase(path: Path, asked: Asked) -> Given:
    """Read a feature class of an Esri File Geodatabase, which is a folder."""
    if path.suffix.lower() != ".gdb":
        raise LayerError(f"{path}: is a folder; name the files in it (or a geodatabase, NAME.gdb)")
    if not (path / _GEODATABASE).is_file():
        raise LayerError(f"{path.name}: is not a file geodatabase, whatever its name says")
    return _vector(str(path), path.name, asked.part)


def _zipped(path: Path, asked: Asked) -> Given:
    """Read the one thing in a zip that can be read, where it lies; nothing is unpacked."""
    names = [member.filename for member in _look(path, path.name)]
    member, part = _meant(path.name, _readable(names), asked.part)
    kind, name = _kind(member), f"{path.name}, {Path(member).name}"
    inside = f"/vsizip/{{{path.resolve()}}}/{member}"
    if kind == ".gdb":
        if f"{member}/{_GEODATABASE}" not in names:
            raise LayerError(f"{name}: is not a file geodatabase, whatever its name says")
        return _vector(inside, name, part)
    try:
        with zipfile.ZipFile(path) as box:
            with box.open(member) as file:
                _is_what_it_says(name, kind, file.read(_LOOKED_AT))
            if kind in _PACKED:
                _look(io.BytesIO(box.read(member)), name)
            if kind in {".csv", ".xlsx"}:
                return _table(box.read(member), name, kind, Asked(part))
            if kind == ".parquet":
                return _parquet(io.BytesIO(box.read(member)), name)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise LayerError(f"{path.name}: cannot be opened as a zip: {error}") from None
    if kind == ".tif":
        return _raster(inside, name, packed=(path, member))
    return _vector(inside, name, part)


def _look(packed: Path | io.BytesIO, name: str) -> list[zipfile.ZipInfo]:
    """Return what a zip holds, or what is one by another name; refuse one that would do harm."""
    try:
        return archives.look(packed, name)
    except FetchError as error:
        raise LayerError(str(error)) from None


def _readable(names: Sequence[str]) -> list[str]:
    """Return the members of a zip that can be read; a geodatabase is one, whatever it holds."""
    whole = dict.fromkeys(re.sub(r"(?i)(\.gdb)/.*", r"\1", name) for name in names)
    known = {*_KNOWN, *_SAME}
    members = [
        name
        for name in whole
        if Path(name).suffix.lower() in known
        and not Path(name).name.startswith(".")
        and "__MACOSX" not in name
    ]
    for kinds in (known - _BESIDE, known - {".txt"}):
        members = [name for name in members if Path(name).suffix.lower() in kinds] or members
    return members


def _meant(name: str, members: Sequence[str], part: str | None) -> tuple[str, str | None]:
    """Return the member of a zip that ``--part`` means, and the layer or sheet in it.

    >>> _meant("a.zip", ["x/lots.gdb"], "Parcels")
    ('x/lots.gdb', 'Parcels')
    >>> _meant("a.zip", ["x/lots.gdb", "sold.gpkg"], "lots.gdb/Parcels")
    ('x/lots.gdb', 'Parcels')
    """
    stems = {member: Path(member).name for member in members}
    for file, inner in [(part, None), *_cuts(part or "")]:
        chosen = [m for m, stem in stems.items() if file in {None, m, stem}]
        if len(chosen) == 1:
            return chosen[0], inner
    if len(members) == 1:
        return members[0], part
    held = ", ".join(stems.values()) or "nothing that can be read"
    raise LayerError(f"{name}: holds {held}; name one with --part")


def _cuts(part: str) -> list[tuple[str, str]]:
    """Return what may be a file and a layer in it: the part, cut at each slash.

    >>> _cuts("x/lots.gdb/Parcels")
    [('x', 'lots.gdb/Parcels'), ('x/lots.gdb', 'Parcels')]
    """
    words = part.split("/")
    return [("/".join(words[:n]), "/".join(words[n:])) for n in range(1, len(words))]


def _parquet(data: Any, name: str | None = None) -> Given:
    name = name or data.name
    try:
        frame = gpd.read_parquet(data)
    except ValueError:  # no geometry in it
        try:
            frame = pd.read_parquet(data)
        except (ValueError, OSError) as error:
            raise LayerError(f"{name}: cannot be read as Parquet: {error}") from None
    except Exception as error:  # noqa: BLE001 (Arrow and GEOS raise many kinds)
        raise LayerError(f"{name}: cannot be read as GeoParquet: {error}") from None
    return Given(name, frame.reset_index(drop=frame.index.names == [None]))


def _vector(path: str, name: str, part: str | None) -> Given:
    """Read what GDAL reads; of a KML all folders, as they share their columns."""
    layers = _gdal(name, lambda: pyogrio.list_layers(path))[0]
    placed = [str(layer) for layer, kind in layers if kind is not None]
    known = placed or [str(layer) for layer, _ in layers]
    kml = name.lower().endswith((".kml", ".kmz"))
    if part and part not in {str(layer) for layer, _ in layers}:
        raise LayerError(f"{name}: no layer '{part}'; {did_you_mean(part, known)}")
    if not part and len(known) != 1 and not kml:
        held = ", ".join(known) or "none"
        raise LayerError(f"{name}: its layers are {held}; name one with --part")
    wanted = [part] if part else known

    def load() -> list[Any]:
        return [_frame(path, layer) for layer in wanted]

    frames, said = _gdal(name, load)
    frame = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    if kml:
        frame = frame.drop(columns=_KML_STYLE.intersection(frame.columns))
    return Given(name, frame, said)


def _frame(path: str, layer: str) -> Any:
    frame = pyogrio.read_dataframe(path, layer=layer, on_invalid="ignore", fid_as_index=False)
    about = pyogrio.read_info(path, layer=layer)
    for field, kind in zip(about["fields"], about["ogr_subtypes"], strict=True):
        if kind == "OFSTBoolean" and not is_bool_dtype(frame[field]):  # with empty cells: numbers
            frame[field] = frame[field].map({1: True, 0: False})
    return frame


def _gdal(name: str, work: Callable[[], Any]) -> tuple[Any, list[str]]:
    """Let GDAL work: what it warns of is returned, what it refuses is a `LayerError`."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            done = work()
        except Exception as error:  # noqa: BLE001 (GDAL and GEOS raise many kinds)
            raise LayerError(f"{name}: cannot be read: {printable(str(error))[:300]}") from None
    words = dict.fromkeys(printable(str(each.message)) for each in heard)
    return done, [f"{name}: the reader says: {word[:200]}" for word in [*words][:_WARNINGS]]


def _raster(path: str, name: str, packed: tuple[Path, str] | None = None) -> Given:
    try:
        with rasterio.open(path, driver="GTiff"):
            return Given(name, raster=path, packed=packed)
    except rasterio.errors.RasterioError as error:
        raise LayerError(f"{name}: cannot be read as a GeoTIFF: {error}") from None
