"""Value functions: from a raw measure to a value between 0 and 1."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, Discriminator, Tag, field_validator

from sitesel.errors import StudyError
from sitesel.records import Record

FloatArray: TypeAlias = npt.NDArray[np.float64]


def _number(key: object, what: str) -> float:
    """Return a finite number or say which part of the study is none."""
    try:
        number = math.nan if isinstance(key, bool) else float(key)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):  # the last for whole numbers beyond 1e308
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{what} {key!r} is not a number; write 'raw: value', like 500: 0.5")
    return number


def _value(value: object, of: object) -> float:
    """Return a value if it lies in 0..1."""
    number = _number(value, f"the value at {of!r},")
    if not 0 <= number <= 1:
        raise ValueError(f"the value at {of!r} is {value!r}; values lie between 0 and 1")
    return number


def _floats(raw: npt.ArrayLike, kind: str) -> FloatArray:
    """Return raw measures as float64; None is UNKNOWN, words are a mistake in the study."""
    try:
        return np.asarray(raw, dtype=np.float64)
    except (TypeError, ValueError):
        word = next((x for x in np.asarray(raw, dtype=object).flat if isinstance(x, str)), "?")
        raise StudyError(
            f"a value function of kind {kind!r} needs numbers, but the measure gives {word!r}; "
            "use kind: classes"
        ) from None


class _Anchored(Record):
    """Anchors in raw units, kept in ascending order; beyond them the value stays flat."""

    at: dict[float, float]
    unit: str = ""

    @field_validator("at", mode="before")
    @classmethod
    def _anchors(cls, at: Any) -> Any:
        if not isinstance(at, Mapping):
            raise ValueError("anchors are written {raw: value, ...}, like {0: 0, 500: 0.5}")  # noqa: TRY004
        anchors = {_number(raw, "the anchor"): _value(value, raw) for raw, value in at.items()}
        if len(anchors) != len(at):
            raise ValueError("two anchors have the same raw number; keep one")
        if len(anchors) < 2:  # noqa: PLR2004
            raise ValueError("a value function needs at least two anchors")
        return dict(sorted(anchors.items()))

    def _arrays(self) -> tuple[FloatArray, FloatArray]:
        return np.array(list(self.at)), np.array(list(self.at.values()))

    def unlisted(self, raw: npt.ArrayLike) -> list[str]:  # noqa: ARG002
        """Return no classes: a function of numbers leaves none out."""
        return []


class Linear(_Anchored):
    """Straight lines between anchors.

    Between neighbours (x0, v0) and (x1, v1): v = (v1 - v0) / (x1 - x0) · (raw - x0) + v0.

    Examples
    --------
    >>> Linear(at={0: 0, 500: 0.5, 2000: 1}, unit="MW").apply([250, 2000, 9000, float("nan")])
    array([0.25, 1.  , 1.  ,  nan])
    """

    kind: Literal["linear"] = "linear"

    def apply(self, raw: npt.ArrayLike) -> FloatArray:
        """Return values 0..1, float64 in the shape of `raw`; NaN stays NaN."""
        x, v = self._arrays()
        return np.clip(np.interp(_floats(raw, self.kind), x, v), 0.0, 1.0)


class Log(_Anchored):
    """Straight lines between anchors over log10(raw); raw below the first anchor counts as it.

    Examples
    --------
    >>> Log(at={1_000: 0, 100_000: 1}, unit="persons").apply([0, 10_000, 1e9])
    array([0. , 0.5, 1. ])
    """

    kind: Literal["log"] = "log"

    @field_validator("at")
    @classmethod
    def _positive(cls, at: dict[float, float]) -> dict[float, float]:
        smallest = next(iter(at))
        if smallest <= 0:
            raise ValueError(f"the anchor {smallest:g} must be above 0 on a log scale")
        return at

    def apply(self, raw: npt.ArrayLike) -> FloatArray:
        """Return values 0..1, float64 in the shape of `raw`; NaN stays NaN."""
        x, v = self._arrays()
        logs = np.log10(np.maximum(_floats(raw, self.kind), x[0]))
        values: FloatArray = np.clip(np.interp(logs, np.log10(x), v), 0.0, 1.0)
        return values


class Steps(_Anchored):
    """The value of the largest anchor that is not above raw; below the first anchor, its value.

    Examples
    --------
    >>> Steps(at={0: 1, 5: 0.7, 20: 0}, unit="km").apply([0, 4.9, 5, 100])
    array([1. , 1. , 0.7, 0. ])
    """

    kind: Literal["steps"] = "steps"

    def apply(self, raw: npt.ArrayLike) -> FloatArray:
        """Return values 0..1, float64 in the shape of `raw`; NaN stays NaN."""
        x, v = self._arrays()
        numbers = _floats(raw, self.kind)
        position = np.searchsorted(x, numbers, side="right") - 1
        step = v[np.clip(position, 0, len(x) - 1)]
        values: FloatArray = np.where(np.isnan(numbers), np.nan, step)
        return values


def class_name(raw: object) -> str:
    """Return the name of a class; number codes are written plainly.

    Examples
    --------
    >>> class_name(1.0), class_name("scarce")
    ('1', 'scarce')
    """
    return f"{raw:.15g}" if isinstance(raw, int | float | np.number) else str(raw)


class Classes(Record):
    """A value for each class name; `otherwise` for the rest, or UNKNOWN without it.

    Examples
    --------
    >>> water = Classes(of={"secure": 1, "scarce": 0.2})
    >>> water.apply(["secure", "scarce", None, "dry"])
    array([1. , 0.2, nan, nan])
    >>> water.unlisted(["secure", None, "dry"])
    ['dry']
    """

    kind: Literal["classes"] = "classes"
    of: dict[str, float]
    otherwise: float | None = None
    unit: str = ""

    @field_validator("of", mode="before")
    @classmethod
    def _classes(cls, of: Any) -> Any:
        if not isinstance(of, Mapping) or not of:
            raise ValueError("classes are written {class: value, ...}, like {scarce: 0.2}")
        for name in of:
            if name is None or isinstance(name, bool):
                raise ValueError(f"YAML read a class name as {name!r}; put it in quotes")
            if isinstance(name, int):
                _number(name, "the class")
        return {class_name(name): _value(value, name) for name, value in of.items()}

    @field_validator("otherwise", mode="before")
    @classmethod
    def _otherwise(cls, value: Any) -> Any:
        return None if value is None else _value(value, "otherwise")

    def apply(self, raw: npt.ArrayLike) -> FloatArray:
        """Return values 0..1, float64 in the shape of `raw`; UNKNOWN and unlisted are NaN."""
        codes, found = _factorized(raw)
        rest = np.nan if self.otherwise is None else self.otherwise
        table = [self.of.get(class_name(name), rest) for name in found]
        return np.array([*table, np.nan])[codes].reshape(np.shape(raw))

    def unlisted(self, raw: npt.ArrayLike) -> list[str]:
        """Return the classes in `raw` that no value is given for, sorted."""
        if self.otherwise is not None:
            return []
        return sorted({class_name(name) for name in _factorized(raw)[1]} - set(self.of))


def _factorized(raw: npt.ArrayLike) -> tuple[npt.NDArray[np.intp], Any]:
    """Return the place of each class among the different ones, -1 where UNKNOWN, and these."""
    # A column stays as it is: turning its text into objects takes ten times as long.
    words: Any = raw if isinstance(raw, pd.Series) else np.asarray(raw, dtype=object).ravel()
    return pd.factorize(words)


def _kind(document: Any) -> str | None:
    """Tell the kind of a value function; the short form {at: ...} is linear."""
    if isinstance(document, BaseModel):
        return getattr(document, "kind", None)
    if not isinstance(document, Mapping):
        return None
    kind = document.get("kind", "linear" if "at" in document else None)
    return kind if isinstance(kind, str) else None


ValueFunction: TypeAlias = Annotated[
    Annotated[Linear, Tag("linear")]
    | Annotated[Log, Tag("log")]
    | Annotated[Steps, Tag("steps")]
    | Annotated[Classes, Tag("classes")],
    Discriminator(
        _kind,
        custom_error_type="value_function",
        custom_error_message="a value function is {at: {raw: value, ...}} "
        "or has a kind: linear, log, steps or classes",
    ),
]
