"""Every flaw of a file is told with file, column, row and remedy."""

from io import BytesIO

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from sitesel.catalog.layers import Catalog
from sitesel.errors import LayerError

NUMBER = {"title": "n", "type": "number", "unit": "count"}
SQUARE = shapely.box(-106.5, 31.5, -106.4, 31.6)


def _said(folder):
    with pytest.raises(LayerError) as caught:
        Catalog.default(folder).load("mine")
    text = str(caught.value)
    assert "mine." in text
    return text


def _stored(geometry, crs=4326):
    buffer = BytesIO()
    columns = {"a": range(len(geometry))}
    gpd.GeoDataFrame(columns, geometry=geometry, crs=crs).to_parquet(buffer)
    return {"data": buffer.getvalue(), "file": "mine.parquet", "geometry": {"kind": "stored"}}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("x,y\n-106,31\n", ["mine.csv: column 'lon' is missing", "the columns are x, y"]),
        ("lon,y\n-106,31\n", ["mine.csv: column 'lat' is missing"]),
        ("lon;lat\n-106;31\n", ["mine.csv: column 'lon' is missing"]),
        ("lon,lat\n31,-106\n", ["mine.csv: row 2: longitude and latitude are swapped"]),
        ("lon,lat\n-106,31\n31,-106\n", ["row 3: longitude and latitude are swapped"]),
        ("lon,lat\n360000,3500000\n", ["mine.csv: row 2:", "not degrees", "EPSG:4326", "state"]),
        ("lon,lat\n-106,31\n-106,\n,31\n", ["mine.csv: rows 3, 4: no coordinates; fill"]),
        ("lon,lat\n-106,north\n", ["mine.csv: column 'lat', row 2: 'north' is not a number"]),
        ("lon,lat\n", ["mine.csv: has no rows"]),
        ("", ["mine.csv: cannot be read"]),
        (b"\xff\xfe\x00\x01", ["mine.csv: cannot be read as a UTF-8 CSV"]),
        ("lon,lat,n\n-106,31,Juárez\n".encode("latin-1"), ["mine.csv: cannot be read as a UTF-8"]),
        ("lon,lat\n-106,31\n-106,31,4\n", ["mine.csv: cannot be read", "line 3"]),
        ("lon,lat\n-106,31,5,6\n", ["mine.csv: "]),  # all rows wider: must not shift columns
    ],
)
def test_flaws_of_a_table_of_points(own_layer, data, words):
    said = _said(own_layer(data))
    for word in words:
        assert word in said


def test_only_the_first_five_rows_are_named(own_layer):
    data = "lon,lat\n" + "-106,31\n" * 3 + "31,-106\n" * 8
    assert "rows 5, 6, 7, 8, 9 and 3 more: longitude" in _said(own_layer(data))


@pytest.mark.parametrize("word", ["EPSG:abc", "WGS84 lon/lat", "", "EPSG:999999", "NAD 83ish"])
def test_a_crs_that_is_none(own_layer, word):
    said = _said(own_layer("lon,lat\n-106,31\n", crs=word))
    assert f"mine.yaml: crs: '{word}' is no coordinate system; write EPSG:4326" in said


def test_a_crs_that_is_none_for_a_stored_file(own_layer):
    assert "mine.yaml: crs: 'EPSG:x'" in _said(own_layer(**_stored([SQUARE]), crs="EPSG:x"))


def test_degrees_taken_for_metres(own_layer):
    """Lon/lat in a table whose definition names a projected CRS would fall into the sea."""
    said = _said(own_layer("lon,lat\n-106.4,31.7\n", crs="EPSG:32613"))
    assert "EPSG:32613" in said


def test_a_vertical_crs_is_not_one_of_places(own_layer):
    assert "EPSG:5714" in _said(own_layer("lon,lat\n-106,31\n", crs="EPSG:5714"))


def test_file_and_definition_must_agree_on_the_crs(own_layer):
    said = _said(own_layer(**_stored([shapely.box(0, 0, 9, 9)], crs=32613)))
    assert "mine.parquet: holds EPSG:32613 but mine.yaml says crs: EPSG:4326" in said
    assert "make them agree" in said
    said = _said(own_layer(**_stored([SQUARE]), crs="EPSG:32613"))
    assert "holds EPSG:4326 but mine.yaml says crs: EPSG:32613" in said


def test_a_file_without_crs_in_metres(own_layer):
    said = _said(own_layer(**_stored([shapely.box(3e5, 3.5e6, 3.1e5, 3.6e6)], crs=None)))
    assert "mine.parquet: coordinates up to 3,600,000 are not degrees" in said


def test_a_stored_file_with_swapped_coordinates(own_layer):
    said = _said(own_layer(**_stored([shapely.box(31.5, -106.5, 31.6, -106.4)])))
    assert "swapped" in said


def test_a_stored_file_of_no_rows_or_no_sense(own_layer):
    assert "mine.parquet: has no rows" in _said(own_layer(**_stored([])))
    stored = {"file": "mine.gpkg", "geometry": {"kind": "stored"}}
    assert "mine.gpkg: cannot be read as a geographic file" in _said(own_layer(b"x", **stored))


def test_a_polygon_that_crosses_itself(own_layer):
    bowtie = shapely.Polygon([(-106, 31), (-105, 32), (-105, 31), (-106, 32)])
    said = _said(own_layer(**_stored([SQUARE, bowtie])))
    assert "mine.parquet: row 3: the geometry crosses itself; repair it" in said


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        ("lon,lat,country\n-106,31,USA\n", "row 2: side is 'USA', not US or MX"),
        ("lon,lat,country\n-106,31,US\n-106,31,\n-106,31,mx\n", "rows 3, 4: side is "),
    ],
)
def test_side_words(own_layer, data, rows):
    assert f"mine.csv: {rows}" in _said(own_layer(data, side="country"))


def test_a_side_column_that_is_not_there(own_layer):
    assert "country" in _said(own_layer("lon,lat\n-106,31\n", side="country"))


def test_a_side_column_beside_another_called_side(own_layer):
    data = "lon,lat,country,side\n-106,31,US,left\n"
    assert "side" in _said(own_layer(data, side="country"))


def test_declared_columns_must_be_there(own_layer):
    fields = {"q": {"title": "q"}}
    said = _said(own_layer("lon,lat\n-106,31\n", fields=fields))
    assert "mine.yaml: fields.q: the data has no such column; its columns are lon, lat" in said
    said = _said(own_layer("lon,lat\n-106,31\n", fields={"q": NUMBER}))
    assert "fields.q" in said or "column 'q' is missing" in said
    assert "label" in _said(own_layer("lon,lat\n-106,31\n", label="nam"))


def test_the_side_column_may_be_declared_by_its_own_name(own_layer):
    folder = own_layer(
        "lon,lat,country\n-106,31,MX\n", side="country", fields={"country": {"title": "c"}}
    )
    assert Catalog.default(folder).load("mine")["side"].tolist() == ["MX"]


@pytest.mark.parametrize(
    "table",
    [{"a": [1]}, {"lon": ["west"], "lat": ["31"]}, {"lon": [31.0], "lat": [-106.0]}],
)
def test_points_in_parquet_are_checked_too(own_layer, table):
    buffer = BytesIO()
    pd.DataFrame(table).to_parquet(buffer)
    assert "mine.parquet" in _said(own_layer(buffer.getvalue(), file="mine.parquet"))


def test_a_stored_number_field_must_hold_numbers(own_layer):
    buffer = BytesIO()
    gpd.GeoDataFrame({"n": ["12 MW"]}, geometry=[SQUARE], crs=4326).to_parquet(buffer)
    stored = {"file": "mine.parquet", "geometry": {"kind": "stored"}, "fields": {"n": NUMBER}}
    assert "'12 MW' is not a number" in _said(own_layer(buffer.getvalue(), **stored))
