"""Tables of text cells, from CSV bytes or a workbook: encoding, separator, header."""

from __future__ import annotations

import csv
import io
import warnings
from typing import TYPE_CHECKING, Any

import pandas as pd

from sitesel.catalog.own.cells import rows
from sitesel.errors import LayerError, did_you_mean
from sitesel.unique import unique

if TYPE_CHECKING:
    from pathlib import Path

_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_LINES = 50  # looked at for the separator and the header
_LONGEST = 2**31 - 1  # bytes of a cell: polygons in words are long


def from_csv(data: bytes, name: str) -> tuple[pd.DataFrame, list[str]]:
    r"""Read separated text: comma, semicolon, tab or bar; UTF-8, UTF-16 or Western European.

    All cells come as text, blank ones as missing; the index is the row's position in the file.

    Raises
    ------
    LayerError
        The bytes are no text, or a row has more cells than the header.

    Examples
    --------
    >>> table, said = from_csv("id;nombre\n1;Nogalés\n".encode("cp1252"), "lots.csv")
    >>> table.to_dict("records")
    [{'id': '1', 'nombre': 'Nogalés'}]
    >>> said
    ["lots.csv is not UTF-8: read as cp1252, like row 2: 'Nogalés'"]
    """
    text, said = _decoded(data, name)
    longest = csv.field_size_limit(_LONGEST)
    try:
        grid = list(csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text)))
    except csv.Error as error:
        raise LayerError(f"{name}: cannot be read as CSV: {error}") from None
    finally:
        csv.field_size_limit(longest)
    table, more = _table(grid, name)
    if said:
        said = [said[0] + _example(table)]
    return table, said + more


def from_workbook(
    data: Path | io.BytesIO,
    name: str,
    sheet: str | None,
    *,
    remedy: str = "name one with --part",
) -> tuple[pd.DataFrame, list[str]]:
    """Read one sheet of an Excel workbook, cells as they are stored (formulas by their value).

    Raises
    ------
    LayerError
        It is no workbook, there is no such sheet, or several have content and none is named.
    """
    from openpyxl import (  # type: ignore[import-untyped]  # noqa: PLC0415 (slow, seldom needed)
        load_workbook,
    )

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and validations that nobody needs here
        try:
            book = load_workbook(data, read_only=True, data_only=True)
            for page in book.worksheets:
                page.reset_dimensions()  # some programs state them wrongly
            grids = {
                page.title: [list(row) for row in page.iter_rows(values_only=True)]
                for page in book.worksheets
            }
            book.close()
        except Exception as error:  # noqa: BLE001 (zip, XML and openpyxl raise many kinds)
            raise LayerError(f"{name}: cannot be read as an Excel workbook: {error}") from None
    filled = [title for title, grid in grids.items() if any(any(map(_has, row)) for row in grid)]
    chosen = sheet or (filled[0] if len(filled) == 1 else None)
    if chosen is None:
        known = ", ".join(filled) or "none"
        raise LayerError(f"{name}: sheets with content: {known}; {remedy}")
    if chosen not in grids:
        raise LayerError(f"{name}: no sheet '{chosen}'; {did_you_mean(chosen, grids)}")
    return _table(grids[chosen], f"{name}, sheet {chosen}")


def _decoded(data: bytes, name: str) -> tuple[str, list[str]]:
    for mark, encoding in _BOMS.items():
        if data.startswith(mark):
            try:
                return data.decode(encoding), []
            except UnicodeError as error:
                raise LayerError(f"{name}: is no {encoding} text: {error}") from None
    if b"\0" in data[:4096]:
        raise LayerError(f"{name}: is no text; save it as CSV (UTF-8)")
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError:
        pass
    for encoding in ("cp1252", "latin-1"):
        try:
            return data.decode(encoding), [f"{name} is not UTF-8: read as {encoding}"]
        except UnicodeDecodeError:
            continue
    raise AssertionError  # latin-1 takes every byte


def _example(table: pd.DataFrame) -> str:
    """Name the first cell with an accent, for the user to judge the encoding by."""
    for position, record in zip(table.index, table.to_numpy(), strict=True):
        for cell in record:
            if isinstance(cell, str) and not cell.isascii():
                return f", like {rows([position])}: '{cell}'"
    return ""


def _separator(text: str) -> str:
    """Return the sign that cuts most of the first lines into the same number of cells."""
    lines = text[: 1 << 16].splitlines()[:_LINES]

    def evenness(sign: str) -> tuple[int, int]:
        widths = [len(row) for row in csv.reader(lines, delimiter=sign)]
        usual = max(set(widths), key=lambda width: (width > 1, widths.count(width)), default=0)
        return (widths.count(usual) if usual > 1 else 0, usual)

    return max(",;\t|", key=evenness)


def _has(cell: Any) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


def _table(grid: list[list[Any]], name: str) -> tuple[pd.DataFrame, list[str]]:
    """Make a table of rows of cells: the header is the first row that is about full."""
    counts = [sum(map(_has, row)) for row in grid]
    widest = max(counts[:_LINES], default=0)
    if not widest:
        raise LayerError(f"{name}: has no rows")
    top = next(i for i, count in enumerate(counts) if 2 * count > widest)
    said = [f"{name}: row{'s 1 to' * (top > 1)} {top} above the header: left out"] if top else []
    body = [(i, row) for i, row in enumerate(grid[top + 1 :], top) if counts[i + 1]]
    last = body[-1][0] if body else top
    blank = [i for i in range(top, last) if not counts[i + 1]]
    if blank:
        said.append(f"{name}: {rows(blank)}: empty: left out")
    width = max(i + 1 for i, cell in enumerate(grid[top]) if _has(cell))
    for i, row in body:
        over = next((cell for cell in row[width:] if _has(cell)), None)
        if over is not None:
            raise LayerError(
                f"{name}: {rows([i])} has more cells than the header: '{over}'; quote cells that "
                "hold the separator, or give every column a name"
            )
    named = [str(c) if _has(c) else f"column {i + 1}" for i, c in enumerate(grid[top][:width])]
    names = unique(named, "{} {}")
    cells = [
        [c if _has(c) else None for c in row[:width]] + [None] * (width - len(row))
        for _, row in body
    ]
    table = pd.DataFrame(cells, columns=names, index=[i for i, _ in body], dtype=object)
    return table, said
