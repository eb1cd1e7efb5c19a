"""How QGIS draws the GeoPackage: sites by score, pairs by rank."""

from __future__ import annotations

from functools import cache

_CLASSES = (
    (0.0, 0.4, "222,235,231"),
    (0.4, 0.5, "183,214,206"),
    (0.5, 0.6, "131,187,176"),
    (0.6, 0.7, "72,147,135"),
    (0.7, 1.0, "21,101,94"),
)


@cache
def styles() -> dict[str, str]:
    """Return QML for the layers ``sites`` and ``pairs``."""
    return {"sites": _sites(), "pairs": _pairs()}


def _options(**options: str) -> str:
    rows = "".join(
        f'<Option type="QString" name="{name}" value="{value}"/>' for name, value in options.items()
    )
    return f'<Option type="Map">{rows}</Option>'


def _symbol(number: int, kind: str, layer: str, **options: str) -> str:
    return (
        f'<symbol type="{kind}" name="{number}" alpha="0.85" clip_to_extent="1">'
        f'<layer class="{layer}" enabled="1">{_options(**options)}</layer></symbol>'
    )


def _document(renderer: str, label: str) -> str:
    labelling = (
        '<labeling type="simple"><settings><text-style fontSize="9" fieldName="'
        f'{label}" isExpression="0"/></settings></labeling>'
    )
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        f'<qgis version="3.28" styleCategories="Symbology|Labeling" labelsEnabled="1">'
        f"{renderer}{labelling}</qgis>"
    )


def _sites() -> str:
    ranges = "".join(
        f'<range lower="{low}" upper="{high}" symbol="{number}" render="true" '
        f'label="{low:.1f} - {high:.1f}"/>'
        for number, (low, high, _) in enumerate(_CLASSES)
    )
    symbols = "".join(
        _symbol(
            number,
            "fill",
            "SimpleFill",
            color=f"{color},255",
            style="solid",
            outline_color="31,41,55,255",
            outline_width="0.3",
            outline_style="solid",
        )
        for number, (_, _, color) in enumerate(_CLASSES)
    )
    renderer = (
        '<renderer-v2 type="graduatedSymbol" attr="score" graduatedMethod="GraduatedColor">'
        f"<ranges>{ranges}</ranges><symbols>{symbols}</symbols></renderer-v2>"
    )
    return _document(renderer, "rank")


def _pairs() -> str:
    symbol = _symbol(
        0, "line", "SimpleLine", line_color="194,65,12,255", line_width="0.6", line_style="solid"
    )
    renderer = f'<renderer-v2 type="singleSymbol"><symbols>{symbol}</symbols></renderer-v2>'
    return _document(renderer, "rank")
