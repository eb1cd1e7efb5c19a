"""What a run measured, as it lies in its folder: Parquet parts that tell what they were made of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sitesel.errors import StudyError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from sitesel.plan import Plan


class Measured(NamedTuple):
    """What was measured.

    All candidates on ``site_id`` with float64 measures, the minutes that a truck waits at each
    open port, and the hashes of the layers that were read.
    """

    table: pd.DataFrame
    delays: dict[str, float]
    layers: dict[str, str]


def read(parts: list[Path]) -> Measured:
    """Return finished parts together."""
    table = pa.concat_tables([pq.read_table(path) for path in parts], promote_options="permissive")
    frame = table.replace_schema_metadata(None).to_pandas().set_index("site_id")
    singles = frame.select_dtypes("float32").columns
    mark = mark_of(parts[0])
    return Measured(
        frame.astype(dict.fromkeys(singles, np.float64)),
        json.loads(mark["ports"]),
        json.loads(mark["layers"]),
    )


def columns(folder: Path) -> frozenset[str]:
    """Return the columns that a run left in ``folder``; none where there is no whole run."""
    found: set[str] = set()
    for path in sorted(folder.glob("part-*.parquet"))[:1]:
        if mark_of(path):
            found.update(pq.read_schema(path).names)
    return frozenset(found)


def stored(plan: Plan, folder: Path) -> Measured:
    """Return the measures that a run of this study left in ``folder``.

    Layers may have changed since: what was measured stays as it was, with the layers of then.

    Raises
    ------
    StudyError
        The parts are not all there, or were measured for another study.
    """
    paths = sorted(folder.glob("part-*.parquet"))
    marks = [mark_of(path) for path in paths]
    whole = len({mark.get("fingerprint") for mark in marks}) == 1
    if not whole or len(paths) != int(marks[0].get("parts", -1)):
        raise StudyError(f"{folder}: no finished measures here; run the study first")
    if marks[0]["study"] != plan.study_mark():
        raise StudyError(
            f"{folder}: these measures were made for another study than the study.yaml beside "
            "them; run the study again"
        )
    return read(paths)


def mark_of(path: Path) -> dict[str, str]:
    """Return what a part says of how it was made; nothing where it is none."""
    try:
        metadata = pq.read_metadata(path).metadata or {}
    except (OSError, pa.ArrowException):
        return {}
    return {key.decode(): value.decode() for key, value in metadata.items()}
