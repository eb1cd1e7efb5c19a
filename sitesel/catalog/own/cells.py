"""The cells of a foreign table: honest text, numbers and days, whatever way they are written."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SHOWN = 5
_MOSTLY = 0.8  # of a column's cells are numbers: the others are worth a word
_NOTHING = {"-", "--", "n/a", "na", "n/d", "nd", "s/d", "null", "none", "nan", "#n/a", "#n/d"}
_ENGLISH = re.compile(
    r"[-+]?(?:[1-9]\d{0,2}(?:,\d{3})+|\d+|(?=\.\d))(?:\.\d*)?(?:[eE][-+]?\d+)?", re.ASCII
)
_CONTINENTAL = re.compile(r"[-+]?(?:[1-9]\d{0,2}(?:\.\d{3})+|\d+)(?:,\d+)?", re.ASCII)
_AMBIGUOUS = re.compile(r"[-+]?[1-9]\d{0,2}\.\d{3}", re.ASCII)
_SPACES = re.compile("(?<=\\d)[\u00a0\u202f'\u2019](?=\\d{3})")  # a plain space parts two numbers
_MARKED = re.compile(r"(?i)^(us\$|usd|mx\$|mxn|\$|€|eur)?\s*(.*?)\s*(usd|mxn|eur|€|%)?$")
_UNITS = {
    "us$": "USD",
    "usd": "USD",
    "mx$": "MXN",
    "mxn": "MXN",
    "€": "EUR",
    "eur": "EUR",
    "%": "%",
}
_ISO = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?", re.ASCII)
_SLASHED = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", re.ASCII)


class Column(NamedTuple):
    """A column as it is understood, what was said of it, and its unit where the cells say it."""

    values: pd.Series[Any]
    said: list[str]
    unit: str | None = None


def rows(index: Iterable[int]) -> str:
    """Name rows by their position in the file, as a spreadsheet counts them: the header is row 1.

    Examples
    --------
    >>> rows([0]), rows(range(7))
    ('row 2', 'rows 2, 3, 4, 5, 6 and 2 more')
    """
    numbers = [str(int(position) + 2) for position in index]
    more = f" and {len(numbers) - _SHOWN:,} more" if len(numbers) > _SHOWN else ""
    return f"row{'s' * (len(numbers) > 1)} {', '.join(numbers[:_SHOWN])}{more}"


def words(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return every cell as text, whole numbers without a point, blank cells as missing.

    Examples
    --------
    >>> words(pd.Series([79901.0, " ", "a "], dtype=object)).tolist()
    ['79901', None, 'a ']
    """
    return pd.Series([_word(cell) for cell in column], column.index, dtype=object)


def _word(cell: Any) -> str | None:
    if cell is None or cell is pd.NaT or cell is pd.NA or cell != cell:  # noqa: PLR0124 (NaN)
        return None
    if isinstance(cell, float | np.floating) and float(cell).is_integer():
        cell = int(cell)
    return str(cell) if str(cell).strip() else None


def repaired(text: pd.Series[Any], name: str) -> Column:
    """Undo UTF-8 that was read as Western European, where all of a column's accents show it.

    Examples
    --------
    >>> repaired(pd.Series(["NogalesÃ­", "Laredo"]), "city").values.tolist()
    ['Nogalesí', 'Laredo']
    """
    foreign = text[text.notna() & ~text.fillna("").map(str.isascii)]
    again = foreign.map(decoded_again)
    broken = again[again.notna()]
    lost = foreign[foreign.map(lambda cell: "\ufffd" in cell)]
    if len(lost):
        told = f"{rows(lost.index)}: '{lost.iloc[0]}' lost letters before it came here"
        return Column(text, [f"column '{name}', {told}: kept as it is"])
    if not len(broken):
        return Column(text, [])
    seen = f"column '{name}', {rows(broken.index)}: '{foreign[broken.index[0]]}'"
    if len(broken) < len(foreign):
        return Column(text, [f"{seen} looks like UTF-8 read as something else: kept as it is"])
    mended = text.where(~text.index.isin(broken.index), again.reindex(text.index))
    return Column(
        mended, [f"{seen} was UTF-8 read as something else: it is '{broken.iloc[0]}' now"]
    )


def decoded_again(text: str) -> str | None:
    """Return what a text was, if it is UTF-8 that was read as Western European; else None.

    Examples
    --------
    >>> decoded_again("AÃ±o"), decoded_again("Año")
    ('Año', None)
    """
    for encoding in ("cp1252", "latin-1"):
        try:
            return text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return None


def dates(text: pd.Series[Any], name: str) -> Column | None:
    """Read a column of text as ISO days if every cell is a day; None if they are no days.

    Examples
    --------
    >>> dates(pd.Series(["31/12/2025", "1/2/2026"]), "sold").values.tolist()
    ['2025-12-31', '2026-02-01']
    >>> dates(pd.Series(["1/2/2026"]), "sold").said
    ["column 'sold': '1/2/2026' may begin with the day or the month: kept as text"]
    """
    cells = text.dropna()
    if not len(cells):
        return None
    iso, slashed = cells.map(_ISO.fullmatch), cells.map(_SLASHED.fullmatch)
    if iso.notna().all():
        return _days(text, [[int(part) for part in each.groups()] for each in iso], name)
    if not slashed.notna().all():
        return None
    parts = np.array([[int(part) for part in each.groups()] for each in slashed])
    day_first, month_first = parts[:, 0].max() > 12, parts[:, 1].max() > 12  # noqa: PLR2004
    if day_first == month_first:
        told = f"'{cells.iloc[0]}' may begin with the day or the month: kept as text"
        return Column(text, [f"column '{name}': {told}"])
    found = _days(text, parts[:, [2, 1, 0] if day_first else [2, 0, 1]].tolist(), name)
    first = "day" if day_first else "month"
    return found._replace(
        said=found.said or [f"column '{name}': days are read with the {first} first, written ISO"]
    )


def _days(text: pd.Series[Any], parts: Sequence[Sequence[int]], name: str) -> Column:
    cells = text.dropna()
    days = []
    for (row, cell), (year, month, day) in zip(cells.items(), parts, strict=True):
        try:
            days.append(date(year, month, day).isoformat())
        except ValueError:
            told = f"column '{name}', {rows([row])}: '{cell}' is no day: kept as text"  # type: ignore[list-item]
            return Column(text, [told])
    values = pd.Series(days, cells.index, dtype=object).reindex(text.index)
    return Column(values.where(values.notna(), None), [])


def numbers(text: pd.Series[Any], name: str, *, comma: bool = False) -> Column | None:
    """Read a column of text as numbers if all cells agree on how numbers are written, else None.

    With ``comma``, a column that can be read either way, like ``1,234``, has a decimal comma.

    Examples
    --------
    >>> price = numbers(pd.Series(["US$1.200", "US$950,5", "n/d"]), "price")
    >>> price.values.tolist(), price.unit
    ([1200.0, 950.5, nan], 'USD')
    >>> for line in price.said: print(line)
    column 'price', rows 2, 3: 'US$1.200' is read as 1200
    column 'price', row 4: 'n/d' is taken as unknown
    """
    cells, empty = _filled(text)
    if not len(cells):
        return None
    bare, marks = _bare(cells)
    english, continental = (bare.map(how.fullmatch).notna() for how in (_ENGLISH, _CONTINENTAL))
    if len(marks) > 1 or not (english.all() or continental.all()):
        flaw = cells[~(english | continental)]
        if not len(flaw) or len(flaw) > (1 - _MOSTLY) * len(cells):
            return None
        told = f"column '{name}', {rows(flaw.index)}: '{flaw.iloc[0]}' is no number: kept as text"
        return Column(text, [told])
    either = english.all() and continental.all()
    grouped, point = (".", ",") if not english.all() or (either and comma) else (",", ".")
    plain = bare.str.replace(grouped, "", regex=False).str.replace(point, ".", regex=False)
    values = plain.astype(float)
    said, odd = [], cells[plain != cells]
    if len(odd):
        told = f"'{odd.iloc[0]}' is read as {values[odd.index[0]]:.12g}"
        doubt = either and not comma and bare[odd.index].str.contains(",").any()
        told += ", its comma as that of thousands; write a point for decimals" if doubt else ""
        said = [f"column '{name}', {rows(odd.index)}: {told}"]
    elif len(cells) > 1 and bare.map(_AMBIGUOUS.fullmatch).notna().all():
        said = [f"column '{name}': '{cells.iloc[0]}' is read with a decimal point, not thousands"]
    if len(empty):
        said.append(f"column '{name}', {rows(empty.index)}: '{empty.iloc[0]}' is taken as unknown")
    unit = _UNITS.get(next(iter(marks), ""))
    return Column(values.reindex(text.index), said, unit)


def has_decimal_point(text: pd.Series[Any]) -> bool:
    """Say whether a column of numbers can only be read with a decimal point.

    Examples
    --------
    >>> [has_decimal_point(pd.Series([x])) for x in ("31.75", "3,497,866", "31,75", "31,606")]
    [True, True, False, False]
    """
    bare, _ = _bare(_filled(text)[0])
    english, continental = (bare.map(how.fullmatch).notna() for how in (_ENGLISH, _CONTINENTAL))
    return bool(english.all() and not continental.all())


def _filled(text: pd.Series[Any]) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """Return the cells that say something, and those that say that there is nothing."""
    cells = text.dropna().map(str.strip)
    nothing = cells.str.lower().isin(_NOTHING)
    return cells[~nothing], cells[nothing]


def _bare(cells: pd.Series[Any]) -> tuple[pd.Series[Any], set[str]]:
    """Take the currency and the thin spaces off numbers; return the currencies found, too."""
    found = [_MARKED.match(_SPACES.sub("", cell)) for cell in cells]
    bare = [each[2] if each else cell for each, cell in zip(found, cells, strict=True)]
    marks = {(each[1] or "") + (each[3] or "") for each in found if each}
    return pd.Series(bare, cells.index, dtype=object), {mark.lower() for mark in marks} - {""}
