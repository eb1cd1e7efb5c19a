"""Which web addresses may be asked, and how they are shown to people."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests

from sitesel.errors import FetchError, printable

Params = Mapping[str, str | int | float]

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class PrivateError(Exception):
    """A connection that ended at a private address (no OSError: the pool would ask again)."""


def shown(url: str) -> str:
    """Return an address fit for messages: no user, no password, no values of the query.

    Examples
    --------
    >>> shown("https://me:pw@data.example/rows.json?token=abc&limit=5#x")
    'https://data.example/rows.json?token=…&limit=…'
    """
    try:
        parts = urlsplit(url)
        names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "an address that cannot be read"
    query = "?" + "&".join(f"{name}=…" for name in names) if names else ""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    return printable(f"{parts.scheme}://{host}{port}{parts.path}{query}")


def private(address: str) -> bool:
    """Say whether an IP address is one that the public internet does not reach.

    Addresses that carry another one inside (mapped, 6to4, NAT64) are judged by both.

    Examples
    --------
    >>> [private(ip) for ip in ("10.1.2.3", "169.254.169.254", "::1", "::ffff:127.0.0.1")]
    [True, True, True, True]
    >>> [private(ip) for ip in ("1.1.1.1", "2606:4700::1111")]
    [False, False]
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if not ip.is_global or ip.is_multicast:
        return not (mapped := getattr(ip, "ipv4_mapped", None)) or private(str(mapped))
    inner = getattr(ip, "sixtofour", None)
    if ip.version == 6 and ip in _NAT64:  # noqa: PLR2004
        inner = ipaddress.ip_address(int(ip) & 0xFFFFFFFF)
    return inner is not None and private(str(inner))


def resolve(host: str) -> list[str]:
    """Return the IP addresses of a host; none if its name is not known here.

    Examples
    --------
    >>> resolve("127.0.0.1")
    ['127.0.0.1']
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [str(entry[4][0]) for entry in found]


def is_private(url: str) -> bool:
    """Say whether any of the IP addresses that a web address resolves to is private."""
    host = urlsplit(url).hostname
    return bool(host) and any(private(address) for address in resolve(str(host)))


def check(url: str, *, allow_private: bool, by: str | None = None) -> None:
    """Refuse an address that is no web address, or that leads into a private network.

    ``by`` is the address that redirected there.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise FetchError(f"{shown(url)}: not a web address; it must begin with https:// or http://")
    if not allow_private and is_private(url):
        raise FetchError(refusal(url, by))


def refusal(url: str, by: str | None = None) -> str:
    """Return the words that refuse a private address."""
    if by:
        return f"{shown(by)}: redirects into a private network, to {shown(url)}; not followed"
    return (
        f"{shown(url)}: leads to an address of a private network, which is not asked; "
        "if this server is your own, say --allow-private"
    )


def redirected(url: str, location: str | None) -> str:
    """Return where a redirect leads; one that leaves the web, or leaves https, is refused.

    Examples
    --------
    >>> redirected("https://data.example/a", "/b?x=1")
    'https://data.example/b?x=1'
    >>> redirected("https://data.example/a", "file:///etc/hosts")
    Traceback (most recent call last):
        ...
    sitesel.errors.FetchError: https://data.example/a: redirects to file:, which is ...
    """
    if not location:
        raise FetchError(f"{shown(url)}: redirects to nowhere; tell the publisher")
    try:
        target = urljoin(url, location)
        old, new = urlsplit(url).scheme, urlsplit(target).scheme
    except ValueError:
        raise FetchError(f"{shown(url)}: redirects to what is no address") from None
    if new not in ("http", "https") or (old == "https" and new == "http"):
        raise FetchError(
            f"{shown(url)}: redirects to {printable(new)}:, which is not followed; "
            "put the publisher's present address into fetch.url"
        )
    return target


def same_origin(one: str, other: str) -> bool:
    """Say whether two addresses are of one server: same scheme, host and port."""
    pairs = [(parts.scheme, parts.hostname, parts.port) for parts in map(urlsplit, (one, other))]
    return pairs[0] == pairs[1]


def asking(url: str, params: Params | None) -> str:
    """Return an address with a query added.

    Examples
    --------
    >>> asking("https://data.example/q?f=json", {"where": "a = 1"})
    'https://data.example/q?f=json&where=a+%3D+1'
    """
    try:
        return str(requests.Request("GET", url, params=dict(params or {})).prepare().url)
    except (requests.RequestException, ValueError):
        raise FetchError(f"{shown(url)}: not a web address; it must begin with https://") from None
