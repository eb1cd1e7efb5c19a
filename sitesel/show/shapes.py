"""The outlines of sites, and the lines of pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from sitesel.crs import LONLAT, WORKING_CRS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

_HECTARE = 10_000


def outlines(
    sites: pd.DataFrame, measures: pd.DataFrame, cells: Sequence[NDArray[np.int64]]
) -> gpd.GeoDataFrame:
    """Return the sites with the polygons of their candidates, in the working CRS."""
    if "geometry" in measures:
        shapes = shapely.from_wkb(measures["geometry"].to_numpy())
    else:
        edge = np.sqrt(measures["hectares"].to_numpy() * _HECTARE)
        west, south = measures["col"].to_numpy() * edge, measures["row"].to_numpy() * edge
        shapes = shapely.box(west, south, west + edge, south + edge)
    merged = [shapely.normalize(shapely.union_all(shapes[site])) for site in cells]
    return gpd.GeoDataFrame(sites, geometry=merged, crs=WORKING_CRS)


def pair_lines(
    pairs: pd.DataFrame, sites: pd.DataFrame, ports: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Return each pair as a line from the US site by its port to the Mexican site, in lon/lat."""
    points = ports.set_index("port_id").geometry.to_crs(LONLAT)
    lines = [
        shapely.LineString(
            [
                sites.loc[us, ["lon", "lat"]].astype(float),
                points[port].coords[0],
                sites.loc[mx, ["lon", "lat"]].astype(float),
            ]
        )
        for us, port, mx in zip(pairs["us_site"], pairs["port"], pairs["mx_site"], strict=True)
    ]
    return gpd.GeoDataFrame(pairs, geometry=lines, crs=LONLAT)
