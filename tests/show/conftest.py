"""Views to draw, made once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import sample

if TYPE_CHECKING:
    from sitesel.catalog.layers import Catalog
    from sitesel.show.view import View


@pytest.fixture(scope="session")
def view(catalog: Catalog) -> View:
    """Paso del Norte with the shipped layers and made-up scores."""
    return sample.view(ports=("santa_teresa", "ysleta", "tornillo"), per_side=12, catalog=catalog)


@pytest.fixture(scope="session")
def light(catalog: Catalog, drawings: Path) -> View:
    """The same with the background alone."""
    ports = ("santa_teresa", "ysleta", "tornillo")
    return sample.view(ports=ports, per_side=12, layer_ids=(), within_km=20, catalog=catalog,
                       store=drawings / "ground")  # fmt: skip
