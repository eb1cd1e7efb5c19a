"""Runs side by side: what entered and left the top, who moved, and exactly why."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from sitesel.ask.elsewhere import Land, named, pair_worth, place
from sitesel.ask.matching import Both, same_sites
from sitesel.decide.difference import Part, pair_parts, site_parts
from sitesel.decide.weights import SIDES, Side
from sitesel.decision import words
from sitesel.errors import StudyError
from sitesel.records import Text
from sitesel.show.language import both, load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sitesel.records import Language
    from sitesel.study import Run

TOP = 20
_SAID = 3  # reasons in a row
_RUN = (both("compare", "runs.first"), both("compare", "runs.other"))
_TABS = {"pairs": "pairs", "US sites": "us", "MX sites": "mx"}
_NUMBERS = ("old_rank", "new_rank", "old_score", "new_score", "would_rank", "would_score")
_LEAST = 0.0005  # of a score: what moves it by less is not worth a word


@dataclass(frozen=True)
class Move:
    """One alternative in two runs: its ranks and scores, NaN where a run has none, and why.

    ``key`` is the same in all comparisons with the first run. ``status`` is "entered", "left",
    "stayed" or "outside" of the top. ``absent`` says why the tables of one run lack it; where
    its land is no site there, ``would_rank`` and ``would_score`` are what that run's own values
    and weights make of it. ``parts`` with their side add up to the difference of the two scores,
    with ``would_score`` for one that is missing; they are empty where it is missing too.
    """

    key: str
    name: Text
    old_rank: float
    new_rank: float
    old_score: float
    new_score: float
    status: str
    absent: Text | None = None
    would_rank: float = math.nan
    would_score: float = math.nan
    parts: tuple[tuple[str, Part], ...] = ()


@dataclass(frozen=True)
class Comparison:
    """Two runs compared: pairs, or the sites of one side in studies without pairs.

    ``of`` is "pairs", "US sites" or "MX sites"; ``titles`` are short words for the criteria of
    both runs, by id.
    """

    old: str
    new: str
    of: str
    moves: tuple[Move, ...]
    titles: Mapping[str, Text]

    def head(self, language: Language) -> str:
        """Return what is compared, as the map's tabs have it."""
        title: str = load(language)["tabs"][_TABS[self.of]]
        return title


def compare(runs: Mapping[str, Run], top: int = TOP) -> list[Comparison]:
    """Compare every further run with the first, over what stands in either's top.

    A site is the same in both when their centres lie closer than sites may stand to each other
    (``sites.apart_km``); those that share most land are matched first.

    Raises
    ------
    StudyError
        Fewer than two runs, or runs without a single candidate in common.
    """
    if len(runs) < 2:  # noqa: PLR2004
        raise StudyError("compare: name at least two different folders of runs")
    (first, base), *others = runs.items()
    found = []
    for name, run in others:
        two, titles = Both((base, run), same_sites(base, run)), _titles(run) | _titles(base)
        if len(base.pairs) and len(run.pairs):
            found.append(Comparison(first, name, "pairs", _pair_moves(two, top), titles))
            continue
        for side in SIDES:
            moves = _site_moves(two, side, top)
            if moves:
                found.append(Comparison(first, name, f"{side} sites", moves, titles))
    return found


def _titles(run: Run) -> dict[str, Text]:
    criteria = run.study.criteria.items()
    return {name: words(name, each.short or each.title) for name, each in criteria}


def _status(old: float, new: float, top: int) -> str:
    was, is_ = old <= top, new <= top  # NaN is neither
    if was and is_:
        return "stayed"
    return "entered" if is_ else "left" if was else "outside"


def _site_moves(two: Both, side: Side, top: int) -> tuple[Move, ...]:
    before, after = (_sites_of(run, side) for run in two.runs)
    then = {old: new for new, old in two.same.items()}
    moves = []
    for key, site in _keys(list(before.index), list(after.index), then):
        rows = (
            before.loc[key] if key in before.index else None,
            after.loc[site] if site is not None and site in after.index else None,
        )
        at = 0 if rows[0] is not None else 1
        shown: Any = rows[at]
        move = _move(key, named(shown), rows, top)
        if move.status == "outside":
            continue
        lands = two.lands(key if at == 0 else site, side, at)
        parts = [(str(side), p) for p in _land_parts(*lands)]
        if rows[1 - at] is None:
            land, others = lands[1 - at], (before, after)[1 - at]["score"]
            stands = (place(land.score, others), land.score)
            absent = both("compare", "absent.site", run=_RUN[1 - at], why=land.why_not)
            move = replace(move, absent=absent, would_rank=stands[0], would_score=stands[1])
        moves.append(replace(move, parts=tuple(parts)))
    return _shown(moves)


def _sites_of(run: Run, side: Side) -> pd.DataFrame:
    return run.decision.sites[run.decision.sites["side"] == side]


def _keys(
    before: Sequence[Any], after: Sequence[Any], then: Mapping[Any, Any]
) -> list[tuple[Any, Any]]:
    """Return (key, new alternative or None): all of the old run, then what is new."""
    known = set(then.values())
    return [(key, then.get(key)) for key in before] + [(x, x) for x in after if x not in known]


def _land_parts(old: Land, new: Land) -> list[Part]:
    """Return the parts of a difference of two scores; none where a run has no score."""
    if math.isnan(old.score) or math.isnan(new.score):
        return []
    return site_parts((old.values, old.weights), (new.values, new.weights))


def _pair_moves(two: Both, top: int) -> tuple[Move, ...]:
    old_rows, new_rows = (_by_sites(run) for run in two.runs)
    same = two.same
    renamed = {
        (same.get(us, f"new {us}"), same.get(mx, f"new {mx}")): (us, mx) for us, mx in new_rows
    }
    moves = []
    for key in dict.fromkeys([*old_rows, *renamed]):
        rows = old_rows.get(key), new_rows.get(renamed.get(key, ("", "")))
        at = 0 if rows[0] is not None else 1
        name = _pair_name(two.runs[at], rows[at])
        move = _move("/".join(key), name, rows, top)
        if move.status != "outside":
            moves.append(_explained(two, move, rows, at, top))
    return _shown(moves)


def _by_sites(run: Run) -> dict[tuple[str, str], Any]:
    return {(str(row["us_site"]), str(row["mx_site"])): row for row in run.pairs.to_dict("records")}


def _pair_name(run: Run, row: Any) -> Text:
    us, mx = (named(run.decision.sites.loc[row[f"{side.lower()}_site"]]) for side in SIDES)
    return Text(en=f"{us.en} - {mx.en}", es=f"{us.es} - {mx.es}")


def _explained(two: Both, move: Move, rows: tuple[Any, Any], at: int, top: int) -> Move:
    """Return the move of a pair with its parts, and with why a run lacks it if one does."""
    lands = {side: two.lands(rows[at][f"{side.lower()}_site"], side, at) for side in SIDES}
    worth = [pair_worth(two.runs[i], lands["US"][i], lands["MX"][i]) for i in (0, 1)]
    if not any(math.isnan(each["score"]) for each in worth):
        rules = tuple(run.study.pairs.weaker_side for run in two.runs if run.study.pairs)
        sites = {str(side): _land_parts(*lands[side]) for side in SIDES}
        parts = pair_parts(worth[0], worth[1], (rules[0], rules[-1]), sites)
        move = replace(move, parts=tuple(parts))
    if rows[1 - at] is not None:
        return move
    run, there = two.runs[1 - at], worth[1 - at]
    rank, score = there["rank"], there["score"]
    gone = {side: why for side in SIDES if (why := lands[side][1 - at].why_not)}
    if gone or math.isnan(score):
        none = both("compare", "absent.port", run=_RUN[1 - at])
        absent = _no_sites(gone, _RUN[1 - at]) if gone else none
        return replace(move, absent=absent, would_rank=rank, would_score=score)
    kept = run.study.pairs.keep if run.study.pairs else 0
    absent = both("compare", "absent.below", kept=kept, run=_RUN[1 - at])
    if at == 0:
        move = replace(move, new_rank=rank, new_score=score, absent=absent)
    else:
        move = replace(move, old_rank=rank, old_score=score, absent=absent)
    return replace(move, status=_status(move.old_rank, move.new_rank, top))


def _no_sites(gone: Mapping[Side, Text], run: Text) -> Text:
    """Say why a run lacks the sites of a pair, a reason that both share once.

    >>> outside = Text(en="outside", es="fuera")
    >>> _no_sites({"US": outside, "MX": outside}, _RUN[0])["en"]
    'no such US and MX sites in the first run: outside'
    >>> _no_sites({"US": outside, "MX": Text(en="full", es="lleno")}, _RUN[0])["es"].count(";")
    1
    """
    if len(gone) == len(SIDES) and gone["US"] == gone["MX"]:
        return both("compare", "absent.both", run=run, why=gone["US"])
    said = [both("compare", f"absent.{side}", run=run, why=why) for side, why in gone.items()]
    return Text(en="; ".join(each.en for each in said), es="; ".join(each.es for each in said))


def _move(key: str, name: Text, rows: tuple[Any, Any], top: int) -> Move:
    was, is_ = (math.nan if row is None else float(row["rank"]) for row in rows)
    before, after = (math.nan if row is None else float(row["score"]) for row in rows)
    return Move(key, name, was, is_, before, after, _status(was, is_, top))


def _shown(moves: Sequence[Move]) -> tuple[Move, ...]:
    """Return the moves of those in either's top, by new rank, those that left last."""
    seen = [move for move in moves if move.status != "outside"]
    return tuple(
        sorted(seen, key=lambda m: (m.status == "left", _last(m.new_rank), _last(m.old_rank)))
    )


def _last(rank: float) -> float:
    return rank if rank == rank else float("inf")  # noqa: PLR0124 (NaN)


def why(move: Move, titles: Mapping[str, Text], language: Language = "en") -> str:
    """Say which criteria moved a score most, in points of 100, and why a run lacks it."""
    our = load(f"compare.{language}")
    heaviest = sorted(move.parts, key=lambda part: -abs(part[1].change))[:_SAID]
    said = "; ".join(
        _part(side, part, titles, language) for side, part in heaviest if abs(part.change) >= _LEAST
    )
    absent = move.absent[language] if move.absent else ""
    if not math.isnan(move.would_rank):
        stands = {"rank": f"{move.would_rank:.0f}", "score": f"{100 * move.would_score:.1f}"}
        return str(our["stands"]).format(absent=absent, **stands) + (f" ({said})" if said else "")
    if absent:
        return "; ".join(filter(None, (said, absent)))
    if said or abs(move.new_score - move.old_score) >= _LEAST:
        return said or str(our["small"])
    return str(our["same" if move.old_rank == move.new_rank else "others"])


def _part(side: str, part: Part, titles: Mapping[str, Text], language: Language) -> str:
    """Say a part: of a criterion on a side, or else of the link or of the rule of a pair."""
    our = load(f"compare.{language}")
    if side:
        title = words(part.criterion, titles.get(part.criterion))[language]
        what = f"{title} {load(language)['side_short'][side]}"
    else:
        what = our["beside"][part.criterion]
    return f"{what}, {our['kinds'][part.kind]} {100 * part.change:+.1f}"


def tables(comparisons: Sequence[Comparison]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the moves as one table, and their parts as another; scores 0..1, words in English."""
    moves, parts = [], []
    for each in comparisons:
        for move in each.moves:
            head = {"old": each.old, "new": each.new, "of": each.of, "key": move.key}
            change = move.new_score - move.old_score
            numbers = {name: getattr(move, name) for name in _NUMBERS}
            said = {"change": change, "why": why(move, each.titles)}
            moves.append({**head, "name": move.name.en, "status": move.status, **numbers, **said})
            parts += [{**head, "side": side, **part._asdict()} for side, part in move.parts]
    columns = ["old", "new", "of", "key", "side", "criterion", "kind", "change"]
    return pd.DataFrame(moves), pd.DataFrame(parts, columns=columns)


def save(comparisons: Sequence[Comparison], folder: Path, language: Language = "en") -> None:
    """Write ``compare.csv``, ``compare_parts.csv`` and ``compare.html`` into a folder.

    The page speaks the language; the tables are for machines and stay the same.
    """
    from sitesel.resources import replacing  # noqa: PLC0415
    from sitesel.show.slopes import page  # noqa: PLC0415
    from sitesel.show.tables import write_csv  # noqa: PLC0415

    moves, parts = tables(comparisons)
    for name, table in (("compare.csv", moves), ("compare_parts.csv", parts)):
        with replacing(folder / name) as part:
            write_csv(table, part)
    said = [[why(move, each.titles, language) for move in each.moves] for each in comparisons]
    with replacing(folder / "compare.html") as part:
        part.write_text(page(comparisons, said, language), encoding="utf-8", newline="\n")
