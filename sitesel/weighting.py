"""Other weights for a run: from a shipped profile, a YAML file, or the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from sitesel.errors import StudyError, UnknownNameError, did_you_mean
from sitesel.records import explain, read_yaml
from sitesel.resources import shipped
from sitesel.study_parts import Weights

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sitesel.study import Run
    from sitesel.study_file import StudyFile


def read(path: Path) -> Weights:
    """Read relative weights from YAML: ``groups:`` and ``criteria:``, each name: number.

    Raises
    ------
    StudyError
        The file is unreadable, or a weight is negative or no number.
    """
    content = read_yaml(path, StudyError)
    try:
        return Weights.model_validate(content)
    except ValidationError as error:
        raise StudyError(explain(path, error, content, Weights)) from None


def profile(name: str) -> Weights:
    """Return the weights of a shipped profile.

    Examples
    --------
    >>> sorted(profile("data-center").groups)[:2]
    ['access', 'incentives']
    """
    known = profiles()
    if name not in known:
        raise UnknownNameError(f"--profile: no profile '{name}'; {did_you_mean(name, known)}")
    return known[name]


def profiles() -> dict[str, Weights]:
    """Return all shipped profiles by name, in the order of the alphabet.

    Examples
    --------
    >>> list(profiles())[:2]
    ['automotive', 'balanced']
    """
    paths = sorted((shipped("maps") / "profiles").glob("*.yaml"))
    return {path.stem: read(path) for path in paths}


def suited(weights: Weights, study: StudyFile) -> Weights:
    """Return the weights of a profile without those of criteria that a study does not have.

    All profiles name the same criteria, so that none leaves a trace of another; a study that
    lacks one of them has no weight of it to reset.
    """
    there = {name: each for name, each in weights.criteria.items() if name in study.criteria}
    return weights.model_copy(update={"criteria": there})


def shares(pairs: Sequence[str]) -> dict[str, float]:
    """Read ``name=share`` pairs; a share is 0 to 1, or a percentage.

    Examples
    --------
    >>> shares(["power=0.5", "water=20%"])
    {'power': 0.5, 'water': 0.2}
    """
    read_shares = {}
    for pair in pairs:
        name, _, number = pair.partition("=")
        try:
            percent = number.strip().endswith("%")
            value = float(number.strip().rstrip("%")) / (100 if percent else 1)
        except ValueError:
            raise StudyError(f"--weight: '{pair}' is not name=share, like power=0.5") from None
        if name.strip() in read_shares:
            raise StudyError(f"--weight: '{name.strip()}' stands twice; keep one")
        read_shares[name.strip()] = value
    return read_shares


def decided(run: Run, profile_name: str | None, weights: Path | None, pairs: Sequence[str]) -> Run:
    """Return the run under other weights: first the profile, then the file, then the shares."""
    study = run.study
    if profile_name:
        chosen = suited(profile(profile_name), study)
        study = study.weighted(chosen, f"--profile {profile_name}")
    if weights:
        study = study.weighted(read(weights), weights)
    return run.under(study).reweight(**shares(pairs))
