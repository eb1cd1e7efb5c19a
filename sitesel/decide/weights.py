"""Weights of criteria: from groups to one list, and to shares of one on each side."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from sitesel.errors import StudyError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sitesel.decide.values import FloatArray

Side: TypeAlias = Literal["US", "MX"]
SIDES: tuple[Side, Side] = ("US", "MX")
MOST = 1e9  # the largest weight, in files and in the map: sums and shares stay far from infinity
_EXACT = 1e-9  # shares that differ by less are the same


def _check(weights: Mapping[str, float], where: str) -> None:
    """Refuse weights that are negative or no numbers."""
    for name, weight in weights.items():
        if not (math.isfinite(weight) and weight >= 0):
            raise StudyError(f"{where}.{name}: weight {weight!r} must be a number of 0 or more")


def flat(
    groups: Mapping[str, float], criteria: Mapping[str, tuple[str | None, float]]
) -> dict[str, float]:
    """Return one weight a criterion: its group's weight times its share within the group.

    Parameters
    ----------
    groups
        Weight of each group; empty when the study has flat weights.
    criteria
        Group and weight of each criterion. Without a group, or when `groups` is empty, the
        criterion's own weight holds.

    Raises
    ------
    StudyError
        For a negative weight, or a group that `groups` does not list.

    Examples
    --------
    >>> flat({"water": 10}, {"river": ("water", 1), "aquifer": ("water", 3), "port": (None, 5)})
    {'river': 2.5, 'aquifer': 7.5, 'port': 5.0}
    """
    _check(groups, "groups")
    _check({name: weight for name, (_, weight) in criteria.items()}, "criteria")
    sums = dict.fromkeys(groups, 0.0)
    for name, (group, weight) in criteria.items():
        if groups and group is not None:
            if group not in sums:
                raise StudyError(
                    f"criteria.{name}.group: {group!r} is not listed under groups; "
                    + did_you_mean(group, groups)
                )
            sums[group] += weight
    result: dict[str, float] = {}
    for name, (group, weight) in criteria.items():
        grouped = group is not None and group in sums and sums[group] > 0
        share = groups[group] / sums[group] if grouped and group is not None else 1.0
        result[name] = float(weight * share)
    return result


def normalise(
    weights: Mapping[str, float],
    applies: Mapping[str, Side | None],
    *,
    sides: Sequence[Side] = SIDES,
) -> FloatArray:
    """Return weights that sum to one on each side, shape (k, 2): columns US and MX.

    A criterion that applies to one side only has weight 0 on the other.

    Parameters
    ----------
    weights
        Weight of each criterion, in the order of the value matrix.
    applies
        The side a criterion applies to; None or absent for both.
    sides
        The sides that have candidates. The column of another side may be all 0.

    Raises
    ------
    StudyError
        For a negative weight, or when no criterion has weight on one of `sides`.

    Examples
    --------
    >>> normalise({"port": 3, "opportunity_zone": 1}, {"opportunity_zone": "US"})
    array([[0.75, 1.  ],
           [0.25, 0.  ]])
    """
    _check(weights, "criteria")
    table = np.array(
        [
            [weight if applies.get(name) in (None, side) else 0.0 for side in SIDES]
            for name, weight in weights.items()
        ],
        dtype=np.float64,
    ).reshape(-1, 2)
    total = table.sum(axis=0)
    for side in sides:
        if total[SIDES.index(side)] == 0:
            raise StudyError(
                f"criteria: no criterion has a weight above 0 on side {side}; raise one of "
                + ", ".join(weights)
            )
    return table / np.where(total > 0, total, 1.0)


def by_side(
    groups: Mapping[str, float],
    criteria: Mapping[str, tuple[str | None, float, Side | None]],
    *,
    sides: Sequence[Side] = SIDES,
) -> FloatArray:
    """Return weights that sum to one on each side, shape (k, 2), with shares in groups by side.

    A group's weight is shared among its criteria that apply to the side, so that a group counts
    as much on both sides however its criteria are spread. A group without criteria on a side
    leaves its weight to the others there.

    Parameters
    ----------
    groups
        As in `flat`.
    criteria
        Group, weight and side of each criterion, in the order of the value matrix.
    sides
        As in `normalise`.

    Examples
    --------
    >>> by_side({"zones": 1, "access": 1}, {
    ...     "ftz": ("zones", 3, "US"), "oz": ("zones", 1, "US"),
    ...     "free_zone": ("zones", 5, "MX"), "port": ("access", 9, None)})
    array([[0.375, 0.   ],
           [0.125, 0.   ],
           [0.   , 0.5  ],
           [0.5  , 0.5  ]])
    """
    table = np.zeros((len(criteria), len(SIDES)))
    for column, side in enumerate(SIDES):
        here = {name: c[:2] for name, c in criteria.items() if c[2] in {None, side}}
        one = dict.fromkeys(criteria, 0.0) | flat(groups, here)
        table[:, column] = normalise(one, {}, sides=[side] if side in sides else [])[:, column]
    return table


def with_shares(
    weights: Mapping[str, float],
    shares: Mapping[str, float],
    sides: Mapping[str, Collection[Side]],
) -> dict[str, float]:
    """Return weights of which some have a stated share; the others keep their proportions.

    A share is of the sum of a side. What counts on both has its share on average of the two: one
    weight cannot be the same share of two sums, where others are beside it here and there.

    Parameters
    ----------
    weights
        Relative weights that are shared out together: those of groups, or of a group's criteria.
    shares
        The stated shares, 0..1.
    sides
        On which sides each counts: both, one or none.

    Raises
    ------
    StudyError
        A share outside 0..1 or of what counts nowhere, or shares that cannot hold together.

    Examples
    --------
    >>> with_shares({"rail": 1, "port": 3}, {"rail": 0.5}, {"rail": SIDES, "port": SIDES})
    {'rail': 3.0, 'port': 3}
    >>> with_shares({"ftz": 7, "oz": 4, "free_zone": 7}, {"oz": 0.5},
    ...     {"ftz": ["US"], "oz": ["US"], "free_zone": ["MX"]})
    {'ftz': 7, 'oz': 7.0, 'free_zone': 7}
    """
    if not shares:
        return dict(weights)
    for name, share in shares.items():
        if not 0 <= share <= 1:
            raise StudyError(f"weights: {name}: {share:g} is no share; write 0 to 1, or 25%")
        if not sides[name]:
            raise StudyError(f"weights: {name}: it counts on no side of this run")
    both = math.fsum(share for name, share in shares.items() if len(sides[name]) > 1)
    left = {
        side: 1 - math.fsum(x for name, x in shares.items() if [*sides[name]] == [side])
        for side in SIDES
    }
    full = {side for side in SIDES if left[side] <= _EXACT}  # nothing is left for the others
    full |= set(SIDES) if math.fsum(left.values()) - 2 * both <= _EXACT else set()
    result = {
        name: 0.0 if full.intersection(sides[name]) else weight for name, weight in weights.items()
    }
    others = {
        side: math.fsum(result[n] for n in weights if side in sides[n] and n not in shares)
        for side in SIDES
    }
    mean = _harmonic([others[side] for side in SIDES], [left[side] for side in SIDES], both)
    for name, share in shares.items():
        side = next(iter(sides[name]))
        alone = (others[side] + both * mean) / left[side] if left[side] > _EXACT else 1.0
        result[name] = share * (mean if len(sides[name]) > 1 else alone)
    held = _mean_shares(result, sides)
    if not all(abs(held[name] - share) <= _EXACT for name, share in shares.items()):
        raise StudyError(
            f"weights: the shares of {', '.join(shares)} cannot hold together; they must add up "
            "to 1 at most, and to 1 if they are all there is"
        )
    scale = MOST / max(MOST, *result.values())  # beside a share of almost all there is
    return {name: weight * scale for name, weight in result.items()} if scale < 1 else result


def _harmonic(others: Sequence[float], left: Sequence[float], both: float) -> float:
    """Return the harmonic mean h of the sums u and m of the sides; 1 where nothing sets it.

    A weight w of both sides has the mean share w / h. A sum is that of the others on the side, of
    the shares stated on it alone, which leave the part ``left`` of it, and of ``both`` times h:
    ``left[0] u = others[0] + both h`` and so for m, an equation of the second degree in h.

    >>> _harmonic([3, 3], [1, 1], 0.5), _harmonic([1, 3], [1, 1], 0)
    (6.0, 1.5)
    """
    (us, mx), (p, q) = others, left
    square, middle = both * (p + q - 2 * both), q * us + p * mx - 2 * both * (us + mx)
    root = math.sqrt(max(middle**2 + 8 * square * us * mx, 0))
    if middle > 0:
        return 4 * us * mx / (middle + root)
    return (root - middle) / (2 * square) if square * (root - middle) else 1.0


def _mean_shares(
    weights: Mapping[str, float], sides: Mapping[str, Collection[Side]]
) -> dict[str, float]:
    """Return what share of the sums each has, on average of the sides on which it counts."""
    sums = {
        side: math.fsum(w for name, w in weights.items() if side in sides[name]) for side in SIDES
    }
    return {
        name: math.fsum(weights[name] / (sums[side] or 1) for side in sides[name])
        / len(sides[name])
        for name in weights
        if sides[name]
    }
