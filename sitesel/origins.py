"""Where the numbers of a run come from: each layer as it was when it was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from sitesel.catalog.definition import Layer
    from sitesel.catalog.layers import Catalog
    from sitesel.measured import Measured

COSTS = "unit_costs"
COSTS_NOW = "unit_costs_now"  # where costs are reckoned with another table than was measured


class Origin(NamedTuple):
    """A layer's definition, and the hash of it and its data."""

    hash: str
    layer: Layer


def origins(measured: Measured, catalog: Catalog) -> dict[str, Origin]:
    """Return all that a run rests on, by name: the layers measured as they were then.

    The unit costs, which price pairs and sites whenever a run is opened, are those of now; where
    a criterion measured others, both are there.
    """
    found = {
        name: Origin(digest, measured.definitions[name]) for name, digest in measured.layers.items()
    }
    costs = Origin(catalog.digest(COSTS), catalog[COSTS])
    same = found.setdefault(COSTS, costs).hash == costs.hash
    return found if same else found | {COSTS_NOW: costs}


def changed(measured: Measured, catalog: Catalog) -> dict[str, Layer]:
    """Return the layers that are not what they were when they were measured, as they were then."""
    return {
        name: layer
        for name, layer in measured.definitions.items()
        if not catalog.has(name) or catalog.digest(name) != measured.layers[name]
    }


def pin(name: str, origin: Origin) -> dict[str, Any]:
    """Return what ``run.json`` says of a layer.

    Which version of a fetched layer it is, and which layer stands for another, are among it.
    """
    layer = origin.layer
    said: dict[str, Any] = {
        "hash": origin.hash,
        "vintage": layer.vintage,
        "quality": layer.quality,
        "licence": layer.licence,
        "attribution": layer.attribution,
        "source": layer.source,
    }
    if layer.id != (COSTS if name == COSTS_NOW else name):
        said["layer"] = layer.id
    if layer.fetched:
        said |= layer.fetched.model_dump(mode="json", include={"at", "version", "url", "box"})
    return said
