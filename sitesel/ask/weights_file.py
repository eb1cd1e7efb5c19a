"""Weights elicited from people or data, written as the file that ``sitesel score`` takes."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import yaml

from sitesel.decide import elicit
from sitesel.decide.weights import SIDES, Side
from sitesel.errors import LayerError, StudyError, UnknownNameError, did_you_mean
from sitesel.resources import replacing
from sitesel.study_parts import Weights
from sitesel.weighting import read

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from sitesel.study_file import StudyFile

_DIGITS = 6


class Placed(NamedTuple):
    """Weights as a study takes them, and the groups that cannot weigh what was said of them.

    ``uneven``: what part of each side's weights the criteria of such a group were given.
    """

    weights: Weights
    uneven: dict[str, dict[Side, float]]


def placed(
    study: StudyFile, weights: Mapping[str, float], *, sides: Collection[Side] = SIDES
) -> Placed:
    """Return weights by name as weights of the study's groups, of one group, or of all criteria.

    The names must be all groups, all criteria of one group, or all criteria. Criteria that the
    study cannot measure (an optional layer that is absent) may be left out.

    A group weighs the same on both sides. From weights of all criteria it gets the sum of those
    that apply to a side, so that any two criteria of a side weigh as they were said to; where the
    sums of the sides differ it gets their mean, and is ``uneven``.

    Raises
    ------
    UnknownNameError, StudyError
        A name that the study does not have, or names that are none of these.

    Examples
    --------
    >>> from sitesel.study_file import StudyFile
    >>> study = StudyFile.load("border")
    >>> placed(study, {"generation": 3, "clean_share": 1}).weights.criteria
    {'generation': 9.75, 'clean_share': 3.25}
    """
    known = [*study.groups, *study.criteria]
    for name in weights:
        if name not in known:
            raise UnknownNameError(
                f"weights: '{name}' is no group or criterion; {did_you_mean(name, known)}"
            )
    names = set(weights)
    if study.groups and names == set(study.groups):
        return Placed(Weights(groups=dict(weights)), {})
    needed = {name for name, c in study.criteria.items() if not c.optional}
    if not names <= set(study.criteria):
        missing = sorted(set(study.groups) - names)
        raise StudyError(
            f"weights: name all groups or only criteria; missing: {', '.join(missing)}"
        )
    families = {study.criteria[name].group for name in names}
    if study.groups and len(families) == 1:
        needed = {name for name in needed if study.criteria[name].group in families}
    if needed - names:
        raise StudyError(f"weights: name these criteria too: {', '.join(sorted(needed - names))}")
    scaled = _like_the_study(study, weights)
    if not study.groups or len(families) == 1:
        return Placed(Weights(criteria=scaled), {})
    sums = _sums(study, weights, sides)
    groups = {group: _mean(of.values()) for group, of in sums.items()}
    whole = math.fsum(groups.values()) or 1.0
    shared = {group: weight / whole for group, weight in groups.items()}
    return Placed(Weights(groups=shared, criteria=scaled), _uneven(sums))


def _sums(
    study: StudyFile, weights: Mapping[str, float], sides: Collection[Side]
) -> dict[str, dict[Side, float]]:
    """Return the weights that apply to each side, summed by group."""
    sums = {group: dict.fromkeys(sides, 0.0) for group in study.groups}
    for name, weight in weights.items():
        criterion = study.criteria[name]
        for side in sides:
            if criterion.applies_to in {None, side}:
                sums[str(criterion.group)][side] += weight
    return sums


def _mean(sums: Collection[float]) -> float:
    """Return the mean of the sides where a group weighs: elsewhere it leaves its weight.

    >>> _mean([3.0, 1.0]), _mean([3.0, 0.0]), _mean([0.0, 0.0])
    (2.0, 3.0, 0.0)
    """
    some = [each for each in sums if each]
    return math.fsum(some) / max(len(some), 1)


def _uneven(sums: Mapping[str, Mapping[Side, float]]) -> dict[str, dict[Side, float]]:
    """Return the groups whose sides were given different sums, as parts of each side's weights."""
    sides = {side for of in sums.values() for side in of}
    whole = {side: math.fsum(of[side] for of in sums.values()) or 1.0 for side in sides}
    found = {}
    for group, of in sums.items():
        some = [each for each in of.values() if each]
        if some and not math.isclose(min(some), max(some)):
            found[group] = {side: each / whole[side] for side, each in of.items()}
    return found


def _like_the_study(study: StudyFile, weights: Mapping[str, float]) -> dict[str, float]:
    """Scale the weights of each group to the study's, so that one left out keeps its proportion."""
    sums: dict[str | None, list[float]] = {}
    for name, weight in weights.items():
        criterion = study.criteria[name]
        total = sums.setdefault(criterion.group if study.groups else None, [0.0, 0.0])
        total[0] += weight
        total[1] += criterion.weight
    result = {}
    for name, weight in weights.items():
        given, own = sums[study.criteria[name].group if study.groups else None]
        result[name] = weight * (own / given if given and own else 1.0)
    return result


def ranking(words: Sequence[str]) -> dict[str, float]:
    """Return rank-order centroid weights of names in order; ``a=b`` matter alike.

    >>> ranking(["power", "labour=water"])
    {'power': 0.611..., 'labour': 0.194..., 'water': 0.194...}
    """
    return elicit.rank_order([word.split("=") for word in words])


def points(words: Sequence[str]) -> dict[str, float]:
    """Return weights from ``name=points`` swings.

    >>> points(["power=100", "water=25"])
    {'power': 0.8, 'water': 0.2}
    """
    given = {}
    for word in words:
        name, _, number = word.partition("=")
        if name.strip() in given:
            raise StudyError(f"weights: '{name.strip()}' stands twice; keep one")
        try:
            given[name.strip()] = float(number)
        except ValueError:
            raise StudyError(f"weights: '{word}' is not name=points, like power=100") from None
    return elicit.swing(given)


def matrix(path: Path) -> tuple[list[str], list[list[float]]]:
    """Read judgements in pairs from a CSV: names in the first row and column, 3 or 1/3 inside.

    The lower half may be empty: it is the reciprocal of the upper one. Separators and encodings
    are those of ``layers add``; a decimal comma is one.

    Raises
    ------
    StudyError
        The file is unreadable, not square, or holds something that is no ratio.
    """
    from sitesel.catalog.own.tables import from_csv  # noqa: PLC0415 (pandas only when it is needed)

    try:
        judged, _ = from_csv(path.read_bytes(), str(path))
    except FileNotFoundError:
        raise StudyError(f"{path}: cannot be read: there is no such file") from None
    except OSError as error:
        raise StudyError(f"{path}: cannot be read: {error.strerror}") from None
    except LayerError as error:
        raise StudyError(str(error)) from None
    names = [str(name).strip() for name in judged.columns[1:]]
    rows = judged.fillna("").astype(str).to_numpy().tolist()
    if not names or [row[0].strip() for row in rows] != names:
        raise StudyError(f"{path}: the same names must stand in the first row and first column")
    table = [[math.nan] * len(names) for _ in names]
    for i, row in enumerate(rows):
        for j, cell in enumerate(row[1:]):
            table[i][j] = _ratio(cell, f"{path}: {names[i]}, {names[j]}", diagonal=i == j)
    for i in range(len(names)):
        for j in range(i):
            table[i][j] = table[i][j] if table[i][j] == table[i][j] else 1 / table[j][i]
    return names, table


def _ratio(cell: str, where: str, *, diagonal: bool) -> float:
    if not cell.strip():
        return 1.0 if diagonal else math.nan
    try:
        value = float(Fraction(cell.strip().replace(",", ".")))
    except (ValueError, ZeroDivisionError):
        raise StudyError(f"{where}: '{cell}' is no ratio; write 3 or 1/3") from None
    if value <= 0:
        raise StudyError(f"{where}: '{cell}' must be above 0")
    return value


def together(study: StudyFile, paths: Sequence[Path]) -> tuple[Weights, pd.DataFrame]:
    """Combine several people's weight files; what one leaves out is as the study has it.

    Returns
    -------
    weights
        Geometric means, of groups and of criteria within each group.
    disagreement
        As `elicit.together` returns it, groups first.
    """
    import pandas as pd  # noqa: PLC0415

    people = [study.weighted(read(path), path) for path in paths]
    tables = []
    if study.groups:
        tables.append(elicit.together([person.groups for person in people]))
    families: dict[str | None, list[str]] = {}
    for name, criterion in study.criteria.items():
        families.setdefault(criterion.group if study.groups else None, []).append(name)
    for members in families.values():
        own = [{name: person.criteria[name].weight for name in members} for person in people]
        if any(weight for each in own for weight in each.values()):
            tables.append(elicit.together(own))
        else:  # to leave a whole group aside is no veto
            nought = {"weight": 0.0, "lowest": 0.0, "highest": 0.0, "times": 1.0}
            tables.append(pd.DataFrame(nought, index=members))
    groups = tables[0]["weight"].to_dict() if study.groups else {}
    within = pd.concat(tables[1:] if study.groups else tables)
    weights = Weights(groups=groups, criteria=within["weight"].to_dict())
    return weights, pd.concat(tables)


def mirror(
    study: StudyFile, criteria: Sequence[str], values: NDArray[np.float64], how: str
) -> dict[str, float]:
    """Return what the data alone would weigh: ``entropy`` or ``critic``, by criterion."""
    ways = {"entropy": elicit.entropy, "critic": elicit.critic}
    if how not in ways:
        raise UnknownNameError(f"weights: no way '{how}'; {did_you_mean(how, ways)}")
    shares = ways[how](values)
    assert set(criteria) <= set(study.criteria)
    return dict(zip(criteria, shares.tolist(), strict=True))


def write(weights: Weights, path: Path) -> None:
    """Write ``weights.yaml``, to six digits."""
    content = weights.model_dump(exclude_none=True, exclude_defaults=True)
    for kind in ("groups", "criteria"):
        if kind in content:
            content[kind] = {name: round(w, _DIGITS) for name, w in content[kind].items()}
    with replacing(path) as part:
        part.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
