"""One truck trip between two places."""

import json
from datetime import date

import pytest
from geographiclib.geodesic import Geodesic

from sitesel.ask.trips import _plain, find_route
from sitesel.errors import StudyError, UnknownNameError

DAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def crossing(catalog):
    return find_route(catalog, "Laredo", "Monterrey", DAY)


def _start(catalog, text):
    return find_route(catalog, text, "-99.5,27.52", DAY).start


def test_a_trip_is_the_sum_of_its_legs_and_delays(crossing):
    assert (crossing.start, crossing.end) == ("Laredo (US)", "Monterrey (MX)")
    assert [leg.side for leg in crossing.route.legs] == ["US", "MX"]
    assert len(crossing.ports) == len(crossing.route.delays) == len(crossing.assumed) == 1
    drives = sum(leg.minutes for leg in crossing.route.legs)
    assert crossing.minutes == pytest.approx(drives + crossing.route.delays[0])
    assert crossing.km == pytest.approx(sum(leg.km for leg in crossing.route.legs))


def test_a_road_is_longer_than_the_geodesic(crossing, catalog):
    places = catalog.load("places").sort_values("population").set_index("name")
    ends = [places.loc[[name]].iloc[-1] for name in ("Laredo", "Monterrey")]
    straight = Geodesic.WGS84.Inverse(ends[0].lat, ends[0].lon, ends[1].lat, ends[1].lon)["s12"]
    assert straight / 1000 < crossing.km < 1.5 * straight / 1000
    assert 40 < crossing.km / (sum(leg.minutes for leg in crossing.route.legs) / 60) < 110


def test_the_port_is_one_that_takes_trucks_that_day(crossing, catalog):
    ports = catalog.load("ports_of_entry", DAY).set_index("port_id")
    port = ports.loc[crossing.route.ports[0]]
    assert port["in_force"] == 1
    assert str(port["commercial"]).lower() == "true"
    assert crossing.ports == (port["name"],)


def test_plain_data_has_drives_and_crossings_in_order(crossing):
    trip = crossing.as_dict()
    assert json.loads(json.dumps(trip)) == trip
    names = [leg["name"] for leg in trip["legs"]]
    assert names[0] == "drive in the US"
    assert names[1].startswith(crossing.ports[0])
    assert ("assumed" in names[1]) == crossing.assumed[0]
    assert names[2] == "drive in Mexico"
    assert trip["legs"][1]["km"] is None
    assert sum(leg["minutes"] for leg in trip["legs"]) == pytest.approx(trip["minutes"], abs=0.01)
    assert sum(leg["km"] or 0 for leg in trip["legs"]) == pytest.approx(trip["km"], abs=0.01)


def test_a_trip_on_one_side_crosses_nothing(catalog):
    trip = find_route(catalog, "Laredo", "San Antonio, TX", DAY)
    assert trip.ports == ()
    assert len(trip.as_dict()["legs"]) == 1


def test_names_are_found_without_accents_or_capitals(catalog):
    assert find_route(catalog, "CIUDAD JUAREZ", " el paso ", DAY).start == "Ciudad Juárez (MX)"
    assert _plain("Piñón  Águila") == "pinon  aguila"


def test_the_largest_place_of_a_name_or_the_one_in_that_state(catalog):
    assert _start(catalog, "Nogales") == "Nogales (MX)"
    assert _start(catalog, "Nogales, US") == "Nogales (US)"
    assert _start(catalog, "nogales , az") == "Nogales (US)"


def test_coordinates_are_taken_as_they_are(catalog):
    trip = find_route(catalog, " -106.49 , 31.76", "-106.42,31.69", DAY)
    assert trip.start == "-106.49, 31.76"
    assert [leg.side for leg in trip.route.legs] == ["US", "MX"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Monterey", "no place 'Monterey'.*did you mean 'monterrey'"),
        ("Qqqqqq", r"no place 'Qqqqqq'.*lon,lat in degrees"),
        ("", "no place ''"),
        ("Laredo, ZZ", "no place 'Laredo, ZZ'"),
    ],
)
def test_unknown_places(catalog, text, words):
    with pytest.raises(UnknownNameError, match=words):
        find_route(catalog, text, "Laredo", DAY)


def test_a_place_in_the_wrong_state_is_not_suggested_to_itself(catalog):
    with pytest.raises(UnknownNameError) as caught:
        find_route(catalog, "Laredo, MX", "Monterrey", DAY)
    assert "did you mean 'laredo'?" not in str(caught.value)


@pytest.mark.parametrize("text", ["31.76,-106.49", "-999,31", "-106,91"])
def test_coordinates_out_of_range_or_swapped(catalog, text):
    with pytest.raises(StudyError, match="is no lon,lat in degrees"):
        find_route(catalog, text, "Laredo", DAY)


def test_where_no_road_leads(catalog):
    with pytest.raises(StudyError, match=r"no way from Laredo \(US\) to -120, 10"):
        find_route(catalog, "Laredo", "-120,10", DAY)
