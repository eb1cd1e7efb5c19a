"""The room as a whole: deciding needs no geometry library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import sitesel.records

SCRIPT = """
import importlib, pkgutil, sys
import sitesel.decide
for module in pkgutil.iter_modules(sitesel.decide.__path__):
    importlib.import_module("sitesel.decide." + module.name)
geo = {"geopandas", "shapely", "pyproj", "rasterio", "sitesel.catalog", "sitesel.measure"}
print(sorted(geo & set(sys.modules)))
"""


def test_no_geometry_library_is_imported() -> None:
    root = Path(sitesel.records.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
