"""How a layer is had from its publisher, as its definition writes it: one record a protocol."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from sitesel.catalog.sources.columns import Kept, Rule
from sitesel.records import Record


def _web(url: str) -> str:
    if not re.match(r"https?://[^\s/]+", url):
        raise ValueError("write a web address that begins with https:// (or http://)")
    return url


Url = Annotated[str, AfterValidator(_web)]
Secret = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]


class _Fetch(Record):
    """What all protocols share.

    ``fields`` maps the layer's columns to those of the publisher; where it is given, only these
    columns are kept. ``text`` lists columns that are codes: their leading zeros stay. ``missing``
    lists what the publisher writes where nothing is known. ``make`` adds columns of ours made from
    the publisher's, in that order; then ``keep`` says of which rows the layer is made, and
    ``shapes`` of which kind of geometry. ``whole`` fetches all that the layer covers, whatever
    the area.
    """

    fields: dict[str, str] = Field(default_factory=dict)
    text: list[str] = Field(default_factory=list)
    missing: list[str | float] = Field(default_factory=list)
    make: dict[str, Rule] = Field(default_factory=dict)
    keep: dict[str, Kept] = Field(default_factory=dict)
    shapes: Literal["points", "lines", "polygons"] | None = None
    whole: bool = False


class ArcGIS(_Fetch):
    """A layer of an ArcGIS FeatureServer or MapServer: ``…/FeatureServer/13``."""

    protocol: Literal["arcgis"]
    url: Url
    where: str = "1=1"
    page: Annotated[int, Field(ge=1, le=10_000)] | None = None


class Socrata(_Fetch):
    """A data set of a Socrata portal: ``https://HOST/resource/ABCD-1234``.

    ``token`` names the environment variable that may hold an app token. ``box`` names the column
    that holds the place of a row, so that only the rows of an area are asked for.
    """

    protocol: Literal["socrata"]
    url: Url
    select: str | None = None
    where: str | None = None
    box: str | None = None
    page: Annotated[int, Field(ge=1, le=50_000)] = 10_000
    token: Secret | None = None


class Download(_Fetch):
    """A file, or a file in a zip: CSV, XLSX, JSON, or whatever GDAL reads.

    ``member`` is a pattern for the file in a zip (a list of them for a zip in a zip), ``part`` a
    layer of it or a sheet, ``rows`` the key of the list in a JSON answer, ``skip`` the lines above
    the header. ``history`` lists the columns that tell observations apart, of a source that shows
    only the latest: what was fetched earlier is then kept, and what is new is added.
    """

    protocol: Literal["download"]
    url: Url | list[Url]
    member: str | list[str] | None = None
    part: str | None = None
    rows: str | None = None
    skip: Annotated[int, Field(ge=0)] = 0
    encoding: str = "utf-8-sig"
    sha256: str | None = None
    lon: str | None = None
    lat: str | None = None
    history: list[str] = Field(default_factory=list)


class RasterTiles(_Fetch):
    """Cloud-optimised rasters, of which only the window of the area is read.

    ``url`` may hold ``{lat}`` and ``{lon}``, the south-west corner of a tile of ``step`` degrees
    written like N31 and W107. ``slope`` keeps the percent slope of a terrain model instead.
    """

    protocol: Literal["raster"]
    url: Url
    step: Annotated[int, Field(ge=1, le=90)] = 1
    slope: bool = False


class OpenStreetMap(_Fetch):
    """Features of OpenStreetMap that have any of the tags, or the drive graph of its roads.

    Read from ``extract``, a file in OSM XML (several with the path separator of the system
    between them), unless the user names others; the Overpass server at ``url`` is asked only if
    there is none and the user says so.
    """

    protocol: Literal["osm"]
    url: Url = "https://overpass-api.de/api"
    extract: str | None = None
    tags: dict[str, Literal[True] | str | list[str]] = Field(default_factory=dict)
    roads: bool = False

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.roads == bool(self.tags):
            raise ValueError("give 'tags' of the features, or 'roads: true' for the drive graph")
        return self


class PostGIS(_Fetch):
    """A query of a PostgreSQL database with PostGIS.

    ``dsn`` names the environment variable that holds the connection. ``sql`` is one SELECT, with
    ``:name`` for each of the ``parameters``, which are bound; ``:west``, ``:south``, ``:east`` and
    ``:north`` are those of the area. ``geometry`` names the column of the shapes, where the answer
    has several.
    """

    protocol: Literal["postgis"]
    dsn: Secret
    sql: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    geometry: str | None = None


class _Derived(_Fetch):
    """What is made of other layers; ``latest`` names the column whose last day is the vintage."""

    latest: str | None = None


class Together(_Derived):
    """The features of several layers as one: of those that are there, at least one."""

    protocol: Literal["together"]
    of: Annotated[list[str], Field(min_length=1)]


class Figure(Record):
    """One figure of a group of rows: of column ``of``, its count, sum, median or P95."""

    of: str
    take: Literal["count", "sum", "mean", "median", "p95", "min", "max", "first", "last"]


class Summary(_Derived):
    """A layer's rows in groups: one row a group of those that agree in the columns ``by``.

    ``newest`` reckons only with the rows that have one of the so many last values of the column
    ``order`` that occur in the layer: the latest twelve months of all, not of each group.
    """

    protocol: Literal["summary"]
    of: str
    by: Annotated[list[str], Field(min_length=1)]
    figures: Annotated[dict[str, Figure], Field(min_length=1)]
    order: str | None = None
    newest: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.newest is not None and self.order is None:
            raise ValueError("'newest' needs 'order': the column that says which rows are newer")
        return self


class Apportion(_Derived):
    """A layer's rows with their figures scaled, so that by group they add up to known totals.

    The groups are the values of the column ``by``, the totals those of layer ``totals``, whose
    column ``key`` names the group and ``total`` holds the sum. All ``figures`` of a group are
    multiplied by the same factor; the first of them is what adds up. A list in ``joined`` holds
    groups that the publisher counts now apart, now as one: they are scaled as one. ``carry`` names
    columns of the totals that each row of their group gets.
    """

    protocol: Literal["apportion"]
    of: str
    by: str
    figures: Annotated[list[str], Field(min_length=1)]
    totals: str
    key: str
    total: str
    joined: list[Annotated[list[str], Field(min_length=2)]] = Field(default_factory=list)
    carry: list[str] = Field(default_factory=list)


Fetch = Annotated[
    ArcGIS
    | Socrata
    | Download
    | RasterTiles
    | OpenStreetMap
    | PostGIS
    | Together
    | Summary
    | Apportion,
    Field(discriminator="protocol"),
]
