"""Mirror pairs: a US site and a Mexican site joined through a port of entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import linear_sum_assignment

from sitesel.errors import StudyError

if TYPE_CHECKING:
    from sitesel.decide.values import FloatArray, ValueFunction

    IntArray = npt.NDArray[np.int64]


COLUMNS = (
    "rank",
    "us_site",
    "port",
    "mx_site",
    "score",
    "score_low",
    "score_high",
    "us_score",
    "mx_score",
    "weaker_side",
    "link_minutes",
    "us_minutes",
    "delay_minutes",
    "mx_minutes",
    "link_value",
    "set_rank",
)


def combine(us: npt.ArrayLike, mx: npt.ArrayLike, weaker_side: float) -> FloatArray:
    """Return what every US site and every Mexican site are worth together, shape (n, m).

    weaker_side · min(us, mx) + (1 - weaker_side) · max(us, mx): the weaker side rules.

    Examples
    --------
    >>> combine([1.0], [0.5, 1.0], 0.5)
    array([[0.75, 1.  ]])
    """
    left = np.asarray(us, dtype=np.float64)[:, None]
    right = np.asarray(mx, dtype=np.float64)[None, :]
    worse, better = np.minimum(left, right), np.maximum(left, right)
    return weaker_side * worse + (1.0 - weaker_side) * better


def link(
    us_minutes: npt.ArrayLike, mx_minutes: npt.ArrayLike, delay: npt.ArrayLike
) -> tuple[FloatArray, IntArray]:
    """Return the minutes from site to site through the best port, and that port.

    minutes = us_minutes + delay + mx_minutes, added in that order; of ports with equal minutes
    the first wins. A port with NaN on the way is not used.

    Parameters
    ----------
    us_minutes, mx_minutes
        From each site to each port, shapes (n, p) and (m, p); NaN or inf where there is no way.
    delay
        At each port, shape (p,).

    Returns
    -------
    minutes, port
        Shape (n, m); NaN and -1 where the sites have no port in common.

    Examples
    --------
    >>> link([[10, 30]], [[20, 5]], [15, 5])
    (array([[40.]]), array([[1]]))
    """
    us, mx = np.asarray(us_minutes, np.float64), np.asarray(mx_minutes, np.float64)
    wait = np.asarray(delay, np.float64)
    if us.ndim != 2 or mx.ndim != 2 or not us.shape[1:] == mx.shape[1:] == wait.shape:  # noqa: PLR2004
        raise ValueError(f"minutes {us.shape}, {mx.shape} and delay {wait.shape} do not fit")
    best = np.full((len(us), len(mx)), np.inf)
    port = np.full(best.shape, -1, dtype=np.int64)
    for p, minutes in enumerate(wait.tolist()):
        through = (us[:, p, None] + minutes) + mx[None, :, p]
        shorter = through < best
        best[shorter], port[shorter] = through[shorter], p
    return np.where(port < 0, np.nan, best), port


def best_set(score: npt.ArrayLike) -> list[tuple[int, int]]:
    """Return the pairs that share no site and have the greatest total score, best first.

    Pairs with NaN or a score of 0 are not in it.

    Examples
    --------
    >>> best_set([[0.9, 0.8], [0.8, 0.1]])
    [(0, 1), (1, 0)]
    """
    worth = np.nan_to_num(np.asarray(score, dtype=np.float64))
    us, mx = linear_sum_assignment(worth, maximize=True)
    chosen = [
        (-worth[i, j], i, j)
        for i, j in zip(us.tolist(), mx.tolist(), strict=True)
        if worth[i, j] > 0
    ]
    return [(i, j) for _, i, j in sorted(chosen)]


def pair(  # noqa: PLR0913
    us: pd.DataFrame,
    mx: pd.DataFrame,
    us_minutes: npt.ArrayLike,
    mx_minutes: npt.ArrayLike,
    delay: npt.ArrayLike,
    link_value: ValueFunction,
    *,
    weaker_side: float = 0.7,
    keep: int = 200,
) -> pd.DataFrame:
    """Pair every US site with every Mexican site through their best port, best first.

    score = (weaker_side · min(us, mx) + (1 - weaker_side) · max(us, mx)) · link_value; the bounds
    are the same with the sites' low and high scores. Ties keep the order of the sites.

    Parameters
    ----------
    us, mx
        Sites, index `site_id`, columns `score`, `score_low`, `score_high`.
    us_minutes, mx_minutes, delay
        As in `link`, rows in the order of `us` and `mx`.
    link_value
        Value function of the minutes from site to site.
    weaker_side
        Share of the weaker side in what the two sites are worth, 0..1.
    keep
        The most pairs to return, besides those of the best set.

    Returns
    -------
    DataFrame
        Columns as in `COLUMNS`; `port` is the position of the port. `set_rank` counts the pairs of
        the best set (see `best_set`), NaN for others. `weaker_side` is US when both are equal.
        Pairs without a common port or with an UNKNOWN score are absent.

    Raises
    ------
    StudyError
        When `weaker_side` is not in 0..1.
    ValueError
        When the shapes do not fit.
    """
    if not 0 <= weaker_side <= 1:
        raise StudyError(f"pairs.weaker_side: {weaker_side!r} must lie between 0 and 1")
    minutes, port = link(us_minutes, mx_minutes, delay)
    if minutes.shape != (len(us), len(mx)):
        raise ValueError(f"minutes are for {minutes.shape} sites, not for {(len(us), len(mx))}")
    worth = link_value.apply(minutes)
    score = combine(us["score"], mx["score"], weaker_side) * worth
    rank = _ranks(score)
    in_set = {place: i for i, place in enumerate(best_set(score), start=1)}
    kept = (rank > 0) & (rank <= keep)
    for place in in_set:
        kept[place] = True
    i, j = np.nonzero(kept)
    order = np.argsort(rank[i, j])
    i, j = i[order], j[order]
    p = port[i, j]
    left, right = us["score"].to_numpy(np.float64)[i], mx["score"].to_numpy(np.float64)[j]
    low = combine(us["score_low"], mx["score_low"], weaker_side) * worth
    high = combine(us["score_high"], mx["score_high"], weaker_side) * worth
    columns = (
        rank[i, j],
        us.index.to_numpy()[i],
        p,
        mx.index.to_numpy()[j],
        score[i, j],
        low[i, j],
        high[i, j],
        left,
        right,
        np.where(left <= right, "US", "MX").astype(object),
        minutes[i, j],
        np.asarray(us_minutes, np.float64)[i, p],
        np.asarray(delay, np.float64)[p],
        np.asarray(mx_minutes, np.float64)[j, p],
        worth[i, j],
        np.array([in_set.get(at, np.nan) for at in zip(i.tolist(), j.tolist(), strict=True)]),
    )
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))


def _ranks(score: FloatArray) -> IntArray:
    """Return 1 for the best pair, 2 for the next, in the shape of `score`; 0 where it is NaN."""
    flat = score.ravel()
    order = np.argsort(-flat, kind="stable")
    order = order[: int((~np.isnan(flat)).sum())]
    rank = np.zeros(flat.size, dtype=np.int64)
    rank[order] = np.arange(1, len(order) + 1)
    return rank.reshape(score.shape)
