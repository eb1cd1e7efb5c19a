"""The page's own words: one YAML file a language, the same keys in each."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from sitesel.records import from_yaml


@cache
def load(language: str) -> dict[str, Any]:
    """Return all words of a language.

    Examples
    --------
    >>> load("es")["tabs"]["pairs"]
    'Pares'
    """
    text = (files("sitesel.show") / "words" / f"{language}.yaml").read_text("utf-8")
    words: dict[str, Any] = from_yaml(text)
    return words
