"""What a study concludes from its measures: numpy in, tables out, no geometry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from sitesel.decide import gates
from sitesel.decide.locate import locate
from sitesel.decide.names import site_names
from sitesel.decide.pairs import COLUMNS, link, pair
from sitesel.decide.reasons import Judged, reasons
from sitesel.decide.scoring import Scores, score
from sitesel.decide.weights import SIDES, Side, by_side
from sitesel.errors import StudyError
from sitesel.ranks import ranked_again, unknown_as

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from sitesel.records import Text
    from sitesel.study_file import StudyFile
    from sitesel.study_parts import Criterion

RAW, GATE, PORT = "raw:", "gate:", "port:"
HECTARE = 10_000


@dataclass(frozen=True)
class Decision:
    """Scores of all candidates, the sites located among them, and the pairs these make.

    ``criteria`` are those measured, in the study's order; ``weights`` (k, 2) their shares of one
    on each side, US then MX; ``values`` (n, k) 0..1 with NaN for UNKNOWN; ``cells`` the candidates
    of each site, in the order of ``sites``; ``link_values`` what the link from each US site to
    each Mexican site is worth, NaN where there is none.
    """

    criteria: tuple[str, ...]
    weights: NDArray[np.float64]
    values: NDArray[np.float64]
    scores: Scores
    verdict: NDArray[np.object_]
    cells: tuple[NDArray[np.int64], ...]
    sites: pd.DataFrame
    pairs: pd.DataFrame
    link_values: NDArray[np.float64]


def decide(study: StudyFile, measures: pd.DataFrame, delays: Mapping[str, float]) -> Decision:
    """Judge every candidate, locate the sites of each side and pair them.

    Parameters
    ----------
    study
        Value functions, weights, gates, sites and pairs.
    measures
        As `sitesel.engine.measure` returns them.
    delays
        Minutes a truck waits at each port that is open, by port id.

    Raises
    ------
    StudyError
        If no site of the wished size can be located on any side.
    """
    chosen = {name: c for name, c in study.criteria.items() if RAW + name in measures}
    values = value_matrix(chosen, measures)
    sides = tuple(side for side in SIDES if (measures["side"] == side).any())
    weights = by_side(study.groups, weighed(chosen), sides=sides)
    side = measures["side"].to_numpy(object)
    unknown = unknown_as(study, chosen)
    scores = score(values, weights, side, unknown=unknown)
    verdict = verdicts(study, measures)
    finder = weights if study.sites.located_by is None else located_weights(study, chosen, sides)
    worth = scores if finder is weights else score(values, finder, side, unknown=unknown)
    located = _located(study, measures, worth.score, verdict)
    if not located:
        raise StudyError(
            f"{study.study}: sites.hectares: no {study.sites.hectares:g} ha of connected land "
            "pass the gates; lower hectares or loosen the gates"
        )
    # Named in the order of the weights that found them, so that a name stays with its site.
    found = _best_first(_sites(chosen, measures, values, finder, verdict, located))
    located = [located[position] for position in found["position"]]
    sites = found.assign(position=np.arange(len(found)))
    if finder is not weights:
        sites = _sites(chosen, measures, values, weights, verdict, located)
    named = sites.assign(name=site_names(found), name_es=site_names(found, "es"))
    order = _best_first(named.drop(columns="own_name", errors="ignore"))
    cells = tuple(located[position] for position in order.pop("position"))
    sites = order.assign(rank=order.groupby("side").cumcount() + 1)
    sites = _with_reasons(sites, chosen, weights)
    pairs, links = _pairs(study, measures, sites, cells, delays)
    sites, pairs = ranked_again(study, sites, pairs, tuple(chosen), weights, links)
    return Decision(tuple(chosen), weights, values, scores, verdict, cells, sites, pairs, links)


def located_weights(
    study: StudyFile, criteria: Mapping[str, Criterion], sides: Sequence[Side]
) -> NDArray[np.float64]:
    """Return the weights of `located_by`, which locate sites, (k, 2)."""
    other = study.sites.located_by
    assert other is not None
    own = {
        name: (c.group, other.criteria.get(name, c.weight), c.applies_to)
        for name, c in criteria.items()
    }
    return by_side(study.groups | other.groups, own, sides=sides)


def _best_first(sites: pd.DataFrame) -> pd.DataFrame:
    return sites.sort_values(["side", "score"], ascending=[False, False], kind="stable")


def weighed(
    criteria: Mapping[str, Criterion],
) -> dict[str, tuple[str | None, float, Any]]:
    """Return each criterion's group, weight and side, as `by_side` takes them."""
    return {name: (c.group, c.weight, c.applies_to) for name, c in criteria.items()}


def value_matrix(criteria: Mapping[str, Criterion], measures: pd.DataFrame) -> NDArray[np.float64]:
    """Return the values of all candidates, (n, k); what does not apply to a side is NaN there."""
    values = np.empty((len(measures), len(criteria)))
    for column, (name, criterion) in enumerate(criteria.items()):
        raw = measures[RAW + name]
        strange = criterion.value.unlisted(raw)
        if strange:
            raise StudyError(
                f"criteria.{name}.value.of: no value for class '{strange[0]}', which the data "
                "hold; give it one, or an 'otherwise'"
            )
        values[:, column] = criterion.value.apply(raw)
        if criterion.applies_to:
            values[(measures["side"] != criterion.applies_to).to_numpy(), column] = np.nan
    return values


def verdicts(study: StudyFile, measures: pd.DataFrame) -> NDArray[np.object_]:
    """Return the gravest verdict of the gates on each candidate."""
    codes = [
        gates.verdict(measures[GATE + name], least=gate.min, most=gate.max, otherwise=gate.verdict)
        for name, gate in study.gates.items()
        if GATE + name in measures
    ]
    return gates.gravest(codes, len(measures))


def _located(
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
    located: list[NDArray[np.int64]] = []
    for side in SIDES:
        here = np.flatnonzero((measures["side"] == side).to_numpy())
        if not len(here):
            continue
        if given:
            order = here[np.argsort(-usable[here], kind="stable")][: rule.per_side]
            located += [np.array([each]) for each in order if not np.isnan(usable[each])]
            continue
        edge = float(np.sqrt(measures["hectares"].iloc[here[0]] * HECTARE))
        grown = locate(
            measures["row"].to_numpy()[here],
            measures["col"].to_numpy()[here],
            usable[here],
            target_cells=max(1, round(rule.hectares * HECTARE / edge**2)),
            count=rule.per_side,
            apart_cells=1000 * rule.apart_km / edge,
        )
        located += [here[site] for site in grown]
    return located


def _sites(
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
    told = ["side", "place", "place_km", "place_bearing", "landmark", "own_name"]
    sites = measures.iloc[first][[name for name in told if name in measures]].copy()
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


def judged(criteria: Mapping[str, Criterion], shares: Mapping[str, float]) -> list[Judged]:
    """Return the criteria as reasons speak of them, with their shares of one."""
    return [
        Judged(
            id=name,
            short=words(name, criterion.short or criterion.title),
            unit=criterion.value.unit,
            weight=shares.get(name, 0.0),
            applies_to=criterion.applies_to,
            words=criterion.words,
        )
        for name, criterion in criteria.items()
    ]


def words(name: str, given: Text | None) -> Text:
    """Return the words given for an id, or the id made readable."""
    from sitesel.records import Text  # noqa: PLC0415

    return given or Text.model_validate(name.replace("_", " "))


def _with_reasons(
    sites: pd.DataFrame, criteria: Mapping[str, Criterion], weights: NDArray[np.float64]
) -> pd.DataFrame:
    """Add what is strong, weak and unknown in both languages, as lists of phrases."""
    spoken = {
        side: judged(criteria, dict(zip(criteria, weights[:, column], strict=True)))
        for column, side in enumerate(SIDES)
    }
    columns: dict[str, list[list[str]]] = {
        f"{part}_{language}": []
        for language in ("en", "es")
        for part in ("strong", "weak", "unknown")
    }
    rows: list[Any] = sites.to_dict("records")
    for site in rows:
        for language in ("en", "es"):
            said = reasons(site, spoken[site["side"]], language)
            for part in ("strong", "weak", "unknown"):
                columns[f"{part}_{language}"].append(getattr(said, part))
    return sites.assign(**{name: pd.Series(said, sites.index) for name, said in columns.items()})


def _pairs(
    study: StudyFile,
    measures: pd.DataFrame,
    sites: pd.DataFrame,
    cells: tuple[NDArray[np.int64], ...],
    delays: Mapping[str, float],
) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """Join the sites of both sides through the ports that are open on the study's date."""
    us, mx = ((sites["side"] == side).to_numpy() for side in SIDES)
    ports, minutes = port_minutes(measures, cells, delays)
    if study.pairs is None or not ports or not us.any() or not mx.any():
        none = np.full((int(us.sum()), int(mx.sum())), np.nan)
        return pd.DataFrame({column: [] for column in COLUMNS}), none
    wait, value = [delays[port] for port in ports], study.pairs.link.value
    pairs = pair(
        sites[us],
        sites[mx],
        minutes[us],
        minutes[mx],
        wait,
        value,
        weaker_side=study.pairs.weaker_side,
        keep=study.pairs.keep,
    )
    links = value.apply(link(minutes[us], minutes[mx], wait)[0])
    return pairs.assign(port=[ports[position] for position in pairs["port"]]), links


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
