"""What a web server gave, and how people are told how much of it is there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Report = Callable[[str, int, int | None], None]


def silent(unit: str, done: int, total: int | None) -> None:
    """Tell nobody how far a download is."""


@dataclass(frozen=True)
class Reply:
    """A whole answer."""

    content: bytes
    headers: Mapping[str, str]

    @property
    def text(self) -> str:
        """The body as text, in the encoding that the headers name, else UTF-8."""
        named = re.search(r"charset=[\"']?([\w-]+)", self.headers.get("Content-Type", ""))
        try:
            return self.content.decode(named[1] if named else "utf-8-sig", "replace")
        except LookupError:
            return self.content.decode("utf-8-sig", "replace")


class State(NamedTuple):
    """What a server states of a file: the publisher's version of it if any, and its bytes.

    >>> State('"5f3a"', 1200).mark, State(None, 1200).mark
    ('"5f3a" 1200', None)
    """

    version: str | None
    size: int

    @property
    def mark(self) -> str | None:
        """What is another one as soon as the file is; None if that cannot be told."""
        return f"{self.version} {self.size}" if self.version else None


@dataclass(frozen=True)
class Saved:
    """A whole file on disk, and the publisher's version of it (ETag or Last-Modified) if stated."""

    path: Path
    version: str | None
