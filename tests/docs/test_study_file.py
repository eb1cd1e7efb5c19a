"""What docs/study-file.md shows of money runs, and is what a plain reckoning says."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from sitesel.ask.methods import of_methods
from sitesel.errors import StudyError
from sitesel.plan import Plan
from sitesel.resources import shipped
from sitesel.sites import PORT
from sitesel.study import Run, Study, catalog_of
from sitesel.telling import print_story
from sitesel.terminal import print_run

RAW = "raw:truckload"


def by_hand(run):
    """Return the cost of each cell by loops over ports, from the minutes that pairs rest on."""
    table = run.plan.catalog.load("unit_costs").set_index("cost_id")
    half = {k: np.nanmean([row["value"], row["low"], row["high"]]) for k, row in table.iterrows()
            if row[["value", "low", "high"]].notna().any()}  # fmt: skip
    loaded = 1 - half["empty_miles"] / 100
    found = {}
    for cell, row in run.measures.iterrows():
        rate = half["truck_hour" if row["side"] == "US" else "mx_truck"]
        found[cell] = np.nanmin([
            row[PORT + port] / 60 * rate / loaded + wait / 60 * half["truck_hour"]
            + half["toll_laredo" if port in {"world_trade", "colombia"} else "toll_other"]
            for port, wait in run.measured.delays.items()
        ])  # fmt: skip
    return pd.Series(found)


def test_the_example_costs_what_a_plain_reckoning_says(money_run):
    usd, expected = money_run.measures[RAW], by_hand(money_run)
    assert len(usd) > 200
    np.testing.assert_allclose(usd, expected.loc[usd.index], rtol=1e-6)
    assert usd.notna().all()
    us = money_run.measures["side"] == "US"
    assert usd[us].max() > usd[~us].max(), "an hour is assumed to cost half in Mexico"
    values = money_run.decision.values[:, money_run.decision.criteria.index("truckload")]
    assert np.ptp(values) > 0.4, "the anchors tell cells apart"


def test_the_costs_are_pinned_and_a_change_of_them_measures_again(money_run, tmp_path, capsys):
    record = json.loads((money_run.folder / "run.json").read_text("utf-8"))
    digest = money_run.measured.layers["unit_costs"]
    assert record["layers"]["unit_costs"]["hash"] == digest
    for kind in ("csv", "yaml"):
        source = shipped("layers") / "transport" / f"unit_costs.{kind}"
        (tmp_path / source.name).write_bytes(source.read_bytes().replace(b"90.89,,", b"100,,"))
    study = money_run.study.with_layers([tmp_path])
    plan = Plan.of(study, catalog_of(study))
    assert plan.fingerprint() != money_run.plan.fingerprint()
    again = Run.open(money_run.folder, layers=[tmp_path])
    assert again.record()["layers"]["unit_costs"]["hash"] == digest, "what was measured stays"
    now = again.plan.catalog["unit_costs"].digest()
    assert again.record()["layers"]["unit_costs_now"]["hash"] == now != digest
    assert "unit_costs_now" not in record["layers"]
    assert (again.pairs["cost_high"] > money_run.pairs["cost_high"]).all(), "of the costs of now"
    np.testing.assert_array_equal(again.measures[RAW], money_run.measures[RAW])
    print_run(again)
    out = " ".join(capsys.readouterr().out.split())
    assert "earlier versions of: unit_costs. What pairs cost is reckoned with the unit_costs" in out
    print_story(again, "1")
    assert re.findall(r"^unit_costs\w*(?=:)", capsys.readouterr().out, re.MULTILINE) == [
        "unit_costs",
        "unit_costs_now",
    ]


def test_the_cost_is_a_criterion_like_any_other(money_run, capsys):
    (said,) = (each for each in money_run.view().criteria if each.id == "truckload")
    assert (said.unit, said.layers) == ("USD", ("ports_of_entry", "unit_costs", "roads"))
    assert said.measure_words["en"].startswith("USD that a truckload costs")
    assert said.measure_words["es"].startswith("USD que cuesta un camión")
    print_story(money_run, str(money_run.decision.sites.index[0]))
    out = capsys.readouterr().out
    assert "unit_costs: " in out
    assert " USD" in out
    for _, ranks, _ in of_methods(money_run.study, money_run.decision, (), ()):
        assert ranks.notna().all(axis=None)


def test_no_shipped_study_scores_money():
    for path in shipped("maps").glob("*.yaml"):
        criteria = Study.load(path).criteria
        assert not [name for name, each in criteria.items() if each.measure.kind == "truckload"]


def test_a_layer_that_holds_no_ports_is_refused(money_run):
    each = money_run.study.criteria["truckload"]
    wrong = each.model_copy(update={"measure": each.measure.model_copy(update={"to": "airports"})})
    study = money_run.study.model_copy(update={"criteria": {"truckload": wrong}})
    with pytest.raises(StudyError, match="layer 'airports' has no field 'port_id'"):
        Plan.of(study, money_run.plan.catalog)
