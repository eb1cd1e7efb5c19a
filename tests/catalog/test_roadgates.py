"""How roads with a class lead up to a port, on a border along y = 0."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from sitesel.catalog.roadgates import SHORT_M, up_to_ports
from sitesel.catalog.roads import Points, RoadGraph
from sitesel.catalog.roadspeeds import Speeds
from sitesel.crs import WORKING_CRS, lonlat
from sitesel.resources import shipped

SOUTH = shapely.box(-1e6, -1e6, 1e6, 0)


@pytest.fixture(scope="module")
def speeds():
    table = Speeds.read(shipped("layers") / "transport" / "speeds_osm.csv").table
    return Speeds({**table, "island_km": (0.0, 0.0)})


@pytest.fixture(scope="module")
def port():
    lon, lat = lonlat([0], [0])
    return pd.DataFrame(
        {"port_id": ["p"], "name": ["P"], "lon": lon, "lat": lat, "delay_min": [10.0]}
    )


def roads(*rows):
    """Make edges from (u, v, one-way, from km, to km)."""
    lines = [shapely.LineString(np.multiply(ends, 1000.0)) for *_, ends in rows]
    frame = pd.DataFrame([row[:3] for row in rows], columns=["u", "v", "oneway"])
    frame["km"] = 1.1 * shapely.length(lines) / 1000
    more = {"class": "primary", "limit_kmh": 80.0, "truck_limit_kmh": np.nan, "drawn": True}
    return gpd.GeoDataFrame(frame.assign(**more), geometry=lines, crs=WORKING_CRS)


DUAL = roads(
    (0, 1, True, [(-0.02, 2), (-0.02, -2)]),  # southwards
    (2, 3, True, [(0.03, -2), (0.03, 2)]),  # northwards
    (0, 3, False, [(-0.02, 2), (0.03, 2)]),
    (1, 2, False, [(-0.02, -2), (0.03, -2)]),
    (4, 5, False, [(0.6, 2), (0.6, -2)]),  # a bridge 600 m off
    (3, 4, False, [(0.03, 2), (0.6, 2)]),
    (2, 5, False, [(0.03, -2), (0.6, -2)]),
)


def test_both_carriageways_end_at_the_line_and_are_tied(speeds, port):
    led = up_to_ports(DUAL, port, SOUTH, speeds)
    assert led.columns.tolist() == DUAL.columns.tolist()
    assert len(led) == len(DUAL) - 2 + 4 + 2
    halves = led[led["oneway"]]
    ends = shapely.get_coordinates(halves.geometry.to_numpy()).reshape(-1, 2, 2)
    assert np.abs(ends[:, :, 1]).min(axis=1) == pytest.approx([SHORT_M] * 4)
    assert halves["km"].to_numpy() == pytest.approx([1.1 * 1.999] * 4)
    southward = ends[:, 1, 1] < ends[:, 0, 1]
    assert southward.tolist() == [True, False] * 2  # as the roads were
    ties = led[led["km"] < 0.1]
    assert ties["km"].iloc[-2:].tolist() == pytest.approx([0.05, 0.05])
    assert not ties["oneway"].iloc[-2:].any()
    ids = led[["u", "v"]].to_numpy()
    assert sorted(set(ids.ravel())) == list(range(10))


def test_a_truck_drives_up_to_the_line_over_and_on(speeds, port):
    graph = RoadGraph.build(DUAL, port, SOUTH, speeds)
    far = 2000.0
    north, south = (
        Points.at(np.array([-20.0]), np.array([y]), np.array([side]))
        for y, side in ((far, "US"), (-far, "MX"))
    )
    kmh = 0.9 * 80 * 0.9
    over = 10 + graph.ports[["us_minutes", "mx_minutes"]].to_numpy().sum()
    there = next(graph.drives(north, south, cross_border=True))[0]
    ties = 60 * 0.05 / kmh  # the other side's end is the nearest, or this side's
    assert there == pytest.approx(60 * 2 * 1.1 * 1.999 / kmh + over, abs=2 * ties + 1e-9)
    assert there < 15  # the bridge at 600 m would need no port
    net = graph.net
    assert net.y[net.side == "US"].min() == pytest.approx(SHORT_M)
    assert not ((net.x == 600) & (np.abs(net.y) < 1900)).any()  # that bridge is cut as a whole


def test_without_a_port_near_nothing_changes(speeds, port):
    far = port.assign(lon=port["lon"] + 1)
    assert up_to_ports(DUAL, far, SOUTH, speeds) is DUAL
    assert up_to_ports(DUAL, port.iloc[:0], SOUTH, speeds) is DUAL
    assert up_to_ports(DUAL.iloc[2:4], port, SOUTH, speeds).equals(DUAL.iloc[2:4])


def test_a_line_that_is_crossed_thrice_is_met_from_either_end(speeds, port):
    bump = shapely.union(SOUTH, shapely.box(-100, 0, 100, 300))
    hollow = shapely.difference(bump, shapely.box(-100, 50, 100, 100))
    led = up_to_ports(DUAL.iloc[:1], port, hollow, speeds)
    ys = shapely.get_coordinates(led.geometry.to_numpy())[:, 1].reshape(-1, 2)
    assert ys[0].tolist() == pytest.approx([2000, 300 + SHORT_M])
    assert ys[1].tolist() == pytest.approx([50 - SHORT_M, -2000])
