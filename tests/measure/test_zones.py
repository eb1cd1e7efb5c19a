"""How the state of a zone is said: with days as people write them."""

from datetime import date

import pytest

from sitesel.measure.zones import phrase

ZONE = {"status": "operating", "valid_from": "2018-06-14", "valid_to": "2028-12-31"}


@pytest.mark.parametrize(
    ("day", "english", "spanish"),
    [
        (date(2026, 11, 21), "operating until Dec 31, 2028", "en operación hasta el 31 dic 2028"),
        (date(2018, 6, 13), "from Jun 14, 2018", "desde el 14 jun 2018"),
        (date(2029, 1, 1), "ended Dec 31, 2028", "terminó el 31 dic 2028"),
    ],
)
def test_a_zone_is_said_with_its_days(catalog, day, english, spanish):
    layer = catalog["opportunity_zones"]
    after = {"validity": layer.validity.model_copy(update={"after": "inactive"})}
    said = phrase(layer.model_copy(update=after), ZONE, day)
    assert said.en.endswith(f" ({english})")
    assert said.es.endswith(f" ({spanish})")


def test_a_zone_whose_source_ends_is_said_to_be_unsure(catalog):
    zone = {"status": "operating", "valid_from": "2019-01-01", "valid_to": "2025-12-31"}
    said = phrase(catalog["free_zone_north"], zone, date(2026, 11, 21))
    assert said.en.endswith("(sourced only to Dec 31, 2025, unknown since)")
    assert said.es.endswith("(documentado solo hasta el 31 dic 2025, después incierto)")
