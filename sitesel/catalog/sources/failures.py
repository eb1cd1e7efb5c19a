"""What can go wrong with a web server, told in one sentence, and whether it may pass."""

from __future__ import annotations

import re
import ssl
import time
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import requests
from urllib3 import exceptions as pool

from sitesel.catalog.sources.addresses import shown
from sitesel.errors import FetchError, SiteselError, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_STRANGE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?(?>\s|<!--.*?-->)*+<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_REMEDIES = {
    401: "the publisher wants a key or an account; see the definition's fetch and source_url",
    403: "the publisher refuses; a key may be missing, or programs are not welcome there",
    404: "nothing is there any more; look up the present address and put it into fetch.url",
    410: "nothing is there any more; look up the present address and put it into fetch.url",
    416: "the file is shorter than what was asked of it",
}
_PASSING = {408, 425, 429}
_ABSENT = {404, 410}


class PassingError(FetchError):
    """What may be over when it is asked again, after ``wait`` seconds if the server said so."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class AbsentError(FetchError):
    """What is not there, says the server: status 404 or 410."""


def retry_after(value: str | None) -> float | None:
    """Return the seconds that a Retry-After header asks for: a number, or a date to come.

    Examples
    --------
    >>> retry_after("7"), retry_after("Thu, 01 Jan 1970 00:00:00 GMT"), retry_after("soon")
    (7.0, 0.0, None)
    """
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


def refuse_status(url: str, response: requests.Response) -> None:
    """Raise unless the server says that all is well."""
    code = response.status_code
    if code < 400:  # noqa: PLR2004
        return
    words = f"{shown(url)}: the server answers {code} {printable(response.reason or '')}".rstrip()
    if code in _PASSING or code >= 500:  # noqa: PLR2004
        raise PassingError(words, retry_after(response.headers.get("Retry-After")))
    said = _said(response)
    kind = AbsentError if code in _ABSENT else FetchError
    raise kind(f"{words}{said}: {_REMEDIES.get(code, 'it does not accept the question')}")


def _said(response: requests.Response) -> str:
    """Quote how a server explains itself, without any value that it was sent."""
    text = next(response.iter_content(1000), b"").decode("utf-8", "replace")
    if not text.strip() or text.lstrip().startswith("<"):
        return ""
    request = response.request
    sent = [value for _, value in parse_qsl(urlsplit(request.url or "").query)]
    for secret in sorted({*sent, *map(str, request.headers.values())}, key=len, reverse=True):
        if len(secret) > 3:  # noqa: PLR2004
            text = text.replace(secret, "…")
    return f' ("{printable(" ".join(text.split()))[:200]}")'


def refuse_page(url: str, start: bytes) -> None:
    """Raise if a body is a web page: many servers excuse themselves so, with status 200."""
    if _PAGE.match(start[:2000]):
        title = re.search(rb"<title[^>]*>(.*?)</title>", start[:20_000], re.IGNORECASE | re.DOTALL)
        words = (
            printable(" ".join(title[1].decode("utf-8", "replace").split()))[:80] if title else ""
        )
        raise PassingError(
            f"{shown(url)}: answers with a web page instead of data"
            + (f', titled "{words}"' if words else "")
        )


def no_json(url: str, error: ValueError) -> PassingError:
    """Return what is wrong with an answer that is no JSON, or whose end is missing."""
    where = getattr(error, "pos", None)
    place = "" if where is None else f" (it breaks off or is damaged after {where:,} characters)"
    return PassingError(f"{shown(url)}: answers with something that is not JSON{place}")


def told(url: str, error: Exception, *, hung_up: bool) -> FetchError:
    """Say what an exception of the network means; its own words may hold the whole address."""
    here, causes = shown(url), list(_causes(error))
    if hung_up:
        return PassingError(f"{here}: the server stopped sending before the end")
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return FetchError(
                f"{here}: the server cannot prove who it is ({cause.verify_message}), so nothing "
                "was read from it; check the date of this computer, else tell the publisher"
            )
    for kinds, words in _MEANINGS:
        if any(isinstance(cause, kinds) for cause in causes):
            return PassingError(f"{here}: {words}")
    return FetchError(f"{here}: cannot be asked ({type(error).__name__}); check the address")


_MEANINGS: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((pool.NameResolutionError,), "no such server is known; check the network and the address"),
    ((requests.ConnectTimeout, pool.ConnectTimeoutError), "the server cannot be reached in time"),
    ((requests.ReadTimeout, pool.ReadTimeoutError, TimeoutError), "the server does not answer"),
    ((pool.NewConnectionError,), "the server cannot be reached; check the network"),
    ((pool.ProxyError,), "the proxy of this network does not let it through"),
    ((ssl.SSLError, pool.SSLError), "the encrypted connection broke"),
    ((pool.DecodeError, requests.exceptions.ContentDecodingError), "the answer is damaged"),
    ((pool.ProtocolError, requests.ConnectionError, OSError), "the connection was cut"),
)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Go through an exception and all that it wraps."""
    seen: list[BaseException] = [error]
    for each in seen:
        yield each
        inner = [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
        seen += [one for one in inner if isinstance(one, BaseException) and one not in seen]


def harmless(headers: Mapping[str, str]) -> dict[str, str]:
    """Keep the headers that may go to another server: those that can hold no key."""
    kept = {"accept", "accept-encoding", "range", "if-range"}
    return {name: value for name, value in headers.items() if name.lower() in kept}


@contextmanager
def strange_answers(where: str) -> Iterator[None]:
    """Turn whatever else goes wrong with a stranger's answer into a `FetchError`.

    Each protocol tells the flaws that its servers are known for; these are all the others, such
    as a list where a number should be.
    """
    try:
        yield
    except SiteselError:
        raise
    except _STRANGE as error:
        said = printable(f"{type(error).__name__}: {error}")[:200]
        raise FetchError(
            f"{where}: what came is not in the form that its protocol has ({said}); nothing is "
            "kept. Try again later, or tell the publisher"
        ) from error
