"""The columns of a foreign table: safe names, types and units."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api import types

from sitesel.catalog.own.cells import Column, dates, decoded_again, numbers, repaired, words
from sitesel.errors import LayerError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RESERVED = frozenset({"fid", "ogc_fid", "geometry", "side", "in_force", "index", "site_id"})
_CODES = re.compile(
    r"(^|_)(geoid\w*|fips|cve\w*|clave|clv\w*|zip\w*|apn|folio|naics|tractce\w*|statefp\w*"
    r"|countyfp\w*)(_|$)"
    r"|(^|_)(code|codigo|cod|cp|id\d*|phone|tel|key|parcel|parcela|predio|lote?)$"
)
_PADDED = re.compile(r"^(geoid\w*|\w*fips|cve\w*|clv\w*|zip\w*|tractce\w*|statefp\w*|countyfp\w*)$")
_DIGITS_KEPT = 15  # more do not fit a float
_FEW = 20
_MONEY = ("USD", "MXN")
_RATES = frozenset(
    ["por", "per", "precio", "price", "costo", "cost", "renta", "rent", "valor", "value", "tarifa"]
)
_UNITS = {
    "km2": "km²",
    "m2": "m²",
    "ha": "ha",
    "hectares": "ha",
    "hectareas": "ha",
    "acre": "acres",
    "acres": "acres",
    "sqft": "sq ft",
    "mw": "MW",
    "kv": "kV",
    "km": "km",
    "usd": "USD",
    "mxn": "MXN",
    "hm3": "hm³",
    "pct": "%",
    "year": "year",
    "anio": "year",
    "ano": "year",
}


def safe_name(text: str) -> str:
    """Return a name that a study can write: small letters, digits and underscores.

    Examples
    --------
    >>> safe_name("Precio (USD/m²)"), safe_name("Año"), safe_name("2020 pop"), safe_name("fid")
    ('precio_usd_m2', 'ano', 'f_2020_pop', 'own_fid')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_") or "column"
    name = f"f_{name}" if name[0].isdigit() else name
    return f"own_{name}" if name in RESERVED else name


def with_honest_names(frame: Any) -> tuple[Any, list[str]]:
    """Undo UTF-8 that was read as Western European in column names, where all accents show it.

    Examples
    --------
    >>> frame, said = with_honest_names(pd.DataFrame({"AÃ±o": [2026], "ha": [5]}))
    >>> list(frame), said
    (['Año', 'ha'], ["column names were UTF-8 read as something else: 'AÃ±o' is 'Año' now"])
    """
    again = {name: decoded_again(name) for name in map(str, frame.columns) if not name.isascii()}
    mended = {name: honest for name, honest in again.items() if honest}
    if not mended or len(mended) < len(again) or {*mended.values()} & {*map(str, frame.columns)}:
        return frame, []
    told = ", ".join(f"'{name}' is '{honest}' now" for name, honest in mended.items())
    said = f"column names were UTF-8 read as something else: {told}"
    return frame.rename(columns=mended), [said]


def renamed(
    frame: pd.DataFrame, wanted: Mapping[str, str], *, free: Sequence[str] = ()
) -> tuple[dict[str, str], list[str]]:
    """Say what each column is to be called: its own name made safe, or the name wished for it.

    Parameters
    ----------
    frame
        The table; an active geometry keeps its name.
    wanted
        Our name for each of their columns.
    free
        Reserved names that may be wished for here.

    Raises
    ------
    LayerError
        A column that is not there, or a name that cannot be.
    """
    own = getattr(frame, "_geometry_column_name", None)
    theirs = [str(name) for name in frame.columns if name != own]
    for name, column in wanted.items():
        if column not in theirs:
            raise LayerError(
                f"--field {name}={column}: no such column; {did_you_mean(column, theirs)}"
            )
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or (name in RESERVED and name not in free):
            raise LayerError(
                f"--field {name}={column}: '{name}' cannot be a field; write small letters, "
                "digits and _, and none of " + ", ".join(sorted(RESERVED))
            )
    names = {column: name for name, column in wanted.items()}
    taken = set(wanted)
    for column in theirs:
        if column in names:
            continue
        base = name = safe_name(column)
        number = 2
        while name in taken:
            name, number = f"{base}_{number}", number + 1
        names[column] = name
        taken.add(name)
    changed = [f"'{old}' is now {new}" for old, new in names.items() if old.lower() != new]
    return names, [f"columns renamed: {', '.join(changed)}"] if changed else []


def understood(column: pd.Series[Any], name: str, *, text: bool = False) -> Column:
    """Return a column as numbers, ISO days, yes/no or text, and what had to be done for it.

    Numbers written as text become numbers only when every cell agrees on how they are written,
    and never when they are codes: with ``text``, with leading zeros, or named like one.

    Examples
    --------
    >>> price = understood(pd.Series(["$1,200", "$950.5", None]), "price")
    >>> price.values.tolist(), price.said
    ([1200.0, 950.5, nan], ["column 'price', rows 2, 3: '$1,200' is read as 1200"])
    >>> understood(pd.Series(["08037", "48141"]), "county").values.tolist()
    ['08037', '48141']
    """
    if types.is_bool_dtype(column) or types.is_numeric_dtype(column):
        return _native(column, name, text=text)
    cells = column.dropna()
    if types.is_datetime64_any_dtype(column) or (len(cells) and cells.map(is_time).all()):
        return Column(iso_days(column), [])
    if len(cells) and cells.map(lambda cell: isinstance(cell, bool | np.bool_)).all():
        return Column(column.astype(object).where(column.notna(), None), [])
    plain = repaired(words(column), name)
    if text or _are_codes(plain.values, name):
        return plain
    found = dates(plain.values, name) or numbers(plain.values, name)
    return found._replace(said=plain.said + found.said) if found else plain


def _native(column: pd.Series[Any], name: str, *, text: bool) -> Column:
    said = []
    if not types.is_bool_dtype(column) and _PADDED.match(name):
        said = [f"column '{name}' holds numbers: if they are codes, leading zeros are lost"]
    if types.is_bool_dtype(column) and not text:
        return Column(column.astype(object).where(column.notna(), None), [])
    if text or (types.is_integer_dtype(column) and _CODES.search(name)):
        return Column(words(column), said)
    plain = column if isinstance(column.dtype, np.dtype) else column.astype(float)
    return Column(plain.replace([np.inf, -np.inf], np.nan), said)


def is_time(cell: Any) -> bool:
    """Say whether a cell holds a day, with or without a time."""
    return isinstance(cell, date)  # a datetime is a date, too


def iso_days(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return days as ISO text, with the time only where some cell has one."""
    times = [None if pd.isna(cell) else pd.Timestamp(cell) for cell in column]
    timed = any(time is not None and time != time.normalize() for time in times)
    form = "%Y-%m-%dT%H:%M:%S" if timed else "%Y-%m-%d"
    said = [time.strftime(form) if time is not None else None for time in times]
    return pd.Series(said, column.index, dtype=object)


def _are_codes(text: pd.Series[Any], name: str) -> bool:
    cells = text.dropna().astype(str).str.strip()
    long = rf"\d{{{_DIGITS_KEPT + 1},}}"
    return bool(_CODES.search(name) or cells.str.fullmatch(rf"0\d+|{long}").any())


def described(column: pd.Series[Any], title: str, unit: str | None) -> dict[str, Any]:
    """Say what a column holds, as a definition writes it; a unit nobody states is ``unknown``.

    Examples
    --------
    >>> described(pd.Series([12.5]), "Area_km2", None)
    {'title': 'Area_km2', 'type': 'number', 'unit': 'km²'}
    >>> described(pd.Series([3]), "floors", None)["unit"]
    'unknown'
    >>> described(pd.Series([85]), "Precio por m2", None)["unit"]
    'unknown'
    """
    if types.is_numeric_dtype(column) and not types.is_bool_dtype(column):
        return {"title": title, "type": "number", "unit": unit or _unit_of(title)}
    cells = column.dropna()
    if len(cells) and cells.astype(str).str.fullmatch(r"\d{4}-\d\d-\d\d").all():
        return {"title": title, "type": "date"}
    few = cells.nunique() <= _FEW and 2 * cells.nunique() <= len(cells)
    return {"title": title, "type": "class" if few else "text"}


def _unit_of(title: str) -> str:
    """Return the unit that a column's name says; of money for a measure there is no plain one.

    >>> _unit_of("price_usd"), _unit_of("usd/m2"), _unit_of("$/m²"), _unit_of("renta_m2_mes")
    ('USD', 'unknown', 'unknown', 'unknown')
    """
    parts = safe_name(title).split("_")
    named = [_UNITS[part] for part in parts if part in _UNITS]
    rate = bool({"$", "/"} & {*title} or _RATES & {*parts})
    plain = len(named) == 1 and (named[0] in _MONEY or not rate)
    return named[0] if plain else "unknown"
