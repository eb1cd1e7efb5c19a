"""How far a newly fetched version differs from the one in place, and whether that is too far."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sitesel.catalog.definition import Fetched

LIMIT = 0.20  # share of the rows, or of the area


class Drift(NamedTuple):
    """How rows and area changed, in words; ``most`` is the larger change, as a share."""

    words: str
    most: float

    @property
    def far(self) -> bool:
        """Whether that is more than is taken unasked."""
        return self.most > LIMIT


def drift(before: Fetched | None, after: Fetched | None) -> Drift | None:
    """Say how rows and area have changed; None if they have not, or if nobody can say.

    Versions of different areas are not compared, and neither is what one of them does not state.

    Examples
    --------
    >>> from sitesel.catalog.definition import Fetched
    >>> old, new = (Fetched(at="", url="", sha256="", rows=n, area_km2=10) for n in (188, 93))
    >>> drift(old, new).words
    'rows 188 before, 93 now (-51 %); area 10 km² before, 10 km² now (+0 %)'
    >>> drift(old, new).far, drift(old, old)
    (True, None)
    """
    if before is None or after is None or before.box != after.box:
        return None
    pairs = {
        "rows": (before.rows, after.rows, ""),
        "area": (before.area_km2, after.area_km2, " km²"),
    }
    told, most = [], 0.0
    for name, (old, new, unit) in pairs.items():
        if not old or new is None:
            continue
        change = new / old - 1
        most = max(most, abs(change))
        told.append(f"{name} {old:,.0f}{unit} before, {new:,.0f}{unit} now ({100 * change:+.0f} %)")
    return Drift("; ".join(told), most) if most else None
