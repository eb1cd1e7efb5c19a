"""Which layers can be fetched, by which definition, into which place, and in what order."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sitesel.catalog.fetched import derived
from sitesel.catalog.fetched.versions import OWN, Place
from sitesel.catalog.layers import Catalog, definitions
from sitesel.errors import UnknownNameError, did_you_mean
from sitesel.resources import shipped

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sitesel.catalog.definition import Layer


def wanted(folder: Path) -> dict[str, Layer]:
    """Return the definitions to fetch by, by id: the shipped ones and the user's own.

    What a fetch wrote into the folder is a copy: the definition it was made from counts.
    """
    known = dict(_shipped(shipped("layers")))
    for name, layer in installed(folder).items():
        if layer.fetch and (name not in known or layer.fetched is None or layer.fetched.own):
            known[name] = layer
    return known


@cache
def _shipped(folder: Path) -> dict[str, Layer]:
    return {layer.id: layer for layer in Catalog(folder) if layer.fetch}


def installed(folder: Path) -> dict[str, Layer]:
    """Return the definitions that lie in the user's folder, by id."""
    return {layer.id: layer for layer in Catalog(folder)} if folder.is_dir() else {}


def in_order(names: Iterable[str], folder: Path) -> list[str]:
    """Return the layers to fetch, those first that others borrow from or are made of.

    A layer that another one needs is fetched too if it is not there; one that is made of a fetched
    layer is made anew, and one that is there and borrows from it is fetched anew.

    Raises
    ------
    UnknownNameError
        If nothing is known of how a layer is fetched.
    """
    known, there, order = wanted(folder), opened(folder), dict[str, None]()

    asked, met = list(names), set[str]()

    def add(name: str) -> None:
        if name in met:
            return
        met.add(name)
        for need in [*known[name].lenders, *derived.parts_of(known[name])]:
            if need in known and (need in asked or not there.has(need)):
                add(need)
        order.setdefault(name)

    for name in asked:
        if name not in known:
            embedded = " is part of the catalogue as it stands" if name in there else ""
            hint = embedded or f" is not one that can be fetched; {did_you_mean(name, known)}"
            raise UnknownNameError(f"layer '{name}'{hint}")
        add(name)
    for name, layer in known.items():
        borrowed = layer.lenders if there.has(name) else []
        if {*derived.parts_of(layer), *borrowed} & {*order}:
            order.setdefault(name)
    return list(order)


def place_of(layer: Layer, folder: Path) -> Place:
    """Return where a layer's files lie in the user's folder."""
    home = layer.definition.parent if is_own(layer, folder) else folder / layer.theme
    return Place(folder, home, layer.id)


def kept_place(name: str, folder: Path) -> Place:
    """Return where the versions of a layer are kept, be it fetched or one of the user's own.

    Raises
    ------
    UnknownNameError
        If there is no such layer.
    """
    own = definitions(folder).get(name)
    if own:
        return Place(folder, own.parent, name)
    known = wanted(folder)
    if name in known:
        return place_of(known[name], folder)
    place = Place(folder, folder / OWN, name)
    if not place.stamps():  # nor is it one whose files were removed
        hint = did_you_mean(name, [*known, *definitions(folder)])
        raise UnknownNameError(f"layer '{name}' is not one of yours or fetched; {hint}")
    return place


def is_own(layer: Layer, folder: Path) -> bool:
    """Say whether a definition is the user's own, not one of the shipped."""
    return layer.definition.resolve().is_relative_to(folder.resolve())


def opened(folder: Path) -> Catalog:
    """Open the shipped catalogue with the user's folder on top."""
    return Catalog.default(*([folder] if folder.is_dir() else []))
