"""What one weight does to a decision: who dethrones first place, and the tornado of the top."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sitesel.decide.robustness import contenders, joined, pair_scores
from sitesel.decide.sensitivity import Overthrow, overthrows, scores_under, tornado
from sitesel.decide.weights import SIDES, Side
from sitesel.ranks import site_values, unknown_as

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from sitesel.decision import Decision
    from sitesel.study_file import StudyFile


class Sensitivity(NamedTuple):
    """Changes of one weight that dethrone first place, and the tornado of what is first.

    ``names`` of the ranked pairs or sites, in the order of the scores; ``tornado`` has the
    criteria's ids.
    """

    first: str
    overthrows: list[Overthrow]
    tornado: pd.DataFrame
    names: list[str]


def of_run(study: StudyFile, decision: Decision) -> Iterator[tuple[str, Sensitivity]]:
    """Test the first pair, then the first site of each side; what is absent is left out."""
    if len(decision.pairs):
        yield "pair", of_pairs(study, decision)
    for side in SIDES:
        if (decision.sites["side"] == side).any():
            yield f"{side} site", of_sites(study, decision, side)


def of_pairs(study: StudyFile, decision: Decision) -> Sensitivity:
    """Test the first pair against the best 5,000."""
    assert study.pairs is not None
    weaker_side, links = study.pairs.weaker_side, decision.link_values
    own = [decision.sites[decision.sites["side"] == side] for side in SIDES]
    us, mx = (site_values(each, decision.criteria) for each in own)
    unknown = unknown_as(study, decision.criteria)
    left, right = (each["score"].to_numpy(np.float64)[None] for each in own)
    i, j = contenders(pair_scores(left, right, links, weaker_side)[0], links.shape[1])

    def judge(table: NDArray[np.float64]) -> NDArray[np.float64]:
        us_scores = scores_under(us, table[:, :, 0], unknown)[:, i]
        mx_scores = scores_under(mx, table[:, :, 1], unknown)[:, j]
        return joined(us_scores, mx_scores, links[i, j], weaker_side)

    names = [own[0]["name"].to_numpy()[i], own[1]["name"].to_numpy()[j]]
    return _sensitivity(
        judge, decision, [f"{left} - {right}" for left, right in zip(*names, strict=True)]
    )


def of_sites(study: StudyFile, decision: Decision, side: Side) -> Sensitivity:
    """Test the first site of a side."""
    own = decision.sites[decision.sites["side"] == side]
    values, column = site_values(own, decision.criteria), SIDES.index(side)
    weights, unknown = decision.weights.copy(), unknown_as(study, decision.criteria)
    weights[:, 1 - column] = 0.0  # what weighs on the other side alone moves nothing here

    def judge(table: NDArray[np.float64]) -> NDArray[np.float64]:
        return scores_under(values, table[:, :, column], unknown)

    return _sensitivity(judge, decision, own["name"].tolist(), weights)


def _sensitivity(
    judge: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    decision: Decision,
    names: list[str],
    weights: NDArray[np.float64] | None = None,
) -> Sensitivity:
    table = decision.weights if weights is None else weights
    first = int(np.nanargmax(judge(table[None])[0]))
    spread = tornado(judge, table, first)
    spread["criterion"] = [decision.criteria[at] for at in spread["criterion"]]
    return Sensitivity(names[first], overthrows(judge, table), spread, names)
