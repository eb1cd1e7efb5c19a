"""Every flaw of geometry: told in a line with its rows, mended only when that is safe."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import LineString, MultiPoint, Point, Polygon, box

from sitesel.catalog.own.examine import examine, placed
from sitesel.crs import WORKING_CRS
from sitesel.errors import LayerError

LOT = box(-106.5, 31.7, -106.49, 31.71)
FURTHER = box(-106.4, 31.7, -106.39, 31.71)
BOWTIE = Polygon([(-106.5, 31.7), (-106.49, 31.71), (-106.49, 31.7), (-106.5, 31.71)])


def _frame(*shapes, crs=4326):
    return gpd.GeoDataFrame({"n": range(len(shapes))}, geometry=[*shapes], crs=crs)


def test_sound_rows_pass_without_a_word():
    frame = _frame(LOT, FURTHER)
    found, said = examine(frame)
    assert said == []
    assert found.geometry.geom_equals(frame.geometry).all()


def test_rows_without_geometry_are_left_out_and_named():
    nothing = [None, Polygon(), Point(np.nan, np.nan)]
    found, said = examine(_frame(LOT, *nothing, FURTHER))
    assert said == ["rows 3, 4, 5: no geometry: left out"]
    assert found.index.tolist() == [0, 4]
    assert found["n"].tolist() == [0, 4]
    with pytest.raises(LayerError, match="no row has a geometry"):
        examine(_frame(*nothing))


def test_heights_are_dropped():
    high = shapely.force_3d(LOT, 1140)
    found, said = examine(_frame(high, FURTHER))
    assert not found.has_z.any()
    assert said == ["1 rows have heights (Z): dropped"]


def test_a_few_rows_of_another_kind_are_left_out():
    found, said = examine(_frame(*[LOT] * 19, Point(-106, 31)))
    assert said == ["row 21: no polygons: left out; the rows hold 1 points, 19 polygons"]
    assert len(found) == 19


def test_kinds_that_are_mixed_must_be_chosen():
    frame = _frame(LOT, LOT, Point(-106, 31))
    with pytest.raises(LayerError, match="1 points, 2 polygons; say which are meant: --keep poly"):
        examine(frame)
    assert examine(frame, keep="points")[0].geom_type.tolist() == ["Point"]
    assert len(examine(frame, keep="polygons")[0]) == 2
    with pytest.raises(LayerError, match="--keep lines: there are none"):
        examine(frame, keep="lines")


def test_collections_give_the_parts_that_are_meant():
    inner = shapely.GeometryCollection([FURTHER, LineString([(-106, 31), (-106, 32)])])
    mixed = shapely.GeometryCollection([LOT, inner, Point(-106, 31)])
    found, said = examine(_frame(*[LOT] * 10, mixed, shapely.GeometryCollection([LOT])))
    assert found.geometry.iloc[10].equals(shapely.MultiPolygon([LOT, FURTHER]))
    assert found.geometry.iloc[11].equals(LOT)
    assert said == ["row 12: mixed geometry: only the polygons in it are kept"]


def test_a_crossed_outline_is_repaired_and_the_area_told():
    found, said = examine(_frame(LOT, BOWTIE))
    assert found.is_valid.all()
    mended = found.geometry.to_crs(WORKING_CRS).iloc[1]
    assert mended.area == pytest.approx(_frame(LOT).to_crs(WORKING_CRS).area.iloc[0] / 2, rel=1e-3)
    assert said[0].startswith("row 3: geometry crosses itself: repaired; area 0.0")
    assert f"{mended.area / 1e4:,.2f} ha now" in said[0]


def test_slivers_of_a_repair_are_not_kept():
    spike = Polygon([(-106.5, 31.7), (-106.49, 31.7), (-106.49, 31.71), (-106.49, 31.7),
                     (-106.48, 31.7), (-106.5, 31.7001)])  # fmt: skip
    found, _ = examine(_frame(spike))
    assert found.is_valid.all()
    assert set(found.geom_type) <= {"Polygon", "MultiPolygon"}


def test_outlines_without_extent_are_left_out():
    flat = Polygon([(-106.5, 31.7), (-106.49, 31.7), (-106.48, 31.7)])
    found, said = examine(_frame(LOT, flat))
    assert found.index.tolist() == [0]
    assert said == ["row 3: geometry without extent: left out"]
    with pytest.raises(LayerError, match="no row has a sound geometry"):
        examine(_frame(flat))


def test_what_is_sound_in_degrees_is_sound_in_the_working_crs():
    """A corner a hair from a long edge is beyond it once the edge is projected."""
    corners = [(-116.1805, 31.2475), (-115.8876, 31.2443), (-115.8747, 31.2683)]
    notch = (-115.9628, 31.2443 + 0.0032 * (115.9628 - 115.8876) / (116.1805 - 115.8876) + 1e-7)
    lot = Polygon([*corners, notch, (-116.0504, 31.2702)])
    frame = _frame(lot)
    assert frame.is_valid.all()
    assert not frame.to_crs(WORKING_CRS).is_valid.any()
    found, said = examine(frame)
    assert found.is_valid.all()
    assert found.to_crs(WORKING_CRS).is_valid.all()
    assert said[0].startswith("row 2: geometry crosses itself: repaired")
    assert shapely.area(found.geometry.iloc[0]) == pytest.approx(lot.area, rel=5e-3)  # edges bend


def test_multipoints_and_lines_pass():
    many = MultiPoint([(-106, 31), (-106, 32)])
    assert len(examine(_frame(many))[0]) == 1
    assert len(examine(_frame(LineString([(-106, 31), (-106, 32)])))[0]) == 1


def test_flaws_of_several_kinds_are_told_in_order():
    swapped = [shapely.transform(each, lambda xy: xy[:, ::-1]) for each in (LOT, BOWTIE)]
    found, said = examine(_frame(None, *swapped, crs=None))
    assert [line.split(":")[0].split(";")[0] for line in said] == [
        "row 2",
        "no CRS is stated",
        "longitude and latitude are swapped in all rows",
        "row 4",
    ]
    assert found.index.tolist() == [1, 2]


# --- tables with places ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lon", "lat"),
    [("lon", "lat"), ("Longitude", "Latitude"), ("LONGITUD", "LATITUD"), ("X", "Y"),
     ("Este", "Norte"), ("lng", "lat"), ("POINT_X", "POINT_Y")],
)  # fmt: skip
def test_coordinate_columns_by_their_usual_names(lon, lat):
    table = pd.DataFrame({"id": ["a"], lat: ["31.7"], lon: [-106.4]})
    frame, said = placed(table)
    assert frame.geometry.iloc[0].equals(Point(-106.4, 31.7))
    assert list(frame.columns) == ["id", "geometry"]
    assert said == [f"points are taken from columns '{lon}' and '{lat}'"]


def test_decimal_commas_in_coordinates():
    frame, _ = placed(pd.DataFrame({"lon": ["-106,4", None], "lat": ["31,7", "32,0"]}))
    assert frame.geometry.iloc[0].equals(Point(-106.4, 31.7))
    assert frame.geometry.iloc[1] is None


@pytest.mark.parametrize(
    ("x", "y", "point", "told"),
    [
        ("-106,4", "31,606", (-106.4, 31.606), "column 'y', row 2: '31,606' is read as 31.606"),
        ("-106,401", "31,606", (-106.401, 31.606), "column 'x', row 2: '-106,401' is read as"),
        ("348,931", "3,497,866", (348_931, 3_497_866), "column 'x', row 2: '348,931' is read as"),
        ("348,931", "3497866.5", (348_931, 3_497_866.5), "'348,931' is read as 348931"),
    ],
)
def test_both_coordinates_are_read_as_they_can_only_both_be_meant(x, y, point, told):
    """Either of "31,606" and "348,931" alone might have thousands or decimals."""
    frame, said = placed(pd.DataFrame({"x": [x, "n/d"], "y": [y, "n/d"]}))
    assert frame.geometry.iloc[0].equals(Point(point))
    assert any(told in line for line in said)


@pytest.mark.parametrize("cell", ["31°45'N", "north", "31.7.2"])
def test_what_is_no_coordinate_is_refused_with_its_row(cell):
    table = pd.DataFrame({"lon": ["-106.4"] * 3, "lat": ["31.7", cell, "31.8"]})
    with pytest.raises(LayerError, match=rf"column 'lat', row 3: '{cell}' is no coordinate"):
        placed(table)


@pytest.mark.parametrize("name", ["WKT", "geometry", "the_geom", "Shape"])
@pytest.mark.parametrize("form", ["wkt", "ewkt", "hex", "bytes"])
def test_geometry_in_words(name, form):
    cell = {
        "wkt": LOT.wkt,
        "ewkt": f"SRID=4326;{LOT.wkt}",
        "hex": shapely.to_wkb(shapely.set_srid(LOT, 4326), hex=True, include_srid=True),
        "bytes": shapely.to_wkb(LOT),
    }[form]
    frame, said = placed(pd.DataFrame({"id": ["a", "b"], name: [cell, None]}))
    assert frame.geometry.iloc[0].equals(LOT)
    assert frame.geometry.iloc[1] is None
    assert (frame.crs is not None) == (form in {"ewkt", "hex"})
    assert said == [f"geometry is taken from column '{name}'"]


def test_a_geometry_that_a_spreadsheet_cut_is_refused_with_its_row():
    table = pd.DataFrame({"wkt": [LOT.wkt, LOT.wkt[:30]]})
    with pytest.raises(LayerError, match=r"column 'wkt', row 3: 'POLYGON .*' is no geometry"):
        placed(table)


def test_a_table_without_places():
    assert placed(pd.DataFrame({"shape": ["round"], "x": ["1"]})) is None


def test_of_two_geometries_the_active_one_counts():
    frame = gpd.GeoDataFrame({"centre": gpd.GeoSeries([Point(-106, 31)])}, geometry=[LOT], crs=4326)
    found, said = placed(frame.rename_geometry("outline"))
    assert list(found.columns) == ["geometry"]
    assert said == ["columns left out, for they are a second geometry: centre"]
