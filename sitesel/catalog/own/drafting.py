"""The definition of a layer that is added: what is known is stated, what is not says unknown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import shapely
import yaml

from sitesel.catalog.own.examine import KINDS
from sitesel.catalog.own.fields import described
from sitesel.errors import printable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from sitesel.catalog.definition import Layer
    from sitesel.catalog.own.coverage import Box
    from sitesel.catalog.own.parts import Part, Wish

_SPANISH = {
    "points": "puntos",
    "lines": "líneas",
    "polygons": "polígonos",
    "rows": "filas",
}
_HEAD = "# Written by: sitesel layers add. It is yours: mend titles, units and sources here.\n"
_UNGRADED = {
    "en": "Not assessed: C until who knows the data says better.",
    "es": "Sin evaluar: C hasta que quien conoce los datos diga otra cosa.",
}
_GRADED = {"en": "As stated by who added the layer.", "es": "Según quien agregó la capa."}
_COLOR = "#b45309"


_UNKNOWN = "unknown"


@dataclass(frozen=True)
class Draft:
    """What a definition is made of: the rows, their columns' titles and units, and what is stated.

    ``stated`` may hold title, country, publisher, licence, attribution, vintage, quality and url;
    ``replaced`` is the layer whose place this one takes.
    """

    id: str
    source: str
    frame: pd.DataFrame | None = None
    titles: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    label: str | None = None
    stated: Mapping[str, str] = field(default_factory=dict)
    coverage: list[Box] = field(default_factory=list)
    replaced: Layer | None = None


def kind_of(frame: pd.DataFrame) -> str:
    """Return points, lines, polygons, or rows where there is no geometry.

    >>> kind_of(gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)], crs=4326))
    'points'
    """
    if not isinstance(frame, gpd.GeoDataFrame):
        return "rows"
    return KINDS[int(shapely.get_dimensions(frame.geometry.to_numpy()).max())]


def drafted(draft: Draft) -> dict[str, Any]:
    """Return a definition, ready for YAML: every column with a title, a type and a unit.

    Examples
    --------
    >>> lots = gpd.GeoDataFrame({"price": [9.5]}, geometry=[shapely.Point(-106, 31)], crs=4326)
    >>> made = drafted(Draft("lots", "lots.csv", lots, {"price": "Price"}, {"price": "USD"}))
    >>> made["fields"], made["licence"]
    ({'price': {'title': 'Price', 'type': 'number', 'unit': 'USD'}}, 'unknown')
    """
    assert draft.frame is not None
    frame, kind, titles = draft.frame, kind_of(draft.frame), draft.titles
    columns = [str(name) for name in frame.columns if name not in {"geometry", "side"}]
    fields = {
        name: described(frame[name], printable(titles.get(name, name)), draft.units.get(name))
        for name in columns
    }
    old = draft.replaced
    shape = {"kind": "table" if kind == "rows" else "stored"}
    label = draft.label or (old.label if old and old.label in columns else None)
    found = {
        "side": "side" if "side" in frame else None,
        "label": label,
        "fields": fields,
        "validity": _validity(columns, old),
    }
    words = {
        "en": f"{len(frame):,} {kind} from {printable(draft.source)}.",
        "es": f"{len(frame):,} {_SPANISH[kind]} de {printable(draft.source)}.",
    }
    last = {"coverage": [list(box) for box in draft.coverage], "replaces": old.id if old else None}
    return document(draft, words, {"geometry": shape, "file": f"{draft.id}.parquet"} | found, last)


def document(
    draft: Draft, words: dict[str, str], data: dict[str, Any], last: dict[str, Any]
) -> dict[str, Any]:
    """Return a definition in the order of the shipped ones; what nobody states is unknown."""
    stated = draft.stated
    publisher = stated.get("publisher", _UNKNOWN)
    content = {
        "id": draft.id,
        "title": printable(stated.get("title", draft.id.replace("_", " ").capitalize())),
        "summary": words,
        **data,
        "country": stated.get("country"),
        "publisher": publisher,
        "source": printable(draft.source),
        "source_url": stated.get("url"),
        "licence": stated.get("licence", _UNKNOWN),
        "attribution": stated.get("attribution", publisher),
        "vintage": stated.get("vintage", _UNKNOWN),
        "quality": stated.get("quality", "C"),
        "quality_why": _GRADED if "quality" in stated else _UNGRADED,
        **last,
        "map": {"color": _COLOR},
    }
    return {key: value for key, value in content.items() if value not in (None, [])}


def _validity(columns: list[str], old: Layer | None) -> dict[str, str] | None:
    """Take over the rule of the layer that is replaced, or that of columns named like it."""
    if old and old.validity:
        rule = old.validity.model_dump(by_alias=True, exclude_none=True)
        return rule if {*rule.values()} - {rule["after"]} <= {*columns} else None
    named = {"from": "valid_from", "to": "valid_to", "status": "status"}
    rule = {key: name for key, name in named.items() if name in columns}
    return rule if "from" in rule or "to" in rule else None


def standing_in(definition: Mapping[str, Any], old: Layer) -> list[str]:
    """Say what a layer lacks to take another's place in full."""
    said = []
    lacks = [name for name in old.fields if name not in definition["fields"]]
    if lacks:
        said.append(f"fields of '{old.id}' that this layer lacks: {', '.join(lacks)}")
    if old.validity and "validity" not in definition:
        rule = old.validity
        names = ", ".join(name for name in (rule.from_, rule.to, rule.status) if name)
        said.append(f"it counts on every day: '{old.id}' is ruled by {names}; add them with --set")
    if old.side and "side" not in definition:
        said.append(f"'{old.id}' has sides, this layer has none; add --side-from border")
    if old.coverage and "coverage" not in definition:
        said.append("where it has nothing counts as none: say --covers if it is not complete")
    return said


def fetchable(
    content: Mapping[str, Any], source: Mapping[str, str], made: Part, wish: Wish
) -> dict[str, Any]:
    """Return the ``fetch`` of a definition by which the same rows are had again; {} if none does.

    With it goes a summary that counts no rows, for the next fetch may bring others.

    Sides by a column's words, and ids with their row, are not made by fetching.
    """
    if wish.side_from not in {"border", "none"} or wish.number_repeats:
        return {}
    fields = {name: made.titles[name] for name in content["fields"] if name in made.titles}
    text = [name for name in fields if content["fields"][name]["type"] != "number"]
    make: dict[str, Any] = {
        name: {"kind": "always", "value": value} for name, value in wish.constants.items()
    }
    if wish.side_from == "border":
        make["side"] = {"kind": "side"}
    kind = kind_of(made.frame)
    fetch = {
        **source,
        "fields": fields,
        "text": text,
        "make": make,
        "keep": {
            name: [getattr(value, "item", lambda v=value: v)() for value in values]
            for name, values in made.kept.items()
        },
        "shapes": None if kind == "rows" else kind,
    }
    place = printable(source["url"])
    summary = {
        "en": f"{kind.capitalize()} from {place}.",
        "es": f"{_SPANISH[kind].capitalize()} de {place}.",
    }
    return {"summary": summary, "fetch": {key: value for key, value in fetch.items() if value}}


def write(content: Mapping[str, Any], folder: Path, digest: str) -> None:
    """Write a definition beside its data; text from data is quoted as YAML needs it."""
    text = yaml.safe_dump(
        dict(content), allow_unicode=True, sort_keys=False, width=100, default_flow_style=None
    )
    path = folder / f"{content['id']}.yaml"
    path.write_text(f"{_HEAD}# Data: {digest}\n{text}", encoding="utf-8", newline="\n")
