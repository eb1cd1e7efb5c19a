"""What a terminal shows; what data hold is shown as text and cannot steer the terminal."""

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sitesel import terminal
from sitesel.ask import sensitivity
from sitesel.ask.trips import Trip
from sitesel.catalog.layers import Catalog
from sitesel.catalog.routes import Leg, Route
from sitesel.decide.sensitivity import Overthrow
from sitesel.findings import print_robustness
from sitesel.study import Run

HOSTILE = "[red]x[/] [/bold] [link=http://x]y \x1b[31mz\x1b]0;owned\x07 \x9b2J \r back\b"
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


@pytest.fixture(autouse=True)
def _wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "220")
    monkeypatch.delenv("FORCE_COLOR", raising=False)


@pytest.fixture(scope="module")
def run(small_run_folder):
    return Run.open(small_run_folder)


def _trip(**changes):
    legs = [Leg("US", 20.04, 15.2), Leg("MX", 5.0, 6.0)]
    route = Route(legs, ["ysleta"], [45.0], np.empty((0, 2)))
    given = {
        "start": "El Paso (US)",
        "end": "Ciudad Juárez (MX)",
        "route": route,
        "ports": ("Ysleta",),
        "assumed": (True,),
    }
    return Trip(**(given | changes))


def _harmless(text):
    assert CONTROL.search(text) is None
    assert "[red]x[/]" in text
    assert "[31mz" in text


def test_a_route_as_a_table(capsys):
    terminal.print_route(_trip(), as_json=False)
    out = capsys.readouterr().out
    assert "El Paso (US) to Ciudad Juárez (MX)" in out
    rows = [line.split() for line in out.splitlines()]
    assert ["drive", "in", "the", "US", "20.0", "15"] in rows
    assert ["Ysleta", "(assumed", "delay)", "45"] in rows
    assert ["drive", "in", "Mexico", "5.0", "6"] in rows
    assert ["total", "25.0", "66"] in rows
    assert "median error of the embedded roads is 6.5 %" in out


def test_a_route_as_json(capsys):
    terminal.print_route(_trip(start=HOSTILE), as_json=True)
    out = capsys.readouterr().out
    trip = json.loads(out)
    assert trip["from"] == HOSTILE
    assert trip["minutes"] == pytest.approx(66.2)
    assert [leg["minutes"] for leg in trip["legs"]] == [15.2, 45.0, 6.0]
    assert "Juárez" in out
    assert "\x1b" not in out
    assert "\x07" not in out


def test_a_route_with_hostile_names(capsys):
    terminal.print_route(_trip(start=HOSTILE, ports=(HOSTILE,)), as_json=False)
    _harmless(capsys.readouterr().out)


def test_the_ten_best_pairs_with_reasons(capsys, run):
    terminal.print_run(run)
    out = capsys.readouterr().out
    assert "Paso del Norte mirror zones  (as of 2026-11-21)" in out
    best = run.pairs.iloc[0]
    assert f"{100 * best['score']:.1f}" in out
    assert f"{100 * best['score_low']:.0f}-{100 * best['score_high']:.0f}" in out
    assert f"{best['link_minutes']:.0f} min site to site" in out
    for word in ("strong: ", "weak: ", "no data: "):
        assert word in out
    assert "Left out for want of a layer: grid_access" in out
    assert f"{run.folder}/map.html" in out
    assert len(re.findall(r"min site to site", out)) == min(10, len(run.pairs))


def test_a_small_change_of_a_weight_is_told_with_more_digits(capsys, run, monkeypatch):
    found = sensitivity.of_pairs(run.study, run.decision)
    near = Overthrow(criterion=0, share=0.032, becomes=0.03201, winner=1)
    told = [("pair", found._replace(overthrows=[near]))]
    monkeypatch.setattr(sensitivity, "of_run", lambda *_: iter(told))
    terminal.print_run(run)
    assert "goes from 3.200% to 3.201%." in capsys.readouterr().out
    print_robustness(run, told)
    assert re.search(r"3\.200% +3\.201%", capsys.readouterr().out)


def test_another_folder_is_named_where_it_was_written(capsys, run, tmp_path):
    terminal.print_run(run, tmp_path / "heavy")
    assert str(tmp_path / "heavy" / "map.html") in capsys.readouterr().out


def test_files_of_the_run_before_are_named(capsys, run, tmp_path):
    terminal.print_run(run, tmp_path)
    assert "Of the run before" not in capsys.readouterr().out
    for name in ("report-es.xlsx", "pair-1.pdf", "map.html", "validation.svg"):
        (tmp_path / name).touch()
    terminal.print_run(run, tmp_path)
    said = " ".join(capsys.readouterr().out.split())
    assert "Of the run before: pair-1.pdf, report-es.xlsx, validation.svg; write" in said
    assert "again with 'sitesel workbook', 'sheet' and 'validate'" in said


def test_without_pairs_the_sites_of_each_side_are_shown(capsys, run):
    sites_only = replace(run, study=run.study.model_copy(update={"pairs": None}))
    terminal.print_run(sites_only)
    out = capsys.readouterr().out
    assert "US sites" in out
    assert "MX sites" in out
    for name, site in sites_only.decision.sites.groupby("side").head(10).iterrows():
        assert str(name) in out
        assert f"{100 * site['score']:.1f}" in out


@pytest.mark.parametrize(("share", "fragile"), [(0.49, True), (0.5, False), (0.66, False)])
def test_a_rank_is_fragile_where_most_draws_deny_it(capsys, run, share, fragile):
    pairs = run.pairs.assign(p_top10=share)
    told = replace(run)
    object.__setattr__(told, "pairs", pairs)
    terminal.print_run(told)
    assert ("fragile: ranks" in capsys.readouterr().out) == fragile


def test_terminal_and_page_call_the_same_ranks_fragile():
    script = Path(terminal.__file__).parent / "show" / "js" / "places.js"
    (least,) = re.findall(r"p_top10 \?\? 1\) < ([\d.]+);", script.read_text("utf-8"))
    assert float(least) == terminal.FRAGILE


@pytest.mark.parametrize("paired", [True, False])
def test_hostile_places_and_titles_are_text(capsys, run, paired):
    measures = run.measures.assign(place=HOSTILE, place_km=0.0, landmark=HOSTILE)
    title = run.study.title.model_copy(update={"en": HOSTILE})
    changes = {"title": title} | ({} if paired else {"pairs": None})
    measured = run.measured._replace(table=measures)
    hostile = replace(run, measured=measured, study=run.study.model_copy(update=changes))
    terminal.print_run(hostile)
    _harmless(capsys.readouterr().out)


def test_hostile_criteria_are_text(capsys, run):
    criteria = {
        name: c.model_copy(update={"short": c.title.model_copy(update={"en": HOSTILE})})
        for name, c in run.study.criteria.items()
    }
    study = run.study.model_copy(update={"criteria": criteria})
    terminal.print_run(replace(run, study=study))
    _harmless(capsys.readouterr().out)


def test_every_layer_is_listed_once_with_its_grade(capsys, catalog):
    terminal.print_layers(catalog)
    lines = capsys.readouterr().out.splitlines()
    for layer in catalog:
        (row,) = [line for line in lines if re.match(rf" *(\S+ +)?{layer.id} ", line)]
        assert f" {layer.quality} " in row
        assert ("~ " in row) == layer.approximate
        assert (" not fetched " in row) == (not layer.present)
    assert "Grade: A official" in lines[-1]


def test_layers_are_readable_in_eighty_columns(capsys, catalog, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    terminal.print_layers(catalog)
    out = capsys.readouterr().out
    assert all(len(line) <= 80 for line in out.splitlines() if "Grade:" not in line)
    for layer in catalog:
        assert re.search(rf"(^|\s){layer.id}\s", out)


def test_layers_in_a_file_are_told_in_full(capsys, catalog, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    terminal.print_layers(catalog)
    rows = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    for layer in catalog:
        title, licence = (" ".join(each.split()) for each in (layer.title["en"], layer.licence))
        assert any(
            row.startswith(f"{layer.id} ") and title in row and licence in row for row in rows
        )


SHOWN = ["border_line", "urban_core", "ports_of_entry", "free_zone_north", "roads", "water_status"]


@pytest.mark.parametrize("name", SHOWN)
def test_one_layer_is_shown_with_all_that_is_known(capsys, catalog, name):
    layer = catalog[name]
    terminal.print_layer(catalog, name)
    out = " ".join(capsys.readouterr().out.split())
    for words in (layer.title["en"], layer.title["es"], layer.summary["en"], layer.licence):
        assert " ".join(words.split()) in out
    assert f"rows {len(catalog.load(name)):,}" in out
    assert f"grade {layer.quality}: " in out
    for field, info in layer.fields.items():
        assert field in out
        assert info.unit is None or info.unit in out
    assert out.count("! ") >= len(layer.caveats)
    assert "None" not in out


def test_a_rule_of_validity_is_told_without_empty_words(capsys, own_layer):
    data = "lon,lat,until\n-106,31,2020-12-31\n"
    terminal.print_layer(Catalog(own_layer(data, validity={"to": "until"})), "mine")
    out = capsys.readouterr().out
    assert "until" in out
    assert "None" not in out


def test_a_hostile_layer_is_text(capsys, own_layer):
    keys = ("title", "summary", "publisher", "source", "licence", "attribution", "vintage")
    words = dict.fromkeys(keys, HOSTILE)
    column = HOSTILE.replace("\r", "")  # a CSV header is one line
    fields = {column: {"title": HOSTILE, "unit": HOSTILE}}
    data = pd.DataFrame({"lon": [-106], "lat": [31], column: ["x"]}).to_csv(index=False)
    folder = own_layer(data, fields=fields, caveats=[HOSTILE], **words)
    catalog = Catalog(folder)
    terminal.print_layers(catalog)
    assert CONTROL.search(capsys.readouterr().out) is None
    terminal.print_layer(catalog, "mine")
    _harmless(capsys.readouterr().out)


def test_a_log_gets_plain_lines(capsys):
    with terminal.reporter() as report:
        report("measures", 1, 2)
        report("map.html", 4, 7)
    said = capsys.readouterr()
    assert said.err == "measures 1/2\nmap.html 4/7\n"
    assert said.out == ""


def test_a_terminal_gets_bars(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    with terminal.reporter() as report:
        for step in [("candidates", 0, 1), ("measures", 1, 2), ("measures", 2, 2), ("a.csv", 0, 7)]:
            report(*step)
    said = capsys.readouterr()
    assert said.out == ""
    assert "measures" in said.err
    assert "a.csv" not in said.err


def test_days_are_shown_as_given(capsys, run):
    later = replace(run, study=run.study.model_copy(update={"as_of": date(2027, 1, 2)}))
    terminal.print_run(later)
    assert "(as of 2027-01-02)" in capsys.readouterr().out
