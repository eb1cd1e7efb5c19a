"""What a study concludes from its measures: numpy in, tables out, no geometry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sitesel.decide import gates
from sitesel.decide.names import site_names
from sitesel.decide.pairs import COLUMNS, link, pair
from sitesel.decide.reasons import Judged, reasons
from sitesel.decide.scoring import Scores, score
from sitesel.decide.weights import SIDES, Side, by_side
from sitesel.errors import StudyError
from sitesel.ranks import ranked_again, unknown_as
from sitesel.sites import GATE, RAW, described, located, port_minutes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from sitesel.records import Text
    from sitesel.study_file import StudyFile
    from sitesel.study_parts import Criterion


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
    cells = located(study, measures, worth.score, verdict)
    if not cells:
        raise StudyError(f"{study.study}: {_why_none(study, worth, verdict)}")
    # Named in the order of the weights that found them, so that a name stays with its site.
    found = _best_first(described(chosen, measures, values, finder, verdict, cells))
    cells = [cells[position] for position in found["position"]]
    sites = found.assign(position=np.arange(len(found)))
    if finder is not weights:
        sites = described(chosen, measures, values, weights, verdict, cells)
    named = sites.assign(name=site_names(found), name_es=site_names(found, "es"))
    order = _best_first(named.drop(columns="own_name", errors="ignore"))
    land = tuple(cells[position] for position in order.pop("position"))
    sites = order.assign(rank=order.groupby("side").cumcount() + 1)
    sites = _with_reasons(sites, chosen, weights)
    pairs, links = _pairs(study, measures, sites, land, delays)
    sites, pairs = ranked_again(study, sites, pairs, tuple(chosen), weights, links)
    return Decision(tuple(chosen), weights, values, scores, verdict, land, sites, pairs, links)


def _why_none(study: StudyFile, worth: Scores, verdict: NDArray[np.object_]) -> str:
    """Say why no site can be located."""
    scored = ~np.isnan(worth.score)
    if not scored.any():
        return (
            "criteria: what weighs is UNKNOWN everywhere, so that nothing has a score; check that "
            "the layers hold values in this area, or give weight to a criterion that is known"
        )
    if not study.grid_m:
        return "gates: no candidate with a score passes them; loosen the gates"
    if not (scored & np.isin(verdict, study.sites.take)).any():
        taken = ", ".join(study.sites.take)
        return (
            f"gates: no candidate with a score has a verdict that sites.take lists ({taken}); "
            "loosen the gates or take more verdicts"
        )
    return (
        f"sites.hectares: no {study.sites.hectares:g} ha of connected land pass the gates; lower "
        "hectares or loosen the gates"
    )


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
    """Return the sites of each side, best first; equal ones by their ids, as the page has them."""
    ordered = sites.sort_index(kind="stable")
    return ordered.sort_values(["side", "score"], ascending=[False, False], kind="stable")


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
        try:
            values[:, column] = criterion.value.apply(raw)
        except StudyError as error:
            raise StudyError(f"criteria.{name}.value: {error}") from None
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
