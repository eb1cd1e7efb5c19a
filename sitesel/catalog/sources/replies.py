"""What a web server gave, and how people are told how much of it is there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Report = Callable[[str, int, int | None], None]


def silent(unit: str, done: int, total: int | None) -> None:
    """Tell nobody how far a download is."""


@dataclass(frozen=True)
class Reply:
    """A whole answer; ``url`` is where it came from in the end, without the query's values."""

    content: bytes
    headers: Mapping[str, str]
    url: str

    @property
    def text(self) -> str:
        """The body as text, in the encoding that the headers name, else UTF-8."""
        named = re.search(r"charset=[\"']?([\w-]+)", self.headers.get("Content-Type", ""))
        try:
            return self.content.decode(named[1] if named else "utf-8-sig", "replace")
        except LookupError:
            return self.content.decode("utf-8-sig", "replace")


@dataclass(frozen=True)
class Saved:
    """A whole file on disk, and the publisher's version of it (ETag or Last-Modified) if stated."""

    path: Path
    url: str
    version: str | None
