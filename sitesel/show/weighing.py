"""The weights of a study, and the sets of weights that a reader can choose instead."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sitesel.show.view import View

    Weights = dict[str, dict[str, float]]

_ROOM = 1.2  # how far a scale reaches beyond the greatest weight


def weighing(view: View) -> dict[str, Any]:
    """Return the weights, whole sets of them by id and title, and where the scales end."""
    file: Weights = {
        "groups": dict(view.group_weights),
        "criteria": {
            item.id: item.weight if item.relative is None else item.relative
            for item in view.criteria
        },
    }
    shipped: list[dict[str, Any]] = [
        {
            "id": each.id,
            "title": each.title.model_dump(),
            "weights": {
                "groups": _over(file["groups"], each.groups),
                "criteria": _over(file["criteria"], each.criteria),
            },
        }
        for each in view.profiles
    ]
    known = [file, *(each["weights"] for each in shipped)]
    scales = {kind: scale(w for each in known for w in each[kind].values()) for kind in file}
    equal = {kind: dict.fromkeys(file[kind], scales[kind] / 2) for kind in file}
    return {
        "weights": file,
        "profiles": [
            {"id": "file", "title": None, "weights": file},
            *shipped,
            {"id": "equal", "title": None, "weights": equal},
        ],
        "scales": scales,
    }


def _over(file: dict[str, float], other: Any) -> dict[str, float]:
    """Put other weights over those of the file, where this run has what they weigh."""
    return {name: other.get(name, weight) for name, weight in file.items()}


def scale(weights: Iterable[float]) -> float:
    """Return the end of a scale that has room for these weights: 1, 2, 5, 10 and so on.

    Examples
    --------
    >>> scale([13, 41]), scale([0.3, 0.35]), scale([])
    (50.0, 0.5, 2e-09)
    """
    most = _ROOM * max([*weights, 1e-9])
    base = 10.0 ** math.floor(math.log10(most))
    return next((step * base for step in (1, 2, 5) if step * base >= most), 10 * base)
