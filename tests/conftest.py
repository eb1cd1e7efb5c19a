"""What all tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from sitesel.catalog.layers import Catalog

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The shipped catalogue; its frames are read once for all tests."""
    return Catalog.default()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """A folder of real border data beside the checkout; the test is skipped where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("real border data is not beside this checkout")
    return folder
