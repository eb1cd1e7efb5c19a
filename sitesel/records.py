"""The ground floor of all documents: checked, frozen records and words in two languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import ValidationError

Language = Literal["en", "es"]
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is nine times as fast


def from_yaml(text: str) -> Any:
    """Read a YAML document; no tag of it makes anything but plain data.

    Raises
    ------
    yaml.YAMLError
        The text is no YAML.

    Examples
    --------
    >>> from_yaml("weights: {power: 2}")
    {'weights': {'power': 2}}
    """
    return yaml.load(text, _LOADER)  # noqa: S506 (either loader is safe)


class Record(BaseModel):
    """A checked document: unknown keys are mistakes, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Record):
    """Words in both languages of the border.

    Examples
    --------
    >>> Text.model_validate({"en": "water", "es": "agua"})["es"]
    'agua'
    >>> Text.model_validate("Laredo")["es"]
    'Laredo'
    """

    en: str
    es: str

    @model_validator(mode="before")
    @classmethod
    def _same_in_both(cls, value: Any) -> Any:
        return {"en": value, "es": value} if isinstance(value, str) else value

    def __getitem__(self, language: Language) -> str:
        """Return the words in one language."""
        return self.en if language == "en" else self.es


def explain(path: Path | str, error: ValidationError) -> str:
    """Turn pydantic's report into lines that name file, key, value and problem."""
    lines = []
    for item in error.errors():
        key = ".".join(str(part) for part in item["loc"]) or "(document)"
        value = item.get("input")
        shown = f" (here: {value!r})" if isinstance(value, str | int | float) else ""
        message = item["msg"].removeprefix("Value error, ")
        if item["type"] == "extra_forbidden":
            message = "unknown key; remove it or check its spelling"
        lines.append(f"{path}: {key}: {message}{shown}")
    return "\n".join(lines)
