"""Fields of a user's own parcels go to the results as they are, and no others do."""

import hashlib
import shutil
import zipfile
from datetime import date

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import yaml

from sitesel.ask.explain import find
from sitesel.ask.run_tables import tables
from sitesel.catalog.layers import Catalog
from sitesel.cli import main
from sitesel.errors import StudyError
from sitesel.measure.parcels import Parcels
from sitesel.measure.told import as_told
from sitesel.plan import Plan, candidates_of
from sitesel.show import features, payload
from sitesel.show.gather import carried
from sitesel.show.told import told
from sitesel.study import catalog_of
from sitesel.study_parts import LayerArea
from sitesel.telling import print_story

PRICES = {"u1": 249_999.5, "u2": None, "u3": 1_234_567.25, "m1": 16_777_217.0, "m2": 3.0}
FIELDS = ("price_usd", "zoning", "offered", "sewer", "zip", "Dueño")
COLUMNS = [f"told_{name}" for name in FIELDS]
PRIVATE = "555-010"


def _page(path):
    """Return what the page's data block says."""
    block = max(path.read_text("utf-8").split(">"), key=len).split("<")[0]
    return payload.decode(block)[0]


def _same(found, expected):
    assert {name: None if pd.isna(x) else x for name, x in found.items()} == expected


def _with(study, **candidates):
    return study.model_copy(update={"candidates": Parcels(**candidates)})


def test_tables_have_the_fields_between_place_and_measures(told_run):
    sites = pd.read_csv(told_run.folder / "sites.csv", index_col="site_id")
    at = list(sites.columns).index(COLUMNS[0])
    assert list(sites.columns[at : at + len(COLUMNS)]) == COLUMNS
    assert at < list(sites.columns).index("raw_rail")
    _same(sites["told_price_usd"], PRICES)  # none of them rounded to single precision
    _same(sites["told_zoning"], {
        "u1": "<img src=x onerror=alert(1)>", "u2": "M-1", "u3": None,
        "m1": "'=HYPERLINK(\"http://x\")", "m2": None,
    })  # fmt: skip
    _same(sites["told_offered"], {
        "u1": "2026-06-30", "u2": None, "u3": "2026-01-02", "m1": None, "m2": "2025-12-01",
    })  # fmt: skip
    _same(sites["told_sewer"], {"u1": "yes", "u2": None, "u3": "no", "m1": None, "m2": "yes"})
    assert sites["told_zip"].dtype == np.int64
    assert sites.loc["u2", "told_Dueño"] == "'@SUM(1)"  # a spreadsheet must not run it


def test_the_geopackage_has_them_as_they_are(told_run):
    sites = gpd.read_file(told_run.folder / "sites.gpkg", layer="sites").set_index("site_id")
    _same(sites["told_price_usd"], PRICES)
    assert sites.loc["m1", "told_zoning"] == '=HYPERLINK("http://x")'
    assert sites["told_zoning"].isna().sum() == 2
    assert sites["told_zip"].tolist() == told_run.sites["told_zip"].tolist()


def test_the_workbook_has_titles_units_numbers_and_days(told_run, tmp_path):
    told_run.save_workbook(tmp_path / "es.xlsx", "es")
    heads = {
        "report.xlsx": ("US sites", "Asking price (USD)", "Zoning", "Offered", "sewer", "ZIP code"),
        "es.xlsx": ("Sitios EE. UU.", "Precio pedido (USD)", "Uso de suelo", "En oferta", "sewer",
                    "Código postal"),
    }  # fmt: skip
    for name, (sheet, price, zoning, offered, sewer, code) in heads.items():
        folder = tmp_path if name == "es.xlsx" else told_run.folder
        head, *rows = openpyxl.load_workbook(folder / name)[sheet].iter_rows()
        at = {cell.value: n for n, cell in enumerate(head)}
        found = {row[2].value: row for row in rows}
        assert found["u1"][at[price]].value == 249_999.5
        assert found["u2"][at[price]].value is None
        assert found["u1"][at[offered]].value.date() == date(2026, 6, 30)
        assert found["u1"][at[zoning]].data_type == "s"
        assert found["u2"][at["Dueño"]].data_type == "s"
        assert found["u1"][at["Dueño"]].value == "\ufffd[31mred"
        assert found["u1"][at[code]].value == 79936
        assert found["u1"][at[sewer]].value == {"report.xlsx": "yes", "es.xlsx": "sí"}[name]


def test_the_map_has_titles_and_values_ready(told_run):
    content = _page(told_run.folder / "map.html")
    said = content["study"]["told"]
    assert [one["column"] for one in said] == COLUMNS
    price, *_, code, _ = said
    assert price == {
        "column": "told_price_usd", "title": {"en": "Asking price", "es": "Precio pedido"},
        "unit": "USD", "digits": 2, "layers": ["lots"],
    }  # fmt: skip
    sites = {site["id"]: site["told"] for site in content["sites"]}
    assert {name: told["told_price_usd"] for name, told in sites.items()} == PRICES
    assert sites["u3"]["told_zoning"] is None
    assert (code["digits"], sites["u1"]["told_zip"]) == (None, "79936")  # stated as text: a code
    assert "lots" in {layer["id"] for layer in content["layers"]}


def test_nothing_leaves_the_layer_that_is_not_named(told_run):
    for path in (path for path in told_run.folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                content = b"".join(map(book.read, book.namelist()))
        if path.suffix == ".block":
            content = str(payload.decode(content.decode())).encode()
        assert PRIVATE.encode() not in content, path
    assert PRIVATE not in str(_page(told_run.folder / "map.html"))
    assert not [name for name in told_run.measures if "phone" in name]


def test_a_map_that_draws_the_parcels_has_no_other_field(told_run, monkeypatch):
    monkeypatch.setattr(features, "ALWAYS", ())
    view = told_run.view()
    for fields, tell in (({"price_usd", "zoning", "offered", "zip"}, FIELDS), (set(), ())):
        only = carried(view.catalog, _with(told_run.study, layer="lots", tell=tell))
        args = (view.catalog, ["lots"], view.as_of, features.Pool())
        (all_of_it,) = features.layers_content(*args)
        (lots,) = features.layers_content(*args, only)
        assert "phone" in all_of_it["drawn"]["rows"]
        assert {*lots["drawn"]["rows"]} == {x["id"] for x in lots["drawn"]["fields"]} == fields


def test_a_layer_that_the_study_does_not_use_is_drawn_without_its_fields(
    told_run, tmp_path, monkeypatch
):
    monkeypatch.setattr(features, "ALWAYS", ())
    mine = told_run.folder.parent / "mine"
    text = (mine / "lots.yaml").read_text("utf-8").replace("id: lots", "id: older_lots")
    (tmp_path / "older_lots.yaml").write_text(text, "utf-8")
    shutil.copy(mine / "lots.parquet", tmp_path)
    catalog = Catalog.default(mine, tmp_path)
    only = carried(catalog, told_run.study)
    assert only == {"older_lots": [], "lots": list(FIELDS)}
    args = (catalog, ["older_lots"], told_run.study.as_of, features.Pool(), only)
    (drawn,) = features.layers_content(*args)
    assert drawn["drawn"]["rows"] == {}
    assert PRIVATE not in str(drawn)
    assert len(drawn["drawn"]["shapes"]) == 5


def test_what_is_measured_of_parcels_keeps_its_digits(told_run):
    rail = told_run.measures["raw:rail"]
    assert (rail != rail.astype(np.float32)).any()


def test_a_layer_that_ships_is_public_and_keeps_its_fields(told_run):
    poles = _with(told_run.study, layer="development_poles")
    assert carried(told_run.plan.catalog, poles) == {"lots": []}  # which nothing uses now


def test_without_the_key_nothing_is_told(told_run):
    silent = told_run.study.candidates.model_copy(update={"tell": []})
    plan = Plan.of(told_run.study.model_copy(update={"candidates": silent}), told_run.plan.catalog)
    assert plan.study_mark() != told_run.plan.study_mark()
    assert not [name for name in candidates_of(plan.study, plan.catalog) if ":" in name]


def test_what_is_kept_gives_the_same_bytes_again(told_run, tmp_path):
    told_run.save(tmp_path)
    made = ("sites.csv", "sites.gpkg", "report.xlsx", "map.html")
    for name in made:
        first, again = ((folder / name).read_bytes() for folder in (told_run.folder, tmp_path))
        assert hashlib.sha256(first).digest() == hashlib.sha256(again).digest(), name


def test_other_weights_keep_them(told_run):
    again = told_run.reweight(rail=0.9)
    assert [name for name in again.sites if name.startswith("told_")] == COLUMNS
    pd.testing.assert_frame_equal(
        again.sites[COLUMNS].sort_index(), told_run.sites[COLUMNS].sort_index()
    )
    assert again.sites["score"].tolist() != told_run.sites["score"].tolist()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("Stated of the land:", "Asking price: 249,999.50 USD", "Offered: Jun 30, 2026",
                "sewer: yes", "ZIP code: 79936", "Asking price: UNKNOWN", "Zoning: UNKNOWN",
                "lots: the county (2026-06, grade C)")),
        ("es", ("Datos declarados del terreno:", "Precio pedido: 249,999.50 USD",
                "En oferta: 30 jun 2026", "sewer: sí", "Código postal: 79936",
                "Precio pedido: DESCONOCIDO", "lots: the county (2026-06, grado C)")),
    ],
)  # fmt: skip
def test_explain_tells_them(told_run, capsys, monkeypatch, language, said):
    monkeypatch.setenv("COLUMNS", "200")
    for site in ("u1", "u2", "u3"):
        print_story(told_run, site, language)
    out = capsys.readouterr().out
    assert [words for words in said if words not in out] == []
    assert "\x1b[31m" not in out
    assert dict(find(told_run, "m1").told)["Asking price"] == "16,777,217.00 USD"


def test_a_database_is_told_what_the_columns_are(told_run):
    found = {table.name: table for table in tables(told_run, cells=True)}
    for name in ("sites", "cells"):
        assert [x for x in found[name].frame if str(x).startswith("told_")] == COLUMNS
        assert found[name].said["told_price_usd"] == "Asking price (USD), as layer lots has it"


@pytest.mark.parametrize(
    ("tell", "said"),
    [
        (["prise_usd"], "lots: candidates.tell: layer 'lots' has no field 'prise_usd'; did"),
        (["geometry"], "candidates.tell: layer 'lots' has no field 'geometry'; known: Dueño"),
        (["zip", "ZIP"], "candidates.tell: 'ZIP' stands twice; keep one of them"),
        ("zip", "lots.yaml: candidates.tell: Input should be a valid list (here: 'zip')"),
    ],
)  # fmt: skip
def test_a_field_to_tell_that_is_not_there_is_told(told_run, tmp_path, capsys, tell, said):
    content = yaml.safe_load((told_run.folder.parent / "lots.yaml").read_text("utf-8"))
    content["layers"] = str(told_run.folder.parent / "mine")
    content["candidates"]["tell"] = tell
    (tmp_path / "lots.yaml").write_text(yaml.safe_dump(content), "utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["run", str(tmp_path / "lots.yaml"), "-o", str(tmp_path / "out")])
    assert ended.value.code == 2
    assert said in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("key", ["id", "side", "hectares", "where"])
def test_a_column_that_is_not_there_is_told_before_anything_is_measured(told_run, key):
    given = {key: {"zonin": "M-1"} if key == "where" else "zonin"}
    wrong = _with(told_run.study, layer="lots", **given)
    said = rf"^lots: candidates\.{key}: layer 'lots' has no field 'zonin'; did you mean 'zoning'\?"
    with pytest.raises(StudyError, match=said):
        Plan.of(wrong, catalog_of(wrong))
    area = wrong.model_copy(update={"area": LayerArea(layer="lots", where={"zonin": "M-1"})})
    area = area.model_copy(update={"candidates": told_run.study.candidates})
    with pytest.raises(StudyError, match=r"^lots: area\.where: layer 'lots' has no field 'zonin'"):
        Plan.of(area, catalog_of(area))


def test_a_layer_without_a_definition_of_fields_is_checked_too(told_run, tmp_path):
    home = told_run.folder.parent / "mine"
    definition = yaml.safe_load((home / "lots.yaml").read_text("utf-8"))
    del definition["fields"]
    (tmp_path / "lots.yaml").write_text(yaml.safe_dump(definition), "utf-8")
    (tmp_path / "lots.parquet").write_bytes((home / "lots.parquet").read_bytes())
    bare = told_run.study.with_layers([tmp_path])
    price, *_ = told(bare, catalog_of(bare), told_run.decision.sites)
    assert (price.title.es, price.unit, price.digits) == ("price_usd", None, 2)
    wrong = bare.model_copy(update={"candidates": Parcels(layer="lots", tell=["prise_usd"])})
    with pytest.raises(StudyError, match="no field 'prise_usd'; did you mean 'price_usd'"):
        Plan.of(wrong, catalog_of(wrong))


def test_a_unit_that_nobody_states_is_not_shown(told_run):
    layer = told_run.plan.catalog["lots"]
    info = layer.fields["price_usd"].model_copy(update={"unit": "unknown"})
    layer = layer.model_copy(update={"fields": {"price_usd": info}})
    price, *_ = told(told_run.study, {"lots": layer}, told_run.decision.sites)
    assert price.unit is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2], [1, 2]),
        (pd.array([1, None], "Int64"), [1.0, None]),
        ([1.5, np.inf, -np.inf], [1.5, None, None]),
        (pd.array([True, None], "boolean"), ["yes", None]),
        ([True, False], ["yes", "no"]),
        (["a", "", "  ", None], ["a", None, None, None]),
        ([1, "1", True, 2.0], ["1", "1", "yes", "2"]),
        (pd.to_datetime(["2026-06-30", None]), ["2026-06-30", None]),
        (pd.to_datetime(["2026-06-30 08:00", None]), ["2026-06-30T08:00:00", None]),
        (pd.Categorical(["M-1", None]), ["M-1", None]),
        ([np.array(["gas", "sewer"]), None], ["gas; sewer", None]),
        ([None, None], [None, None]),
    ],
)
def test_whatever_a_file_holds_becomes_numbers_or_text(values, expected):
    found = as_told(pd.Series(values, dtype=getattr(values, "dtype", None)))
    assert found.astype(object).where(found.notna(), None).tolist() == expected
