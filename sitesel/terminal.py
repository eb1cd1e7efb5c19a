"""What a terminal shows: progress, the top ten with reasons, layers, a route."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.segment import Segment
from rich.table import Table
from rich.text import Text as Words

from sitesel.decide.reasons import Reasons, sentence
from sitesel.errors import printable
from sitesel.origins import COSTS_NOW
from sitesel.rounding import rounded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sitesel.ask.trips import Trip
    from sitesel.catalog.definition import FieldInfo, Validity
    from sitesel.catalog.layers import Catalog
    from sitesel.study import Run

_TOP = 10
_WIDEST = 10_000  # columns of a line in a file
_BESIDE = ("report-*.xlsx", "pair-*.pdf", "validation.svg")  # other commands write them here
FRAGILE = 1 / 2  # a rank among the ten best that fewer draws confirm; the page says the same
_DIGITS = 4  # of a percentage, where fewer do not tell two apart


class _Terminal(Console):
    """A console that data cannot steer: control characters in text are shown, not sent."""

    def render(self, renderable: Any, options: Any = None) -> Iterator[Segment]:
        for part in super().render(renderable, options):
            yield part if part.control else Segment(printable(part.text), part.style)


def open_console() -> Console:
    """Return a console that shows control characters in data and does not obey them."""
    return _Terminal(highlight=False)


@contextmanager
def reporter() -> Iterator[Callable[[str, int, int], None]]:
    """Show progress on standard error: a bar on a terminal, plain lines in a log."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda step, done, total: print(f"{step} {done}/{total}", file=sys.stderr, flush=True)  # noqa: T201
        return
    columns = (
        TextColumn("{task.description:12}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        tasks: dict[str, Any] = {}

        def report(step: str, done: int, total: int) -> None:
            kind = step if step in {"candidates", "measures"} else "writing"
            task = tasks.setdefault(kind, None) or progress.add_task(kind, total=total)
            tasks[kind] = task
            progress.update(task, completed=done, total=total)

        yield report


def print_run(run: Run, folder: Path | None = None) -> None:
    """Print the ten best pairs (or sites, in a one-sided study) with the reasons in words."""
    console, sites = open_console(), run.decision.sites
    title = run.study.title["en"]
    console.print(Words(f"{title}  (as of {run.study.as_of})", style="bold"))
    if len(run.pairs):
        console.print(_pairs_table(run))
    for side in ("US", "MX"):
        own = sites[sites["side"] == side]
        if len(own) and not len(run.pairs):
            console.print(_sites_table(run, side))
    console.print(Words(_holds(run)))
    if left_out := [*run.plan.left_out, *run.plan.gates_left_out]:
        console.print(Words("Left out for want of a layer: " + ", ".join(left_out)))
    if run.changed:
        console.print(Words(_changed(run)))
    home = folder or run.folder
    console.print(Words(f"Map and tables: {home}/map.html, pairs.csv, sites.csv, sites.gpkg"))
    earlier = sorted(path.name for name in _BESIDE for path in home.glob(name))
    if earlier:
        again = "write them again with 'sitesel workbook', 'sheet' and 'validate'"
        console.print(Words(f"Of the run before: {', '.join(earlier)}; {again}"))


def _changed(run: Run) -> str:
    """Say which layers are no longer what was measured, and what costs are reckoned with."""
    said = f"Measured with earlier versions of: {', '.join(run.changed)}. "
    if COSTS_NOW in run.origins:
        said += "What pairs cost is reckoned with the unit_costs of now. "
    return f"{said}'sitesel run' measures them anew."


def _holds(run: Run) -> str:
    """Say what the column of the ten best means, and how little dethrones what is first."""
    from sitesel.ask import sensitivity  # noqa: PLC0415

    said = f"Top 10: among the ten best in so many of {run.study.robustness.draws:,} drawn weights."
    what, tested = next(sensitivity.of_run(run.study, run.decision))
    if not tested.overthrows:
        return f"{said} No change of a single weight dethrones the first {what}."
    nearest = tested.overthrows[0]
    name = run.study.criteria[run.decision.criteria[nearest.criterion]].title
    title = name["en"] if name else run.decision.criteria[nearest.criterion]
    change = " to ".join(told_apart(nearest.share, nearest.becomes))
    return f"{said} The first {what} falls when the weight of '{title}' goes from {change}."


def told_apart(share: float, becomes: float) -> tuple[str, str]:
    """Return two shares as percentages, with as many digits as tell them apart, four at most.

    Examples
    --------
    >>> told_apart(0.042, 0.021), told_apart(0.032, 0.03201)
    (('4.2%', '2.1%'), ('3.200%', '3.201%'))
    >>> told_apart(0.032, 0.032 - 1e-8)
    ('3.2%', 'less than 0.0001 points below 3.2%')
    """
    for digits in range(1, 1 + _DIGITS):
        own, other = (f"{rounded(100 * each, digits)}%" for each in (share, becomes))
        if own != other:
            return own, other
    own, way = f"{rounded(100 * share)}%", "above" if becomes > share else "below"
    return own, f"less than {10**-_DIGITS:g} points {way} {own}"


def _said(site: Any) -> str:
    said = sentence(Reasons(*(site[f"{part}_en"] for part in ("strong", "weak", "unknown"))), "en")
    return said + "".join(f"\n      {zone}" for zone in site["zones_en"])


def _interval(row: Any) -> str:
    return f"{100 * row['score_low']:.0f}-{100 * row['score_high']:.0f}"


def _confirmed(row: Any) -> tuple[str, str]:
    """Say how often the rank is among the ten best, and its range where that is seldom."""
    share = f"{rounded(100 * row['p_top10'], 0)}%"
    if row["p_top10"] >= FRAGILE:
        return share, ""
    return share, f"fragile: ranks {row['rank_low']:.0f} to {row['rank_high']:.0f}\n"


def _pairs_table(run: Run) -> Table:
    table = Table(box=box.SIMPLE_HEAD, expand=False)
    for name in ("#", "Top 10", "Score", "Range", "Pair"):
        table.add_column(
            name, justify="left" if name == "Pair" else "right", no_wrap=name != "Pair"
        )
    ports = run.plan.catalog.load("ports_of_entry").set_index("port_id")["name"]
    sites = run.decision.sites
    for _, pair in run.pairs.head(_TOP).iterrows():
        us, mx = sites.loc[pair["us_site"]], sites.loc[pair["mx_site"]]
        share, fragile = _confirmed(pair)
        lines = Words.assemble(
            (f"{us['name']} - {mx['name']}", "bold"),
            f"  through {ports[pair['port']]}, {pair['link_minutes']:.0f} min site to site\n",
            (fragile, "italic"),
            f"US {100 * pair['us_score']:.0f}  {_said(us)}\n",
            f"MX {100 * pair['mx_score']:.0f}  {_said(mx)}\n",
        )
        score = f"{100 * pair['score']:.1f}"
        table.add_row(str(pair["rank"]), share, score, _interval(pair), lines)
    return table


def _sites_table(run: Run, side: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title=f"{side} sites", title_justify="left")
    for name in ("#", "Top 10", "Score", "Range", "Site"):
        table.add_column(name, justify="left" if name == "Site" else "right")
    sites = run.decision.sites
    for site_id, site in sites[sites["side"] == side].head(_TOP).iterrows():
        share, fragile = _confirmed(site)
        lines = Words.assemble(
            (str(site["name"]), "bold"),
            f"  {site_id}\n",
            (fragile, "italic"),
            f"{_said(site)}\n",
        )
        score = f"{100 * site['score']:.1f}"
        table.add_row(str(site["rank"]), share, score, _interval(site), lines)
    return table


def print_layers(catalog: Catalog) -> None:
    """Print the catalogue as a table, by theme."""
    console = open_console()
    cut = console.is_terminal or "COLUMNS" in os.environ  # a file has room for all of it
    if not cut:
        console.width = _WIDEST
    table = Table(box=box.SIMPLE_HEAD, expand=cut)
    table.add_column("Layer", no_wrap=True, width=max(len(layer.id) for layer in catalog))
    table.add_column("Grade", no_wrap=True, width=5)
    for name, ratio in (("Title", 5), ("Vintage", 5), ("Licence", 4)):
        table.add_column(name, no_wrap=True, overflow="ellipsis", ratio=ratio)
    theme = ""
    for layer in catalog:
        if layer.theme != theme:
            theme = layer.theme
            table.add_row(Words(theme.upper(), style="bold"))
        title = ("~ " if layer.approximate else "") + layer.title["en"]
        vintage = layer.vintage if layer.present else "not fetched"
        table.add_row(*map(Words, (layer.id, layer.quality, title, vintage, layer.licence)))
    console.print(table)
    console.print(
        "Grade: A official and complete, B good with known gaps, C partial or coarse, "
        "D modelled; ~ approximate geometry"
    )


def print_layer(catalog: Catalog, name: str) -> None:
    """Print all that is known of one layer."""
    layer, console = catalog[name], open_console()
    count: str | None = f"none yet: sitesel layers fetch {name}"
    if layer.present or not layer.fetch:
        raster = layer.geometry.kind == "raster"
        count = None if raster else f"{len(catalog.load(name)):,}"
    console.print(Words(f"{layer.title['en']} / {layer.title['es']}", style="bold"))
    console.print(Words(layer.summary["en"]))
    facts = Table(box=None, show_header=False, pad_edge=False)
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column()
    validity = layer.validity
    rows = {
        "rows": count,
        "file": f"{layer.theme}/{layer.file}",
        "crs": layer.crs,
        "publisher": layer.publisher,
        "source": layer.source,
        "link": layer.source_url,
        "licence": layer.licence + (" (share-alike)" if layer.share_alike else ""),
        "attribution": layer.attribution,
        "vintage": layer.vintage,
        "grade": f"{layer.quality}: {layer.quality_why['en']}",
        "in force": _in_force(validity) if validity else None,
        "coverage": "; ".join(" ".join(f"{x:g}" for x in each) for each in layer.coverage) or None,
    }
    for key, value in rows.items():
        if value:
            facts.add_row(Words(key), Words(str(value)))
    console.print(facts)
    if layer.fields:
        console.print(_fields_table(layer.fields))
    for caveat in layer.caveats:
        console.print(Words("! " + caveat["en"]))


def _in_force(rule: Validity) -> str:
    """Say which columns rule, and what holds when the last day is over."""
    named = {"from": rule.from_, "to": rule.to, "status": rule.status}
    columns = ", ".join(f"{word} {column}" for word, column in named.items() if column)
    return columns + (f"; after that {rule.after}" if rule.to else "")


def _fields_table(fields: dict[str, FieldInfo]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("Field", "Title", "Unit", "Type"):
        table.add_column(name)
    for name, info in fields.items():
        table.add_row(*map(Words, (name, info.title["en"], info.unit or "", info.type)))
    return table


def print_route(trip: Trip, *, as_json: bool) -> None:
    """Print a drive by leg, or as JSON."""
    if as_json:
        print(json.dumps(trip.as_dict(), ensure_ascii=False, indent=1))  # noqa: T201
        return
    console = open_console()
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("Leg", "km", "min"):
        table.add_column(name, justify="left" if name == "Leg" else "right")
    for leg in trip.as_dict()["legs"]:
        km = "" if leg["km"] is None else f"{leg['km']:.1f}"
        table.add_row(Words(leg["name"]), km, f"{leg['minutes']:.0f}")
    table.add_row("total", f"{trip.km:.1f}", f"{trip.minutes:.0f}", style="bold")
    console.print(Words(f"{trip.start} to {trip.end}", style="bold"))
    console.print(table)
    console.print(Words(trip.note))
