"""The sheets that decide: weights, values, sites and pairs, as live formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sitesel.cost import LINE, TO_GRID
from sitesel.decide.weights import SIDES
from sitesel.decision import words
from sitesel.show import formulas as say
from sitesel.show.told import as_day, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from sitesel.cost import UnitCosts
    from sitesel.decision import Decision
    from sitesel.records import Language
    from sitesel.show.cells import Places, Sheet
    from sitesel.show.spoken import Spoken
    from sitesel.study_file import StudyFile

_FIRST_VALUE = 3  # column of the first criterion on the sheet of values
_SHARES = {"US": 1, "MX": 2}  # rows of the shares there
_UNKNOWN = 3  # row of what an UNKNOWN counts as
_DEGREES = ("lon", "lat")
_SITE_COLUMNS = ("status", "place", "lon", "lat", "hectares")
_GRID = ("grid_low_usd", "grid_high_usd")
_TOLD = ("strong", "weak", "unknown", "zones")
_TESTED = ("p_rank1", "p_top10", "rank_mean", "rank_low", "rank_high")


def weights(sheet: Sheet, study: StudyFile, decision: Decision, places: Places) -> int:
    """Write groups, criteria and the weaker side's rule; return the next free row."""
    spoken = sheet.spoken
    said, language = spoken.words["weights"], spoken.language
    sheet.put(0, 0, said["title"], "title")
    sheet.rows(2, [said["groups"]], "head")
    group_at = {}
    for row, (name, weight) in enumerate(study.groups.items(), start=3):
        sheet.put(row, 0, name)
        sheet.put(row, 1, words(name, study.group_titles.get(name))[language])
        sheet.put(row, 2, weight, "input")
        group_at[name] = say.cell(row, 2)
    top = 5 + len(study.groups)
    sheet.rows(top - 1, [said["criteria"]], "head")
    chosen = {name: study.criteria[name] for name in decision.criteria}
    at = {name: top + place for place, name in enumerate(chosen)}
    for name, criterion in chosen.items():
        title = words(name, criterion.title)[language]
        first = (name, title, criterion.group, None, criterion.applies_to or said["both"])
        sheet.rows(at[name], [(*first, spoken.unit(criterion.value.unit))])
        sheet.put(at[name], 3, criterion.weight, "input")
    for column, side in enumerate(SIDES):
        _side_weights(sheet, study, decision, at, group_at, column)
        for name in chosen:
            places.shares[name, side] = say.cell(at[name], 8 + column, spoken.sheets["weights"])
    row = top + len(chosen) + 1
    if study.pairs:
        sheet.put(row, 0, said["weaker"])
        sheet.put(row, 3, study.pairs.weaker_side, "input")
        places.weaker = say.cell(row, 3, spoken.sheets["weights"])
        row += 2
    return row


def _side_weights(
    sheet: Sheet,
    study: StudyFile,
    decision: Decision,
    at: Mapping[str, int],
    group_at: Mapping[str, str],
    column: int,
) -> None:
    """Write the weights of one side and their shares, as `decide.weights.by_side` has them."""
    here = [name for name in at if study.criteria[name].applies_to in {None, SIDES[column]}]
    rows = list(at.values())
    whole = say.block(rows[0], rows[-1], 6 + column)
    for place, (name, row) in enumerate(at.items()):
        group = study.criteria[name].group if study.groups else None
        members = [
            say.cell(at[other], 3)
            for other in here
            if group is not None and study.criteria[other].group == group
        ]
        if name in here:
            own = group_at[group] if group else None
            formula = say.flat_weight(say.cell(row, 3), own, members)
            sheet.live((row, 6 + column), formula, None)
        else:
            sheet.put(row, 6 + column, 0)
        share = say.share(say.cell(row, 6 + column), whole)
        sheet.live((row, 8 + column), share, decision.weights[place, column], "share")


def unit_costs(
    sheet: Sheet,
    table: pd.DataFrame,
    tolls: tuple[UnitCosts, Mapping[str, str]],
    top: int,
    places: Places,
) -> None:
    """Write the unit costs; a value that is typed in takes the place of the bounds.

    ``tolls`` are the unit costs and the names of the ports by id.
    """
    costs, ports = tolls
    spoken = sheet.spoken
    name_of = spoken.sheets["weights"]
    sheet.rows(top, [spoken.words["weights"]["costs"]], "head")
    for row, item in enumerate(table.to_dict("records"), start=top + 1):
        cost = str(item["cost_id"])
        held = [ports.get(port, port) for port, toll in costs.tolls.items() if toll == cost]
        sheet.rows(row, [(cost, spoken.said(item.get("what")), held)])
        for col, name in enumerate(("value", "low", "high"), start=3):
            sheet.put(row, col, item[name], "input")
        bounds = costs.of[cost]
        for end in (0, 1):
            formula = say.bound(say.cell(row, 3), say.cell(row, 4 + end))
            sheet.live((row, 6 + end), formula, bounds[end])
        for col, name in enumerate(("unit", "year", "source"), start=8):
            sheet.put(row, col, spoken.classed(item.get(name)))
        used = (say.cell(row, 6, name_of), say.cell(row, 7, name_of))
        places.costs[cost] = used


def values(sheet: Sheet, study: StudyFile, decision: Decision, places: Places) -> None:
    """Write the values of all sites, 0 to 1; an empty cell is UNKNOWN or does not apply."""
    criteria, said = decision.criteria, sheet.spoken.words["values"]
    sheet.rows(0, [(*said["head"], *_titled(study, decision, sheet.spoken, units=False))], "head")
    for side, row in _SHARES.items():
        sheet.put(row, 0, said["share"].format(side=side))
        for col, name in enumerate(criteria):
            weight = decision.weights[col, SIDES.index(side)]
            at = (row, _FIRST_VALUE + col)
            sheet.live(at, f"={places.shares[name, side]}", weight, "share")
    sheet.put(_UNKNOWN, 0, said["unknown"])
    for col, name in enumerate(criteria, start=_FIRST_VALUE):
        sheet.put(_UNKNOWN, col, study.criteria[name].unknown, "input")
    first, name_in = _UNKNOWN + 1, named(decision.sites, sheet.spoken.language)
    for row, site in enumerate(_records(decision.sites), start=first):
        sheet.rows(row, [(str(site["site_id"]), site["side"], site[name_in])])
        for col, name in enumerate(criteria):
            sheet.put(row, _FIRST_VALUE + col, site[f"value_{name}"], "input")
        places.values[str(site["site_id"])] = row


def named(sites: pd.DataFrame, language: Language) -> str:
    """Return the column that names the sites in a language."""
    return "name_es" if language == "es" and "name_es" in sites else "name"


def _titled(
    study: StudyFile, decision: Decision, spoken: Spoken, *, units: bool = True
) -> list[str]:
    """Return the titles of the criteria, with the units of their measures."""
    chosen = {name: study.criteria[name] for name in decision.criteria}
    title = {name: words(name, one.title)[spoken.language] for name, one in chosen.items()}
    unit = {name: units and spoken.unit(one.value.unit) for name, one in chosen.items()}
    return [f"{title[name]} ({unit[name]})" if unit[name] else title[name] for name in chosen]


def _worded(study: StudyFile, column: str, value: Any, language: Language) -> Any:
    """Return a class that was measured in the words of its criterion; any other value as it is."""
    if not isinstance(value, str) or not column.startswith("raw_"):
        return value
    said = study.criteria[column.removeprefix("raw_")].words.get(value)
    return said[language] if said else value


def _style(study: StudyFile, column: str, value: Any) -> str:
    """Return how a site's number is shown, in as many digits as say something; it stays exact."""
    if column in _DEGREES:
        return "degrees"
    if not column.startswith("raw_") or not isinstance(value, float) or not np.isfinite(value):
        return "plain"
    if study.criteria[column.removeprefix("raw_")].value.unit == "share":
        return "share"
    if value.is_integer():
        return "whole"
    return "fine" if abs(value) < 1 else "measure"


def _records(sites: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the sites as dictionaries, which are read cell by cell far faster than rows."""
    records: list[Any] = sites.rename_axis("site_id").reset_index().to_dict("records")
    return records


def sites(sheet: Sheet, study: StudyFile, decision: Decision, side: str, places: Places) -> None:
    """Write the sites of a side with their live scores and ranks, and what is told of them."""
    own, spoken = decision.sites[decision.sites["side"] == side], sheet.spoken
    said, tested, language = spoken.words["sites"], spoken.words["tested"], spoken.language
    name_in = named(own, language)
    owned = told(study, spoken.catalog, own)
    more = [name for name in _TESTED if name in own]
    raw = [*(one.titled(spoken) for one in owned), *_titled(study, decision, spoken)]
    grid = [name for name in _GRID if name in own]
    columns = {**said["columns"], **tested}
    heads = [columns[name] for name in (*_SITE_COLUMNS, *more)]
    ends = [columns[name] for name in (*grid, *_TOLD)]
    sheet.rows(0, [(*said["head"], *heads, *raw, *ends)], "head")
    rest = [*_SITE_COLUMNS, *more, *(one.column for one in owned)]
    rest += [*(f"raw_{name}" for name in decision.criteria), *grid]
    rest += [f"{part}_{language}" for part in _TOLD]
    at = {name: col for col, name in enumerate(rest, start=len(said["head"]))}
    last = len(own)
    for row, site in enumerate(_records(own), start=1):
        site_id = str(site["site_id"])
        places.sites[site_id] = row
        ranks = say.rank(say.cell(row, 4), say.block(1, last, 4), say.block(1, row, 4))
        sheet.live((row, 0), ranks, site["rank"])
        for col, value in enumerate((site["rank"], site_id, site[name_in]), start=1):
            sheet.put(row, col, value)
        _site_scores(sheet, decision, site, row, places.values[site_id])
        for name, col in at.items():
            if name not in grid:
                cell = _worded(study, name, site[name], language)
                style = _style(study, name, cell)
                sheet.put(row, col, as_day(cell) or spoken.classed(cell), style)
        for end, name in enumerate(grid):
            costs = [places.costs[cost][end] for cost in LINE if cost in places.costs]
            if len(costs) == len(LINE):
                formula = say.grid_connection(say.cell(row, at[TO_GRID]), costs)
                sheet.live((row, at[name]), formula, site[name], "money")


def _site_scores(sheet: Sheet, decision: Decision, site: Any, row: int, at: int) -> None:
    last = _FIRST_VALUE + len(decision.criteria) - 1
    values = sheet.spoken.sheets["values"]
    own = say.line(at, _FIRST_VALUE, last, values)
    shares = say.line(_SHARES[site["side"]], _FIRST_VALUE, last, values)
    unknown = say.line(_UNKNOWN, _FIRST_VALUE, last, values)
    formulas = say.scores(own, shares, unknown, say.cell(row, 4))
    names = ("score", "score_low", "score_high")
    for col, (formula, name) in enumerate(zip(formulas, names, strict=True), start=4):
        sheet.live((row, col), formula, site[name], "score")


def pairs(
    sheet: Sheet,
    study: StudyFile,
    decision: Decision,
    table: pd.DataFrame,
    tolls: tuple[UnitCosts, Mapping[str, str]],
    places: Places,
) -> None:
    """Write the pairs with their live scores, ranks and costs.

    ``table`` has the costs; ``tolls`` are the unit costs and the names of the ports by id.
    """
    costs, ports = tolls
    more = [name for name in _TESTED if name in table]
    head, tested = sheet.spoken.words["pairs"]["head"], sheet.spoken.words["tested"]
    sheet.rows(0, [(*head, *(tested[name] for name in more))], "head")
    names = decision.sites[named(decision.sites, sheet.spoken.language)].to_dict()
    assert study.pairs is not None
    for row, pair in enumerate(table.to_dict("records"), start=1):
        us, mx, port = (str(pair[name]) for name in ("us_site", "mx_site", "port"))
        ranks = say.rank(say.cell(row, 7), say.block(1, len(table), 7), say.block(1, row, 7))
        sheet.live((row, 0), ranks, pair["rank"])
        said = (pair["rank"], us, names[us], ports.get(port, port), mx, names[mx])
        for col, value in enumerate(said, start=1):
            sheet.put(row, col, value)
        _pair_scores(sheet, pair, row, places)
        _link(sheet, study, pair, row)
        toll = costs.tolls.get(port, "toll_other")
        for end, name in enumerate(("cost_low", "cost_high")):
            minutes = (say.cell(row, 14), say.cell(row, 15), say.cell(row, 16))
            hour, mexican, empty = (
                places.costs[cost][end] for cost in ("truck_hour", "mx_truck", "empty_miles")
            )
            formula = say.truckload(minutes, (hour, mexican, empty), places.costs[toll][end])
            sheet.live((row, 18 + end), formula, pair[name], "money")
        sheet.put(row, 20, pair["set_rank"])
        for col, name in enumerate(more, start=len(head)):
            sheet.put(row, col, pair[name])


def _pair_scores(sheet: Sheet, pair: Mapping[Any, Any], row: int, places: Places) -> None:
    link = say.cell(row, 17)
    at = {side: places.sites[str(pair[f"{side.lower()}_site"])] for side in SIDES}
    for col, name in enumerate(("score", "score_low", "score_high")):
        own = [say.cell(at[side], 4 + col, sheet.spoken.sheets[side]) for side in SIDES]
        formula = say.pair_score(own[0], own[1], places.weaker, link)
        sheet.live((row, 7 + col), formula, pair[name], "score")
    for col, side in enumerate(SIDES, start=10):
        own_score = say.cell(at[side], 4, sheet.spoken.sheets[side])
        sheet.live((row, col), f"={own_score}", pair[f"{side.lower()}_score"], "score")
    weaker = f'=IF({say.cell(row, 10)}<={say.cell(row, 11)},"US","MX")'
    sheet.live((row, 12), weaker, pair["weaker_side"])


def _link(sheet: Sheet, study: StudyFile, pair: Mapping[Any, Any], row: int) -> None:
    assert study.pairs is not None
    for col, name in enumerate(("us_minutes", "delay_minutes", "mx_minutes"), start=14):
        sheet.put(row, col, pair[name], "input")
    total = "+".join(say.cell(row, col) for col in (14, 15, 16))
    sheet.live((row, 13), f"={total}", pair["link_minutes"], "minutes")
    formula = say.value(study.pairs.link.value, say.cell(row, 13))
    if formula:
        sheet.live((row, 17), formula, pair["link_value"], "score")
    else:
        sheet.put(row, 17, pair["link_value"], "input")
