"""The capture curve of a back-test as a small SVG drawing."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from sitesel.decide.backtest import capture_curve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_INK = {"score": "#0f766e", "city": "#b45309", "highway": "#6d28d9"}
_SIZE, _LEFT, _TOP = 300, 60, 50
_GAP = 70
_PARTS = np.linspace(0, 1, 201)


def draw(sides: Mapping[str, Mapping[str, NDArray[np.float64]]], title: str) -> str:
    """Return an SVG with one panel a side: share of points against the best share of land.

    Parameters
    ----------
    sides
        By side and ranking, where each point stands in the land (`backtest.places`).
    title
        What was tested.

    Examples
    --------
    >>> draw({"US": {"score": np.array([0.9])}}, "parks & plants")[:4]
    '<svg'
    """
    width = _LEFT + len(sides) * (_SIZE + _GAP)
    height = _TOP + _SIZE + 60
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"',
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12" fill="#1f2937">',
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="{_LEFT}" y="20" font-size="14" font-weight="600">{escape(title)}</text>',
    ]
    for place, (side, curves) in enumerate(sides.items()):
        parts += _panel(side, curves, _LEFT + place * (_SIZE + _GAP))
    return "\n".join([*parts, "</svg>\n"])


def _panel(side: str, curves: Mapping[str, NDArray[np.float64]], left: int) -> list[str]:
    bottom = _TOP + _SIZE
    parts = [
        f'<rect x="{left}" y="{_TOP}" width="{_SIZE}" height="{_SIZE}" fill="none" stroke="#999"/>',
        f'<text x="{left}" y="{_TOP - 8}" font-weight="600">{escape(side)}</text>',
        f'<text x="{left}" y="{bottom + 36}">share of points in the best share of the land</text>',
        f'<path d="M{left} {bottom}L{left + _SIZE} {_TOP}" stroke="#bbb" stroke-dasharray="4"/>',
    ]
    for tick in (0, 20, 50, 100):
        at = _SIZE * tick / 100
        parts += [
            f'<text x="{left + at}" y="{bottom + 16}" text-anchor="middle">{tick}%</text>',
            f'<text x="{left - 6}" y="{bottom - at + 4}" text-anchor="end">{tick}%</text>',
        ]
    for line, (name, place) in enumerate(curves.items()):
        y = bottom - _SIZE * capture_curve(place, _PARTS)
        way = " ".join(f"{left + _SIZE * x:.1f},{v:.1f}" for x, v in zip(_PARTS, y, strict=True))
        ink = _INK.get(name, "#374151")
        parts += [
            f'<polyline points="{way}" fill="none" stroke="{ink}" stroke-width="2"/>',
            f'<text x="{left + _SIZE - 8}" y="{bottom - 12 - 16 * line}" fill="{ink}"',
            f'text-anchor="end">{escape(name)}</text>',
        ]
    return parts
