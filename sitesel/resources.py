"""Where the shipped catalogue and studies lie, and how files are written safely."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sitesel.errors import SiteselError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_LEAST = 2**16  # bytes free; GDAL and SQLite say of a full disk that something could not be done
_UNFINISHED = ".writing-"
_LOCK = ".lock"  # in what is unfinished, held by whoever writes it
_ABANDONED = 24 * 3600  # seconds; where no lock tells, who wrote that long was killed


def shipped(name: str) -> Path:
    """Return the folder ``layers`` or ``maps``, in the wheel or in a checkout."""
    package = Path(__file__).parent
    inside = package / "_data" / name
    return inside if inside.is_dir() else package.parent / name


def own_layers() -> Path:
    """Return the folder of the user's own layers: ``$SITESEL_LAYERS``, else ``my_layers`` here."""
    return Path(os.environ.get("SITESEL_LAYERS") or "my_layers")


def layer_folders(given: Iterable[Path] | None) -> list[Path]:
    """Return the folders of layers that were given, or else the user's own if there is one."""
    own = own_layers()
    return list(given or ([own] if own.is_dir() else []))


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary sibling that takes the place of ``path`` only on success."""
    part = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    with _told_of(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield part
        part.replace(path)
    except OSError as error:
        if _is_full(path.parent, error):
            raise _full(path.parent) from None
        if error.errno in _REFUSED and error.filename == str(part):
            raise _unwritable(path, error) from None
        raise
    finally:
        with suppress(OSError):  # where nothing could be written, nothing is left
            part.unlink(missing_ok=True)


@contextmanager
def replacing_together(folder: Path, *, without: Iterable[Path] = ()) -> Iterator[Path]:
    """Yield a temporary folder whose files take their places in ``folder`` together, on success.

    Until then nothing in ``folder`` changes, whatever happens: files that must agree with each
    other are all new, or all as they were. Those ``without`` which it shall be go with the old.
    """
    with _told_of(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{_UNFINISHED}*"):
        if _is_abandoned(left):
            shutil.rmtree(left, ignore_errors=True)
    with _told_of(folder):
        made = TemporaryDirectory(prefix=_UNFINISHED, dir=folder)
    with made as room, _held(Path(room)):
        try:
            yield Path(room)
        except OSError as error:
            raise (_full(folder) if _is_full(folder, error) else error) from None
        found = sorted(Path(room).rglob("*"))
        files = [path for path in found if path.is_file() and path.name != _LOCK]
        places = [folder / path.relative_to(room) for path in files]
        for place in places:
            place.parent.mkdir(parents=True, exist_ok=True)
        for path, place in zip(files, places, strict=True):  # renames alone: no time to be stopped
            path.replace(place)
        for stale in without:
            stale.unlink(missing_ok=True)


@contextmanager
def _held(room: Path) -> Iterator[None]:
    """Hold the lock of a folder that is written; it goes with the process, however that ends."""
    with ExitStack() as stack:
        with suppress(ImportError, OSError):  # then its age tells whether it was left
            import fcntl  # noqa: PLC0415 (not on every system)

            file = stack.enter_context((room / _LOCK).open("w"))
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def _is_abandoned(room: Path) -> bool:
    """Tell whether nobody writes any more what was left unfinished."""
    try:
        import fcntl  # noqa: PLC0415 (not on every system)

        with (room / _LOCK).open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (ImportError, OSError):  # held, or none is there
        return room.is_dir() and time.time() - room.stat().st_mtime > _ABANDONED
    return True


@contextmanager
def _told_of(place: Path) -> Iterator[None]:
    """Name the folder that cannot be written to, not what was to be made in it for a while."""
    try:
        yield
    except OSError as error:
        full = _is_full(place, error)
        raise (_full(place) if full else _unwritable(place, error)) from None


def _is_full(place: Path, error: BaseException | None) -> bool:
    """Tell whether something failed for want of room, whichever library says so and how."""
    while error:
        if getattr(error, "errno", None) in _FULL:
            return True
        error = error.__cause__ or error.__context__
    return place.is_dir() and shutil.disk_usage(place).free < _LEAST


def _full(place: Path) -> SiteselError:
    while any(part.startswith(_UNFINISHED) for part in place.parts):  # nobody asked for that one
        place = place.parent
    return SiteselError(f"{place}: no room left on the disk; make room, or name another with -o")


def _unwritable(place: Path, error: OSError) -> SiteselError:
    return SiteselError(f"{place}: cannot be written to: {error.strerror}; name another with -o")


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
