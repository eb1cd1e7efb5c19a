"""Ranks of sites and pairs once more, under weights drawn round the study's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sitesel.decide import robustness
from sitesel.decide.weights import SIDES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from sitesel.study_file import StudyFile


def site_values(sites: pd.DataFrame, criteria: tuple[str, ...]) -> NDArray[np.float64]:
    """Return the values of sites, (n, k)."""
    return sites[[f"value_{name}" for name in criteria]].to_numpy(np.float64)


def unknown_as(study: StudyFile, criteria: Iterable[str]) -> NDArray[np.float64]:
    """Return what an UNKNOWN of each criterion counts as, (k,)."""
    return np.array([study.criteria[name].unknown for name in criteria], np.float64)


def ranked_again(
    study: StudyFile,
    sites: pd.DataFrame,
    pairs: pd.DataFrame,
    criteria: tuple[str, ...],
    weights: NDArray[np.float64],
    links: NDArray[np.float64],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Add to sites and pairs what becomes of their ranks when weights move."""
    rule = study.robustness
    spread = None if rule.spread == "any" else rule.spread
    drawn = robustness.draw_weights(weights, rule.draws, seed=rule.seed, spread=spread)
    rng = np.random.default_rng([rule.seed, 1])  # apart from the stream of the weights
    unknown, facts = unknown_as(study, criteria), _facts(study, criteria)
    scores, parts = {}, []
    for column, side in enumerate(SIDES):
        own = sites[sites["side"] == side]
        values = site_values(own, criteria)
        scores[side] = robustness.drawn_scores(
            values, drawn[:, :, column], rng, unknown=unknown, facts=facts
        )
        parts.append(robustness.summary(robustness.ranks(scores[side])).set_index(own.index))
    sites = sites.join(pd.concat([part for part in parts if len(part)]))
    if pairs.empty or study.pairs is None:
        return sites, pairs.assign(**{name: [] for name in robustness.COLUMNS})
    place = sites.groupby("side").cumcount()
    kept = (
        place[pairs["us_site"]].to_numpy(np.int64),
        place[pairs["mx_site"]].to_numpy(np.int64),
    )
    weaker_side = study.pairs.weaker_side
    again = robustness.pair_ranks(scores["US"], scores["MX"], links, kept, weaker_side)
    return sites, pairs.join(robustness.summary(again))


def _facts(study: StudyFile, criteria: Iterable[str]) -> dict[int, NDArray[np.float64]]:
    """Draw each UNKNOWN that is one fact for all sites of both sides, by place of the criterion."""
    rule = study.robustness
    return {
        place: robustness.draw_unknown(
            study.criteria[name].unknown,
            rule.draws,
            np.random.default_rng([rule.seed, 2, place]),  # the other streams stay as they are
        )
        for place, name in enumerate(criteria)
        if study.criteria[name].unknown_together
    }
