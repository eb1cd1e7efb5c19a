"""What is to be read, and what was read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from sitesel.catalog.sources.web import Client


@dataclass(frozen=True)
class Asked:
    """What is to be read, besides the place: a file or layer in it, a query, and by what client.

    ``report`` is told the unit, how many there are by now, and how many there will be or None.
    """

    part: str | None = None
    sql: str | None = None
    client: Client | None = None
    report: Callable[[str, int, int | None], None] = lambda *_: None


@dataclass(frozen=True)
class Given:
    """What was read: a table or features whose index counts rows from 0, or a raster file.

    ``name`` says what it was, without folders and secrets; ``raster`` is what GDAL opens, and
    ``packed`` the zip and the file in it where it lies in one; ``fetch`` says how it is had again,
    and ``version`` what the publisher calls its state.
    """

    name: str
    frame: pd.DataFrame | None = None
    said: list[str] = field(default_factory=list)
    raster: str | None = None
    packed: tuple[Path, str] | None = None
    fetch: dict[str, Any] | None = None
    version: str | None = None
