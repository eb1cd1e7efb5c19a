"""From a finished run to the page's data: study, surface, sites, pairs and ports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from sitesel.crs import LONLAT
from sitesel.decide.pairs import COLUMNS, combine, link
from sitesel.decide.reasons import Judged, phrase
from sitesel.decide.weights import SIDES
from sitesel.records import Text
from sitesel.show import facts, language, names, payload, ports, setting, surface, weighing
from sitesel.show.drawings import drawings
from sitesel.show.features import QUANTUM, provenance
from sitesel.show.setting import told

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from sitesel.decide.values import ValueFunction
    from sitesel.records import Language
    from sitesel.show.told import Told
    from sitesel.show.view import Links, View

SITE_QUANTUM = 1e-5
_SHADES = 7  # colours of groups in the style sheet
_TOLD = ("incentives", "port_volumes", "water_status", "unit_costs", "kpi")
_LANGUAGES: tuple[Language, ...] = ("en", "es")
_EARLIER = Text(
    en="What is measured here is of an earlier version: {}; {}; grade {}.",
    es="Lo medido aquí es de una versión anterior: {}; {}; grado {}.",
)
_PAIR_COLUMNS = (*COLUMNS, "p_top10")
_SITE_COLUMNS = (
    "rank",
    "side",
    "score",
    "score_low",
    "score_high",
    "status",
    "verdict",
    "lon",
    "lat",
    "hectares",
    "name",
    "place",
    "landmark",
    "p_top10",
    "gates",
)


def encode(view: View) -> str:
    """Return the data block of the page for a finished run."""
    named = [item.layers for item in view.criteria] + [gate.layers for gate in view.gates]
    used = [name for layers in named for name in layers]
    used += [one.layer for one in view.told]
    drawn, shapes = drawings(view.catalog, view.layer_ids, view.as_of, view.store, view.only)
    layers = list(drawn)
    known = {layer["id"] for layer in layers}
    layers += [
        provenance(view.catalog[name])
        for name in dict.fromkeys([*used, *_TOLD])
        if name not in known and name in view.catalog
    ]
    layers = [_with_earlier(layer, view) for layer in layers]
    sites, incentives = _sites(view)
    content = {
        "study": _study(view),
        "words": {
            name: language.load(name) | {"told": told(view.catalog, name)}
            for name in view.languages
        },
        "sites": payload.rows(sites),
        "incentives": payload.rows(incentives),
        "pairs": payload.rows(_pairs(view)),
        "costs": facts.costs(view.catalog),
        "kpi": facts.kpi(view.catalog, view.ports),
        "ports": ports.ports(view),
        "layers": [_lean(layer) for layer in layers],
        "gazetteer": names.gazetteer(view.ports, drawn, view.catalog),
        "geometry": {"layers": {"quantum": QUANTUM}, "sites": {"quantum": SITE_QUANTUM}},
    }
    arrays: dict[str, NDArray[Any]] = {
        "layer_shapes": shapes,
        "site_shapes": payload.geometry_stream(
            view.sites.geometry.to_crs(LONLAT).tolist(), SITE_QUANTUM
        ),
    }
    if view.links is not None:
        content["links"] = _links(view.links)
        arrays |= _link_arrays(view)
    if view.cells is not None and view.values is not None:
        content["grid"] = surface.grid(view, view.cells)
        arrays |= surface.planes(view, view.cells, view.values)
    return payload.encode(content, arrays)


def _with_earlier(layer: dict[str, Any], view: View) -> dict[str, Any]:
    """Say of a layer that has changed since it was measured which version the measures are of."""
    said = view.catalog.said
    caveats = [
        {
            tongue: _EARLIER[tongue].format(
                said(was.source, tongue), said(was.vintage, tongue), was.quality
            )
            for tongue in _LANGUAGES
        }
        for name, was in view.earlier.items()
        if name in view.catalog and view.catalog[name].id == layer["id"]
    ]
    return layer | {"caveats": [*caveats, *layer["caveats"]]}


def _lean(layer: dict[str, Any]) -> dict[str, Any]:
    """Leave out what only the gazetteer needs: the page has the places of towns as shapes."""
    drawn = layer["drawn"] and {k: v for k, v in layer["drawn"].items() if k != "spots"}
    return layer | {"drawn": drawn}


def _study(view: View) -> dict[str, Any]:
    return {
        "id": view.study_id,
        "title": view.title.model_dump(),
        "as_of": view.as_of.isoformat(),
        "groups": [
            {
                "id": group.id,
                "title": group.title.model_dump(),
                "weight": group.weight,
                "shade": 1 + n % _SHADES,
            }
            for n, group in enumerate(view.groups)
        ],
        "criteria": [
            {
                "id": item.id,
                "group": item.group,
                "title": item.title.model_dump(),
                "short": item.short.model_dump(),
                "unit": item.unit,
                "weight": item.weight,
                "unknown": item.unknown,
                "applies_to": item.applies_to,
                "measure": item.measure_words.model_dump(),
                "layers": list(item.layers),
                "words": {name: text.model_dump() for name, text in item.words.items()},
                "value": None if item.value is None else _value(item.value),
                "raws": [] if view.cells is None else surface.raws(item.value, item.unit),
            }
            for item in view.criteria
        ],
        "gates": [
            {
                "id": gate.id,
                "title": gate.title.model_dump(),
                "measure": gate.measure_words.model_dump(),
                "layers": list(gate.layers),
            }
            for gate in view.gates
        ],
        "told": [_told(one) for one in view.told],
        "apart_km": view.apart_km,
        "left_out": [title.model_dump() for title in view.left_out],
        "gates_left_out": [title.model_dump() for title in view.gates_left_out],
        "weaker_side": view.links and view.links.weaker_side,
    } | weighing.weighing(view)


def _told(one: Told) -> dict[str, Any]:
    """Describe a field that is told as the page needs it; its values stand with the sites."""
    said = {"column": one.column, "title": one.title.model_dump(), "unit": one.unit}
    return said | {"digits": one.digits, "layers": [one.layer]}


def _links(links: Links) -> dict[str, Any]:
    """Say how two sites are linked."""
    return {
        "ports": list(links.ports),
        "delays": list(links.delays),
        "weaker_side": links.weaker_side,
        "keep": links.keep,
    }


def _pairs(view: View) -> dict[str, list[Any]]:
    pairs = _table(view.pairs, _PAIR_COLUMNS)
    sites = zip(pairs.get("us_site", []), pairs.get("mx_site", []), strict=True)
    return {"id": [f"{us}/{mx}" for us, mx in sites]} | pairs


def _link_arrays(view: View) -> dict[str, NDArray[Any]]:
    """Say what weights do not move: minutes to the ports; of each pair its best port and its worth.

    ``link_rank`` are the ranks of all pairs under the weights of the file.
    """
    links, sites = view.links, view.sites
    assert links is not None
    minutes = links.minutes.astype(np.float64)
    on = {side: (sites["side"] == side).to_numpy() for side in SIDES}
    drive, port = link(minutes[on["US"]], minutes[on["MX"]], links.delays)
    value = links.value.apply(drive)
    us, mx = (sites["score"].to_numpy(np.float64)[on[side]] for side in SIDES)
    order = np.argsort(-(combine(us, mx, links.weaker_side) * value).ravel(), kind="stable")
    rank = np.empty(order.size, np.int32)
    rank[order] = np.arange(1, order.size + 1)
    return {
        "site_minutes": minutes,
        "link_port": np.maximum(port, 0).astype(np.uint16),  # where there is no way: no worth
        "link_value": value,
        "link_rank": rank,
    }


def _value(function: ValueFunction) -> dict[str, Any]:
    """Write a value function; its anchors keep their order as pairs."""
    value = function.model_dump(mode="json")
    if "at" in value:
        value["at"] = [[float(raw), worth] for raw, worth in value["at"].items()]
    return value


def _table(frame: pd.DataFrame, columns: tuple[str, ...]) -> dict[str, list[Any]]:
    return {name: frame[name].tolist() for name in columns if name in frame}


def _sites(view: View) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the sites by column, and the incentives that they point to."""
    sites = view.sites
    content: dict[str, Any] = {"id": [str(name) for name in sites.index]}
    content |= _table(sites, _SITE_COLUMNS)
    for what in ("raw", "value"):
        content[what] = {
            item.id: sites[f"{what}_{item.id}"].tolist()
            for item in view.criteria
            if f"{what}_{item.id}" in sites
        }
    content["zones"] = {
        name: [_list(value) for value in sites[f"zones_{name}"]]
        for name in view.languages
        if f"zones_{name}" in sites
    }
    content["told"] = {one.column: list(map(one.shown, sites[one.column])) for one in view.told}
    content["phrases"] = {name: _phrases(view, name) for name in view.languages}
    content["rings"] = [_rings(shape) for shape in sites.geometry]
    content["state"] = setting.states(sites, view.catalog)
    content["county"] = setting.counties(sites, view.catalog)
    spoken = language.load("es")["classes"]
    estado = [spoken.get(name, name) for name in content["state"]]
    sought = content | {"spanish": _spanish(sites), "estado": estado}
    said = ("name", "spanish", "place", "landmark", "county", "state", "estado")
    content["search"] = names.searched(sought, *said)
    if "name" in content:
        named = zip(content["name"], sought["spanish"], strict=True)
        content["name"] = [{"en": en, "es": es} if es else en for en, es in named]
    content["water"] = setting.water(sites, view.catalog)
    content["connection"] = facts.connections(sites, view.catalog)
    incentives, content["incentives"] = setting.incentives(view, content["state"])
    content["lapsing"] = setting.lapsing(incentives, content["incentives"])
    return content, incentives


def _spanish(sites: gpd.GeoDataFrame) -> list[str | None]:
    """Return the Spanish names of the sites; None where they are the English."""
    if "name_es" not in sites:
        return [None] * len(sites)
    both = zip(sites["name"], sites["name_es"], strict=True)
    return [None if es == en else es for en, es in both]


def _phrases(view: View, name: Language) -> dict[str, list[str]]:
    """Say every criterion of every site, so that the page can give reasons under any weights."""
    said = {}
    for item in view.criteria:
        judged = Judged(id=item.id, short=item.short, unit=item.unit or "", words=item.words)
        raws = view.sites.get(f"raw_{item.id}", [None] * len(view.sites))
        said[item.id] = [phrase(judged, raw, name) for raw in raws]
    return said


def _rings(shape: Any) -> list[int]:
    """Count the rings of each polygon of a site, in the order in which its shape is written."""
    return [1 + len(polygon.interiors) for polygon in shapely.get_parts(shape)]


def _list(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value] if value else []
    return [str(item) for item in value] if isinstance(value, list | tuple) else []
