"""How the state of a zone is said: with days as people write them."""

from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from sitesel.crs import WORKING_CRS
from sitesel.measure.zones import SEPARATOR, phrase, zones

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


@pytest.mark.parametrize("as_kept", [pd.Timestamp, date.fromisoformat, str])
@pytest.mark.parametrize("after", ["inactive", "unknown"])
def test_the_days_of_a_zone_may_be_text_or_days(catalog, as_kept, after):
    layer = catalog["opportunity_zones"]
    layer = layer.model_copy(
        update={"validity": layer.validity.model_copy(update={"after": after})}
    )
    zone = {"status": "operating", "valid_from": as_kept("2018-06-14")}
    ended = {"inactive": "ended Dec 31, 2024", "unknown": "sourced only to Dec 31, 2024"}[after]
    for end, said in (
        (as_kept("2024-12-31"), f" ({ended}"),
        (as_kept("2028-12-31"), " (operating until Dec 31, 2028)"),
        (pd.NaT, " (operating)"),
        (None, " (operating)"),
    ):
        assert said in phrase(layer, zone | {"valid_to": end}, date(2026, 11, 21)).en
    early = phrase(layer, zone | {"valid_to": None}, date(2018, 6, 13))
    assert early.en.endswith(" (from Jun 14, 2018)")


def test_a_zone_whose_label_has_the_sign_between_zones_is_one_zone(catalog):
    layer = catalog["opportunity_zones"].model_copy(update={"label": "name"})
    said = phrase(layer, ZONE | {"name": "North; South"}, date(2026, 11, 21))
    assert ": North, South (operating" in said.en
    assert SEPARATOR not in said.en + said.es


def test_a_zone_known_as_a_point_is_near_beside_others_that_are_areas(catalog):
    layer = catalog["opportunity_zones"].model_copy(update={"label": "name", "side": None})
    shapes = [shapely.Point(0, 0), shapely.MultiPoint([(9000, 0)]), shapely.box(0, 5500, 9, 9000)]
    named = gpd.GeoDataFrame({"name": ["spot", "spots", "area"]}, geometry=shapes, crs=WORKING_CRS)
    cells = [shapely.box(x - 9, y - 9, x + 9, y + 9) for x, y in ((0, 4000), (5, 6000), (4500, 0))]
    sites = gpd.GeoDataFrame({"side": "US"}, geometry=cells, crs=WORKING_CRS, index=range(3))
    said = zones(sites, [(layer, named)], date(2026, 11, 21))["zones_en"]
    held = [{name for name in named["name"] if f": {name} (" in text} for text in said]
    assert held == [{"spot"}, {"area"}, {"spot", "spots"}]
