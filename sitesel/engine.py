"""Measuring, once: candidates in chunks, each chunk one Parquet part that a later run can keep."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from sitesel.crs import lonlat
from sitesel.errors import StudyError
from sitesel.measure import measures, naming, zones
from sitesel.measure.features import points
from sitesel.measure.parcels import TOLD
from sitesel.measured import Mark, Measured, mark_of, read
from sitesel.plan import candidates_of
from sitesel.resources import replacing
from sitesel.sites import PORT

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from sitesel.plan import Plan

CHUNK = 25_000


def measure(plan: Plan, folder: Path, report: Any) -> Measured:
    """Measure every candidate into ``folder/part-*.parquet``.

    Parts that an earlier run finished with the same inputs are kept. ``report(step, done, total)``
    is called as the work goes on.
    """
    fingerprint = plan.fingerprint(chunk=CHUNK)
    finished = _finished(plan, folder, fingerprint)
    if finished:
        return finished
    report("candidates", 0, 1)
    frame = candidates_of(plan.study, plan.catalog)
    world = measures.World(plan.catalog, plan.study.as_of)
    total = -(-len(frame) // CHUNK)
    parts = [folder / f"part-{number:04d}.parquet" for number in range(total)]
    for stale in {*folder.glob("part-*.parquet")} - {*parts}:
        stale.unlink()
    metadata = {
        "fingerprint": fingerprint,
        "study": plan.study_mark(),
        "layers": json.dumps(plan.digests()),
        "definitions": json.dumps(plan.definitions()),
        "parts": str(total),
        "ports": json.dumps(delays(world) if plan.study.pairs else {}),
    }
    mark = Mark.model_validate(metadata)
    for number, path in enumerate(parts):
        if not _is_done(plan, path, mark):
            chunk = frame.iloc[number * CHUNK : (number + 1) * CHUNK]
            _write(_measure_chunk(plan, chunk, world), path, metadata)
        report("measures", number + 1, total)
    return read(plan, parts)


def delays(world: measures.World) -> dict[str, float]:
    """Return the minutes that a truck waits at each open port, by port id."""
    ports = world.network.ports
    return dict(zip(ports["port_id"].astype(str), ports["delay_min"].astype(float), strict=True))


def _measure_chunk(plan: Plan, chunk: gpd.GeoDataFrame, world: measures.World) -> pd.DataFrame:
    lon, lat = lonlat(*points(chunk).T)
    table = pd.DataFrame(
        {"side": chunk["side"], "lon": lon, "lat": lat, "hectares": chunk["hectares"]},
        index=chunk.index,
    )
    on_grid = "row" in chunk
    landmarks = [
        plan.catalog.load(layer)[[plan.catalog[layer].label, "side", "geometry"]].set_axis(
            ["name", "side", "geometry"], axis=1
        )
        for layer in plan.study.sites.landmarks
    ]
    named = naming.names(chunk, plan.catalog.load("places"), landmarks)
    zoned = [(plan.catalog[name], world.features(name)) for name in plan.study.sites.zones]
    told = zones.zones(chunk, zoned, plan.study.as_of)
    frames = [table, named, told, measures.run_all(plan.specs(), chunk, world)]
    if on_grid:
        frames.append(chunk[["row", "col"]].assign(land=shapely.to_wkb(chunk["land"])))
    if "own_name" in chunk:
        frames.append(chunk[["own_name"]].astype("string"))
    frames.append(chunk[[name for name in chunk if str(name).startswith(TOLD)]])
    if plan.study.pairs:
        frames.append(world.minutes_to_ports(chunk).add_prefix(PORT))
    table = pd.concat(frames, axis=1)
    if on_grid:  # of which there are many; what is measured of parcels keeps its cents
        numbers = [name for name in table.columns[table.dtypes == "float64"] if ":" in name]
        table = table.astype(dict.fromkeys(numbers, np.float32))
    else:
        table["geometry"] = chunk.geometry.to_wkb()
    return table.rename_axis("site_id").reset_index()


def _write(table: pd.DataFrame, path: Path, mark: dict[str, str]) -> None:
    """Write a part whole or not at all."""
    content = pa.Table.from_pandas(table, preserve_index=False)
    with replacing(path) as part:
        pq.write_table(
            content.replace_schema_metadata(mark),
            part.absolute(),  # a folder 's3:x' would be taken for an address
            compression="zstd",
            write_page_checksum=True,
        )


def _is_done(plan: Plan, path: Path, mark: Mark) -> bool:
    """Tell whether an earlier run left this part, and it is as it was left."""
    if mark_of(path) != mark:
        return False
    try:
        read(plan, [path])
    except StudyError:
        return False
    return True


def _finished(plan: Plan, folder: Path, fingerprint: str) -> Measured | None:
    """Return the measures if a run with the same inputs finished them, else None."""
    paths = sorted(folder.glob("part-*.parquet"))
    mark = mark_of(paths[0]) if paths else None
    if not mark or (mark.fingerprint, mark.parts) != (fingerprint, len(paths)):
        return None
    if mark.layers != plan.digests() or any(mark_of(path) != mark for path in paths):
        return None
    try:
        return read(plan, paths)
    except StudyError:
        return None
