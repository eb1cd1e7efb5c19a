"""Which zones and regimes a candidate lies in or near, and what state each is in on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from sitesel.dates import day
from sitesel.measure.features import by_side, containing, points
from sitesel.records import Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import geopandas as gpd

    from sitesel.catalog.definition import Layer

STATES = {
    "operating": Text(en="operating", es="en operación"),
    "declared": Text(en="declared", es="declarado"),
    "announced": Text(en="announced", es="anunciado"),
    "inactive": Text(en="inactive", es="inactivo"),
    "unknown": Text(en="status unknown", es="situación desconocida"),
}
_FORCE = Text(en="in force", es="vigente")
_UNTIL = Text(en="until {}", es="hasta el {}")
_ENDED = Text(en="ended {}", es="terminó el {}")
_FROM = Text(en="from {}", es="desde el {}")
_SOURCED = Text(
    en="sourced only to {}, unknown since", es="documentado solo hasta el {}, después incierto"
)
SEPARATOR = "; "


def zones(
    candidates: gpd.GeoDataFrame,
    layers: Sequence[tuple[Layer, gpd.GeoDataFrame]],
    as_of: date,
    *,
    near_km: float = 5,
) -> pd.DataFrame:
    """Name the zones that hold each candidate's point, or whose point is near, with their state.

    Parameters
    ----------
    candidates
        Polygons with ``side``, in the working CRS.
    layers
        Definitions with their features in the working CRS and ``in_force`` on the day.
    as_of
        The day.
    near_km
        How near a zone that is known as a point only must be.

    Returns
    -------
    pandas.DataFrame
        ``zones_en`` and ``zones_es`` on the candidates' index: phrases with "; " between, each
        once, in the order of the layers; empty where there is none.
    """
    spots, said = points(candidates), {"en": [""] * len(candidates), "es": [""] * len(candidates)}
    for layer, features in layers:
        known = features[features.geometry.notna()]
        for rows, own in by_side(candidates, known, same_side=layer.side is not None):
            shapes = np.array(own.geometry, object)
            bare = shapely.get_dimensions(shapes) == 0
            shapes[bare] = shapely.buffer(shapes[bare], 1000 * near_km)
            held, which = containing(spots[rows], shapes)
            order = np.lexsort((which, held))
            for language in ("en", "es"):
                words = [phrase(layer, row, as_of)[language] for row in own.to_dict("records")]
                for spot, zone in zip(rows[held[order]], which[order], strict=True):
                    said[language][spot] = _joined(said[language][spot], words[zone])
    columns = {
        f"zones_{language}": pd.Series(text, candidates.index) for language, text in said.items()
    }
    return pd.DataFrame(columns).astype(object)


def phrase(layer: Layer, row: dict[str, object], as_of: date) -> Text:
    """Say one zone and its state on a day, in both languages."""
    state = _state(layer, row, as_of)
    label = row.get(layer.label or "")
    label = f": {label.replace(SEPARATOR, ', ')}" if isinstance(label, str) else ""
    return Text(
        en=f"{layer.title.en}{label} ({state.en})", es=f"{layer.title.es}{label} ({state.es})"
    )


def _state(layer: Layer, row: dict[str, object], as_of: date) -> Text:
    rule, today = layer.validity, as_of.isoformat()
    if rule is None:
        return _FORCE
    word = STATES.get(str(row.get(rule.status or "")), _FORCE)
    start, end = (_iso(row.get(name or "")) for name in (rule.from_, rule.to))
    if word in (STATES["announced"], STATES["inactive"]):
        return word
    if start > today:
        return _dated(_FROM, start)
    if end and end < today:
        return _dated(_SOURCED if rule.after == "unknown" else _ENDED, end)
    if end:
        until = _dated(_UNTIL, end)
        return Text(en=f"{word.en} {until.en}", es=f"{word.es} {until.es}")
    return word


def _iso(value: Any) -> str:
    """Return a day as text, in whatever form a file keeps it; nothing where there is none."""
    if isinstance(value, str):
        return value
    return "" if pd.isna(value) else str(value)[:10]


def _dated(words: Text, iso: str) -> Text:
    return Text(en=words.en.format(day(iso, "en")), es=words.es.format(day(iso, "es")))


def _joined(text: str, more: str) -> str:
    """Add a phrase once.

    >>> _joined("a; b", "b"), _joined("", "b")
    ('a; b', 'b')
    """
    if more in text.split(SEPARATOR):
        return text
    return f"{text}{SEPARATOR}{more}" if text else more
