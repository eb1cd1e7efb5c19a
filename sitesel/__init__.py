"""Rank mirror-zone industrial sites on both sides of the US-Mexico border."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sitesel.catalog.definition import Layer
    from sitesel.catalog.layers import Catalog
    from sitesel.errors import SiteselError
    from sitesel.study import Run, Study

__version__ = "0.1.0"
__all__ = ["Catalog", "Layer", "Run", "SiteselError", "Study", "__version__"]

_HOMES = {
    "Catalog": "sitesel.catalog.layers",
    "Layer": "sitesel.catalog.layers",
    "Run": "sitesel.study",
    "SiteselError": "sitesel.errors",
    "Study": "sitesel.study",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that ``--help`` stays quick."""
    if name not in _HOMES:
        raise AttributeError(f"module 'sitesel' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)
