from __future__ import annotations

import base64
import gzip
import json

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from sitesel.show import payload


def _read(stream: list[int]) -> list[list[list[tuple[int, int]]]]:
    """Read a geometry stream with plain Python, one number at a time."""
    queue, shapes, x, y = iter(stream), [], 0, 0
    for count in queue:
        parts = []
        for _ in range(count):
            points = []
            for _ in range(next(queue)):
                x, y = x + next(queue), y + next(queue)
                points.append((x, y))
            parts.append(points)
        shapes.append(parts)
    return shapes


def test_block_holds_content_and_arrays() -> None:
    arrays = {
        "a": np.arange(5, dtype=np.int32),
        "b": np.array([0.1, np.pi]),
        "c": np.zeros(0, "u1"),
    }
    content, back = payload.decode(payload.encode({"name": "Juárez", "missing": np.nan}, arrays))
    assert content == {"name": "Juárez", "missing": None}
    for name, array in arrays.items():
        np.testing.assert_array_equal(back[name], array)
        assert back[name].dtype == array.dtype


def test_block_carries_no_clock() -> None:
    block = payload.encode({}, {})
    assert base64.b64decode(block)[4:8] == b"\0\0\0\0"


def test_arrays_are_aligned_for_typed_views() -> None:
    raw = gzip.decompress(
        base64.b64decode(payload.encode({"x": "odd"}, {"a": np.ones(3, "u1"), "b": np.ones(2)}))
    )
    size = int.from_bytes(raw[:4], "little")
    assert (4 + size) % 8 == 0
    assert json.loads(raw[4 : 4 + size])["arrays"]["b"]["at"] % 8 == 0


@given(st.lists(st.floats(0, 1), max_size=50))
def test_a_byte_is_within_half_a_step(values: list[float]) -> None:
    bytes_ = payload.quantise(values)
    assert np.all(np.abs(bytes_ / payload.TOP - np.array(values)) <= 0.5 / payload.TOP + 1e-12)


def test_unknown_is_not_zero() -> None:
    assert payload.quantise([np.nan]).tolist() == [payload.UNKNOWN]


@given(st.lists(st.integers(0, 255), min_size=1, max_size=40))
def test_differences_sum_back(values: list[int]) -> None:
    array = np.array(values, np.uint8)
    assert np.cumsum(payload.differences(array), dtype=np.uint8).tolist() == values


def test_shapes_come_back_on_the_quantum() -> None:
    ring = shapely.Polygon([(0, 0), (1, 0), (1, 1)], [[(0.5, 0.2), (0.6, 0.2), (0.6, 0.3)]])
    shapes = [
        shapely.Point(-106.5, 31.75),
        shapely.LineString([(-106.4, 31.7), (-106.40001, 31.70001), (-97.4, 25.9)]),
        shapely.MultiPolygon([ring]),
        None,
    ]
    back = _read(payload.geometry_stream(shapes, 1e-4).tolist())
    assert back[0] == [[(-1065000, 317500)]]
    assert back[1] == [[(-1064000, 317000), (-974000, 259000)]]  # the repeated point is gone
    assert [len(part) for part in back[2]] == [4, 4]
    assert back[3] == []


def test_points_of_one_feature_stay_together() -> None:
    both = shapely.MultiPoint([(1, 2), (3, 4)])
    assert _read(payload.geometry_stream([both], 1).tolist()) == [[[(1, 2), (3, 4)]]]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.float64("nan"), None])
def test_json_knows_no_nan(value: object) -> None:
    assert payload.plain({"v": [value]}) == {"v": [None]}
