"""Definitions of added layers: what is known is stated, what is not says unknown."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import yaml

from sitesel.catalog.definition import Layer
from sitesel.catalog.own.drafting import Draft, drafted, fetchable, kind_of, standing_in, write
from sitesel.catalog.own.parts import Part, Wish
from sitesel.errors import printable

SPOT = shapely.Point(-106.4, 31.7)
VALID = {"valid_from": ["2018-06-14"], "valid_to": ["2028-12-31"], "status": ["operating"]}


def _frame(shape=SPOT, **columns):
    columns = columns or {"a": ["x"]}
    return gpd.GeoDataFrame(columns, geometry=[shape], crs=4326)


@pytest.mark.parametrize(
    ("frame", "kind"),
    [
        (_frame(), "points"),
        (_frame(shapely.LineString([(0, 0), (1, 1)])), "lines"),
        (_frame(shapely.box(0, 0, 1, 1)), "polygons"),
        (pd.DataFrame({"a": [1]}), "rows"),
    ],
)
def test_kinds(frame, kind):
    assert kind_of(frame) == kind


def test_nothing_is_invented():
    content = drafted(Draft("my_lots", "lots.gpkg", _frame(price=[5.0]), {"price": "Price"}))
    assert content["title"] == "My lots"
    assert [content[key] for key in ("publisher", "licence", "attribution", "vintage")] == [
        "unknown"
    ] * 4
    assert content["quality"] == "C"
    assert "Not assessed" in content["quality_why"]["en"]
    assert content["fields"] == {"price": {"title": "Price", "type": "number", "unit": "unknown"}}
    assert content["summary"]["es"] == "1 puntos de lots.gpkg."
    assert not {"side", "label", "validity", "coverage", "replaces", "source_url"} & {*content}
    Layer.model_validate(content)


def test_what_is_stated_is_kept():
    stated = {
        "title": "Lots",
        "publisher": "County",
        "licence": "CC0",
        "vintage": "2026-06",
        "quality": "B",
    }
    content = drafted(Draft("lots", "lots.gpkg", _frame(side=["US"]), stated=stated))
    assert {key: content[key] for key in stated} == stated
    assert content["attribution"] == "County"
    assert content["side"] == "side"
    assert "side" not in content["fields"]


@pytest.mark.parametrize(
    "text",
    [
        "a: b",
        "!!python/object/apply:os.system [ls]",
        "*x",
        "\x1b[31m\nkey: 1",
        "{{7*7}}",
        "- a",
        "no",
        "2026-01-01",
        "'\"",
        "\u2028\u0085é",
        "# x",
    ],
)
def test_hostile_text_is_text_in_the_yaml(tmp_path, text):
    draft = Draft("lots", text, _frame(), {"a": text}, label="a", stated={"title": text})
    write(drafted(draft), tmp_path, "0" * 64)
    layer = Layer.read(tmp_path / "lots.yaml")
    assert layer.source == layer.title.en == layer.fields["a"].title.es == printable(text)
    lines = (tmp_path / "lots.yaml").read_text("utf-8").splitlines()
    assert lines[1] == f"# Data: {'0' * 64}"


def test_the_place_of_another_layer_is_taken_in_full(catalog):
    old = catalog["opportunity_zones"]
    full = {name: ["x"] for name in old.fields} | VALID
    box = (-107.0, 31.0, -106.0, 32.0)
    draft = Draft("oz", "oz.gpkg", _frame(**full, side=["US"]), replaced=old, coverage=[box])
    content = drafted(draft)
    assert content["replaces"] == "opportunity_zones"
    rule = {"from": "valid_from", "to": "valid_to", "status": "status"}
    assert content["validity"] == rule | {"after": "inactive"}
    assert content["label"] == "geoid"
    assert content["coverage"] == [list(box)]
    assert standing_in(content, old) == []


def test_what_a_stand_in_lacks_is_told(catalog):
    old = catalog["opportunity_zones"]
    content = drafted(Draft("oz", "oz.gpkg", _frame(geoid=["x"]), replaced=old))
    said = " | ".join(standing_in(content, old))
    assert "fields of 'opportunity_zones' that this layer lacks: county, area_km2" in said
    assert "it counts on every day" in said
    assert "valid_from, valid_to, status" in said
    assert "--side-from border" in said
    assert "where it has nothing counts as none" in said


def test_validity_by_columns_of_the_usual_names():
    content = drafted(Draft("zones", "z.csv", _frame(**VALID)))
    assert content["validity"] == {"from": "valid_from", "to": "valid_to", "status": "status"}
    only = drafted(Draft("zones", "z.csv", _frame(status=["Open"])))
    assert "validity" not in only  # a status of somebody's own


def _part(**kept):
    return Part(_frame(geoid=["08"], kv=[5.0]), {"geoid": "GEOID", "kv": "KV"}, {}, [], kept, [])


def test_a_layer_of_a_server_is_fetched_again_as_it_was_added():
    wish = Wish("oz", side_from="border", constants={"status": "operating"})
    part = _part(kv=[5.0])
    content = drafted(Draft("oz", "u", part.frame, part.titles))
    source = {"protocol": "arcgis", "url": "https://x.org/FeatureServer/0"}
    content |= fetchable(content, source, part, wish)
    assert content["summary"]["en"] == "Points from https://x.org/FeatureServer/0."
    assert content["summary"]["es"] == "Puntos de https://x.org/FeatureServer/0."
    assert content["fetch"] == source | {
        "fields": {"geoid": "GEOID", "kv": "KV"},
        "text": ["geoid"],
        "make": {"status": {"kind": "always", "value": "operating"}, "side": {"kind": "side"}},
        "keep": {"kv": [5.0]},
        "shapes": "points",
    }
    layer = Layer.model_validate(yaml.safe_load(yaml.safe_dump(content)))
    assert layer.fetch.protocol == "arcgis"


@pytest.mark.parametrize("wish", [Wish("oz", side_from="pais"), Wish("oz", number_repeats=True)])
def test_what_fetching_cannot_make_is_not_promised(wish):
    part = _part()
    content = drafted(Draft("oz", "u", part.frame, part.titles))
    assert fetchable(content, {"protocol": "arcgis", "url": "https://x.org/0"}, part, wish) == {}
