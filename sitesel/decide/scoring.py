"""Scores: the weighted sum of values, with its bounds where data are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sitesel.decide.weights import SIDES

if TYPE_CHECKING:
    import numpy.typing as npt

    from sitesel.decide.values import FloatArray


class Scores(NamedTuple):
    """Score and bounds of n candidates, each float64 of shape (n,), 0..1."""

    score: FloatArray
    low: FloatArray
    high: FloatArray


def score(
    values: npt.ArrayLike, weights: npt.ArrayLike, side: npt.ArrayLike | None = None
) -> Scores:
    """Return the weighted sum over the known criteria, and its bounds.

    With w·v summed over the known criteria in their order:

    * score = Σ w·v / Σ w (known); NaN when nothing that weighs is known,
    * low = Σ w·v / Σ w (all): every UNKNOWN taken as 0,
    * high = (Σ w·v + Σ w (unknown)) / Σ w (all): every UNKNOWN taken as 1.

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

    Raises
    ------
    ValueError
        When the shapes do not fit, or a side is neither US nor MX.

    Examples
    --------
    >>> result = score([[1.0, 0.5], [1.0, float("nan")]], [3, 1])
    >>> result.score, result.low, result.high
    (array([0.875, 1.   ]), array([0.875, 0.75 ]), array([0.875, 1.   ]))
    """
    matrix = np.asarray(values, dtype=np.float64)
    table = np.asarray(weights, dtype=np.float64)
    if matrix.ndim != 2 or table.shape not in {(matrix.shape[1],), (matrix.shape[1], 2)}:  # noqa: PLR2004
        raise ValueError(f"values {matrix.shape} and weights {table.shape} do not fit")
    if table.ndim == 1:
        return _weighted(matrix, table)
    sides = np.asarray(side, dtype=object)
    rows = [np.flatnonzero(sides == name) for name in SIDES]
    if sides.shape != matrix.shape[:1] or sum(map(len, rows)) != len(matrix):
        raise ValueError("every candidate needs a side, US or MX")
    result = Scores(*(np.full(len(matrix), np.nan) for _ in Scores._fields))
    for column, here in enumerate(rows):
        part = _weighted(matrix[here], table[:, column])
        for whole, some in zip(result, part, strict=True):
            whole[here] = some
    return result


def _weighted(matrix: FloatArray, weights: FloatArray) -> Scores:
    """Score rows that share one list of weights."""
    # Column by column, not `matrix @ weights`: a fixed order of additions gives the same bits
    # in every chunk, on every machine and in the page. With all known, low == score == high.
    summed = np.zeros(len(matrix))
    known = np.zeros(len(matrix))
    total = 0.0
    for column, weight in zip(matrix.T, weights.tolist(), strict=True):
        missing = np.isnan(column)
        summed += np.where(missing, 0.0, weight * column)
        known += np.where(missing, 0.0, weight)
        total += weight
    if total == 0:
        return Scores(*(np.full(len(matrix), np.nan) for _ in Scores._fields))
    some = known > 0
    result = np.divide(summed, known, out=np.full(len(matrix), np.nan), where=some)
    low = summed / total
    high = np.minimum((summed + (total - known)) / total, 1.0)
    return Scores(result, low, np.fmax(high, result))
