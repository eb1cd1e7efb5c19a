"""Our own words: the page's in one YAML file a language, those of other documents beside it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sitesel.records import Text, from_yaml

if TYPE_CHECKING:
    from sitesel.records import Language


@cache
def load(language: str) -> dict[str, Any]:
    """Return all words of a language, or of a document in one: ``book.es``, ``compare.es``.

    Examples
    --------
    >>> load("es")["tabs"]["pairs"]
    'Pares'
    """
    text = (files("sitesel.show") / "words" / f"{language}.yaml").read_text("utf-8")
    words: dict[str, Any] = from_yaml(text)
    return words


def both(document: str, key: str, **gaps: object) -> Text:
    """Return words of a document in both languages; a gap takes a Text in the same language.

    Examples
    --------
    >>> both("compare", "absent.port", run=both("compare", "runs.first"))["es"]
    'ningún cruce abierto une los dos sitios en la primera corrida'
    """
    return Text(en=_filled(document, key, "en", gaps), es=_filled(document, key, "es", gaps))


def _filled(document: str, key: str, language: Language, gaps: dict[str, object]) -> str:
    words: Any = load(f"{document}.{language}")
    for part in key.split("."):
        words = words[part]
    said = {
        name: given[language] if isinstance(given, Text) else given for name, given in gaps.items()
    }
    return str(words).format(**said)


def verdict(code: str, language: Language) -> str:
    """Return the verdict of a gate as the map says it; in English the code, as in the tables.

    Examples
    --------
    >>> verdict("FAIL", "en"), verdict("FAIL", "es")
    ('FAIL', 'lo descarta')
    """
    if language == "en":
        return code
    said: str = load(language)["gates"].get(code, code)
    return said
