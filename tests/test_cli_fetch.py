"""The commands: what they fetch, what they say, and with which code they end."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace

import pytest
import typer
import yaml
from typer.testing import CliRunner

from sitesel import cli_fetch, fetch_report
from sitesel.catalog.fetched import fetching, wanted
from sitesel.catalog.layers import Catalog
from sitesel.catalog.own.adding import Wish, add
from sitesel.catalog.sources.specs import Socrata
from sitesel.catalog.sources.web import Client
from sitesel.errors import SiteselError, UnknownNameError
from tests.catalog.sources import osm_town
from tests.catalog.sources.hostile import Server, cut, say

WORDS = ("title", "summary", "publisher", "source", "attribution", "quality_why")
TABLE = "name,X,Y\n" + "".join(f"p{n},-106.5,31.{n:02d}\n" for n in range(60, 80))
CODE = "import sys, sitesel.cli_fetch; print(*sys.modules)"


@pytest.fixture
def server():
    running = Server()
    yield running
    running.close()


@pytest.fixture
def folder(tmp_path, server):
    """A folder with two layers of the user's own, a and b, that a local server has."""
    home = tmp_path / "my_layers" / "power"
    home.mkdir(parents=True)
    for name in "ab":
        url = server.on(f"/{name}.csv", say(TABLE, ETag='"one"'))
        fetch = {
            "protocol": "download",
            "url": url,
            "lon": "X",
            "lat": "Y",
            "fields": {"n": "name"},
        }
        text = dict.fromkeys(WORDS, "x") | {
            "id": name, "geometry": {"kind": "stored"}, "file": f"{name}.parquet", "fetch": fetch,
            "vintage": "as fetched", "quality": "C", "licence": "CC0",
        }  # fmt: skip
        (home / f"{name}.yaml").write_text(yaml.safe_dump(text))
    return home.parent


@pytest.fixture
def run(folder, monkeypatch):
    """A function that runs a command, as on a wide terminal."""
    monkeypatch.setenv("COLUMNS", "140")
    app = typer.Typer()
    cli_fetch.add_to(app)

    def command(*words, private=True):
        options = ["--to", str(folder)]
        if private and words[0] != "restore":
            options.append("--allow-private")
        return CliRunner().invoke(app, [*words, *options])

    return command


def test_a_line_for_each_layer(run, folder):
    result = run("fetch", "a", "b", "--area", "paso-del-norte")
    assert (result.exit_code, result.exception) == (0, None)
    path = (folder / "power/a.parquet").resolve()
    assert result.stdout.splitlines()[0] == f'a: 20 rows, version "one", {path}'
    assert re.search(r"^b: 20 rows, ", result.stdout, re.MULTILINE)
    assert "a: 20 of 20 rows" in result.stderr
    assert "bytes" not in result.stdout
    layer = Catalog(folder)["a"]
    assert layer.fetched.box == cli_fetch.box_of("paso-del-norte", folder)
    assert len(Catalog(folder).load("a")) == 20


def test_the_area_is_the_borders_if_none_is_named(run, folder):
    assert run("fetch", "a").exit_code == 0
    west, south, east, north = Catalog(folder)["a"].fetched.box
    assert -118.5 < west < -117.5
    assert 25 < south < 25.5
    assert -97 < east < -96
    assert 33 < north < 33.6


def test_one_that_fails_does_not_stop_the_others(run, folder, server):
    server.on("/a.csv", say("<html>gone</html>", 404))
    result = run("fetch", "a", "b")
    assert result.exit_code == 2
    assert result.stdout.startswith("b: 20 rows")
    assert "1 of 2 layers failed:\n  a: http://127.0.0.1" in result.stderr
    assert not (folder / "power/a.parquet").exists()


def test_a_bug_in_one_does_not_stop_the_others(run, monkeypatch):
    fetch = fetching.fetch

    def broken(name, order):
        if name == "a":
            raise KeyError("CAPACITY")
        return fetch(name, order)

    monkeypatch.setattr(fetching, "fetch", broken)
    result = run("fetch", "a", "b")
    assert result.exit_code == 2
    assert "a: what came cannot be used: KeyError: 'CAPACITY'" in result.stderr
    assert "b: 20 rows" in result.stdout


def test_a_private_address_is_refused_unless_allowed(run):
    result = run("fetch", "a", private=False)
    assert result.exit_code == 2
    assert "private" in result.stderr


def test_offline_nothing_is_asked(run, server):
    result = run("fetch", "a", "--offline")
    assert result.exit_code == 2
    assert "run again without --offline" in result.stderr
    assert server.asked == []


def test_a_great_change_waits_for_accept(run, folder, server):
    run("fetch", "a")
    server.on("/a.csv", say("\n".join(TABLE.splitlines()[:6]) + "\n", ETag='"two"'))
    result = run("fetch", "a")
    assert result.exit_code == 2
    assert "rows 20 before, 5 now (-75 %)" in result.stderr
    assert "sitesel layers fetch a --accept" in result.stderr
    assert "a: a version waits: sitesel layers fetch a --accept" in run("status").stdout
    asked = len(server.asked)
    result = run("fetch", "a", "--accept")
    assert result.exit_code == 0
    assert 'a: 5 rows, version "two"' in result.stdout
    assert ", rows 20 before, 5 now (-75 %), taken as it waited" in result.stdout
    assert len(server.asked) == asked, "what waits is not asked for again"
    assert len(Catalog(folder).load("a")) == 5


def test_a_small_change_is_shown_and_taken(run, server):
    assert "before" not in run("fetch", "a").stdout
    assert "before" not in run("fetch", "a").stdout, "nothing changed"
    server.on("/a.csv", say("\n".join(TABLE.splitlines()[:19]) + "\n", ETag='"two"'))
    result = run("fetch", "a")
    assert result.exit_code == 0
    assert ", rows 20 before, 18 now (-10 %)" in result.stdout


@pytest.mark.parametrize("words", [["fetch"], ["fetch", "a", "--all"]])
def test_either_names_or_all(run, words):
    result = run(*words)
    assert isinstance(result.exception, SiteselError)
    assert "sitesel layers fetch ID..." in str(result.exception)


def test_all_is_all_that_can_be_fetched(run, monkeypatch):
    tried = []
    monkeypatch.setattr(cli_fetch, "_each", lambda names, *_: tried.extend(names) or {})
    assert run("fetch", "--all").exit_code == 0
    assert {"a", "b", "substations", "grid_69kv", "slope", "wait_times"} <= set(tried)
    assert tried.index("grid_69kv") > tried.index("substations")
    assert tried.index("opportunity_zones_2") > tried.index("tracts_2020")


# what is fetched only if the user says more


def _define(folder, name, **text):
    form = dict.fromkeys(WORDS, "x") | {
        "id": name, "geometry": {"kind": "stored"}, "file": f"{name}.parquet",
        "vintage": "as fetched", "quality": "C", "licence": "CC0",
    }  # fmt: skip
    (folder / "power" / f"{name}.yaml").write_text(yaml.safe_dump(form | text))


@pytest.fixture
def osm(folder, server, monkeypatch, tmp_path):
    """Of all layers only a, b, two of OpenStreetMap and what is made of them; an extract."""
    monkeypatch.delenv("SITESEL_OSM_EXTRACT", raising=False)
    monkeypatch.setattr(wanted, "_shipped", lambda _: {})
    town = osm_town.town()
    server.on("/api/status", say(osm_town.status()))
    server.on("/api/interpreter", osm_town.interpreter(town))
    for kind in ("substation", "line"):
        fetch = {"protocol": "osm", "url": server.url("/api"), "tags": {"power": kind}}
        _define(folder, f"{kind}s", fetch=fetch)
    _define(folder, "grid", fetch={"protocol": "together", "of": ["lines", "substations"]})
    return town.extract(tmp_path / "el-paso.osm")


def test_an_extract_is_named_for_a_fetch(run, folder, server, osm, tmp_path):
    other = osm_town.Map()
    other.nodes[77] = (-106.7, 31.8, {"power": "substation"})
    more = str(other.extract(tmp_path / "more.osm"))
    result = run("fetch", "substations", "--extract", str(osm), "--extract", more)
    assert (result.exit_code, server.asked) == (0, [])
    assert "substations: 3 rows, version" in result.stdout
    assert "grid: 3 rows, " in result.stdout
    assert ", without lines\n" in result.stdout
    assert Catalog(folder)["substations"].fetched.url == "el-paso.osm, more.osm"
    assert "! layer 'substations': made from an extract" in run("status", "--check").stdout
    assert server.asked == []


def test_an_extract_that_is_not_there_is_one_error(run, server, osm):
    result = run("fetch", "--all", "--extract", str(osm), "--extract", "no.osm")
    assert isinstance(result.exception, SiteselError)
    assert str(result.exception).startswith("no.osm: --extract: no such file; ")
    assert (result.stdout, server.asked) == ("", [])


@pytest.mark.usefixtures("osm")
def test_a_layer_of_openstreetmap_is_refused_without_extract_or_leave(run, server):
    result = run("fetch", "substations", "--area", "paso-del-norte")
    assert result.exit_code == 2
    (line,) = [each for each in result.stderr.splitlines() if "  substations: " in each]
    assert "--extract FILE" in line
    assert "--overpass" in line
    assert result.stdout.startswith("grid: skipped: layer 'grid' is made of lines substations, of")
    assert server.asked == []


@pytest.mark.usefixtures("osm")
def test_all_passes_over_openstreetmap_and_what_is_made_of_it(run):
    result = run("fetch", "--all")
    assert (result.exit_code, result.exception) == (0, None)
    lines = result.stdout.splitlines()
    assert [line.split(":")[0] for line in lines] == ["a", "b", "lines", "substations", "grid"]
    assert "b: 20 rows" in lines[1]
    for line in lines[2:4]:
        assert re.search(r": skipped: OpenStreetMap: .*--extract FILE.* --overpass", line)
    assert "grid: skipped: layer 'grid' is made of lines substations, of which none" in lines[4]
    said = run("fetch", "--all", "--overpass").stdout
    assert said.count(": skipped: OpenStreetMap: Overpass is asked for a small area only") == 2


@pytest.mark.usefixtures("osm")
def test_all_fails_if_something_else_fails(run, server):
    server.on("/a.csv", say("", 404))
    result = run("fetch", "--all")
    assert result.exit_code == 2
    assert "1 of 5 layers failed:\n  a: " in result.stderr


@pytest.mark.usefixtures("osm")
def test_overpass_is_asked_when_asked_for(run, folder, server, monkeypatch):
    monkeypatch.setattr(cli_fetch, "box_of", lambda *_: (-106.75, 31.70, -106.60, 31.85))
    result = run("fetch", "substations", "--overpass", "--area", "paso-del-norte")
    assert result.exit_code == 0
    assert "substations: 2 rows" in result.stdout
    assert Catalog(folder)["substations"].fetched.url == server.url("/api")


@pytest.mark.usefixtures("osm")
def test_terrain_is_fetched_only_for_an_area_that_is_named(run, folder, server):
    height = {"height": {"title": "x", "type": "number", "unit": "m"}}
    fetch = {"protocol": "raster", "url": server.url("/dem_{lat}{lon}.tif")}
    shape = {"kind": "raster", "field": "height"}
    _define(folder, "dem", geometry=shape, file="dem.tif", fields=height, fetch=fetch)
    result = run("fetch", "--all")
    assert result.exit_code == 0
    line = "dem: skipped: its tiles are fetched for an area; name a study: --area STUDY"
    assert line in result.stdout.splitlines()
    assert not [each for each in server.asked if "dem" in each.path]
    result = run("fetch", "dem")
    assert result.exit_code == 2
    assert "dem: its tiles are fetched for an area" in result.stderr
    run("fetch", "--all", "--area", "paso-del-norte")
    tiles = {each.path for each in server.asked if "dem" in each.path}
    assert len(tiles) == 9
    assert "/dem_N31W107.tif" in tiles


def test_a_slip_of_the_pen_is_told(run):
    for words in (["fetch", "substation"], ["restore", "substation"]):
        result = run(*words)
        assert isinstance(result.exception, UnknownNameError)
        assert "did you mean 'substations'?" in str(result.exception)


def test_versions_of_an_own_layer_are_listed_and_restored(run, folder):
    wish = Wish("mine", to=folder, table=True)
    path = folder.parent / "rows.csv"
    for rows in (1, 2):
        path.write_text("name\n" + "x\n" * rows)
        add([str(path)], replace(wish, replace=rows > 1))
    assert run("restore", "b", "--list").stdout == "b: no version is kept\n"
    (line,) = run("restore", "mine", "--list").stdout.splitlines()
    assert re.fullmatch(r"\d{8}T\d{6}Z  1 rows from rows\.csv\.", line)
    (folder / "own").rename(folder / "ours")
    assert run("restore", "mine").exit_code == 0
    assert len(Catalog(folder).load("mine")) == 1
    first, last = run("restore", "mine", "--list").stdout.splitlines()
    assert "2 rows" in first
    assert last.endswith("1 rows from rows.csv.  (in place)")
    for each in (folder / "ours").iterdir():
        each.unlink()
    assert run("restore", "mine").exit_code == 0
    assert "mine" in Catalog(folder)


def test_status_is_a_table(run):
    run("fetch", "a")
    said = run("status").stdout
    (row,) = [line.split() for line in said.splitlines() if re.match(r"\s*a\s", line)]
    assert row == ["a", "C", "CC0", "0", "20", '"one"']
    assert re.search(r"\n\s*substations\s+B\s+ODbL 1.0\s+not fetched", said)
    (missing,) = [line for line in said.splitlines() if line.startswith("Not fetched: ")]
    assert " b " in missing
    assert " a " not in missing


def test_status_can_ask_the_publishers(run, server):
    run("fetch", "a", "b")
    server.on("/b.csv", say(TABLE, ETag='"two"'))
    said = run("status", "--check").stdout
    rows = {line.split()[0]: line.split()[-1] for line in _rows(said)}
    assert rows == {"a": "no", "b": "yes"}
    assert '\nb: the publisher has "two": sitesel layers fetch b\n' in said
    server.on("/b.csv", say(TABLE))
    said = run("status", "--check").stdout
    assert {line.split()[0]: line.split()[-1] for line in _rows(said)}["b"] == "unknown"
    assert "! layer 'b': the publisher does not say what version it has" in said
    asked = {each.path for each in server.asked}
    assert asked == {"/a.csv", "/b.csv"}, "those that are not fetched are not asked for"


@pytest.mark.parametrize("columns", [80, 100, 140])
def test_a_narrow_terminal_shows_what_is_newer_too(run, server, monkeypatch, columns):
    run("fetch", "a", "b")
    server.on("/b.csv", say(TABLE, ETag='"a version with a long name"'))
    monkeypatch.setenv("COLUMNS", str(columns))
    said = run("status", "--check").stdout
    assert "Newer" in said
    assert [line.split()[-1] for line in _rows(said)] == ["no", "yes"]
    assert max(map(len, said.partition("Not fetched")[0].splitlines())) <= columns
    assert ("Public domain (US government)" in said) == (columns == 140)


def _rows(said):
    return [line for line in said.splitlines() if re.match(r"\s*[ab]\s", line)]


def test_going_back_and_forth(run, folder, server):
    run("fetch", "a")
    server.on("/a.csv", say(TABLE + "p80,-106.5,31.80\n", ETag='"two"'))
    run("fetch", "a")
    result = run("restore", "a")
    assert result.exit_code == 0
    assert re.match(r"a: version \d{8}T\d{6}Z(-2)? is back in ", result.stdout)
    assert len(Catalog(folder).load("a")) == 20
    run("restore", "a")
    assert len(Catalog(folder).load("a")) == 21
    assert isinstance(run("restore", "a", "19990101T000000Z").exception, UnknownNameError)


def test_a_cut_connection_leaves_the_last_version(run, folder, server, monkeypatch):
    run("fetch", "a")
    monkeypatch.setattr(cli_fetch, "_client", lambda *_: Client(private=True, retries=0))
    server.on("/a.csv", cut(TABLE.encode() * 1000))
    result = run("fetch", "a")
    assert result.exit_code == 2
    assert len(Catalog(folder).load("a")) == 20


def test_data_cannot_steer_the_terminal(run, server):
    server.on("/a.csv", say(TABLE, ETag='"\x1b[31mred"'))
    result = run("fetch", "a")
    assert "\x1b" not in result.stdout + result.stderr + run("status").stdout


def test_help_is_quick():
    said = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    loaded = set(said.stdout.split())
    assert not loaded & {"geopandas", "pandas", "numpy", "rasterio", "osmnx", "requests", "yaml"}


def test_a_terminal_gets_bars(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    with fetch_report.progress() as shown, shown("substations") as report:
        report("bytes", 1_500_000, None)
        report("rows", 2000, 5301)
    said = capsys.readouterr()
    assert said.out == ""
    assert "substations" in said.err


def test_a_log_gets_few_lines(capsys):
    with fetch_report.progress() as shown, shown("lines") as report:
        for done in range(0, 94_000, 1000):
            report("rows", done, 94_619)
        report("rows", 94_619, 94_619)
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1] == "lines: 94,619 of 94,619 rows"
    assert len(lines) <= 3


def test_the_token_is_named_not_held():
    source = Catalog.default()["border_crossings"].fetch
    assert isinstance(source, Socrata)
    assert source.token == "SOCRATA_APP_TOKEN"
