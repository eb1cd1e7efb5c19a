"""The parts of a study file: area, candidates, gates, criteria, sites, pairs, map."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, field_validator, model_validator

from sitesel.decide.values import Linear, ValueFunction
from sitesel.decide.weights import MOST
from sitesel.measure.parcels import Parcels
from sitesel.measure.specs import Measure, Where
from sitesel.records import Language, Record, Text

Side = Literal["US", "MX"]
Usable = Literal["PASS", "CONDITIONAL", "UNKNOWN"]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


def _no_word(value: Any) -> Any:
    if isinstance(value, bool):  # yes and no are that in YAML; they would weigh 1 and 0
        raise ValueError("yes, no, true and false are no weights; write a number")  # noqa: TRY004
    return value


Weight = Annotated[float, BeforeValidator(_no_word), Field(ge=0, le=MOST, allow_inf_nan=False)]


class PortsArea(Record):
    """Land within reach of ports of entry that take cargo on the study's date."""

    ports: Literal["all"] | Annotated[list[str], Field(min_length=1)] = "all"
    within_km: Positive = 60


class BoxArea(Record):
    """Land within a box of longitudes and latitudes: west, south, east, north."""

    bbox: tuple[float, float, float, float]

    @field_validator("bbox")
    @classmethod
    def _ordered(cls, bbox: tuple[float, float, float, float]) -> tuple[float, ...]:
        west, south, east, north = bbox
        if not (-90 <= south <= 90 and -90 <= north <= 90):  # noqa: PLR2004 (the poles)
            raise ValueError(
                f"{south:g} and {north:g} are no latitudes; write [west, south, east, north] in "
                "degrees: longitudes first and third, west < east"
            )
        if not (-180 <= west < east <= 180 and south < north):  # noqa: PLR2004 (half a turn)
            raise ValueError("write [west, south, east, north] in degrees, west < east")
        return bbox


class LayerArea(Record):
    """Land within the polygons of a layer."""

    layer: str
    where: Where = Field(default_factory=dict)


class GridCandidates(Record):
    """Square cells of the equal-area grid."""

    grid_m: Annotated[int, Field(ge=100, le=20_000)] = 1000


def _which(*keys: str) -> Any:
    """Choose a record of a union by the one key that only it has."""

    def tag(value: Any) -> str:
        has = value if isinstance(value, dict) else getattr(type(value), "model_fields", {})
        there = [key for key in keys if key in has]
        return next((key for key in there if has[key] is not None), [*there, *keys][0])

    return Discriminator(tag)


Area = Annotated[
    Annotated[PortsArea, Tag("ports")]
    | Annotated[BoxArea, Tag("bbox")]
    | Annotated[LayerArea, Tag("layer")],
    _which("ports", "bbox", "layer"),
]
Candidates = Annotated[
    Annotated[GridCandidates, Tag("grid_m")] | Annotated[Parcels, Tag("layer")],
    _which("grid_m", "layer"),
]


class Gate(Record):
    """A hard constraint: PASS while ``min`` <= measure <= ``max``, else its verdict."""

    title: Text | None = None
    measure: Measure
    min: float | None = None
    max: float | None = None
    verdict: Literal["CONDITIONAL", "FAIL"] = "FAIL"
    optional: bool = False

    @model_validator(mode="after")
    def _bounded(self) -> Gate:
        if self.min is None and self.max is None:
            raise ValueError("a gate needs min or max, in the measure's unit")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min:g} is above max {self.max:g}; nothing could pass")
        return self


class Criterion(Record):
    """A measure, what it is worth, and how much it weighs.

    ``unknown`` is the value with which an UNKNOWN counts in the score, 0..1; the bounds of the
    score take it as 0 and as 1. ``unknown_together`` says that what is UNKNOWN is one fact for all
    sites, such as a law that may have lapsed: the test of the ranks draws it once for all.
    """

    title: Text | None = None
    short: Text | None = None
    group: str | None = None
    measure: Measure
    value: ValueFunction
    weight: Weight
    unknown: Annotated[float, Field(ge=0, le=1)] = 0.5
    unknown_together: bool = False
    applies_to: Side | None = None
    optional: bool = False
    words: dict[str, Text] = Field(default_factory=dict)


class Weights(Record):
    """A set of relative weights, as a file of weights or a profile says it."""

    title: Text | None = None
    groups: dict[str, Weight] = Field(default_factory=dict)
    criteria: dict[str, Weight] = Field(default_factory=dict)


class Sites(Record):
    """How sites are located and what is said of them.

    ``take`` lists the verdicts that a site may stand on; ``landmarks`` layers that lend names,
    ``zones`` layers whose features are told with their state on the study's date; ``located_by``
    the weights that locate sites, where they are not those that rank them.
    """

    hectares: Positive = 600
    per_side: Annotated[int, Field(ge=1, le=2000)] = 60
    apart_km: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 4
    take: Annotated[tuple[Usable, ...], Field(min_length=1)] = ("PASS", "UNKNOWN")
    landmarks: list[str] = Field(default_factory=list)
    zones: list[str] = Field(default_factory=list)
    located_by: Weights | None = None


class Link(Record):
    """What the minutes between a pair's two sites are worth."""

    value: ValueFunction = Field(
        default_factory=lambda: Linear(kind="linear", at={30: 1, 90: 0.5, 180: 0}, unit="min")
    )


class Pairs(Record):
    """How pairs are judged: how far the weaker side rules, the link, how many are kept."""

    weaker_side: Annotated[float, Field(ge=0.5, le=1)] = 0.7
    link: Link = Field(default_factory=Link)
    keep: Annotated[int, Field(ge=1, le=100_000)] = 200


class Robustness(Record):
    """How ranks are put to the test: draws of weights round the study's, seeded.

    ``spread`` is the standard deviation of a weight of average size, relative to it; ``any``
    draws from all weights there are.
    """

    draws: Annotated[int, Field(ge=100, le=100_000)] = 2000
    seed: Annotated[int, Field(ge=0)] = 20180101
    spread: Annotated[float, Field(gt=0, le=2)] | Literal["any"] = 0.3


class Map(Record):
    """What the map shows besides the result."""

    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("en", "es")
    layers: list[str] | None = None
