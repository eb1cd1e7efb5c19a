"""PostGIS: one query with bound values, read-only, its rows in chunks."""

from __future__ import annotations

import os
import re
import socket
from contextlib import contextmanager
from threading import Timer
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from sitesel.catalog.sources.database import address_of, connected
from sitesel.catalog.sources.database_rows import chunk, columns_of, crs_of, settled
from sitesel.catalog.sources.request import Answer, silent
from sitesel.errors import FetchError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from psycopg import Connection

    from sitesel.catalog.definition import Fetched
    from sitesel.catalog.sources.request import Request
    from sitesel.catalog.sources.specs import PostGIS
    from sitesel.catalog.sources.web import Client

CHUNK = 5_000
_PATIENCE = 600  # seconds a statement may take where the server or the user states no limit
_GRACE = 30  # seconds after that limit until a silent server is given up
_WORLD = (-180.0, -90.0, 180.0, 90.0)
_EDGES = ("west", "south", "east", "north")
_PIECES = re.compile(  # in texts, names and comments a colon is a colon
    r"""[eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | "(?:[^"]|"")*"
    | --[^\n]* | /\*.*?\*/ | \$(?P<tag>|[A-Za-z_]\w*)\$.*?\$(?P=tag)\$
    | :: | (?<!\w):(?P<name>[A-Za-z_]\w*)""",
    re.VERBOSE | re.DOTALL,
)


def version(
    source: PostGIS,  # noqa: ARG001 (as all protocols)
    client: Client,  # noqa: ARG001
    _: Fetched | None = None,
) -> str | None:
    """Return None: a database does not say when its rows were last changed."""
    return None


def fetch(source: PostGIS, request: Request) -> Answer:
    """Read the rows of a query.

    The connection is what the environment variable ``source.dsn`` holds. ``:west``, ``:south``,
    ``:east`` and ``:north`` in the SQL are the request's box, or the world.

    Raises
    ------
    FetchError
        The variable is not set, the client is offline, or as `read` says.
    """
    if request.client.offline:
        raise FetchError(f"{source.dsn}: this database is not asked while offline; go online")
    address = address_of(source.dsn)
    asked = named(source.sql)
    box = dict(zip(_EDGES, request.box or _WORLD, strict=True))
    parameters = {name: edge for name, edge in box.items() if name in asked} | source.parameters
    codes = {*source.text, *(source.fields.get(name, name) for name in source.text)}
    frame = read(
        address,
        source.sql,
        parameters,
        geometry=source.geometry,
        text=codes,
        report=request.report,
    )
    return Answer(frame)


def read(
    address: str,
    sql: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    geometry: str | None = None,
    text: Collection[str] = (),
    report: Callable[[str, int, int | None], None] = silent,
) -> gpd.GeoDataFrame | pd.DataFrame:
    """Read the rows of one SELECT in a transaction that can change nothing.

    Parameters
    ----------
    address
        ``postgresql://user@host/database``; the password may come from PGPASSWORD or .pgpass.
    sql
        One SELECT; ``:name`` stands for a parameter.
    parameters
        The value of each; the server gets them apart from the SQL.
    geometry
        The column of the shapes, where the answer has several.
    text
        Columns of numbers that are codes, to be read as text.
    report
        Told ``"rows"``, how many there are by now, and None.

    Returns
    -------
    Features in the CRS of their SRID, in a column ``geometry``; a plain table where the answer has
    no geometry. Numbers and booleans are such (NA where NULL), all else is text as PostgreSQL
    writes it.

    Raises
    ------
    FetchError
        The database cannot be reached, refuses, takes too long or lacks something; a parameter is
        missing; or the shapes have no SRID, or several.
    """
    query, values = _bound(sql, parameters or {})
    with connected(address, read_only=True) as base:
        limit, shapes = _limit(base), _shape_types(base)
        _as_written(base)
        with base.cursor(name="sitesel") as cursor, _within(base, limit):
            cursor.execute(query, values)
            columns = columns_of(base, cursor.description or [], shapes, geometry)
            parts: list[pd.DataFrame] = []
            done, got = 0, CHUNK
            while got == CHUNK:
                with _within(base, limit):
                    rows = cursor.fetchmany(CHUNK)
                parts.append(chunk(rows, columns, text))
                got = len(rows)
                done += got
                report("rows", done, None)
        table = settled(pd.concat(parts, ignore_index=True))
        if columns.shape is None:
            return table
        crs = crs_of(base, table["geometry"].to_numpy(object), columns.names[columns.shape])
    return gpd.GeoDataFrame(table, geometry="geometry", crs=crs)


def named(sql: str) -> list[str]:
    """Return the parameters that a query names.

    Examples
    --------
    >>> named("SELECT code::text FROM lots WHERE kv >= :kv AND note <> ':no' -- :nor")
    ['kv']
    """
    return list(dict.fromkeys(each["name"] for each in _PIECES.finditer(sql) if each["name"]))


def _bound(sql: str, parameters: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the query as the driver writes it, with the value of each name in it.

    >>> _bound("SELECT 7 % 5 WHERE a > :least", {"least": 3})
    ('SELECT 7 %% 5 WHERE a > %(least)s', {'least': 3})
    """
    asked = named(sql)
    for name in asked:
        if name not in parameters:
            hint = did_you_mean(name, [*parameters, *_EDGES])
            raise FetchError(f"sql: ':{name}' has no value; add it under parameters ({hint})")
    for name, value in parameters.items():
        if name not in asked:
            hint = did_you_mean(name, asked) if asked else "it names none"
            raise FetchError(f"parameters.{name}: the SQL has no ':{name}'; {hint}")
        if isinstance(value, dict):
            raise FetchError(f"parameters.{name}: write a text, a number, a date or a list")
    query = _PIECES.sub(
        lambda piece: f"%({piece['name']})s" if piece["name"] else piece[0], sql.replace("%", "%%")
    )
    return query, dict(parameters)


def _limit(base: Connection[Any]) -> float:
    """Return the seconds that a statement may take, the user's own limit before ours."""
    row = base.execute(
        "SELECT setting::bigint FROM pg_settings WHERE name = 'statement_timeout'"
    ).fetchone()
    if row and row[0]:
        return float(row[0]) / 1000
    base.execute(f"SET LOCAL statement_timeout = '{_PATIENCE}s'")
    return _PATIENCE


def _shape_types(base: Connection[Any]) -> dict[int, str]:
    """Return the types that are shapes by their numbers, which differ between databases."""
    return dict(
        base.execute(
            "SELECT oid, typname FROM pg_type WHERE typname IN ('geometry', 'geography') "
            "AND typtype = 'b' AND typelem = 0"
        ).fetchall()
    )


def _as_written(base: Connection[Any]) -> None:
    """Have each value as the server writes it: codes keep their zeros, dates are ISO days."""
    from psycopg.types.string import TextLoader  # noqa: PLC0415 (an extra)

    base.execute("SET LOCAL datestyle = 'ISO'")
    base.execute("SET LOCAL extra_float_digits = 1")  # as many as tell a number from the next
    for known in base.adapters.types:
        for number in filter(None, (known.oid, known.array_oid)):
            base.adapters.register_loader(number, TextLoader)


@contextmanager
def _within(base: Connection[Any], seconds: float) -> Iterator[None]:
    """Cut the line to a server that says nothing any more; libpq would wait for ever."""

    def cut() -> None:
        with socket.socket(fileno=os.dup(base.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)

    timer = Timer(seconds + _GRACE, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
