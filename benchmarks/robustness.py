"""Ranks under drawn weights and re-scoring beside bare numpy and two peers: ratios only.

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

from sitesel.decide.robustness import draw_weights, drawn_scores, ranks
from sitesel.decide.top import best

USUAL, MOST = 60, 2_000  # sites of a side
CRITERIA, DRAWS = 12, 2_000
MANY, HEAD = 1_000_000, 100
FEW = 20


def main() -> None:
    """Print the ratios."""
    rescored()
    for sites in (USUAL, MOST):
        ranked(sites)


def ranked(sites: int) -> None:
    """Print how long it takes to rank the sites of a side in each draw, as a run does."""
    rng = np.random.default_rng(1)
    values = rng.random((sites, CRITERIA))
    weights = draw_weights(np.full(CRITERIA, 1 / CRITERIA), DRAWS, seed=1, spread=0.3)

    def numpy() -> None:
        for weight in weights[:FEW]:
            np.argsort(np.argsort(-(values @ weight), kind="stable"))

    def skcriteria() -> None:
        for weight in weights[:FEW]:
            matrix = mkdm(values, [1] * CRITERIA, weights=weight)
            WeightedSumModel().evaluate(matrix)

    def pymcdm() -> None:
        types, method = np.ones(CRITERIA), WSM()
        for weight in weights[:FEW]:
            method.rank(method(values, weight, types, validation=False))

    ours = seconds(lambda: ranks(drawn_scores(values, weights, rng)))
    print(f"{DRAWS:,} draws x {sites:,} sites x {CRITERIA}")
    peers = {"a numpy loop": numpy, "scikit-criteria": skcriteria, "pymcdm": pymcdm}
    for name, work in peers.items():
        print(f"{name + ' / ours':33} {seconds(work) * DRAWS / FEW / ours:8.1f}x")


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
