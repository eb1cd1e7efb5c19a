from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely

from sitesel.show import content, payload, surface

if TYPE_CHECKING:
    from sitesel.show.view import View


@pytest.fixture(scope="module")
def read(light: View) -> tuple[dict[str, Any], dict[str, Any]]:
    return payload.decode(content.encode(light))


def test_same_view_same_block(light: View) -> None:
    afresh = replace(light, store=None)
    assert content.encode(afresh) == content.encode(light)


def test_scores_of_sites_and_pairs_keep_every_bit(light: View, read: tuple[Any, Any]) -> None:
    head, _ = read
    assert [row["score"] for row in head["sites"]] == light.sites["score"].tolist()
    assert [row["score"] for row in head["pairs"]] == light.pairs["score"].tolist()


def test_every_pair_has_its_port_its_worth_and_its_rank(light: View, read: tuple[Any, Any]) -> None:
    head, arrays = read
    links = light.links
    assert links is not None
    sites = [row["id"] for row in head["sites"]]
    us, mx = ([row["id"] for row in head["sites"] if row["side"] == side] for side in ("US", "MX"))
    shape = (len(us), len(mx))
    port, value, rank = (
        arrays[f"link_{name}"].reshape(shape) for name in ("port", "value", "rank")
    )
    assert sorted(rank.ravel()) == list(range(1, rank.size + 1))
    drive = arrays["site_minutes"].reshape(len(sites), -1)
    assert len(head["pairs"]) > 10
    for row in head["pairs"]:
        at = us.index(row["us_site"]), mx.index(row["mx_site"])
        assert row["id"] == f"{row['us_site']}/{row['mx_site']}"
        assert (value[at], rank[at]) == (row["link_value"], row["rank"])
        assert head["links"]["ports"][port[at]] == row["port"]
        legs = [drive[sites.index(row[f"{side}_site"]), port[at]] for side in ("us", "mx")]
        assert legs[0] + head["links"]["delays"][port[at]] + legs[1] == row["link_minutes"]


def test_the_rings_of_a_site_are_counted_by_polygon() -> None:
    holed = shapely.box(0, 0, 9, 9) - shapely.box(1, 1, 2, 2) - shapely.box(4, 4, 5, 5)
    assert content._rings(holed) == [3]
    assert content._rings(shapely.MultiPolygon([shapely.box(20, 0, 21, 1), holed])) == [1, 3]


def test_cells_come_back_in_the_order_of_rows_and_columns(
    light: View, read: tuple[Any, Any]
) -> None:
    _, arrays = read
    cells = light.cells
    assert cells is not None
    rows, cols = np.cumsum(arrays["cell_row"]), np.cumsum(arrays["cell_col"])
    order = np.lexsort((cells["col"], cells["row"]))
    np.testing.assert_array_equal(rows, cells["row"].to_numpy()[order])
    np.testing.assert_array_equal(cols, cells["col"].to_numpy()[order])
    scores = np.cumsum(arrays["cell_score"].reshape(3, -1), axis=1, dtype=np.uint8)
    assert np.abs(scores[0] / 250 - cells["score"].to_numpy()[order]).max() <= 0.5 / 250 + 1e-9


def test_what_does_not_apply_and_what_is_unknown_differ(light: View, read: tuple[Any, Any]) -> None:
    _, arrays = read
    assert light.values is not None
    count = len(light.values)
    planes = np.cumsum(arrays["cell_values"].reshape(-1, count), axis=1, dtype=np.uint8)
    names = [item.id for item in light.criteria]
    mexican = arrays["cell_side"] == 1
    assert np.all(planes[names.index("ftz")][mexican] == payload.NOT_APPLICABLE)
    assert (planes[names.index("grid")] == payload.UNKNOWN).sum() == np.isnan(light.values).sum()


def test_each_gate_has_its_verdict_on_every_cell(light: View, read: tuple[Any, Any]) -> None:
    head, arrays = read
    cells = light.cells
    assert cells is not None
    codes = np.cumsum(arrays["cell_gates"].reshape(2, -1), axis=1, dtype=np.uint8)
    order = np.lexsort((cells["col"], cells["row"]))
    names = np.array(head["grid"]["verdicts"])
    assert (names[codes[0]] == "PASS").all()
    np.testing.assert_array_equal(names[codes[1]], cells["verdict"].to_numpy()[order])
    assert [gate["id"] for gate in head["study"]["gates"]] == ["flood", "core"]


def test_own_polygons_have_no_surface(light: View) -> None:
    head, arrays = payload.decode(content.encode(replace(light, cells=None, values=None)))
    assert "grid" not in head
    assert "cell_score" not in arrays


def test_breaks_without_scores() -> None:
    assert surface.breaks(np.full(3, np.nan)) == [0.2, 0.4, 0.6, 0.8]
