"""How much of a candidate's land keeps its distance from a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from affine import Affine
from rasterio.features import rasterize
from rasterio.features import shapes as polygons
from rasterio.windows import Window
from scipy.ndimage import distance_transform_edt
from shapely.geometry import shape

from sitesel.catalog.rasters import RasterLayer, cells
from sitesel.errors import StudyError
from sitesel.measure.coverage import Grid, carried, extract
from sitesel.measure.coverage import cell_m as raster_cell_m
from sitesel.measure.features import EVERY, counted, doubtful
from sitesel.measure.proximity import nearest
from sitesel.measure.zonal import matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Shapes = NDArray[np.object_]
    Box = tuple[float, float, float, float]
    Near = Callable[[Box], tuple[Shapes, Shapes]]

FINEST, COARSEST = 500, 4  # cells that a setback may span at most, and at least
_CELLS = 10  # that the shortest setback spans, unless said otherwise
_TILE = 1024  # cells a side that are looked at together
_UNSURE = 1.3  # cells: half a diagonal that centres mislead, half a cell of edge, a little
_RASTER_SIDE, _FEWEST = 4096, 64  # cells of a raster that are read at once; tiles are no smaller
_DOUBT = 1e-6  # share of land that doubtful features must touch to matter


def setback(
    candidates: gpd.GeoDataFrame,
    layer: gpd.GeoDataFrame | RasterLayer,
    *,
    m: Sequence[float],
    where: Mapping[str, Any] = EVERY,
    cell_m: float | None = None,
    known: float = 0.5,
) -> pd.DataFrame:
    """Return the share of each candidate's land that lies at least ``m`` metres from the layer.

    One exact Euclidean distance transform on a fine grid serves all of ``m`` and decides all cells
    but those in which an edge may run; these are measured to the features themselves, and count
    by the part that lies beyond the edge. Distances are planar in the working CRS:
    within 0.4 % on the border, 1.5 % at the Isthmus.

    Parameters
    ----------
    layer
        Features in the working CRS with ``in_force``, or a raster, of which ``where`` chooses
        cells.
    m
        Metres, each at least 4 cells and at most 500.
    cell_m
        Size of the grid's cells; by default a tenth of the smallest of ``m``.
    known
        Of a raster: land that unknown cells may touch is unknown, and does not count; where less
        than this share is known, the result is NaN.

    Returns
    -------
    Frame with a column for each of ``m``. NaN also where features of which nobody can say whether
    they are in force would change the share.

    Raises
    ------
    StudyError
        The cells do not fit the setback, or ``where`` does not fit the layer.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from sitesel.crs import WORKING_CRS
    >>> field = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1000, 1000)], crs=WORKING_CRS)
    >>> river = gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (0, 1000)])],
    ...     crs=WORKING_CRS)
    >>> setback(field, river, m=[100, 250]).round(3).to_dict("records")
    [{100: 0.9, 250: 0.75}]
    """
    if isinstance(layer, RasterLayer):
        near, least = _near_cells(layer, where), known
    else:
        near, least = _near_features(layer, where), 1 - _DOUBT
    shapes = candidates.geometry.to_numpy()
    area = shapely.area(shapes)
    shares = {}
    for group in _groups(sorted(set(m)), cell_m):
        size = cell_m or group[0] / _CELLS
        lost, unsure = _lost(shapes, near, group, size, _tile_cells(layer, group, size)) / area
        for each, gone, open_ in zip(group, lost, unsure, strict=True):
            rest = np.where(1 - open_ > _DOUBT, 1 - open_, np.nan)
            shares[each] = np.where(rest >= least, np.clip(1 - gone / rest, 0, 1), np.nan)
    return pd.DataFrame({each: shares[each] for each in m}, candidates.index)


def _groups(m: list[float], cell_m: float | None) -> Iterator[list[float]]:
    """Split setbacks, ascending, into groups that one grid serves.

    >>> list(_groups([100, 250, 9000], None))
    [[100, 250], [9000]]
    """
    if cell_m and not (COARSEST * cell_m <= m[0] and m[-1] <= FINEST * cell_m):
        raise StudyError(
            f"cell_m: {cell_m:g} does not fit a setback of {m[0]:g} m; write between "
            f"{m[-1] / FINEST:g} and {m[0] / COARSEST:g}, or leave it out"
        )
    while m:
        reach = FINEST * (cell_m or m[0] / _CELLS)
        group = [each for each in m if each <= reach]
        yield group
        m = m[len(group) :]


def _tile_cells(layer: Any, m: list[float], size: float) -> int:
    """Return the cells a side of a tile; a fine raster makes tiles small, to bound memory."""
    if not isinstance(layer, RasterLayer):
        return _TILE
    span = int(_RASTER_SIDE * raster_cell_m(layer) / size) - 2 * _margin(m, size)
    if span < _FEWEST:
        raise StudyError(
            f"the raster's cells of {raster_cell_m(layer):.3g} m are too fine for a setback of "
            f"{m[-1]:g} m; make a coarser copy of it: rio warp --res"
        )
    return min(span, _TILE)


class _Tile(NamedTuple):
    """A square of cells with a margin on all sides."""

    west: float
    north: float
    cells: int
    margin: int
    size: float

    @property
    def core(self) -> Box:
        span = self.cells * self.size
        return self.west, self.north - span, self.west + span, self.north

    @property
    def whole(self) -> Box:
        more, (west, south, east, north) = self.margin * self.size, self.core
        return west - more, south - more, east + more, north + more


def _lost(shapes: Shapes, near: Near, m: list[float], size: float, cells: int) -> Floats:
    """Return m² of each shape that are too near for each of ``m``, and m² of which it is unsure.

    The result is (2, number of m, number of shapes); what is surely too near is not unsure.
    """
    found = np.zeros((2, len(m), len(shapes)))
    lost, unsure = found
    tree = shapely.STRtree(shapes)
    for west, north in _corners(shapes, cells * size):
        tile = _Tile(west, north, cells, _margin(m, size), size)
        here = np.sort(tree.query(shapely.box(*tile.core), predicate="intersects"))
        surely, maybe = near(tile.whole) if len(here) else (shapes[:0], shapes[:0])
        if not (len(surely) or len(maybe)):
            continue
        sure = _too_near(tile, surely, m)
        lost[:, here] += _areas(tile, sure, shapes[here])
        if len(maybe):
            both = _too_near(tile, np.concatenate([surely, maybe]), m)
            unsure[:, here] += _areas(tile, both - sure, shapes[here])
    return found


def _margin(m: list[float], size: float) -> int:
    return int(np.ceil(m[-1] / size)) + 2


def _corners(shapes: Shapes, span: float) -> list[tuple[float, float]]:
    """Return the north-western corners of all tiles that shapes may lie in, in order."""
    ranges = np.unique(np.floor(shapely.bounds(shapes) / span).astype(np.int64), axis=0)
    tiles = {
        (row, col)
        for west, south, east, north in ranges.tolist()
        for row in range(south, north + 1)
        for col in range(west, east + 1)
    }
    return [(col * span, (row + 1) * span) for row, col in sorted(tiles)]


def _too_near(tile: _Tile, shapes: Shapes, m: list[float]) -> Floats:
    """Return for each of ``m`` the part of each cell of the core that lies nearer to the shapes."""
    west, _, _, north = tile.whole
    side, inner = tile.cells + 2 * tile.margin, slice(tile.margin, tile.margin + tile.cells)
    if not len(shapes):
        return np.zeros((len(m), tile.cells, tile.cells))
    grid = Affine(tile.size, 0, west, 0, -tile.size, north)
    touched = rasterize(shapes, (side, side), transform=grid, all_touched=True, dtype="uint8")
    away = distance_transform_edt(touched == 0)[inner, inner] * tile.size
    limits = np.array(m)[:, None, None]
    edge = (np.abs(away - limits) < _UNSURE * tile.size).any(axis=0)
    row, col = np.nonzero(edge)
    x = tile.west + (col + 0.5) * tile.size
    y = tile.north - (row + 0.5) * tile.size
    spots = np.column_stack([x, y])
    if len(spots):
        away[edge] = np.hypot(*(nearest(spots, shapes) - spots).T)
    return np.clip(0.5 + (limits - away) / tile.size, 0, 1)


def _areas(tile: _Tile, parts: Floats, shapes: Shapes) -> Floats:
    """Return m² of each shape by each of several grids of parts of cells."""
    grids = [Grid.of(part, tile.core, f"n{number}") for number, part in enumerate(parts)]
    return extract(grids, shapes, ["sum"]).to_numpy(np.float64).T * tile.size**2


def _near_features(features: gpd.GeoDataFrame, where: Mapping[str, Any]) -> Near:
    """Return a function that gives the features in a box that count, and those in doubt."""
    known, maybe = (
        shapely.STRtree(choose(features, where).geometry.to_numpy())
        for choose in (counted, doubtful)
    )

    def near(box: Box) -> tuple[Shapes, Shapes]:
        return _clipped(known, box), _clipped(maybe, box)

    return near


def _clipped(tree: shapely.STRtree, box: Box) -> Shapes:
    found = tree.geometries[np.sort(tree.query(shapely.box(*box), predicate="intersects"))]
    parts: Shapes = shapely.get_parts(shapely.clip_by_rect(found, *box))
    kept: Shapes = parts[~shapely.is_empty(parts)]
    return kept


def _near_cells(raster: RasterLayer, where: Mapping[str, Any]) -> Near:
    """Return a function that gives the cells in a box that match, and the unknown ones."""
    match = matcher(raster, where)
    footprint = carried(np.array([shapely.box(*raster.bounds)]), raster, back=True)[0]

    def near(box: Box) -> tuple[Shapes, Shapes]:
        square = shapely.box(*box)
        beyond = shapely.get_parts(shapely.difference(square, footprint))
        window = _window(raster, carried(np.array([square]), raster)[0].bounds)
        if window is None:
            return beyond[:0], beyond
        with raster.open() as source:
            hit = match(cells(source, raster.band, window).filled(np.nan))
        (dx, dy), (left, _, _, top) = raster.size, raster.bounds
        left, top = left + dx * window.col_off, top - dy * window.row_off
        grid = Affine(dx, 0, left, 0, -dy, top)
        surely, unknown = (
            carried(_outlines(each, grid), raster, back=True) for each in (hit == 1, np.isnan(hit))
        )
        return surely, np.concatenate([unknown, beyond])

    return near


def _window(raster: RasterLayer, bounds: Box) -> Window | None:
    """Return the raster's window that holds a box of its CRS; None if they do not meet."""
    (dx, dy), (west, _, _, north) = raster.size, raster.bounds
    left, right = (bounds[0] - west) / dx, (bounds[2] - west) / dx
    top, bottom = (north - bounds[3]) / dy, (north - bounds[1]) / dy
    left, top = max(int(np.floor(left)), 0), max(int(np.floor(top)), 0)
    right = min(int(np.ceil(right)), raster.width)
    bottom = min(int(np.ceil(bottom)), raster.height)
    if left >= right or top >= bottom:
        return None
    return Window(left, top, right - left, bottom - top)


def _outlines(chosen: NDArray[np.bool_], grid: Any) -> Shapes:
    """Return the chosen cells as polygons in the raster's CRS."""
    found = polygons(chosen.astype(np.uint8), mask=chosen, transform=grid)
    return np.array([*(shape(outline) for outline, _ in found), None], object)[:-1]
