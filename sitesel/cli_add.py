"""The command that takes in files of the user's own as a layer."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sitesel.cli_places import a_folder
from sitesel.errors import SiteselError

if TYPE_CHECKING:
    import pandas as pd

    from sitesel.catalog.definition import FieldInfo
    from sitesel.catalog.own.adding import Added

_HECTARES = 20  # offered as the least size where a parcel has it
_M2 = 10_000


class Kind(Enum):
    """Kinds of geometry."""

    points = "points"
    lines = "lines"
    polygons = "polygons"


class Land(Enum):
    """The sides of the border."""

    US = "US"
    MX = "MX"


class Grade(Enum):
    """Grades of quality."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


Files = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE...",
        help="GeoPackage, shapefile, Esri geodatabase (NAME.gdb), GeoJSON, GeoParquet, FlatGeobuf, "
        "KML, CSV, TSV, XLSX, GeoTIFF, a zip of one, postgresql://HOST/BASE?table=NAME, or "
        "https://.../FeatureServer/0. Several files become one layer.",
    ),
]
Id = Annotated[str, typer.Option("--id", help="The layer's id, as studies will call it.")]
Title = Annotated[str | None, typer.Option(help="Its title, as the map shows it.")]
Side = Annotated[
    str, typer.Option(help="US or MX of each row: border, a COLUMN of countries, or none.")
]
Key = Annotated[str | None, typer.Option(help="The column of the rows' own ids.")]
Repeats = Annotated[
    bool, typer.Option("--number-repeats", help="Add the row to ids that lack or repeat.")
]
Label = Annotated[
    str | None, typer.Option(help="The column of names on the map; else that of --key.")
]
Fields = Annotated[
    list[str] | None,
    typer.Option("--field", help="NAME=COLUMN: call a column so (of a raster, a band)."),
]
Where = Annotated[
    list[str] | None,
    typer.Option(help="COLUMN=VALUE: only such rows; a column named twice allows both."),
]
Constants = Annotated[
    list[str] | None, typer.Option("--set", help="NAME=VALUE: a column with one value.")
]
Crs = Annotated[
    str | None, typer.Option(help="CRS of the coordinates, where the file lacks it or errs.")
]
Keep = Annotated[
    Kind | None, typer.Option(help="Which geometry is meant, where the rows have several.")
]
Piece = Annotated[
    str | None, typer.Option(help="Which layer, feature class, sheet, or file in a zip is meant.")
]
Sql = Annotated[str | None, typer.Option(help="One SELECT, of a database.")]
Plain = Annotated[
    bool, typer.Option("--table", help="Facts without a place; geometry is left out.")
]
Covers = Annotated[
    list[str] | None,
    typer.Option(help="WEST,SOUTH,EAST,NORTH: in this box it is complete; beyond it, unknown."),
]
Country = Annotated[
    Land | None, typer.Option(help="It tells of this side only; on the other, nothing is known.")
]
Replaces = Annotated[str | None, typer.Option(help="The layer whose place this one is to take.")]
Quality = Annotated[Grade | None, typer.Option(help="A official ... D modelled; C if nobody says.")]
Licence = Annotated[str | None, typer.Option(help="Terms of use.")]
Attribution = Annotated[str | None, typer.Option(help="The line under a map.")]
Publisher = Annotated[str | None, typer.Option(help="Who made the data.")]
Vintage = Annotated[str | None, typer.Option(help="What time the data are of.")]
To = Annotated[
    Path | None,
    typer.Option(help="Folder of your layers; else my_layers here.", callback=a_folder),
]
Yes = Annotated[
    bool, typer.Option("--yes", "--force", help="Replace a layer of this id; it is kept.")
]
Private = Annotated[
    bool, typer.Option("--allow-private", help="Let addresses lead into a private network.")
]


def add_to(layers_app: typer.Typer) -> None:
    """Add the command to ``sitesel layers``."""
    layers_app.command("add")(add)


def add(  # noqa: PLR0913, PLR0917 (options of one command)
    sources: Files,
    name: Id,
    title: Title = None,
    side_from: Side = "none",
    key: Key = None,
    number_repeats: Repeats = False,
    label: Label = None,
    fields: Fields = None,
    where: Where = None,
    constants: Constants = None,
    crs: Crs = None,
    keep: Keep = None,
    part: Piece = None,
    sql: Sql = None,
    table: Plain = False,
    covers: Covers = None,
    country: Country = None,
    replaces: Replaces = None,
    quality: Quality = None,
    licence: Licence = None,
    attribution: Attribution = None,
    publisher: Publisher = None,
    vintage: Vintage = None,
    to: To = None,
    yes: Yes = False,
    allow_private: Private = False,
) -> None:
    """Take in files of your own as a layer; each flaw is told, and mended if that is safe."""
    _add(locals())


def _add(given: dict[str, Any]) -> None:
    from sitesel.catalog.own.adding import Asked, Wish, add  # noqa: PLC0415 (help is quick without)

    same = ("side_from", "key", "number_repeats", "label", "crs", "table", "replaces", "to")
    stated = ("title", "licence", "attribution", "publisher", "vintage")
    chosen = {name: given[name].value for name in ("quality", "country") if given[name]}
    wish = Wish(
        id=given["name"],
        keep=given["keep"].value if given["keep"] else None,
        fields=_each_once(_pairs(given["fields"], "--field", "NAME=COLUMN"), "--field"),
        constants=_each_once(_pairs(given["constants"], "--set", "NAME=VALUE"), "--set"),
        where=_pairs(given["where"], "--where", "COLUMN=VALUE"),
        replace=given["yes"],
        stated={key: given[key] for key in stated if given[key] is not None} | chosen,
        covers=[_box(each) for each in given["covers"] or []],
        **{key: given[key] for key in same},
    )
    client = _private_client() if given["allow_private"] else None
    print_added(add(given["sources"], wish, Asked(given["part"], given["sql"], client)))


def _pairs(given: list[str] | None, option: str, form: str) -> list[tuple[str, str]]:
    pairs = [tuple(each.split("=", 1)) for each in given or []]
    for pair in pairs:
        if len(pair) < 2 or not pair[0].strip():  # noqa: PLR2004 (a pair)
            raise SiteselError(f"{option} {'='.join(pair)}: write {form}")
    return [(pair[0].strip(), pair[1].strip()) for pair in pairs]


def _each_once(pairs: list[tuple[str, str]], option: str) -> dict[str, str]:
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise SiteselError(f"{option}: '{name}' stands twice; keep one")
    return dict(pairs)


def _box(text: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        raise SiteselError(f"--covers {text}: write WEST,SOUTH,EAST,NORTH in degrees") from None
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):  # noqa: PLR2004 (degrees)
        raise SiteselError(f"--covers {text}: west must be less than east, south less than north")
    return west, south, east, north


def _private_client() -> Any:
    from sitesel.catalog.sources.web import Client  # noqa: PLC0415 (only when asked)

    return Client(private=True)


def print_added(added: Added) -> None:
    """Print what a run will see of a new layer, what was found, and how a study uses it."""
    from rich.text import Text as Words  # noqa: PLC0415 (help is quick without)

    from sitesel.resources import own_layers  # noqa: PLC0415
    from sitesel.terminal import open_console  # noqa: PLC0415

    layer, console = added.layer, open_console()
    console.print(Words(f"{layer.id} is in {layer.definition}", style="bold"))
    for line in _facts(added):
        console.print(Words(f"  {line}"))
    if layer.fields:
        console.print(_table(layer.fields))
    console.print(Words("Found:" if added.said else "Nothing odd was found.", style="bold"))
    for line in added.said:
        console.print(Words(f"  - {line}"), soft_wrap=True)
    if added.earlier:
        console.print(Words(f"The layer of before is kept in {added.earlier}"))
        place = "" if added.folder == own_layers() else f" --to {added.folder}"
        console.print(Words(f"It comes back with: sitesel layers restore {layer.id}{place}"))
    parts = ("publisher", "licence", "vintage")
    unknown = [part for part in parts if getattr(layer, part) == "unknown"]
    if unknown:
        console.print(Words(f"Not stated, so unknown: {', '.join(unknown)}"))
    for line in _snippet(added):
        console.print(Words(line), soft_wrap=True)


def _table(fields: dict[str, FieldInfo]) -> Any:
    from rich import box  # noqa: PLC0415 (help is quick without)
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text as Words  # noqa: PLC0415

    table = Table(box=box.SIMPLE_HEAD)
    for name in ("Field", "Title", "Type", "Unit"):
        table.add_column(name)
    for name, info in fields.items():
        table.add_row(*map(Words, (name, info.title["en"], info.type, info.unit or "")))
    return table


def _facts(added: Added) -> list[str]:
    """Say how many rows there are, of what kind, where, on which sides, how large."""
    from sitesel.crs import LONLAT  # noqa: PLC0415 (help is quick without)

    layer, frame = added.layer, added.frame
    if layer.geometry.kind == "raster":
        return _raster_facts(layer)
    if layer.geometry.kind == "table":
        return [f"{len(frame):,} rows without geometry"]
    west, south, east, north = frame.geometry.to_crs(LONLAT).total_bounds
    kinds = ", ".join(f"{n:,} {kind}" for kind, n in frame.geom_type.value_counts().items())
    facts = [f"{len(frame):,} rows: {kinds}", f"CRS {layer.crs}"]
    facts.append(f"bounds {west:.4f} {south:.4f} {east:.4f} {north:.4f}")
    if layer.side:
        counts = frame["side"].value_counts()
        facts.append("sides " + ", ".join(f"{side} {count:,}" for side, count in counts.items()))
    area = frame.geometry.area / _M2
    if area.any():
        facts.append(
            f"hectares {area.sum():,.1f} in all; least {area.min():,.2f}, "
            f"median {area.median():,.2f}, most {area.max():,.1f}"
        )
    return facts


def _raster_facts(layer: Any) -> list[str]:
    from sitesel.catalog.rasters import read  # noqa: PLC0415 (help is quick without)

    raster = read(layer)
    edges = " ".join(f"{edge:.10g}" for edge in raster.bounds)
    return [
        f"{raster.width:,} x {raster.height:,} cells of {raster.size[0]:g} x {raster.size[1]:g}",
        f"CRS {raster.crs.name}",
        f"bounds {edges}, in units of the CRS",
    ]


def _least(hectares: pd.Series[float]) -> dict[str, int]:
    return {"min_ha": _HECTARES} if hectares.max() >= _HECTARES else {}


def _snippet(added: Added) -> list[str]:
    """Return lines of a study that use the layer."""
    import yaml  # noqa: PLC0415 (help is quick without)

    from sitesel.resources import own_layers  # noqa: PLC0415

    head = "In a study"
    use: dict[str, Any] = {} if added.folder == own_layers() else {"layers": str(added.folder)}
    layer, area = added.layer, added.frame.geometry.area / _M2
    if layer.geometry.kind == "raster":
        use |= {"measure": {"kind": "zonal", "of": layer.id, "stat": "mean"}}
    elif layer.geometry.kind != "table":
        own = {"layer": layer.id} | ({"id": added.key} if added.key else {})
        if area.any():
            use |= {"candidates": own | _least(area)}
        else:
            use |= {"measure": {"kind": "distance", "of": layer.id}}
            sized = [name for name, info in layer.fields.items() if info.unit == "ha"]
            if set(added.frame.geom_type) == {"Point"} and (added.key or sized):
                size = _least(added.frame[sized[0]]) if sized else {}
                use |= {"candidates": own | {"hectares": sized[0] if sized else "FIELD"} | size}
        if "candidates" in use:
            head += " ('tell: [FIELD, ...]' in candidates shows fields of it in the results)"
    flow = [
        f"  {key}: {yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=1000)}"
        for key, value in use.items()
    ]
    return [f"{head}:", *(line.replace("\n...", "").rstrip() for line in flow)] if use else []
