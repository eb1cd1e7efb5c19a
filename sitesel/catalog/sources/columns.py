"""Columns of ours made from the publisher's: one record a rule, as a definition writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import pandas as pd
from pydantic import Field, model_validator

from sitesel.errors import FetchError, did_you_mean
from sitesel.records import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

_NUMBER = r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"


class Always(Record):
    """The same value in every row."""

    kind: Literal["always"]
    value: str | float

    def make(self, table: pd.DataFrame) -> pd.Series[Any]:
        """Return the value, once a row."""
        return pd.Series(self.value, index=table.index)


class _Of(Record):
    """A rule that reads one column, by our name or by the publisher's."""

    of: str

    def _read(self, table: pd.DataFrame) -> pd.Series[Any]:
        if self.of not in table:
            known = [str(name) for name in table if name != "geometry"]
            raise FetchError(
                f"fetch.make: there is no column '{self.of}'; {did_you_mean(self.of, known)}"
            )
        column: pd.Series[Any] = table[self.of]
        return column


class Number(_Of):
    """The largest number in a text, times ``scale``: ``115000;69000`` volts are 115 kV.

    Examples
    --------
    >>> table = pd.DataFrame({"voltage": ["115000;69000", "34500 V", "unknown", None, 230000]})
    >>> Number(kind="number", of="voltage", scale=0.001).make(table).tolist()
    [115.0, 34.5, nan, nan, 230.0]
    """

    kind: Literal["number"]
    scale: float = 1

    def make(self, table: pd.DataFrame) -> pd.Series[Any]:
        """Return numbers; NaN where the text holds none."""
        found = self._read(table).astype("string").str.extractall(f"({_NUMBER})")[0]
        largest = found.astype(float).groupby(level=0).max()
        return (largest.reindex(table.index) * self.scale).round(9)


class Code(_Of):
    """A code of so many digits, in which lost zeros are put back; of it, the ``first`` ones.

    Examples
    --------
    >>> table = pd.DataFrame({"tract": [4003000301, None]})
    >>> Code(kind="code", of="tract", width=11).make(table).tolist()
    ['04003000301', None]
    >>> Code(kind="code", of="tract", width=11, first=5).make(table).tolist()
    ['04003', None]
    """

    kind: Literal["code"]
    width: Annotated[int, Field(ge=1, le=40)]
    first: Annotated[int, Field(ge=1)] | None = None

    def make(self, table: pd.DataFrame) -> pd.Series[Any]:
        """Return text; None where nothing is written."""
        padded = words(self._read(table)).map(
            lambda text: str(text).strip().zfill(self.width)[: self.first], na_action="ignore"
        )
        return padded.astype(object).where(padded.notna(), None)


class Words(_Of):
    """Words of ours for the publisher's; what is not listed becomes ``otherwise``, else nothing.

    Examples
    --------
    >>> table = pd.DataFrame({"country": ["USA", "MEX", "GTM"]})
    >>> Words(kind="words", of="country", words={"USA": "US", "MEX": "MX"}).make(table).tolist()
    ['US', 'MX', None]
    """

    kind: Literal["words"]
    words: dict[str, str]
    otherwise: str | None = None

    def make(self, table: pd.DataFrame) -> pd.Series[Any]:
        """Return text."""
        read = words(self._read(table)).astype(object)
        known = read.map(lambda text: self.words.get(str(text).strip(), self.otherwise))
        return known.astype(object).where(known.notna(), None)


class Day(_Of):
    """A day as 2026-11-22, from whatever ``form`` the publisher writes (``%m/%d/%Y``).

    Examples
    --------
    >>> table = pd.DataFrame({"date": ["6/29/2022", None, "soon"]})
    >>> Day(kind="day", of="date", form="%m/%d/%Y").make(table).tolist()
    ['2022-06-29', None, None]
    """

    kind: Literal["day"]
    form: str | None = None

    def make(self, table: pd.DataFrame) -> pd.Series[Any]:
        """Return ISO days as text; None where none can be read."""
        form = self.form or "ISO8601"
        moment = pd.to_datetime(self._read(table), format=form, errors="coerce", utc=True)
        day = moment.dt.strftime("%Y-%m-%d").astype(object)
        return day.where(moment.notna(), None)


class Side(Record):
    """On which side of the border a feature lies, US or MX: by a point inside it."""

    kind: Literal["side"]


Rule = Annotated[Always | Number | Code | Words | Day | Side, Field(discriminator="kind")]


class Bounds(Record):
    """Numbers from ``min`` to ``max``, both included."""

    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _one_at_least(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("give min or max, or a list of values")
        return self


Kept = Bounds | list[str | float]


def kept(table: pd.DataFrame, conditions: Mapping[str, Kept]) -> pd.Series[bool]:
    """Say for each row whether all conditions hold; what is not known does not.

    Examples
    --------
    >>> lines = pd.DataFrame({"kv": [115, 34.5, None], "country": ["US", "US", "US"]})
    >>> kept(lines, {"kv": Bounds(min=69), "country": ["US", "MX"]}).tolist()
    [True, False, False]
    """
    keep = pd.Series(True, index=table.index)
    for name, wanted in conditions.items():
        if name not in table:
            known = [str(each) for each in table if each != "geometry"]
            raise FetchError(
                f"fetch.keep: there is no column '{name}'; {did_you_mean(name, known)}"
            )
        if isinstance(wanted, Bounds):
            number = pd.to_numeric(table[name], errors="coerce")
            keep &= number.between(
                float("-inf") if wanted.min is None else wanted.min,
                float("inf") if wanted.max is None else wanted.max,
            )
        else:
            keep &= table[name].isin(wanted)
    return keep


def words(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column as text: whole numbers without a point, lists joined, empty as missing.

    Examples
    --------
    >>> words(pd.Series([2504.0, None])).tolist()
    ['2504', None]
    >>> words(pd.Series([["a", "b"], True, " "])).tolist()
    ['a; b', 'true', None]
    """
    said = [_word(value) for value in column.tolist()]
    return pd.Series(said, index=column.index, dtype=object)


def _word(value: Any) -> str | None:
    if isinstance(value, list | tuple | set):
        return "; ".join(filter(None, (_word(each) for each in value))) or None
    if value is None or value is pd.NaT or value is pd.NA or value != value:  # noqa: PLR0124 (NaN)
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip() or None
