"""Minutes over the graph, against networkx and by hand."""

import networkx as nx
import numpy as np
import pytest
import shapely

from sitesel.catalog import roadnet
from sitesel.catalog.roads import Points, RoadGraph, south_of
from sitesel.catalog.routes import fastest
from sitesel.crs import xy

SOUTH = shapely.box(-1e6, -1e6, 1e6, 0)


@pytest.fixture(scope="module")
def somewhere(graph):
    """Places on both sides, near the border, with a spread of distances to the road."""
    rng = np.random.default_rng(7)
    at = rng.choice(len(graph.net.x), 60)
    x = graph.net.x[at] + rng.normal(0, 4000, 60)
    y = graph.net.y[at] + rng.normal(0, 4000, 60)
    return Points.at(x, y, graph.net.side[at])


def as_networkx(graph, *, cross_border):
    twin = nx.Graph()
    net, ports = graph.net, graph.ports
    links = list(zip(net.u, net.v, net.minutes, strict=True))
    base = len(net.x)
    for row, port in enumerate(ports.itertuples()):
        us, mx = base + row, base + len(ports) + row
        links += [(port.us, us, port.us_minutes), (port.mx, mx, port.mx_minutes)]
        links += [(us, mx, port.delay_min)] * cross_border
    for u, v, minutes in links:
        old = twin.get_edge_data(u, v, {"minutes": np.inf})["minutes"]
        twin.add_edge(u, v, minutes=min(minutes, old))
    return twin


@pytest.mark.parametrize("cross_border", [False, True])
def test_same_minutes_as_networkx(graph, somewhere, cross_border):
    twin = as_networkx(graph, cross_border=cross_border)
    joined = graph.join(somewhere)
    assert joined.point.tolist() == list(range(60))
    many = somewhere.only(np.arange(40, 60))
    drives = np.array(list(graph.drives(somewhere, many, cross_border=cross_border)))
    for row in range(20):
        node, way = joined.node[40 + row], joined.minutes[40 + row]
        found = nx.single_source_dijkstra_path_length(twin, node, weight="minutes")
        by_road = np.array([found.get(n, np.inf) for n in joined.node]) + joined.minutes + way
        straight = graph.straight(somewhere, many.x[row], many.y[row])
        straight[somewhere.side != many.side[row]] = np.inf
        np.testing.assert_allclose(drives[row], np.minimum(by_road, straight), rtol=0, atol=1e-9)


def test_nearest_is_the_least_of_each(graph, somewhere):
    targets = somewhere.only(np.arange(0, 60, 6))
    each = graph.minutes_to_each(somewhere, targets)
    expected = np.full(60, np.nan)
    some = ~np.isnan(each).all(axis=1)
    expected[some] = np.nanmin(each[some], axis=1)
    np.testing.assert_allclose(graph.nearest_minutes(somewhere, targets), expected, rtol=1e-6)


def test_without_ports_nobody_crosses(catalog, border, speeds, open_ports, somewhere):
    mexico = south_of(border)
    shut = RoadGraph.build(catalog.load("roads"), open_ports.iloc[:0], mexico, speeds)
    minutes = shut.minutes_to_each(somewhere, somewhere, cross_border=True)
    other = somewhere.side[:, None] != somewhere.side[None, :]
    assert np.isnan(minutes[other]).all()
    assert np.isfinite(minutes[~other]).any()


def test_a_drive_abroad_pays_at_a_port(graph, somewhere):
    home = graph.minutes_to_each(somewhere, somewhere)
    abroad = graph.minutes_to_each(somewhere, somewhere, cross_border=True)
    other = somewhere.side[:, None] != somewhere.side[None, :]
    assert np.isnan(home[other]).all()
    crossed = abroad[other & np.isfinite(abroad)]
    assert len(crossed)
    assert crossed.min() > graph.ports["delay_min"].min()


def test_a_closed_port_is_not_used(catalog, border, speeds, open_ports):
    x, y = xy([-106.50, -106.47], [31.85, 31.60])
    here, there = (
        Points.at(x[i : i + 1], y[i : i + 1], np.array([s])) for i, s in ((0, "US"), (1, "MX"))
    )
    roads, mexico = catalog.load("roads"), south_of(border)
    first = fastest(RoadGraph.build(roads, open_ports, mexico, speeds), here, there)
    shut = open_ports[~open_ports["port_id"].isin(first.ports)]
    second = fastest(RoadGraph.build(roads, shut, mexico, speeds), here, there)
    assert len(first.ports) == 1
    assert not set(first.ports) & set(second.ports)
    assert second.minutes > first.minutes


def test_unknown_beyond_reach_and_beyond_the_limit(graph):
    x, y = xy([-106.49, -113.9, -106.6], [31.76, 27.0, 31.8])
    far = Points.at(x, y, np.array(["US", "MX", "US"]))
    assert graph.known(far).tolist() == [True, False, True]
    ports = graph.port_points()
    assert np.isnan(graph.nearest_minutes(far, ports)).tolist() == [False, True, False]
    assert np.isnan(graph.nearest_minutes(far, ports, limit=0.5)).all()
    total = graph.sum_within(far, ports, np.ones(len(ports.x)), limit=0.5)
    assert total[0] == 0
    assert np.isnan(total[1])


def test_the_further_off_the_road_the_longer(graph):
    x, y = xy(np.full(8, -106.42), np.linspace(31.80, 31.90, 8))
    home = Points.at(x, y, np.full(8, "US"))
    metres = graph._nodes["US"].nearest(x, y, 50)[1]
    order = np.argsort(metres)
    assert (np.diff(graph.join(home).minutes[order]) >= 0).all()


def test_sums_by_hand(speeds, toy_ports, monkeypatch, toy_roads):
    monkeypatch.setattr(roadnet, "ISLAND_KM", 0)
    roads = toy_roads(
        [(0, 1, 60.0, False), (2, 3, 60.0, False)],
        {0: (0, 20), 1: (60, 20), 2: (0, -20), 3: (60, -20)},
    )
    graph = RoadGraph.build(roads, toy_ports, SOUTH, speeds)
    hour = 60 * 60 / (speeds.one("open_kmh", "US") * speeds.one("truck", "US"))
    towns = Points.at(
        np.array([0, 60_000.0, 0]),
        np.array([20_000, 20_000, -20_000.0]),
        np.array(["US", "US", "MX"]),
    )
    start = towns.only(np.array([0]))
    people = np.array([100.0, 1000, 1e6])
    flat = graph.sum_within(start, towns, people, limit=hour + 0.01)
    assert flat.tolist() == [1100]
    assert graph.sum_within(start, towns, people, limit=hour - 0.01).tolist() == [100]
    fading = graph.sum_within(start, towns, people, limit=90, decay=10)
    assert fading == pytest.approx([100 + 1000 * np.exp(-hour / 10)])


def test_chunks_do_not_change_the_sum(graph, somewhere, monkeypatch):
    weight = np.arange(60.0)
    whole = graph.sum_within(somewhere, somewhere, weight, limit=90, decay=20)
    monkeypatch.setattr("sitesel.catalog.roads.CHUNK", 7)
    parts = [
        graph.sum_within(somewhere.only(rows), somewhere, weight, limit=90, decay=20)
        for rows in np.array_split(np.arange(60), 4)
    ]
    np.testing.assert_allclose(np.concatenate(parts), whole, rtol=1e-12)


def test_the_limit_counts_the_way_off_the_network(graph, somewhere):
    each = graph.minutes_to_each(somewhere, somewhere)
    limit = float(np.nanmedian(each[each > 20]))
    short = graph.minutes_to_each(somewhere, somewhere, limit=limit)
    np.testing.assert_array_equal(short, np.where(each <= limit, each, np.nan))
    assert np.isnan(short).sum() > np.isnan(each).sum()


def test_of_two_parallel_roads_the_faster_counts(speeds, toy_ports, toy_roads, monkeypatch):
    monkeypatch.setattr(roadnet, "ISLAND_KM", 0)
    places = {0: (0, 20), 1: (60, 20), 2: (0, -20), 3: (60, -20)}
    roads = toy_roads([(0, 1, 90.0, False), (0, 1, 60.0, False), (2, 3, 60.0, False)], places)
    graph = RoadGraph.build(roads, toy_ports, SOUTH, speeds)
    ends = Points.at(np.array([0, 60_000.0]), np.full(2, 20_000.0), np.full(2, "US"))
    route = fastest(graph, ends.only(np.array([0])), ends.only(np.array([1])))
    assert route.km == pytest.approx(60)
    assert graph.minutes_to_each(ends, ends)[0, 1] == pytest.approx(route.minutes)
