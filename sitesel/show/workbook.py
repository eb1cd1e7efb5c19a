"""``report.xlsx``: the decision as a workbook that decides again when a weight is changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from sitesel.cost import UnitCosts, connected
from sitesel.decide.indicators import LAYER, indicators
from sitesel.decide.weights import SIDES
from sitesel.show import formulas as say
from sitesel.show import sheets
from sitesel.show.cells import FORMATS, AsWritten, Places, Sheet

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from sitesel.catalog.layers import Catalog
    from sitesel.decision import Decision
    from sitesel.origins import Origin
    from sitesel.show.spoken import Spoken
    from sitesel.study_file import StudyFile

_TOP = 10
_WIDTHS: dict[str, dict[str, int]] = {
    "summary": {"A:A": 8, "B:B": 38, "C:C": 26, "D:D": 38, "E:H": 12},
    "pairs": {"C:C": 18, "D:E": 28, "F:F": 18, "G:G": 28},
    "US": {"C:C": 18, "D:D": 30},
    "MX": {"C:C": 18, "D:D": 30},
    "weights": {"A:A": 22, "B:B": 40, "C:C": 14},
    "values": {"A:A": 22, "C:C": 30},
    "indicators": {"A:A": 20, "B:C": 26, "H:I": 60},
    "sources": {"A:A": 22, "B:B": 30, "C:C": 50},
}


def write_workbook(
    study: StudyFile,
    decision: Decision,
    pairs: pd.DataFrame,
    spoken: Spoken,
    origins: Mapping[str, Origin],
    path: Path,
) -> None:
    """Write ``report.xlsx``; scores, ranks and costs are formulas over weights and values.

    ``pairs`` are the decision's, with their costs; ``spoken`` has the words and the catalogue;
    ``origins`` are the layers that the run rests on. The same input gives the same bytes.
    """
    catalog = spoken.catalog
    book = xlsxwriter.Workbook(str(path), {"in_memory": True})
    day = study.as_of  # no clock: a workbook says when it was made, and runs must not differ by it
    made = datetime(day.year, day.month, day.day)  # noqa: DTZ001 (a calendar day)
    book.set_properties({"title": study.title[spoken.language], "created": made})
    formats = {name: book.add_format(shape) for name, shape in FORMATS.items()}
    pages = {
        key: Sheet(book.add_worksheet(name, AsWritten), formats, spoken)
        for key, name in spoken.sheets.items()
    }
    for key, widths in _WIDTHS.items():
        for columns, width in widths.items():
            pages[key].sheet.set_column(columns, width)
        pages[key].sheet.freeze_panes(1, 0)
    places, table = Places(), catalog.load("unit_costs")
    costs = UnitCosts.read(table)
    decision = replace(decision, sites=connected(decision.sites, costs))
    ports = spoken.ports
    row = sheets.weights(pages["weights"], study, decision, places)
    sheets.unit_costs(pages["weights"], table, (costs, ports), row, places)
    sheets.values(pages["values"], study, decision, places)
    for side in SIDES:
        sheets.sites(pages[side], study, decision, side, places)
    if len(pairs):
        sheets.pairs(pages["pairs"], study, decision, pairs, (costs, ports), places)
    else:
        pages["pairs"].put(0, 0, spoken.words["pairs"]["none"])
    _indicators(pages["indicators"], catalog)
    _summary(pages["summary"], study, decision, pairs, ports)
    _sources(pages["sources"], catalog, origins)
    try:
        book.close()
    except FileCreateError as error:
        raise OSError(f"{path.name}: could not be written: {error}") from error


def _summary(
    sheet: Sheet,
    study: StudyFile,
    decision: Decision,
    pairs: pd.DataFrame,
    ports: Mapping[str, str],
) -> None:
    """Write the ten best pairs and sites, by the ranks of their sheets."""
    spoken = sheet.spoken
    language, words = spoken.language, spoken.words
    title, day = study.title[language], spoken.day(study.as_of)
    sheet.put(0, 0, words["title"].format(title=title, day=day), "title")
    row = sheet.rows(1, [(note,) for note in words["notes"]]) + 1
    names = decision.sites[sheets.named(decision.sites, language)]
    if len(pairs):
        top, head = pairs.nsmallest(_TOP, "rank"), words["pairs"]["head"]
        columns: dict[int, tuple[list[object], str]] = {
            3: ([names[site] for site in top["us_site"]], "plain"),
            4: ([ports.get(port, port) for port in top["port"]], "plain"),
            6: ([names[site] for site in top["mx_site"]], "plain"),
            7: (top["score"].tolist(), "score"),
            8: (top["score_low"].tolist(), "score"),
            9: (top["score_high"].tolist(), "score"),
            18: (top["cost_low"].tolist(), "money"),
            19: (top["cost_high"].tolist(), "money"),
        }
        said = {3: head[2], 6: head[5]}  # here a site goes by its name
        shown = {said.get(at) or head[at]: (at, *columns[at]) for at in columns}
        row = _best(sheet, row, "pairs", len(pairs), shown)
    for side in SIDES:
        own = decision.sites[decision.sites["side"] == side]
        first, head = own.head(_TOP), words["sites"]["head"]
        columns = {
            3: (names[first.index].tolist(), "plain"),
            2: (first.index.astype(str).tolist(), "plain"),
            8: (first["place"].tolist(), "plain"),
            4: (first["score"].tolist(), "score"),
            5: (first["score_low"].tolist(), "score"),
            6: (first["score_high"].tolist(), "score"),
        }
        said = {3: spoken.sheets[side], 8: words["place"]}
        shown = {said.get(at) or head[at]: (at, *columns[at]) for at in columns}
        row = _best(sheet, row, side, len(own), shown) if len(own) else row


def _best(
    sheet: Sheet, top: int, page: str, count: int, shown: dict[str, tuple[int, list[object], str]]
) -> int:
    """Write the rows that stand first on another sheet; return the next free row."""
    source = sheet.spoken.sheets[page]
    sheet.rows(top, [(sheet.spoken.words["pairs"]["head"][0], *shown)], "head")
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
    spoken = sheet.spoken
    sheet.rows(0, [spoken.words["indicators"]], "head")
    found = indicators(catalog.load(LAYER)) if LAYER in catalog else []
    for row, each in enumerate(found, start=1):
        what = (each.corridor, spoken.classed(each.metric), each.area, each.value)
        unit, period, trend = spoken.unit(each.unit), each.period, each.trend_in(spoken.language)
        told = (spoken.said(each.source), spoken.said(each.note))
        sheet.rows(row, [(*what, unit, period, trend, *told)])


def _sources(sheet: Sheet, catalog: Catalog, origins: Mapping[str, Origin]) -> None:
    spoken = sheet.spoken
    language = spoken.language
    sheet.rows(0, [spoken.words["sources"]], "head")
    used = {name: origin.layer for name, origin in origins.items()}
    used |= {LAYER: catalog[LAYER]} if LAYER in catalog else {}
    for row, (name, layer) in enumerate(sorted(used.items()), start=1):
        first = (name, layer.title[language])
        origin = (spoken.said(layer.source), spoken.said(layer.publisher))
        grade = (spoken.said(layer.vintage), layer.quality, layer.quality_why[language])
        terms = (spoken.said(layer.licence), spoken.said(layer.attribution))
        caveats = [caveat[language] for caveat in layer.caveats]
        sheet.rows(row, [(*first, *origin, *grade, *terms, caveats)])
