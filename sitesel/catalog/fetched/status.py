"""Which of the layers that can be fetched are there, how old they are, and if newer ones exist."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sitesel.catalog.fetched.fetching import newer
from sitesel.catalog.fetched.staging import waiting
from sitesel.catalog.fetched.versions import heal
from sitesel.catalog.fetched.wanted import installed, place_of, wanted
from sitesel.errors import SiteselError

if TYPE_CHECKING:
    from pathlib import Path

    from sitesel.catalog.definition import Fetched, Layer
    from sitesel.catalog.sources.web import Client


@dataclass(frozen=True)
class Standing:
    """How a layer stands.

    ``fetched`` is None for one that is not there; ``days`` is its age. ``newer`` is the
    publisher's version where it is another, ``problem`` why that cannot be said. ``waits`` says
    that a version has been fetched that nobody has accepted yet.
    """

    layer: Layer
    fetched: Fetched | None = None
    days: int | None = None
    newer: str | None = None
    problem: str | None = None
    waits: bool = False


def standing(folder: Path, client: Client | None = None) -> list[Standing]:
    """Return how each layer stands that can be fetched, by theme and id.

    With a client, the publishers of those that are there are asked for their present version.
    What a crash left half done in the folder is finished first.
    """
    known = wanted(folder)
    for layer in known.values():
        heal(place_of(layer, folder))
    there = installed(folder)
    return [
        _one(layer, there.get(layer.id), folder, client)
        for layer in sorted(known.values(), key=lambda each: (each.theme, each.id))
    ]


def _one(layer: Layer, had: Layer | None, folder: Path, client: Client | None) -> Standing:
    waits = waiting(place_of(layer, folder)) is not None
    if had is None or had.fetched is None or not had.present:
        return Standing(layer, waits=waits)
    days = (datetime.now(UTC) - datetime.fromisoformat(had.fetched.at)).days
    found, problem = None, None
    if client is not None:
        try:
            found = newer(layer, client, folder)
        except SiteselError as error:
            problem = str(error)
    return Standing(layer, had.fetched, days, found, problem, waits)
