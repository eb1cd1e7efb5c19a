"""Windows of rasters over the web: what is asked for, how tiles are merged, what goes wrong."""

import hashlib
import re

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.io import MemoryFile

from sitesel.catalog.definition import Fetched
from sitesel.catalog.sources import mosaic, rasters
from sitesel.catalog.sources.ranges import Remote
from sitesel.catalog.sources.request import LackingError, Request, Terms
from sitesel.catalog.sources.specs import RasterTiles
from sitesel.catalog.terrain import slope, spacing
from sitesel.errors import FetchError
from tests.catalog.sources import hostile

CELLS = 600  # a tile of one degree
STEP = 1 / CELLS


def _heights(lat, lon, seed=0):
    """Heights of a tile: noise that cannot be packed, the same wherever a box begins."""
    rng = np.random.default_rng([seed, lat + 90, lon + 180])
    return rng.uniform(0, 3000, (CELLS, CELLS)).astype(np.float32)


def _geotiff(cells, transform, *, crs="EPSG:4326", **options):
    """Return the bytes of a cloud-optimised GeoTIFF with overviews."""
    cells = cells if cells.ndim == 3 else cells[None]
    form = {
        "driver": "COG",
        "count": len(cells),
        "height": cells.shape[1],
        "width": cells.shape[2],
        "dtype": cells.dtype,
        "crs": crs,
        "transform": transform,
        "blocksize": 128,
        "compress": "deflate",
    } | options
    with MemoryFile() as memory:
        with memory.open(**form) as out:
            out.write(cells)
        return memory.read()


def _tile(lat, lon, cells=None, shift=0.0, **options):
    """Return a tile of one degree whose corner may be shifted by a part of a cell."""
    corner = Affine(STEP, 0, lon - shift * STEP, 0, -STEP, lat + 1 + shift * STEP)
    return _geotiff(_heights(lat, lon) if cells is None else cells, corner, **options)


@pytest.fixture
def served(server):
    """A function that serves tiles by their corner, and returns the address with places for it."""

    def serve(**tiles):
        for name, body in tiles.items():
            answer = body if callable(body) else hostile.file(body)
            server.on(f"/dem_{name}.tif", answer)
        return server.url("/dem_{lat}{lon}.tif")

    return serve


@pytest.fixture
def fetch(client, tmp_path):
    """A function that fetches, and returns the answer with its cells, grid and nodata."""

    usual = client()

    def run(url, box=None, *, client=usual, report=lambda *_: None, **options):
        source = RasterTiles(protocol="raster", url=url, **options)
        answer = rasters.fetch(source, Request(client, tmp_path / "scratch", box, report))
        with rasterio.open(answer.raster) as raster:
            return answer, raster.read(), raster.profile

    return run


def test_the_window_of_an_area_is_read_and_no_more(served, server, fetch):
    url, told = served(N31W107=_tile(31, -107)), []
    box = (-106.75, 31.20, -106.70, 31.25)
    answer, cells, form = fetch(url, box, report=lambda *each: told.append(each))
    np.testing.assert_array_equal(cells[0], _heights(31, -107)[450:480, 150:180])
    assert form["transform"].almost_equals(Affine(STEP, 0, -106.75, 0, -STEP, 31.25))
    assert form["crs"].to_epsg() == 4326
    assert (form["tiled"], form["compress"], form["driver"]) == (True, "deflate", "GTiff")
    ranges = [
        re.fullmatch(r"bytes=(\d+)-(\d+)", asked.headers.get("Range", "bytes=0--1"))
        for asked in server.asked
        if asked.method == "GET"
    ]
    taken = sum(int(each[2]) - int(each[1]) + 1 for each in ranges)
    assert 0 < taken < 0.3 * len(_tile(31, -107))
    assert told[-1] == ("bytes", taken, None)
    assert answer.frame is None
    assert answer.said == ()


def test_overviews_are_not_used(served, fetch):
    """A wide window is read at full resolution, though coarser copies lie in the file."""
    _, cells, _ = fetch(served(N31W107=_tile(31, -107)), (-107, 31, -106, 32))
    np.testing.assert_array_equal(cells[0], _heights(31, -107))


def test_tiles_are_merged_on_their_own_grid(served, fetch, monkeypatch):
    """Four tiles, south and west ones shifted by no more than a rounding; in small pieces too."""
    names = {f"N{lat}W{-lon}": (lat, lon) for lat in (30, 31) for lon in (-107, -106)}
    url = served(**{name: _tile(*corner, shift=0.5) for name, corner in names.items()})
    box = (-106.1, 30.9, -105.9, 31.1)
    _, whole, form = fetch(url, box)
    west, north = _heights(31, -107), _heights(30, -107)
    full = np.block([[west, _heights(31, -106)], [north, _heights(30, -106)]])
    grid = form["transform"]
    row, col = round((32 - grid.f) * CELLS + 0.5), round((grid.c + 107) * CELLS + 0.5)
    rows, cols = whole.shape[1:]
    np.testing.assert_array_equal(whole[0], full[row : row + rows, col : col + cols])
    assert (rows, cols) == (121, 121)
    monkeypatch.setattr(mosaic, "windows", lambda w, h: rasters_windows(w, h, 50))
    np.testing.assert_array_equal(fetch(url, box)[1], whole)


def rasters_windows(width, height, size):
    from sitesel.catalog.rasters import windows

    return windows(width, height, size)


def test_the_same_area_gives_the_same_bytes(served, fetch):
    url = served(N31W107=_tile(31, -107), N31W106=_tile(31, -106))
    marks = set()
    for _ in range(2):
        answer, _, _ = fetch(url, (-106.1, 31.2, -105.9, 31.4))
        marks.add(hashlib.sha256(answer.raster.read_bytes()).hexdigest())
    assert len(marks) == 1


@pytest.mark.parametrize(("stated", "expected"), [(-32767.0, -32767.0), (None, -9999.0)])
def test_a_tile_over_the_sea_is_unknown_and_said(served, fetch, stated, expected):
    url = served(N31W107=_tile(31, -107, nodata=stated))
    answer, cells, form = fetch(url, (-106.1, 31.2, -105.9, 31.4))
    assert form["nodata"] == stated  # the file ends where the sea begins
    np.testing.assert_array_equal(cells[0], _heights(31, -107)[360:480, 540:])
    assert answer.said == ("1 of 2 tiles are not there, so unknown",)
    url = served(N31W107=_tile(31, -107, nodata=stated), N30W106=_tile(30, -106, nodata=stated))
    answer, cells, form = fetch(url, (-106.1, 30.9, -105.9, 31.1))
    assert answer.said == ("2 of 4 tiles are not there, so unknown",)
    assert form["nodata"] == expected
    assert (cells[0, :60, 60:] == expected).all()
    assert (cells[0, 60:, :60] == expected).all()
    assert (cells[0, :60, :60] != expected).all()


def test_nodata_is_kept_and_a_neighbour_that_knows_fills_it(served, fetch):
    """Two tiles that both hold a strip: where both know it, the first counts."""
    west, east = _heights(31, -107), _heights(31, -106)
    west[:400, 300:] = -1
    strip = Affine(STEP, 0, -106.2, 0, -STEP, 32)
    east[:200, :200] = -1
    url = served(
        N31W107=_tile(31, -107, west, nodata=-1.0), N31W106=_geotiff(east, strip, nodata=-1.0)
    )
    _, cells, form = fetch(url, (-106.25, 31.0, -105.9, 32.0))
    assert form["nodata"] == -1
    assert (cells[0, :400, :30] == -1).all()
    assert (cells[0, :200, 30:210] == -1).all()
    np.testing.assert_array_equal(cells[0, 200:400, 30:210], east[200:400, :180])
    np.testing.assert_array_equal(cells[0, 400:, :150], west[400:, 450:])
    np.testing.assert_array_equal(cells[0, 400:, 150:210], east[400:, 120:180])


def test_a_tile_that_states_no_nodata_keeps_none(served, fetch):
    cover = np.arange(CELLS**2, dtype=np.uint8).reshape(CELLS, CELLS)
    url = served(N31W107=_tile(31, -107, cover), N30W106=_tile(30, -106, cover))
    assert fetch(url, (-106.9, 31.2, -106.5, 31.4))[2]["nodata"] is None
    with pytest.raises(FetchError, match="255 is a number of its own"):
        fetch(url, (-106.1, 30.9, -105.9, 31.1))


def test_slope_is_worked_out_at_full_size_with_neighbours(served, fetch):
    url = served(N31W107=_tile(31, -107), N31W106=_tile(31, -106))
    box = (-106.1, 31.2, -105.9, 31.4)
    _, _, plain = fetch(url, box)
    _, percent, form = fetch(url, box, slope=True)
    assert (form["nodata"], form["dtype"]) == (-9999, "float32")
    heights = np.hstack([_heights(31, -107), _heights(31, -106)])
    dx, dy = spacing(Affine(STEP, 0, -107, 0, -STEP, 32), "EPSG:4326", np.arange(CELLS), CELLS)
    expected = slope(heights, dx, dy)
    col, row = round((form["transform"].c + 107) * CELLS), round((32 - form["transform"].f) * CELLS)
    inner = percent[0, 1:-1, 1:-1]
    there = expected[row + 1 : row + 1 + inner.shape[0], col + 1 : col + 1 + inner.shape[1]]
    np.testing.assert_allclose(inner, there, rtol=1e-5)
    assert inner.shape[0] >= plain["height"]  # the ring without neighbours is not of the area
    assert inner.shape[1] >= plain["width"]


@pytest.mark.parametrize(("slope", "names"), [(False, {"N31W107"}), (True, {"N31W107", "N31W106"})])
def test_the_neighbours_of_the_last_column_may_lie_in_the_next_tile(
    served, server, fetch, client, slope, names
):
    url = served(N31W107=_tile(31, -107), N31W106=_tile(31, -106))
    box = (-106.1, 31.2, -106.0, 31.4)
    had = fetch(url, box, slope=slope)[0].version
    assert {each.path[5:12] for each in server.asked} == names
    source = RasterTiles(protocol="raster", url=url, slope=slope)
    assert rasters.version(source, client(), _had(box)) == had


def test_a_single_file_in_any_crs_is_read_by_the_area(server, fetch):
    cells = np.random.default_rng(0).integers(0, 99, (2, 400, 400)).astype(np.int16)
    grid = Affine(100, 0, 330_000, 0, -100, 3_540_000)
    url = server.on("/cover.tif", hostile.file(_geotiff(cells, grid, crs="EPSG:32613", nodata=-1)))
    answer, found, form = fetch(url, (-106.6, 31.8, -106.5, 31.9))
    assert answer.version == '"v1"'
    assert form["crs"].to_epsg() == 32613
    row, col = (form["transform"].f - grid.f) / -100, (form["transform"].c - grid.c) / 100
    window = np.s_[:, int(row) : int(row) + found.shape[1], int(col) : int(col) + found.shape[2]]
    np.testing.assert_array_equal(found, cells[window])
    assert 100 < found.shape[1] < 120
    np.testing.assert_array_equal(fetch(url)[1], cells)  # everything


def test_the_version_is_that_of_a_single_file(server, client, served):
    url = server.on("/one.tif", hostile.file(_tile(31, -107), etag='"v7"'))
    one = RasterTiles(protocol="raster", url=url)
    many = RasterTiles(protocol="raster", url=served())
    assert rasters.version(one, client()) == '"v7"'
    assert rasters.version(many, client()) is None  # of tiles that nobody has fetched


def _had(box):
    return Fetched(at="", url="", sha256="", box=box)


@pytest.mark.parametrize("slope", [False, True])
def test_the_version_of_tiles_is_another_as_soon_as_one_of_them_is(served, fetch, client, slope):
    """It is worked out again for the area that was fetched, without reading a tile."""
    body, box = _tile(31, -107), (-106.1, 31.2, -105.9, 31.4)
    url = served(N31W107=body)
    had = fetch(url, box, slope=slope)[0].version
    source = RasterTiles(protocol="raster", url=url, slope=slope)

    def now():
        return rasters.version(source, client(), _had(box))

    assert re.fullmatch(r"[0-9a-f]{12}", had)
    assert now() == had
    found = {had}
    for change in (
        {"N31W106": body},  # a tile more
        {"N31W107": hostile.file(body, etag='"v2"')},
        {"N31W107": hostile.file(body + b" ", etag='"v2"')},  # longer, under the same name
    ):
        served(**change)
        found.add(now())
    assert len(found) == 4
    served(N31W107=hostile.file(body, etag=""))
    assert now() is None
    assert rasters.version(source, client(), _had(None)) is None


def test_the_version_is_asked_for_without_reading(served, server, client):
    served(N31W107=_tile(31, -107))
    source = RasterTiles(protocol="raster", url=served())
    assert rasters.version(source, client(), _had((-106.9, 31.2, -106.8, 31.4)))
    assert [each.method for each in server.asked] == ["HEAD"]


# a fetch that broke


STRIP = (-106.3, 31.2, -104.8, 31.4)  # in three tiles


@pytest.fixture
def broken(served, fetch):
    """A function that fetches three tiles and is cut off in the second; returns the address."""

    def run(first, **options):
        whole = hostile.file(_tile(31, -106))
        cut = hostile.file(_tile(31, -106), breaks_at=9000)
        url = served(N31W107=first, N31W106=_in_turn(whole, whole, cut), N31W105=_tile(31, -105))
        with pytest.raises(FetchError, match="N31W106"):
            fetch(url, STRIP, **options)
        served(N31W106=_tile(31, -106))
        return url

    return run


def _reads(server, name):
    """Return how often parts of a tile were asked for."""
    return sum(each.method == "GET" and name in each.path for each in server.asked)


def test_tiles_that_were_read_are_not_asked_for_again(broken, server, fetch, tmp_path):
    url = broken(_tile(31, -107))
    (waits,) = (tmp_path / "scratch").iterdir()
    assert waits.name.startswith("tile-")
    assert _reads(server, "N31W107") > 1
    server.asked.clear()
    answer, cells, form = fetch(url, STRIP)
    assert _reads(server, "N31W107") == 0
    assert [each.method for each in server.asked if "N31W107" in each.path] == ["HEAD"]
    assert min(_reads(server, "N31W106"), _reads(server, "N31W105")) > 1
    assert list((tmp_path / "scratch").iterdir()) == [answer.raster]
    again, same, grid = fetch(url, STRIP)  # in one go
    np.testing.assert_array_equal(cells, same)
    assert (form, answer.version) == (grid, again.version)
    west = _heights(31, -107)[360:480, 420:]
    np.testing.assert_array_equal(cells[0, :, :180], west)


@pytest.mark.parametrize("how", ["another version", "another size", "another area", "no version"])
def test_what_waits_is_dropped_when_it_may_be_something_else(
    broken, served, server, fetch, tmp_path, how
):
    etag = "" if how == "no version" else '"v1"'
    url, box = broken(hostile.file(_tile(31, -107), etag=etag)), STRIP
    before = [*(tmp_path / "scratch").iterdir()]
    assert len(before) == (how != "no version")
    new = _heights(31, -107, seed=1)
    if how == "another version":
        served(N31W107=hostile.file(_tile(31, -107, new), etag='"v2"'))
    elif how == "another size":
        served(N31W107=_tile(31, -107, new))
    elif how == "another area":
        box = (-106.3, 31.2, -104.9, 31.4)
    server.asked.clear()
    served(N31W105=_in_turn(hostile.file(_tile(31, -105)), hostile.say(status=403)))
    with pytest.raises(FetchError, match="N31W105"):
        fetch(url, box)
    assert not {*before} & {*(tmp_path / "scratch").iterdir()}
    served(N31W105=_tile(31, -105))
    _, cells, _ = fetch(url, box)
    assert _reads(server, "N31W107") > 1
    expected = new if how in {"another version", "another size"} else _heights(31, -107)
    np.testing.assert_array_equal(cells[0, :, :180], expected[360:480, 420:])


def test_what_a_mask_hides_is_unknown_also_when_it_waited(broken, fetch):
    """Cells under a mask have numbers of their own, and the file marks no number as unknown."""
    cells = np.full((CELLS, CELLS), 7, np.float32)
    corner = Affine(STEP, 0, -107, 0, -STEP, 32)
    with MemoryFile() as memory, rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        form = {"driver": "GTiff", "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
        with memory.open(**form, width=CELLS, height=CELLS, transform=corner) as out:
            out.write(cells, 1)
            known = np.ones((CELLS, CELLS), bool)
            known[400:420, 500:] = False
            out.write_mask(known)
            out.scales = (0.5,)
        url = broken(memory.read())
    answer, found, form = fetch(url, STRIP)
    assert form["nodata"] == -9999
    assert (found[0, 40:60, 80:180] == -9999).all()
    assert (found == -9999).sum() == 20 * 100
    with rasterio.open(answer.raster) as raster:
        assert raster.scales == (0.5,)


def test_what_waits_and_is_damaged_is_told(broken, fetch, tmp_path):
    url = broken(_tile(31, -107))
    (waits,) = (tmp_path / "scratch").iterdir()
    waits.write_bytes(waits.read_bytes()[:5000])
    with pytest.raises(FetchError, match=rf"{waits}: is damaged .*remove it, fetch again"):
        fetch(url, STRIP)


@pytest.mark.parametrize(("box", "named"), [(None, True), (STRIP, False)])
def test_tiles_of_an_area_that_nobody_named_are_not_asked_for(served, server, client, box, named):
    source = RasterTiles(protocol="raster", url=served(N31W107=_tile(31, -107)))
    terms = Terms(area_named=named)
    with pytest.raises(LackingError, match="tiles are fetched for an area; name a study: --area"):
        rasters.fetch(source, Request(client(), None, box, terms=terms))
    assert server.asked == []


def test_tiles_of_several_degrees_and_of_all_quarters(served, server, fetch):
    url = served()
    with pytest.raises(FetchError):
        fetch(url, (-1.5, -1.5, 1.5, 1.5), step=3)
    asked = {each.path for each in server.asked}
    assert asked == {f"/dem_{name}.tif" for name in ("N00W003", "N00E000", "S03W003", "S03E000")}


def test_a_server_that_sends_no_parts_is_told_of(served, fetch, capfd):
    body = _tile(31, -107)
    url = served(N31W107=hostile.say(body))
    with pytest.raises(FetchError, match=r"N31W107\.tif: the server does not send parts"):
        fetch(url, (-106.9, 31.2, -106.8, 31.3))
    assert capfd.readouterr() == ("", "")


def test_what_passes_is_asked_again(served, fetch, waits):
    body = _tile(31, -107)
    flaky = _in_turn(hostile.file(body), hostile.say(status=503), hostile.file(body))
    _, cells, _ = fetch(served(N31W107=flaky), (-106.9, 31.2, -106.8, 31.3))
    np.testing.assert_array_equal(cells[0], _heights(31, -107)[420:480, 60:120])
    assert waits


def _in_turn(*answers):
    """Answer one after the other, the last one for ever."""
    left = list(answers)

    def answer(handler):
        (left.pop(0) if len(left) > 1 else left[0])(handler)

    return answer


def test_a_server_that_fails_in_the_middle_ends_it_with_its_own_words(served, fetch, capfd):
    """Whatever GDAL makes of a read that fails, the user hears the reason; no file is left."""
    body = _tile(31, -107)
    fails = _in_turn(hostile.file(body), hostile.file(body), hostile.say(status=503))
    with pytest.raises(FetchError, match=r"N31W107\.tif: the server answers 503.*asked 5 times"):
        fetch(served(N31W107=fails), (-106.9, 31.2, -106.3, 31.8))
    assert capfd.readouterr() == ("", "")


def test_nothing_half_written_is_left(served, fetch, tmp_path):
    body = _tile(31, -107)
    fails = _in_turn(hostile.file(body), hostile.file(body), hostile.say(status=403))
    with pytest.raises(FetchError):
        fetch(served(N31W107=fails), (-106.9, 31.2, -106.3, 31.8))
    assert not [*tmp_path.rglob("*.tif")]


@pytest.mark.parametrize(
    ("tiles", "box", "words"),
    [
        (
            {},
            (-106.9, 31.2, -105.8, 31.3),
            r"N31W107\.tif: nothing is there.*2 asked for.*fetch\.step",
        ),
        ({}, None, "tiles are fetched for an area; name a study: --area STUDY"),
        ({"N31W107": b"<html>no</html>" * 99}, (-106.9, 31.2, -106.8, 31.3), "cannot be read as"),
        ({"N31W107": b""}, (-106.9, 31.2, -106.8, 31.3), "cannot be read as a GeoTIFF"),
        ({"N31W107": _tile(31, -107)[:20_000]}, (-106.9, 31.2, -106.8, 31.3), "cannot be read as"),
        ({"N31W107": _tile(31, -107, crs=None)}, (-106.9, 31.2, -106.8, 31.3), "states no CRS"),
        (
            {"N31W107": _tile(31, -107), "N31W106": _tile(31, -106, shift=0.3)},
            (-106.1, 31.2, -105.9, 31.4),
            r"N31W106\.tif: its cells do not fit those of .*N31W107\.tif",
        ),
        (
            {"N31W107": _tile(31, -107), "N31W106": _tile(31, -106, np.ones((CELLS, CELLS), "i2"))},
            (-106.1, 31.2, -105.9, 31.4),
            "do not fit",
        ),
    ],
)
def test_each_flaw_is_told(served, fetch, tiles, box, words):
    with pytest.raises(FetchError, match=words):
        fetch(served(**tiles), box)


def test_a_file_that_points_to_others_is_not_followed(served, fetch, tmp_path):
    """A virtual raster could name any file of this machine, or any address."""
    (tmp_path / "secret.tif").write_bytes(_tile(31, -107))
    virtual = f"""<VRTDataset rasterXSize="{CELLS}" rasterYSize="{CELLS}"><SRS>EPSG:4326</SRS>
        <GeoTransform>-107, {STEP}, 0, 32, 0, -{STEP}</GeoTransform>
        <VRTRasterBand dataType="Float32" band="1"><SimpleSource>
        <SourceFilename>{tmp_path}/secret.tif</SourceFilename></SimpleSource></VRTRasterBand>
        </VRTDataset>"""
    (tmp_path / "works.vrt").write_text(virtual)
    with rasterio.open(tmp_path / "works.vrt") as source:
        assert source.read(1).any()
    with pytest.raises(FetchError, match="cannot be read as a GeoTIFF"):
        fetch(served(N31W107=virtual.encode()), (-106.9, 31.2, -106.8, 31.3))


def test_an_area_too_large_for_a_file_is_told(served, fetch, monkeypatch):
    monkeypatch.setattr(mosaic, "_MOST_CELLS", 1000)
    with pytest.raises(FetchError, match=r"60 x 60 cells are more .*--area"):
        fetch(served(N31W107=_tile(31, -107)), (-106.9, 31.2, -106.8, 31.3))


def test_offline_and_private_addresses_are_refused_as_by_any_protocol(served, fetch, client):
    url, box = served(N31W107=_tile(31, -107)), (-106.9, 31.2, -106.8, 31.3)
    for options, words in (({"offline": True}, "offline"), ({"private": False}, "private network")):
        with pytest.raises(FetchError, match=words):
            fetch(url, box, client=client(**options))


def test_a_remote_file_is_read_like_one_on_disk(server, client):
    body = bytes(np.random.default_rng(0).integers(0, 256, 300_000, dtype=np.uint8))
    file = Remote(client(), server.on("/x", hostile.file(body)), len(body)).open()
    rng = np.random.default_rng(1)
    for start, size in rng.integers(0, [310_000, 90_000], (40, 2)).tolist():
        assert file.seek(start) == start
        assert file.read(size) == body[start : start + size]
        assert file.tell() == min(start + size, max(start, 300_000))
    assert file.seek(-5, 2) == 299_995
    assert file.read() == body[-5:]
    assert file.read() == b""
