"""Candidates of a layer, as a study file asks for them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from sitesel.measure.specs import Where
from sitesel.records import Record

TOLD = "told:"  # how a measured column begins that holds a field of the candidates' own layer


class Parcels(Record):
    """Candidates that a layer gives: parcels or parks, in place of grid cells.

    ``id`` is the column of their names; ``side`` a column of US and MX (else the border
    decides); ``hectares`` a column of sizes, needed when the layer holds points. ``tell`` lists the
    fields that the results carry; no others do they carry.

    Examples
    --------
    >>> Parcels(layer="my_parcels", tell=["price_usd", "zoning"]).tell
    ['price_usd', 'zoning']
    """

    layer: str
    id: str | None = None
    side: str | None = None
    hectares: str | None = None
    min_ha: Annotated[float, Field(ge=0)] = 0
    where: Where = Field(default_factory=dict)
    tell: list[str] = Field(default_factory=list)

    @field_validator("tell")
    @classmethod
    def _each_once(cls, tell: list[str]) -> list[str]:
        seen: set[str] = set()
        for name in tell:
            if name.lower() in seen:  # a GeoPackage knows no capitals
                raise ValueError(f"'{name}' stands twice; keep one of them")
            seen.add(name.lower())
        return tell
