"""A site or a pair in words and tables: every number with its source, vintage and grade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sitesel.cost import TO_GRID, UnitCosts, grid_connection
from sitesel.decide import gates
from sitesel.decide.inverse import nearest_raw
from sitesel.decide.reach import Raise, raises, side_needed
from sitesel.decide.reasons import Judged, phrase
from sitesel.decide.weights import SIDES
from sitesel.decision import judged, words
from sitesel.errors import UnknownNameError, did_you_mean
from sitesel.measure.specs import layers_of
from sitesel.show.spoken import Spoken
from sitesel.show.told import told
from sitesel.sites import GATE

if TYPE_CHECKING:
    from sitesel.records import Language
    from sitesel.study import Run

TOP = 10
OF_SITE = "site:"  # before an id that is the rank of a pair as well


@dataclass(frozen=True)
class Line:
    """One criterion of a site: raw measure in words, value, weight and points of 100.

    ``value`` is NaN where UNKNOWN, and ``points`` are then those it counts for; ``layers`` are the
    ids of its sources.
    """

    criterion: str
    said: str
    value: float
    weight: float
    points: float
    layers: tuple[str, ...]


@dataclass(frozen=True)
class SiteStory:
    """All that a run concluded about one site.

    ``gates`` are phrases with their verdict, ``told`` titles with what the site's own layer says,
    None where that is UNKNOWN; ``threshold`` is the score of the tenth site of the side;
    ``raises`` what would reach it, empty for a site that is among the ten best.
    """

    site_id: str
    row: Any
    of: int
    lines: tuple[Line, ...]
    gates: tuple[tuple[str, str], ...]
    told: tuple[tuple[str, str | None], ...]
    threshold: float
    raises: tuple[Raise, ...]


@dataclass(frozen=True)
class PairStory:
    """All that a run concluded about one pair.

    ``of`` counts all pairs that have a rank, not only those that the run keeps. ``raises`` by side
    are what would lift the pair alone; ``minutes`` the link that would, or
    None. Both are empty for a pair that is among the ten best.
    """

    row: Any
    of: int
    port: str
    us: SiteStory
    mx: SiteStory
    threshold: float
    raises: dict[str, tuple[Raise, ...]]
    minutes: float | str | None


def find(run: Run, name: str, language: Language = "en") -> SiteStory | PairStory:
    """Explain a pair by its rank or as ``US_SITE/MX_SITE``, or a site by its id.

    Ids of one's own may be numbers too: a rank goes before, and ``site:ID`` is the site.

    Raises
    ------
    UnknownNameError
        The run has no such site or pair.
    """
    sites, pairs = run.decision.sites, run.pairs
    keys = pairs["us_site"].astype(str) + "/" + pairs["mx_site"].astype(str)
    hits = pairs[(keys == name) | (pairs["rank"].astype(str) == name)]
    for site in (name, name.removeprefix(OF_SITE)):
        if hits.empty and site in sites.index:
            return site_story(run, site, language)
    if hits.empty:
        hint = did_you_mean(name, map(str, sites.index))
        hint = hint if hint.startswith("did") else "sites.csv and pairs.csv list what there is"
        raise UnknownNameError(
            f"no site '{name}' in this run, and no pair of that rank or those sites; {hint}"
        )
    return pair_story(run, hits.iloc[0], language)


def shares(run: Run, side: str) -> dict[str, float]:
    """Return each criterion's share of the score on a side."""
    column = run.decision.weights[:, SIDES.index(side)]
    return dict(zip(run.decision.criteria, column.tolist(), strict=True))


def counted(run: Run, row: Any, name: str) -> float:
    """Return the value with which a criterion counts in a site's score, known or not."""
    value = float(row[f"value_{name}"])
    return run.study.criteria[name].unknown if np.isnan(value) else value


def _counted_row(run: Run, row: Any) -> dict[str, Any]:
    values = {f"value_{name}": counted(run, row, name) for name in run.decision.criteria}
    return {f"raw_{name}": row[f"raw_{name}"] for name in run.decision.criteria} | values


def spoken(run: Run, side: str) -> dict[str, Judged]:
    """Return the criteria as they are spoken of, by id."""
    chosen = {name: run.study.criteria[name] for name in run.decision.criteria}
    return {each.id: each for each in judged(chosen, shares(run, side))}


def site_story(run: Run, site_id: str, language: Language = "en") -> SiteStory:
    """Explain one site."""
    decision = run.decision
    row: Any = decision.sites.loc[site_id]
    side = str(row["side"])
    weight, said = shares(run, side), spoken(run, side)
    lines = [
        Line(
            name,
            phrase(said[name], row[f"raw_{name}"], language),
            float(row[f"value_{name}"]),
            weight[name],
            100 * weight[name] * counted(run, row, name),
            tuple(layers_of(run.study.criteria[name].measure)),
        )
        for name in sorted(weight, key=lambda name: -weight[name])
        if weight[name] > 0
    ]
    own = decision.sites[decision.sites["side"] == side]
    target = float(own["score"].iloc[min(TOP, len(own)) - 1])
    functions = {name: run.study.criteria[name].value for name in weight}
    now = _counted_row(run, row)
    missing = () if row["rank"] <= TOP else tuple(raises(now, weight, functions, target))
    verdicts, stated = _gates(run, site_id, language), _told(run, row, language)
    return SiteStory(site_id, row, len(own), tuple(lines), verdicts, stated, target, missing)


def _told(run: Run, row: Any, language: Language) -> tuple[tuple[str, str | None], ...]:
    catalog = run.plan.catalog
    spoken = Spoken(language, catalog)
    fields = told(run.study, catalog, run.decision.sites)
    return tuple((one.title[language], one.said(row[one.column], spoken)) for one in fields)


def _gates(run: Run, site_id: str, language: Language) -> tuple[tuple[str, str], ...]:
    """Return the title of each gate and its gravest verdict on the site's land."""
    place = list(run.decision.sites.index).index(site_id)
    here = run.measures.iloc[run.decision.cells[place]]
    said = []
    for name, gate in run.study.gates.items():
        if name in run.plan.gates_left_out:
            continue
        codes = gates.verdict(
            here[GATE + name], least=gate.min, most=gate.max, otherwise=gate.verdict
        )
        gravest = gates.gravest([codes], len(here))
        worst = max(gravest, key=gates.VERDICTS.index)
        said.append((words(name, gate.title)[language], str(worst)))
    return tuple(said)


def pair_story(run: Run, row: Any, language: Language = "en") -> PairStory:
    """Explain one pair and both of its sites."""
    pairs, rule = run.pairs, run.study.pairs
    assert rule is not None
    us, mx = (site_story(run, str(row[f"{side.lower()}_site"]), language) for side in SIDES)
    ports = Spoken(language, run.plan.catalog).ports
    target = float(pairs["score"].iloc[min(TOP, len(pairs)) - 1])
    lifts: dict[str, tuple[Raise, ...]] = {}
    minutes = None
    if row["rank"] > TOP:
        functions = {name: run.study.criteria[name].value for name in run.decision.criteria}
        for side, own, other in (("US", us, mx), ("MX", mx, us)):
            needed = side_needed(
                target, float(other.row["score"]), float(row["link_value"]), rule.weaker_side
            )
            lifts[side] = (
                tuple(raises(_counted_row(run, own.row), shares(run, side), functions, needed))
                if needed <= 1
                else ()
            )
        wanted = target / (row["score"] / row["link_value"]) if row["link_value"] else np.inf
        if wanted <= 1:
            minutes = nearest_raw(rule.link.value, float(wanted), float(row["link_minutes"]))
    return PairStory(row, ranked(run), ports[row["port"]], us, mx, target, lifts, minutes)


def ranked(run: Run) -> int:
    """Return how many pairs have a rank: those with a way between their sites and with a score."""
    scores = run.decision.sites.groupby("side")["score"]
    known = [np.isfinite(scores.get_group(side).to_numpy(np.float64)) for side in SIDES]
    return int((np.isfinite(run.decision.link_values) & np.outer(*known)).sum())


def connection(run: Run, row: Any) -> tuple[float, float] | None:
    """Return the order of magnitude of a grid connection, USD, or None while it is UNKNOWN.

    It needs a criterion that measures km to a line or substation, ``grid_access``, and the cost
    of a line by the mile.
    """
    low, high = grid_connection(float(row.get(TO_GRID, np.nan)), _costs(run))
    return None if np.isnan(low) else (low, high)


def lacks(run: Run, row: Any) -> str:
    """Say what is missing where that cost is UNKNOWN: "km", the cost of a "mile", or "both"."""
    no_mile = np.isnan(grid_connection(1, _costs(run)).low)
    if np.isfinite(row.get(TO_GRID, np.nan)):
        return "mile"
    return "both" if no_mile else "km"


def _costs(run: Run) -> UnitCosts:
    return UnitCosts.read(run.plan.catalog.load("unit_costs"))
