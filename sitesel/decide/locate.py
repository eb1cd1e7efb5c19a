"""Locate sites: contiguous regions grown from the best cells of a grid."""

from __future__ import annotations

import heapq
import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from sitesel.decide.values import FloatArray

    IntArray = npt.NDArray[np.int64]


def locate(
    rows: npt.ArrayLike,
    cols: npt.ArrayLike,
    score: npt.ArrayLike,
    *,
    target_cells: int,
    count: int,
    apart_cells: float,
) -> list[IntArray]:
    """Grow sites from the best cells, best first.

    The best free cell starts a site, which takes its best free edge neighbour until it has
    `target_cells`; ties go to the cell nearest to the start, then by row and column. No site is
    longer or wider than `widest` cells: a strip along a road is no industrial park. Cells
    nearer than `apart_cells` to a site are no longer free. Call it once for each side.

    Parameters
    ----------
    rows, cols
        Grid position of each cell, integers of shape (n,).
    score
        Shape (n,); a cell with NaN is never used.
    target_cells
        Cells of a site. Where fewer hang together there is no site.
    count
        The most sites to return.
    apart_cells
        Least distance between the centres of cells of two sites, in cells.

    Returns
    -------
    list of int64 arrays
        Positions in the input, for each site in the order it grew: the first is its best cell.

    Raises
    ------
    ValueError
        When the arrays do not fit, a cell comes twice, or `target_cells` is below 1.

    Examples
    --------
    >>> [site.tolist() for site in locate(
    ...     [0, 0, 0, 0, 0, 0], [0, 1, 2, 3, 4, 5], [0.5, 0.9, 0.8, 0.2, 0.3, 0.1],
    ...     target_cells=2, count=5, apart_cells=2)]
    [[1, 2], [4, 5]]
    """
    if target_cells < 1:
        raise ValueError(f"target_cells is {target_cells}; a site needs at least one cell")
    row, col = np.asarray(rows, dtype=np.int64), np.asarray(cols, dtype=np.int64)
    worth = np.asarray(score, dtype=np.float64)
    if not row.ndim == 1 or not row.shape == col.shape == worth.shape:
        raise ValueError(f"rows {row.shape}, cols {col.shape}, score {worth.shape} do not fit")
    neighbours, places = _neighbours(row, col), np.column_stack([row, col])
    by_row = np.argsort(row, kind="stable")
    free = ~np.isnan(worth)
    sites: list[IntArray] = []
    for start in np.lexsort((col, row, -worth)).tolist():
        if len(sites) >= count:
            break
        if not free[start]:
            continue
        grown = np.array(_grow(start, target_cells, worth, places, neighbours, free))
        free[start] = False
        if len(grown) == target_cells:
            free[grown] = False
            own = set(grown.tolist())
            rim = np.array([cell for cell in own if not own.issuperset(neighbours[cell].tolist())])
            free[_near(rim, row, col, by_row, apart_cells)] = False
            sites.append(grown)
    return sites


def widest(target_cells: int) -> int:
    """Return how many cells long or wide a site of so many cells may be: 1.25 times a square.

    Examples
    --------
    >>> [widest(cells) for cells in (1, 2, 4, 6, 9, 100)]
    [1, 2, 2, 3, 4, 12]
    """
    return max(math.ceil(math.sqrt(target_cells)), round(1.25 * math.sqrt(target_cells)))


def _neighbours(row: IntArray, col: IntArray) -> IntArray:
    """Return the positions of the four edge neighbours, shape (n, 4); -1 where there is none."""
    if not len(row):
        return np.empty((0, 4), dtype=np.int64)
    # One column more than the grid has keeps the end of a row apart from the start of the next.
    width = int(col.max() - col.min()) + 2
    key = (row - row.min()) * width + (col - col.min())
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    if (np.diff(ordered) == 0).any():
        raise ValueError("a cell (row, col) comes twice")
    result = np.full((len(key), 4), -1, dtype=np.int64)
    for direction, step in enumerate((-width, -1, 1, width)):
        at = np.minimum(np.searchsorted(ordered, key + step), len(key) - 1)
        result[:, direction] = np.where(ordered[at] == key + step, order[at], -1)
    return result


def _grow(
    start: int,
    target: int,
    worth: FloatArray,
    places: IntArray,
    neighbours: IntArray,
    free: npt.NDArray[np.bool_],
) -> list[int]:
    """Take the best neighbour until the target is reached or none is left that keeps it compact."""
    row, col = places[start].tolist()
    extent = widest(target)
    top, bottom, left, right = row, row, col, col
    grown: list[int] = []
    seen = {start}
    frontier = [(0.0, 0, [row, col], start)]
    while frontier and len(grown) < target:
        *_, (i, j), cell = heapq.heappop(frontier)
        box = min(top, i), max(bottom, i), min(left, j), max(right, j)
        if max(box[1] - box[0], box[3] - box[2]) >= extent:
            continue  # the box only grows: this cell will never fit
        top, bottom, left, right = box
        grown.append(cell)
        for other in neighbours[cell].tolist():
            if other >= 0 and other not in seen and free[other]:
                seen.add(other)
                place = places[other].tolist()
                away = (place[0] - row) ** 2 + (place[1] - col) ** 2
                heapq.heappush(frontier, (-float(worth[other]), away, place, other))
    return grown


def _near(rim: IntArray, row: IntArray, col: IntArray, by_row: IntArray, apart: float) -> IntArray:
    """Return the positions of the cells nearer than `apart` to any cell of a site's rim.

    ``by_row`` are the positions of all cells in the order of their rows.
    """
    pad = int(np.ceil(apart))
    top, left = int(row[rim].min()) - pad, int(col[rim].min()) - pad
    bottom, right = int(row[rim].max()) + pad, int(col[rim].max()) + pad
    first = np.searchsorted(row, top, "left", sorter=by_row)
    band = by_row[first : np.searchsorted(row, bottom, "right", sorter=by_row)]
    inside = band[(col[band] >= left) & (col[band] <= right)]
    down, along = (each[inside, None] - each[rim] for each in (row, col))
    near: IntArray = inside[(down**2 + along**2).min(axis=1) < apart**2]
    return near
