"""Fields of the candidates' own layer that a study tells: their titles, units and values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd
from pandas.api import types

from sitesel.measure.parcels import Parcels
from sitesel.records import Text
from sitesel.rounding import rounded
from sitesel.show.facts import decimals

if TYPE_CHECKING:
    from sitesel.catalog.layers import Catalog
    from sitesel.show.spoken import Spoken
    from sitesel.study_file import StudyFile

_DIGITS = 6  # after the point, as the tables have
_UNSTATED = {None, "", "unknown"}  # units that nobody has stated


@dataclass(frozen=True)
class Told:
    """A field of the layer ``layer`` as the results tell it.

    ``unit`` is None where nobody states one; ``digits`` are those of its numbers after the point,
    None where it holds text.
    """

    field: str
    title: Text
    unit: str | None
    digits: int | None
    layer: str

    @property
    def column(self) -> str:
        """Its column in the tables of sites."""
        return f"told_{self.field}"

    def titled(self, spoken: Spoken) -> str:
        """Return the title with its unit, in the language of a document."""
        title, unit = self.title[spoken.language], spoken.unit(self.unit)
        return f"{title} ({unit})" if unit else title

    def shown(self, value: Any) -> float | str | None:
        """Return a value as it is shown: None where it is UNKNOWN, a code of digits as text.

        Examples
        --------
        >>> zip_code = Told("zip", Text(en="ZIP", es="CP"), None, None, "my_parcels")
        >>> zip_code.shown(79936.0), zip_code.shown(float("nan"))
        ('79936', None)
        """
        if pd.isna(value):
            return None
        return value if self.digits is not None or isinstance(value, str) else f"{value:.15g}"

    def said(self, value: Any, spoken: Spoken) -> str | None:
        """Return a value with its unit in the language of a document; None where it is UNKNOWN."""
        shown = self.shown(value)
        if shown is None or isinstance(shown, str):
            return shown and str(spoken.classed(shown))
        if self.unit == "share":
            return f"{rounded(100 * shown, 0)} %"
        return " ".join(filter(None, [f"{shown:,.{self.digits}f}", spoken.unit(self.unit)]))


def as_day(value: Any) -> date | None:
    """Return the day that an ISO text is; None for anything else.

    >>> as_day("2026-06-30"), as_day("2026-06"), as_day(20260630)
    (datetime.date(2026, 6, 30), None, None)
    """
    try:
        return date.fromisoformat(value) if isinstance(value, str) and "-" in value else None
    except ValueError:
        return None


def told(study: StudyFile, catalog: Catalog, sites: pd.DataFrame) -> tuple[Told, ...]:
    """Return the fields that a study tells, in its order.

    ``sites`` has their columns. A field that the layer's definition does not name goes by its own
    name.
    """
    rule = study.candidates
    if not isinstance(rule, Parcels):
        return ()
    layer, found = catalog[rule.layer], []
    for field in rule.tell:
        info, values = layer.fields.get(field), sites[f"told_{field}"]
        unit = info.unit if info and info.unit not in _UNSTATED else None
        code = unit == "year" or (info is not None and info.type != "number" and unit is None)
        digits = None
        if types.is_numeric_dtype(values) and not code:
            digits = min(_DIGITS, max(map(decimals, values.dropna()), default=0))
        title = info.title if info else Text.model_validate(field)
        found.append(Told(field, title, unit, digits, rule.layer))
    return tuple(found)
