"""Where commands write: a place that cannot be is refused before the work, not after it."""

from __future__ import annotations

import os
from pathlib import Path  # noqa: TC003 (typer reads the annotations)

import typer  # noqa: TC002 (typer reads the annotations)

from sitesel.errors import SiteselError


def a_folder(option: typer.CallbackParam, path: Path | None) -> Path | None:
    """Return the folder to write to, which may not be there yet."""
    if path and path.exists() and not path.is_dir():
        raise SiteselError(f"{_name(option)} {path}: is a file; name a folder")
    return _reachable(option, path)


def a_file(option: typer.CallbackParam, path: Path | None) -> Path | None:
    """Return the file to write, which may not be there yet."""
    if path and path.is_dir():
        raise SiteselError(f"{_name(option)} {path}: is a folder; name a file")
    return _reachable(option, path)


def _reachable(option: typer.CallbackParam, path: Path | None) -> Path | None:
    above = next((each for each in path.parents if each.exists()), None) if path else None
    if above and not above.is_dir():
        raise SiteselError(
            f"{_name(option)} {path}: {above} is a file, in which nothing can be; choose another"
        )
    at = path if path and path.is_dir() else above
    if at and not os.access(at, os.W_OK):
        raise SiteselError(f"{_name(option)} {path}: {at} cannot be written to; choose another")
    return path


def _name(option: typer.CallbackParam) -> str:
    return max(option.opts, key=len)
