"""Names that tell one thing from another."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def unique(names: Sequence[str], form: str) -> list[str]:
    """Give names that occur again a number, in a form such as ``{} ({})``, that makes no other.

    Examples
    --------
    >>> unique(["a", "b", "a", "a"], "{} {}")
    ['a', 'b', 'a 2', 'a 3']
    >>> unique(["a", "a", "a (2)", "a (2)"], "{} ({})")
    ['a', 'a (3)', 'a (2)', 'a (2) (2)']
    """
    taken, seen = set(names), Counter[str]()
    given = []
    for name in names:
        new = name
        seen[name] += 1
        while seen[name] > 1 and (new := form.format(name, seen[name])) in taken:
            seen[name] += 1
        taken.add(new)
        given.append(new)
    return given
