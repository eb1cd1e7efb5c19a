"""After a layer has changed, nothing takes the new data for those that were measured."""

import json

import openpyxl
import pytest

from sitesel.ask.run_tables import tables
from sitesel.catalog.layers import Catalog
from sitesel.show.content import encode
from sitesel.show.payload import decode
from sitesel.study import Run, Study
from sitesel.telling import print_story
from sitesel.terminal import print_run

PLANTS = {"kind": "count_within", "of": "power_plants", "km": 50}
MINE = {"kind": "distance", "of": "mine"}
POINTS = "lon,lat\n-106.5,31.7\n"


def fetched(version):
    url = "https://example.org/spots"
    return {"at": f"{version}-01-01", "url": url, "version": version, "sha256": "0"}


def criterion(measure):
    return {"measure": measure, "value": {"at": {0: 1, 60: 0}}, "weight": 1}


def study(**criteria):
    return Study.model_validate({
        "study": "changed",
        "title": "Changed",
        "as_of": "2026-11-21",
        "area": {"bbox": [-106.6, 31.55, -106.3, 31.85]},
        "candidates": {"grid_m": 2000},
        "criteria": {name: criterion(measure) for name, measure in criteria.items()},
        "sites": {"hectares": 400, "per_side": 3},
        "map": {"layers": []},
    })  # fmt: skip


@pytest.fixture
def changed(own_layer, tmp_path):
    """A run of a fetched layer, of which another version was fetched and opened after it."""
    said = {"vintage": "2030", "quality": "B", "source": "a new table", "licence": "paid"}
    folder = own_layer(POINTS, fetched=fetched("v100"))
    study(mine=MINE).run(tmp_path / "run", layers=[folder])
    own_layer(POINTS + "-106.4,31.6\n", fetched=fetched("v40"), **said)
    return Run.open(tmp_path / "run", layers=[folder])


def test_the_record_pins_the_version_that_was_measured(changed, tmp_path):
    before = json.loads((changed.folder / "run.json").read_text("utf-8"))["layers"]
    assert before["mine"]["version"] == "v100"
    assert before["mine"]["at"] == "v100-01-01"
    assert before["mine"]["url"] == "https://example.org/spots"
    assert before["mine"]["hash"] != changed.plan.catalog["mine"].digest()
    changed.save(tmp_path / "again")
    after = json.loads((tmp_path / "again" / "run.json").read_text("utf-8"))["layers"]
    assert after == before
    later = Run.open(tmp_path / "again", layers=changed.study.layers)
    assert later.record()["layers"] == before


def test_what_is_told_and_written_names_the_version_that_was_measured(changed, tmp_path, capsys):
    print_story(changed, str(changed.decision.sites.index[0]))
    assert "mine: my table (2026, grade C)" in capsys.readouterr().out
    changed.save_workbook(tmp_path / "book.xlsx")
    rows = [*openpyxl.load_workbook(tmp_path / "book.xlsx")["Sources"].values]
    (row,) = (row for row in rows if row[0] == "mine")
    assert {"my table", "2026", "C", "none"} <= set(row)
    assert not {"a new table", "2030", "B", "paid"} & set(row)
    (sources,) = (table.frame for table in tables(changed) if table.name == "sources")
    assert sources.set_index("layer").loc["mine", "version"] == "v100"


def test_the_terminal_names_the_layers_that_are_no_longer_what_was_measured(changed, capsys):
    print_run(changed)
    out = " ".join(capsys.readouterr().out.split())
    assert "Measured with earlier versions of: mine. 'sitesel run' measures them anew." in out
    changed.study.run(changed.folder)
    print_run(Run.open(changed.folder))
    assert "earlier version" not in capsys.readouterr().out


def test_the_map_says_that_a_layer_was_another_when_it_was_measured(changed):
    content, _ = decode(encode(changed.view()))
    (mine,) = (layer for layer in content["layers"] if layer["id"] == "mine")
    assert mine["vintage"] == "2030"
    assert mine["caveats"][0] == {
        "en": "What is measured here is of an earlier version: my table; 2026; grade C.",
        "es": "Lo medido aquí es de una versión anterior: my table; 2026; grado C.",
    }
    rest = [layer for layer in content["layers"] if layer["id"] != "mine"]
    assert "earlier version" not in json.dumps(rest)


def test_a_layer_that_takes_anothers_place_later_was_not_measured(own_layer, tmp_path):
    study(plants=PLANTS).run(tmp_path / "run")
    folder = own_layer(POINTS, replaces="power_plants", publisher="Acme", source="Acme")
    run = Run.open(tmp_path / "run", layers=[folder])
    pin = run.record()["layers"]["power_plants"]
    assert pin["source"] == Catalog.default()["power_plants"].source != "Acme"
    assert "layer" not in pin
    assert list(run.changed) == ["power_plants"]
    stood_in = study(plants=PLANTS).run(tmp_path / "other", layers=[folder])
    pin = stood_in.record()["layers"]["power_plants"]
    assert (pin["layer"], pin["source"]) == ("mine", "Acme")
    (folder / "mine.yaml").unlink()
    opened = Run.open(tmp_path / "other", layers=[folder])
    assert opened.record()["layers"]["power_plants"] == pin


def test_a_layer_whose_data_have_gone_is_still_pinned(changed, own_layer):
    (own_layer(POINTS) / "mine.csv").unlink()
    gone = Run.open(changed.folder, layers=changed.study.layers)
    assert gone.record()["layers"]["mine"]["version"] == "v100"
    assert list(gone.changed) == ["mine"]
