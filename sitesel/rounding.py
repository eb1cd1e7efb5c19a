"""Numbers rounded as browsers round them, so that terminal and page say the same."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def rounded(value: float, digits: int = 1) -> str:
    """Round a half away from zero, as the page does; Python's own format takes it to even.

    Examples
    --------
    >>> rounded(6.25), rounded(62.5, 0), rounded(-6.25), f"{6.25:.1f}"
    ('6.3', '63', '-6.3', '6.2')
    """
    return f"{Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):f}"
