"""Real files of the border, added as a user would, and what they change in a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from sitesel.cli import app
from sitesel.study import Run, Study

if TYPE_CHECKING:
    from pathlib import Path

OPEN = [f"Highest_kV={kv}" for kv in ("110kV to 161kV", "220kV to 287kV", "345kV to 500kV")]
TRACTS = [
    "tracts/ca_border_tracts2010_06073_06025.parquet",
    "tracts/elpaso_48141_tracts2020_tiger.parquet",
    "oz/tracts2018_polygons_az_nm.parquet",
]


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Path:
    """A folder of layers made from the real files by the commands alone."""
    folder = tmp_path_factory.mktemp("mine")

    def layers(*words: str) -> None:
        result = CliRunner().invoke(app, ["layers", *words, "--to", str(folder)])
        assert result.exit_code == 0, result.output

    def real(*names: str) -> list[str]:
        return [str(shared_data / name) for name in names]

    layers("add", *real(*TRACTS), "--id", "oz_tracts", "--replaces", "opportunity_zones",
           "--side-from", "border", "--where", "oz1=true", "--where", "oz1=yes_same_code",
           "--set", "valid_from=2018-06-14", "--set", "valid_to=2028-12-31",
           "--set", "status=operating")  # fmt: skip
    layers("add", *real("power/mx_substations_kv.parquet"), "--id", "cfe_stations",
           "--field", "kv=Voltaje_KV", "--side-from", "border",
           "--where", "Fase=En operacion", "--country", "MX")  # fmt: skip
    layers("add", *real("power/cec_substations_ca_bbox.parquet"), "--id", "cec_stations",
           "--side-from", "border", "--country", "US", "--covers=-119,32.4,-114.1,35",
           "--where", "Status=Operational",
           *(word for each in OPEN for word in ("--where", each)))  # fmt: skip
    layers("add", *real("water/mx_conagua_surface_basins_2023.parquet"),
           "--id", "conagua_availability", "--field", "available_hm3=d_",
           "--side-from", "border", "--country", "MX")  # fmt: skip
    layers("add", *real("ports/bts_border_crossing_us_mexico_1996_2019.parquet"), "--id", "bts",
           "--replaces", "border_crossings", "--table",
           "--field", "name=port_name", "--field", "month=date")  # fmt: skip
    layers("fetch", "port_trucks_bts", "--offline")
    return folder


def study(folder: Path, extends: str, **changes: Any) -> Path:
    content = {"extends": extends, "study": f"real-{extends}", "candidates": {"grid_m": 2000}}
    path = folder / f"{extends}-{len(changes)}.yaml"
    path.write_text(yaml.safe_dump(content | changes), "utf-8")
    return path


GRID = {"measure": {"kind": "distance", "of": ["cfe_stations", "cec_stations"], "same_side": True}}


@pytest.fixture(scope="module")
def paso(mine: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run]:
    """Paso del Norte as shipped, and with all the real files."""
    folder = tmp_path_factory.mktemp("paso")
    plain = Study.load(study(folder, "paso-del-norte")).run(folder / "plain")
    real = study(folder, "paso-del-norte", layers=[str(mine)], criteria={"grid_access": GRID})
    return plain, Study.load(real).run(folder / "real")


def moved(plain: Run, real: Run, name: str) -> pd.Series[bool]:
    """Say which candidates have another measure, UNKNOWN among them."""
    before, after = plain.measures[f"raw:{name}"], real.measures[f"raw:{name}"]
    return ~((before == after) | (before.isna() & after.isna()))


def test_tracts_change_the_zones_of_the_united_states_alone(paso):
    _, real = paso
    side, changed = real.measures["side"], moved(*paso, "opportunity_zone")
    assert changed[side == "US"].mean() > 0.1
    lon, lat = real.measures["lon"], real.measures["lat"]
    chihuahuita = (lon.between(-106.5, -106.35)) & lat.between(31.75, 31.9) & (side == "US")
    assert real.measures.loc[chihuahuita, "raw:opportunity_zone"].notna().all()
    hudspeth = (lon > -105.9) & (lat < 31.3) & (side == "US")
    assert hudspeth.any()
    assert real.measures.loc[hudspeth, "raw:opportunity_zone"].isna().all(), "no tracts of it"


def test_substations_speak_of_their_own_side_and_extent(paso):
    plain, real = paso
    assert "raw:grid_access" not in plain.measures
    km, side = real.measures["raw:grid_access"], real.measures["side"]
    assert km[side == "MX"].notna().all()
    assert km[side == "MX"].min() < 2
    assert km[side == "US"].isna().all(), "the Californian stations say nothing of Texas"


def test_basins_give_the_water_that_is_available(paso):
    plain, real = paso
    assert "raw:water_availability" not in plain.measures
    water, side = real.measures["raw:water_availability"], real.measures["side"]
    assert water[side == "US"].isna().all()
    assert water[side == "MX"].notna().mean() > 0.95
    assert water.min() < 0 < water.max(), "the Bravo lacks water, closed basins have some"


def test_official_volumes_move_the_traffic_of_ports(paso):
    _, real = paso
    assert moved(*paso, "port_capacity").mean() > 0.2
    assert not moved(*paso, "port_drive").any(), "minutes do not come from the counts"
    catalog = real.plan.catalog
    bridges = catalog.load("port_trucks").set_index("port_id")
    official = pd.read_parquet(catalog["bts"].path)
    year = official[official["month"] >= "2018-04"].groupby("port_code")["trucks"].sum()
    assert bridges.loc["santa_teresa", "trucks"] == year["2408"] == 115_975
    assert bridges.loc[["bota", "ysleta"], "trucks"].sum() == pytest.approx(year["2402"], abs=1)
    assert bridges.loc["bota", "trucks_trend"] == 0, (
        "a decision ends its cargo, whatever is counted"
    )
    assert np.isnan(bridges.loc["tornillo", "factor"]), "not counted: keeps what was known"
    assert catalog["port_trucks"].vintage == "2019-03-01"


def test_the_ranking_answers_and_the_record_says_from_what(paso):
    plain, real = paso
    assert list(real.sites["score"]) != list(plain.sites["score"])
    used = {pin.get("layer", name) for name, pin in real.record()["layers"].items()}
    ours = {"oz_tracts", "cfe_stations", "cec_stations", "conagua_availability", "port_trucks_bts"}
    assert ours <= used
    assert {"grid_access", "water_availability"} <= {*real.study.criteria}


def test_californian_stations_change_cali_baja(mine, tmp_path):
    box = {"bbox": [-117.1, 32.45, -116.7, 32.7]}
    path = study(
        tmp_path, "cali-baja", area=box, layers=[str(mine)], criteria={"grid_access": GRID}
    )
    run = Study.load(path).run(tmp_path / "real")
    km = run.measures["raw:grid_access"].groupby(run.measures["side"])
    assert km.count().gt(50).all()
    assert (km.min() < 2).all()
    assert km.max()["US"] < 40


def test_parcels_are_ranked_by_their_own_numbers(shared_data, tmp_path):
    parcels = str(shared_data / "parcels" / "us_socal_warehouse_parcels_2024.parquet")
    words = ["layers", "add", parcels, "--id", "lots", "--side-from", "border", "--key", "apn",
             "--number-repeats", "--to", str(tmp_path / "mine")]  # fmt: skip
    assert CliRunner().invoke(app, words).exit_code == 0
    path = study(
        tmp_path,
        "cali-baja",
        area={"bbox": [-118.9, 33.4, -114.3, 35.6]},
        candidates={"layer": "lots", "id": "apn"},
        layers=[str(tmp_path / "mine")],
        sites={"per_side": 500},
    )
    run = Study.load(path).run(tmp_path / "out")
    assert len(run.measures) == 9388
    written = pd.read_csv(tmp_path / "out" / "sites.csv", dtype=str)
    lots = run.plan.catalog.load("lots")
    assert len(written) == 500
    assert {*written["site_id"]} <= {*lots["apn"]}
    best = run.sites.iloc[0]
    assert best["score"] == run.sites["score"].max()
