"""The suitability surface as the page gets it: rows, columns, and one byte a cell and figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sitesel.crs import WORKING_CRS
from sitesel.decide.gates import VERDICTS
from sitesel.decide.inverse import stretch
from sitesel.decide.values import Classes
from sitesel.show import payload

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from sitesel.decide.values import ValueFunction
    from sitesel.show.view import View

_SHARES = (0.5, 0.75, 0.9, 0.97)
_INTERVAL = ("score", "score_low", "score_high")
_HALF = 0.5 / payload.TOP  # what rounding to a byte may move a value by
_CLOSE = 1e-9
_AXES = {
    "lat_0": "Latitude of false origin",
    "lat_1": "Latitude of 1st standard parallel",
    "lat_2": "Latitude of 2nd standard parallel",
    "lon_0": "Longitude of false origin",
}


def grid(view: View, cells: pd.DataFrame) -> dict[str, Any]:
    """Say how rows and columns lie on the earth: the page projects by itself, cell by cell."""
    ellipsoid, conic = WORKING_CRS.ellipsoid, WORKING_CRS.coordinate_operation
    assert ellipsoid is not None
    assert conic is not None
    axes = {item.name: item.value for item in conic.params}
    low, high = (cells[["row", "col"]].agg(end).fillna(0).astype(int) for end in ("min", "max"))
    return {
        "size": view.grid_m,
        "projection": {
            "a": ellipsoid.semi_major_metre,
            "f": 1 / ellipsoid.inverse_flattening,
            **{name: axes[words] for name, words in _AXES.items()},
        },
        "top": int(low["row"]),
        "left": int(low["col"]),
        "height": int(high["row"] - low["row"] + 1),
        "width": int(high["col"] - low["col"] + 1),
        "breaks": breaks(cells["score"].to_numpy(float)),
        "verdicts": list(VERDICTS),
        "unsure": bool((cells["verdict"] == "UNKNOWN").any()),
    }


def breaks(scores: NDArray[np.float64]) -> list[float]:
    """Return four scores that part the land in five classes: the best 3, 10, 25 and 50 %.

    Whole hundredths, so that a legend can print them.

    Examples
    --------
    >>> breaks(np.linspace(0, 1, 1001))
    [0.5, 0.75, 0.9, 0.97]
    """
    known = scores[~np.isnan(scores)]
    if not len(known):
        return [0.2, 0.4, 0.6, 0.8]
    return [round(float(cut), 2) for cut in np.quantile(known, _SHARES)]


def planes(view: View, cells: pd.DataFrame, values: NDArray[np.float64]) -> dict[str, NDArray[Any]]:
    """Return the arrays of the surface: where cells lie, and one byte a cell for each figure."""
    order = np.lexsort((cells["col"], cells["row"]))
    cells, values = cells.iloc[order], values[order]
    applies = np.array(
        [
            np.ones(len(cells), bool)
            if item.applies_to is None
            else (cells["side"] == item.applies_to).to_numpy()
            for item in view.criteria
        ]
    ).reshape(len(view.criteria), len(cells))
    worth = np.where(applies, payload.quantise(values.T), payload.NOT_APPLICABLE)
    verdicts = cells["verdict"].map({name: n for n, name in enumerate(VERDICTS)})
    scores = np.stack([cells[name].to_numpy(float) for name in _INTERVAL])
    gates = view.gate_codes[order] if view.gate_codes is not None else np.zeros((len(cells), 0))
    return {
        "cell_row": payload.differences(cells["row"].to_numpy(np.int32)),
        "cell_col": payload.differences(cells["col"].to_numpy(np.int32)),
        "cell_side": (cells["side"] == "MX").to_numpy(np.uint8),
        "cell_verdict": verdicts.to_numpy(np.uint8),
        "cell_gates": payload.differences(gates.T.astype(np.uint8)).ravel(),
        "cell_score": payload.differences(payload.quantise(scores)).ravel(),
        "cell_values": payload.differences(worth.astype(np.uint8)).ravel(),
    }


def raws(function: ValueFunction | None, unit: str | None) -> list[list[Any] | None]:
    """Say for each byte of a criterion's plane which raw measure it stands for.

    A list begins with how: "about", "least" or "most" with one number of two figures, since a
    byte holds no more, and its digits after the point; "or" with the names of classes. None where
    several stretches share a value.

    Examples
    --------
    >>> from sitesel.decide.values import Linear
    >>> said = raws(Linear(at={15: 1, 90: 0}), "min")
    >>> said[0], said[50], said[250]
    (['least', 90.0, 0], ['about', 75.0, 0], ['most', 15.0, 0])
    """
    values = [byte / payload.TOP for byte in range(payload.TOP + 1)]
    if isinstance(function, Classes):
        fitting = [
            [name for name, worth in function.of.items() if abs(worth - value) < _HALF + _CLOSE]
            for value in values
        ]
        return [["or", *names] if names else None for names in fitting]
    return [_said(stretch(function, value, _HALF), unit) if function else None for value in values]


def _said(ends: tuple[float | None, float | None] | None, unit: str | None) -> list[Any] | None:
    """Put a stretch of measures into a few words; no measure is negative, no share above 1."""
    if ends is None:
        return None
    low = ends[0] or 0
    high = ends[1] if ends[1] is not None else 1 if unit in {"share", "yes/no"} else np.inf
    if high == np.inf or (ends[1] is None and low < high):
        how, raw = "least", low
    elif ends[0] is None and high > 0:
        how, raw = "most", high
    else:
        how, raw = "about", (low + high) / 2
    raw = float(f"{raw:.1e}")
    return [how, raw, sum(raw < tens for tens in (1, 10))]
