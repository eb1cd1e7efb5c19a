"""The border study at full size: what someone who knows the border would look for."""

import re
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from scipy.spatial import KDTree
from scipy.stats import rankdata

from sitesel.crs import WORKING_CRS, xy
from sitesel.decide.scoring import score
from sitesel.decide.weights import by_side
from sitesel.decision import weighed
from sitesel.measure.features import counted
from sitesel.measure.measures import World

ROOT = Path(__file__).parents[1]
SAN_JERONIMO = (-106.69, 31.77)
SANTA_TERESA = (-106.68, 31.86)


@pytest.fixture(scope="session")
def world(catalog, border_run):
    return World(catalog, border_run.study.as_of)


def km(lon, lat, place):
    return Geodesic.WGS84.Inverse(lat, lon, place[1], place[0])["s12"] / 1000


def cells_of(run, numbers):
    """Return candidates as polygons, for other libraries."""
    frame = run.measures.iloc[numbers]
    west, south = frame["col"] * 1000.0, frame["row"] * 1000.0
    return gpd.GeoDataFrame(
        frame[["side", "lon", "lat"]],
        geometry=shapely.box(west, south, west + 1000, south + 1000),
        crs=WORKING_CRS,
    )


def some(run, count, condition=None):
    """Choose candidates at random, the same each time."""
    among = np.arange(len(run.measures)) if condition is None else np.flatnonzero(condition)
    return np.sort(np.random.default_rng(7).choice(among, count, replace=False))


# --- the golden pair -------------------------------------------------------------------------


@pytest.fixture(scope="session")
def golden(border_run):
    """The pair of the best set that joins Santa Teresa and San Jerónimo: pair, US site, MX site."""
    sites = border_run.decision.sites
    for pair in border_run.pairs[border_run.pairs["set_rank"].notna()].to_dict("records"):
        us, mx = sites.loc[pair["us_site"]], sites.loc[pair["mx_site"]]
        near_us = km(us["lon"], us["lat"], SANTA_TERESA) < 12
        if near_us and km(mx["lon"], mx["lat"], SAN_JERONIMO) < 12:
            return pair, us, mx
    pytest.fail("the best set has no pair Santa Teresa-San Jerónimo")


def test_santa_teresa_and_san_jeronimo_are_joined_by_their_port(golden):
    pair, us, mx = golden
    assert pair["port"] == "santa_teresa"
    assert us["raw_trade_zone"] == "site"
    assert mx["raw_pole"] < 5
    assert mx["raw_rail"] < 10


def test_only_a_magnet_site_makes_a_trade_zone_near(border_run, catalog):
    """A point that stands for a whole zone, or for its city, is no site."""
    zones, cells = catalog.load("ftz_sites"), border_run.measures
    cells = cells[cells["side"] == "US"]
    spots = np.column_stack(xy(cells["lon"], cells["lat"]))
    to_magnet, to_other = (
        KDTree(own.geometry.get_coordinates()).query(spots)[0]
        for own in (zones[zones["site_kind"] == "magnet"], zones[zones["site_kind"] != "magnet"])
    )
    site = (cells["raw:trade_zone"] == "site").to_numpy()
    assert site[to_magnet < 4900].sum() > 500
    assert ((to_other < 4900) & (to_magnet > 5100)).sum() > 100
    assert not site[to_magnet > 5100].any()


def test_the_golden_pair_shows_its_tension(golden):
    _, us, mx = golden
    for site in (us, mx):
        assert site["raw_water_status"] in {"strained", "scarce"}
    said = " ".join([*us["weak_en"], *mx["weak_en"]])
    assert "water scarce" in said or "water strained" in said
    assert "agua " in " ".join([*us["weak_es"], *mx["weak_es"]])


def test_every_gateway_has_its_pair(border_run):
    """Otay Mesa, Calexico, Nogales, El Paso, Laredo, Reynosa, Matamoros: all carry industry."""
    through = set(border_run.pairs.loc[border_run.pairs["set_rank"].notna(), "port"])
    assert {"otay_mesa", "calexico_east", "ysleta", "world_trade", "pharr", "veterans"} <= through


def test_what_the_page_on_explaining_asks_for_is_in_the_run(border_run):
    page = (ROOT / "docs" / "compare-and-explain.md").read_text("utf-8")
    asked = re.findall(r"sitesel explain maps/border (\S+)", page)
    assert len(asked) == 3
    keys = border_run.pairs["us_site"] + "/" + border_run.pairs["mx_site"]
    ranks = border_run.pairs["rank"].astype(str)
    assert {*asked} <= {*keys, *ranks, *border_run.decision.sites.index}


def test_no_pair_goes_through_a_port_without_trucks(border_run, catalog):
    ports = catalog.load("ports_of_entry", border_run.study.as_of).set_index("port_id")
    used = ports.loc[border_run.pairs["port"].unique()]
    assert "bota" not in used.index
    assert (used["commercial"].astype(str).str.lower() == "true").all()
    assert (used["in_force"] == 1).all()


def test_the_weaker_side_and_the_link_rule(border_run):
    pairs = border_run.pairs
    assert (pairs["score"] <= pairs[["us_score", "mx_score"]].max(axis=1)).all()
    assert (pairs["link_minutes"] > pairs["delay_minutes"]).all()
    assert pairs["link_minutes"].between(30, 180).all()


# --- known parks -----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def blind(border_run):
    """Scores in which the layer of parks plays no part."""
    run, chosen = border_run, {}
    for name in run.decision.criteria:
        criterion = run.study.criteria[name]
        weight = 0.0 if name == "industrial_fabric" else criterion.weight
        chosen[name] = criterion.model_copy(update={"weight": weight})
    weights = by_side(run.study.groups | {"land": 0.0}, weighed(chosen))
    assert weights[list(chosen).index("industrial_fabric")].tolist() == [0, 0]
    return score(run.decision.values, weights, run.measures["side"].to_numpy(object)).score


@pytest.fixture(scope="session")
def closeness(border_run, catalog):
    """Two plain rivals: closeness to a city of 50,000 on the same side, and to a highway."""
    measures = border_run.measures
    spots = np.column_stack(xy(measures["lon"], measures["lat"]))
    places = catalog.load("places")
    cities = places[places["population"] >= 50_000]
    city = np.zeros(len(measures))
    for side in ("US", "MX"):
        here = (measures["side"] == side).to_numpy()
        own = cities[cities["side"] == side].geometry
        city[here] = -KDTree(np.column_stack([own.x, own.y])).query(spots[here])[0]
    return {"city": city, "highway": -measures["raw:trunk_road"].to_numpy()}


@pytest.fixture(scope="session")
def parks(border_run, catalog):
    """The cells of the known parks, by side."""
    measures, known = border_run.measures, catalog.load("industrial_parks")
    spots, found = np.column_stack(xy(measures["lon"], measures["lat"])), {}
    for side in ("US", "MX"):
        here = np.flatnonzero(measures["side"] == side)
        own = known.loc[known["side"] == side].geometry
        metres, which = KDTree(spots[here]).query(np.column_stack([own.x, own.y]))
        found[side] = here[which[metres < 1500]]
    return found


def auc(scores, park, land):
    """Return the chance that a park's cell beats one of the land (ties count half)."""
    ranks = rankdata(np.concatenate([scores[park], scores[land]]))[: len(park)]
    wins = ranks.sum() - len(park) * (len(park) + 1) / 2
    return wins / (len(park) * len(land))


def regional(run, scores, park, side):
    """Return the AUC against land of the same nearest port, averaged over the parks."""
    drive = run.measures.filter(regex="^port:").to_numpy()
    nearest = np.where(np.isnan(drive).all(axis=1), -1, np.nan_to_num(drive, nan=1e9).argmin(1))
    own = (run.measures["side"] == side).to_numpy()
    chances, parks_there = [], []
    for region in np.unique(nearest[park][nearest[park] >= 0]):
        part = park[nearest[park] == region]
        chances.append(auc(scores, part, np.flatnonzero((nearest == region) & own)))
        parks_there.append(len(part))
    return np.average(chances, weights=parks_there)


@pytest.mark.parametrize("side", ["US", "MX"])
def test_known_parks_lie_well_above_the_land_of_their_side(border_run, blind, parks, side):
    land = np.flatnonzero((border_run.measures["side"] == side).to_numpy())
    assert len(parks[side]) > 20
    assert auc(np.nan_to_num(blind), parks[side], land) > 0.9


@pytest.mark.parametrize("rival", ["city", "highway"])
@pytest.mark.parametrize("side", ["US", "MX"])
def test_the_score_finds_parks_better_than_plain_closeness(
    border_run, blind, closeness, parks, side, rival
):
    """Against all land of the side, and against land of the same port's region."""
    land, ours = np.flatnonzero((border_run.measures["side"] == side).to_numpy()), parks[side]
    scores, plain = np.nan_to_num(blind), closeness[rival]
    assert auc(scores, ours, land) > auc(plain, ours, land)
    assert regional(border_run, scores, ours, side) > regional(border_run, plain, ours, side)


@pytest.mark.parametrize("side", ["US", "MX"])
def test_known_parks_lie_above_what_surrounds_them(border_run, blind, parks, side):
    """The median park beats most of the land five to twenty kilometres around it."""
    measures = border_run.measures
    spots = np.column_stack(xy(measures["lon"], measures["lat"]))
    own = np.flatnonzero((measures["side"] == side).to_numpy())
    tree, beaten = KDTree(spots[own]), []
    for park in parks[side]:
        outer = tree.query_ball_point(spots[park], 20_000)
        inner = tree.query_ball_point(spots[park], 5_000)
        around = own[sorted(set(outer) - set(inner))]
        beaten.append((blind[park] > blind[around]).mean())
    assert np.median(beaten) > 0.75


# --- spot checks by other libraries ----------------------------------------------------------


def test_distances_to_points_are_those_of_geographiclib(border_run, world):
    poles = counted(world.features("development_poles"), {}).to_crs(4326).geometry
    rows = some(border_run, 40, (border_run.measures["side"] == "MX").to_numpy())
    for cell in border_run.measures.iloc[rows].itertuples():
        lon, lat = cell.lon, cell.lat
        nearest = min(km(lon, lat, (pole.x, pole.y)) for pole in poles)
        assert border_run.measures.at[cell.Index, "raw:pole"] == pytest.approx(nearest, rel=1e-3)


def test_distances_to_lines_are_those_of_geographiclib(border_run, world):
    rail = counted(world.features("rail"), {})
    rows = some(border_run, 40, border_run.measures["raw:rail"] > 1)
    cells = cells_of(border_run, rows)
    joined = cells.set_geometry(cells.centroid).sjoin_nearest(rail[["geometry"]])
    joined = joined[~joined.index.duplicated()].loc[cells.index]
    lines = rail.geometry.loc[joined["index_right"]].to_numpy()
    feet = shapely.get_point(shapely.shortest_line(joined.geometry.to_numpy(), lines), 1)
    there = gpd.GeoSeries(feet, crs=WORKING_CRS).to_crs(4326)
    truth = [
        km(lon, lat, (p.x, p.y)) for lon, lat, p in zip(cells.lon, cells.lat, there, strict=True)
    ]
    np.testing.assert_allclose(border_run.measures["raw:rail"].iloc[rows], truth, rtol=5e-3)


def test_shares_are_those_of_geopandas_overlay(border_run, world):
    zones = counted(world.features("opportunity_zones"), {})[["geometry"]].dissolve()
    inside = border_run.measures["raw:opportunity_zone"]
    rows = np.union1d(some(border_run, 40, inside.between(0.01, 0.99)), some(border_run, 20))
    cells = cells_of(border_run, rows).reset_index()
    parts = gpd.overlay(cells[["site_id", "geometry"]], zones, how="intersection")
    share = parts.set_index("site_id").area.groupby(level=0).sum() / 1e6
    share = share.reindex(cells["site_id"], fill_value=0)
    known = inside.iloc[rows]
    heard = known.notna().to_numpy()
    np.testing.assert_allclose(known[heard], share[heard], atol=1e-6)
    assert heard.sum() >= 40


def test_drive_times_to_a_port_are_those_of_networkx(border_run, world):
    graph = world.network
    port = graph.ports["port_id"].tolist().index("santa_teresa")
    matrix = graph.matrices[0].tocoo()
    twin = nx.Graph()
    twin.add_weighted_edges_from(
        zip(matrix.row.tolist(), matrix.col.tolist(), matrix.data.tolist(), strict=True)
    )
    ends = {"US": len(graph.net.x) + port, "MX": len(graph.net.x) + len(graph.ports) + port}
    minutes = {side: nx.single_source_dijkstra_path_length(twin, ends[side]) for side in ends}
    measures, ways = border_run.measures, border_run.measures["port:santa_teresa"]
    away = np.hypot(
        *(
            np.array(xy(measures["lon"], measures["lat"]))
            - graph.ports.loc[port, ["x", "y"]].to_numpy(float)[:, None]
        )
    )
    # Nearer places may also be reached straight, off the network.
    rows = some(border_run, 60, ways.notna() & (away > 1000 * graph.speeds.one("direct_km", "MX")))
    cells = cells_of(border_run, rows)
    joined = graph.join(graph.points(cells))
    truth = np.full(len(cells), np.inf)
    for point, node, access in zip(joined.point, joined.node, joined.minutes, strict=True):
        way = minutes[cells["side"].iloc[point]].get(int(node), np.inf) + access
        truth[point] = min(truth[point], way)
    ours = border_run.measures["port:santa_teresa"].iloc[rows]
    np.testing.assert_allclose(ours, truth, rtol=1e-5)


def test_the_nearest_port_is_the_least_of_all_ports(border_run):
    ports = border_run.measures.filter(regex="^port:")
    nearest = border_run.measures["raw:port_drive"]
    both = nearest.notna() & (nearest < 235)
    assert both.mean() > 0.9
    np.testing.assert_allclose(nearest[both], ports.min(axis=1)[both], rtol=1e-5, atol=1e-4)
