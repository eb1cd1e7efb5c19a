from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

import pytest

from sitesel.show import language, page


def _keys(words: Any, under: str = "") -> set[str]:
    if not isinstance(words, dict):
        return {under}
    return set().union(*(_keys(value, f"{under}.{key}") for key, value in words.items()))


def test_both_languages_have_the_same_words() -> None:
    assert _keys(language.load("en")) == _keys(language.load("es"))


def test_gaps_in_sentences_have_the_same_names() -> None:
    def gaps(words: Any) -> Any:
        if isinstance(words, dict):
            return {key: gaps(value) for key, value in words.items()}
        return set(re.findall(r"{(\w+)}", words))

    assert gaps(language.load("en")) == gaps(language.load("es"))


@pytest.mark.parametrize("name", page.MODULES)
def test_every_word_a_module_asks_for_exists(name: str) -> None:
    text = (files("sitesel.show") / "js" / f"{name}.js").read_text("utf-8")
    known = _keys(language.load("en"))
    asked = re.findall(r"""\bt\(\s*["']([a-z_.A-Z]+)["']""", text)
    assert [key for key in asked if f".{key}" not in known] == []


@pytest.mark.parametrize(
    "name", sorted(item.name for item in (files("sitesel.show") / "views").iterdir())
)
def test_every_word_a_view_asks_for_exists(name: str) -> None:
    text = (files("sitesel.show") / "views" / name).read_text("utf-8")
    known = _keys(language.load("en"))
    asked = re.findall(r"""\bt\(\s*["']([a-z_.A-Z]+)["']""", text)
    assert [key for key in asked if f".{key}" not in known] == []
