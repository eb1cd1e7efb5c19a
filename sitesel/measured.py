"""What a run measured, as it lies in its folder: Parquet parts that tell what they were made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ConfigDict, Field, Json, TypeAdapter

from sitesel.catalog.definition import Layer
from sitesel.decide.weights import SIDES
from sitesel.errors import StudyError
from sitesel.measure.parcels import TOLD
from sitesel.records import Record
from sitesel.sites import PORT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import pandas as pd

    from sitesel.plan import Plan

_KINDS: dict[str, tuple[Callable[[pa.DataType], bool], ...]] = {
    "text": (pa.types.is_string, pa.types.is_large_string, pa.types.is_null),
    "numbers": (pa.types.is_floating, pa.types.is_integer),
    "shapes": (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_null),
}
_TEXTS = ("site_id", "side", "place", "place_bearing", "landmark", "zones_en", "zones_es")
_NUMBERS = ("lon", "lat", "hectares", "place_km")
_LAYERS = TypeAdapter(dict[str, Layer])
_WHOLE = {"site_id", "lon", "lat", "hectares", "row", "col", "geometry", "zones_en", "zones_es"}


class Measured(NamedTuple):
    """What was measured.

    All candidates on ``site_id`` with float64 measures, the minutes that a truck waits at each
    open port, and the hashes and definitions of the layers that were read.
    """

    table: pd.DataFrame
    delays: dict[str, float]
    layers: dict[str, str]
    definitions: dict[str, Layer]


class Mark(Record):
    """What a part says of how it was made; Parquet keeps more beside it.

    The definitions of the layers are long, and read once for all parts.
    """

    model_config = ConfigDict(extra="ignore")

    fingerprint: str
    study: str
    parts: Annotated[int, Field(ge=1)]
    ports: Json[dict[str, float]]
    layers: Json[dict[str, str]]
    definitions: str


def read(plan: Plan, paths: Sequence[Path]) -> Measured:
    """Return finished parts together.

    Raises
    ------
    StudyError
        A part was damaged or edited since.
    """
    tables, mark = [], mark_of(paths[0])
    definitions = _definitions(mark) if mark else None
    for path in paths:
        try:
            table = pq.read_table(path.absolute(), page_checksum_verification=True)
            table.validate(full=True)
        except (OSError, pa.ArrowException):
            flaw: str | None = "cannot be read"
        else:
            known = mark if definitions is not None else None
            flaw = _flaw(table, plan, known.ports) if known else "does not say what it is"
        if flaw:
            raise StudyError(
                f"{path}: {flaw}: it is damaged, or was edited; run the study again, which "
                "measures it anew"
            )
        tables.append(table)
    assert mark
    assert definitions is not None
    whole = pa.concat_tables(tables, promote_options="permissive")
    frame = whole.replace_schema_metadata(None).to_pandas().set_index("site_id")
    singles = frame.select_dtypes("float32").columns
    table = frame.astype(dict.fromkeys(singles, np.float64))
    return Measured(table, mark.ports, mark.layers, definitions)


def _definitions(mark: Mark) -> dict[str, Layer] | None:
    """Return the definition of each layer that was measured; None where one is not there whole."""
    try:
        found = _LAYERS.validate_json(mark.definitions)
    except ValueError:
        return None
    return found if found.keys() == mark.layers.keys() else None


def _flaw(table: pa.Table, plan: Plan, ports: Iterable[str]) -> str | None:
    """Say what a part lacks that each part of this plan holds."""
    grid = plan.study.grid_m > 0
    told = [TOLD + name for name in getattr(plan.study.candidates, "tell", ())]
    kinds = {
        **dict.fromkeys(_TEXTS, "text"),
        **dict.fromkeys([*_NUMBERS, *(PORT + port for port in ports)], "numbers"),
        **({"row": "numbers", "col": "numbers", "land": "shapes"} if grid else {}),
        **({} if grid else {"geometry": "shapes"}),
        **dict.fromkeys([*plan.specs(), *told]),
    }
    for name, kind in kinds.items():
        if table.column_names.count(name) != 1:
            return f"lacks the column '{name}'"
        column = table[name]
        if kind and not any(fits(column.type) for fits in _KINDS[kind]):
            return f"the column '{name}' does not hold {kind}"
        if name in _WHOLE and (column.null_count or (kind == "numbers" and _strange(column))):
            return f"the column '{name}' is not whole"
    if not set(table["side"].unique().to_pylist()) <= set(SIDES) or not table.num_rows:
        return "does not say of each candidate on which side it lies"
    return None


def _strange(numbers: pa.ChunkedArray) -> bool:
    return not np.isfinite(numbers.to_numpy()).all()


def columns(folder: Path) -> frozenset[str]:
    """Return the columns that a run left in ``folder``; none where there is no whole run."""
    first = sorted(folder.glob("part-*.parquet"))[:1]
    if not first or not mark_of(first[0]):
        return frozenset()
    return frozenset(pq.read_metadata(first[0].absolute()).schema.names)


def stored(plan: Plan, folder: Path) -> Measured:
    """Return the measures that a run of this study left in ``folder``.

    Layers may have changed since: what was measured stays as it was, with the layers of then.

    Raises
    ------
    StudyError
        The parts are not all there, were measured for another study, or were damaged since.
    """
    paths = sorted(folder.glob("part-*.parquet"))
    mark = mark_of(paths[0]) if paths else None
    if not mark or len(paths) != mark.parts or any(mark_of(path) != mark for path in paths):
        raise StudyError(
            f"{folder}: no finished measures here; run the study first, or again where an earlier "
            "version of sitesel measured it"
        )
    if mark.study != plan.study_mark():
        raise StudyError(
            f"{folder}: these measures were made for another study than the study.yaml beside "
            "them; run the study again"
        )
    return read(plan, paths)


def mark_of(path: Path) -> Mark | None:
    """Return what a part says of how it was made; None where it is none."""
    try:
        found = pq.read_metadata(path.absolute())  # a folder 's3:x' would be taken for an address
        metadata = found.metadata or {}
        return Mark.model_validate({key.decode(): value for key, value in metadata.items()})
    except (OSError, ValueError, pa.ArrowException):  # ValueError: not as it was written
        return None
