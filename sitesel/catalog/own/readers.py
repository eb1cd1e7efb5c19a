"""Any file, database or feature server to a frame, as it stands: nothing is mended here."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import geopandas as gpd
import pandas as pd
import pyogrio
import rasterio

from sitesel.catalog.own import tables
from sitesel.errors import LayerError, did_you_mean, printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from sitesel.catalog.sources.web import Client

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


@dataclass(frozen=True)
class Asked:
    """What is to be read, besides the place: a layer or sheet of it, a query, and by what client.

    ``report`` is told the unit, how many there are by now, and how many there will be or None.
    """

    part: str | None = None
    sql: str | None = None
    client: Client | None = None
    report: Callable[[str, int, int | None], None] = lambda *_: None


@dataclass(frozen=True)
class Given:
    """What was read: a table or features whose index counts rows from 0, or a raster file.

    ``name`` says what it was, without folders and secrets; ``fetch`` how it is had again, and
    ``version`` what the publisher calls its state.
    """

    name: str
    frame: pd.DataFrame | None = None
    said: list[str] = field(default_factory=list)
    raster: Path | None = None
    fetch: dict[str, Any] | None = None
    version: str | None = None


def read(source: str, asked: Asked | None = None) -> Given:
    """Read a file, a database or a feature server.

    Parameters
    ----------
    source
        GeoPackage, shapefile, GeoJSON, GeoParquet, FlatGeobuf, KML, KMZ, CSV, TSV, XLSX, GeoTIFF,
        a zip of one of these, ``postgresql://…?table=NAME``, or ``https://…/FeatureServer/0``.
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
        return _postgis(source, asked)
    if re.match(r"(?i)https?://", source):
        return _feature_server(source, asked)
    path = Path(source)
    if not path.is_file():
        raise LayerError(f"{path}: no such file")
    return _zipped(path, asked) if path.suffix.lower() == ".zip" else _file(path, asked)


def _kind(name: str) -> str:
    suffix = Path(name).suffix.lower()
    kind = _SAME.get(suffix, suffix)
    if kind not in {*_MAGIC, ".csv"}:
        hint = "; save it as .xlsx" if kind == ".xls" else ""
        raise LayerError(
            f"{name}: files that end in '{suffix}' are not read{hint}; known: "
            + ", ".join(sorted({*_MAGIC, ".csv", ".zip", *_SAME}))
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
    if kind == ".tif":
        return _raster(path)
    if kind in {".csv", ".xlsx"}:
        return _table(path.read_bytes(), path.name, kind, asked)
    if kind == ".parquet":
        return _parquet(path)
    return _vector(str(path), path.name, asked.part)


def _table(data: bytes, name: str, kind: str, asked: Asked) -> Given:
    if kind == ".csv":
        return Given(name, *tables.from_csv(data, name))
    return Given(name, *tables.from_workbook(io.BytesIO(data), name, asked.part))


def _zipped(path: Path, asked: Asked) -> Given:
    """Read the one file in a zip that can be read, where it lies; nothing is unpacked."""
    try:
        with zipfile.ZipFile(path) as box:
            known = {*_MAGIC, *_SAME, ".csv"}
            members = [
                name
                for name in box.namelist()
                if Path(name).suffix.lower() in known and not Path(name).name.startswith(".")
            ]
            for kinds in ({".shp"}, known - {".txt"}):  # tables and notes may lie beside
                main = [name for name in members if Path(name).suffix.lower() in kinds]
                members = main or members
            stems = {name: Path(name).name for name in members}
            chosen = [n for n, stem in stems.items() if asked.part in {None, n, stem}]
            if len(chosen) != 1:
                held = ", ".join(stems.values()) or "nothing that can be read"
                raise LayerError(f"{path.name}: holds {held}; name one with --part")
            member, kind = chosen[0], _kind(chosen[0])
            with box.open(member) as file:
                _is_what_it_says(f"{path.name}, {stems[member]}", kind, file.read(_LOOKED_AT))
            name = f"{path.name}, {stems[member]}"
            if kind in {".csv", ".xlsx"}:
                return _table(box.read(member), name, kind, Asked())
            if kind == ".parquet":
                return _parquet(io.BytesIO(box.read(member)), name)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise LayerError(f"{path.name}: cannot be opened as a zip: {error}") from None
    if kind == ".tif":
        raise LayerError(f"{name}: unpack it first; a raster is copied as it is")
    return _vector(f"/vsizip/{{{path.resolve()}}}/{member}", name, None)


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
    known = [str(layer) for layer, kind in layers if kind is not None or len(layers) == 1]
    kml = name.lower().endswith((".kml", ".kmz"))
    if part and part not in {str(layer) for layer, _ in layers}:
        raise LayerError(f"{name}: no layer '{part}'; {did_you_mean(part, known)}")
    if not part and len(known) != 1 and not kml:
        held = ", ".join(known) or "none"
        raise LayerError(f"{name}: its layers are {held}; name one with --part")
    wanted = [part] if part else known

    def load() -> list[Any]:
        return [
            pyogrio.read_dataframe(path, layer=layer, on_invalid="ignore", fid_as_index=False)
            for layer in wanted
        ]

    frames, said = _gdal(name, load)
    frame = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    if kml:
        frame = frame.drop(columns=_KML_STYLE.intersection(frame.columns))
    return Given(name, frame, said)


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


def _raster(path: Path) -> Given:
    try:
        with rasterio.open(path, driver="GTiff"):
            return Given(path.name, raster=path)
    except rasterio.errors.RasterioError as error:
        raise LayerError(f"{path.name}: cannot be read as a GeoTIFF: {error}") from None


def _postgis(source: str, asked: Asked) -> Given:
    """Read a table or a query; the address is asked but never kept, for it may hold a password."""
    from sitesel.catalog.sources import postgis  # noqa: PLC0415 (the driver is an extra)

    parts = urlsplit(source)
    options = parse_qsl(parts.query)
    table = next((value for key, value in options if key == "table"), None)
    if (table is None) == (asked.sql is None):
        raise LayerError(
            "a database needs one of two: ?table=NAME behind its address, or --sql 'SELECT …'"
        )
    rest = urlencode([(key, value) for key, value in options if key != "table"])
    address = urlunsplit(parts._replace(query=rest))
    quoted = ".".join('"' + name.replace('"', '""') + '"' for name in (table or "").split("."))
    sql = asked.sql or f"SELECT * FROM {quoted}"  # noqa: S608 (an identifier, quoted)
    frame = postgis.read(address, sql, report=asked.report)
    name = f"table {table}" if table else "a query"
    return Given(f"{name} of database {parts.path.strip('/') or 'unnamed'}", frame)


def _feature_server(source: str, asked: Asked) -> Given:
    """Read a layer of an ArcGIS server; it can be fetched again."""
    from tempfile import TemporaryDirectory  # noqa: PLC0415 (only here)

    from sitesel.catalog.sources import arcgis, specs, web  # noqa: PLC0415 (only here)
    from sitesel.catalog.sources.request import Request  # noqa: PLC0415

    if not re.search(r"(?i)/(FeatureServer|MapServer)/\d+/?(query/?)?(\?|$)", source):
        raise LayerError(
            f"{source.split('?', 1)[0]}: only layers of an ArcGIS server are read from the web, "
            "like …/FeatureServer/0; download a file first and add that"
        )
    url = re.sub(r"(?i)(/query)?/*(\?.*)?$", "", source)
    record = specs.ArcGIS(protocol="arcgis", url=url)
    with TemporaryDirectory() as folder:
        request = Request(asked.client or web.Client(), Path(folder), report=asked.report)
        answer = arcgis.fetch(record, request)
    assert answer.frame is not None
    fetched = {"protocol": "arcgis", "url": url}
    return Given(url, answer.frame.reset_index(drop=True), fetch=fetched, version=answer.version)
