"""A run as plain tables: what a database holds of it, with words for every column."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sitesel.crs import LONLAT, WORKING_CRS
from sitesel.decide.weights import SIDES
from sitesel.decision import words
from sitesel.measure.features import takes_cargo
from sitesel.measure.parcels import TOLD
from sitesel.measure.specs import layers_of
from sitesel.show.gather import measure_words
from sitesel.show.shapes import grounds, pair_lines
from sitesel.show.spoken import Spoken
from sitesel.show.tables import flat_sites
from sitesel.show.told import told
from sitesel.sites import GATE, PORT, RAW

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from sitesel.study import Run

NAMES = ("run", "sources", "criteria", "ports", "sites", "pairs", "cells")
_SAID = {
    "site_id": "id of the site",
    "rank": "place in the ranking, 1 is best; of sites: on their side",
    "side": "US or MX",
    "score": "suitability, 0 to 1",
    "score_low": "score if everything UNKNOWN were worth 0",
    "score_high": "score if everything UNKNOWN were worth 1",
    "status": "gravest verdict of the gates: PASS, CONDITIONAL or UNKNOWN",
    "verdict": "gravest verdict of the gates: PASS, CONDITIONAL, UNKNOWN or FAIL",
    "lon": "longitude of the centre, degrees",
    "lat": "latitude of the centre, degrees",
    "hectares": "area in hectares, on an equal-area projection; of cells of the grid without what "
    "is sea or lies beyond the border",
    "p_rank1": "share of the drawn weights under which it is first",
    "p_top10": "share of the drawn weights under which it is among the ten best",
    "rank_mean": "mean rank over the drawn weights",
    "rank_low": "lower of the ranks between which 90 % of the draws lie",
    "rank_high": "upper of the ranks between which 90 % of the draws lie",
    "name_es": "name of the site in Spanish",
    "own_name": "name of the parcel in the layer it comes from",
    "place": "nearest town",
    "place_km": "kilometres to that town",
    "place_bearing": "where the site lies as seen from that town",
    "us_site": "the site on the US side",
    "mx_site": "the site on the Mexican side",
    "port": "port of entry that the link uses",
    "us_score": "score of the US site",
    "mx_score": "score of the Mexican site",
    "weaker_side": "side of the lower score",
    "link_minutes": "truck minutes from site to site, with the wait at the port",
    "us_minutes": "truck minutes from the US site to the port",
    "mx_minutes": "truck minutes from the port to the Mexican site",
    "delay_minutes": "minutes of wait at the port",
    "link_value": "what the link is worth, 0 to 1",
    "set_rank": "place among the pairs that share no site",
    "grid_low_usd": "least that a line to the grid may cost, order of magnitude, USD",
    "grid_high_usd": "most that a line to the grid may cost, order of magnitude, USD",
    "cost_low": "lowest cost of a truckload through the pair, USD",
    "cost_high": "highest cost of a truckload through the pair, USD",
    "us_name": "name of the site on the US side",
    "port_name": "name of the port of entry",
    "mx_name": "name of the site on the Mexican side",
    "takes_cargo": "whether it takes cargo on the study's date",
    "cell_id": "id of the candidate: a cell of the grid, or a parcel",
    "row": "row of the grid, northward",
    "col": "column of the grid, eastward",
}


@dataclass(frozen=True)
class Table:
    """One table: rows, the columns that tell them apart, words on it and on its columns.

    ``frame`` may hold geometry, in lon/lat, all of kind ``shape``. ``refers`` names for a column
    the table whose key it holds; ``json`` the columns of documents.
    """

    name: str
    about: str
    frame: pd.DataFrame
    key: tuple[str, ...]
    shape: str | None = None
    said: Mapping[str, str] = field(default_factory=dict)
    refers: Mapping[str, str] = field(default_factory=dict)
    json: tuple[str, ...] = ()


def tables(run: Run, *, cells: bool = False) -> Iterator[Table]:
    """Make the tables of a run, those first that others refer to.

    Parameters
    ----------
    run
        A finished run.
    cells
        Whether all candidates are wanted too, with their measures and scores.

    Returns
    -------
    ``run``, ``sources``, ``criteria``, ``ports``, ``sites``, then ``pairs`` where the study makes
    them, and ``cells``. UNKNOWN is missing, out of reach is infinite.
    """
    yield _run(run)
    yield _sources(run)
    yield _criteria(run)
    yield _ports(run)
    yield _sites(run)
    if len(run.pairs):
        yield _pairs(run)
    if cells:
        yield _cells(run)


def _run(run: Run) -> Table:
    title = run.study.title
    row = {
        "study": run.study.study,
        "title_en": title["en"],
        "title_es": title["es"],
        "as_of": run.study.as_of.isoformat(),
        "record": _document(run.record()),
    }
    said = {
        "as_of": "the day on which ports are open and zones in force",
        "record": "run.json: layers with hash, vintage and licence, versions, weights, left out",
    }
    about = "the run that made these tables"
    return Table("run", about, pd.DataFrame([row]), ("study",), said=said, json=("record",))


def _sources(run: Run) -> Table:
    rows = []
    for name, known in run.record()["layers"].items():
        layer = run.origins[name].layer
        row = {
            "layer": name,
            "title_en": layer.title["en"],
            "title_es": layer.title["es"],
            "publisher": layer.publisher,
            "source_url": layer.source_url,
            "quality_why": layer.quality_why["en"],
            "licence_url": layer.licence_url,
            "share_alike": layer.share_alike,
            "caveats": "\n".join(caveat["en"] for caveat in layer.caveats) or None,
        }
        plain = {k: _document(v) if isinstance(v, dict) else v for k, v in known.items()}
        rows.append(row | plain)
    said = {
        "quality": "grade: A official and complete, B good with known gaps, C partial or coarse, "
        "D modelled",
        "share_alike": "whether what is made of it must stand under the same licence",
        "attribution": "what must be named wherever the layer is used",
        "hash": "of the definition and the data, as the run read them",
    }
    about = "layers that the run rests on"
    return Table("sources", about, pd.DataFrame(rows), ("layer",), said=said)


def _criteria(run: Run) -> Table:
    """Return all criteria of the study; those left out for want of a layer have no shares."""
    rows = [
        {"criterion": name, "position": position, **_criterion(run, name)}
        for position, name in enumerate(run.study.criteria, start=1)
    ]
    left_out = "NULL if left out for want of a layer"
    said = {
        "position": "order in the study",
        "weight": "relative weight in its group, as the study states it",
        "group_weight": "relative weight of the group, as the study states it",
        "share_us": f"share of the score of a US site, 0 to 1; {left_out}",
        "share_mx": f"share of the score of a Mexican site, 0 to 1; {left_out}",
        "applies_to": "the one side it counts on; NULL for both",
        "unit": "unit of the raw measure",
        "value": "how a raw measure becomes a value of 0 to 1",
    }
    frame, about = pd.DataFrame(rows), "criteria with their weights"
    return Table("criteria", about, frame, ("criterion",), said=said, json=("value",))


def _criterion(run: Run, name: str) -> dict[str, Any]:
    study, decision = run.study, run.decision
    each = study.criteria[name]
    title, group, grouped = words(name, each.title), each.group, None
    if group:
        grouped = words(group, study.group_titles.get(group))["en"]
    shares, said = [np.nan] * len(SIDES), None
    if name in decision.criteria:
        shares = decision.weights[decision.criteria.index(name)].tolist()
        said = measure_words(each.measure, run.plan.catalog)["en"]
    return {
        "title_en": title["en"],
        "title_es": title["es"],
        "criterion_group": group,
        "group_title": grouped,
        "group_weight": study.groups.get(group, np.nan) if group else np.nan,
        "weight": each.weight,
        **{f"share_{side.lower()}": x for side, x in zip(SIDES, shares, strict=True)},
        "applies_to": each.applies_to,
        "unit": each.value.unit,
        "measure": said,
        "layers": "; ".join(layers_of(each.measure)),
        "value": _document(each.value.model_dump(mode="json")),
    }


def _ports(run: Run) -> Table:
    catalog = run.plan.catalog
    ports = catalog.load("ports_of_entry", run.study.as_of).to_crs(LONLAT)
    frame = ports.drop(columns="in_force").assign(takes_cargo=takes_cargo(ports))
    said = {name: info.title["en"] for name, info in catalog["ports_of_entry"].fields.items()}
    return Table("ports", "ports of entry", frame, ("port_id",), "Point", said | _said(frame))


def _sites(run: Run) -> Table:
    frame = _polygons(flat_sites(run.sites), run.sites.geometry.to_numpy())
    said = _said(frame) | _of_criteria(run) | _of_told(run)
    return Table("sites", "located sites", frame, ("site_id",), "MultiPolygon", said)


def _pairs(run: Run) -> Table:
    ports = run.plan.catalog.load("ports_of_entry")
    pairs = run.pairs.astype({"set_rank": "Int64"})
    frame = pair_lines(pairs, run.decision.sites, ports)
    refers = {"us_site": "sites", "mx_site": "sites", "port": "ports"}
    about = "mirror pairs, drawn from the US site by the port to the Mexican site"
    return Table("pairs", about, frame, tuple(refers)[:2], "LineString", _said(frame), refers)


def _cells(run: Run) -> Table:
    decision, measures = run.decision, run.measures
    shapes = grounds(measures, run.study.grid_m)
    site = np.full(len(measures), None, object)
    for name, members in zip(decision.sites.index, decision.cells, strict=True):
        site[members] = name
    scores = dict(zip(("score", "score_low", "score_high"), decision.scores, strict=True))
    values = {f"value_{name}": decision.values[:, k] for k, name in enumerate(decision.criteria)}
    more = {"site_id": site, "verdict": decision.verdict.astype(str), **scores, **values}
    plain = measures.drop(columns=["geometry", "land"], errors="ignore").rename(columns=_plain)
    flat = plain.assign(**more).rename_axis("cell_id").reset_index()
    frame = _polygons(flat, shapes)
    gates = run.study.gates.items()
    said = {
        **_said(frame),
        **_of_criteria(run),
        **_of_told(run),
        **{
            f"gate_{name}": f"measure of the gate {words(name, g.title)['en']}" for name, g in gates
        },
        **{x: "truck minutes to that port" for x in frame if str(x).startswith("minutes_")},
        "site_id": "the site it is part of; NULL for land that is part of none",
    }
    about, refers = "all candidates, with what was measured and concluded", {"site_id": "sites"}
    return Table("cells", about, frame, ("cell_id",), "MultiPolygon", said, refers)


def _plain(name: str) -> str:
    """Return a measure's column without the colon, which SQL would have in quotes.

    >>> _plain("raw:rail"), _plain("port:otay_mesa"), _plain("lon")
    ('raw_rail', 'minutes_otay_mesa', 'lon')
    """
    kind, colon, rest = name.partition(":")
    begins = {RAW: "raw_", GATE: "gate_", PORT: "minutes_", TOLD: "told_"}
    return begins[kind + colon] + rest if colon else name


def _polygons(frame: pd.DataFrame, shapes: NDArray[Any]) -> gpd.GeoDataFrame:
    """Return polygons of the working CRS in lon/lat, as multipolygons: a column has one kind."""
    single = shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON
    many = np.array(shapes, object)
    many[single] = shapely.multipolygons(many[single].reshape(-1, 1))
    return gpd.GeoDataFrame(frame, geometry=many, crs=WORKING_CRS).to_crs(LONLAT)


def _document(content: Any) -> str:
    """Return JSON that a database takes: it knows neither NaN nor the character 0 there."""
    known = json.loads(json.dumps(content), parse_constant=lambda _: None)
    return json.dumps(known, ensure_ascii=False).replace("\\u0000", "\ufffd")


def _said(frame: pd.DataFrame) -> dict[str, str]:
    return {name: said for name, said in _SAID.items() if name in frame}


def _of_told(run: Run) -> dict[str, str]:
    """Return words on the fields of the candidates' own layer, by column."""
    spoken = Spoken("en", run.plan.catalog)
    fields = told(run.study, run.plan.catalog, run.decision.sites)
    return {one.column: f"{one.titled(spoken)}, as layer {one.layer} has it" for one in fields}


def _of_criteria(run: Run) -> dict[str, str]:
    """Return words on the measures and values of the criteria, by column."""
    said = {}
    for name in run.decision.criteria:
        each = run.study.criteria[name]
        title = words(name, each.title)["en"]
        unit = f" ({each.value.unit})" if each.value.unit else ""
        said[f"raw_{name}"] = f"{title}{unit}, as measured; NULL is UNKNOWN"
        said[f"value_{name}"] = f"{title}: what it is worth, 0 to 1; NULL is UNKNOWN"
    return said
