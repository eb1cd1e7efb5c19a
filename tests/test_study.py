"""The study file: what ships loads, what extends is laid over, what is wrong is told."""

import math

import pytest
import yaml

from sitesel.documents import shipped_studies
from sitesel.errors import SiteselError, StudyError, UnknownNameError
from sitesel.study import Study
from sitesel.study_parts import Weights

SHIPPED = {
    "arizona-sonora",
    "border",
    "cali-baja",
    "isthmus",
    "laredo-monterrey",
    "paso-del-norte",
    "rio-grande-valley",
}
PLAIN = """
study: plain
title: Plain
as_of: 2026-01-01
area: {bbox: [-107, 31, -106, 32]}
groups: {power: 30, water: 10}
criteria:
  plants:
    group: power
    measure: {kind: count_within, of: power_plants, km: 50}
    value: {at: {0: 0, 5: 1}, unit: count}
    weight: 3
  near:
    group: power
    measure: {kind: distance, of: power_plants}
    value: {at: {1: 1, 50: 0}, unit: km}
    weight: 1
  river:
    group: water
    measure: {kind: distance, of: rivers}
    value: {kind: linear, at: {2: 1, 40: 0}, unit: km}
    weight: 2
"""


@pytest.fixture
def write(tmp_path):
    """Write a study file from text or a mapping."""

    def written(content, name="mine"):
        path = tmp_path / f"{name}.yaml"
        text = content if isinstance(content, str) else yaml.safe_dump(content)
        path.write_text(text, encoding="utf-8")
        return path

    return written


@pytest.fixture
def changed(write):
    """Load the plain study after a change to its document."""

    def load(change):
        content = yaml.safe_load(PLAIN)
        change(content)
        return Study.load(write(content))

    return load


def shares(study):
    """Return each criterion's share of the whole, worked out by hand for both sides alike."""
    whole = sum(study.groups.values())
    sums = dict.fromkeys(study.groups, 0.0)
    for criterion in study.criteria.values():
        sums[criterion.group] += criterion.weight
    return {
        name: study.groups[c.group] / whole * c.weight / sums[c.group]
        for name, c in study.criteria.items()
    }


def test_all_studies_of_the_issue_ship():
    assert set(shipped_studies()) == SHIPPED


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_every_shipped_study_loads_and_reads_the_same_after_a_dump(name, write):
    study = Study.load(name)
    assert study.slug == name
    again = Study.load(write(study.dump()))
    assert again == study
    assert again.dump() == study.dump()
    assert list(again.criteria) == list(study.criteria)


def test_the_isthmus_is_polygons_on_one_side_without_pairs():
    study = Study.load("isthmus")
    assert study.candidates.layer == "development_poles"
    assert study.pairs is None
    assert "power" not in study.groups


def test_a_dump_writes_every_default_out():
    content = yaml.safe_load(Study.load("border").dump())
    assert "extends" not in content
    assert content["sites"]["take"] == ["PASS", "UNKNOWN"]
    assert content["criteria"]["workers"]["measure"]["same_side"] is True
    assert content["criteria"]["port_drive"]["measure"]["limit"] == 600


def test_extends_is_a_chain_and_null_removes(write):
    write({"extends": "border", "study": "one", "sites": {"per_side": 7}}, "one")
    two = {
        "extends": "one",
        "study": "two",
        "groups": {"power": None},
        "criteria": {
            "generation": None,
            "clean_share": None,
            "grid_access": None,
            "rail": {"weight": 40},
        },
    }
    study, border = Study.load(write(two, "two")), Study.load("border")
    assert study.study == "two"
    assert study.sites.per_side == 7
    assert study.sites.apart_km == border.sites.apart_km
    assert "generation" not in study.criteria
    assert "power" not in study.groups
    assert study.criteria["rail"].weight == 40
    assert study.criteria["rail"].measure == border.criteria["rail"].measure


def test_a_group_goes_with_the_last_of_its_criteria(write):
    write(yaml.safe_load(PLAIN) | {"group_titles": {"water": "Water"}}, "base")
    child = {"extends": "base", "study": "child", "criteria": {"river": None}}
    study = Study.load(write(child))
    assert study.groups == {"power": 30}
    assert study.group_titles == {}
    assert Study.load(write(study.dump(), "dumped")).groups == study.groups
    with pytest.raises(StudyError, match=r"groups\.water: no criterion is of the group 'water'"):
        Study.load(write(child | {"groups": {"water": 5}}))


def test_a_slip_in_a_group_of_a_study_that_extends_is_told(write):
    """Its weight would count for nothing, and nobody would know."""
    for key, value in (("groups", 50), ("group_titles", "Power")):
        with pytest.raises(StudyError, match=rf"{key}\.powr: no criterion .* mean 'power'"):
            Study.load(write({"extends": "border", "study": "x", key: {"powr": value}}))


def test_new_words_in_one_language_do_not_stand_beside_old_ones_in_the_other(write):
    """The Spanish page would call a group what it was called before."""
    for key in ("group_titles", "criteria"):
        words = {"power": {"en": "Energy"}}
        change = words if key == "group_titles" else {"rail": {"title": {"en": "Track"}}}
        with pytest.raises(StudyError, match=r"es: .*"):
            Study.load(write({"extends": "border", "study": "x", key: change}))
    titles = {"power": {"en": "Energy", "es": "Energía"}}
    study = Study.load(write({"extends": "border", "study": "x", "group_titles": titles}))
    assert study.group_titles["power"].es == "Energía"


@pytest.mark.parametrize(
    ("key", "value", "kind"),
    [
        ("area", {"bbox": [-107, 31, -106, 32]}, "BoxArea"),
        ("area", {"layer": "us_counties"}, "LayerArea"),
        ("candidates", {"layer": "industrial_parks", "hectares": "hectares"}, "Parcels"),
    ],
)
def test_another_record_of_a_union_takes_the_place_of_the_one_extended(write, key, value, kind):
    study = Study.load(write({"extends": "border", "study": "x", key: value}))
    assert type(getattr(study, key)).__name__ == kind


def test_another_kind_of_measure_or_value_takes_the_place_of_the_one_extended(write):
    content = {
        "extends": "border",
        "study": "x",
        "criteria": {
            "generation": {
                "measure": {"kind": "distance", "of": "power_plants"},
                "value": {"kind": "steps", "at": {0: 1, 5: 0}, "unit": "km"},
            }
        },
    }
    criterion = Study.load(write(content)).criteria["generation"]
    assert criterion.measure.kind == "distance"
    assert criterion.value.at == {0.0: 1.0, 5.0: 0.0}


@pytest.mark.parametrize("name", ["area", "value", "measure", "title", "criteria", "gates"])
def test_a_criterion_may_bear_the_name_of_a_key(write, name):
    plain = yaml.safe_load(PLAIN)
    write(plain | {"criteria": {**plain["criteria"], name: plain["criteria"]["near"]}}, "base")
    near = {"weight": 9, "measure": {"kind": "drive_time", "to": "seaports"}}
    more = {"extends": "base", "study": "x", "criteria": {name: near}}
    criterion = Study.load(write(more)).criteria[name]
    assert (criterion.weight, criterion.group) == (9, "power")
    assert criterion.measure.kind == "drive_time"


def test_new_anchors_take_the_place_of_those_extended(write):
    rail = {"value": {"at": {5: 1, 50: 0}}}
    study = Study.load(write({"extends": "border", "study": "x", "criteria": {"rail": rail}}))
    assert study.criteria["rail"].value.at == {5.0: 1.0, 50.0: 0.0}


@pytest.mark.parametrize("names", [["a"], ["a", "b"], ["a", "b", "c"]])
def test_a_loop_of_extends_is_told(write, names):
    for name, parent in zip(names, [*names[1:], names[0]], strict=True):
        path = write({"extends": parent, "study": name}, name)
    with pytest.raises(StudyError, match=r"extends: '\w' leads back"):
        Study.load(path)


def test_reweighted_gives_a_group_its_share_and_keeps_the_proportions_of_the_rest():
    border = Study.load("border")
    before, after = border.groups, border.reweighted({"power": 0.5}).groups
    whole = sum(after.values())
    assert after["power"] / whole == pytest.approx(0.5, abs=1e-12)
    for one, other in [("water", "labour"), ("access", "land")]:
        assert after[one] / after[other] == pytest.approx(before[one] / before[other], rel=1e-12)
    assert border.reweighted({"power": 0.5}).criteria == border.criteria


def test_reweighted_gives_a_criterion_its_share_of_its_group(changed):
    study = changed(lambda _: None).reweighted({"near": 0.4, "water": 0.5})
    assert shares(study) == pytest.approx({"plants": 0.3, "near": 0.2, "river": 0.5}, abs=1e-12)


def test_a_share_of_a_group_is_of_what_counts_beside_it():
    study = Study.load("border").reweighted({"opportunity_zone": 0.5})
    weights = {name: c.weight for name, c in study.criteria.items() if c.group == "incentives"}
    beside = weights["trade_zone"] + weights["opportunity_zone"] + weights["opportunity_zone_2"]
    assert weights["opportunity_zone"] / beside == pytest.approx(0.5)
    assert (weights["free_zone"], weights["pole"]) == (7, 4)


def test_what_is_left_out_has_no_part_in_a_share():
    study = Study.load("border").reweighted({"clean_share": 0.5}, left_out=["grid_access"])
    weights = {name: study.criteria[name].weight for name in ("generation", "clean_share")}
    assert weights["clean_share"] == weights["generation"] == 10
    with pytest.raises(StudyError, match="grid_access: it counts on no side of this run"):
        study.reweighted({"grid_access": 0.5}, left_out=["grid_access"])


def test_where_one_side_has_no_candidates_shares_are_those_of_the_other(changed):
    study = changed(lambda content: content["criteria"]["near"].update(applies_to="US"))
    with pytest.raises(StudyError, match="near: it counts on no side"):
        study.reweighted({"near": 0.5}, sides=["MX"])
    assert study.reweighted({"plants": 1}, sides=["MX"]).criteria["near"].weight == 1
    assert study.reweighted({"plants": 0.75}, sides=["US"]).criteria["plants"].weight == 3


def test_reweighted_without_groups_gives_a_criterion_its_share_of_the_whole(changed):
    study = changed(lambda content: content.pop("groups"))
    weights = {name: c.weight for name, c in study.reweighted({"river": 0.5}).criteria.items()}
    assert weights["river"] / sum(weights.values()) == pytest.approx(0.5)
    assert weights["plants"] / weights["near"] == pytest.approx(3)


def test_a_group_is_meant_where_a_criterion_has_the_same_name(changed):
    def rename(content):
        content["groups"]["river"] = content["groups"].pop("water")
        content["criteria"]["river"]["group"] = "river"

    study = changed(rename).reweighted({"river": 0.75})
    assert study.groups["river"] / sum(study.groups.values()) == pytest.approx(0.75)
    assert study.criteria["river"].weight == 2


def test_nothing_reweighted_is_the_same_study():
    border = Study.load("border")
    assert border.reweighted({}) == border
    assert border.weighted(Weights()) == border


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"powr": 0.5}, "did you mean 'power'"),
        ({"power": 1.5}, "power: 1.5"),
        ({"power": -0.1}, "power: -0.1"),
        ({"power": math.nan}, "power: nan"),
        ({"power": 0.8, "water": 0.4}, "add up to 1"),
        ({"generation": 0.8, "clean_share": 0.4}, "add up to 1"),
    ],
)
def test_shares_that_make_no_sense_are_told(given, words):
    with pytest.raises((StudyError, UnknownNameError), match="weights: ") as caught:
        Study.load("border").reweighted(given)
    assert words in str(caught.value)


def test_weighted_takes_the_place_of_weights_by_name():
    border = Study.load("border")
    study = border.weighted(Weights(groups={"power": 60}, criteria={"rail": 9}))
    assert study.groups == {**border.groups, "power": 60}
    assert study.criteria["rail"].weight == 9
    assert study.criteria["airport"] == border.criteria["airport"]


def test_weights_for_unknown_names_are_told():
    border = Study.load("border")
    with pytest.raises(UnknownNameError, match=r"criteria\.rial: .* did you mean 'rail'"):
        border.weighted(Weights(criteria={"rial": 1}))
    with pytest.raises(UnknownNameError, match=r"groups\.rail"):
        border.weighted(Weights(groups={"rail": 1}))


def test_weights_that_are_all_zero_are_told_as_a_study_error():
    border = Study.load("border")
    with pytest.raises(StudyError, match="groups: all weights are zero"):
        border.weighted(Weights(groups=dict.fromkeys(border.groups, 0)))


def _set(path, value):
    def change(content):
        *way, last = path.split(".")
        for step in way:
            content = content[step]
        content[last] = value

    return change


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("criteria.plants.wieght", 3, ["criteria.plants.wieght", "unknown key"]),
        ("criteria.plants.weight", -3, ["criteria.plants.weight", "-3"]),
        ("criteria.plants.weight", "much", ["criteria.plants.weight", "much"]),
        ("criteria.plants.group", "powr", ["criteria.plants.group", "powr", "'power'"]),
        ("criteria.plants.applies_to", "CA", ["criteria.plants.applies_to", "CA"]),
        ("criteria.plants.measure.kind", "distnce", ["criteria.plants.measure", "distnce"]),
        ("criteria.plants.measure.km", -5, ["criteria.plants.measure.km: ", "-5"]),
        ("criteria.plants.measure.minutes", 9, ["criteria.plants.measure", "exactly one"]),
        ("criteria.plants.value.at", {0: 0, 5: 7}, ["criteria.plants.value", "7"]),
        ("criteria.plants.value.kind", "cubic", ["criteria.plants.value", "linear, log"]),
        ("criteria.plants.value.att", {0: 1}, ["criteria.plants.value", "att", "unknown key"]),
        ("groups.power", -1, ["groups.power", "-1"]),
        ("groups.powr", 50, ["groups.powr", "no criterion is of", "did you mean 'power'?"]),
        ("group_titles", {"watr": "Water"}, ["group_titles.watr", "did you mean 'water'?"]),
        ("area.bbox", [-106, 31, -107, 32], ["area.bbox", "west < east"]),
        ("area.bbox", [31.5, -106.6, 31.9, -106.2], ["area.bbox", "-106.6", "west, south, east"]),
        ("area.bbox", [-106, 31, 254, 32], ["area.bbox", "west < east"]),
        ("groups.power", True, ["groups.power", "no weights; write a number"]),
        ("criteria.plants.weight", False, ["criteria.plants.weight", "no weights"]),
        ("area", {"ports": "most"}, ["area.ports", "most"]),
        ("area", {"ports": []}, ["area.ports"]),
        ("candidates", {"grid_m": 5}, ["candidates.grid_m", "5"]),
        ("sites", {"per_side": 0}, ["sites.per_side", "0"]),
        ("sites", {"apart_km": math.inf}, ["sites.apart_km", "inf", "finite"]),
        ("pairs", {"weaker_side": 0.2}, ["pairs.weaker_side", "0.2"]),
        ("gates", {"x": {"measure": {"kind": "share", "of": "reservoirs"}}}, ["gates.x", "min"]),
        ("map", {"languages": ["fr"]}, ["map.languages", "fr"]),
        ("as_of", "soon", ["as_of", "soon"]),
        ("criteria", {}, ["criteria"]),
        ("rooms", 3, ["rooms", "unknown key"]),
    ],
)
def test_a_mistake_names_file_key_and_value(changed, tmp_path, path, value, words):
    with pytest.raises(StudyError) as caught:
        changed(_set(path, value))
    message = str(caught.value)
    assert message.startswith(str(tmp_path / "mine.yaml"))
    for word in words:
        assert word in message


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("candidates", {"grid_m": "1 km"}, "candidates.grid_m: Input should be a valid integer"),
        ("candidates", {"layer": "g", "tell": "zoning"}, "candidates.tell: Input should be a val"),
        ("area", {"ports": None}, "area.ports: Input should be 'all', or a valid list"),
        ("sitse", {}, "sitse: unknown key; did you mean 'sites'"),
        ("criteria.plants.wieght", 3, "wieght: unknown key; did you mean 'weight'"),
        ("criteria.plants.measure.decai", 3, "decai: unknown key; did you mean 'decay'"),
        ("criteria.plants.value.otherwis", 1, "otherwis: unknown key; remove it"),  # of classes
        ("area", {"ports": "all", "withn_km": 3}, "withn_km: unknown key; did you mean 'within_km"),
        ("area", {"ports": None, "bbox": [1, 2, 3, 4]}, "area.ports: unknown key; remove it"),
        ("area", {"ports": [None]}, "area.ports.0: Input should be a valid string"),
        ("area", {"within_km": -5}, "area.within_km: Input should be greater than 0"),
        ("area", {"layer": "us_counties", "wher": 1}, "area.wher: unknown key"),
        ("area", {"bbox": [1, 2, 3]}, "area.bbox.3: Field required"),
        ("candidates", {"layer": "g", "min_ha": -1}, "candidates.min_ha: Input should be greater"),
        ("robustness", {"spread": "al"}, "robustness.spread: Input should be a valid number"),
        ("robustness", {"spread": 7}, "robustness.spread: Input should be less than or equal to 2"),
        ("criteria.plants.value", {"kind": "linear", "at": {1: 2, 5: 0}}, "value.at: the value"),
        ("criteria.plants.measure.count_within", 1, "plants.measure.count_within: unknown key"),
        ("criteria.plants.measure.of", 1, "criteria.plants.measure.of: Input should be a valid s"),
        ("criteria.plants.measure", {"kind": "distance"}, "criteria.plants.measure.of: Field requ"),
        ("criteria.plants.measure.where", {"fuel": [None]}, "plants.measure.where.fuel.0: Input"),
    ],
)
def test_a_key_is_named_as_it_stands_in_the_file_and_once(changed, tmp_path, path, value, said):
    """And not with the names that pydantic gives to the members of a union."""
    with pytest.raises(StudyError) as caught:
        changed(_set(path, value))
    (message,) = str(caught.value).splitlines()
    assert said in message
    key = message.removeprefix(f"{tmp_path / 'mine.yaml'}: ").split(": ")[0].split(".")
    assert not {"ports.ports", "literal", "layer", "linear"} & set(key)
    assert len(set(key)) == len(key)


def test_weights_that_are_all_zero_are_refused(changed):
    def none(content):
        for criterion in content["criteria"].values():
            criterion["weight"] = 0

    with pytest.raises(StudyError, match="criteria: all weights are zero"):
        changed(none)
    with pytest.raises(StudyError, match="groups: all weights are zero"):
        changed(_set("groups", {"power": 0, "water": 0}))


def test_a_cell_that_fails_cannot_be_asked_for(changed):
    with pytest.raises(StudyError, match=r"sites\.take"):
        changed(_set("sites", {"take": ["PASS", "FAIL"]}))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1", "cannot be read as YAML"),
        ("- a\n- b", "a study is a YAML mapping"),
        ("", "a study is a YAML mapping"),
        ("5", "a study is a YAML mapping"),
    ],
)
def test_a_file_that_is_no_study_is_told(write, text, words):
    path = write(text)
    with pytest.raises(StudyError, match=words) as caught:
        Study.load(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_utf8_is_told(tmp_path):
    path = tmp_path / "latin.yaml"
    path.write_bytes("study: Juárez".encode("latin-1"))
    with pytest.raises(StudyError, match=r"latin\.yaml: cannot be read"):
        Study.load(path)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("paso-del-nort", "did you mean 'paso-del-norte'"),
        ("nowhere/mine.yaml", "no such study file"),
        ("mine.yml", "no such study file"),
    ],
)
def test_a_study_that_is_not_there_is_told(name, words):
    with pytest.raises(UnknownNameError, match=words):
        Study.load(name)


def test_the_layers_that_a_study_names_are_listed_with_their_key():
    named = Study.load("border").named_layers()
    assert ("criteria.free_zone.measure", "free_zone_north") in named
    assert {key for key, layer in named if layer == "reservoirs"} == {
        "criteria.water_source.measure",
        "gates.water_body.measure",
    }
    assert ("sites.landmarks", "development_poles") in named
    layers = {layer for _, layer in named}
    assert {"roads", "rivers", "ftz_sites", "ftz_service_areas"} <= layers


def test_a_folder_of_layers_is_relative_to_the_study_file(write, tmp_path, monkeypatch):
    from sitesel.study import catalog_of

    (tmp_path / "mine").mkdir()
    path = write(PLAIN + "layers: mine\n")
    monkeypatch.chdir("/")
    assert len(catalog_of(Study.load(path)))


@pytest.mark.parametrize("name", ["my-study", "here/my-study"])
def test_a_study_named_without_its_suffix_is_found_by_the_message(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").mkdir()
    path = tmp_path / f"{name}.yaml"
    with pytest.raises(UnknownNameError) as caught:
        Study.load(name)
    assert "did you mean the file" not in str(caught.value)
    path.write_text(PLAIN, "utf-8")
    with pytest.raises(UnknownNameError, match=rf"; did you mean the file '{name}\.yaml'\?$"):
        Study.load(name)


def test_nationwide_incentives_are_no_criteria():
    """What every place of a country has alike cannot rank places."""
    for name in shipped_studies():
        content = yaml.safe_load((_maps() / f"{name}.yaml").read_text("utf-8"))
        for criterion in (content.get("criteria") or {}).values():
            assert criterion is None or "incentives" not in str(criterion.get("measure"))


@pytest.mark.parametrize("name", shipped_studies())
def test_every_class_of_a_criterion_has_words_in_both_languages(name):
    """Also those that no place has yet: explain says what a site would have to be."""
    for key, criterion in Study.load(name).criteria.items():
        if criterion.value.kind == "classes":
            said = {of: criterion.words.get(of) for of in criterion.value.of}
            alike = [of for of, words in said.items() if not words or words.es in {of, words.en}]
            assert not alike, f"criteria.{key}.words"


def _maps():
    from sitesel.resources import shipped

    return shipped("maps")


def test_a_folder_of_layers_takes_the_place_of_one_that_is_gone(tmp_path):
    study = Study.load("paso-del-norte").model_copy(update={"layers": ["/gone", str(tmp_path)]})
    assert study.with_layers([], moved=True).layers == ["/gone", str(tmp_path)]  # then an error
    assert study.with_layers([tmp_path], moved=True).layers == [str(tmp_path)]


def test_a_folder_of_layers_that_is_not_there_is_told_beside_others(write, tmp_path, monkeypatch):
    """A slip in the study may not pass because ./my_layers happens to be there."""
    (tmp_path / "my_layers").mkdir()
    monkeypatch.chdir(tmp_path)
    study = Study.load(write(PLAIN + "layers: my_layer\n"))
    with pytest.raises(SiteselError, match=r"my_layer: no such layer folder"):
        study.run("out", layers=["my_layers"])
    assert not (tmp_path / "out").exists()


def test_a_connection_to_the_grid_is_priced_by_its_km_alone(changed):
    plain = yaml.safe_load(PLAIN)["criteria"]
    changed(_set("criteria", {"grid_access": plain["near"]} | plain))
    with pytest.raises(StudyError) as told:
        changed(_set("criteria", {"grid_access": plain["plants"]} | plain))
    said = "mine.yaml: criteria.grid_access.measure.kind: 'count_within': its km say what"
    assert said in str(told.value)
    assert "write 'distance', or give the criterion another name" in str(told.value)
