"""Sites: where they lie among the candidates, and what their cells say of them together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from sitesel.decide import gates
from sitesel.decide.locate import locate
from sitesel.decide.scoring import score
from sitesel.decide.weights import SIDES
from sitesel.measure.parcels import TOLD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from sitesel.study_file import StudyFile
    from sitesel.study_parts import Criterion

RAW, GATE, PORT = "raw:", "gate:", "port:"  # how the columns of measures begin
HECTARE = 10_000


def located(
    study: StudyFile,
    measures: pd.DataFrame,
    worth: NDArray[np.float64],
    verdict: NDArray[np.object_],
) -> list[NDArray[np.int64]]:
    """Return the candidates of each site: grown on a grid, or the best polygons as given.

    Polygons that somebody offers are ranked unless they fail a gate; their status says the rest.
    """
    rule, given = study.sites, "geometry" in measures
    fit = verdict != "FAIL" if given else np.isin(verdict, rule.take)
    usable = np.where(fit, worth, np.nan)
    found: list[NDArray[np.int64]] = []
    for side in SIDES:
        here = np.flatnonzero((measures["side"] == side).to_numpy())
        if not len(here):
            continue
        if given:
            order = here[np.argsort(-usable[here], kind="stable")][: rule.per_side]
            found += [np.array([each]) for each in order if not np.isnan(usable[each])]
            continue
        grown = locate(
            measures["row"].to_numpy()[here],
            measures["col"].to_numpy()[here],
            usable[here],
            target_cells=max(1, round(rule.hectares * HECTARE / study.grid_m**2)),
            count=rule.per_side,
            apart_cells=1000 * rule.apart_km / study.grid_m,
        )
        found += [here[site] for site in grown]
    return found


def described(
    criteria: Mapping[str, Criterion],
    measures: pd.DataFrame,
    values: NDArray[np.float64],
    weights: NDArray[np.float64],
    verdict: NDArray[np.object_],
    cells: list[NDArray[np.int64]],
) -> pd.DataFrame:
    """Return one row a site: means of its cells' measures and values, and the score of these.

    A criterion is UNKNOWN where it is so of more than half of the site's cells: what is known of
    the rest does not stand for the whole.
    """
    first = [site[0] for site in cells]
    told = {"side", "place", "place_km", "place_bearing", "landmark", "own_name"}
    kept = [name for name in measures if name in told or str(name).startswith(TOLD)]
    sites = measures.iloc[first][kept].rename(columns=lambda name: name.replace(":", "_", 1))
    rows, starts = _laid_out(cells)
    used = measures.iloc[rows]
    parts = np.split(np.arange(len(rows)), starts[1:])
    for column in ("zones_en", "zones_es"):
        phrases = used[column].to_numpy(object)
        sites[column] = [_phrases(phrases[part]) for part in parts]
    sites["position"] = np.arange(len(cells))
    for column in ("lon", "lat"):
        sites[column] = means(used[[column]].to_numpy(np.float64), starts)[:, 0]
    sites["hectares"] = np.add.reduceat(used["hectares"].to_numpy(), starts)
    sites["status"] = [max(verdict[site], key=gates.VERDICTS.index) for site in cells]
    mean = means(values[rows], starts)
    unknown = [criterion.unknown for criterion in criteria.values()]
    result = score(mean, weights, sites["side"].to_numpy(object), unknown=unknown)
    sites["score"], sites["score_low"], sites["score_high"] = result
    for position, name in enumerate(criteria):
        typical = pd.Series(_typical(used[RAW + name], parts, starts), sites.index)
        only = criteria[name].applies_to
        sites[f"raw_{name}"] = typical.where(sites["side"] == only) if only else typical
        sites[f"value_{name}"] = mean[:, position]
    return sites.rename_axis("site_id")


def _laid_out(cells: Sequence[NDArray[np.int64]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the cells of all sites one after another, and where each site begins."""
    sizes = np.array([len(site) for site in cells])
    return np.concatenate(cells), np.cumsum(sizes) - sizes


def means(values: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the mean of the known values of each site a column; NaN where most are not known.

    ``values`` are those of the cells of all sites, (n, k), and ``starts`` where each site begins.

    >>> means(np.array([[1.0], [np.nan], [3.0], [np.nan], [np.nan], [4.0]]), np.array([0, 3]))
    array([[ 2.],
           [nan]])
    """
    known = ~np.isnan(values)
    total = np.add.reduceat(np.where(known, values, 0), starts, axis=0)
    count = np.add.reduceat(known, starts, axis=0, dtype=np.int64)
    size = np.diff(starts, append=len(values))[:, None]
    return np.asarray(
        np.divide(total, count, out=np.full(count.shape, np.nan), where=2 * count >= size)
    )


def _phrases(texts: NDArray[Any]) -> list[str]:
    """Return the phrases of all cells, each once, in their order.

    >>> _phrases(np.array(["a; b", "", "b; c"], object))
    ['a', 'b', 'c']
    """
    return list(dict.fromkeys(phrase for text in texts for phrase in text.split("; ") if phrase))


def _typical(
    raw: pd.Series[Any], parts: Sequence[NDArray[np.int64]], starts: NDArray[np.int64]
) -> list[Any]:
    """Return each site's mean of the known numbers, or most frequent class, first among equals.

    NaN, of classes None, where most are not known.
    """
    if is_numeric_dtype(raw):
        return list(means(raw.to_numpy(np.float64)[:, None], starts)[:, 0])
    words, known = raw.to_numpy(object), raw.notna().to_numpy()
    found = [words[part][known[part]].tolist() for part in parts]
    return [
        max(sorted(set(each)), key=each.count) if 2 * len(each) >= len(part) else None
        for each, part in zip(found, parts, strict=True)
    ]


def port_minutes(
    measures: pd.DataFrame, cells: tuple[NDArray[np.int64], ...], delays: Mapping[str, float]
) -> tuple[list[str], NDArray[np.float64]]:
    """Return the ports that were measured, p of them, and the minutes of each site to each, (n, p).

    A site's minutes are the mean over its cells; NaN where from most of them no road leads there.
    """
    ports = [port for port in delays if PORT + port in measures]
    rows, starts = _laid_out(cells)
    drive = measures[[PORT + port for port in ports]].iloc[rows].to_numpy(np.float64)
    return ports, means(drive, starts)
