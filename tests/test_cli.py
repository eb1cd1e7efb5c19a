"""The command line: what it does, and one clear message for each mistake of the user's."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

import openpyxl
import pandas as pd
import pytest
import yaml

from sitesel import cli
from sitesel.documents import shipped_studies
from sitesel.resources import shipped

SITESEL = [sys.executable, "-c", "from sitesel.cli import main; main()"]
COMMANDS = ["run", "score", "new", "route", "layers", "explain", "compare", "kpi", "workbook"]
NO_WEIGHT = dict.fromkeys(["power", "water", "labour", "access", "incentives", "land"], 0)


def _call(capsys, *arguments):
    """Call the command line here and return exit code, standard output and standard error."""
    with pytest.raises(SystemExit) as ended:
        cli.main([str(each) for each in arguments])
    said = capsys.readouterr()
    return ended.value.code or 0, said.out, said.err


def _refused(capsys, *arguments):
    """Return the one message of a call that must be refused."""
    code, out, err = _call(capsys, *arguments)
    assert code == 2
    assert "Traceback" not in out + err
    assert [line.startswith("sitesel: ") for line in err.splitlines()].count(True) == 1
    message = err[err.index("sitesel: ") :].strip()
    assert len(message) < 600
    return message


def _shell(*arguments, encoding="utf-8", **keywords):
    return subprocess.run(
        [*SITESEL, *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding=encoding,
        check=False,
        **keywords,
    )


def _hashes(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def outputs(small_run_folder, tmp_path):
    """A finished run that a test may change."""
    return shutil.copytree(small_run_folder, tmp_path / "out")


@pytest.fixture
def study_file(small_study, tmp_path):
    """A function that writes the small study with some keys changed."""

    def write(**changes):
        path = tmp_path / "mine.yaml"
        content = yaml.safe_load(small_study.read_text("utf-8"))
        changes["sites"] = content["sites"] | changes.get("sites", {})
        content |= changes
        path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
        return path

    return write


# --- what it does ---------------------------------------------------------------------------


def test_help_lists_every_command_without_loading_a_gis_library():
    code = (
        "import sys\nfrom sitesel.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as end:\n    assert not end.code\n"
        "assert not {'numpy', 'pandas', 'geopandas', 'pydantic'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for command in COMMANDS:
        assert f"\n  {command} " in done.stdout
    assert done.stderr == ""


def test_the_package_runs_as_the_script_does():
    done = subprocess.run(
        [sys.executable, "-m", "sitesel", "layers", "show", "no_such_layer"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("sitesel: ")


@pytest.mark.parametrize("command", [*COMMANDS, "layers list", "layers show"])
def test_each_command_has_help(capsys, command):
    code, out, _ = _call(capsys, *command.split(), "--help")
    assert code == 0
    assert out.startswith("Usage: ")


def test_the_help_of_run_lists_the_studies_that_ship(capsys):
    out = _call(capsys, "run", "--help")[1]
    assert all(name in "".join(out.split()) for name in shipped_studies())


def test_the_same_inputs_give_the_same_bytes(small_study, small_run_folder, tmp_path):
    """In another folder, under another name, in another process and with other hashes."""
    seed = os.environ | {"PYTHONHASHSEED": "3", "COLUMNS": "200"}
    out = tmp_path / "elsewhere" / "and_deeper"
    done = _shell("run", small_study, "-o", out, env=seed, cwd=tmp_path)
    assert done.returncode == 0
    assert "Paso del Norte mirror zones" in done.stdout
    assert "map.html" in done.stdout
    assert done.stderr.splitlines()[-1].startswith("written ")
    assert _hashes(out) == _hashes(small_run_folder)
    assert sorted(os.listdir(tmp_path)) == ["elsewhere"]  # noqa: PTH208


def test_the_workbook_comes_in_spanish_too(capsys, outputs, tmp_path):
    code, out, _ = _call(capsys, "workbook", outputs)
    assert (code, out.strip()) == (0, f"{outputs / 'report-es.xlsx'} is ready.")
    assert openpyxl.load_workbook(outputs / "report-es.xlsx").sheetnames[0] == "Resumen"
    code, _, _ = _call(capsys, "workbook", outputs, "--lang", "en", "-o", tmp_path / "again.xlsx")
    assert code == 0
    assert (tmp_path / "again.xlsx").read_bytes() == (outputs / "report.xlsx").read_bytes()
    _refused(capsys, "workbook", tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_score_decides_again_and_keeps_the_measures(capsys, outputs, tmp_path):
    before = _hashes(outputs)
    code, out, _ = _call(capsys, "score", outputs, "-w", "power=50%", "-o", tmp_path / "heavy")
    assert code == 0
    assert str(tmp_path / "heavy") in out
    assert _hashes(outputs) == before
    weights = json.loads((tmp_path / "heavy" / "run.json").read_text("utf-8"))["weights"]
    groups = yaml.safe_load((tmp_path / "heavy" / "study.yaml").read_text("utf-8"))["groups"]
    assert groups["power"] == pytest.approx(sum(groups.values()) / 2)
    assert sum(pair["US"] for pair in weights.values()) == pytest.approx(1)
    assert _call(capsys, "score", outputs, "--profile", "data-center")[0] == 0
    after = _hashes(outputs)
    measures = [name for name in before if name.startswith("measures")]
    assert measures
    assert all(after[name] == before[name] for name in measures)
    assert after["pairs.csv"] != before["pairs.csv"]


def test_a_scored_folder_is_a_run_again(capsys, outputs, tmp_path):
    code, _, _ = _call(capsys, "score", outputs, "-w", "power=0.5", "-o", tmp_path / "heavy")
    assert code == 0
    code, _, _ = _call(capsys, "score", tmp_path / "heavy", "-w", "power=0.2")
    assert code == 0


def test_new_then_run(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = ("--ports", "santa_teresa", "--within-km", 12, "--grid-m", 2000)
    code, out, _ = _call(capsys, "new", "Santa Teresa", *options)
    assert code == 0
    assert "sitesel run santa-teresa.yaml" in out
    code, out, _ = _call(capsys, "run", "santa-teresa.yaml")
    assert code == 0
    assert (tmp_path / "maps" / "santa-teresa" / "map.html").is_file()


def test_route_and_layers(capsys):
    code, out, err = _call(capsys, "route", "Laredo", "Nuevo Laredo", "--as-of", "2026-11-21")
    assert (code, err) == (0, "")
    assert "drive in Mexico" in out
    code, out, _ = _call(
        capsys, "route", "-99.5,27.5", "Nuevo Laredo", "--json", "--as-of", "2026-11-21"
    )
    assert code == 0
    assert json.loads(out)["from"] == "-99.5, 27.5"
    code, out, _ = _call(capsys, "layers", "list")
    assert code == 0
    assert "power_plants" in out
    code, out, _ = _call(capsys, "layers", "show", "power_plants")
    assert code == 0
    assert "capacity_mw" in out


def test_interrupting_says_how_to_go_on(capsys, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("sitesel.terminal.print_layers", stop)
    code, _, err = _call(capsys, "layers", "list")
    assert code == 130
    assert "run again" in err


@pytest.mark.skipif(os.name == "nt", reason="there a process is ended without being asked")
def test_a_process_that_is_ended_leaves_nothing_half_written(tmp_path):
    """As when a machine is shut down, or a job runs out of its time."""
    code = (
        "import os, pathlib, signal, time\nfrom sitesel import cli, resources, terminal\n"
        "def write(*_):\n"
        "    with resources.replacing_together(pathlib.Path('out')) as room:\n"
        "        (room / 'a').write_text('half')\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "        time.sleep(60)\n"
        "terminal.print_layers = write\ncli.main(['layers', 'list'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 143
    assert done.stderr.startswith("sitesel: stopped; nothing is left half written")
    assert done.stderr.count("\n") == 1
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_that_lacks_some_letters(encoding, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    env = os.environ | {"PYTHONIOENCODING": encoding}
    done = _shell("layers", "list", encoding=encoding, env=env)
    assert done.returncode == 0
    assert done.stderr == ""
    assert {"ascii": "T?rminos", "latin-1": "Términos"}[encoding] in done.stdout


# --- mistakes in a study --------------------------------------------------------------------


def _criterion(small_study, **changes):
    criteria = yaml.safe_load(small_study.read_text("utf-8"))["criteria"]
    criteria["generation"] |= changes
    return {"criteria": criteria}


STUDIES = {
    "unknown key": ({"sitess": {}}, ["mine.yaml", "sitess", "unknown key", "did you mean 'sites'"]),
    "negative group": ({"groups": {**NO_WEIGHT, "power": -3}}, ["mine.yaml", "groups.power", "-3"]),
    "all groups zero": ({"groups": NO_WEIGHT}, ["mine.yaml", "groups", "zero", "give"]),
    "weight is text": ({"groups": {**NO_WEIGHT, "power": "lots"}}, ["groups.power", "'lots'"]),
    "no group": ({"groups": {"powr": 1}}, ["mine.yaml", "criteria.", "is no group"]),
    "area is a list": ({"area": [1, 2]}, ["mine.yaml", "area"]),
    "area is a word": ({"area": "El Paso"}, ["mine.yaml", "area"]),
    "box inside out": ({"area": {"bbox": [1, 1, 0, 0]}}, ["mine.yaml", "area", "west < east"]),
    "candidates is a word": ({"candidates": "grid"}, ["mine.yaml", "candidates"]),
    "grid too fine": ({"candidates": {"grid_m": 5}}, ["mine.yaml", "grid_m", "5"]),
    "no date": ({"as_of": "soon"}, ["mine.yaml", "as_of", "'soon'"]),
    "empty area": ({"area": {"bbox": [0, 0, 1, 1]}}, ["small", "area", "widen"]),
    "unknown port": ({"area": {"ports": ["ysletta"]}}, ["area.ports", "'ysletta'", "'ysleta'"]),
    "closed port": ({"area": {"ports": ["san_ysidro"]}}, ["area.ports", "takes no cargo"]),
    "unknown area layer": ({"area": {"layer": "municipio"}}, ["area.layer", "'municipios'"]),
    "unknown landmarks": ({"sites": {"landmarks": ["parks"]}}, ["sites.landmarks", "'parks'"]),
    "unknown map layer": ({"map": {"layers": ["ral"]}}, ["map.layers", "'ral'", "'rail'"]),
    "sites too large": ({"sites": {"hectares": 1e9}}, ["sites.hectares", "lower hectares"]),
}


@pytest.mark.parametrize("mistake", STUDIES)
def test_a_mistake_in_a_study(capsys, study_file, outputs, mistake):
    changes, words = STUDIES[mistake]
    before = _hashes(outputs)
    message = _refused(capsys, "run", study_file(**changes), "-o", outputs)
    for word in words:
        assert word in message
    assert _hashes(outputs) == before


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"weight": -3}, ["mine.yaml", "criteria.generation.weight", "-3"]),
        ({"weigth": 3}, ["mine.yaml", "criteria.generation.weigth", "unknown key"]),
        ({"measure": {"kind": "distance", "of": "power_plant"}}, ["generation", "'power_plants'"]),
        (
            {"measure": {"kind": "capacity_within", "of": "power_plants", "field": "mw", "km": 5}},
            ["generation", "'mw'", "capacity_mw"],
        ),
        (
            {"measure": {"kind": "distance", "of": "power_plants", "where": {"feul": "Gas"}}},
            ["generation", "'feul'", "'fuel'"],
        ),
        ({"measure": {"kind": "distnce", "of": "rail"}}, ["generation.measure", "distance"]),
        ({"value": {"kind": "linear", "at": {}}}, ["mine.yaml", "generation.value"]),
    ],
)
def test_a_mistake_in_a_criterion(capsys, study_file, small_study, outputs, changes, words):
    before = _hashes(outputs)
    path = study_file(**_criterion(small_study, **changes))
    message = _refused(capsys, "run", path, "-o", outputs)
    for word in words:
        assert word in message
    assert _hashes(outputs) == before


@pytest.mark.parametrize(
    "content",
    [b"", b"a: [", b"\xff\xfe\x00", b"- a\n", b"study: x\nas_of: 2026-13-45\n", b"study: x\n"],
)
def test_a_study_that_cannot_be_read(capsys, tmp_path, content):
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    assert "mine.yaml" in _refused(capsys, "run", path)


def test_studies_that_are_not_there(capsys, tmp_path):
    assert "did you mean 'paso-del-norte'?" in _refused(capsys, "run", "paso-del-nort")
    assert "known: " in _refused(capsys, "run", "qqq")
    assert "no such study file" in _refused(capsys, "run", tmp_path / "none.yaml")


def test_a_failed_run_does_not_mix_new_measures_with_old_results(capsys, study_file, outputs):
    """Another grid is measured, then no site is found: the folder must still be one run."""
    before = _hashes(outputs)
    changed = study_file(candidates={"grid_m": 4000}, sites={"hectares": 1e9})
    _refused(capsys, "run", changed, "-o", outputs)
    try:
        cli.main(["score", str(outputs)])
    except SystemExit as ended:
        code = ended.code
    if not code:
        after = _hashes(outputs)
        assert after["sites.csv"] == before["sites.csv"]


# --- mistakes in one's own layers -----------------------------------------------------------

POINTS = "id,lon,lat,ha\nA,-106.5,31.8,50\n"
LAYERS = {
    "no coordinates": ("id,x,y,ha\nA,1,2,50\n", {}, ["mine.csv", "'lon' is missing", "x, y"]),
    "swapped": ("id,lon,lat,ha\nA,31.8,-106.5,50\n", {}, ["mine.csv", "row 2", "swapped"]),
    "metres": ("id,lon,lat,ha\nA,36e4,35e5,50\n", {}, ["mine.csv", "row 2", "not degrees"]),
    "wrong crs": (POINTS, {"crs": "EPSG:99999999"}, ["mine.yaml", "crs", "EPSG:4326"]),
    "unreadable": (b"\xff\xfe\x00", {}, ["mine.csv", "cannot be read"]),
    "empty": ("", {}, ["mine.csv", "cannot be read"]),
    "no rows": ("id,lon,lat,ha\n", {}, ["mine.csv", "no rows"]),
    "not there": (None, {}, ["mine.yaml", "mine.csv", "put it beside"]),
    "number": ("id,lon,lat,ha\nA,-106.5,31.8,big\n", {}, ["mine.csv", "'ha'", "row 2", "'big'"]),
    "broken definition": (POINTS, {"qualty": "A"}, ["mine.yaml", "qualty", "unknown key"]),
    "same id twice": (POINTS + "A,-106.4,31.8,50\n", {}, ["mine", "A"]),
    "elsewhere": ("id,lon,lat,ha\nA,-90,40,50\n", {}, ["mine", "area"]),
}


@pytest.mark.parametrize("mistake", LAYERS)
def test_a_mistake_in_ones_own_candidates(capsys, own_layer, study_file, outputs, mistake):
    data, changes, words = LAYERS[mistake]
    fields = {"ha": {"title": "Area", "type": "number", "unit": "ha"}}
    folder = own_layer(data, fields=fields, **changes)
    path = study_file(candidates={"layer": "mine", "id": "id", "hectares": "ha"})
    before = _hashes(outputs)
    message = _refused(capsys, "run", path, "-o", outputs, "--layers", folder)
    for word in words:
        assert word in message
    assert _hashes(outputs) == before


def test_a_studys_own_layer_folder_is_beside_the_study(
    capsys, own_layer, study_file, tmp_path, monkeypatch
):
    """The starter says: relative to this file, and not to where the command is given."""
    fields = {"ha": {"title": "Area", "type": "number", "unit": "ha"}}
    own_layer(POINTS + "B,-106.45,31.6,50\n", fields=fields)
    candidates = {"layer": "mine", "id": "id", "hectares": "ha"}
    path = study_file(layers="my_layers", candidates=candidates)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    done = _call(capsys, "run", path, "-o", tmp_path / "parcels")
    assert done[0] == 0, done
    assert _call(capsys, "score", tmp_path / "parcels", "-w", "power=0.5")[0] == 0


def test_costs_of_ones_own_count_where_the_guide_says(capsys, outputs, tmp_path, monkeypatch):
    def cost(folder):
        return pd.read_csv(folder / "pairs.csv")[["cost_low", "cost_high"]]

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SITESEL_LAYERS", raising=False)
    costs = pd.read_csv(shipped("layers") / "transport" / "unit_costs.csv", index_col="cost_id")
    costs.loc["truck_hour", "value"] *= 2
    costs.to_csv("costs.csv")
    words = ["--id", "my_costs", "--table", "--replaces", "unit_costs"]
    guide = (shipped("layers").parent / "docs" / "spreadsheet.md").read_text("utf-8")
    assert f"sitesel layers add costs.csv {' '.join(words)}\n" in guide
    assert _call(capsys, "layers", "add", "costs.csv", *words)[0] == 0
    for name, asked in (("as-run", []), ("mine", ["--layers", "my_layers"])):
        assert _call(capsys, "score", outputs, "-o", tmp_path / name, *asked)[0] == 0
    assert cost(tmp_path / "as-run").equals(cost(outputs))
    twice = 2 * cost(outputs)["cost_low"]  # in the least nothing is paid in Mexico, and no toll
    assert cost(tmp_path / "mine")["cost_low"].to_numpy() == pytest.approx(twice.to_numpy())
    for command in ("score", "workbook", "explain"):
        said = " ".join(_call(capsys, command, "--help")[1].split())
        assert "Else those that the run was made with." in said
        assert "./my_layers" not in said


def test_a_layer_folder_that_is_not_there(capsys, tmp_path):
    message = _refused(capsys, "layers", "list", "--layers", tmp_path / "none")
    assert "no such layer folder" in message
    assert "did you mean 'power_plants'?" in _refused(capsys, "layers", "show", "power_plant")


# --- mistakes in weights --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["-w", "power"], ["--weight", "'power'", "power=0.5"]),
        (["-w", "power=50%", "-w", "power =60%"], ["--weight: 'power' stands twice; keep one"]),
        (["-w", "power=lots"], ["--weight", "'power=lots'", "power=0.5"]),
        (["-w", "powr=0.5"], ["'powr'", "did you mean 'power'?"]),
        (["-w", "power=-1"], ["power", "-1", "0 to 1"]),
        (["-w", "power=50"], ["power", "50", "25%"]),
        (["-w", "power=nan"], ["power", "nan"]),
        (["-w", "power=0.7", "-w", "water=0.7"], ["power, water", "add up"]),
        ([each for name in NO_WEIGHT for each in ("-w", f"{name}=0")], ["weight"]),
        (["--profile", "dat-center"], ["--profile", "did you mean 'data-center'?"]),
        (["--profile", "../border"], ["--profile", "'../border'"]),
        (["--weights", "none.yaml"], ["none.yaml", "cannot be read"]),
    ],
)
def test_a_mistake_in_weights(capsys, outputs, options, words):
    before = _hashes(outputs)
    message = _refused(capsys, "score", outputs, *options)
    for word in words:
        assert word in message
    assert _hashes(outputs) == before


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("groups: {power: -1}", ["weights.yaml", "groups.power", "-1"]),
        ("groups: {powr: 1}", ["weights.yaml: groups.powr: not in", "did you mean 'power'?"]),
        ("criteria: {genration: 1}", ["weights.yaml: criteria.genration", "'generation'"]),
        ("gropus: {power: 1}", ["weights.yaml", "gropus", "unknown key"]),
        ("power: 1", ["weights.yaml", "power", "unknown key"]),
        ("groups: {power: lots}", ["weights.yaml", "groups.power", "'lots'"]),
        ("[", ["weights.yaml", "cannot be read"]),
        ("", ["weights.yaml"]),
        (yaml.safe_dump({"groups": NO_WEIGHT}), ["weights.yaml: groups: all weights are zero"]),
        ("groups: {power: .inf}", ["weights.yaml", "groups.power", "inf"]),
        ("title: 2026-13-45", ["weights.yaml", "cannot be read"]),
    ],
)
def test_a_mistake_in_a_file_of_weights(capsys, outputs, tmp_path, content, words):
    before = _hashes(outputs)
    (tmp_path / "weights.yaml").write_text(content, "utf-8")
    message = _refused(capsys, "score", outputs, "--weights", tmp_path / "weights.yaml")
    for word in words:
        assert word in message
    assert _hashes(outputs) == before


# --- mistakes in where to write -------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        ("run", "STUDY", "-o"),
        ("score", "OUT", "--to"),
        ("compare", "OUT", "OUT", "-o"),
        ("methods", "OUT", "--by", "sum", "-o"),
        ("layers", "add", "lots.csv", "--id", "lots", "--to"),
        ("layers", "fetch", "substations", "--to"),
    ],
)
def test_a_folder_that_cannot_be_is_refused_before_the_work(
    capsys, tmp_path, outputs, small_study, command
):
    (tmp_path / "notes").write_text("mine", "utf-8")
    places = {"STUDY": small_study, "OUT": outputs}
    asked, before = [places.get(word, word) for word in command], _hashes(tmp_path)
    message = _refused(capsys, *asked, tmp_path / "notes")
    assert message.endswith(f"{tmp_path / 'notes'}: is a file; name a folder")
    message = _refused(capsys, *asked, tmp_path / "notes" / "a" / "b")
    assert f"b: {tmp_path / 'notes'} is a file, in which nothing can be" in message
    assert _hashes(tmp_path) == before


@pytest.mark.parametrize("command", [("run", "border"), ("weights", "rank", "border", "power")])
def test_a_place_for_reading_only_is_refused_before_the_work(
    capsys, tmp_path, monkeypatch, command
):
    """What root may do is asked of the system, which lets root write to anything but a CD."""
    monkeypatch.setattr(os, "access", lambda at, how: at != tmp_path or how != os.W_OK)
    message = _refused(capsys, *command, "-o", tmp_path / "a" / "b")
    assert message.endswith(f"b: {tmp_path} cannot be written to; choose another")
    if command[0] == "run":
        message = _refused(capsys, *command, "-o", tmp_path)
        assert message.endswith(f"{tmp_path}: {tmp_path} cannot be written to; choose another")


@pytest.mark.parametrize(
    "command",
    [
        ("sheet", "OUT", "1", "-o"),
        ("workbook", "OUT", "-o"),
        ("validate", "OUT", "points.csv", "--plot"),
        ("weights", "rank", "border", "power", "-o"),
        ("weights", "critic", "OUT", "-o"),
    ],
)
def test_a_file_that_cannot_be_is_refused_before_the_work(capsys, tmp_path, outputs, command):
    asked = [outputs if word == "OUT" else word for word in command]
    assert _refused(capsys, *asked, tmp_path).endswith(f"{tmp_path}: is a folder; name a file")
    message = _refused(capsys, *asked, outputs / "run.json" / "x")
    assert f"x: {outputs / 'run.json'} is a file, in which nothing can be" in message


# --- mistakes in folders and words ----------------------------------------------------------


def test_scoring_where_no_run_is(capsys, tmp_path, outputs):
    assert "run a study first" in _refused(capsys, "score", tmp_path / "none")
    for part in (outputs / "measures").iterdir():
        part.write_bytes(b"junk")
    assert "run the study first" in _refused(capsys, "score", outputs)
    shutil.rmtree(outputs / "measures")
    assert "run the study first" in _refused(capsys, "score", outputs)


@pytest.mark.parametrize("command", ["run", "score"])
def test_a_place_that_cannot_be_written_to(capsys, small_study, outputs, tmp_path, command):
    """A file where the folder should be, which no user may turn into a folder."""
    (tmp_path / "taken").write_text("mine", "utf-8")
    given = small_study if command == "run" else outputs
    message = _refused(capsys, command, given, "-o", tmp_path / "taken")
    assert "taken" in message
    assert (tmp_path / "taken").read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["Laredo", "Monterrey", "--as-of", "2026-13-01"], ["--as-of", "'2026-13-01'", "2026-11-"]),
        (["Laredo", "Monterrey", "--as-of", "21/11/2026"], ["--as-of", "'21/11/2026'"]),
        (["Laredo", "Monterey NL"], ["'Monterey NL'"]),
        (["Laredo", "Monterey"], ["'Monterey'", "did you mean 'monterrey'?"]),
        (["Laredo", "999,999"], ["'999,999'", "lon,lat"]),
        (["0,0", "1,1"], ["no way", "nearer to a highway"]),
    ],
)
def test_a_mistake_in_a_route(capsys, arguments, words):
    message = _refused(capsys, "route", *arguments)
    for word in words:
        assert word in message


def test_new_refuses_to_overwrite(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text("study: kept", "utf-8")
    message = _refused(capsys, "new", "Mine")
    assert "mine.yaml is there already; choose another name or remove it" in message
    assert (tmp_path / "mine.yaml").read_text("utf-8") == "study: kept"
    assert "'...'" in _refused(capsys, "new", "...")


@pytest.mark.parametrize(
    "options", [["--within-km", "-5"], ["--grid-m", "1"], ["--within-km", "nan"]]
)
def test_new_writes_no_study_that_would_be_refused(capsys, tmp_path, monkeypatch, options):
    monkeypatch.chdir(tmp_path)
    message = _refused(capsys, "new", "mine", *options)
    assert re.match(
        r"sitesel: mine: (area\.within_km|candidates\.grid_m): Input should be", message
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [["rn"], ["run"], ["run", "border", "--ot", "x"], ["layers"]])
def test_commands_and_options_that_do_not_exist(capsys, arguments):
    code, out, err = _call(capsys, *arguments)
    assert code == 2
    assert "Usage: " in out + err
    assert "Traceback" not in out + err


def test_mistakes_in_a_real_process(tmp_path):
    done = _shell("run", "paso-del-nort", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("sitesel: no study 'paso-del-nort'")


def test_escape_sequences_in_data_do_not_reach_the_terminal(capsys, own_layer):
    folder = own_layer('lon,lat\n-106,"\x1b]0;owned\x07\x1b[31m"\n')
    code, _, err = _call(capsys, "layers", "show", "mine", "--layers", folder)
    assert code == 2
    assert "is not a number" in err
    assert "]0;owned" in err
    assert "\x1b" not in err
    assert "\x07" not in err
