"""Answers of another make than their protocol has: one message, and what is in place stays."""

from __future__ import annotations

import copy
import json
import random

import pytest

from sitesel.catalog.fetched.fetching import Order, fetch, newer
from sitesel.catalog.fetched.wanted import wanted
from sitesel.catalog.own.adding import Asked, Wish, add
from sitesel.catalog.sources import arcgis
from sitesel.catalog.sources.web import Client
from sitesel.errors import FetchError, SiteselError
from tests.catalog.sources import hostile

HEAD = (
    "{title: x, summary: x, publisher: x, source: x, licence: x, attribution: x, vintage: x, "
    "quality: A, quality_why: x, id: mine, file: mine.parquet, geometry: {kind: stored}, fetch: "
)
AREA = "/a/FeatureServer/0"
ESRI = {
    AREA: {
        "id": 0,
        "type": "Feature Layer",
        "geometryType": "esriGeometryPoint",
        "objectIdField": "FID",
        "maxRecordCount": 100,
        "supportedQueryFormats": "JSON",
        "advancedQueryCapabilities": {"supportsPagination": True},
        "editingInfo": {"lastEditDate": 1727654400000},
        "fields": [
            {"name": "FID", "type": "esriFieldTypeOID"},
            {"name": "kv", "type": "esriFieldTypeDouble"},
            {"name": "built", "type": "esriFieldTypeDate"},
            {
                "name": "kind",
                "type": "esriFieldTypeSmallInteger",
                "domain": {"type": "codedValue", "codedValues": [{"code": 1, "name": "low"}]},
            },
        ],
    },
    f"{AREA}/query": {
        "count": 2,
        "spatialReference": {"wkid": 4326},
        "features": [
            {
                "attributes": {"FID": number, "kv": 115.5, "built": 1528934400000, "kind": 1},
                "geometry": {"x": -106.5, "y": 31.5},
            }
            for number in (1, 2)
        ],
    },
}
SOCRATA = {
    "/api/views/abcd-1234.json": {
        "rowsUpdatedAt": 1727654400,
        "columns": [
            {"fieldName": "value", "dataTypeName": "number"},
            {"fieldName": "day", "dataTypeName": "calendar_date"},
            {"fieldName": "spot", "dataTypeName": "point"},
        ],
    },
    "/resource/abcd-1234.json": [
        {
            "count": "1",
            ":id": "row-1",
            "value": "1000.5",
            "day": "2024-01-01T00:00:00.000",
            "spot": {"type": "Point", "coordinates": [-106.5, 31.5]},
        }
    ],
}
GEOJSON = {
    "/f.json": {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"a": 1, "b": "x"},
                "geometry": {"type": "Point", "coordinates": [-106.5, 31.5]},
            }
        ],
    }
}
KINDS = {
    "arcgis": (ESRI, AREA),
    "socrata": (SOCRATA, "/resource/abcd-1234"),
    "download": (GEOJSON, "/f.json"),
}
STRANGE = [
    None, True, -1, 0.5, 2**70, 10**400, float("nan"), float("inf"), "", "x", "12", "\x1b[31m",
    [], {}, [[]], [None], ["x"], {"x": None}, "x" * 10_000, [1, 2, 3],
]  # fmt: skip


@pytest.fixture
def order(tmp_path, monkeypatch):
    monkeypatch.setattr(arcgis, "_PAUSE", 0.0)
    client = Client(private=True, retries=0, timeout=(5, 5), sleep=lambda _: None)
    return Order(client, tmp_path / "my", (-107.0, 31.0, -106.0, 32.0), accept=True)


def publish(server, order, kind, documents):
    for path, content in documents.items():
        server.on(path, hostile.say(json.dumps(content)))
    home = order.folder / "power"
    home.mkdir(parents=True, exist_ok=True)
    source = json.dumps({"protocol": kind, "url": server.url(KINDS[kind][1])})
    (home / "mine.yaml").write_text(HEAD + source + "}", "utf-8")


def places(value, so_far=()):
    """All the places in a document, but its whole."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in inside:
        yield (*so_far, key)
        if isinstance(each, dict | list):
            yield from places(each, (*so_far, key))


def changed(documents, chance):
    """The documents with one thing in them that is missing, or something else."""
    other = copy.deepcopy(documents)
    *way, last = chance.choice([*places(other)])
    part = other
    for key in way:
        part = part[key]
    if chance.random() < 0.2 and way:
        del part[last]
    else:
        part[last] = chance.choice(STRANGE)
    return other


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_strange_in_an_answer_is_one_message(server, order, kind):
    documents, _ = KINDS[kind]
    publish(server, order, kind, documents)
    assert fetch("mine", order).layer.fetched.rows in {1, 2}
    told = []
    for seed in range(40):
        publish(server, order, kind, changed(documents, random.Random(f"{kind} {seed}")))
        for ask in (
            lambda: fetch("mine", order),
            lambda: newer(wanted(order.folder)["mine"], order.client, order.folder),
        ):
            try:
                ask()
            except SiteselError as error:
                told.append(str(error))
        assert not (order.folder / ".staged").exists() or not [*order.folder.glob(".staged/.*")]
    assert len(told) > 20
    assert max(map(len, told)) < 1000


@pytest.mark.parametrize("count", ["many", float("inf"), [2], {"a": 1}])
def test_a_count_that_is_none_names_the_address_and_the_remedy(server, order, count):
    other = copy.deepcopy(ESRI)
    other[f"{AREA}/query"]["count"] = count
    publish(server, order, "arcgis", other)
    told = r"FeatureServer/0: what came is not in the form that its protocol has .* nothing is kept"
    with pytest.raises(FetchError, match=told):
        fetch("mine", order)
    with pytest.raises(FetchError, match=told):
        add([server.url(AREA)], Wish("own", to=order.folder), Asked(client=order.client))


def test_an_answer_as_deep_as_a_well_is_told(server, order):
    publish(server, order, "arcgis", ESRI)
    server.on(AREA, hostile.say("[" * 100_000))
    with pytest.raises(FetchError, match=r"FeatureServer/0: "):
        fetch("mine", order)
