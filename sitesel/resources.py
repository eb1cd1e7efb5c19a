"""Where the shipped catalogue and studies lie, and how files are written safely."""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


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
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
