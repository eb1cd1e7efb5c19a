"""Why a score moved: its difference split, without remainder, into weight and value parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping


class Part(NamedTuple):
    """A part of a difference of two scores, 0..1: of a criterion's weight or of its value."""

    criterion: str
    kind: str
    points: float


def effective(values: Mapping[str, float], weights: Mapping[str, float]) -> dict[str, float]:
    """Return the share of each criterion among those that are known; 0 where UNKNOWN.

    Examples
    --------
    >>> effective({"a": 1.0, "b": float("nan")}, {"a": 1, "b": 3})
    {'a': 1.0, 'b': 0.0}
    """
    known = {name: 0.0 if np.isnan(values[name]) else w for name, w in weights.items()}
    total = sum(known.values())
    return {name: weight / total if total else 0.0 for name, weight in known.items()}


def site_parts(
    old: tuple[Mapping[str, float], Mapping[str, float]],
    new: tuple[Mapping[str, float], Mapping[str, float]],
) -> list[Part]:
    """Split the difference of two scores of a site into parts that add up to it.

    With e the share of a criterion among the known ones and v its value, and both scores' mean m:
    the weight part is (e1 - e0) · ((v0 + v1) / 2 - m), the value part (v1 - v0) · (e0 + e1) / 2.
    The shares add up to 1 on both sides, so that m drops out of the sum; it makes a weight part
    positive when weight moves to what the site is good at. What became known or UNKNOWN counts
    as a weight part.

    Parameters
    ----------
    old, new
        Values and weights by criterion; a criterion may be missing in one of them.

    Examples
    --------
    >>> both = {"a": 0.5, "b": 0.5}
    >>> site_parts(({"a": 1.0, "b": 0.0}, both), ({"a": 1.0, "b": 0.5}, both))
    [Part(criterion='b', kind='value', points=0.25)]
    """
    names = list(dict.fromkeys([*old[1], *new[1]]))
    values = [{n: float(v.get(n, np.nan)) for n in names} for v, _ in (old, new)]
    shares = [
        effective(known, {n: w.get(n, 0.0) for n in names})
        for known, (_, w) in zip(values, (old, new), strict=True)
    ]
    scores = [sum(e[n] * v[n] for n in names if e[n]) for e, v in zip(shares, values, strict=True)]
    middle = sum(scores) / 2
    parts = []
    for name in names:
        v0, v1 = (known[name] for known in values)
        v0, v1 = (v1 if np.isnan(v0) else v0), (v0 if np.isnan(v1) else v1)
        e0, e1 = (share[name] for share in shares)
        if e0 or e1:
            parts.append(Part(name, "weight", (e1 - e0) * ((v0 + v1) / 2 - middle)))
            parts.append(Part(name, "value", (v1 - v0) * (e0 + e1) / 2))
    return [part for part in parts if part.points]


def pair_parts(
    old: Mapping[str, float],
    new: Mapping[str, float],
    rules: tuple[float, float],
    sites: Mapping[str, list[Part]],
) -> list[tuple[str, Part]]:
    """Split the difference of two scores of a pair into parts that add up to it, with their side.

    A pair is worth (alpha · us + beta · mx) · link, where the weaker side has the rule's weight.
    The parts of the sites are scaled by it; besides there are the link (its value) and the rule
    (its weight), whose side is "".

    Parameters
    ----------
    old, new
        ``us_score``, ``mx_score``, ``link_value`` of the pair.
    rules
        Share of the weaker side, old and new.
    sites
        The parts of the US and of the Mexican site, by side.
    """
    both = (old, new)
    alpha = [_us_share(pair, rule) for pair, rule in zip(both, rules, strict=True)]
    worth = [a * p["us_score"] + (1 - a) * p["mx_score"] for a, p in zip(alpha, both, strict=True)]
    link = (old["link_value"] + new["link_value"]) / 2
    us, mx = ((old[name] + new[name]) / 2 for name in ("us_score", "mx_score"))
    share = {"US": sum(alpha) / 2, "MX": 1 - sum(alpha) / 2}
    parts = [
        (side, part._replace(points=part.points * share[side] * link))
        for side in ("US", "MX")
        for part in sites[side]
    ]
    rule = Part("weaker side", "weight", (alpha[1] - alpha[0]) * (us - mx) * link)
    way = Part("link", "value", (new["link_value"] - old["link_value"]) * sum(worth) / 2)
    return parts + [("", part) for part in (rule, way) if part.points]


def _us_share(pair: Mapping[str, float], weaker_side: float) -> float:
    """Return the share of the US side in what both sites are worth."""
    return weaker_side if pair["us_score"] <= pair["mx_score"] else 1 - weaker_side
