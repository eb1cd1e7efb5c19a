"""Features of OpenStreetMap, from files in its true format and from an Overpass server's answers.

osmnx's package ships no files of its own to read, so all of them are made by osm_town.py.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from urllib.parse import parse_qs, urlsplit

import osmnx
import pytest
import shapely
from pydantic import ValidationError

from sitesel.catalog.definition import Fetched
from sitesel.catalog.sources import osm, overpass
from sitesel.catalog.sources.osmxml import OsmFile, select
from sitesel.catalog.sources.request import LackingError, Request, Terms
from sitesel.catalog.sources.specs import OpenStreetMap
from sitesel.crs import GEOD
from sitesel.errors import FetchError
from tests.catalog.sources import hostile, osm_town

BOX = (-106.75, 31.70, -106.60, 31.85)
WIDE = (-107.04, 31.5, -106.24, 32.1)  # asked in four pieces; three of them hold the power line
TAGS = {"power": ["substation", "line"], "landuse": "industrial"}
ASKED = Terms(overpass=True)
IDS = ["node", "relation", "way", "way", "way"]


@pytest.fixture(autouse=True)
def no_extract_in_the_environment(monkeypatch):
    monkeypatch.delenv(osm.EXTRACT, raising=False)


@pytest.fixture(scope="module")
def town():
    return osm_town.town()


@pytest.fixture
def read(client, tmp_path, town):
    """A function that reads features from an extract of the towns; nobody can be asked."""

    def run(name="town.osm", box=None, tags=TAGS, **more):
        path = town.extract(tmp_path / name)
        source = OpenStreetMap(protocol="osm", extract=str(path), tags=tags, **more)
        return osm.fetch(source, Request(client(offline=True), tmp_path / "scratch", box))

    return run


@pytest.fixture
def overpass_at(server, town):
    """An Overpass server of the towns; further answers of the interpreter may come first."""

    def start(*first, status=(), base="/api"):
        server.on(f"{base}/status", *(status or [hostile.say(osm_town.status())]))
        server.on(f"{base}/timestamp", hostile.say(f"{osm_town.BASE}\n"))
        server.on(f"{base}/interpreter", *first, osm_town.interpreter(town))
        return server.url(base)

    return start


@pytest.fixture
def ask(client, tmp_path):
    """A function that asks a server for features, since the user said that it may be asked."""

    def run(url, box=BOX, tags=TAGS, roads=False, terms=ASKED, **options):
        source = OpenStreetMap(protocol="osm", url=url, tags=tags, roads=roads)
        request = Request(client(**options), tmp_path / "scratch", box, terms=terms)
        return osm.fetch(source, request)

    return run


def questions(server):
    """Return the queries that the interpreter was asked."""
    asked = [each.path for each in server.asked if "/interpreter" in each.path]
    return [parse_qs(urlsplit(path).query)["data"][0] for path in asked]


def test_features_of_an_extract_with_clean_columns(read):
    answer = read()
    frame = answer.frame
    assert frame.columns.tolist() == [
        "osm_id", "name", "operator", "voltage", "power", "landuse", "geometry",
    ]  # fmt: skip
    assert frame.crs.to_epsg() == 4326
    assert [name.split("/")[0] for name in frame["osm_id"]] == IDS
    kinds = ["Point", "Polygon", "Polygon", "LineString", "Polygon"]
    assert frame.geom_type.tolist() == kinds
    assert frame["name"].fillna("-").tolist() == [
        "Subestación Ñandú", "Parque Dos", "-", "-", "Parque Uno",
    ]  # fmt: skip
    assert frame["operator"].dropna().tolist() == ['Power & "Light"']
    assert frame["voltage"].dropna().tolist() == ["13800", "345000;115000", "345000"]
    assert answer.version == osm_town.EDITED[:10]
    assert answer.files == ()


def test_a_relation_keeps_its_hole(read):
    park = read().frame.set_index("name").geometry["Parque Dos"]
    assert len(park.interiors) == 1
    assert park.area == pytest.approx(0.01**2 - 0.002**2)
    assert not park.contains(shapely.Point(-106.726, 31.754))


def test_only_the_tags_asked_for_and_only_the_area(read):
    assert set(read(tags={"power": True}).frame["power"]) == {"substation", "line", "minor_line"}
    assert read(tags={"power": "substation"}).frame["power"].tolist() == ["substation"] * 2
    assert read(tags={"building": "yes"}).frame["osm_id"].str.startswith("way/").all()
    west = read(box=(-106.73, 31.74, -106.70, 31.80)).frame
    assert west["name"].tolist() == ["Parque Dos", "Parque Uno"]
    through = read(box=(-106.635, 31.79, -106.625, 31.80)).frame  # no node lies in it
    assert through["power"].tolist() == ["line"]


def test_columns_that_a_definition_reads_are_there_even_if_no_feature_has_them(read):
    frame = read(fields={"kv": "voltage", "gas": "gas_insulated"}, keep={"location": ["outdoor"]})
    assert {"gas_insulated", "location"} <= set(frame.frame)
    assert frame.frame["gas_insulated"].isna().all()


@pytest.mark.parametrize("name", ["town.osm.gz", "town.osm.bz2", "town.xml"])
def test_packed_extracts_read_the_same(read, name):
    assert read(name).frame.equals(read().frame)


def test_several_extracts_are_one(read, town, tmp_path, monkeypatch, client):
    both = [str(town.extract(tmp_path / name)) for name in ("us.osm", "mx.osm.gz")]
    monkeypatch.setenv(osm.EXTRACT, os.pathsep.join(both))
    source = OpenStreetMap(protocol="osm", tags=TAGS)
    answer = osm.fetch(source, Request(client(offline=True), tmp_path / "scratch"))
    assert answer.frame.equals(read().frame)
    assert sorted(path.name for path in (tmp_path / "scratch").iterdir()) == []


def test_nobody_who_edited_is_carried_over(town, tmp_path):
    kept = tmp_path / "kept.osm"
    select([town.extract(tmp_path / "town.osm")], kept, lambda _, tags: tags or None)
    text = kept.read_text("utf-8")
    assert "someone real" not in text
    assert "timestamp" not in text


def test_an_incomplete_way_keeps_its_longest_run_and_a_ring_with_gaps_goes(tmp_path):
    town = osm_town.Map()
    way = town.way(*((-106.6, 31.8 + k / 100) for k in range(6)), power="line")
    ring = town.way((0, 0), (0, 1), (1, 1), (0, 0), power="substation")
    del town.nodes[town.ways[way][0][2]], town.nodes[town.ways[ring][0][1]]
    select([town.extract(tmp_path / "t.osm")], tmp_path / "k.osm", lambda _, tags: tags or None)
    found = [each for each in OsmFile(tmp_path / "k.osm").elements() if each.kind == "way"]
    assert [each.refs for each in found] == [town.ways[way][0][3:]]


def test_overpass_gives_the_same_as_the_extract(overpass_at, ask, read, server):
    answer = ask(overpass_at())
    assert answer.frame.equals(read(box=BOX).frame)
    assert answer.version == osm_town.BASE[:10]
    paths = [urlsplit(each.path).path for each in server.asked]
    assert paths == ["/api/status", "/api/interpreter"]
    (question,) = questions(server)
    assert question == (
        "[out:xml][timeout:40][bbox:31.7000000,-106.7500000,31.8500000,-106.6000000];"
        '(nwr["power"="substation"];nwr["power"="line"];nwr["landuse"="industrial"];);(._;>;);out;'
    )
    assert all("sitesel/" in each.headers["User-Agent"] for each in server.asked)


def test_what_stands_in_quotes_cannot_leave_them():
    hostile_tags = {'a"];out;//': ['b"', "c\\"], "new\nline": True}
    assert overpass.features_statement(hostile_tags) == (
        r'nwr["a\"];out;//"="b\""];nwr["a\"];out;//"="c\\"];nwr["new\nline"];'
    )


def test_a_wide_area_is_asked_in_pieces_and_the_seam_does_not_show(overpass_at, ask, server):
    wide = ask(overpass_at(), WIDE).frame
    assert len(questions(server)) == 4
    assert wide.equals(ask(overpass_at()).frame)
    assert not wide["osm_id"].duplicated().any()
    assert sum("/status" in each.path for each in server.asked) == 5  # before each question


def test_pieces_cover_the_box_and_are_small_enough():
    found = overpass.pieces(WIDE, overpass.ROADS_KM2)
    assert shapely.union_all([shapely.box(*each) for each in found]).equals(shapely.box(*WIDE))
    areas = [abs(GEOD.geometry_area_perimeter(shapely.box(*each))[0]) / 1e6 for each in found]
    assert max(areas) <= overpass.PIECE_KM2


def test_what_a_broken_run_brought_is_not_asked_again(overpass_at, ask, server, town, tmp_path):
    answer = osm_town.interpreter(town)
    with pytest.raises(FetchError, match="503"):
        ask(overpass_at(answer, answer, hostile.say(b"", 503)), WIDE, retries=0)
    had = questions(server)
    assert len(had) == 3
    assert len(ask(overpass_at(), WIDE).frame) == 5
    assert questions(server)[3:] != had[:2]
    assert len(questions(server)) == 5  # the two that failed or were not reached
    assert list((tmp_path / "scratch").iterdir()) == []
    ask(overpass_at(), WIDE)
    assert len(questions(server)) == 9  # a run that was whole starts anew


@pytest.mark.parametrize(
    ("roads", "box"), [(True, (-107.4, 31.0, -105.9, 32.4)), (False, (-110, 30, -104, 33))]
)
def test_too_large_an_area_is_refused_with_the_way_out(ask, server, roads, box):
    url = server.url("/api")
    with pytest.raises(FetchError, match=r"km² is more than the [14]0,000 km²") as caught:
        ask(url, box, tags={} if roads else TAGS, roads=roads)
    for words in ("geofabrik", "osmium extract -b", osm.EXTRACT, "fetch.extract", "--extract"):
        assert words in str(caught.value).replace("Geofabrik", "geofabrik")
    with pytest.raises(FetchError, match="asked for an area only"):
        ask(url, None)
    assert server.asked == []


@pytest.mark.parametrize("code", [429, 504])
def test_refused_once_and_then_answered(overpass_at, ask, server, waits, code):
    busy = hostile.say(osm_town.BUSY, code, **({"Retry_After": "7"} if code == 429 else {}))
    assert len(ask(overpass_at(busy)).frame) == 5
    assert len(questions(server)) == 2
    assert waits == [7.0] if code == 429 else 0 < waits[0] < 10


def test_a_cut_connection_is_asked_again(overpass_at, ask, town, server):
    whole = town.answer(f"[out:xml][timeout:1][bbox:31,-107,32,-106];{'(._;>;);out;'}").encode()
    assert len(ask(overpass_at(hostile.cut(whole), hostile.cut(whole, chunked=True))).frame) == 5
    assert len(questions(server)) == 3


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (osm_town.gave_up(), r"gave up \(runtime error: Query timed out in \"query\""),
        (osm_town.gave_up("Query run out of memory using about 2048 MB of RAM."), "out of memory"),
        (osm_town.BUSY, r"no whole OSM XML: \"runtime error: open64: .* too busy"),
        (b"<html><title>Maintenance</title></html>", 'web page instead of data, titled "Maint'),
        (osm_town.gave_up()[:200], "no whole OSM XML; try again later"),
        (b'{"elements": []}', "no whole OSM XML"),
        (b"", "no whole OSM XML"),
    ],
)
def test_answers_that_are_no_data_leave_nothing(overpass_at, ask, tmp_path, body, words):
    url = overpass_at(*[hostile.say(body)] * 9)
    with pytest.raises(FetchError, match=words) as caught:
        ask(url, retries=1)
    assert "data=" not in str(caught.value).replace("data=…", "")
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_question_it_does_not_understand(overpass_at, client):
    refused = f"{overpass_at()}/interpreter?data=nonsense"
    with pytest.raises(FetchError, match="400"):
        client().get(refused)  # the server of these tests is as strict as the real one


def test_a_server_that_hangs_is_left_in_time(overpass_at, ask):
    begin = time.monotonic()
    with pytest.raises(FetchError, match=r"does not answer|stopped sending"):
        ask(overpass_at(*[hostile.hang] * 9), retries=1, timeout=(0.3, 0.3))
    assert time.monotonic() - begin < 5


def test_it_waits_for_a_slot_before_it_asks(overpass_at, ask, server, monkeypatch):
    slept = []
    monkeypatch.setattr(overpass.time, "sleep", slept.append)
    pages = [hostile.say(osm_town.status(0, 9)), hostile.say(osm_town.status(0))]
    ask(overpass_at(status=[*pages, hostile.say(osm_town.status(1))]))
    assert slept == [9, 5]
    assert [urlsplit(each.path).path[5:] for each in server.asked] == [
        "status", "status", "status", "interpreter",
    ]  # fmt: skip


def test_it_does_not_wait_for_ever(overpass_at, ask, server, monkeypatch):
    slept = []
    monkeypatch.setattr(overpass.time, "sleep", slept.append)
    with pytest.raises(FetchError, match="lets us ask again in 968 s"):
        ask(overpass_at(status=[hostile.say(osm_town.status(0, 968))]))
    assert (slept, questions(server)) == ([], [])
    assert len(ask(overpass_at(status=[hostile.say(osm_town.status(0, 2))])).frame) == 5
    assert slept == [2] * 5  # then it asks, and the server may refuse


def test_a_server_without_a_status_page_is_asked_at_once(overpass_at, ask):
    assert len(ask(overpass_at(status=[hostile.say(b"", 404)])).frame) == 5
    assert overpass.pause("Rate limit: 0\n") == 0


def test_private_servers_and_being_offline(overpass_at, ask, server):
    with pytest.raises(FetchError, match="private network"):
        ask(overpass_at(), private=False)
    with pytest.raises(FetchError, match="offline"):
        ask(overpass_at(), offline=True)
    assert server.asked == []


def test_no_redirect_to_another_scheme(overpass_at, ask):
    with pytest.raises(FetchError, match="redirects to file:"):
        ask(overpass_at(hostile.redirect("file:///etc/hosts")))


def test_the_version_is_the_day_of_the_servers_data(overpass_at, client, tmp_path):
    source = OpenStreetMap(protocol="osm", url=overpass_at(), tags=TAGS)
    assert osm.version(source, client()) == osm_town.BASE[:10]
    asked = Fetched(at="", url=source.url, sha256="")
    here = source.model_copy(update={"extract": str(tmp_path / "x.osm")})
    assert osm.version(here, client(), asked) == osm_town.BASE[:10]


def test_nobody_is_asked_for_the_version_of_what_an_extract_gave(overpass_at, client, server):
    source = OpenStreetMap(protocol="osm", url=overpass_at(), tags=TAGS)
    read = Fetched(at="", url="us.osm, mx.osm", sha256="")
    words = r"made from an extract \(us\.osm, mx\.osm\), so nobody can be asked.* --extract FILE"
    with pytest.raises(FetchError, match=words):
        osm.version(source, client(), read)
    assert server.asked == []


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        (Terms(), r"--extract FILE.* or say --overpass"),
        (Terms(overpass=True, area_named=False), r"--area STUDY\), or .*--extract FILE"),
    ],
)
def test_overpass_is_asked_only_if_the_user_says_so(
    overpass_at, ask, server, tmp_path, terms, words
):
    with pytest.raises(LackingError, match=words):
        ask(overpass_at(), terms=terms)
    assert server.asked == []
    assert not (tmp_path / "scratch").exists()


def test_the_option_counts_before_the_definition_and_that_before_the_environment(
    client, town, tmp_path, monkeypatch
):
    files = [town.extract(tmp_path / f"{name}.osm") for name in ("option", "key", "variable")]
    monkeypatch.setenv(osm.EXTRACT, str(files[2]))
    plain = OpenStreetMap(protocol="osm", tags=TAGS)
    named = plain.model_copy(update={"extract": str(files[1])})

    def origin(source, *extracts):
        terms = Terms(extracts, overpass=True)
        request = Request(client(offline=True), tmp_path / "scratch", BOX, terms=terms)
        return osm.fetch(source, request).origin

    assert origin(named, *files[::2]) == "option.osm, variable.osm"
    assert origin(plain, files[0]) == "option.osm"
    assert origin(named) == "key.osm"
    assert origin(plain) == "variable.osm"


def test_the_origin_of_what_overpass_gave_is_its_address(overpass_at, ask):
    assert ask(overpass_at()).origin is None


def test_nothing_of_osmnx_is_changed_for_others(overpass_at, ask, read, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name, value in {"all_oneway": True, "cache_only_mode": True, "use_cache": True}.items():
        monkeypatch.setattr(osmnx.settings, name, value)
    names = [name for name in vars(osmnx.settings) if not name.startswith("_")]
    before = {name: getattr(osmnx.settings, name) for name in names}
    resolver = socket.getaddrinfo
    assert len(ask(overpass_at()).frame) == len(read().frame) == 5
    with pytest.raises(FetchError, match="no feature with the tags"):
        read(tags={"power": "plant"})
    assert {name: getattr(osmnx.settings, name) for name in names} == before
    assert socket.getaddrinfo is resolver
    assert not (tmp_path / "cache").exists()


def test_osmnx_is_not_imported_before_it_is_needed():
    code = "import sys, sitesel.catalog.sources.osm; sys.exit('osmnx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def write(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


_OPEN = '<?xml version="1.0"?><osm version="0.6">'
_NODE = '<node id="1" lat="1" lon="1"><tag k="power" v="line"/></node>'


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("tx.osm.pbf", b"\x00\x00", r"osmium cat tx\.osm\.pbf -o tx\.osm"),
        ("a.osm", "<!DOCTYPE html><html></html>", "is a web page"),
        ("a.osm", "<html></html>", "holds <html>, not <osm>"),
        ("a.osm", "<osmChange></osmChange>", "holds <osmChange>, not <osm>"),
        ("a.osm", f"{_OPEN}{_NODE}", "is not whole OSM XML: no element found"),
        ("a.osm", f"{_OPEN}<node id='x' lat='1' lon='1'/></osm>", "is not whole OSM XML: invalid"),
        ("a.osm", f"{_OPEN}<node id='1'/></osm>", "is not whole OSM XML: 'lon'"),
        ("a.osm", f"{_OPEN}<nd ref='1'/></osm>", "is not whole OSM XML"),
        ("a.osm", f"{_OPEN}<way id='1'><nd ref='1'/></way>{_NODE}</osm>", "osmium sort"),
        ("a.osm", '<!DOCTYPE osm [<!ENTITY a "aaaa">]><osm>&a;</osm>', "holds a DOCTYPE"),
        ("a.osm.gz", b"\x1f\x8b\x08\x00no", "is not whole OSM XML"),
        ("a.osm", f"{_OPEN}</osm>", r"no feature with the tags of fetch.tags in .*a\.osm"),
    ],
)  # fmt: skip
def test_extracts_that_cannot_be_read(client, tmp_path, name, text, words):
    path = write(tmp_path / name, text)
    source = OpenStreetMap(protocol="osm", extract=str(path), tags=TAGS)
    with pytest.raises(FetchError, match=words):
        osm.fetch(source, Request(client(offline=True), tmp_path / "scratch"))
    assert path.exists()
    assert list((tmp_path / "scratch").iterdir()) == []


def test_an_extract_that_is_not_there(client, tmp_path, monkeypatch):
    source = OpenStreetMap(protocol="osm", extract=str(tmp_path / "none.osm"), tags=TAGS)
    request = Request(client(offline=True), tmp_path / "scratch")
    with pytest.raises(FetchError, match=r"none\.osm: fetch\.extract: no such file.*Geofabrik"):
        osm.fetch(source, request)
    option = Request(request.client, request.folder, terms=Terms((tmp_path / "no.osm",)))
    with pytest.raises(FetchError, match=r"no\.osm: --extract: no such file.*Geofabrik"):
        osm.fetch(source, option)
    monkeypatch.setenv(osm.EXTRACT, "nowhere.osm")
    with pytest.raises(FetchError, match=rf"nowhere\.osm: {osm.EXTRACT}: no such file"):
        osm.fetch(OpenStreetMap(protocol="osm", tags=TAGS), request)


def test_features_whose_outlines_cannot_be_built_are_no_features(client, tmp_path):
    town = osm_town.Map()
    town.relation((77, "outer"), type="multipolygon", landuse="industrial")
    source = OpenStreetMap(protocol="osm", extract=str(town.extract(tmp_path / "a.osm")), tags=TAGS)
    with pytest.raises(FetchError, match="nothing whole with these tags"):
        osm.fetch(source, Request(client(offline=True), tmp_path / "scratch"))


@pytest.mark.parametrize("given", [{}, {"tags": TAGS, "roads": True}, {"tags": {"power": False}}])
def test_a_definition_asks_for_features_or_roads(given):
    with pytest.raises(ValidationError):
        OpenStreetMap(protocol="osm", **given)
