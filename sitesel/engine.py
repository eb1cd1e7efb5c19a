"""Measuring, once: candidates in chunks, each chunk one Parquet part that a later run can keep."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sitesel import __version__
from sitesel.crs import lonlat, to_working
from sitesel.decision import GATE, PORT, RAW
from sitesel.errors import StudyError, UnknownNameError, did_you_mean
from sitesel.measure import candidates as make
from sitesel.measure import measures, naming, zones
from sitesel.measure.features import matching, points
from sitesel.measure.specs import columns_of, layers_of
from sitesel.resources import replacing, sha256
from sitesel.study import BoxArea, GridCandidates, LayerArea, PortsArea, Study

if TYPE_CHECKING:
    from pathlib import Path

    from sitesel.catalog.layers import Catalog

CHUNK = 25_000
_ALWAYS = ("places", "border_line", "us_counties", "municipios", "ports_of_entry", "roads")


@dataclass(frozen=True)
class Plan:
    """What a study measures on this catalogue, checked before anything is computed."""

    study: Study
    catalog: Catalog
    left_out: tuple[str, ...]

    @classmethod
    def of(cls, study: Study, catalog: Catalog) -> Plan:
        """Check every layer, field and port that the study names.

        A criterion marked optional whose layer is missing is left out; anything else that is
        missing is an `UnknownNameError` or `StudyError` with the key that names it.
        """
        left_out = []
        for name, criterion in study.criteria.items():
            missing = [layer for layer in layers_of(criterion.measure) if layer not in catalog]
            if missing and criterion.optional:
                left_out.append(name)
        for layer, key in study.layer_ids().items():
            if layer not in catalog and key.split(".")[1] not in left_out:
                hint = did_you_mean(layer, (known.id for known in catalog))
                raise UnknownNameError(f"{study.study}: {key}: no layer '{layer}'; {hint}")
        plan = cls(study, catalog, tuple(left_out))
        for key, spec in plan.specs().items():
            named = key.replace(RAW, "criteria.").replace(GATE, "gates.")
            for layer, column in columns_of(spec):
                _has_column(catalog, layer, column, f"{study.study}: {named}.measure")
        return plan

    def specs(self) -> dict[str, Any]:
        """Return the measures by their column: ``raw:<criterion>`` and ``gate:<gate>``."""
        criteria = {
            RAW + name: criterion.measure
            for name, criterion in self.study.criteria.items()
            if name not in self.left_out
        }
        return criteria | {GATE + name: gate.measure for name, gate in self.study.gates.items()}

    def layer_ids(self) -> list[str]:
        """Return the layers that the measures rest on."""
        named = {layer for spec in self.specs().values() for layer in layers_of(spec)}
        named |= {*_ALWAYS, *self.study.sites.landmarks, *self.study.sites.zones}
        for part in (self.study.area, self.study.candidates):
            named |= {part.layer} if hasattr(part, "layer") else set()
        return sorted(named)

    def fingerprint(self) -> str:
        """Return a hash of all that the measures depend on."""
        study = self.study.model_dump(mode="json", include={"as_of", "area", "candidates", "sites"})
        content = {
            "version": __version__,
            "study": study | {"sites": [self.study.sites.landmarks, self.study.sites.zones]},
            "specs": {name: spec.model_dump(mode="json") for name, spec in self.specs().items()},
            "layers": {layer: self.catalog[layer].digest() for layer in self.layer_ids()},
            "speeds": sha256(self.catalog["roads"].path.with_name("speeds.csv")),
            "pairs": self.study.pairs is not None,  # they need the minutes to the ports
            "chunk": CHUNK,
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _has_column(catalog: Catalog, layer: str, column: str, key: str) -> None:
    known = catalog[layer].fields
    if known and column not in known and column not in catalog.load(layer).columns:
        raise StudyError(
            f"{key}: layer '{layer}' has no field '{column}'; {did_you_mean(column, known)}"
        )


def open_ports(catalog: Catalog, plan: Study) -> gpd.GeoDataFrame:
    """Return the ports of entry that take cargo on the study's date, by ``port_id``."""
    ports = catalog.load("ports_of_entry", plan.as_of)
    return ports[matching(ports, {"commercial": True}) & (ports["in_force"] == 1)]


def area_of(study: Study, catalog: Catalog) -> Any:
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


def _known_ports(study: Study, wanted: list[str], known: Any, open_: Any) -> None:
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


def candidates_of(study: Study, catalog: Catalog) -> gpd.GeoDataFrame:
    """Return the study's candidates; none at all is a `StudyError`."""
    area, chosen = area_of(study, catalog), study.candidates
    mexico = make.land(catalog.load("municipios"), area)
    usa = make.land(catalog.load("us_counties"), area)
    if isinstance(chosen, GridCandidates):
        frame = make.from_grid(area, chosen.grid_m, mexico=mexico, usa=usa)
    else:
        features = catalog.load(chosen.layer)
        near = features[features.intersects(area)]
        frame = make.from_polygons(near, chosen, mexico=mexico, usa=usa)
    if frame.empty:
        raise StudyError(f"{study.study}: area: no candidate lies in it; widen the area")
    return frame


def measure(plan: Plan, folder: Path, report: Any) -> tuple[pd.DataFrame, dict[str, float]]:
    """Measure every candidate into ``folder/part-*.parquet``; return them and the ports' delays.

    Parts that an earlier run finished with the same inputs are kept. ``report(step, done, total)``
    is called as the work goes on.
    """
    mark = plan.fingerprint()
    parts = _finished(folder, mark)
    if parts is None:
        report("candidates", 0, 1)
        frame = candidates_of(plan.study, plan.catalog)
        world = measures.World(plan.catalog, plan.study.as_of)
        total = -(-len(frame) // CHUNK)
        parts = [folder / f"part-{number:04d}.parquet" for number in range(total)]
        for stale in {*folder.glob("part-*.parquet")} - {*parts}:
            stale.unlink()
        for number, path in enumerate(parts):
            if not _is_done(path, mark):
                chunk = frame.iloc[number * CHUNK : (number + 1) * CHUNK]
                table = _measure_chunk(plan, chunk, world)
                ports = json.dumps(delays(world) if plan.study.pairs else {})
                _write(table, path, {"fingerprint": mark, "parts": str(total), "ports": ports})
            report("measures", number + 1, total)
    return read(parts)


def delays(world: measures.World) -> dict[str, float]:
    """Return the minutes that a truck waits at each open port, by port id."""
    ports = world.network.ports
    return dict(zip(ports["port_id"].astype(str), ports["delay_min"].astype(float), strict=True))


def read(parts: list[Path]) -> tuple[pd.DataFrame, dict[str, float]]:
    """Return finished parts as one frame on ``site_id``, numbers as float64; and the delays."""
    table = pa.concat_tables([pq.read_table(path) for path in parts], promote_options="permissive")
    frame = table.replace_schema_metadata(None).to_pandas().set_index("site_id")
    singles = frame.select_dtypes("float32").columns
    return frame.astype(dict.fromkeys(singles, np.float64)), json.loads(_mark(parts[0])["ports"])


def stored(folder: Path) -> tuple[pd.DataFrame, dict[str, float]]:
    """Return the measures that a run left in ``folder``; an unfinished run is a `StudyError`."""
    paths = sorted(folder.glob("part-*.parquet"))
    one_run = len({_mark(path).get("fingerprint") for path in paths}) == 1
    if not one_run or len(paths) != int(_mark(paths[0]).get("parts", -1)):
        raise StudyError(f"{folder}: no finished measures here; run the study first")
    return read(paths)


def _measure_chunk(plan: Plan, chunk: gpd.GeoDataFrame, world: measures.World) -> pd.DataFrame:
    lon, lat = lonlat(*points(chunk).T)
    table = pd.DataFrame(
        {"side": chunk["side"], "lon": lon, "lat": lat, "hectares": chunk["hectares"]},
        index=chunk.index,
    )
    on_grid = "row" in chunk
    landmarks = [plan.catalog.load(name) for name in plan.study.sites.landmarks]
    named = naming.names(chunk, plan.catalog.load("places"), landmarks)
    zoned = [(plan.catalog[name], world.features(name)) for name in plan.study.sites.zones]
    told = zones.zones(chunk, zoned, plan.study.as_of)
    columns = {name: measures.run(spec, chunk, world) for name, spec in plan.specs().items()}
    frames = [table, named, told, pd.DataFrame(columns)]
    if on_grid:
        frames.append(chunk[["row", "col"]])
    if plan.study.pairs:
        frames.append(world.minutes_to_ports(chunk).add_prefix(PORT))
    table = pd.concat(frames, axis=1)
    numbers = [name for name in table.columns[table.dtypes == "float64"] if ":" in name]
    table = table.astype(dict.fromkeys(numbers, np.float32))
    if not on_grid:
        table["geometry"] = chunk.geometry.to_wkb()
    return table.rename_axis("site_id").reset_index()


def _write(table: pd.DataFrame, path: Path, mark: dict[str, str]) -> None:
    """Write a part whole or not at all."""
    content = pa.Table.from_pandas(table, preserve_index=False)
    with replacing(path) as part:
        pq.write_table(content.replace_schema_metadata(mark), part, compression="zstd")


def _mark(path: Path) -> dict[str, str]:
    try:
        metadata = pq.read_metadata(path).metadata or {}
    except (OSError, pa.ArrowException):
        return {}
    return {key.decode(): value.decode() for key, value in metadata.items()}


def _is_done(path: Path, mark: str) -> bool:
    return path.is_file() and _mark(path).get("fingerprint") == mark


def _finished(folder: Path, mark: str) -> list[Path] | None:
    """Return all parts if a run with the same inputs finished them, else None."""
    paths = sorted(folder.glob("part-*.parquet"))
    if paths and all(_is_done(path, mark) for path in paths):
        return paths if len(paths) == int(_mark(paths[0])["parts"]) else None
    return None
