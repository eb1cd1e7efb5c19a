"""Fetch one layer: ask its publisher, check what came, and put it in place or keep it waiting."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from sitesel.catalog.definition import Layer
from sitesel.catalog.fetched import derived, history, shaping, staging, versions
from sitesel.catalog.fetched.drift import drift
from sitesel.catalog.fetched.wanted import installed, is_own, opened, place_of, wanted
from sitesel.catalog.layers import Catalog
from sitesel.catalog.sources.addresses import shown
from sitesel.catalog.sources.failures import strange_answers
from sitesel.catalog.sources.request import LackingError, Request, Terms, names, silent
from sitesel.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sitesel.catalog.fetched.shaping import Box
    from sitesel.catalog.sources.replies import Report
    from sitesel.catalog.sources.request import Answer
    from sitesel.catalog.sources.specs import Fetch
    from sitesel.catalog.sources.web import Client

PROTOCOLS = {  # each has fetch(source, request) and version(source, client, had)
    "arcgis": "sitesel.catalog.sources.arcgis",
    "socrata": "sitesel.catalog.sources.socrata",
    "download": "sitesel.catalog.sources.download",
    "raster": "sitesel.catalog.sources.rasters",
    "osm": "sitesel.catalog.sources.osm",
    "postgis": "sitesel.catalog.sources.postgis",
}


def protocol(source: Fetch) -> Any:
    """Return the module that speaks a source's protocol, imported when it is asked for."""
    return import_module(PROTOCOLS[source.protocol])


@dataclass(frozen=True)
class Order:
    """How layers are fetched: by which client, into which folder, of which area.

    ``box`` is west, south, east, north in degrees. ``accept`` takes a version that differs much
    from the one in place. ``terms`` are what else the user said. ``now`` gives the time; ``report``
    is told bytes and rows.
    """

    client: Client
    folder: Path
    box: Box | None = None
    accept: bool = False
    terms: Terms = field(default_factory=Terms)
    report: Report = silent
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))


class Outcome(NamedTuple):
    """A layer in its place, and what had to be done to its rows, in words."""

    layer: Layer
    said: list[str]


def fetch(name: str, order: Order) -> Outcome:
    """Fetch one layer and put it in place.

    It is read back and checked first. A version that differs by more than 20 % in rows or area
    from the one in place waits until it is accepted. The one in place stays until the new one is
    whole, and is kept.

    Raises
    ------
    LackingError
        If the user has to say more, or a part of what is made of parts is not there.
    FetchError
        If the source cannot be reached, answers with something else, or differs too much.
    LayerError
        If what came is not what the definition says.
    """
    layer = wanted(order.folder)[name]
    place = place_of(layer, order.folder)
    with versions.alone(place):
        versions.recover(place)
        if order.accept and (held := staging.waiting(place)) and _is_same(held, layer, order):
            versions.intact(held)
            before = installed(order.folder).get(name)
            change = drift(before.fetched if before else None, held.fetched)
            versions.put(place, held.definition.parent)
            told = [change.words] if change else []
            return Outcome(Layer.read(place.definition), [*told, "taken as it waited"])
        scratch = order.folder / ".scratch" / name
        scratch.mkdir(parents=True, exist_ok=True)
        try:
            outcome = _fetched(layer, place, order, scratch)
        finally:
            with suppress(OSError):
                scratch.rmdir()  # if nothing came, there is nothing to go on with
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.rmtree(order.folder / ".staged" / name, ignore_errors=True)
        return outcome


def newer(layer: Layer, client: Client, folder: Path) -> str | None:
    """Return the publisher's version if it is another than the one in place; None if it is not.

    Raises
    ------
    FetchError
        If the publisher cannot be reached, or does not say what version it has.
    """
    assert layer.fetch
    place = installed(folder).get(layer.id)
    had = place.fetched if place else None
    try:
        if derived.parts_of(layer):
            now = derived.version(layer, opened(folder))
        else:
            with strange_answers(address(layer.fetch)):
                now = protocol(layer.fetch).version(layer.fetch, client, had)
    except FetchError as error:
        raise FetchError(f"layer '{layer.id}': {error}") from None
    if now is None:
        raise FetchError(f"layer '{layer.id}': the publisher does not say what version it has")
    return now if had is None or had.version != now else None


def _fetched(layer: Layer, place: versions.Place, order: Order, scratch: Path) -> Outcome:
    catalog, source = _others(layer, order.folder), layer.fetch
    assert source
    shaping.must_be_lent(layer, catalog)
    box = None if source.whole or derived.parts_of(layer) else order.box
    covered = _coverage(layer, box, catalog)
    if derived.parts_of(layer):
        answer, taken = _made(layer, catalog)
    else:
        request = Request(order.client, scratch, box, order.report, order.terms)
        with strange_answers(address(source)):
            answer, taken = protocol(source).fetch(shaping.asked(source), request), {}
    before = installed(order.folder).get(layer.id)
    with staging.building(place, layer) as build:
        with strange_answers(address(source)):
            said = _filled(build, answer, catalog, box)
        at = order.now().astimezone(UTC)
        fetched = {
            "at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "url": answer.origin or address(source),
            "version": answer.version,
            "box": box,
            **({"own": True} if is_own(layer, order.folder) else {}),
        }
        day = staging.vintage(answer.version, at.date().isoformat())
        known = {"coverage": covered} if covered else {}
        new = build.describe(fetched, **{"vintage": day, **known, **taken})
        build.check(catalog)
        grows = getattr(source, "history", None)
        change = drift(before.fetched, new.fetched) if before and not grows else None
        if change and change.far and not derived.parts_of(layer) and not order.accept:
            waits = staging.hold(place, build.folder)
            raise FetchError(
                f"layer '{layer.id}' has changed much: {change.words}. The new version waits in "
                f"{waits}; take it by: sitesel layers fetch {layer.id} --accept"
            )
        versions.put(place, build.folder)
    told = [change.words] if change else []
    return Outcome(Layer.read(place.definition), [*told, *answer.said, *said])


def _made(layer: Layer, catalog: Catalog) -> tuple[Answer, dict[str, Any]]:
    """Make a layer of others, and say which of them it was made without."""
    lacking = [name for name in derived.parts_of(layer) if not catalog.has(name)]
    try:
        answer, taken = derived.derive(layer, catalog)
    except FetchError as error:
        raise (LackingError(str(error)) if lacking else error) from None
    said = (f"without {', '.join(lacking)}",) if lacking else ()
    return replace(answer, said=(*answer.said, *said)), taken


def _others(layer: Layer, folder: Path) -> Catalog:
    """Open the catalogue if a layer takes anything of others: outlines, rows, the border."""
    rules = layer.fetch.make.values() if layer.fetch else ()
    takes = layer.lenders or derived.parts_of(layer) or any(rule.kind == "side" for rule in rules)
    return opened(folder) if takes else Catalog()


def _filled(build: staging.Build, answer: Answer, catalog: Catalog, box: Box | None) -> list[str]:
    """Write what was answered into the folder of the new version."""
    layer, said = build.layer, list[str]()
    if answer.raster is not None:
        build.take_raster(answer.raster)
    elif answer.frame is None:
        raise FetchError(f"layer '{layer.id}': the publisher's answer holds no data")
    else:
        frame, said = shaping.shape(answer.frame, layer, catalog, box)
        if keys := getattr(layer.fetch, "history", None):
            before = _observations(build.place)
            frame = history.grown(before, frame, keys)
            said.append(f"{len(frame) - (0 if before is None else len(before)):,} new")
        build.take_frame(frame)
    build.take_files(answer.files)
    return said


def _observations(place: versions.Place) -> pd.DataFrame | None:
    if not place.definition.is_file():
        return None
    layer = Layer.read(place.definition)
    return (
        pd.read_parquet(layer.path) if layer.path.suffix == ".parquet" and layer.present else None
    )


def _coverage(layer: Layer, box: Box | None, catalog: Catalog) -> list[Box]:
    """Return the boxes in which the layer will be known: those stated, as far as it is fetched.

    What borrows its outlines is known where they are. A definition of the user's own that was
    fetched before holds the box of then.
    """
    stated = layer.coverage
    if layer.fetched and layer.fetched.box and stated == [layer.fetched.box]:
        stated = []
    limits = [stated, [box] if box else [], *(catalog[name].coverage for name in layer.lenders)]
    covered: list[Box] = []
    for boxes in filter(None, limits):
        covered = _common(covered, boxes) if covered else boxes
        if not covered:
            raise FetchError(
                f"layer '{layer.id}' covers nothing of the area; choose another --area"
            )
    return covered


def _common(some: list[Box], others: list[Box]) -> list[Box]:
    """Return the boxes that two sets of boxes have in common.

    >>> _common([(0, 0, 4, 4), (9, 9, 10, 10)], [(2, -1, 6, 3)])
    [(2, 0, 4, 3)]
    """
    parts = [
        (max(one[0], two[0]), max(one[1], two[1]), min(one[2], two[2]), min(one[3], two[3]))
        for one in some
        for two in others
    ]
    return [part for part in parts if part[0] < part[2] and part[1] < part[3]]


def _is_same(held: Layer, layer: Layer, order: Order) -> bool:
    """Say whether a version that waits is what would be fetched now, as far as the user says."""
    assert layer.fetch
    if held.fetched is None or held.fetch != layer.fetch:
        return False
    extracts = order.terms.extracts if layer.fetch.protocol == "osm" else ()
    box = None if layer.fetch.whole or derived.parts_of(layer) else order.box
    return (not order.terms.area_named or held.fetched.box == box) and (
        not extracts or held.fetched.url == names(extracts)
    )


def address(source: Fetch) -> str:
    """Return where a layer comes from, in words that hold no secret."""
    if url := getattr(source, "url", None):
        return ", ".join(shown(each) for each in ([url] if isinstance(url, str) else url))
    of = getattr(source, "of", None)
    if of:
        return "layers: " + (of if isinstance(of, str) else ", ".join(of))
    return f"postgresql, by ${getattr(source, 'dsn', '')}"
