"""The shipped road graph, a toy one that can be worked out by hand, and a server that fails."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from sitesel.catalog.roads import RoadGraph, Speeds, south_of
from sitesel.crs import WORKING_CRS, lonlat
from tests.catalog.sources import hostile

AS_OF = date(2026, 11, 21)


@pytest.fixture
def server():
    """A web server on this machine; see sources/hostile.py for what it can answer."""
    running = hostile.Server()
    yield running
    running.close()


@pytest.fixture(scope="session")
def toy_roads():
    """A function from (u, v, km, drawn) and the places of the nodes in km to an edge frame."""

    def build(edges, at):
        lines = [shapely.LineString(np.multiply([at[u], at[v]], 1000.0)) for u, v, _, _ in edges]
        frame = pd.DataFrame(edges, columns=["u", "v", "km", "drawn"])
        return gpd.GeoDataFrame(frame, geometry=lines, crs=WORKING_CRS)

    return build


@pytest.fixture(scope="session")
def border(catalog):
    return catalog.load("border_line").union_all()


@pytest.fixture(scope="session")
def speeds(catalog):
    return Speeds.read(catalog["roads"].path.with_name("speeds.csv"))


@pytest.fixture(scope="session")
def open_ports(catalog):
    ports = catalog.load("ports_of_entry", AS_OF)
    yes = ports["commercial"].astype(str).str.lower() == "true"
    return ports[yes & (ports["in_force"] == 1)]


@pytest.fixture(scope="session")
def graph(catalog, border, speeds, open_ports):
    return RoadGraph.build(catalog.load("roads"), open_ports, south_of(border), speeds)


@pytest.fixture(scope="session")
def toy_ports():
    """Two ports on a border along y = 0: one with a measured delay, one without."""
    lon, lat = lonlat([0, 100_000], [0, 0])
    return pd.DataFrame(
        {
            "port_id": ["mid", "east"],
            "name": ["Mid", "East"],
            "lon": lon,
            "lat": lat,
            "delay_min": [10.0, np.nan],
        }
    )
