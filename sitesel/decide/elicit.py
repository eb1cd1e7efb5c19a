"""Ways to weights: from a ranking, swings, judgements in pairs, several people, or the data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from sitesel.errors import StudyError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from sitesel.decide.values import FloatArray

CONSISTENT = 0.10
# Mean consistency index of random judgements, by number of criteria from 1 (Saaty 1980).
RANDOM_INDEX = (
    *(0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49),
    *(1.51, 1.48, 1.56, 1.57, 1.59),
)
_TELL = 3


class Judgement(NamedTuple):
    """One judgement in pairs: how many times more the first matters, and what the rest imply."""

    first: int
    second: int
    stated: float
    implied: float


class Judged(NamedTuple):
    """Weights from judgements in pairs, how consistent these are, and which disagree most.

    ``disagree`` holds the three judgements farthest from what the weights imply when the ratio
    is above 0.10, else none.
    """

    weights: FloatArray
    ratio: float
    disagree: list[Judgement]


def rank_order(ranking: Sequence[Sequence[str]]) -> dict[str, float]:
    """Return rank-order centroid weights: the mean of all weights that respect a ranking.

    The i-th of n weighs (1/i + 1/(i+1) + … + 1/n) / n; equals share their places' weights.

    Parameters
    ----------
    ranking
        Names, the most important first; names that matter alike stand together.

    Raises
    ------
    StudyError
        A name comes twice, or there is none.

    Examples
    --------
    >>> rank_order([["power"], ["labour"], ["water"]])
    {'power': 0.611..., 'labour': 0.277..., 'water': 0.111...}
    """
    names = [name for level in ranking for name in level]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not names:
        raise StudyError(f"weights: '{twice[0]}' is ranked twice" if twice else "weights: no names")
    count = len(names)
    centroid = [math.fsum(1 / j for j in range(i, count + 1)) / count for i in range(1, count + 1)]
    weights: dict[str, float] = {}
    place = 0
    for level in ranking:
        shared = math.fsum(centroid[place : place + len(level)]) / max(len(level), 1)
        weights |= dict.fromkeys(level, shared)
        place += len(level)
    return weights


def swing(points: Mapping[str, float]) -> dict[str, float]:
    """Return weights from swings: what going from worst to best is worth, 100 for the greatest.

    Raises
    ------
    StudyError
        Points that are no numbers from 0 to 100, or none that is 100.

    Examples
    --------
    >>> swing({"power": 100, "labour": 60, "water": 40})
    {'power': 0.5, 'labour': 0.3, 'water': 0.2}
    """
    full = 100.0
    for name, value in points.items():
        if not 0 <= value <= full:
            raise StudyError(f"weights: {name}={value:g}: swing points go from 0 to 100")
    if full not in points.values():
        raise StudyError("weights: give 100 points to the swing that matters most")
    total = math.fsum(points.values())
    return {name: value / total for name, value in points.items()}


def ahp(matrix: npt.ArrayLike) -> Judged:
    """Return the principal eigenvector of judgements in pairs, and their consistency.

    Parameters
    ----------
    matrix
        Shape (n, n): how many times more the row matters than the column, 1/9 to 9; the lower
        half holds the reciprocals. Up to 15 criteria.

    Raises
    ------
    StudyError
        The matrix is not square, positive and reciprocal, or is too large.

    References
    ----------
    Saaty, T. L. (1980): The Analytic Hierarchy Process.

    Examples
    --------
    >>> result = ahp([[1, 2, 6], [1/2, 1, 3], [1/6, 1/3, 1]])
    >>> result.weights.round(3), round(result.ratio, 9) + 0.0
    (array([0.6, 0.3, 0.1]), 0.0)
    """
    table = np.asarray(matrix, dtype=np.float64)
    size = len(table)
    if table.shape != (size, size) or not 1 <= size <= len(RANDOM_INDEX):
        raise StudyError(f"weights: judgements of shape {table.shape}; write n x n, n up to 15")
    if not (np.isfinite(table) & (table > 0)).all():
        raise StudyError("weights: judgements must be numbers above 0; write 1/3 or 0.3333")
    wrong = np.argwhere(np.abs(np.log(table * table.T)) > 0.02)  # noqa: PLR2004 (0.33 for 1/3)
    if len(wrong):
        i, j = (int(each) + 1 for each in wrong[0])
        raise StudyError(f"weights: row {j}, column {i} must be 1 / (row {i}, column {j})")
    values, vectors = np.linalg.eig(table)
    largest = int(np.argmax(values.real))
    weights = np.abs(vectors[:, largest].real)
    weights /= weights.sum()
    index = (values[largest].real - size) / (size - 1) if size > 1 else 0.0
    chance = RANDOM_INDEX[size - 1]
    ratio = float(max(index / chance, 0.0)) if chance else 0.0
    return Judged(weights, ratio, _disagreeing(table, weights) if ratio > CONSISTENT else [])


def _disagreeing(table: FloatArray, weights: FloatArray) -> list[Judgement]:
    """Return the judgements farthest, as a ratio, from the ratio of the weights."""
    implied = weights[:, None] / weights[None, :]
    i, j = np.triu_indices(len(weights), 1)
    off = np.abs(np.log(table[i, j] / implied[i, j]))
    order = np.argsort(-off, kind="stable")[:_TELL]
    return [
        Judgement(int(i[at]), int(j[at]), float(table[i[at], j[at]]), float(implied[i[at], j[at]]))
        for at in order
    ]


def together(people: Sequence[Mapping[str, float]]) -> pd.DataFrame:
    """Return the geometric mean of several people's weights, and how they disagree.

    Returns
    -------
    DataFrame
        By name: ``weight`` (shares of one), ``lowest`` and ``highest`` share that anybody gives,
        ``times`` the greatest over the smallest (inf where somebody gives 0, which counts as a
        veto: the mean is 0 too).

    Raises
    ------
    StudyError
        Nobody, different names, all-zero weights of one person, or nothing left of the mean.

    Examples
    --------
    >>> together([{"power": 4, "water": 1}, {"power": 1, "water": 4}])
           weight  lowest  highest  times
    power     0.5     0.2      0.8    4.0
    water     0.5     0.2      0.8    4.0
    """
    if not people or len({frozenset(each) for each in people}) != 1:
        raise StudyError("weights: everybody must weigh the same names")
    names = list(people[0])
    table = np.array([[each[name] for name in names] for each in people], dtype=np.float64)
    total = table.sum(axis=1, keepdims=True)
    if (table < 0).any() or (total == 0).any():
        raise StudyError("weights: everybody's weights must be 0 or more, and not all 0")
    shares = table / total
    with np.errstate(divide="ignore"):
        mean = np.exp(np.log(shares).mean(axis=0))
    if not mean.any():
        raise StudyError("weights: every name has weight 0 from somebody; nothing is left")
    low, high = shares.min(axis=0), shares.max(axis=0)
    times = np.divide(high, low, out=np.where(high > 0, np.inf, 1.0), where=low > 0)
    columns = {"weight": mean / mean.sum(), "lowest": low, "highest": high, "times": times}
    return pd.DataFrame(columns, index=names)


def entropy(values: npt.ArrayLike) -> FloatArray:
    """Return entropy weights, (k,): a criterion weighs by how unevenly its values are spread.

    A mirror of the data, not of anybody's wishes. UNKNOWN values are left out.

    Parameters
    ----------
    values
        Shape (n, k), 0..1; NaN is UNKNOWN.

    Examples
    --------
    >>> entropy([[0.5, 0.0], [0.5, 1.0]]) + 0.0
    array([0., 1.])
    """
    matrix = np.asarray(values, dtype=np.float64)
    spread = np.zeros(matrix.shape[1])
    for position, column in enumerate(matrix.T):
        known = column[~np.isnan(column)]
        if len(known) > 1 and known.sum() > 0:
            share = known[known > 0] / known.sum()
            spread[position] = max(1 + (share * np.log(share)).sum() / math.log(len(known)), 0.0)
    return _shares(spread)


def critic(values: npt.ArrayLike) -> FloatArray:
    """Return CRITIC weights, (k,): standard deviation times lack of correlation with the others.

    A mirror of the data. Values keep their fixed anchors: they are not stretched to the extent.
    Pairs of criteria are correlated where both are known.

    References
    ----------
    Diakoulaki, D. et al. (1995): Determining objective weights in multiple criteria problems.

    Examples
    --------
    >>> critic([[0.0, 0.0, 0.5], [1.0, 1.0, 0.5], [0.0, 0.0, 0.5]]).round(2)
    array([0.5, 0.5, 0. ])
    """
    frame = pd.DataFrame(np.asarray(values, dtype=np.float64))
    with np.errstate(invalid="ignore", divide="ignore"):
        alike = frame.corr(min_periods=2).to_numpy().copy()
    np.fill_diagonal(alike, 1.0)
    conflict = np.where(np.isnan(alike), 0.0, 1.0 - alike).sum(axis=0)
    deviation = frame.std().fillna(0.0).to_numpy()
    flat = np.isnan(alike).sum(axis=0) == len(alike) - 1
    # Criteria that agree in all: what is left to tell them apart is how far they spread.
    information = deviation * np.where(flat, 0.0, conflict)
    return _shares(information if information.sum() > 0 else deviation)


def _shares(weights: FloatArray) -> FloatArray:
    total = weights.sum()
    return np.asarray(weights / total if total > 0 else np.full(len(weights), 1 / len(weights)))
