"""From a run to the view that the map draws."""

import numpy as np
import pytest
from pydantic import TypeAdapter

from sitesel.decide.gates import VERDICTS
from sitesel.documents import shipped_studies
from sitesel.measure.specs import Measure
from sitesel.show.gather import measure_words
from sitesel.study import Run, Study


@pytest.fixture(scope="module")
def run(small_run_folder):
    return Run.open(small_run_folder)


@pytest.fixture(scope="module")
def view(run):
    return run.view()


def test_the_cells_are_those_of_the_run_in_order(run, view):
    assert view.cells.index.tolist() == run.measures.index.tolist()
    assert view.values.shape == (len(view.cells), len(view.criteria))
    np.testing.assert_array_equal(view.cells["score"], run.decision.scores.score)
    np.testing.assert_array_equal(view.cells["verdict"], run.decision.verdict)
    assert view.grid_m == 2000


def test_the_gravest_of_the_gates_is_the_verdict_of_a_cell(run, view):
    gates = [name for name in run.study.gates if name not in run.plan.gates_left_out]
    assert [gate.id for gate in view.gates] == gates
    assert view.gate_codes.shape == (len(view.cells), len(gates))
    worst = np.array(VERDICTS, object)[view.gate_codes.max(axis=1)]
    np.testing.assert_array_equal(worst, run.decision.verdict)
    assert len(set(worst)) > 1
    assert all(gate.title["es"] != gate.title["en"] for gate in view.gates)


def test_the_criteria_are_those_measured_in_the_order_of_the_study(run, view):
    names = [name for name in run.study.criteria if name not in run.plan.left_out]
    assert [criterion.id for criterion in view.criteria] == names
    rail = next(criterion for criterion in view.criteria if criterion.id == "rail")
    assert (rail.group, rail.unit, rail.layers) == ("access", "km", ("rail",))
    assert rail.title["es"] == "Distancia al ferrocarril"
    water = next(criterion for criterion in view.criteria if criterion.id == "water_status")
    assert water.words["scarce"]["es"] == "escasa"


def test_what_is_left_out_is_told_by_its_titles(run, view):
    left = [run.study.criteria[name].title for name in run.plan.left_out]
    left += [run.study.gates[name].title for name in run.plan.gates_left_out]
    assert [*view.left_out, *view.gates_left_out] == left


def test_the_weights_of_criteria_and_of_groups_each_add_up_to_one(view):
    assert sum(criterion.weight for criterion in view.criteria) == pytest.approx(1)
    assert sum(group.weight for group in view.groups) == pytest.approx(1)
    for group in view.groups:
        own = [c.weight for c in view.criteria if c.group == group.id]
        assert group.weight == pytest.approx(sum(own))
        assert group.title["es"] != group.title["en"]


def test_the_ports_that_are_open_are_those_the_run_used(run, view):
    assert set(view.ports.loc[view.ports["open"], "port_id"]) == set(run.measured.delays)
    assert (~view.ports["open"]).any()


def test_every_layer_that_can_be_drawn_is_there(view):
    assert {"power_plants", "rail", "ftz_sites", "free_zone_north"} <= set(view.layer_ids)
    assert "incentives" not in view.layer_ids
    for name in view.layer_ids:
        assert name in view.catalog


def test_a_study_may_choose_its_layers(run):

    chosen = run.study.model_copy(
        update={"map": run.study.map.model_copy(update={"layers": ["rail"]})}
    )
    assert run.under(chosen).view().layer_ids == ("rail",)


@pytest.mark.parametrize("name", shipped_studies())
def test_every_measure_can_be_said_in_both_languages(name, catalog):
    for criterion in Study.load(name).criteria.values():
        if criterion.optional:
            continue
        said = measure_words(criterion.measure, catalog)
        assert said["en"] != said["es"]
        assert "{" not in said["en"] + said["es"]


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        ({"kind": "count_within", "of": "rail", "km": 5}, ["5 km"]),
        (
            {"kind": "capacity_within", "of": "airports", "field": "x", "minutes": 45},
            ["45 min"],
        ),
        ({"kind": "reach", "of": "places", "field": "population"}, ["People", "75 min"]),
        ({"kind": "distance", "of": ["rivers", "reservoirs"]}, ["ivers", "eservoirs"]),
    ],
)
def test_words_name_the_reach_and_the_layers(catalog, measure, words):
    said = measure_words(TypeAdapter(Measure).validate_python(measure), catalog)["en"]
    for word in words:
        assert word in said


@pytest.mark.parametrize(
    ("measure", "fades"),
    [
        (
            {"kind": "capacity_within", "of": "airports", "field": "x", "km": 50, "decay": 25},
            ("exp(-distance / 25 km)", "exp(-distancia / 25 km)"),
        ),
        (
            {
                "kind": "capacity_share",
                "of": "airports",
                "field": "x",
                "km": 50,
                "decay": 25,
                "share_where": {"x": 1},
            },
            ("exp(-distance / 25 km)", "exp(-distancia / 25 km)"),
        ),
        (
            {"kind": "count_within", "of": "rail", "minutes": 30, "decay": 6.5},
            ("exp(-minutes / 6.5)", "exp(-minutos / 6.5)"),
        ),
        (
            {"kind": "reach", "of": "places", "field": "population", "decay_min": 12},
            ("exp(-minutes / 12)", "exp(-minutos / 12)"),
        ),
        ({"kind": "count_within", "of": "rail", "km": 5}, ("", "")),
    ],
)
def test_a_measure_that_fades_says_by_what(catalog, measure, fades):
    said = measure_words(TypeAdapter(Measure).validate_python(measure), catalog)
    for language, words in zip(("en", "es"), fades, strict=True):
        assert words in said[language]
        assert ("exp(" in said[language]) == bool(words)


@pytest.mark.parametrize("name", shipped_studies())
def test_a_criterion_that_fades_is_titled_as_weighted(name):
    for criterion in Study.load(name).criteria.values():
        fading = getattr(criterion.measure, "decay", getattr(criterion.measure, "decay_min", None))
        if fading and criterion.value.unit != "share":
            assert "weighted by" in criterion.title["en"]
            assert "ponderad" in criterion.title["es"]
