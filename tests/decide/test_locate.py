"""Located sites: contiguous, apart, of the asked size, the same in any order of cells."""

from __future__ import annotations

import time
from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from sitesel.decide.locate import locate, widest


@st.composite
def grids(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    height, width = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    levels = draw(
        st.lists(
            st.sampled_from([np.nan, 0.1, 0.5, 0.5, 0.8, 0.9]),
            min_size=height * width,
            max_size=height * width,
        )
    )
    rows, cols = np.divmod(np.arange(height * width), width)
    keep = np.array(draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))))
    return rows[keep] - 4, cols[keep] - 4, np.array(levels)[keep]


def connected(rows: np.ndarray, cols: np.ndarray) -> bool:
    graph = nx.Graph()
    cells = list(zip(rows.tolist(), cols.tolist(), strict=True))
    graph.add_nodes_from(cells)
    graph.add_edges_from(
        (a, b) for a, b in combinations(cells, 2) if abs(a[0] - b[0]) + abs(a[1] - b[1]) == 1
    )
    return nx.is_connected(graph)


@settings(max_examples=200)
@given(grids(), st.integers(1, 6), st.sampled_from([0, 1, 1.5, 2, 2.5, 4]))
def test_what_every_site_must_be(
    grid: tuple[np.ndarray, np.ndarray, np.ndarray], target: int, apart: float
) -> None:
    rows, cols, score = grid
    sites = locate(rows, cols, score, target_cells=target, count=99, apart_cells=apart)
    for site in sites:
        assert len(site) == len(set(site.tolist())) == target
        assert connected(rows[site], cols[site])
        assert not np.isnan(score[site]).any()
        assert score[site[0]] == score[site].max()
    starts = [score[site[0]] for site in sites]
    assert starts == sorted(starts, reverse=True)
    for a, b in combinations(sites, 2):
        distance = cdist(np.c_[rows[a], cols[a]], np.c_[rows[b], cols[b]]).min()
        assert distance >= max(apart, 1)


@settings(max_examples=100)
@given(grids(), st.integers(1, 5), st.randoms(use_true_random=False))
def test_the_order_of_cells_does_not_matter(
    grid: tuple[np.ndarray, np.ndarray, np.ndarray], target: int, random: object
) -> None:
    rows, cols, score = grid
    order = list(range(len(rows)))
    random.shuffle(order)  # type: ignore[attr-defined]

    def found(at: list[int]) -> list[list[tuple[int, int]]]:
        r, c = rows[at], cols[at]
        sites = locate(r, c, score[at], target_cells=target, count=9, apart_cells=2)
        return [list(zip(r[s].tolist(), c[s].tolist(), strict=True)) for s in sites]

    assert found(order) == found(list(range(len(rows))))


@given(grids(), st.integers(1, 9))
def test_no_site_is_a_strip(grid: tuple[np.ndarray, np.ndarray, np.ndarray], target: int) -> None:
    rows, cols, score = grid
    for site in locate(rows, cols, score, target_cells=target, count=99, apart_cells=0):
        assert np.ptp(rows[site]) < widest(target)
        assert np.ptp(cols[site]) < widest(target)


@given(grids(), st.integers(1, 2))  # more cells may hang together and yet be too long
def test_no_room_is_left_unused(
    grid: tuple[np.ndarray, np.ndarray, np.ndarray], target: int
) -> None:
    rows, cols, score = grid
    sites = locate(rows, cols, score, target_cells=target, count=99, apart_cells=0)
    used = np.concatenate([np.empty(0, int), *sites])
    left = [i for i in range(len(rows)) if i not in set(used.tolist()) and not np.isnan(score[i])]
    graph = nx.Graph()
    graph.add_nodes_from(left)
    for a, b in combinations(left, 2):
        if abs(rows[a] - rows[b]) + abs(cols[a] - cols[b]) == 1:
            graph.add_edge(a, b)
    assert all(len(part) < target for part in nx.connected_components(graph))


def test_it_takes_the_best_neighbour_each_time() -> None:
    rows, cols = np.divmod(np.arange(9), 3)
    score = np.array([0.1, 0.2, 0.3, 0.9, 0.4, 0.8, 0.7, 0.1, 0.95])
    sites = locate(rows, cols, score, target_cells=4, count=1, apart_cells=1)
    # Cell 3 is worth more than 7, but would make the site three cells wide.
    assert [s.tolist() for s in sites] == [[8, 5, 4, 7]]


def test_equal_cells_make_a_compact_site() -> None:
    rows, cols = np.divmod(np.arange(400), 20)
    (site,) = locate(rows, cols, np.ones(400), target_cells=25, count=1, apart_cells=1)
    assert np.ptp(rows[site]) <= 8
    assert np.ptp(cols[site]) <= 8


@pytest.mark.parametrize(("apart", "second"), [(4.99, 4), (5.0, 4), (5.01, 5)])
def test_apart_is_the_least_distance_allowed(apart: float, second: int) -> None:
    # Distances from the first cell: 1, 3, 4.47, 5 and 6.
    rows, cols = [0, 1, 3, 4, 4, 6], [0, 0, 0, 2, 3, 0]
    score = [1.0, 0.9, 0.9, 0.9, 0.8, 0.7]
    sites = locate(rows, cols, score, target_cells=1, count=2, apart_cells=apart)
    assert [site.tolist() for site in sites] == [[0], [second]]


def test_corners_do_not_connect_and_small_patches_are_no_sites() -> None:
    assert locate([0, 1], [0, 1], [1, 1], target_cells=2, count=5, apart_cells=0) == []
    # The end of one row is no neighbour of the start of the next.
    assert locate([0, 1], [5, 0], [1, 1], target_cells=2, count=5, apart_cells=0) == []
    assert locate([], [], [], target_cells=1, count=5, apart_cells=0) == []


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="comes twice"):
        locate([0, 0], [1, 1], [1, 1], target_cells=1, count=1, apart_cells=0)
    with pytest.raises(ValueError, match="do not fit"):
        locate([0, 0], [1], [1, 1], target_cells=1, count=1, apart_cells=0)
    with pytest.raises(ValueError, match="at least one cell"):
        locate([0], [1], [1], target_cells=0, count=1, apart_cells=0)


def test_two_hundred_thousand_cells_take_about_a_second() -> None:
    rng = np.random.default_rng(2)
    rows, cols = np.divmod(np.arange(200_000), 500)
    score = rng.random(200_000)
    score[rng.random(200_000) < 0.3] = np.nan
    begun = time.perf_counter()
    sites = locate(rows, cols, score, target_cells=6, count=60, apart_cells=4)
    assert len(sites) == 60
    assert time.perf_counter() - begun < 5
