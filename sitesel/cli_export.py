"""The command that writes a run to a database."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 (typer reads the annotations)
from typing import Annotated

import typer

from sitesel.cli_options import Layers  # noqa: TC001 (typer reads the annotations)


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(export)


def export(
    out: Annotated[Path, typer.Argument(help="The folder of an earlier run.")],
    database: Annotated[
        str,
        typer.Argument(
            metavar="postgresql://USER@HOST/DATABASE",
            help="The password comes from PGPASSWORD or .pgpass, or stands in the address.",
        ),
    ],
    schema: Annotated[str, typer.Option(help="Where the tables go; made if missing.")] = "sitesel",
    replace: Annotated[
        bool, typer.Option("--replace", help="Write over the tables of an earlier export.")
    ] = False,
    cells: Annotated[
        bool, typer.Option("--cells", help="Write all candidates too, with their measures.")
    ] = False,
    layers: Layers = None,
) -> None:
    """Write sites, pairs, ports, criteria and sources to PostGIS, all or nothing."""
    from sitesel.ask import export as exporting  # noqa: PLC0415
    from sitesel.catalog.sources.database import place_of  # noqa: PLC0415
    from sitesel.study import Run  # noqa: PLC0415
    from sitesel.terminal import reporter  # noqa: PLC0415

    where = place_of(database)
    with reporter() as report:
        run = Run.open(out, layers=layers or [])
        done = exporting.export(
            run, database, schema=schema, replace=replace, cells=cells, report=report
        )
    said = ", ".join(f"{name} {rows:,}" for name, rows in done.items())
    typer.echo(f"{where}, schema '{schema}': {said}")
