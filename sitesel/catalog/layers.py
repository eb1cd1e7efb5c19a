"""Layer definitions: one YAML document beside each data file, gathered in a catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import pandas as pd
import yaml
from pydantic import Field, PrivateAttr, ValidationError

from sitesel.errors import LayerError, UnknownNameError, did_you_mean
from sitesel.records import Record, Text, explain
from sitesel.resources import sha256, shipped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    import geopandas as gpd


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
    density: dict[Literal["US", "MX"], float] = Field(default_factory=dict)
    within: str | None = None
    key: str | None = None


class Table(Record):
    """Facts without geometry."""

    kind: Literal["table"]


class Graph(Record):
    """Road edges between numbered nodes."""

    kind: Literal["graph"]


Geometry = Annotated[
    Points | Stored | Borrowed | Circle | Table | Graph, Field(discriminator="kind")
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
    """How the map draws the layer."""

    color: str = "#475569"
    show: bool = False
    size_by: str | None = None
    width: float = 1.0
    order: int = 50
    hidden: bool = False


class Build(Record):
    """The published package a layer is derived from."""

    package: str
    file: str


class Layer(Record):
    """One spatial data set: where it comes from, what it holds, how far to trust it."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Text
    summary: Text
    geometry: Geometry
    file: str
    crs: str = "EPSG:4326"
    side: str | None = None
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
    map: Style = Style()
    _home: Path = PrivateAttr(default=Path())

    @classmethod
    def read(cls, path: Path) -> Layer:
        """Read one definition; a mistake in it is a `LayerError` naming file and key."""
        try:
            raw = yaml.safe_load(path.read_text("utf-8"))
        except (OSError, ValueError, yaml.YAMLError) as error:
            raise LayerError(f"{path}: cannot be read as YAML: {error}") from None
        try:
            layer = cls.model_validate(raw)
        except ValidationError as error:
            raise LayerError(explain(path, error)) from None
        if layer.id != path.stem:
            raise LayerError(f"{path}: id '{layer.id}' should be the file's name, '{path.stem}'")
        layer._home = path.parent  # noqa: SLF001
        return layer

    @property
    def path(self) -> Path:
        """The data file, which lies beside the definition."""
        return (self._home / self.file).resolve()

    @property
    def definition(self) -> Path:
        """The YAML file itself."""
        return self._home / f"{self.id}.yaml"

    @property
    def theme(self) -> str:
        """The folder that the layer lies in."""
        return self._home.name

    def digest(self) -> str:
        """Return one hash over definition and data."""
        return sha256(self.definition)[:16] + sha256(self.path)[:16]


def in_force(frame: pd.DataFrame, validity: Validity | None, as_of: date) -> pd.Series[float]:
    """Say for each feature whether it counts on a day: 1 yes, 0 no, NaN nobody can say.

    Announced is not built: only what is operating or declared counts.

    Examples
    --------
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


class Catalog:
    """All layers that can be had: the shipped ones and any folders of the user's own.

    A layer in a later folder takes the place of one of the same id in an earlier folder.
    Frames are read once and kept.

    Examples
    --------
    >>> catalog = Catalog.default()
    >>> catalog["power_plants"].fields["capacity_mw"].unit
    'MW'
    >>> catalog.load("power_plants").crs.is_projected
    True
    """

    def __init__(self, *folders: Path) -> None:
        self._layers: dict[str, Layer] = {}
        self._frames: dict[str, gpd.GeoDataFrame] = {}
        for folder in folders:
            if not folder.is_dir():
                raise LayerError(f"{folder}: no such layer folder")
            for path in sorted(folder.rglob("*.yaml")):
                layer = Layer.read(path)
                self._layers[layer.id] = layer

    @classmethod
    def default(cls, *folders: Path) -> Catalog:
        """Open the shipped catalogue, with the user's folders on top."""
        return cls(shipped("layers"), *folders)

    def __getitem__(self, name: str) -> Layer:
        """Return a definition by id, or raise `UnknownNameError` with a suggestion."""
        if name not in self._layers:
            hint = did_you_mean(name, self._layers)
            raise UnknownNameError(f"layer '{name}' is not in the catalogue; {hint}")
        return self._layers[name]

    def __iter__(self) -> Iterator[Layer]:
        """Go through the definitions, by theme and id."""
        return iter(sorted(self._layers.values(), key=lambda layer: (layer.theme, layer.id)))

    def __contains__(self, name: object) -> bool:
        """Say whether a layer of that id exists."""
        return name in self._layers

    def __len__(self) -> int:
        """Count the layers."""
        return len(self._layers)

    def load(self, name: str, as_of: date | None = None) -> gpd.GeoDataFrame:
        """Return a layer's features in the working CRS.

        With ``as_of``, a column ``in_force`` says which of them count on that day.
        Tables come back with an empty geometry.
        """
        from sitesel.catalog.geometry import read_frame  # noqa: PLC0415 (GDAL only when needed)

        layer = self[name]
        if name not in self._frames:
            self._frames[name] = read_frame(layer, self)
        frame: Any = self._frames[name]
        if as_of is None:
            return frame
        return frame.assign(in_force=in_force(frame, layer.validity, as_of))
