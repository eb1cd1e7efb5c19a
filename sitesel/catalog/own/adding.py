"""Take in files of the user's own as a layer: read, examine, mend, write, read back."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from sitesel.catalog.definition import Layer
from sitesel.catalog.fetched import staging, versions
from sitesel.catalog.geometry import read_frame
from sitesel.catalog.layers import Catalog, definitions
from sitesel.catalog.own import drafting
from sitesel.catalog.own.cells import words
from sitesel.catalog.own.given import Asked, Given
from sitesel.catalog.own.parts import Part, Wish, column, part
from sitesel.catalog.own.rastercopy import raster_draft, take_raster
from sitesel.catalog.own.readers import read
from sitesel.errors import LayerError, SiteselError, UnknownNameError, did_you_mean
from sitesel.resources import own_layers, sha256, shipped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import geopandas as gpd

__all__ = ["Added", "Asked", "Wish", "add"]

_SHOWN = 3


@dataclass(frozen=True)
class Added:
    """A layer in its place, as a run will read it, and what was found on the way.

    ``folder`` is that of the user's layers, ``key`` the column of the rows' ids, ``earlier`` where
    the layer of before is kept, if there was one that differs.
    """

    layer: Layer
    frame: gpd.GeoDataFrame
    said: list[str]
    folder: Path
    key: str | None = None
    earlier: Path | None = None


def add(
    sources: Sequence[str], wish: Wish, asked: Asked | None = None, catalog: Catalog | None = None
) -> Added:
    """Add files as one layer to the user's folder, and read it back as a run will.

    Nothing is written before all is examined, and the files themselves are never touched.

    Parameters
    ----------
    sources
        Files, or an address of a database or a feature server; several become one layer.
    wish
        The layer's id and whatever the user says of it.
    asked
        The part of a file that is meant, the query of a database.
    catalog
        The shipped layers with the user's folder on top; opened if it is not given.

    Raises
    ------
    LayerError
        A file cannot be read, has a flaw that cannot be mended safely, or the layer exists.
    UnknownNameError
        A column, or the layer that this one is to replace, does not exist.
    FetchError
        A server or database does not answer as it should.
    """
    folder = wish.to or own_layers()
    place = _place(wish, folder)
    catalog = catalog or Catalog.default(*([folder] if folder.is_dir() else []))
    if wish.replaces and wish.replaces not in catalog:
        hint = did_you_mean(wish.replaces, (layer.id for layer in catalog))
        raise UnknownNameError(f"--replaces {wish.replaces}: no such layer; {hint}")
    given = [read(source, asked) for source in sources]
    rasters = [each for each in given if each.raster]
    if rasters and len(given) > 1:
        raise LayerError(f"{rasters[0].name}: a raster is added alone")
    if rasters:
        draft, said = raster_draft(given[0], wish)
        return _placed(
            draft, said, place, catalog, lambda build: take_raster(build, given[0], wish)
        )
    parts = [_named(each, wish, catalog, several=len(given) > 1) for each in given]
    frame, key, said = _rows(parts, [each.name for each in given], wish)
    draft, more = _drafted(frame, parts, given, wish, catalog, key)
    said += more
    take: Callable[[staging.Build], None] = lambda build: build.take_frame(frame)  # noqa: E731
    added = _placed(draft, said, place, catalog, take, given[0].version)
    return replace(added, key=key)


def _place(wish: Wish, folder: Path) -> versions.Place:
    """Say where the layer will live; an id that is taken is refused."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", wish.id):
        raise LayerError(f"--id {wish.id}: write small letters, digits and _, a letter first")
    if wish.id in definitions(shipped("layers")):
        raise LayerError(
            f"--id {wish.id}: a shipped layer has this name; choose another, and say "
            f"--replaces {wish.id} if yours is to take its place"
        )
    own = definitions(folder).get(wish.id)
    if own and not wish.replace:
        raise LayerError(f"{own}: this layer exists; --yes replaces it, and keeps it")
    return versions.Place(folder, own.parent if own else folder / versions.OWN, wish.id)


def _named(given: Given, wish: Wish, catalog: Catalog, *, several: bool) -> Part:
    """Examine one file; its errors name it, and so do its findings where there are several."""
    try:
        made = part(given, wish, catalog)
    except SiteselError as error:
        raise type(error)(f"{given.name}: {error}") from None
    said = [line for line in given.said if line not in made.said] + made.said
    return replace(made, said=[f"{given.name}: {line}" for line in said] if several else said)


def _rows(
    parts: Sequence[Part], names: Sequence[str], wish: Wish
) -> tuple[pd.DataFrame, str | None, list[str]]:
    """Return the rows of all files together, the column of their ids, and what was said."""
    kinds = {drafting.kind_of(each.frame) for each in parts}
    if len(kinds) > 1:
        raise LayerError(f"the files hold {' and '.join(sorted(kinds))}; add them apart")
    frame: Any = pd.concat([each.frame for each in parts], ignore_index=True)
    for name in [each for each in frame.columns if each != "geometry"]:
        if frame[name].dtype == object and frame[name].dropna().map(type).nunique() > 1:
            frame = frame.assign(**{name: words(frame[name])})
    said = [line for each in parts for line in each.said]
    if not wish.key:
        return frame, None, said
    rows = [
        f"{name}, row {row + 2}" if len(parts) > 1 else f"row {row + 2}"
        for each, name in zip(parts, names, strict=True)
        for row in each.frame.index
    ]
    key = column(wish.key, parts[0].titles, frame, "--key")
    ids, more = _unique(words(frame[key]), pd.Series(rows), wish)
    return frame.assign(**{key: ids}), key, said + more


def _unique(
    ids: pd.Series[Any], rows: pd.Series[str], wish: Wish
) -> tuple[pd.Series[Any], list[str]]:
    """Return ids that name one row each; make them so only where that is wished for."""
    empty, again = ids.isna(), ids.notna() & ids.duplicated()
    if not (empty.any() or again.any()):
        return ids, []
    told = []
    if empty.any():
        told.append(f"no id in {_first(rows[empty])}")
    if again.any():
        twice = rows[ids == ids[again].iloc[0]]
        told.append(f"id '{ids[again].iloc[0]}' is in {_first(twice)}")
        occur = "id occurs" if again.sum() == 1 else "ids occur"
        told.append(f"{again.sum():,} {occur} again in all")
    if not wish.number_repeats:
        raise LayerError(
            f"--key {wish.key}: {'; '.join(told)}. Mend them, name another column, or say "
            "--number-repeats to add the row to each such id"
        )
    numbered = ids.mask(empty, rows).where(~again, ids + " (" + rows + ")")
    if numbered.duplicated().any():
        raise LayerError(f"--key {wish.key}: ids stay ambiguous even with rows; mend the column")
    return numbered, [f"{line}: the row is added to the id" for line in told[:2]]


def _first(rows: pd.Series[str]) -> str:
    more = f" and {len(rows) - _SHOWN:,} more" if len(rows) > _SHOWN else ""
    return ", ".join(rows.iloc[:_SHOWN]) + more


def _drafted(
    frame: pd.DataFrame,
    parts: Sequence[Part],
    given: Sequence[Given],
    wish: Wish,
    catalog: Catalog,
    key: str | None,
) -> tuple[dict[str, Any], list[str]]:
    titles = {name: title for each in reversed(parts) for name, title in each.titles.items()}
    label = column(wish.label, titles, frame, "--label") if wish.label else key
    whole = all(each.coverage for each in parts)
    old = next((each for each in catalog if each.id == wish.replaces), None)  # no stand-in of it
    draft = drafting.Draft(
        wish.id,
        ", ".join(each.name for each in given),
        frame,
        titles,
        {name: unit for each in parts for name, unit in each.units.items()},
        label,
        wish.stated,
        list(dict.fromkeys(box for each in parts for box in each.coverage)) if whole else [],
        old,
    )
    content = drafting.drafted(draft)
    said = drafting.standing_in(content, old) if old else []
    if len(given) == 1 and given[0].fetch:
        more = drafting.fetchable(content, given[0].fetch, parts[0], wish)
        content |= more
        if not more:
            said.append("cannot be fetched again as it is: sides or ids were made from its rows")
    return content, said


def _placed(
    content: dict[str, Any],
    said: list[str],
    place: versions.Place,
    catalog: Catalog,
    take: Callable[[staging.Build], None],
    version: str | None = None,
) -> Added:
    """Write data and definition, prove that they can be read, put them in place, read them back."""
    before = versions.content(place)
    try:
        layer = Layer.model_validate(content)
    except ValueError as error:
        raise LayerError(f"layer '{place.name}' cannot be described: {error}") from None
    with versions.alone(place):
        versions.recover(place)
        with staging.building(place, layer) as build:
            _write(build, content, take, version)
            try:
                read_frame(Layer.read(build.folder / f"{place.name}.yaml"), catalog.load)
            except LayerError as error:
                told = str(error).replace(f"{build.folder}/", "")
                told = told.replace(f"{build.folder.resolve()}/", "")
                raise LayerError(f"layer '{place.name}' is not added: {told}") from None
            versions.put(place, build.folder)
    after = Catalog(place.folder)
    frame = after.load(place.name)
    earlier = place.root if before and before != versions.content(place) else None
    return Added(after[place.name], frame, said, place.folder, earlier=earlier)


def _write(
    build: staging.Build,
    content: dict[str, Any],
    take: Callable[[staging.Build], None],
    version: str | None,
) -> None:
    try:
        take(build)
    except (ValueError, TypeError, OverflowError) as error:  # Arrow's among them
        raise LayerError(f"layer '{build.layer.id}' cannot be written: {error}") from None
    digest = sha256(build.folder / build.file)
    if "fetch" in content:
        had = {
            "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "url": content["fetch"]["url"],
            "version": version,
            "rows": build.rows,
            "area_km2": build.area_km2,
            "sha256": digest,
            "own": True,
        }
        content = content | {"fetched": {key: value for key, value in had.items() if value}}
    drafting.write(content, build.folder, digest)
