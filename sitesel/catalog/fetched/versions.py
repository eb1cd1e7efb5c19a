"""Versions of a fetched layer: put in place whole, kept, and brought back.

A version is a folder that holds a definition and the files it names. In the user's folder::

    power/substations.yaml, substations.parquet     what studies read
    .versions/substations/20261122T011203Z/         earlier versions, the newest five
    .versions/substations/.placing/                 a version on its way into its place

What is on its way is whole and checked, so that whoever finds it after a crash only has to go on.
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sitesel.catalog.definition import Layer
from sitesel.errors import FetchError, LayerError, UnknownNameError
from sitesel.resources import replacing, sha256

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEPT = 5
_STAMP = re.compile(r"\d{8}T\d{6}Z(-\d+)?")


@dataclass(frozen=True)
class Place:
    """Where a layer's versions live: the user's ``folder``, and in it the ``home`` of the files."""

    folder: Path
    home: Path
    name: str

    @property
    def definition(self) -> Path:
        """The definition that studies read."""
        return self.home / f"{self.name}.yaml"

    @property
    def root(self) -> Path:
        """The folder of the layer's versions."""
        return self.folder / ".versions" / self.name

    def stamps(self) -> list[str]:
        """Return the names of the versions that are kept, newest first."""
        if not self.root.is_dir():
            return []
        return sorted(
            (path.name for path in self.root.iterdir() if _STAMP.fullmatch(path.name)),
            key=lambda stamp: (stamp.partition("-")[0], int(stamp.partition("-")[2] or 0)),
            reverse=True,
        )


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
    for stamp in place.stamps()[KEPT:]:
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
    known = [each for each in place.stamps() if not _is_in_place(place, each)]
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
    intact(Layer.read(source / f"{place.name}.yaml"))
    copy = place.root / ".copy"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    for path in source.iterdir():
        _copy(path, copy / path.name)
    put(place, copy)
    return stamp


def _is_in_place(place: Place, stamp: str) -> bool:
    kept = place.root / stamp / place.definition.name
    return place.definition.is_file() and sha256(kept) == sha256(place.definition)


def intact(layer: Layer) -> None:
    """Raise a `LayerError` if a layer's data are not the ones its definition was written for."""
    layer.must_exist()
    if layer.fetched and sha256(layer.path) != layer.fetched.sha256:
        raise LayerError(
            f"{layer.path}: is not the file that was fetched at {layer.fetched.at}; "
            f"fetch it again: sitesel layers fetch {layer.id}"
        )


def _keep(place: Place) -> None:
    """Keep what is in place now as a version, under the moment at which it was fetched."""
    if not place.definition.is_file():
        return
    layer = Layer.read(place.definition)
    if layer.fetched is None:
        target = place.root / "original"  # as the user wrote it
    else:
        target = place.root / re.sub(r"[-:]|\.\d+|\+.*", "", layer.fetched.at)
    for number in range(2, 1000):
        if not target.exists():
            break
        if sha256(target / place.definition.name) == sha256(place.definition):
            return
        target = target.with_name(f"{target.name.partition('-')[0]}-{number}")
    part = place.root / f".{target.name}"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for path in _files(layer):
        _copy(path, part / path.name)
    part.rename(target)


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
    new = placing / place.definition.name
    for path in [*sorted({*placing.iterdir()} - {new}), new]:
        for leaving in place.home.glob(f".{path.stem}.*{path.suffix}"):
            leaving.unlink()
        with replacing(place.home / path.name) as part:
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
    shutil.copyfile(path, to)
