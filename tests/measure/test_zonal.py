"""Zonal statistics: against numpy, shapely and rasterstats; the unknown stays unknown."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import rasterstats
import shapely
import yaml
from affine import Affine
from pydantic import TypeAdapter, ValidationError
from pyproj import CRS
from rasterio.windows import Window

from sitesel.catalog.rasters import RasterLayer, cells, profile
from sitesel.catalog.terrain import write_slope
from sitesel.crs import WORKING_CRS, lonlat, xy
from sitesel.decide.gates import VERDICTS, verdict
from sitesel.errors import StudyError
from sitesel.measure import coverage, specs
from sitesel.measure.measures import World, run, run_all
from sitesel.measure.zonal import zonal
from sitesel.study import Study

STATS = ("mean", "stdev", "min", "max", "sum", "majority", "variety")
EDGES = np.array([-1, -1, 1, 1])
COVER = {1: "water", 2: "built", 3: "crops"}


@pytest.fixture
def raster(tmp_path):
    """A function that writes cells as a file and returns the layer; north-west corner at 0, 0."""

    def write(values, *, transform=None, crs=WORKING_CRS, nodata=None, classes=None):
        values = np.asarray(values)
        transform = transform or Affine(10, 0, 0, 0, -10, 0)
        rows, cols = values.shape
        path = tmp_path / "cells.tif"
        form = profile(
            width=cols,
            height=rows,
            dtype=str(values.dtype),
            nodata=nodata,
            crs=CRS.from_user_input(crs).to_wkt(),
            transform=transform,
        )
        with rasterio.open(path, "w", **form) as out:
            out.write(values, 1)
        system = CRS.from_user_input(crs)
        return RasterLayer(path, system, transform, cols, rows, "cover", 1, nodata, classes)

    return write


def _candidates(*shapes):
    names = [f"c{number}" for number in range(len(shapes))]
    return gpd.GeoDataFrame(index=names, geometry=list(shapes), crs=WORKING_CRS)


def _spread(count, width, height, seed=0):
    """Odd polygons over a raster of so many metres, some of them hanging over its edge."""
    rng = np.random.default_rng(seed)
    centres = shapely.points(rng.uniform([0, -height], [width, 0], (count, 2)))
    discs = shapely.buffer(centres, rng.uniform(5, 120, count), quad_segs=3)
    discs[0] = discs[0].difference(discs[0].centroid.buffer(20))
    return _candidates(*discs)


def _by_hand(shape, values, size=10):
    """Return values and areas of the cells under a shape, by shapely's intersection."""
    row, col = (axis.ravel() for axis in np.mgrid[: values.shape[0], : values.shape[1]])
    boxes = shapely.box(col * size, -(row + 1) * size, (col + 1) * size, -row * size)
    area = shapely.area(shapely.intersection(boxes, shape))
    under = (area > 1e-9) & ~np.isnan(values.ravel())
    return values.ravel()[under], area[under] / size**2


def _weighted(stat, values, weights):
    if stat == "mean":
        return np.average(values, weights=weights)
    if stat == "stdev":
        mean = np.average(values, weights=weights)
        return np.sqrt(np.average((values - mean) ** 2, weights=weights))
    if stat == "majority":
        kinds = np.unique(values)
        return kinds[np.argmax([weights[values == kind].sum() for kind in kinds])]
    simple = {"min": np.min, "max": np.max, "variety": lambda each: len(np.unique(each))}
    return simple[stat](values)


@pytest.mark.parametrize("stat", ["mean", "stdev", "min", "max", "majority", "variety"])
def test_statistics_weigh_cells_by_the_area_that_is_covered(raster, stat):
    rng = np.random.default_rng(1)
    values = rng.integers(0, 6, (40, 50)).astype(np.float32)
    values[rng.random(values.shape) < 0.1] = np.nan
    candidates = _spread(40, 500, 400)
    result = zonal(candidates, raster(values), stat=stat, known=0.01)
    assert result.index.equals(candidates.index)
    known = 0
    for name, shape in candidates.geometry.items():
        held, weights = _by_hand(shape, values)
        if weights.sum() * 100 / shape.area < 0.02:
            continue
        known += 1
        assert result[name] == pytest.approx(_weighted(stat, held, weights), rel=1e-5), name
    assert known > 35


def test_whole_cells_are_counted_as_numpy_counts_them(raster):
    """Squares whose edges are edges of cells: nothing is left to weigh."""
    values = np.random.default_rng(2).integers(1, 9, (60, 60)).astype(np.int16)
    squares = [(row, col) for row in range(0, 60, 12) for col in range(0, 60, 12)]
    candidates = _candidates(
        *(shapely.box(c * 10, -(r + 12) * 10, (c + 12) * 10, -r * 10) for r, c in squares)
    )
    blocks = [values[r : r + 12, c : c + 12] for r, c in squares]
    layer = raster(values)
    for stat, count in (
        ("mean", np.mean),
        ("stdev", np.std),
        ("sum", np.sum),
        ("min", np.min),
        ("max", np.max),
    ):
        np.testing.assert_allclose(
            zonal(candidates, layer, stat=stat), [count(block) for block in blocks], rtol=1e-6
        )
    share = zonal(candidates, layer, stat="share", where={"cover": {"max": 3}})
    np.testing.assert_allclose(share, [np.mean(block <= 3) for block in blocks], atol=1e-7)


def test_unknown_cells_are_neither_zero_nor_counted(raster):
    values = np.full((10, 10), 8, np.int16)
    values[:, :5] = -1
    values[:5, 5:] = 4
    layer = raster(values, nodata=-1)
    whole = _candidates(shapely.box(0, -100, 100, 0))
    assert zonal(whole, layer, stat="mean").item() == 6
    assert zonal(whole, layer, stat="min").item() == 4
    assert zonal(whole, layer, stat="sum").item() == pytest.approx(600)  # 300 on the known half
    assert zonal(whole, layer, stat="share", where={"cover": 8}).item() == 0.5


@pytest.mark.parametrize(("known", "is_known"), [(0.5, True), (0.51, False), (0.01, True)])
def test_too_little_known_is_unknown(raster, known, is_known):
    values = np.full((10, 10), 8, np.int16)
    values[:, :5] = -1
    layer = raster(values, nodata=-1)
    whole = _candidates(shapely.box(0, -100, 100, 0))
    for options in ({"stat": "max"}, {"stat": "share", "where": {"cover": 8}}, {"stat": "sum"}):
        assert zonal(whole, layer, known=known, **options).notna().item() == is_known
    nothing = _candidates(shapely.box(0, -100, 40, 0))
    assert zonal(nothing, layer, stat="sum", known=1e-9).isna().all()
    assert zonal(nothing, layer, stat="variety", known=1e-9).isna().all()


def test_land_beyond_the_raster_is_unknown(raster):
    layer = raster(np.ones((10, 10), np.uint8))
    candidates = _candidates(
        shapely.box(-60, -50, 40, 0),  # 40 % on it
        shapely.box(-40, -50, 60, 0),  # 60 %
        shapely.box(1e6, 1e6, 1e6 + 9, 1e6 + 9),
    )
    found = zonal(candidates, layer, stat="share", where={"cover": 1})
    np.testing.assert_array_equal(found, [np.nan, 1, np.nan])


def test_an_unknown_statistic_fails_no_gate_and_passes_none(raster):
    values = np.array([[5, 5, -1, -1]], np.int16)
    layer = raster(values, nodata=-1)
    candidates = _candidates(shapely.box(0, -10, 20, 0), shapely.box(20, -10, 40, 0))
    codes = verdict(zonal(candidates, layer, stat="mean"), least=0, most=3)
    assert [VERDICTS[code] for code in codes] == ["FAIL", "UNKNOWN"]


def test_cells_larger_than_a_candidate(raster):
    layer = raster([[3.0, 7.0]], transform=Affine(10_000, 0, 0, 0, -10_000, 0))
    candidates = _candidates(
        shapely.box(100, -300, 200, -200), shapely.box(9900, -300, 10_300, -200)
    )
    np.testing.assert_allclose(zonal(candidates, layer, stat="mean"), [3, 6], rtol=1e-6)
    np.testing.assert_allclose(zonal(candidates, layer, stat="sum"), [3e-4, 0.0024], rtol=1e-5)


def test_every_way_of_reading_the_file_gives_the_same(raster, monkeypatch):
    """In small windows, and shapes in parts: unknown cells included."""
    rng = np.random.default_rng(3)
    values = rng.integers(0, 50, (120, 120)).astype(np.float32)
    values[rng.random(values.shape) < 0.2] = np.nan
    layer = raster(values)
    candidates = _candidates(
        *_spread(25, 1200, 1200, seed=4).geometry, shapely.box(5, -1195, 1195, -5)
    )
    results = []
    for window, memory in ((1024, 4 * 1024**2), (64, 4 * 64**2), (16, 100)):
        monkeypatch.setattr(coverage, "WINDOW", window)
        monkeypatch.setattr(coverage, "_MEMORY", memory)
        results.append(pd.concat([zonal(candidates, layer, stat=stat) for stat in STATS], axis=1))
    for other in results[1:]:
        pd.testing.assert_frame_equal(other, results[0], rtol=1e-9)


def test_a_result_does_not_depend_on_the_others(raster):
    layer = raster(np.random.default_rng(5).random((200, 200)).astype(np.float32))
    candidates = _spread(80, 2000, 2000)
    whole = zonal(candidates, layer, stat="mean")
    parts = pd.concat([zonal(candidates[n::7], layer, stat="mean") for n in range(7)])
    pd.testing.assert_series_equal(parts.reindex(whole.index), whole, check_exact=True)


@pytest.mark.parametrize(
    ("crs", "size"),
    [("EPSG:4326", 0.002), ("EPSG:32613", 200.0), ("EPSG:3857", 250.0), ("EPSG:2277", 700.0)],
)
def test_candidates_are_carried_to_any_crs(raster, crs, size):
    """A raster of the working CRS's own x and y: the mean is the centre's."""
    centre = np.column_stack(xy([-106.5], [31.8]))[0]
    candidates = _candidates(
        *(shapely.box(*(centre + shift), *(centre + shift + 1000)) for shift in (0, 3000, -4500))
    )
    system = CRS.from_user_input(crs)
    west, south, east, north = candidates.to_crs(system).total_bounds + 30 * size * EDGES
    cols, rows = int((east - west) / size), int((north - south) / size)
    x = west + (np.arange(cols) + 0.5) * size
    y = north - (np.arange(rows) + 0.5) * size
    spots = gpd.points_from_xy(*(axis.ravel() for axis in np.meshgrid(x, y)), crs=system)
    own = spots.to_crs(WORKING_CRS)
    for values, expected in ((own.x, candidates.centroid.x), (own.y, candidates.centroid.y)):
        layer = raster(
            values.reshape(rows, cols), transform=Affine(size, 0, west, 0, -size, north), crs=crs
        )
        np.testing.assert_allclose(zonal(candidates, layer, stat="mean"), expected, atol=10)


def test_long_edges_bend_with_the_projection(raster):
    """A strip of 300 km along y: its latitudes are not those of the quadrangle of its corners."""
    x0, y0 = (axis.item() for axis in xy([-106.0], [31.5]))
    strip = _candidates(shapely.box(x0 - 150_000, y0, x0 + 150_000, y0 + 1000))
    step = 0.005
    lats = 33 - (np.arange(600) + 0.5) * step
    layer = raster(
        np.broadcast_to(lats[:, None], (600, 900)).copy(),
        transform=Affine(step, 0, -108.2, 0, -step, 33),
        crs="EPSG:4326",
    )
    x, y = np.meshgrid(np.linspace(x0 - 150_000, x0 + 150_000, 3001), y0 + np.arange(5, 1000, 10))
    expected = lonlat(x, y)[1].mean()
    assert zonal(strip, layer, stat="mean").item() == pytest.approx(expected, abs=2e-4)


def test_degrees_weigh_by_the_area_on_the_ground(raster):
    """From 20 to 40 degrees north a row of degrees grows shorter: the south counts for more."""
    lats = 40 - np.arange(20) - 0.5
    layer = raster(
        np.broadcast_to(lats[:, None], (20, 4)).copy(),
        transform=Affine(1, 0, -106, 0, -1, 40),
        crs="EPSG:4326",
    )
    ring = gpd.GeoSeries([shapely.box(-106, 20, -102, 40)], crs=4326).segmentize(0.1)
    block = gpd.GeoDataFrame(geometry=ring.to_crs(WORKING_CRS))
    expected = np.average(lats, weights=np.cos(np.radians(lats)))
    assert zonal(block, layer, stat="mean").item() == pytest.approx(expected, rel=1e-4)


def test_a_candidate_that_the_crs_cannot_show_is_unknown(raster):
    layer = raster(
        np.ones((10, 10)),
        transform=Affine(1, 0, 0, 0, -1, 10),
        crs="+proj=ortho +lat_0=-30 +lon_0=80",
    )
    candidates = _candidates(shapely.box(0, 0, 1000, 1000))
    assert zonal(candidates, layer, stat="mean").isna().all()


def test_classes_answer_in_words(raster):
    layer = raster([[1, 1, 2, 0, 9, 9]], nodata=None, classes=COVER)
    layer = raster(np.array([[1, 1, 2, 0, 9, 9]], np.uint8), nodata=0, classes=COVER)
    candidates = _candidates(
        shapely.box(0, -10, 30, 0), shapely.box(30, -10, 40, 0), shapely.box(40, -10, 60, 0)
    )
    assert zonal(candidates, layer, stat="majority").tolist() == ["water", None, "9"]
    shares = zonal(candidates, layer, stat="share", where={"cover": ["built", "crops"]})
    np.testing.assert_allclose(shares, [1 / 3, np.nan, 0], atol=1e-7)
    by_number = zonal(candidates, layer, stat="share", where={"cover": [2, 3]})
    pd.testing.assert_series_equal(by_number, shares)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"stat": "mean"}, "'cover' holds classes; use stat: share or stat: majority"),
        ({"stat": "share"}, "say which cells count: where: {cover: "),
        (
            {"stat": "share", "where": {"cover": "builtt"}},
            "no class 'builtt'; did you mean 'built'",
        ),
        ({"stat": "share", "where": {"kind": 1}}, "no field 'kind'; known: cover"),
    ],
)
def test_what_does_not_fit_the_raster_is_told(raster, options, words):
    layer = raster(np.array([[1, 2]], np.uint8), classes=COVER)
    with pytest.raises(StudyError, match=words):
        zonal(_candidates(shapely.box(0, -10, 20, 0)), layer, **options)


def test_words_of_a_raster_without_classes_are_told(raster):
    layer = raster(np.array([[1, 2]], np.uint8))
    with pytest.raises(StudyError, match="has no class 'built'; write numbers or a range"):
        zonal(
            _candidates(shapely.box(0, -10, 20, 0)), layer, stat="share", where={"cover": "built"}
        )


def test_a_study_file_says_what_a_share_is_of():
    read = TypeAdapter(specs.Measure).validate_python
    spec = read({"kind": "zonal", "of": "a", "stat": "share", "where": {"slope": {"max": 8}}})
    assert specs.columns_of(spec) == [("a", "slope")]
    assert specs.layers_of(spec) == ["a"]
    for wrong in ({"stat": "share"}, {"where": {"slope": 1}}, {"stat": "modus"}, {"known": 0}):
        with pytest.raises(ValidationError):
            read({"kind": "zonal", "of": "a"} | wrong)


@pytest.fixture
def mountains(shared_data):
    """The real terrain model, and squares of 1 km of the working CRS on it, three over its edge."""
    path = shared_data / "dem" / "aster_gdem2_30m_sierra_san_pedro_martir_bc.tif"
    with rasterio.open(path) as source:
        crs, transform = CRS.from_wkt(source.crs.to_wkt()), source.transform
        heights = cells(source, 1, Window(0, 0, source.width, source.height)).data
    layer = RasterLayer(path, crs, transform, heights.shape[1], heights.shape[0], "height")
    x, y = (axis.item() for axis in xy([-115.56], [30.97]))
    west, south = np.mgrid[-8000:8000:2000, -8000:8000:2000].reshape(2, -1)
    squares = shapely.box(x + west, y + south, x + west + 1000, y + south + 1000)
    return _candidates(*squares), layer, heights


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # rasterstats multiplies grids
def test_real_mountains_agree_with_rasterstats_and_a_count_of_fine_cells(mountains):
    """Rasterstats and the count take cells by their centres, so both see each cell in 100 parts."""
    candidates, layer, heights = mountains
    there = candidates.to_crs(layer.crs)
    ours = {stat: zonal(candidates, layer, stat=stat) for stat in ("mean", "stdev")}
    ours["share"] = zonal(candidates, layer, stat="share", where={"height": {"min": 1500}})
    fine = np.repeat(np.repeat(heights, 10, axis=0), 10, axis=1)
    t = layer.transform
    grid = Affine(t.a / 10, 0, t.c, 0, t.e / 10, t.f)
    theirs = pd.DataFrame(
        rasterstats.zonal_stats(
            there,
            fine,
            affine=grid,
            nodata=-32768,
            stats=["mean", "std"],
            add_stats={"share": lambda part: float((part >= 1500).mean())},
        ),
        candidates.index,
    ).rename(columns={"std": "stdev"})
    known = ours["mean"].notna()
    assert known.sum() > 50
    for stat, most in (("mean", 0.2), ("stdev", 0.2), ("share", 1e-3)):
        assert (ours[stat] - theirs[stat])[known].abs().max() < most, stat
    for name in there.index[known][:5]:
        centres = _centres_in(there.geometry[name], grid, fine)
        assert ours["mean"][name] == pytest.approx(centres.mean(), abs=0.2)
        assert ours["share"][name] == pytest.approx((centres >= 1500).mean(), abs=1e-3)


def _centres_in(shape, grid, values):
    west, south, east, north = shape.bounds
    cols = np.arange(int((west - grid.c) / grid.a), int((east - grid.c) / grid.a) + 1)
    rows = np.arange(int((north - grid.f) / grid.e), int((south - grid.f) / grid.e) + 1)
    x, y = np.meshgrid(grid.c + (cols + 0.5) * grid.a, grid.f + (rows + 0.5) * grid.e)
    held = shapely.contains_xy(shape, x.ravel(), y.ravel()).reshape(x.shape)
    return values[np.ix_(rows, cols)][held]


def test_coarse_real_heights_on_degrees(shared_data):
    """Cells of 9 km: a square of 1 km inside one has its height."""
    path = shared_data / "dem" / "pvlib_altitude_5arcmin_border.tif"
    with rasterio.open(path) as source:
        layer = RasterLayer(
            path, CRS.from_epsg(4326), source.transform, source.width, source.height, "height"
        )
        lon, lat = -106.46, 31.79
        expected = next(source.sample([(lon, lat)]))[0]
    x, y = (axis.item() for axis in xy([lon], [lat]))
    square = _candidates(shapely.box(x - 500, y - 500, x + 500, y + 500))
    assert zonal(square, layer, stat="mean").item() == pytest.approx(expected)


STUDY = """
study: slopes
title: Slopes
as_of: 2026-11-21
layers: my_layers
area: {bbox: [-106.6, 31.75, -106.4, 31.9]}
candidates: {grid_m: 1000}
criteria:
  slope:
    measure: {kind: zonal, of: mine}
    value: {at: {2: 1, 15: 0}, unit: "%"}
    weight: 2
  flat:
    measure: {kind: zonal, of: mine, stat: share, where: {slope_pct: {max: 5}}, known: 0.8}
    value: {at: {0: 0, 1: 1}}
    weight: 1
  river:
    measure: {kind: setback, of: rivers, m: 200}
    value: {at: {0: 0, 1: 1}}
    weight: 1
gates:
  steep: {measure: {kind: zonal, of: mine}, max: 9}
sites: {hectares: 400, per_side: 3}
robustness: {draws: 100}
"""


@pytest.fixture(scope="module")
def slopes(tmp_path_factory):
    """A study on a slope layer of one's own, run; heights on degrees, some of them unknown."""
    folder = tmp_path_factory.mktemp("slopes")
    (folder / "my_layers").mkdir()
    step, rows, cols = 0.001, 260, 330
    y, x = np.mgrid[:rows, :cols]
    heights = (1200 + 250 * np.sin(x / 25) * np.cos(y / 18) + 0.5 * x).astype(np.float32)
    heights[40:90, 100:180] = -9999
    grid = Affine(step, 0, -106.66, 0, -step, 31.95)
    form = profile(
        width=cols, height=rows, dtype="float32", nodata=-9999.0, crs="EPSG:4326", transform=grid
    )
    with rasterio.open(folder / "dem.tif", "w", **form) as out:
        out.write(heights, 1)
    write_slope(folder / "dem.tif", folder / "my_layers" / "mine.tif")
    definition = {
        **dict.fromkeys(("source", "publisher", "licence", "attribution", "vintage"), "x"),
        **dict.fromkeys(("title", "summary", "quality_why"), "Slope"),
        "id": "mine",
        "file": "mine.tif",
        "quality": "B",
        "geometry": {"kind": "raster", "field": "slope_pct"},
        "fields": {"slope_pct": {"title": "Slope", "type": "number", "unit": "%"}},
    }
    (folder / "my_layers" / "mine.yaml").write_text(yaml.safe_dump(definition))
    (folder / "slopes.yaml").write_text(STUDY)
    return Study.load(folder / "slopes.yaml").run(folder / "out")


def test_a_study_ranks_by_the_slope_of_an_own_raster(slopes):
    """Each value beside a plain count: a fine lattice of spots in each square, looked up."""
    measured = slopes.measures
    with rasterio.open(slopes.plan.catalog["mine"].path) as source:
        percent = source.read(1, masked=True).astype(float).filled(np.nan)
        grid = source.transform
    within = (np.arange(80) + 0.5) * 1000 / 80
    means, shares, known = (np.full(len(measured), np.nan) for _ in range(3))
    for number, (row, col) in enumerate(measured[["row", "col"]].to_numpy()):
        x, y = np.meshgrid(col * 1000 + within, row * 1000 + within)
        lon, lat = lonlat(x.ravel(), y.ravel())
        i, j = ((lat - grid.f) // grid.e).astype(int), ((lon - grid.c) // grid.a).astype(int)
        held = percent[i, j][~np.isnan(percent[i, j])]
        known[number] = len(held) / len(x.ravel())
        if len(held):
            means[number], shares[number] = held.mean(), (held <= 5).mean()
    assert 0.02 < (known < 0.5).mean() < 0.4
    sure, surer = (known > 0.51), known > 0.81
    np.testing.assert_allclose(measured["raw:slope"][sure], means[sure], rtol=0.003)
    np.testing.assert_allclose(measured["raw:flat"][surer], shares[surer], atol=0.006)
    assert measured["raw:slope"][known < 0.49].isna().all()
    assert measured["raw:flat"][known < 0.79].isna().all()
    pd.testing.assert_series_equal(measured["gate:steep"], measured["raw:slope"], check_names=False)


def test_the_verdicts_follow_the_slope(slopes):
    slope = slopes.measures["gate:steep"]
    expected = np.select([slope.isna(), slope > 9], ["UNKNOWN", "FAIL"], "PASS")
    assert len(set(expected)) == 3
    assert slopes.decision.verdict.astype(str).tolist() == expected.tolist()


def test_a_setback_of_shipped_rivers_is_a_share(slopes):
    rivers = slopes.plan.catalog.load("rivers")
    measured = slopes.measures
    side = 1000 * measured[["row", "col"]].to_numpy()
    squares = shapely.box(side[:, 1], side[:, 0], side[:, 1] + 1000, side[:, 0] + 1000)
    near = shapely.union_all(rivers[rivers.distance(shapely.union_all(squares)) < 300].buffer(200))
    truth = 1 - shapely.area(shapely.intersection(squares, near)) / 1e6
    assert (truth < 1).any()
    np.testing.assert_allclose(measured["raw:river"], truth, atol=0.002)


def test_the_page_names_the_raster_without_drawing_it(slopes):
    words = {item.id: item.measure_words.en for item in slopes.view().criteria}
    assert words["slope"] == "What the cells under it hold, of: Slope"
    assert words["river"].startswith("Share of the land 200 m or more from: ")
    assert "mine" in slopes.record()["layers"]


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        ({"kind": "share", "of": "mine"}, "it is a raster; use kind: zonal or kind: setback"),
        ({"kind": "zonal", "of": "rivers"}, "'zonal' needs a raster; of features use kind: share"),
        ({"kind": "setback", "of": "mine", "m": 9}, "measure of layer 'mine': say which cells"),
    ],
)
def test_a_measure_of_the_wrong_kind_of_layer_is_told(slopes, measure, words):
    world = World(slopes.plan.catalog, slopes.study.as_of)
    spec = TypeAdapter(specs.Measure).validate_python(measure)
    with pytest.raises(StudyError, match=words):
        run(spec, _candidates(shapely.box(0, 0, 9, 9)), world)


def test_several_measures_at_once_are_those_of_each(slopes):
    """And setbacks of one layer that differ in metres share their grid."""
    read = TypeAdapter(specs.Measure).validate_python
    world = World(slopes.plan.catalog, slopes.study.as_of)
    x, y = (axis.item() for axis in xy([-106.5], [31.8]))
    candidates = _candidates(*(shapely.box(x, y + n, x + 900, y + n + 900) for n in (0, 5e3, 9e3)))
    documents = {
        "far": {"kind": "setback", "of": "rivers", "m": 2000},
        "slope": {"kind": "zonal", "of": "mine"},
        "near": {"kind": "setback", "of": "rivers", "m": 500},
        "rough": {"kind": "setback", "of": "rivers", "m": 500, "cell_m": 100},
    }
    several = run_all({name: read(each) for name, each in documents.items()}, candidates, world)
    assert list(several.columns) == list(documents)
    for name, document in documents.items():
        alone = run(read(document), candidates, world)
        np.testing.assert_allclose(several[name], alone, atol=0.001)
