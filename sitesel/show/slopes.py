"""A comparison of runs as one small page: a slope chart and the reasons, without scripts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from sitesel.show.language import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sitesel.records import Language

_STEP, _TOP, _LEFT, _RIGHT = 22, 40, 300, 560
_COLOURS = {"entered": "#15803d", "left": "#b91c1c", "up": "#1d4ed8", "down": "#c2410c"}
_LONGEST, _HALF = 42, 20
_NONE = "\N{EN DASH}"  # no rank or score


def page(
    comparisons: Sequence[Any], reasons: Sequence[Sequence[str]], language: Language = "en"
) -> str:
    """Return the page in a language; every text is escaped, and the page loads nothing.

    Parameters
    ----------
    comparisons
        As `sitesel.ask.compare.compare` returns them.
    reasons
        Words on each of their moves, in the language.
    """
    environment = Environment(
        loader=PackageLoader("sitesel.show", "."),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    charts = [
        {
            "old": each.old,
            "new": each.new,
            "of": each.head(language),
            "lines": _lines(each.moves, language),
            "height": _height(each.moves),
            "left": _LEFT,
            "right": _RIGHT,
            "rows": [_row(m, why, language) for m, why in zip(each.moves, said, strict=True)],
        }
        for each, said in zip(comparisons, reasons, strict=True)
    ]
    template = environment.get_template("compare.html.j2")
    return template.render(charts=charts, language=language, our=load(f"compare.{language}"))


def _places(moves: Sequence[Any]) -> tuple[dict[str, int], dict[str, int]]:
    """Return the row of each alternative on the left and on the right: by rank, no gaps."""
    sides = []
    for name in ("old_rank", "new_rank"):
        ranked = sorted((getattr(m, name), m.key) for m in moves if getattr(m, name) > 0)
        sides.append({key: place for place, (_, key) in enumerate(ranked)})
    return sides[0], sides[1]


def _height(moves: Sequence[Any]) -> int:
    return _TOP + _STEP * (max(map(len, _places(moves)), default=0) + 1)


def _lines(moves: Sequence[Any], language: Language) -> list[dict[str, Any]]:
    """Return what to draw: a line for those that both runs rank, labels for all."""
    left, right = _places(moves)
    return [
        {
            "y0": _TOP + _STEP * left[m.key] if m.key in left else None,
            "y1": _TOP + _STEP * right[m.key] if m.key in right else None,
            "old": _label(m.name[language], m.old_rank),
            "new": _label(m.name[language], m.new_rank),
            "title": m.name[language],
            "colour": _colour(m),
        }
        for m in moves
    ]


def _label(name: str, rank: float) -> str:
    short = name if len(name) <= _LONGEST else f"{name[:_HALF]}…{name[-_HALF:]}"
    return "" if math.isnan(rank) else f"{rank:.0f}  {short}"


def _colour(move: Any) -> str:
    if move.status in _COLOURS:
        return _COLOURS[move.status]
    if move.new_rank == move.old_rank:
        return "#64748b"
    return _COLOURS["up" if move.new_rank < move.old_rank else "down"]


def _row(move: Any, why: str, language: Language) -> dict[str, str]:
    change = move.new_score - move.old_score
    return {
        "name": move.name[language],
        "status": move.status,
        "was": _NONE if math.isnan(move.old_rank) else f"{move.old_rank:.0f}",
        "rank": _NONE if math.isnan(move.new_rank) else f"{move.new_rank:.0f}",
        "score": _NONE if math.isnan(move.new_score) else f"{100 * move.new_score:.1f}",
        "change": _NONE if math.isnan(change) else f"{100 * change:+.1f}",
        "why": why,
    }
