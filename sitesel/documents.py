"""Study documents: found by file or by shipped name, laid over the study they extend."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Any

from sitesel.errors import StudyError, UnknownNameError, did_you_mean
from sitesel.records import read_yaml
from sitesel.resources import shipped


def shipped_studies() -> list[str]:
    """Return the names of the studies that ship."""
    return sorted(path.stem for path in shipped("maps").glob("*.yaml"))


def slug_of(name: str) -> str:
    """Return a name as the name of a file or folder; empty if it has no letters or digits.

    Examples
    --------
    >>> slug_of("Río Grande"), slug_of("Ñ 2026"), slug_of("...")
    ('rio-grande', 'n-2026', '')
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def find(name: str | Path) -> Path:
    """Return the file of a study given by path or by the name of a shipped one."""
    path = Path(name)
    if path.is_file():
        return path
    beside = Path(f"{name}.yaml")
    hint = f"did you mean the file '{beside}'?" if beside.is_file() else ""
    if path.suffix in {".yaml", ".yml"} or len(path.parts) > 1:
        raise UnknownNameError("; ".join(filter(None, (f"{path}: no such study file", hint))))
    inside = shipped("maps") / f"{name}.yaml"
    if not inside.is_file():
        hint = hint or did_you_mean(str(name), shipped_studies())
        raise UnknownNameError(f"no study '{name}': neither a file nor a shipped study; {hint}")
    return inside


def read(path: Path, below: tuple[Path, ...] = ()) -> dict[str, Any]:
    """Read a study's YAML mapping, lay it over the one it extends, and find its layer folders.

    Raises
    ------
    StudyError
        The file is no YAML mapping, or it extends itself.
    UnknownNameError
        The study it extends is not known.
    """
    content = read_yaml(path, StudyError)
    if not isinstance(content, dict):
        raise StudyError(f"{path}: a study is a YAML mapping that begins with 'study: NAME'")
    if folders := content.get("layers"):
        folders = folders if isinstance(folders, list) else [folders]
        content["layers"] = [str((path.parent / str(each)).resolve()) for each in folders]
    if "extends" not in content:
        return content
    parent = str(content.pop("extends"))
    beside = path.parent / f"{parent}.yaml"
    base = beside if beside.is_file() else find(parent)
    if base.resolve() in (line := (*below, path.resolve())):
        raise StudyError(f"{path}: extends: '{parent}' leads back to the study itself")
    below_it = read(base, line)
    merged: dict[str, Any] = _laid_over(below_it, content)
    gone = _groups(below_it) - _groups(merged)
    for key in ("groups", "group_titles"):
        if isinstance(merged.get(key), dict):  # a group goes with the last of its criteria
            kept = content.get(key) or {}
            merged[key] = {n: v for n, v in merged[key].items() if n in kept or n not in gone}
    return merged


def _groups(content: dict[str, Any]) -> set[str]:
    """Return the groups that the criteria of a study are of."""
    criteria = content.get("criteria")
    each = criteria.values() if isinstance(criteria, dict) else ()
    return {str(c["group"]) for c in each if isinstance(c, dict) and c.get("group")}


_WHOLE = {"area", "candidates", "measure", "value", "link"}
_NAMED = {"criteria", "gates", "groups", "group_titles"}  # their keys are names a user gave


def _is_text(value: dict[str, Any]) -> bool:
    """Tell words in two languages, where a new one must not stand beside the old other one."""
    return set(value) <= {"en", "es"} and any(isinstance(said, str) for said in value.values())


def _laid_over(base: Any, top: Any, *, named: bool = False) -> Any:
    """Merge mappings key by key; null removes a key, tagged records are replaced as a whole.

    >>> _laid_over({"a": {"x": 1, "y": 2}, "b": 3}, {"a": {"y": 5}, "b": None})
    {'a': {'x': 1, 'y': 5}}
    >>> _laid_over({"area": {"ports": "all"}}, {"area": {"bbox": [0, 0, 1, 1]}})
    {'area': {'bbox': [0, 0, 1, 1]}}
    >>> _laid_over({"gates": {"area": {"min": 1}}}, {"gates": {"area": {"max": 5}}})
    {'gates': {'area': {'min': 1, 'max': 5}}}
    >>> _laid_over({"words": {"no": {"en": "none", "es": "no hay"}}}, {"words": {"no": "0"}})
    {'words': {'no': '0'}}
    """
    if not (isinstance(base, dict) and isinstance(top, dict)) or _is_text(top):
        return top
    kept = {key: value for key, value in base.items() if not (key in top and top[key] is None)}
    added = {
        key: value
        if key in _WHOLE and not named
        else _laid_over(base.get(key), value, named=key in _NAMED and not named)
        for key, value in top.items()
        if value is not None
    }
    return kept | added
