"""ArcGIS layers asked of a server that pages, limits, shuffles and fails as the real ones do."""

from __future__ import annotations

import json
import socket
import sqlite3
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from sitesel.catalog.sources import arcgis
from sitesel.catalog.sources.request import Request
from sitesel.catalog.sources.specs import ArcGIS
from sitesel.errors import FetchError
from tests.catalog.sources.hostile import say

if TYPE_CHECKING:
    from collections.abc import Callable

LAYER = "/arcgis/rest/services/Zones/FeatureServer/13"
ROWS = 57
FIELDS = [
    {"name": "FID", "type": "esriFieldTypeOID"},
    {"name": "GEOID10", "type": "esriFieldTypeString"},
    {"name": "kv", "type": "esriFieldTypeDouble"},
    {
        "name": "kind",
        "type": "esriFieldTypeSmallInteger",
        "domain": {
            "type": "codedValue",
            "codedValues": [{"code": 1, "name": "low income"}, {"code": 2, "name": "contiguous"}],
        },
    },
    {"name": "signed", "type": "esriFieldTypeDate"},
    {"name": "Shape", "type": "esriFieldTypeGeometry"},
]


def rings(polygon: shapely.Polygon) -> list[list[list[float]]]:
    """Esri's way round: outlines clockwise, holes the other way."""
    turned = shapely.Polygon(polygon.exterior, polygon.interiors).normalize()  # outline clockwise
    return [shapely.get_coordinates(part).tolist() for part in (turned.exterior, *turned.interiors)]


def truth() -> gpd.GeoDataFrame:
    """The layer as it should arrive: one row without a place, one with a hole, text, days."""
    random = np.random.default_rng(13)
    lon, lat = random.uniform(-107, -106, ROWS), random.uniform(31, 32, ROWS)
    places = [shapely.box(x, y, x + 0.01, y + 0.01) for x, y in zip(lon, lat, strict=True)]
    hole = shapely.box(*(np.array(places[3].bounds) + np.array([0.002, 0.002, -0.002, -0.002])))
    places[3] = places[3].difference(hole)
    places[7] = None
    return gpd.GeoDataFrame(
        {
            "FID": np.cumsum(random.integers(1, 5, ROWS)) + 900,
            "GEOID10": [f"0{4000 + number}" if number % 9 else None for number in range(ROWS)],
            "kv": np.where(np.arange(ROWS) % 5, 115.5, np.nan),
            "kind": [["low income", "contiguous", "3"][number % 3] for number in range(ROWS)],
            "signed": ["2018-06-14" if number % 4 else None for number in range(ROWS)],
        },
        geometry=places,
        crs="EPSG:4326",
    )


@dataclass
class FeatureServer:
    """One layer of an ArcGIS server; its rows lie in SQLite, so that ``where`` is true SQL."""

    rows: gpd.GeoDataFrame = field(default_factory=truth)
    pages: bool = True
    geojson: bool = True
    stated: int = 20  # maxRecordCount
    real: int = 20  # rows that it gives in truth
    flags: bool = True  # exceededTransferLimit
    spatial: bool = True
    about: dict[str, Any] = field(default_factory=dict)
    spoil: Callable[[dict[str, str], dict[str, Any]], Any] | None = None
    queries: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.table = sqlite3.connect(":memory:", check_same_thread=False)
        raw = pd.DataFrame(self.rows.drop(columns="geometry"))
        raw["kind"] = raw["kind"].map({"low income": 1, "contiguous": 2, "3": 3})
        raw["signed"] = raw["signed"].map({"2018-06-14": 1528934400000 + 3_600_000})
        raw.to_sql("t", self.table, index=False)
        self.random = np.random.default_rng(1)

    def __call__(self, handler) -> None:
        query = dict(parse_qsl(urlsplit(handler.path).query))
        handler.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        asked_rows = urlsplit(handler.path).path.endswith("/query")
        answer = self.query(query) if asked_rows else self.describe()
        if asked_rows:
            self.queries.append(query)
            answer = answer if self.spoil is None else self.spoil(query, answer)
        if callable(answer):
            answer(handler)
        else:
            say(json.dumps(answer), Content_Type="application/json")(handler)

    def describe(self) -> dict[str, Any]:
        return {
            "id": 13,
            "type": "Feature Layer" if self.spatial else "Table",
            "geometryType": "esriGeometryPolygon" if self.spatial else None,
            "objectIdField": "FID",
            "maxRecordCount": self.stated,
            "supportedQueryFormats": "JSON, geoJSON, PBF" if self.geojson else "JSON, AMF",
            "advancedQueryCapabilities": {"supportsPagination": self.pages},
            "editingInfo": {"lastEditDate": 1, "dataLastEditDate": 1727654400000},
            "fields": FIELDS,
            **self.about,
        }

    def query(self, query: dict[str, str]) -> dict[str, Any]:
        order = query.get("orderByFields")
        sql = f"SELECT * FROM t WHERE {query['where']}" + (f" ORDER BY {order}" if order else "")
        if "objectIds" in query:
            sql = sql.replace(" WHERE ", f" WHERE FID IN ({query['objectIds']}) AND ")
        try:
            found = pd.read_sql(sql, self.table)
        except pd.errors.DatabaseError:
            details = ["'where' parameter is invalid"]
            return {"error": {"code": 400, "message": "Cannot perform query.", "details": details}}
        if not order:  # a database gives no order for nothing
            found = found.sample(frac=1, random_state=self.random)
        places = self.rows.set_index("FID").geometry
        if "geometry" in query:
            assert (query["inSR"], query["geometryType"]) == ("4326", "esriGeometryEnvelope")
            box = shapely.box(*map(float, query["geometry"].split(",")))
            meets = places[places.notna() & places.intersects(box)].index
            found = found[found["FID"].isin(meets)]
        if query.get("returnCountOnly"):
            return {"count": len(found)}
        if query.get("returnIdsOnly"):
            return {"objectIdFieldName": "FID", "objectIds": found["FID"].tolist() or None}
        if not self.pages and {"resultOffset", "resultRecordCount"} & {*query}:
            return {"error": {"code": 400, "message": "Pagination is not supported."}}
        start = int(query.get("resultOffset", 0))
        end = start + min(self.real, int(query.get("resultRecordCount", self.real)))
        part, more = found.iloc[start:end], self.flags and len(found) > end
        return self.written(part, places, more=more, query=query)

    def written(self, part, places, *, more: bool, query: dict[str, str]) -> dict[str, Any]:
        wanted = [*part] if query["outFields"] == "*" else query["outFields"].split(",")
        records = json.loads(part[wanted].to_json(orient="records"))
        shapes = [places[number] for number in part["FID"]]
        exceeded = {"exceededTransferLimit": True} if more else {}
        if query["f"] == "geojson":
            features = [
                {
                    "type": "Feature",
                    "id": int(number),
                    "geometry": None if place is None else shapely.geometry.mapping(place),
                    "properties": record,
                }
                for number, record, place in zip(part["FID"], records, shapes, strict=True)
            ]
            body = {"type": "FeatureCollection", "features": features}
            return body | ({"properties": exceeded} if exceeded else {})
        features = [
            {"attributes": record}
            | ({} if place is None else {"geometry": {"rings": rings(place)}})
            for record, place in zip(records, shapes, strict=True)
        ]
        reference = {"spatialReference": {"wkid": 4326, "latestWkid": 4326}}
        return {"features": features, **(reference if self.spatial else {}), **exceeded}

    def offsets(self) -> list[tuple[int, int]]:
        """The pages that were asked for."""
        pages = [each for each in self.queries if "outFields" in each]
        return [(int(each["resultOffset"]), int(each["resultRecordCount"])) for each in pages]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch) -> None:
    monkeypatch.setattr(arcgis, "_PAUSE", 0.0)


@pytest.fixture
def ask(server, client, tmp_path):
    """A function that fetches from a FeatureServer, which the options describe."""

    def fetch(layer: FeatureServer, *, box=None, report=None, path=LAYER, **options: Any):
        for each in (LAYER, f"{LAYER}/query"):
            url = server.on(each, layer)
        url = url.removesuffix(f"{LAYER}/query") + path
        source = ArcGIS(protocol="arcgis", url=url, **options)
        told = {"report": report} if report else {}
        return arcgis.fetch(source, Request(client(retries=1), tmp_path, box=box, **told))

    return fetch


def assert_true(frame: gpd.GeoDataFrame, wanted: gpd.GeoDataFrame | None = None) -> None:
    wanted = truth() if wanted is None else wanted.reset_index(drop=True)
    assert frame.crs.to_epsg() == 4326
    assert [*frame.columns] == [*wanted.columns]
    for name in wanted.columns.drop("geometry"):
        pd.testing.assert_series_equal(
            frame[name].astype(object).where(frame[name].notna(), None),
            wanted[name].astype(object).where(wanted[name].notna(), None),
        )
    assert frame.geometry.isna().tolist() == wanted.geometry.isna().tolist()
    known = wanted.geometry.notna()
    assert shapely.equals(frame.geometry[known], wanted.geometry[known]).all()


@pytest.mark.parametrize("geojson", [True, False])
@pytest.mark.parametrize("pages", [True, False])
def test_all_rows_arrive_whichever_way_the_server_gives_them(ask, pages, geojson):
    layer = FeatureServer(pages=pages, geojson=geojson)
    answer = ask(layer)
    assert_true(answer.frame)
    assert answer.version == "2024-09-30T00:00:00+00:00"
    pages_asked = [each for each in layer.queries if "outFields" in each]
    assert len(pages_asked) == 3
    assert {each["f"] for each in pages_asked} == {"geojson" if geojson else "json"}
    assert {each["outSR"] for each in pages_asked} == {"4326"}


def test_pages_come_in_the_order_of_the_object_ids(ask):
    layer = FeatureServer()
    ask(layer)
    assert layer.offsets() == [(0, 20), (20, 20), (40, 20)]
    assert {each.get("orderByFields") for each in layer.queries[1:]} == {"FID ASC"}


@pytest.mark.parametrize("pages", [True, False])
@pytest.mark.parametrize("flags", [True, False])
def test_a_server_that_gives_less_than_it_states_is_read_to_the_end(ask, pages, flags):
    layer = FeatureServer(pages=pages, flags=flags, stated=1000, real=7)
    assert_true(ask(layer).frame)
    assert len([each for each in layer.queries if "outFields" in each]) == 9


def test_a_last_page_that_is_full_is_followed_by_an_empty_one(ask):
    layer = FeatureServer(stated=19, real=19, flags=False)
    assert_true(ask(layer).frame)
    assert layer.offsets()[-1] == (57, 19)


def test_an_empty_page_that_says_there_is_more_is_not_the_end(ask):
    def thinned(query, answer):  # as after the filter of a spatial index
        if query.get("resultOffset") == "20":
            return answer | {"features": [], "properties": {"exceededTransferLimit": True}}
        if query.get("resultOffset") == "40":
            return FeatureServer().query(query | {"resultOffset": "20"})
        if query.get("resultOffset") == "60":
            return FeatureServer().query(query | {"resultOffset": "40"})
        return answer

    layer = FeatureServer(spoil=thinned)
    assert_true(ask(layer).frame)


def test_a_row_that_comes_twice_is_kept_once(ask):
    def overlapping(query, answer):
        if query.get("resultOffset", "0") != "0":
            shifted = str(int(query["resultOffset"]) - 3)
            return FeatureServer().query(query | {"resultOffset": shifted})
        return answer

    assert_true(ask(FeatureServer(spoil=overlapping)).frame)


def test_of_two_copies_of_a_row_the_first_is_kept(ask):
    def once_more(_query, answer):
        if "features" in answer:
            copies = [json.loads(json.dumps(each)) for each in answer["features"]]
            for each in copies:
                each["properties"]["kv"], each["geometry"] = -1, None
            answer["features"] += copies
        return answer

    assert_true(ask(FeatureServer(spoil=once_more)).frame)


@pytest.mark.parametrize("pages", [True, False])
def test_rows_that_stay_away_are_counted(ask, pages):
    def forgetful(_query, answer):
        if "features" in answer:
            answer["features"] = [each for each in answer["features"] if each["id"] % 10]
        return answer

    layer = FeatureServer(spoil=forgetful, pages=pages)
    lost = int((layer.rows["FID"] % 10 == 0).sum())
    assert lost > 2
    with pytest.raises(FetchError, match=rf"counts 57 rows but gave {57 - lost}\b"):
        ask(layer)
    assert len(layer.queries) < 20


def test_a_server_that_always_sends_the_first_page_is_not_asked_for_ever(ask):
    def stuck(query, answer):
        first = "resultOffset" in query
        return FeatureServer().query(query | {"resultOffset": "0"}) if first else answer

    layer = FeatureServer(spoil=stuck)
    with pytest.raises(FetchError, match="counts 57 rows but gave 20"):
        ask(layer)
    assert len(layer.offsets()) == 4


def test_rows_deleted_meanwhile_are_no_mistake(ask):
    def shrinking(_query, answer):
        counted = sum("returnCountOnly" in each for each in layer.queries)
        return {"count": 60} if "count" in answer and counted == 1 else answer

    layer = FeatureServer(spoil=shrinking)
    assert_true(ask(layer).frame)
    assert sum("returnCountOnly" in each for each in layer.queries) == 2


def test_object_ids_that_are_gone_do_not_stop_the_rest(ask):
    def listing_more(_query, answer):
        if "objectIds" in answer:
            answer["objectIds"] += [1, 2, 3, 5000, 5001]
        return answer

    layer = FeatureServer(pages=False, spoil=listing_more)
    assert_true(ask(layer).frame)


def test_questions_about_object_ids_stay_short(ask):
    layer = FeatureServer(pages=False)
    ask(layer, where="kind > 0 OR kv > 0")
    wheres = [each["where"] for each in layer.queries if "outFields" in each]
    assert max(map(len, wheres)) < 80
    assert all(each.startswith("(kind > 0 OR kv > 0) AND (FID >= ") for each in wheres)


@pytest.mark.parametrize("pages", [True, False])
@pytest.mark.parametrize("geojson", [True, False])
def test_only_the_rows_that_meet_the_box_are_asked_for(ask, pages, geojson):
    box = (-106.6, 31.2, -106.2, 31.7)
    layer = FeatureServer(pages=pages, geojson=geojson, stated=5, real=5)
    frame = ask(layer, box=box).frame
    wanted = layer.rows[layer.rows.notna()["geometry"] & layer.rows.intersects(shapely.box(*box))]
    assert 5 < len(wanted) < ROWS
    assert_true(frame, wanted)


def test_where_is_sql_of_the_publisher(ask):
    frame = ask(FeatureServer(), where="GEOID10 > '04040' AND kv IS NOT NULL").frame
    wanted = truth()
    assert_true(frame, wanted[(wanted["GEOID10"] > "04040") & wanted["kv"].notna()])


def test_nothing_found_is_an_empty_frame_with_its_columns(ask):
    for pages in (True, False):
        frame = ask(FeatureServer(pages=pages), where="kv > 999").frame
        assert len(frame) == 0
        assert [*frame.columns] == [*truth().columns]
        assert frame.crs.to_epsg() == 4326


def test_only_the_columns_that_are_needed_are_asked_for(ask):
    layer = FeatureServer()
    rule = {"kind": "code", "of": "GEOID10", "width": 11, "first": 5}
    options = {"fields": {"volt": "kv"}, "make": {"county": rule}, "keep": {"volt": {"min": 1}}}
    frame = ask(layer, **options).frame
    assert {each["outFields"] for each in layer.queries if "outFields" in each} == {
        "FID,GEOID10,kv"
    }
    assert [*frame.columns] == ["FID", "GEOID10", "kv", "geometry"]


def test_codes_stay_codes_by_either_name(ask):
    for options in ({"text": ["kind"]}, {"text": ["tract"], "fields": {"tract": "kind"}}):
        frame = ask(FeatureServer(), **options).frame
        assert frame["kind"].tolist() == [str(1 + number % 3) for number in range(ROWS)]


def test_a_table_has_no_geometry(ask):
    layer = FeatureServer(spatial=False)
    layer.rows.geometry = gpd.GeoSeries([None] * ROWS, crs="EPSG:4326")
    frame = ask(layer, box=(0, 0, 1, 1)).frame
    assert type(frame) is pd.DataFrame
    assert len(frame) == ROWS
    assert "geometry" not in frame
    assert not any("geometry" in each or "outSR" in each for each in layer.queries)


def test_progress_is_told_in_rows(ask):
    told: list[tuple[str, int, int | None]] = []
    ask(FeatureServer(), report=lambda *each: told.append(each))
    assert told == [("rows", 20, 57), ("rows", 40, 57), ("rows", 57, 57)]


def test_an_error_with_status_200_is_told_with_code_and_words(ask):
    layer = FeatureServer()
    with pytest.raises(FetchError, match=r"error 400: Cannot perform query.; 'where' parameter"):
        ask(layer, where="nonsense =")
    assert len(layer.queries) == 1


def test_an_error_of_the_server_is_asked_again(ask):
    def nervous(_query, answer):
        failing = len(layer.queries) in (1, 2, 5, 6)
        return (
            {"error": {"code": 500, "message": "Unable to complete operation."}}
            if failing
            else answer
        )

    layer = FeatureServer(spoil=nervous)
    assert_true(ask(layer).frame)
    assert len(layer.queries) == 4 + 4


def test_an_error_that_does_not_pass_is_told_after_three_times(ask):
    layer = FeatureServer(spoil=lambda *_: {"error": {"code": 503, "message": "Busy \x1b[31m"}})
    with pytest.raises(FetchError, match="error 503: Busy \ufffd") as raised:
        ask(layer)
    assert len(layer.queries) == 3
    assert "13/query: the server" in str(raised.value)


@pytest.mark.parametrize(
    "refusal",
    [
        {"error": {"code": 400, "message": "The response is too large."}},
        {"error": {"code": 500, "message": "Error performing query operation"}},
        say(b"", 500),
        say(b"", 413),
    ],
)
@pytest.mark.parametrize("pages", [True, False])
def test_a_page_that_is_too_large_is_halved(ask, refusal, pages):
    def small(_query, answer):
        return refusal if len(answer.get("features", ())) > 6 else answer

    layer = FeatureServer(spoil=small, pages=pages)
    assert_true(ask(layer).frame)
    if pages:
        assert {size for _, size in layer.offsets()} == {20, 10, 5}


def test_a_page_of_one_row_that_is_too_large_is_told(ask):
    def never(_query, answer):
        return (
            {"error": {"code": 500, "message": "Out of memory"}} if "features" in answer else answer
        )

    with pytest.raises(FetchError, match="Out of memory"):
        ask(FeatureServer(spoil=never))


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"status": "ok"}, "no 'features' in what it sent"),
        ({"features": None}, "no 'features' in what it sent"),
        ([1, 2], "no JSON object"),
        (say("<!DOCTYPE html><html><title>Sign in</title></html>"), "Sign in"),
        (say('{"features": [{"properties": {"FID": 9'), "breaks off"),
        ({"status": "error", "messages": ["Service Zones not started"]}, "Zones not started"),
        ({"features": [{"properties": {"kv": 1}}]}, "FID None cannot be read"),
        (
            {
                "features": [
                    {
                        "properties": {"FID": 4},
                        "geometry": {"type": "Polygon", "coordinates": [[[1]]]},
                    }
                ]
            },
            "FID 4 cannot",
        ),
        ({"features": ["row"]}, "cannot be read"),
    ],
)
def test_a_broken_page_is_explained(ask, broken, words):
    layer = FeatureServer(spoil=lambda _, answer: broken if "features" in answer else answer)
    with pytest.raises(FetchError, match=words):
        ask(layer)


def test_a_page_that_breaks_once_is_asked_again(ask):
    def once(query, answer):
        again = sum(each == query for each in layer.queries) > 1
        return answer if again or "features" not in answer else say('{"features": [{"prop')

    layer = FeatureServer(spoil=once)
    assert_true(ask(layer).frame)


def test_pages_in_two_coordinate_systems_are_refused(ask):
    def mixed(query, answer):
        late = query.get("resultOffset") == "20"
        return answer | {"spatialReference": {"wkid": 3857}} if late else answer

    with pytest.raises(FetchError, match="one page is in WGS 84, another in WGS 84 / Pseudo"):
        ask(FeatureServer(spoil=mixed, geojson=False))


def test_a_server_that_answers_in_its_own_coordinates_is_believed(ask):
    def own(_query, answer):
        return answer | {"spatialReference": {"wkid": 102643}} if "features" in answer else answer

    frame = ask(FeatureServer(spoil=own, geojson=False)).frame
    assert frame.crs.to_authority() == ("ESRI", "102643")

    def odd(_query, answer):
        return answer | {"spatialReference": {"wkid": 999999}} if "features" in answer else answer

    with pytest.raises(FetchError, match="999999"):
        ask(FeatureServer(spoil=odd, geojson=False))


@pytest.mark.parametrize("tail", ["", "/", "/query", "/query?where=1%3D1&f=geojson", "?f=pjson"])
def test_the_address_may_be_pasted_with_its_query(ask, tail):
    assert_true(ask(FeatureServer(), path=LAYER + tail).frame)


def test_the_address_of_a_whole_service_lists_its_layers(ask):
    layers = {"layers": [{"id": 13, "name": "Zones"}], "tables": [{"id": 14, "name": "Log"}]}
    with pytest.raises(FetchError, match=r"the number of one: 13 \(Zones\), 14 \(Log\)"):
        ask(FeatureServer(about=layers | {"fields": None}))


def test_a_column_that_is_not_there_is_named_with_the_closest(ask):
    with pytest.raises(FetchError, match=r"fields: geoid: .*'GEOID'; did you mean 'GEOID10'"):
        ask(FeatureServer(), fields={"geoid": "GEOID"})


def test_rows_without_object_ids_cannot_be_checked(ask):
    with pytest.raises(FetchError, match="no object ids"):
        ask(FeatureServer(about={"objectIdField": None, "fields": FIELDS[1:]}))


def test_a_server_too_old_to_count_or_list_says_so(ask):
    def old(_query, answer):
        return answer if "features" in answer else {"features": []}

    with pytest.raises(FetchError, match="neither turn pages nor list"):
        ask(FeatureServer(pages=False, spoil=old))
    assert_true(ask(FeatureServer(spoil=old)).frame)  # pages, but no count to compare with


def test_version_asks_only_for_the_description(server, client):
    layer = FeatureServer()
    source = ArcGIS(protocol="arcgis", url=server.on(LAYER, layer))
    assert arcgis.version(source, client()) == "2024-09-30T00:00:00+00:00"
    assert len(server.asked) == 1
    layer.about = {"editingInfo": None}
    assert arcgis.version(source, client()) is None


def real(folder, server, name: str, page: str, **changes: Any) -> str:
    """Serve answers of a real server as they are; only counts are made to fit the one page."""
    about = json.loads((folder / name / f"{name}-metadata.json").read_text()) | changes
    rows = (folder / name / page).read_bytes()

    def answer(handler) -> None:
        query = dict(parse_qsl(urlsplit(handler.path).query))
        ids = (folder / name / f"{name}-ids-only.json").read_bytes()
        if query.get("returnIdsOnly"):
            say(ids)(handler)
        elif query.get("returnCountOnly"):
            say(json.dumps({"count": len(json.loads(ids)["objectIds"])}))(handler)
        else:
            say(rows if "outFields" in query else json.dumps(about))(handler)

    server.on("/real/0/query", answer)
    return server.on("/real/0", answer)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("us-fl-polk", (10, "Point")),
        ("us-mi-kent", (15, "Polygon")),
        ("us-mo-columbia", (43, "Point")),
    ],
)
def test_real_answers_arrive_whole(shared_data, server, client, tmp_path, name, expected):
    url = real(shared_data / "fixtures/arcgis", server, name, f"{name}-0.json")
    source = ArcGIS(protocol="arcgis", url=url)
    frame = arcgis.fetch(source, Request(client(), tmp_path)).frame
    assert (len(frame), *set(frame.geom_type)) == expected
    degrees = frame.to_crs(4326).total_bounds
    assert (np.abs(degrees) < 100).all()
    if name == "us-fl-polk":
        assert frame["Zip"].tolist()[0] == "33884"
        assert frame["ParcelNum"].str.len().min() == 18


def test_a_real_answer_that_was_cut_off_is_no_data(shared_data, server, client, tmp_path):
    folder = shared_data / "fixtures/arcgis"
    url = real(
        folder,
        server,
        "us-ca-carson",
        "us-ca-carson-cache.geojson",
        supportedQueryFormats="geoJSON",
    )
    source = ArcGIS(protocol="arcgis", url=url)
    with pytest.raises(FetchError, match=r"not JSON \(it breaks off or is damaged after 47,999"):
        arcgis.fetch(source, Request(client(), tmp_path))


def test_real_rows_fewer_than_the_real_count_are_told(shared_data, server, client, tmp_path):
    """The real page of Carson has object id 1 twice among six rows; the server lists 100."""
    url = real(shared_data / "fixtures/arcgis", server, "us-ca-carson", "us-ca-carson-0.json")
    with pytest.raises(FetchError, match="counts 100 rows but gave 5"):
        arcgis.fetch(ArcGIS(protocol="arcgis", url=url), Request(client(), tmp_path))


def test_a_real_error_is_told(shared_data, server, client, tmp_path):
    folder = shared_data / "fixtures/arcgis"
    url = real(folder, server, "us-mi-kent", "us-mi-kent-statistics.json")
    with pytest.raises(FetchError, match="error 400: Unable to complete operation"):
        arcgis.fetch(ArcGIS(protocol="arcgis", url=url), Request(client(), tmp_path))
