"""Tables that other programs open: no formulas, nothing invented for what is unknown."""

import csv
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import yaml

from sitesel.ask import run_tables
from sitesel.show import tables
from sitesel.study import Run

GRID = ["grid_low_usd", "grid_high_usd"]
DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]


def written(frame, tmp_path):
    tables.write_csv(frame, tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_cell_is_a_formula(tmp_path, text):
    frame = pd.DataFrame({"place": [text, "Laredo"], "why": [[text, "b"], ["fine"]]})
    rows = written(frame, tmp_path)
    assert len(rows) == 3
    for cell in rows[1]:
        assert cell.startswith("'")
        assert text.strip() in cell
    assert rows[2] == ["Laredo", "fine"]


def test_a_line_break_inside_a_name_starts_no_row(tmp_path):
    """A bare carriage return ends a row for a spreadsheet unless the cell is quoted."""
    frame = pd.DataFrame({"name": ["Lot\r=1+1", "Lot\n=1+1"], "n": [1, 2]})
    assert [len(row) for row in written(frame, tmp_path)] == [2, 2, 2]


def test_numbers_below_zero_stay_numbers(tmp_path):
    rows = written(pd.DataFrame({"lon": [-106.5], "n": pd.array([-3], "Int64")}), tmp_path)
    assert rows[1] == ["-106.5", "-3"]


def test_unknown_is_an_empty_cell(tmp_path):
    frame = pd.DataFrame(
        {
            "number": [np.nan, 1.0],
            "word": [None, "a"],
            "count": pd.array([None, 2], "Int64"),
            "why": [[], ["x"]],
        }
    )
    assert written(frame, tmp_path)[1:] == [["", "", "", ""], ["1.0", "a", "2", "x"]]


def test_numbers_have_six_decimals_at_most(tmp_path):
    frame = pd.DataFrame({"a": [1 / 3, 2.0, 1e-9, 123456.7891234]})
    assert [row[0] for row in written(frame, tmp_path)[1:]] == [
        "0.333333",
        "2.0",
        "0.0",
        "123456.789123",
    ]


def test_words_with_commas_quotes_breaks_and_accents_read_back(tmp_path):
    words = ["a, b", 'say "x"', "two\nlines", "Ciudad Juárez ≥ 69 kV", "Ñ"]
    rows = written(pd.DataFrame({"word": words}), tmp_path)
    assert [row[0] for row in rows[1:]] == words


def test_excel_is_told_that_the_tables_are_utf_8(small_run_folder):
    for name in ("pairs.csv", "sites.csv"):
        content = (small_run_folder / name).read_bytes()
        assert content.startswith(b"\xef\xbb\xbfrank,")
        assert content.count(b"\xef\xbb\xbf") == 1


def test_the_tables_of_a_run_read_back(small_run_folder):
    study = yaml.safe_load((small_run_folder / "study.yaml").read_text("utf-8"))
    sites = pd.read_csv(small_run_folder / "sites.csv")
    first = ["rank", "site_id", "side", "score", "score_low", "score_high", "status", "lon", "lat"]
    assert sites.columns[: len(first)].tolist() == first
    measured = [name for name, each in study["criteria"].items() if not each["optional"]]
    for name in measured:
        assert {f"raw_{name}", f"value_{name}"} <= set(sites.columns)
        assert sites[f"value_{name}"].dropna().between(0, 1).all()
    assert sites.loc[sites["side"] == "US", "raw_free_zone"].isna().all()
    assert sites.loc[sites["side"] == "MX", "value_free_zone"].isna().all()  # unknown in 2026
    assert sites["unknown_en"].str.contains("border free zone").sum() == 5
    pairs = pd.read_csv(small_run_folder / "pairs.csv")
    assert set(pairs["us_site"]) | set(pairs["mx_site"]) <= set(sites["site_id"])
    assert pairs["rank"].is_monotonic_increasing
    assert b"\r" not in (small_run_folder / "sites.csv").read_bytes()


@pytest.mark.parametrize("error", ["DataSourceError", "DataLayerError", "FeatureError"])
def test_a_disk_that_fills_while_the_geopackage_is_written_is_told(
    money_run, tmp_path, monkeypatch, error
):
    def full(*_, **__):
        raise getattr(pyogrio.errors, error)("sqlite3_step() failed")

    ports = money_run.plan.catalog.load("ports_of_entry")
    written = (money_run.sites, money_run.pairs, ports, tmp_path / "sites.gpkg")
    monkeypatch.setattr(gpd.GeoDataFrame, "to_file", full)
    with pytest.raises(OSError, match=r"^sites\.gpkg: could not be written: sqlite3_step\(\) fail"):
        tables.write_geopackage(*written)
    monkeypatch.undo()
    (tmp_path / "sites.gpkg").touch()
    monkeypatch.setattr(tables, "styles", lambda: {"sites": object(), "pairs": ""})
    with pytest.raises(OSError, match="is there room on the disk"):
        tables.write_geopackage(*written)


def test_sites_have_the_cost_of_a_grid_connection_where_it_is_measured(
    small_run_folder, money_run, monkeypatch
):
    assert not {*GRID} & {*pd.read_csv(small_run_folder / "sites.csv")}
    sites = pd.read_csv(money_run.folder / "sites.csv")
    assert sites[GRID].isna().all(axis=None), "a mile of line has no price"
    assert sites["raw_grid_access"].notna().any()
    money_run.plan.catalog.load("unit_costs")
    frames = money_run.plan.catalog._frames
    costs, mile = frames["unit_costs"], frames["unit_costs"]["cost_id"] == "line_per_mile"
    known = costs.assign(low=costs["low"].mask(mile, 1e6), high=costs["high"].mask(mile, 2e6))
    monkeypatch.setitem(frames, "unit_costs", known)
    again = replace(money_run)
    wanted = sites["raw_grid_access"] / 1.609344 * 1.3 * 1.2 * 1.075
    named = {each.name: each for each in run_tables.tables(again)}
    for frame in (again.sites, tables.flat_sites(again.sites), named["sites"].frame):
        np.testing.assert_allclose(frame["grid_low_usd"], wanted * 1e6, rtol=1e-6)
        np.testing.assert_allclose(frame["grid_high_usd"], wanted * 2e6, rtol=1e-6)
    assert {*GRID} <= {*named["sites"].said}


def test_pairs_are_named_after_their_ids(small_run_folder):
    sites = pd.read_csv(small_run_folder / "sites.csv").set_index("site_id")["name"]
    pairs = pd.read_csv(small_run_folder / "pairs.csv")
    names = ["us_name", "port_name", "mx_name"]
    assert pairs.columns[-3:].tolist() == names
    assert pairs["us_name"].tolist() == sites[pairs["us_site"]].tolist()
    assert pairs["mx_name"].tolist() == sites[pairs["mx_site"]].tolist()
    ports = pairs.set_index("port")["port_name"].to_dict()
    assert ports["santa_teresa"].startswith("Santa Teresa")
    layer = pyogrio.read_dataframe(small_run_folder / "sites.gpkg", layer="pairs")
    assert layer[names].to_numpy().tolist() == pairs[names].to_numpy().tolist()
    tables_ = {each.name: each for each in run_tables.tables(Run.open(small_run_folder))}
    assert {*names} <= {*tables_["pairs"].frame} & {*tables_["pairs"].said}


def test_the_geopackage_has_what_the_tables_have_of_money(money_run):
    path = money_run.folder / "sites.gpkg"
    assert {*GRID} <= {*pyogrio.read_info(path, layer="sites")["fields"]}
    assert {"cost_low", "cost_high"} <= {*pyogrio.read_info(path, layer="pairs")["fields"]}


def test_pairs_that_do_not_exist_are_a_table_with_a_head(tmp_path):
    from sitesel.decide.pairs import COLUMNS

    tables.write_pairs(pd.DataFrame({name: [] for name in COLUMNS}), tmp_path / "pairs.csv")
    assert (tmp_path / "pairs.csv").read_text("utf-8-sig") == ",".join(COLUMNS) + "\n"


def test_files_that_cannot_be_written_are_the_systems_error(small_run_folder, tmp_path):
    run, nowhere = Run.open(small_run_folder), tmp_path / "none"
    ports = run.plan.catalog.load("ports_of_entry")
    with pytest.raises(OSError, match=r"sites\.gpkg: could not be written"):
        tables.write_geopackage(run.sites, run.pairs, ports, nowhere / "sites.gpkg")
    with pytest.raises(OSError, match=r"report\.xlsx: could not be written"):
        run.save_workbook(nowhere / "report.xlsx")
