"""A run written to PostGIS: all its tables in one transaction, or nothing."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pandas.api import types

from sitesel.ask.run_tables import NAMES, tables
from sitesel.catalog.sources.database import connected, driver, place_of
from sitesel.errors import SiteselError
from sitesel.study import silent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from psycopg import Connection
    from psycopg.sql import Composable, Identifier

    from sitesel.ask.run_tables import Table
    from sitesel.study import Report, Run

SHAPE = "geom"
_SRID = 4326
_MARK = "sitesel: "  # begins the comment of every table of ours; only those are ever replaced
_LONGEST = 63  # bytes of a name; PostgreSQL would cut it without a word
_SYSTEM = {"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid", SHAPE, ""}
_BLOCK = 5000  # rows at a time
_PATIENCE = "30s"


class ExportError(SiteselError, ValueError):
    """A run that cannot be written where it is asked to."""


def export(
    run: Run,
    address: str,
    *,
    schema: str = "sitesel",
    replace: bool = False,
    cells: bool = False,
    report: Report = silent,
) -> dict[str, int]:
    """Write a run's tables to a database with PostGIS; return how many rows each has.

    Parameters
    ----------
    run
        A finished run.
    address
        ``postgresql://user@host/database``; the password may come from PGPASSWORD or .pgpass.
    schema
        Where the tables go; it is made if it is not there.
    replace
        Whether tables of an earlier export may be replaced. Others never are.
    cells
        Whether all candidates are written too.
    report
        Told table, rows written, rows in all.

    Raises
    ------
    ExportError
        The schema's name cannot be used, tables are in the way, or PostGIS is missing.
    FetchError
        The database cannot be reached or refuses; what was there is there still.
    """
    if not schema or len(schema.encode("utf-8", "replace")) > _LONGEST or not schema.isprintable():
        raise ExportError(f"--schema: '{schema[:_LONGEST]}': write a name of 1 to 63 letters")
    where, done = place_of(address), {}
    with connected(address) as base:
        kind = _prepare(base, schema, where, replace=replace)
        for table in tables(run, cells=cells):
            _create(base, schema, table, kind)
            for rows in _fill(base, schema, table):
                report(table.name, rows, len(table.frame))
            _finish(base, schema, table)
            done[table.name] = len(table.frame)
    return done


def _prepare(base: Connection[Any], schema: str, where: str, *, replace: bool) -> Identifier:
    """Make room for the tables; return the type of shapes, which may live in any schema."""
    sql = driver().sql
    base.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
    found = base.execute(
        "SELECT nspname FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace "
        "WHERE extname = 'postgis'"
    ).fetchone()
    if not found:
        raise ExportError(f"{where} has no PostGIS; its owner adds it: CREATE EXTENSION postgis")
    base.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"sitesel {schema}"])
    if not base.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema]).fetchone():
        base.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    there = dict(
        base.execute(
            "SELECT relname, coalesce(obj_description(c.oid, 'pg_class'), '') FROM pg_class c "
            "JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = %s AND relname = ANY(%s)",
            [schema, list(NAMES)],
        ).fetchall()
    )
    _may_go(there, schema, where, replace=replace)
    if there:
        names = [sql.Identifier(schema, name) for name in there]
        base.execute(sql.SQL("DROP TABLE {}").format(sql.SQL(", ").join(names)))
    kind: Identifier = sql.Identifier(found[0], "geometry")
    return kind


def _may_go(there: dict[str, str], schema: str, where: str, *, replace: bool) -> None:
    others = [name for name, comment in there.items() if not comment.startswith(_MARK)]
    if others:
        raise ExportError(
            f"{where}: schema '{schema}' has a table '{others[0]}' that sitesel did not write; "
            "choose another with --schema"
        )
    if there and not replace:
        raise ExportError(
            f"{where}: schema '{schema}' holds an earlier export ({', '.join(sorted(there))}); "
            "write over it with --replace, or choose another with --schema"
        )


def lawful(names: Iterable[str]) -> list[str]:
    """Return names that PostgreSQL takes as they are: none too long, none twice, none of its own.

    Examples
    --------
    >>> lawful(["score", "xmin", "geom", "score", "x" * 70])[:4]
    ['score', 'xmin_', 'geom_', 'score_']
    >>> len(lawful(["é" * 70])[0].encode())
    63
    """
    taken: dict[str, None] = {}
    for name in map(str, names):
        plain = name.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
        if len(plain.encode()) > _LONGEST:
            mark = hashlib.sha256(plain.encode()).hexdigest()[:8]
            plain = plain.encode()[: _LONGEST - 9].decode("utf-8", "ignore") + "_" + mark
        while plain in taken or plain in _SYSTEM:
            plain += "_"
        taken[plain] = None
    return list(taken)


def _columns(table: Table) -> dict[str, str]:
    """Return the name in the database of each column but the shape, by the frame's."""
    plain = [str(name) for name in table.frame if name != _shape_of(table.frame)]
    return dict(zip(plain, lawful(plain), strict=True))


def _shape_of(frame: pd.DataFrame) -> str | None:
    return str(frame.geometry.name) if isinstance(frame, gpd.GeoDataFrame) else None


def _kind(column: pd.Series[Any]) -> str:
    """Return the type that a column has in the database; classes and lists are text."""
    if types.is_bool_dtype(column):
        return "boolean"
    if types.is_integer_dtype(column):
        return "bigint"
    return "double precision" if types.is_float_dtype(column) else "text"


def _create(base: Connection[Any], schema: str, table: Table, kind: Identifier) -> None:
    sql = driver().sql
    names = _columns(table)
    parts: list[Composable] = [
        sql.SQL("{} {}").format(
            sql.Identifier(name),
            sql.SQL("jsonb" if old in table.json else _kind(table.frame[old])),
        )
        for old, name in names.items()
    ]
    if table.shape:
        typed = sql.SQL(f"({table.shape}, {_SRID})")
        parts.append(sql.SQL("{} {}{}").format(sql.Identifier(SHAPE), kind, typed))
    key = sql.SQL(", ").join(sql.Identifier(names[old]) for old in table.key)
    parts.append(sql.SQL("PRIMARY KEY ({})").format(key))
    parts += [
        sql.SQL("FOREIGN KEY ({}) REFERENCES {}").format(
            sql.Identifier(names[old]), sql.Identifier(schema, other)
        )
        for old, other in table.refers.items()
    ]
    here = sql.Identifier(schema, table.name)
    create = sql.SQL("CREATE TABLE {} ({})").format(here, sql.SQL(", ").join(parts))
    comment = sql.SQL("COMMENT ON TABLE {} IS {}").format(here, sql.Literal(_MARK + table.about))
    said = [create, comment, *_comments(schema, table, names)]
    base.execute(sql.SQL(";\n").join(said))  # one journey: a server may be far


def _comments(schema: str, table: Table, names: Mapping[str, str]) -> Iterator[Composable]:
    """Say what each column holds, and its whole name where that was too long."""
    sql = driver().sql
    for old, name in names.items():
        said = table.said.get(old) or ("" if old == name else old)
        if said:
            column = sql.Identifier(schema, table.name, name)
            text = sql.Literal(_text(said))
            yield sql.SQL("COMMENT ON COLUMN {} IS {}").format(column, text)


def _fill(base: Connection[Any], schema: str, table: Table) -> Iterator[int]:
    """Stream the rows; yield how many have gone."""
    sql = driver().sql
    names, frame = _columns(table), table.frame
    into = [sql.Identifier(name) for name in [*names.values(), *([SHAPE] if table.shape else [])]]
    copy = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(schema, table.name), sql.SQL(", ").join(into)
    )
    with base.cursor() as cursor, cursor.copy(copy) as stream:
        for start in range(0, len(frame), _BLOCK):
            block = frame.iloc[start : start + _BLOCK]
            columns = [_values(block[old]) for old in names]
            if table.shape and isinstance(block, gpd.GeoDataFrame):
                columns.append(_shapes(block.geometry.to_numpy()))
            for row in zip(*columns, strict=True):
                stream.write_row(row)
            yield min(start + _BLOCK, len(frame))


def _finish(base: Connection[Any], schema: str, table: Table) -> None:
    sql = driver().sql
    here = sql.Identifier(schema, table.name)
    if table.shape:
        index = sql.SQL("CREATE INDEX ON {} USING gist ({})")
        base.execute(index.format(here, sql.Identifier(SHAPE)))
    base.execute(sql.SQL("ANALYZE {}").format(here))


def _values(column: pd.Series[Any]) -> list[Any]:
    """Return a column as the driver takes it; what is missing is None."""
    if _kind(column) == "text":
        return [_text(value) for value in column]
    return column.astype(object).where(column.notna(), None).tolist()


def _text(value: Any) -> str | None:
    """Return text that a database can hold; lists with semicolons, what is missing as None.

    >>> _text(["a", "b"]), _text(float("nan")), _text("x" + chr(0))
    ('a; b', None, 'x\ufffd')
    """
    if isinstance(value, list | tuple):
        value = "; ".join(map(str, value))
    if value is None or pd.isna(value):
        return None
    return str(value).replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _shapes(shapes: Sequence[Any]) -> list[str | None]:
    """Return shapes as hexadecimal EWKB, which says its SRID."""
    flat = shapely.set_srid(shapely.force_2d(np.asarray(shapes, object)), _SRID)
    found: list[str | None] = shapely.to_wkb(flat, hex=True, include_srid=True).tolist()
    return found
