"""The ground floor of all documents: checked, frozen records and words in two languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, Tag, model_validator

from sitesel.errors import did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import ValidationError

    from sitesel.errors import SiteselError

Language = Literal["en", "es"]
_FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is nine times as fast
_LEVELS = 200  # of lists and mappings within one another; some thousands end the process itself
_SCALARS = {
    "bool": "yes or no",
    "int": "a whole number",
    "float": "a number",
    "timestamp": "a date",
}
_LONG = 80  # letters of a value that a message shows


class _Loader(_FAST):  # type: ignore[misc, valid-type]
    """Makes plain data, and lets no key stand twice: the first would be lost without a word."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._checked: set[int] = set()
        self._depth = 0

    def descend_resolver(self, parent: yaml.Node | None, index: Any) -> None:  # noqa: ARG002
        """Count the levels; both loaders call this before they make what lies a level deeper."""
        self._depth += 1
        if parent and self._depth > _LEVELS:
            raise yaml.YAMLError(
                f"line {parent.start_mark.line + 1}: more than {_LEVELS} lists and mappings "
                "within one another; take out brackets"
            )

    def ascend_resolver(self) -> None:
        """Count the levels."""
        self._depth -= 1

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Check a mapping's own keys, before those that ``<<`` lends it stand among them."""
        if id(node) not in self._checked:
            self._checked.add(id(node))
            lines: dict[tuple[str, str], int] = {}
            for key, _ in node.value:
                if isinstance(key, yaml.ScalarNode):
                    known, line = (key.tag, key.value), key.start_mark.line + 1
                    if known in lines:
                        raise yaml.YAMLError(
                            f"line {line}: the key '{key.value}' stands in line {lines[known]} "
                            "already; keep one of them"
                        )
                    lines[known] = line
        super().flatten_mapping(node)


def _scalar(loader: _Loader, node: yaml.ScalarNode) -> Any:
    """Make a scalar of what its tag says, where it is that and no number beyond all others."""
    try:
        value = _FAST.yaml_constructors[node.tag](loader, node)
        if isinstance(value, int):
            float(value)  # which it may become
    except (ValueError, LookupError, AttributeError, ArithmeticError):
        shown = node.value if len(node.value) <= _LONG else f"{node.value[:_LONG]}…"
        raise yaml.YAMLError(
            f"line {node.start_mark.line + 1}: '{shown}' cannot be read as "
            f"{_SCALARS[node.tag.rpartition(':')[2]]}; correct it, or put it in quotes, without a "
            "tag, if it is text"
        ) from None
    return value


for _tag in _SCALARS:
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _scalar)


def read_yaml(path: Path, error: type[SiteselError]) -> Any:
    """Read a YAML file; whatever is wrong with it is an ``error`` that names it and the remedy."""
    text = read_text(path, error)
    try:
        return from_yaml(text)
    except (ValueError, yaml.YAMLError) as flaw:
        raise error(f"{path}: cannot be read as YAML: {flaw}") from None
    except RecursionError:  # of aliases that lead to aliases
        raise error(f"{path}: cannot be read as YAML: too many << within one another") from None


def read_text(path: Path, error: type[SiteselError]) -> str:
    """Read a text file in UTF-8, with or without a mark at its beginning."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise error(f"{path}: cannot be read: there is no such file") from None
    except OSError as flaw:
        raise error(f"{path}: cannot be read: {flaw.strerror}") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as flaw:
        line = data[: flaw.start].count(b"\n") + 1
        raise error(f"{path}: cannot be read: line {line} is not UTF-8; save it as UTF-8") from None


def from_yaml(text: str) -> Any:
    """Read a YAML document; no tag of it makes anything but plain data.

    Raises
    ------
    yaml.YAMLError
        The text is no YAML, too deep, a key stands twice in one mapping, or a tag does not fit.

    Examples
    --------
    >>> from_yaml("weights: {power: 2}")
    {'weights': {'power': 2}}
    """
    return yaml.load(text, _Loader)  # noqa: S506 (either loader is safe)


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


def explain(
    path: Path | str,
    error: ValidationError,
    document: Any = None,
    record: type[Record] | None = None,
) -> str:
    """Turn pydantic's report into lines that name file, key, value and problem.

    Of a ``document``, a key is named as it stands there, and each mistake once; of a ``record``,
    an unknown key that is nearly one of its own has that as the remedy.
    """
    said: dict[tuple[str, ...], str] = {}
    shown: dict[tuple[str, ...], str] = {}
    for item in error.errors():
        key, value = _key(item, document), item.get("input")
        if isinstance(value, str) and len(value) > _LONG:
            value = f"{value[:_LONG]}…"
        shown[key] = f" (here: {value!r})" if isinstance(value, str | int | float) else ""
        message = item["msg"].removeprefix("Value error, ")
        if item["type"] == "extra_forbidden":
            hint = did_you_mean(key[-1], keys_at(record, item["loc"][:-1]))
            remedy = hint if hint.startswith("did") else "remove it or check its spelling"
            message = f"unknown key; {remedy}"
        if key in said:  # what another member of a union would have
            message = f"{said[key]}, or {message.removeprefix('Input should be ')}"
        elif not key and item["type"] != "value_error":  # which names its key itself
            message = f"(document): {message}"
        said[key] = message
    lines = []
    for key, message in said.items():
        if not any(other[: len(key)] == key and other != key for other in said if key):
            where = f"{'.'.join(key)}: " if key else ""
            lines.append(f"{path}: {where}{message}{shown[key]}")
    return "\n".join(lines)


def keys_at(kind: Any, place: tuple[int | str, ...]) -> set[str]:
    """Return the keys that may stand at a place of a record, as pydantic tells places.

    >>> class Gate(Record):
    ...     name: Text
    ...     more: dict[str, Text] = {}
    >>> sorted(keys_at(Gate, ())), sorted(keys_at(Gate, ("more", "x")))
    (['more', 'name'], ['en', 'es'])
    """
    if get_origin(kind) is Annotated:
        return keys_at(get_args(kind)[0], place)
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        found = set()
        for part in get_args(kind):  # of a union, a list or a mapping
            found |= keys_at(part, place)
            if place and _is_called(part, place[0]):
                found |= keys_at(part, place[1:])
        return found
    fields = {each.alias or name: each.annotation for name, each in kind.model_fields.items()}
    if not place:
        return set(fields)
    return keys_at(fields[str(place[0])], place[1:]) if place[0] in fields else set()


def _is_called(kind: Any, name: int | str) -> bool:
    """Say whether a part of a place may lead to this kind: to a member of a union by its name."""
    field = getattr(kind, "model_fields", {}).get("kind")
    tags = [each.tag for each in getattr(kind, "__metadata__", ()) if isinstance(each, Tag)]
    tags += get_args(field.annotation) if field else []
    return name in tags or not tags


def _key(item: Any, document: Any) -> tuple[str, ...]:
    """Return where a mistake is, without the names of a union's members, which pydantic adds."""
    place = tuple(item["loc"])
    lacks = place[-1:] if item["type"] == "missing" else ()
    way = _way(place[: len(place) - len(lacks)], document, item.get("input"))
    return tuple(str(part) for part in (place if way is None else (*way, *lacks)))


def _way(place: tuple[Any, ...], here: Any, end: Any) -> tuple[Any, ...] | None:
    """Return those parts of a place that lead to a value in a document; None if none do."""
    if not place:
        return () if here is end else None
    part, rest = place[0], place[1:]
    there = part in here if isinstance(here, dict) else isinstance(here, list)
    if there and (isinstance(here, dict) or (isinstance(part, int) and part < len(here))):
        way = _way(rest, here[part], end)
        if way is not None:
            return (part, *way)
    return _way(rest, here, end)
