"""Rank acceptability and re-scoring beside bare numpy and two peers: ratios only.

    python benchmarks/robustness.py

Ratios are of the best of several runs in one process. scikit-criteria and pymcdm score one draw
at a time; a few draws of theirs are timed (pymcdm with ``validation=False``) and scaled.
"""

from __future__ import annotations

import numpy as np
from pymcdm.methods import WSM
from skcriteria import mkdm
from skcriteria.agg.simple import WeightedSumModel
from threadpoolctl import threadpool_limits
from timing import seconds

from sitesel.decide.robustness import draw_weights, top_shares
from sitesel.decide.top import best

CANDIDATES, CRITERIA, DRAWS, TOP = 10_000, 12, 10_000, 10
MANY, HEAD = 1_000_000, 100
FEW = 20


def main() -> None:
    """Print the ratios."""
    rescored()
    rng = np.random.default_rng(1)
    values = rng.random((CANDIDATES, CRITERIA), dtype=np.float32)
    weights = draw_weights(np.full(CRITERIA, 1 / CRITERIA), DRAWS, seed=1, spread=0.3)
    single = weights.astype(np.float32)
    columns = np.ascontiguousarray(values.T)
    out = np.empty((DRAWS, CANDIDATES), np.float32)
    product = seconds(lambda: np.matmul(single, columns, out=out))
    with threadpool_limits(1, "blas"):
        alone = seconds(lambda: np.matmul(single, columns, out=out))
    ours = seconds(lambda: top_shares(values, weights, top=TOP))

    def loop() -> None:
        for weight in single[:FEW]:
            np.argpartition(-(values @ weight), TOP)

    plain = seconds(loop) * DRAWS / FEW

    def skcriteria() -> None:
        for weight in weights[:FEW]:
            matrix = mkdm(values, [1] * CRITERIA, weights=weight)
            WeightedSumModel().evaluate(matrix)

    def pymcdm() -> None:
        types, method = np.ones(CRITERIA), WSM()
        for weight in weights[:FEW]:
            method.rank(method(values, weight, types, validation=False))

    peers = {
        "scikit-criteria": seconds(skcriteria, 2) * DRAWS / FEW,
        "pymcdm": seconds(pymcdm, 2) * DRAWS / FEW,
    }
    print(f"{DRAWS:,} draws x {CANDIDATES:,} candidates x {CRITERIA}, top {TOP}")
    print(f"ours / bare sgemm                 {ours / product:8.1f}x  (at most 5)")
    print(f"ours / bare sgemm, one thread     {ours / alone:8.1f}x")
    print(f"plain numpy loop / ours           {plain / ours:8.1f}x")
    for name, time in peers.items():
        print(f"{name + ' / ours':33} {time / ours:8.0f}x  (at least 100)")


def rescored() -> None:
    """Print how long the best of a million take under other weights, beside a copy of them."""
    rng = np.random.default_rng(2)
    columns = rng.random((CRITERIA, MANY), dtype=np.float32)
    weights, copy = rng.dirichlet(np.ones(CRITERIA)), np.empty_like(columns)
    places, _ = best(columns, weights, HEAD)
    whole = weights.astype(np.float32) @ columns
    assert set(places) == set(np.argpartition(-whole, HEAD)[:HEAD])
    with threadpool_limits(1, "blas"):
        ours = seconds(lambda: best(columns, weights, HEAD), 15)
    copied = seconds(lambda: np.copyto(copy, columns), 15)
    plain = seconds(lambda: np.argpartition(-(weights.astype(np.float32) @ columns), HEAD))
    print(f"{MANY:,} candidates x {CRITERIA}, the best {HEAD}")
    print(f"ours, one thread / copy           {ours / copied:8.2f}x  (at most 1)")
    print(f"plain numpy / ours                {plain / ours:8.1f}x")


if __name__ == "__main__":
    main()
