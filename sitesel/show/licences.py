"""The catalogue's licences as a Markdown page, to be kept beside the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sitesel.catalog.definition import Layer
    from sitesel.catalog.layers import Catalog

_HEAD = """\
# The catalogue

One YAML definition beside each data file, in theme folders. `sitesel layers list` and
`sitesel layers show ID` print them; this page is printed by `sitesel layers licences`. Grades:
A official and complete, B good with known gaps, C partial, old or coarse, D modelled or
approximate. Layers made from published packages are built by `layers/build/build.py`, with pinned
versions; tables are kept by hand, each row with its source and confidence. Those marked "not
fetched" have no data here: `sitesel layers fetch ID` brings them from their publisher.
"""
_SHARED = """
## Share-alike: OpenStreetMap and other databases under ODbL

These layers are kept in files of their own. Whoever passes on a database derived from them does so
under the same licence and names the source; a map made from them names it too, as the map here
does.

"""
_OTHERS = "\n## All other layers\n\n"
_COLUMNS = (
    "| layer | title | grade | licence | attribution | vintage |\n|---|---|---|---|---|---|\n"
)


def page(catalog: Catalog) -> str:
    """Return the page: share-alike layers first and apart, then the others, by theme and id."""
    shared = [layer for layer in catalog if layer.share_alike]
    others = [layer for layer in catalog if not layer.share_alike]
    return _HEAD + _SHARED + _table(shared) + _OTHERS + _table(others)


def _table(layers: list[Layer]) -> str:
    return _COLUMNS + "".join(
        "| " + " | ".join(_cell(value) for value in _row(layer)) + " |\n" for layer in layers
    )


def _row(layer: Layer) -> tuple[str, ...]:
    licence = f"[{layer.licence}]({layer.licence_url})" if layer.licence_url else layer.licence
    name = f"{layer.theme}/{layer.id}"
    vintage = layer.vintage if layer.present else "not fetched"
    return (name, layer.title.en, layer.quality, licence, layer.attribution, vintage)


def _cell(text: str) -> str:
    r"""Keep a table in shape whatever the text holds.

    >>> _cell("a | b\nc")
    'a \\| b c'
    """
    return " ".join(text.split()).replace("|", r"\|")
