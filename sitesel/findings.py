"""What a terminal shows of weights, methods, robustness and back-tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text as Words

from sitesel.catalog.own.cells import rows
from sitesel.decide.backtest import BEST
from sitesel.decide.elicit import CONSISTENT
from sitesel.decide.weights import SIDES, by_side
from sitesel.decision import weighed
from sitesel.rounding import rounded
from sitesel.terminal import open_console, told_apart

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pandas as pd

    from sitesel.ask.methods import Ranking
    from sitesel.ask.sensitivity import Sensitivity
    from sitesel.ask.validate import SideTest, Suggestion, Validation
    from sitesel.decide.backtest import Figure
    from sitesel.decide.elicit import Judged
    from sitesel.decide.weights import Side
    from sitesel.study import Run
    from sitesel.study_file import StudyFile
    from sitesel.study_parts import Weights

_TOP = 10
_FEW = 5  # points or regions: fewer, drawn anew, say nothing of chance
_SIDE = {"US": "US", "MX": "Mexico"}


def _table(*names: str, title: str | None = None) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left")
    for place, name in enumerate(names):
        table.add_column(name, justify="right" if place else "left")
    return table


def print_weights(
    study: StudyFile,
    given: Weights,
    path: object,
    *,
    left_out: Collection[str] = (),
    sides: Collection[Side] = SIDES,
) -> None:
    """Print what a study's new weights weigh, and where those that were given are written.

    A group weighs a share of all groups. A criterion weighs its group's share times its own in
    the group, which may differ by side; those ``left_out`` share in nothing.
    """
    console = open_console()
    if given.groups:
        table, total = _table("groups", "weight"), sum(study.groups.values()) or 1
        for name in given.groups:
            table.add_row(Words(name), f"{rounded(100 * study.groups[name] / total)}%")
        console.print(table)
    if given.criteria:
        counted = {name: c for name, c in study.criteria.items() if name not in left_out}
        shares = by_side(study.groups, weighed(counted), sides=())
        weighs = dict(zip(counted, shares.tolist(), strict=True))
        columns = [(SIDES.index(side), _SIDE[side]) for side in sides]
        heads = (head for _, head in columns)
        table = _table("criteria", *heads, title="Weight in the score of each side")
        for name in given.criteria:
            row = [weighs[name][place] if name in weighs else 0.0 for place, _ in columns]
            table.add_row(Words(name), *(f"{rounded(100 * each)}%" if each else "" for each in row))
        console.print(table)
    console.print(Words(f"{path} is ready: sitesel score OUT --weights {path}"))


def print_uneven(uneven: Mapping[str, Mapping[Side, float]]) -> None:
    """Print which groups cannot weigh on each side what was said."""
    for name, sums in uneven.items():
        given = " and ".join(
            f"{rounded(100 * part)}% ({_SIDE[side]})" for side, part in sums.items()
        )
        open_console().print(
            Words(
                f"{name}: you gave its criteria {given}. A group weighs the same on both sides: it "
                "has the mean, so against other groups it weighs more than you said on one side "
                "and less on the other."
            )
        )


def print_judged(judged: Judged, names: list[str]) -> None:
    """Print the consistency ratio, and the judgements that disagree most when it is too high."""
    console = open_console()
    console.print(Words(f"Consistency ratio {judged.ratio:.3f} (up to {CONSISTENT:.2f} is fine)"))
    if not judged.disagree:
        return
    console.print("These judgements disagree most with the others:")
    for each in judged.disagree:
        first, second = names[each.first], names[each.second]
        console.print(
            Words(f"  {first} : {second}  stated {each.stated:.3g}, implied {each.implied:.3g}")
        )


def print_disagreement(table: pd.DataFrame) -> None:
    """Print several people's weights, the greatest disagreement first."""
    title = "Shares of all groups, and of the criteria within each"
    shown = _table("disagreement", "together", "lowest", "highest", "times", title=title)
    for name, row in table.sort_values("times", ascending=False, kind="stable").iterrows():
        shares = (f"{rounded(100 * row[part])}%" for part in ("weight", "lowest", "highest"))
        shown.add_row(Words(str(name)), *shares, f"{row['times']:.1f}")
    open_console().print(shown)


def print_methods(agreement: pd.DataFrame, ranks: pd.DataFrame, side: str) -> None:
    """Print how far the methods' rankings agree, and the ten best by each."""
    table = _table("methods", "Kendall", "Spearman", "top ten", title=f"{side} sites")
    for _, row in agreement.iterrows():
        names = Words(f"{row['first']} / {row['second']}")
        shared = f"{row['top']} shared"
        table.add_row(names, f"{row['kendall']:.2f}", f"{row['spearman']:.2f}", shared)
    best = _table("site", *map(str, ranks.columns))
    for name, row in ranks.head(_TOP).iterrows():
        places = ("veto" if value != value else f"{value:.0f}" for value in row)  # noqa: PLR0124
        best.add_row(Words(str(name)), *places)
    console = open_console()
    console.print(table)
    console.print(best)


def print_ranking(ranking: Ranking) -> None:
    """Print the ten best of each side and the ten best pairs by one method, and who moved."""
    console, sites, pairs = open_console(), ranking.sites, ranking.pairs
    if len(pairs):
        names = pairs["us_name"].astype(str) + " - " + pairs["mx_name"].astype(str)
        console.print(_ranking(f"Pairs by {ranking.method}", pairs.assign(name=names)))
    elif len(pairs.columns):
        console.print("No pair is left: on one side all sites are out.")
    for side in ("US", "MX"):
        own = sites[sites["side"] == side]
        if len(own):
            console.print(_ranking(f"{side} sites by {ranking.method}", own))
            vetoed = own["veto"].str.split("; ").explode().replace("", None).value_counts()
            for name, count in vetoed.items():
                console.print(Words(f"{count} {side} sites are out by the veto on {name}"))
    console.print(
        "Sites stand where the weighted sum located them, on land that passes the gates; "
        "map and tables of the run stay with it."
    )


def _ranking(title: str, ranked: pd.DataFrame) -> Table:
    table = _table("", "#", "by the sum", "move", "score", "sum", title=title)
    for _, row in ranked[ranked["rank"].notna()].head(_TOP).iterrows():
        scores = (f"{100 * row[part]:.1f}" for part in ("score", "sum_score"))
        ranks = str(row["rank"]), str(row["sum_rank"])
        table.add_row(Words(str(row["name"])), *ranks, f"{row['move']:+d}", *scores)
    return table


def print_robustness(run: Run, found: list[tuple[str, Sensitivity]]) -> None:
    """Print how ranks hold under drawn weights, who dethrones first place, and the tornado."""
    console, rule = open_console(), run.study.robustness
    way = (
        "all weights there are" if rule.spread == "any" else f"the weights, spread {rule.spread:g}"
    )
    console.print(Words(f"{rule.draws:,} draws round {way}; seed {rule.seed}", style="bold"))
    sites, names = run.decision.sites, run.decision.sites["name"]
    pairs = run.pairs.assign(name="")
    if len(pairs):
        pairs["name"] = [
            f"{names[us]} - {names[mx]}"
            for us, mx in zip(pairs["us_site"], pairs["mx_site"], strict=True)
        ]
        console.print(_ranks("Pairs", pairs))
    for side in ("US", "MX"):
        own = sites[sites["side"] == side]
        if len(own):
            console.print(_ranks(f"{side} sites", own))
    for what, tested in found:
        console.print(_overthrows(run, what, tested))
        console.print(_tornado(what, tested))


def _ranks(title: str, ranked: pd.DataFrame) -> Table:
    table = _table("", "#", "first", "top 10", "mean rank", "90 %", title=title)
    for _, row in ranked.head(_TOP).iterrows():
        table.add_row(
            Words(str(row["name"])),
            str(row["rank"]),
            f"{rounded(100 * row['p_rank1'], 0)}%",
            f"{rounded(100 * row['p_top10'], 0)}%",
            f"{row['rank_mean']:.1f}",
            f"{row['rank_low']:.0f}-{row['rank_high']:.0f}",
        )
    return table


def _overthrows(run: Run, what: str, tested: Sensitivity) -> Table:
    table = _table(f"{what}: {tested.first} is dethroned", "weight", "becomes", "first is then")
    for each in tested.overthrows:
        name = run.decision.criteria[each.criterion]
        shares = told_apart(each.share, each.becomes)
        table.add_row(Words(name), *shares, Words(tested.names[each.winner]))
    if not tested.overthrows:
        table.add_row("by no single weight")
    return table


def _tornado(what: str, tested: Sensitivity) -> Table:
    table = _table(f"{what}: score with the weight", "halved", "doubled", "rank halved", "doubled")
    for _, row in tested.tornado.iterrows():
        scores = (f"{100 * row[part]:.1f}" for part in ("score_halved", "score_doubled"))
        ranks = (f"{row[part]:.0f}" for part in ("rank_halved", "rank_doubled"))
        table.add_row(Words(row["criterion"]), *scores, *ranks)
    return table


def print_validation(result: Validation, plot: object) -> None:
    """Print a back-test: figures, whether the score beats the baselines, and warnings."""
    console = open_console()
    points = _several(result.points, "point")
    console.print(Words(f"{points}, {result.outside} outside the measured land"))
    if result.left_out:
        left = f"{rows(result.left_out)}: no longitude and latitude in degrees, left out"
        console.print(Words(left))
    for name, layer in result.leaks.items():
        said = f"criterion '{name}' contains the answer (layer {layer}): --exclude {name}"
        console.print(Words(f"Warning: {said}", style="bold red"))
    for side, test in result.sides.items():
        console.print(_side(side, test))
        for baseline, ahead in test.ahead.items():
            console.print(Words(_verdict(baseline, ahead)))
    console.print(
        "AUC: how often a point beats random land of its side; in regions: of the land that "
        "reaches the same port first, each region counted alike. In brackets: middle 90 % of "
        "bootstrap draws."
    )
    if result.suggestion:
        _print_suggestion(result.suggestion)
    console.print(Words(f"Plot: {plot}"))


def _side(side: str, test: SideTest) -> Table:
    names = [f"best {100 * part:.0f}%" for part in BEST]
    regions = "1 port's region" if test.regions == 1 else f"{test.regions} ports' regions"
    title = f"{side}: {_several(test.points, 'point')} in {regions}"
    table = _table("ranking", "AUC", "AUC in regions", *names, title=title)
    for name, each in test.tests.items():
        shares = [
            f"{100 * capture.value:.0f}% ({lift.value:.1f}x)"
            for capture, lift in zip(each.overall.capture, each.overall.lift, strict=True)
        ]
        label = "score" if name == "score" else f"closeness to a {name}"
        table.add_row(label, _figure(each.overall.auc), _figure(each.regional), *shares)
    return table


def _several(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _figure(figure: Figure) -> str:
    if figure.of < _FEW:
        return f"{figure.value:.3f} (too few to tell)"
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"


def _verdict(baseline: str, ahead: Figure) -> str:
    if ahead.of < _FEW:
        regions = _several(ahead.of, "region")
        return (
            f"Whether the score beats closeness to a {baseline}, {regions} cannot tell: "
            f"{ahead.value:+.3f}"
        )
    said = "beats" if ahead.low > 0 else "does NOT beat"
    return f"The score {said} closeness to a {baseline} in regions: {_figure(ahead)}"


def _print_suggestion(suggestion: Suggestion) -> None:
    table = _table(
        "criterion", "your weight, mean of the sides", "fitted", title="A mirror, not applied"
    )
    for name, own in suggestion.own.items():
        table.add_row(
            Words(name), f"{rounded(100 * own)}%", f"{rounded(100 * suggestion.fitted[name])}%"
        )
    console = open_console()
    console.print(table)
    console.print(Words(f"AUC in regions, your weights: {_figure(suggestion.own_regional)}"))
    unseen = suggestion.fitted_regional
    if unseen is None:
        console.print(Words("All points reach one port first: no other region can test the fit"))
    else:
        console.print(Words(f"AUC in regions that the fit did not see: {_figure(unseen)}"))
