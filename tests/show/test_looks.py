"""How layers look, and which names of towns come first."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pytest
import shapely

from sitesel.crs import LONLAT, WORKING_CRS
from sitesel.show import looks
from sitesel.show.features import Pool, layers_content

if TYPE_CHECKING:
    from sitesel.catalog.layers import Catalog


def _towns(**towns: tuple[float, float, int]) -> gpd.GeoDataFrame:
    spots = [shapely.Point(lon, lat) for lon, lat, _ in towns.values()]
    people = [count for _, _, count in towns.values()]
    frame = gpd.GeoDataFrame(
        {"name": list(towns), "population": people}, geometry=spots, crs=LONLAT
    )
    return frame.to_crs(WORKING_CRS)


TOWNS = {
    "hamlet": (-106.0, 30.0, 900),
    "city": (-105.0, 29.0, 600_000),
    "gate": (-106.4, 31.7, 300_000),
    "largest": (-100.3, 25.7, 1_100_000),
}


def test_towns_at_a_gate_come_before_all_but_the_largest() -> None:
    named = looks.towns(_towns(**TOWNS), _towns(port=(-106.45, 31.75, 0)))
    assert list(named["name"]) == ["largest", "gate", "city", "hamlet"]
    assert list(named["name_from"]) == [4.0, 5.7, 5.7, 11.0]
    assert list(named["name_size"]) == [15, 15, 15, 11.5]


def test_names_at_a_gate_lean_to_their_own_side() -> None:
    towns = _towns(**TOWNS).assign(side="MX")
    named = looks.towns(towns, _towns(port=(-106.45, 31.75, 0))).set_index("name")
    assert named.loc["gate", "name_lean"] == "MX"
    assert named["name_lean"].drop("gate").isna().all()


def test_without_gates_people_alone_count() -> None:
    named = looks.towns(_towns(**TOWNS), None)
    assert list(named["name"]) == ["largest", "city", "gate", "hamlet"]


@pytest.fixture(scope="module")
def layers(catalog: Catalog) -> list[dict[str, Any]]:
    points = ("ftz_sites", "industrial_parks", "seaports", "power_plants")
    ids = (*points, "ports_of_entry", "opportunity_zones")
    return layers_content(catalog, ids, date(2026, 11, 21), Pool())


@pytest.mark.parametrize("name", ["fill", "stroke", "far", "casing"])
def test_colours_of_looks_are_of_the_style_sheet(layers: list[dict[str, Any]], name: str) -> None:
    sheet = (files("sitesel.show") / "colours.css").read_text("utf-8")
    colours = {layer["drawn"]["look"].get(name) for layer in layers} - {None}
    assert colours
    assert all(one.startswith("#") or f"--{one}:" in sheet for one in colours)


def test_points_of_different_layers_have_different_marks(layers: list[dict[str, Any]]) -> None:
    drawn = {layer["id"]: layer["drawn"] for layer in layers if layer["drawn"]}
    pointed = ("ftz_sites", "industrial_parks", "seaports", "power_plants")
    marks = [drawn[name]["look"]["mark"] for name in pointed]
    assert len(set(marks[:3])) == 3
    assert marks[3] == "circle"
    assert len(drawn["power_plants"]["radii"]) == len(drawn["power_plants"]["shapes"])
    assert max(drawn["power_plants"]["radii"]) == 16
