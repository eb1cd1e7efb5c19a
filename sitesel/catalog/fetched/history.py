"""Sources that show only the latest: what was seen before is kept, what is new is added."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from sitesel.errors import FetchError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence


def grown(earlier: pd.DataFrame | None, latest: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Return all observations, each once, in the order of the columns that tell them apart.

    An observation that is known already stays as it was first seen.

    Examples
    --------
    >>> monday = pd.DataFrame({"port": ["A", "B"], "hour": [9, 9], "wait": [20, 5]})
    >>> later = pd.DataFrame({"port": ["A", "B"], "hour": [10, 9], "wait": [35, 7]})
    >>> grown(monday, later, ["port", "hour"])["wait"].tolist()
    [20, 35, 5]
    """
    for key in keys:
        if key not in latest:
            known = [str(name) for name in latest]
            raise FetchError(f"fetch.history: no column '{key}'; {did_you_mean(key, known)}")
    frames = [latest] if earlier is None else [earlier, latest]
    whole = pd.concat(frames, ignore_index=True).drop_duplicates(list(keys))
    return whole.sort_values(list(keys), kind="stable", ignore_index=True)
