"""A download that may be broken off: what is there already, and whether it may be continued."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from sitesel.errors import FetchError
from sitesel.resources import replacing, sha256

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def version_of(headers: Mapping[str, str]) -> str | None:
    """Return how a publisher names the state of a file.

    Examples
    --------
    >>> version_of({"Last-Modified": "Mon, 02 Nov 2026 00:00:00 GMT", "ETag": '"a1"'})
    '"a1"'
    """
    return headers.get("ETag") or headers.get("Last-Modified")


class Half:
    """The first part of the file ``to``, and a note of which file of which version it is.

    The note holds a hash of the address in place of the address, in which a key may stand.
    """

    def __init__(self, to: Path, url: str) -> None:
        self.to = to
        self.part = to.with_name(f"{to.name}.part")
        self._note = to.with_name(f"{to.name}.part.json")
        self._of = hashlib.sha256(url.encode()).hexdigest()
        self.version: str | None = None
        self._unchanged: str | None = None
        to.parent.mkdir(parents=True, exist_ok=True)

    def asking(self) -> tuple[int, dict[str, str]]:
        """Return how many bytes are there, and the headers that ask only for the rest."""
        try:
            note = json.loads(self._note.read_text("utf-8"))
            had = self.size()
            if note["of"] == self._of and note["unchanged"] and had:
                self.version, self._unchanged = note["version"], note["unchanged"]
                return had, {"Range": f"bytes={had}-", "If-Range": str(self._unchanged)}
        except (OSError, ValueError, KeyError, TypeError):
            pass  # no half, or a note that is broken itself
        self.drop()
        return 0, {}

    def begin(self, headers: Mapping[str, str]) -> None:
        """Start a file, and note by what to see later that it is still the same one."""
        self.drop()
        self.version, etag = version_of(headers), headers.get("ETag", "")
        strong = etag if etag and not etag.startswith("W/") else headers.get("Last-Modified")
        self._unchanged = None if headers.get("Content-Encoding") else strong
        note = {"of": self._of, "version": self.version, "unchanged": self._unchanged}
        with replacing(self._note) as path:
            path.write_text(json.dumps(note), "utf-8")

    def stale(self, had: int, code: int, headers: Mapping[str, str]) -> bool:
        """Say whether a server, asked for the rest of a half, has something else by now."""
        if not had or code not in (206, 416):
            return False
        begins = headers.get("Content-Range", "").startswith(f"bytes {had}-")
        stated = {headers.get("ETag"), headers.get("Last-Modified")} - {None}
        return code == 416 or not begins or bool(stated and self._unchanged not in stated)  # noqa: PLR2004

    def size(self) -> int:
        """Return how many bytes are there."""
        return self.part.stat().st_size if self.part.exists() else 0

    def head(self) -> bytes:
        """Return the first bytes."""
        with self.part.open("rb") as file:
            return file.read(20_000)

    def drop(self) -> None:
        """Forget what is there."""
        self.part.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def finish(self, expected: str | None) -> None:
        """Move the file into its place if its hash is the expected one, else remove it."""
        if expected and (found := sha256(self.part)) != expected.lower():
            self.drop()
            raise FetchError(
                f"{self.to.name}: its SHA-256 is {found}, not {expected} as the definition says; "
                "the publisher may have changed the file: look at it, then mend fetch.sha256"
            )
        self.part.replace(self.to)
        self._note.unlink(missing_ok=True)
