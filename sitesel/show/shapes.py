"""The outlines of sites, and the lines of pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sitesel.crs import LONLAT, WORKING_CRS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_HECTARE = 10_000


def outlines(
    sites: pd.DataFrame, measures: pd.DataFrame, cells: Sequence[NDArray[np.int64]]
) -> gpd.GeoDataFrame:
    """Return the sites with the polygons of their candidates, in the working CRS."""
    used = measures.iloc[np.concatenate(cells)]
    if "geometry" in measures:
        shapes = shapely.from_wkb(used["geometry"].to_numpy())
    else:
        edge = np.sqrt(used["hectares"].to_numpy() * _HECTARE)
        west, south = used["col"].to_numpy() * edge, used["row"].to_numpy() * edge
        shapes = shapely.box(west, south, west + edge, south + edge)
    ends = np.cumsum([len(site) for site in cells])[:-1]
    merged = [shapely.normalize(shapely.union_all(part)) for part in np.split(shapes, ends)]
    return gpd.GeoDataFrame(sites, geometry=merged, crs=WORKING_CRS)


def pair_lines(
    pairs: pd.DataFrame, sites: pd.DataFrame, ports: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Return each pair as a line from the US site by its port to the Mexican site, in lon/lat."""
    gates = ports.set_index("port_id").geometry.to_crs(LONLAT)
    where = pd.DataFrame({"lon": gates.x, "lat": gates.y})
    spots = sites[["lon", "lat"]]
    stops = (spots.loc[pairs["us_site"]], where.loc[pairs["port"]], spots.loc[pairs["mx_site"]])
    lines = shapely.linestrings(np.stack([each.to_numpy(np.float64) for each in stops], axis=1))
    return gpd.GeoDataFrame(pairs, geometry=lines, crs=LONLAT)
