"""Every kind of file, written here by other libraries, read as it stands; nothing is mended."""

from __future__ import annotations

import json
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely
from geopandas.testing import assert_geodataframe_equal
from rasterio.transform import Affine

from sitesel.catalog.fetched.fetching import Order, fetch
from sitesel.catalog.layers import Catalog
from sitesel.catalog.own.adding import Wish, add
from sitesel.catalog.own.readers import Asked, read
from sitesel.catalog.sources.web import Client
from sitesel.errors import FetchError, LayerError

BOXES = [shapely.box(-106.5 + i / 100, 31.7, -106.495 + i / 100, 31.705) for i in range(3)]


@pytest.fixture
def lots():
    """Three lots with text that has accents, a code, and a number."""
    columns = {"lot": ["007", "Ñandú", "b,c"], "price": [1.5, np.nan, 3.0]}
    return gpd.GeoDataFrame(columns, geometry=BOXES, crs=4326)


def _same(frame, lots):
    frame = frame[["lot", "price", "geometry"]].astype({"lot": object})
    assert_geodataframe_equal(
        frame, lots.astype({"lot": object}), check_less_precise=True, normalize=True
    )


@pytest.mark.parametrize(
    ("name", "driver"),
    [
        ("lots.gpkg", "GPKG"),
        ("lots.geojson", "GeoJSON"),
        ("lots.json", "GeoJSON"),
        ("lots.shp", "ESRI Shapefile"),
        ("lots.fgb", "FlatGeobuf"),
        ("LOTS.GPKG", "GPKG"),
    ],
)
def test_vector_files_of_gdal(tmp_path, lots, name, driver):
    lots.to_file(tmp_path / name, driver=driver)
    found = read(str(tmp_path / name))
    frame = found.frame.sort_values("price").reset_index(drop=True)  # FlatGeobuf sorts by place
    _same(frame, lots.sort_values("price").reset_index(drop=True))
    assert found.name == name
    assert found.frame.crs.to_epsg() == 4326


@pytest.mark.parametrize(
    ("suffix", "driver"), [("gpkg", "GPKG"), ("fgb", "FlatGeobuf"), ("geojson", "GeoJSON")]
)
@pytest.mark.parametrize("sewer", [[True, None, False], [True, False, False]])
def test_yes_and_no_stay_so_beside_empty_cells(tmp_path, lots, suffix, driver, sewer):
    lots["sewer"] = pd.array(sewer, "boolean")
    lots["units"] = pd.array([1, None, 0], "Int64")
    lots.to_file(path := tmp_path / f"lots.{suffix}", driver=driver)
    frame = read(str(path)).frame.set_index("lot").loc[lots["lot"]]
    assert [None if one is None or one != one else one for one in frame["sewer"]] == sewer  # noqa: PLR0124
    assert all(isinstance(one, bool | np.bool_) for one in frame["sewer"].dropna())
    assert frame["units"].dropna().tolist() == [1, 0]


@pytest.mark.parametrize("name", ["lots.parquet", "lots.geoparquet"])
def test_geoparquet(tmp_path, lots, name):
    lots.set_index(pd.Index([7, 8, 9])).to_parquet(tmp_path / name)
    found = read(str(tmp_path / name))
    _same(found.frame, lots)
    assert found.frame.index.tolist() == [0, 1, 2]
    assert list(found.frame.columns) == ["lot", "price", "geometry"]
    lots.set_index("lot").to_parquet(tmp_path / name)
    assert read(str(tmp_path / name)).frame["lot"].tolist() == lots["lot"].tolist()


def test_a_parquet_table_without_geometry(tmp_path, lots):
    table = pd.DataFrame(lots.drop(columns="geometry"))
    table.to_parquet(tmp_path / "lots.parquet")
    found = read(str(tmp_path / "lots.parquet")).frame
    assert not isinstance(found, gpd.GeoDataFrame)
    assert found["lot"].tolist() == table["lot"].tolist()


def test_kml_gives_all_its_folders_and_none_of_its_styles(tmp_path, lots):
    path = tmp_path / "lots.kml"
    lots.rename(columns={"lot": "Name"}).iloc[:2].to_file(path, driver="LIBKML", layer="for sale")
    lots.rename(columns={"lot": "Name"}).iloc[2:].to_file(
        path, driver="LIBKML", layer="sold", mode="a"
    )
    found = read(str(path)).frame
    assert found["Name"].tolist() == ["007", "Ñandú", "b,c"]
    assert not {"tessellate", "visibility", "drawOrder", "icon"} & {*found.columns}
    assert read(str(path), Asked(part="sold")).frame["Name"].tolist() == ["b,c"]


@pytest.mark.parametrize("folder", ["", "inside/"])
@pytest.mark.parametrize("driver", ["ESRI Shapefile", "GPKG"])
def test_zips_are_read_where_they_lie(tmp_path, lots, driver, folder):
    suffix = {"GPKG": "gpkg"}.get(driver, "shp")
    (tmp_path / "raw").mkdir()
    lots.to_file(tmp_path / "raw" / f"lots.{suffix}", driver=driver)
    path = tmp_path / "the lots.zip"
    with zipfile.ZipFile(path, "w") as box:
        for each in (tmp_path / "raw").iterdir():
            box.write(each, f"{folder}{each.name}")
        box.writestr("readme.txt" if suffix == "shp" else "readme.md", "hello")
        box.writestr(f"__MACOSX/._lots.{suffix}", b"\0" * 9)
    before = sorted(tmp_path.rglob("*"))
    _same(read(str(path)).frame, lots)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["lots.csv", "lots.xlsx", "lots.parquet"])
def test_tables_in_a_zip(tmp_path, lots, name):
    table = pd.DataFrame(lots.drop(columns="geometry"))
    write = {".csv": table.to_csv, ".xlsx": table.to_excel}.get(name[4:])
    inner = tmp_path / name
    write(inner, index=False) if write else lots.to_parquet(inner)
    with zipfile.ZipFile(tmp_path / "lots.zip", "w") as box:
        box.write(inner, name)
    found = read(str(tmp_path / "lots.zip"))
    assert found.frame["lot"].tolist() == table["lot"].tolist()
    assert found.name == f"lots.zip, {name}"


def test_a_zip_of_several_asks_which(tmp_path):
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as box:
        box.writestr("a.csv", "lon,lat\n-106,31\n")
        box.writestr("b.csv", "lon,lat\n-107,31\n")
        box.writestr("notes.pdf", "x")
    with pytest.raises(LayerError, match=r"two\.zip: holds a\.csv, b\.csv; name one with --part"):
        read(str(tmp_path / "two.zip"))
    assert read(str(tmp_path / "two.zip"), Asked(part="b.csv")).frame["lon"].tolist() == ["-107"]
    with zipfile.ZipFile(tmp_path / "none.zip", "w") as box:
        box.writestr("notes.pdf", "x")
    with pytest.raises(LayerError, match="nothing that can be read"):
        read(str(tmp_path / "none.zip"))


def test_a_zip_that_is_none_or_cut(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(LayerError, match=r"x\.zip: the zip is damaged or cut off"):
        read(str(tmp_path / "x.zip"))


def test_several_layers_ask_which_and_styles_of_qgis_do_not_count(tmp_path, lots):
    path = tmp_path / "two.gpkg"
    lots.to_file(path, layer="lots", driver="GPKG")
    styles = pd.DataFrame({"styleName": ["red"]})
    pyogrio.write_dataframe(styles, path, layer="layer_styles", driver="GPKG")
    _same(read(str(path)).frame, lots)
    lots.iloc[:1].to_file(path, layer="sold", driver="GPKG")
    with pytest.raises(LayerError, match="its layers are lots, sold; name one with --part"):
        read(str(path))
    assert len(read(str(path), Asked(part="sold")).frame) == 1
    with pytest.raises(LayerError, match="no layer 'solt'; did you mean 'sold'"):
        read(str(path), Asked(part="solt"))


@pytest.fixture
def geodatabase(tmp_path, lots):
    """A file geodatabase with two feature classes, three lots and one."""
    path = tmp_path / "county.gdb"
    lots.to_file(path, layer="Lots", driver="OpenFileGDB")
    lots.iloc[:1].to_file(path, layer="Sold", driver="OpenFileGDB", mode="a")
    return path


def _packed(folder, into, to):
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as box:
        for each in sorted(folder.iterdir()):
            box.write(each, f"{into}{folder.name}/{each.name}")
    return to


@pytest.mark.parametrize("packed", [None, "", "inside/"])
def test_a_file_geodatabase_asks_for_one_of_its_feature_classes(
    tmp_path, geodatabase, lots, packed
):
    path = geodatabase
    if packed is not None:
        path = _packed(geodatabase, packed, tmp_path / "the county.zip")
    with pytest.raises(LayerError, match=r"county\.gdb: its layers are Lots, Sold; name .*--part"):
        read(str(path))
    found = read(str(path), Asked(part="Lots"))
    _same(found.frame.explode(ignore_index=True), lots)
    assert found.name == ("county.gdb" if packed is None else "the county.zip, county.gdb")
    assert len(read(str(path), Asked(part="Sold")).frame) == 1
    with pytest.raises(LayerError, match=r"no layer 'Solt'; did you mean 'Sold'"):
        read(str(path), Asked(part="Solt"))


def test_a_zip_of_several_asks_for_the_file_and_then_for_what_is_in_it(tmp_path, geodatabase, lots):
    path = _packed(geodatabase, "", tmp_path / "both.zip")
    lots.to_file(tmp_path / "lots.gpkg", layer="all", driver="GPKG")
    lots.iloc[:2].to_file(tmp_path / "lots.gpkg", layer="some", driver="GPKG")
    with zipfile.ZipFile(path, "a") as box:
        box.write(tmp_path / "lots.gpkg", "lots.gpkg")
    with zipfile.ZipFile(tmp_path / "one.zip", "w") as box:
        box.write(tmp_path / "lots.gpkg", "lots.gpkg")
    assert len(read(str(path), Asked(part="county.gdb/Sold")).frame) == 1
    assert len(read(str(path), Asked(part="lots.gpkg/some")).frame) == 2
    assert len(read(str(tmp_path / "one.zip"), Asked(part="some")).frame) == 2
    with pytest.raises(LayerError, match=r"lots\.gpkg: its layers are all, some; name one"):
        read(str(tmp_path / "one.zip"))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("some", "some: is a folder; name the files in it"),
        ("empty.gdb", "is not a file geodatabase, whatever its name says"),
    ],
)
def test_other_folders_are_not_read(tmp_path, name, message):
    (tmp_path / name).mkdir()
    (tmp_path / name / "x.txt").write_text("x")
    with pytest.raises(LayerError, match=message):
        read(str(tmp_path / name))
    if name.endswith(".gdb"):
        with pytest.raises(LayerError, match=message):
            read(str(_packed(tmp_path / name, "", tmp_path / "x.zip")))


@pytest.mark.parametrize(
    ("member", "content", "message"),
    [
        ("../../evil.csv", b"lon,lat\n", r"x\.zip: the zip wants to write outside its folder"),
        ("lots.csv", b"0" * (65 << 20), r"x\.zip: 'lots\.csv' would grow from .* \(a zip bomb\)"),
    ],
)
def test_a_zip_that_would_do_harm_is_refused(tmp_path, member, content, message):
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as box:
        box.writestr(member, content)
    with pytest.raises(LayerError, match=message):
        read(str(tmp_path / "x.zip"))


def test_csv_and_xlsx_come_as_cells(tmp_path):
    table = pd.DataFrame({"lot": ["007", "8"], "lon": [-106.5, -106.4]})
    table.to_csv(tmp_path / "lots.csv", index=False)
    table.to_csv(tmp_path / "lots.tsv", index=False, sep="\t")
    table.to_excel(tmp_path / "lots.xlsx", index=False)
    assert read(str(tmp_path / "lots.csv")).frame["lon"].tolist() == ["-106.5", "-106.4"]
    assert read(str(tmp_path / "lots.tsv")).frame["lot"].tolist() == ["007", "8"]
    assert read(str(tmp_path / "lots.xlsx")).frame["lon"].tolist() == [-106.5, -106.4]


def test_a_geotiff_is_only_looked_at(tmp_path):
    path = tmp_path / "slope.tiff"
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=2,
        height=2,
        count=1,
        dtype="uint8",
        crs=4326,
        transform=Affine(1, 0, -106, 0, -1, 32),
    ) as raster:
        raster.write(np.ones((1, 2, 2), "uint8"))
    found = read(str(path))
    assert found.frame is None
    assert found.raster == str(path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("no.gpkg", None, "no such file"),
        ("x.gpkg", b"<html>", "is not a GeoPackage, whatever its name says"),
        ("x.geojson", b"<!doctype html>", "is not GeoJSON"),
        ("x.geojson", b'{"type":"FeatureCollection","features":[{"type":"Fea', "cannot be read"),
        ("x.tif", b"\x89PNG", "is not a GeoTIFF"),
        ("x.tif", b"II*\0 and nothing", "cannot be read as a GeoTIFF"),
        ("x.parquet", b"PAR1 and nothing", "cannot be read as Parquet"),
        ("x.xlsx", b"PK\x03\x04 and nothing", "the zip is damaged or cut off"),
        (
            "x.xls",
            b"\xd0\xcf\x11\xe0",
            r"files that end in '\.xls' are not read; save it as \.xlsx",
        ),
        ("x.docx", b"PK\x03\x04", r"files that end in '\.docx' are not read; known: "),
        ("x.csv", b"", "has no rows"),
        ("x.csv", b"\x89PNG\0\0\0", "is no text"),
    ],
)
def test_what_cannot_be_read_is_one_error_that_names_the_file(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(LayerError, match=message) as told:
        read(str(tmp_path / name))
    assert name in str(told.value)


_VRT = "<OGRVRTDataSource><OGRVRTLayer name='b'><SrcDataSource>{}</SrcDataSource></OGRVRTLayer>"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.gpkg", _VRT + "</OGRVRTDataSource>"),
        ("a.kml", _VRT + "</OGRVRTDataSource>"),
        ("a.geojson", '{{"type": "gdal_streamed_alg", "command_line": "gdal vector ! read {}"}}'),
        ("a.tif", "<VRTDataset rasterXSize='1' rasterYSize='1'><SRS>{}</SRS></VRTDataset>"),
    ],
)
def test_a_file_that_leads_to_another_is_not_followed(tmp_path, lots, name, content):
    lots.to_file(tmp_path / "b.geojson", driver="GeoJSON")
    (tmp_path / name).write_text(content.format(tmp_path / "b.geojson"))
    with pytest.raises(LayerError, match="is not"):
        read(str(tmp_path / name))


@pytest.mark.parametrize("source", ["/vsicurl/http://127.0.0.1/x.gpkg", "MVT:http://127.0.0.1/"])
def test_only_files_are_opened_as_files(source):
    with pytest.raises(LayerError, match="no such file"):
        read(source)


# --- a feature server -----------------------------------------------------------------------

LAYER = "/arcgis/rest/services/Lots/FeatureServer/0"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        parts = urlsplit(self.path)
        asked = {key: value[0] for key, value in parse_qs(parts.query).items()}
        known = {LAYER: self._about, f"{LAYER}/query": self._rows}
        body = json.dumps(known[parts.path](asked)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _about(self, _):
        kinds = {"OBJECTID": "OID", "PARCEL": "String", "PRICE": "Double"}
        return {
            "fields": [{"name": n, "type": f"esriFieldType{k}"} for n, k in kinds.items()],
            "geometryType": "esriGeometryPolygon",
            "supportedQueryFormats": "JSON, geoJSON",
            "advancedQueryCapabilities": {"supportsPagination": True},
            "maxRecordCount": 2,
            "editingInfo": {"dataLastEditDate": 1_700_000_000_000},
        }

    def _rows(self, asked):
        if "returnCountOnly" in asked:
            return {"count": len(BOXES)}
        first = int(asked.get("resultOffset", 0))
        rows = range(first, min(first + 2, len(BOXES)))
        features = [
            {
                "type": "Feature",
                "id": row + 1,
                "geometry": shapely.geometry.mapping(BOXES[row]),
                "properties": {"OBJECTID": row + 1, "PARCEL": f"00{row}", "PRICE": 1.5},
            }
            for row in rows
        ]
        return {"type": "FeatureCollection", "features": features}

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def feature_server():
    """The address of a layer of three lots, two a page."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}{LAYER}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("name", ["x.xlsx", "x.kmz", "in.zip"])
def test_a_bomb_by_another_name_is_refused_too(tmp_path, name):
    inner = tmp_path / name.replace("in.zip", "y.xlsx")
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as box:
        box.writestr("xl/worksheets/sheet1.xml", b" " * (65 * 2**20))
    if name == "in.zip":
        with zipfile.ZipFile(tmp_path / name, "w") as box:
            box.write(inner, inner.name)
    with pytest.raises(LayerError, match="a zip bomb"):
        read(str(tmp_path / name))


@pytest.mark.parametrize("rest", ["arcgis/rest/services/Lots/FeatureServer/0", "lots.gpkg"])
def test_a_password_in_a_web_address_is_refused_and_not_repeated(rest):
    with pytest.raises(LayerError, match="holds a user or a password") as told:
        read(f"https://me:swordfish@example.org/{rest}?token=swordfish")
    assert "swordfish" not in str(told.value)


@pytest.mark.parametrize("behind", ["", "/", "/query?where=1%3D1&token=secret"])
def test_a_feature_server_is_read_whole_and_can_be_fetched_again(feature_server, behind):
    client = Client(private=True, sleep=lambda _: None)
    found = read(feature_server + behind, Asked(client=client))
    assert found.frame["PARCEL"].tolist() == ["000", "001", "002"]
    assert found.fetch == {"protocol": "arcgis", "url": feature_server}
    assert found.version.startswith("2023-11-14")
    assert found.name == feature_server


def test_a_layer_of_a_server_is_added_and_then_fetched_again(feature_server, tmp_path, catalog):
    client = Client(private=True, sleep=lambda _: None)
    wish = Wish(
        "lots",
        side_from="border",
        key="PARCEL",
        where=[("OBJECTID", "1"), ("OBJECTID", "3")],
        constants={"status": "operating"},
        to=tmp_path / "my",
    )
    added = add([feature_server], wish, Asked(client=client), catalog)
    layer = added.layer
    assert layer.fetched.own
    assert layer.fetched.rows == 2
    assert layer.fetched.version.startswith("2023-11-14")
    again = fetch("lots", Order(client, tmp_path / "my"))
    assert again.layer.definition == layer.definition
    frame = Catalog(tmp_path / "my").load("lots")
    assert frame["parcel"].tolist() == added.frame["parcel"].tolist() == ["000", "002"]
    assert frame["side"].tolist() == added.frame["side"].tolist()
    assert frame["status"].tolist() == ["operating", "operating"]
    assert frame.geometry.geom_equals_exact(added.frame.geometry, 0.01).all()


def test_private_addresses_are_refused_unless_asked_for(feature_server):
    with pytest.raises(FetchError):
        read(feature_server)


def test_other_web_addresses_are_not_read():
    with pytest.raises(LayerError, match="only layers of an ArcGIS server") as told:
        read("https://example.org/lots.gpkg?token=secret")
    assert "secret" not in str(told.value)


# --- a database ------------------------------------------------------------------------------


@pytest.fixture
def asked_of_database(monkeypatch, lots):
    """What was asked of a database that gives the lots."""
    calls = []

    def reading(address, sql, **_):
        calls.append((address, sql))
        return lots

    monkeypatch.setattr("sitesel.catalog.sources.postgis.read", reading)
    return calls


def test_a_table_of_a_database(asked_of_database):
    found = read('postgresql://ana:secret@db/gis?sslmode=require&table=city.lots"; DROP TABLE x')
    address, sql = asked_of_database[0]
    assert address == "postgresql://ana:secret@db/gis?sslmode=require"
    assert sql == 'SELECT * FROM "city"."lots""; DROP TABLE x"'
    assert "secret" not in found.name
    assert len(found.frame) == 3


def test_a_query_of_a_database(asked_of_database):
    read("postgresql://db/gis", Asked(sql="SELECT * FROM lots WHERE ha > 20"))
    assert asked_of_database == [("postgresql://db/gis", "SELECT * FROM lots WHERE ha > 20")]


@pytest.mark.parametrize(("behind", "sql"), [("", None), ("?table=lots", "SELECT 1")])
def test_a_database_needs_a_table_or_a_query(behind, sql):
    with pytest.raises(LayerError, match="needs one of two"):
        read(f"postgresql://ana:secret@db/gis{behind}", Asked(sql=sql))
