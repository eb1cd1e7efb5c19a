"""The one self-contained, escaped HTML file.

Everything that a reader's browser executes is known here: Leaflet from its package, our own
modules, and folium's script. Their hashes stand in the page's security policy, so nothing else
runs, whatever a name in the data says. Text that folium would paste into a script or into HTML
goes through `gate`; our own panel only ever sets text.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import folium
from branca.element import CssLink, Figure, JavascriptLink
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from sitesel.errors import SiteselError
from sitesel.resources import replacing
from sitesel.show import language, templates
from sitesel.show.maps import ONLINE, Panel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from branca.element import Element

MODULES = (
    "dom",
    "state",
    "words",
    "colours",
    "payload",
    "albers",
    "decide",
    "surface",
    "scene",
    "layers",
    "find",
    "money",
    "places",
    "marks",
    "labels",
    "live",
    "charts",
    "dialog",
    "weights",
    "ranking",
    "story",
    "parts",
    "board",
    "cell",
    "card",
    "compare",
    "chrome",
    "share",
    "api",
    "print",
    "main",
)
_LEAFLET = files("js_lib_leaflet") / "static" / "js_lib_leaflet"
_IMPORT = re.compile(r"^import\s[^;]*;\n", re.MULTILINE)
EXPORT = re.compile(r"^export ((?:async )?(?:function|const|class) (\w+))", re.MULTILINE)


class PageError(SiteselError, ValueError):
    """A map that cannot become one self-contained file."""


def gate(text: str) -> Markup:
    """Make any text harmless in HTML and in the template strings that folium writes it into.

    Examples
    --------
    >>> print(gate("<img onerror=x> `${alert(1)}`"))
    &lt;img onerror=x&gt; &#96;&#36;{alert(1)}&#96;
    >>> gate(gate("a & b")) == gate("a & b")
    True
    """
    if isinstance(text, Markup):
        return text
    safe = str(escape(text))
    for sign in "`$\\":
        safe = safe.replace(sign, f"&#{ord(sign)};")
    return Markup(safe)  # noqa: S704 (this is the gate)


def save(fmap: folium.Map, path: Path) -> None:
    """Write the map as one HTML file; a file already there is replaced only on success."""
    text = html(fmap)
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")


def html(fmap: folium.Map) -> str:
    """Return the page: the same map gives the same text.

    Raises
    ------
    PageError
        If an element of the map needs the network or a library that is not in the page.
    """
    panel = next((item for item in _family(fmap) if isinstance(item, Panel)), None)
    if panel is None:
        raise PageError("the map has no panel; make it with Run.map() or sitesel.show.maps.build")
    figure = _rendered(fmap)
    names = _names(fmap)
    body = _renamed(figure.html.render(), names)
    script = _renamed(figure.script.render(), names).replace("</", "<\\/")
    head = _renamed("\n".join(item.render() for item in _head(figure, fmap)), names)
    scripts = [_asset("js/guard.js"), _leaflet("leaflet.js"), _pin(), _bundle(), script]
    scripts = [_lines(text) for text in scripts]
    text: str = _template().render(
        language="en",
        books=[language.load(name) for name in ("en", "es")],
        title=panel.title.en,
        policy=_policy(scripts),
        styles=[_stylesheet(), *(_asset(f"{name}.css") for name in ("colours", "panel", "print"))],
        scripts=scripts,
        block=panel.block,
        head=Markup(head),  # noqa: S704 (folium's own, gated)
        body=Markup(body),  # noqa: S704 (folium's own, gated)
    )
    return text


def _template() -> Any:
    room = Environment(
        loader=PackageLoader("sitesel.show", "."), autoescape=True, undefined=StrictUndefined
    )
    room.filters["raw"] = Markup
    return room.get_template("page.html.j2")


def _family(element: Element) -> Iterator[Element]:
    yield element
    for child in element._children.values():  # noqa: SLF001 (branca offers no other way)
        yield from _family(child)


def _rendered(fmap: folium.Map) -> Figure:
    """Let folium render itself without its remote files, with every text gated."""
    fmap.default_js, fmap.default_css = [], []
    for element in _family(fmap):
        _guard(element)
    figure = fmap.get_root()
    assert isinstance(figure, Figure)
    figure.render()
    for item in [*_family(figure.header), *_family(figure.html)]:
        if isinstance(item, JavascriptLink | CssLink):
            raise PageError(
                f"the map loads {item.url}; a page that opens offline cannot, "
                "so leave that plugin out"
            )
    return figure


def _guard(element: Element) -> None:
    if isinstance(element, folium.Popup):
        raise PageError("folium popups need jQuery, which is not in the page; use a tooltip")
    if isinstance(element, folium.Icon):
        raise PageError("folium.Icon needs a font from the network; leave icon out or use DivIcon")
    if isinstance(element, folium.Tooltip):
        element.text = gate(element.text)
    if isinstance(element, folium.GeoJson):
        element.data = _gated(element.data)
    if isinstance(element, folium.GeoJsonTooltip):
        element.aliases = tuple(gate(str(alias)) for alias in element.aliases or element.fields)


def _gated(value: Any) -> Any:
    """Gate the text of GeoJSON properties; geometry and keys stay."""
    if isinstance(value, dict):
        return {
            key: item if key in {"geometry", "type", "id"} else _gated(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_gated(item) for item in value]
    return gate(value) if isinstance(value, str) else value


def _head(figure: Figure, fmap: folium.Map) -> list[Element]:
    """Return what elements other than the map itself put in the head."""
    own = {"meta_http", fmap.get_name()}
    children = figure.header._children  # noqa: SLF001
    return [item for name, item in children.items() if name not in own]


def _names(fmap: folium.Map) -> dict[str, str]:
    return {item._id: "" for item in _family(fmap)}  # noqa: SLF001


def _renamed(text: str, names: dict[str, str]) -> str:
    """Give branca's random ids plain numbers in the order in which they appear."""
    for found in re.findall(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])", text):
        if names.get(found) == "":
            names[found] = str(sum(bool(name) for name in names.values()) + 1)
    known = [name for name, number in names.items() if number]
    if not known:
        return text
    return re.sub("|".join(known), lambda found: names[found.group()], text)


def _asset(name: str) -> str:
    return (files("sitesel.show") / name).read_text("utf-8")


def _pin() -> str:
    """Give folium's plain markers their picture from within the page."""
    pictures = {"iconUrl": "marker-icon", "iconRetinaUrl": "marker-icon-2x"}
    options = {key: _picture(f"images/{name}.png") for key, name in pictures.items()}
    options["shadowUrl"] = _picture("images/marker-shadow.png")
    return f'L.Icon.Default.imagePath = "";\nL.Icon.Default.mergeOptions({json.dumps(options)});\n'


def _bundle() -> str:
    """Join views and modules into one script; each keeps its scope and hands on its exports."""
    body = "".join(_module(_asset(f"js/{name}.js")) for name in MODULES)
    views = f"const view = {templates.compiled()};\n"
    return f'"use strict";\nwindow.sitesel = (() => {{\n{views}{body}return {{ start }};\n}})();\n'


def _module(text: str) -> str:
    names = ", ".join(name for _, name in EXPORT.findall(text))
    inner = EXPORT.sub(r"\1", _IMPORT.sub("", text))
    return f"const {{ {names} }} = (() => {{\n{inner}return {{ {names} }};\n}})();\n"


def _leaflet(name: str) -> str:
    text = (_LEAFLET / name).read_text("utf-8")
    return re.sub(r"\n//# sourceMappingURL=.*", "", text)


def _stylesheet() -> str:
    """Return Leaflet's style sheet with its pictures inside."""
    return re.sub(
        r"url\((images/[a-z0-9-]+\.png)\)",
        lambda found: f"url({_picture(found.group(1))})",
        _leaflet("leaflet.css"),
    )


def _picture(name: str) -> str:
    """Return a picture of Leaflet's as a data address."""
    return f"data:image/png;base64,{base64.b64encode((_LEAFLET / name).read_bytes()).decode()}"


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _policy(scripts: list[str]) -> str:
    """Allow exactly these scripts, and pictures from the named online background only."""
    hashes = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts)
    return "; ".join(
        [
            "default-src 'none'",
            "script-src " + " ".join(f"'sha256-{digest}'" for digest in hashes),
            "style-src 'unsafe-inline'",
            f"img-src data: blob: {ONLINE}",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
