"""How web servers are asked: patiently, politely, and with distrust."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import requests
from urllib3.exceptions import HTTPError, ProtocolError

from sitesel import __version__
from sitesel.catalog.sources import addresses, failures
from sitesel.catalog.sources.addresses import Params, PrivateError, shown
from sitesel.catalog.sources.failures import PassingError
from sitesel.catalog.sources.halves import Half, version_of
from sitesel.catalog.sources.lines import GuardedAdapter, Line, pieces
from sitesel.catalog.sources.replies import Reply, Report, Saved, State, silent
from sitesel.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

T = TypeVar("T")
Headers = Mapping[str, str]

_AGENT = f"sitesel/{__version__} (+site selection; contact the operator of this copy)"
_REDIRECTS = 5
_IN_MEMORY, _PROGRESS = 2**29, 2**20
_LONGEST_WAIT = 300.0
_PART, _NO_HEAD = 206, (403, 405, 501)
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_PLAIN = {"Accept-Encoding": "identity"}


class Client:
    """Asks web servers politely: time-outs, retries, limits, no private addresses.

    Parameters
    ----------
    offline
        Ask nobody; every call is a `FetchError`.
    private
        Let addresses of the catalogue lead into a private network. A redirect from a public
        server into one is refused all the same.
    retries
        How often more what may pass is asked again: 429, 5xx, time-outs, cut connections.
    timeout
        Seconds to connect, and seconds in which an answer must move on.
    pause
        Seconds before the first retry; doubled each time, with jitter.
    largest
        Bytes that a body may have at most.

    Examples
    --------
    >>> Client(offline=True).json("https://data.example/rows.json?token=abc")
    Traceback (most recent call last):
        ...
    sitesel.errors.FetchError: https://data.example/rows.json?token=…: not asked, ...
    """

    def __init__(  # noqa: PLR0913 (each is a matter of its own)
        self,
        *,
        offline: bool = False,
        private: bool = False,
        retries: int = 4,
        timeout: tuple[float, float] = (10, 60),
        pause: float = 1.0,
        largest: int = 4 * 2**30,
        seed: int | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.offline, self.private = offline, private
        self._retries, self._timeout, self._pause = retries, timeout, pause
        self._largest, self._sleep = largest, sleep
        self._random = random.Random(seed)  # noqa: S311 (jitter is no secret)
        self._session = requests.Session()
        self._session.headers["User-Agent"] = _AGENT
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, GuardedAdapter())

    def get(self, url: str, params: Params | None = None, headers: Headers | None = None) -> Reply:
        """Return a whole answer, which must fit into memory."""
        whole = addresses.asking(url, params)
        return self._patiently(lambda: self._reply(whole, headers))

    def json(self, url: str, params: Params | None = None, headers: Headers | None = None) -> Any:
        """Return what an answer in JSON means; a page or a broken text is asked for again."""
        whole = addresses.asking(url, params)

        def once() -> Any:
            reply = self._reply(whole, {"Accept": "application/json, */*"} | dict(headers or {}))
            failures.refuse_page(whole, reply.content)
            try:
                return json.loads(reply.content)
            except ValueError as error:
                raise failures.no_json(whole, error) from None

        return self._patiently(once)

    def download(
        self, url: str, to: Path, *, sha256: str | None = None, report: Report = silent
    ) -> Saved:
        """Bring a file to ``to``; what a broken run left in ``to``.part is not asked for again.

        The file takes its place only when it is whole and, with ``sha256``, the one that is meant.
        """
        try:
            half = Half(to, url)
            self._patiently(lambda: self._more(url, half, report), half.size)
            half.finish(sha256)
        except FetchError:
            raise
        except OSError as error:
            raise FetchError(f"{to}: cannot be written: {error.strerror}; make room") from None
        return Saved(to, half.version)

    def version(self, url: str) -> str | None:
        """Return the publisher's version of a file, without reading it."""
        return version_of(self._patiently(lambda: self._head(url)))

    def state(self, url: str) -> State:
        """Return the publisher's version of a file and its bytes, without reading it."""
        headers = self._patiently(lambda: self._head(url))
        length = headers.get("Content-Length", "")
        if not length.isdigit():
            return State(version_of(headers), self._patiently(lambda: self._range(url, 0, 1))[1])
        return State(version_of(headers), int(length))

    def read(self, url: str, start: int, length: int) -> bytes:
        """Return bytes from the middle of a file: fewer than ``length`` only at its end."""
        return self._patiently(lambda: self._range(url, start, length))[0] if length > 0 else b""

    def wait(self, attempt: int, seconds: float | None = None) -> None:
        """Wait before asking once more: as long as the server said, else longer each time."""
        backoff = self._pause * 2**attempt * self._random.uniform(0.5, 1.5)
        self._sleep(min(backoff if seconds is None else max(seconds, self._pause), _LONGEST_WAIT))

    def _patiently(self, once: Callable[[], T], arrived: Callable[[], int] = int) -> T:
        """Ask until it works; a download that moves on each time is not given up."""
        attempt, before = 0, arrived()
        while True:
            try:
                return once()
            except PassingError as error:
                if arrived() > before + _PROGRESS:
                    attempt, before = 0, arrived()
                if error.wait is not None and error.wait > _LONGEST_WAIT:
                    raise FetchError(f"{error}; fetch again in {error.wait:.0f} s") from None
                if attempt == self._retries:
                    times = f"asked {attempt + 1} times; " if attempt else ""
                    raise FetchError(f"{error}; {times}try again later") from None
                self.wait(attempt, error.wait)
                attempt += 1

    @contextmanager
    def _asked(
        self, method: str, url: str, headers: Headers | None, *, whole: bool = True
    ) -> Iterator[tuple[requests.Response, Line]]:
        """Ask once and follow redirects; whatever goes wrong, in the body too, is a FetchError."""
        if self.offline:
            raise FetchError(
                f"{shown(url)}: not asked, because sitesel is offline; run again without --offline"
            )
        allowed = self.private and addresses.is_private(url)
        with Line(*self._timeout, allow_private=allowed) as line:
            try:
                response, url = self._follow(method, url, headers, allow_private=allowed)
                with response:
                    if line.hung_up:
                        raise ProtocolError
                    if whole:
                        failures.refuse_status(url, response)
                    yield response, line
            except PrivateError:
                raise FetchError(addresses.refusal(url)) from None
            except (requests.RequestException, HTTPError) as error:
                raise failures.told(url, error, hung_up=line.hung_up) from None

    def _follow(
        self, method: str, url: str, headers: Headers | None, *, allow_private: bool
    ) -> tuple[requests.Response, str]:
        here, mine = url, dict(headers or {})
        for _ in range(_REDIRECTS + 1):
            addresses.check(here, allow_private=allow_private, by=url if here != url else None)
            response = self._session.request(
                method,
                here,
                headers=mine,
                timeout=self._timeout,
                stream=True,
                allow_redirects=False,
            )
            if not 300 <= response.status_code < 400:  # noqa: PLR2004
                return response, here
            response.close()
            there = addresses.redirected(here, response.headers.get("Location"))
            if not addresses.same_origin(here, there):  # a token is for one server only
                mine = failures.harmless(mine)
            here = there
        raise FetchError(
            f"{shown(url)}: redirects more than {_REDIRECTS} times, the last time to "
            f"{shown(here)}; put the publisher's present address into fetch.url"
        )

    def _reply(self, url: str, headers: Headers | None) -> Reply:
        with self._asked("GET", url, headers) as (response, line):
            body = b"".join(pieces(response, line, min(self._largest, _IN_MEMORY)))
            return Reply(body, response.headers)

    def _head(self, url: str) -> Mapping[str, str]:
        with self._asked("HEAD", url, _PLAIN, whole=False) as (response, _):
            if response.status_code not in _NO_HEAD:
                failures.refuse_status(url, response)
                return response.headers
        with self._asked("GET", url, _PLAIN) as (response, _):
            return response.headers

    def _range(self, url: str, start: int, length: int) -> tuple[bytes, int]:
        headers = _PLAIN | {"Range": f"bytes={start}-{start + length - 1}"}
        with self._asked("GET", url, headers) as (response, line):
            stated = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
            if response.status_code != _PART or not stated:
                raise FetchError(
                    f"{shown(url)}: the server does not send parts of a file; download the whole "
                    "file instead (protocol: download), and add it as your own"
                )
            first, last, total = (int(each) for each in stated.groups())
            body = b"".join(pieces(response, line, length))
            if (
                first != start
                or last - first + 1 != len(body)
                or last != min(start + length, total) - 1
            ):
                raise PassingError(f"{shown(url)}: sends another part of the file than was asked")
            return body, total

    def _more(self, url: str, half: Half, report: Report) -> None:
        """Ask for what is missing of a file."""
        had, headers = half.asking()
        with self._asked("GET", url, _PLAIN | headers, whole=False) as (response, line):
            code, stated = response.status_code, response.headers
            if not half.stale(had, code, stated):
                failures.refuse_status(url, response)
                if code != _PART:
                    half.begin(stated)
                elif not had:
                    raise PassingError(f"{shown(url)}: sends a part, but the whole was asked for")
                self._write(response, line, half, report)
                return
        half.drop()
        self._more(url, half, report)

    def _write(self, response: requests.Response, line: Line, half: Half, report: Report) -> None:
        length, done = response.headers.get("Content-Length", ""), half.size()
        total = done + int(length) if length.isdecimal() else None
        try:
            with half.part.open("ab") as file:
                for piece in pieces(response, line, self._largest - done):
                    file.write(piece)
                    done += len(piece)
                    report("bytes", done, total)
            failures.refuse_page(response.url, half.head())
        except FetchError:  # too large, or no file at all: nothing to go on with
            half.drop()
            raise
