"""The commands that fetch layers from their publishers, say how they stand, and go back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sitesel.cli_places import a_folder
from sitesel.errors import SiteselError, printable

if TYPE_CHECKING:
    from sitesel.catalog.fetched.fetching import Order, Outcome
    from sitesel.catalog.fetched.versions import Place
    from sitesel.catalog.sources.web import Client

_PADDING_M = 10_000.0
_STUDY = "border"

To = Annotated[
    Path | None,
    typer.Option(
        "--to",
        help="Folder of fetched layers; else my_layers, or $SITESEL_LAYERS.",
        callback=a_folder,
    ),
]
Offline = Annotated[bool, typer.Option("--offline", help="Ask no server.")]
Private = Annotated[
    bool, typer.Option("--allow-private", help="Let addresses lead into a private network.")
]


def add_to(app: typer.Typer) -> None:
    """Add ``fetch``, ``status`` and ``restore`` to the commands about layers."""
    app.command("fetch")(fetch)
    app.command("status")(status)
    app.command("restore")(restore)


def fetch(  # noqa: PLR0913, PLR0917 (options of one command)
    layers: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Ids of layers.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Fetch all that can be fetched.")] = False,
    area: Annotated[
        str | None,
        typer.Option(
            metavar="STUDY",
            help="The study whose area is fetched, with 10 km round it; else the whole border.",
        ),
    ] = None,
    extract: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="OSM XML to read OpenStreetMap layers from; give it again for several files.",
        ),
    ] = None,
    overpass: Annotated[
        bool,
        typer.Option("--overpass", help="Ask an Overpass server where there is no extract."),
    ] = False,
    to: To = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Take a version that differs much from the last.")
    ] = False,
    offline: Offline = False,
    allow_private: Private = False,
) -> None:
    """Fetch layers from their publishers, checked before they take the place of the last."""
    from sitesel.catalog.fetched.fetching import Order  # noqa: PLC0415
    from sitesel.catalog.fetched.wanted import in_order, wanted  # noqa: PLC0415
    from sitesel.catalog.sources.osm import there  # noqa: PLC0415
    from sitesel.catalog.sources.request import Terms  # noqa: PLC0415

    folder = _folder(to)
    if bool(layers) == every:
        raise SiteselError("say which layers: sitesel layers fetch ID..., or --all; see status")
    names = in_order(sorted(wanted(folder)) if every else layers or [], folder)
    terms = Terms(tuple(there(extract or [], "--extract")), overpass, area is not None)
    box = box_of(area or _STUDY, folder)
    order = Order(_client(offline, allow_private), folder, box, accept, terms)
    failed = _each(names, order, layers or [])
    if failed:
        typer.secho(f"{len(failed)} of {len(names)} layers failed:", fg="red", err=True)
        for name, why in failed.items():
            typer.echo(f"  {name}: {printable(why)}", err=True)
        raise typer.Exit(2)


def status(
    check: Annotated[
        bool, typer.Option("--check", help="Ask the publishers whether they have newer versions.")
    ] = False,
    to: To = None,
    allow_private: Private = False,
) -> None:
    """List the layers that can be fetched: which are there, how old, and what is newer."""
    from sitesel.catalog.fetched.status import standing  # noqa: PLC0415
    from sitesel.fetch_report import print_standing  # noqa: PLC0415

    client = _client(False, allow_private) if check else None
    print_standing(standing(_folder(to), client), checked=check)


def restore(
    layer: Annotated[str, typer.Argument(help="A layer's id.")],
    version: Annotated[
        str | None, typer.Argument(help="A kept version; else the one before.")
    ] = None,
    shown: Annotated[
        bool, typer.Option("--list", help="List the versions that are kept; change nothing.")
    ] = False,
    to: To = None,
) -> None:
    """Put an earlier version of a layer, fetched or your own, back in its place."""
    from sitesel.catalog.fetched import versions  # noqa: PLC0415
    from sitesel.catalog.fetched.wanted import kept_place  # noqa: PLC0415

    place = kept_place(layer, _folder(to))
    if shown:
        typer.echo(printable("\n".join(_kept(place)) or f"{layer}: no version is kept"))
        return
    with versions.alone(place):
        stamp = versions.restore(place, version)
    typer.echo(f"{layer}: version {stamp} is back in {place.home}")


def _kept(place: Place) -> list[str]:
    """Describe the versions of a layer that are kept, a line each, newest first."""
    from sitesel.catalog.definition import Layer  # noqa: PLC0415
    from sitesel.catalog.fetched.versions import definition_in, is_in_place  # noqa: PLC0415

    lines = []
    for stamp in place.stamps():
        layer = Layer.read(definition_in(place.root / stamp, place.name))
        rows = f"{layer.fetched.rows:,} rows; " if layer.fetched and layer.fetched.rows else ""
        here = "  (in place)" if is_in_place(place, stamp) else ""
        lines.append(f"{stamp}  {rows}{layer.summary.en}{here}")
    return lines


def box_of(study: str, folder: Path) -> tuple[float, float, float, float]:
    """Return the box of a study's area with 10 km round it: west, south, east, north in degrees.

    Examples
    --------
    >>> box_of("paso-del-norte", Path("nowhere"))
    (-107.42, 30.8, -105.41, 32.42)
    """
    import math  # noqa: PLC0415

    import geopandas as gpd  # noqa: PLC0415

    from sitesel.catalog.fetched.wanted import opened  # noqa: PLC0415
    from sitesel.crs import LONLAT, WORKING_CRS  # noqa: PLC0415
    from sitesel.plan import area_of  # noqa: PLC0415
    from sitesel.study_file import StudyFile  # noqa: PLC0415

    area = area_of(StudyFile.load(study), opened(folder)).buffer(_PADDING_M)
    shapes = gpd.GeoSeries([area], crs=WORKING_CRS).segmentize(10_000).to_crs(LONLAT)
    west, south, east, north = shapes.total_bounds.tolist()
    return (
        math.floor(west * 100) / 100,
        math.floor(south * 100) / 100,
        math.ceil(east * 100) / 100,
        math.ceil(north * 100) / 100,
    )


def _each(names: list[str], order: Order, named: list[str]) -> dict[str, str]:
    """Fetch one layer after another; return what failed, which does not stop the others.

    A layer that lacks something is no failure where the user has not named it.
    """
    from dataclasses import replace  # noqa: PLC0415

    from sitesel.catalog.fetched.fetching import fetch as fetch_one  # noqa: PLC0415
    from sitesel.catalog.sources.request import LackingError  # noqa: PLC0415
    from sitesel.fetch_report import progress  # noqa: PLC0415

    failed: dict[str, str] = {}
    with progress() as shown:
        for name in names:
            try:
                with shown(name) as report:
                    outcome = fetch_one(name, replace(order, report=report))
            except LackingError as error:
                if name in named:
                    failed[name] = str(error)
                else:
                    typer.echo(printable(f"{name}: skipped: {error}"))
            except (SiteselError, OSError) as error:
                failed[name] = str(error)
            except Exception as error:  # noqa: BLE001 (the others are fetched all the same)
                failed[name] = f"what came cannot be used: {type(error).__name__}: {error}"
            else:
                typer.echo(_line(name, outcome))
    return failed


def _line(name: str, outcome: Outcome) -> str:
    fetched = outcome.layer.fetched
    assert fetched
    rows = "raster" if fetched.rows is None else f"{fetched.rows:,} rows"
    parts = [rows, f"version {fetched.version or fetched.at}", str(outcome.layer.path)]
    return printable(f"{name}: " + ", ".join([*parts, *outcome.said]))


def _folder(to: Path | None) -> Path:
    from sitesel.resources import own_layers  # noqa: PLC0415

    return to or own_layers()


def _client(offline: bool, private: bool) -> Client:
    from sitesel.catalog.sources.web import Client  # noqa: PLC0415

    return Client(offline=offline, private=private)
