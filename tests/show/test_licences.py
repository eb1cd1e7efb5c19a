"""The licence page beside the data is the one the catalogue gives."""

from __future__ import annotations

from sitesel.show.licences import page
from tests.conftest import ROOT


def test_page_beside_the_data_is_current(catalog):
    assert (ROOT / "layers" / "README.md").read_text("utf-8") == page(catalog)


def test_share_alike_layers_stand_apart(catalog):
    shared, others = page(catalog).split("## All other layers")
    for layer in catalog:
        assert (f"/{layer.id} |" in shared) == layer.share_alike
        assert (f"/{layer.id} |" in others) != layer.share_alike
