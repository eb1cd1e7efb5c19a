"""Robustness: how far ranks hold when weights move and UNKNOWN values are drawn."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

from sitesel.decide.scoring import HALF

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sitesel.decide.values import FloatArray

    IntArray = npt.NDArray[np.int64]
    FloatArray32 = npt.NDArray[np.float32]
    AnyFloats = npt.NDArray[np.floating[Any]]

COLUMNS = ("p_rank1", "p_top10", "rank_mean", "rank_low", "rank_high")
TOP = 10
_TAIL = 0.05
_SURE = (1e-3, 1 - 1e-3)  # a Beta distribution has no mean of 0 or 1
_BLOCK = 64  # draws in one block of ranks
_CONTENDERS = 5_000  # pairs beyond these are not ranked again in each draw
_GROUP = 100  # candidates of which only the best is looked at first
_CACHE = 1 << 20  # float32 scores that a thread keeps at a time


def draw_weights(
    weights: npt.ArrayLike, draws: int, *, seed: int, spread: float | None
) -> FloatArray:
    """Draw weights from a Dirichlet distribution around the given ones.

    Parameters
    ----------
    weights
        Shares of one, shape (k,) or (k, 2) with the columns US and MX. One draw holds for both
        sides: a criterion that gains on one gains on the other. Weights of 0 stay 0.
    draws
        How many.
    seed
        The same seed gives the same draws.
    spread
        Standard deviation of a weight of average size 1/k, relative to it: with 0.3 a weight of
        10 % among ten mostly lies between 7 and 13 %. None draws evenly from the whole simplex.

    Returns
    -------
    float64 array of shape (draws, k) or (draws, k, 2)
        Shares of one along k.

    Examples
    --------
    >>> drawn = draw_weights([0.5, 0.3, 0.2, 0.0], 1000, seed=1, spread=0.2)
    >>> drawn.shape, drawn.mean(axis=0).round(2)
    ((1000, 4), array([0.5, 0.3, 0.2, 0. ]))
    """
    given = np.asarray(weights, dtype=np.float64)
    table = given.reshape(len(given), -1)
    used = table > 0
    mean = table.sum(axis=1) / np.maximum(used.sum(axis=1), 1)
    count = int((mean > 0).sum())
    if spread is None:
        shape = (mean > 0).astype(np.float64)
    else:  # the variance of a Dirichlet share p is p (1 - p) / (concentration + 1)
        concentration = max((count - 1) / spread**2 - 1, 1e-3)
        shape = concentration * mean / mean.sum()
    gamma = np.random.default_rng(seed).standard_gamma(shape, (draws, len(table)))
    factor = np.divide(gamma, mean, out=np.zeros_like(gamma), where=mean > 0)
    drawn = factor[:, :, None] * table
    total = drawn.sum(axis=1, keepdims=True)
    shares = np.where(total > 0, drawn / np.where(total > 0, total, 1), table)
    return shares.reshape(draws, *given.shape)


def drawn_scores(
    values: npt.ArrayLike,
    weights: npt.ArrayLike,
    rng: np.random.Generator,
    *,
    unknown: npt.ArrayLike = HALF,
    facts: Mapping[int, FloatArray] = MappingProxyType({}),
) -> FloatArray:
    """Return scores under each draw, (d, n), every UNKNOWN value drawn from 0 to 1.

    Each is drawn for itself, as `draw_unknown` does, but those of criteria in ``facts``: what is
    UNKNOWN of these is one fact, and all alternatives have its draws.

    Parameters
    ----------
    values
        Shape (n, k), 0..1; NaN is UNKNOWN.
    weights
        Shape (d, k), shares of one.
    rng
        Source of the UNKNOWN values.
    unknown
        What an UNKNOWN counts as, 0..1: one number, or shape (k,).
    facts
        Draws of the criteria whose UNKNOWN is one fact, shape (d,) each, by column of ``values``.

    Examples
    --------
    >>> drawn_scores([[1.0, 0.5]], [[0.5, 0.5], [1.0, 0.0]], np.random.default_rng(1))
    array([[0.75],
           [1.  ]])
    """
    matrix, table = np.asarray(values, np.float64), np.asarray(weights, np.float64)
    total = np.zeros((len(table), len(matrix)))
    worth = np.broadcast_to(np.asarray(unknown, np.float64), matrix.shape[1:])
    for place, (column, weight) in enumerate(zip(matrix.T, table.T, strict=True)):  # a fixed order
        if not weight.any():
            continue
        missing = np.isnan(column)
        total += weight[:, None] * np.where(missing, 0.0, column)
        if not missing.any():
            continue
        if place in facts:
            drawn = facts[place][:, None]
        else:
            drawn = draw_unknown(worth[place], (len(table), int(missing.sum())), rng)
        total[:, missing] += weight[:, None] * drawn
    return total


def draw_unknown(
    unknown: float, shape: int | tuple[int, ...], rng: np.random.Generator
) -> FloatArray:
    """Draw what an UNKNOWN may be worth, 0..1, on average what it counts as in the score.

    From Beta(2u, 2 - 2u), whose mean is u; with u = 0.5 that is even.

    >>> draw_unknown(0.5, 2, np.random.default_rng(1)).round(2)
    array([0.51, 0.95])
    """
    if unknown == HALF:  # Beta(1, 1), which is drawn ten times as fast
        return rng.random(shape)
    mean = float(np.clip(unknown, *_SURE))
    return np.asarray(rng.beta(2 * mean, 2 - 2 * mean, shape))


def ranks(scores: FloatArray) -> IntArray:
    """Return the rank of each alternative in each draw, 1 the best; ties keep their order.

    >>> ranks(np.array([[0.2, 0.9, 0.9]]))
    array([[3, 1, 2]])
    """
    order = np.argsort(-scores, axis=1, kind="stable")
    result = np.empty(scores.shape, dtype=np.int64)
    np.put_along_axis(result, order, np.arange(1, scores.shape[1] + 1)[None, :], axis=1)
    return result


def pair_ranks(
    us: FloatArray,
    mx: FloatArray,
    worth: FloatArray,
    kept: tuple[npt.NDArray[np.integer], npt.NDArray[np.integer]],
    weaker_side: float,
) -> IntArray:
    """Return the ranks of some pairs among all pairs in each draw, shape (d, pairs).

    Parameters
    ----------
    us, mx
        Scores of the sites in each draw, shapes (d, n) and (d, m).
    worth
        Value of each link, (n, m); NaN where the sites have no port in common.
    kept
        Positions of the wanted pairs: US site, Mexican site.
    weaker_side
        As in `sitesel.decide.pairs.pair`.
    """
    typical = pair_scores(us.mean(axis=0)[None], mx.mean(axis=0)[None], worth, weaker_side)[0]
    best = contenders(typical, worth.shape[1])
    wanted = kept[0] * worth.shape[1] + kept[1]
    others = np.setdiff1d(best[0] * worth.shape[1] + best[1], wanted)
    i, j = np.divmod(np.concatenate([wanted, others]), worth.shape[1])
    # Single precision takes half the time, and what differs by less than 1e-7 is no difference.
    left, right, linked = (each.astype(np.float32) for each in (us, mx, worth[i, j]))
    weight = np.float32(weaker_side)
    result = np.empty((len(us), len(wanted)), dtype=np.int64)

    def fill(start: int) -> None:
        here = slice(start, start + _BLOCK)
        score = joined(left[here].take(i, 1), right[here].take(j, 1), linked, weight)
        ordered = np.sort(score, axis=1)
        for draw, (line, own) in enumerate(zip(ordered, score[:, : len(wanted)], strict=True)):
            result[start + draw] = 1 + len(line) - np.searchsorted(line, own, side="right")

    with ThreadPoolExecutor() as pool:  # sorting leaves other threads free
        list(pool.map(fill, range(0, len(us), _BLOCK)))
    return result


def pair_scores(
    us: FloatArray, mx: FloatArray, worth: FloatArray, weaker_side: float
) -> FloatArray:
    """Return the scores of all pairs for t sets of weights, (t, n·m), from (t, n) and (t, m).

    >>> pair_scores(np.array([[1.0]]), np.array([[0.5, 1.0]]), np.array([[1.0, 0.5]]), 0.5)
    array([[0.75, 0.5 ]])
    """
    return joined(us[:, :, None], mx[:, None, :], worth, weaker_side).reshape(len(us), -1)


def joined(
    left: AnyFloats, right: AnyFloats, worth: AnyFloats, weaker_side: float | np.float32
) -> npt.NDArray[Any]:
    """Return the scores of pairs from their sites' scores and their links' values.

    >>> joined(np.array([1.0]), np.array([0.5]), np.array([0.5]), 0.5)
    array([0.375])
    """
    worse, better = np.minimum(left, right), np.maximum(left, right)
    return np.asarray((weaker_side * worse + (1 - weaker_side) * better) * worth)


def contenders(scores: FloatArray, width: int) -> tuple[IntArray, IntArray]:
    """Return rows and columns of the best pairs, 5,000 at most, from scores laid flat.

    >>> contenders(np.array([0.1, np.nan, 0.3, 0.2]), 2)
    (array([1, 1, 0]), array([0, 1, 0]))
    """
    known = int((~np.isnan(scores)).sum())
    order = np.argsort(-scores, kind="stable")[: min(known, _CONTENDERS)]
    rows, columns = np.divmod(order, width)
    return rows, columns


def summary(drawn: IntArray) -> pd.DataFrame:
    """Return what ranks of shape (draws, n) come to: one row an alternative, `COLUMNS`.

    ``p_rank1`` and ``p_top10`` are shares of the draws; ``rank_low`` and ``rank_high`` hold the
    middle 90 % of them.

    Examples
    --------
    >>> summary(np.array([[1, 12], [1, 2]])).to_numpy().tolist()
    [[1.0, 1.0, 1.0, 1.0, 1.0], [0.0, 0.5, 7.0, 2.0, 12.0]]
    """
    if not drawn.size:
        return pd.DataFrame({name: [] for name in COLUMNS}, dtype=np.float64)
    ordered, last = np.sort(drawn, axis=0), len(drawn) - 1
    columns = (
        (drawn == 1).mean(axis=0),
        (drawn <= TOP).mean(axis=0),
        drawn.mean(axis=0),
        ordered[int(np.floor(_TAIL * last))],
        ordered[int(np.ceil((1 - _TAIL) * last))],
    )
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))


def top_shares(
    values: npt.ArrayLike,
    weights: npt.ArrayLike,
    *,
    top: int = TOP,
    seed: int = 1,
    threads: int = 2,
) -> tuple[FloatArray, FloatArray]:
    """Return how often each of many candidates is first, and among the best, over all draws.

    Scores are float32; ties go to the candidate that comes first. The same seed gives the same
    shares whatever the number of threads.

    Parameters
    ----------
    values
        Shape (n, k), 0..1; NaN is UNKNOWN and drawn evenly from 0 to 1.
    weights
        Shape (d, k), as `draw_weights` returns them for one side.
    top
        How many are the best.
    seed
        Of the UNKNOWN values.
    threads
        Blocks of draws worked on at a time.

    Returns
    -------
    first, best
        Shares of the draws, float64 of shape (n,).

    Examples
    --------
    >>> first, best = top_shares([[1, 0], [0, 1], [0, 0]], [[0.9, 0.1], [0.8, 0.2]], top=2)
    >>> first, best
    (array([1., 0., 0.]), array([1., 1., 0.]))
    """
    given = np.asarray(values, dtype=np.float32)
    missing = np.isnan(given)
    matrix = np.ascontiguousarray(np.where(missing, np.float32(0), given))
    table = np.asarray(weights, dtype=np.float32)
    gaps = [(j, np.flatnonzero(missing[:, j])) for j in np.flatnonzero(missing.any(axis=0))]
    size = max(8, min(256, _CACHE // max(len(matrix), 1)))
    starts = range(0, len(table), size)
    seeds = np.random.SeedSequence(seed).spawn(len(starts))

    def count(start: int, source: np.random.SeedSequence) -> tuple[IntArray, IntArray]:
        part = np.ascontiguousarray(table[start : start + size].T)
        scores = matrix @ part
        rng = np.random.default_rng(source)
        for column, rows in gaps:
            scores[rows] += part[column] * rng.random((len(rows), part.shape[1]), np.float32)
        return _best(scores, top)

    first, best = (np.zeros(len(matrix), dtype=np.int64) for _ in range(2))
    # One BLAS thread in each of ours: two pools that take turns cost more than they give.
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(threads) as pool:
        for leading, among in pool.map(count, starts, seeds):
            first += leading
            best += among
    return first / len(table), best / len(table)


def _best(scores: FloatArray32, top: int) -> tuple[IntArray, IntArray]:
    """Count over the columns how often each row is first and among the best.

    The best of each group of rows bound the `top`-th score from below; only what reaches that
    bound is ever sorted.
    """
    rows, draws = scores.shape
    groups = rows // _GROUP
    bound = np.full(draws, -np.inf, dtype=np.float32)
    if groups > top:
        grouped = scores[: groups * _GROUP].reshape(groups, _GROUP, draws).max(axis=1)
        bound = np.partition(np.ascontiguousarray(grouped.T), groups - top, axis=1)[:, groups - top]
    hits = np.flatnonzero(scores >= bound)
    row, draw = np.divmod(hits, draws)
    order = np.lexsort((row, -scores.ravel()[hits], draw))
    row, draw = row[order], draw[order]
    place = np.arange(len(draw)) - np.searchsorted(draw, np.arange(draws))[draw]
    first = np.bincount(row[place == 0], minlength=rows)
    return first, np.bincount(row[place < top], minlength=rows)
