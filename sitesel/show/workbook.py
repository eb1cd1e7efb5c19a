"""``report.xlsx``: the decision as a workbook that decides again when a weight is changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import xlsxwriter

from sitesel.cost import UnitCosts, connected
from sitesel.decide.indicators import LAYER, indicators
from sitesel.show import formulas as say
from sitesel.show import sheets
from sitesel.show.cells import FORMATS, AsWritten, Places, Sheet
from sitesel.show.sheets import PAIRS, SITES, VALUES, WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import pandas as pd

    from sitesel.catalog.layers import Catalog
    from sitesel.decision import Decision
    from sitesel.study_file import StudyFile

_TOP = 10
_INDICATORS = "Indicators"
_NAMES = ("Summary", PAIRS, SITES["US"], SITES["MX"], WEIGHTS, VALUES, _INDICATORS, "Sources")
_NOTES = (
    "Scores run from 0 to 1. Low takes everything UNKNOWN as 0, high as 1.",
    "Yellow cells may be changed: weights, values, unit costs, minutes. All else follows.",
    "An empty cell among the values is UNKNOWN, or does not apply to that side; it is never 0.",
    "In the score an UNKNOWN counts as the row above the values says.",
    "Sites and pairs are those located under the weights of the run; new weights rank them again.",
    "A truckload costs from low to high, because Mexican costs and most tolls have no open source.",
    "No legal binational zone exists: a pair is de facto.",
)
_SOURCE_HEAD = (
    "Layer",
    "Title",
    "Source",
    "Publisher",
    "Vintage",
    "Grade",
    "Why",
    "Licence",
    "Attribution",
    "Caveats",
)
_WIDTHS: dict[str, dict[str, int]] = {
    "Summary": {"A:A": 8, "B:B": 38, "C:C": 26, "D:D": 38, "E:H": 12},
    PAIRS: {"C:C": 18, "D:E": 28, "F:F": 18, "G:G": 28},
    SITES["US"]: {"C:C": 18, "D:D": 30},
    SITES["MX"]: {"C:C": 18, "D:D": 30},
    WEIGHTS: {"A:A": 22, "B:B": 40, "C:C": 14},
    VALUES: {"A:A": 22, "C:C": 30},
    _INDICATORS: {"A:A": 20, "B:C": 26, "H:I": 60},
    "Sources": {"A:A": 22, "B:B": 30, "C:C": 50},
}


def write_workbook(
    study: StudyFile,
    decision: Decision,
    pairs: pd.DataFrame,
    catalog: Catalog,
    layers: Iterable[str],
    path: Path,
) -> None:
    """Write ``report.xlsx``; scores, ranks and costs are formulas over weights and values.

    ``pairs`` are the decision's, with their costs; ``layers`` the ids of those measured. The same
    input gives the same bytes.
    """
    book = xlsxwriter.Workbook(str(path), {"in_memory": True})
    day = study.as_of  # no clock: a workbook says when it was made, and runs must not differ by it
    made = datetime(day.year, day.month, day.day)  # noqa: DTZ001 (a calendar day)
    book.set_properties({"title": study.title["en"], "created": made})
    formats = {name: book.add_format(shape) for name, shape in FORMATS.items()}
    by_name = {name: Sheet(book.add_worksheet(name, AsWritten), formats) for name in _NAMES}
    for name, widths in _WIDTHS.items():
        for columns, width in widths.items():
            by_name[name].sheet.set_column(columns, width)
        by_name[name].sheet.freeze_panes(1, 0)
    places, table = Places(), catalog.load("unit_costs")
    costs = UnitCosts.read(table)
    decision = replace(decision, sites=connected(decision.sites, costs))
    ports = catalog.load("ports_of_entry").set_index("port_id")["name"].to_dict()
    row = sheets.weights(by_name[WEIGHTS], study, decision, places)
    sheets.unit_costs(by_name[WEIGHTS], table, costs, row, places)
    sheets.values(by_name[VALUES], study, decision, places)
    for side, name in SITES.items():
        sheets.sites(by_name[name], study, decision, side, places)
    if len(pairs):
        sheets.pairs(by_name[PAIRS], study, decision, pairs, (costs, ports), places)
    else:
        by_name[PAIRS].put(0, 0, "This study makes no pairs.")
    _indicators(by_name[_INDICATORS], catalog)
    _summary(by_name["Summary"], study, decision, pairs, ports)
    _sources(by_name["Sources"], catalog, layers)
    book.close()


def _summary(
    sheet: Sheet,
    study: StudyFile,
    decision: Decision,
    pairs: pd.DataFrame,
    ports: Mapping[str, str],
) -> None:
    """Write the ten best pairs and sites, by the ranks of their sheets."""
    sheet.put(0, 0, f"{study.title['en']} (as of {study.as_of})", "title")
    row = sheet.rows(1, [(note,) for note in _NOTES]) + 1
    names = decision.sites["name"]
    if len(pairs):
        top = pairs.nsmallest(_TOP, "rank")
        shown = {
            "US site": (3, [names[site] for site in top["us_site"]], "plain"),
            "Port": (4, [ports.get(port, port) for port in top["port"]], "plain"),
            "MX site": (6, [names[site] for site in top["mx_site"]], "plain"),
            "Score": (7, top["score"].tolist(), "score"),
            "Low": (8, top["score_low"].tolist(), "score"),
            "High": (9, top["score_high"].tolist(), "score"),
            "Truckload USD, low": (18, top["cost_low"].tolist(), "money"),
            "Truckload USD, high": (19, top["cost_high"].tolist(), "money"),
        }
        row = _best(sheet, row, PAIRS, len(pairs), shown)
    for side, name in SITES.items():
        own = decision.sites[decision.sites["side"] == side]
        first = own.head(_TOP)
        shown = {
            name: (3, first["name"].tolist(), "plain"),
            "Site": (2, first.index.astype(str).tolist(), "plain"),
            "Place": (8, first["place"].tolist(), "plain"),
            "Score": (4, first["score"].tolist(), "score"),
            "Low": (5, first["score_low"].tolist(), "score"),
            "High": (6, first["score_high"].tolist(), "score"),
        }
        row = _best(sheet, row, name, len(own), shown) if len(own) else row


def _best(
    sheet: Sheet, top: int, source: str, count: int, shown: dict[str, tuple[int, list[object], str]]
) -> int:
    """Write the rows that stand first on another sheet; return the next free row."""
    sheet.rows(top, [("Rank", *shown)], "head")
    ranks = say.block(1, count, 0, source)
    for place in range(min(_TOP, count)):
        row = top + 1 + place
        sheet.put(row, 0, place + 1)
        for col, (column, known, style) in enumerate(shown.values(), start=1):
            from_ = say.block(1, count, column, source)
            value = known[place] if place < len(known) else None
            sheet.live((row, col), say.at_rank(say.cell(row, 0), from_, ranks), value, style)
    return top + 2 + min(_TOP, count)


def _indicators(sheet: Sheet, catalog: Catalog) -> None:
    """Write the latest indicators of each corridor; an empty cell has no open source."""
    heads = ("Corridor", "Indicator", "Area", "Latest", "Unit", "Period", "Trend", "Source", "Note")
    sheet.rows(0, [heads], "head")
    found = indicators(catalog.load(LAYER)) if LAYER in catalog else []
    named = ("corridor", "metric", "area", "value", "unit", "period", "trend", "source", "note")
    sheet.rows(1, [[getattr(each, name) for name in named] for each in found])


def _sources(sheet: Sheet, catalog: Catalog, layers: Iterable[str]) -> None:
    sheet.rows(0, [_SOURCE_HEAD], "head")
    row = 1
    for name in sorted({*layers, "unit_costs", *({LAYER} if LAYER in catalog else ())}):
        layer = catalog[name]
        row = sheet.rows(
            row,
            [
                (
                    name,
                    layer.title["en"],
                    layer.source,
                    layer.publisher,
                    layer.vintage,
                    layer.quality,
                    layer.quality_why["en"],
                    layer.licence,
                    layer.attribution,
                    [caveat["en"] for caveat in layer.caveats],
                )
            ],
        )
