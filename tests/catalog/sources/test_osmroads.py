"""The drive graph of OpenStreetMap: the invented towns, beside networkx and the embedded roads."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from datetime import date

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx
import pandas as pd
import pytest
import shapely
import yaml
from geographiclib.geodesic import Geodesic
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import KDTree

from sitesel import cli
from sitesel.ask.trips import find_route
from sitesel.catalog.fetched import fetching
from sitesel.catalog.layers import Catalog
from sitesel.catalog.roadnet import edges as read_edges
from sitesel.catalog.roads import Points, RoadGraph, Speeds, south_of
from sitesel.catalog.roadspeeds import Stretch
from sitesel.catalog.sources import osm, osmroads
from sitesel.catalog.sources.osmxml import select
from sitesel.catalog.sources.request import Request, Terms
from sitesel.catalog.sources.specs import OpenStreetMap
from sitesel.crs import WORKING_CRS, xy
from sitesel.errors import FetchError, LayerError
from sitesel.measure.measures import World
from sitesel.resources import shipped
from tests.catalog.sources import hostile, osm_town

DAY = date(2026, 11, 21)
MPH = 1.609344
BOX = (-106.75, 31.70, -106.60, 31.85)
TRIPS = [("-106.69,31.815", "-106.67,31.753"), ("-106.67,31.80", "-106.69,31.768")]


@pytest.fixture(scope="module")
def town():
    return osm_town.town()


@pytest.fixture(scope="module")
def extract(town, tmp_path_factory):
    return town.extract(tmp_path_factory.mktemp("osm") / "town.osm")


@pytest.fixture(scope="module")
def answer(extract, tmp_path_factory):
    """The roads of the extract, as they are fetched."""
    from sitesel.catalog.sources.web import Client

    source = OpenStreetMap(protocol="osm", extract=str(extract), roads=True)
    folder = tmp_path_factory.mktemp("scratch")
    return osm.fetch(source, Request(Client(offline=True), folder, BOX))


@pytest.fixture(scope="module")
def roads(answer):
    return answer.frame


@pytest.fixture(scope="module")
def folder(answer, tmp_path_factory):
    """A folder of layers in which the fetched roads lie as they are put in place."""
    home = tmp_path_factory.mktemp("streets") / "transport"
    home.mkdir()
    answer.frame.to_parquet(home / "roads_osm.parquet", compression="zstd", index=False)
    (home / "speeds.csv").write_bytes(answer.files[0].read_bytes())
    shipped_definition = shipped("layers") / "transport" / "roads_osm.yaml"
    (home / "roads_osm.yaml").write_bytes(shipped_definition.read_bytes())
    return home.parent


@pytest.fixture(scope="module")
def streets(folder):
    """The catalogue in which the streets replace the embedded roads."""
    return Catalog.default(folder)


@pytest.fixture(scope="module")
def graph(streets):
    return World(streets, DAY).network


def edges_of(town, tmp_path):
    """Return the road edges of a map made in a test."""
    chosen = tmp_path / "chosen.osm"
    select([town.extract(tmp_path / "t.osm")], chosen, osmroads.wanted)
    return osmroads.edges(chosen)


def limits(roads, kind):
    part = roads[roads["class"] == kind]
    return sorted({round(each, 2) for each in part["limit_kmh"].dropna()}), part


def test_classes_limits_and_directions_are_those_of_the_map(roads):
    assert roads.crs.to_epsg() == 4326
    assert roads.columns.tolist() == [
        "u", "v", "km", "drawn", "class", "limit_kmh", "truck_limit_kmh", "oneway", "geometry",
    ]  # fmt: skip
    assert set(roads["class"]) == {
        "motorway", "motorway_link", "trunk", "primary", "secondary", "tertiary",
        "unclassified", "residential",
    }  # fmt: skip
    assert limits(roads, "primary")[0] == [60, round(45 * MPH, 2)]
    assert limits(roads, "secondary")[0] == [40, round(35 * MPH, 2)]
    assert limits(roads, "tertiary")[0] == []  # maxspeed=none is no number
    found, motorway = limits(roads, "motorway")
    assert found == [round(75 * MPH, 2)]
    assert motorway["oneway"].all()  # one of them is not even tagged
    assert set(motorway["truck_limit_kmh"].round(2)) == {round(65 * MPH, 2)}
    ring = roads[(roads["class"] == "unclassified") & roads["oneway"]]
    assert ring["km"].sum() == pytest.approx(0.29, abs=0.02)  # the roundabout
    assert not roads.loc[roads["class"] == "secondary", "oneway"].any()


def test_what_no_truck_drives_on_is_not_there(roads):
    lat = shapely.get_coordinates(roads.geometry.to_numpy())[:, 1].reshape(-1, 2)
    lon = shapely.get_coordinates(roads.geometry.to_numpy())[:, 0].reshape(-1, 2)
    for row in (osm_town.US_LATS[4], osm_town.MX_LATS[4]):  # hgv=no
        assert not np.isclose(lat, row).all(axis=1).any()
    across = (lat.max(axis=1) > 31.784) & (lat.min(axis=1) < 31.784)
    assert not np.isclose(lon[across], osm_town.LONS[0]).any()  # the ferry
    private = np.isclose(lon, osm_town.LONS[2]) & np.isclose(lat, 31.787)
    assert not private.any()
    north = np.isclose(lon[:, 0], osm_town.LONS[3]) & (lat.max(axis=1) > osm_town.US_LATS[6])
    assert not north.any()  # a footway, and a street of changing direction


def test_kilometres_are_those_on_the_ellipsoid(town, roads, tmp_path):
    way = next(refs for refs, tags in town.ways.values() if tags.get("maxspeed") == "none")
    places = [town.nodes[ref][:2] for ref in way]
    metres = sum(
        Geodesic.WGS84.Inverse(a[1], a[0], b[1], b[0])["s12"] for a, b in itertools.pairwise(places)
    )
    line = shapely.LineString(places)
    arc = roads[roads.within(line.buffer(1e-4)) & (roads["class"] == "tertiary")]
    assert arc["km"].sum() == pytest.approx(metres / 1000, rel=1e-9)
    alone = osm_town.Map()
    alone.way(*places, highway="primary")
    assert edges_of(alone, tmp_path)["km"].sum() == pytest.approx(metres / 1000, rel=1e-9)


def test_bends_are_cut_no_more_than_ten_metres(tmp_path):
    curve = osm_town.Map()
    turn = np.linspace(0, 2 * np.pi, 300)
    places = [(round(-106 + 0.01 * np.cos(a), 7), round(31 + 0.01 * np.sin(a), 7)) for a in turn]
    curve.way(*places[:-1], highway="primary", maxspeed="50")
    roads = edges_of(curve, tmp_path)
    assert 10 < len(roads) < 60
    whole = gpd.GeoSeries([shapely.LineString(places[:-1])], crs=4326).to_crs(WORKING_CRS)
    drawn = shapely.line_merge(roads.to_crs(WORKING_CRS).union_all())
    away = shapely.hausdorff_distance(drawn, whole[0], densify=0.01)
    assert 1 < away <= osmroads.BEND_M
    assert (roads["km"] * 1000 >= roads.to_crs(WORKING_CRS).length * 0.98).all()
    assert roads["drawn"].all()


def test_nodes_are_junctions_dead_ends_and_changes_of_class(tmp_path):
    small = osm_town.Map()
    small.way((-106.0, 31.0), (-106.0, 31.01), (-106.0, 31.02), highway="primary")
    small.way((-106.0, 31.02), (-106.0, 31.03), (-106.0, 31.04), highway="secondary")
    small.way((-106.0, 31.04), (-106.0, 31.05), highway="secondary", maxspeed="50")
    roads = edges_of(small, tmp_path)
    assert len(roads) == 3  # the nodes within a stretch are gone
    assert roads["class"].tolist() == ["primary", "secondary", "secondary"]
    assert roads[["u", "v"]].to_numpy().tolist() == [[0, 1], [1, 2], [2, 3]]
    assert roads["limit_kmh"].isna().tolist() == [True, True, False]


def test_against_the_arrow_is_turned_round(tmp_path):
    small = osm_town.Map()
    small.way((-106.0, 31.0), (-106.0, 31.01), highway="primary", oneway="-1")
    road = edges_of(small, tmp_path).iloc[0]
    assert road["oneway"]
    assert list(road.geometry.coords) == [(-106.0, 31.01), (-106.0, 31.0)]


def test_loops_and_twins_stay(tmp_path):
    small = osm_town.Map()
    ends = (-106.0, 31.0), (-106.0, 31.01)
    small.way(*ends, highway="primary")
    small.way(ends[0], (-106.01, 31.005), ends[1], highway="primary")
    small.way(ends[0], (-105.99, 31.0), (-105.99, 30.99), ends[0], highway="residential")
    roads = edges_of(small, tmp_path)
    assert len(roads) == 6
    assert (roads["u"] != roads["v"]).all()


def test_same_file_same_bytes_in_whatever_order_it_is_written(town, extract, tmp_path):
    files = []
    for number, path in enumerate((extract, extract, tmp_path / "turned.osm")):
        if number == 2:
            turned = osm_town.Map(town.nodes, dict(reversed(town.ways.items())), town.relations)
            turned.extract(path)
        chosen = tmp_path / f"chosen{number}.osm"
        select([path], chosen, osmroads.wanted)
        files.append(tmp_path / f"{number}.parquet")
        osmroads.edges(chosen).to_parquet(files[-1], index=False)
    assert len({file.read_bytes() for file in files}) == 1
    code = (
        "import sys; from pathlib import Path; from sitesel.catalog.sources import osmroads; "
        "osmroads.edges(Path(sys.argv[1])).to_parquet(sys.argv[2], index=False)"
    )
    names = [str(tmp_path / "chosen0.osm"), str(tmp_path / "other.parquet")]
    subprocess.run(
        [sys.executable, "-c", code, *names], check=True, env=os.environ | {"PYTHONHASHSEED": "7"}
    )
    assert (tmp_path / "other.parquet").read_bytes() == files[0].read_bytes()


def test_the_file_reads_as_it_was_fetched(folder, roads):
    again = read_edges(folder / "transport" / "roads_osm.parquet")
    pd.testing.assert_frame_equal(pd.DataFrame(again.drop(columns="highway")), pd.DataFrame(roads))


def test_a_folder_with_the_roads_replaces_the_embedded_ones(streets, catalog):
    assert streets["roads"].id == "roads_osm"
    assert catalog["roads"].id == "roads"
    assert len(streets.load("roads")) != len(catalog.load("roads"))
    assert streets["roads"].share_alike


def test_a_fetch_puts_them_in_their_place(client, extract, folder, monkeypatch, tmp_path):
    monkeypatch.setenv(osm.EXTRACT, str(extract))
    fetching.fetch("roads_osm", fetching.Order(client(offline=True), tmp_path / "mine", BOX))
    mine = Catalog.default(tmp_path / "mine")
    assert mine["roads"].id == "roads_osm"
    assert mine["roads"].vintage == osm_town.EDITED[:10]
    for name in ("roads_osm.parquet", "speeds.csv"):
        one, other = (home / "transport" / name for home in (folder, tmp_path / "mine"))
        assert one.read_bytes() == other.read_bytes()
    assert find_route(mine, *TRIPS[0], DAY).route.ports == ["santa_teresa"]


def test_overpass_gives_the_same_roads(server, client, town, roads, tmp_path):
    server.on("/api/status", hostile.say(osm_town.status()))
    server.on("/api/interpreter", osm_town.interpreter(town))
    source = OpenStreetMap(protocol="osm", url=server.url("/api"), roads=True)
    box = (-107.08, 31.5, -106.28, 32.1)  # four pieces, with the seam through the middle
    terms = Terms(overpass=True)
    answer = osm.fetch(source, Request(client(), tmp_path / "scratch", box, terms=terms))
    inside = answer.frame.cx[BOX[0] : BOX[2], BOX[1] : BOX[3]]
    columns = ["km", "class", "limit_kmh", "oneway"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(inside[columns]).reset_index(drop=True), pd.DataFrame(roads[columns])
    )


def test_only_what_touches_the_box_is_taken(extract, client, tmp_path):
    source = OpenStreetMap(protocol="osm", extract=str(extract), roads=True)
    request = Request(client(offline=True), tmp_path, (-106.70, 31.74, -106.66, 31.78))
    south = osm.fetch(source, request).frame
    assert set(south["class"]) == {"primary", "secondary", "residential", "trunk", "unclassified"}
    elsewhere = Request(client(offline=True), tmp_path, (-100, 25, -99, 26))
    with pytest.raises(FetchError, match=r"no road for trucks in .*town\.osm"):
        osm.fetch(source, elsewhere)


def test_nothing_of_the_network_touches_the_border(graph, streets):
    net = graph.net
    ends = np.stack([np.stack([net.x[e], net.y[e]], axis=1) for e in (net.u, net.v)], axis=1)
    border = streets.load("border_line").union_all()
    shapely.prepare(border)
    assert not shapely.intersects(border, shapely.linestrings(ends)).any()
    assert (net.side[net.u] == net.side[net.v]).all()
    assert set(net.side) == {"US", "MX"}
    assert shapely.distance(border, shapely.linestrings(ends)).min() < 2  # up to the line


def test_both_carriageways_lead_to_the_port(graph):
    port = graph.ports.iloc[0]
    assert graph.ports["port_id"].tolist() == ["santa_teresa"]
    for side in ("us", "mx"):
        assert port[f"{side}_km"] < 0.1
        own = len(graph.net.x) + (side == "mx")
        there, back = (
            dijkstra(each, indices=own) for each in (graph._backward[0], graph.matrices[0])
        )
        here = np.flatnonzero(graph.net.side == side.upper())
        assert np.isfinite(there[here]).all()
        assert np.isfinite(back[here]).all()


def spot(lon, lat, side):
    x, y = xy([lon], [lat])
    return Points.at(x, y, np.array([side]))


def test_the_bridge_that_is_no_port_carries_no_truck(graph, streets, roads):
    lon = osm_town.LONS[6]
    assert (roads["class"] == "trunk").sum() == 1  # it is in the file
    trip = find_route(streets, f"{lon},{osm_town.US_LATS[0]}", f"{lon},{osm_town.MX_LATS[0]}", DAY)
    assert trip.route.ports == ["santa_teresa"]
    assert trip.km > 3  # by the port, and not 1.3 km straight over
    x, y = xy([lon], [osm_town.PORT[1]])
    assert np.hypot(graph.net.x - x, graph.net.y - y).min() > 600  # it is cut from street to street
    mexico = south_of(streets.load("border_line").union_all())
    shut = RoadGraph.build(
        streets.load("roads"), graph.ports.iloc[:0].assign(lon=[], lat=[]), mexico, graph.speeds
    )
    here, there = spot(lon, osm_town.US_LATS[0], "US"), spot(lon, osm_town.MX_LATS[0], "MX")
    assert np.isnan(shut.minutes_to_each(here, there, cross_border=True)).all()
    assert np.isfinite(graph.minutes_to_each(here, there, cross_border=True)).all()


def test_a_one_way_street_is_longer_against_the_arrow(graph):
    lon = osm_town.LONS[1]  # driven northwards on the US side
    low, high = (spot(lon, osm_town.US_LATS[row], "US") for row in (2, 5))
    up, down = (next(graph.drives(a, b))[0] for a, b in ((low, high), (high, low)))
    assert up < down
    assert up == pytest.approx(60 * 1.66326 / (30 * 0.8), rel=1e-3)


def as_networkx(extract, ways_out):
    """Make the directed graph anew: osmnx's own, unsimplified, with rules written out here."""
    class_kmh = pd.read_csv(shipped("layers") / "transport" / "speeds_osm.csv").set_index("name")
    tagged = {
        "75 mph": 75 * MPH, "45 mph": 45 * MPH, "35 mph": 35 * MPH, "30 mph": 30 * MPH,
        "60 mph": 60 * MPH, "60": 60.0, "40": 40.0,
    }  # fmt: skip
    raw = osmnx.graph_from_xml(extract, simplify=False, retain_all=True)
    twin = nx.MultiDiGraph()
    for u, v, data in raw.edges(data=True):
        kind = str(data.get("highway"))
        if f"kmh_{kind}" not in class_kmh.index or data["osmid"] in ways_out:
            continue
        if kind == "motorway" and data["reversed"]:
            continue  # implied
        lat = [raw.nodes[node]["y"] for node in (u, v)]
        lon = [raw.nodes[node]["x"] for node in (u, v)]
        side = "mx" if lat[0] < 31.784 else "us"
        limit = tagged.get(data.get("maxspeed"))
        car = class_kmh.loc[f"kmh_{kind}", side] if limit is None else 0.9 * limit
        kmh = min(car * class_kmh.loc[f"truck_{kind}", side], 105 if side == "us" else 80)
        if kind == "motorway":
            kmh = min(kmh, 65 * MPH)
        metres = Geodesic.WGS84.Inverse(lat[0], lon[0], lat[1], lon[1])["s12"]
        twin.add_edge(u, v, minutes=60 * metres / 1000 / kmh)
    return raw, twin


def test_minutes_are_those_of_networkx_on_the_graph_of_osmnx(graph, extract, town):
    closed = {"no", "private"}
    out = {
        number
        for number, (refs, tags) in town.ways.items()
        if tags.get("hgv") in closed or tags.get("access") in closed or tags.get("bridge")
        or tags.get("oneway") == "reversible"
    }  # fmt: skip
    raw, twin = as_networkx(extract, out)
    parts = [part for part in nx.strongly_connected_components(twin) if len(part) > 20]
    assert len(parts) == 2  # a side each; what cannot be driven to and from is left out
    junction = (node for node in twin if len(set(nx.all_neighbors(twin, node))) > 2)
    nodes = sorted(node for node in junction if any(node in part for part in parts))
    x, y = xy([raw.nodes[n]["x"] for n in nodes], [raw.nodes[n]["y"] for n in nodes])
    metres, own = KDTree(np.column_stack([graph.net.x, graph.net.y])).query(np.column_stack([x, y]))
    assert len(nodes) > 70
    assert metres.max() < 1e-3
    ours = dijkstra(graph.matrices[0], indices=own)[:, own]
    back = dijkstra(graph._backward[0], indices=own)[:, own]
    np.testing.assert_array_equal(np.isfinite(ours), np.isfinite(ours.T))
    compared = 0
    for row, node in enumerate(nodes):
        found = nx.single_source_dijkstra_path_length(twin, node, weight="minutes")
        theirs = np.array([found.get(each, np.inf) for each in nodes])
        np.testing.assert_allclose(ours[row], theirs, rtol=0, atol=1e-9)
        np.testing.assert_allclose(back[:, row], theirs, rtol=0, atol=1e-9)
        compared += np.isfinite(theirs).sum()
    assert compared > 2500
    assert not np.allclose(ours, ours.T)  # one-ways matter


def test_drives_by_the_search_are_those_of_the_matrix(graph):
    rng = np.random.default_rng(5)
    nodes = rng.choice(len(graph.net.x), 30, replace=False)
    points = Points.at(graph.net.x[nodes], graph.net.y[nodes], graph.net.side[nodes])
    direct = dijkstra(graph.matrices[1], indices=nodes)[:, nodes]
    drives = np.array(list(graph.drives(points, points, cross_border=True))).T
    for row in range(30):
        straight = graph.straight(points, points.x[row], points.y[row])
        straight[points.side != points.side[row]] = np.inf
        direct[:, row] = np.minimum(direct[:, row], straight)
    np.testing.assert_allclose(drives, direct, rtol=0, atol=1e-9)


def test_a_car_is_never_slower_than_a_truck(folder, roads):
    path = folder / "transport" / "speeds.csv"
    many = len(roads)
    for side in ("US", "MX"):
        known = Stretch(
            roads["class"].to_numpy(object), np.full(many, side),
            roads["limit_kmh"].to_numpy(), roads["truck_limit_kmh"].to_numpy(),
        )  # fmt: skip
        truck = Speeds.read(path).kmh_by_class(known)
        car = Speeds.read(path, vehicle="car").kmh_by_class(known)
        assert (truck < car).all()
        assert truck.max() <= (105 if side == "US" else 80)
    assert car.max() == pytest.approx(0.9 * 75 * MPH)


def test_a_class_without_a_speed_names_file_and_row(answer, roads, tmp_path, streets):
    rows = pd.read_csv(answer.files[0]).set_index("name")
    path = tmp_path / "speeds.csv"
    rows.drop("kmh_tertiary").to_csv(path)
    mexico = south_of(streets.load("border_line").union_all())
    ports = streets.load("ports_of_entry", DAY)
    with pytest.raises(LayerError, match=r"speeds\.csv: name: no row 'kmh_tertiary'"):
        RoadGraph.build(roads, ports, mexico, Speeds.read(path))
    rows.drop("gate_km").to_csv(path)
    with pytest.raises(LayerError, match=r"speeds\.csv: name: no row 'gate_km'"):
        Speeds.read(path)


def test_every_class_has_its_speed_and_its_penalty_with_a_source():
    table = pd.read_csv(shipped("layers") / "transport" / "speeds_osm.csv").set_index("name")
    for kind in osmroads.CLASSES:
        assert (table.loc[f"kmh_{kind}", ["us", "mx"]] > 0).all()
        assert (table.loc[f"truck_{kind}", ["us", "mx"]] <= 1).all()
    assert table[["unit", "source", "why"]].notna().all(axis=None)


def test_an_extract_of_one_country_only(roads, graph, streets):
    mexico = south_of(streets.load("border_line").union_all())
    ports = streets.load("ports_of_entry", DAY)
    north = roads[shapely.get_y(shapely.centroid(roads.geometry.to_numpy())) > 31.785]
    half = RoadGraph.build(north, ports, mexico, graph.speeds)
    assert set(half.net.side) == {"US"}
    assert half.ports.empty
    here, there = spot(-106.68, 31.80, "US"), spot(-106.68, 31.76, "MX")
    assert half.known(here).all()
    assert not half.known(there).any()


@pytest.mark.parametrize(("start", "end"), TRIPS)
def test_both_graphs_answer_the_same_trip(catalog, streets, start, end):
    highways, town = (find_route(each, start, end, DAY) for each in (catalog, streets))
    assert highways.route.ports == town.route.ports == ["santa_teresa"]
    delay = town.route.delays[0]
    assert delay == highways.route.delays[0]
    assert 0.3 < (town.minutes - delay) / (highways.minutes - delay) < 3
    assert 0.3 < town.km / highways.km < 3
    assert "embedded" in highways.note
    assert "'roads_osm'" in town.note


def test_the_command_of_the_docs_compares_them(capsys, folder):
    said = []
    for more in ([], ["--layers", str(folder)]):
        with pytest.raises(SystemExit) as done:
            cli.main(["route", *TRIPS[0], "--as-of", "2026-11-21", "--json", *more])
        assert done.value.code in (0, None)
        said.append(yaml.safe_load(capsys.readouterr().out))
    assert said[0]["note"] != said[1]["note"]
    assert [leg.get("port_id") for leg in said[1]["legs"]] == [None, "santa_teresa", None]
