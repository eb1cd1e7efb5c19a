"""Measuring: which candidates there are, and what a later run measures again."""

import shutil
import signal
import subprocess
import sys
import time
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
import yaml

from sitesel import engine, plan
from sitesel import measured as left
from sitesel.catalog.layers import Catalog
from sitesel.crs import LONLAT, WORKING_CRS
from sitesel.errors import SiteselError, StudyError, UnknownNameError
from sitesel.study import Run, Study
from sitesel.study_parts import Weights

BOX = [-106.9, 31.45, -106.1, 32.0]
PLAIN = {
    "study": "plain",
    "title": "Plain",
    "as_of": date(2026, 11, 21),
    "area": {"bbox": BOX},
    "candidates": {"grid_m": 2000},
    "gates": {"wet": {"measure": {"kind": "share", "of": "reservoirs"}, "max": 0.05}},
    "criteria": {
        "plants": {
            "measure": {"kind": "count_within", "of": "power_plants", "km": 50},
            "value": {"at": {0: 0, 5: 1}, "unit": "count"},
            "weight": 3,
        },
        "rail": {
            "measure": {"kind": "distance", "of": "rail"},
            "value": {"at": {2: 1, 30: 0}, "unit": "km"},
            "weight": 2,
        },
    },
    "sites": {"hectares": 400, "per_side": 5},
}
HEAD = """
title: x
summary: x
publisher: x
source: x
licence: x
attribution: x
vintage: x
quality: A
quality_why: x
"""


def plain(**changes):
    return Study.model_validate(PLAIN | changes)


def silent(*_):
    pass


@pytest.fixture
def own_layers(tmp_path):
    """A folder with a user's own parcels and spots; returns a function that writes a layer."""
    folder = tmp_path / "own"
    folder.mkdir()

    def write(name, geometry, rows, **more):
        if isinstance(rows, gpd.GeoDataFrame):
            file = f"{name}.parquet"
            rows.to_parquet(folder / file)
        else:
            file = f"{name}.csv"
            (folder / file).write_text(rows, encoding="utf-8")
        content = {"id": name, "geometry": geometry, "file": file} | more
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content) + HEAD, encoding="utf-8")
        return folder

    return write


@pytest.fixture
def lots(own_layers):
    """Three parcels near Ciudad Juárez and El Paso: two large ones and a small one."""
    squares = [
        shapely.box(-106.70, 31.72, -106.68, 31.74),
        shapely.box(-106.70, 31.85, -106.68, 31.87),
        shapely.box(-106.60, 31.85, -106.599, 31.851),
    ]
    frame = gpd.GeoDataFrame({"lot": ["south", "north", "tiny"]}, geometry=squares, crs=LONLAT)
    return own_layers("lots", {"kind": "stored"}, frame)


def measured(study, folder, catalog):
    """Return the table of measures; the delays and layers are tested where they are used."""
    return engine.measure(plan.Plan.of(study, catalog), folder, silent).table


def stored(study, folder, catalog):
    return left.stored(plan.Plan.of(study, catalog), folder).table


def stamps(folder):
    return {path.name: path.stat().st_mtime_ns for path in sorted(folder.glob("part-*.parquet"))}


def again(study, folder, catalog):
    """Measure again; return the names of the parts that were written."""
    before = stamps(folder)
    time.sleep(0.01)
    frame = measured(study, folder, catalog)
    return {name for name, stamp in stamps(folder).items() if before.get(name) != stamp}, frame


# --- what a later run measures again ---------------------------------------------------------


@pytest.fixture
def finished(monkeypatch, tmp_path, catalog):
    """A finished measurement of several parts: its folder and frame."""
    monkeypatch.setattr(engine, "CHUNK", 300)
    folder = tmp_path / "measures"
    frame = measured(plain(), folder, catalog)
    assert len(stamps(folder)) == 4
    return folder, frame


def test_nothing_is_measured_again_when_nothing_changed(finished, catalog):
    folder, frame = finished
    written, same = again(plain(), folder, catalog)
    assert written == set()
    pd.testing.assert_frame_equal(frame, same)


def test_a_part_that_is_gone_is_measured_again_alone(finished, catalog):
    folder, frame = finished
    (folder / "part-0002.parquet").unlink()
    written, same = again(plain(), folder, catalog)
    assert written == {"part-0002.parquet"}
    pd.testing.assert_frame_equal(frame, same)


@pytest.mark.parametrize("keep", [0, 10, 0.5, -4])
def test_a_part_that_is_cut_short_is_measured_again_alone(finished, catalog, keep):
    folder, frame = finished
    path = folder / "part-0001.parquet"
    content = path.read_bytes()
    end = int(len(content) * keep) if isinstance(keep, float) else keep
    path.write_bytes(content[:end])
    written, same = again(plain(), folder, catalog)
    assert written == {"part-0001.parquet"}
    pd.testing.assert_frame_equal(frame, same)


def test_new_weights_anchors_gates_and_words_measure_nothing(finished, catalog):
    folder, _ = finished
    study = plain().weighted(Weights(criteria={"rail": 50}))
    criteria = {
        name: {**content, "value": {"at": {0: 1, 99: 0}}, "title": "other"}
        for name, content in PLAIN["criteria"].items()
    }
    gates = {"wet": PLAIN["gates"]["wet"] | {"max": 0.5, "verdict": "CONDITIONAL"}}
    sites = {"hectares": 800, "per_side": 2}
    for other in (study, plain(criteria=criteria, gates=gates, sites=sites, title="Other")):
        assert again(other, folder, catalog)[0] == set()


@pytest.mark.parametrize(
    "change",
    [
        {"as_of": date(2025, 6, 1)},
        {"area": {"bbox": [-106.9, 31.45, -106.1, 32.01]}},
        {"candidates": {"grid_m": 2100}},
        {"gates": {}},
        {"sites": {"landmarks": ["industrial_parks"]}},
        {
            "criteria": PLAIN["criteria"]
            | {
                "plants": PLAIN["criteria"]["plants"]
                | {"measure": {"kind": "count_within", "of": "power_plants", "km": 51}}
            }
        },
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_change_of_what_is_measured_measures_all_again(finished, catalog, change):
    folder, _ = finished
    written, _ = again(plain(**change), folder, catalog)
    assert written == set(stamps(folder))


def test_pairs_need_the_minutes_to_the_ports(finished, catalog):
    """A study that gains pairs measures what it lacked."""
    folder, _ = finished
    _, frame = again(plain(pairs={}), folder, catalog)
    assert "port:santa_teresa" in frame


def test_a_changed_layer_measures_all_again(tmp_path, own_layers):
    rows = "name,lon,lat\na,-106.5,31.7\n"
    folder = own_layers("spots", {"kind": "points"}, rows)
    criterion = PLAIN["criteria"]["rail"] | {"measure": {"kind": "distance", "of": "spots"}}
    study = plain(criteria={"spot": criterion})
    parts = tmp_path / "measures"
    _, first = again(study, parts, Catalog.default(folder))
    assert again(study, parts, Catalog.default(folder))[0] == set()
    own_layers("spots", {"kind": "points"}, rows + "b,-106.3,31.6\n")
    written, second = again(study, parts, Catalog.default(folder))
    assert written == set(stamps(parts))
    assert (second["raw:spot"] <= first["raw:spot"]).all()
    assert (second["raw:spot"] < first["raw:spot"]).any()


def test_a_changed_definition_measures_all_again(tmp_path, own_layers):
    rows = "name,lon,lat\na,-106.5,31.7\n"
    criterion = PLAIN["criteria"]["rail"] | {"measure": {"kind": "distance", "of": "spots"}}
    study, parts = plain(criteria={"spot": criterion}), tmp_path / "measures"
    folder = own_layers("spots", {"kind": "points"}, rows)
    again(study, parts, Catalog.default(folder))
    own_layers("spots", {"kind": "points"}, rows, coverage=[[-106.6, 31, -106, 32]])
    written, frame = again(study, parts, Catalog.default(folder))
    assert written == set(stamps(parts))
    assert frame["raw:spot"].isna().any()


def test_a_layer_that_lends_its_polygons_counts_as_well(own_layers):
    """What a borrowed geometry rests on is part of what the measures rest on."""
    area = gpd.GeoDataFrame(
        {"cvegeo": ["1"]}, geometry=[shapely.box(-106.6, 31.5, -106.4, 31.7)], crs=LONLAT
    )
    own_layers("shapes", {"kind": "stored"}, area)
    folder = own_layers(
        "facts", {"kind": "borrowed", "of": "shapes", "key": "cvegeo"}, "cvegeo\n1\n"
    )
    measure = {"kind": "inside", "of": "facts"}
    criteria = {"in": {"measure": measure, "value": {"at": {0: 0, 1: 1}}, "weight": 1}}
    study = plain(criteria=criteria)
    before = plan.Plan.of(study, Catalog.default(folder)).fingerprint()
    area.geometry = [shapely.box(-106.6, 31.5, -106.4, 31.8)]
    own_layers("shapes", {"kind": "stored"}, area)
    assert plan.Plan.of(study, Catalog.default(folder)).fingerprint() != before


def test_other_truck_speeds_measure_again(tmp_path):
    """Speeds stand in a table beside the roads."""
    shipped = Catalog.default()["roads"]
    own = tmp_path / "roads"
    own.mkdir()
    for path in (shipped.definition, shipped.path, shipped.path.with_name("speeds.csv")):
        shutil.copy(path, own)
    before = plan.Plan.of(plain(), Catalog.default(own)).fingerprint()
    speeds = own / "speeds.csv"
    speeds.write_text(speeds.read_text("utf-8") + "\n", "utf-8")
    assert plan.Plan.of(plain(), Catalog.default(own)).fingerprint() != before


def test_parts_of_an_earlier_larger_run_go(finished, catalog):
    folder, _ = finished
    (folder / "part-0000.parquet").unlink()  # a hole: the earlier run lost a part
    study = plain(area={"bbox": [-106.7, 31.6, -106.3, 31.9]})
    frame = measured(study, folder, catalog)
    pd.testing.assert_frame_equal(frame, stored(study, folder, catalog))


def test_parts_of_different_studies_are_not_mixed(finished, catalog):
    """A run of a changed study was killed after its first part; the rest is of the old study."""
    folder, _ = finished
    old = {path: path.read_bytes() for path in sorted(folder.glob("*.parquet"))[1:]}
    measured(plain(as_of=date(2025, 6, 1)), folder, catalog)
    for path, content in old.items():
        path.write_bytes(content)
    with pytest.raises(StudyError, match="no finished measures"):
        stored(plain(), folder, catalog)


@pytest.mark.parametrize("part", ["part-0000.parquet", "part-0003.parquet"])
def test_a_spoilt_part_is_told_when_a_run_is_opened(finished, part, catalog):
    folder, _ = finished
    (folder / part).write_bytes(b"PAR1 and no more")
    with pytest.raises(SiteselError, match="run the study"):
        stored(plain(), folder, catalog)


def _spoilt(path, table, metadata=None):
    kept = pq.read_metadata(path).metadata
    content = pa.Table.from_pandas(table, preserve_index=False)
    pq.write_table(content.replace_schema_metadata(kept | (metadata or {})), path)


MARKS = [
    ("fingerprint", b"\xff"),
    ("parts", b"x"),
    ("parts", b"-1"),
    ("parts", b""),
    ("ports", b"\xff"),
    ("ports", b"[]"),
    ("ports", b"null"),
    ("ports", b"{"),
    ("ports", b'{"a": "b"}'),
    ("layers", b"[1]"),
    ("layers", b'{"rail": 5}'),
    ("layers", b'{"rail": "x"}'),
    ("layers", b""),
]


def test_a_mark_that_is_not_as_it_was_written_is_no_finished_run(finished, catalog):
    folder, frame = finished
    path = folder / "part-0000.parquet"
    table = pq.read_table(path).to_pandas()
    for key, value in MARKS:
        _spoilt(path, table, {key.encode(): value})
        with pytest.raises(StudyError, match="no finished measures here; run the study first"):
            stored(plain(), folder, catalog)
    written, same = again(plain(), folder, catalog)
    assert written == {"part-0000.parquet"}
    pd.testing.assert_frame_equal(frame, same)


@pytest.mark.parametrize("said", [b"", b"{}", b'{"rail": 5}'])
def test_definitions_that_are_not_those_of_the_layers_are_told(finished, catalog, said):
    folder, frame = finished
    for path in folder.glob("part-*.parquet"):
        _spoilt(path, pq.read_table(path).to_pandas(), {b"definitions": said})
    with pytest.raises(StudyError, match=r"part-0000\.parquet: does not say what it is: it is dam"):
        stored(plain(), folder, catalog)
    _, same = again(plain(), folder, catalog)
    pd.testing.assert_frame_equal(frame, same)


def test_layers_of_the_marks_that_are_not_those_of_now_measure_again(finished, catalog):
    folder, frame = finished
    for path in folder.glob("part-*.parquet"):
        _spoilt(path, pq.read_table(path).to_pandas(), {b"layers": b'{"rail": "x"}'})
    written, same = again(plain(), folder, catalog)
    assert len(written) == 4
    pd.testing.assert_frame_equal(frame, same)


EDITED = [
    ({"place": ...}, "lacks the column 'place'"),
    ({"zones_es": ...}, "lacks the column 'zones_es'"),
    ({"raw:rail": ...}, "lacks the column 'raw:rail'"),
    ({"row": ...}, "lacks the column 'row'"),
    ({"lat": "x"}, "the column 'lat' does not hold numbers"),
    ({"land": "x"}, "the column 'land' does not hold shapes"),
    ({"place": 5.0}, "the column 'place' does not hold text"),
    ({"zones_en": None}, "the column 'zones_en' is not whole"),
    ({"lon": np.inf}, "the column 'lon' is not whole"),
    ({"side": "CA"}, "does not say of each candidate on which side it lies"),
    ({"side": None}, "does not say of each candidate on which side it lies"),
    ({}, "does not say of each candidate on which side it lies"),
    ({"lon": ...}, "lacks the column 'lon'"),
]


def test_a_part_that_was_edited_is_told_and_measured_again(finished, catalog):
    folder, frame = finished
    path = folder / "part-0001.parquet"
    table = pq.read_table(path).to_pandas()
    for change, words in EDITED:
        gone = [name for name, value in change.items() if value is ...]
        other = {name: value for name, value in change.items() if value is not ...}
        rows = table if change else table[:0]
        _spoilt(path, rows.drop(columns=gone).assign(**other))
        told = rf"part-0001\.parquet: {words}: .* run the study again, which measures it anew$"
        with pytest.raises(StudyError, match=told):
            stored(plain(), folder, catalog)
    written, same = again(plain(), folder, catalog)
    assert written == {"part-0001.parquet"}
    pd.testing.assert_frame_equal(frame, same)


def test_a_damaged_byte_anywhere_is_never_a_measure(finished, catalog):
    """Whatever byte is hit: the measures are those of before, or the damage is told."""
    folder, frame = finished
    path = folder / "part-0000.parquet"
    whole = path.read_bytes()
    told = 0
    for place in np.random.default_rng(1).integers(0, len(whole), 150):
        broken = bytearray(whole)
        broken[place] ^= 255
        path.write_bytes(bytes(broken))
        try:
            pd.testing.assert_frame_equal(stored(plain(), folder, catalog), frame)
        except StudyError as error:
            told += "run the study" in str(error)
    assert told > 75
    written, same = again(plain(), folder, catalog)
    assert written == {"part-0000.parquet"}
    pd.testing.assert_frame_equal(frame, same)


def test_measures_of_another_study_are_not_judged(finished, catalog):
    """A run of a changed study measured all and then found no site: its study.yaml is the old."""
    folder, _ = finished
    measured(plain(as_of=date(2025, 6, 1)), folder, catalog)
    with pytest.raises(StudyError, match="another study"):
        stored(plain(), folder, catalog)


def test_an_unfinished_or_empty_folder_holds_no_run(finished, tmp_path, catalog):
    folder, _ = finished
    (folder / "part-0003.parquet").unlink()
    for path in (folder, tmp_path / "nowhere"):
        with pytest.raises(StudyError, match="run the study first"):
            stored(plain(), path, catalog)


def test_parts_hold_what_the_run_holds(finished, catalog):
    folder, frame = finished
    tables = [pq.read_table(path).to_pandas() for path in sorted(folder.glob("*.parquet"))]
    assert [len(table) for table in tables] == [300, 300, 300, len(frame) - 900]
    assert pd.concat(tables)["site_id"].tolist() == frame.index.tolist()
    pd.testing.assert_frame_equal(stored(plain(), folder, catalog), frame)


def test_chunks_do_not_change_what_is_measured(finished, tmp_path, catalog, monkeypatch):
    _, frame = finished
    monkeypatch.setattr(engine, "CHUNK", 10_000)
    whole = measured(plain(), tmp_path / "whole", catalog)
    pd.testing.assert_frame_equal(frame, whole)


SCRIPT = """
import sys, time
from sitesel import engine
from sitesel.study import Study
engine.CHUNK = 300
write = engine._write
def slow(*args):
    write(*args)
    time.sleep(0.5)
if "slow" in sys.argv:
    engine._write = slow
Study.load(sys.argv[1]).run(sys.argv[2])
"""


def test_a_killed_run_goes_on_from_its_finished_parts(tmp_path, catalog):
    study, out = tmp_path / "plain.yaml", tmp_path / "out"
    study.write_text(plain().dump(), encoding="utf-8")
    script = [sys.executable, "-c", SCRIPT, str(study), str(out)]
    first = subprocess.Popen([*script, "slow"])
    deadline = time.monotonic() + 90
    while not stamps(out / "measures") and time.monotonic() < deadline:
        assert first.poll() is None
        time.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    first.wait()
    done = stamps(out / "measures")
    assert 1 <= len(done) < 4
    assert not (out / "pairs.csv").exists()
    subprocess.run(script, check=True)
    now = stamps(out / "measures")
    assert len(now) == 4
    assert done.items() <= now.items()
    whole = measured(plain(), tmp_path / "whole", catalog)
    pd.testing.assert_frame_equal(Run.open(out).measures, whole)


# --- candidates ------------------------------------------------------------------------------


def test_candidates_lie_within_reach_of_the_ports(catalog):
    study = plain(area={"ports": ["santa_teresa", "tornillo"], "within_km": 20})
    frame = plan.candidates_of(study, catalog)
    ports = catalog.load("ports_of_entry").set_index("port_id").geometry
    away = frame.geometry.centroid.apply(
        lambda point: min(point.distance(ports[port]) for port in ("santa_teresa", "tornillo"))
    )
    assert away.max() <= 20_000
    assert away.max() > 18_500
    assert set(frame["side"]) == {"US", "MX"}
    assert len(frame) * 400 == pytest.approx(2 * np.pi * 20**2 * 100, rel=0.02)


def test_all_ports_are_those_that_take_cargo_on_the_date(catalog):
    later = plan.open_ports(catalog, plain())["port_id"]
    assert "santa_teresa" in set(later)
    table = pd.read_csv(catalog["ports_of_entry"].path, dtype=str).set_index("port_id")
    assert (table.loc[later, "commercial"] == "true").all()
    assert not {"bota", "san_ysidro", "pedwest", "cbx"} & set(later)


def test_a_port_without_cargo_is_told(catalog):
    study = plain(area={"ports": ["santa_teresa", "san_ysidro"], "within_km": 20})
    with pytest.raises(StudyError, match="'san_ysidro' takes no cargo on 2026-11-21"):
        plan.candidates_of(study, catalog)


def test_an_unknown_port_is_told(catalog):
    study = plain(area={"ports": ["santa_tereza"], "within_km": 20})
    with pytest.raises(StudyError, match=r"area\.ports: .* did you mean 'santa_teresa'"):
        plan.candidates_of(study, catalog)


def test_candidates_lie_in_the_box_on_their_own_side(catalog):
    frame = plan.candidates_of(plain(), catalog)
    centre = gpd.GeoSeries(frame.geometry.centroid, crs=WORKING_CRS)
    degrees = centre.to_crs(LONLAT)
    assert degrees.x.between(BOX[0], BOX[2]).all()
    assert degrees.y.between(BOX[1] - 0.01, BOX[3] + 0.01).all()
    mexico = catalog.load("municipios")
    inside = gpd.GeoDataFrame(geometry=centre).sjoin(mexico, predicate="within").index.unique()
    assert set(frame.index[frame["side"] == "MX"]) == set(inside)


def test_candidates_lie_in_the_polygons_of_a_layer(catalog):
    area = {"layer": "us_counties", "where": {"name": "El Paso", "state": "TX"}}
    frame = plan.candidates_of(plain(area=area), catalog)
    counties = catalog.load("us_counties")
    county = counties[(counties["name"] == "El Paso") & (counties["state"] == "TX")].geometry
    assert frame.geometry.centroid.intersects(county.union_all()).all()
    assert len(frame) * 4e6 == pytest.approx(county.area.sum(), rel=0.03)
    assert set(frame["side"]) == {"US"}


def test_candidates_may_be_a_users_polygons(lots, tmp_path):
    candidates = {"layer": "lots", "id": "lot", "min_ha": 20}
    run = plain(candidates=candidates).run(tmp_path / "out", layers=[lots])
    assert run.measures["side"].to_dict() == {"south": "MX", "north": "US"}
    assert set(run.sites.index) == {"south", "north"}
    shapes = Catalog.default(lots).load("lots").set_index("lot").geometry
    for name, shape in run.sites.geometry.items():
        assert shape.equals_exact(shapes[name].normalize(), 1e-3)
    assert run.sites["hectares"].to_dict() == pytest.approx(
        (shapes.area / 10_000).drop("tiny").to_dict()
    )
    assert not (tmp_path / "out" / "suitability.tif").exists()
    assert run.measures.loc["south", "raw:rail"] > 0
    again = Run.open(tmp_path / "out")  # the run remembers the folder
    pd.testing.assert_frame_equal(again.decision.sites, run.decision.sites)


def test_parcels_bear_the_names_of_their_own_layer(lots, own_layers, tmp_path):
    frame = gpd.read_parquet(lots / "lots.parquet").assign(called=[" Lote Sur (fase 1)", None, "x"])
    field = {"called": {"title": "Name", "type": "text"}}
    own_layers("lots", {"kind": "stored"}, frame, label="called", fields=field)
    candidates = {"layer": "lots", "id": "lot", "min_ha": 20}
    run = plain(candidates=candidates).run(tmp_path / "out", layers=[lots])
    assert (
        run.sites.loc["south", "name"] == run.sites.loc["south", "name_es"] == "Lote Sur (fase 1)"
    )
    assert run.sites.loc["north", "name"] not in {"", "None", "<NA>", "nan"}
    assert "own_name" not in run.sites
    assert "Lote Sur (fase 1)" in (tmp_path / "out" / "sites.csv").read_text("utf-8-sig")
    again = Run.open(tmp_path / "out")
    assert again.sites["name"].tolist() == run.sites["name"].tolist()


def test_landmarks_may_be_areas_whose_label_is_another_column(lots, tmp_path):
    path = lots / "lots.parquet"
    frame = gpd.read_parquet(path).assign(name=[1, 2, 3], land=["MX", "US", "US"])
    frame.to_parquet(path)
    definition = yaml.safe_load((lots / "lots.yaml").read_text("utf-8"))
    definition |= {"label": "lot", "side": "land"}
    (lots / "lots.yaml").write_text(yaml.safe_dump(definition), "utf-8")
    study = plain(area={"bbox": [-106.8, 31.6, -106.4, 31.95]}, sites={"landmarks": ["lots"]})
    said = measured(study, tmp_path / "measures", Catalog.default(lots))["landmark"]
    assert set(said.dropna()) == {"south", "north", "tiny"}


@pytest.mark.parametrize(
    "area",
    [
        {"bbox": [-130, 20, -129, 21]},
        {"bbox": [-96.5, 25.0, -96.0, 25.5]},
        {"layer": "us_counties", "where": {"name": "Juárez"}},
    ],
)
def test_an_area_without_land_is_told(catalog, area):
    with pytest.raises(StudyError, match="area"):
        plan.candidates_of(plain(area=area), catalog)


def test_polygons_that_all_lie_outside_the_area_are_told(lots):
    study = plain(area={"bbox": [-100, 27, -99, 28]}, candidates={"layer": "lots", "id": "lot"})
    with pytest.raises(SiteselError, match="area"):
        plan.candidates_of(study, Catalog.default(lots))


# --- what is checked before anything is measured ---------------------------------------------


def _measuring(measure, **more):
    criterion = {"measure": measure, "value": {"at": {0: 0, 1: 1}}, "weight": 1} | more
    return PLAIN["criteria"] | {"extra": criterion}


def test_a_misspelt_layer_is_told_with_its_key(catalog):
    study = plain(criteria=_measuring({"kind": "distance", "of": "rial"}))
    with pytest.raises(UnknownNameError, match=r"criteria\.extra\.measure: no layer 'rial'.*rail"):
        plan.Plan.of(study, catalog)


def test_a_misspelt_field_is_told_with_its_key(catalog):
    measure = {"kind": "capacity_within", "of": "power_plants", "field": "capacity_m", "km": 9}
    study = plain(criteria=_measuring(measure))
    with pytest.raises(StudyError, match=r"criteria\.extra.* 'capacity_m'.*'capacity_mw'"):
        plan.Plan.of(study, catalog)


def test_an_optional_criterion_without_its_layer_is_left_out(catalog):
    measure = {"kind": "distance", "of": "grid_69kv"}
    checked = plan.Plan.of(plain(criteria=_measuring(measure, optional=True)), catalog)
    assert checked.left_out == ("extra",)
    assert "raw:extra" not in checked.specs()
    assert "grid_69kv" not in checked.layer_ids()


def test_a_run_rests_on_what_was_measured_whatever_layers_come_or_go(lots, tmp_path):
    extra = _measuring({"kind": "count_within", "of": "lots", "km": 5}, optional=True)
    gates = {"lots": {"measure": {"kind": "share", "of": "lots"}, "max": 0.9, "optional": True}}
    without = plain(criteria=extra, gates=gates).run(tmp_path / "without")
    assert without.plan.left_out == ("extra",)
    assert without.plan.gates_left_out == ("lots",)
    opened = Run.open(tmp_path / "without", layers=[lots])
    assert opened.plan.left_out == ("extra",)
    assert opened.plan.gates_left_out == ("lots",)
    pd.testing.assert_frame_equal(opened.decision.sites, without.decision.sites)
    within = plain(criteria=extra, gates=gates).run(tmp_path / "within", layers=[lots])
    assert within.plan.left_out == within.plan.gates_left_out == ()
    assert "raw_extra" in Run.open(tmp_path / "within").decision.sites


@pytest.mark.parametrize(("box", "enough"), [((-112, 26, -95, 34), True), (BOX, False)])
def test_a_stand_in_that_was_fetched_for_less_than_the_area_is_refused(own_layer, box, enough):
    fetched = {"at": "2026-11-22T01:00:00Z", "url": "https://x", "sha256": "0", "box": list(box)}
    folder = own_layer("lon,lat\n-106.4,31.7\n", replaces="seaports", fetched=fetched)
    measure = {"kind": "distance", "of": "seaports"}
    wide = [BOX[0] - 0.2, BOX[1], BOX[2], BOX[3]]
    study = plain(criteria=_measuring(measure), area={"bbox": wide})
    if enough:
        plan.Plan.of(study, Catalog.default(folder))
        return
    with pytest.raises(StudyError, match=r"'mine', which stands in for 'seaports'.*--area STUDY"):
        plan.Plan.of(study, Catalog.default(folder))


def test_a_gate_is_not_optional_because_a_criterion_is(catalog):
    measure = {"kind": "distance", "of": "grid_69kv"}
    gates = {"near": {"measure": measure, "max": 5}}
    for criteria in (_measuring(measure, optional=True), {"extra2": _measuring(measure)["extra"]}):
        both = criteria | {"last": _measuring(measure, optional=True)["extra"]}
        with pytest.raises(UnknownNameError, match="grid_69kv"):
            plan.Plan.of(plain(criteria=both, gates=gates), catalog)
    first = {"needed": _measuring(measure)["extra"]} | _measuring(measure, optional=True)
    with pytest.raises(UnknownNameError, match=r"criteria\.needed"):
        plan.Plan.of(plain(criteria=first), catalog)
