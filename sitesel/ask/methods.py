"""The same sites ranked by several methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from sitesel.decide import combine, pairs
from sitesel.decide.weights import SIDES
from sitesel.errors import StudyError, UnknownNameError, did_you_mean
from sitesel.ranks import site_values, unknown_as
from sitesel.sites import port_minutes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from sitesel.decide.weights import Side
    from sitesel.decision import Decision
    from sitesel.study import Run
    from sitesel.study_file import StudyFile

METHODS = ("sum", "product", "topsis", "owa")
_ORNESS = (0.25, 0.75)
_ALIKE = 12  # decimals: scores that differ by less differ by rounding alone


class Ranking(NamedTuple):
    """Sites and pairs of a run in the order of another method, best first.

    Both tables have ``rank`` by the method (missing for a veto, or where a score is UNKNOWN),
    ``sum_rank`` by the weighted sum, ``move`` (places gained), ``score`` and ``sum_score``, 0..1,
    and ``veto``, the criteria below the least value that was asked. Sites rank within their side.
    """

    method: str
    sites: pd.DataFrame
    pairs: pd.DataFrame


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
        if name in vetoes:
            raise StudyError(f"--veto: '{name}' stands twice; keep one")
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
    for side in SIDES:
        sites = decision.sites[decision.sites["side"] == side]
        if sites.empty:
            continue
        scores = _scores(study, decision, side, tuple(orness) or _ORNESS, bar)
        ranks = scores.rank(ascending=False, method="min").set_axis(sites["name"])
        results.append((side, ranks, combine.agreement(scores)))
    return results


def _scores(
    study: StudyFile,
    decision: Decision,
    side: Side,
    orness: Sequence[float],
    bar: dict[str, float],
) -> pd.DataFrame:
    """Return the scores of a side's sites by each method, in the order of the sites."""
    return combine.methods(
        site_values(decision.sites[decision.sites["side"] == side], decision.criteria),
        decision.weights[:, SIDES.index(side)],
        orness=tuple(dict.fromkeys(orness)),
        least=np.array([bar.get(name, 0.0) for name in decision.criteria]),
        unknown=unknown_as(study, decision.criteria),
    )


def ranked_by(
    run: Run, method: str, *, orness: float | None = None, vetoes: Sequence[str] = ()
) -> Ranking:
    """Rank a run's sites and pairs by one method, beside the weighted sum.

    Sites stay where the run located them, on land that passes the gates. A pair is worth what
    its sites are worth by the method, joined as the study joins them.

    Parameters
    ----------
    run
        A finished run; nothing of it changes.
    method
        One of `METHODS`.
    orness
        From 0 (all must be good) to 1 (one is enough); for ``owa``, and only there.
    vetoes
        ``criterion=least value``: sites with a known value below that have no rank.

    Raises
    ------
    UnknownNameError, StudyError
        A method or criterion that is not known, an ORness that is missing or out of place.

    Examples
    --------
    >>> ranked_by(run, "owa", orness=0.3).pairs.head(10)     # doctest: +SKIP
    """
    if method not in METHODS:
        raise UnknownNameError(f"--by: no method '{method}'; {did_you_mean(method, METHODS)}")
    if method == "owa" and orness is None:
        raise StudyError(
            "--by owa: state one --orness, from 0 (all must be good) to 1 (one is enough)"
        )
    if method != "owa" and orness is not None:
        raise StudyError(f"--orness: belongs to --by owa, not to --by {method}; leave it out")
    column = method if orness is None else f"owa {orness:g}"
    decision, bar = run.decision, least(vetoes, run.decision.criteria)
    given = () if orness is None else (orness,)
    scores = {
        side: _scores(run.study, decision, side, given, bar)[column].to_numpy() for side in SIDES
    }
    return Ranking(column, _sites_by(decision, scores, bar), _pairs_by(run, scores))


def _sites_by(
    decision: Decision, scores: dict[Side, NDArray[np.float64]], bar: dict[str, float]
) -> pd.DataFrame:
    parts = []
    for side in SIDES:
        own = decision.sites[decision.sites["side"] == side]
        frame = pd.DataFrame(_ranks(scores[side], own["score"].to_numpy()))
        frame["site_id"], frame["side"] = own.index, side
        for name in ("name", "status", "lon", "lat", "hectares"):
            frame[name] = own[name].to_numpy()
        below = [own[f"value_{name}"].to_numpy() < value for name, value in bar.items()]
        frame["veto"] = [
            "; ".join(name for name, out in zip(bar, row, strict=True) if out)
            for row in np.array(below, bool).reshape(len(bar), len(own)).T
        ]
        parts.append(frame.sort_values("rank", kind="stable"))
    return pd.concat(parts, ignore_index=True)


def _pairs_by(run: Run, scores: dict[Side, NDArray[np.float64]]) -> pd.DataFrame:
    """Return the best pairs by the method, as many as the study keeps; no column without."""
    decision, rule = run.decision, run.study.pairs
    if rule is None or decision.pairs.empty:
        return pd.DataFrame()
    own = {side: decision.sites[decision.sites["side"] == side] for side in SIDES}
    by_sum = [own[side]["score"] for side in SIDES]
    worth, summed = (
        pairs.combine(us, mx, rule.weaker_side) * decision.link_values
        for us, mx in ((scores["US"], scores["MX"]), by_sum)
    )
    frame = pd.DataFrame(_ranks(worth.ravel(), summed.ravel()))
    places = np.indices(worth.shape).reshape(2, -1)
    for side, place in zip(SIDES, places, strict=True):
        frame[f"{side.lower()}_site"] = own[side].index.to_numpy()[place]
        frame[f"{side.lower()}_name"] = own[side]["name"].to_numpy()[place]
        frame[f"{side.lower()}_score"] = scores[side][place]
    minutes, port = _links(run)
    frame["port"], frame["link_minutes"] = port.ravel(), minutes.ravel()
    frame["link_value"] = decision.link_values.ravel()
    ranked = frame[frame["rank"].notna()]
    return ranked.sort_values("rank", kind="stable").head(rule.keep).reset_index(drop=True)


def _links(run: Run) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
    """Return minutes and port from every US site to every Mexican site, (n, m)."""
    delays, side = run.measured.delays, run.decision.sites["side"].to_numpy(object)
    ports, drive = port_minutes(run.measures, run.decision.cells, delays)
    wait = [delays[name] for name in ports]
    minutes, port = pairs.link(drive[side == "US"], drive[side == "MX"], wait)
    return minutes, np.array([*ports, ""], object)[port]


def _ranks(score: NDArray[np.float64], summed: NDArray[np.float64]) -> dict[str, pd.Series]:
    """Return ranks by two scores, their difference, and the scores; ties keep their order.

    >>> ranks = _ranks(np.array([0.5, np.nan, 0.7]), np.array([0.9, 0.8, 0.8]))
    >>> ranks["rank"].tolist(), ranks["sum_rank"].tolist(), ranks["move"].tolist()
    ([2, <NA>, 1], [1, 2, 3], [-1, <NA>, 2])
    """
    rank, sum_rank = (
        pd.Series(each).round(_ALIKE).rank(ascending=False, method="first").astype("Int64")
        for each in (score, summed)
    )
    numbers = {"score": pd.Series(score), "sum_score": pd.Series(summed)}
    return {"rank": rank, "sum_rank": sum_rank, "move": sum_rank - rank} | numbers


def save(ranking: Ranking, folder: Path) -> list[str]:
    """Write ``sites_by_<method>.csv`` and ``pairs_by_<method>.csv``; return their names."""
    from sitesel.resources import replacing  # noqa: PLC0415
    from sitesel.show.tables import write_csv  # noqa: PLC0415

    tables = {"sites": ranking.sites, "pairs": ranking.pairs}
    label = ranking.method.replace(" ", "_")
    written = {
        f"{what}_by_{label}.csv": frame for what, frame in tables.items() if len(frame.columns)
    }
    for name, frame in written.items():
        with replacing(folder / name) as part:
            write_csv(frame, part)
    return list(written)
