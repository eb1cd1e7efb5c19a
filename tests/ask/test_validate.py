"""The back-test of a run: points from files, regions, baselines, warnings, the mirror."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from sitesel import crs
from sitesel.ask import validate as module
from sitesel.ask.points_file import read_points
from sitesel.ask.validate import validate
from sitesel.crs import LONLAT
from sitesel.errors import LayerError, StudyError, UnknownNameError
from sitesel.measure.features import matching
from sitesel.resources import shipped
from sitesel.study import Run

PARKS = shipped("layers") / "industry" / "industrial_parks.csv"


@pytest.fixture(scope="module")
def run(small_run_folder):
    return Run.open(small_run_folder)


@pytest.fixture(scope="module")
def best(run, tmp_path_factory):
    """Points on the best land by score: a test that any score must pass."""
    cells = run.measures.assign(score=run.decision.scores.score, verdict=run.decision.verdict)
    cells = cells[cells["verdict"] != "FAIL"].sort_values("score", ascending=False, kind="stable")
    path = tmp_path_factory.mktemp("points") / "best.csv"
    cells.groupby("side").head(8)[["lon", "lat"]].to_csv(path, index=False)
    return path


@pytest.mark.parametrize(
    "names", [("lon", "lat"), ("Longitude", "LATITUDE"), ("x", "y"), ("Longitud", "latitud")]
)
def test_points_from_a_table(tmp_path, names):
    path = tmp_path / "points.csv"
    path.write_text(f"name,{names[0]},{names[1]}\na,-106.5,31.8\nb,,\nc,abc,31\n", "utf-8")
    found = read_points(path)
    assert (found.lon.tolist(), found.lat.tolist()) == ([-106.5], [31.8])
    assert found.left_out == [1, 2]


def test_degrees_with_a_decimal_comma_are_degrees(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("lon;lat\n-106,5;31,8\n-106,25;31,7\n31,8;-106,5\n", "utf-8")
    found = read_points(path)
    assert (found.lon.tolist(), found.lat.tolist()) == ([-106.5, -106.25], [31.8, 31.7])
    assert found.left_out == [2]  # longitude and latitude have changed places


def test_points_from_a_workbook_and_from_spanish_bytes(tmp_path):
    table = pd.DataFrame(
        {"Predio": ["Peña", "b"], "Latitud": [31.8, 31.7], "LONGITUD": [-106.5, -106]}
    )
    table.to_excel(tmp_path / "lotes.xlsx", index=False)
    table.to_csv(tmp_path / "lotes.csv", index=False, sep=";", encoding="cp1252")
    for name in ("lotes.xlsx", "lotes.csv"):
        lon, lat, _ = read_points(tmp_path / name)
        assert (lon.tolist(), lat.tolist()) == ([-106.5, -106], [31.8, 31.7])
    with pd.ExcelWriter(tmp_path / "two.xlsx") as book:
        table.to_excel(book, sheet_name="a")
        table.to_excel(book, sheet_name="b")
    with pytest.raises(LayerError, match=r"two\.xlsx: sheets with content: a, b; keep one of them"):
        read_points(tmp_path / "two.xlsx")


def test_a_layer_may_stand_in_place_of_a_file(run, tmp_path, monkeypatch):
    """Whoever installed the wheel has the layer, and no file of it."""
    monkeypatch.chdir(tmp_path)
    by_id, by_file = (validate(run, each) for each in (Path("industrial_parks"), PARKS))
    assert by_id.points == by_file.points
    assert by_id.sides["US"].tests == by_file.sides["US"].tests
    with pytest.raises(LayerError, match=r"^industrial_park: cannot be read: there is no such fi"):
        validate(run, Path("industrial_park"))
    with pytest.raises(LayerError, match="there is no such file"):
        read_points(tmp_path / "none.gpkg")


@pytest.mark.parametrize("suffix", ["geojson", "gpkg", "parquet"])
def test_points_from_geo_files(tmp_path, suffix):
    frame = gpd.GeoDataFrame(
        {"name": ["a"]}, geometry=gpd.points_from_xy([-106.5], [31.8]).buffer(0.01), crs=LONLAT
    ).to_crs(3857 if suffix != "geojson" else 4326)
    path = tmp_path / f"parks.{suffix}"
    frame.to_parquet(path) if suffix == "parquet" else frame.to_file(path)
    lon, lat, _ = read_points(path)
    assert (lon[0], lat[0]) == pytest.approx((-106.5, 31.8), abs=0.01)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "name,place\na,b\n", "columns lon and lat"),
        ("a.csv", "lon,lat\n,\n", "no point"),
        ("a.csv", "lon,lat\n500000,3500000\n", "degrees"),
        ("a.geojson", "{", "cannot be read"),
        ("a.xlsx", "lon,lat", "cannot be read as an Excel workbook"),
        ("none.csv", None, "cannot be read"),
    ],
)
def test_a_bad_file_is_one_message(tmp_path, name, text, said):
    path = tmp_path / name
    if text is not None:
        path.write_text(text, "utf-8")
    with pytest.raises(LayerError, match=said):
        read_points(path)


def test_the_score_finds_its_own_best_land(run, best):
    result = validate(run, best)
    assert (result.points, result.outside) == (16, 0)
    assert set(result.sides) == {"US", "MX"}
    for test in result.sides.values():
        assert test.points == 8
        assert test.tests["score"].overall.auc.value > 0.9
        assert test.ahead["city"].value > 0


def test_score_places_are_counted_on_the_side_alone(run, best):
    lon, lat, _ = read_points(best)
    table = run.measures.assign(score=run.decision.scores.score, verdict=run.decision.verdict)
    result = validate(run, best)
    for side, test in result.sides.items():
        own = table[(table["side"] == side) & (table["verdict"] != "FAIL")]
        at = [
            np.argmin(np.hypot(own["lon"] - x, own["lat"] - y))
            for x, y in zip(lon, lat, strict=True)
            if np.hypot(own["lon"] - x, own["lat"] - y).min() < 1e-6
        ]
        worth = own["score"].to_numpy()
        expected = [(worth < worth[i]).mean() + (worth == worth[i]).mean() / 2 for i in at]
        assert sorted(test.curves["score"]) == pytest.approx(sorted(expected))


def test_the_naive_highway_is_no_street_where_streets_stand_in(run, streets):
    """The cell lies on a residential street, 1.6 km south of the trunk road."""
    spot = pd.DataFrame({"lon": [-106.4, -106.4], "lat": [31.806, 31.83]})
    world = SimpleNamespace(measures=spot, plan=SimpleNamespace(catalog=streets))
    found = module._baselines(world, np.array(["US", "US"], object))["highway"]
    assert found == pytest.approx([-1553, -1109], rel=0.03)
    criterion = run.study.criteria["trunk_road"].measure
    counted = streets.load("roads")[matching(streets.load("roads"), criterion.where)]
    assert set(counted["class"]) == {"trunk", "trunk_link"}


def test_without_a_highway_the_naive_baseline_knows_nothing(streets, monkeypatch):
    none = streets.load("roads").assign(highway=False)
    monkeypatch.setitem(streets._frames, "roads", none)
    spot = pd.DataFrame({"lon": [-106.4], "lat": [31.806]})
    world = SimpleNamespace(measures=spot, plan=SimpleNamespace(catalog=streets))
    assert np.isnan(module._baselines(world, np.array(["US"], object))["highway"]).all()


def test_the_embedded_highways_are_all_of_the_network(run):
    roads = run.plan.catalog.load("roads")
    assert roads["highway"].all()
    lines = roads[roads["drawn"]].geometry.segmentize(500).get_coordinates().to_numpy()
    cell = run.measures.iloc[[0]]
    x, y = crs.xy(cell["lon"].to_numpy(), cell["lat"].to_numpy())
    nearest = np.hypot(lines[:, 0] - x, lines[:, 1] - y).min()
    found = module._baselines(run, run.measures["side"].to_numpy(object))["highway"]
    assert found[0] == pytest.approx(-nearest)


def test_a_criterion_that_contains_the_answer_is_told(run):
    told = validate(run, PARKS)
    assert told.leaks == {"industrial_fabric": "industrial_parks"}
    assert told.outside > 50
    without = validate(run, PARKS, exclude=["industrial_fabric"])
    assert without.leaks == {}
    places = [result.sides["US"].curves["score"] for result in (told, without)]
    assert places[0].tolist() != places[1].tolist()


def test_the_mirror_stands_beside_the_weights_and_changes_nothing(run, best):
    before = run.study.model_dump()
    result = validate(run, best, exclude=["rail"], suggest=True)
    mirror = result.suggestion
    assert mirror is not None
    assert set(mirror.own) == set(mirror.fitted) == set(run.decision.criteria) - {"rail"}
    assert sum(mirror.fitted.values()) == pytest.approx(1)
    assert sum(mirror.own.values()) == pytest.approx(1)
    assert min(mirror.fitted.values()) >= 0
    assert run.study.model_dump() == before


def test_weights_are_judged_in_regions_that_they_have_not_seen(run, best, monkeypatch):
    """No fit that is judged holds points or land of the regions in which it is judged."""
    fits, judged = [], []
    suggest, folds = module.backtest.suggest, module.backtest.folds
    monkeypatch.setattr(
        module.backtest,
        "suggest",
        lambda values, code, points, land: (
            fits.append((points, land)) or suggest(values, code, points, land)
        ),
    )
    monkeypatch.setattr(module.backtest, "folds", lambda of: judged.extend(folds(of)) or folds(of))
    validate(run, best, suggest=True)
    region = module._regions(run.measures)
    *held_out, (points, land) = fits
    assert len(held_out) == len(judged) > 1
    for fold, (others, ground) in zip(judged, held_out, strict=True):
        assert not {*region[others]} & {*fold}
        assert not {*region[ground]} & {*fold}
        assert len(others) == (~np.isin(region[points], fold)).sum() > 0
        assert len(ground) == (~np.isin(region[land], fold)).sum() > 0


def test_the_same_seed_gives_the_same_figures(run, best):
    once, again = (validate(run, best, suggest=True) for _ in range(2))
    assert once.suggestion == again.suggestion
    assert [t.tests for t in once.sides.values()] == [t.tests for t in again.sides.values()]


def test_mistakes_are_told(run, best, tmp_path):
    with pytest.raises(UnknownNameError, match="did you mean 'rail'"):
        validate(run, best, exclude=["rails"])
    far = tmp_path / "far.csv"
    pd.DataFrame({"lon": [2.35], "lat": [48.85]}).to_csv(far, index=False)
    with pytest.raises(StudyError, match="none of 1 points"):
        validate(run, far)
