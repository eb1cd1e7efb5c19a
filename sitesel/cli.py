"""The command line. Heavy imports wait inside the commands, so that ``--help`` is quick."""

from __future__ import annotations

import io
import signal
import sys
import threading
from datetime import date  # noqa: TC003 (typer reads the annotations)
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from sitesel import cli_add, cli_decide, cli_export, cli_fetch, cli_tell
from sitesel.cli_options import Lang, Layers, LayersOrMine, catalog_of
from sitesel.cli_places import a_file, a_folder
from sitesel.errors import SiteselError, printable
from sitesel.resources import layer_folders, shipped

app = typer.Typer(
    help="Rank mirror-zone industrial sites on both sides of the US-Mexico border.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help is there in half the time
)
layers_app = typer.Typer(
    help="Look into the catalogue of layers.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(layers_app, name="layers")
cli_decide.add_to(app)
cli_tell.add_to(app)
cli_export.add_to(app)
cli_add.add_to(layers_app)
cli_fetch.add_to(layers_app)

_INTERRUPTED, _TERMINATED = 130, 143
_SHIPPED = ", ".join(sorted(path.stem for path in shipped("maps").glob("*.yaml")))


class Paper(Enum):
    """Sizes of a sheet."""

    letter = "letter"
    A4 = "A4"


Out = Annotated[
    Path | None, typer.Option("-o", "--out", help="Folder to write to.", callback=a_folder)
]


@app.command()
def run(
    study: Annotated[str, typer.Argument(help=f"A study file, or a shipped study: {_SHIPPED}.")],
    out: Out = None,
    layers: LayersOrMine = None,
) -> None:
    """Run a study and write its map and tables."""
    from sitesel import Study  # noqa: PLC0415
    from sitesel.terminal import print_run, reporter  # noqa: PLC0415

    with reporter() as report:
        result = Study.load(study).run(out, layers=layer_folders(layers), report=report)
    print_run(result)


@app.command()
def score(  # noqa: PLR0913, PLR0917 (options of one command)
    out: Annotated[Path, typer.Argument(help="The folder of an earlier run.")],
    weight: Annotated[
        list[str] | None,
        typer.Option(
            "--weight", "-w", help="group=share or criterion=share, like power=50%; repeatable."
        ),
    ] = None,
    weights: Annotated[Path | None, typer.Option(help="A YAML file of weights.")] = None,
    profile: Annotated[str | None, typer.Option(help="A shipped profile of weights.")] = None,
    to: Annotated[
        Path | None,
        typer.Option("-o", "--to", help="Write here, not over the run.", callback=a_folder),
    ] = None,
    same_sites: Annotated[
        bool, typer.Option("--same-sites", help="Keep the sites where they are, as the map does.")
    ] = False,
    layers: Layers = None,
) -> None:
    """Decide again under other weights; nothing is measured."""
    from sitesel.study import Run  # noqa: PLC0415
    from sitesel.terminal import print_run, reporter  # noqa: PLC0415
    from sitesel.weighting import decided  # noqa: PLC0415

    with reporter() as report:
        earlier = Run.open(out, layers=layers or [])
        run = decided(earlier, profile, weights, weight or [])
        if same_sites:
            run = run.under(run.study.with_sites_of(earlier.study))
        run.save(to, report=report)
    print_run(run, to)


@app.command()
def sheet(
    out: Annotated[Path, typer.Argument(help="The folder of an earlier run.")],
    pair: Annotated[str, typer.Argument(help="The pair's rank, or US_SITE/MX_SITE.")],
    to: Annotated[
        Path | None,
        typer.Option("-o", "--to", help="The PDF; else OUT/pair-RANK.pdf.", callback=a_file),
    ] = None,
    lang: Annotated[Lang, typer.Option(help="Language of the sheet.")] = Lang.en,
    paper: Annotated[Paper, typer.Option(help="Size of the page.")] = Paper.letter,
) -> None:
    """Print one pair on one page, as PDF, through a Chromium of this machine."""
    from sitesel.ask.sheet import write_sheet  # noqa: PLC0415

    path = write_sheet(out, pair, to, language=lang.value, paper=paper.value)
    typer.echo(f"{path} is ready.")


@app.command()
def workbook(
    out: Annotated[Path, typer.Argument(help="The folder of an earlier run.")],
    to: Annotated[
        Path | None,
        typer.Option(
            "-o", "--to", help="The workbook; else OUT/report-LANG.xlsx.", callback=a_file
        ),
    ] = None,
    lang: Annotated[Lang, typer.Option(help="Language of the workbook.")] = Lang.es,
    layers: Layers = None,
) -> None:
    """Write the workbook of a run in English or Spanish."""
    from sitesel.resources import replacing  # noqa: PLC0415
    from sitesel.study import Run  # noqa: PLC0415

    run, path = Run.open(out, layers=layers or []), to or out / f"report-{lang.value}.xlsx"
    with replacing(path) as part:
        run.save_workbook(part, lang.value)
    typer.echo(f"{path} is ready.")


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="The study's name; NAME.yaml is written here.")],
    ports: Annotated[
        str, typer.Option(help="Ports of entry, by id, with commas between; or 'all'.")
    ] = "all",
    within_km: Annotated[float, typer.Option(help="How far from the ports.")] = 60,
    grid_m: Annotated[int, typer.Option(help="Edge of a grid cell in metres.")] = 1000,
) -> None:
    """Start a study file of your own, ready to run."""
    from sitesel.ask.starter import write_study  # noqa: PLC0415

    path = write_study(name, ports=ports, within_km=within_km, grid_m=grid_m)
    typer.echo(f"{path} is ready: edit it, then run  sitesel run {path}")


@app.command(context_settings={"ignore_unknown_options": True})  # -106.5,31.8 is a place
def route(
    start: Annotated[str, typer.Argument(metavar="FROM", help="A place, or lon,lat.")],
    end: Annotated[str, typer.Argument(metavar="TO", help="A place, or lon,lat.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_of: Annotated[
        str | None, typer.Option(help="Date that decides which ports are open.")
    ] = None,
    layers: LayersOrMine = None,
) -> None:
    """Print truck minutes and km by leg, the port used and its delay."""
    from sitesel.ask.trips import find_route  # noqa: PLC0415
    from sitesel.terminal import print_route  # noqa: PLC0415

    print_route(find_route(catalog_of(layers), start, end, _day(as_of)), as_json=as_json)


def _day(text: str | None) -> date:
    from datetime import date as day  # noqa: PLC0415

    try:
        return day.fromisoformat(text) if text else day.today()  # noqa: DTZ011 (a calendar day)
    except ValueError:
        raise SiteselError(f"--as-of: '{text}' is no date; write it as 2026-11-21") from None


@layers_app.command("list")
def layers_list(layers: LayersOrMine = None) -> None:
    """List every layer with its quality, vintage and licence."""
    from sitesel.terminal import print_layers  # noqa: PLC0415

    print_layers(catalog_of(layers))


@layers_app.command("show")
def layers_show(
    layer: Annotated[str, typer.Argument(help="A layer's id.")], layers: LayersOrMine = None
) -> None:
    """Show one layer: source, licence, quality, fields with units, caveats."""
    from sitesel.terminal import print_layer  # noqa: PLC0415

    print_layer(catalog_of(layers), layer)


@layers_app.command("licences")
def layers_licences(layers: LayersOrMine = None) -> None:
    """Print the licence of every layer, as a Markdown page."""
    from sitesel.show.licences import page  # noqa: PLC0415

    typer.echo(page(catalog_of(layers)), nl=False)


def _end(*_: Any) -> None:
    """Leave as Ctrl-C does, past all that cleans up, when the system ends the process."""
    sys.exit(_TERMINATED)


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line; a user's mistake ends with one message and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal may lack some letters
            stream.reconfigure(errors="replace")
    if threading.current_thread() is threading.main_thread():  # no other may say so
        signal.signal(signal.SIGTERM, _end)
    try:
        return app(args=arguments)
    except (SiteselError, OSError) as error:
        typer.secho(f"sitesel: {printable(str(error))}", fg="red", err=True)
        sys.exit(2)
    except SystemExit as ended:
        if ended.code in {_INTERRUPTED, _TERMINATED}:  # typer turns Ctrl-C into the first
            said = "stopped; nothing is left half written; run again to go on from finished parts"
            typer.echo(f"sitesel: {said}", err=True)
        raise
