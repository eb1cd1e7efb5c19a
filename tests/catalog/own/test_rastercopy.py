"""GeoTIFFs are copied cell by cell; what they lack is told or asked for."""

from __future__ import annotations

import hashlib
import shlex
import zipfile

import numpy as np
import pytest
import rasterio
from click.testing import CliRunner
from rasterio.rio.main import main_group
from rasterio.transform import Affine

from sitesel.catalog.layers import Catalog
from sitesel.catalog.own.adding import add
from sitesel.catalog.own.parts import Wish
from sitesel.errors import LayerError
from sitesel.terminal import print_layer

HERE = Affine(30, 0, 358_000, 0, -30, 3_515_000)


@pytest.fixture
def tif(tmp_path):
    """A function that writes a GeoTIFF of 3 x 4 cells; keywords change its profile."""

    def write(**changes):
        profile = {
            "driver": "GTiff", "width": 4, "height": 3, "count": 1, "dtype": "int16",
            "crs": "EPSG:32613", "transform": HERE, "nodata": -1,
        } | changes  # fmt: skip
        path = tmp_path / "dem.tif"
        with rasterio.open(path, "w", **profile) as raster:
            for band in range(1, profile["count"] + 1):
                raster.write(np.arange(12, dtype="int16").reshape(3, 4) * band, band)
        return path

    return write


@pytest.fixture
def adding(tmp_path, catalog):
    """A function that adds a raster as the layer ``ground``; keywords change the wish."""

    def run(path, **changes):
        wish = Wish(**{"id": "ground", "to": tmp_path / "my"} | changes)
        return add([str(path)], wish, catalog=catalog)

    return run


def test_a_raster_becomes_a_layer_with_the_same_cells(tmp_path, tif, adding):
    path = tif()
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    added = adding(path, fields={"elevation": "1"}, stated={"licence": "CC0"})
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    assert added.said == []
    layer = added.layer
    assert (layer.geometry.kind, layer.geometry.field) == ("raster", "elevation")
    assert (layer.theme, layer.licence, layer.crs) == ("own", "CC0", "EPSG:32613")
    raster = Catalog(tmp_path / "my").raster("ground")
    with rasterio.open(path) as old, rasterio.open(raster.path) as new:
        np.testing.assert_array_equal(old.read(), new.read())
        assert (new.nodata, new.transform, new.crs) == (old.nodata, old.transform, old.crs)
    assert sorted(each.name for each in (tmp_path / "my" / "own").iterdir()) == [
        "ground.tif",
        "ground.yaml",
    ]


def test_a_missing_crs_is_asked_for_and_written_into_the_copy(tmp_path, tif, adding):
    path = tif(crs=None)
    with pytest.raises(LayerError, match=r"dem\.tif: no CRS is stated; say which it is: --crs"):
        adding(path)
    assert not (tmp_path / "my" / "own").exists()
    added = adding(path, crs="EPSG:32613")
    assert added.layer.crs == "EPSG:32613"
    with rasterio.open(added.layer.path) as new, rasterio.open(path) as old:
        assert new.crs.to_epsg() == 32613
        assert old.crs is None


def test_no_nodata_is_told(tif, adding):
    assert adding(tif(nodata=None)).said == ["no nodata is stated: every cell counts as known"]


def test_of_several_bands_one_is_named(tif, adding):
    path = tif(count=2)
    with pytest.raises(LayerError, match="has 2 bands; name one: --field ground=1"):
        adding(path)
    assert adding(path, fields={"slope": "2"}).layer.geometry.band == 2
    for band in ("3", "0", "red"):
        with pytest.raises(LayerError, match=f"--field slope={band}: write the number of a band"):
            adding(path, id="more", fields={"slope": band})


def test_a_raster_that_a_run_could_not_read_is_not_added(tmp_path, tif, adding):
    turned = Affine(20, 20, 358_000, 20, -20, 3_515_000)
    with pytest.raises(LayerError, match=r"^dem\.tif: its rows do not run") as told:
        adding(tif(transform=turned))
    assert ".staged" not in str(told.value)
    assert not (tmp_path / "my" / "own").exists()


def test_a_raster_is_added_alone(tmp_path, tif, catalog):
    (tmp_path / "a.csv").write_text("lon,lat\n-106,31\n")
    with pytest.raises(LayerError, match="a raster is added alone"):
        add([str(tif()), str(tmp_path / "a.csv")], Wish("x", to=tmp_path / "my"), catalog=catalog)


def test_the_terrain_of_a_real_model(tmp_path, shared_data, adding):
    path = shared_data / "dem" / "aster_gdem2_30m_sierra_san_pedro_martir_bc.tif"
    added = adding(path, fields={"elevation": "1"})
    raster = Catalog(tmp_path / "my").raster("ground")
    assert (raster.width, raster.height) == (623, 749)
    assert added.layer.crs == "EPSG:32611"


def test_a_raster_is_shown_without_rows(tmp_path, tif, adding, capsys):
    adding(tif())
    print_layer(Catalog(tmp_path / "my"), "ground")
    shown = capsys.readouterr().out
    assert "EPSG:32613" in shown
    assert "rows" not in shown


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_raster_in_a_zip_is_copied_with_what_lies_beside_it(tmp_path, tif, adding):
    path = tif(crs=None, transform=None)
    world = path.with_suffix(".tfw")
    world.write_text("30\n0\n0\n-30\n358015\n3514985\n")
    with zipfile.ZipFile(tmp_path / "dem.zip", "w", zipfile.ZIP_DEFLATED) as box:
        for each in (path, world):
            box.write(each, f"inside/{each.name}")
    added = adding(tmp_path / "dem.zip", crs="EPSG:32613")
    assert added.layer.summary.en == "Raster of 4 x 3 cells from dem.zip, dem.tif."
    with rasterio.open(added.layer.path) as raster:
        assert raster.transform == HERE
        np.testing.assert_array_equal(raster.read(1), np.arange(12).reshape(3, 4))
    assert [each.name for each in added.layer.path.parent.iterdir() if each.name[0] == "."] == []


def test_a_raster_in_a_damaged_zip_is_one_error(tmp_path, tif, adding):
    packed = tmp_path / "dem.zip"
    with zipfile.ZipFile(packed, "w") as box:
        box.writestr("dem.tif", tif().read_bytes() + bytes(300_000))
    whole = packed.read_bytes()
    packed.write_bytes(whole.replace(b"\0PK\1\2", b"\1PK\1\2"))  # the last byte of the file
    with pytest.raises(LayerError, match=r"dem\.zip, dem\.tif: the zip is damaged"):
        adding(packed)
    assert not (tmp_path / "my" / "own").exists()


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # rio multiplies grids
@pytest.mark.parametrize(
    ("turn", "kept"),
    [
        (Affine(30, 0, 358_000, 0, 30, 3_515_000), {"nodata": -1}),
        (Affine(30, 0, 358_000, 0, 30, 3_515_000), {"nodata": None}),
        (Affine(30, 9, 358_000, 9, -30, 3_515_000), {"nodata": None}),
        (Affine(30, 9, 358_000, 9, -30, 3_515_000), {"nodata": None, "dtype": "uint8"}),
    ],
)
def test_the_command_that_straightens_a_turned_raster_does_so(
    tmp_path, tif, adding, monkeypatch, turn, kept
):
    monkeypatch.chdir(tmp_path)
    path = tif(transform=turn, **kept).rename(tmp_path / "my dem.tif")
    with pytest.raises(LayerError, match=r"^my dem\.tif: its rows do not run") as caught:
        adding(path)
    command = shlex.split(str(caught.value).rpartition(": ")[2])
    assert command[:3] == ["rio", "warp", str(path)]
    CliRunner().invoke(main_group, command[1:], catch_exceptions=False)
    added = adding(tmp_path / "straight.tif")
    with rasterio.open(added.layer.path) as new, rasterio.open(path) as old:
        cells = new.read(1, masked=True).compressed()
        assert set(cells.tolist()) <= set(old.read(1).ravel().tolist())
        if not turn.b:
            np.testing.assert_array_equal(new.read(1), old.read(1)[::-1])


def test_a_turned_raster_in_a_zip_and_one_without_crs_are_told(tmp_path, tif, adding):
    path = tif(transform=Affine(30, 0, 358_000, 0, 30, 3_515_000))
    with zipfile.ZipFile(tmp_path / "dem.zip", "w") as box:
        box.write(path, "dem.tif")
    with pytest.raises(LayerError, match=r"rio warp dem\.tif straight\.tif --dst-crs EPSG:32613$"):
        adding(tmp_path / "dem.zip")
    path = tif(transform=Affine(30, 0, 358_000, 0, 30, 3_515_000), crs=None)
    told = r"rio edit-info --crs EPSG:32613 \S+ && rio warp \S+ straight.tif --dst-crs EPSG:32613$"
    with pytest.raises(LayerError, match=told):
        adding(path, crs="EPSG:32613")


def test_the_command_that_states_nodata_names_the_users_file(tif, adding):
    path = tif(nodata=None)
    with rasterio.open(path, "r+") as raster:
        raster.write(np.full((3, 4), -9999, "int16"), 1)
    with pytest.raises(LayerError, match=rf"^dem\.tif: .* --nodata -9999 {path}$"):
        adding(path)
