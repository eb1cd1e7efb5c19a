"""Weights of criteria: from groups to one list, and to shares of one on each side."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from sitesel.errors import StudyError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sitesel.decide.values import FloatArray

Side: TypeAlias = Literal["US", "MX"]
SIDES: tuple[Side, Side] = ("US", "MX")


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
