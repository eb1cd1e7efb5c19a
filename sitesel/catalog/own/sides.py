"""On which side of the border does each feature lie: by where it is, or by a column's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from sitesel.catalog.own.cells import rows
from sitesel.catalog.roadnet import south_of
from sitesel.crs import BORDER_DOUBT_M, WORKING_CRS
from sitesel.errors import LayerError

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from sitesel.catalog.layers import Catalog

_COUNTRIES = (("MX", ("municipios", "mx_states")), ("US", ("us_counties", "us_states")))
_SLIVER = 0.02  # of an outline may lie beyond the border, as it is drawn otherwise
_NEAR_M = 5_000  # coasts are drawn coarsely: a quay may lie off the land
_COUNTRY = {"US": "the US", "MX": "Mexico"}
_SPELT = {
    "US": "us, usa, u.s., u.s.a., united states, united states of america, eua, ee.uu., eeuu, "
    "estados unidos, estados unidos de américa, 840",
    "MX": "mx, mex, mexico, méxico, estados unidos mexicanos, 484",
}


def by_border(frame: gpd.GeoDataFrame, catalog: Catalog) -> tuple[pd.Series[Any], list[str]]:
    """Return US or MX for each feature, by a point inside it; None where it lies in neither.

    The border line itself is Mexico's, as with candidates. A feature off the coast belongs to
    the land within 5 km. The boundaries are those of the catalogue: Mexico and the four states.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from sitesel.catalog.layers import Catalog
    >>> places = gpd.GeoDataFrame(crs=4326,
    ...     geometry=gpd.points_from_xy([-106.49, -106.42, 0], [31.79, 31.69, 0]))
    >>> side, said = by_border(places, Catalog.default())
    >>> side.tolist(), said
    (['US', 'MX', None], ['row 4: neither in Mexico nor in AZ, CA, NM, TX: left out'])
    """
    shapes = frame.geometry.to_crs(WORKING_CRS).to_numpy()
    spots = shapely.point_on_surface(shapes)
    side = np.full(len(frame), None, object)
    said = []
    for reach in (0, _NEAR_M):
        for country, layers in _COUNTRIES:
            for layer in layers:
                rest = np.flatnonzero(side == None)  # noqa: E711 (of each element)
                found = _held(spots[rest], catalog.load(layer), reach)
                side[rest[found]] = country
    crossing = _crossing(shapes, catalog)
    if crossing.any():
        said.append(f"{rows(frame.index[crossing])}: across the border: side by a point inside")
    column = pd.Series(side, frame.index, dtype=object)
    lost = frame.index[column.isna()]
    if len(lost):
        states = ", ".join(sorted(catalog.load("us_states")["state"]))
        said.append(f"{rows(lost)}: neither in Mexico nor in {states}: left out")
    return column, said


def _crossing(shapes: NDArray[np.object_], catalog: Catalog) -> NDArray[np.bool_]:
    """Say which shapes have more than 2 % of their extent on either side of the border."""
    border = catalog.load("border_line").union_all()
    measure = (shapely.length, shapely.area)[int(shapely.get_dimensions(shapes).max() > 1)]
    shapely.prepare(border)
    crossing: NDArray[np.bool_] = np.asarray(measure(shapes) > 0)
    crossing[crossing] = shapely.intersects(border, shapes[crossing])
    southern = shapely.intersection(shapes[crossing], south_of(border))
    share = measure(southern) / measure(shapes[crossing])
    crossing[crossing] = (share > _SLIVER) & (share < 1 - _SLIVER)
    return crossing


def _held(spots: NDArray[np.object_], land: gpd.GeoDataFrame, reach: float) -> NDArray[np.intp]:
    """Return the positions of the points that lie in a layer's polygons, or within metres of it."""
    tree = shapely.STRtree(spots)
    shapes = land.geometry.to_numpy()
    if reach:
        _, found = tree.query(shapes, predicate="dwithin", distance=reach)
    else:
        _, found = tree.query(shapes, predicate="intersects")
    return np.unique(found)


def by_words(column: pd.Series[Any], name: str) -> pd.Series[Any]:
    """Return US or MX for each row by what a column says of its country.

    Raises
    ------
    LayerError
        A cell names neither.

    Examples
    --------
    >>> by_words(pd.Series(["México", "USA"]), "pais").tolist()
    ['MX', 'US']
    """
    known = {word: side for side, spelt in _SPELT.items() for word in spelt.split(", ")}
    side = column.map(lambda cell: known.get(str(cell).strip().lower()))
    flaw = side.isna()
    if flaw.any():
        cell = column[flaw].iloc[0]
        raise LayerError(
            f"--side-from {name}, {rows(column.index[flaw])}: '{cell}' is neither US nor MX; "
            "mend these rows, or say --side-from border"
        )
    return side.astype(object)


def contradictions(
    side: pd.Series[Any], frame: gpd.GeoDataFrame, catalog: Catalog, name: str
) -> list[str]:
    """Tell which rows a column puts on one side while they lie over 1 km into the other.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from sitesel.catalog.layers import Catalog
    >>> juarez = gpd.GeoDataFrame(crs=4326, geometry=gpd.points_from_xy([-106.42], [31.65]))
    >>> for line in contradictions(pd.Series(["US"]), juarez, Catalog.default(), "country"):
    ...     print(line)
    row 2: 'country' says US, but it lies in Mexico: kept as stated; mend it, or --side-from border
    """
    place, _ = by_border(frame, catalog)
    wrong = np.array(place.notna() & (place != side))
    spots = shapely.point_on_surface(frame.geometry[wrong].to_crs(WORKING_CRS).to_numpy())
    border = catalog.load("border_line").union_all()
    wrong[wrong] = shapely.distance(spots, border) > BORDER_DOUBT_M
    told = []
    for country in _COUNTRY:
        at = frame.index[wrong & (side == country).to_numpy()]
        if len(at):
            lies, them = ("it lies", "it") if len(at) == 1 else ("they lie", "them")
            other = _COUNTRY["MX" if country == "US" else "US"]
            told.append(
                f"{rows(at)}: '{name}' says {country}, but {lies} in {other}: kept as stated; "
                f"mend {them}, or --side-from border"
            )
    return told
