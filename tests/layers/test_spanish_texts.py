"""Texts of the data that the page shows are there in Spanish too."""

import re

import pytest

from sitesel.catalog.definition import spanish_of
from sitesel.catalog.layers import WORDS, Catalog
from sitesel.errors import LayerError
from sitesel.resources import shipped
from sitesel.show import language
from sitesel.study import Study

SHOWN = {
    "incentives": ["regime", "benefit", "eligibility", "expiry", "geography"],
    "ports_of_entry": ["hours", "delay_note", "fast_note", "modernisation_note"],
    "kpi": ["note", "source"],
    "unit_costs": ["what", "source"],
    "industrial_parks": ["status_note", "source"],
    "seaports": ["cargo_type", "teu_year", "rail", "note", "source"],
    "power_plants": ["note", "source"],
    "water_status": ["source_of_supply", "source"],
    "development_poles": ["status_note", "sectors", "incentives", "source"],
    "free_zone_north": ["legal_basis", "status_note", "source", "confidence"],
    "ftz_service_areas": ["extent_note", "status_note", "source"],
    "ftz_sites": ["status_note", "source"],
    "opportunity_zones": ["source"],
}
ALIKE = re.compile(
    r"[\d\W]*|\d\dh?|24h|\d\d-\d\d|FTZ|IMMEX|PROSEC|PODECOBI|ZLFN|California|Arizona|Texas|20\d\d"
)
NAMES = {"Regla Octava", "Recinto Fiscalizado Estratégico", "CTPAT / OEA + FAST", "10 sectores"}
NAMES |= {"BTS TSAR 2005"}


@pytest.mark.parametrize("name", SHOWN)
def test_every_text_that_is_shown_has_its_spanish(catalog, name):
    table, spanish = catalog.load(name), catalog[name].spanish()
    if name == "incentives":
        table = table[table["spatial"] == "yes"]
    shown = {text for column in SHOWN[name] for text in table[column].dropna()}
    classes = language.load("es")["classes"]
    left = {text for text in shown if text not in spanish and not ALIKE.fullmatch(text)} - NAMES
    assert left - {*classes} == set()
    assert spanish


@pytest.mark.parametrize("name", SHOWN)
def test_no_translation_is_of_a_text_that_is_gone(catalog, name):
    table = catalog.load(name).astype(str)
    known = set(table.to_numpy().ravel())
    assert set(catalog[name].spanish()) <= known


def test_a_layer_without_a_table_has_no_translations_and_a_bad_table_is_told(catalog, own_layer):
    assert catalog["roads"].spanish() == {}
    folder = own_layer("lon,lat\n-106.4,31.7\n")
    (folder / "mine.es.csv").write_text("english,spanish\na,b\n", "utf-8")
    with pytest.raises(LayerError, match=r"mine\.es\.csv: write a CSV with the columns en and es"):
        Catalog.default(folder)["mine"].spanish()


WRITTEN = {"unknown"}  # by the code that drafts a user's layer
CODES = re.compile(r"[\d\W]*")


def test_every_definition_has_its_spanish_or_is_a_name(catalog):
    """A name stands in the table too, the same in both columns: nothing is left by oversight."""
    words = spanish_of(shipped("layers") / WORDS)
    said = {text for layer in catalog for text in layer.wording if not CODES.fullmatch(text)}
    assert said - {*words} == set()
    assert {*words} - said == WRITTEN


def test_what_is_no_name_reads_otherwise_in_spanish(catalog):
    english = re.compile(r"\b(the|of|in|by|from|with|counts|source|free|public|about|before)\b")
    tables = [spanish_of(shipped("layers") / WORDS), *(layer.spanish() for layer in catalog)]
    same = {text for table in tables for text, spanish in table.items() if text == spanish}
    names = {"Bureau of Transportation Statistics"}
    names |= {"U.S. Department of Housing and Urban Development", "US Department of Transportation"}
    assert {text for text in same if english.search(text)} == names


def test_a_text_is_translated_once_and_alike(catalog):
    """The page looks a text up by its words alone: two layers must not differ in one."""
    found = {}
    for layer in catalog:
        for text, spanish in layer.spanish().items():
            assert found.setdefault(text, spanish) == spanish


def test_texts_are_said_in_the_language_with_days_as_people_write_them(catalog):
    assert catalog.said("2024-09-30", "en") == "Sep 30, 2024"
    assert catalog.said("2024-09-30", "es") == "30 sep 2024"
    assert catalog.said("as fetched", "en") == "as fetched"
    assert catalog.said("as fetched", "es") == "a la fecha de descarga"
    decrees = catalog["free_zone_north"].source
    assert catalog.said(decrees, "es").startswith("Decretos del 31 dic 2018, el 30 dic 2020 y")
    assert catalog.said("a text of one's own", "es") == "a text of one's own"


def test_a_folder_of_ones_own_brings_its_own_words(own_layer):
    folder = own_layer("lon,lat\n-106.4,31.7\n", vintage="June 2026", licence="in house")
    (folder / WORDS).write_text("en,es\nJune 2026,junio de 2026\n", "utf-8")
    catalog = Catalog.default(folder)
    mine = catalog["mine"]
    assert catalog.said(mine.vintage, "es") == "junio de 2026"
    assert catalog.said(mine.licence, "es") == "in house"


def test_no_source_is_a_note_to_oneself(catalog):
    """A source text is a sentence of its own: no shorthand of who filled the table."""
    for layer in catalog:
        if not layer.path.name.endswith(".csv"):
            continue
        table = catalog.load(layer.id)
        for name in {"source", "coord_source", "trucks_source"} & {*table.columns}:
            texts = table[name].dropna().astype(str)
            assert not texts.str.contains(r"^found|\(found|^estimate|\(unverified\)").any()


def test_no_place_is_history(catalog):
    assert not catalog.load("places")["name"].str.contains("historical").any()


def test_a_state_and_a_status_are_two_words_in_spanish(catalog):
    titles = {info.title for layer in catalog for info in layer.fields.values()}
    stated = {title["es"] for title in titles if title["en"].startswith("Status")}
    assert stated == {"Situación", "Situación según la fuente"}
    states = {title["es"] for title in titles if title["en"] == "State"}
    assert states == {"Estado"}
    book, page = language.load("book.es"), language.load("es")
    assert book["sites"]["columns"]["status"] == page["facts"]["status"]


def test_a_puerto_is_a_seaport_or_of_customs(catalog):
    """A crossing is a cruce: a reader must not take it for a harbour, nor for an airport."""
    other = re.compile(r"\bpuertos?\b(?! (?:marítimo|aduanal))", re.IGNORECASE)
    for layer in catalog:
        told = [layer.title, *(info.title for info in layer.fields.values())]
        assert not [title["es"] for title in told if other.search(title["es"])]


@pytest.mark.parametrize("name", ["en", "es"])
def test_a_class_is_said_alike_by_study_and_page(name, catalog):
    """The page has words for the classes that the data hold; the study for all that it values."""
    classes, criteria = language.load(name)["classes"], Study.load("border").criteria
    water = criteria["water_status"].words
    held = set(catalog.load("water_status")["status_class"].dropna())
    assert held <= {*classes} & {*water}
    both = {*classes} & {*water}
    assert {code: water[code][name] for code in both} == {code: classes[code] for code in both}
    assert classes["magnet"] in criteria["trade_zone"].words["site"][name]
