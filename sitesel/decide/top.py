"""The best of very many candidates under other weights, without sorting them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray32 = npt.NDArray[np.float32]
    IntArray = npt.NDArray[np.int64]

_CHUNK = 1 << 15  # candidates whose scores stay in the cache


def planes(values: npt.ArrayLike, unknown: npt.ArrayLike) -> FloatArray32:
    """Return values as `best` reads them: a row a criterion, UNKNOWN as what it counts as.

    Parameters
    ----------
    values
        Shape (n, k), 0..1; NaN is UNKNOWN.
    unknown
        One number, or shape (k,).

    Returns
    -------
    float32 array of shape (k, n)

    Examples
    --------
    >>> planes([[0.5, np.nan], [1.0, 0.0]], [0.5, 0.25])
    array([[0.5 , 1.  ],
           [0.25, 0.  ]], dtype=float32)
    """
    given = np.asarray(values, np.float64)
    worth = np.broadcast_to(np.asarray(unknown, np.float64), given.shape[1:])
    return np.ascontiguousarray(np.where(np.isnan(given), worth, given).T, dtype=np.float32)


def best(matrix: FloatArray32, weights: npt.ArrayLike, count: int) -> tuple[IntArray, FloatArray32]:
    """Return positions and scores of the best candidates, best first.

    Scores are float32 sums of w·v; of equal ones the first comes first. Chunk by chunk, only what
    beats the least of the best so far is looked at.

    Parameters
    ----------
    matrix
        Shape (k, n), as `planes` returns it.
    weights
        Shares of one, shape (k,).
    count
        How many.

    Examples
    --------
    >>> positions, scores = best(planes([[0.0], [1.0], [0.5]], 0.5), [1.0], 2)
    >>> positions.tolist(), scores.tolist()
    ([1, 2], [1.0, 0.5])
    """
    shares = np.asarray(weights, np.float32)
    held, places = np.empty(0, np.float32), np.empty(0, np.int64)
    least = np.float32(-np.inf)
    room = np.empty(min(_CHUNK, matrix.shape[1]), np.float32)
    for start in range(0, matrix.shape[1], _CHUNK):
        part = matrix[:, start : start + _CHUNK]
        scores = np.matmul(shares, part, out=room[: part.shape[1]])
        found = np.flatnonzero(scores > least)
        if not len(found):
            continue
        held, places = np.append(held, scores[found]), np.append(places, found + start)
        if len(held) > count:
            cut = np.partition(held, len(held) - count)[len(held) - count]
            keep = _first(held, cut, count)
            held, places, least = held[keep], places[keep], cut
    order = np.lexsort((places, -held))[:count]
    return places[order], held[order]


def _first(held: FloatArray32, cut: np.float32, count: int) -> IntArray:
    """Return positions of what is above a cut, and of what equals it as many as there is room."""
    above, equal = np.flatnonzero(held > cut), np.flatnonzero(held == cut)
    return np.sort(np.concatenate([above, equal[: count - len(above)]]))
