"""Measures as a study file writes them: one tagged record for each kind."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from sitesel.records import Record


def _short(value: Any) -> Any:
    """Read ``where: commercial`` as ``where: {commercial: true}``."""
    return {value: True} if isinstance(value, str) else value


class Range(Record):
    """A condition on numbers: at least ``min``, at most ``max``, both included."""

    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("a range needs min or max")
        return self


Value = str | bool | float | Range
Where = Annotated[dict[str, Value | list[Value]], BeforeValidator(_short)]
Positive = Annotated[float, Field(gt=0)]
Part = Annotated[float, Field(gt=0, le=1)]
Statistic = Literal["mean", "stdev", "min", "max", "sum", "majority", "variety", "share"]


class Within(Record):
    """A reach in km or in minutes of driving, and how influence fades inside it.

    Weight of a feature at distance d: ``exp(-d / decay)``, or 1 without ``decay``, whose unit
    is that of the reach.

    Examples
    --------
    >>> Within(km=50).minutes is None
    True
    """

    km: Positive | None = None
    minutes: Positive | None = None
    decay: Positive | None = None

    @model_validator(mode="after")
    def _one_reach(self) -> Self:
        if (self.km is None) == (self.minutes is None):
            raise ValueError("give exactly one of 'km' and 'minutes'")
        return self


class Distance(Record):
    """Kilometres to the nearest feature, of one layer or of several."""

    kind: Literal["distance"]
    of: str | Annotated[list[str], Field(min_length=1)]
    same_side: bool = False
    where: Where = Field(default_factory=dict)


class DriveTime(Record):
    """Truck minutes to the nearest feature, by road."""

    kind: Literal["drive_time"]
    to: str
    same_side: bool = False
    where: Where = Field(default_factory=dict)
    limit: Positive = 600


class Truckload(Record):
    """USD that one truckload costs through the port of entry that costs least.

    Drive on the candidate's own side, wait and toll, from the layer ``unit_costs``.
    """

    kind: Literal["truckload"]
    to: str
    where: Where = Field(default_factory=dict)
    limit: Positive = 600


class CapacityWithin(Within):
    """Sum of a field over the features in reach."""

    kind: Literal["capacity_within"]
    of: str
    field: str
    same_side: bool = False
    where: Where = Field(default_factory=dict)


class CapacityShare(Within):
    """Share of that sum which belongs to the features where ``share_where`` holds.

    ``none`` is the share where nothing is in reach; without it that is UNKNOWN.
    """

    kind: Literal["capacity_share"]
    of: str
    field: str
    share_where: Where
    none: Annotated[float, Field(ge=0, le=1)] | None = None
    same_side: bool = False
    where: Where = Field(default_factory=dict)


class CountWithin(Within):
    """Number of features in reach."""

    kind: Literal["count_within"]
    of: str
    same_side: bool = False
    where: Where = Field(default_factory=dict)


class Share(Record):
    """Share of the candidate's area that lies in the layer's polygons."""

    kind: Literal["share"]
    of: str
    where: Where = Field(default_factory=dict)


class Inside(Record):
    """Whether the candidate's point lies in one of the layer's polygons."""

    kind: Literal["inside"]
    of: str
    same_side: bool = False
    where: Where = Field(default_factory=dict)


class Lookup(Record):
    """A field of the polygon in which the candidate's point lies."""

    kind: Literal["lookup"]
    of: str
    field: str
    where: Where = Field(default_factory=dict)


class Nearest(Record):
    """A field of the nearest feature."""

    kind: Literal["nearest"]
    of: str
    field: str
    same_side: bool = False
    where: Where = Field(default_factory=dict)


class Zonal(Record):
    """A statistic of a raster's cells under the candidate, weighted by the area covered.

    ``share`` is that of the known area where cells match ``where``. Where less of the candidate
    than the part ``known`` is known, the result is UNKNOWN.
    """

    kind: Literal["zonal"]
    of: str
    stat: Statistic = "mean"
    where: Where = Field(default_factory=dict)
    known: Part = 0.5

    @model_validator(mode="after")
    def _share_of_what(self) -> Self:
        if (self.stat == "share") != bool(self.where):
            raise ValueError("stat: share needs where: the cells that count; no other takes it")
        return self


class Setback(Record):
    """Share of the candidate's land that lies at least ``m`` metres from a layer's features.

    Of a raster, ``where`` chooses cells; ``known`` is the part of the land that unknown cells must
    leave certain. It is worked out on a grid of ``cell_m``, by default a tenth of ``m``.
    """

    kind: Literal["setback"]
    of: str
    m: Positive
    where: Where = Field(default_factory=dict)
    cell_m: Positive | None = None
    known: Part = 0.5

    @model_validator(mode="after")
    def _fine_enough(self) -> Self:
        if self.cell_m and not 4 * self.cell_m <= self.m <= 500 * self.cell_m:
            raise ValueError(f"cell_m: from {self.m / 500:g} to {self.m / 4:g}, or leave it out")
        return self


class Reach(Record):
    """Opportunities in reach by road, each discounted by ``exp(-minutes / decay_min)``."""

    kind: Literal["reach"]
    of: str
    field: str
    decay_min: Positive = 10
    limit: Positive = 75
    same_side: bool = True
    where: Where = Field(default_factory=dict)


class Near(Record):
    """A tier's condition: a feature within ``max`` km."""

    kind: Literal["distance"]
    of: str
    max: Positive
    where: Where = Field(default_factory=dict)


class Tier(Record):
    """The first of several conditions that holds, best first.

    Examples
    --------
    >>> tier = Tier.model_validate({"kind": "tier", "tiers": {
    ...     "site": {"kind": "distance", "of": "ftz_sites", "max": 5},
    ...     "county": {"kind": "inside", "of": "ftz_service_areas"}}})
    >>> list(tier.tiers)
    ['site', 'county']
    """

    kind: Literal["tier"]
    tiers: Annotated[
        dict[str, Annotated[Near | Inside, Field(discriminator="kind")]], Field(min_length=1)
    ]

    @field_validator("tiers")
    @classmethod
    def _none_is_taken(cls, tiers: dict[str, Near | Inside]) -> dict[str, Near | Inside]:
        if "none" in tiers:
            raise ValueError("'none' is the answer when no tier holds; choose another name")
        return tiers


Measure = Annotated[
    Distance
    | DriveTime
    | Truckload
    | CapacityWithin
    | CapacityShare
    | CountWithin
    | Share
    | Inside
    | Lookup
    | Nearest
    | Zonal
    | Setback
    | Reach
    | Tier,
    Field(discriminator="kind"),
]


def by_road(measure: Measure) -> bool:
    """Say whether a measure needs the road network."""
    always = measure.kind in {"drive_time", "truckload", "reach"}
    return always or getattr(measure, "minutes", None) is not None


def layer_of(measure: Measure) -> str:
    """Return the id of the layer a measure is of; of several, the first."""
    if isinstance(measure, Tier):
        return next(iter(measure.tiers.values())).of
    if isinstance(measure, Distance) and isinstance(measure.of, list):
        return measure.of[0]
    return str(measure.to if isinstance(measure, DriveTime | Truckload) else measure.of)


def layers_of(measure: Measure) -> list[str]:
    """Return the ids of the layers a measure reads, unit costs and roads last.

    Examples
    --------
    >>> layers_of(DriveTime(kind="drive_time", to="seaports"))
    ['seaports', 'roads']
    """
    named = [layer for layer, _ in _parts(measure)]
    named += ["unit_costs"] if isinstance(measure, Truckload) else []
    return list(dict.fromkeys([*named, *(["roads"] if by_road(measure) else [])]))


def columns_of(measure: Measure) -> list[tuple[str, str]]:
    """Return the pairs (layer, column) that a measure reads.

    Examples
    --------
    >>> columns_of(CapacityWithin(kind="capacity_within", of="power_plants", km=50,
    ...     field="capacity_mw", where={"fuel": ["Solar", "Wind"]}))
    [('power_plants', 'capacity_mw'), ('power_plants', 'fuel')]
    """
    pairs = []
    for layer, part in _parts(measure):
        field = "port_id" if isinstance(part, Truckload) else getattr(part, "field", None)
        names = [*([field] if field else []), *part.where, *getattr(part, "share_where", {})]
        pairs += [(layer, name) for name in names]
    return list(dict.fromkeys(pairs))


def _parts(measure: Measure) -> list[tuple[str, Any]]:
    """Return each layer with the record that says what is read of it."""
    if isinstance(measure, Tier):
        return [(tier.of, tier) for tier in measure.tiers.values()]
    if isinstance(measure, Distance) and isinstance(measure.of, list):
        return [(layer, measure) for layer in measure.of]
    return [(layer_of(measure), measure)]
