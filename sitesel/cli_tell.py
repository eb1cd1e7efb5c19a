"""Commands that tell what a run concluded, and how it differs from another."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 (typer reads the annotations)
from typing import Annotated

import typer

from sitesel.cli_options import Lang, Layers, LayersOrMine, catalog_of
from sitesel.cli_places import a_folder


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(explain)
    app.command()(compare)
    app.command()(kpi)


def explain(
    out: Annotated[Path, typer.Argument(help="The folder of an earlier run.")],
    what: Annotated[
        str,
        typer.Argument(
            metavar="SITE_OR_PAIR",
            help="A pair's rank, US_SITE/MX_SITE, or a site's id: site:1 where 1 is a rank too.",
        ),
    ],
    lang: Annotated[Lang, typer.Option(help="Language of the words.")] = Lang.en,
    layers: Layers = None,
) -> None:
    """Explain a site or a pair: every number with its source, and what the top ten would take."""
    from sitesel.study import Run  # noqa: PLC0415
    from sitesel.telling import print_story  # noqa: PLC0415

    print_story(Run.open(out, layers=layers or []), what, lang.value)


def compare(
    runs: Annotated[list[Path], typer.Argument(help="Folders of runs; the first is the measure.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", help="Write compare.csv and compare.html here.", callback=a_folder
        ),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many count as the top.")] = 20,
    lang: Annotated[Lang, typer.Option(help="Language of the words.")] = Lang.en,
    layers: Layers = None,
) -> None:
    """Compare runs: what entered and left the top, who moved, and exactly why."""
    from sitesel.ask import compare as compared  # noqa: PLC0415
    from sitesel.show.language import load  # noqa: PLC0415
    from sitesel.study import Run  # noqa: PLC0415
    from sitesel.telling import print_comparison  # noqa: PLC0415

    opened = {folder.as_posix(): Run.open(folder, layers=layers or []) for folder in runs}
    found = compared.compare(opened, top)
    print_comparison(found, lang.value)
    if out:
        compared.save(found, out, lang.value)
        typer.echo(load(f"compare.{lang.value}")["ready"].format(out=out))


def kpi(
    corridor: Annotated[str | None, typer.Argument(help="One corridor; all without it.")] = None,
    layers: LayersOrMine = None,
) -> None:
    """Print the latest indicators of each corridor, with their trend and source."""
    from sitesel.kpi import print_kpi  # noqa: PLC0415

    print_kpi(catalog_of(layers), corridor)
