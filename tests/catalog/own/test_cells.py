"""Cells as people write them: numbers, days and broken accents."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sitesel.catalog.own.cells import dates, numbers, repaired, rows, words


def _column(*cells):
    return pd.Series(cells, dtype=object)


def test_rows_are_counted_as_a_spreadsheet_does():
    assert rows([1]) == "row 3"
    assert rows([0, 7]) == "rows 2, 9"
    assert rows(range(1200)) == "rows 2, 3, 4, 5, 6 and 1,195 more"


def test_words_of_all_kinds_of_cells():
    column = _column(79901.0, 3, 2.5, None, np.nan, pd.NaT, pd.NA, "", "  ", " a", value := True)
    assert value
    assert words(column).tolist() == [
        "79901", "3", "2.5", None, None, None, None, None, None, " a", "True",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1,234.5", "7", "0.5"], [1234.5, 7, 0.5]),
        (["1.234,5", "7", "0,5"], [1234.5, 7, 0.5]),
        (["1.234.567", "8"], [1234567, 8]),
        (["1,234,567", "8"], [1234567, 8]),
        (["1,234", "500"], [1234, 500]),
        (["0,125", "1,500"], [0.125, 1.5]),
        (["12,5", "3"], [12.5, 3]),
        (["12,34", "1,5"], [12.34, 1.5]),
        (["$1,200", "$ 950.50", "80"], [1200, 950.5, 80]),
        (["1,200 USD", "950 usd"], [1200, 950]),
        (["45%", "7 %"], [45, 7]),
        (["1 234,5", "7"], None),
        (["1\u00a0234,5", "7,25"], [1234.5, 7.25]),
        (["1'234'567", "7"], [1234567, 7]),
        (["-3", "+4.25", ".5", "1e3", "5."], [-3, 4.25, 0.5, 1000, 5]),
        ([" 12 ", "13"], [12, 13]),
    ],
)
def test_numbers_as_they_are_written(cells, expected):
    found = numbers(_column(*cells), "n")
    if expected is None:
        assert found is None
    else:
        assert found.values.tolist() == expected


@pytest.mark.parametrize(
    "cells",
    [
        ["1,234.5", "1.234,5"],  # the column does not agree
        ["12,34,5"],
        ["115 230"],  # two voltages
        ["$5", "€5"],
        ["31/12/2025"],
        ["inf", "-inf"],
        ["0x10"],
        ["1_000"],
        ["a", "b"],
        ["١٢", "٣"],
    ],
)
def test_what_is_no_column_of_numbers(cells):
    found = numbers(_column(*cells), "n")
    assert found is None or found.values.tolist() == cells


def test_one_word_among_numbers_is_told_with_its_row_and_nothing_is_changed():
    cells = ["1", "2", "3", "4", "call us", "6"]
    found = numbers(_column(*cells), "price")
    assert found.values.tolist() == cells
    assert found.said == ["column 'price', row 6: 'call us' is no number: kept as text"]


def test_words_for_nothing_are_unknown_and_never_nought():
    found = numbers(_column("1", "N/D", "-", None, "5"), "price")
    np.testing.assert_equal(found.values.to_numpy(float), [1, np.nan, np.nan, np.nan, 5])
    assert found.said == ["column 'price', rows 3, 4: 'N/D' is taken as unknown"]
    assert numbers(_column("-", None), "price") is None


def test_units_are_those_that_the_cells_state():
    assert numbers(_column("US$5"), "n").unit == "USD"
    assert numbers(_column("5 MXN", "6"), "n").unit == "MXN"
    assert numbers(_column("5%"), "n").unit == "%"
    assert numbers(_column("$5"), "n").unit is None  # dollars or pesos


def test_a_point_that_might_mark_thousands_is_told():
    found = numbers(_column("1.234", "12.500"), "n")
    assert found.values.tolist() == [1.234, 12.5]
    assert found.said == ["column 'n': '1.234' is read with a decimal point, not thousands"]
    assert numbers(_column("31.758", "0.5"), "n").said == []


def test_a_comma_that_might_mark_decimals_is_told_with_its_rows():
    cells = _column("500", "1,234", "12,500")
    found = numbers(cells, "n")
    assert found.values.tolist() == [500, 1234, 12500]
    (said,) = found.said
    assert said.startswith("column 'n', rows 3, 4: '1,234' is read as 1234, its comma as that of ")
    assert said.endswith("thousands; write a point for decimals")
    assert numbers(cells, "n", comma=True).values.tolist() == [500, 1.234, 12.5]
    sure = numbers(_column("1,234.5", "7"), "n", comma=True)
    assert sure.values.tolist() == [1234.5, 7]
    assert sure.said == ["column 'n', row 2: '1,234.5' is read as 1234.5"]


@settings(max_examples=60)
@given(st.lists(st.floats(-1e9, 1e9).map(lambda x: round(x, 2)), min_size=1, max_size=5))
def test_numbers_come_back_from_either_way_of_writing(values):
    english = [f"{value:,.2f}" for value in values]
    swap = str.maketrans(",.", ".,")
    for cells in (english, [cell.translate(swap) for cell in english]):
        assert numbers(_column(*cells), "n").values.tolist() == pytest.approx(values)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["2026-11-21", "2026-1-2"], ["2026-11-21", "2026-01-02"]),
        (["2026/11/21"], ["2026-11-21"]),
        (["2026-11-21T00:00:00Z"], ["2026-11-21"]),
        (["21/11/2026", "1/2/2026"], ["2026-11-21", "2026-02-01"]),
        (["11/21/2026", "1/2/2026"], ["2026-11-21", "2026-01-02"]),
        (["21.11.2026", None], ["2026-11-21", None]),
    ],
)
def test_days(cells, expected):
    assert dates(_column(*cells), "d").values.tolist() == expected


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (["1/2/2026"], "may begin with the day or the month"),
        (["13/1/2026", "1/13/2026"], "may begin with the day or the month"),
        (["2026-02-30"], "row 2: '2026-02-30' is no day"),
        (["29/02/2025", "1/2/2025"], "row 2: '29/02/2025' is no day"),
    ],
)
def test_days_that_cannot_be_told_stay_text(cells, told):
    found = dates(_column(*cells), "d")
    assert found.values.tolist() == cells
    assert told in found.said[0]


def test_moments_and_words_are_no_days():
    assert dates(_column("2026-11-21T10:30:00"), "d") is None
    assert dates(_column("2026-11-21", "soon"), "d") is None
    assert dates(_column(None), "d") is None


def test_mojibake_is_mended_where_all_accents_show_it():
    for encoding in ("cp1252", "latin-1"):
        broken = "Nogalesí, Año".encode().decode(encoding)
        found = repaired(_column("Laredo", broken, None), "city")
        assert found.values.tolist() == ["Laredo", "Nogalesí, Año", None]
        assert found.said[0].startswith(f"column 'city', row 3: '{broken}' was UTF-8 read as")


def test_mojibake_beside_honest_accents_is_only_told():
    cells = ["Juárez", "NogalesÃ\xad"]
    found = repaired(_column(*cells), "city")
    assert found.values.tolist() == cells
    assert "row 3: 'NogalesÃ\xad' looks like UTF-8" in found.said[0]


def test_letters_that_were_lost_before_are_told_and_nothing_is_guessed():
    cells = ["Juárez", "Ca\ufffdon", "NogalesÃ\xad"]
    found = repaired(_column(*cells), "city")
    assert found.values.tolist() == cells
    assert found.said == [
        "column 'city', row 3: 'Ca\ufffdon' lost letters before it came here: kept as it is"
    ]


@pytest.mark.parametrize("cells", [["Juárez", "Nogales"], ["São Paulo"], ["日本"], ["{0.x} á"]])
def test_honest_accents_are_left_alone(cells):
    found = repaired(_column(*cells), "city")
    assert found.values.tolist() == cells
    assert found.said == []


def test_braces_in_cells_are_text():
    broken = "{0} {x} é".encode().decode("cp1252")
    assert repaired(_column(broken), "a").values.tolist() == ["{0} {x} é"]
