"""Fields of the candidates' own layer, as every table of the results can hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pandas.api import types

from sitesel.catalog.own.cells import words
from sitesel.catalog.own.fields import is_time, iso_days

if TYPE_CHECKING:
    import pandas as pd


def as_told(values: pd.Series[Any]) -> pd.Series[Any]:
    """Return a field as numbers where it holds numbers, else as text; what is empty is missing.

    Days are ISO text, with the time where some have one; true and false are the words yes and no.

    Examples
    --------
    >>> import pandas as pd
    >>> as_told(pd.Series([250_000, np.inf])).tolist(), as_told(pd.Series(["M-1", " "])).tolist()
    ([250000.0, nan], ['M-1', None])
    >>> as_told(pd.Series([True, None], dtype=object)).tolist()
    ['yes', None]
    """
    if types.is_numeric_dtype(values) and not types.is_bool_dtype(values):
        plain = values if isinstance(values.dtype, np.dtype) else values.astype(float)
        return plain.replace([np.inf, -np.inf], np.nan)
    cells = values.astype(object)
    known = cells.dropna()
    if len(known) and known.map(is_time).all():
        return iso_days(cells)
    return words(cells.map(_worded))


def _worded(cell: Any) -> Any:
    if isinstance(cell, bool | np.bool_):
        return "yes" if cell else "no"
    return "; ".join(map(str, cell)) if types.is_list_like(cell) else cell
