"""Runs side by side: what entered and left the top, who moved, and exactly why."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sitesel.ask.explain import counted, shares
from sitesel.crs import GEOD
from sitesel.decide.difference import Part, pair_parts, site_parts
from sitesel.decide.weights import SIDES
from sitesel.decision import words
from sitesel.errors import StudyError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sitesel.study import Run

TOP = 20
_LEAST_KM = 1.0
_SAID = 3  # reasons in a row
_LEAST = 0.0005  # of a score: what moves it by less is not worth a word


@dataclass(frozen=True)
class Move:
    """One alternative in two runs: its ranks and scores, NaN where a run has none, and why.

    ``key`` is the same in all comparisons with the first run. ``parts`` with their side add up to
    the difference of the scores; they are empty when one run lacks it. ``status`` is "entered",
    "left", "stayed" or "outside" of the top.
    """

    key: str
    name: str
    old_rank: float
    new_rank: float
    old_score: float
    new_score: float
    status: str
    parts: tuple[tuple[str, Part], ...]


@dataclass(frozen=True)
class Comparison:
    """Two runs compared: pairs, or the sites of one side in studies without pairs."""

    old: str
    new: str
    of: str
    moves: tuple[Move, ...]


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
        same = _same_sites(base, run)
        if len(base.pairs) and len(run.pairs):
            found.append(Comparison(first, name, "pairs", _pair_moves(base, run, same, top)))
            continue
        for side in SIDES:
            moves = _site_moves(base, run, same, side, top)
            if moves:
                found.append(Comparison(first, name, f"{side} sites", moves))
    return found


def _members(run: Run) -> dict[str, set[str]]:
    """Return the ids of each site's cells."""
    ids = run.measures.index.to_numpy()
    cells = zip(run.decision.sites.index, run.decision.cells, strict=True)
    return {str(site): set(ids[here]) for site, here in cells}


def _same_sites(old: Run, new: Run) -> dict[str, str]:
    """Return the old run's site for each site of the new that is the same land, one to one."""
    if not old.measures.index.isin(new.measures.index).any():
        raise StudyError(
            f"compare: {old.folder} and {new.folder} share no candidate; compare runs of the same "
            "area and grid"
        )
    before, after = _members(old), _members(new)
    claims = []
    for site, cells in after.items():
        for other, km in _near(old, new, site):
            shared = len(cells & before[other]) / min(len(cells), len(before[other]))
            claims.append((-shared, km, other, site))
    same: dict[str, str] = {}
    for _, _, other, site in sorted(claims):
        if site not in same and other not in same.values():
            same[site] = other
    return same


def _near(old: Run, new: Run, site: str) -> list[tuple[str, float]]:
    """Return the old run's sites that may be the same land, with the km between the centres.

    Sites on a grid are regrown under new weights and shift a little; polygons stay what they are.
    """
    row: Any = new.decision.sites.loc[site]
    own = old.decision.sites[old.decision.sites["side"] == row["side"]]
    if "geometry" in new.measures:
        return [(site, 0.0)] if site in own.index else []
    lon, lat = (np.full(len(own), row[name]) for name in ("lon", "lat"))
    km = np.asarray(GEOD.inv(lon, lat, own["lon"].to_numpy(), own["lat"].to_numpy())[2]) / 1000
    least = max(old.study.sites.apart_km, _LEAST_KM)
    return [(str(own.index[place]), float(km[place])) for place in np.flatnonzero(km < least)]


def _values(run: Run, row: Any) -> tuple[dict[str, float], dict[str, float]]:
    """Return values and weights of a site by criterion."""
    weights = shares(run, str(row["side"]))
    return {name: counted(run, row, name) for name in weights}, weights


def _status(old: float, new: float, top: int) -> str:
    was, is_ = old <= top, new <= top  # NaN is neither
    if was and is_:
        return "stayed"
    return "entered" if is_ else "left" if was else "outside"


def _site_moves(
    old: Run, new: Run, same: Mapping[str, str], side: str, top: int
) -> tuple[Move, ...]:
    before, after = (run.decision.sites[run.decision.sites["side"] == side] for run in (old, new))
    then = {other: site for site, other in same.items()}
    moves = []
    for key, site in _keys(list(before.index), list(after.index), then):
        a = before.loc[key] if key in before.index else None
        b = after.loc[site] if site is not None and site in after.index else None
        parts: tuple[tuple[str, Part], ...] = ()
        if a is not None and b is not None:
            parts = tuple((side, p) for p in site_parts(_values(old, a), _values(new, b)))
        shown = a if a is not None else b
        assert shown is not None
        moves.append(_move(key, str(shown["name"]), a, b, parts, top))
    return _shown(moves)


def _keys(
    before: Sequence[Any], after: Sequence[Any], then: Mapping[Any, Any]
) -> list[tuple[Any, Any]]:
    """Return (key, new alternative or None): all of the old run, then what is new."""
    known = set(then.values())
    return [(key, then.get(key)) for key in before] + [(x, x) for x in after if x not in known]


def _pair_moves(old: Run, new: Run, same: Mapping[str, str], top: int) -> tuple[Move, ...]:
    a_rows, b_rows = (_by_sites(run) for run in (old, new))
    renamed = {
        (same.get(us, f"new {us}"), same.get(mx, f"new {mx}")): (us, mx) for us, mx in b_rows
    }
    moves = []
    for key in dict.fromkeys([*a_rows, *renamed]):
        a, b = a_rows.get(key), b_rows.get(renamed.get(key, ("", "")))
        parts: tuple[tuple[str, Part], ...] = ()
        if a is not None and b is not None:
            parts = tuple(_pair_parts(old, new, a, b))
        name = _pair_name(old, a) if a is not None else _pair_name(new, b)
        moves.append(_move("/".join(key), name, a, b, parts, top))
    return _shown(moves)


def _by_sites(run: Run) -> dict[tuple[str, str], Any]:
    return {(str(row["us_site"]), str(row["mx_site"])): row for row in run.pairs.to_dict("records")}


def _pair_name(run: Run, row: Any) -> str:
    names = run.decision.sites["name"]
    return f"{names[row['us_site']]} - {names[row['mx_site']]}"


def _pair_parts(old: Run, new: Run, a: Any, b: Any) -> list[tuple[str, Part]]:
    assert old.study.pairs is not None
    assert new.study.pairs is not None
    sites = {}
    for side in SIDES:
        column = f"{side.lower()}_site"
        before, after = old.decision.sites.loc[a[column]], new.decision.sites.loc[b[column]]
        sites[str(side)] = site_parts(_values(old, before), _values(new, after))
    return pair_parts(a, b, (old.study.pairs.weaker_side, new.study.pairs.weaker_side), sites)


def _move(
    key: str, name: str, a: Any, b: Any, parts: tuple[tuple[str, Part], ...], top: int
) -> Move:
    nan = float("nan")
    was, is_ = (nan if row is None else float(row["rank"]) for row in (a, b))
    before, after = (nan if row is None else float(row["score"]) for row in (a, b))
    return Move(key, name, was, is_, before, after, _status(was, is_, top), parts)


def _shown(moves: Sequence[Move]) -> tuple[Move, ...]:
    """Return the moves of those in either's top, by new rank, those that left last."""
    seen = [move for move in moves if move.status != "outside"]
    return tuple(
        sorted(seen, key=lambda m: (m.status == "left", _last(m.new_rank), _last(m.old_rank)))
    )


def _last(rank: float) -> float:
    return rank if rank == rank else float("inf")  # noqa: PLR0124 (NaN)


def why(move: Move, run: Run) -> str:
    """Say which criteria moved a score most, in points of 100."""
    if not move.parts:
        return f"only in the {'other' if math.isnan(move.old_rank) else 'first'} run"
    heaviest = sorted(move.parts, key=lambda part: -abs(part[1].points))[:_SAID]
    said = [
        f"{_title(part.criterion, run)}{f' {side}' if side else ''}, {part.kind} "
        f"{100 * part.points:+.1f}"
        for side, part in heaviest
        if abs(part.points) >= _LEAST
    ]
    return "; ".join(said) or "the others moved"


def _title(name: str, run: Run) -> str:
    criterion = run.study.criteria.get(name)
    return words(name, (criterion.short or criterion.title) if criterion else None)["en"]


def tables(comparisons: Sequence[Comparison], run: Run) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the moves as one table, and their parts as another; scores 0..1."""
    moves, parts = [], []
    for each in comparisons:
        for move in each.moves:
            head = {"old": each.old, "new": each.new, "of": each.of, "key": move.key}
            change = move.new_score - move.old_score
            numbers = {
                name: getattr(move, name)
                for name in ("old_rank", "new_rank", "old_score", "new_score")
            }
            said = {"change": change, "why": why(move, run)}
            moves.append({**head, "name": move.name, "status": move.status, **numbers, **said})
            parts += [{**head, "side": side, **part._asdict()} for side, part in move.parts]
    columns = ["old", "new", "of", "key", "side", "criterion", "kind", "points"]
    return pd.DataFrame(moves), pd.DataFrame(parts, columns=columns)


def save(comparisons: Sequence[Comparison], run: Run, folder: Path) -> None:
    """Write ``compare.csv``, ``compare_parts.csv`` and ``compare.html`` into a folder."""
    from sitesel.resources import replacing  # noqa: PLC0415
    from sitesel.show.slopes import page  # noqa: PLC0415
    from sitesel.show.tables import write_csv  # noqa: PLC0415

    moves, parts = tables(comparisons, run)
    for name, table in (("compare.csv", moves), ("compare_parts.csv", parts)):
        with replacing(folder / name) as part:
            write_csv(table, part)
    said = [[why(move, run) for move in each.moves] for each in comparisons]
    with replacing(folder / "compare.html") as part:
        part.write_text(page(comparisons, said), encoding="utf-8", newline="\n")
