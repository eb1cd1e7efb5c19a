"""Measures by road on candidates."""

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from sitesel.catalog import roadnet
from sitesel.catalog.roads import RoadGraph, Speeds
from sitesel.cost import Bounds, UnitCosts
from sitesel.crs import WORKING_CRS, lonlat
from sitesel.errors import StudyError
from sitesel.measure import network

SOUTH = shapely.box(-1e6, -1e6, 1e6, 0)


def frame(places, **columns):
    points = [shapely.Point(1000.0 * x, 1000.0 * y) for x, y in places]
    return gpd.GeoDataFrame(columns, geometry=points, crs=WORKING_CRS)


@pytest.fixture(scope="module")
def toy():
    """A road along the border on either side, joined by one port with 20 minutes of delay."""
    return along_the_border({"mid": 0})


def along_the_border(at):
    """A road on either side, joined by ports that lie so many km east on the border."""
    names = {
        "open_kmh": 60, "city_kmh": 60, "city_junctions": 10, "truck": 1, "access_kmh": 30,
        "detour": 1, "reach_km": 15, "direct_km": 5, "link_kmh": 60, "link_reach_km": 10,
        "delay_min": 20,
    }  # fmt: skip
    speeds = Speeds({name: (value, value) for name, value in names.items()})
    lines = [
        shapely.LineString([(-60e3, 5e3), (60e3, 5e3)]),
        shapely.LineString([(-60e3, -5e3), (60e3, -5e3)]),
    ]
    parts = []
    for line in lines:
        steps = np.linspace(0, 1, 25)
        parts.append(shapely.line_interpolate_point(line, steps, normalized=True))
    links = [shapely.LineString([a, b]) for row in parts for a, b in pairwise(row)]
    number = np.arange(25)
    u = np.concatenate([number[:-1], number[:-1] + 25])
    roads = gpd.GeoDataFrame(
        {"u": u, "v": u + 1, "km": 5.0, "drawn": False}, geometry=links, crs=WORKING_CRS
    )
    lon, lat = lonlat([1000.0 * x for x in at.values()], [0] * len(at))
    ports = pd.DataFrame({"port_id": list(at), "name": list(at), "lon": lon, "lat": lat})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(roadnet, "ISLAND_KM", 0)
        return RoadGraph.build(roads, ports, SOUTH, speeds)


@pytest.fixture
def cells():
    sites = frame([(30, 5), (30, -5), (30, 100)], side=["US", "MX", "US"])
    return sites.set_index(pd.Index(["a", "b", "c"], name="site_id"))


def test_drive_time_to_ports_stays_on_its_side(toy, cells):
    ports = frame([(0, 0)], port_id=["mid"])
    minutes = network.drive_time(cells, ports, toy)
    assert minutes.index.equals(cells.index)
    assert minutes.to_numpy() == pytest.approx([35, 35, np.nan], nan_ok=True)


def test_drive_time_across_pays_the_delay(toy, cells):
    town = frame([(-30, -5)], side=["MX"])
    assert network.drive_time(cells, town, toy).to_numpy() == pytest.approx(
        [30 + 5 + 20 + 5 + 30, 60, np.nan], nan_ok=True
    )
    at_home = network.drive_time(cells, town, toy, same_side=True)
    assert at_home.to_numpy() == pytest.approx([np.nan, 60, np.nan], nan_ok=True)
    short = network.drive_time(cells, town, toy, limit=59)
    assert short.isna().all()


def test_reach_is_hansen(toy, cells):
    towns = frame(
        [(30, 5), (20, 5), (20, -5), (-50, 5)],
        people=[100.0, 1000, 1e4, np.nan],
        side=["US", "US", "MX", "US"],
    )
    found = network.reach(cells, towns, toy, field="people", decay_min=10, limit=75)
    expected = [100 + 1000 / np.e, 1e4 / np.e, np.nan]
    assert found.to_numpy() == pytest.approx(expected, nan_ok=True)


def test_sums_and_counts_within_minutes(toy, cells):
    plants = frame(
        [(25, 5), (0, 5), (0, -5)],
        mw=[10.0, 100, 1000],
        fuel=["Gas", "Solar", "Gas"],
        side=["US", "US", "MX"],
    )
    total = network.capacity_within(cells, plants, toy, field="mw", minutes=61)
    assert total.to_numpy() == pytest.approx([1110, 1100, np.nan], nan_ok=True)
    own = network.capacity_within(cells, plants, toy, field="mw", minutes=60, same_side=True)
    assert own.to_numpy() == pytest.approx([110, 1000, np.nan], nan_ok=True)
    gas = network.count_within(cells, plants, toy, minutes=29, where={"fuel": "Gas"})
    assert gas.to_numpy() == pytest.approx([1, 0, np.nan], nan_ok=True)


def test_what_is_not_in_force_is_not_counted(toy, cells):
    parks = frame([(30, 5), (31, 5), (32, 5)], side=["US"] * 3, in_force=[1.0, 0.0, np.nan])
    assert network.count_within(cells, parks, toy, minutes=30)["a"] == 1


def test_minutes_to_ports(toy, cells):
    table = network.minutes_to_ports(cells, toy)
    assert table.columns.tolist() == ["mid"]
    assert table["mid"].dtype == np.float32
    assert table["mid"].to_numpy() == pytest.approx([35, 35, np.nan], nan_ok=True)
    assert network.minutes_to_ports(cells, toy, limit=30).isna().all().all()


RATES = {
    "truck_hour": (90, 90),
    "empty_miles": (20, 20),
    "mx_truck": (0, 60),
    "toll_other": (0, 40),
    "toll_east": (100, 100),
}


def unit_costs(**changes):
    return UnitCosts({k: Bounds(*v) for k, v in (RATES | changes).items()}, {"east": "toll_east"})


@pytest.fixture(scope="module")
def two():
    """Two ports: mid, and one 30 km to the east, right beside the cells."""
    return along_the_border({"mid": 0, "east": 30})


BOTH = [(0, 0), (30, 0)]


def test_a_truckload_goes_through_the_port_that_costs_least(two, cells):
    ports = frame(BOTH, port_id=["mid", "east"], lanes=[1, 2])
    usd = network.truckload(cells, ports, two, costs=unit_costs())
    wait = 20 / 60 * 90
    mid = [35 / 60 * 90 / 0.8 + wait + 20, 35 / 60 * 30 / 0.8 + wait + 20, np.nan]
    assert usd.index.equals(cells.index)
    assert usd.to_numpy() == pytest.approx(mid, nan_ok=True), "east is near, and dear"
    cheap = network.truckload(cells, ports, two, costs=unit_costs(toll_east=(10, 20)))
    east = [5 / 60 * 90 / 0.8 + wait + 15, 5 / 60 * 30 / 0.8 + wait + 15, np.nan]
    assert cheap.to_numpy() == pytest.approx(east, nan_ok=True)
    only = network.truckload(cells, ports, two, costs=unit_costs(), where={"lanes": 2})
    assert only["a"] == pytest.approx(5 / 60 * 90 / 0.8 + wait + 100)
    near = network.truckload(cells, ports, two, costs=unit_costs(), limit=30)
    assert near.to_numpy() == pytest.approx(only.to_numpy(), nan_ok=True)


def test_what_nothing_bounds_makes_a_truckload_unknown(two, cells):
    def usd(**changes):
        costs = unit_costs(**changes)
        return network.truckload(cells, frame(BOTH, port_id=["mid", "east"]), two, costs=costs)

    blind = (np.nan, np.nan)
    known = usd()
    assert usd(mx_truck=blind)["a"] == known["a"], "no drive in Mexico"
    assert np.isnan(usd(mx_truck=blind)["b"])
    assert usd(truck_hour=blind).isna().all(), "the wait is at the US rate"
    assert usd(toll_east=blind).isna().all(), "it may cost least"
    far = usd(toll_other=blind, toll_east=(5, 5))
    assert far["a"] == pytest.approx(5 / 60 * 90 / 0.8 + 20 / 60 * 90 + 5), "mid costs more"
    assert usd(toll_other=blind)["a":"b"].isna().all(), "mid may cost least"


def test_ports_that_take_no_trucks_or_are_none_cost_nothing_known(two, cells):
    closed = frame(BOTH, port_id=["mid", "east"], in_force=[0.0, np.nan])
    assert network.truckload(cells, closed, two, costs=unit_costs()).isna().all()
    strange = frame(BOTH, port_id=["x", "y"])
    assert network.truckload(cells, strange, two, costs=unit_costs()).isna().all()
    with pytest.raises(StudyError, match="no field 'port_id'"):
        network.truckload(cells, frame(BOTH, name=["x", "y"]), two, costs=unit_costs())


def test_a_part_of_the_candidates_measures_the_same(toy):
    sites = frame([(x, 5.0 + x % 3) for x in range(-50, 50)], side=["US"] * 100)
    towns = frame([(x, 5) for x in range(-55, 55, 7)], side=["US"] * 16, people=[1e3] * 16)
    whole = network.reach(sites, towns, toy, field="people", limit=20)
    halves = [
        network.reach(half, towns, toy, field="people", limit=20)
        for half in (sites[:37], sites[37:])
    ]
    pd.testing.assert_series_equal(pd.concat(halves), whole)
