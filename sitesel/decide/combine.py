"""Ways to combine values into a score, and how far their rankings agree."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from sitesel.decide.scoring import HALF
from sitesel.errors import StudyError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from sitesel.decide.values import FloatArray

TOP = 10
FLOOR = 0.01  # where single zeros would make all products 0, and so alike


def weighted_sum(values: npt.ArrayLike, weights: npt.ArrayLike) -> FloatArray:
    """Return Σ w·v over what is known, weights renormalised: a weakness can be made good.

    >>> weighted_sum([[1.0, 0.5]], [0.5, 0.5])
    array([0.75])
    """
    matrix, shares = _known(values, weights)
    return _or_unknown((shares * matrix).sum(axis=1), shares)


def weighted_product(
    values: npt.ArrayLike, weights: npt.ArrayLike, *, floor: float = 0.0
) -> FloatArray:
    """Return Π v^w over what is known: a value of 0 that weighs makes the score 0.

    With a `floor`, no value counts for less than that.

    >>> weighted_product([[1.0, 0.25], [1.0, 0.0]], [0.5, 0.5])
    array([0.5, 0. ])
    """
    matrix, shares = _known(values, weights)
    filled = np.where(shares > 0, np.maximum(matrix, floor), 1.0)
    with np.errstate(divide="ignore"):
        logs = np.where(shares > 0, shares * np.log(filled), 0.0)
    return _or_unknown(np.exp(logs.sum(axis=1)), shares)


def owa(values: npt.ArrayLike, weights: npt.ArrayLike, orness: float) -> FloatArray:
    """Return the ordered weighted average of stated ORness, with importances.

    Values are sorted, best first, and Q(r) = r^((1 - orness) / orness) gives each the part of
    its share that counts (Yager 1996). 0: all must be good, the worst value rules. 0.5: the
    weighted sum. 1: one is enough, the best value rules.

    Raises
    ------
    StudyError
        An ORness outside 0..1.

    Examples
    --------
    >>> [owa([[1.0, 0.2]], [0.5, 0.5], orness).round(3).tolist() for orness in (0, 0.25, 0.5, 1)]
    [[0.2], [0.3], [0.6], [1.0]]
    """
    if not 0 <= orness <= 1:
        raise StudyError(f"orness: {orness:g} must lie between 0 (all) and 1 (one is enough)")
    matrix, shares = _known(values, weights)
    counted = np.where(shares > 0, matrix, -np.inf)
    order = np.argsort(-counted, axis=1, kind="stable")
    ordered = np.take_along_axis(np.where(shares > 0, matrix, 0.0), order, axis=1)
    reached = np.cumsum(np.take_along_axis(shares, order, axis=1), axis=1)
    if orness in (0, 1):  # the limits of Q: a step at the last or at the first that weighs
        after = (reached > (0 if orness else 1 - 1e-12)).astype(float)
    else:
        after = np.minimum(reached, 1.0) ** ((1 - orness) / orness)
    parts = np.diff(after, axis=1, prepend=0.0)
    return _or_unknown((parts * ordered).sum(axis=1), shares)


def topsis(values: npt.ArrayLike, weights: npt.ArrayLike) -> FloatArray:
    """Return closeness to the ideal: distance from the worst over that from worst and best.

    The best and worst of each criterion are 1 and 0, where textbooks take those that occur: a
    candidate that is added or removed reorders no others.

    Parameters
    ----------
    values
        Shape (n, k); NaN is UNKNOWN and left out with its weight.
    weights
        Shape (k,).

    References
    ----------
    Hwang, C. L., Yoon, K. (1981): Multiple Attribute Decision Making.

    Examples
    --------
    >>> topsis([[1.0, 1.0], [0.5, 0.5], [0.0, 0.0]], [0.7, 0.3])
    array([1. , 0.5, 0. ])
    """
    matrix, shares = _known(values, weights)
    best, worst = (
        np.sqrt(np.where(shares > 0, (shares * (matrix - ideal)) ** 2, 0.0).sum(axis=1))
        for ideal in (1.0, 0.0)
    )
    total = best + worst
    return _or_unknown(np.divide(worst, total, out=np.ones(len(total)), where=total > 0), shares)


def vetoed(values: npt.ArrayLike, least: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Say which candidates have a known value below the least that a criterion demands.

    >>> vetoed([[0.1, 0.9], [float("nan"), 0.9]], [0.2, 0.0])
    array([ True, False])
    """
    below = np.asarray(values, dtype=np.float64) < np.asarray(least, dtype=np.float64)
    return np.asarray(below.any(axis=1))


def methods(
    values: npt.ArrayLike,
    weights: npt.ArrayLike,
    *,
    orness: tuple[float, ...] = (0.25, 0.75),
    least: npt.ArrayLike | None = None,
    unknown: npt.ArrayLike = HALF,
) -> pd.DataFrame:
    """Return the scores of all candidates by each method; NaN for those that are vetoed.

    An UNKNOWN counts as ``unknown``, one number or shape (k,), where anything that weighs is
    known; it is never vetoed. Columns ``sum``, ``product`` (of values of 0.01 or more), ``topsis``
    and one ``owa <orness>`` for each ORness.
    """
    given = np.asarray(values, np.float64)
    heard = (~np.isnan(given) & (np.asarray(weights) > 0)).any(axis=1, keepdims=True)
    filled = np.where(np.isnan(given) & heard, np.asarray(unknown, np.float64), given)
    columns = {
        "sum": weighted_sum(filled, weights),
        "product": weighted_product(filled, weights, floor=FLOOR),
        "topsis": topsis(filled, weights),
    }
    columns |= {f"owa {each:g}": owa(filled, weights, each) for each in orness}
    frame = pd.DataFrame(columns)
    if least is not None:
        frame.loc[vetoed(values, least)] = np.nan
    return frame


def agreement(scores: Mapping[str, npt.ArrayLike] | pd.DataFrame) -> pd.DataFrame:
    """Return how far the rankings of every two methods agree.

    Returns
    -------
    DataFrame
        ``first``, ``second`` (methods), ``kendall`` (tau-b), ``spearman``, ``top`` (how many of
        one's ten best are among the other's).

    Examples
    --------
    >>> agreement({"a": [0.9, 0.5, 0.1], "b": [0.8, 0.2, 0.3]}).round(2).to_numpy().tolist()
    [['a', 'b', 0.33, 0.5, 3]]
    """
    frame = pd.DataFrame(scores).dropna()
    rows = []
    for first, second in combinations(frame.columns, 2):
        left, right = frame[first].to_numpy(), frame[second].to_numpy()
        enough = len(frame) > 1 and np.ptp(left) > 0 and np.ptp(right) > 0
        kendall = stats.kendalltau(left, right).statistic if enough else np.nan
        spearman = stats.spearmanr(left, right).statistic if enough else np.nan
        best = [set(np.argsort(-each, kind="stable")[:TOP].tolist()) for each in (left, right)]
        rows.append((first, second, float(kendall), float(spearman), len(best[0] & best[1])))
    return pd.DataFrame(rows, columns=["first", "second", "kendall", "spearman", "top"])


def _known(values: npt.ArrayLike, weights: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return values with UNKNOWN as 0, and the shares of what is known, both (n, k)."""
    matrix, given = np.asarray(values, np.float64), np.asarray(weights, np.float64)
    known = ~np.isnan(matrix)
    heard = np.where(known, given, 0.0)
    total = heard.sum(axis=1, keepdims=True)
    shares = np.divide(heard, total, out=np.zeros_like(heard), where=total > 0)
    return np.where(known, matrix, 0.0), shares


def _or_unknown(scores: FloatArray, shares: FloatArray) -> FloatArray:
    """Return NaN where nothing that weighs is known."""
    return np.where(shares.any(axis=1), scores, np.nan)
