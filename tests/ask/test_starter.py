"""The study to start from is one that loads, whatever its name."""

import contextlib
from datetime import date

import pytest
import yaml

from sitesel.ask.starter import write_study
from sitesel.documents import shipped_studies
from sitesel.errors import StudyError
from sitesel.plan import Plan
from sitesel.resources import shipped
from sitesel.study import Study
from sitesel.study_parts import BoxArea

HOSTILE = [
    'x", es: [{&*',
    "a: {b} %s {0} {name}",
    "# not a comment",
    "it's",
    "back\\slash \\n",
    "new\nline: 1",
    "tab\there",
    "\x1b[31mred",
    "del\x7f next\x85 csi\x9b31m",
    "para\u2028graph: 1\u2029x",
    "\ufeffbom",
    "lone \ud800 half",
    "../../etc/passwd",
    "Ñuevo Peñón",
    "<img src=x onerror=alert(1)>",
    "${alert(1)}",
    "null",
    "true",
    "yes",
    "2026",
    "1e5",
    "0x1f",
    "2026-11-21",
    "-x",
    "~a",
    "a" * 300,
]


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def _write(name, *, ports="all", within_km=60, grid_m=1000):
    return write_study(name, ports=ports, within_km=within_km, grid_m=grid_m)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Río Grande", "rio-grande.yaml"),
        ("Ñ", "n.yaml"),
        ("Año 2026", "ano-2026.yaml"),
        ("An\u0303o", "ano.yaml"),
    ],
)
def test_a_name_keeps_its_letters_without_their_accents(name, file):
    path = _write(name)
    assert str(path) == file
    study = Study.load(path)
    assert study.title.es == name
    assert Study.model_validate(study.model_dump() | {"study": name}).slug == path.stem


def test_the_options_are_in_the_study(catalog):
    path = _write("Otay Mesa", ports="otay_mesa, tecate", within_km=42.5, grid_m=500)
    assert str(path) == "otay-mesa.yaml"
    study = Study.load(path)
    assert (study.study, study.slug) == ("otay-mesa", "otay-mesa")
    assert study.title.en == study.title.es == "Otay Mesa"
    assert study.area.ports == ["otay_mesa", "tecate"]
    assert study.area.within_km == 42.5
    assert study.candidates.grid_m == 500
    assert study.criteria == Study.load("border").criteria
    assert Plan.of(study, catalog).layer_ids()


def test_all_ports_is_the_rule():
    for name, ports in (("a", "all"), ("b", ""), ("c", " , ")):
        assert Study.load(_write(name, ports=ports)).area.ports == "all"


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_gives_a_study_that_loads(tmp_path, name):
    path = _write(name)
    assert path.resolve().parent == tmp_path
    study = Study.load(path)
    assert study.slug == path.stem
    content = yaml.safe_load(path.read_text("utf-8"))
    assert set(content) == {"extends", "study", "title", "area", "candidates", "sites"}
    assert not any(sign in study.title.en for sign in "\x1b\x7f\x85\x9b\n\u2028")


def test_readable_names_keep_their_words():
    assert Study.load(_write("It's {Río} #1: 100%")).title.en == "It's {Río} #1: 100%"


@pytest.mark.parametrize("ports", ['ysleta, "quoted', "ysleta], within_km: 1, x: [", "a: b", "#"])
def test_hostile_ports_are_names_or_refused(ports):
    try:
        path = _write("mine", ports=ports)
    except StudyError:
        return
    assert Study.load(path).area.ports == [each.strip() for each in ports.split(",") if each]


@pytest.mark.parametrize(
    ("ports", "words"),
    [
        ("nada", "area.ports: no port of entry 'nada'; known: "),
        ("ysleta,  ysletta", "'ysletta'; did you mean 'ysleta'"),
        ("san_ysidro", "'san_ysidro' takes no cargo"),
        ("all, ysleta", "no port of entry 'all'"),
    ],
)
def test_ports_that_cannot_be_are_refused_before_a_file_is_there(tmp_path, ports, words):
    with pytest.raises(StudyError, match=words):
        _write("mine", ports=ports)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", " ", "...", "¿?", "日本"])
def test_a_name_without_letters_is_refused(tmp_path, name):
    with pytest.raises(StudyError, match="no letters or digits"):
        _write(name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "options", [{"within_km": 0}, {"within_km": -5.0}, {"within_km": float("nan")}, {"grid_m": 5}]
)
def test_numbers_that_the_study_would_refuse(tmp_path, options):
    with pytest.raises(StudyError):
        _write("mine", **options)
    assert list(tmp_path.iterdir()) == []


def test_a_file_already_there_is_left_alone(tmp_path):
    (tmp_path / "mine.yaml").write_text("kept", "utf-8")
    with pytest.raises(StudyError, match=r"mine\.yaml is there already"):
        _write("mine")
    assert (tmp_path / "mine.yaml").read_text("utf-8") == "kept"


@pytest.mark.parametrize("name", shipped_studies())
def test_the_name_of_a_shipped_study_breaks_nothing(name):
    """It is refused, or loads, and so does a study beside it."""
    path = None
    with contextlib.suppress(StudyError):
        path = _write(name)
    if path:
        assert Study.load(path).slug == name
    assert Study.load(_write("another")).criteria == Study.load("border").criteria


def test_the_lines_to_uncomment_work():
    path = _write("mine")
    text = path.read_text("utf-8")
    hints = [line[2:] for line in text.splitlines() if line.startswith(("# groups:", "# cand"))]
    assert len(hints) == 2
    for hint in hints:
        content = yaml.safe_load(text) | yaml.safe_load(hint)
        path.write_text(yaml.safe_dump(content), "utf-8")
        study = Study.load(path)
    assert study.candidates.layer == "my_parcels"
    content["area"] = {"bbox": [-107, 31, -106, 32]}
    path.write_text(yaml.safe_dump(content), "utf-8")
    assert isinstance(Study.load(path).area, BoxArea)


def test_the_file_says_which_study_it_starts_from():
    text = _write("mine").read_text("utf-8")
    assert "extends: border\n" in text
    assert (shipped("maps") / "border.yaml").is_file()
    assert text.endswith("\n")
    assert "\r" not in text


def test_the_day_it_names_is_that_of_the_border_and_null_is_today():
    path = _write("days")
    text = path.read_text("utf-8")
    border = Study.load("border").as_of
    assert Study.load(path).as_of == border
    line = next(each for each in text.splitlines() if each.startswith("# as_of: null "))
    assert line.endswith(f"'border' says {border}")
    before = date.today()  # noqa: DTZ011 (a calendar day)
    path.write_text(text.replace(line, line.removeprefix("# ")), "utf-8")
    assert before <= Study.load(path).as_of <= date.today()  # noqa: DTZ011
