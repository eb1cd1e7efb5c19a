"""Indicators in the terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text as Words

from sitesel.decide.indicators import LAYER, Indicator, indicators
from sitesel.decide.reasons import number
from sitesel.terminal import open_console

if TYPE_CHECKING:
    from sitesel.catalog.layers import Catalog


def print_kpi(catalog: Catalog, corridor: str | None = None) -> None:
    """Print the latest indicators of each corridor with their trend; the sources stand below."""
    layer = catalog[LAYER]
    rows = indicators(catalog.load(LAYER), corridor)
    console = open_console()
    notes = list(dict.fromkeys(_note(row) for row in rows))
    for name in dict.fromkeys(row.corridor for row in rows):
        table = Table(box=box.SIMPLE_HEAD, title=Words(name, style="bold"), title_justify="left")
        for column in ("Indicator", "Area", "Latest", "Period", "Trend", "Source"):
            table.add_column(column, justify="right" if column in {"Latest", "Source"} else "left")
        for row in rows:
            if row.corridor == name:
                table.add_row(*map(Words, (*_cells(row), str(1 + notes.index(_note(row))))))
        console.print(table)
    console.print(Words("Sources", style="bold"))
    for place, note in enumerate(notes, start=1):
        console.print(Words(f"{place:3}  {note}"))
    console.print(Words(f"{layer.title['en']}: grade {layer.quality}. {layer.quality_why['en']}"))


def _note(row: Indicator) -> str:
    return "; ".join(part for part in (row.source, row.note) if part)


def _cells(row: Indicator) -> tuple[str, ...]:
    latest = "UNKNOWN" if math.isnan(row.value) else f"{number(row.value)} {row.unit}"
    return (row.metric, row.area, latest, row.period, row.trend)
