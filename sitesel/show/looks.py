"""How layers look on the map and in its list: colours by name (of colours.css) or their own.

A look is the ``fill``, ``stroke``, ``width`` and ``dash`` of what is drawn. Layers of the
background may also appear only ``from`` a zoom, change their colour from ``far``, and have a
``casing`` round their lines; points have a ``mark``, and how opaque its fill is (``alpha``).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from sitesel.catalog.definition import Layer

BACKGROUND: dict[str, dict[str, Any]] = {
    "land": {"fill": "land", "stroke": "coast", "width": 0.8},
    "mx_states": {"stroke": "state", "width": 1.1},
    "us_states": {"stroke": "state", "width": 1.1},
    "municipios": {"stroke": "county", "width": 0.7, "from": 6.5},
    "us_counties": {"stroke": "county", "width": 0.7, "from": 6.5},
    "reservoirs": {"fill": "lake", "stroke": "shore", "width": 0.8},
    "rivers": {"stroke": "river", "width": 1},
    "roads": {"stroke": "road", "far": "road-far", "width": 0.9, "casing": "casing", "from": 5},
    "rail": {"stroke": "railway", "width": 0.9, "dash": [5, 3], "from": 7},
    "border_line": {"stroke": "border", "width": 1.8, "dash": [9, 3, 2, 3]},
}
GATE = {"mark": "diamond", "fill": "halo", "stroke": "mark", "width": 2, "dash": [], "alpha": 1}
MARKS = ("circle", "square", "triangle", "hexagon", "bar")
_BROKEN = [5, 4]
_PALE = "26"  # two more digits of a colour: how opaque it is

# Names of towns: the zoom from which one of so many people is named, and the size of its type.
_FROM = (
    (1_600_000, 4),
    (250_000, 5.7),
    (90_000, 6.7),
    (30_000, 7.7),
    (9_000, 8.7),
    (2_500, 9.7),
    (0, 11.0),
)
_SIZES = ((500_000, 15), (90_000, 13), (0, 11.5))
_GATE_M = 40_000
_LARGEST = 1_000_000
_WEIGHTIER = 4  # times the people that a town at a gate of the border counts, or one of the largest


def look(layer: Layer, kind: str, marked: int) -> dict[str, Any]:
    """Return how a layer looks; ``marked`` is how many layers of plain points came before it."""
    quiet = BACKGROUND.get(layer.id)
    if quiet:
        return {"dash": [], **quiet}
    if layer.id == "ports_of_entry":
        return GATE
    color, dash = layer.map.color, _BROKEN if layer.approximate else []
    if kind == "point":
        mark = "circle" if layer.map.size_by else MARKS[marked % len(MARKS)]
        edge = {"mark": mark, "alpha": 0.6 if layer.map.size_by else 0.85}
        if layer.approximate:
            return edge | {"fill": "halo", "stroke": color, "width": 1.6, "dash": [2, 2]}
        return edge | {"fill": color, "stroke": "halo", "width": 1.1, "dash": []}
    fill = color + _PALE if kind == "area" else None
    return {"fill": fill, "stroke": color, "width": max(layer.map.width, 1.2), "dash": dash}


def radii(values: list[Any]) -> list[float]:
    """Return how large each point is drawn, in pixels, so that areas tell the values.

    Examples
    --------
    >>> radii([100, 25, None])
    [16.0, 9.5, 3.0]
    """
    known = np.nan_to_num(np.array([value or 0 for value in values], float))
    largest = known.max(initial=0)
    if largest <= 0:
        return []
    return [round(3 + 13 * math.sqrt(max(value, 0) / largest), 1) for value in known]


def towns(frame: gpd.GeoDataFrame, gates: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    """Return towns with the zoom and size of their names, those first that are named first.

    At the border, towns matter most; only the largest cities anywhere matter as much. There a name
    leans to its own side, so that none stands in the other country.
    """
    people = frame["population"].fillna(0).to_numpy(float)
    near = np.zeros(len(frame), bool)
    if gates is not None and len(gates):
        near = frame.geometry.dwithin(gates.geometry.union_all(), _GATE_M).to_numpy()
    weight = np.where(near | (people >= _LARGEST), _WEIGHTIER * people, people)
    named = frame.assign(name_from=_step(weight, _FROM), name_size=_step(weight, _SIZES))
    named["name_lean"] = np.where(near, frame.get("side"), None)
    return named.iloc[np.argsort(-weight, kind="stable")]


def _step(values: NDArray[np.float64], steps: tuple[tuple[int, float], ...]) -> NDArray[np.float64]:
    """Return what stands beside the first bound that each value reaches."""
    return np.select([values >= least for least, _ in steps], [result for _, result in steps])
