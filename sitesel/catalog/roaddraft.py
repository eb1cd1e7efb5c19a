"""A road network in the making: nodes, and edges that know which road they are pieces of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]
    Bools = NDArray[np.bool_]


class Draft(NamedTuple):
    """A network in the making: node coordinates, which of them are firm, and the edges.

    An edge has its nodes, km, the row of the road that it is a piece of (-1: none), and whether
    it is driven one way.
    """

    xy: Floats
    firm: Bools
    pair: Ints
    km: Floats
    row: Ints
    oneway: Bools

    def grown(self, xy: Floats, firm: bool, pair: Ints, km: Floats, parent: Ints) -> Draft:
        """Return it with nodes and edges added; a new edge is like its parent edge (-1: none)."""
        own = parent >= 0
        return Draft(
            np.vstack([self.xy, xy]),
            np.append(self.firm, np.full(len(xy), firm)),
            np.vstack([self.pair, pair]).astype(np.intp),
            np.append(self.km, km),
            np.append(self.row, np.where(own, self.row[parent], -1)),
            np.append(self.oneway, own & self.oneway[parent]),
        )

    def only(self, keep: Bools) -> Draft:
        """Return it with some of the edges."""
        return Draft(
            self.xy,
            self.firm,
            self.pair[keep],
            self.km[keep],
            self.row[keep],
            self.oneway[keep],
        )

    def components(self) -> tuple[Ints, Floats]:
        """Return the component of each node, and the kilometres of each component.

        All nodes of a component can be driven to from one another.
        """
        a, b = self.pair.T
        back, count = ~self.oneway, len(self.xy)
        ends = np.append(a, b[back]), np.append(b, a[back])
        matrix = coo_array((np.ones(len(ends[0])), ends), shape=(count, count))
        found = connected_components(matrix, directed=not back.all(), connection="strong")[1]
        label, pieces = np.asarray(found, np.intp), int(found.max()) + 1
        within = label[a] == label[b]
        return label, np.bincount(label[a][within], self.km[within], pieces).astype(np.float64)
