"""Setbacks: areas against shapely's buffers, of features and of raster cells; doubt stays doubt."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
import shapely.affinity
from affine import Affine
from pydantic import TypeAdapter, ValidationError
from pyproj import CRS
from scipy.ndimage import distance_transform_edt

from sitesel.catalog.rasters import RasterLayer, profile
from sitesel.crs import WORKING_CRS, xy
from sitesel.errors import StudyError
from sitesel.measure import setback as module
from sitesel.measure import specs
from sitesel.measure.setback import setback

SPAN = 4000


def _frame(shapes, **columns):
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=WORKING_CRS)


def _squares(size=500, span=SPAN):
    row, col = (axis.ravel() * size for axis in np.mgrid[: span // size, : span // size])
    return _frame(shapely.box(col, row, col + size, row + size))


def _parcels():
    """Turned and holed, across the edges of tiles, one of them larger than the rest together."""
    shapes = [shapely.affinity.rotate(box, 31).buffer(-60) for box in _squares().geometry[::3]]
    shapes[3] = shapes[3].difference(shapes[3].centroid.buffer(90))
    return _frame([*shapes, shapely.Point(2000, 2000).buffer(2500)])


def _features(kind, seed=0):
    rng = np.random.default_rng(seed)
    centres = rng.uniform(-300, SPAN + 300, (14, 2))
    size = rng.uniform(50, 400, 14)
    discs = shapely.buffer(shapely.points(centres), size)
    squares = [shapely.box(*(at - s), *(at + s)) for at, s in zip(centres, size, strict=True)]
    return {
        "points": list(shapely.points(centres)),
        "lines": [shapely.LineString(at + rng.normal(0, 300, (8, 2)).cumsum(0)) for at in centres],
        "discs": list(discs),
        "squares": squares,
        "turned": [shapely.affinity.rotate(box, 10 * n) for n, box in enumerate(squares)],
        "mixed": [*discs[:4], shapely.MultiPoint(centres[4:8]), squares[9]],
    }[kind]


def _truth(candidates, shapes, m):
    near = shapely.union_all(shapely.buffer(np.array(shapes, object), m, quad_segs=256))
    land = candidates.geometry.to_numpy()
    return 1 - shapely.area(shapely.intersection(land, near)) / shapely.area(land)


@pytest.mark.parametrize("kind", ["points", "lines", "discs", "squares", "turned", "mixed"])
@pytest.mark.parametrize("candidates", [_squares(), _parcels()], ids=["cells", "parcels"])
def test_areas_are_those_of_buffers(kind, candidates):
    shapes = _features(kind)
    found = setback(candidates, _frame(shapes), m=[100, 300])
    for m in (100, 300):
        truth = _truth(candidates, shapes, m)
        assert truth.std() > 0.02
        np.testing.assert_allclose(found[m], truth, atol=0.001, rtol=0)
        area = candidates.area.to_numpy()
        for ours, theirs in ((found[m], truth), (1 - found[m], 1 - truth)):
            assert (ours * area).sum() == pytest.approx((theirs * area).sum(), rel=0.002)
    assert found.index.equals(candidates.index)


def test_centres_alone_would_give_too_much_land():
    """What the edges are measured for: the transform alone errs by some percent of the margin."""
    shapes, size, m = _features("squares"), 20, 100
    cells = (SPAN + 1000) // size
    grid = Affine(size, 0, -500, 0, -size, SPAN + 500)
    inside = rasterio.features.rasterize(shapes, (cells, cells), transform=grid)
    away = distance_transform_edt(inside == 0) * size
    core = slice(500 // size, -500 // size)
    taken = (away[core, core] < m).mean()
    whole = _frame([shapely.box(0, 0, SPAN, SPAN)])
    truth = 1 - _truth(whole, shapes, m)[0]
    assert taken < 0.96 * truth
    ours = 1 - setback(whole, _frame(shapes), m=[m], cell_m=size)[m][0]
    assert ours == pytest.approx(truth, rel=0.001)


def test_setbacks_of_one_layer_share_the_transform(monkeypatch):
    calls = []
    monkeypatch.setattr(
        module,
        "distance_transform_edt",
        lambda cells: calls.append(cells.shape) or distance_transform_edt(cells),
    )
    candidates = _frame([shapely.box(100, 100, 900, 900)])
    river = _frame([shapely.LineString([(0, 0), (0, 1000)])])
    found = setback(candidates, river, m=[400, 100, 250])
    assert len(calls) == 1
    assert list(found.columns) == [400, 100, 250]
    np.testing.assert_allclose(found.iloc[0], [0.625, 1, 0.8125], atol=1e-4)
    setback(candidates, river, m=[100, 9000])
    assert len(calls) == 3  # too far apart for one grid


def test_memory_is_bounded_by_tiles(monkeypatch):
    """The same shares however small the tiles; no transform is larger than a tile and margins."""
    sides = []
    monkeypatch.setattr(
        module,
        "distance_transform_edt",
        lambda cells: sides.append(cells.shape) or distance_transform_edt(cells),
    )
    candidates, lines = _parcels(), _frame(_features("lines"))
    whole = setback(candidates, lines, m=[150])
    monkeypatch.setattr(module, "_TILE", 50)
    small = setback(candidates, lines, m=[150])
    np.testing.assert_allclose(small, whole, atol=2e-6)
    assert max(max(side) for side in sides) <= 1024 + 2 * 12
    assert sides[-1] == (74, 74)
    assert len(sides) > 30


def test_a_result_does_not_depend_on_the_others():
    candidates, shapes = _squares(), _frame(_features("turned"))
    whole = setback(candidates, shapes, m=[200])
    parts = pd.concat([setback(candidates[n::5], shapes, m=[200]) for n in range(5)])
    pd.testing.assert_frame_equal(parts.loc[whole.index], whole, check_exact=True)


def test_features_beyond_the_reach_take_nothing():
    candidates = _squares()
    far = _frame([shapely.Point(-101, 2000), shapely.Point(9e6, 9e6)])
    assert (setback(candidates, far, m=[100])[100] == 1).all()
    assert (setback(candidates, far[:0], m=[100])[100] == 1).all()


def test_features_thinner_than_a_cell_are_seen():
    """Strips of a metre between the centres of cells, and a speck."""
    shapes = [shapely.box(1003, 0, 1004, 900), shapely.box(2500, 2501, 2501, 2502)]
    candidates = _squares()
    truth = _truth(candidates, shapes, 200)
    np.testing.assert_allclose(setback(candidates, _frame(shapes), m=[200])[200], truth, atol=1e-3)


def test_land_within_the_features_is_lost():
    candidates = _squares()
    cover = _frame([shapely.box(-5000, -5000, 9000, 9000)])
    assert (setback(candidates, cover, m=[100])[100] == 0).all()


def test_where_chooses_features_and_doubtful_ones_leave_doubt():
    strips = [shapely.box(x, 0, x + 20, 100) for x in (200, 2200, 3200)]
    layer = _frame(strips, kind=["a", "b", "a"], in_force=[1.0, 1.0, np.nan])
    candidates = _frame([shapely.box(x, 0, x + 420, 100) for x in (0, 2000, 3000)])
    found = setback(candidates, layer, m=[100], where={"kind": "a"})[100]
    np.testing.assert_allclose(found, [200 / 420, 1, np.nan], atol=1e-4)
    both = _frame([*strips, strips[2]], kind=list("abaa"), in_force=[1.0, 1.0, np.nan, 1.0])
    assert setback(candidates, both, m=[100])[100].notna().all()  # taken in any case


@pytest.fixture
def raster(tmp_path):
    def write(values, transform, crs, *, nodata=0, classes=None):
        values = np.asarray(values, np.uint8)
        rows, cols = values.shape
        system = CRS.from_user_input(crs)
        form = profile(
            width=cols,
            height=rows,
            dtype="uint8",
            nodata=nodata,
            crs=system.to_wkt(),
            transform=transform,
        )
        with rasterio.open(tmp_path / "cells.tif", "w", **form) as out:
            out.write(values, 1)
        return RasterLayer(
            tmp_path / "cells.tif", system, transform, cols, rows, "cover", 1, nodata, classes
        )

    return write


@pytest.mark.parametrize(
    ("crs", "size"), [(WORKING_CRS, 90.0), ("EPSG:4326", 0.001), ("EPSG:32613", 37.0)]
)
def test_cells_of_a_raster_are_features_in_any_crs(raster, crs, size):
    centre = np.column_stack(xy([-106.4], [31.7]))[0]
    candidates = _squares()
    candidates = candidates.set_geometry(candidates.translate(*centre))
    system = CRS.from_user_input(crs)
    west, south, east, north = candidates.to_crs(system).total_bounds + 12 * size * np.array(
        [-1, -1, 1, 1]
    )
    rows, cols = int((north - south) / size), int((east - west) / size)
    rng = np.random.default_rng(1)
    values = rng.choice([1, 2, 3], (rows, cols), p=[0.9, 0.01, 0.09])
    layer = raster(
        values, Affine(size, 0, west, 0, -size, north), crs, classes={1: "bare", 2: "built"}
    )
    found = setback(candidates, layer, m=[120, 200], where={"cover": "built"})
    row, col = np.nonzero(values == 2)
    boxes = shapely.box(
        west + col * size, north - (row + 1) * size, west + (col + 1) * size, north - row * size
    )
    built = gpd.GeoSeries(boxes, crs=system).segmentize(size / 4).to_crs(WORKING_CRS)
    for m in (120, 200):
        truth = _truth(candidates, built.to_list(), m)
        assert truth.std() > 0.1
        np.testing.assert_allclose(found[m], truth, atol=0.005, rtol=0)  # many edges in a cell
        assert found[m].mean() == pytest.approx(truth.mean(), abs=0.0005)


def test_unknown_cells_make_land_near_them_unknown(raster):
    """100 cells of 10 m from west to east: built at one end, unknown at the other."""
    values = np.ones((140, 100))
    values[:, 0], values[:, 90:] = 2, 0
    layer = raster(values, Affine(10, 0, 0, 0, -10, 1200), WORKING_CRS)
    land = _frame(
        [
            shapely.box(0, 0, 1000, 1000),
            shapely.box(500, 0, 1000, 1000),
            shapely.box(-1000, 0, 200, 1000),
        ]
    )
    found = setback(land, layer, m=[100], where={"cover": 2})[100]
    margin = 110 / 800  # of the 800 m that are certain, the cell and 100 m beside it are lost
    assert found[0] == pytest.approx(1 - margin, abs=2e-3)
    assert found[1] == pytest.approx(1)
    assert np.isnan(found[2])  # most of it lies beyond the raster
    strict = setback(land, layer, m=[100], where={"cover": 2}, known=0.9)[100]
    assert strict.isna().all()
    assert setback(land, layer, m=[100], where={"cover": 2}, known=0.59)[100].notna()[1]


def test_a_candidate_off_the_raster_is_unknown(raster):
    layer = raster(np.ones((5, 5)), Affine(10, 0, 0, 0, -10, 0), WORKING_CRS)
    away = _frame([shapely.box(9000, 9000, 9100, 9100)])
    assert setback(away, layer, m=[50], where={"cover": 1})[50].isna().all()


def test_cells_too_fine_for_the_setback_are_told(raster):
    layer = raster(np.ones((5, 5)), Affine(0.1, 0, 0, 0, -0.1, 0), WORKING_CRS)
    with pytest.raises(StudyError, match=r"cells of 0\.1 m are too fine for a setback of 1000 m"):
        setback(_squares(), layer, m=[1000], where={"cover": 1})
    with pytest.raises(StudyError, match="say which cells count"):
        setback(_squares(), layer, m=[1000])


def test_a_grid_that_does_not_fit_the_setback_is_told():
    layer = _frame([shapely.Point(0, 0)])
    with pytest.raises(StudyError, match="cell_m: 30 does not fit a setback of 100 m"):
        setback(_squares(), layer, m=[100], cell_m=30)
    read = TypeAdapter(specs.Measure).validate_python
    with pytest.raises(ValidationError, match=r"cell_m: from 0\.2 to 25"):
        read({"kind": "setback", "of": "rail", "m": 100, "cell_m": 26})
    assert read({"kind": "setback", "of": "rail", "m": 100, "cell_m": 25}).cell_m == 25
