"""The same sites ranked by several methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sitesel.decide import combine
from sitesel.decide.weights import SIDES
from sitesel.errors import StudyError, UnknownNameError, did_you_mean
from sitesel.ranks import site_values, unknown_as

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from sitesel.decision import Decision
    from sitesel.study_file import StudyFile


def least(words: Sequence[str], criteria: Sequence[str]) -> dict[str, float]:
    """Read vetoes: ``criterion=least value``, 0 to 1.

    >>> least(["water=0.2"], ["water", "power"])
    {'water': 0.2}
    """
    vetoes = {}
    for word in words:
        name, _, number = word.partition("=")
        if name not in criteria:
            raise UnknownNameError(f"--veto: no criterion '{name}'; {did_you_mean(name, criteria)}")
        try:
            vetoes[name] = float(number)
        except ValueError:
            raise StudyError(f"--veto: '{word}' is not criterion=value, like water=0.2") from None
        if not 0 <= vetoes[name] <= 1:
            raise StudyError(f"--veto: {word}: a value lies between 0 and 1")
    return vetoes


def of_methods(
    study: StudyFile, decision: Decision, orness: Sequence[float], vetoes: Sequence[str]
) -> list[tuple[str, pd.DataFrame, pd.DataFrame]]:
    """Rank each side's sites by sum, product, TOPSIS and OWA.

    Returns
    -------
    list of (side, ranks, agreement)
        ``ranks`` has a row a site (index its name), a column a method, NaN for a veto;
        ``agreement`` is as `combine.agreement` returns it.
    """
    bar = least(vetoes, decision.criteria)
    results: list[tuple[str, pd.DataFrame, pd.DataFrame]] = []
    for column, side in enumerate(SIDES):
        sites = decision.sites[decision.sites["side"] == side]
        if sites.empty:
            continue
        scores = combine.methods(
            site_values(sites, decision.criteria),
            decision.weights[:, column],
            orness=tuple(dict.fromkeys(orness)),
            least=np.array([bar.get(name, 0.0) for name in decision.criteria]),
            unknown=unknown_as(study, decision.criteria),
        )
        ranks = scores.rank(ascending=False, method="min").set_axis(sites["name"])
        results.append((side, ranks, combine.agreement(scores)))
    return results
