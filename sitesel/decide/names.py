"""Names of sites, from a landmark that is near or from the nearest place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sitesel.unique import unique

if TYPE_CHECKING:
    import pandas as pd

    from sitesel.records import Language

_OESTE = str.maketrans("W", "O")  # west, in the bearings of a Spanish reader


def site_names(sites: pd.DataFrame, language: Language = "en") -> list[str]:
    """Name sites as they are called, by a landmark that is near, or else by a place.

    ``own_name`` is what a parcel's own layer calls it, if it does. Repeated names are numbered.

    Examples
    --------
    >>> import pandas as pd
    >>> site_names(pd.DataFrame({"landmark": ["Foxconn (San Jerónimo)", None, None],
    ...     "place": "Laredo", "place_km": [3.0, 8.2, 8.3], "place_bearing": "SE"}))
    ['Foxconn', 'Laredo, 8 km SE', 'Laredo, 8 km SE (2)']
    >>> site_names(pd.DataFrame({"landmark": [None], "place": "Los Indios", "place_km": 4.0,
    ...     "place_bearing": "NW"}), "es")
    ['Los Indios, 4 km NO']
    """
    given: list[str] = []
    owns = sites["own_name"] if "own_name" in sites else [None] * len(sites)
    columns = ("landmark", "place", "place_km", "place_bearing")
    for own, mark, place, km, bearing in zip(owns, *(sites[c] for c in columns), strict=True):
        if isinstance(own, str) and own.strip():
            given.append(own.strip())
            continue
        plain = (
            re.sub(r"\s*\(.*?\)", "", mark)
            if isinstance(mark, str)
            else place_name(place, km, bearing, language)
        )
        given.append(plain or str(mark))
    return unique(given, "{} ({})")


def place_name(place: object, km: float, bearing: object, language: Language = "en") -> str:
    """Say where a point lies from the nearest place.

    Examples
    --------
    >>> place_name("Columbus", 8.2, "SE"), place_name("Columbus", 1.2, "SE")
    ('Columbus, 8 km SE', 'Columbus')
    """
    if not isinstance(place, str):
        return "?"
    near = km < 2  # noqa: PLR2004 (km: within the place, as people see it)
    wind = str(bearing) if language == "en" else str(bearing).translate(_OESTE)
    return place if near else f"{place}, {km:.0f} km {wind}"
