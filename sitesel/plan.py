"""What a study measures on a catalogue, checked before anything is computed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import shapely

from sitesel import __version__
from sitesel.crs import LONLAT, WORKING_CRS, to_working
from sitesel.errors import StudyError, UnknownNameError, did_you_mean
from sitesel.measure import candidates as make
from sitesel.measure.features import matching, takes_cargo
from sitesel.measure.parcels import Parcels
from sitesel.measure.specs import columns_of, layers_of
from sitesel.resources import sha256
from sitesel.sites import GATE, RAW
from sitesel.study_parts import BoxArea, GridCandidates, LayerArea, PortsArea

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from sitesel.catalog.layers import Catalog
    from sitesel.study_file import StudyFile
    from sitesel.study_parts import Criterion, Gate

_ALWAYS = ("places", "border_line", "us_counties", "municipios", "ports_of_entry", "roads")
_COLUMNS = ("id", "side", "hectares")  # keys of candidates that name one


@dataclass(frozen=True)
class Plan:
    """What a study measures on this catalogue, checked before anything is computed."""

    study: StudyFile
    catalog: Catalog
    left_out: tuple[str, ...]
    gates_left_out: tuple[str, ...] = ()

    @classmethod
    def of(cls, study: StudyFile, catalog: Catalog, measured: Container[str] | None = None) -> Plan:
        """Check every layer, field and port that the study names.

        A criterion or gate marked optional whose layer is missing is left out, or, where the
        columns that were ``measured`` are given, one that was not; anything else that is missing
        is an `UnknownNameError` or `StudyError` with the key that names it.
        """
        left_out = lacking(study.criteria, RAW, catalog, measured)
        gates_left_out = lacking(study.gates, GATE, catalog, measured)
        skipped = {f"criteria.{name}.measure" for name in left_out}
        skipped |= {f"gates.{name}.measure" for name in gates_left_out}
        for key, layer in study.named_layers():
            if layer not in catalog and key not in skipped:
                hint = did_you_mean(layer, (known.id for known in catalog))
                raise UnknownNameError(f"{study.study}: {key}: no layer '{layer}'; {hint}")
            if key not in skipped and not catalog[layer].present and catalog[layer].fetch:
                raise UnknownNameError(
                    f"{study.study}: {key}: layer '{layer}' is not fetched yet: "
                    f"sitesel layers fetch {layer}"
                )
        for name in study.sites.landmarks:
            if not (catalog[name].label and catalog[name].side):
                raise StudyError(
                    f"{study.study}: sites.landmarks: layer '{name}' states no 'label' and 'side' "
                    "in its definition; add them or remove it here"
                )
        plan = cls(study, catalog, tuple(left_out), tuple(gates_left_out))
        if measured is None:
            plan.reach()
            plan.columns()
        for key, spec in plan.specs().items():
            named = key.replace(RAW, "criteria.").replace(GATE, "gates.")
            for layer, column in columns_of(spec):
                _has_column(catalog, layer, column, f"{study.study}: {named}.measure")
        return plan

    def reach(self) -> None:
        """Refuse a fetched layer that stands in for another but was fetched for less land.

        The rest of the area would know less than with the layer whose place it takes.
        """
        fetched = {name: self.catalog[name] for name in self.layer_ids()}
        boxes = {
            name: (layer.id, layer.fetched.box)
            for name, layer in fetched.items()
            if layer.id != name and layer.fetched and layer.fetched.box
        }
        if not boxes:
            return
        land = gpd.GeoSeries([area_of(self.study, self.catalog)], crs=WORKING_CRS)
        area = shapely.box(*land.to_crs(LONLAT).total_bounds)
        for name, (own, box) in boxes.items():
            if not shapely.box(*box).covers(area):
                raise StudyError(
                    f"{self.study.study}: layer '{own}', which stands in for '{name}', was fetched "
                    f"for less than the study's area: sitesel layers fetch {own} --area STUDY"
                )

    def columns(self) -> None:
        """Refuse a column of candidates or area that their layer does not have."""
        rule, area = self.study.candidates, self.study.area
        named: list[tuple[str, str, str | None]] = []
        if isinstance(rule, Parcels):
            named += [(rule.layer, f"candidates.{key}", getattr(rule, key)) for key in _COLUMNS]
            named += [(rule.layer, "candidates.where", name) for name in rule.where]
            named += [(rule.layer, "candidates.tell", name) for name in rule.tell]
        if isinstance(area, LayerArea):
            named += [(area.layer, "area.where", name) for name in area.where]
        for layer, key, column in named:
            if column is not None:
                _has_column(self.catalog, layer, column, f"{self.study.study}: {key}", read=True)

    def specs(self) -> dict[str, Any]:
        """Return the measures by their column: ``raw:<criterion>`` and ``gate:<gate>``."""
        criteria = {
            RAW + name: criterion.measure
            for name, criterion in self.study.criteria.items()
            if name not in self.left_out
        }
        return criteria | {
            GATE + name: gate.measure
            for name, gate in self.study.gates.items()
            if name not in self.gates_left_out
        }

    def layer_ids(self) -> list[str]:
        """Return the layers that the measures rest on."""
        named = {layer for spec in self.specs().values() for layer in layers_of(spec)}
        named |= {*_ALWAYS, *self.study.sites.landmarks, *self.study.sites.zones}
        for part in (self.study.area, self.study.candidates):
            named |= {part.layer} if hasattr(part, "layer") else set()
        for layer in list(named):
            named |= set(self.catalog[layer].lenders)
        return sorted(named)

    def digests(self) -> dict[str, str]:
        """Return a hash of each layer, of its definition and its data."""
        return {layer: self.catalog.digest(layer) for layer in self.layer_ids()}

    def definitions(self) -> dict[str, Any]:
        """Return what the definition of each layer says of its origin."""
        return {layer: self.catalog[layer].origin() for layer in self.layer_ids()}

    def study_mark(self) -> str:
        """Return a hash of what the study asks to measure."""
        study = self.study.model_dump(mode="json", include={"as_of", "area", "candidates"})
        content = {
            "study": study,
            "told": [self.study.sites.landmarks, self.study.sites.zones],
            "specs": {name: spec.model_dump(mode="json") for name, spec in self.specs().items()},
            "pairs": self.study.pairs is not None,  # they need the minutes to the ports
        }
        return _hash(content)

    def fingerprint(self, **more: int) -> str:
        """Return a hash of all that the measures depend on."""
        speeds = sha256(self.catalog["roads"].path.with_name("speeds.csv"))
        return _hash([__version__, self.study_mark(), self.digests(), speeds, more])


def lacking(
    parts: Mapping[str, Criterion] | Mapping[str, Gate],
    kind: str,
    catalog: Catalog,
    measured: Container[str] | None = None,
) -> list[str]:
    """Return the optional parts without their layer, or without a column among the measured."""

    def lacks(name: str, part: Criterion | Gate) -> bool:
        if measured is not None:
            return kind + name not in measured
        return not all(catalog.has(layer) for layer in layers_of(part.measure))

    return [name for name, part in parts.items() if part.optional and lacks(name, part)]


def _hash(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _has_column(catalog: Catalog, layer: str, column: str, key: str, *, read: bool = False) -> None:
    """Refuse a field that a layer's definition and data lack; with ``read``, that its data lack."""
    known = catalog[layer].fields
    if not read and (not known or column in known):
        return
    there = [str(name) for name in catalog.load(layer).columns if name != "geometry"]
    if column not in there:
        hint = did_you_mean(column, there if read else known)
        raise StudyError(f"{key}: layer '{layer}' has no field '{column}'; {hint}")


def open_ports(catalog: Catalog, study: StudyFile) -> gpd.GeoDataFrame:
    """Return the ports of entry that take cargo on the study's date, by ``port_id``."""
    ports = catalog.load("ports_of_entry", study.as_of)
    return ports[takes_cargo(ports)]


def area_of(study: StudyFile, catalog: Catalog) -> Any:
    """Return the study's area as one polygon in the working CRS (it may reach over the sea)."""
    area = study.area
    if isinstance(area, BoxArea):
        box = gpd.GeoSeries.from_wkt([_box_wkt(area.bbox)], crs=4326).segmentize(0.1)
        return to_working(gpd.GeoDataFrame(geometry=box)).geometry.iloc[0]
    if isinstance(area, LayerArea):
        frame = catalog.load(area.layer)
        return frame[matching(frame, area.where)].geometry.union_all()
    assert isinstance(area, PortsArea)
    ports = open_ports(catalog, study)
    if area.ports != "all":
        wanted = list(area.ports)
        _known_ports(study, wanted, catalog.load("ports_of_entry")["port_id"], ports["port_id"])
        ports = ports[ports["port_id"].isin(wanted)]
    return make.discs(ports, within_km=area.within_km)


def _known_ports(study: StudyFile, wanted: list[str], known: Any, open_: Any) -> None:
    for port in wanted:
        if port not in set(known):
            hint = did_you_mean(port, known)
            raise StudyError(f"{study.study}: area.ports: no port of entry '{port}'; {hint}")
        if port not in set(open_):
            raise StudyError(
                f"{study.study}: area.ports: '{port}' takes no cargo on {study.as_of}; "
                "remove it or change as_of"
            )


def _box_wkt(bbox: tuple[float, float, float, float]) -> str:
    west, south, east, north = bbox
    return f"POLYGON(({west} {south},{east} {south},{east} {north},{west} {north},{west} {south}))"


def candidates_of(study: StudyFile, catalog: Catalog) -> gpd.GeoDataFrame:
    """Return the study's candidates; none at all is a `StudyError`."""
    area, chosen = area_of(study, catalog), study.candidates
    mexico = make.land(catalog.load("municipios"), area)
    usa = make.land(catalog.load("us_counties"), area)
    if isinstance(chosen, GridCandidates):
        frame = make.from_grid(area, chosen.grid_m, mexico=mexico, usa=usa)
    else:
        features = catalog.load(chosen.layer)
        near = features[features.intersects(area)]
        if near.empty:
            raise StudyError(
                f"{study.study}: area: nothing of layer '{chosen.layer}' lies in it; widen the area"
            )
        label = catalog[chosen.layer].label
        frame = make.from_polygons(near, chosen, mexico=mexico, usa=usa, label=label)
    if frame.empty:
        raise StudyError(f"{study.study}: area: no candidate lies in it; widen the area")
    return frame
