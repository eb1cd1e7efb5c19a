"""Options that several commands take, and what comes of them."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sitesel.resources import layer_folders

if TYPE_CHECKING:
    from sitesel.catalog.layers import Catalog

_FOLDER = "A folder of your own layers; may be given more than once."

Layers = Annotated[  # a run keeps to its layers, wherever it is asked of
    list[Path] | None,
    typer.Option("--layers", help=f"{_FOLDER} Else those that the run was made with."),
]
LayersOrMine = Annotated[
    list[Path] | None,
    typer.Option("--layers", help=f"{_FOLDER} Else ./my_layers if there."),
]


class Lang(Enum):
    """Languages of the words."""

    en = "en"
    es = "es"


def catalog_of(folders: list[Path] | None) -> Catalog:
    """Return the catalogue with these folders of layers, else with ./my_layers if it is there."""
    from sitesel.catalog.layers import Catalog  # noqa: PLC0415

    return Catalog.default(*layer_folders(folders))
