from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING

import folium
import pytest
from folium.plugins import HeatMap

from sitesel.show import maps, page

if TYPE_CHECKING:
    from pathlib import Path

    from sitesel.show.view import View

TRAP = "</script><img src=x onerror=\"window.hacked=1\"> `${window.hacked=1}` 'x' \\"


@pytest.fixture
def fmap(light: View) -> folium.Map:
    return maps.build(light)


def test_same_view_same_bytes(light: View) -> None:
    def draw() -> str:
        fmap = maps.build(light)
        folium.CircleMarker([31.7, -106.4], tooltip="a").add_to(fmap)
        return page.html(fmap)

    assert draw() == draw()


def test_writing_twice_changes_nothing(fmap: folium.Map) -> None:
    folium.CircleMarker([31.7, -106.4], tooltip=TRAP).add_to(fmap)
    assert page.html(fmap) == page.html(fmap)


def test_no_address_but_the_named_one_can_be_asked(fmap: folium.Map) -> None:
    text = page.html(fmap)
    head = text[: text.index("<body>")]
    assert re.findall(r"<(?:script|link)[^>]+(?:src|href)=", text) == []
    (policy,) = re.findall(r'Security-Policy" content="([^"]+)"', head)
    assert re.findall(r"https?://[^ ;]+", policy.replace("&#39;", "'")) == [maps.ONLINE]
    assert "url(images/" not in text
    assert "sourceMappingURL" not in text


def test_policy_names_each_script_by_its_hash(fmap: folium.Map) -> None:
    text = page.html(fmap)
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert len(scripts) == 5
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"sha256-{digest}" in text
    assert "unsafe-inline" not in text.split("script-src")[1].split(";")[0]


def test_title_is_escaped(light: View) -> None:
    from dataclasses import replace

    from sitesel.records import Text

    text = page.html(maps.build(replace(light, title=Text(en=TRAP, es=TRAP))))
    assert "<title>&lt;/script&gt;&lt;img" in text


def test_gate_shuts_every_door() -> None:
    safe = page.gate(TRAP)
    assert not set("<>\"'`$\\") & set(safe)
    assert page.gate(safe) == safe


def test_texts_of_folium_pass_the_gate(fmap: folium.Map) -> None:
    point = {"type": "Point", "coordinates": [-106.4, 31.7]}
    feature = {"type": "Feature", "properties": {"name": TRAP, "n": 1}, "geometry": point}
    shapes = {"type": "FeatureCollection", "features": [feature]}
    folium.GeoJson(shapes, tooltip=folium.GeoJsonTooltip(["name"])).add_to(fmap)
    folium.CircleMarker([31.7, -106.4], tooltip=TRAP).add_to(fmap)
    text = page.html(fmap)
    assert "<img src=x" not in text
    assert "${window" not in text


@pytest.mark.parametrize(
    ("element", "word"),
    [
        (folium.Marker([31, -106], popup="x"), "tooltip"),
        (folium.Marker([31, -106], icon=folium.Icon()), "DivIcon"),
        (HeatMap([[31, -106]]), "offline"),
    ],
)
def test_what_needs_the_network_is_refused(
    fmap: folium.Map, element: folium.Element, word: str
) -> None:
    element.add_to(fmap)
    with pytest.raises(page.PageError, match=word):
        page.html(fmap)


def test_a_map_without_panel_is_refused() -> None:
    with pytest.raises(page.PageError, match="panel"):
        page.html(folium.Map(tiles=None))


def test_save_leaves_the_old_file_when_it_fails(fmap: folium.Map, tmp_path: Path) -> None:
    path = tmp_path / "map.html"
    path.write_text("old")
    folium.Marker([31, -106], popup="x").add_to(fmap)
    with pytest.raises(page.PageError):
        page.save(fmap, path)
    assert path.read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["map.html"]


def test_our_scripts_only_ever_set_text() -> None:
    bundle = page._bundle()
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert way not in bundle


def test_modules_keep_their_order() -> None:
    seen: set[str] = set()
    for name in page.MODULES:
        text = page._asset(f"js/{name}.js")
        needed = set(re.findall(r'^import .* from "\./(\w+)\.js";$', text, re.MULTILINE))
        assert needed <= seen, f"{name} stands before {needed - seen}"
        seen.add(name)
