"""Land of a site as another run judges it: what it scores there, and why it is no site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sitesel.decide import gates
from sitesel.decide.pairs import combine, link
from sitesel.decide.scoring import score
from sitesel.decide.weights import SIDES, Side
from sitesel.decision import located_weights, words
from sitesel.ranks import unknown_as
from sitesel.records import Text
from sitesel.show.language import both, verdict
from sitesel.sites import GATE, PORT, means, port_minutes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sitesel.study import Run

    Cells = NDArray[np.int64]


@dataclass(frozen=True)
class Land:
    """The land of a site as a run judges it, whether it is a site there or not.

    ``values`` and ``weights`` by criterion, an UNKNOWN with the value it counts as; ``score``
    0..1, NaN where the run did not measure the land or knows nothing of it; ``minutes`` (p,) to
    each port of the run. ``why_not`` says why the land is no site, and is None for one.
    """

    values: dict[str, float]
    weights: dict[str, float]
    score: float
    minutes: NDArray[np.float64]
    why_not: Text | None


def named(site: Any) -> Text:
    """Return the names of a site, a row of the sites."""
    return Text(en=str(site["name"]), es=str(site["name_es"]))


def site_land(run: Run, site: str) -> Land:
    """Return the land of a site of the run itself."""
    row: Any = run.decision.sites.loc[site]
    return _judged(run, cells_of(run, site), row["side"], None)


def cells_of(run: Run, site: str) -> Cells:
    """Return the positions of a site's candidates."""
    return run.decision.cells[list(run.decision.sites.index).index(site)]


def other_land(run: Run, side: Side, candidates: Sequence[str]) -> Land:
    """Return land that is no site of the run, by the ids of its candidates."""
    cells = run.measures.index.get_indexer(pd.Index(candidates))
    missing = int((cells < 0).sum())
    if missing:
        partly = "partly" if missing < len(cells) else "outside"
        key = "gone" if "geometry" in run.measures else partly
        counts = {"missing": missing, "cells": len(cells)}
        reason = both("compare", f"land.{key}", study=run.study.study, **counts)
        return Land({}, {}, float("nan"), np.empty(0), reason)
    return _judged(run, cells, side, _why_not(run, cells, side))


def pair_worth(run: Run, us: Land, mx: Land) -> dict[str, float]:
    """Return what two lands are worth as a pair of the run.

    ``us_score``, ``mx_score``, ``link_value``, ``score`` as in ``pairs.csv``, and the ``rank``
    among all pairs of the run's sites; NaN where no open port joins them or a score is UNKNOWN.
    """
    rule, delays = run.study.pairs, run.measured.delays
    assert rule is not None
    value = np.nan
    if len(us.minutes) and len(us.minutes) == len(mx.minutes):
        wait = [minutes for port, minutes in delays.items() if PORT + port in run.measures]
        value = float(rule.link.value.apply(link([us.minutes], [mx.minutes], wait)[0])[0, 0])
    worth = float(combine([us.score], [mx.score], rule.weaker_side)[0, 0]) * value
    sites = run.decision.sites
    scores = [sites.loc[sites["side"] == side, "score"] for side in SIDES]
    every = combine(scores[0], scores[1], rule.weaker_side) * run.decision.link_values
    return {
        "us_score": us.score,
        "mx_score": mx.score,
        "link_value": value,
        "score": worth,
        "rank": place(worth, every),
    }


def place(worth: float, others: Any) -> float:
    """Return the rank of a score among others that may hold it too, 1 for the best.

    >>> place(0.5, [0.9, 0.5, 0.1, float("nan")]), place(float("nan"), [0.5])
    (2.0, nan)
    """
    if np.isnan(worth):
        return float("nan")
    return 1.0 + int((np.asarray(others, np.float64) > worth + 1e-12).sum())


def _judged(run: Run, cells: Cells, side: Side, why_not: Text | None) -> Land:
    decision, column = run.decision, SIDES.index(side)
    known = means(decision.values[cells], np.zeros(1, np.int64))[0]
    unknown, weights = unknown_as(run.study, decision.criteria), decision.weights[:, column]
    worth = float(score(known[None, :], weights, unknown=unknown).score[0])
    counted = np.where(np.isnan(known), unknown, known)
    here = run.measures.iloc[cells]
    minutes = port_minutes(here, (np.arange(len(cells)),), run.measured.delays)[1][0]
    if not worth >= 0 and not why_not:
        why_not = both("compare", "land.unknown")
    return Land(
        dict(zip(decision.criteria, counted.tolist(), strict=True)),
        dict(zip(decision.criteria, weights.tolist(), strict=True)),
        worth,
        minutes,
        why_not,
    )


def _why_not(run: Run, cells: Cells, side: Side) -> Text:
    """Say which of the rules that locate sites kept the run from taking this land."""
    return (
        _gated(run, cells)
        or _crowded(run, cells, side)
        or _outdone(run, cells, side)
        or both("compare", "land.small", hectares=f"{run.study.sites.hectares:g}")
    )


def _gated(run: Run, cells: Cells) -> Text | None:
    codes_here, given = run.decision.verdict[cells], "geometry" in run.measures
    refused = codes_here == "FAIL" if given else ~np.isin(codes_here, run.study.sites.take)
    if not refused.any():
        return None
    here, said = run.measures.iloc[cells[refused]], []
    for name, gate in run.study.gates.items():
        if GATE + name in here:
            codes = gates.verdict(
                here[GATE + name], least=gate.min, most=gate.max, otherwise=gate.verdict
            )
            found = set(gates.gravest([codes], len(here)).tolist()) & set(codes_here[refused])
            title = words(name, gate.title)
            said += [_verdict(title, each) for each in sorted(found - {"PASS"})]
    listed = Text(en=", ".join(each.en for each in said), es=", ".join(each.es for each in said))
    counts = {"refused": int(refused.sum()), "cells": len(cells)}
    return both("compare", "land.gates" if given else "land.gates_partly", gates=listed, **counts)


def _verdict(title: Text, code: str) -> Text:
    said = Text(en=verdict(code, "en"), es=verdict(code, "es"))
    return both("compare", "land.gate", title=title, verdict=said)


def _crowded(run: Run, cells: Cells, side: Side) -> Text | None:
    """Name the site that already stands on this land, or too near to it."""
    sites, measures = run.decision.sites, run.measures
    if "geometry" in measures:
        return None
    row, col = (measures[name].to_numpy() for name in ("row", "col"))
    edge_km = run.study.grid_m / 1000
    found = []
    for site, taken in zip(sites.to_dict("records"), run.decision.cells, strict=True):
        if site["side"] != side:
            continue
        away = np.hypot(
            row[cells][:, None] - row[taken][None, :], col[cells][:, None] - col[taken][None, :]
        )
        name = named(site)
        found.append((edge_km * float(away.min()), -int((away == 0).sum()), name.en, name.es))
    if not found:
        return None
    km, shared, *names = min(found)
    name, apart = Text(en=names[0], es=names[1]), run.study.sites.apart_km
    if shared:
        return both("compare", "land.taken", name=name, shared=-shared, cells=len(cells))
    if km < apart:
        return both("compare", "land.near", name=name, km=f"{km:.1f}", apart=f"{apart:g}")
    return None


def _outdone(run: Run, cells: Cells, side: Side) -> Text | None:
    """Say so when all the sites of the side were found before this land's best cell."""
    own = zip(run.decision.sites["side"], run.decision.cells, strict=True)
    starts = np.array([cells[0] for of, cells in own if of == side], np.int64)
    if len(starts) < run.study.sites.per_side:
        return None
    best, least = float(np.max(_found_by(run, cells))), float(np.min(_found_by(run, starts)))
    if not best <= least:
        return None
    scores = {"best": f"{100 * best:.1f}", "least": f"{100 * least:.1f}"}
    key = "land.full_parcels" if "geometry" in run.measures else "land.full"
    return both("compare", key, count=len(starts), **scores)


def _found_by(run: Run, cells: Cells) -> NDArray[np.float64]:
    """Return the scores of cells by which the run located its sites."""
    decision, study = run.decision, run.study
    if study.sites.located_by is None:
        return decision.scores.score[cells]
    side = run.measures["side"].to_numpy(object)
    present = tuple(name for name in SIDES if (side == name).any())
    chosen = {name: study.criteria[name] for name in decision.criteria}
    weights = located_weights(study, chosen, present)
    unknown = unknown_as(study, chosen)
    return score(decision.values[cells], weights, side[cells], unknown=unknown).score
