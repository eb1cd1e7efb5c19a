"""A web server on this machine that speaks the protocol truly, and fails in all the known ways.

``server.on("/path", answer, …)`` sets what is answered there: the first answer to the first
request and so on, the last one for ever. An answer is a function of the running request; the
functions below make them. ``server.asked`` holds every request: method, path with query, headers.
"""

from __future__ import annotations

import ssl
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Answer = Callable[["Handler"], None]


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""


class Handler(BaseHTTPRequestHandler):
    """One connection; ``server.owner`` knows what to answer."""

    protocol_version = "HTTP/1.1"
    timeout = 10
    server: Any

    def do_GET(self) -> None:
        owner: Server = self.server.owner
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = Asked(self.command, self.path, dict(self.headers), body)
        with owner.lock:
            owner.asked.append(asked)
            answers = owner.answers.get(self.path) or owner.answers.get(self.path.split("?")[0])
            answer = say(b"not here", 404) if not answers else answers[0]
            if answers and len(answers) > 1:
                answers.pop(0)
        answer(self)

    do_HEAD = do_POST = do_GET  # noqa: N815 (the names that http.server looks for)

    def head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def send(self, body: bytes) -> None:
        if self.command != "HEAD":
            self.wfile.write(body)
            self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


class Server:
    """The server; close it, or use the fixture."""

    def __init__(self, certificate: tuple[Path, Path] | None = None) -> None:
        self.asked: list[Asked] = []
        self.answers: dict[str, list[Answer]] = {}
        self.lock, self.closing = threading.Lock(), threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads, self._http.block_on_close = True, False
        self._http.owner = self  # type: ignore[attr-defined]
        self._http.handle_error = lambda *_: None  # type: ignore[method-assign]
        self._scheme = "http"
        if certificate:
            self._scheme, context = "https", ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self.port = self._http.server_address[1]
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def on(self, path: str, *answers: Answer) -> str:
        """Set the answers of a path (with its query or without), and return its address."""
        self.answers[path] = list(answers)
        return self.url(path)

    def url(self, path: str) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}{path}"

    def close(self) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def say(body: bytes | str = b"", status: int = 200, **headers: str) -> Answer:
    """Answer with a body; ``Retry_After="3"`` writes the header Retry-After."""
    raw = body.encode() if isinstance(body, str) else body

    def answer(handler: Handler) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        handler.head(status, {"Content-Length": str(len(raw))} | named)
        handler.send(raw)

    return answer


def hang(handler: Handler) -> None:
    """Say nothing at all."""
    handler.server.owner.closing.wait(10)
    handler.close_connection = True


def drip(what: str = "body", pause: float = 0.02) -> Answer:
    """Send a byte now and then, in the body or in the headers, for ever (that is, 10 s)."""

    def answer(handler: Handler) -> None:
        handler.close_connection = True
        if what == "body":
            handler.head(200, {"Content-Length": "1000000"})
        else:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(int(10 / pause)):
            if handler.server.owner.closing.wait(pause):
                return
            handler.send(b"x")

    return answer


def cut(body: bytes, share: float = 0.6, *, chunked: bool = False, **headers: str) -> Answer:
    """Promise a whole body, and break off."""
    sent = body[: int(len(body) * share)]

    def answer(handler: Handler) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        handler.close_connection = True
        if chunked:
            handler.head(200, {"Transfer-Encoding": "chunked"} | named)
            handler.send(f"{len(body):x}\r\n".encode() + sent)
        else:
            handler.head(200, {"Content-Length": str(len(body))} | named)
            handler.send(sent)

    return answer


def chunks(*parts: bytes, end: bool = True) -> Answer:
    """Send a body in chunks; without ``end``, the last chunk never comes."""

    def answer(handler: Handler) -> None:
        handler.head(200, {"Transfer-Encoding": "chunked"})
        for part in parts:
            handler.send(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        if end:
            handler.send(b"0\r\n\r\n")
        else:
            handler.close_connection = True

    return answer


def redirect(to: str, status: int = 302) -> Answer:
    """Send elsewhere."""
    return say(b"", status, Location=to)


def file(body: bytes, *, etag: str = '"v1"', breaks_at: int | None = None) -> Answer:
    """Serve a file with ranges as RFC 9110 has it: Range, If-Range, 206, 416.

    With ``breaks_at``, the connection breaks when that many bytes of the body are sent.
    """

    def answer(handler: Handler) -> None:
        start, stop, status, extra = 0, len(body), 200, {}
        wanted, condition = handler.headers.get("Range"), handler.headers.get("If-Range", etag)
        if wanted and condition == etag:
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            start, stop = int(first), min(int(last) + 1, len(body)) if last else len(body)
            if start >= len(body):
                handler.head(416, {"Content-Range": f"bytes */{len(body)}", "Content-Length": "0"})
                return
            status, extra = 206, {"Content-Range": f"bytes {start}-{stop - 1}/{len(body)}"}
        headers = {"Content-Length": str(stop - start), "ETag": etag, "Accept-Ranges": "bytes"}
        handler.head(status, headers | extra)
        handler.send(body[start:stop][:breaks_at])
        handler.close_connection = breaks_at is not None

    return answer
