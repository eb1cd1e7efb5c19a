"""Tables as publishers send them: CSV, XLSX, JSON. Codes keep their leading zeros."""

from __future__ import annotations

import codecs
import json
import re
import warnings
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from sitesel.errors import FetchError, did_you_mean, printable

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from sitesel.catalog.sources.specs import Download

Table = TypeVar("Table", bound=pd.DataFrame)

_SEPARATORS = ",;\t|"
_CODE = r"\s*[+-]?(?:0\d|\d{16})"  # a leading zero, or more digits than a number can hold
_MIDNIGHT = r"\d{4}-\d\d-\d\d 00:00:00"


def read_csv(path: Path, source: Download, here: str) -> pd.DataFrame:
    """Read text with separators; which one is seen in the header."""
    encoding = encoding_of(source, here)
    try:
        with path.open(encoding=encoding, newline="") as file:
            header = [file.readline() for _ in range(source.skip + 1)][-1]
        bare = re.sub(r'"[^"]*"', "", header)
        table = pd.read_csv(
            path,
            sep=max(_SEPARATORS, key=bare.count),
            encoding=encoding,
            skiprows=source.skip,
            dtype=str,
            keep_default_na=False,
            na_values=[""],
        )
    except UnicodeError as error:
        raise _not_that_encoding(source, here, error) from None
    except pd.errors.EmptyDataError:
        raise FetchError(f"{here}: the table is empty; try again later") from None
    except ValueError as error:
        raise FetchError(
            f"{here}: cannot be read as a table ({printable(str(error).strip())}); "
            "fetch.skip says how many lines stand above the header"
        ) from None
    if not isinstance(table.index, pd.RangeIndex):  # pandas would shift the columns
        raise FetchError(
            f"{here}: rows have more cells than the header; "
            "fetch.skip says how many lines stand above the header"
        )
    return typed(table, codes(source))


def read_xlsx(path: Path, source: Download, here: str) -> pd.DataFrame:
    """Read a sheet of a workbook: the one that ``part`` names, else the first."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of formats that openpyxl does not know
            with pd.ExcelFile(path, engine="openpyxl") as book:
                sheets = [str(name) for name in book.sheet_names]
                sheet = source.part or sheets[0]
                if sheet in sheets:
                    table = book.parse(
                        sheet,
                        skiprows=source.skip,
                        dtype=str,
                        keep_default_na=False,
                        na_values=[""],
                    )
    except Exception as error:  # noqa: BLE001 (openpyxl raises many kinds)
        raise FetchError(
            f"{here}: cannot be read as a workbook ({printable(str(error))[:300]})"
        ) from None
    if sheet not in sheets:
        raise FetchError(f"{here}: fetch.part: no sheet '{sheet}'; {did_you_mean(sheet, sheets)}")
    for name in table.columns:
        days = table[name].dropna().astype(str)
        if len(days) and days.str.fullmatch(_MIDNIGHT).all():
            table[name] = table[name].str[:10]
    return typed(table, codes(source))


def read_json(content: Any, source: Download, here: str) -> pd.DataFrame:
    """Make a table of the list under ``rows``; nested records become columns ``a.b``.

    The list may hold records, or rows of which the first is the header.
    """
    rows = content
    for depth, key in enumerate(source.rows.split(".") if source.rows else []):
        if not isinstance(rows, dict) or key not in rows:
            known = ", ".join(map(str, rows)) if isinstance(rows, dict) else "no keys"
            path = ".".join(source.rows.split(".")[: depth + 1]) if source.rows else ""
            raise FetchError(
                f"{here}: fetch.rows: there is no '{path}' in the answer; it has {printable(known)}"
            )
        rows = rows[key]
    if isinstance(rows, list) and rows and all(isinstance(row, list) for row in rows):
        rows = [dict(zip(map(str, rows[0]), row, strict=False)) for row in rows[1:]]
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        known = f"; it has {printable(', '.join(map(str, rows)))}" if isinstance(rows, dict) else ""
        raise FetchError(
            f"{here}: not a list of records; name the key of the list in fetch.rows{known}"
        )
    table = pd.json_normalize(rows, sep=".")
    for name in table.columns:
        table[name] = table[name].map(_plain)
    return as_text(table, codes(source))


def load_json(path: Path, source: Download, here: str) -> Any:
    """Read a JSON file."""
    try:
        return json.loads(path.read_text(encoding_of(source, here)))
    except UnicodeError as error:
        raise _not_that_encoding(source, here, error) from None
    except (ValueError, RecursionError) as error:
        raise FetchError(f"{here}: the JSON is damaged or cut off ({error})") from None


def encoding_of(source: Download, here: str) -> str:
    """Return the usual name of the encoding that a definition states."""
    try:
        return codecs.lookup(source.encoding).name
    except LookupError:
        raise FetchError(
            f"{here}: fetch.encoding: '{source.encoding}' is no encoding; write utf-8 or latin-1"
        ) from None


def codes(source: Download) -> set[str]:
    """Return the publisher's columns that hold codes."""
    return {source.fields.get(name, name) for name in source.text} | set(source.text)


def as_text(table: Table, names: Collection[str]) -> Table:
    """Return a table in which the given columns are text; 48141.0 becomes 48141.

    Examples
    --------
    >>> as_text(pd.DataFrame({"fips": [48141.0, None], "n": [1, 2]}), {"fips"})["fips"].tolist()
    ['48141', None]
    """
    for name in set(names) & set(table.columns):
        table[name] = pd.Series(
            [_digits(value) for value in table[name]], index=table.index, dtype=object
        )
    return table


def typed(table: pd.DataFrame, names: Collection[str]) -> pd.DataFrame:
    """Return a table of text with numbers where a whole column is numbers and none is a code.

    Examples
    --------
    >>> table = pd.DataFrame({"fips": ["06073", "48141"], "mw": ["1.5", None], "no": ["7", "8"]})
    >>> typed(table, {"no"}).to_dict("list")
    {'fips': ['06073', '48141'], 'mw': [1.5, nan], 'no': ['7', '8']}
    """
    table = table.rename(columns=lambda name: str(name).strip())
    for name in table.columns.difference(list(names)):
        present = table[name].dropna()
        if present.empty or present.str.match(_CODE).any():
            continue
        numbers = pd.to_numeric(table[name], errors="coerce")
        if np.isfinite(numbers).sum() == len(present):
            table[name] = numbers
    return table


def _plain(value: Any) -> Any:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return None if value == "" else value


def _digits(value: Any) -> str | None:
    if isinstance(value, float | np.floating) and float(value).is_integer():
        value = int(value)
    return None if pd.isna(value) else str(value)


def _not_that_encoding(source: Download, here: str, error: UnicodeError) -> FetchError:
    place = f" (byte {error.start:,})" if isinstance(error, UnicodeDecodeError) else ""
    return FetchError(
        f"{here}: is not written in {source.encoding}{place}; "
        "set fetch.encoding, for older files of Mexico mostly to latin-1"
    )
