"""Names by which a reader finds rows and places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sitesel.crs import LONLAT
from sitesel.show import content, features, names, payload

if TYPE_CHECKING:
    from sitesel.show.view import View


@pytest.fixture(scope="module")
def head(light: View) -> dict[str, Any]:
    return payload.decode(content.encode(light))[0]


def _spots(head: dict[str, Any], light: View) -> list[tuple[str, float, float]]:
    """Return what the gazetteer lists, as the page reads it."""
    towns, _ = features.drawable(light.catalog, "places", light.as_of)
    where = towns.geometry.to_crs(LONLAT)
    known = list(zip(towns["name"], where.y, where.x, strict=True))
    return [
        known[one] if isinstance(one, int) else (_bare(one["text"], light), one["lat"], one["lon"])
        for one in head["gazetteer"]
    ]


def _bare(text: str, light: View) -> str:
    """Return a name without the state that tells it from others."""
    states = [*light.catalog.load("us_states")["name"], *light.catalog.load("mx_states")["name"]]
    ending = next((f" ({name})" for name in states if text.endswith(f" ({name})")), "")
    return text.removesuffix(ending)


def test_rows_carry_their_names_folded(head: dict[str, Any]) -> None:
    port = next(row for row in head["ports"] if row["port_id"] == "santa_teresa")
    assert "jeronimo" in port["search"]
    for site in head["sites"]:
        assert names.folded(site["place"]) in site["search"]
        assert names.folded(site["state"] or "") in site["search"]


def test_the_gazetteer_has_every_port_and_the_greatest_towns_first(
    head: dict[str, Any], light: View
) -> None:
    texts = [text for text, *_ in _spots(head, light)]
    assert set(light.ports["name"]) <= set(texts)
    drawn = next(one["drawn"] for one in head["layers"] if one["id"] == "places")
    people = np.array(drawn["rows"]["population"], float)
    towns = [one for one in head["gazetteer"] if isinstance(one, int)]
    assert (np.diff(np.nan_to_num(people[towns])) <= 0).all()
    assert set(drawn["names"]) <= set(texts)
    frame, _ = features.drawable(light.catalog, "places", light.as_of)
    assert drawn["names"] == frame["name"].tolist()


def test_of_one_name_no_two_stand_close_together(head: dict[str, Any], light: View) -> None:
    spots = _spots(head, light)
    for name in ("Guadalupe", "San Juan", "Laredo"):
        same = np.array([spot[1:] for spot in spots if spot[0] == name])
        gaps = np.hypot(*(same[:, None] - same).T)[np.triu_indices(len(same), 1)]
        assert (gaps > 0.29).all()


def test_places_of_one_name_are_told_apart_by_their_states(
    head: dict[str, Any], light: View
) -> None:
    towns, _ = features.drawable(light.catalog, "places", light.as_of)
    shown = [
        towns["name"].iloc[one] if isinstance(one, int) else one["text"]
        for one in head["gazetteer"]
    ]
    assert "Laredo" in shown
    assert len({text for text in shown if text.startswith("Monterrey")}) > 1
    bare = [text for text, *_ in _spots(head, light)]
    twins, still = (len(each) - len(set(each)) for each in (bare, shown))
    assert still < twins / 3, "but twins within one state"
