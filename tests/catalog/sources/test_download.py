"""Files from a server: tables, features, zips, and what strangers may put into them."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import stat
import struct
import time
import zipfile

import geopandas as gpd
import pandas as pd
import pooch
import pytest
import shapely

from sitesel.catalog.sources import archives, download
from sitesel.catalog.sources.request import Request
from sitesel.catalog.sources.specs import Download
from sitesel.errors import FetchError
from tests.catalog.sources import hostile
from tests.catalog.sources.hostile import cut, file, say

CSV = 'fips,name,mw,lon,lat\n06073,"Otay, Mesa",1.5,-117.0,32.5\n48141,Ysleta,,-106.3,31.7\n'


@pytest.fixture
def fetch(server, client, tmp_path):
    """A function that serves a body and fetches it; keywords are those of a definition."""

    def run(body=None, *, box=None, report=None, **spec):
        url = server.url("/data") if body is None else server.on("/data", file(body))
        request = Request(client(retries=0), tmp_path, box, report or (lambda *_: None))
        record = Download.model_validate({"protocol": "download", "url": url} | spec)
        answer = download.fetch(record, request)
        assert not [path.name for path in tmp_path.iterdir() if "unpacked" in path.name]
        return answer

    return run


@pytest.fixture
def points():
    """Three places of the border, in the working manner of US surveys (NAD83 / UTM 13N)."""
    table = {"code": ["007", "008", "009"], "kv": [115.0, 69.0, 230.0]}
    places = shapely.points([-106.4, -106.3, -99.5], [31.7, 31.8, 27.5])
    return gpd.GeoDataFrame(table, geometry=places, crs="EPSG:4326").to_crs("EPSG:26913")


def zipped(files, *, packing=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packing) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return buffer.getvalue()


def folder_files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


# Tables


def test_csv_keeps_codes_and_finds_numbers(fetch, tmp_path):
    told = []
    answer = fetch(CSV.encode(), report=lambda *each: told.append(each))
    assert answer.frame["fips"].tolist() == ["06073", "48141"]
    assert answer.frame["mw"].iloc[0] == 1.5
    assert answer.frame["mw"].isna().tolist() == [False, True]
    assert not isinstance(answer.frame, gpd.GeoDataFrame)
    assert answer.version == '"v1"'
    assert told == [("bytes", len(CSV), len(CSV)), ("rows", 2, 2)]
    assert not list(tmp_path.iterdir())


def test_text_columns_stay_text_under_either_name(fetch):
    body = b"GEOID,n\n48141,1\n48229,2\n"
    assert fetch(body).frame["GEOID"].tolist() == [48141, 48229]
    for spec in ({"text": ["GEOID"]}, {"text": ["fips"], "fields": {"fips": "GEOID"}}):
        assert fetch(body, **spec).frame["GEOID"].tolist() == ["48141", "48229"]


@pytest.mark.parametrize(
    ("column", "kept"),
    [
        (["NA", "US"], ["NA", "US"]),
        (["nan", "1"], ["nan", "1"]),
        (["1e999", "1"], ["1e999", "1"]),
        (["480019501001234567", "1"], ["480019501001234567", "1"]),
        (["-5", "1e3"], [-5, 1000]),
        (["0", "0.5"], [0, 0.5]),
        (["-007", "1"], ["-007", "1"]),
        (["1,234", "5"], ["1,234", "5"]),
    ],
)
def test_only_what_is_surely_a_number_becomes_one(fetch, column, kept):
    body = "x;y\n" + "".join(f"{value};a\n" for value in column)
    assert fetch(body.encode()).frame["x"].tolist() == kept


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_separators_and_lines_above_the_header(fetch, separator):
    body = f'Notes, of the, publisher\n\n"a, b"{separator}c\n1{separator}Juárez\n'
    frame = fetch(body.encode("latin-1"), skip=2, encoding="latin-1").frame
    assert frame.to_dict("list") == {"a, b": [1], "c": ["Juárez"]}


def test_a_wrong_encoding_is_one_clear_message(fetch):
    body = "a,b\n1,Juárez\n".encode("latin-1")
    with pytest.raises(FetchError, match=r"/data: is not written in utf-8-sig \(byte .*latin-1"):
        fetch(body)
    with pytest.raises(FetchError, match=r"fetch.encoding: 'latin-x' is no encoding"):
        fetch(body, encoding="latin-x")
    with pytest.raises(FetchError, match="is not written in utf-8"):
        fetch(b'[{"a": "Ju\xe1rez"}]')


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"a,b\n1,2,3\n4,5,6\n", "more cells than the header; fetch.skip"),
        (b"a,b\n1,2\n1,2,3\n", "cannot be read as a table"),
        (b"%PDF-1.7", "is a PDF"),
        (b"\xd0\xcf\x11\xe0....", "old Excel"),
        (b"\x1f\x8b....", "gzip"),
        (b"<?xml version='1.0'?><rss></rss>", "XML of a kind"),
        (b"<html><body>Error</body></html>", "web page instead of data"),
        (b'[{"a": 1}, {"a"', "damaged or cut off"),
        (b"[" * 100_000, "damaged or cut off"),
        (b"PK\x03\x04 no zip", "zip is damaged or cut off"),
        (b"SQLite format 3\x00 no package", "cannot be read as a geographic file"),
    ],
)
def test_what_cannot_be_read_is_told_and_removed(fetch, tmp_path, body, words):
    with pytest.raises(FetchError, match=words):
        fetch(body)
    assert not list(tmp_path.iterdir())


def test_points_of_a_table(fetch):
    frame = fetch(CSV.encode(), lon="lon", lat="lat").frame
    assert frame.crs.to_epsg() == 4326
    assert frame.geometry.x.tolist() == [-117.0, -106.3]
    frame = fetch(CSV.encode(), lon="x", lat="y", fields={"x": "lon", "y": "lat"}).frame
    assert frame.geometry.y.tolist() == [32.5, 31.7]
    frame = fetch(CSV.encode(), lon="lon", lat="lat", box=(-107, 31, -106, 32)).frame
    assert frame["name"].tolist() == ["Ysleta"]
    frame = fetch(b"lon,lat\n-106,31\n,\n", lon="lon", lat="lat").frame
    assert frame.geometry.isna().tolist() == [False, True]


def test_coordinates_that_are_none(fetch):
    with pytest.raises(FetchError, match="column 'lat', row 2: '31 40 N' is no number"):
        fetch(b"lon,lat\n-106,31\n-106,31 40 N\n", lon="lon", lat="lat")
    with pytest.raises(FetchError, match="no column 'longitude'; known: lat, lon"):
        fetch(b"lon,lat\n-106,31\n", lon="longitude", lat="lat")


def test_xlsx(fetch, tmp_path):
    book = tmp_path / "book.xlsx"
    with pd.ExcelWriter(book) as writer:
        pd.DataFrame({"note": ["x"]}).to_excel(writer, sheet_name="Read me", index=False)
        table = {
            "tract": ["06073000100", "48141010101"],
            "n": [48141, 35013],
            "mw": [0.1, None],
            "day": pd.to_datetime(["2026-04-06", "2026-04-07"]),
        }
        pd.DataFrame(table).to_excel(writer, sheet_name="Tracts", index=False, startrow=3)
    body = book.read_bytes()
    book.unlink()
    frame = fetch(body, part="Tracts", skip=3, text=["n"]).frame
    assert frame["tract"].tolist() == ["06073000100", "48141010101"]
    assert frame["n"].tolist() == ["48141", "35013"]
    assert frame["mw"].iloc[0] == 0.1
    assert frame["mw"].isna().tolist() == [False, True]
    assert frame["day"].tolist() == ["2026-04-06", "2026-04-07"]
    assert fetch(body).frame["note"].tolist() == ["x"]
    assert fetch(zipped({"in/book.xlsx": body})).frame["note"].tolist() == ["x"]
    with pytest.raises(FetchError, match=r"fetch.part: no sheet 'Tract'; did you mean 'Tracts'"):
        fetch(body, part="Tract")
    with pytest.raises(FetchError, match="cannot be read as a workbook"):
        fetch(zipped({"xl/workbook.xml": "<workbook"}))


def test_json_with_nested_keys_and_records(fetch):
    answer = {"data": {"ports": [{"id": "070801", "lanes": {"open": 2, "types": ["FAST"]}}]}}
    frame = fetch(json.dumps(answer).encode(), rows="data.ports").frame
    assert frame.to_dict("list") == {
        "id": ["070801"],
        "lanes.open": [2],
        "lanes.types": ['["FAST"]'],
    }
    frame = fetch(b'[{"a": "", "code": 48141}, {"a": "x", "code": null}]', text=["code"]).frame
    assert frame["a"].isna().tolist() == [True, False]
    assert frame["code"].iloc[0] == "48141"
    assert pd.isna(frame["code"].iloc[1])
    frame = fetch(b'[["NAME", "pop"], ["El Paso", 868859]]').frame
    assert frame.to_dict("list") == {"NAME": ["El Paso"], "pop": [868859]}
    assert fetch(b'{"v": [{"x": -106, "y": 31}]}', rows="v", lon="x", lat="y").frame.geometry.x[0]


def test_json_without_the_list(fetch):
    with pytest.raises(FetchError, match=r"fetch.rows: there is no 'data.ports'.*it has crossings"):
        fetch(b'{"data": {"crossings": []}}', rows="data.ports")
    with pytest.raises(FetchError, match=r"key of the list in fetch.rows; it has data, count"):
        fetch(b'{"data": [], "count": 0}')
    with pytest.raises(FetchError, match="not a list of records"):
        fetch(b"[1, 2]")


# Features


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.fgb", "a.kml", "a.parquet"])
def test_geographic_files_are_known_by_their_content(fetch, points, tmp_path, name):
    path = tmp_path / name
    points.geometry = shapely.force_3d(points.geometry.array, 1200.0)
    if name.endswith("parquet"):
        points.to_parquet(path)
    else:
        kml = name.endswith("kml")
        frame = (points.to_crs(4326) if kml else points).rename(columns={"code": "Name"})
        frame.to_file(path, driver="KML" if kml else None)
    body = path.read_bytes()
    path.unlink()
    for served in (body, zipped({f"sub/{name}": body})):
        frame = fetch(served).frame
        names = frame["code" if name.endswith("parquet") else "Name"]
        frame = frame.loc[names.sort_values().index]  # FlatGeobuf sorts by place
        assert frame.crs is not None
        assert frame.to_crs(4326).geometry.iloc[0].distance(shapely.Point(-106.4, 31.7)) < 1e-6
        assert sorted(names) == ["007", "008", "009"]
        assert not frame.has_z.any()


@pytest.mark.parametrize("kind", ["shp", "gdb"])
def test_shapefiles_and_geodatabases_in_a_zip(fetch, points, tmp_path, kind):
    folder = tmp_path / "made"
    folder.mkdir()
    if kind == "shp":
        points.to_file(folder / "subs.shp")
        points.iloc[:1].to_file(folder / "other.shp")
    else:
        points.to_file(folder / "subs.gdb", driver="OpenFileGDB", layer="substations")
    body = zipped({f"x/{name}": raw for name, raw in folder_files(folder).items()})
    frame = fetch(body, member=f"subs.{kind}", box=(-107, 31, -106, 32)).frame
    assert frame["code"].tolist() == ["007", "008"]
    assert frame.crs.to_epsg() == 26913
    if kind == "shp":
        with pytest.raises(FetchError, match=r"name one file in fetch.member; .*x/other.shp, x/su"):
            fetch(body)
        with pytest.raises(FetchError, match=r"'.*shp' means 2 files, not one"):
            fetch(body, member="*.shp")
        with pytest.raises(FetchError, match=r"'mun.shp' means no files"):
            fetch(body, member="mun.shp")
    else:
        assert len(fetch(body, part="substations").frame) == 3
        with pytest.raises(FetchError, match="no layer 'substation'; did you mean 'substations'"):
            fetch(body, part="substation")


def test_several_layers_want_a_name(fetch, points, tmp_path):
    path = tmp_path / "a.gpkg"
    points.to_file(path, layer="points")
    points.buffer(100).to_frame("geometry").to_file(path, layer="areas")
    body = path.read_bytes()
    path.unlink()
    with pytest.raises(FetchError, match=r"name a layer in fetch.part; there are points, areas"):
        fetch(body)
    assert set(fetch(body, part="areas").frame.geom_type) <= {"Polygon", "MultiPolygon"}


def test_number_codes_of_features_become_text(fetch, points, tmp_path):
    points["fips"] = [48141, 48141, 48479]
    points.to_file(tmp_path / "a.geojson")
    body = (tmp_path / "a.geojson").read_bytes()
    assert fetch(body, text=["fips"]).frame["fips"].tolist() == ["48141", "48141", "48479"]


def test_a_shapefile_in_an_old_encoding_and_without_a_crs(fetch, points, tmp_path):
    points["name"] = ["Juárez", "b", "c"]
    for crs, words in ((4326, None), (26913, "states no coordinate system, and holds no degrees")):
        folder = tmp_path / f"made{crs}"
        folder.mkdir()
        points.to_crs(crs).to_file(folder / "a.shp", encoding="ISO-8859-1")
        body = zipped({k: v for k, v in folder_files(folder).items() if k[-3:] in "shp shx dbf"})
        if words:
            with pytest.raises(FetchError, match=words):
                fetch(body, encoding="latin-1")
        else:
            frame = fetch(body, encoding="latin-1").frame
            assert frame.crs.to_epsg() == 4326
            assert frame["name"].iloc[0] == "Juárez"
            assert frame.geometry.x.iloc[0] == pytest.approx(-106.4)


def test_xml_that_names_other_files_is_never_opened(fetch, tmp_path):
    """GDAL would follow a virtual data source to any file or address, whatever it is called."""
    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    source = f"<SrcDataSource>{tmp_path}/secret.csv</SrcDataSource>"
    virtual = f'<OGRVRTDataSource><OGRVRTLayer name="secret">{source}</OGRVRTLayer>'
    body = f"<!-- <kml> -->{virtual}</OGRVRTDataSource>".encode()
    for served in (body, zipped({"a.kml": body}), zipped({"a.gpkg": body})):
        with pytest.raises(FetchError, match="XML of a kind"):
            fetch(served)


def test_comments_without_end_take_no_time(fetch):
    started = time.monotonic()
    with pytest.raises(FetchError, match="XML of a kind"):
        fetch(b"<!---->" * 500 + b"<rss>")
    assert time.monotonic() - started < 2


# Zips of strangers


@pytest.mark.parametrize(
    "name",
    ["../evil.csv", "a/../../evil.csv", "/evil.csv", "..\\evil.csv", "C:\\evil.csv", "C:evil"],
)
def test_a_zip_that_reaches_out_is_refused(fetch, tmp_path, name):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("good.csv", CSV)
        member = zipfile.ZipInfo("x")
        member.filename = name
        archive.writestr(member, CSV)
    body = buffer.getvalue()
    with pytest.raises(FetchError, match=r"outside its folder.*evil.*not read"):
        fetch(body, member="good.csv")
    assert not list(tmp_path.parent.rglob("*evil.csv"))
    assert not list(tmp_path.rglob("*evil*"))


def test_a_link_in_a_zip_is_refused(fetch):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("link.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/hosts")
    with pytest.raises(FetchError, match=r"link to elsewhere: 'link.csv'"):
        fetch(buffer.getvalue())


def test_a_zip_bomb_is_refused_before_it_goes_off(fetch, tmp_path):
    body = zipped({"a.csv": bytes(80 * 2**20)})
    assert len(body) < 100_000
    started = time.monotonic()
    for served in (body, zipped({"xl/workbook.xml": "", "xl/a.xml": bytes(80 * 2**20)})):
        with pytest.raises(FetchError, match=r"'.*a\.\w+' would grow .*zip bomb"):
            fetch(served)
    assert time.monotonic() - started < 5
    assert not list(tmp_path.iterdir())


def test_a_zip_too_large_or_without_room_is_refused(fetch, monkeypatch):
    body = zipped({f"{number}.csv": CSV for number in range(20)}, packing=zipfile.ZIP_STORED)
    monkeypatch.setattr(archives, "_LARGEST", 1000)
    with pytest.raises(FetchError, match="more than 1,000 bytes"):
        fetch(body, member="1.csv")
    monkeypatch.setattr(archives, "_LARGEST", 10**9)
    assert len(fetch(body, member="1.csv").frame) == 2
    monkeypatch.setattr(archives.shutil, "disk_usage", lambda _: type("", (), {"free": 10}))
    with pytest.raises(FetchError, match="10 are free; make room"):
        fetch(body, member="1.csv")


def test_a_zip_that_lies_about_sizes_or_is_damaged(fetch, tmp_path):
    text = CSV.encode() * 99
    body = zipped({"a.csv": text})
    lying = body.replace(struct.pack("<I", len(text)), struct.pack("<I", 50))
    assert lying != body
    damaged = bytearray(body)
    damaged[60] ^= 255
    for served in (lying, bytes(damaged), body[: len(body) * 6 // 10]):
        with pytest.raises(FetchError, match="zip is damaged or cut off"):
            fetch(served)
    assert not list(tmp_path.iterdir())


def test_a_zip_in_a_zip_is_read_and_no_deeper_one(fetch):
    inner = zipped({"a.csv": CSV, "b.csv": "x"})
    outer = zipped({"inner.zip": inner, "other.zip": zipped({"c.csv": "y"})})
    plain = fetch(zipped({"a.csv": CSV})).frame
    found = fetch(outer, member=["inner.zip", "a.csv"]).frame
    assert found.equals(plain)
    with pytest.raises(
        FetchError, match=r"name one file in fetch\.member; there are a\.csv, b\.csv"
    ):
        fetch(outer, member="inner.zip")
    with pytest.raises(FetchError, match="a zip in a zip in a zip"):
        fetch(zipped({"outer.zip": outer}), member=["outer.zip", "inner.zip", "a.csv"])
    bomb = zipped({"inner.zip": zipped({"../a.csv": CSV})})
    with pytest.raises(FetchError, match="outside its folder"):
        fetch(bomb, member="inner.zip")


def test_a_zip_with_a_password(fetch):
    body = bytearray(zipped({"a.csv": CSV}))
    for start in (6, bytes(body).index(b"PK\x01\x02") + 8):
        body[start] |= 1  # the flag of encryption
    with pytest.raises(FetchError, match=r"cannot be unpacked here .*password"):
        fetch(bytes(body))
    with pytest.raises(FetchError, match=r"name one file in fetch.member; there are read.me"):
        fetch(zipped({"read.me": "x"}))


# Several files, hashes, versions, bad networks


def test_several_files_become_one_frame(server, fetch, client):
    one, two = b"fips,n\n06073,1\n", b"fips,n,more\n48141,2,x\n"
    urls = [server.on("/a", file(one, etag='"a"')), server.on("/b", file(two, etag='"b"'))]
    answer = fetch(url=urls)
    assert answer.frame["fips"].tolist() == ["06073", "48141"]
    assert answer.frame["more"].isna().tolist() == [True, False]
    source = Download(protocol="download", url=urls)
    assert answer.version == download.version(source, client())
    assert answer.version.startswith("2 files, ")
    server.on("/b", file(two, etag='"c"'))
    assert answer.version != download.version(source, client())
    server.on("/b", say(two))
    assert download.version(source, client()) is None
    with pytest.raises(FetchError, match=r"fetch.sha256 is of one file; leave"):
        fetch(url=urls, sha256="00")


def test_several_feature_files_share_the_first_crs(server, fetch, points, tmp_path):
    urls = []
    for number, crs in enumerate([26913, 4326]):
        path = tmp_path / f"{number}.gpkg"
        points.to_crs(crs).to_file(path)
        urls.append(server.on(f"/{number}", file(path.read_bytes())))
        path.unlink()
    frame = fetch(url=urls).frame
    assert frame.crs.to_epsg() == 26913
    assert frame.geometry.iloc[0].distance(frame.geometry.iloc[3]) < 0.01


def test_a_wrong_hash_is_told_and_a_right_one_is_used_again(server, fetch, tmp_path):
    right = hashlib.sha256(CSV.encode()).hexdigest()
    with pytest.raises(FetchError, match=f"its SHA-256 is {right}, not {'0' * 64}"):
        fetch(CSV.encode(), sha256="0" * 64)
    assert not list(tmp_path.iterdir())
    assert len(fetch(CSV.encode(), sha256=right.upper()).frame) == 2
    asked = len(server.asked)
    assert len(fetch(CSV.encode(), sha256=right).frame) == 2
    assert len(server.asked) == asked  # it is there already
    assert len(fetch(CSV.encode() + b"35013,New,1,-106.7,32.3\n").frame) == 3


def test_a_file_without_a_hash_is_asked_for_anew(server, fetch):
    assert len(fetch(CSV.encode()).frame) == 2
    assert len(fetch(CSV.encode() + b"35013,New,1,-106.7,32.3\n").frame) == 3
    assert len(server.asked) == 2


def test_a_broken_run_goes_on_in_the_next(server, fetch):
    rows = CSV.encode() + b"48479,Laredo,2,-99.5,27.5\n" * 5000
    server.on("/data", file(rows, breaks_at=100_000))
    with pytest.raises(FetchError, match="cut"):
        fetch()
    assert len(fetch(rows).frame) == 5002
    assert server.asked[-1].headers["Range"] == "bytes=100000-"


def test_a_cut_file_is_never_read(server, fetch):
    server.on("/data", cut(CSV.encode()))
    with pytest.raises(FetchError, match="cut"):
        fetch()


def test_no_address_is_printed_with_its_query(server, fetch, capfd):
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    pooch.get_logger().addHandler(handler)
    server.on("/data", file(CSV.encode()))
    fetch(url=server.url("/data?key=s3cr3t"))
    with pytest.raises(FetchError) as caught:
        fetch(b"a,b\n1,2,3\n", url=server.url("/data?key=s3cr3t"))
    pooch.get_logger().removeHandler(handler)
    captured = capfd.readouterr()
    assert "s3cr3t" not in captured.out + captured.err + log.getvalue() + str(caught.value)


# Real files


def test_real_wait_times_and_tracts(fetch, shared_data):
    body = (shared_data / "fixtures" / "cbp_bwt" / "bwtnew_all_ports_2022-06-29.json").read_bytes()
    frame = fetch(body).frame
    raw = json.loads(body)
    assert len(frame) == len(raw)
    assert frame["port_number"].tolist() == [each["port_number"] for each in raw]
    lanes = frame["commercial_vehicle_lanes.standard_lanes.delay_minutes"]
    assert lanes.dropna().str.fullmatch(r"\d+").all()
    body = (shared_data / "oz" / "oz1_designated_tracts_us_8764.csv").read_bytes()
    frame = fetch(body, text=["GEOID"]).frame
    assert len(frame) == 8764
    assert set(frame["GEOID"].str.len()) == {11}
    assert frame["GEOID"].str.startswith("06").sum() == 879


def test_real_substations_through_every_format(fetch, shared_data, tmp_path):
    real = gpd.read_parquet(shared_data / "power" / "mx_substations_kv.parquet")
    body = (shared_data / "power" / "mx_substations_kv.parquet").read_bytes()
    frame = fetch(body).frame
    assert len(frame) == len(real)
    real[["geometry"]].to_file(tmp_path / "a.gdb", driver="OpenFileGDB", layer="subs")
    files = folder_files(tmp_path / "a.gdb")
    frame = fetch(zipped({f"a.gdb/{name}": raw for name, raw in files.items()})).frame
    assert shapely.hausdorff_distance(frame.union_all(), real.union_all()) < 1e-6


def test_the_hostile_server_is_on_this_machine_only(server):
    assert isinstance(server, hostile.Server)
    assert server.url("/").startswith("http://127.0.0.1:")
