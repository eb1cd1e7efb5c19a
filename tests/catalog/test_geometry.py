"""Each kind of geometry, read from files written here."""

import re
from io import BytesIO

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geographiclib.geodesic import Geodesic

from sitesel.catalog.layers import Catalog
from sitesel.crs import WORKING_CRS, lonlat, xy
from sitesel.errors import LayerError, SiteselError

NUMBER = {"title": "n", "type": "number", "unit": "count"}
SQUARE = shapely.box(-106.5, 31.5, -106.4, 31.6)


def _load(folder):
    return Catalog.default(folder).load("mine")


def _parquet(frame):
    buffer = BytesIO()
    frame.to_parquet(buffer)
    return buffer.getvalue()


def _stored(geometry, crs=4326, **columns):
    columns = columns or {"a": list(range(len(geometry)))}
    return _parquet(gpd.GeoDataFrame(columns, geometry=geometry, crs=crs))


def test_points_come_projected_with_the_files_columns_in_order(own_layer):
    frame = _load(own_layer("name,lat,lon,n\nA,31.7,-106.4,5\nB,25.9,-97.5,6\n"))
    assert list(frame.columns) == ["name", "lat", "lon", "n", "geometry"]
    assert frame.crs == WORKING_CRS
    lon, lat = lonlat(frame.geometry.x, frame.geometry.y)
    np.testing.assert_allclose(lon, [-106.4, -97.5])
    np.testing.assert_allclose(lat, [31.7, 25.9])


def test_coordinate_columns_may_have_other_names(own_layer):
    points = {"kind": "points", "lon": "x", "lat": "y"}
    frame = _load(own_layer("x,y\n-106.4,31.7\n", geometry=points))
    assert lonlat(frame.geometry.x, frame.geometry.y)[0][0] == pytest.approx(-106.4)


def test_points_in_a_projected_crs(own_layer):
    truth = gpd.GeoSeries.from_xy([-106.4], [31.7], crs=4326).to_crs(32613)
    row = f"{truth.x.iloc[0]},{truth.y.iloc[0]}"
    frame = _load(own_layer(f"lon,lat\n{row}\n", crs="EPSG:32613"))
    np.testing.assert_allclose(np.ravel(lonlat(frame.geometry.x, frame.geometry.y)), [-106.4, 31.7])


def test_points_may_lie_in_a_parquet_table(own_layer):
    table = pd.DataFrame({"lon": [-106.4], "lat": [31.7], "code": ["08"]})
    frame = _load(own_layer(_parquet(table), file="mine.parquet"))
    assert frame["code"].tolist() == ["08"]


def test_text_stays_text_and_empty_cells_are_missing(own_layer):
    data = "lon,lat,fips,n,word\n-106,31,08037,,NA\n-106,32,,7.5,\n"
    frame = _load(own_layer(data, fields={"n": NUMBER, "fips": {"title": "f"}}))
    assert frame["fips"].iloc[0] == "08037"
    assert pd.isna(frame["fips"].iloc[1])
    assert frame["n"].dtype == np.float64
    np.testing.assert_equal(frame["n"].to_numpy(), [np.nan, 7.5])
    assert frame["word"].iloc[0] == "NA"
    assert pd.isna(frame["word"].iloc[1])


def test_a_byte_order_mark_does_no_harm(own_layer):
    assert list(_load(own_layer(b"\xef\xbb\xbflon,lat\n-106,31\n")))[:2] == ["lon", "lat"]


@pytest.mark.parametrize("value", ["1,234", "12 MW", "n/a", "nan", "1_000", "inf", "-inf"])
def test_what_is_no_number_is_refused_with_its_row(own_layer, value):
    data = f'lon,lat,n\n-106,31,5\n-106,31,"{value}"\n'
    with pytest.raises(LayerError, match=r"mine\.csv: column 'n', row 3: .* is not a number") as e:
        _load(own_layer(data, fields={"n": NUMBER}))
    assert value in str(e.value)


def test_stored_polygons_keep_columns_and_area(own_layer):
    frame = _load(
        own_layer(_stored([SQUARE], a=["x"]), file="mine.parquet", geometry={"kind": "stored"})
    )
    assert frame["a"].tolist() == ["x"]
    polygon = Geodesic.WGS84.Polygon()
    for lon, lat in SQUARE.exterior.coords[::-1][:-1]:
        polygon.AddPoint(lat, lon)
    assert frame.area.iloc[0] == pytest.approx(abs(polygon.Compute()[2]), rel=1e-3)


@pytest.mark.parametrize("kind", ["geojson", "gpkg"])
def test_stored_files_of_other_formats(own_layer, tmp_path, kind):
    path = tmp_path / f"out.{kind}"
    gpd.GeoDataFrame({"a": [1]}, geometry=[SQUARE], crs=4326).to_file(path)
    folder = own_layer(path.read_bytes(), file=f"mine.{kind}", geometry={"kind": "stored"})
    assert len(_load(folder)) == 1


def test_a_geoparquet_files_own_default_crs_is_degrees(own_layer):
    """GeoParquet means OGC:CRS84 when it says nothing: the same degrees as EPSG:4326."""
    data = _stored([SQUARE], crs="OGC:CRS84")
    frame = _load(own_layer(data, file="mine.parquet", geometry={"kind": "stored"}))
    assert lonlat(*frame.geometry.iloc[0].centroid.coords[0])[0] == pytest.approx(-106.45, abs=1e-3)


def test_features_without_geometry_are_kept(own_layer):
    data = _stored([None, SQUARE])
    frame = _load(own_layer(data, file="mine.parquet", geometry={"kind": "stored"}))
    assert frame.geometry.isna().tolist() == [True, False]


def test_borrowed_shapes_are_the_lenders(own_layer, catalog):
    lent = {"kind": "borrowed", "of": "municipios", "key": "cvegeo"}
    frame = _load(own_layer("cvegeo,n\n08037,1\n99999,2\n", geometry=lent))
    juarez = catalog.load("municipios").set_index("cvegeo").geometry["08037"]
    assert frame.geometry.iloc[0].equals(juarez)
    assert frame.geometry.iloc[1] is None


def test_several_lenders_lend_by_their_codes(own_layer, catalog):
    lent = {"kind": "borrowed", "of": ["us_counties", "municipios"], "key": "area_code"}
    frame = _load(own_layer("area_code,n\n48141,1\n08037,2\n48141,3\n", geometry=lent))
    el_paso = catalog.load("us_counties").set_index("county_fips").geometry["48141"]
    assert frame.geometry.iloc[0].equals(el_paso)
    assert frame.geometry.iloc[2].equals(el_paso)
    assert frame.geometry.iloc[1].equals(
        catalog.load("municipios").set_index("cvegeo").geometry["08037"]
    )


def _circle(**keys):
    return {"kind": "circle", **keys}


def test_a_circle_has_the_area_that_the_table_states(own_layer):
    data = "lon,lat,a\n-106.4,31.7,10\n-99.5,27.5,250\n-99,27,\n"
    frame = _load(own_layer(data, geometry=_circle(area_km2="a"), fields={"a": NUMBER}))
    np.testing.assert_allclose(frame.area[:2] / 1e6, [10, 250], rtol=0.01)
    centre = frame.geometry.centroid
    np.testing.assert_allclose([centre.x[0], centre.y[0]], np.ravel(xy([-106.4], [31.7])), atol=0.1)
    assert frame.geometry.iloc[2] is None or frame.geometry.iloc[2].is_empty


def test_a_circle_of_people_follows_the_sides_density(own_layer):
    data = "lon,lat,people,country\n-106.4,31.9,30000,US\n-106.4,31.4,30000,MX\n"
    circle = _circle(people="people", density={"US": 1500, "MX": 5000})
    frame = _load(own_layer(data, geometry=circle, side="country", fields={"people": NUMBER}))
    np.testing.assert_allclose(frame.area / 1e6, [20, 6], rtol=0.01)
    assert frame["side"].tolist() == ["US", "MX"]


def test_a_circle_of_words_is_told_with_its_row(own_layer):
    data = b"lon,lat,country,n\n-106.4,31.7,US,12\n-106.5,31.6,US,many\n"
    told = r"mine\.csv: column 'n', row 3: 'many' is not a number"
    for circle in (_circle(area_km2="n"), _circle(people="n", density={"US": 1500})):
        with pytest.raises(LayerError, match=told):
            _load(own_layer(data, geometry=circle, side="country", fields={}))


def test_a_circle_is_cut_by_the_polygon_of_its_key(own_layer, catalog):
    data = "lon,lat,a,county_fips\n-106.45,31.8,3000,48141\n"
    circle = _circle(area_km2="a", within="us_counties", key="county_fips")
    frame = _load(own_layer(data, geometry=circle, fields={"a": NUMBER}))
    county = catalog.load("us_counties").set_index("county_fips").geometry["48141"]
    disc = shapely.Point(*np.ravel(xy([-106.45], [31.8]))).buffer(np.sqrt(3e9 / np.pi))
    assert frame.area.iloc[0] == pytest.approx(disc.intersection(county).area, rel=0.01)
    assert frame.geometry.iloc[0].difference(county.buffer(1)).area == pytest.approx(0, abs=1)


def test_a_table_has_rows_and_no_geometry(own_layer):
    frame = _load(own_layer("a,b\n1,\n2,x\n", geometry={"kind": "table"}))
    assert frame["a"].tolist() == ["1", "2"]
    assert frame.geometry.isna().all()


MISTAKES = {
    "no key column": ({"kind": "borrowed", "of": "municipios", "key": "cvegeo"}, "code\n1\n"),
    "lender without codes": ({"kind": "borrowed", "of": "rail", "key": "cvegeo"}, "cvegeo\n1\n"),
    "borrows from itself": ({"kind": "borrowed", "of": "mine", "key": "cvegeo"}, "cvegeo\n1\n"),
    "unknown lender": ({"kind": "borrowed", "of": "municipio", "key": "cvegeo"}, "cvegeo\n1\n"),
    "no area column": (_circle(area_km2="a"), "lon,lat,b\n-106,31,5\n"),
    "area is text": (_circle(area_km2="a"), "lon,lat,a\n-106,31,big\n"),
    "area below zero": (_circle(area_km2="a"), "lon,lat,a\n-106,31,-5\n"),
    "neither area nor people": (_circle(), "lon,lat,a\n-106,31,5\n"),
    "people without a side": (_circle(people="a", density={"US": 9}), "lon,lat,a\n-106,31,5\n"),
    "circle without its key": (
        _circle(area_km2="a", within="us_counties", key="county_fips"),
        "lon,lat,a\n-106,31,5\n",
    ),
    "within without key": (_circle(area_km2="a", within="us_counties"), "lon,lat,a\n-106,31,5\n"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_geometry_that_cannot_be_made_is_one_clear_error(own_layer, mistake):
    geometry, data = MISTAKES[mistake]
    with pytest.raises(SiteselError, match=r"mine|municipio"):
        _load(own_layer(data, geometry=geometry))


@pytest.mark.parametrize("kind", ["points", "stored", "graph"])
def test_a_broken_parquet_file_is_one_clear_error(own_layer, kind):
    with pytest.raises(LayerError, match=r"mine\.parquet"):
        _load(own_layer(b"PAR1 and nothing", file="mine.parquet", geometry={"kind": kind}))


@pytest.mark.parametrize("kind", ["points", "stored", "graph", "table"])
def test_a_missing_file_is_one_clear_error(own_layer, kind):
    with pytest.raises(LayerError, match=r"mine\.parquet is not there"):
        _load(own_layer(None, file="mine.parquet", geometry={"kind": kind}))


def test_a_table_that_is_no_geographic_file(own_layer):
    with pytest.raises(LayerError, match=r"mine\.csv"):
        _load(own_layer("a,b\n1,2\n", geometry={"kind": "stored"}))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("lon;lat;n\n-106,4;31,7;1\n", "cells are separated by semicolons; save it as 'CSV UTF-8 "),
        ("lon;lat;n\n-106.4;31.7;1\n", "cells are separated by semicolons; save it as 'CSV UTF-8 "),
        ("lon;lat;n\n-106;31;1\n-106,4;31,7,3;1\n", "cells are separated by semicolons"),
        (
            "lon,lat,n\n-106.4,31.7,Juárez\n".encode("cp1252"),
            "letters are not written in UTF-8; save it as 'CSV UTF-8 (comma delimited)'",
        ),
    ],
)
def test_a_table_of_a_spanish_spreadsheet_is_told_how_to_save_it(own_layer, data, said):
    folder = own_layer(data)
    with pytest.raises(LayerError, match=rf"mine\.csv: .*{re.escape(said)}"):
        Catalog(folder).load("mine")


def test_semicolons_within_a_header_with_commas_are_read(own_layer):
    folder = own_layer("lon,lat,a;b\n-106.4,31.7,1;2\n")
    assert Catalog(folder).load("mine")["a;b"].tolist() == ["1;2"]
