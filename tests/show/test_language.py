from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

from sitesel.show import language, page

if TYPE_CHECKING:
    from collections.abc import Iterator


# The page, the workbook and the comparison of runs.
DOCUMENTS = ("", "book.", "compare.")


def _leaves(words: Any, under: str = "") -> Iterator[tuple[str, Any]]:
    if not isinstance(words, dict):
        yield under, words
        return
    for key, value in words.items():
        yield from _leaves(value, f"{under}.{key}")


def _keys(words: Any) -> set[str]:
    return {key for key, _ in _leaves(words)}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_both_languages_have_the_same_words(document: str) -> None:
    assert _keys(language.load(f"{document}en")) == _keys(language.load(f"{document}es"))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_gaps_in_sentences_have_the_same_names(document: str) -> None:
    def gaps(words: Any) -> Any:
        if isinstance(words, dict):
            return {key: gaps(value) for key, value in words.items()}
        return sorted(re.findall(r"{(\w+)}", str(words)))

    assert gaps(language.load(f"{document}en")) == gaps(language.load(f"{document}es"))


def test_what_does_not_run_yet_is_not_said_to_have_stopped() -> None:
    """An announced park has never run: "fuera de operación" would say that it was shut."""
    assert language.load("es")["running"]["no"] == "No está en operación en la fecha del estudio"


def test_what_the_reader_sets_has_one_name_in_spanish() -> None:
    """The weights of a file are its ponderación; one criterion has a peso."""
    texts = [text for _, text in _leaves(language.load("es")) if isinstance(text, str)]
    assert not [text for text in texts if re.search(r"\bpesos\b", text)]


def test_every_word_of_a_comparison_is_translated() -> None:
    english, spanish = (dict(_leaves(language.load(f"compare.{name}"))) for name in ("en", "es"))
    assert {key for key, text in english.items() if spanish[key] == text} == set()


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
