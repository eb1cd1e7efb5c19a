"""`sitesel layers add`: what it prints is what a run will see; one message for each mistake."""

from __future__ import annotations

import subprocess
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import yaml

from sitesel import cli
from sitesel.catalog.layers import Catalog
from sitesel.plan import candidates_of
from sitesel.study import Study

LOTS = [shapely.box(-106.5 + i / 50, 31.8, -106.49 + i / 50, 31.81) for i in range(6)]
CALL = "from sitesel.cli import main; main()"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SITESEL_LAYERS", raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


@pytest.fixture
def call(capsys):
    """A function that calls the command and returns exit code, output and errors."""

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            cli.main(["layers", "add", *map(str, arguments)])
        said = capsys.readouterr()
        return ended.value.code or 0, said.out, said.err

    return run


def _lots(path, **columns):
    columns = columns or {"APN": list("abcdef"), "Price": ["1,200", "950", "7", "8", "9", "10"]}
    gpd.GeoDataFrame(columns, geometry=LOTS, crs=4326).to_file(path, driver="GPKG")
    return path


def test_the_command_of_the_guide(call, here):
    code, out, err = call(
        _lots(here / "parcels.gpkg"), "--id", "my_parcels", "--side-from", "border", "--key", "APN"
    )
    assert (code, err) == (0, "")
    for said in (
        "my_parcels is in my_layers/own/my_parcels.yaml",
        "6 rows: 6 Polygon",
        "CRS EPSG:4326",
        "bounds -106.5000 31.8000 -106.3900 31.8100",
        "sides US 6",
        "hectares 6",
        "'1,200' is read as 1200",
        "Not stated, so unknown: publisher, licence, vintage",
        "candidates: {layer: my_parcels, id: apn, min_ha: 20}",
    ):
        assert said in out
    assert "price Price number unknown" in " ".join(out.split())
    snippet = yaml.safe_load(out[out.index("candidates:") :])
    assert snippet["candidates"]["layer"] == "my_parcels"
    assert (here / "my_layers" / "own" / "my_parcels.parquet").is_file()


def test_every_option_finds_its_place(call, here):
    table = pd.DataFrame(
        {"Este": [358_000.0, 359_000], "Norte": [3_515_000.0, 3_516_000], "Lote": ["a", "b"],
         "Estado": ["venta", "vendido"], "País": ["México", "México"]},
    )  # fmt: skip
    table.to_excel(here / "lotes.xlsx", index=False, sheet_name="Lotes")
    code, out, err = call(
        "lotes.xlsx", "--id", "lotes", "--title", "Lotes", "--part", "Lotes", "--crs", "EPSG:32613",
        "--field", "estado_venta=Estado", "--where", "Estado=venta", "--set", "status=operating",
        "--key", "Lote", "--label", "Lote", "--side-from", "País", "--quality", "B",
        "--licence", "CC0", "--attribution", "Municipio", "--publisher", "IMIP",
        "--vintage", "2026-06", "--to", "capas", "--replaces", "industrial_parks",
    )  # fmt: skip
    assert (code, err) == (0, "")
    layer = Catalog(here / "capas")["lotes"]
    assert (layer.title.en, layer.quality, layer.licence) == ("Lotes", "B", "CC0")
    assert (layer.attribution, layer.publisher, layer.vintage) == ("Municipio", "IMIP", "2026-06")
    assert (layer.replaces, layer.label, layer.side) == ("industrial_parks", "lote", "side")
    frame = Catalog(here / "capas").load("lotes")
    assert frame[["lote", "estado_venta", "status", "side"]].to_numpy().tolist() == [
        ["a", "venta", "operating", "MX"]
    ]
    assert "1 of 2 rows are kept by --where" in out
    assert "\n  layers: capas\n  measure: {kind: distance, of: lotes}\n" in out
    assert "\n  candidates: {layer: lotes, id: lote, hectares: FIELD}\n" in out
    assert not (here / "my_layers").exists()


def test_points_with_a_size_may_be_candidates(call, here, tmp_path):
    offers = {"oferta": ["a", "b"], "lon": [-106.4, -106.5], "lat": [31.9, 31.7]}
    for name, sizes, more in (
        ("offers", {"superficie_ha": [25.0, 4.5]}, "hectares: superficie_ha, min_ha: 20"),
        ("small", {"ha": [3, 4]}, "hectares: ha"),
    ):
        pd.DataFrame(offers | sizes).to_csv(here / f"{name}.csv", index=False)
        code, out, _ = call(f"{name}.csv", "--id", name, "--key", "oferta")
        assert code == 0
        assert f"\n  candidates: {{layer: {name}, id: oferta, {more}}}\n" in out
        found = yaml.safe_load(out[out.index("\n  measure:") :])
        study = {"extends": "paso-del-norte", "study": name, "candidates": found["candidates"]}
        (tmp_path / "offers.yaml").write_text(yaml.safe_dump(study), "utf-8")
        there = candidates_of(
            Study.load(tmp_path / "offers.yaml"), Catalog.default(here / "my_layers")
        )
        assert there.index.tolist() == (["a"] if name == "offers" else ["a", "b"])
    pd.DataFrame(offers).drop(columns="oferta").to_csv(here / "plants.csv", index=False)
    assert "candidates" not in call("plants.csv", "--id", "plants")[1]


def test_points_table_and_raster_have_facts_of_their_own(call, here, shared_data):
    pd.DataFrame({"port": ["a"], "trucks": [5]}).to_csv(here / "t.csv", index=False)
    _, out, _ = call("t.csv", "--id", "volumes", "--table")
    assert "1 rows without geometry" in out
    assert "In a study" not in out
    path = shared_data / "dem" / "aster_gdem2_30m_sierra_san_pedro_martir_bc.tif"
    _, out, _ = call(path, "--id", "ground", "--field", "elevation=1")
    assert "623 x 749 cells of 30 x 30" in out
    assert "CRS WGS 84 / UTM zone 11N" in out
    assert "measure: {kind: zonal, of: ground, stat: mean}" in out


def test_a_layer_is_replaced_only_with_yes(call, here):
    path = _lots(here / "parcels.gpkg")
    assert call(path, "--id", "mine")[0] == 0
    code, out, err = call(path, "--id", "mine")
    assert (code, out) == (2, "")
    assert "my_layers/own/mine.yaml: this layer exists; --yes replaces it, and keeps it" in err
    code, out, _ = call(path, "--id", "mine", "--yes")
    assert code == 0
    assert "restore" not in out, "it is the same"
    code, out, _ = call(path, "--id", "mine", "--force", "--title", "Lots")
    assert code == 0
    assert "The layer of before is kept in my_layers/.versions/mine" in out
    assert "It comes back with: sitesel layers restore mine\n" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.gpkg", "--id", "x"], "nowhere.gpkg: no such file"),
        (["parcels.gpkg", "--id", "roads"], "--id roads: a shipped layer has this name"),
        (["parcels.gpkg", "--id", "x", "--field", "apn"], "--field apn: write NAME=COLUMN"),
        (
            ["parcels.gpkg", "--id", "x", "--field", "lot=apn", "--field", "lot=zoning"],
            "--field: 'lot' stands twice; keep one",
        ),
        (
            ["parcels.gpkg", "--id", "x", "--set", "a=1", "--set", "a=2"],
            "--set: 'a' stands twice; keep one",
        ),
        (["parcels.gpkg", "--id", "x", "--set", "=5"], "--set =5: write NAME=VALUE"),
        (["parcels.gpkg", "--id", "x", "--where", "APN"], "--where APN: write COLUMN=VALUE"),
        (["parcels.gpkg", "--id", "x", "--crs", "UTM"], "--crs: 'UTM' is no coordinate system"),
        (["parcels.gpkg", "--id", "x", "--key", "AP"], "--key AP: no such column; did you mean"),
        (
            ["parcels.gpkg", "--id", "x", "--replaces", "rods"],
            "--replaces rods: no such layer; did",
        ),
        (["parcels.gpkg", "--id", "x", "--part", "lots"], "no layer 'lots'"),
        (["postgresql://ana:geheim@127.0.0.1:1/x?table=y", "--id", "x"], "no server answers"),
        (["https://example.org/x.zip", "--id", "x"], "only layers of an ArcGIS server"),
    ],
)
def test_each_mistake_is_one_message_and_nothing_is_written(call, here, arguments, message):
    _lots(here / "parcels.gpkg")
    code, out, err = call(*arguments)
    assert code == 2
    assert err.startswith("sitesel: ")
    assert message in err
    assert "geheim" not in out + err
    assert "Traceback" not in out + err
    assert not (here / "my_layers").exists()


def test_text_from_data_does_not_steer_the_terminal(call, here):
    evil = "\x1b[31mred\x1b]0;title\x07[bold]x[/bold]"
    columns = {evil: ["1,000"] * 6, "b": [evil + "é".encode().decode("cp1252")] * 6}
    frame = gpd.GeoDataFrame(columns, geometry=LOTS, crs=4326)
    frame.to_parquet(here / "evil.parquet")
    code, out, err = call("evil.parquet", "--id", "mine", "--side-from", "border")
    assert code == 0
    assert "\x1b" not in out + err
    assert "\x07" not in out + err
    assert "[bold]" in out
    code, out, err = call("evil.parquet", "--id", "more", "--key", "b")
    assert code == 2
    assert "\x1b" not in err


def test_in_a_process_of_its_own_with_a_folder_from_the_environment(here, monkeypatch):
    monkeypatch.setenv("SITESEL_LAYERS", str(here / "office"))
    _lots(here / "parcels.gpkg")
    arguments = ["layers", "add", "parcels.gpkg", "--id", "mine", "--side-from", "border"]
    done = subprocess.run(
        [sys.executable, "-c", CALL, *arguments], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    assert "sides US 6" in done.stdout
    assert (here / "office" / "own" / "mine.yaml").is_file()


def test_help_is_quick_and_names_the_options():
    code = (
        "import sys\nfrom sitesel.cli import main\n"
        "try:\n    main(['layers', 'add', '--help'])\n"
        "except SystemExit as end:\n    assert not end.code\n"
        "assert not {'numpy', 'pandas', 'geopandas'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for option in ("--side-from", "--crs", "--field", "--where", "--set", "--replaces", "--yes"):
        assert option in done.stdout


def test_many_rows_are_added_in_seconds(call, here):
    random = np.random.default_rng(1)
    table = pd.DataFrame(
        {"lon": random.uniform(-106.9, -106.1, 20_000), "lat": random.uniform(31.4, 32.1, 20_000),
         "price": [f"${n:,}" for n in random.integers(1, 10**6, 20_000)]},
    )  # fmt: skip
    table.to_csv(here / "many.csv", index=False)
    code, out, _ = call("many.csv", "--id", "many", "--side-from", "border")
    assert code == 0
    assert "20,000 rows: 20,000 Point" in out


def test_where_a_layer_is_complete_is_stated(call, here):
    words = ("--id", "stops", "--side-from", "border", "--country", "US")
    pd.DataFrame({"lon": [-106.4], "lat": [31.9]}).to_csv(here / "stops.csv", index=False)
    code, _, err = call(
        "stops.csv", *words, "--covers=-107,31.5,-106,32.5", "--covers=-106,31,-105,32"
    )
    assert (code, err) == (0, "")
    layer = Catalog(here / "my_layers")["stops"]
    assert layer.coverage == [(-107, 31.5, -106, 32.5), (-106, 31, -105, 32)]
    assert layer.country == "US"
    for wrong, told in (("1,2,3", "write WEST,SOUTH,EAST,NORTH"), ("5,0,4,1", "west must be less")):
        code, _, err = call("stops.csv", *words, "--yes", f"--covers={wrong}")
        assert code == 2
        assert f"--covers {wrong}: " in err
        assert told in err
