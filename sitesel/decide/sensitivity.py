"""Sensitivity: how far one weight must move to change first place, and what each weight does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from sitesel.decide.values import FloatArray

    IntArray = npt.NDArray[np.int64]

_STEPS = 101  # weights tried from 0 to 1 before bisection
_BISECTIONS = 20


def moved(weights: FloatArray, criterion: int, shares: npt.ArrayLike) -> FloatArray:
    """Return the weights with one criterion's share set anew, the others in their proportions.

    Parameters
    ----------
    weights
        Shape (k, 2), shares of one on each side.
    criterion
        Its row. Where its shares differ by side, the new ones differ in proportion.
    shares
        The new shares (of the sides on which it weighs, on average), shape (t,), 0..1.

    Returns
    -------
    float64 array of shape (t, k, 2)

    Examples
    --------
    >>> moved(np.array([[0.5, 0.5], [0.3, 0.5], [0.2, 0.0]]), 0, [0.75])[0]
    array([[0.75, 0.75],
           [0.15, 0.25],
           [0.1 , 0.  ]])
    """
    own = weights[criterion]
    mean = own.sum() / max(int((own > 0).sum()), 1)
    target = np.minimum(np.asarray(shares, np.float64)[:, None] * (own / (mean or 1.0)), 1.0)
    rest = 1.0 - own
    scale = np.divide(1.0 - target, rest, out=np.zeros_like(target), where=rest > 0)
    result = weights[None] * scale[:, None, :]
    result[:, criterion, :] = target
    alone = rest <= 0  # a criterion that is all of a side has nobody to give its weight to
    result[:, :, alone] = weights[:, alone]
    return np.asarray(result)


def scores_under(
    values: npt.ArrayLike, weights: npt.ArrayLike, unknown: npt.ArrayLike
) -> FloatArray:
    """Return scores (t, n) of values (n, k) under shares of one of shape (t, k); see `score`."""
    matrix, table = np.asarray(values, np.float64), np.asarray(weights, np.float64)
    summed = np.zeros((len(table), len(matrix)))
    heard = np.zeros_like(summed)
    worth = np.broadcast_to(np.asarray(unknown, np.float64), matrix.shape[1:])
    for column, weight, guess in zip(matrix.T, table.T, worth, strict=True):
        known = ~np.isnan(column)
        summed += weight[:, None] * np.where(known, column, guess)
        heard += weight[:, None] * known
    return np.where(heard > 0, summed, np.nan)


class Overthrow(NamedTuple):
    """The nearest share at which a criterion's weight puts another in first place."""

    criterion: int
    share: float
    becomes: float
    winner: int


def overthrows(judge: Callable[[FloatArray], FloatArray], weights: FloatArray) -> list[Overthrow]:
    """Find for each criterion the smallest change of its weight that dethrones first place.

    Shares are tried in steps of one hundredth and the change is then bisected to 1e-8, so that a
    reign that ends and returns within a hundredth is not seen.

    Parameters
    ----------
    judge
        Scores (t, n) of all alternatives under weights (t, k, 2); NaN is never first.
    weights
        Shape (k, 2).

    Returns
    -------
    list of Overthrow
        Smallest change first; criteria whose weight alone cannot do it are absent.
    """

    def leaders(table: FloatArray) -> IntArray:
        scores = judge(table)
        return np.asarray(np.nanargmax(np.where(np.isnan(scores), -np.inf, scores), axis=1))

    def led(criteria: list[int], shares: FloatArray) -> IntArray:
        tables = [moved(weights, *each) for each in zip(criteria, shares[:, None], strict=True)]
        return leaders(np.concatenate(tables))

    first = int(leaders(weights[None])[0])
    grid, step = np.linspace(0.0, 1.0, _STEPS), 1 / (_STEPS - 1)
    ends: list[tuple[int, float, float, float]] = []
    for criterion, own in enumerate(weights):
        if not own.any():
            continue
        share = float(own.sum() / (own > 0).sum())
        lost = grid[leaders(moved(weights, criterion, grid)) != first]
        ends += [(criterion, share, max(end - step, share), end) for end in lost[lost > share][:1]]
        ends += [(criterion, share, min(end + step, share), end) for end in lost[lost < share][-1:]]
    if not ends:
        return []
    criteria, shares = [each[0] for each in ends], [each[1] for each in ends]
    near, far = np.array([each[2:] for each in ends]).T
    for _ in range(_BISECTIONS):  # all ends at once: a judgement of many costs little more than one
        middle = (near + far) / 2
        holds = led(criteria, middle) == first
        near, far = np.where(holds, middle, near), np.where(holds, far, middle)
    winners = led(criteria, far)
    found = list(map(Overthrow, criteria, shares, far.tolist(), winners.tolist()))
    found.sort(key=lambda each: (abs(each.becomes - each.share), each.criterion))
    nearest: dict[int, Overthrow] = {}
    for each in found:
        nearest.setdefault(each.criterion, each)
    return list(nearest.values())


def tornado(
    judge: Callable[[FloatArray], FloatArray], weights: FloatArray, alternative: int
) -> pd.DataFrame:
    """Return score and rank of one alternative with each weight halved and doubled.

    Columns ``criterion`` (its row in the weights), ``share``, ``score_halved``,
    ``score_doubled``, ``rank_halved``, ``rank_doubled``; the widest swing first.
    """
    rows = []
    for criterion, own in enumerate(weights):
        if not own.any():
            continue
        share = float(own.sum() / (own > 0).sum())
        scores = judge(moved(weights, criterion, [share / 2, min(2 * share, 1.0)]))
        mine = scores[:, alternative]
        rank = 1 + (scores > mine[:, None]).sum(axis=1)
        rows.append((criterion, share, *mine.tolist(), *rank.tolist()))
    names = ["criterion", "share", "score_halved", "score_doubled", "rank_halved", "rank_doubled"]
    frame = pd.DataFrame(rows, columns=names)
    swing = (frame["score_doubled"] - frame["score_halved"]).abs()
    return frame.iloc[np.argsort(-swing.to_numpy(), kind="stable")].reset_index(drop=True)
