"""Why a score moved: its difference split, without remainder, into weight and value parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Part(NamedTuple):
    """A part of a difference of two scores, 0..1: of a criterion's weight or of its value."""

    criterion: str
    kind: str
    change: float


def site_parts(
    old: tuple[Mapping[str, float], Mapping[str, float]],
    new: tuple[Mapping[str, float], Mapping[str, float]],
) -> list[Part]:
    """Split the difference of two scores of a site into parts that add up to it.

    With w the share of a criterion and v its value, and both scores' mean m: the weight part is
    (w1 - w0) · ((v0 + v1) / 2 - m), the value part (v1 - v0) · (w0 + w1) / 2. The shares add up
    to 1 on both sides, so that m drops out of the sum; it makes a weight part positive when weight
    moves to what the site is good at.

    Parameters
    ----------
    old, new
        Values and shares by criterion, an UNKNOWN with the value it counts as; a criterion may be
        missing in one of them.

    Examples
    --------
    >>> both = {"a": 0.5, "b": 0.5}
    >>> site_parts(({"a": 1.0, "b": 0.0}, both), ({"a": 1.0, "b": 0.5}, both))
    [Part(criterion='b', kind='value', change=0.25)]
    """
    (v0, w0), (v1, w1) = old, new
    names = [n for n in dict.fromkeys([*w0, *w1]) if w0.get(n) or w1.get(n)]
    middle = sum(w * v[n] for v, each in (old, new) for n, w in each.items() if w) / 2
    parts = []
    for name in names:
        before, after = v0.get(name, v1.get(name, 0.0)), v1.get(name, v0.get(name, 0.0))
        e0, e1 = w0.get(name, 0.0), w1.get(name, 0.0)
        parts.append(Part(name, "weight", (e1 - e0) * ((before + after) / 2 - middle)))
        parts.append(Part(name, "value", (after - before) * (e0 + e1) / 2))
    return [part for part in parts if part.change]


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
        (side, part._replace(change=part.change * share[side] * link))
        for side in ("US", "MX")
        for part in sites[side]
    ]
    rule = Part("weaker side", "weight", (alpha[1] - alpha[0]) * (us - mx) * link)
    way = Part("link", "value", (new["link_value"] - old["link_value"]) * sum(worth) / 2)
    return parts + [("", part) for part in (rule, way) if part.change]


def _us_share(pair: Mapping[str, float], weaker_side: float) -> float:
    """Return the share of the US side in what both sites are worth."""
    return weaker_side if pair["us_score"] <= pair["mx_score"] else 1 - weaker_side
