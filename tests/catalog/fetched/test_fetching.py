"""A layer is fetched whole, checked, compared, kept, or not at all."""

from __future__ import annotations

import json
import sys
import types
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
import yaml

from sitesel.catalog.fetched import fetching, versions
from sitesel.catalog.fetched.fetching import PROTOCOLS, Order, fetch
from sitesel.catalog.fetched.status import standing
from sitesel.catalog.fetched.wanted import in_order, installed, wanted
from sitesel.catalog.layers import Catalog
from sitesel.catalog.sources.request import Answer, LackingError, Terms
from sitesel.catalog.sources.web import Client
from sitesel.errors import FetchError, LayerError, UnknownNameError
from sitesel.origins import Origin, pin
from tests.catalog.sources import hostile, osm_town

BOX = (-107.0, 31.0, -106.0, 32.0)
START = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
HEAD = {
    "title": "x",
    "summary": "x",
    "publisher": "x",
    "source": "x",
    "licence": "x",
    "attribution": "x",
    "vintage": "as fetched",
    "quality": "A",
    "quality_why": "x",
}
FIELDS = {"mw": {"title": "x", "type": "number", "unit": "MW"}, "code": {"title": "x"}}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "my_layers"


@pytest.fixture
def order(folder):
    """How the tests fetch: nobody waits, and each fetch is an hour after the one before."""
    clock = iter(START + timedelta(hours=hour) for hour in range(1000))
    client = Client(private=True, retries=0, timeout=(2, 2), sleep=lambda _: None)
    return Order(client, folder, BOX, now=lambda: next(clock))


@pytest.fixture
def define(folder):
    """A function that writes a definition of the user's own."""

    def write(name="plants", theme="power", **keys):
        home = folder / theme
        home.mkdir(parents=True, exist_ok=True)
        usual = {
            "id": name,
            "geometry": {"kind": "stored"},
            "file": f"{name}.parquet",
            "fields": FIELDS,
        }
        text = yaml.safe_dump(HEAD | usual | keys, sort_keys=False)
        (home / f"{name}.yaml").write_text("# mine\n" + text)

    return write


@pytest.fixture
def plants(server, define):
    """A CSV of points at a publisher; call it to change what is there."""
    fields = {"mw": "CAPACITY", "code": "ID"}
    url = server.url("/plants.csv")
    fetched = {"protocol": "download", "url": url, "lon": "X", "lat": "Y", "fields": fields}
    define(fetch={**fetched, "text": ["code"]})

    def publish(count=10, *, modified="Wed, 21 Oct 2015 07:28:00 GMT", extra=""):
        rows = [f"{n:04d},{-106.9 + n / 1000},31.5,{n}" for n in range(count)]
        table = "\n".join(["ID,X,Y,CAPACITY", *rows]) + "\n" + extra
        server.on("/plants.csv", hostile.say(table, Last_Modified=modified))

    publish()
    return publish


def squares(sizes):
    shapes = [
        shapely.box(-106.9, 31.1 + n / 10, -106.9 + s, 31.15 + n / 10) for n, s in enumerate(sizes)
    ]
    return gpd.GeoDataFrame({"n": range(len(sizes))}, geometry=shapes, crs=4326).to_json()


@pytest.fixture
def zones(server, define):
    define(
        "zones", "zones", fields={}, fetch={"protocol": "download", "url": server.url("/z.geojson")}
    )
    return lambda *sizes: server.on("/z.geojson", hostile.say(squares(sizes)))


def test_a_layer_lands_beside_its_definition(plants, order, folder):
    plants(extra="0099,-90.0,31.5,7\n0100,,,7\n")
    outcome = fetch("plants", order)
    layer = Catalog.default(folder)["plants"]
    assert (layer.path, outcome.layer) == ((folder / "power/plants.parquet").resolve(), layer)
    assert outcome.said == ["1 rows without a place are left out"]
    assert layer.fetched.model_dump(exclude={"sha256"}) == {
        "at": "2026-11-22T01:02:03Z",
        "url": layer.fetch.url,
        "version": "Wed, 21 Oct 2015 07:28:00 GMT",
        "rows": 10,
        "area_km2": None,
        "box": BOX,
        "files": [],
        "own": True,
    }
    assert layer.vintage == "2015-10-21"
    assert layer.coverage == [BOX]
    frame = Catalog(folder).load("plants")
    assert frame["code"].tolist() == [f"{n:04d}" for n in range(10)]
    assert list(frame.columns) == ["mw", "code", "geometry"]
    stored = gpd.read_parquet(layer.path)
    assert stored.crs.to_epsg() == 4326
    assert stored.geometry.x.tolist() == pytest.approx([-106.9 + n / 1000 for n in range(10)])


@pytest.mark.usefixtures("plants")
def test_the_same_rows_give_the_same_bytes(order):
    hashes = [fetch("plants", order).layer.fetched.sha256 for _ in range(2)]
    assert hashes[0] == hashes[1]


@pytest.mark.usefixtures("plants")
def test_a_day_stands_for_a_version_without_date(server, order):
    server.on("/plants.csv", hostile.say("ID,X,Y,CAPACITY\n1,-106.5,31.5,3\n", ETag='"abc"'))
    layer = fetch("plants", order).layer
    assert (layer.fetched.version, layer.vintage) == ('"abc"', "2026-11-22")


def test_features_in_another_crs_are_brought_into_degrees(server, define, order):
    there = gpd.GeoDataFrame(
        {"n": [1, 2]}, geometry=[shapely.Point(-106.5, 31.5), shapely.Point(-80, 31)], crs=4326
    )
    data = there.to_crs(6372)
    body = json.loads(data.to_json()) | {
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::6372"}}
    }
    server.on("/p.geojson", hostile.say(json.dumps(body)))
    define(fields={}, fetch={"protocol": "download", "url": server.url("/p.geojson")})
    frame = gpd.read_parquet(fetch("plants", order).layer.path)
    assert len(frame) == 1
    assert (frame.geometry.x[0], frame.geometry.y[0]) == pytest.approx((-106.5, 31.5), abs=1e-9)


def test_columns_are_made_and_rows_kept_as_the_definition_says(server, define, order):
    table = (
        "fips,X,Y,volts,land,seen\n"
        "4003,-106.5,31.9,115000;69000,USA,6/29/2022\n"
        "48141,-106.4,31.9,-999999,USA,\n"
        "8037,-106.5,31.3,34500,MEX,1/2/2023\n"
        "48141,-106.6,31.6,230000,BLZ,1/2/2023\n"
    )
    server.on("/t.csv", hostile.say(table))
    make = {
        "county": {"kind": "code", "of": "fips", "width": 5},
        "state": {"kind": "code", "of": "fips", "width": 5, "first": 2},
        "kv": {"kind": "number", "of": "volts", "scale": 0.001},
        "side": {"kind": "words", "of": "land", "words": {"USA": "US", "MEX": "MX"}},
        "by_place": {"kind": "side"},
        "seen": {"kind": "day", "of": "seen", "form": "%m/%d/%Y"},
        "status": {"kind": "always", "value": "operating"},
    }
    define(
        fields={"kv": {"title": "x", "type": "number", "unit": "kV"}},
        side="side",
        fetch={
            "protocol": "download", "url": server.url("/t.csv"), "lon": "X", "lat": "Y",
            "missing": [-999999], "fields": {"volts": "volts"}, "make": make,
            "keep": {"side": ["US", "MX"]},
        },
    )  # fmt: skip
    frame = gpd.read_parquet(fetch("plants", order).layer.path).drop(columns="geometry")
    assert frame["kv"].fillna(-1).tolist() == [115.0, -1, 34.5]
    frame["seen"] = frame["seen"].fillna("")
    assert frame.drop(columns=["kv", "volts"]).to_dict("list") == {
        "county": ["04003", "48141", "08037"],
        "state": ["04", "48", "08"],
        "side": ["US", "US", "MX"],
        "by_place": ["US", "US", "MX"],
        "seen": ["2022-06-29", "", "2023-01-02"],
        "status": ["operating"] * 3,
    }


@pytest.mark.usefixtures("plants")
def test_a_column_that_is_gone_is_named(server, order, folder):
    server.on("/plants.csv", hostile.say("ID,X,Y,MWATTS\n1,-106.5,31.5,3\n"))
    with pytest.raises(FetchError, match=r"fetch.fields: mw: .* no column 'CAPACITY'; .*MWATTS"):
        fetch("plants", order)
    assert not (folder / "power/plants.parquet").exists()


@pytest.mark.usefixtures("plants")
def test_words_where_numbers_should_be_are_told(server, order):
    server.on("/plants.csv", hostile.say('ID,X,Y,CAPACITY\n1,-106,31,"1,200"\n2,-106,31,many\n'))
    with pytest.raises(FetchError, match=r"field 'mw': 1 rows hold no number, the first 'many'"):
        fetch("plants", order)


@pytest.mark.usefixtures("plants")
def test_thousands_are_read(server, order):
    server.on("/plants.csv", hostile.say('ID,X,Y,CAPACITY\n1,-106,31,"1,200"\n2,-106,31, \n'))
    assert gpd.read_parquet(fetch("plants", order).layer.path)["mw"].fillna(-1).tolist() == [
        1200,
        -1,
    ]


def test_an_outline_that_crosses_itself_is_mended_and_said(server, define, order):
    bow = shapely.Polygon([(-106.5, 31.5), (-106.4, 31.6), (-106.4, 31.5), (-106.5, 31.6)])
    line = shapely.LineString([(-106.5, 31.5), (-106.4, 31.6)])
    data = gpd.GeoDataFrame({"n": [1, 2]}, geometry=[bow, line], crs=4326)
    server.on("/z.geojson", hostile.say(data.to_json()))
    source = {"protocol": "download", "url": server.url("/z.geojson"), "shapes": "polygons"}
    define("zones", fields={}, fetch=source)
    outcome = fetch("zones", order)
    assert outcome.said == ["1 outlines that crossed themselves are mended"]
    frame = gpd.read_parquet(outcome.layer.path)
    assert frame.is_valid.all()
    assert frame["n"].tolist() == [1]
    assert shapely.area(frame.geometry.to_numpy()).sum() == pytest.approx(
        0.005, rel=1e-6
    )  # two triangles


@pytest.mark.usefixtures("plants")
def test_nothing_in_the_area_changes_nothing(order, folder, server):
    fetch("plants", order)
    server.on("/plants.csv", hostile.say("ID,X,Y,CAPACITY\n1,-90,31.5,3\n"))
    with pytest.raises(FetchError, match=r"layer 'plants': nothing of it lies in the area"):
        fetch("plants", order)
    assert len(Catalog(folder).load("plants")) == 10


@pytest.mark.usefixtures("plants")
def test_what_is_stated_to_be_covered_is_cut_to_the_area(define, order):
    layer = wanted(order.folder)["plants"]
    source = layer.fetch.model_dump(exclude_unset=True)
    define(fetch=source, coverage=[[-110, 30, -106.5, 40], [0, 0, 1, 1]])
    assert fetch("plants", order).layer.coverage == [(-107, 31, -106.5, 32)]
    define(fetch=source, coverage=[[0, 0, 1, 1]])
    with pytest.raises(FetchError, match="covers nothing of the area"):
        fetch("plants", order)


def test_the_whole_is_fetched_where_the_definition_says_so(plants, define, order):
    source = wanted(order.folder)["plants"].fetch.model_dump(exclude_unset=True)
    plants(extra="0099,-90.0,31.5,7\n0100,0,0,7\n")
    define(fetch=source | {"whole": True}, coverage=[[-120, 20, -80, 40]])
    layer = fetch("plants", order).layer
    assert (layer.fetched.rows, layer.fetched.box, layer.coverage) == (
        11,
        None,
        [(-120, 20, -80, 40)],
    )


# drift


def test_a_version_that_lost_half_its_rows_waits(plants, order, folder, server):
    fetch("plants", order)
    plants(5)
    with pytest.raises(FetchError) as caught:
        fetch("plants", order)
    said = str(caught.value)
    assert "rows 10 before, 5 now (-50 %)" in said
    assert "sitesel layers fetch plants --accept" in said
    assert len(Catalog(folder).load("plants")) == 10
    (waits,) = [each for each in standing(folder) if each.layer.id == "plants"]
    assert (waits.waits, waits.fetched.rows) == (True, 10)
    server.close()  # what waits is taken without asking again
    outcome = fetch("plants", Order(order.client, folder, BOX, accept=True, now=order.now))
    assert outcome.layer.fetched.rows == 5
    assert len(Catalog(folder).load("plants")) == 5
    assert not list((folder / ".staged").rglob("*.yaml"))


def test_what_waits_for_another_area_is_fetched_anew(plants, order, folder):
    fetch("plants", order)
    plants(5)
    with pytest.raises(FetchError):
        fetch("plants", order)
    wide = (-108.0, 31.0, -106.0, 32.0)
    plants(6)
    layer = fetch("plants", Order(order.client, folder, wide, accept=True, now=order.now)).layer
    assert (layer.fetched.rows, layer.fetched.box) == (6, wide)


@pytest.mark.parametrize(("count", "held"), [(12, False), (8, False), (13, True), (7, True)])
def test_twenty_percent_is_the_limit(plants, order, count, held):
    fetch("plants", order)
    plants(count)
    if held:
        with pytest.raises(FetchError, match="--accept"):
            fetch("plants", order)
    else:
        assert fetch("plants", order).layer.fetched.rows == count


def test_area_drifts_too(zones, order, folder):
    zones(0.1, 0.1)
    before = fetch("zones", order).layer.fetched
    equal_area = gpd.read_parquet(folder / "zones/zones.parquet").to_crs(6933).area.sum() / 1e6
    assert before.area_km2 == pytest.approx(equal_area, rel=1e-3)
    zones(0.1, 0.2)
    with pytest.raises(FetchError, match=r"rows 2 before, 2 now \(\+0 %\); area .*\(\+50 %\)"):
        fetch("zones", order)


@pytest.mark.usefixtures("plants")
def test_versions_of_different_areas_are_not_compared(order, folder):
    fetch("plants", order)
    small = (-106.9, 31.0, -106.8975, 32.0)
    layer = fetch("plants", Order(order.client, folder, small, now=order.now)).layer
    assert (layer.fetched.rows, layer.coverage) == (3, [small])


@pytest.mark.usefixtures("plants")
def test_data_that_break_the_definition_never_replace_the_last(define, order, folder):
    source = wanted(folder)["plants"].fetch.model_dump(exclude_unset=True)
    make = {"side": {"kind": "always", "value": "US"}}
    define(fetch=source | {"make": make}, side="side")
    fetch("plants", order)
    text = (folder / "power/plants.yaml").read_text()
    (folder / "power/plants.yaml").write_text(text.replace("value: US", "value: CA"))
    with pytest.raises(LayerError, match=r"'plants' is kept back, .*side is 'CA', not US or MX"):
        fetch("plants", order)
    assert set(Catalog(folder).load("plants")["side"]) == {"US"}


# versions


def test_five_versions_are_kept_and_can_be_brought_back(plants, order, folder):
    for count in range(10, 18):
        plants(count)
        fetch("plants", order)
    place = versions.Place(folder, folder / "power", "plants")
    assert place.stamps() == [f"20261122T0{hour}0203Z" for hour in range(7, 2, -1)]
    assert versions.restore(place) == "20261122T070203Z"
    assert Catalog(folder)["plants"].fetched.rows == len(Catalog(folder).load("plants")) == 16
    assert versions.restore(place) == "20261122T080203Z"  # undone
    assert Catalog(folder)["plants"].fetched.rows == 17
    assert versions.restore(place, "20261122T050203Z") == "20261122T050203Z"
    assert len(Catalog(folder).load("plants")) == 14
    with pytest.raises(UnknownNameError, match="no version 'x'; kept are 20261122T080203Z, "):
        versions.restore(place, "x")


@pytest.mark.usefixtures("plants")
def test_the_users_own_definition_is_kept_as_written(order, folder):
    fetch("plants", order)
    fetch("plants", order)
    original = folder / ".versions/plants/original/plants.yaml"
    assert original.read_text().startswith("# mine\n")
    assert "# mine" not in (folder / "power/plants.yaml").read_text()


def test_versions_of_one_second_are_both_kept(plants, order, folder):
    still = Order(order.client, folder, BOX, now=lambda: START)
    for count in (10, 11, 12):
        plants(count)
        fetch("plants", still)
    place = versions.Place(folder, folder / "power", "plants")
    assert place.stamps() == ["20261122T010203Z-2", "20261122T010203Z"]
    versions.restore(place, "20261122T010203Z")
    assert Catalog(folder)["plants"].fetched.rows == 10


def test_of_many_versions_of_one_second_the_newest_are_kept(plants, order, folder):
    still = Order(order.client, folder, BOX, now=lambda: START)
    for count in range(100, 109):
        plants(count)
        fetch("plants", still)
    place = versions.Place(folder, folder / "power", "plants")
    versions.restore(place)
    assert Catalog(folder)["plants"].fetched.rows == 107
    assert len(place.stamps()) == versions.KEPT


def test_a_kept_version_that_was_touched_is_not_brought_back(plants, order, folder):
    fetch("plants", order)
    plants(11)
    fetch("plants", order)
    place = versions.Place(folder, folder / "power", "plants")
    kept = place.root / place.stamps()[0] / "plants.parquet"
    kept.write_bytes(kept.read_bytes()[:-1])
    with pytest.raises(LayerError, match="is not the file that was fetched"):
        versions.restore(place)
    assert Catalog(folder)["plants"].fetched.rows == 11


@pytest.mark.usefixtures("plants")
def test_without_versions_nothing_is_brought_back(order, folder):
    fetch("plants", order)
    with pytest.raises(UnknownNameError, match="no earlier version is kept"):
        versions.restore(versions.Place(folder, folder / "power", "plants"))


@pytest.mark.usefixtures("plants")
def test_only_one_at_a_time(order, folder):
    place = versions.Place(folder, folder / "power", "plants")
    with versions.alone(place), pytest.raises(FetchError, match="fetched by another sitesel"):
        fetch("plants", order)
    fetch("plants", order)


# bad network


@pytest.mark.usefixtures("plants")
def test_a_half_download_goes_on_where_it_broke(server, order, folder):
    body = ("ID,X,Y,CAPACITY\n" + "".join(f"{n},-106.5,31.5,1\n" for n in range(9000))).encode()
    server.on("/plants.csv", hostile.file(body, breaks_at=100_000), hostile.file(body))
    with pytest.raises(FetchError):
        fetch("plants", order)
    assert list((folder / ".scratch/plants").iterdir())
    assert not (folder / "power/plants.parquet").exists()
    assert fetch("plants", order).layer.fetched.rows == 9000
    assert int(server.asked[-1].headers["Range"].split("=")[1].strip("-")) > 50_000
    assert not (folder / ".scratch/plants").exists()


@pytest.mark.usefixtures("plants")
def test_offline_says_how_to_go_online(folder):
    away = Order(Client(offline=True), folder, BOX)
    with pytest.raises(FetchError, match="offline; run again without --offline"):
        fetch("plants", away)


@pytest.mark.usefixtures("plants")
def test_a_secret_in_an_address_is_not_written_down(define, order, server):
    source = wanted(order.folder)["plants"].fetch.model_dump(exclude_unset=True)
    define(fetch=source | {"url": server.url("/plants.csv?token=hunter2")})
    assert "hunter2" not in fetch("plants", order).layer.fetched.url


# made of other layers


def test_observations_grow_and_their_figures_with_them(server, define, order, folder):
    source = {
        "protocol": "download", "url": server.url("/waits"),
        "fields": {"port": "port", "hour": "hour", "wait": "lanes.delay"},
        "history": ["port", "hour"],
    }  # fmt: skip
    wait = {"wait": {"title": "x", "type": "number", "unit": "min"}}
    define("waits", "ports", geometry={"kind": "table"}, fields=wait, fetch=source)
    figures = {
        "n": {"of": "wait", "take": "count"},
        "median": {"of": "wait", "take": "median"},
        "p95": {"of": "wait", "take": "p95"},
        "last": {"of": "hour", "take": "max"},
    }
    summary = {"protocol": "summary", "of": "waits", "by": ["port"], "figures": figures}
    define("wait_figures", "ports", geometry={"kind": "table"}, fields={}, fetch=summary)
    assert in_order(["waits"], folder) == ["waits", "wait_figures"]
    seen = {"A": {}, "B": {}}
    random = np.random.default_rng(3)
    for hour in range(14):
        rows = []
        for port, known in seen.items():
            at = f"{hour // 2:02d}"  # the source renews itself every second hour
            delay = int(random.integers(0, 90))
            known.setdefault(at, delay)
            rows.append({"port": port, "hour": at, "lanes": {"delay": str(delay)}})
        server.on("/waits", hostile.say(json.dumps(rows)))
        outcome = fetch("waits", order)
        assert outcome.said == [f"{2 if hour % 2 == 0 else 0} new"]
    fetch("wait_figures", order)
    table = Catalog(folder).load("waits")
    assert list(zip(table["port"], table["hour"], strict=True)) == sorted(
        (port, at) for port, known in seen.items() for at in known
    )
    figures = Catalog(folder).load("wait_figures").set_index("port")
    for port, known in seen.items():
        waits = np.array(list(known.values()), float)
        assert figures.loc[port, "n"] == len(waits) == 7
        assert figures.loc[port, "median"] == np.median(waits)
        assert figures.loc[port, "p95"] == pytest.approx(np.percentile(waits, 95))
        assert figures.loc[port, "last"] == "06"


def test_history_outlives_a_bad_answer(server, define, order, folder):
    source = {"protocol": "download", "url": server.url("/w"), "history": ["hour"]}
    define("waits", geometry={"kind": "table"}, fields={}, fetch=source)
    server.on("/w", hostile.say('[{"hour": "1"}, {"hour": "2"}]'), hostile.say("[]"))
    fetch("waits", order)
    with pytest.raises(FetchError):
        fetch("waits", order)
    assert len(Catalog(folder).load("waits")) == 2


def test_a_sum_of_the_newest_rows(server, define, order, folder):
    rows = "".join(f"2025-{m:02d},{p},{m * 10}\n" for m in range(1, 13) for p in "AB")
    server.on("/m.csv", hostile.say("month,port,trucks\n" + rows))
    define(
        "months",
        geometry={"kind": "table"},
        fields={},
        fetch={"protocol": "download", "url": server.url("/m.csv")},
    )
    figures = {"trucks": {"of": "trucks", "take": "sum"}, "since": {"of": "month", "take": "min"}}
    source = {"protocol": "summary", "of": "months", "by": ["port"], "figures": figures}
    newest = {"order": "month", "newest": 3}
    define("year", geometry={"kind": "table"}, fields={}, fetch=source | newest)
    fetch("months", order)
    fetch("year", order)
    assert Catalog(folder).load("year")[["port", "trucks", "since"]].values.tolist() == [
        ["A", 330.0, "2025-10"],
        ["B", 330.0, "2025-10"],
    ]


@pytest.fixture
def grid(server, define):
    """Two layers with voltages, one of them of one country, and one made of both."""
    for name, kv, country in (("lines", "115\n34.5", "US"), ("stations", "69\n230", None)):
        rows = "".join(f"-106.{4 + n},31.5,{each}\n" for n, each in enumerate(kv.split("\n")))
        server.on(f"/{name}.csv", hostile.say("X,Y,kv\n" + rows))
        source = {"protocol": "download", "url": server.url(f"/{name}.csv"), "lon": "X", "lat": "Y"}
        define(name, fields={}, fetch=source, **({"country": country} if country else {}))
    together = {
        "protocol": "together", "of": ["lines", "stations"],
        "fields": {"kv": "kv", "layer": "layer"}, "keep": {"kv": {"min": 69}},
    }  # fmt: skip
    define("grid", fields={}, fetch=together)


@pytest.mark.usefixtures("grid")
def test_several_layers_are_one_of_those_that_are_there(order, folder):
    with pytest.raises(LackingError, match="made of lines stations, of which none is there"):
        fetch("grid", order)
    assert in_order(["grid"], folder) == ["lines", "stations", "grid"]
    assert in_order(["lines"], folder) == ["lines", "grid"]
    fetch("lines", order)
    first, said = fetch("grid", order)
    assert said == ["without stations"]
    assert (first.country, first.coverage, first.fetched.rows) == ("US", [BOX], 1)
    fetch("stations", order)
    both, said = fetch("grid", order)  # three times as many rows: nobody need accept that
    assert (both.country, both.fetched.url) == (None, "layers: lines, stations")
    assert said == ["rows 1 before, 3 now (+200 %)"]
    frame = Catalog(folder).load("grid")
    assert frame[["kv", "layer"]].values.tolist() == [
        [115, "lines"],
        [69, "stations"],
        [230, "stations"],
    ]
    assert gpd.read_parquet(both.path).geometry.x.tolist() == pytest.approx(
        [-106.4, -106.4, -106.5]
    )


@pytest.mark.usefixtures("grid")
def test_what_is_made_is_out_of_date_when_a_part_is_newer(order, folder):
    for name in ("lines", "grid"):
        fetch(name, order)
    made = wanted(folder)["grid"]
    assert fetching.newer(made, order.client, folder) is None
    fetch("lines", order)
    assert fetching.newer(made, order.client, folder) == "lines 2026-11-22T03:02:03Z"


def test_borrowed_outlines_must_be_there_and_say_where_the_layer_is_known(
    zones, define, server, order, folder
):
    server.on("/list.csv", hostile.say("code,status\n0,announced\n1,announced\n7,announced\n"))
    define("listed", "zones", fields={}, geometry={"kind": "borrowed", "of": "zones", "key": "n"},
        fetch={"protocol": "download", "url": server.url("/list.csv"),
               "fields": {"n": "code", "status": "status"}, "text": ["n"]})  # fmt: skip
    source = wanted(folder)["zones"].fetch.model_dump(exclude_unset=True)
    define("zones", "zones", fields={"n": {"title": "x"}}, fetch=source | {"text": ["n"]})
    zones(0.1, 0.1)
    with pytest.raises(FetchError, match=r"sitesel layers fetch zones$"):
        fetch("listed", order)
    assert in_order(["listed"], folder) == ["zones", "listed"]
    narrow = (-107.0, 31.0, -106.5, 32.0)
    fetch("zones", Order(order.client, folder, narrow, now=order.now))
    assert in_order(["zones"], folder) == ["zones"]
    outcome = fetch("listed", order)
    assert outcome.said == ["1 of 3 rows lie elsewhere and are left out"]
    assert outcome.layer.coverage == [narrow]
    assert Catalog(folder).load("listed").geometry.notna().all()
    assert in_order(["zones"], folder) == ["zones", "listed"]
    assert Catalog(folder).has("listed")
    (folder / "zones/zones.parquet").unlink()
    assert not Catalog(folder).has("listed"), "its outlines are not there"


# which definition


def test_a_copy_of_a_shipped_definition_is_not_what_is_fetched_by(folder, order, monkeypatch):
    shipped = wanted(folder)["dams_conagua"]
    row = {
        "clavesih": "A", "nombrecomun": "x", "nombreoficial": "x", "estado": "x",
        "nommunicipio": "x", "corriente": "x", "namoalmac": 1, "almacenaactual": 0.5,
        "llenano": 0.5, "latitud": 31.5, "longitud": -106.5, "fechamonitoreo": "2025-04-15",
    }  # fmt: skip
    table = pd.json_normalize([row])
    place = gpd.points_from_xy(table["longitud"], table["latitud"], crs=4326)
    answer = Answer(gpd.GeoDataFrame(table, geometry=place), version="2025-04-15")
    fake = types.ModuleType("fake_download")
    fake.fetch = lambda *_: answer
    monkeypatch.setitem(sys.modules, "fake_download", fake)
    monkeypatch.setitem(PROTOCOLS, "download", "fake_download")
    layer = fetch("dams_conagua", order).layer
    assert layer.path == (folder / "water/dams_conagua.parquet").resolve()
    assert not layer.fetched.own
    assert wanted(folder)["dams_conagua"].definition == shipped.definition
    assert installed(folder)["dams_conagua"].definition != shipped.definition


@pytest.mark.usefixtures("plants")
def test_a_layer_that_replaces_another_is_what_the_name_stands_for(define, order, folder):
    source = wanted(folder)["plants"].fetch.model_dump(exclude_unset=True)
    define(fetch=source, replaces="power_plants")
    assert Catalog.default(folder)["power_plants"].id == "power_plants"
    fetch("plants", order)
    catalog = Catalog.default(folder)
    assert (catalog["power_plants"].id, catalog.stand_in("power_plants")) == ("plants", "plants")
    assert len(catalog.load("power_plants")) == 10
    said = pin("power_plants", Origin("hash", catalog["power_plants"]))
    assert {name: said[name] for name in ("layer", "at", "url", "version", "box")} == {
        "layer": "plants", "at": "2026-11-22T01:02:03Z", "url": catalog["plants"].fetched.url,
        "version": "Wed, 21 Oct 2015 07:28:00 GMT", "box": list(BOX),
    }  # fmt: skip
    places = pin("places", Origin("hash", catalog["places"]))
    assert {"layer", "at", "url", "version", "box"}.isdisjoint(places)


def test_a_name_that_cannot_be_fetched_is_told(folder):
    with pytest.raises(UnknownNameError, match="did you mean 'substations'"):
        in_order(["substation"], folder)
    with pytest.raises(UnknownNameError, match="'places' is part of the catalogue as it stands"):
        in_order(["places"], folder)


# rasters


def test_a_raster_takes_its_place_and_its_known_area_is_watched(define, order, folder, monkeypatch):
    share = [1.0]

    def grid(_, request):
        path = request.folder / "merged.tif"
        cells = np.full((100, 100), 7, np.float32)
        cells[: round(100 * (1 - share[0]))] = -9999
        options = {"width": 100, "height": 100, "count": 1, "dtype": "float32", "nodata": -9999}
        transform = rasterio.Affine(0.01, 0, BOX[0], 0, -0.01, BOX[3])
        with rasterio.open(
            path, "w", driver="GTiff", crs=4326, transform=transform, **options
        ) as to:
            to.write(cells, 1)
        return Answer(None, raster=path, version="2021")

    fake = types.ModuleType("fake_rasters")
    fake.fetch = grid
    monkeypatch.setitem(sys.modules, "fake_rasters", fake)
    monkeypatch.setitem(PROTOCOLS, "raster", "fake_rasters")
    height = {"height": {"title": "x", "type": "number", "unit": "m"}}
    source = {"protocol": "raster", "url": "https://x.example/{lat}{lon}.tif"}
    define(
        "dem",
        geometry={"kind": "raster", "field": "height"},
        file="dem.tif",
        fields=height,
        fetch=source,
    )
    layer = fetch("dem", order).layer
    assert (layer.path.name, layer.fetched.rows) == ("dem.tif", None)
    box = gpd.GeoSeries([shapely.box(*BOX)], crs=4326).segmentize(0.01).to_crs(6933).area[0] / 1e6
    assert layer.fetched.area_km2 == pytest.approx(box, rel=0.01)
    assert Catalog(folder).raster("dem").size == pytest.approx((0.01, 0.01))
    share[0] = 0.6
    with pytest.raises(FetchError, match=r"area .*\(-40 %\)"):
        fetch("dem", order)


def test_what_is_said_of_a_raster_is_said_once(define, order, monkeypatch):
    def one_cell(_, request):
        path = request.folder / "merged.tif"
        form = {"driver": "GTiff", "width": 1, "height": 1, "count": 1, "dtype": "float32"}
        grid = rasterio.Affine(1, 0, BOX[0], 0, -1, BOX[3])
        with rasterio.open(path, "w", **form, crs=4326, transform=grid) as to:
            to.write(np.ones((1, 1), np.float32), 1)
        return Answer(None, raster=path, said=("1 of 2 tiles are not there, so unknown",))

    fake = types.ModuleType("fake_rasters")
    fake.fetch = one_cell
    monkeypatch.setitem(sys.modules, "fake_rasters", fake)
    monkeypatch.setitem(PROTOCOLS, "raster", "fake_rasters")
    source = {"protocol": "raster", "url": "https://x.example/{lat}{lon}.tif"}
    height = {"height": {"title": "x", "type": "number", "unit": "m"}}
    shape = {"kind": "raster", "field": "height"}
    define("dem", geometry=shape, file="dem.tif", fields=height, fetch=source)
    assert fetch("dem", order).said == ["1 of 2 tiles are not there, so unknown"]


# OpenStreetMap


@pytest.fixture
def stations(server, define, monkeypatch, tmp_path):
    """A layer of OpenStreetMap, an Overpass server, and the path of an extract."""
    monkeypatch.delenv("SITESEL_OSM_EXTRACT", raising=False)
    town = osm_town.town()
    server.on("/api/status", hostile.say(osm_town.status()))
    server.on("/api/timestamp", hostile.say(f"{osm_town.BASE}\n"))
    server.on("/api/interpreter", osm_town.interpreter(town))
    source = {"protocol": "osm", "url": server.url("/api"), "tags": {"power": "substation"}}
    define("stations", fields={}, fetch=source)
    return town.extract(tmp_path / "el-paso.osm")


def _said(order, **terms):
    return replace(order, box=(-106.75, 31.70, -106.60, 31.85), terms=Terms(**terms))


def _standing(order, name):
    (one,) = [each for each in standing(order.folder, order.client) if each.layer.id == name]
    return one


def test_a_run_pins_the_extract_and_status_says_that_it_cannot_tell(stations, order, server):
    layer = fetch("stations", _said(order, extracts=(stations,))).layer
    assert pin("stations", Origin("hash", layer))["url"] == "el-paso.osm"
    assert (layer.fetched.version, layer.fetched.rows) == (osm_town.EDITED[:10], 2)
    one = _standing(order, "stations")
    assert one.newer is None
    assert one.problem.startswith("layer 'stations': made from an extract (el-paso.osm), so nobody")
    assert server.asked == []


@pytest.mark.usefixtures("stations")
def test_of_what_overpass_gave_its_server_is_asked_again(order, server):
    layer = fetch("stations", _said(order, overpass=True)).layer
    assert layer.fetched.url == server.url("/api")
    server.asked.clear()
    assert _standing(order, "stations").problem is None
    assert [each.path for each in server.asked] == ["/api/timestamp"]


@pytest.mark.usefixtures("stations")
def test_what_is_not_asked_for_leaves_nothing(order, server):
    with pytest.raises(LackingError, match="--overpass"):
        fetch("stations", _said(order))
    assert server.asked == []
    assert not list((order.folder / ".scratch").iterdir())


def test_what_waits_is_taken_as_far_as_the_user_says(stations, order, tmp_path):
    """Without its extract and its area being named again; another extract is read instead."""
    less = osm_town.Map()
    less.node(-106.7, 31.8, power="substation")
    other = less.extract(tmp_path / "other.osm")
    fetch("stations", _said(order, extracts=(stations,)))
    with pytest.raises(FetchError, match="rows 2 before, 1 now"):
        fetch("stations", _said(order, extracts=(other,)))
    take = replace(_said(order, extracts=(stations,)), accept=True)
    assert fetch("stations", take).layer.fetched.rows == 2
    with pytest.raises(FetchError, match="rows 2 before, 1 now"):
        fetch("stations", _said(order, extracts=(other,)))
    wide = replace(take, terms=Terms(area_named=False), box=(-118, 25, -97, 33))
    outcome = fetch("stations", wide)
    assert outcome.layer.fetched.rows == 1
    assert outcome.said == ["rows 2 before, 1 now (-50 %)", "taken as it waited"]
    assert outcome.layer.fetched.url == "other.osm"


def test_status_tells_age_rows_and_what_is_newer(plants, order, folder):
    fetch("plants", order)
    (one,) = [each for each in standing(folder, order.client) if each.layer.id == "plants"]
    assert (one.fetched.rows, one.newer, one.problem, one.waits) == (10, None, None, False)
    assert one.days == (datetime.now(UTC) - START).days
    plants(modified="Thu, 22 Oct 2015 07:28:00 GMT")
    (one,) = [each for each in standing(folder, order.client) if each.layer.id == "plants"]
    assert one.newer == "Thu, 22 Oct 2015 07:28:00 GMT"
    (two,) = [each for each in standing(folder) if each.layer.id == "slope"]
    assert (two.fetched, two.days) == (None, None)
    assert not (folder / ".versions/slope").exists()
