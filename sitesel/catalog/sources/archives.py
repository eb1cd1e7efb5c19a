"""Zip files of strangers: looked at before they are opened, unpacked one file at a time."""

from __future__ import annotations

import re
import shutil
import stat
import zipfile
import zlib
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from sitesel.errors import FetchError, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

_DATA: tuple[str, ...] = (".gdb", ".shp", ".gpkg", ".geojson", ".json", ".kml", ".fgb", ".parquet")
_DATA += (".csv", ".tsv", ".txt", ".xlsx")
_LARGEST = 16 * 2**30  # bytes, unpacked
_RATIO = 400  # text of blanks packs 1:400 at most; a bomb, 1:1000
_HARMLESS = 64 * 2**20  # bytes, below which a ratio says nothing
_MOST = 100_000
_SHOWN = 10


def look(path: Path | IO[bytes], here: str) -> list[zipfile.ZipInfo]:
    """Return the files in a zip; refuse one that would do harm when it is unpacked.

    ``here`` names the zip in messages.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise FetchError(f"{here}: the zip is damaged or cut off ({error})") from None
    for member in members:
        name = printable(member.filename)
        parts = re.split(r"[/\\]", member.filename)
        if ".." in parts or not parts[0] or re.match(r"[A-Za-z]:", parts[0]):
            raise FetchError(
                f"{here}: the zip wants to write outside its folder: '{name}'; not read"
            )
        if stat.S_ISLNK(member.external_attr >> 16):
            raise FetchError(f"{here}: the zip holds a link to elsewhere: '{name}'; not read")
        if member.file_size > max(_HARMLESS, _RATIO * member.compress_size):
            raise FetchError(
                f"{here}: '{name}' would grow from {member.compress_size:,} to "
                f"{member.file_size:,} bytes, as no data do (a zip bomb); not read"
            )
    if len(members) > _MOST or sum(member.file_size for member in members) > _LARGEST:
        raise FetchError(f"{here}: the zip holds more than {_LARGEST:,} bytes; not read")
    return [member for member in members if not member.is_dir()]


def choose(names: Sequence[str], pattern: str | None, here: str) -> str:
    """Return the one file, or file geodatabase, that a pattern means; without one, the only data.

    Examples
    --------
    >>> names = ["read.me", "shp/00mun.shp", "shp/00mun.dbf", "shp/00ent.shp", "a.gdb/x", "a.gdb/y"]
    >>> choose(names, "*mun.shp", "a zip"), choose(names, "*.gdb", "a zip")
    ('shp/00mun.shp', 'a.gdb')
    >>> choose(names, None, "a zip")
    Traceback (most recent call last):
        ...
    sitesel.errors.FetchError: a zip: name one file in fetch.member; there are a.gdb, ...
    """
    whole = [re.sub(r"(?i)(\.gdb)/.*", r"\1", name) for name in names]
    real = sorted(
        {name for name in whole if "__MACOSX" not in name and PurePosixPath(name).name[0] != "."}
    )
    data = [name for name in real if name.lower().endswith(_DATA)]
    found = data
    if pattern:
        wanted = pattern.lower()
        found = [
            name
            for name in real
            if fnmatch(name.lower(), wanted) or fnmatch(PurePosixPath(name.lower()).name, wanted)
        ]
    if len(found) == 1:
        return found[0]
    listed = found or data or real
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    what = "name one file in fetch.member"
    if pattern:
        what = f"fetch.member: '{pattern}' means {len(found) or 'no'} files, not one"
    raise FetchError(f"{here}: {what}; there are {printable(', '.join(listed[:_SHOWN]))}{more}")


def unpack(path: Path, pattern: str | None, into: Path, here: str) -> Path:
    """Unpack what a pattern means, with what belongs to it, and return where it is.

    Every file is written under its bare name, so that nothing can land outside ``into``.
    """
    members = look(path, here)
    chosen = choose([member.filename for member in members], pattern, here)
    stem = re.sub(r"(?i)\.shp$", ".", chosen)
    wanted = [
        member
        for member in members
        if member.filename == chosen
        or member.filename.startswith(f"{chosen}/")
        or (stem != chosen and member.filename.startswith(stem))
    ]
    target = into / PurePosixPath(chosen).name
    room = target if chosen not in {member.filename for member in wanted} else into
    room.mkdir(parents=True, exist_ok=True)
    need, free = sum(member.file_size for member in wanted), shutil.disk_usage(into).free
    if need > free:
        raise FetchError(
            f"{here}: needs {need:,} bytes to unpack, but {free:,} are free; make room"
        )
    try:
        with zipfile.ZipFile(path) as archive:
            for member in wanted:
                _write(archive, member, room / PurePosixPath(member.filename).name)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError) as error:
        raise FetchError(f"{here}: the zip is damaged or cut off ({error})") from None
    except (NotImplementedError, RuntimeError) as error:  # a password, a rare packing
        raise FetchError(f"{here}: the zip cannot be unpacked here ({error})") from None
    return target


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    left = member.file_size
    with archive.open(member) as packed, target.open("wb") as file:
        while piece := packed.read(2**20):
            left -= len(piece)
            if left < 0:
                raise zipfile.BadZipFile("a file is larger than stated")
            file.write(piece)
