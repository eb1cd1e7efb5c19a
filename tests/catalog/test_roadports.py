"""Ports hang on the roads of both sides."""

import numpy as np
import pandas as pd
import pytest
import shapely

from sitesel.catalog import roadnet
from sitesel.catalog.roads import RoadGraph
from sitesel.crs import lonlat

SOUTH = shapely.box(-1e6, -1e6, 1e6, 0)


def test_every_open_port_is_joined_on_both_sides(graph, open_ports):
    assert set(graph.ports["port_id"]) == set(open_ports["port_id"])
    for column, side in (("us", "US"), ("mx", "MX")):
        assert (graph.net.side[graph.ports[column].to_numpy(int)] == side).all()
    near = (graph.ports["us_km"] < 10) & (graph.ports["mx_km"] < 10)
    assert near.mean() > 0.7
    assert "bota" not in set(graph.ports["port_id"])  # its cargo ended before the day


def test_a_measured_delay_counts_and_a_missing_one_is_the_default(graph, open_ports, speeds):
    given = open_ports.set_index("port_id")["delay_min"].astype(float)
    ports = graph.ports.set_index("port_id").loc[given.index]
    default = speeds.one("delay_min", "US")
    assert ports["assumed"].tolist() == given.isna().tolist()
    assert ports["delay_min"].tolist() == given.fillna(default).tolist()


def test_delays_of_the_toy(speeds, toy_ports, toy_roads, monkeypatch):
    monkeypatch.setattr(roadnet, "ISLAND_KM", 0)
    places = {0: (0, 1), 1: (100, 1), 2: (0, -1), 3: (100, -1)}
    roads = toy_roads([(0, 1, 100.0, False), (2, 3, 100.0, False)], places)
    graph = RoadGraph.build(roads, toy_ports, SOUTH, speeds)
    assert graph.ports["delay_min"].tolist() == [10.0, speeds.one("delay_min", "US")]
    assert graph.ports["assumed"].tolist() == [False, True]
    kilometre = speeds.one("detour", "US")
    assert graph.ports["us_km"].tolist() == pytest.approx([kilometre] * 2)
    assert graph.ports["mx_minutes"].tolist() == pytest.approx(
        [60 * kilometre / speeds.one("link_kmh", "MX")] * 2
    )


def test_a_long_edge_across_the_border_leads_through_the_port(
    speeds, toy_ports, monkeypatch, toy_roads
):
    monkeypatch.setattr(roadnet, "ISLAND_KM", 0)
    places = {0: (-5, 40), 1: (-5, 41), 2: (5, -20), 3: (5, -21)}
    roads = toy_roads([(0, 1, 1.0, True), (0, 2, 62.0, False), (2, 3, 1.0, True)], places)
    graph = RoadGraph.build(roads, toy_ports, SOUTH, speeds)
    port = graph.ports.iloc[0]
    assert graph.ports["port_id"].tolist() == ["mid"]  # no road of the east within reach
    assert port["us_km"] + port["mx_km"] == pytest.approx(62)
    assert port["us_km"] / port["mx_km"] == pytest.approx(np.hypot(5, 40) / np.hypot(5, 20))


def test_no_ports_at_all(speeds, monkeypatch, toy_roads):
    monkeypatch.setattr(roadnet, "ISLAND_KM", 0)
    roads = toy_roads(
        [(0, 1, 1.0, True), (2, 3, 1.0, True)], {0: (0, 1), 1: (1, 1), 2: (0, -1), 3: (1, -1)}
    )
    none = pd.DataFrame({"port_id": [], "name": [], "lon": [], "lat": []})
    assert RoadGraph.build(roads, none, SOUTH, speeds).ports.empty


def test_the_port_stands_where_it_stood(graph, open_ports):
    lon, lat = lonlat(graph.ports["x"], graph.ports["y"])
    given = open_ports.set_index("port_id").loc[graph.ports["port_id"]]
    np.testing.assert_allclose(lon, given["lon"].astype(float), atol=1e-9)
    np.testing.assert_allclose(lat, given["lat"].astype(float), atol=1e-9)
