"""From a run to what the map shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sitesel.catalog.layers import definitions
from sitesel.decide.gates import VERDICTS, verdict
from sitesel.decide.weights import SIDES
from sitesel.decision import words
from sitesel.measure.features import takes_cargo
from sitesel.measure.parcels import Parcels
from sitesel.measure.specs import Reach, layers_of
from sitesel.records import Text
from sitesel.resources import shipped
from sitesel.show.features import FORMLESS
from sitesel.show.told import told
from sitesel.show.view import CriterionView, GateView, GroupView, Links, ProfileView, View
from sitesel.sites import GATE, RAW, port_minutes
from sitesel.weighting import profiles, suited

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from sitesel.catalog.definition import Layer
    from sitesel.catalog.layers import Catalog
    from sitesel.decision import Decision
    from sitesel.study_file import StudyFile
    from sitesel.study_parts import Criterion, Gate

_SAID = {
    "distance": (
        "Geodesic distance to the nearest of: {}",
        "Distancia geodésica al más cercano de: {}",
    ),
    "drive_time": (
        "Truck minutes by road to the nearest of: {}",
        "Minutos en camión al más cercano de: {}",
    ),
    "truckload": (
        "USD that a truckload costs through the cheapest port, from: {}",
        "USD que cuesta un camión por el cruce más barato, según: {}",
    ),
    "capacity_within": ("Sum within {} of: {}", "Suma a menos de {} de: {}"),
    "capacity_share": (
        "Share of the sum within {} of: {}",
        "Parte de la suma a menos de {} de: {}",
    ),
    "count_within": ("Number within {} of: {}", "Número a menos de {} de: {}"),
    "share": ("Share of the area inside: {}", "Parte del área dentro de: {}"),
    "inside": ("Whether the centre lies inside: {}", "Si el centro está dentro de: {}"),
    "lookup": ("Value where the centre lies, from: {}", "Valor donde está el centro, de: {}"),
    "nearest": ("Value of the nearest of: {}", "Valor del más cercano de: {}"),
    "zonal": ("What the cells under it hold, of: {}", "Lo que hay en las celdas debajo, de: {}"),
    "setback": ("Share of the land {} or more from: {}", "Parte del suelo a {} o más de: {}"),
    "reach": ("People within {} by road, from: {}", "Personas a menos de {} por carretera, de: {}"),
    "tier": ("First that holds of: {}", "Lo primero que se cumple de: {}"),
}
_FADES = {
    "km": (
        "; what is farther counts less, by exp(-distance / {:g} km)",
        "; lo más lejano cuenta menos, por exp(-distancia / {:g} km)",
    ),
    "min": (
        "; what is farther counts less, by exp(-minutes / {:g})",
        "; lo más lejano cuenta menos, por exp(-minutos / {:g})",
    ),
}


def gather(
    catalog: Catalog,
    study: StudyFile,
    measures: pd.DataFrame,
    decision: Decision,
    sites: gpd.GeoDataFrame,
    delays: Mapping[str, float],
) -> View:
    """Gather what the map shows of a run; ``delays`` as `sitesel.decision.decide` takes them."""
    present = [(measures["side"] == side).any() for side in SIDES]
    mean = decision.weights[:, present].mean(axis=1)
    criteria = tuple(
        _criterion(name, study.criteria[name], float(weight), catalog)
        for name, weight in zip(decision.criteria, mean, strict=True)
    )
    on_grid = "geometry" not in measures
    judging = {name: gate for name, gate in study.gates.items() if GATE + name in measures}
    codes = _gate_codes(judging, measures) if judging else None
    if codes is not None:  # the gravest verdict on a site's land
        worst = [codes[cells].max(axis=0) for cells in decision.cells]
        said = [[VERDICTS[code] for code in row] for row in worst]
        sites = sites.assign(gates=pd.Series(said, sites.index))
    ports = catalog.load("ports_of_entry", study.as_of)
    return View(
        study_id=study.slug,
        title=study.title,
        as_of=study.as_of,
        groups=_groups(study, criteria),
        criteria=criteria,
        cells=_cells(measures, decision) if on_grid else None,
        grid_m=study.grid_m,
        values=decision.values if on_grid else None,
        sites=sites,
        pairs=decision.pairs,
        ports=ports.assign(open=takes_cargo(ports)),
        catalog=catalog,
        layer_ids=_layer_ids(catalog, study),
        languages=tuple(study.map.languages),
        apart_km=study.sites.apart_km if on_grid else 0.0,
        left_out=_left_out(study.criteria, RAW, measures),
        gates_left_out=_left_out(study.gates, GATE, measures),
        group_weights=dict(study.groups),
        profiles=_profiles(study),
        links=_links(study, measures, decision, delays),
        gates=tuple(
            GateView(
                id=name,
                title=words(name, gate.title),
                measure_words=measure_words(gate.measure, catalog),
                layers=tuple(layers_of(gate.measure)),
            )
            for name, gate in judging.items()
        ),
        gate_codes=codes if on_grid else None,
        only=carried(catalog, study),
        told=told(study, catalog, sites),
    )


def _left_out(
    said: Mapping[str, Criterion] | Mapping[str, Gate], kind: str, measures: pd.DataFrame
) -> tuple[Text, ...]:
    """Return the titles of the criteria or gates that were not measured."""
    lacking = {name: each for name, each in said.items() if kind + name not in measures}
    return tuple(words(name, each.title) for name, each in lacking.items())


def _gate_codes(judging: Mapping[str, Gate], measures: pd.DataFrame) -> NDArray[np.int8]:
    """Return the verdict of each gate on each candidate, as positions in `VERDICTS`."""
    codes = [
        verdict(measures[GATE + name], least=gate.min, most=gate.max, otherwise=gate.verdict)
        for name, gate in judging.items()
    ]
    return np.stack(codes, axis=1)


def _profiles(study: StudyFile) -> tuple[ProfileView, ...]:
    """Return the shipped profiles whose groups the study has, with those criteria that it has."""
    suiting = {name: suited(each, study) for name, each in profiles().items()}
    return tuple(
        ProfileView(name, words(name, each.title), dict(each.groups), dict(each.criteria))
        for name, each in suiting.items()
        if set(each.groups) <= set(study.groups)
    )


def _links(
    study: StudyFile, measures: pd.DataFrame, decision: Decision, delays: Mapping[str, float]
) -> Links | None:
    if study.pairs is None or decision.pairs.empty:
        return None
    ports, minutes = port_minutes(measures, decision.cells, delays)
    return Links(
        ports=tuple(ports),
        minutes=minutes,
        delays=tuple(delays[port] for port in ports),
        value=study.pairs.link.value,
        weaker_side=study.pairs.weaker_side,
        keep=study.pairs.keep,
    )


def _criterion(name: str, criterion: Criterion, weight: float, catalog: Catalog) -> CriterionView:
    title = words(name, criterion.title)
    return CriterionView(
        id=name,
        group=criterion.group or name,
        title=title,
        short=criterion.short or title,
        unit=criterion.value.unit or None,
        weight=weight,
        applies_to=criterion.applies_to,
        measure_words=measure_words(criterion.measure, catalog),
        layers=tuple(layers_of(criterion.measure)),
        words=criterion.words,
        relative=criterion.weight,
        unknown=criterion.unknown,
        value=criterion.value,
    )


def measure_words(measure: Any, catalog: Catalog) -> Text:
    """Say in both languages what a measure counts, from which layers, and how it fades.

    A sum that fades is less than the plain one: a reader who takes it for that is misled.
    """
    named = [catalog[layer].title for layer in layers_of(measure)]
    unit = f"{measure.km:g} km" if getattr(measure, "km", None) else ""
    unit = f"{measure.minutes:g} min" if getattr(measure, "minutes", None) else unit
    unit = f"{measure.limit:g} min" if isinstance(measure, Reach) else unit
    unit = f"{measure.m:g} m" if getattr(measure, "m", None) else unit
    decay = measure.decay_min if isinstance(measure, Reach) else getattr(measure, "decay", None)
    fades = _FADES["km" if getattr(measure, "km", None) else "min"]
    said = {}
    for place, language in enumerate(("en", "es")):
        layers = ", ".join(title[language] for title in named)  # type: ignore[index]
        text = _SAID[measure.kind][place].format(*([unit, layers] if unit else [layers]))
        said[language] = text + (fades[place].format(decay) if decay else "")
    return Text(**said)


def _groups(study: StudyFile, criteria: tuple[CriterionView, ...]) -> tuple[GroupView, ...]:
    totals: dict[str, float] = {}
    for criterion in criteria:
        totals[criterion.group] = totals.get(criterion.group, 0) + criterion.weight
    return tuple(
        GroupView(id=name, title=words(name, study.group_titles.get(name)), weight=weight)
        for name, weight in totals.items()
    )


def _cells(measures: pd.DataFrame, decision: Decision) -> pd.DataFrame:
    frame = measures[["side", "row", "col", "lon", "lat"]].copy()
    frame["score"], frame["score_low"], frame["score_high"] = decision.scores
    return frame.assign(verdict=decision.verdict)


def _layer_ids(catalog: Catalog, study: StudyFile) -> tuple[str, ...]:
    """Return the layers a reader can switch on: those the study names, or all that can be drawn."""
    if study.map.layers is not None:
        return tuple(study.map.layers)
    return tuple(layer.id for layer in catalog if _is_drawn(catalog, layer))


def carried(catalog: Catalog, study: StudyFile) -> dict[str, list[str]]:
    """Return the fields that the map has of some of the user's layers, by id; of others all.

    A map goes to strangers: of parcels that are candidates it has what the study tells, and of
    layers that the study does not use nothing. One of the id of a shipped layer is that layer,
    fetched, and as public; but nobody publishes the candidates that a user brings.
    """
    public, rule = definitions(shipped("layers")), study.candidates
    used = {catalog[name].id for _, name in study.named_layers() if name in catalog}
    only: dict[str, list[str]] = {
        layer.id: [] for layer in catalog if layer.id not in used and layer.id not in public
    }
    if isinstance(rule, Parcels):
        layer = catalog[rule.layer]
        if not layer.definition.is_relative_to(shipped("layers")):
            only[layer.id] = list(rule.tell)
    return only


def _is_drawn(catalog: Catalog, layer: Layer) -> bool:
    """Say whether a layer can be switched on, under its own name or as what it stands in for."""
    if not catalog.has(layer.id) or catalog.stand_in(layer.replaces or "") == layer.id:
        return False
    there = catalog[layer.id]
    return there.geometry.kind not in FORMLESS and not there.map.hidden
