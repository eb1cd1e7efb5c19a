"""The study file as one checked record: read, laid over another, given other weights, written."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping  # noqa: TC003 (in signatures)
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import Field, ValidationError, model_validator

from sitesel import documents
from sitesel.decide.weights import SIDES, Side, with_shares
from sitesel.errors import StudyError, UnknownNameError, did_you_mean
from sitesel.measure.specs import layers_of
from sitesel.records import Record, Text, explain
from sitesel.study_parts import (
    Area,
    Candidates,
    Criterion,
    Gate,
    GridCandidates,
    Map,
    Pairs,
    Robustness,
    Sites,
    Weight,
    Weights,
)


class StudyFile(Record):
    """A site-selection study, as its YAML file says it.

    Examples
    --------
    >>> study = StudyFile.load("paso-del-norte")
    >>> study.slug, study.candidates.grid_m
    ('paso-del-norte', 1000)
    >>> sorted(study.groups)[:2]
    ['access', 'incentives']
    """

    study: str
    title: Text
    summary: Text | None = None
    as_of: date = Field(default_factory=date.today)
    layers: list[str] = Field(default_factory=list)
    area: Area
    candidates: Candidates = Field(default_factory=GridCandidates)
    gates: dict[str, Gate] = Field(default_factory=dict)
    groups: dict[str, Weight] = Field(default_factory=dict)
    group_titles: dict[str, Text] = Field(default_factory=dict)
    criteria: Annotated[dict[str, Criterion], Field(min_length=1)]
    sites: Sites = Field(default_factory=Sites)
    pairs: Pairs | None = None
    robustness: Robustness = Field(default_factory=Robustness)
    map: Map = Field(default_factory=Map)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name, criterion in self.criteria.items():
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                raise ValueError(f"criteria.{name}: write ids in small letters, digits and _")
            if self.groups and criterion.group not in self.groups:
                known = did_you_mean(str(criterion.group), self.groups)
                raise ValueError(f"criteria.{name}.group: '{criterion.group}' is no group; {known}")
        grid = self.criteria.get("grid_access")
        if grid and grid.measure.kind != "distance":
            raise ValueError(
                f"criteria.grid_access.measure.kind: '{grid.measure.kind}': its km say what a "
                "connection to the grid costs; write 'distance', or give the criterion another name"
            )
        named = {c.group for c in self.criteria.values() if c.group}
        for key in ("groups", "group_titles"):
            for name in getattr(self, key):
                if name not in named:
                    hint = did_you_mean(name, named) if named else "name it in criteria.NAME.group"
                    raise ValueError(f"{key}.{name}: no criterion is of the group '{name}'; {hint}")
        if not any(criterion.weight for criterion in self.criteria.values()):
            raise ValueError("criteria: all weights are zero; give at least one some weight")
        if self.groups and not any(self.groups.values()):
            raise ValueError("groups: all weights are zero; give at least one some weight")
        return self

    @classmethod
    def load(cls, name: str | Path) -> Self:
        """Read a study by file, or by the name of one that ships.

        Raises
        ------
        StudyError
            The file is unreadable or a key, value or name in it is wrong.
        UnknownNameError
            Neither a file nor a shipped study has that name.
        """
        path = documents.find(name)
        content = documents.read(path)
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise StudyError(explain(path, error, content, cls)) from None

    @property
    def slug(self) -> str:
        """The study's name as a folder name."""
        return documents.slug_of(self.study) or "study"

    @property
    def grid_m(self) -> int:
        """Edge of a cell in metres; 0 where the candidates are parcels."""
        return int(getattr(self.candidates, "grid_m", 0))

    def named_layers(self) -> list[tuple[str, str]]:
        """Return every layer that the study names, behind the key that names it."""
        parts = [("area", self.area), ("candidates", self.candidates)]
        measured = [
            *((f"criteria.{name}.measure", c.measure) for name, c in self.criteria.items()),
            *((f"gates.{name}.measure", gate.measure) for name, gate in self.gates.items()),
        ]
        return [
            *((key, layer) for key, measure in measured for layer in layers_of(measure)),
            *((f"{key}.layer", part.layer) for key, part in parts if hasattr(part, "layer")),
            *(("map.layers", layer) for layer in self.map.layers or []),
            *(("sites.landmarks", layer) for layer in self.sites.landmarks),
            *(("sites.zones", layer) for layer in self.sites.zones),
        ]

    def with_layers(self, folders: Iterable[Path | str], *, moved: bool = False) -> Self:
        """Return the study with more folders of layers; those that come later win.

        Of a run that may have been ``moved``, they take the place of folders that are gone.
        """
        more = [str(Path(folder).resolve()) for folder in folders]
        there = [one for one in self.layers if not (moved and more) or Path(one).is_dir()]
        return self.model_copy(update={"layers": list(dict.fromkeys([*there, *more]))})

    def with_sites_of(self, earlier: Self) -> Self:
        """Return the study with its sites located as an earlier study of the same land does."""
        by = earlier.sites.located_by or Weights(
            groups=earlier.groups,
            criteria={name: c.weight for name, c in earlier.criteria.items()},
        )
        return self.model_copy(update={"sites": self.sites.model_copy(update={"located_by": by})})

    def reweighted(
        self,
        shares: Mapping[str, float],
        *,
        left_out: Collection[str] = (),
        sides: Collection[Side] = SIDES,
    ) -> Self:
        """Return the study with some weights given as shares; the others keep their proportions.

        A group's share is of the whole, a criterion's of its group (of the whole when there are
        no groups): of what counts on the side where it applies, on average of the two sides if it
        applies to both. Where a group and a criterion have the same name, the group is meant.

        Parameters
        ----------
        shares
            Shares of groups and criteria, 0..1, by name.
        left_out
            Criteria that do not count, as those a run left out for want of a layer.
        sides
            The sides that have candidates.

        Raises
        ------
        UnknownNameError, StudyError
            A name that is neither, a share outside 0..1, shares that add up to more than 1, or of
            what does not count.

        Examples
        --------
        >>> heavy = StudyFile.load("border").reweighted({"power": 0.5})
        >>> round(heavy.groups["power"] / sum(heavy.groups.values()), 9)
        0.5
        """
        known = [*self.groups, *self.criteria]
        for name in shares:
            if name not in known:
                hint = did_you_mean(name, known)
                raise UnknownNameError(f"weights: '{name}' is no group or criterion; {hint}")
        groups = {name: share for name, share in shares.items() if name in self.groups}
        counted = {
            name: [s for s in sides if c.applies_to in {None, s} and name not in left_out]
            for name, c in self.criteria.items()
        }
        families: dict[str | None, dict[str, float]] = {}
        for name, criterion in self.criteria.items():
            family = criterion.group if self.groups else None
            families.setdefault(family, {})[name] = criterion.weight
        criteria, present = dict(self.criteria), {name: set[Side]() for name in self.groups}
        for family, members in families.items():
            given = {
                name: shares[name] for name in members if name in shares and name not in groups
            }
            for name, weight in with_shares(members, given, counted).items():
                criteria[name] = criteria[name].model_copy(update={"weight": weight})
                present.setdefault(str(family), set()).update(counted[name] if weight else [])
        changed = {"groups": with_shares(self.groups, groups, present)}
        return self.model_copy(update=changed | {"criteria": criteria})

    def weighted(self, weights: Weights, source: Path | str = "weights") -> Self:
        """Return the study with these relative weights in place of its own, by name.

        ``source`` is the file they are from, or whatever else a mistake in them is told of.

        Raises
        ------
        UnknownNameError
            A name that the study does not have.
        """
        for kind, given, known in (
            ("groups", weights.groups, self.groups),
            ("criteria", weights.criteria, self.criteria),
        ):
            for name in given:
                if name not in known:
                    hint = did_you_mean(name, known)
                    raise UnknownNameError(f"{source}: {kind}.{name}: not in the study; {hint}")
        criteria = {
            name: c.model_copy(update={"weight": weights.criteria.get(name, c.weight)})
            for name, c in self.criteria.items()
        }
        changed = {"groups": self.groups | weights.groups, "criteria": criteria}
        try:
            return self.model_validate(self.model_copy(update=changed).model_dump(by_alias=True))
        except ValidationError as error:
            raise StudyError(explain(source, error)) from None

    def drawn(self, changes: Mapping[str, Any]) -> Self:
        """Return the study with other draws, seed or spread for the test of its ranks.

        Raises
        ------
        StudyError
            A value that cannot be.
        """
        content = self.robustness.model_dump() | dict(changes)
        try:
            rule = Robustness.model_validate(content)
        except ValidationError as error:
            raise StudyError(explain("robustness", error, content, Robustness)) from None
        return self.model_copy(update={"robustness": rule})

    def dump(self, folder: Path | None = None) -> str:
        """Return the study as YAML with every default written out, to be kept in ``folder``."""
        content = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        if folder:
            content["layers"] = [os.path.relpath(each, folder.resolve()) for each in self.layers]
        return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)
