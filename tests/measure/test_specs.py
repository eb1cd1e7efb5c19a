"""Measures as a study writes them: what is accepted, and what a mistake is told."""

import pytest
from pydantic import TypeAdapter, ValidationError

from sitesel.measure import specs

MEASURE = TypeAdapter(specs.Measure)


def _read(**document):
    return MEASURE.validate_python(document)


def test_kind_chooses_the_record():
    assert isinstance(_read(kind="distance", of="rail"), specs.Distance)
    assert isinstance(_read(kind="reach", of="places", field="population"), specs.Reach)
    assert _read(kind="drive_time", to="seaports").limit == 600


@pytest.mark.parametrize("reach", [{}, {"km": 5, "minutes": 5}])
@pytest.mark.parametrize("kind", ["count_within", "capacity_within", "capacity_share"])
def test_reach_is_exactly_one_of_km_and_minutes(kind, reach):
    document = {"kind": kind, "of": "plants", **reach}
    if kind != "count_within":
        document["field"] = "mw"
    if kind == "capacity_share":
        document["share_where"] = {"fuel": "Solar"}
    with pytest.raises(ValidationError, match="exactly one of 'km' and 'minutes'"):
        _read(**document)


@pytest.mark.parametrize(
    "document",
    [
        {"kind": "distance", "of": "rail", "sameside": True},
        {"kind": "distnace", "of": "rail"},
        {"kind": "count_within", "of": "rail", "km": 0},
        {"kind": "count_within", "of": "rail", "km": 5, "decay": -1},
        {"kind": "tier", "tiers": {}},
        {"kind": "tier", "tiers": {"none": {"kind": "inside", "of": "zones"}}},
        {"kind": "tier", "tiers": {"a": {"kind": "distance", "of": "zones"}}},
    ],
)
def test_mistakes_are_refused(document):
    with pytest.raises(ValidationError):
        _read(**document)


def test_where_keeps_the_kind_of_its_values():
    where = _read(kind="share", of="z", where={"a": True, "b": 3, "c": ["x", "y"]}).where
    assert where == {"a": True, "b": 3.0, "c": ["x", "y"]}
    assert where["a"] is True
    assert not isinstance(where["b"], bool)


def test_a_bare_field_means_that_it_is_true():
    assert _read(kind="drive_time", to="ports", where="commercial").where == {"commercial": True}


def test_layers_and_columns_of_measures():
    tier = _read(
        kind="tier",
        tiers={
            "site": {"kind": "distance", "of": "sites", "max": 5, "where": {"status": "on"}},
            "county": {"kind": "inside", "of": "areas"},
        },
    )
    assert specs.layers_of(tier) == ["sites", "areas"]
    assert specs.columns_of(tier) == [("sites", "status")]
    share = _read(
        kind="capacity_share", of="p", field="mw", minutes=9, where={"fuel": "x"}, share_where="mw"
    )
    assert specs.layers_of(share) == ["p", "roads"]
    assert specs.columns_of(share) == [("p", "mw"), ("p", "fuel")]
    assert specs.layers_of(_read(kind="count_within", of="p", km=9)) == ["p"]
    assert specs.by_road(_read(kind="count_within", of="p", minutes=9))


def test_a_truckload_reads_ports_costs_and_roads():
    cost = _read(kind="truckload", to="ports_of_entry", where="commercial")
    assert cost.where == {"commercial": True}
    assert specs.layers_of(cost) == ["ports_of_entry", "unit_costs", "roads"]
    assert specs.columns_of(cost) == [
        ("ports_of_entry", "port_id"),
        ("ports_of_entry", "commercial"),
    ]
    assert specs.by_road(cost)


def test_records_do_not_change():
    with pytest.raises(ValidationError):
        _read(kind="distance", of="rail").of = "roads"
