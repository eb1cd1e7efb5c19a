"""Layer definitions: one YAML document beside each data file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field, PrivateAttr, ValidationError, model_validator

from sitesel.catalog.sources.specs import Fetch
from sitesel.errors import LayerError
from sitesel.records import Record, Text, explain, read_yaml
from sitesel.resources import sha256

if TYPE_CHECKING:
    from datetime import date


class Points(Record):
    """A table with a pair of coordinate columns."""

    kind: Literal["points"]
    lon: str = "lon"
    lat: str = "lat"


class Stored(Record):
    """A file that holds its own geometry."""

    kind: Literal["stored"]


class Borrowed(Record):
    """A table whose rows take the polygons of other layers by a shared key."""

    kind: Literal["borrowed"]
    of: str | list[str]
    key: str


class Circle(Record):
    """Circles round points: of a stated area, or of people at a stated density per km²."""

    kind: Literal["circle"]
    lon: str = "lon"
    lat: str = "lat"
    area_km2: str | None = None
    people: str | None = None
    density: dict[Literal["US", "MX"], Annotated[float, Field(gt=0, allow_inf_nan=False)]] = Field(
        default_factory=dict
    )
    within: str | None = None
    key: str | None = None

    @model_validator(mode="after")
    def _complete(self) -> Circle:
        if (self.area_km2 is None) == (self.people is None):
            raise ValueError("name one column that sizes the circle: area_km2 or people")
        if (self.within is None) != (self.key is None):
            raise ValueError("within and key go together: a layer, and the column that joins it")
        return self


class Table(Record):
    """Facts without geometry."""

    kind: Literal["table"]


class Graph(Record):
    """Road edges between numbered nodes."""

    kind: Literal["graph"]


class Raster(Record):
    """A raster file; ``field`` names what its cells hold, ``classes`` the words for whole numbers.

    Nodata is UNKNOWN.
    """

    kind: Literal["raster"]
    field: str
    band: Annotated[int, Field(ge=1)] = 1
    classes: dict[int, str] = Field(default_factory=dict)


Geometry = Annotated[
    Points | Stored | Borrowed | Circle | Table | Graph | Raster, Field(discriminator="kind")
]


class FieldInfo(Record):
    """What a column holds, and in which unit."""

    title: Text
    type: Literal["number", "text", "date", "class"] = "text"
    unit: str | None = None
    description: Text | None = None


class Validity(Record):
    """Which columns say from when to when, and in what state, a feature exists."""

    from_: Annotated[str | None, Field(alias="from")] = None
    to: str | None = None
    status: str | None = None
    after: Literal["inactive", "unknown"] = "inactive"


class Style(Record):
    """How the map draws the layer.

    ``only`` says by field and words which features are drawn, where all of them would hide the map.
    """

    color: str = "#475569"
    show: bool = False
    size_by: str | None = None
    width: float = 1.0
    order: int = 50
    hidden: bool = False
    only: dict[str, str | list[str]] = Field(default_factory=dict)


class Build(Record):
    """The published package a layer is derived from."""

    package: str
    file: str


class Fetched(Record):
    """What was fetched: when, from where, the publisher's version, and how much of it.

    ``files`` lie beside the data file; ``own`` says that the definition is the user's, not one of
    the shipped.
    """

    at: str
    url: str
    version: str | None = None
    rows: int | None = None
    area_km2: float | None = None
    box: tuple[float, float, float, float] | None = None
    sha256: str
    files: list[str] = Field(default_factory=list)
    own: bool = False


class Layer(Record):
    """One spatial data set: where it comes from, what it holds, how far to trust it.

    ``fetch`` says how the data are had from their publisher, ``fetched`` what was had;
    ``replaces`` names the layer whose place this one takes where its data are there. A layer of
    one ``country`` says nothing of the other: what is measured there is not known.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Text
    summary: Text
    geometry: Geometry
    file: Annotated[str, Field(max_length=255)]  # longer names no file system has
    crs: str = "EPSG:4326"
    side: str | None = None
    country: Literal["US", "MX"] | None = None
    label: str | None = None
    fields: dict[str, FieldInfo] = Field(default_factory=dict)
    validity: Validity | None = None
    publisher: str
    source: str
    source_url: str | None = None
    licence: str
    licence_url: str | None = None
    share_alike: bool = False
    attribution: str
    vintage: str
    quality: Literal["A", "B", "C", "D"]
    quality_why: Text
    approximate: bool = False
    coverage: list[tuple[float, float, float, float]] = Field(default_factory=list)
    caveats: list[Text] = Field(default_factory=list)
    build: Build | None = None
    fetch: Fetch | None = None
    fetched: Fetched | None = None
    replaces: str | None = None
    map: Style = Style()
    _home: Path = PrivateAttr(default=Path())
    _suffix: str = PrivateAttr(default=".yaml")

    @classmethod
    def read(cls, path: Path) -> Layer:
        """Read one definition; a mistake in it is a `LayerError` naming file and key."""
        raw = read_yaml(path, LayerError)
        try:
            layer = cls.model_validate(raw)
        except ValidationError as error:
            raise LayerError(explain(path, error, raw, cls)) from None
        if layer.id != path.stem:
            raise LayerError(f"{path}: id '{layer.id}' should be the file's name, '{path.stem}'")
        layer._home, layer._suffix = path.parent, path.suffix  # noqa: SLF001
        return layer

    @property
    def path(self) -> Path:
        """The data file, which lies beside the definition."""
        return (self._home / self.file).resolve()

    @property
    def definition(self) -> Path:
        """The YAML file itself."""
        return self._home / f"{self.id}{self._suffix}"

    @property
    def theme(self) -> str:
        """The folder that the layer lies in."""
        return self._home.name

    @property
    def columns(self) -> dict[str, str]:
        """Every column that the definition names, by the key that names it."""
        rule, shape = self.validity or Validity(), self.geometry
        named = {
            **{f"fields.{name}": name for name in self.fields},
            "label": self.label,
            "side": self.side,
            "validity.from": rule.from_,
            "validity.to": rule.to,
            "validity.status": rule.status,
            **{f"geometry.{k}": getattr(shape, k, None) for k in ("key", "area_km2", "people")},
            **{f"map.only.{name}": name for name in self.map.only},
        }
        return {key: name for key, name in named.items() if name}

    @property
    def lenders(self) -> list[str]:
        """The layers whose polygons this one takes."""
        shape = self.geometry
        if isinstance(shape, Borrowed):
            return [shape.of] if isinstance(shape.of, str) else shape.of
        return [shape.within] if isinstance(shape, Circle) and shape.within else []

    @property
    def present(self) -> bool:
        """Whether the data are there; a layer that is fetched may not be, yet."""
        return self.path.is_file()

    def must_exist(self) -> None:
        """Raise a `LayerError` if the data file is not there."""
        if not self.present and self.fetch:
            raise LayerError(
                f"layer '{self.id}' is not fetched yet: sitesel layers fetch {self.id}"
            )
        if not self.present:
            raise LayerError(f"{self.definition}: file: {self.file} is not there; put it beside")

    @property
    def wording(self) -> tuple[str, ...]:
        """What the definition says in one language: words, or proper names."""
        return (self.vintage, self.source, self.publisher, self.licence, self.attribution)

    def spanish(self) -> dict[str, str]:
        """Return the Spanish of texts in the data, from ``<id>.es.csv`` beside the definition."""
        return spanish_of(self._home / f"{self.id}.es.csv")

    def origin(self) -> dict[str, Any]:
        """Return the definition as plain data, without how the layer is had, read and drawn."""
        beside = {"fetch", "build", "fields", "map"}
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=beside)

    def digest(self) -> str:
        """Return one hash over definition and data."""
        self.must_exist()
        return sha256(self.definition)[:16] + sha256(self.path)[:16]


def spanish_of(path: Path) -> dict[str, str]:
    """Return a table of texts: their Spanish by the English; nothing where there is no table.

    Raises
    ------
    LayerError
        The table cannot be read, or has not the columns en and es.
    """
    if not path.is_file():
        return {}
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        return dict(zip(table["en"], table["es"], strict=True))
    except (KeyError, ValueError, OSError) as error:
        raise LayerError(f"{path}: write a CSV with the columns en and es: {error}") from None


def in_force(frame: pd.DataFrame, validity: Validity | None, as_of: date) -> pd.Series[float]:
    """Say for each feature whether it counts on a day: 1 yes, 0 no, NaN nobody can say.

    Announced is not built: only what is operating or declared counts.

    Examples
    --------
    >>> from datetime import date
    >>> zone = pd.DataFrame({"until": ["2025-12-31", None], "state": ["operating", "announced"]})
    >>> rule = Validity.model_validate({"to": "until", "status": "state", "after": "unknown"})
    >>> in_force(zone, rule, date(2025, 6, 1)).tolist()
    [1.0, 0.0]
    >>> in_force(zone, rule, date(2026, 6, 1)).tolist()
    [nan, 0.0]
    """
    verdict = pd.Series(1.0, index=frame.index)
    if validity is None:
        return verdict
    day = as_of.isoformat()
    if validity.to:
        ended = frame[validity.to].notna() & (frame[validity.to].astype(str) < day)
        verdict[ended] = np.nan if validity.after == "unknown" else 0.0
    if validity.status:
        status = frame[validity.status]
        verdict[(status == "unknown") & (verdict == 1)] = np.nan
        verdict[status.isin(["announced", "inactive"])] = 0.0
    if validity.from_:
        later = frame[validity.from_].notna() & (frame[validity.from_].astype(str) > day)
        verdict[later] = 0.0
    return verdict
