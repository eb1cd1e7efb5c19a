"""Reasons: the heaviest first, read naturally in both languages."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from sitesel.decide.reasons import Judged, number, phrase, reasons, sentence
from sitesel.records import Text

PORT = Judged(id="port", short=Text(en="port", es="puerto"), unit="min", weight=9)
LABOUR = Judged(id="labour", short=Text(en="labour", es="mano de obra"), unit="persons", weight=14)
WATER = Judged(
    id="water",
    short=Text(en="water", es="agua"),
    weight=7,
    words={"scarce": Text(en="scarce", es="escasa"), "2": Text(en="strained", es="tensa")},
)
GRID = Judged(id="grid", short=Text(en="grid access", es="red eléctrica"), unit="km", weight=8)
ZONE = Judged(
    id="zone",
    short=Text(en="free zone", es="zona libre"),
    unit="yes/no",
    weight=5,
    applies_to="MX",
)
ROAD = Judged(id="road", short=Text(en="road", es="carretera"), unit="km", weight=12)
ALL = [PORT, LABOUR, WATER, GRID, ZONE, ROAD]


def site(**changes: object) -> dict[str, object]:
    return {
        "side": "MX",
        "raw_port": 12.3,
        "value_port": 1.0,
        "raw_labour": 640_312.0,
        "value_labour": 0.95,
        "raw_water": "scarce",
        "value_water": 0.1,
        "raw_grid": math.nan,
        "value_grid": math.nan,
        "raw_zone": 0.0,
        "value_zone": 0.0,
        "raw_road": 2.0,
        "value_road": 0.5,
    } | changes


def test_reads_naturally_in_both_languages() -> None:
    assert sentence(reasons(site(), ALL, "en"), "en") == (
        "strong: labour 640 k, port 12 min; weak: water scarce, no free zone; no data: grid access"
    )
    assert sentence(reasons(site(), ALL, "es"), "es") == (
        "a favor: mano de obra 640 mil, puerto 12 min; en contra: agua escasa, sin zona libre; "
        "sin datos: red eléctrica"
    )


def test_the_other_sides_criteria_and_zero_weights_are_silent() -> None:
    said = reasons(site(side="US"), ALL, "en")
    assert said.weak == ["water scarce"]
    silent = Judged(id="grid", short=GRID.short, weight=0)
    assert reasons(site(side="US"), [silent], "en") == ([], [], [])


def test_most_limits_each_list_and_weight_decides_the_order() -> None:
    said = reasons(site(value_road=0.9), ALL, "en", most=1)
    assert said.strong == ["labour 640 k"]
    light = [
        Judged(id=c.id, short=c.short, unit=c.unit, weight=w)
        for c, w in ((LABOUR, 1), (PORT, 9), (ROAD, 2))
    ]
    assert reasons(site(value_road=0.9), light, "en").strong == [
        "port 12 min",
        "road 2 km",
        "labour 640 k",
    ]


def test_a_value_of_a_half_says_nothing_and_unknowns_go_by_weight() -> None:
    said = reasons(site(value_port=math.nan, value_labour=math.nan), ALL, "en")
    assert said.strong == []
    assert said.unknown == ["labour", "port", "grid access"]


def test_a_row_of_a_frame_does_as_well() -> None:
    row = pd.DataFrame([site()]).iloc[0]
    assert reasons(row, ALL, "en") == reasons(site(), ALL, "en")


@pytest.mark.parametrize(
    ("unit", "raw", "en", "es"),
    [
        ("share", 0.453, "x 45 %", "x 45 %"),
        ("share", 1.0, "x 100 %", "x 100 %"),
        ("count", 3.0, "x 3", "x 3"),
        ("MW", 1234.6, "x 1,235 MW", "x 1,235 MW"),
        ("trucks/year", 3_031_000, "x 3.03 M trucks/year", "x 3.03 M camiones/año"),
        ("km", 0.25, "x 0.25 km", "x 0.25 km"),
        ("km", math.inf, "x out of reach", "x fuera de alcance"),
        ("yes/no", 1.0, "x", "x"),
        ("yes/no", 0, "no x", "sin x"),
        ("", "dry", "x dry", "x dry"),
        ("min", None, "x", "x"),
        ("min", np.float64("nan"), "x", "x"),
        ("hm³", 18.8, "x 19 hm³", "x 19 hm³"),
    ],
)
def test_units(unit: str, raw: object, en: str, es: str) -> None:
    criterion = Judged(id="x", short=Text(en="x", es="x"), unit=unit)
    assert phrase(criterion, raw, "en") == en
    assert phrase(criterion, raw, "es") == es


def test_number_codes_of_classes_have_words() -> None:
    assert phrase(WATER, 2.0, "es") == "agua tensa"
    assert phrase(WATER, 7.0, "es") == "agua 7"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.001, "0"),
        (0.994, "0.99"),
        (4.0, "4"),
        (9.96, "10"),
        (100, "100"),
        (-12.4, "-12"),
        (9_999, "9,999"),
        (9_999.5, "10 k"),
        (10_000, "10 k"),
        (999_499, "999 k"),
        (999_500, "1 M"),
        (12_000_000, "12 M"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    assert number(value) == text
