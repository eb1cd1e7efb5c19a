"""Files take their place whole or not at all."""

import errno
import hashlib
import os
import re
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from sitesel import resources
from sitesel.errors import SiteselError


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


@pytest.mark.parametrize("write", [resources.replacing, resources.replacing_together])
def test_a_place_that_cannot_be_written_to_is_told_by_its_own_name(tmp_path, write):
    (tmp_path / "file").write_text("mine", "utf-8")
    place = tmp_path / "file" / "out" / "map.html"
    with pytest.raises(SiteselError) as caught, write(place):
        pass
    there = place if write is resources.replacing_together else place.parent
    assert str(caught.value).startswith(f"{there}: cannot be written to: ")
    assert str(caught.value).endswith("; name another with -o")
    assert "Errno" not in str(caught.value)


def test_a_folder_that_is_for_reading_is_told_by_its_own_name(tmp_path, monkeypatch):
    """Not by the hidden folder in it, which nobody asked for."""

    def refused(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system", str(tmp_path / ".writing-x"))

    said = re.escape(f"{tmp_path}: cannot be written to: Read-only file system; name another")
    monkeypatch.setattr(resources, "TemporaryDirectory", refused)
    with pytest.raises(SiteselError, match=f"^{said}"), resources.replacing_together(tmp_path):
        pass


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS])
def test_a_file_that_cannot_be_written_is_told_by_its_own_name(tmp_path, code):
    path = tmp_path / "weights.yaml"
    with (
        pytest.raises(
            SiteselError, match=rf"weights\.yaml: cannot be written to: {os.strerror(code)}"
        ),
        resources.replacing(path) as part,
    ):
        raise OSError(code, os.strerror(code), str(part))
    with pytest.raises(OSError, match="other") as caught, resources.replacing(path):
        raise OSError(code, os.strerror(code), "other")  # which is read
    assert not isinstance(caught.value, SiteselError)


def _full_disk(code):
    raise OSError(code, os.strerror(code))


def _fails_in(folder, code):
    """Fail while a part of a folder of files is written, as a library that hides why."""
    with resources.replacing_together(folder) as room, resources.replacing(room / "m" / "a.csv"):
        try:
            _full_disk(code)
        except OSError as error:
            raise OSError("a.csv: could not be written") from error


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EFBIG, errno.EDQUOT])
def test_a_full_disk_is_told_with_the_folder_that_was_asked_for(tmp_path, code):
    said = re.escape(f"{tmp_path}: no room left on the disk; make room, or name another with -o")
    with pytest.raises(SiteselError, match=f"^{said}$"):
        _fails_in(tmp_path, code)
    with pytest.raises(SiteselError, match=f"^{said}$"), resources.replacing(tmp_path / "a.csv"):
        _full_disk(code)
    assert _names(tmp_path) == []
    with pytest.raises(OSError, match=r"^a\.csv: could"):
        _fails_in(tmp_path, errno.EIO)


def test_a_cleaning_up_that_fails_hides_no_mistake(tmp_path, monkeypatch):
    def refused(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system", "part")

    monkeypatch.setattr(resources.Path, "unlink", refused)
    with pytest.raises(_StoppedError):
        _write_and_stop(tmp_path / "a.csv", "")


def test_a_full_disk_is_seen_where_a_library_says_something_else(tmp_path, monkeypatch):
    monkeypatch.setattr(resources.shutil, "disk_usage", lambda _: SimpleNamespace(free=4096))
    with pytest.raises(SiteselError, match="no room left"):
        _fails_in(tmp_path, errno.EIO)


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


_KILLED = """
import os, signal, sys
from pathlib import Path
from sitesel.resources import replacing_together
with replacing_together(Path(sys.argv[1])) as room:
    (room / "a.csv").write_text("half", "utf-8")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_left_goes_at_the_next_write_but_not_what_is_written(tmp_path):
    pytest.importorskip("fcntl")
    subprocess.run([sys.executable, "-c", _KILLED, tmp_path], check=False)
    (left,) = _names(tmp_path)
    with resources.replacing_together(tmp_path) as room:
        assert _names(tmp_path) == [room.name] != [left]
        (room / "a.csv").write_text("first", "utf-8")
        with resources.replacing_together(tmp_path) as other:
            (other / "b.csv").write_text("second", "utf-8")
        assert (room / "a.csv").is_file()
    assert sorted(_names(tmp_path)) == ["a.csv", "b.csv"]


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
