"""How far a newly fetched version differs from the one in place, and whether that is too far."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sitesel.catalog.definition import Fetched

LIMIT = 0.20  # share of the rows, or of the area


def drift(before: Fetched | None, after: Fetched) -> str | None:
    """Say how rows and area have changed if either changed by more than 20 %; else None.

    Versions of different areas are not compared, and neither is what one of them does not state.

    Examples
    --------
    >>> from sitesel.catalog.definition import Fetched
    >>> old, new = (Fetched(at="", url="", sha256="", rows=n, area_km2=10) for n in (188, 93))
    >>> drift(old, new)
    'rows 188 before, 93 now (-51 %); area 10 km² before, 10 km² now (+0 %)'
    >>> drift(old, old) is None
    True
    """
    if before is None or before.box != after.box:
        return None
    pairs = {
        "rows": (before.rows, after.rows, ""),
        "area": (before.area_km2, after.area_km2, " km²"),
    }
    told, far = [], False
    for name, (old, new, unit) in pairs.items():
        if not old or new is None:
            continue
        change = new / old - 1
        far |= abs(change) > LIMIT
        told.append(f"{name} {old:,.0f}{unit} before, {new:,.0f}{unit} now ({100 * change:+.0f} %)")
    return "; ".join(told) if far else None
