"""Reasons: what speaks for a site and against it, in words."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from sitesel.decide.values import class_name
from sitesel.records import Language, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import pandas as pd

    from sitesel.decide.weights import Side

STRONG = Text(en="strong", es="a favor")
WEAK = Text(en="weak", es="en contra")
NO_DATA = Text(en="no data", es="sin datos")
NOT = Text(en="no", es="sin")
_THOUSAND = {"en": "k", "es": "mil"}
UNREACHED = Text(en="out of reach", es="fuera de alcance")

# How a unit is read beside a number; a unit that is not here is written as it is.
UNITS: dict[str, Text] = {
    "count": Text(en="", es=""),
    "persons": Text(en="", es=""),
    "people": Text(en="", es=""),
    "trucks/year": Text(en="trucks/year", es="camiones/año"),
    "jobs": Text(en="jobs", es="empleos"),
    "plants": Text(en="plants", es="plantas"),
}


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A criterion as reasons speak of it.

    `unit` is the raw unit: "yes/no" prints the short words alone, "share" a percentage. `words`
    says how a class is read: {"scarce": Text(en="scarce", es="escasa")}.
    """

    id: str
    short: Text
    unit: str = ""
    weight: float = 1.0
    applies_to: Side | None = None
    words: Mapping[str, Text] = field(default_factory=dict)


class Reasons(NamedTuple):
    """Phrases for and against a site, the heaviest first, and the criteria without data."""

    strong: list[str]
    weak: list[str]
    unknown: list[str]


def number(value: float, language: Language = "en", more: int = 0) -> str:
    """Write a number for reading, where asked with some digits ``more`` than usual.

    Examples
    --------
    >>> [number(x) for x in (0.254, 4.56, 12.4, 1234.5, 640_312, 3_031_000)]
    ['0.25', '4.6', '12', '1,234', '640 k', '3.03 M']
    >>> number(640_312, "es"), number(3_031_000, "es"), number(640_312, more=1)
    ('640 mil', '3.03 M', '640.3 k')
    """
    unit, digits = _form(value)
    suffix = {1: "", 1e3: _THOUSAND[language], 1e6: "M"}[unit]
    return f"{_trim(value / unit, digits + more)} {suffix}".rstrip()


def _form(value: float) -> tuple[float, int]:
    """Return the unit in which a number is written, and its decimals there."""
    size = abs(value)
    if size >= 999_500:  # noqa: PLR2004
        return 1e6, 2
    if size >= 9_999.5:  # noqa: PLR2004
        return 1e3, 0
    return 1, 2 if size < 1 else 1 if size < 10 else 0  # noqa: PLR2004


def _trim(value: float, decimals: int) -> str:
    """Round, group thousands by commas and drop zeros that say nothing."""
    text = f"{value:,.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if decimals else text
    return "0" if text in {"-0", ""} else text


def phrase(criterion: Judged, raw: Any, language: Language, more: int = 0) -> str:
    """Say a criterion with its raw value, see `number`.

    Examples
    --------
    >>> zone = Judged(id="zone", short=Text(en="free zone", es="zona libre"), unit="yes/no")
    >>> phrase(zone, 1, "en"), phrase(zone, 0, "es")
    ('free zone', 'sin zona libre')
    """
    short = criterion.short[language]
    if raw is None or raw != raw:  # noqa: PLR0124 (NaN)
        return short
    if isinstance(raw, str) or criterion.words:
        name = class_name(raw)
        return f"{short} {criterion.words[name][language] if name in criterion.words else name}"
    if criterion.unit == "yes/no":
        return short if raw >= 0.5 else f"{NOT[language]} {short}"  # noqa: PLR2004
    if math.isinf(raw):
        return f"{short} {UNREACHED[language]}"
    if criterion.unit == "share":
        return f"{short} {number(100 * raw, more=more)} %"
    unit = UNITS[criterion.unit][language] if criterion.unit in UNITS else criterion.unit
    return f"{short} {number(raw, language, more)} {unit}".rstrip()


def written(
    raw: float, enough: Callable[[float], bool], unit: str = "", more: int = 0
) -> float | None:
    """Return the number nearest to ``raw`` that is written as it is and that is enough.

    A reader who takes it as it is written gets what it promises. None where neither the number
    above nor the one below is enough.

    Examples
    --------
    >>> written(64.51, lambda minutes: minutes <= 64.51)
    64.0
    >>> written(110_277, lambda people: people >= 110_277)
    111000.0
    >>> written(0.3, lambda inside: inside > 0, "yes/no"), written(64.5, lambda x: x == 64.5)
    (1.0, None)
    """
    scale = 100 if unit == "share" else 1
    size, digits = (1, 0) if unit == "yes/no" else _form(scale * raw)
    steps = scale * raw / size * 10 ** (digits + more)
    sides = sorted({math.floor(steps), math.ceil(steps)}, key=lambda step: abs(step - steps))
    found = (round(step * size / 10 ** (digits + more), 9) / scale for step in sides)
    return next((float(each) for each in found if enough(each)), None)


def reasons(
    row: Mapping[str, Any] | pd.Series[Any],
    criteria: Iterable[Judged],
    language: Language,
    *,
    most: int = 3,
) -> Reasons:
    """Return what weighs most for and against a site, and what is not known of it.

    A criterion speaks for the site by weight · (value - 0.5) when that is above 0, against it
    when below. Equal ones keep the order of `criteria`; those that weigh nothing or do not apply
    to the site's side are silent.

    Parameters
    ----------
    row
        A site: `side`, and `raw_<id>` and `value_<id>` of each criterion; a value NaN is UNKNOWN.
    criteria
        The criteria in the order of the study.
    language
        "en" or "es".
    most
        The most phrases for and against; `unknown` names all, the heaviest first.

    Examples
    --------
    >>> port = Judged(id="port", short=Text(en="port", es="puerto"), unit="min")
    >>> grid = Judged(id="grid", short=Text(en="grid access", es="red eléctrica"))
    >>> site = {"side": "US", "raw_port": 12.3, "value_port": 1.0, "value_grid": float("nan")}
    >>> reasons(site, [port, grid], "en")
    Reasons(strong=['port 12 min'], weak=[], unknown=['grid access'])
    """
    side = row.get("side")
    spoken = [
        c for c in criteria if c.weight > 0 and (side is None or c.applies_to in {None, side})
    ]
    unknown = [c for c in spoken if math.isnan(row[f"value_{c.id}"])]
    pulls = [
        (c.weight * (row[f"value_{c.id}"] - 0.5), c)
        for c in spoken
        if not math.isnan(row[f"value_{c.id}"])
    ]
    strong = sorted((x for x in pulls if x[0] > 0), key=lambda x: -x[0])
    weak = sorted((x for x in pulls if x[0] < 0), key=lambda x: x[0])
    unknown.sort(key=lambda c: -c.weight)
    return Reasons(
        [phrase(c, row.get(f"raw_{c.id}"), language) for _, c in strong[:most]],
        [phrase(c, row.get(f"raw_{c.id}"), language) for _, c in weak[:most]],
        [c.short[language] for c in unknown],
    )


def sentence(said: Reasons, language: Language) -> str:
    """Join reasons to one line.

    Examples
    --------
    >>> sentence(Reasons(["port 12 min", "labour 640 k"], ["water scarce"], ["rail"]), "en")
    'strong: port 12 min, labour 640 k; weak: water scarce; no data: rail'
    """
    parts = zip((STRONG, WEAK, NO_DATA), said, strict=True)
    return "; ".join(f"{head[language]}: {', '.join(words)}" for head, words in parts if words)
