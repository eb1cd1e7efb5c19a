"""The rows that one file gives to a layer: its columns understood, its geometry examined."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from sitesel.catalog.own.cells import words
from sitesel.catalog.own.coverage import Box, covered
from sitesel.catalog.own.examine import examine, placed
from sitesel.catalog.own.fields import (
    RESERVED,
    renamed,
    safe_name,
    understood,
    with_honest_names,
)
from sitesel.catalog.own.sides import by_border, by_words, contradictions
from sitesel.errors import LayerError, UnknownNameError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from sitesel.catalog.layers import Catalog
    from sitesel.catalog.own.given import Given

_SAME = {"true": {"true", "yes", "1"}, "false": {"false", "no", "0"}}
_NESTED = (list, dict, tuple, set, bytes, np.ndarray)


@dataclass(frozen=True)
class Wish:
    """What the user says of a layer that is to be added.

    ``fields`` are our names for their columns, ``constants`` columns with one value in every row,
    ``where`` pairs of column and value that say which rows are kept; ``key`` is the column of the
    rows' ids, which ``number_repeats`` makes unique; ``covers`` boxes (degrees: west, south, east,
    north) in which the rows are all there are; ``stated`` holds title, licence and the like.
    """

    id: str
    side_from: str = "none"
    crs: str | None = None
    keep: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    where: Sequence[tuple[str, str]] = ()
    key: str | None = None
    label: str | None = None
    number_repeats: bool = False
    table: bool = False
    covers: Sequence[Box] = ()
    replaces: str | None = None
    replace: bool = False
    to: Path | None = None
    stated: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """The rows of one file: EPSG:4326, or a plain table; the index counts the file's rows from 0.

    ``titles`` are the file's names of the columns, ``units`` those that the cells state, ``kept``
    the values that the conditions let pass; ``coverage`` boxes in which the file tells what is not
    kept, too.
    """

    frame: pd.DataFrame
    titles: dict[str, str]
    units: dict[str, str]
    said: list[str]
    kept: dict[str, list[Any]]
    coverage: list[Box]


def part(given: Given, wish: Wish, catalog: Catalog) -> Part:
    """Make rows of a layer of what was read.

    Raises
    ------
    LayerError
        A column that is not there, no row that is wished for, no coordinates, or a flaw of the
        geometry that cannot be mended safely.
    """
    assert given.frame is not None
    if not len(given.frame):
        raise LayerError("has no rows; add a file that has some")
    theirs, told = with_honest_names(given.frame)
    names, said = renamed(theirs, wish.fields, free=("geometry",))
    said = told + said
    frame = theirs.rename(columns={c: names.get(str(c), c) for c in theirs.columns})
    titles = {new: old for old, new in names.items()}
    keep, kept = _wished(frame, titles, wish.where)
    rest, frame = frame[~keep], frame[keep]
    if not keep.all():
        said.append(f"{keep.sum():,} of {len(keep):,} rows are kept by --where")
    frame = _with_constants(frame, wish.constants)
    table, more, coverage = _examined(frame, rest, wish)
    codes = {column(each, titles, table, "--key") for each in (wish.key, wish.label) if each}
    table, units, further = _understood(table, codes)
    table, last = _sided(table, wish, titles, catalog)
    return Part(table, titles, units, [*said, *more, *further, *last], kept, coverage)


def _examined(
    frame: pd.DataFrame, rest: pd.DataFrame, wish: Wish
) -> tuple[pd.DataFrame, list[str], list[Box]]:
    """Return the rows with their places, what was said, and where the file tells of none."""
    if wish.table:
        own = frame.active_geometry_name if isinstance(frame, gpd.GeoDataFrame) else None
        return pd.DataFrame(frame.drop(columns=[own] if own in frame else [])), [], []
    found = placed(frame)
    if found is None:
        raise LayerError(
            "no geometry and no coordinates; name them: --field lon=COLUMN --field lat=COLUMN, "
            "or --field geometry=COLUMN for WKT, or say --table for facts without a place"
        )
    features, said = examine(found[0], wish.crs, wish.keep)
    said = found[1] + said
    if wish.covers:
        return features, said, [*wish.covers]
    boxes = covered(features, rest, wish.crs) if len(rest) else []
    if boxes:
        said.append("outside the outlines of this file nothing is known: see 'coverage'")
    return features, said, boxes


def column(name: str, titles: Mapping[str, str], frame: pd.DataFrame, option: str) -> str:
    """Return our name of a column that the user calls by ours or by the file's.

    Raises
    ------
    UnknownNameError
        There is none of that name.
    """
    ours = {old: new for new, old in titles.items()} | {new: new for new in titles}
    found = ours.get(name, name)
    if found not in frame:
        hint = did_you_mean(name, [each for each in ours if ours[each] in frame])
        raise UnknownNameError(f"{option} {name}: no such column; {hint}")
    return found


def _wished(
    frame: pd.DataFrame, titles: Mapping[str, str], where: Iterable[tuple[str, str]]
) -> tuple[np.ndarray[Any, np.dtype[np.bool_]], dict[str, list[Any]]]:
    """Say which rows to keep: in each column named, any of the values named for it."""
    asked: dict[str, list[str]] = {}
    for name, value in where:
        asked.setdefault(column(name, titles, frame, "--where"), []).append(value)
    keep, kept = np.ones(len(frame), bool), {}
    for name, values in asked.items():
        wanted = {same for value in values for same in _SAME.get(value.lower(), {value.lower()})}
        cells = words(frame[name]).fillna("").str.lower()
        fits = cells.isin(wanted).to_numpy()
        if not fits.any():
            known = words(frame[name]).dropna().unique()[:20]
            raise LayerError(
                f"--where {titles.get(name, name)}={values[0]}: no row has that; "
                f"{did_you_mean(values[0], known)}"
            )
        kept[name] = frame[name][fits].drop_duplicates().tolist()
        keep &= fits
    if not keep.any():
        raise LayerError("--where: no row fits all conditions; loosen them")
    return keep, kept


def _with_constants(frame: pd.DataFrame, constants: Mapping[str, str]) -> pd.DataFrame:
    for name in constants:
        if name in frame or safe_name(name) != name or name in RESERVED:
            raise LayerError(
                f"--set {name}=…: choose a name in small letters, digits and _ that no column has"
            )
    return frame.assign(**constants)


def _understood(
    frame: pd.DataFrame, codes: set[str]
) -> tuple[pd.DataFrame, dict[str, str], list[str]]:
    """Return every column as what it holds; those that hold nothing, or lists, are left out."""
    units, said, gone = dict[str, str](), list[str](), dict[str, list[str]]()
    for name in [each for each in frame.columns if each != "geometry"]:
        cells = frame[name].dropna()
        nested = cells.map(lambda cell: isinstance(cell, _NESTED)).any()
        read = None if nested else understood(frame[name], name, text=name in codes)
        if read is None or (len(frame) and read.values.isna().all() and name not in codes):
            gone.setdefault("lists or bytes" if nested else "nothing", []).append(name)
            frame = frame.drop(columns=name)
            continue
        frame = frame.assign(**{name: read.values})
        said += read.said
        units |= {name: read.unit} if read.unit else {}
    said += [f"columns left out, for they hold {what}: {', '.join(c)}" for what, c in gone.items()]
    return frame, units, said


def _sided(
    frame: pd.DataFrame, wish: Wish, titles: Mapping[str, str], catalog: Catalog
) -> tuple[pd.DataFrame, list[str]]:
    """Add a column ``side`` with US or MX, by the border or by a column's words."""
    if wish.side_from == "none":
        return frame, []
    if wish.side_from != "border":
        name = column(wish.side_from, titles, frame, "--side-from")
        side = by_words(frame[name], wish.side_from)
        on_earth = isinstance(frame, gpd.GeoDataFrame)
        told = contradictions(side, frame, catalog, wish.side_from) if on_earth else []
        frame = frame.drop(columns=name) if name == "own_side" else frame
        return frame.assign(side=side), told
    if not isinstance(frame, gpd.GeoDataFrame):
        raise LayerError("--side-from border: a table has no places; name a column of countries")
    side, said = by_border(frame, catalog)
    if side.isna().all():
        raise LayerError("--side-from border: no row lies in Mexico or in the four border states")
    return frame.assign(side=side)[side.notna()], said
