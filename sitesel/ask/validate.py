"""Back-test of a run: whether its score finds plants or parks that are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from sitesel import crs
from sitesel.ask.points_file import Points, read_points, spots_of
from sitesel.decide import backtest
from sitesel.decide.scoring import score
from sitesel.decide.weights import SIDES, by_side
from sitesel.decision import value_matrix, verdicts, weighed
from sitesel.errors import StudyError, UnknownNameError, did_you_mean
from sitesel.measure.features import matching
from sitesel.measure.specs import layers_of
from sitesel.ranks import unknown_as
from sitesel.sites import PORT, RAW

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray

    from sitesel.study import Run

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

CITY = 100_000  # people
_STEP_M = 500  # roads become points at most this far apart
_SAME_M = 250  # a feature this near to a point is taken for the point itself
_MANY = 0.25
_LAND = 20_000  # random land for the fit


class Test(NamedTuple):
    """How one ranking of a side's land finds the points: over all of it, and within regions."""

    overall: backtest.Found
    regional: backtest.Figure


class SideTest(NamedTuple):
    """The score and the naive baselines on one side.

    ``ahead``: by how much the score's regional figure exceeds each baseline's; ``curves``: where
    each point stands in the land, by ranking.
    """

    points: int
    regions: int
    tests: dict[str, Test]
    ahead: dict[str, backtest.Figure]
    curves: dict[str, Floats]


class Suggestion(NamedTuple):
    """Weights that would have found the points, as a mirror beside the study's.

    Shares of one by criterion; the regional figures of both where the weights were fitted to
    other regions' points. None where all points lie in one region, so that no other is left.
    """

    own: dict[str, float]
    fitted: dict[str, float]
    own_regional: backtest.Figure
    fitted_regional: backtest.Figure | None


@dataclass(frozen=True)
class Validation:
    """What a back-test found; ``leaks`` are criteria that contain the answer, by layer.

    ``left_out`` are positions of rows of the file that have no place.
    """

    points: int
    outside: int
    left_out: list[int]
    sides: Mapping[str, SideTest]
    leaks: dict[str, str]
    suggestion: Suggestion | None


def validate(
    run: Run, path: Path, *, exclude: Sequence[str] = (), suggest: bool = False
) -> Validation:
    """Test a run's score against the points of a file.

    Parameters
    ----------
    run
        A finished run; its measures are taken as they are.
    path
        Known plants or parks: CSV or XLSX with lon and lat, any geo file, or a layer's id.
    exclude
        Criteria that shall not weigh, since they contain the answer.
    suggest
        Fit weights that would have found the points.

    Raises
    ------
    UnknownNameError, StudyError, LayerError
        A criterion that is not known, no point on the study's land, an unreadable file.
    """
    lon, lat, left_out = _spots(run, path)
    study, table, x_y = run.study, run.measures, crs.xy(lon, lat)
    for name in exclude:
        if name not in study.criteria:
            hint = did_you_mean(name, study.criteria)
            raise UnknownNameError(f"--exclude: '{name}' is no criterion; {hint}")
    chosen = {
        name: c.model_copy(update={"weight": 0.0}) if name in exclude else c
        for name, c in study.criteria.items()
        if RAW + name in table
    }
    at = _candidates_at(table, study.grid_m, *x_y)
    inside = at[at >= 0]
    if not len(inside):
        raise StudyError(f"{path}: none of {len(at)} points lies on the land that was measured")
    values, side = value_matrix(chosen, table), table["side"].to_numpy(object)
    present = tuple(name for name in SIDES if (side == name).any())
    weights = by_side(study.groups, weighed(chosen), sides=present)
    land = verdicts(study, table) != "FAIL"
    unknown = unknown_as(study, chosen)
    worth = score(values, weights, side, unknown=unknown).score
    rankings = {"score": worth, **_baselines(run, side)}
    region, seed = _regions(table), study.robustness.seed
    sides: dict[str, SideTest] = {
        name: _side_test(
            rankings, land & (side == name), inside[side[inside] == name], region, seed
        )
        for name in present
        if (side[inside] == name).any()
    }
    mirror = None
    if suggest:
        free = [place for place, name in enumerate(chosen) if name not in exclude]
        names = [name for name in chosen if name not in exclude]
        sought = np.flatnonzero(land), inside, region, seed
        filled = np.where(np.isnan(values), unknown, values)[:, free]
        mirror = _suggestion(names, filled, weights[free], side, sought)
    leaks = _leaks(run, x_y, [name for name, c in chosen.items() if c.weight])
    return Validation(len(at), len(at) - len(inside), left_out, sides, leaks, mirror)


def _spots(run: Run, path: Path) -> Points:
    """Return the points of a file, or of a layer that is named in its place."""
    catalog = run.plan.catalog
    if path.exists() or str(path) not in catalog:
        return read_points(path)
    return Points(*spots_of(catalog.load(str(path))), [])


def _candidates_at(table: pd.DataFrame, grid_m: float, x: Floats, y: Floats) -> Integers:
    """Return the position of the candidate at each point, -1 where there is none."""
    if "geometry" in table:
        tree = shapely.STRtree(shapely.from_wkb(table["geometry"].to_numpy()))
        point, shape = tree.query(shapely.points(x, y), predicate="intersects")
        at = np.full(len(x), -1, dtype=np.int64)
        at[point[::-1]] = shape[::-1]
        return at
    cells = pd.MultiIndex.from_arrays([table["row"], table["col"]])
    rows, cols = (np.floor(each / grid_m).astype(np.int64) for each in (y, x))
    return np.asarray(cells.get_indexer(pd.MultiIndex.from_arrays([rows, cols])), dtype=np.int64)


def _regions(table: pd.DataFrame) -> NDArray[np.object_]:
    """Return the port that each candidate reaches first, "" where there is none."""
    ports = [name for name in map(str, table) if name.startswith(PORT)]
    if not ports:
        return np.full(len(table), "", dtype=object)
    minutes = table[ports].to_numpy(np.float64)
    nearest = np.argmin(np.where(np.isnan(minutes), np.inf, minutes), axis=1)
    names = np.array([name.removeprefix(PORT) for name in ports]).astype(object)
    return np.where(np.isnan(minutes).all(axis=1), "", names[nearest])


def _baselines(run: Run, side: NDArray[np.object_]) -> dict[str, Floats]:
    """Return closeness (minus metres) to a city on the same side and to a highway."""
    table, catalog = run.measures, run.plan.catalog
    spots = np.column_stack(crs.xy(table["lon"].to_numpy(), table["lat"].to_numpy()))
    places, roads = catalog.load("places"), catalog.load("roads")
    city = np.full(len(table), np.nan)
    for name in SIDES:
        own = places[(places["side"] == name) & (places["population"] >= CITY)]
        here = side == name
        if len(own) and here.any():
            city[here] = -_metres(own.geometry.get_coordinates(), spots[here])
    lines = roads[matching(roads, {"drawn": True, "highway": True})].geometry.segmentize(_STEP_M)
    highway = np.full(len(table), np.nan)
    if len(lines):
        highway = -_metres(lines.get_coordinates(), spots)
    return {"city": city, "highway": highway}


def _metres(targets: pd.DataFrame, spots: Floats) -> Floats:
    return np.asarray(cKDTree(targets.to_numpy()).query(spots)[0])


def _side_test(
    rankings: dict[str, Floats],
    land: NDArray[np.bool_],
    points: Integers,
    region: NDArray[np.object_],
    seed: int,
) -> SideTest:
    """Test every ranking on one side's land; a point on land that fails a gate counts too."""
    here = land.copy()
    here[points] = True
    position = np.cumsum(here) - 1
    own, where = position[points], region[here]
    tests, curves, regional = {}, {}, {}
    for name, worth in rankings.items():
        curves[name] = backtest.places(worth[here], own)
        regional[name] = backtest.regional_places(worth[here], own, where)
        tests[name] = Test(
            backtest.found(curves[name], seed=seed),
            backtest.macro(regional[name], where[own], seed=seed),
        )
    ahead = {
        name: backtest.macro(regional["score"] - regional[name], where[own], seed=seed)
        for name in rankings
        if name != "score"
    }
    return SideTest(len(points), len(set(where[own])), tests, ahead, curves)


def _suggestion(
    names: list[str],
    values: Floats,
    weights: Floats,
    side: NDArray[np.object_],
    sought: tuple[Integers, Integers, NDArray[np.object_], int],
) -> Suggestion:
    """Fit weights to all points, and to those of other regions for an honest figure."""
    land, points, region, seed = sought
    code = (side == SIDES[1]).astype(np.int64)
    rng = np.random.default_rng(seed)
    sample = np.sort(rng.choice(land, min(_LAND, len(land)), replace=False))
    everywhere = np.union1d(land, points)
    own = np.empty(len(points))
    fitted = np.empty(len(points))
    folds = backtest.folds(region[points])
    alone = len(folds) == 1
    for fold in folds:
        held = np.isin(region[points], fold)
        other = points[~held], sample[~np.isin(region[sample], fold)]
        means = weights if alone else backtest.suggest(values, code, *other)
        for column, name in enumerate(SIDES):
            mine = np.flatnonzero(held & (side[points] == name))
            ground = everywhere[side[everywhere] == name]
            at = np.searchsorted(ground, points[mine])
            shares = weights[:, column], _on_side(means, weights, column)
            for result, share in zip((own, fitted), shares, strict=True):
                worth = score(values[ground], share).score
                result[mine] = backtest.regional_places(worth, at, region[ground])
    both = backtest.suggest(values, code, points, sample)
    mean = weights.sum(axis=1) / max(float(weights.sum()), 1e-12)
    label = np.array([f"{s} {r}" for s, r in zip(side[points], region[points], strict=True)])
    return Suggestion(
        dict(zip(names, mean.tolist(), strict=True)),
        dict(zip(names, both.tolist(), strict=True)),
        backtest.macro(own, label, seed=seed),
        None if alone else backtest.macro(fitted, label, seed=seed),
    )


def _on_side(fitted: Floats, weights: Floats, column: int) -> Floats:
    """Return fitted weights of what applies to a side; the study's where nothing is left."""
    if fitted.ndim > 1:
        return fitted[:, column]
    here = np.where(weights[:, column] > 0, fitted, 0.0)
    return here if here.any() else weights[:, column]


def _leaks(run: Run, spots: tuple[Floats, Floats], criteria: Sequence[str]) -> dict[str, str]:
    """Name the criteria whose point layers hold a good part of the points themselves."""
    leaks = {}
    for name in criteria:
        for layer in layers_of(run.study.criteria[name].measure):
            frame: gpd.GeoDataFrame = run.plan.catalog.load(layer)
            dots = frame[frame.geometry.notna() & (frame.geometry.geom_type == "Point")]
            if layer == "places" or not len(dots):  # that towns are where plants are is no leak
                continue
            metres = _metres(dots.geometry.get_coordinates(), np.column_stack(spots))
            if (metres <= _SAME_M).mean() >= _MANY:
                leaks[name] = layer
    return leaks
