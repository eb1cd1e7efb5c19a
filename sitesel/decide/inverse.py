"""Value functions read backwards: which raw measures are, or would be, worth so much."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from sitesel.decide.values import Classes, Log, Steps

if TYPE_CHECKING:
    from sitesel.decide.values import Linear, ValueFunction

_HALVINGS = 80
_CLOSE = 1e-12


def nearest_raw(function: ValueFunction, wanted: float, raw: object = None) -> float | str | None:
    """Return the raw measure nearest to ``raw`` that is worth ``wanted`` or more.

    Found numerically between the anchors. None when nothing is worth so much; without a known
    ``raw``, the measure that is worth least among those worth enough.

    Examples
    --------
    >>> from sitesel.decide.values import Classes, Linear
    >>> nearest_raw(Linear(at={0: 0, 500: 0.5, 2000: 1}), 0.75, 300)
    1250.0
    >>> nearest_raw(Linear(at={15: 1, 45: 0.5, 90: 0}), 0.25, 80)
    67.5
    >>> nearest_raw(Classes(of={"scarce": 0.2, "strained": 0.4, "secure": 1}), 0.3, "scarce")
    'strained'
    >>> nearest_raw(Linear(at={0: 0, 10: 0.5}), 0.75, 1) is None
    True
    """
    if isinstance(function, Classes):
        enough = [(value, name) for name, value in function.of.items() if value >= wanted - _CLOSE]
        return min(enough)[1] if enough else None
    anchors = list(function.at)
    # a step falls right at its anchor, so the last number before it is tried as well
    tried = [*anchors, *(float(np.nextafter(x, -np.inf)) for x in anchors)]
    for low, high in pairwise(anchors):
        tried += _crossing(function, wanted, low, high)
    worth = function.apply(tried)
    known = isinstance(raw, int | float) and math.isfinite(raw)
    here = float(raw) if known else 0.0  # type: ignore[arg-type]
    enough_of = [
        (abs(x - here) if known else v, x)
        for x, v in zip(tried, worth.tolist(), strict=True)
        if v >= wanted - _CLOSE
    ]
    return float(min(enough_of)[1]) if enough_of else None


def _crossing(function: ValueFunction, wanted: float, low: float, high: float) -> list[float]:
    """Halve the way between two anchors until the value is the wanted one."""
    at_low, at_high = (v >= wanted for v in function.apply([low, high]).tolist())
    if at_low == at_high:
        return []
    enough, short = (low, high) if at_low else (high, low)
    for _ in range(_HALVINGS):
        middle = (enough + short) / 2
        if function.apply([middle])[0] >= wanted:
            enough = middle
        else:
            short = middle
    return [enough]


def stretch(
    function: ValueFunction, value: float, half: float
) -> tuple[float | None, float | None] | None:
    """Return the least and the most raw measure that is worth ``value``, give or take ``half``.

    None in place of an end without bound; None alone where no single stretch is worth that.

    Examples
    --------
    >>> from sitesel.decide.values import Linear, Steps
    >>> minutes = Linear(at={15: 1, 90: 0})
    >>> stretch(minutes, 0.5, 0.02), stretch(minutes, 1, 0.02)
    ((51.0, 54.0), (None, 15.0))
    >>> stretch(Steps(at={0: 1, 5: 0.7, 20: 0}), 0.7, 0.02)
    (5.0, 20.0)
    """
    at = {} if isinstance(function, Classes) else function.at
    raws, worths = list(at), list(at.values())
    rising, falling = worths == sorted(worths), worths == sorted(worths, reverse=True)
    if isinstance(function, Classes) or rising == falling:
        return None
    fits = [n for n, worth in enumerate(worths) if abs(worth - value) <= half + _CLOSE]
    first, last = (fits[0], fits[-1]) if fits else (-1, -1)
    if isinstance(function, Steps):
        least = raws[first] if first > 0 else None
        most = raws[last + 1] if last + 1 < len(raws) else None
        return (least, most) if fits else None
    if first == 0:
        return None, raws[last]
    if last == len(raws) - 1:
        return raws[first], None
    if not min(worths) < value < max(worths):
        return None
    ends = [_along(function, value - half), _along(function, value + half)]
    return min(ends), max(ends)


def _along(function: Linear | Log, wanted: float) -> float:
    """Return where the straight lines between the anchors of a steady function reach a value."""
    for (low, start), (high, end) in pairwise(function.at.items()):
        if start != end and (start - wanted) * (end - wanted) <= 0:
            part = (wanted - start) / (end - start)
            if isinstance(function, Log):
                return float(low * (high / low) ** part)
            return low + (high - low) * part
    raise ValueError(f"nothing is worth {wanted}")
