"""Routes: legs add up, ports are named, and known trips take a believable time."""

import numpy as np
import pytest
import shapely

from sitesel.catalog.roads import Points
from sitesel.catalog.routes import fastest
from sitesel.crs import xy

CITIES = {
    "El Paso": (-106.487, 31.759, "US"),
    "Las Cruces": (-106.778, 32.312, "US"),
    "Laredo": (-99.507, 27.506, "US"),
    "San Antonio": (-98.493, 29.424, "US"),
    "Los Angeles port": (-118.262, 33.737, "US"),
    "Houston port": (-95.0, 29.68, "US"),
    "Tijuana": (-117.038, 32.533, "MX"),
    "Mexicali": (-115.468, 32.663, "MX"),
    "Nuevo Laredo": (-99.507, 27.486, "MX"),
    "Monterrey": (-100.309, 25.671, "MX"),
    "Ciudad Juárez": (-106.485, 31.739, "MX"),
    "Altamira": (-97.89, 22.48, "MX"),
    "Guaymas": (-110.88, 27.918, "MX"),
    "Salina Cruz": (-95.191, 16.171, "MX"),
    "Acayucan": (-94.915, 17.949, "MX"),
}


def city(name):
    lon, lat, side = CITIES[name]
    x, y = xy([lon], [lat])
    return Points.at(x, y, np.array([side]))


@pytest.mark.parametrize(
    ("start", "end", "least", "most"),
    [
        ("El Paso", "Las Cruces", 45, 60),
        ("Laredo", "San Antonio", 140, 180),
        ("Tijuana", "Mexicali", 130, 190),
        ("Nuevo Laredo", "Monterrey", 140, 200),
        ("Salina Cruz", "Acayucan", 150, 300),
    ],
)
def test_known_trips_take_a_believable_time(graph, start, end, least, most):
    there, back = fastest(graph, city(start), city(end)), fastest(graph, city(end), city(start))
    assert least < there.minutes < most
    assert back.minutes == pytest.approx(there.minutes)
    assert len(there.legs) == 1
    assert there.ports == []


@pytest.mark.parametrize("port", ["Altamira", "Guaymas"])
def test_mexican_seaports_can_be_reached(graph, port):
    assert fastest(graph, city("Monterrey"), city(port)) is not None


@pytest.mark.parametrize("port", ["Los Angeles port", "Houston port"])
def test_american_seaports_can_be_reached(graph, port):
    assert fastest(graph, city("El Paso"), city(port)) is not None


@pytest.mark.parametrize(
    ("start", "end"), [("El Paso", "Ciudad Juárez"), ("San Antonio", "Monterrey")]
)
def test_legs_and_delays_add_up(graph, start, end):
    route = fastest(graph, city(start), city(end))
    (minutes,) = graph.drives(city(start), city(end), cross_border=True)
    assert route.minutes == pytest.approx(minutes[0])
    assert [leg.side for leg in route.legs] == ["US", "MX"]
    port = graph.ports.set_index("port_id").loc[route.ports[0]]
    assert route.delays == pytest.approx([port["delay_min"]])
    to_port = graph.minutes_to_each(city(start), graph.port_points())
    column = graph.ports["port_id"].tolist().index(route.ports[0])
    assert route.legs[0].minutes == pytest.approx(to_port[0, column], rel=1e-6)


def test_the_path_crosses_the_border_once_at_its_port(graph, border):
    route = fastest(graph, city("San Antonio"), city("Monterrey"))
    crossed = shapely.intersection(shapely.LineString(route.path), border)
    port = graph.ports.set_index("port_id").loc[route.ports[0]]
    assert not crossed.is_empty
    assert crossed.hausdorff_distance(shapely.Point(port["x"], port["y"])) < 10_000


def test_a_near_place_is_reached_off_the_road(graph):
    x, y = xy([-106.0, -105.99], [32.1, 32.1])
    here, there = (Points.at(x[i : i + 1], y[i : i + 1], np.array(["US"])) for i in (0, 1))
    route = fastest(graph, here, there)
    metres = np.hypot(x[1] - x[0], y[1] - y[0])
    assert route.minutes == pytest.approx(0.06 * metres * 1.3 / 30)
    assert route.km == pytest.approx(metres / 1000 * 1.3)


def test_no_way_from_beyond_reach(graph):
    x, y = xy([-113.9], [27.0])
    assert fastest(graph, Points.at(x, y, np.array(["MX"])), city("Tijuana")) is None
