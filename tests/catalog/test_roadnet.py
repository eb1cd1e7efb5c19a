"""The network: cut at the border, tied, split, timed."""

import numpy as np
import pandas as pd
import pytest
import shapely

from sitesel.catalog import roadnet
from sitesel.catalog.roadnet import Speeds, edges, network, south_of
from sitesel.crs import GEOD
from sitesel.errors import LayerError

SOUTH = shapely.box(-1e6, -1e6, 1e6, 0)


def test_edges_have_true_lengths_and_say_which_lines_to_trust(catalog):
    roads = edges(catalog["roads"].path)
    assert roads.crs.to_epsg() == 4326
    chord = np.array([GEOD.geometry_length(line) for line in roads.geometry]) / 1000
    assert (roads["km"] > 0.99 * chord - 0.05).all()  # a road is no shorter than its chord
    assert roads["km"].max() <= 200
    drawn = roads[roads["drawn"]]
    assert drawn["km"].max() < 10
    assert 0.85 < len(drawn) / len(roads) < 0.99


def test_nothing_of_the_network_touches_the_border(graph, border):
    net = graph.net
    ends = np.stack([np.stack([net.x[e], net.y[e]], axis=1) for e in (net.u, net.v)], axis=1)
    shapely.prepare(border)
    assert not shapely.intersects(border, shapely.linestrings(ends)).any()
    assert (net.side[net.u] == net.side[net.v]).all()


def test_sides_agree_with_the_states_on_the_map(graph, catalog):
    states = catalog.load("mx_states").union_all()
    shapely.prepare(states)
    inside = shapely.contains_xy(states, graph.net.x, graph.net.y)
    assert np.mean(inside == (graph.net.side == "MX")) > 0.998  # causeways lie off the states


def test_most_kilometres_survive_in_few_pieces(graph, catalog):
    assert graph.net.km.sum() > 0.99 * catalog.load("roads")["km"].sum()
    count = len(graph.net.x)
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = coo_array((graph.net.km, (graph.net.u, graph.net.v)), shape=(count, count))
    pieces, label = connected_components(pairs, directed=False)
    assert pieces <= 4  # either side of the border, the Isthmus, the tip of Baja California
    assert np.bincount(label).max() > 0.7 * count


def test_a_crossing_edge_is_cut_and_a_long_chord_is_bent(speeds, monkeypatch, toy_roads):
    monkeypatch.setattr(roadnet, "ISLAND_KM", 0)
    mexico = shapely.union(SOUTH, shapely.box(-2000, 0, 2000, 1000))  # a bump of the border
    places = {0: (-20, 0.5), 1: (20, 0.5), 2: (0, -20), 3: (-0.5, 2), 4: (-1, 0.5), 5: (-20, 3)}
    roads = toy_roads(
        [(0, 1, 41.0, False), (2, 3, 23.0, False), (3, 4, 1.7, True), (0, 5, 2.5, True)], places
    )
    net = network(roads, mexico, speeds)
    assert set(net.side) == {"US"}
    assert net.km.sum() == pytest.approx(41 + 2.5)  # the chord keeps its length, the rest is cut
    assert (~net.firm).sum() == 1  # nobody joins at the bend
    ends = np.stack([np.stack([net.x[e], net.y[e]], axis=1) for e in (net.u, net.v)], axis=1)
    assert not shapely.intersects(mexico, shapely.linestrings(ends)).any()


def test_loose_ends_are_tied_and_islands_left_out(speeds, toy_roads):
    places = {
        0: (0, 10),
        1: (100, 10),
        2: (100.5, 10.5),
        3: (140, 40),
        4: (300, 300),
        5: (305, 300),
    }
    roads = toy_roads([(0, 1, 160.0, False), (2, 3, 50.0, False), (4, 5, 5.0, True)], places)
    net = network(roads, SOUTH, speeds)
    assert net.km.sum() == pytest.approx(160 + 50 + np.hypot(0.5, 0.5))
    assert net.x.max() == pytest.approx(140_000)


def test_drawn_edges_are_split_evenly(speeds, monkeypatch, toy_roads):
    monkeypatch.setattr(roadnet, "ISLAND_KM", 0)
    roads = toy_roads([(0, 1, 7.0, True), (1, 2, 30.0, False)], {0: (0, 5), 1: (7, 5), 2: (37, 5)})
    net = network(roads, SOUTH, speeds)
    assert sorted(net.km) == pytest.approx([1.4] * 5 + [30.0])
    assert sorted(net.x) == pytest.approx([0, 1400, 2800, 4200, 5600, 7000, 37_000])


def test_more_junctions_never_mean_more_speed(speeds):
    for side in ("US", "MX"):
        kmh = speeds.kmh(np.arange(60.0), np.full(60, side))
        assert (np.diff(kmh) <= 0).all()
        assert kmh[0] == pytest.approx(speeds.one("open_kmh", side) * speeds.one("truck", side))
        assert kmh[-1] == pytest.approx(speeds.one("city_kmh", side) * speeds.one("truck", side))


def test_a_missing_speed_names_file_and_row(tmp_path):
    path = tmp_path / "speeds.csv"
    pd.DataFrame({"name": ["open_kmh"], "us": [100], "mx": [90]}).to_csv(path, index=False)
    with pytest.raises(LayerError, match=r"speeds\.csv: name: no row 'city_kmh'"):
        Speeds.read(path)


def test_south_of_takes_the_pieces_of_a_line_in_any_order():
    whole = shapely.LineString([(-1e6, 1e5), (0, 0), (1e6, -1e5)])
    parts = shapely.MultiLineString([[(1e6, -1e5), (0, 0)], [(-1e6, 1e5), (0, 0)]])
    assert south_of(parts).equals(south_of(whole))
