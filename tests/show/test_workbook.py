"""The workbook: an independent program recalculates it and finds what Python finds."""

import hashlib
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from sitesel.cost import LINE, Bounds, UnitCosts, connected, priced
from sitesel.dates import with_days
from sitesel.decide.indicators import indicators
from sitesel.decide.values import Linear, Log, Steps
from sitesel.show import formulas
from sitesel.show.language import load
from sitesel.show.spoken import Spoken
from sitesel.show.workbook import write_workbook
from sitesel.study import Run

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
NAMED = {  # titles and names that are not translated
    "ATRI, Operational Costs of Trucking, 1 jul 2025, según la prensa especializada.",
    "Bridge of the Americas (BOTA)",
    "OurAirports, as packaged by airport-db",
    "colaboradores de OpenStreetMap; US Department of Transportation",
}
HOSTILE = '=HYPERLINK("http://x","y")'


@pytest.fixture(scope="module")
def run(small_run_folder):
    return Run.open(small_run_folder)


def write(run, path, language="en"):
    spoken = Spoken(language, run.plan.catalog)
    write_workbook(run.study, run.decision, run.pairs, spoken, run.origins, path)
    return path


@pytest.fixture(scope="module")
def profile(tmp_path_factory):
    """A settings folder for LibreOffice; without it we would meet the settings of whoever runs."""
    if OFFICE is None:
        if os.environ.get("CI"):
            pytest.fail("no LibreOffice: install libreoffice-calc-nogui")
        pytest.skip("no LibreOffice here (make test installs it)")
    return tmp_path_factory.mktemp("office")


def recalculated(path, profile):
    """Return the workbook as LibreOffice computes it."""
    command = [OFFICE, f"-env:UserInstallation={profile.as_uri()}", "--headless"]
    done = path.parent / "done"
    subprocess.run(
        [*command, "--convert-to", "xlsx", "--outdir", done, path],
        check=True,
        capture_output=True,
        timeout=180,
    )
    return openpyxl.load_workbook(done / path.name, data_only=True)


def table(sheet, top=1):
    """Return a sheet below its heading row as a list of dicts."""
    rows = list(sheet.iter_rows(values_only=True))
    heads = rows[top - 1]
    return [dict(zip(heads, row, strict=True)) for row in rows[top:]]


def place(book, sheet, text, column=1):
    """Return the row in which a text stands."""
    for row in range(1, book[sheet].max_row + 1):
        if book[sheet].cell(row, column).value == text:
            return row
    raise AssertionError(text)


def same(computed, expected):
    for got, wanted in zip(computed, expected, strict=True):
        if wanted is None or np.isnan(wanted):
            assert got in {None, ""}
        else:
            assert got == pytest.approx(wanted, abs=1e-9)


def heads(part, language):
    """Return the heads of a part of the workbook in a language, by what they are in English."""
    english, own = (load(f"book.{name}")[part]["head"] for name in ("en", language))
    return dict(zip(english, own, strict=True))


def agrees(book, run, language="en"):
    """Compare every score, bound, rank and cost of a recalculated workbook with a run."""
    decision, sheets = run.decision, load(f"book.{language}")["sheets"]
    at = heads("sites", language)
    for side in ("US", "MX"):
        own = decision.sites[decision.sites["side"] == side]
        rows = {row[at["Site"]]: row for row in table(book[sheets[side]])}
        assert set(rows) == set(own.index)
        for head, name in (("Score", "score"), ("Low", "score_low"), ("High", "score_high")):
            same([rows[site][at[head]] for site in own.index], own[name])
        same([rows[site][at["Rank"]] for site in own.index], own["rank"])
    at = heads("pairs", language)
    rows = {(row[at["US site"]], row[at["MX site"]]): row for row in table(book[sheets["pairs"]])}
    pairs = run.pairs
    keys = list(zip(pairs["us_site"], pairs["mx_site"], strict=True))
    assert set(rows) == set(keys)
    names = {
        "Score": "score",
        "Low": "score_low",
        "High": "score_high",
        "US score": "us_score",
        "MX score": "mx_score",
        "Link min": "link_minutes",
        "Link value": "link_value",
        "Truckload USD, low": "cost_low",
        "Truckload USD, high": "cost_high",
        "Rank": "rank",
    }
    for head, name in names.items():
        same([rows[key][at[head]] for key in keys], pairs[name])
    assert [rows[key][at["Weaker side"]] for key in keys] == pairs["weaker_side"].tolist()


def same_sites(run, study):
    """Return what the run's own sites score under another study, ranked again."""
    from dataclasses import replace

    from sitesel.decide.pairs import combine
    from sitesel.decide.scoring import score
    from sitesel.decide.weights import by_side
    from sitesel.decision import weighed

    old = run.decision
    weights = by_side(study.groups, weighed({n: study.criteria[n] for n in old.criteria}))
    sites, pairs = old.sites.copy(), old.pairs.copy()
    matrix = sites[[f"value_{name}" for name in old.criteria]].to_numpy(float)
    names = ["score", "score_low", "score_high"]
    for name, values in zip(names, score(matrix, weights, sites["side"]), strict=True):
        sites[name] = values
    sites["rank"] = sites.groupby("side")["score"].rank(ascending=False, method="first")
    for name in names:
        us, mx = (sites[name][pairs[f"{side}_site"]].to_numpy() for side in ("us", "mx"))
        both = [
            combine([a], [b], study.pairs.weaker_side)[0, 0] for a, b in zip(us, mx, strict=True)
        ]
        pairs[name] = both * pairs["link_value"]
    for side in ("us", "mx"):
        pairs[f"{side}_score"] = sites["score"][pairs[f"{side}_site"]].to_numpy()
    pairs["weaker_side"] = np.where(pairs["us_score"] <= pairs["mx_score"], "US", "MX")
    pairs["rank"] = pairs["score"].rank(ascending=False, method="first")
    again = replace(run, study=study)
    again.__dict__["decision"] = replace(old, sites=sites, pairs=pairs, weights=weights)
    return again


@pytest.mark.parametrize(("language", "pairs"), [("en", "Pairs"), ("es", "Pares")])
def test_libreoffice_finds_what_python_finds(run, tmp_path, profile, language, pairs):
    """As written, but without our results."""
    path = write(run, tmp_path / "report.xlsx", language)
    openpyxl.load_workbook(path).save(path)  # formulas are kept, their results are not
    assert openpyxl.load_workbook(path, data_only=True)[pairs]["H2"].value is None
    agrees(recalculated(path, profile), run, language)


def test_no_english_is_left_in_the_spanish_workbook(run, tmp_path):
    """Every text is another than in English, or is a name, a code or a formula."""

    def texts(language):
        book = openpyxl.load_workbook(write(run, tmp_path / f"{language}.xlsx", language))
        return {
            (number, cell.coordinate): cell.value
            for number, sheet in enumerate(book.worksheets)
            for row in sheet.iter_rows()
            for cell in row
            if isinstance(cell.value, str) and not cell.value.startswith("=")
        }

    english, spanish = texts("en"), texts("es")
    assert english.keys() == spanish.keys()
    words = re.compile(r"\b(the|of|and|with|from|by|for|not|are|is|which|site|low|high|rank)\b")
    left = {text for text in spanish.values() if words.search(text)} - NAMED
    assert {text for text in left if not text.startswith("http")} == set()
    same_text = {text for at, text in spanish.items() if english[at] == text}
    heads = {text for (sheet, at), text in spanish.items() if sheet and re.fullmatch("[A-Z]+1", at)}
    assert heads & same_text == set()
    codes = [text for text in spanish.values() if "world_trade" in text]
    assert not codes
    assert "Comercio Mundial / Nuevo Laredo III; Colombia" in spanish.values()
    assert not any(re.search(r"\bPuertos?\b(?! marítimo)", text) for text in heads)


def test_new_weights_rank_again(run, tmp_path, profile):
    groups = {**run.study.groups, "water": 60.0, "power": 0.0}
    criteria = dict(run.study.criteria)
    criteria["rail"] = criteria["rail"].model_copy(update={"weight": 30.0})
    rule = run.study.pairs.model_copy(update={"weaker_side": 0.9})
    changes = {"groups": groups, "criteria": criteria, "pairs": rule}
    other = same_sites(run, run.study.model_copy(update=changes))
    path = write(run, tmp_path / "heavy.xlsx")
    book = openpyxl.load_workbook(path)
    sheet = book["Weights"]
    sheet.cell(place(book, "Weights", "water"), 3).value = 60
    sheet.cell(place(book, "Weights", "power"), 3).value = 0
    sheet.cell(place(book, "Weights", "rail"), 4).value = 30
    sheet.cell(place(book, "Weights", "Share of the weaker side in a pair"), 4).value = 0.9
    sheet.cell(place(book, "Weights", "mx_truck"), 4).value = 50
    costs = UnitCosts.read(run.plan.catalog.load("unit_costs"))
    costs.of["mx_truck"] = type(costs.of["mx_truck"])(50.0, 50.0)
    other.__dict__["pairs"] = priced(other.decision.pairs, costs)
    book.save(path)
    done = recalculated(path, profile)
    agrees(done, other)
    assert not np.allclose(other.decision.sites["score"], run.decision.sites["score"])
    best = other.pairs.nsmallest(1, "rank").iloc[0]
    row = place(done, "Summary", "Rank")
    names = other.decision.sites["name"]
    shown = [done["Summary"].cell(row + 1, col).value for col in (2, 4, 5)]
    assert shown[:2] == [names[best["us_site"]], names[best["mx_site"]]]
    assert shown[2] == pytest.approx(best["score"], abs=1e-9)


def connections(book, sites):
    """Compare the cost of a grid connection on the site sheets with priced sites, to 1e-9."""
    for side in ("US", "MX"):
        rows = {row["Site"]: row for row in table(book[f"{side} sites"])}
        for end in ("low", "high"):
            for site, wanted in sites.loc[sites["side"] == side, f"grid_{end}_usd"].items():
                got = rows[site][f"Grid connection USD, {end}"]
                assert got in {None, ""} if np.isnan(wanted) else got == pytest.approx(wanted, 1e-9)


def test_a_grid_connection_fills_when_a_mile_is_priced(money_run, tmp_path, profile):
    path = write(money_run, tmp_path / "report.xlsx")
    blind = recalculated(path, profile)
    agrees(blind, money_run)
    assert money_run.sites["grid_low_usd"].isna().all()
    connections(blind, money_run.sites)
    book = openpyxl.load_workbook(path)
    row = place(book, "Weights", "line_per_mile")
    for column, value in ((5, 1e6), (6, 2.5e6)):
        book["Weights"].cell(row, column).value = value
    book["Weights"].cell(place(book, "Weights", "line_route_factor"), 4).value = 1.4
    book.save(path)
    costs = UnitCosts.read(money_run.plan.catalog.load("unit_costs"))
    costs.of["line_per_mile"] = Bounds(1e6, 2.5e6)
    costs.of["line_route_factor"] = Bounds(1.4, 1.4)
    sites = connected(money_run.decision.sites, costs)
    mexican = sites["side"] == "MX"
    assert (sites.loc[mexican, "grid_high_usd"] > 1e6).all()
    assert sites.loc[~mexican, "grid_high_usd"].isna().all(), "of the US grid nothing is known"
    connections(recalculated(path, profile), sites)


def test_the_columns_of_a_grid_connection_need_its_measure_and_its_costs(
    run, money_run, tmp_path, monkeypatch
):
    def heads(each):
        book = openpyxl.load_workbook(write(each, tmp_path / "r.xlsx"))
        return [cell.value for cell in book["MX sites"][1]], book["MX sites"]

    assert not any("Grid" in head for head in heads(run)[0])
    frames = money_run.plan.catalog._frames
    costs = frames["unit_costs"]
    monkeypatch.setitem(frames, "unit_costs", costs[~costs["cost_id"].isin(LINE)])
    shown, sheet = heads(money_run)
    column = 1 + shown.index("Grid connection USD, low")
    assert [sheet.cell(row, column).value for row in range(2, 7)] == [None] * 5


def test_what_is_read_without_recalculation_is_what_python_found(run, tmp_path):
    agrees(openpyxl.load_workbook(write(run, tmp_path / "r.xlsx"), data_only=True), run)


@pytest.mark.parametrize("language", ["en", "es"])
def test_classes_are_in_the_words_of_the_page(run, tmp_path, language):
    book, words = openpyxl.load_workbook(write(run, tmp_path / "r.xlsx", language)), load(language)
    status = load(f"book.{language}")["sites"]["columns"]["status"]
    sheets = load(f"book.{language}")["sheets"]
    shown = {row[status] for side in ("US", "MX") for row in table(book[sheets[side]])}
    assert shown == {words["classes"][code] for code in run.decision.sites["status"]}
    told = {cell for row in book[sheets["indicators"]].iter_rows(values_only=True) for cell in row}
    assert words["classes"]["SME linkages"] in told


def test_a_measure_is_shown_in_few_digits_and_kept_in_all(run, tmp_path):
    book = openpyxl.load_workbook(write(run, tmp_path / "r.xlsx"))
    formats = {}
    for side in ("US", "MX"):
        sheet = book[f"{side} sites"]
        column = {cell.value.partition(" (")[0]: cell.column for cell in sheet[1]}
        for row, site in enumerate(run.decision.sites.query("side == @side").itertuples(), start=2):
            for head, name in (
                ("Longitude", "lon"),
                ("Clean share of that generation", "raw_clean_share"),
                ("Distance to rail", "raw_rail"),
                ("Truck ports within an hour", "raw_port_resilience"),
            ):
                cell = sheet.cell(row, column[head])
                assert cell.value == pytest.approx(getattr(site, name), rel=1e-15)
                formats.setdefault(name, set()).add(cell.number_format)
    assert formats["lon"] == {"0.0000"}
    assert formats["raw_clean_share"] == {"0.0%"}
    assert formats["raw_rail"] == {"#,##0.0", "0.00"}
    assert formats["raw_port_resilience"] == {"#,##0"}


def test_unknown_is_an_empty_cell_and_never_zero(run, tmp_path):
    book = openpyxl.load_workbook(write(run, tmp_path / "r.xlsx"), data_only=True)
    seen = 0
    sites = run.decision.sites
    for row in table(book["Values"])[3:]:
        for name in run.decision.criteria:
            if np.isnan(sites.loc[row["Site"], f"value_{name}"]):
                assert row[run.study.criteria[name].title.en] is None
                seen += 1
    assert seen


def test_the_sheets_are_these(run, tmp_path):
    book = openpyxl.load_workbook(write(run, tmp_path / "r.xlsx"))
    assert book.sheetnames == [
        *("Summary", "Pairs", "US sites", "MX sites", "Weights", "Values", "Indicators", "Sources")
    ]
    sources = {row["Layer"]: row for row in table(book["Sources"])}
    for name in [*run.measured.layers, "unit_costs", "kpi"]:
        assert sources[name]["Grade"] == run.plan.catalog[name].quality
        assert sources[name]["Vintage"] == run.plan.catalog[name].vintage


def test_the_docs_name_each_sheet(run, tmp_path):
    book = openpyxl.load_workbook(write(run, tmp_path / "r.xlsx"), read_only=True)
    page = (Path(__file__).parents[2] / "docs" / "spreadsheet.md").read_text("utf-8")
    said = page.partition("| sheet |")[2].partition("\n\n")[0].splitlines()[2:]
    named = [name for row in said for name in row.split("|")[1].strip().split(", ")]
    assert named == book.sheetnames


def test_the_indicators_are_those_of_the_layer_and_none_is_made_up(run, tmp_path):
    book = openpyxl.load_workbook(write(run, tmp_path / "r.xlsx"))
    shown = table(book["Indicators"])
    found = indicators(run.plan.catalog.load("kpi"))
    said = load("en")["classes"]
    assert [row["Indicator"] for row in shown] == [said[each.metric] for each in found]
    for row, each in zip(shown, found, strict=True):
        assert row["Latest"] == (None if np.isnan(each.value) else each.value)
        assert row["Source"] == with_days(each.source, "en")
    assert any(row["Latest"] is None for row in shown)


@pytest.mark.parametrize("text", [HOSTILE, "+1", "-1+2", "@SUM(A1)", "{=1}", "http://x", "a\x1bb"])
def test_text_is_stored_as_text(run, tmp_path, text):
    from dataclasses import replace

    sites = run.decision.sites.copy()
    sites["name"] = sites["place"] = text
    sites["strong_en"] = [[text]] * len(sites)
    hostile = replace(run)
    hostile.__dict__["decision"] = replace(run.decision, sites=sites)
    hostile.__dict__["pairs"] = run.pairs
    path = write(hostile, tmp_path / "r.xlsx")
    book = openpyxl.load_workbook(path)
    for name, column in (("US sites", "Name"), ("US sites", "Strong"), ("Pairs", "US name")):
        heads = [cell.value for cell in book[name][1]]
        cell = book[name].cell(2, 1 + heads.index(column))
        assert cell.data_type == "s"
        assert cell.hyperlink is None
        assert cell.value == text.replace("\x1b", "\ufffd")
    with zipfile.ZipFile(path) as parts:
        assert not any("hyperlink" in parts.read(name).decode("utf-8", "replace").lower()
                       for name in parts.namelist() if "rels" in name)  # fmt: skip


def test_the_same_run_gives_the_same_bytes(run, tmp_path):
    paths = [write(run, tmp_path / name) for name in ("a.xlsx", "b.xlsx")]
    one, two = (hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in paths)
    assert one == two


def test_a_value_function_is_the_same_in_a_cell(tmp_path, profile):
    functions = [
        Linear(at={30: 1, 90: 0.5, 180: 0}),
        Log(at={10: 1, 100: 0.25, 1000: 0}),
        Steps(at={0: 1, 45: 0.5, 90: 0}),
    ]
    raw = [1, 10, 29.5, 30, 45, 62.5, 90, 91, 179, 180, 500, 1000, 2000]
    book = openpyxl.Workbook()
    for row, x in enumerate(raw, start=1):
        book.active.cell(row, 1).value = x
        for col, function in enumerate(functions, start=2):
            book.active.cell(row, col).value = formulas.value(function, f"A{row}")
    book.save(tmp_path / "f.xlsx")
    done = recalculated(tmp_path / "f.xlsx", profile).active
    for col, function in enumerate(functions, start=2):
        same([done.cell(row, col).value for row in range(1, len(raw) + 1)], function.apply(raw))
