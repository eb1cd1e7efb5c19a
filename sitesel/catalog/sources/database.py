"""A connection to PostgreSQL: its errors say what would mend them, and never show a secret."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sitesel.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType

    from psycopg import Connection, Error

_SETTINGS = {
    "connect_timeout": "10",
    "client_encoding": "UTF8",
    "application_name": "sitesel",
    "keepalives_idle": "30",  # a cable that was pulled is noticed
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}
_HOW = "write it as postgresql://user@host/database"
_PASSWORD = "set PGPASSWORD, or add the password to the file .pgpass in your home folder"  # noqa: S105
_ADMITTED = (  # what a server or the driver says before there is a connection
    ("password authentication failed", f"the user or the password is wrong; {_PASSWORD}"),
    ("no password supplied", f"a password is asked for; {_PASSWORD}"),
    (r"database .* does not exist", "there is no such database; check the address"),
    (r"role .* does not exist", "there is no such user; check the address"),
    ("no pg_hba.conf entry", "the server does not admit this user from this machine; ask its host"),
    ("could not translate|not known|resolve", "the name of the host is not known; check it"),
    ("too many", "the server has too many connections; try again later"),
    ("starting up|shutting down|recovery mode", "the server is not ready; try again in a minute"),
    (
        "refused|No such file|timeout|timed out|unreachable|No route",
        "no server answers there; check host and port, and whether it runs and the VPN is up",
    ),
    ("SSL|certificate", "no safe connection; check sslmode and sslrootcert of the address"),
)
_REMEDIES = {  # by SQLSTATE
    "25006": "only reading is allowed here: write a SELECT that changes nothing, and write to a "
    "server that takes changes",
    "2BP01": "something of yours rests on these tables, a view perhaps; remove it first, or write "
    "to another schema",
    "42501": "ask the owner for the right: GRANT SELECT to read a table, GRANT CREATE to write to "
    "a schema or to make one",
    "42601": "write one SELECT (or WITH ... SELECT) and nothing after it",
    "42883": "check the name and the types; a function of PostGIS needs CREATE EXTENSION postgis",
    "42704": "check the name; a type of PostGIS needs CREATE EXTENSION postgis",
    "42P01": "check the name of the table and its schema",
    "42703": "check the names of the columns",
    "55P03": "somebody works with these tables; close them in other programs and try again",
    "57014": "the statement took too long or was stopped; ask for fewer rows, or allow more time: "
    "ALTER ROLE ... SET statement_timeout",
    "22P05": "the database cannot hold these letters; make it with ENCODING 'UTF8'",
    "53100": "the disk of the server is full",
    "42939": "choose another name with --schema",
}
_LOST = "the connection broke, or the server did not answer in time; try again"


def address_of(variable: str) -> str:
    """Return the connection that an environment variable holds.

    Raises
    ------
    FetchError
        The variable is not set.
    """
    address = os.environ.get(variable, "").strip()
    if not address:
        raise FetchError(
            f"{variable}: this environment variable is to hold the database, and is not set: "
            f"export {variable}=postgresql://user@host/database"
        )
    return address


def place_of(address: str) -> str:
    """Say where an address leads: database and host, and nothing else of it.

    Raises
    ------
    FetchError
        It is no address of a PostgreSQL database, or psycopg is not installed.

    Examples
    --------
    >>> place_of("postgresql://ana:secret@db.example.org/gis")
    "database 'gis' at db.example.org"
    """
    return _place(_parts(address, driver()))


def driver() -> ModuleType:
    """Return psycopg; without it, say how to install it."""
    try:
        import psycopg  # noqa: PLC0415 (an extra)
    except ImportError:
        raise FetchError(
            'PostGIS needs a package that is not installed: pip install "psycopg[binary]"'
        ) from None
    return psycopg


@contextmanager
def connected(address: str, *, read_only: bool = False) -> Iterator[Connection[Any]]:
    """Open a database for one transaction, kept only if all goes well.

    Parameters
    ----------
    address
        ``postgresql://user@host/database`` or libpq's ``key=value`` pairs. What is left out comes
        from libpq's own places: PGPASSWORD, .pgpass, PGSERVICE.
    read_only
        Whether the server is to refuse every change.

    Raises
    ------
    FetchError
        Whatever goes wrong with the database, with its name and host and a remedy.
    """
    psycopg = driver()
    parts = _parts(address, psycopg)
    base: Connection[Any] | None = None
    try:
        with psycopg.connect(**_SETTINGS | parts) as base:
            base.read_only = read_only or None  # None: as the server has it
            yield base
    except psycopg.Error as error:
        said = _refused(error) if base is None else _failed(error, psycopg)
        hidden = [parts.get("password", ""), os.environ.get("PGPASSWORD", "")]
        hidden += [parts.get("user", "")] if base is None else []
        raise FetchError(f"{_place(parts)}: {_without(said, hidden)}") from None


def _parts(address: str, psycopg: ModuleType) -> dict[str, str]:
    """Return what an address says; one that cannot be read is not shown, for it holds secrets."""
    try:
        parts: Mapping[str, Any] = psycopg.conninfo.conninfo_to_dict(address)
    except psycopg.Error:
        parts = {}
    found = {key: str(value) for key, value in parts.items()}
    # A password with @ or / in it, not written as %40 or %2F, spills over into these.
    spilt = any("@" in found.get(key, "") for key in ("host", "dbname", "port"))
    if not found or spilt or not re.fullmatch(r"[\d,]*", found.get("port", "")):
        raise FetchError(
            f"the address of the database cannot be read; {_HOW}, and letters like @ / : % in a "
            "password as %40 %2F %3A %25"
        )
    return found


def _place(parts: Mapping[str, str]) -> str:
    name = parts.get("dbname") or os.environ.get("PGDATABASE")
    host = parts.get("host") or parts.get("hostaddr") or os.environ.get("PGHOST")
    if parts.get("service") and not host:
        host = f"the service '{parts['service']}'"
    named = f"database '{name}'" if name else "the user's own database"
    return f"{named} at {host or 'this machine'}"


def _refused(error: Error) -> str:
    """Say why there is no connection; a server may say it in its own language."""
    lines = [line.rpartition("FATAL:")[2].strip() for line in str(error).splitlines()]
    said = re.sub(r"\"[^\"]*\"|'[^']*'", "", str(error))  # a host may be called ssl
    for pattern, remedy in _ADMITTED:
        if re.search(pattern, said, re.IGNORECASE):
            return remedy
    return f"no connection: {lines[0]}; check the address, the user, the password and the server"


def _failed(error: Error, psycopg: ModuleType) -> str:
    """Say what a statement met with."""
    state = error.sqlstate or ""
    lost = not state and isinstance(error, psycopg.OperationalError)
    if lost or state.startswith(("08", "57P")):
        return _LOST
    said = error.diag.message_primary or str(error)
    detail = f" ({error.diag.message_detail})" if error.diag.message_detail else ""
    remedy = _REMEDIES.get(state, "check the SQL, its parameters and the data")
    return f"{said}{detail}: {remedy}"


def _without(text: str, hidden: list[str]) -> str:
    """Return a text in which no secret occurs, plain or as it is written in an address.

    >>> _without("user ana, password p@ss or p%40ss", ["p@ss", ""])
    'user ana, password *** or ***'
    """
    for secret in filter(None, hidden):
        for form in (secret, quote(secret, safe="")):
            text = text.replace(form, "***")
    return text
