"""Files that publishers offer: tables and features, bare or in a zip."""

from __future__ import annotations

import hashlib
import re
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pooch  # type: ignore[import-untyped]
from pandas.api.types import is_numeric_dtype, is_string_dtype

from sitesel.catalog.sources import archives, shapes, tables
from sitesel.catalog.sources.addresses import shown
from sitesel.catalog.sources.request import Answer
from sitesel.errors import FetchError

if TYPE_CHECKING:
    from sitesel.catalog.definition import Fetched
    from sitesel.catalog.sources.request import Request
    from sitesel.catalog.sources.specs import Download
    from sitesel.catalog.sources.web import Client

_SUFFIXES = {  # by the first bytes: what GDAL wants the file to be called
    b"SQLite format 3\x00": ".gpkg",
    b"fgb\x03": ".fgb",
    b"\x00\x00\x27\x0a": ".shp",
    b"PAR1": ".parquet",
    b"PK\x03\x04": ".zip",
    b"PK\x05\x06": ".zip",
}
# Other XML may name further files and addresses, which GDAL would then open.
_KML = re.compile(rb"(?s)(?>\s|<\?xml[^>]*\?>|<!--.*?-->)*+<(?:\w+:)?kml[\s>]")
_DEEPEST = 2  # zips in one another
_UNREAD = {
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "packed with gzip",
    b"Rar!": "packed with RAR",
    b"7z\xbc\xaf": "packed with 7z",
}


def fetch(source: Download, request: Request) -> Answer:
    """Bring the files, read them, and put them into one frame.

    Tables come with the publisher's columns, as points if ``lon`` and ``lat`` are given; features
    come in the CRS of the (first) file, those outside ``request.box`` left out.
    """
    if source.sha256 and len(_urls(source)) > 1:
        here = shown(_urls(source)[0])
        raise FetchError(
            f"{here}: fetch.sha256 is of one file; leave it out where there are several"
        )
    frames, versions = [], []
    for url in _urls(source):
        path, version = _brought(url, source, request)
        try:
            versions.append(version)
            with tempfile.TemporaryDirectory(dir=request.folder) as room:
                frames.append(_read(path, source, request.box, Path(room), shown(url)))
        finally:
            if not source.sha256:  # only a file whose hash is known is used again
                path.unlink(missing_ok=True)
    frame = _joined(frames)
    request.report("rows", len(frame), len(frame))
    return Answer(frame, version=_one(versions))


def version(source: Download, client: Client, _: Fetched | None = None) -> str | None:
    """Return what the publisher has now: the ETag or date of the file, or one for all files."""
    return _one([client.version(url) for url in _urls(source)])


def _urls(source: Download) -> list[str]:
    return [source.url] if isinstance(source.url, str) else source.url


def _one(versions: list[str | None]) -> str | None:
    stated = [each for each in versions if each is not None]
    if len(stated) < len(versions):
        return None
    if len(stated) == 1:
        return stated[0]
    digest = hashlib.sha256("\n".join(stated).encode()).hexdigest()
    return f"{len(stated)} files, {digest[:16]}"


def _brought(url: str, source: Download, request: Request) -> tuple[Path, str | None]:
    """Return the file in the scratch folder, and its version.

    pooch sees whether a file of the stated hash is there already; our client brings it, because
    pooch would begin anew each time and follow redirects to anywhere.
    """
    name = f"download-{hashlib.sha256(url.encode()).hexdigest()[:16]}"
    versions: list[str | None] = [None]

    def bring(_: str, to: str, __: object) -> None:
        saved = request.client.download(
            url, request.folder / f"{name}.new", sha256=source.sha256, report=request.report
        )
        saved.path.replace(to)
        versions.append(saved.version)

    pooch.get_logger().setLevel("WARNING")  # it would print the addresses with their queries
    if not source.sha256:
        (request.folder / name).unlink(missing_ok=True)
    path = pooch.retrieve(
        url, source.sha256 and source.sha256.lower(), name, request.folder, downloader=bring
    )
    return Path(path), versions[-1]


def _read(
    path: Path, source: Download, box: shapes.Box | None, room: Path, here: str, depth: int = 0
) -> shapes.Frame:
    """Read a file by what it is, whatever it is called."""
    suffix = _suffix(path, here)
    if suffix == ".zip":
        if depth == _DEEPEST:
            raise FetchError(f"{here}: holds a zip in a zip in a zip, which is not read")
        patterns = [source.member] if isinstance(source.member, str) else source.member or []
        pattern = patterns[depth] if depth < len(patterns) else None
        inner = archives.unpack(path, pattern, room / f"unpacked-{depth}", here)
        return _read(inner, source, box, room, f"{here} ({inner.name})", depth + 1)
    if suffix == ".xlsx":
        archives.look(path, here)
        return shapes.placed(tables.read_xlsx(path, source, here), source, box, here)
    if suffix == ".csv":
        return shapes.placed(tables.read_csv(path, source, here), source, box, here)
    if suffix == ".json":
        content = tables.load_json(path, source, here)
        if source.rows or not _is_geojson(content):
            return shapes.placed(tables.read_json(content, source, here), source, box, here)
        suffix = ".geojson"
    if path.suffix.lower() != suffix:  # GDAL goes by the name
        path = path.rename(room / f"features{suffix}")
    return shapes.read_features(path, source, box, here)


def _suffix(path: Path, here: str) -> str:
    """Return the usual suffix of what a file holds, by its first bytes."""
    if path.is_dir():
        return ".gdb"
    with path.open("rb") as file:
        start = file.read(4096)
    for magic, what in _UNREAD.items():
        if start.startswith(magic):
            raise FetchError(f"{here}: is {what}, which is not read; look for another format")
    for magic, suffix in _SUFFIXES.items():
        if start.startswith(magic):
            return ".xlsx" if suffix == ".zip" and _is_workbook(path) else suffix
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in (b"{", b"["):
        return ".json"
    if text[:1] == b"<":
        if _KML.match(text):
            return ".kml"
        raise FetchError(f"{here}: is XML of a kind that is not read; look for another format")
    return ".csv"


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False  # told when it is looked into


def _is_geojson(content: Any) -> bool:
    return isinstance(content, dict) and content.get("type") in ("FeatureCollection", "Feature")


def _joined(frames: list[shapes.Frame]) -> shapes.Frame:
    """Put frames into one; a column that is text in one of them is text in all."""
    first = frames[0]
    if len(frames) == 1:
        return first
    if isinstance(first, gpd.GeoDataFrame):
        frames = [each.to_crs(first.crs) for each in frames if isinstance(each, gpd.GeoDataFrame)]
    filled = [
        (str(name), each[name]) for each in frames for name in each if each[name].notna().any()
    ]
    numbers = {name for name, column in filled if is_numeric_dtype(column)}
    mixed = numbers & {name for name, column in filled if is_string_dtype(column)}
    return pd.concat([tables.as_text(each, mixed) for each in frames], ignore_index=True)
