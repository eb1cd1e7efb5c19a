"""Drawings that are kept: taken as they are while nothing of them changed, and made anew else."""

import errno
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sitesel.catalog.layers import Catalog
from sitesel.show import drawings as module
from sitesel.show.drawings import drawings
from sitesel.show.payload import plain

DAY = date(2026, 11, 21)
IDS = ("rail", "opportunity_zones")


@pytest.fixture
def made(monkeypatch):
    """How often layers were drawn."""
    count = []
    drawn = module.features.layers_content

    def counting(*args):
        count.append(1)
        return drawn(*args)

    monkeypatch.setattr(module, "_recent", {})
    monkeypatch.setattr(module.features, "layers_content", counting)
    monkeypatch.setattr(module.features, "ALWAYS", ("us_states",))  # the rest takes long
    return count


def test_what_was_kept_is_what_was_drawn(catalog, tmp_path, made):
    store = tmp_path / "layers.block"
    first, shapes = drawings(catalog, IDS, DAY, store)
    again, kept = drawings(Catalog.default(), IDS, DAY, store)
    assert len(made) == 1
    assert again == plain(first)  # as the page will read it
    assert np.array_equal(kept, shapes)
    assert {"rail", "opportunity_zones", "us_states"} <= {layer["id"] for layer in first}


def test_another_day_other_layers_or_other_data_are_drawn_anew(catalog, tmp_path, made, own_layer):
    store = tmp_path / "layers.block"
    drawings(catalog, IDS, DAY, store)
    before, _ = drawings(catalog, IDS, date(2030, 1, 1), store)
    after = {layer["id"]: layer for layer in before}["opportunity_zones"]
    assert set(after["drawn"]["in_force"]) == {0.0}
    drawings(catalog, ("rail",), DAY, store)
    assert len(made) == 3
    folder = own_layer("lon,lat,n\n-106.4,31.7,1\n")
    for text in ("-106.4,31.7,1", "-106.5,31.7,1"):
        own_layer(f"lon,lat,n\n{text}\n")
        drawings(Catalog.default(folder), ("mine",), DAY, store)
    assert len(made) == 5


def test_where_nothing_can_be_kept_the_layers_are_drawn_all_the_same(
    catalog, tmp_path, made, monkeypatch
):
    (tmp_path / "file").touch()
    first, _ = drawings(catalog, IDS, DAY, tmp_path / "file" / "layers.block")
    assert len(made) == 1

    def refused(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "write_text", refused)
    monkeypatch.setattr(Path, "unlink", refused)
    again, _ = drawings(catalog, IDS, DAY, tmp_path / "layers.block")
    assert again == first


@pytest.mark.parametrize("damage", [b"", b"H4sI", b"\xff\xfe", None])
def test_a_damaged_store_is_made_anew(catalog, tmp_path, made, damage):
    store = tmp_path / "layers.block"
    first, _ = drawings(catalog, IDS, DAY, store)
    module._recent.clear()
    if damage is None:
        store.write_bytes(store.read_bytes()[: store.stat().st_size // 2])
    else:
        store.write_bytes(damage)
    again, _ = drawings(catalog, IDS, DAY, store)
    assert len(made) == 2
    assert again == first
    drawings(catalog, IDS, DAY, store)
    assert len(made) == 2


def test_what_is_in_memory_serves_the_next_study(catalog, tmp_path, made):
    first, shapes = drawings(catalog, IDS, DAY)
    first[0].clear()  # whoever changes theirs changes nobody else's
    store = tmp_path / "next" / "layers.block"
    store.parent.mkdir()
    again, kept = drawings(Catalog.default(), IDS, DAY, store)
    assert len(made) == 1
    assert again[0]
    assert again[1:] == first[1:]
    assert np.array_equal(kept, shapes)
    module._recent.clear()
    assert drawings(catalog, IDS, DAY, store)[0] == again
    assert len(made) == 1


def test_memory_holds_the_latest_alone(catalog, made):
    for year in range(2026, 2031):
        drawings(catalog, ("rail",), date(year, 1, 1))
    assert len(module._recent) == 4
    drawings(catalog, ("rail",), date(2030, 1, 1))
    assert len(made) == 5
    drawings(catalog, ("rail",), date(2026, 1, 1))
    assert len(made) == 6
