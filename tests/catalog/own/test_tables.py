"""CSV and workbooks as offices save them: encodings, separators, titles above the header."""

from __future__ import annotations

import csv
from io import BytesIO

import openpyxl
import pytest

from sitesel.catalog.own.tables import from_csv, from_workbook
from sitesel.errors import LayerError


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_separators_encodings_and_line_ends(sign, encoding, end):
    lines = [["id", "nombre"], ["1", "Ñandú"], ["2", f"a{sign}b\nc"]]
    text = end.join(sign.join(f'"{cell}"' for cell in line) for line in lines)
    table, said = from_csv(text.encode(encoding), "x.csv")
    assert table.to_numpy().tolist() == lines[1:]
    assert said == []


def test_a_decimal_comma_does_not_pass_for_the_separator():
    table, _ = from_csv(b"lon;lat;name\n-106,5;31,7;A, B\n-106,4;31,8;C\n", "x.csv")
    assert table["lon"].tolist() == ["-106,5", "-106,4"]


@pytest.mark.parametrize(("encoding", "word"), [("cp1252", "Nogalés “x”"), ("latin-1", "\x81é")])
def test_western_european_bytes_are_read_and_told_with_an_example(encoding, word):
    table, said = from_csv(f"id,name\n1,x\n2,{word}\n".encode(encoding), "x.csv")
    assert table["name"].tolist() == ["x", word]
    assert said == [f"x.csv is not UTF-8: read as {encoding}, like row 3: '{word}'"]


def test_empty_rows_columns_and_cells():
    table, said = from_csv(b"id,,note,,\n1,a,\n\n2,b,,\n,,,\n", "x.csv")
    assert table.to_dict("records") == [
        {"id": "1", "column 2": "a", "note": None},
        {"id": "2", "column 2": "b", "note": None},
    ]
    assert table.index.tolist() == [0, 2]
    assert said == ["x.csv: row 3: empty: left out"]


def test_lines_above_the_header_are_left_out_and_rows_still_count_from_the_top():
    data = b"County of El Paso\nLots for sale\n\nid,lon,lat\n1,-106,31\n2,-106,32\n"
    table, said = from_csv(data, "x.csv")
    assert table["id"].tolist() == ["1", "2"]
    assert table.index.tolist() == [3, 4]
    assert said == ["x.csv: rows 1 to 3 above the header: left out"]


def test_a_row_with_more_cells_than_the_header_is_refused_with_its_row():
    with pytest.raises(LayerError, match=r"x\.csv: row 3 has more cells than the header: '500'"):
        from_csv(b"id,price\n1,5\n2,1,500\n", "x.csv")


def test_names_that_repeat_are_numbered():
    assert list(from_csv(b"a,a,b\n1,2,3\n", "x.csv")[0]) == ["a", "a 2", "b"]


def test_long_polygons_fit_into_a_cell_and_the_limit_is_put_back():
    before = csv.field_size_limit()
    table, _ = from_csv(b'id,wkt\n1,"' + b"1 2," * 100_000 + b'"\n', "x.csv")
    assert len(table["wkt"].iloc[0]) == 400_000
    assert csv.field_size_limit() == before


@pytest.mark.parametrize("data", [b"", b"\n\n", b",,\n"])
def test_nothing_at_all(data):
    with pytest.raises(LayerError, match=r"x\.csv: has no rows"):
        from_csv(data, "x.csv")


def _book(sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    data = BytesIO()
    book.save(data)
    data.seek(0)
    return data


def test_a_sheet_with_titles_numbers_and_text():
    rows = [["Lots"], [], ["id", "price"], ["007", 1.5], [None, None], ["8", "1,200"]]
    table, said = from_workbook(_book({"Lots": rows, "Notes": []}), "x.xlsx", None)
    assert table["id"].tolist() == ["007", "8"]
    assert table["price"].tolist() == [1.5, "1,200"]
    assert table.index.tolist() == [2, 4]
    assert said == [
        "x.xlsx, sheet Lots: rows 1 to 2 above the header: left out",
        "x.xlsx, sheet Lots: row 5: empty: left out",
    ]


def test_of_several_sheets_one_must_be_named():
    sheets = {"A": [["id", "n"], ["1", 1]], "B": [["id", "n"], ["2", 2]]}
    with pytest.raises(LayerError, match="sheets with content: A, B; name one with --part"):
        from_workbook(_book(sheets), "x.xlsx", None)
    assert from_workbook(_book(sheets), "x.xlsx", "B")[0]["id"].tolist() == ["2"]
    with pytest.raises(LayerError, match="no sheet 'C'"):
        from_workbook(_book(sheets), "x.xlsx", "C")


def test_a_sheet_whose_stated_size_is_wrong():
    data = _book({"A": [["id", "n"], ["1", 1]]})
    from zipfile import ZipFile

    wrong = BytesIO()
    with ZipFile(data) as old, ZipFile(wrong, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'ref="A1:B2"', b'ref="A1"'))
    table, _ = from_workbook(wrong, "x.xlsx", None)
    assert table.to_dict("records") == [{"id": "1", "n": 1}]


def test_columns_of_the_same_name_get_numbers_that_no_other_bears():
    table, _ = from_csv(b"lot,lot,lot 2,n\n1,2,3,4\n", "x.csv")
    assert table.to_dict("records") == [{"lot": "1", "lot 3": "2", "lot 2": "3", "n": "4"}]
