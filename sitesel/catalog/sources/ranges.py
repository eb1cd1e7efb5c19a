"""Files on the web that are opened like files on disk, of which only what is needed is read."""

from __future__ import annotations

import io
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sitesel.catalog.sources.web import Client

_PIECE = 2**16
_KEPT = 16  # pieces


class Remote:
    """A file on the web, of which parts are asked for through a `Client`.

    Small parts are cut from whole pieces, which are kept a while; large ones are asked for as they
    are. What goes wrong is kept in ``failure`` and ends the file, because a library that reads it
    may not carry an exception; who opened it must look. ``heard`` is told of bytes that came.
    ``length`` is the size of the file.

    Examples
    --------
    >>> class Server:
    ...     def read(self, url, start, length):
    ...         print(f"asked for {length} bytes from {start}")
    ...         return bytes(min(length, 200_000 - start))
    >>> file = Remote(Server(), "https://data.example/dem.tif", 200_000).open()
    >>> len(file.read(8)), len(file.read(8))
    asked for 65536 bytes from 0
    (8, 8)
    >>> file.seek(100_000)
    100000
    >>> len(file.read(70_000))  # fewer would be cut from pieces
    asked for 70000 bytes from 100000
    70000
    """

    def __init__(
        self,
        client: Client,
        url: str,
        length: int,
        heard: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.url, self.length = url, length
        self._client, self._heard = client, heard
        self._pieces: OrderedDict[int, bytes] = OrderedDict()
        self.failure: Exception | None = None

    def open(self) -> RemoteFile:
        """Return the file to read from, at its start."""
        return RemoteFile(self)

    def part(self, start: int, length: int) -> bytes:
        """Return bytes that lie in the file; none after a failure."""
        if self.failure:
            return b""
        try:
            return self._ask(start, length) if length >= _PIECE else self._cut(start, length)
        except Exception as error:  # noqa: BLE001 (told when the library has given up)
            self.failure = error
            return b""

    def _cut(self, start: int, length: int) -> bytes:
        first, last = start // _PIECE, (start + length - 1) // _PIECE
        found = b"".join(self._piece(number) for number in range(first, last + 1))
        return found[start - first * _PIECE :][:length]

    def _piece(self, number: int) -> bytes:
        if number not in self._pieces:
            start = number * _PIECE
            self._pieces[number] = self._ask(start, min(_PIECE, self.length - start))
            while len(self._pieces) > _KEPT:
                self._pieces.popitem(last=False)
        self._pieces.move_to_end(number)
        return self._pieces[number]

    def _ask(self, start: int, length: int) -> bytes:
        found = self._client.read(self.url, start, length)
        self._heard(len(found))
        return found


class RemoteFile(io.RawIOBase):
    """One reader of a `Remote`, with a place of its own."""

    def __init__(self, remote: Remote) -> None:
        super().__init__()
        self._remote, self._at = remote, 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that any part of it can be read."""
        return True

    def tell(self) -> int:
        """Return where the next read begins."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to where the next read begins."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._remote.length}[whence]
        self._at = max(0, start + offset)
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes: fewer at the end."""
        left = max(0, self._remote.length - self._at)
        size = left if size < 0 else min(size, left)
        found = self._remote.part(self._at, size) if size else b""
        self._at += len(found)
        return found
