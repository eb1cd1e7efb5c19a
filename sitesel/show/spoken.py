"""What a document says in one language: its own words, those of the catalogue and of classes."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from sitesel.dates import with_days
from sitesel.show.language import load

if TYPE_CHECKING:
    from datetime import date

    import geopandas as gpd

    from sitesel.catalog.layers import Catalog
    from sitesel.records import Language


class Spoken:
    """Words of the workbook in a language, the same as the page's.

    Examples
    --------
    >>> from sitesel.catalog.layers import Catalog
    >>> spanish = Spoken("es", Catalog.default())
    >>> spanish.sheets["pairs"], spanish.classed("scarce"), spanish.unit("persons")
    ('Pares', 'escasa', 'personas')
    >>> Spoken("en", Catalog.default()).classed("SME linkages")
    'Small firms that supply the plants'
    """

    def __init__(self, language: Language, catalog: Catalog) -> None:
        self.language = language
        self.words: dict[str, Any] = load(f"book.{language}")
        self.sheets: dict[str, str] = self.words["sheets"]
        self.catalog = catalog
        self._units: dict[str, str] = load(language)["units"]
        self._classes: dict[Any, str] = load(language)["classes"]

    def said(self, text: Any) -> Any:
        """Return a text of the catalogue in the language; what is no text stays as it is."""
        return self.catalog.said(text, self.language) if isinstance(text, str) else text

    def classed(self, value: Any) -> Any:
        """Return a class, or any text of the data, in the language; other values as they are."""
        if not isinstance(value, str):
            return value
        return self._classes.get(value) or self.said(value)

    def unit(self, unit: str | None) -> str | None:
        """Return a unit in the language; "" for what is merely counted."""
        return None if unit is None else self._units.get(unit, self.said(unit))

    def day(self, day: date) -> str:
        """Return a day as people write it."""
        return with_days(day.isoformat(), self.language)

    @cached_property
    def ports(self) -> dict[str, str]:
        """The names of the ports of entry, by their ids."""
        ports = self.catalog.load("ports_of_entry")
        return dict(zip(ports["port_id"], port_names(ports, self.language), strict=True))


def port_names(ports: gpd.GeoDataFrame, language: Language) -> list[str]:
    """Return the names of ports of entry: in Spanish the Mexican where there is one.

    Examples
    --------
    >>> from sitesel.catalog.layers import Catalog
    >>> ports = Catalog.default().load("ports_of_entry")
    >>> ysleta = ports[ports["port_id"] == "ysleta"]
    >>> port_names(ysleta, "en"), port_names(ysleta, "es")
    (['Ysleta'], ['Zaragoza'])
    """
    names = ports["name"]
    if language == "es" and "name_mx" in ports:
        names = ports["name_mx"].fillna(names)
    return [str(name) for name in names]
