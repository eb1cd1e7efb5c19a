"""The catalogue: the shipped layers and the user's own, read when they are asked for."""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from sitesel.catalog.definition import Layer, in_force, spanish_of
from sitesel.dates import with_days
from sitesel.errors import LayerError, UnknownNameError, did_you_mean
from sitesel.resources import shipped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    import geopandas as gpd

    from sitesel.catalog.rasters import RasterLayer
    from sitesel.records import Language

WORDS = "words.es.csv"


def definitions(folder: Path) -> dict[str, Path]:
    """Return the definitions in a folder and all below it, by id; earlier versions are left out.

    Raises
    ------
    LayerError
        If two define the same layer.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*.y*ml")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix not in {".yaml", ".yml"} or hidden:
            continue
        twin = found.setdefault(path.stem, path)
        if twin != path:
            raise LayerError(
                f"{twin} and {path}: both define layer '{path.stem}'; remove one, or give it "
                "another id and file name"
            )
    return found


class Catalog:
    """All layers that can be had: the shipped ones and any folders of the user's own.

    A layer in a later folder takes the place of one of the same id in an earlier folder; within one
    folder an id may occur once. One that says ``replaces`` and whose data are there is what that
    other name stands for. Frames are read once and kept.

    Examples
    --------
    >>> catalog = Catalog.default()
    >>> catalog["power_plants"].fields["capacity_mw"].unit
    'MW'
    >>> catalog.load("power_plants").crs.is_projected
    True
    """

    def __init__(self, *folders: Path) -> None:
        self._folders = folders
        self._layers: dict[str, Layer] = {}
        self._frames: dict[str, gpd.GeoDataFrame] = {}
        self._rasters: dict[str, RasterLayer] = {}
        self._digests: dict[str, str] = {}
        for folder in folders:
            if not folder.is_dir():
                raise LayerError(
                    f"{folder}: no such layer folder; name another with --layers, or under "
                    "'layers' of the study"
                )
            self._layers |= {name: Layer.read(path) for name, path in definitions(folder).items()}
        self._stand_ins: dict[str, str] = {}
        self._stand_ins = {
            layer.replaces: layer.id
            for layer in self._layers.values()
            if layer.replaces and self.has(layer.id)
        }

    @classmethod
    def default(cls, *folders: Path) -> Catalog:
        """Open the shipped catalogue, with the user's folders on top; alone it is opened once."""
        return cls(shipped("layers"), *folders) if folders else _shipped()

    def __getitem__(self, name: str) -> Layer:
        """Return a definition by id, or raise `UnknownNameError` with a suggestion."""
        name = self._stand_ins.get(name, name)
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

    def has(self, name: str) -> bool:
        """Say whether a layer of that id exists, and its data and those it borrows are there."""
        if name not in self._layers or not self[name].present:
            return False
        return all(self.has(lender) for lender in self[name].lenders if lender != name)

    def stand_in(self, name: str) -> str | None:
        """Return the id of the layer that has taken another's place, if one has."""
        return self._stand_ins.get(name)

    def __len__(self) -> int:
        """Count the layers."""
        return len(self._layers)

    @cached_property
    def spanish(self) -> dict[str, str]:
        """The Spanish of texts, by the English.

        Texts of definitions stand in ``words.es.csv`` of each folder, those of a layer's data in
        ``<id>.es.csv`` beside it. A text that is the same in both languages is a name.
        """
        tables = [spanish_of(folder / WORDS) for folder in self._folders]
        tables += [layer.spanish() for layer in self if layer.present]
        return {english: spanish for table in tables for english, spanish in table.items()}

    def said(self, text: str, language: Language) -> str:
        """Return a text of a definition or of the data as it reads in a language.

        Examples
        --------
        >>> Catalog.default().said("as fetched", "es")
        'a la fecha de descarga'
        """
        return with_days(self.spanish.get(text, text) if language == "es" else text, language)

    def load(self, name: str, as_of: date | None = None) -> gpd.GeoDataFrame:
        """Return a layer's features in the working CRS.

        With ``as_of``, a column ``in_force`` says which of them count on that day.
        Tables come back with an empty geometry, rasters without any row: see `raster`.
        """
        from sitesel.catalog.geometry import read_frame  # noqa: PLC0415 (GDAL only when needed)

        layer = self[name]
        if name not in self._frames:
            self._frames[name] = read_frame(layer, self.load)
        frame: Any = self._frames[name]
        if as_of is None:
            return frame
        return frame.assign(in_force=in_force(frame, layer.validity, as_of))

    def digest(self, name: str) -> str:
        """Return a hash of a layer's definition and data, as they were when first asked for."""
        layer = self[name]
        if layer.id not in self._digests:
            self._digests[layer.id] = layer.digest()
        return self._digests[layer.id]

    def raster(self, name: str) -> RasterLayer:
        """Return a raster layer's file, checked, with where its cells lie and what they hold."""
        from sitesel.catalog.rasters import read  # noqa: PLC0415 (GDAL only when needed)

        if name not in self._rasters:
            self._rasters[name] = read(self[name])
        return self._rasters[name]


@cache
def _shipped() -> Catalog:
    return Catalog(shipped("layers"))
