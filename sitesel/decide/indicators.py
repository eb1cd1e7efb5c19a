"""The indicators of each corridor: the latest values, and how they moved."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sitesel.errors import LayerError, UnknownNameError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

    from sitesel.records import Language

LAYER = "kpi"
_KEYS = ["corridor", "metric", "area_code", "area"]
_NEEDED = [*_KEYS, "period", "value", "unit", "source"]
_PERCENT = 100
_MOVED = {"en": ("points", "since", "in"), "es": ("puntos", "desde", "en")}


@dataclass(frozen=True)
class Indicator:
    """The latest value of one indicator of one area; NaN where nobody publishes it.

    `earlier` is the first value on record, `since` its period; NaN and "" where there is only one.
    """

    corridor: str
    metric: str
    area: str
    period: str
    value: float
    unit: str
    earlier: float
    since: str
    source: str
    note: str

    @property
    def trend(self) -> str:
        """Say in English how far the value moved since the first one on record."""
        return self.trend_in("en")

    def trend_in(self, language: Language) -> str:
        """Say how far the value moved since the first one on record.

        Examples
        --------
        >>> jobs = Indicator("PdN", "jobs", "Juárez", "2025", 80, "jobs", 100, "2023", "", "")
        >>> jobs.trend_in("es")
        '-20 % desde 2023'
        >>> Indicator("PdN", "jobs", "Juárez", "2025", 998, "jobs", 1000, "2023", "", "").trend
        '0 % since 2023'
        """
        points, since, in_ = _MOVED[language]
        if math.isnan(self.earlier) or math.isnan(self.value):
            return ""
        if self.unit == "%":
            return f"{_signed(self.value - self.earlier, 1)} {points} {since} {self.since}"
        if not self.earlier:
            return f"0 {in_} {self.since}"
        change = _PERCENT * (self.value / self.earlier - 1)
        return f"{_signed(change, 0)} % {since} {self.since}"


def _signed(change: float, digits: int) -> str:
    """Return a change with its sign; one that rounds to nothing has none.

    >>> _signed(-0.4, 0), _signed(-0.4, 1), _signed(0.04, 1)
    ('0', '-0.4', '0.0')
    """
    return f"{change:+.{digits}f}" if round(change, digits) else f"{0:.{digits}f}"


def indicators(table: pd.DataFrame, corridor: str | None = None) -> list[Indicator]:
    """Return the latest value of each indicator and area, in the table's order.

    An area of an indicator with some known value does not show its empty rows. A part of a
    corridor's name will do where no other has it.

    Raises
    ------
    LayerError
        A column is missing.
    UnknownNameError
        There is no such corridor.
    """
    for column in _NEEDED:
        if column not in table:
            hint = did_you_mean(column, map(str, table.columns))
            raise LayerError(f"{LAYER}: no column '{column}'; {hint}")
    filled = table.assign(**{name: table[name].fillna("") for name in [*_KEYS, "period"]})
    if corridor is not None:
        known = list(dict.fromkeys(filled["corridor"]))
        asked = corridor.strip().casefold()
        same = [name for name in known if name.casefold() == asked]
        same = same or [name for name in known if asked and asked in name.casefold()]
        if len(same) != 1:
            hint = did_you_mean(corridor, known)
            raise UnknownNameError(f"no corridor '{corridor}' in the layer '{LAYER}'; {hint}")
        filled = filled[filled["corridor"] == same[0]]
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for row in filled.to_dict("records"):
        groups.setdefault(tuple(row[key] for key in _KEYS), []).append(row)
    return [_latest(rows) for rows in groups.values()]


def _latest(rows: list[Any]) -> Indicator:
    known = sorted(
        (row for row in rows if not math.isnan(row["value"])), key=lambda row: str(row["period"])
    )
    last = (known or rows)[-1]
    first = known[0] if len(known) > 1 else None
    note = last.get("note")
    return Indicator(
        corridor=str(last["corridor"]),
        metric=str(last["metric"]),
        area=str(last["area"]),
        period=str(last["period"]),
        value=float(last["value"]) if known else math.nan,
        unit=str(last["unit"]),
        earlier=math.nan if first is None else float(first["value"]),
        since="" if first is None else str(first["period"]),
        source=str(last["source"]),
        note=note if isinstance(note, str) else "",
    )
