"""Gates: hard constraints, each with a verdict, and the gravest of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

Verdict: TypeAlias = Literal["PASS", "CONDITIONAL", "UNKNOWN", "FAIL"]
VERDICTS: tuple[Verdict, ...] = ("PASS", "CONDITIONAL", "UNKNOWN", "FAIL")


def verdict(
    raw: npt.ArrayLike,
    *,
    least: float | None = None,
    most: float | None = None,
    otherwise: Verdict = "FAIL",
) -> npt.NDArray[np.int8]:
    """Return the verdict on raw measures, as positions in `VERDICTS`.

    PASS while ``least <= raw <= most``: the thresholds themselves pass. NaN is UNKNOWN.

    Examples
    --------
    >>> [VERDICTS[code] for code in verdict([0.0, 0.05, 0.06, float("nan")], most=0.05)]
    ['PASS', 'PASS', 'FAIL', 'UNKNOWN']
    """
    numbers = np.asarray(raw, np.float64)
    broken = np.zeros(numbers.shape, bool)
    if least is not None:
        broken |= numbers < least
    if most is not None:
        broken |= numbers > most
    codes = np.where(broken, VERDICTS.index(otherwise), VERDICTS.index("PASS"))
    return np.where(np.isnan(numbers), VERDICTS.index("UNKNOWN"), codes).astype(np.int8)


def gravest(codes: Sequence[npt.NDArray[np.int8]], count: int) -> npt.NDArray[np.object_]:
    """Return each candidate's gravest verdict in words; PASS where there is no gate.

    Examples
    --------
    >>> gravest([np.array([0, 1], np.int8), np.array([0, 3], np.int8)], 2).tolist()
    ['PASS', 'FAIL']
    """
    worst = np.zeros(count, np.int8)
    for each in codes:
        worst = np.maximum(worst, each)
    return np.array(VERDICTS, object)[worst]
