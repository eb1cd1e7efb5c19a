"""Connections that know who is at the other end, and that are hung up when nothing comes."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ProtocolError

from sitesel.catalog.sources.addresses import PrivateError, private, shown
from sitesel.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Self

    from requests import Response

_PACE = 100.0  # bytes per second, below which a server is taken to have stopped
_CHUNK = 2**16
_CURRENT: ContextVar[Line] = ContextVar("line")


class Line:
    """One exchange with a server, from the first packet to the last byte.

    The time-outs of sockets begin anew with every byte, so a server that sends one byte now and
    then would hold the line for ever. Here fewer than 100 bytes per second over ``limit`` seconds
    end it, in the headers as well as in the body.
    """

    def __init__(self, connect: float, limit: float, *, allow_private: bool) -> None:
        self.hung_up = False
        self._limit, self._private = limit, allow_private
        self._deadline = time.monotonic() + connect + limit
        self._heard = 0
        self._handle: socket.socket | None = None
        self._done = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        """Begin to watch."""
        self._token = _CURRENT.set(self)
        self._watcher.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Stop watching."""
        self._done.set()
        self._watcher.join()
        _CURRENT.reset(self._token)
        if self._handle:
            self._handle.close()

    def hold(self, sock: socket.socket, *, proxied: bool) -> None:
        """Take up a connection, unless a private address is at its other end."""
        if not (self._private or proxied) and private(str(sock.getpeername()[0])):
            raise PrivateError
        old, self._handle = self._handle, socket.fromfd(sock.fileno(), sock.family, sock.type)
        self._deadline = time.monotonic() + self._limit
        if old:
            old.close()

    def heard(self, count: int) -> None:
        """Note that bytes of the body came."""
        self._heard += count
        if self._heard >= _PACE * self._limit:
            self._heard = 0
            self._deadline = time.monotonic() + self._limit

    def _watch(self) -> None:
        while not self._done.wait(max(0.01, self._deadline - time.monotonic())):
            if time.monotonic() >= self._deadline and self._handle:
                self.hung_up = True
                with suppress(OSError):  # the other end may have been quicker
                    self._handle.shutdown(socket.SHUT_RDWR)
                return


def pieces(response: Response, line: Line, limit: int) -> Iterator[bytes]:
    """Yield a body as it comes; one that is, or grows, larger than ``limit`` bytes is refused."""
    too_much = FetchError(
        f"{shown(response.url)}: more than {limit:,} bytes, which is more than is taken from there"
    )
    length = response.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > limit:
        raise too_much
    done = 0
    while piece := response.raw.read1(_CHUNK, decode_content=True):
        line.heard(len(piece))
        done += len(piece)
        if done > limit:
            raise too_much
        yield piece
    bounded = length or "chunked" in response.headers.get("Transfer-Encoding", "")
    if line.hung_up or not (done or bounded):  # broken off in the headers, which goes unnoticed
        raise ProtocolError("cut")


class _Guarded(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        try:
            _CURRENT.get().hold(sock, proxied=self.proxy is not None)
        except BaseException:
            sock.close()
            raise
        return sock

    def request(self, *args: Any, **options: Any) -> None:
        if self.sock is not None:  # kept from an earlier exchange
            _CURRENT.get().hold(self.sock, proxied=self.proxy is not None)
        super().request(*args, **options)


class _GuardedTLS(_Guarded, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Guarded


class _PoolTLS(HTTPSConnectionPool):
    ConnectionCls = _GuardedTLS


class GuardedAdapter(HTTPAdapter):
    """What makes a session of `requests` use guarded connections, through a proxy too."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Build the pools of direct connections."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _PoolTLS}

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        """Return the pools of connections through a proxy."""
        manager = super().proxy_manager_for(*args, **options)
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _PoolTLS}
        return manager
