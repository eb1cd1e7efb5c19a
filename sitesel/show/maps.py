"""From a finished run to a folium map that carries the panel and all data within itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import folium
from branca.element import MacroElement
from folium.template import Template

from sitesel.crs import LONLAT
from sitesel.show.content import encode

if TYPE_CHECKING:
    from sitesel.records import Text
    from sitesel.show.view import View

ONLINE = "https://tile.openstreetmap.org"


class Panel(MacroElement):
    """The data block of a run, which the page holds, and the call that brings it to life.

    Parameters
    ----------
    block
        What `sitesel.show.content.encode` returns.
    title
        Title of the page in both languages.
    online
        A tile layer that stays off until the reader asks for it.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        sitesel.start({{ this._parent.get_name() }}, {{ this.online.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, block: str, title: Text, online: folium.TileLayer) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Panel"
        self.block = block
        self.title = title
        self.online = online


def build(view: View) -> folium.Map:
    """Return the run as a folium map; add layers of your own before `page.save` writes it.

    The map asks for nothing on the network: its online background is off until it is ticked.
    """
    west, south, east, north = _bounds(view)
    fmap = folium.Map(
        location=[round((south + north) / 2, 4), round((west + east) / 2, 4)],
        zoom_start=18,  # the page goes from here to all sites, once it has room
        tiles=None,
        prefer_canvas=True,
        zoom_control="topright",
        control_scale=True,
        maxZoom=18,  # what is drawn is coarser; ``max_zoom`` would be that of tiles
        zoom_snap=0.5,
        zoom_delta=1,
        attribution_control=False,
    )
    online = folium.TileLayer(
        tiles=f"{ONLINE}/{{z}}/{{x}}/{{y}}.png",
        attr="© OpenStreetMap contributors",
        name="OpenStreetMap",
        show=False,
        max_native_zoom=19,
    )
    online.add_to(fmap)
    Panel(encode(view), view.title, online).add_to(fmap)
    return fmap


def _bounds(view: View) -> tuple[float, float, float, float]:
    """Return west, south, east, north of what was ranked."""
    shown = view.sites.geometry if len(view.sites) else view.ports.geometry
    west, south, east, north = (round(float(edge), 4) for edge in shown.to_crs(LONLAT).total_bounds)
    return west, south, east, north
