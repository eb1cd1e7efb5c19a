"""Texts of the data that the page shows are there in Spanish too."""

import re

import pytest

from sitesel.errors import LayerError

SHOWN = {
    "incentives": ["regime", "benefit", "eligibility", "expiry", "geography"],
    "ports_of_entry": ["hours", "delay_note", "fast_note", "modernisation_note"],
    "kpi": ["note"],
}
ALIKE = re.compile(
    r"[\d\W]*|\d\dh?|24h|\d\d-\d\d|FTZ|IMMEX|PROSEC|PODECOBI|ZLFN|California|Arizona|Texas|20\d\d"
)
NAMES = {"Regla Octava", "Recinto Fiscalizado Estratégico", "CTPAT / OEA + FAST", "10 sectores"}


@pytest.mark.parametrize("name", SHOWN)
def test_every_text_that_is_shown_has_its_spanish(catalog, name):
    table, spanish = catalog.load(name), catalog[name].spanish()
    if name == "incentives":
        table = table[table["spatial"] == "yes"]
    shown = {text for column in SHOWN[name] for text in table[column].dropna()}
    left = {text for text in shown if text not in spanish and not ALIKE.fullmatch(text)} - NAMES
    assert left == set()
    assert len(spanish) > 5


@pytest.mark.parametrize("name", SHOWN)
def test_no_translation_is_of_a_text_that_is_gone(catalog, name):
    table = catalog.load(name).astype(str)
    known = set(table.to_numpy().ravel())
    assert set(catalog[name].spanish()) <= known


def test_a_layer_without_a_table_has_no_translations_and_a_bad_table_is_told(catalog, own_layer):
    from sitesel.catalog.layers import Catalog

    assert catalog["rail"].spanish() == {}
    folder = own_layer("lon,lat\n-106.4,31.7\n")
    (folder / "mine.es.csv").write_text("english,spanish\na,b\n", "utf-8")
    with pytest.raises(LayerError, match=r"mine\.es\.csv: write a CSV with the columns en and es"):
        Catalog.default(folder)["mine"].spanish()
