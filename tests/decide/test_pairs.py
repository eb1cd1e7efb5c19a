"""Pairs against a plain triple loop, and the best set against all permutations."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sitesel.decide.pairs import COLUMNS, best_set, link, pair
from sitesel.decide.values import Linear
from sitesel.errors import StudyError

LINK = Linear(at={30: 1, 90: 0.5, 180: 0}, unit="min")


def sites(name: str, score: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    gap = rng.random(len(score)) * 0.2
    return pd.DataFrame(
        {"score": score, "score_low": score * (1 - gap), "score_high": score + (1 - score) * gap},
        index=pd.Index([f"{name}{i}" for i in range(len(score))], name="site_id"),
    )


def case(seed: int, n: int, m: int, p: int, holes: float = 0.2) -> tuple[object, ...]:
    rng = np.random.default_rng(seed)
    us_minutes, mx_minutes = rng.uniform(2, 90, (n, p)), rng.uniform(2, 90, (m, p))
    us_minutes[rng.random((n, p)) < holes] = math.nan
    mx_minutes[rng.random((m, p)) < holes] = math.nan
    us, mx = sites("u", rng.random(n), rng), sites("m", rng.random(m), rng)
    return us, mx, us_minutes, mx_minutes, rng.uniform(0, 60, p)


def plain(data: tuple[object, ...], share: float) -> list[dict[str, object]]:
    """Return every pair by three loops over plain floats."""
    us, mx, us_minutes, mx_minutes, delay = data
    out = []
    for i, a in enumerate(us.itertuples()):
        for j, b in enumerate(mx.itertuples()):
            ways = [
                (us_minutes[i, p] + delay[p] + mx_minutes[j, p], p)
                for p in range(len(delay))
                if not math.isnan(us_minutes[i, p] + delay[p] + mx_minutes[j, p])
            ]
            if not ways:
                continue
            minutes, port = min(ways)
            value = float(LINK.apply([minutes])[0])

            def joint(x: float, y: float, v: float = value) -> float:
                return (share * min(x, y) + (1 - share) * max(x, y)) * v

            out.append(
                {
                    "us_site": a.Index,
                    "port": port,
                    "mx_site": b.Index,
                    "score": joint(a.score, b.score),
                    "score_low": joint(a.score_low, b.score_low),
                    "score_high": joint(a.score_high, b.score_high),
                    "us_score": a.score,
                    "mx_score": b.score,
                    "weaker_side": "US" if a.score <= b.score else "MX",
                    "link_minutes": minutes,
                    "us_minutes": us_minutes[i, port],
                    "delay_minutes": delay[port],
                    "mx_minutes": mx_minutes[j, port],
                    "link_value": value,
                }
            )
    return sorted(out, key=lambda row: -row["score"])


@pytest.mark.parametrize("share", [0.0, 0.7, 1.0])
@pytest.mark.parametrize(("seed", "n", "m", "p"), [(1, 7, 5, 4), (2, 1, 9, 1), (3, 20, 20, 30)])
def test_agrees_with_three_plain_loops(share: float, seed: int, n: int, m: int, p: int) -> None:
    data = case(seed, n, m, p)
    expected = pd.DataFrame(plain(data, share))
    result = pair(*data, LINK, weaker_side=share, keep=10_000)
    assert tuple(result.columns) == COLUMNS
    assert result["rank"].tolist() == list(range(1, len(expected) + 1))
    assert (result["score_low"] <= result["score"]).all()
    assert (result["score"] <= result["score_high"]).all()
    key = ["us_site", "mx_site"]
    got = result.sort_values(key).reset_index(drop=True)
    pd.testing.assert_frame_equal(
        got[expected.columns],
        expected.sort_values(key).reset_index(drop=True),
        check_dtype=False,
        rtol=0,
        atol=1e-12,
    )


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 5))
def test_the_best_set_beats_every_other(seed: int, n: int, m: int) -> None:
    data = case(seed, n, m, 3, holes=0.4)
    result = pair(*data, LINK, keep=1)
    worth = np.zeros((n, m))
    for row in pair(*data, LINK, keep=999).itertuples():
        worth[int(row.us_site[1:]), int(row.mx_site[1:])] = row.score
    wide = worth if n <= m else worth.T
    best = max(
        sum(wide[i, j] for i, j in enumerate(order))
        for order in permutations(range(wide.shape[1]), wide.shape[0])
    )
    chosen = result[result["set_rank"].notna()]
    assert chosen["score"].sum() == pytest.approx(best, abs=1e-12)
    assert chosen["us_site"].is_unique
    assert chosen["mx_site"].is_unique
    assert (chosen["score"] > 0).all()
    assert chosen["set_rank"].tolist() == list(range(1, len(chosen) + 1))
    assert chosen["score"].is_monotonic_decreasing


def test_pairs_of_the_best_set_stay_beyond_the_kept() -> None:
    data = case(8, 12, 12, 5, holes=0)
    everything = pair(*data, LINK, keep=999)
    result = pair(*data, LINK, keep=3)
    assert result["rank"].tolist()[:3] == [1, 2, 3]
    assert result["rank"].is_monotonic_increasing
    assert set(result["rank"][3:]) == set(
        everything.query("rank > 3 and set_rank == set_rank")["rank"]
    )
    assert result["rank"].max() > 3


def test_ties_keep_the_order_of_sites_and_the_first_port() -> None:
    us = pd.DataFrame({"score": [0.5, 0.5], "score_low": 0.5, "score_high": 0.5}, index=["b", "a"])
    result = pair(us, us, np.full((2, 3), 5.0), np.full((2, 3), 5.0), [0, 0, 0], LINK)
    assert list(zip(result["us_site"], result["mx_site"], strict=True)) == [
        ("b", "b"),
        ("b", "a"),
        ("a", "b"),
        ("a", "a"),
    ]
    assert (result["port"] == 0).all()
    assert (result["weaker_side"] == "US").all()


def test_what_is_unknown_is_absent_and_what_is_worthless_is_not_in_the_set() -> None:
    us = pd.DataFrame(
        {"score": [math.nan, 0.5], "score_low": 0.1, "score_high": 0.9}, index=["a", "b"]
    )
    mx = pd.DataFrame({"score": [0.4, 0.6], "score_low": 0.1, "score_high": 0.9}, index=["c", "d"])
    result = pair(us, mx, [[5.0], [5.0]], [[math.nan], [400.0]], [math.inf], LINK)
    assert result.empty
    result = pair(us, mx, [[5.0], [5.0]], [[math.nan], [400.0]], [10.0], LINK)
    assert result[["us_site", "mx_site", "score"]].to_numpy().tolist() == [["b", "d", 0.0]]
    assert result["set_rank"].isna().all()
    empty = pair(us[:0], mx, np.empty((0, 1)), [[5.0], [5.0]], [10.0], LINK)
    assert empty.empty
    assert tuple(empty.columns) == COLUMNS


def test_the_delay_can_move_a_pair_to_another_port() -> None:
    assert link([[10, 30]], [[10, 30]], [0, 0])[1].item() == 0
    assert link([[10, 30]], [[10, 30]], [45, 0])[1].item() == 1
    assert link([[10, 30]], [[10, 30]], [math.nan, 0])[1].item() == 1


def test_best_set_prefers_the_total_to_the_single_best_pair() -> None:
    assert best_set([[0.9, 0.8], [0.8, 0.1]]) == [(0, 1), (1, 0)]
    assert best_set([[0.9, math.nan], [math.nan, 0.0]]) == [(0, 0)]


def test_mistakes_are_told() -> None:
    data = case(1, 3, 3, 2)
    with pytest.raises(StudyError, match=r"pairs\.weaker_side: 1.5"):
        pair(*data, LINK, weaker_side=1.5)
    with pytest.raises(ValueError, match="do not fit"):
        link([[1.0, 2.0]], [[1.0]], [0.0])
    with pytest.raises(ValueError, match="minutes are for"):
        pair(data[0][:2], *data[1:], LINK)
