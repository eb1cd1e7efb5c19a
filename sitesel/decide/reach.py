"""What a site or a pair lacks: the smallest change of one measure that reaches a score."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from sitesel.decide.inverse import nearest_raw

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sitesel.decide.values import ValueFunction


class Raise(NamedTuple):
    """A raw measure that would reach the score, and its value; `raw` None when none would."""

    criterion: str
    now: object
    raw: float | str | None
    value: float


def raises(
    row: Mapping[str, object],
    weights: Mapping[str, float],
    functions: Mapping[str, ValueFunction],
    target: float,
) -> list[Raise]:
    """Return for each criterion alone the nearest raw measure that lifts a score to ``target``.

    With S = Σ w·v over the other criteria and W the sum of all weights, the value needed is
    v = (target · W - S) / w. A criterion that is UNKNOWN would have to turn out so good.

    Parameters
    ----------
    row
        ``raw_<criterion>`` and ``value_<criterion>`` of the site; the value of an UNKNOWN is what
        it counts as.
    weights
        Share of each criterion on the site's side; those of 0 are left out.
    functions
        Value function of each criterion.
    target
        The score to reach, 0..1.

    Examples
    --------
    >>> from sitesel.decide.values import Linear
    >>> port = Linear(at={15: 1, 90: 0})
    >>> row = {"raw_port": 90.0, "value_port": 0.0, "raw_rail": 1.0, "value_rail": 0.5}
    >>> raises(row, {"port": 0.5, "rail": 0.5}, {"port": port, "rail": port}, 0.5)[0].raw
    52.5
    """
    heard = {name: w for name, w in weights.items() if w > 0}
    gained = {name: w * _number(row[f"value_{name}"]) for name, w in heard.items()}
    whole = sum(heard.values())
    found = []
    for name, weight in heard.items():
        others = sum(points for other, points in gained.items() if other != name)
        needed = (target * whole - others) / weight
        now = row.get(f"raw_{name}")
        raw = nearest_raw(functions[name], max(needed, 0.0), now) if needed <= 1 else None
        found.append(Raise(name, now, raw, needed))
    return found


def _number(value: object) -> float:
    return float(value)  # type: ignore[arg-type]


def side_needed(target: float, other: float, link: float, weaker_side: float) -> float:
    """Return the score one side of a pair needs for the pair to reach ``target``.

    The pair is worth (weaker_side · min + (1 - weaker_side) · max) · link; inf when no score will.

    Examples
    --------
    >>> round(side_needed(0.7 * 0.4 + 0.3 * 0.8, 0.8, 1.0, 0.7), 9)
    0.4
    >>> side_needed(0.5, 0.8, 0.0, 0.7)
    inf
    """
    if link <= 0:
        return math.inf
    both = target / link
    as_weaker = (both - (1 - weaker_side) * other) / weaker_side
    if as_weaker <= other:
        return as_weaker
    as_stronger = both - weaker_side * other
    return as_stronger / (1 - weaker_side) if weaker_side < 1 else math.inf
