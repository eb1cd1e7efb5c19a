"""Socrata data sets asked of a portal that pages, counts, throttles and refuses as real ones do."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pandas as pd
import pytest
import shapely

from sitesel.catalog.sources import socrata
from sitesel.catalog.sources.request import Request
from sitesel.catalog.sources.specs import Socrata
from sitesel.errors import FetchError
from tests.catalog.sources.hostile import say

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = "keg4-3bc2"
ROWS = 43
KINDS = {
    "port_code": "text",
    "port_name": "text",
    "value": "number",
    "date": "calendar_date",
    "seen": "calendar_date",
    "open": "checkbox",
    "page": "url",
    "location": "point",
}


def rows() -> list[dict[str, Any]]:
    """The data set as SODA 2.1 sends it: numbers as text, nothing where nothing is known."""
    random = np.random.default_rng(4)
    made = []
    for number in range(ROWS):
        lon, lat = random.uniform([-119, 25], [-97, 33]).round(4).tolist()
        row = {
            ":id": f"row-{number * 7919 % 100_003:05d}",
            "port_code": f"0{2400 + number}",
            "port_name": f"Port {number % 9}",
            "value": str(number * 1000.5),
            "date": f"2024-{1 + number % 12:02d}-01T00:00:00.000",
            "seen": f"2024-03-01T{number % 24:02d}:30:00.000",
            "open": bool(number % 2),
            "page": {"url": f"https://port.example/{number}"},
            "location": {"type": "Point", "coordinates": [lon, lat]},
        }
        made.append({key: each for key, each in row.items() if number % 11 or key != "value"})
    made[5].pop("location")
    return made


@dataclass
class Portal:
    """One data set; its rows lie in SQLite, so that what is SoQL here is true SQL."""

    kinds: dict[str, str] = field(default_factory=lambda: dict(KINDS))
    rows: list[dict[str, Any]] = field(default_factory=rows)
    token: str | None = None
    waits: list[float] | None = None  # what the client has waited so far
    spoil: Callable[[dict[str, str], Any], Any] | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    refused: int = 0

    def __post_init__(self) -> None:
        self.table = sqlite3.connect(":memory:", check_same_thread=False)
        flat = [
            {k: json.dumps(v) if isinstance(v, dict) else v for k, v in row.items()}
            for row in self.rows
        ]
        frame = pd.DataFrame(flat, columns=[":id", *self.kinds])
        frame["value"] = pd.to_numeric(frame["value"])
        frame.to_sql("t", self.table, index=False)
        self.table.create_function("within_box", 5, within_box)
        self.table.create_function("intersects", 2, intersects)
        self.random = np.random.default_rng(1)

    def __call__(self, handler) -> None:
        handler.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        query = {k.removeprefix("$"): v for k, v in parse_qsl(urlsplit(handler.path).query)}
        self.headers.append(dict(handler.headers))
        if self.too_fast(handler):
            self.refused += 1
            body = {"code": "throttled", "error": True, "message": "Too many requests"}
            say(json.dumps(body), 429, Retry_After="2")(handler)
            return
        resource = urlsplit(handler.path).path.startswith("/resource/")
        answer: Any = self.answer(query) if resource else self.view()
        if resource:
            self.asked.append(query)
            answer = answer if self.spoil is None else self.spoil(query, answer)
        (answer if callable(answer) else say(json.dumps(answer)))(handler)

    def too_fast(self, handler) -> bool:
        """Three requests are free, then one per second; with the app token, all."""
        if self.waits is None or (self.token and handler.headers.get("X-App-Token") == self.token):
            return False
        return len(self.headers) - self.refused > 3 + sum(self.waits)

    def view(self) -> dict[str, Any]:
        columns = [{"fieldName": name, "dataTypeName": kind} for name, kind in self.kinds.items()]
        hidden = {"fieldName": ":@computed_region_x", "dataTypeName": "number"}
        return {"id": KEY, "rowsUpdatedAt": 1727654400, "columns": [*columns, hidden]}

    def answer(self, query: dict[str, str]) -> Any:
        selected = query["select"]
        if re.match(r".+,\s*\*", selected):
            said = "Star selections must come at the start of the select-list"
            return refuse("query.compiler.malformed", said)
        sql = f"SELECT {selected} FROM t WHERE {query.get('where', '1')}"
        sql += f" ORDER BY {query['order']}" if "order" in query else " ORDER BY random()"
        if "limit" in query:
            sql += f" LIMIT {query['limit']} OFFSET {query['offset']}"
        try:
            found = self.table.execute(re.sub(r":id\b", '":id"', sql))
        except sqlite3.OperationalError as error:
            return refuse("query.soql.no-such-column", f"No such column; {error}")
        names = [
            re.sub(r"\W", "", each[0]) if "(" in each[0] else each[0] for each in found.description
        ]
        answer = []
        for values in found.fetchall():
            row = dict(zip(names, values, strict=True))
            answer.append(
                {name: spell(name, value) for name, value in row.items() if value is not None}
            )
        return answer


def spell(name: str, value: Any) -> Any:
    if name == "open":
        return bool(value)
    if isinstance(value, str) and value.startswith("{"):
        return json.loads(value)
    return str(value)


def refuse(code: str, message: str, status: int = 400):
    body = {"message": f"Query coordinator error: {code}; {message}", "errorCode": code, "data": {}}
    return say(json.dumps(body), status, Content_Type="application/json")


def within_box(place: str | None, *edges: float) -> bool:
    north, west, south, east = edges
    assert north > south
    lon, lat = json.loads(place)["coordinates"] if place else (999, 999)
    return west <= lon <= east and south <= lat <= north


def intersects(place: str | None, wkt: str) -> bool:
    shape = shapely.from_geojson(place) if place else None
    return bool(shape and shape.intersects(shapely.from_wkt(wkt)))


@pytest.fixture
def ask(server, client, tmp_path):
    """A function that fetches from a Portal, which the options describe."""

    def fetch(portal: Portal, *, area=None, report=None, path=f"/resource/{KEY}", **options: Any):
        for each in (f"/resource/{KEY}.json", f"/api/views/{KEY}.json"):
            url = server.on(each, portal)
        url = url.removesuffix(f"/api/views/{KEY}.json") + path
        source = Socrata(protocol="socrata", url=url, **{"page": 10, **options})
        told = {"report": report} if report else {}
        return socrata.fetch(source, Request(client(), tmp_path, box=area, **told))

    return fetch


def test_all_rows_arrive_page_by_page_in_the_kinds_of_the_description(ask):
    portal = Portal()
    answer = ask(portal)
    frame, wanted = answer.frame, sorted(rows(), key=lambda row: row[":id"])
    assert answer.version == "2024-09-30T00:00:00+00:00"
    assert [*frame.columns] == [*(name for name in KINDS if name != "location"), "geometry"]
    assert frame["port_code"].tolist() == [row["port_code"] for row in wanted]
    assert frame["value"].dtype == float
    known = frame["value"].notna()
    assert known.sum() == ROWS - 4
    assert frame["value"][known].tolist() == [
        float(row["value"]) for row in wanted if "value" in row
    ]
    assert frame["date"].tolist() == [row["date"][:10] for row in wanted]
    assert frame["seen"].tolist() == [row["seen"] for row in wanted]
    assert frame["open"].tolist() == [row["open"] for row in wanted]
    assert frame["page"].tolist() == [row["page"]["url"] for row in wanted]
    assert frame.crs.to_epsg() == 4326
    for shape, row in zip(frame.geometry, wanted, strict=True):
        place = row.get("location")
        assert shape is None if place is None else [shape.x, shape.y] == place["coordinates"]
    pages = [each for each in portal.asked if "limit" in each]
    assert [each["offset"] for each in pages] == ["0", "10", "20", "30", "40"]
    assert {(each["order"], each["select"]) for each in pages} == {(":id", "*,:id")}


def test_progress_is_told_in_rows(ask):
    told: list[tuple[str, int, int | None]] = []
    ask(Portal(), report=lambda *each: told.append(each), page=20)
    assert told == [("rows", 20, 43), ("rows", 40, 43), ("rows", 43, 43)]


@pytest.mark.parametrize(
    "path",
    [
        f"/resource/{KEY}.json",
        f"/resource/{KEY}.csv?$limit=5",
        f"/d/{KEY}",
        f"/Research/Border-Crossing-Entry-Data/{KEY}/about_data",
        f"/api/views/{KEY}",
    ],
)
def test_the_address_may_be_pasted_in_any_form(ask, path):
    assert len(ask(Portal(), path=path).frame) == ROWS


def test_an_address_without_a_data_set_is_refused(ask):
    with pytest.raises(FetchError, match="looks like https://HOST/resource/abcd-1234"):
        ask(Portal(), path="/browse")


AREA = (-116.0, 26.0, -100.0, 31.5)


def in_area(row: dict[str, Any]) -> bool:
    west, south, east, north = AREA
    return within_box(
        json.dumps(row["location"]) if "location" in row else None, north, west, south, east
    )


def test_where_and_box_go_together(ask):
    portal = Portal()
    frame = ask(portal, area=AREA, box="location", where="value > 5000 OR open").frame
    wanted = [
        row for row in rows() if in_area(row) and (float(row.get("value", 0)) > 5000 or row["open"])
    ]
    assert 5 < len(wanted) < ROWS / 2
    assert sorted(frame["port_code"]) == sorted(row["port_code"] for row in wanted)
    box = "within_box(location, 31.5, -116, 26, -100)"
    assert {each["where"] for each in portal.asked} == {f"(value > 5000 OR open) AND {box}"}


def test_without_a_column_of_places_the_box_is_not_asked_for(ask):
    assert len(ask(Portal(), area=AREA).frame) == ROWS


def test_areas_and_lines_are_asked_for_by_what_they_meet(ask):
    made = rows()
    for row in made:
        if "location" in row:
            lon, lat = row["location"]["coordinates"]
            corners = shapely.get_coordinates(shapely.box(lon, lat, lon + 9, lat + 3)).tolist()
            row["location"] = {"type": "MultiPolygon", "coordinates": [[corners]]}
    portal = Portal(kinds=KINDS | {"location": "multipolygon"}, rows=made)
    frame = ask(portal, area=AREA, box="location").frame
    met = [
        row
        for row in made
        if "location" in row and intersects(json.dumps(row["location"]), shapely.box(*AREA).wkt)
    ]
    assert len(frame) == len(met) > 20
    assert set(frame.geom_type) == {"MultiPolygon"}


def test_places_of_older_portals(ask):
    made = rows()
    for number, row in enumerate(made):
        lon, lat = row.pop("location", {"coordinates": [0, 0]})["coordinates"]
        row["location"] = {"latitude": str(lat), "longitude": str(lon), "human_address": "{}"}
        if number == 3:
            row["location"] = {"human_address": "{}"}
    frame = ask(Portal(kinds=KINDS | {"location": "location"}, rows=made)).frame
    assert frame.geometry.isna().sum() == 1
    here = frame[frame["port_code"] == "02400"].geometry.iloc[0]
    assert [here.x, here.y] == rows()[0]["location"]["coordinates"]


def test_a_data_set_without_places_is_a_table(ask):
    kinds = {name: kind for name, kind in KINDS.items() if name != "location"}
    frame = ask(Portal(kinds=kinds)).frame
    assert type(frame) is pd.DataFrame
    assert len(frame) == ROWS


def test_a_place_that_is_none_is_told_with_its_row(ask):
    made = rows()
    made[0]["location"] = {"type": "Point", "coordinates": "here"}
    with pytest.raises(FetchError, match="row 1 of 'location' holds no place"):
        ask(Portal(rows=made))


def test_select_asks_for_these_columns_and_keeps_their_kinds(ask):
    portal = Portal()
    frame = ask(portal, select="port_code, value AS trucks, upper(port_name) AS name").frame
    assert [*frame.columns] == ["port_code", "trucks", "name"]
    assert frame["trucks"].dtype == float
    assert frame["name"].str.startswith("PORT ").all()
    assert portal.asked[1]["select"].endswith("AS name,:id")


def test_codes_stay_codes_whatever_the_description_says(ask):
    portal = Portal(kinds=KINDS | {"port_code": "number"})
    assert ask(portal).frame["port_code"].dtype != object
    frame = ask(portal, text=["code"], fields={"code": "port_code"}).frame
    assert min(frame["port_code"]) == "02400"


def test_a_column_that_is_empty_throughout_is_there(ask):
    made = [{k: v for k, v in row.items() if k not in ("value", "port_name")} for row in rows()]
    frame = ask(Portal(rows=made)).frame
    assert frame["value"].isna().all()
    assert frame["port_name"].isna().all()


def test_nothing_found_is_an_empty_frame_with_its_columns(ask):
    frame = ask(Portal(), where="value < 0").frame
    assert len(frame) == 0
    assert [*frame.columns] == [*(name for name in KINDS if name != "location"), "geometry"]


def test_a_portal_that_throttles_is_asked_more_slowly(ask, waits):
    portal = Portal(waits=waits)
    assert len(ask(portal, page=5).frame) == ROWS
    assert portal.refused > 2
    assert set(waits) == {2.0}


def test_with_an_app_token_the_portal_does_not_throttle(ask, waits, monkeypatch):
    monkeypatch.setenv("BTS_TOKEN", "tok-S3cret-0042")
    portal = Portal(waits=waits, token="tok-S3cret-0042")
    assert len(ask(portal, page=5, token="BTS_TOKEN").frame) == ROWS
    assert portal.refused == 0
    assert not any("S3cret" in json.dumps(each) for each in portal.asked)


def test_an_empty_token_is_not_sent(ask, monkeypatch):
    monkeypatch.setenv("BTS_TOKEN", "")
    portal = Portal()
    ask(portal, token="BTS_TOKEN")
    monkeypatch.delenv("BTS_TOKEN")
    ask(portal, token="BTS_TOKEN")
    assert not any("X-App-Token" in each for each in portal.headers)


@pytest.mark.parametrize("status", [200, 400, 403])
def test_the_token_is_in_no_message(ask, monkeypatch, status):
    monkeypatch.setenv("BTS_TOKEN", "tok-S3cret-0042")
    said = "Invalid app_token specified: tok-S3cret-0042"
    portal = Portal(spoil=lambda *_: refuse("permission_denied", said, status))
    with pytest.raises(FetchError, match="Invalid app_token") as raised:
        ask(portal, token="BTS_TOKEN")
    assert "S3cret" not in str(raised.value)
    assert "check the app token" in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    ("code", "status", "remedy"),
    [
        ("query.soql.no-such-column", 400, "check the columns in fields, select, where and box"),
        ("query.compiler.malformed", 400, "check select, where and box"),
        ("dataset.missing", 404, "put its present address into fetch.url"),
        ("permission_denied", 403, "not public"),
        ("teapot", 418, "try again later"),
    ],
)
def test_errors_of_the_portal_are_explained(ask, code, status, remedy):
    portal = Portal(spoil=lambda *_: refuse(code, "It is so.", status))
    with pytest.raises(FetchError, match=remedy) as raised:
        ask(portal)
    assert "It is so." in str(raised.value)
    assert f"/resource/{KEY}.json: the portal answers" in str(raised.value)


def test_a_wrong_where_is_explained_with_the_words_of_the_portal(ask):
    with pytest.raises(FetchError, match=r"no such column: nonsense.*check the columns"):
        ask(Portal(), where="nonsense > 1")


def test_errors_in_the_newer_form_and_with_status_200(ask):
    body = {"code": "dataset.missing", "error": True, "message": "Not found"}
    for spoil in (lambda *_: body, lambda *_: say(json.dumps(body), 404)):
        with pytest.raises(
            FetchError, match=r"Not found \(dataset.missing\); the data set has moved"
        ):
            ask(Portal(spoil=spoil))


def test_an_answer_that_is_no_list_and_no_error(ask):
    with pytest.raises(FetchError, match="no answer in the form"):
        ask(Portal(spoil=lambda *_: 5))


def test_a_column_that_is_not_there_is_named_with_the_closest(ask):
    portal = Portal()
    with pytest.raises(FetchError, match=r"fields: trucks: .*'values'; did you mean 'value'"):
        ask(portal, fields={"trucks": "values"})
    with pytest.raises(FetchError, match=r"box: .*'locations'; did you mean 'location'"):
        ask(portal, box="locations")
    assert not portal.asked


def test_rows_that_stay_away_are_counted(ask):
    def forgetful(query, answer):
        return answer[:-1] if "limit" in query and query["offset"] == "10" else answer

    def forgetting_all(query, answer):
        return [] if "limit" in query and int(query["offset"]) > 15 else answer

    assert len(ask(Portal(spoil=forgetful)).frame) == ROWS  # the next page begins earlier
    with pytest.raises(FetchError, match="counts 43 rows but gave 20"):
        ask(Portal(spoil=forgetting_all))


def test_a_row_that_comes_twice_is_kept_once(ask):
    portal = Portal()
    plain = portal.answer

    def shifted(query, answer):
        if int(query.get("offset", 0)) > 0:
            return plain(query | {"offset": str(int(query["offset"]) - 2)})
        return answer

    portal.spoil = shifted
    frame = ask(portal).frame
    assert len(frame) == ROWS
    assert frame["port_code"].is_unique


def test_a_portal_that_caps_its_pages_is_read_to_the_end(ask):
    portal = Portal(spoil=lambda query, answer: answer[:4] if "limit" in query else answer)
    assert len(ask(portal).frame) == ROWS


def test_a_portal_that_always_sends_the_first_page_is_not_asked_for_ever(ask):
    portal = Portal()
    plain = portal.answer
    portal.spoil = lambda query, answer: (
        plain(query | {"offset": "0"}) if "limit" in query else answer
    )
    with pytest.raises(FetchError, match="counts 43 rows but gave 10"):
        ask(portal)
    assert len(portal.asked) < 10


def test_rows_added_meanwhile_are_no_mistake(ask):
    portal = Portal()

    def growing(_query, answer):
        first = len(portal.asked) == 1
        return [{"count": "40"}] if first else answer

    portal.spoil = growing
    assert len(ask(portal, page=50).frame) == ROWS


def test_version_asks_only_for_the_description(server, client):
    portal = Portal()
    url = server.on(f"/api/views/{KEY}.json", portal).replace("api/views", "resource")
    source = Socrata(protocol="socrata", url=url)
    assert socrata.version(source, client()) == "2024-09-30T00:00:00+00:00"
    assert len(server.asked) == 1
