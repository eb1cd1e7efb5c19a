"""Outlines of sites and lines of pairs."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from sitesel.crs import LONLAT, WORKING_CRS, to_working
from sitesel.show.shapes import outlines, pair_lines


def test_a_site_has_the_ground_of_its_cells():
    measures = pd.DataFrame({"row": [5, 5, 6, -2], "col": [-3, -2, -3, 8]}, index=list("abcd"))
    sites = pd.DataFrame({"rank": [1, 2]}, index=["a", "d"])
    made = outlines(sites, measures, [np.array([0, 1, 2]), np.array([3])], 1000)
    assert made.crs == WORKING_CRS
    assert made.area.tolist() == [3e6, 1e6]
    assert made.geometry["a"].bounds == (-3000, 5000, -1000, 7000)
    assert not made.geometry["a"].contains(shapely.Point(-1500, 6500))
    assert made.geometry["d"].equals(shapely.box(8000, -2000, 9000, -1000))
    assert made["rank"].tolist() == [1, 2]


def test_the_outline_does_not_depend_on_the_order_in_which_it_grew():
    measures = pd.DataFrame({"row": [0, 0, 1], "col": [0, 1, 0]})
    sites = pd.DataFrame(index=[0])
    one, other = (
        outlines(sites, measures, [np.array(way)], 2000) for way in ([0, 1, 2], [2, 0, 1])
    )
    assert one.geometry[0].wkb == other.geometry[0].wkb


def test_a_site_ends_where_its_country_does():
    kept = shapely.box(0, 0, 1000, 300)
    land = [None, shapely.to_wkb(kept)]
    measures = pd.DataFrame({"row": [1, 0], "col": [0, 0], "land": land})
    made = outlines(pd.DataFrame(index=[0]), measures, [np.array([0, 1])], 1000)
    assert made.area.tolist() == [1_300_000]
    assert made.geometry[0].equals(shapely.union(kept, shapely.box(0, 1000, 1000, 2000)))


def test_parcels_keep_their_own_shape():
    lot = shapely.Polygon([(0, 0), (900, 100), (400, 700)])
    measures = pd.DataFrame({"hectares": [1.0], "geometry": [shapely.to_wkb(lot)]}, index=["lot"])
    made = outlines(pd.DataFrame(index=["lot"]), measures, [np.array([0])], 0)
    assert made.geometry["lot"].equals(lot)


def test_a_pair_is_a_line_through_its_port():
    places = [shapely.Point(-106.5, 31.7), shapely.Point(-99.5, 27.5)]
    ports = gpd.GeoDataFrame({"port_id": ["p", "q"]}, geometry=places, crs=LONLAT)
    sites = pd.DataFrame({"lon": [-106.6, -106.4], "lat": [31.9, 31.5]}, index=["north", "south"])
    pairs = pd.DataFrame({"us_site": ["north"], "port": ["p"], "mx_site": ["south"]})
    made = pair_lines(pairs, sites, to_working(ports))
    assert made.crs == LONLAT
    assert np.array(made.geometry[0].coords).ravel() == pytest.approx(
        [-106.6, 31.9, -106.5, 31.7, -106.4, 31.5]
    )
    assert made["port"].tolist() == ["p"]
