from __future__ import annotations

from typing import TYPE_CHECKING

import folium

from sitesel.show import maps

if TYPE_CHECKING:
    from sitesel.show.view import View


def test_a_map_is_folium_s_own(light: View) -> None:
    fmap = maps.build(light)
    assert isinstance(fmap, folium.Map)
    (panel,) = (one for one in fmap._children.values() if isinstance(one, maps.Panel))
    assert panel.online.show is False


def test_bounds_hold_all_sites(light: View) -> None:
    west, south, east, north = maps._bounds(light)
    assert light.sites["lon"].between(west, east).all()
    assert light.sites["lat"].between(south, north).all()


def test_without_sites_the_ports_are_in_view(light: View) -> None:
    from dataclasses import replace

    west, _, east, _ = maps._bounds(replace(light, sites=light.sites.iloc[:0]))
    assert west < -117
    assert east > -98
