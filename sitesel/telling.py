"""Explanations and comparisons on the terminal."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text as Words

from sitesel.ask.compare import why
from sitesel.ask.explain import OF_SITE, TOP, PairStory, SiteStory, connection, find, lacks, spoken
from sitesel.decide.reasons import Judged, Reasons, number, phrase, sentence, written
from sitesel.decision import words
from sitesel.measure.parcels import Parcels
from sitesel.measure.specs import layers_of
from sitesel.origins import COSTS, COSTS_NOW
from sitesel.records import Text
from sitesel.rounding import rounded
from sitesel.show.language import load, verdict
from sitesel.terminal import open_console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rich.console import Console

    from sitesel.ask.compare import Comparison
    from sitesel.decide.reach import Raise
    from sitesel.decide.values import ValueFunction
    from sitesel.records import Language
    from sitesel.study import Run

_CLOSE = 1e-12  # of a value
_MORE = 4  # digits that a promised measure may have more than others

_SAID = {
    "both": Text(
        en="'{0}' is a site too, which is explained as {1}{0}; this is the pair of rank {0}.",
        es="'{0}' es también un sitio, que se explica como {1}{0}; este es el par del lugar {0}.",
    ),
    "rank": Text(en="rank {:,} of {:,}", es="lugar {:,} de {:,}"),
    "score": Text(
        en="score {:.1f} of 100, range {:.1f} to {:.1f}",
        es="puntaje {:.1f} de 100, intervalo {:.1f} a {:.1f}",
    ),
    "unknown": Text(en="UNKNOWN", es="DESCONOCIDO"),
    "criterion": Text(en="Criterion", es="Criterio"),
    "measured": Text(en="Measured", es="Medido"),
    "value": Text(en="Value", es="Valor"),
    "weight": Text(en="Weight", es="Peso"),
    "points": Text(en="Points", es="Puntos"),
    "sources": Text(en="Sources", es="Fuentes"),
    "source": Text(en="{}: {} ({}, grade {})", es="{}: {} ({}, grado {})"),
    "zones": Text(en="Zones", es="Zonas"),
    "told": Text(en="Stated of the land", es="Datos declarados del terreno"),
    "land": Text(
        en="{:.0f} ha at {:.4f}, {:.4f}; status {}",
        es="{:.0f} ha en {:.4f}, {:.4f}; resultado de los filtros: {}",
    ),
    "top": Text(en="Among the ten best.", es="Entre los diez mejores."),
    "raise": Text(
        en="To reach the top ten ({:.1f}), one of these alone:",
        es="Para entrar en los diez mejores ({:.1f}), una sola de estas:",
    ),
    "instead": Text(en="{} instead of {}", es="{} en vez de {}"),
    "none": Text(
        en="To reach the top ten ({:.1f}), no single measure is enough.",
        es="Para entrar en los diez mejores ({:.1f}), ninguna medida basta por sí sola.",
    ),
    "link": Text(
        en="Link through {}: {:.0f} min ({:.0f} drive in the US, {:.0f} wait, {:.0f} drive "
        "in Mexico), worth {:.2f}",
        es="Enlace por {}: {:.0f} min ({:.0f} en EE. UU., {:.0f} de espera, {:.0f} en "
        "México), vale {:.2f}",
    ),
    "minutes": Text(en="link of {} min instead of {}", es="enlace de {} min en vez de {}"),
    "cost": Text(
        en="A truckload costs USD {:.0f} to {:.0f} (unit costs that nobody states enter as bounds)",
        es="Un camión cuesta de {:.0f} a {:.0f} USD (los costos unitarios que nadie declara entran "
        "como cotas)",
    ),
    "one_cost": Text(en="A truckload costs USD {:.0f}", es="Un camión cuesta {:.0f} USD"),
    "no_cost": Text(
        en="What a truckload costs is UNKNOWN.", es="El costo de un camión es DESCONOCIDO."
    ),
    "grid": Text(
        en="Grid connection: about USD {:.1f} to {:.1f} M",
        es="Conexión a la red: de {:.1f} a {:.1f} M USD",
    ),
    "no_grid_both": Text(
        en="Grid connection: cost UNKNOWN (it needs km to a line and the cost of a line a mile)",
        es="Conexión a la red: costo DESCONOCIDO (faltan km a una línea y su costo por milla)",
    ),
    "no_grid_km": Text(
        en="Grid connection: cost UNKNOWN (it needs km to a line)",
        es="Conexión a la red: costo DESCONOCIDO (faltan km a una línea)",
    ),
    "no_grid_mile": Text(
        en="Grid connection: cost UNKNOWN (it needs the cost of a line a mile)",
        es="Conexión a la red: costo DESCONOCIDO (falta el costo de una línea por milla)",
    ),
    "apart": Text(
        en="A raise is of the whole site; the measures of its cells differ a little.",
        es="El cambio es de todo el sitio; las medidas de sus celdas difieren un poco.",
    ),
}


def print_story(run: Run, name: str, language: Language = "en") -> None:
    """Print what a run concluded about a site or a pair, and from which sources."""
    story, console = find(run, name, language), open_console()
    if isinstance(story, SiteStory):
        layers = _site(console, run, story, language)
    else:
        if name in run.decision.sites.index:
            console.print(Words(_SAID["both"][language].format(name, OF_SITE)))
        layers = _pair(console, run, story, language)
    _sources(console, run, layers, language)


def _score(row: Any, language: Language) -> str:
    return _SAID["score"][language].format(
        *(100 * row[name] for name in ("score", "score_low", "score_high"))
    )


def _named(row: Any, language: Language) -> str:
    return str(row["name" if language == "en" else "name_es"])


def _pair(console: Console, run: Run, story: PairStory, language: Language) -> list[str]:
    row = story.row
    title = f"{_named(story.us.row, language)} - {_named(story.mx.row, language)}"
    console.print(Words(title, style="bold"))
    rank = _SAID["rank"][language].format(row["rank"], story.of)
    console.print(Words(f"{rank}; {_score(row, language)}"))
    minutes = (row[name] for name in ("link_minutes", "us_minutes", "delay_minutes", "mx_minutes"))
    link = _SAID["link"][language].format(story.port, *minutes, row["link_value"])
    console.print(Words(link))
    our = load(language)
    weaker = our["side"][row["weaker_side"]]
    console.print(Words(our["pairs"]["weaker"].format(side=weaker)))
    known = not math.isnan(row["cost_low"]) and not math.isnan(row["cost_high"])
    kind = "one_cost" if row["cost_low"] == row["cost_high"] else "cost" if known else "no_cost"
    console.print(Words(_SAID[kind][language].format(row["cost_low"], row["cost_high"])))
    lines = [
        line
        for side, found in story.raises.items()
        for line in _changes(run, side, found, language)
    ]
    if isinstance(story.minutes, float):
        assert run.study.pairs is not None
        drive, say = run.study.pairs.link.value, partial(number, language=language)
        both = _promised(story.minutes, float(row["link_minutes"]), drive, say)
        lines.append(_SAID["minutes"][language].format(*both))
    _print_raises(console, lines, story.row["rank"], story.threshold, language)
    layers = [
        *_site(console, run, story.us, language, alone=False),
        *_site(console, run, story.mx, language, alone=False),
    ]
    return [*layers, "ports_of_entry", "roads", "unit_costs"]


def _site(
    console: Console, run: Run, story: SiteStory, language: Language, *, alone: bool = True
) -> list[str]:
    row = story.row
    console.print()
    side = load(language)["side_short"][row["side"]]
    console.print(Words(f"{side}  {_named(row, language)}  {story.site_id}", style="bold"))
    rank = _SAID["rank"][language].format(row["rank"], story.of)
    console.print(Words(f"{rank}; {_score(row, language)}"))
    land = (row["hectares"], row["lat"], row["lon"], verdict(row["status"], language))
    console.print(Words(_SAID["land"][language].format(*land)))
    said = Reasons(*(row[f"{part}_{language}"] for part in ("strong", "weak", "unknown")))
    console.print(Words(sentence(said, language)))
    if row[f"zones_{language}"]:
        console.print(Words(f"{_SAID['zones'][language]}: {'; '.join(row[f'zones_{language}'])}"))
    if story.told:
        console.print(Words(f"{_SAID['told'][language]}:"))
    for title, stated in story.told:
        console.print(Words(f"  {title}: {stated or _SAID['unknown'][language]}"))
    verdicts = "; ".join(f"{title}: {verdict(each, language)}" for title, each in story.gates)
    console.print(Words(f"{load(language)['gates']['title']}: {verdicts}"))
    console.print(_criteria(run, story, language))
    cost = connection(run, row)
    grid = _SAID["grid"][language].format(*(x / 1e6 for x in cost)) if cost else None
    console.print(Words(grid or _SAID[f"no_grid_{lacks(run, row)}"][language]))
    if alone:
        lines = _changes(run, str(row["side"]), story.raises, language)
        _print_raises(console, lines, row["rank"], story.threshold, language)
    return [*(layer for line in story.lines for layer in line.layers), *_beside(run, row, cost)]


def _beside(run: Run, row: Any, cost: object) -> list[str]:
    """Return the layers behind what is said of a site besides its criteria."""
    study, catalog = run.study, run.plan.catalog
    measured = (g.measure for name, g in study.gates.items() if name not in run.plan.gates_left_out)
    titles = {name: catalog[name].title["en"] for name in study.sites.zones}
    told = [
        name
        for name, title in titles.items()  # after which comes a label or, without one, the state
        if any(phrase.startswith((f"{title}: ", f"{title} (")) for phrase in row["zones_en"])
    ]
    gates = [layer for measure in measured for layer in layers_of(measure)]
    parcels = study.candidates
    own = [parcels.layer] if isinstance(parcels, Parcels) and parcels.tell else []
    return [*gates, *told, *own, *(["unit_costs"] if cost else [])]


def _criteria(run: Run, story: SiteStory, language: Language) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("criterion", "measured", "value", "weight", "points", "sources"):
        text = name in {"criterion", "measured", "sources"}
        justify: Any = "left" if text else "right"
        table.add_column(_SAID[name][language], justify=justify, overflow="fold")
    for line in story.lines:
        title = words(line.criterion, run.study.criteria[line.criterion].title)[language]
        unknown = math.isnan(line.value)
        cells = (
            title,
            _SAID["unknown"][language] if unknown else line.said,
            "" if unknown else f"{line.value:.2f}",
            f"{rounded(100 * line.weight)} %",
            f"~{rounded(line.points)}" if unknown else rounded(line.points),
            ", ".join(line.layers),
        )
        table.add_row(*map(Words, cells))
    return table


def _changes(run: Run, side: str, found: Iterable[Raise], language: Language) -> list[str]:
    """Say each raise that is possible, the smallest change of value first."""
    criteria, lines, ours = spoken(run, side), [], load(language)["side_short"][side]
    for each in sorted(found, key=lambda change: change.value):
        if each.raw is not None:
            said, function = criteria[each.criterion], run.study.criteria[each.criterion].value
            say = partial(_say, said, language)
            then, now = _promised(each.raw, each.now, function, say, said.unit)
            lines.append(f"{ours}  " + _SAID["instead"][language].format(then, now))
    return lines


def _say(said: Judged, language: Language, raw: Any, more: int = 0) -> str:
    unknown = raw is None or raw != raw  # noqa: PLR0124 (NaN)
    return _SAID["unknown"][language] if unknown else phrase(said, raw, language, more)


def _promised(
    raw: float | str, now: Any, function: ValueFunction, say: Callable[..., str], unit: str = ""
) -> tuple[str, str]:
    """Return a measure and the one of now as they are said, with as many digits as are needed.

    Rounded to the nearest, a measure may fall short of what is promised, or be that of now.
    """
    if not isinstance(raw, str):
        least = function.apply([raw])[0] - _CLOSE
        for more in range(_MORE):
            found = written(raw, lambda x: bool(function.apply([x])[0] >= least), unit, more)
            if found is not None and say(found, more=more) != say(now, more=more):
                return say(found, more=more), say(now, more=more)
    return say(raw), say(now)


def _print_raises(
    console: Console, lines: list[str], rank: int, threshold: float, language: Language
) -> None:
    if rank <= TOP:
        console.print(Words(_SAID["top"][language]))
        return
    head = _SAID["raise" if lines else "none"][language].format(100 * threshold)
    console.print(Words(head))
    for line in lines:
        console.print(Words(f"  {line}"))
    if lines:
        console.print(Words(_SAID["apart"][language], style="dim"))


def _sources(console: Console, run: Run, layers: list[str], language: Language) -> None:
    console.print()
    console.print(Words(_SAID["sources"][language], style="bold"))
    said = run.plan.catalog.said
    both = [COSTS_NOW] if COSTS in layers and COSTS_NOW in run.origins else []
    for name in sorted({*layers, *both}):
        layer = run.origins[name].layer if name in run.origins else run.plan.catalog[name]
        facts = (name, said(layer.source, language), said(layer.vintage, language), layer.quality)
        console.print(Words(_SAID["source"][language].format(*facts)))


def print_comparison(comparisons: Sequence[Comparison], language: Language = "en") -> None:
    """Print who entered and left the top, and who moved, with the reasons in points of 100."""
    console, our = open_console(), load(f"compare.{language}")
    for each in comparisons:
        console.print(Words(f"{each.head(language)}: {each.old} -> {each.new}", style="bold"))
        table = Table(box=box.SIMPLE_HEAD)
        for name in ("rank", "was", "score", "change", "name", "why"):
            right = name not in {"name", "why"}
            title = our["heads"][name]
            table.add_column(title, justify="right" if right else "left", no_wrap=right)
        for move in each.moves:
            change = move.new_score - move.old_score
            cells = (
                _rank(move.new_rank, "+" if move.status == "entered" else ""),
                _rank(move.old_rank, "-" if move.status == "left" else ""),
                "" if math.isnan(move.new_score) else f"{100 * move.new_score:.1f}",
                "" if math.isnan(change) else f"{100 * change:+.1f}",
                move.name[language],
                why(move, each.titles, language),
            )
            table.add_row(*map(Words, cells))
        console.print(table)
        count = {name: sum(m.status == name for m in each.moves) for name in ("entered", "left")}
        console.print(Words(our["count"].format(**count)))


def _rank(rank: float, mark: str) -> str:
    return f"{mark}{'?' if math.isnan(rank) else f'{rank:.0f}'}"
