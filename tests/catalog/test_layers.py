"""Definitions: their mistakes, which features count on a day, whose layer wins, what ships."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
import yaml

from sitesel.catalog.definition import Layer, Validity, in_force
from sitesel.catalog.layers import Catalog
from sitesel.errors import LayerError, UnknownNameError
from sitesel.resources import shipped

POINTS = "lon,lat,n\n-106.4,31.7,1\n"
SHIPPED = sorted(path.stem for path in shipped("layers").rglob("*.yaml"))
THERE = sorted(layer.id for layer in Catalog.default() if layer.present)
FIXED = [
    "border_line",
    "us_counties",
    "us_states",
    "municipios",
    "mx_states",
    "land",
    "power_plants",
    "rivers",
    "reservoirs",
    "water_status",
    "water_facts",
    "ports_of_entry",
    "port_volumes",
    "seaports",
    "airports",
    "ftz_sites",
    "ftz_service_areas",
    "opportunity_zones",
    "free_zone_north",
    "development_poles",
    "incentives",
    "roads",
    "rail",
    "places",
    "urban_core",
    "workforce",
    "municipio_population",
    "county_labour",
    "industrial_parks",
    "mirror_pairs",
]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sorce": "x"}, ["mine.yaml: sorce: unknown key"]),
        ({"quality": "E"}, ["mine.yaml: quality: ", "(here: 'E')"]),
        ({"licence": ...}, ["mine.yaml: licence: Field required"]),
        ({"title": {"en": "My land"}}, ["mine.yaml: title.es: Field required"]),
        ({"id": "Mine"}, ["mine.yaml: id: ", "(here: 'Mine')"]),
        ({"id": "mine\n"}, ["mine.yaml: id: "]),
        ({"id": "yours"}, ["mine.yaml: id 'yours' should be the file's name, 'mine'"]),
        ({"geometry": {"kind": "pints"}}, ["mine.yaml: geometry: ", "'points'"]),
        ({"geometry": {"kind": "points", "lng": "x"}}, ["mine.yaml: geometry", "lng: unknown key"]),
        (
            {"geometry": {"kind": "circle", "people": "n", "density": {"US": 0}}},
            ["mine.yaml: geometry.density.US: ", "greater than 0 (here: 0)"],
        ),
        ({"coverage": [[1, 2, 3]]}, ["mine.yaml: coverage.0.3: Field required"]),
        ({"validity": {"until": "x"}}, ["mine.yaml: validity.until: unknown key"]),
        ({"vintage": 2026}, ["mine.yaml: vintage: ", "(here: 2026)"]),
        ({"fields": {"n": {"title": "n", "type": "int"}}}, ["fields.n.type: ", "(here: 'int')"]),
    ],
)
def test_a_mistake_in_a_definition_names_file_key_and_value(own_layer, changes, words):
    with pytest.raises(LayerError) as caught:
        Catalog(own_layer(POINTS, **changes))
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("content", [b"id: [", b"\xff\xfe\x00", b"", b"- a\n- b\n"])
def test_a_definition_that_is_no_yaml_mapping(tmp_path, content):
    (tmp_path / "mine.yaml").write_bytes(content)
    with pytest.raises(LayerError, match=r"mine\.yaml: "):
        Catalog(tmp_path)


def test_a_missing_folder_and_a_missing_data_file(own_layer, tmp_path):
    with pytest.raises(LayerError, match="nowhere: no such layer folder"):
        Catalog(tmp_path / "nowhere")
    catalog = Catalog(own_layer(None))
    with pytest.raises(LayerError, match=r"mine\.yaml: file: mine\.csv is not there"):
        catalog.load("mine")


def test_unknown_layers_get_a_suggestion(catalog):
    with pytest.raises(UnknownNameError, match=r"'power_plant' .*did you mean 'power_plants'"):
        catalog["power_plant"]
    with pytest.raises(UnknownNameError, match="did you mean"):
        catalog.load("power_plant")


def _force(rows, rule, day):
    frame = pd.DataFrame(rows, columns=["start", "end", "state"])
    validity = Validity.model_validate({"from": "start", "to": "end", "status": "state"} | rule)
    return in_force(frame, validity, date.fromisoformat(day)).tolist()


@pytest.mark.parametrize(
    ("row", "day", "inactive", "unknown"),
    [
        (("2018-06-14", "2028-12-31", "operating"), "2018-06-13", 0, 0),
        (("2018-06-14", "2028-12-31", "operating"), "2018-06-14", 1, 1),
        (("2018-06-14", "2028-12-31", "operating"), "2028-12-31", 1, 1),
        (("2018-06-14", "2028-12-31", "operating"), "2029-01-01", 0, np.nan),
        ((None, None, "declared"), "2026-01-01", 1, 1),
        ((None, None, "announced"), "2026-01-01", 0, 0),
        ((None, None, "inactive"), "2026-01-01", 0, 0),
        ((None, None, "unknown"), "2026-01-01", np.nan, np.nan),
        ((None, "2025-12-31", "announced"), "2026-01-01", 0, 0),
        (("2030-01-01", None, "unknown"), "2026-01-01", 0, 0),
        ((None, "2020-12-31", "unknown"), "2026-01-01", 0, np.nan),  # over, whatever it was
    ],
)
def test_validity_by_date(row, day, inactive, unknown):
    np.testing.assert_equal(_force([row], {"after": "inactive"}, day), [inactive])
    np.testing.assert_equal(_force([row], {"after": "unknown"}, day), [unknown])


def test_without_a_rule_everything_is_in_force():
    assert in_force(pd.DataFrame({"a": [1, 2]}), None, date(2026, 1, 1)).tolist() == [1, 1]


def test_load_says_what_is_in_force_and_keeps_the_frame_clean(catalog):
    dated = catalog.load("opportunity_zones", date(2029, 6, 1))
    assert set(dated["in_force"].dropna()) <= {0.0, 1.0}
    assert not (
        dated["in_force"] == catalog.load("opportunity_zones", date(2026, 6, 1))["in_force"]
    ).all()
    assert "in_force" not in catalog.load("opportunity_zones")


@pytest.mark.parametrize(
    ("data", "validity"),
    [
        ("lon,lat,end\n-106,31,31/12/2020\n", {"to": "end"}),
        ("lon,lat,start\n-106,31,Jan 2030\n", {"from": "start"}),
        ("lon,lat,state\n-106,31,open\n", {"status": "state"}),
        ("lon,lat,end\n-106,31,2020-12-31\n", {"to": "until"}),
        ("lon,lat,end\n-106,31,2020-12-31\n", {"from": "since"}),
        ("lon,lat,end\n-106,31,2020-12-31\n", {"status": "state"}),
    ],
)
def test_validity_that_cannot_be_judged_is_a_mistake(own_layer, data, validity):
    """A date that is not ISO, a word that is no status, or a column that is not there."""
    catalog = Catalog(own_layer(data, validity=validity))
    with pytest.raises(LayerError, match="mine"):
        catalog.load("mine", date(2026, 1, 1))


def test_a_later_folder_takes_the_place_of_an_earlier_layer(own_layer):
    folder = own_layer("lon,lat,name\n-106.4,31.7,only one\n")
    (folder / "mine.yaml").rename(folder / "places.yaml")
    text = (folder / "places.yaml").read_text("utf-8").replace("id: mine", "id: places")
    (folder / "places.yaml").write_text(text, "utf-8")
    catalog = Catalog.default(folder)
    assert len(catalog) == len(SHIPPED)
    assert catalog["places"].publisher == "me"
    assert catalog.load("places")["name"].tolist() == ["only one"]
    assert Catalog(folder, shipped("layers"))["places"].publisher != "me"


def test_a_short_suffix_is_read_alike(own_layer):
    folder = own_layer(POINTS)
    (folder / "mine.yaml").rename(folder / "mine.yml")
    catalog = Catalog(folder)
    assert catalog["mine"].definition == folder / "mine.yml"
    assert len(catalog.load("mine")) == 1
    assert catalog["mine"].digest()


@pytest.mark.parametrize("twin", ["mine.yml", "power/mine.yaml"])
def test_two_definitions_of_one_layer_in_a_folder_are_a_mistake(own_layer, twin):
    folder = own_layer(POINTS)
    (folder / "power").mkdir()
    text = (folder / "mine.yaml").read_text("utf-8")
    (folder / ".versions").mkdir()
    (folder / ".versions/mine.yaml").write_text(text, "utf-8")
    assert len(Catalog(folder)) == 1
    (folder / twin).write_text(text, "utf-8")
    with pytest.raises(LayerError, match="both define layer 'mine'; remove one") as told:
        Catalog(folder)
    assert str(folder / "mine.yaml") in str(told.value)
    assert str(folder / twin) in str(told.value)


def test_a_catalogue_is_a_collection(own_layer):
    catalog = Catalog.default(own_layer(POINTS))
    assert "mine" in catalog
    assert "yours" not in catalog
    assert len(catalog) == len(SHIPPED) + 1
    assert [layer.id for layer in catalog if layer.theme == "my_layers"] == ["mine"]


def test_the_digest_follows_definition_and_data(own_layer):
    first = Layer.read(own_layer(POINTS) / "mine.yaml").digest()
    assert Layer.read(own_layer(POINTS) / "mine.yaml").digest() == first
    assert Layer.read(own_layer(POINTS + "-106,31,2\n") / "mine.yaml").digest() != first
    assert Layer.read(own_layer(POINTS, quality="D") / "mine.yaml").digest() != first


def test_the_agreed_layers_ship():
    assert set(FIXED) <= set(SHIPPED)


def test_a_layer_without_data_here_is_one_that_is_fetched(catalog):
    away = [name for name in SHIPPED if not catalog[name].present]
    assert set(away) == {name for name in SHIPPED if catalog[name].fetch}
    for name in away:
        with pytest.raises(LayerError, match=f"not fetched yet: sitesel layers fetch {name}$"):
            catalog.load(name)


@pytest.mark.parametrize("name", THERE)
def test_every_shipped_layer_loads(catalog, name):
    layer, frame = catalog[name], catalog.load(name)
    assert len(frame)
    assert frame.crs.is_projected
    assert set(layer.fields) - {layer.side} <= set(frame.columns)
    if layer.side:
        assert set(frame["side"]) <= {"US", "MX"}
    if layer.label:
        assert layer.label in frame
    if layer.geometry.kind not in {"table", "borrowed"}:
        assert frame.geometry.notna().all()
        assert np.isfinite(frame.total_bounds).all()
    day = catalog.load(name, date(2026, 11, 21))
    assert set(day["in_force"].dropna()) <= {0.0, 1.0}


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_layer_says_what_it_is(catalog, name):
    layer = catalog[name]
    for text in (layer.title, layer.summary, layer.quality_why, *layer.caveats):
        assert text.en.strip()
        assert text.es.strip()
    assert layer.summary.en != layer.summary.es
    assert layer.quality_why.en != layer.quality_why.es
    for field, info in layer.fields.items():
        assert info.title.en, field
        assert info.title.es, field
        assert info.unit or info.type != "number", f"{field}: no unit"
    for words in (layer.licence, layer.attribution, layer.publisher, layer.source, layer.vintage):
        assert words.strip()
    assert layer.share_alike == ("ODbL" in layer.licence or "-SA" in layer.licence)
    for west, south, east, north in layer.coverage:
        assert -180 <= west < east <= 180
        assert -90 <= south < north <= 90


@pytest.mark.parametrize("name", THERE)
def test_shipped_states_and_dates_are_written_as_agreed(catalog, name):
    rule, frame = catalog[name].validity, catalog.load(name)
    if rule is None:
        return
    if rule.status:
        known = {"operating", "declared", "announced", "inactive", "unknown"}
        assert set(frame[rule.status].dropna()) <= known
    for column in filter(None, (rule.from_, rule.to)):
        written = frame[column].dropna().astype(str)
        assert written.str.fullmatch(r"\d{4}-\d\d-\d\d").all()
        pd.to_datetime(written, format="%Y-%m-%d")


def test_the_catalogue_is_at_most_12_mb():
    files = [path for path in shipped("layers").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 12_000_000


def test_each_definition_lies_in_a_known_theme():
    themes = {"boundaries", "power", "water", "ports", "zones", "transport"}
    themes |= {"workforce", "industry", "terrain"}
    for path in shipped("layers").rglob("*.yaml"):
        assert path.parent.name in themes
        assert yaml.safe_load(path.read_text("utf-8"))["id"] == path.stem
