"""Killed at any moment, a fetch leaves the last version or the next: whole, and none is lost."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml

from sitesel.catalog.definition import Layer
from sitesel.catalog.fetched import versions
from sitesel.catalog.layers import Catalog
from sitesel.resources import sha256

OPERATIONS = [
    (os, "link"),
    (os, "replace"),
    (os, "rename"),
    (os, "mkdir"),
    (os, "unlink"),
    (os, "rmdir"),
    (shutil, "copyfile"),
    (shutil, "rmtree"),
]
MOST = 200


@pytest.fixture
def place(tmp_path):
    folder = tmp_path / "my_layers"
    return versions.Place(folder, folder / "power", "grid")


def version(folder, count, *, file="grid.parquet", extra="speeds"):
    """Write a whole version: a definition, its data, and a file beside them."""
    folder.mkdir(parents=True)
    pd.DataFrame({"n": range(count)}).to_parquet(folder / file, index=False)
    (folder / "speeds.csv").write_text(f"{extra} {count}")
    words = dict.fromkeys(
        ("title", "summary", "publisher", "source", "licence", "attribution", "vintage"), "x"
    )
    definition = words | {
        "id": "grid", "geometry": {"kind": "table"}, "file": file, "quality": "A",
        "quality_why": "x",
        "fetched": {
            "at": f"2026-11-22T01:02:{count:02d}Z", "url": "x", "rows": count,
            "sha256": sha256(folder / file), "files": ["speeds.csv"],
        },
    }  # fmt: skip
    (folder / "grid.yaml").write_text(yaml.safe_dump(definition))
    return folder


def put(place, count, **options):
    versions.put(place, version(place.folder / ".staged/.grid", count, **options))


def state(place):
    """Return what studies would read: rows of the data, and rows that the definition states."""
    layer = Catalog(place.folder)["grid"]
    frame = pd.read_parquet(layer.path)
    assert frame["n"].tolist() == list(range(len(frame)))
    return len(frame), layer.fetched.rows


def killed_at(number, act):
    """Run in another process that dies, without any clearing up, before its n-th change on disk.

    Returns whether it died.
    """
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    try:
        left = [number]

        def dying(real):
            def change(*args, **options):
                left[0] -= 1
                if left[0] < 0:
                    os._exit(9)
                return real(*args, **options)

            return change

        for module, name in OPERATIONS:
            setattr(module, name, dying(getattr(module, name)))
        act()
    except BaseException:  # noqa: BLE001
        os._exit(1)
    os._exit(0)


@pytest.mark.parametrize("file", ["grid.parquet", "grid_2.parquet"])
def test_a_kill_at_any_moment_loses_nothing(place, tmp_path, file):
    put(place, 1)
    put(place, 2)
    before = tmp_path / "before"
    version(place.folder / ".staged/.grid", 3, file=file)
    shutil.copytree(place.folder, before)
    seen = set()
    for number in range(MOST):
        shutil.rmtree(place.folder)
        shutil.copytree(before, place.folder)
        died = killed_at(number, lambda: versions.put(place, place.folder / ".staged/.grid"))
        data, stated = state(place)  # at once, before anybody mends
        assert data in {2, 3}
        assert stated in {2, data}
        seen.add((data, stated))
        versions.heal(place)
        data, stated = state(place)
        assert data == stated
        layer = Catalog(place.folder)["grid"]
        versions.intact(layer)
        assert (place.home / "speeds.csv").read_text() == f"speeds {data}"
        kept = [Layer.read(place.root / stamp / "grid.yaml") for stamp in place.stamps()]
        for each in kept:
            versions.intact(each)
        assert {1, 2, data} <= {data, *(each.fetched.rows for each in kept)}
        staged = place.folder / ".staged/.grid/grid.yaml"
        assert data == 3 or staged.is_file()
        if not died:
            break
        shutil.rmtree(place.folder / ".staged", ignore_errors=True)
        put(place, 4)  # and the next fetch goes its way
        assert state(place) == (4, 4)
    assert not died
    assert number > 15
    assert {(2, 2), (3, 3)} <= seen
    leavings = [path.name for path in place.home.iterdir() if path.name.startswith(".")]
    assert leavings == []


def test_a_kill_while_going_back_loses_nothing(place, tmp_path):
    put(place, 1)
    put(place, 2)
    before = tmp_path / "before"
    shutil.copytree(place.folder, before)
    for number in range(MOST):
        shutil.rmtree(place.folder)
        shutil.copytree(before, place.folder)
        died = killed_at(number, lambda: versions.restore(place))
        assert state(place)[0] in {1, 2}
        versions.heal(place)
        data, stated = state(place)
        assert data == stated
        rows = {
            Layer.read(place.root / stamp / "grid.yaml").fetched.rows for stamp in place.stamps()
        }
        assert {1, 2} <= {data, *rows}
        if not died:
            break
    assert not died
    assert state(place) == (1, 1)


def test_old_versions_go_whole(place):
    for count in range(1, 9):
        put(place, count)
    assert place.stamps() == [f"20261122T0102{count:02d}Z" for count in range(7, 2, -1)]
    version(place.folder / ".staged/.grid", 9)
    before = place.folder.with_name("before")
    shutil.copytree(place.folder, before)
    for number in range(12, MOST):  # the steps before are those above
        shutil.rmtree(place.folder)
        shutil.copytree(before, place.folder)
        died = killed_at(number, lambda: versions.put(place, place.folder / ".staged/.grid"))
        for stamp in place.stamps():
            versions.intact(Layer.read(place.root / stamp / "grid.yaml"))
        if not died:
            break
    assert not died
    assert len(place.stamps()) == 5


def test_a_disk_without_links_copies(place, monkeypatch):
    def refuse(*_):
        raise OSError

    monkeypatch.setattr(os, "link", refuse)
    put(place, 1)
    put(place, 2)
    assert versions.restore(place) == "20261122T010201Z"
    assert state(place) == (1, 1)


def test_the_old_file_goes_when_the_new_one_has_another_name(place):
    put(place, 1)
    put(place, 2, file="grid_2.parquet")
    assert sorted(path.name for path in place.home.iterdir()) == [
        "grid.yaml", "grid_2.parquet", "speeds.csv",
    ]  # fmt: skip
    versions.restore(place)
    assert state(place) == (1, 1)


def test_earlier_versions_are_no_layers(place):
    put(place, 1)
    put(place, 2)
    assert [layer.id for layer in Catalog(place.folder)] == ["grid"]
    assert Path(place.root / place.stamps()[0] / "grid.yaml").is_file()
