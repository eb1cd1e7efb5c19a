"""What a run leaves behind: the files, the same bytes each time, and what can be done with them."""

import hashlib
import json
import shutil
import sqlite3
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio

from sitesel import engine, measured
from sitesel.catalog.fetched.staging import Build
from sitesel.catalog.layers import Catalog
from sitesel.crs import WORKING_CRS
from sitesel.errors import StudyError
from sitesel.resources import shipped
from sitesel.study import Run, Study

FILES = {
    "map.html",
    "measures/layers.block",
    "measures/part-0000.parquet",
    "pairs.csv",
    "report.xlsx",
    "run.json",
    "sites.csv",
    "sites.gpkg",
    "study.yaml",
    "suitability.tif",
}


@pytest.fixture(scope="module")
def run(small_run_folder):
    return Run.open(small_run_folder)


@pytest.fixture
def copy(small_run_folder, tmp_path):
    return shutil.copytree(small_run_folder, tmp_path / "copy")


def digests(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_run_leaves_exactly_these_files(small_run_folder):
    assert set(digests(small_run_folder)) == FILES


def test_writing_again_gives_the_same_bytes(copy):
    before = digests(copy)
    Run.open(copy).save()
    assert digests(copy) == before


def test_a_run_of_its_own_study_file_gives_the_same_bytes(small_run_folder, tmp_path):
    Study.load(small_run_folder / "study.yaml").run(tmp_path / "again")
    assert digests(tmp_path / "again") == digests(small_run_folder)


def test_an_opened_run_decides_as_the_first_did(run, small_run_folder):
    pairs = pd.read_csv(small_run_folder / "pairs.csv")
    assert run.pairs["us_site"].tolist() == pairs["us_site"].tolist()
    np.testing.assert_allclose(run.pairs["score"], pairs["score"], atol=5e-7, rtol=0)
    sites = pd.read_csv(small_run_folder / "sites.csv")
    assert run.sites.index.tolist() == sites["site_id"].tolist()


def test_reweighting_changes_the_scores_and_nothing_else(run):
    heavy = run.reweight(water=0.9)
    assert heavy.measures is run.measures
    column = run.decision.criteria.index("water_status")
    assert heavy.decision.weights[column, 0] > 4 * run.decision.weights[column, 0]
    assert not np.allclose(heavy.decision.scores.score, run.decision.scores.score)
    np.testing.assert_array_equal(heavy.decision.values, run.decision.values)
    assert run.reweight().decision.sites.equals(run.decision.sites)


@pytest.mark.parametrize("side", ["US", "MX"])
def test_the_best_cells_are_those_of_the_scores(run, side):
    heavy = run.reweight(power=0.6)
    found = heavy.best(side, 7)
    scores = pd.Series(heavy.decision.scores.score, heavy.measures.index)
    fit = (heavy.measures["side"] == side).to_numpy() & (heavy.decision.verdict != "FAIL")
    expected = scores[fit].nlargest(7)
    assert found["score"].to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-6)
    assert scores[found.index].to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-6)
    assert set(found["side"]) == {side}


def test_saving_elsewhere_leaves_the_first_alone(copy, tmp_path):
    before = digests(copy)
    other = tmp_path / "heavy"
    Run.open(copy).reweight(water=0.9).save(other)
    assert digests(copy) == before
    assert set(digests(other)) | {name for name in FILES if name.startswith("measures/")} == FILES
    assert (other / "sites.csv").read_bytes() != (copy / "sites.csv").read_bytes()
    saved = Study.load(other / "study.yaml")
    assert saved.groups["water"] / sum(saved.groups.values()) == pytest.approx(0.9)


@pytest.mark.parametrize("end", [OSError("no space left"), KeyboardInterrupt("no time left")])
def test_a_write_that_ends_early_leaves_the_whole_run_that_was_there(copy, monkeypatch, end):
    from sitesel.show import tables

    before = digests(copy)

    def stop(*_):
        raise end

    monkeypatch.setattr(tables, "write_suitability", stop)
    with pytest.raises(type(end), match="left"):
        Run.open(copy).reweight(water=0.9).save()
    assert digests(copy) == before
    assert {path.name for path in copy.iterdir()} == {name.split("/")[0] for name in FILES}


def test_a_write_that_ends_early_leaves_the_whole_run_of_another_folder(copy, tmp_path):
    other = tmp_path / "other"
    Run.open(copy).reweight(water=0.9).save(other)
    (other / "measures" / "part-0001.parquet").write_bytes(b"of a larger run")
    before = digests(other)

    def stop(step, *_):
        if step == "study.yaml":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Run.open(copy).save(other, report=stop)
    assert digests(other) == before
    Run.open(copy).save(other)
    here, there = digests(copy), digests(other)
    del here["measures/layers.block"]
    assert there.pop("study.yaml")
    assert here.pop("study.yaml")
    assert there == here


def test_a_run_of_parcels_leaves_no_surface_of_a_grid_that_was_run_there(told_run, copy):
    def stop(step, *_):
        if step == "study.yaml":
            raise KeyboardInterrupt

    before = digests(copy)
    with pytest.raises(KeyboardInterrupt):
        told_run.save(copy, report=stop)
    assert digests(copy) == before
    told_run.save(copy)
    assert "suitability.tif" in before
    assert set(digests(copy)) == FILES - {"suitability.tif"}


def test_a_folder_without_a_run_is_told(tmp_path, copy):
    with pytest.raises(StudyError, match=r"no study\.yaml here"):
        Run.open(tmp_path)
    shutil.rmtree(copy / "measures")
    with pytest.raises(StudyError, match="no finished measures"):
        Run.open(copy)


def test_the_surface_holds_the_scores_of_all_cells_that_do_not_fail(copy):
    run = Run.open(copy)
    wet = run.measures["gate:water_body"].copy()
    wet.iloc[::7] = 0.9
    from sitesel.decision import decide
    from sitesel.show.tables import write_suitability

    measures = run.measures.assign(**{"gate:water_body": wet})
    decision = decide(run.study, measures, run.measured.delays)
    path = copy / "suitability.tif"
    path.unlink()
    write_suitability(measures, decision.scores.score, decision.verdict, 2000, path)
    assert (decision.verdict == "CONDITIONAL").any()
    with rasterio.open(path) as raster:
        band, seen = raster.read(1), 0
        for x, y, score, verdict in zip(
            (measures["col"] + 0.5) * 2000,
            (measures["row"] + 0.5) * 2000,
            decision.scores.score,
            decision.verdict,
            strict=True,
        ):
            value = band[raster.index(x, y)]
            if verdict == "FAIL":
                assert np.isnan(value)
            else:
                assert value == np.float32(score)
                seen += 1
        assert np.isfinite(band).sum() == seen


def test_the_surface_is_a_cloud_optimised_geotiff_in_the_working_crs(small_run_folder):
    with rasterio.open(small_run_folder / "suitability.tif") as raster:
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert raster.profile["tiled"]
        assert raster.res == (2000, 2000)
        assert raster.count == 1
        assert raster.dtypes == ("float32",)
        assert np.isnan(raster.nodata)
        assert WORKING_CRS.is_exact_same(raster.crs.to_wkt()) or (
            raster.crs.to_dict() == rasterio.crs.CRS.from_wkt(WORKING_CRS.to_wkt()).to_dict()
        )


def test_the_geopackage_reads_back_with_its_styles(small_run_folder):
    path = small_run_folder / "sites.gpkg"
    assert set(gpd.list_layers(path)["name"]) >= {"sites", "pairs"}
    sites, pairs = (gpd.read_file(path, layer=name) for name in ("sites", "pairs"))
    table = pd.read_csv(small_run_folder / "sites.csv")
    assert sites["site_id"].tolist() == table["site_id"].tolist()
    np.testing.assert_allclose(sites["score"], table["score"], atol=5e-7, rtol=0)
    np.testing.assert_allclose(sites.to_crs(WORKING_CRS).area / 1e4, table["hectares"], rtol=1e-6)
    assert sites.crs.to_epsg() == pairs.crs.to_epsg() == 4326
    assert (pairs.geom_type == "LineString").all()
    with sqlite3.connect(path) as base:
        rows = base.execute(
            "SELECT f_table_name, f_geometry_column, useAsDefault FROM layer_styles"
        ).fetchall()
        columns = dict(
            base.execute("SELECT table_name, column_name FROM gpkg_geometry_columns").fetchall()
        )
    base.close()
    assert sorted(row[0] for row in rows) == ["pairs", "sites"]
    for name, geometry, default in rows:
        assert columns[name] == geometry
        assert default == 1


def test_the_record_says_what_the_run_rests_on(run, small_run_folder):
    record = json.loads((small_run_folder / "run.json").read_text("utf-8"))
    catalog = run.plan.catalog
    for name, layer in record["layers"].items():
        said = layer["hash"]
        files = [catalog[name].definition, catalog[name].path]
        real = "".join(hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in files)
        assert said == real
        assert layer["licence"]
        assert layer["vintage"]
        assert layer["quality"] in "ABCD"
    assert {"roads", "power_plants", "ports_of_entry", "free_zone_north"} <= set(record["layers"])
    assert record["as_of"] == "2026-11-21"
    optional = {name for name, each in run.study.criteria.items() if each.optional}
    optional |= {name for name, gate in run.study.gates.items() if gate.optional}
    assert set(record["left_out"]) == optional >= {"grid_access", "built_up"}
    assert sum(record["candidates"].values()) == len(run.measures)
    assert sum(record["verdicts"].values()) == len(run.measures)
    assert record["crossing_minutes"] == run.measured.delays
    for side in ("US", "MX"):
        assert sum(w[side] for w in record["weights"].values()) == pytest.approx(1)
    text = json.dumps(record)
    assert str(small_run_folder.parent) not in text
    assert str(shipped("layers").parent) not in text


def test_no_file_names_the_machine_it_was_written_on(small_run_folder):
    words = [str(small_run_folder.parent).encode(), str(shipped("layers").parent).encode() + b"/"]
    for name in FILES:
        content = (small_run_folder / name).read_bytes()
        for word in words:
            assert word not in content, name


@pytest.mark.parametrize("name", ["a:b", "s3:x", "file:x"])
def test_a_folder_whose_name_looks_like_an_address_is_a_folder(
    own_layer, tmp_path, monkeypatch, name
):
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame({"side": pd.Series(["US", "US"])}, index=pd.Index(["a", "b"], name="id"))
    path = Path(name) / "measures" / "part-0000.parquet"
    mark = {"fingerprint": "x", "study": "x", "parts": "1", "ports": "{}", "layers": "{}"}
    engine._write(frame, path, mark | {"definitions": "{}"})
    assert measured.mark_of(path).parts == 1
    assert list(measured.columns(path.parent)) == ["side"]
    layer = Catalog.default(own_layer("lon,lat\n-106.4,31.7\n"))["mine"]
    build = Build(None, layer, Path(name))
    spots = gpd.GeoDataFrame({"n": [1]}, geometry=gpd.points_from_xy([-106], [31]), crs=4326)
    for rows in (spots, pd.DataFrame({"n": [1]})):
        build.take_frame(rows)
        assert pd.read_parquet(Path(name).absolute() / "mine.parquet")["n"].tolist() == [1]
