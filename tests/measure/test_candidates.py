"""Grid cells on the right side, parcels as they are given, mistakes told by name."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from sitesel.crs import WORKING_CRS, to_working
from sitesel.errors import LayerError
from sitesel.measure import candidates as c
from sitesel.measure.parcels import Parcels

MEXICO = shapely.box(-50_000, -50_000, 50_000, 0)
USA = shapely.box(-50_000, 0, 50_000, 30_000)
SIDES = {"mexico": MEXICO, "usa": USA}


def _lots(shapes, **columns):
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=WORKING_CRS)


def _make(lots, **rule):
    return c.from_polygons(lots, Parcels(layer="lots", **rule), **SIDES)


def test_grid_sides_agree_with_sjoin():
    river = np.column_stack([np.linspace(-6e4, 6e4, 200), 9000 * np.sin(np.arange(200) / 9)])
    mexico = shapely.Polygon([*river, (6e4, -6e4), (-6e4, -6e4)])
    usa = shapely.box(-6e4, -6e4, 6e4, 3e4).difference(mexico)
    area = shapely.Point(3000, 2000).buffer(45_000)
    cells = c.from_grid(area, 1000, mexico=mexico, usa=usa)
    countries = _lots([mexico, usa], country=["MX", "US"])
    joined = gpd.sjoin(cells.set_geometry(cells.centroid), countries)
    assert (joined["country"] == cells["side"]).all()
    assert cells.centroid.within(area).all()
    assert set(cells["side"]) == {"US", "MX"}


def test_the_frame_of_a_grid():
    cells = c.from_grid(shapely.box(-2500, -1500, 1500, 2500), 500, **SIDES)
    assert list(cells.columns) == ["side", "row", "col", "hectares", "land", "geometry"]
    assert (cells.index.name, cells.crs) == ("site_id", WORKING_CRS)
    assert cells["row"].dtype == cells["col"].dtype == np.int32
    assert cells.index.is_unique
    assert (cells["hectares"] == 25).all()
    first = cells.loc["r-3c-5@500"]
    assert (first["side"], first["row"], first["col"]) == ("MX", -3, -5)
    assert first.geometry.equals(shapely.box(-2500, -1500, -2000, -1000))
    assert cells["side"].to_dict()["r0c0@500"] == "US"


def test_a_cell_that_the_border_cuts_has_the_hectares_of_its_own_side():
    river = shapely.Polygon([(0, 200), (3000, 400), (3000, 9000), (0, 9000)])
    south = shapely.box(-1000, -9000, 3000, 9000).difference(river)
    sea = shapely.box(-9000, -9000, 500, 9000)  # no country's
    usa, mexico = river.difference(sea), south.difference(sea)
    cells = c.from_grid(shapely.box(0, -1000, 3000, 2000), 1000, mexico=mexico, usa=usa)
    countries = np.where(cells["side"] == "US", usa, mexico)
    own = shapely.area(shapely.intersection(countries, cells.geometry.to_numpy())) / 1e4
    np.testing.assert_allclose(cells["hectares"], own, rtol=1e-12)
    assert cells.loc["r1c1@1000", "hectares"] == 100
    assert cells.loc["r1c1@1000", "land"] is None
    assert cells.loc["r0c1@1000", "hectares"] == pytest.approx(70)
    cut = cells[cells["hectares"] < 100]
    assert len(cut) == cells["land"].notna().sum() > 3
    assert (cells.area == 1e6).all()
    assert all(land.within(cell) for land, cell in zip(cut["land"], cut.geometry, strict=True))


def test_cells_on_neither_side_are_left_out():
    cells = c.from_grid(shapely.box(0, 25_000, 1000, 35_000), 1000, **SIDES)
    assert cells["row"].tolist() == [25, 26, 27, 28, 29]
    assert c.from_grid(shapely.box(0, 31_000, 1000, 35_000), 1000, **SIDES).empty


def test_a_centre_on_the_border_itself_is_mexican():
    north, south = shapely.box(0, 500, 9000, 9000), shapely.box(0, -9000, 9000, 500)
    cells = c.from_grid(shapely.box(0, 0, 1000, 2000), 1000, mexico=south, usa=north)
    assert cells["side"].tolist() == ["MX", "US"]


def test_a_cell_id_means_the_same_place_in_every_area():
    small = c.from_grid(shapely.box(0, 0, 9000, 9000), 1000, **SIDES)
    large = c.from_grid(shapely.box(-20_000, -20_000, 20_000, 20_000), 1000, **SIDES)
    assert large.loc[small.index].geometry.equals(small.geometry)


def test_discs_and_land():
    ports = _lots([shapely.Point(0, 0), shapely.Point(5000, 0)])
    area = c.discs(ports, within_km=10)
    assert area.geom_type == "Polygon"
    assert area.area == pytest.approx(
        1e8 * (np.pi + 2 * np.arcsin(0.25) + np.sqrt(15) / 8), rel=1e-3
    )
    counties = _lots([shapely.box(x, 0, x + 9000, 9000) for x in (0, 9000, 90_000)])
    assert c.land(counties, area).equals(shapely.box(0, 0, 18_000, 9000))
    assert c.land(counties, shapely.Point(-9e5, 0)).is_empty


def test_parcels_keep_their_ids_and_sizes():
    lots = _lots(
        [shapely.box(0, 100, 600, 600), shapely.box(0, -900, 300, -500), shapely.box(0, 0, 9, 9)],
        lot=["N", "S", "tiny"],
    )
    sites = _make(lots, id="lot", min_ha=1)
    assert sites.index.tolist() == ["N", "S"]
    assert sites["side"].tolist() == ["US", "MX"]
    assert sites["hectares"].tolist() == [30, 12]
    assert list(sites.columns) == ["side", "hectares", "geometry"]
    assert _make(lots, id="lot", where={"lot": "S"}).index.tolist() == ["S"]


def test_parcels_come_from_any_crs():
    lots = _lots([shapely.box(0, 100, 600, 600)], lot=["N"])
    sites = _make(lots.to_crs(32613), id="lot")
    assert sites.crs == WORKING_CRS
    assert sites.geometry.iloc[0].symmetric_difference(lots.geometry.iloc[0]).area < 1
    assert to_working(lots.to_crs(4326)).area.iloc[0] == pytest.approx(3e5, rel=1e-6)


def test_a_side_column_rules_over_the_border():
    lots = _lots([shapely.box(0, 100, 600, 600)], land=["MX"])
    assert _make(lots)["side"].tolist() == ["US"]
    assert _make(lots, side="land")["side"].tolist() == ["MX"]


def test_a_side_column_that_contradicts_the_border_is_refused_by_name():
    far, near = shapely.box(0, 4000, 500, 4500), shapely.box(0, 200, 500, 700)
    lots = _lots([far, near, far.buffer(50)], land=["MX", "MX", "US"], lot=list("abc"))
    with pytest.raises(LayerError, match="'lots': a: on the other side of the border than column"):
        _make(lots, side="land", id="lot")
    assert _make(lots[1:], side="land", id="lot")["side"].tolist() == ["MX", "US"]
    small = lots.assign(geometry=[shapely.box(0, 4000, 50, 4050), near, far])
    assert _make(small, side="land", id="lot", min_ha=5).index.tolist() == ["b", "c"]


def test_points_become_circles_of_their_size():
    parks = _lots(
        [shapely.Point(0, 9000), shapely.Point(0, -9000)], park=["a", "b"], ha=[80.0, 5.0]
    )
    sites = _make(parks, id="park", hectares="ha", min_ha=20)
    assert sites.index.tolist() == ["a"]
    assert sites["hectares"].iloc[0] == pytest.approx(80, rel=1e-12)
    assert sites.geometry.iloc[0].centroid.distance(shapely.Point(0, 9000)) < 1e-6


BOW = shapely.Polygon([(0, 0), (900, 900), (900, 0), (0, 500)])
SQUARE = shapely.box(0, 100, 600, 600)
SPIKE = shapely.Polygon([(0, 100), (600, 100), (900, 100), (600, 100), (600, 600), (0, 600)])
MIXED = shapely.GeometryCollection([SQUARE, shapely.LineString([(0, 0), (9, 9)])])


@pytest.mark.parametrize(
    ("shapes", "columns", "rule", "message"),
    [
        ([SQUARE] * 3, {"lot": ["A", "B", "A"]}, {"id": "lot"}, "id A occurs more than once"),
        ([SQUARE] * 2, {"lot": ["A", None]}, {"id": "lot"}, "'lot' is empty in row 3"),
        ([SQUARE, BOW], {"lot": ["A", "B"]}, {"id": "lot"}, "B: no sound polygon"),
        ([SQUARE, None], {"lot": ["A", "B"]}, {"id": "lot"}, "B: no sound polygon"),
        ([SQUARE, shapely.Point(0, 0)], {}, {}, "1: no sound polygon"),
        ([SQUARE, MIXED], {}, {}, "1: no sound polygon .*or a collection"),
        ([shapely.Point(0, 0)], {}, {}, "holds points; name the column of their size"),
        ([shapely.Point(0, 0)] * 2, {"ha": [5, None]}, {"hectares": "ha"}, "1: no size in column"),
        ([SQUARE], {}, {"min_ha": 31}, "the largest has 30.0 ha; lower min_ha"),
        ([shapely.box(0, 9e4, 500, 9.1e4)], {}, {}, "0: neither in the US nor in Mexico"),
        ([SQUARE], {"ha": [5]}, {"hectares": "ha"}, "candidates.hectares: 'ha': it is for points"),
        ([SQUARE], {}, {"hectares": "h"}, "polygons, whose own area counts; remove the key"),
        ([SQUARE], {"land": ["Texas"]}, {"side": "land"}, "0: neither in the US"),
    ],
)
def test_mistakes_in_parcels_are_told_by_name(shapes, columns, rule, message):
    with pytest.raises(LayerError, match=message) as error:
        _make(_lots(shapes, **columns), **rule)
    assert "'lots'" in str(error.value)


@pytest.mark.parametrize("ids", [["A", "A"], ["A", None]])
def test_ids_that_repeat_or_lack_are_told_where_rows_have_labels(ids):
    lots = _lots([SQUARE] * 2, lot=ids).set_axis(["north", "south"])
    with pytest.raises(LayerError, match=r"in (column 'lot', row north, )?row south; "):
        _make(lots, id="lot")
    with pytest.raises(LayerError, match="'lots': the labels of its rows repeat or lack; name a"):
        _make(lots.set_axis(ids))


def test_a_geometry_is_repaired_when_its_area_stays():
    assert not SPIKE.is_valid
    sites = _make(_lots([SPIKE]))
    assert sites.geometry.iloc[0].is_valid
    assert sites["hectares"].tolist() == [30]


def test_parcels_whose_label_is_their_id_are_named_by_it():
    lots = _lots([shapely.box(0, 0, 500, 500)], lot=["C-023"])
    sites = c.from_polygons(lots, Parcels(layer="lots", id="lot"), label="lot", **SIDES)
    assert sites["own_name"].to_dict() == {"C-023": "C-023"}
