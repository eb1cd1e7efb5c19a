"""Scores: the weighted sum of values, with its bounds where data are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sitesel.decide.weights import SIDES

if TYPE_CHECKING:
    import numpy.typing as npt

    from sitesel.decide.values import FloatArray


HALF = 0.5  # the middle of what an UNKNOWN can be


class Scores(NamedTuple):
    """Score and bounds of n candidates, each float64 of shape (n,), 0..1."""

    score: FloatArray
    low: FloatArray
    high: FloatArray


def score(
    values: npt.ArrayLike,
    weights: npt.ArrayLike,
    side: npt.ArrayLike | None = None,
    *,
    unknown: npt.ArrayLike = HALF,
) -> Scores:
    """Return the weighted sum of values, and its bounds where some are UNKNOWN.

    With w·v summed over the known criteria in their order, and W the sum of all weights:

    * score = (Σ w·v + Σ w·u) / W, where u is what an UNKNOWN of a criterion counts as; NaN when
      nothing that weighs is known,
    * low = Σ w·v / W: every UNKNOWN taken as 0,
    * high = (Σ w·v + Σ w (unknown)) / W: every UNKNOWN taken as 1.

    A candidate of which nothing is known has the bounds 0 and 1. Rows do not depend on each
    other: scores of chunks are, bit for bit, the scores of the whole.

    Parameters
    ----------
    values
        Shape (n, k), 0..1; NaN is UNKNOWN.
    weights
        Shape (k,), or (k, 2) with the columns US and MX. Any scale, 0 or more.
    side
        "US" or "MX" of each candidate, shape (n,); needed with weights of two columns.
    unknown
        What an UNKNOWN counts as, 0..1: one number, or shape (k,).

    Raises
    ------
    ValueError
        When the shapes do not fit, or a side is neither US nor MX.

    Examples
    --------
    >>> result = score([[1.0, 0.5], [1.0, float("nan")]], [3, 1])
    >>> result.score, result.low, result.high
    (array([0.875, 0.875]), array([0.875, 0.75 ]), array([0.875, 1.   ]))
    """
    matrix = np.asarray(values, dtype=np.float64)
    table = np.asarray(weights, dtype=np.float64)
    worth = np.broadcast_to(np.asarray(unknown, dtype=np.float64), table.shape[:1])
    if matrix.ndim != 2 or table.shape not in {(matrix.shape[1],), (matrix.shape[1], 2)}:  # noqa: PLR2004
        raise ValueError(f"values {matrix.shape} and weights {table.shape} do not fit")
    if table.ndim == 1:
        return _weighted(matrix, table, worth)
    sides = np.asarray(side, dtype=object)
    rows = [np.flatnonzero(sides == name) for name in SIDES]
    if sides.shape != matrix.shape[:1] or sum(map(len, rows)) != len(matrix):
        raise ValueError("every candidate needs a side, US or MX")
    result = Scores(*(np.full(len(matrix), np.nan) for _ in Scores._fields))
    for column, here in enumerate(rows):
        part = _weighted(matrix[here], table[:, column], worth)
        for whole, some in zip(result, part, strict=True):
            whole[here] = some
    return result


def _weighted(matrix: FloatArray, weights: FloatArray, unknown: FloatArray) -> Scores:
    """Score rows that share one list of weights."""
    # Column by column, not `matrix @ weights`: a fixed order of additions gives the same bits
    # in every chunk, on every machine and in the page. With all known, low == score == high.
    summed, known, guessed = np.zeros((3, len(matrix)))
    total = 0.0
    for column, weight, worth in zip(matrix.T, weights.tolist(), unknown.tolist(), strict=True):
        missing = np.isnan(column)
        summed += np.where(missing, 0.0, weight * column)
        known += np.where(missing, 0.0, weight)
        guessed += np.where(missing, weight * worth, 0.0)
        total += weight
    if total == 0:
        return Scores(*(np.full(len(matrix), np.nan) for _ in Scores._fields))
    result = np.where(known > 0, (summed + guessed) / total, np.nan)
    low = summed / total
    high = np.minimum((summed + (total - known)) / total, 1.0)
    return Scores(result, low, np.fmax(high, result))
