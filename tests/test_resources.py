"""Files take their place whole or not at all."""

import hashlib
import os
import time

import pytest

from sitesel import resources


class _StoppedError(Exception):
    pass


def _names(folder):
    return [path.name for path in folder.iterdir()]


def _write_and_stop(path, written):
    with resources.replacing(path) as part:
        if written:
            part.write_text(written, "utf-8")
        raise _StoppedError


def test_a_new_file_appears_when_it_is_complete(tmp_path):
    path = tmp_path / "deep" / "map.html"
    with resources.replacing(path) as part:
        assert part.parent == path.parent
        assert part.suffix == ".html"
        part.write_text("half", "utf-8")
        assert not path.exists()
        part.write_text("whole", "utf-8")
    assert path.read_text("utf-8") == "whole"
    assert _names(path.parent) == ["map.html"]


@pytest.mark.parametrize("written", ["", "half a new table"])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, written):
    path = tmp_path / "pairs.csv"
    path.write_text("old", "utf-8")
    with pytest.raises(_StoppedError):
        _write_and_stop(path, written)
    assert path.read_text("utf-8") == "old"
    assert _names(tmp_path) == ["pairs.csv"]


def test_nothing_written_leaves_the_old_file(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text("old", "utf-8")
    with pytest.raises(FileNotFoundError), resources.replacing(path):
        pass
    assert path.read_text("utf-8") == "old"


def test_a_first_failure_leaves_no_file(tmp_path):
    with pytest.raises(_StoppedError):
        _write_and_stop(tmp_path / "a.csv", "half")
    assert _names(tmp_path) == []


def _stop_before_the_end(folder):
    with resources.replacing_together(folder) as room:
        (room / "a.csv").write_text("new", "utf-8")
        raise _StoppedError


def test_several_files_take_their_places_together(tmp_path):
    (tmp_path / "a.csv").write_text("old", "utf-8")
    with resources.replacing_together(tmp_path) as room:
        (room / "a.csv").write_text("new", "utf-8")
        (room / "deep").mkdir()
        (room / "deep" / "b.csv").write_text("new", "utf-8")
        assert (tmp_path / "a.csv").read_text("utf-8") == "old"
        assert not (tmp_path / "deep").exists()
    assert (tmp_path / "a.csv").read_text("utf-8") == "new"
    assert (tmp_path / "deep" / "b.csv").read_text("utf-8") == "new"
    assert sorted(_names(tmp_path)) == ["a.csv", "deep"]


def test_a_failure_among_several_files_leaves_the_old_ones_and_nothing_else(tmp_path):
    (tmp_path / "a.csv").write_text("old", "utf-8")
    with pytest.raises(_StoppedError):
        _stop_before_the_end(tmp_path)
    assert (tmp_path / "a.csv").read_text("utf-8") == "old"
    assert _names(tmp_path) == ["a.csv"]


def test_what_a_killed_process_left_disturbs_nobody_and_goes_in_the_end(tmp_path):
    left, at_work = tmp_path / ".writing-left", tmp_path / ".writing-now"
    for room in (left, at_work):
        room.mkdir()
        (room / "a.csv").write_text("half", "utf-8")
    long_ago = time.time() - 2 * 24 * 3600
    os.utime(left, (long_ago, long_ago))
    with resources.replacing_together(tmp_path) as room:
        (room / "a.csv").write_text("new", "utf-8")
    assert (tmp_path / "a.csv").read_text("utf-8") == "new"
    assert sorted(_names(tmp_path)) == [".writing-now", "a.csv"]


def test_sha256_is_that_of_the_bytes(tmp_path):
    path = tmp_path / "x.bin"
    path.write_bytes(bytes(range(256)) * 5000)
    assert resources.sha256(path) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_shipped_folders_are_found_wherever_one_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert (resources.shipped("maps") / "border.yaml").is_file()
    assert (resources.shipped("layers") / "power" / "power_plants.yaml").is_file()


def test_a_wheels_own_copy_comes_first(tmp_path, monkeypatch):
    package = tmp_path / "sitesel"
    (package / "_data" / "maps").mkdir(parents=True)
    monkeypatch.setattr(resources, "__file__", str(package / "resources.py"))
    assert resources.shipped("maps") == package / "_data" / "maps"
    assert resources.shipped("layers") == tmp_path / "layers"
