"""Versions of a layer, fetched or the user's own: put in place whole, kept, and brought back.

A version is a folder that holds a definition and the files it names. In the user's folder::

    power/substations.yaml, substations.parquet     what studies read
    .versions/substations/20261122T011203Z/         earlier versions, the newest five
    .versions/substations/original/                 what the user wrote by hand; it is never dropped
    .versions/substations/.placing/                 a version on its way into its place

What is on its way is whole and checked, so that whoever finds it after a crash only has to go on.
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sitesel.catalog.definition import Layer
from sitesel.errors import FetchError, LayerError, UnknownNameError
from sitesel.resources import replacing, sha256

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEPT = 5
OWN = "own"  # the folder of layers that are made of the user's own files
_ORIGINAL = "original"
_STAMP = re.compile(rf"(\d{{8}}T\d{{6}}Z|{_ORIGINAL})(-\d+)?")
_WRITTEN = "# Written by: sitesel"  # how definitions begin that no user wrote


@dataclass(frozen=True)
class Place:
    """Where a layer's versions live: the user's ``folder``, and in it the ``home`` of the files."""

    folder: Path
    home: Path
    name: str

    @property
    def definition(self) -> Path:
        """The definition that studies read."""
        return definition_in(self.home, self.name)

    @property
    def root(self) -> Path:
        """The folder of the layer's versions."""
        return self.folder / ".versions" / self.name

    def stamps(self) -> list[str]:
        """Return the names of the versions that are kept, newest first, those by hand last.

        What the user wrote before any data were fetched is kept, but is no version.
        """
        return sorted(
            (each for each in self.kept() if len([*(self.root / each).iterdir()]) > 1),
            key=lambda each: (not _is_by_hand(each), each.partition("-")[0], _number(each)),
            reverse=True,
        )

    def kept(self) -> list[str]:
        """Return the names of all that is kept, in no order."""
        if not self.root.is_dir():
            return []
        return [path.name for path in self.root.iterdir() if _STAMP.fullmatch(path.name)]


def definition_in(folder: Path, name: str) -> Path:
    """Return the definition of a layer in a folder of its files, be it ``.yml`` or ``.yaml``."""
    short = folder / f"{name}.yml"
    return short if short.is_file() else folder / f"{name}.yaml"


def _number(stamp: str) -> int:
    """Return which of one second a version is.

    >>> _number("20261122T011203Z"), _number("20261122T011203Z-3")
    (1, 3)
    """
    return int(stamp.partition("-")[2] or 1)


def _is_by_hand(stamp: str) -> bool:
    return stamp.startswith(_ORIGINAL)


def content(place: Place) -> dict[str, str]:
    """Return the SHA-256 of each file of the version that studies read, by name."""
    if not place.definition.is_file():
        return {}
    return {path.name: sha256(path) for path in _files(Layer.read(place.definition))}


@contextmanager
def alone(place: Place) -> Iterator[None]:
    """Let nobody else change this layer meanwhile; the lock goes with the process."""
    place.root.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl  # noqa: PLC0415 (not on every system)
    except ImportError:  # pragma: no cover
        yield
        return
    with (place.root / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise FetchError(
                f"layer '{place.name}' is being fetched by another sitesel; wait until it is done"
            ) from None
        yield


def recover(place: Place) -> None:
    """Finish what a crash left half done."""
    if (place.root / ".placing").is_dir():
        _roll(place)
    shutil.rmtree(place.root / ".gone", ignore_errors=True)


def heal(place: Place) -> None:
    """Finish what a crash left half done, unless somebody is at work on it."""
    if (place.root / ".placing").is_dir():
        with suppress(FetchError), alone(place):
            recover(place)


def put(place: Place, version: Path) -> None:
    """Make a version, a folder beside ours on the disk, the one that studies read.

    The version so far is kept first. Each file takes its place whole, the definition last; a crash
    in between is mended by `recover`.
    """
    recover(place)
    place.root.mkdir(parents=True, exist_ok=True)
    _keep(place)
    version.rename(place.root / ".placing")
    _roll(place)
    for stamp in [each for each in place.stamps() if not _is_by_hand(each)][KEPT:]:
        _remove(place, place.root / stamp)


def restore(place: Place, stamp: str | None = None) -> str:
    """Put a kept version back in place, the newest if none is named; return its name.

    The version so far is kept, so that this can be undone.

    Raises
    ------
    UnknownNameError
        If no version of that name is kept.
    LayerError
        If its files are not the ones that were fetched.
    """
    recover(place)
    known = [each for each in place.stamps() if not is_in_place(place, each)]
    if not known:
        raise UnknownNameError(
            f"layer '{place.name}': no earlier version is kept in {place.root}; nothing is changed"
        )
    stamp = stamp or known[0]
    if stamp not in known:
        raise UnknownNameError(
            f"layer '{place.name}' has no version '{stamp}'; kept are {', '.join(known)}"
        )
    source = place.root / stamp
    intact(Layer.read(definition_in(source, place.name)))
    copy = place.root / ".copy"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    for path in source.iterdir():
        shutil.copy2(path, copy / path.name)  # not linked: the user may write into what is in place
    put(place, copy)
    return stamp


def is_in_place(place: Place, stamp: str) -> bool:
    """Say whether a kept version is the one that studies read."""
    kept = definition_in(place.root / stamp, place.name)
    others = {*kept.parent.iterdir()} - {kept}
    pairs = [(kept, place.definition), *((path, place.home / path.name) for path in others)]
    return all(there.is_file() and sha256(path) == sha256(there) for path, there in pairs)


def intact(layer: Layer) -> None:
    """Raise a `LayerError` if a layer's data are not the ones its definition was written for."""
    layer.must_exist()
    if layer.fetched and sha256(layer.path) != layer.fetched.sha256:
        raise LayerError(
            f"{layer.path}: is not the file that was fetched at {layer.fetched.at}; "
            f"fetch it again: sitesel layers fetch {layer.id}"
        )


def _keep(place: Place) -> None:
    """Keep what is in place now as a version, under the moment at which it was made."""
    if not place.definition.is_file():
        return
    layer = Layer.read(place.definition)
    stamp = _stamp(layer)
    same = [each for each in place.kept() if each.partition("-")[0] == stamp]
    if any(is_in_place(place, each) for each in same):
        return
    # counted on from the last, for the first of a busy second may have been dropped
    last = max((_number(each) for each in same), default=0)
    target = place.root / (f"{stamp}-{last + 1}" if last else stamp)
    part = place.root / f".{target.name}"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for path in _files(layer):
        _copy(path, part / path.name)
    part.rename(target)


def _stamp(layer: Layer) -> str:
    """Name a version: when it was fetched, or added; what the user wrote has no such moment."""
    if layer.fetched:
        return re.sub(r"[-:]|\.\d+|\+.*", "", layer.fetched.at)
    if not layer.definition.read_text("utf-8").startswith(_WRITTEN):
        return _ORIGINAL
    return f"{datetime.fromtimestamp(layer.definition.stat().st_mtime, UTC):%Y%m%dT%H%M%SZ}"


def _files(layer: Layer) -> list[Path]:
    """Return the files of a version that are there, the definition last."""
    further = layer.fetched.files if layer.fetched else []
    named = [layer.path, *(layer.path.with_name(name) for name in further), layer.definition]
    return [path for path in named if path.is_file()]


def _roll(place: Place) -> None:
    """Move the version on its way into its place; may be done again after a crash at any point."""
    placing, before = place.root / ".placing", None
    if place.definition.is_file():
        before = Layer.read(place.definition).path
    new = definition_in(placing, place.name)
    for path in [*sorted({*placing.iterdir()} - {new}), new]:
        target = place.definition if path == new else place.home / path.name
        for leaving in place.home.glob(f".{target.stem}.*{target.suffix}"):
            leaving.unlink()
        with replacing(target) as part:
            _copy(path, part)
    if before and before.parent == place.home.resolve() and not (placing / before.name).exists():
        before.unlink(missing_ok=True)  # the file had another name
    _remove(place, placing)


def _remove(place: Place, folder: Path) -> None:
    """Remove a folder at once: half of a version is none."""
    gone = place.root / ".gone"
    shutil.rmtree(gone, ignore_errors=True)
    folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def _copy(path: Path, to: Path) -> None:
    """Copy a file, as a second name of the same file where the disk can do that."""
    with suppress(OSError):
        os.link(path, to)
        return
    shutil.copy2(path, to)
