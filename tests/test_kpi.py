"""The indicators: the latest value, the way from the first, and no number nobody publishes."""

import math
import re
from dataclasses import replace

import pandas as pd
import pytest

from sitesel import kpi
from sitesel.cli import main
from sitesel.decide.indicators import indicators
from sitesel.errors import LayerError, UnknownNameError

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


@pytest.fixture(autouse=True)
def _wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("FORCE_COLOR", raising=False)


def rows(*values, unit="jobs"):
    given = {"corridor": "C", "area_code": "1", "area": "A", "metric": "m", "unit": unit}
    table = pd.DataFrame(values, columns=["period", "value"]).assign(**given)
    return table.assign(source="s", note=None)


def test_the_latest_and_the_trend_whatever_the_order():
    (only,) = indicators(rows(("2025-06", 80.0), ("2023-06", 100.0), ("2024", 90.0)))
    assert (only.value, only.period) == (80.0, "2025-06")
    assert only.trend == "-20 % since 2023-06"


def test_one_value_has_no_trend_and_none_is_unknown():
    (one,) = indicators(rows(("2025", 5.0)))
    assert one.trend == ""
    (none,) = indicators(rows((None, math.nan)))
    assert math.isnan(none.value)
    assert none.trend == ""


def test_a_rate_moves_in_points():
    (rate,) = indicators(rows(("2024", 3.0), ("2025", 3.6), unit="%"))
    assert rate.trend == "+0.6 points since 2024"


def test_the_shipped_board(catalog):
    found = indicators(catalog.load("kpi"))
    corridors = {each.corridor for each in found}
    assert len(corridors) == 6
    for metric in ("formal employment", "SME linkages"):
        own = [each for each in found if each.metric == metric]
        assert {each.corridor for each in own} == corridors
        assert all(math.isnan(each.value) and "No open source" in each.source for each in own)
    juarez = next(e for e in found if e.area == "Juárez" and e.metric == "IMMEX jobs")
    assert (juarez.value, juarez.earlier, juarez.trend) == (262152, 326388, "-20 % since 2023-06")


def test_the_trucks_are_those_of_the_ports(catalog):
    ports = catalog.load("ports_of_entry").set_index("port_id")
    board = catalog.load("kpi")
    trucks = board[board["metric"] == "northbound trucks"]
    assert set(trucks["area_code"]) == set(ports.index[ports["commercial"] == "true"])
    for row in trucks.itertuples():
        assert row.value == ports.loc[row.area_code, f"trucks_{row.period}"]
    jobs = catalog.load("workforce")
    for row in board[board["metric"] == "IMMEX jobs"].itertuples():
        own = jobs[(jobs["area_code"] == row.area_code) & (jobs["year"] == row.period)]
        assert row.value in set(own["number"])


@pytest.mark.parametrize("word", ["Laredo", " laredo", "nuevo le", "Laredo-Nuevo León"])
def test_a_word_of_one_corridors_name_will_do(catalog, word):
    assert {each.corridor for each in indicators(catalog.load("kpi"), word)} == {
        "Laredo-Nuevo León"
    }


@pytest.mark.parametrize("word", ["o", "", " ", "Nuevo Laredo"])
def test_a_word_of_several_names_or_of_none_will_not(catalog, word):
    with pytest.raises(UnknownNameError, match="no corridor"):
        indicators(catalog.load("kpi"), word)


def test_what_is_wrong_is_told():
    with pytest.raises(UnknownNameError, match="no corridor 'Sea'"):
        indicators(rows(("2025", 1.0)), "Sea")
    with pytest.raises(LayerError, match="no column 'unit'"):
        indicators(rows(("2025", 1.0)).drop(columns="unit"))


def test_on_the_command_line(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["kpi", "paso del norte"])
    assert not ended.value.code
    out = capsys.readouterr().out
    assert "262 k jobs" in out
    assert "UNKNOWN" in out
    assert "No open source" in out
    assert "Cali-Baja" not in out
    with pytest.raises(SystemExit) as ended:
        main(["kpi", "nowhere"])
    assert ended.value.code == 2


def test_hostile_text_is_shown_as_text(catalog, monkeypatch, capsys):
    hostile = "[red]x[/] \x1b[31mz\x9b2J"
    found = [replace(each, area=hostile, source=hostile) for each in
             indicators(rows(("2025", 1.0)))]  # fmt: skip
    monkeypatch.setattr(kpi, "indicators", lambda *_: found)
    kpi.print_kpi(catalog)
    out = capsys.readouterr().out
    assert CONTROL.search(out) is None
    assert "[red]x[/]" in out
