"""Sheets of a workbook: texts that stay texts, formulas with the result Python has for them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from xlsxwriter.worksheet import Worksheet

from sitesel.errors import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xlsxwriter.format import Format

    from sitesel.show.spoken import Spoken

_LONGEST = 32_767  # letters in a cell; those beyond the first 65,536 of Unicode count twice
FORMATS: dict[str, dict[str, Any]] = {
    "plain": {},
    "head": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"},
    "title": {"bold": True, "font_size": 14},
    "score": {"num_format": "0.0000"},
    "share": {"num_format": "0.0%"},
    "input": {"bg_color": "#FFF7CC", "border": 1, "border_color": "#D6C980"},
    "money": {"num_format": "#,##0"},
    "minutes": {"num_format": "0.0"},
    "measure": {"num_format": "#,##0.0"},
    "fine": {"num_format": "0.00"},
    "whole": {"num_format": "#,##0"},
    "degrees": {"num_format": "0.0000"},
    "day": {"num_format": "yyyy-mm-dd"},
}


def _text(value: str) -> str:
    r"""Return text that a workbook can hold: XML knows no control characters, a cell has an end.

    >>> len(_text("a" * 32_767)), _text("🏭" * 20_000)[-2:], len(_text("🏭" * 20_000))
    (32767, '🏭…', 16384)
    >>> _text("half a sign: " + chr(0xD83C))
    'half a sign: \ufffd'
    """
    text = re.sub("[\ud800-\udfff\ufffe\uffff]", "\ufffd", printable(value))
    letters = text.encode("utf-16-le")
    if len(letters) <= 2 * _LONGEST:
        return text
    return letters[: 2 * (_LONGEST - 1)].decode("utf-16-le", "ignore") + "…"


class AsWritten(Worksheet):  # type: ignore[misc]  # (no types of its own)
    """A sheet that takes formulas as they are written: ours use no function newer than 2007.

    XlsxWriter looks each formula through for some thirty newer functions, which takes as long as
    writing the rest of the workbook.
    """

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        del expand_future_functions
        return formula.removeprefix("=")


@dataclass
class Sheet:
    """A sheet on which a text is a text, whatever it begins with, and UNKNOWN an empty cell."""

    sheet: Worksheet
    formats: dict[str, Format]
    spoken: Spoken

    def put(self, row: int, col: int, value: Any, style: str = "plain") -> None:
        """Write one value, rows and columns counted from 0."""
        shape = self.formats[style]
        if isinstance(value, list | tuple):
            value = "; ".join(map(str, value))
        if isinstance(value, str):
            self.sheet.write_string(row, col, _text(value), shape)
        elif isinstance(value, bool | np.bool_):
            self.sheet.write_string(row, col, str(bool(value)).lower(), shape)
        elif isinstance(value, date):
            self.sheet.write_datetime(row, col, value, self.formats["day"])
        elif value is None or value != value:  # noqa: PLR0124 (NaN)
            self.sheet.write_blank(row, col, None, shape)
        elif math.isinf(value):
            self.sheet.write_string(row, col, self.spoken.words["out_of_reach"], shape)
        else:
            self.sheet.write_number(row, col, float(value), shape)

    def live(self, at: tuple[int, int], formula: str, value: Any, style: str = "plain") -> None:
        """Write a formula with the result that Python has for it."""
        known = value is not None and value == value  # noqa: PLR0124 (NaN)
        shown = "" if not known else _text(value) if isinstance(value, str) else float(value)
        self.sheet.write_formula(*at, formula, self.formats[style], shown)

    def rows(self, top: int, table: Iterable[Sequence[Any]], style: str = "plain") -> int:
        """Write rows of values from ``top`` down; return the row after the last."""
        for values in table:
            for col, value in enumerate(values):
                self.put(top, col, value, style)
            top += 1
        return top


@dataclass
class Places:
    """Where formulas find what they refer to, as references that name their sheet.

    ``shares`` of a criterion on a side; ``costs`` lower and upper bound by id; ``sites`` the row
    of each site on its side's sheet; ``values`` its row on the sheet of values.
    """

    shares: dict[tuple[str, str], str] = field(default_factory=dict)
    weaker: str = ""
    costs: dict[str, tuple[str, str]] = field(default_factory=dict)
    sites: dict[str, int] = field(default_factory=dict)
    values: dict[str, int] = field(default_factory=dict)
