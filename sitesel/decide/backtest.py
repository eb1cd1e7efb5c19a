"""Back-test of a score: how well it tells known plants or parks from other land."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import minimize

if TYPE_CHECKING:
    import numpy.typing as npt

    from sitesel.decide.values import FloatArray

    IntArray = npt.NDArray[np.int64]

BEST = (0.01, 0.05, 0.10, 0.20)
DRAWS = 2000
_RIDGE = 1e-3
_FOLDS = 5


class Figure(NamedTuple):
    """A figure with the middle 90 % of its bootstrap draws, and of how many witnesses it is."""

    value: float
    low: float
    high: float
    of: int


class Found(NamedTuple):
    """How well a score finds points.

    ``auc``: how often a point beats random land; ``capture`` and ``lift``: the share of points in
    the best parts of the land (`BEST`), and how many times more that is than by chance.
    """

    auc: Figure
    capture: tuple[Figure, ...]
    lift: tuple[Figure, ...]


def places(score: npt.ArrayLike, points: npt.ArrayLike) -> FloatArray:
    """Return the share of all land that each point beats, ties counted half: shape (points,).

    Their mean is the AUC of points against random land.

    Parameters
    ----------
    score
        Of all land, shape (n,); NaN (nothing known) counts as the worst.
    points
        Positions in the land, one a point; a cell with two plants comes twice.

    Examples
    --------
    >>> places([0.1, 0.2, 0.3, 0.4], [3, 1])
    array([0.875, 0.375])
    """
    worth = np.nan_to_num(np.asarray(score, np.float64), nan=-np.inf)
    ordered, own = np.sort(worth), worth[np.asarray(points, np.int64)]
    below, upto = (np.searchsorted(ordered, own, side=side) for side in ("left", "right"))
    return np.asarray((below + upto) / 2 / len(worth))


def regional_places(
    score: npt.ArrayLike, points: npt.ArrayLike, region: npt.ArrayLike
) -> FloatArray:
    """Return the share of its own region's land that each point beats (see `places`).

    >>> regional_places([0.1, 0.2, 0.3, 0.4], [1, 3], [0, 0, 1, 1])
    array([0.75, 0.75])
    """
    worth, where = np.asarray(score, np.float64), np.asarray(region)
    at = np.asarray(points, np.int64)
    result = np.empty(len(at))
    for name in np.unique(where[at]):
        land = np.flatnonzero(where == name)
        mine = np.flatnonzero(where[at] == name)
        result[mine] = places(worth[land], np.searchsorted(land, at[mine]))
    return result


def found(place: FloatArray, *, seed: int) -> Found:
    """Return AUC, capture and lift of points with these places, with bootstrap intervals.

    The points are drawn anew; the land, of which there is plenty, is taken as it is.
    """
    rng = np.random.default_rng(seed)
    draws = rng.integers(0, len(place), (DRAWS, len(place)))
    capture = [_figure((place >= 1 - part).astype(float), draws) for part in BEST]
    lift = [
        Figure(share.value / part, share.low / part, share.high / part, share.of)
        for share, part in zip(capture, BEST, strict=True)
    ]
    return Found(_figure(place, draws), tuple(capture), tuple(lift))


def _figure(values: FloatArray, draws: IntArray) -> Figure:
    low, high = np.quantile(values[draws].mean(axis=1), [0.05, 0.95])
    return Figure(float(values.mean()), float(low), float(high), len(values))


def macro(place: FloatArray, region: npt.ArrayLike, *, seed: int) -> Figure:
    """Return the mean over regions of the mean place: each region counts alike.

    Regions are drawn anew for the interval, since points of one region are no independent
    witnesses; with a single region its points are.

    Examples
    --------
    >>> macro(np.array([0.9, 0.9, 0.9, 0.5]), ["a", "a", "a", "b"], seed=1).value
    0.7
    """
    names, which = np.unique(np.asarray(region), return_inverse=True)
    mean = np.bincount(which, place) / np.bincount(which)
    values = mean if len(names) > 1 else place
    draws = np.random.default_rng(seed).integers(0, len(values), (DRAWS, len(values)))
    return _figure(values, draws)._replace(of=len(names))


def capture_curve(place: FloatArray, parts: npt.ArrayLike) -> FloatArray:
    """Return the share of points in the best parts of the land, in the shape of `parts`.

    >>> capture_curve(np.array([0.95, 0.5]), [0.1, 0.5, 1.0])
    array([0.5, 1. , 1. ])
    """
    cut = 1 - np.asarray(parts, np.float64)
    return np.asarray((place[None, :] >= cut[:, None] - 1e-12).mean(axis=1))


def suggest(
    values: npt.ArrayLike, side: npt.ArrayLike, points: npt.ArrayLike, land: npt.ArrayLike
) -> FloatArray:
    """Return weights of 0 or more that tell points from land best: shares of one, (k,).

    A logistic regression with one intercept a side, coefficients bounded below by 0, points and
    land of equal total weight. UNKNOWN values are taken as the side's mean.

    Parameters
    ----------
    values
        Shape (n, k), 0..1; NaN is UNKNOWN.
    side
        0 or 1, shape (n,).
    points, land
        Positions of the points and of random land.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> values = rng.random((400, 2))
    >>> best = np.argsort(-values[:, 0])[:40]
    >>> suggest(values, np.zeros(400, int), best, np.arange(400)).round(1) + 0.0
    array([1., 0.])
    """
    rows = np.concatenate([np.asarray(points, np.int64), np.asarray(land, np.int64)])
    sides = np.asarray(side)[rows]
    matrix = _filled(np.asarray(values, np.float64)[rows], sides)
    truth = np.arange(len(rows)) < len(np.asarray(points))
    importance = np.where(truth, 0.5 / truth.sum(), 0.5 / (~truth).sum())
    design = np.column_stack([matrix, sides == 0, sides == 1]).astype(np.float64)
    sign = np.where(truth, 1.0, -1.0)
    count = matrix.shape[1]

    def loss(beta: FloatArray) -> tuple[float, FloatArray]:
        margin = sign * (design @ beta)
        chance = 1 / (1 + np.exp(np.clip(margin, -500, 500)))
        penalty = np.concatenate([beta[:count], [0.0, 0.0]])
        value = importance @ np.logaddexp(0, -margin) + _RIDGE / 2 * (penalty @ penalty)
        return float(value), design.T @ (-sign * importance * chance) + _RIDGE * penalty

    bounds = [(0, None)] * count + [(None, None)] * 2
    fit = minimize(loss, np.zeros(count + 2), jac=True, bounds=bounds, method="L-BFGS-B")
    weights = np.maximum(fit.x[:count], 0.0)
    total = weights.sum()
    return np.asarray(weights / total if total > 0 else np.full(count, 1 / count))


def _filled(matrix: FloatArray, sides: npt.NDArray[np.int64]) -> FloatArray:
    """Put the mean of what is known on a side in place of UNKNOWN, 0 where nothing is."""
    result = matrix.copy()
    for name in np.unique(sides):
        here = np.flatnonzero(sides == name)
        part = matrix[here]
        known = ~np.isnan(part)
        mean = np.where(known, part, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        result[here] = np.where(known, part, mean)
    return result


def folds(region: npt.ArrayLike) -> list[tuple[str, ...]]:
    """Return the regions in at most five folds of about equal numbers of points.

    >>> folds(["a", "a", "a", "b", "b", "c"])
    [('a',), ('b',), ('c',)]
    """
    names, counts = np.unique(np.asarray(region, dtype=str), return_counts=True)
    parts: list[list[str]] = [[] for _ in range(min(_FOLDS, len(names)))]
    sizes = [0] * len(parts)
    for at in np.argsort(-counts, kind="stable"):
        smallest = sizes.index(min(sizes))
        parts[smallest].append(str(names[at]))
        sizes[smallest] += int(counts[at])
    return [tuple(part) for part in parts]
