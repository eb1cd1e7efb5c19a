"""Definitions and tables of the catalogue with one thing in them changed: read, or told why not."""

from __future__ import annotations

import copy
import random
import shutil
from pathlib import Path

import pytest
import yaml

from sitesel.catalog.layers import Catalog
from sitesel.errors import SiteselError
from sitesel.resources import shipped

SMALL = [
    (path, content)
    for path in sorted(shipped("layers").rglob("*.yaml"))
    for content in [yaml.safe_load(path.read_text("utf-8"))]
    if content["file"].endswith(".csv") and "fetch" not in content
]
STRANGE = [
    None, True, -1, 0.5, 10**300, float("nan"), float("inf"), "", "x", "lon", "../../x", "\x1b[31m",
    "=1+1", [], {}, [[]], [None], ["x"], {"x": None}, {1: 2}, "x" * 10_000, "EPSG:9", "2026-99-99",
]  # fmt: skip
CELLS = ["nan", "inf", "1e400", "x", "-", "9" * 400, '"a,b"', '"', "1,5", "TRUE", "200", "\x00", ""]


def _changed(content, chance):
    """A definition in which one thing is missing, or something else."""
    other = copy.deepcopy(content)
    part, key = other, chance.choice([*other])
    while isinstance(part[key], dict | list) and part[key] and chance.random() < 0.7:
        part = part[key]
        key = chance.choice([*part] if isinstance(part, dict) else range(len(part)))
    if chance.random() < 0.2:
        del part[key]
    else:
        part[key] = chance.choice(STRANGE)
    return yaml.safe_dump(other, allow_unicode=True)


def _spoilt(data, chance):
    """A table with another column, cell, length, or way of writing."""
    lines = data.decode().splitlines()
    row = chance.randrange(len(lines))
    cells = lines[row].split(",")
    how = chance.randrange(9)
    if how == 0:
        return b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n")
    if how == 1:
        return data[: chance.randrange(len(data))]
    if how == 2:
        return data.decode().encode("utf-16")
    if how == 3:
        lines[0] = lines[0].replace(chance.choice(lines[0].split(",")), "other", 1)
    elif how == 4:
        lines = [line.replace(",", ";") for line in lines]
    elif how == 5:
        lines = chance.choice([lines[:1], lines + lines[1:], []])
    else:
        cells[chance.randrange(len(cells))] = chance.choice(CELLS)
        lines[row] = ",".join(cells)
    return "\n".join([*lines, ""]).encode()


@pytest.mark.parametrize("what", ["definition", "table"])
def test_a_layer_with_something_changed_is_read_or_told(tmp_path, what):
    read, told = 0, []
    for seed in range(120):
        chance = random.Random(f"{what} {seed}")
        path, content = chance.choice(SMALL)
        folder = tmp_path / str(seed)
        folder.mkdir()
        data = path.with_name(content["file"])
        for each in (path, data, *path.parent.glob(f"{path.stem}.es.csv")):
            shutil.copy(each, folder)
        if what == "definition":
            Path(folder / path.name).write_text(_changed(content, chance), "utf-8")
        else:
            Path(folder / data.name).write_bytes(_spoilt(data.read_bytes(), chance))
        try:
            Catalog(folder).load(path.stem)
            read += 1
        except SiteselError as error:
            told.append(str(error))
    assert read > 10
    assert len(told) > 10
    assert all(len(line) > 10 for line in told)
    assert max(map(len, told)) < 4000


def test_a_name_that_no_file_can_have_is_told(tmp_path):
    path, content = SMALL[0]
    home = tmp_path / path.name
    home.write_text(yaml.safe_dump(content | {"file": "x" * 300}), "utf-8")
    with pytest.raises(SiteselError, match=r"yaml: file: .*at most 255 characters"):
        Catalog(tmp_path)
