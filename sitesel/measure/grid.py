"""The equal-area grid: squares of the working CRS, anchored at its origin.

Cell (row, col) of size s covers x in [col·s, (col+1)·s) and y in [row·s, (row+1)·s), so an id
means the same place in every run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Indices = NDArray[np.int32]

_BLOCK = 32  # cells a side of the blocks that are accepted or refused as a whole


def cells(area: shapely.Geometry, size_m: float) -> tuple[Indices, Indices]:
    """Return rows and columns of the cells whose centres fall in a polygon.

    Parameters
    ----------
    area
        Polygon in the working CRS; its edge counts as inside.
    size_m
        Edge of a cell in metres.

    Returns
    -------
    rows, cols
        Two arrays, sorted by row, then column.

    Examples
    --------
    >>> rows, cols = cells(shapely.box(0, 0, 2000, 1000), 1000)
    >>> rows.tolist(), cols.tolist()
    ([0, 0], [0, 1])
    """
    if area.is_empty:
        return np.empty(0, np.int32), np.empty(0, np.int32)
    shapely.prepare(area)
    span = size_m * _BLOCK
    west, south, east, north = np.floor(np.asarray(area.bounds) / span).astype(np.int64)
    down, across = (
        axis.ravel() for axis in np.mgrid[south : north + 1, west : east + 1].astype(np.int64)
    )
    blocks = boxes(down, across, span)
    touched = shapely.intersects(area, blocks)
    whole = shapely.covers(area, blocks)
    rows, cols = _expand(down[touched], across[touched])
    keep = np.repeat(whole[touched], _BLOCK**2)
    x, y = centres(rows[~keep], cols[~keep], size_m)
    keep[~keep] = shapely.intersects_xy(area, x, y)
    rows, cols = rows[keep], cols[keep]
    order = np.lexsort((cols, rows))
    return rows[order].astype(np.int32), cols[order].astype(np.int32)


def _expand(
    down: NDArray[np.int64], across: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows and columns of all cells in the blocks."""
    i, j = (axis.ravel() for axis in np.mgrid[:_BLOCK, :_BLOCK])
    return (
        (down[:, None] * _BLOCK + i).ravel(),
        (across[:, None] * _BLOCK + j).ravel(),
    )


def centres(
    rows: NDArray[np.integer], cols: NDArray[np.integer], size_m: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the cells' centres, x and y in metres.

    Examples
    --------
    >>> centres(np.array([0]), np.array([-1]), 1000)
    (array([-500.]), array([500.]))
    """
    x, y = (np.asarray(each, np.float64) + 0.5 for each in (cols, rows))
    return x * size_m, y * size_m


def boxes(
    rows: NDArray[np.integer], cols: NDArray[np.integer], size_m: float
) -> NDArray[np.object_]:
    """Return the cells as polygons in the working CRS.

    Examples
    --------
    >>> boxes(np.array([1]), np.array([0]), 500)[0].bounds
    (0.0, 500.0, 500.0, 1000.0)
    """
    squares: NDArray[np.object_] = shapely.box(
        cols * size_m, rows * size_m, (cols + 1) * size_m, (rows + 1) * size_m
    )
    return squares


def ids(rows: NDArray[np.integer], cols: NDArray[np.integer], size_m: float) -> list[str]:
    """Return the cells' ids.

    Examples
    --------
    >>> ids(np.array([412]), np.array([-261]), 1000)
    ['r412c-261@1000']
    """
    size = f"{size_m:g}" if size_m < 1e6 else str(size_m)  # noqa: PLR2004 (no exponents in ids)
    pairs = zip(rows.tolist(), cols.tolist(), strict=True)
    return [f"r{row}c{col}@{size}" for row, col in pairs]
