"""Raster layers: what a file must be to be used, and what the catalogue gives."""

import numpy as np
import pytest
import rasterio
from affine import Affine

from sitesel.catalog import rasters
from sitesel.catalog.layers import Catalog
from sitesel.errors import LayerError

UTM, DEGREES = Affine(30, 0, 350_000, 0, -30, 3_520_000), Affine(0.01, 0, -107, 0, -0.01, 32)


@pytest.fixture
def grid(own_layer):
    """A function that writes a raster layer ``mine`` and opens its catalogue."""

    def write(cells=None, *, crs="EPSG:32613", transform=UTM, nodata=None, definition=None, **form):
        cells = np.arange(12, dtype=np.float32).reshape(3, 4) if cells is None else cells
        shape = {"kind": "raster", "field": "height"}
        changes = {"geometry": shape, "crs": crs or "EPSG:32613"} | (definition or {})
        folder = own_layer(None, file="mine.tif", **changes)
        rows, cols = cells.shape
        form = {"driver": "GTiff", "dtype": cells.dtype, "count": 1, "crs": crs} | form
        with rasterio.open(
            folder / "mine.tif",
            "w",
            width=cols,
            height=rows,
            transform=transform,
            nodata=nodata,
            **form,
        ) as out:
            for band in range(form["count"]):
                out.write(cells, band + 1)
        return Catalog(folder)

    return write


def test_a_raster_says_where_its_cells_lie(grid):
    classes = {1: "water", 2: "built"}
    shape = {"kind": "raster", "field": "cover", "classes": classes}
    catalog = grid(np.array([[1, 2, 0]], np.uint8), nodata=0, definition={"geometry": shape})
    raster = catalog.raster("mine")
    assert (raster.width, raster.height, raster.size) == (3, 1, (30, 30))
    assert raster.bounds == (350_000, 3_519_970, 350_090, 3_520_000)
    assert (raster.field, raster.nodata, raster.classes) == ("cover", 0, classes)
    assert raster.crs.to_epsg() == 32613
    assert catalog.raster("mine") is raster


def test_a_raster_has_no_features_but_its_field(grid):
    frame = grid().load("mine")
    assert len(frame) == 0
    assert "height" in frame
    assert frame.crs.is_projected


def test_a_raster_has_a_digest_that_follows_its_cells(grid):
    first = grid()["mine"].digest()
    assert grid(np.ones((3, 4), np.float32))["mine"].digest() != first


def test_cells_are_scaled_and_the_unknown_are_masked(grid):
    raster = grid(np.array([[1, 2, -1]], np.int16), nodata=-1).raster("mine")
    with rasterio.open(raster.path, "r+") as file:
        file.scales, file.offsets = (0.5,), (10,)
    with raster.open() as source:
        read = rasters.cells(source, 1, next(rasters.windows(3, 1)))
    np.testing.assert_array_equal(read.filled(np.nan), [[10.5, 11, np.nan]])


def test_not_a_number_is_unknown_whatever_the_file_says(grid):
    cells = np.array([[1, np.nan, np.inf]], np.float32)
    with grid(cells).raster("mine").open() as source:
        read = rasters.cells(source, 1, next(rasters.windows(3, 1)))
    np.testing.assert_array_equal(read.mask, [[False, True, True]])


def test_a_mask_in_the_file_counts(grid):
    catalog = grid(np.array([[5, -9999]], np.int16))
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        rasterio.open(catalog["mine"].path, "r+") as file,
    ):
        file.write_mask(np.array([[True, False]]))
    with catalog.raster("mine").open() as source:
        read = rasters.cells(source, 1, next(rasters.windows(2, 1)))
    np.testing.assert_array_equal(read.filled(np.nan), [[5, np.nan]])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"crs": None}, "states no CRS.*rio edit-info --crs"),
        ({"definition": {"crs": "EPSG:4326"}}, "holds WGS 84 / UTM zone 13N.*crs: EPSG:4326"),
        ({"definition": {"crs": "EPSG:32612"}}, "make them agree"),
        ({"definition": {"geometry": {"kind": "raster", "field": "h", "band": 3}}}, "has 1 band"),
        (
            {"transform": Affine(30, 5, 0, 5, -30, 0)},
            "-9999 marks .* rio warp .* --src-nodata -9999 --dst-nodata -9999$",
        ),
        (
            {"transform": Affine(30, 0, 0, 0, 30, 0)},
            r"rio warp /\S+/mine.tif straight.tif --dst-crs EPSG:32613$",
        ),
        ({"crs": "EPSG:4326"}, "are not degrees"),
        (
            {"cells": np.full((2, 2), -9999, np.int16)},
            r"--nodata -9999 /\S+/mine.tif$",
        ),
        ({"definition": {"label": "name"}}, "label: a raster holds one field, 'height'"),
        ({"definition": {"fields": {"h": {"title": "x"}}}}, "fields.h: a raster holds one field"),
    ],
)
def test_each_flaw_is_told_with_its_remedy(grid, change, words):
    with pytest.raises(LayerError, match=words):
        grid(**change).raster("mine")


def test_degrees_with_their_crs_are_taken(grid):
    assert grid(crs="EPSG:4326", transform=DEGREES).raster("mine").size == (0.01, 0.01)


def test_a_height_datum_beside_the_crs_does_no_harm(grid):
    catalog = grid(crs="EPSG:4326+5773", transform=DEGREES, definition={"crs": "EPSG:4326"})
    assert catalog.raster("mine").crs.to_epsg() == 4326


def test_what_is_no_raster_is_refused(own_layer, catalog):
    folder = own_layer(b"height\n1\n", geometry={"kind": "raster", "field": "height"})
    with pytest.raises(LayerError, match=r"mine\.csv: cannot be read as a raster"):
        Catalog(folder).raster("mine")
    with pytest.raises(LayerError, match="layer 'rivers' holds no raster"):
        catalog.raster("rivers")


def test_a_raster_that_is_missing_is_told(own_layer):
    folder = own_layer(None, file="x.tif", geometry={"kind": "raster", "field": "height"})
    with pytest.raises(LayerError, match=r"x\.tif is not there"):
        Catalog(folder).raster("mine")


def test_a_real_terrain_model_passes(grid, shared_data):
    path = shared_data / "dem" / "aster_gdem2_30m_sierra_san_pedro_martir_bc.tif"
    catalog = grid(definition={"crs": "EPSG:32611"})
    catalog["mine"].path.write_bytes(path.read_bytes())
    raster = catalog.raster("mine")
    assert (raster.width, raster.height, raster.nodata) == (623, 749, None)
