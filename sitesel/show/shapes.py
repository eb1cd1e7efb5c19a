"""The outlines of sites, and the lines of pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sitesel.crs import LONLAT, WORKING_CRS
from sitesel.measure import grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def grounds(measures: pd.DataFrame, grid_m: float) -> NDArray[np.object_]:
    """Return the land of candidates, in the working CRS: of cells, what is of their own side.

    ``grid_m`` is the edge of a cell in metres.
    """
    if "geometry" in measures:
        return np.asarray(shapely.from_wkb(measures["geometry"].to_numpy()), object)
    squares = grid.boxes(measures["row"].to_numpy(), measures["col"].to_numpy(), grid_m)
    if "land" in measures:
        cut = measures["land"].notna().to_numpy()
        squares[cut] = shapely.from_wkb(measures["land"].to_numpy()[cut])
    return squares


def outlines(
    sites: pd.DataFrame,
    measures: pd.DataFrame,
    cells: Sequence[NDArray[np.int64]],
    grid_m: float,
) -> gpd.GeoDataFrame:
    """Return the sites with the polygons of their candidates, in the working CRS."""
    shapes = grounds(measures.iloc[np.concatenate(cells)], grid_m)
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
