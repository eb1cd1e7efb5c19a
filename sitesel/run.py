"""A run: the measures of a study, what follows from them, and the files they leave behind."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sitesel import engine
from sitesel.catalog.layers import Catalog
from sitesel.decision import Decision, decide
from sitesel.errors import StudyError
from sitesel.resources import replacing
from sitesel.study import Study

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import folium
    import geopandas as gpd
    import pandas as pd

    from sitesel.show.view import View

    Report = Callable[[str, int, int], None]

_LIBRARIES = ("numpy", "scipy", "pandas", "shapely", "pyproj", "geopandas", "rasterio", "folium")


def silent(*_: Any) -> None:
    """Report to nobody."""


@dataclass(frozen=True)
class Run:
    """What a study measured, and everything that can be concluded without measuring again.

    Examples
    --------
    >>> run = Run.open("maps/border")                        # doctest: +SKIP
    >>> run.reweight(power=0.5).pairs.head(10)               # doctest: +SKIP
    """

    study: Study
    plan: engine.Plan
    measures: pd.DataFrame
    delays: dict[str, float]
    folder: Path

    @classmethod
    def of(
        cls,
        study: Study,
        folder: Path | str | None = None,
        *,
        layers: Sequence[Path | str] = (),
        report: Report = silent,
    ) -> Run:
        """Measure a study (what is already measured is kept), decide, and write everything."""
        folder = Path(folder) if folder else Path("maps") / study.slug
        plan = engine.Plan.of(study, catalog_of(study, layers))
        measures, delays = engine.measure(plan, folder / "measures", report)
        run = cls(study, plan, measures, delays, folder)
        run.save(report=report)
        return run

    @classmethod
    def open(cls, folder: Path | str, *, layers: Sequence[Path | str] = ()) -> Run:
        """Open an earlier run; its measures are taken as they are.

        Raises
        ------
        StudyError
            The folder holds no finished run.
        """
        folder = Path(folder)
        if not (folder / "study.yaml").is_file():
            raise StudyError(f"{folder}: no study.yaml here; run a study first: sitesel run STUDY")
        study = Study.load(folder / "study.yaml")
        plan = engine.Plan.of(study, catalog_of(study, layers))
        measures, delays = engine.stored(folder / "measures")
        return cls(study, plan, measures, delays, folder)

    @cached_property
    def decision(self) -> Decision:
        """Scores, sites and pairs under the study's weights."""
        return decide(self.study, self.measures, self.delays)

    @cached_property
    def sites(self) -> gpd.GeoDataFrame:
        """The located sites with their polygons, in the working CRS, best first on each side."""
        from sitesel.show.shapes import outlines  # noqa: PLC0415

        return outlines(self.decision.sites, self.measures, self.decision.cells)

    @property
    def pairs(self) -> pd.DataFrame:
        """The mirror pairs, best first; ``set_rank`` counts those that share no site."""
        return self.decision.pairs

    def reweight(self, **shares: float) -> Run:
        """Return the run under other weights, as shares (see `Study.reweighted`)."""
        return replace(self, study=self.study.reweighted(shares))

    def map(self) -> folium.Map:
        """Return the map as a folium map, to which more can be added."""
        from sitesel.show.maps import build  # noqa: PLC0415

        return build(self.view())

    def save_map(self, path: Path | str) -> None:
        """Write the map alone, as one self-contained HTML file."""
        from sitesel.show.page import save  # noqa: PLC0415

        save(self.map(), Path(path))

    def view(self) -> View:
        """Gather what the map shows."""
        from sitesel.show.gather import gather  # noqa: PLC0415

        return gather(self)

    def save(self, folder: Path | str | None = None, *, report: Report = silent) -> None:
        """Write all outputs; each file takes its place only when it is complete."""
        from sitesel.show import tables  # noqa: PLC0415

        folder = Path(folder) if folder else self.folder
        decision = self.decision
        steps: dict[str, Callable[[Path], None]] = {
            "pairs.csv": lambda path: tables.write_pairs(decision.pairs, path),
            "sites.csv": lambda path: tables.write_sites(decision.sites, path),
            "sites.gpkg": lambda path: tables.write_geopackage(
                self.sites, decision.pairs, self.plan.catalog.load("ports_of_entry"), path
            ),
            "suitability.tif": lambda path: tables.write_suitability(
                self.measures, decision.scores.score, decision.verdict, path
            ),
            "map.html": self.save_map,
            "run.json": lambda path: _write_text(path, json.dumps(self.record(), indent=1)),
            "study.yaml": lambda path: _write_text(path, self.study.dump()),
        }
        if "geometry" in self.measures:  # parcels make no surface
            del steps["suitability.tif"]
        for done, (name, write) in enumerate(steps.items()):
            report(name, done, len(steps))
            with replacing(folder / name) as part:
                write(part)
        report("written", len(steps), len(steps))

    def record(self) -> dict[str, Any]:
        """Return what the run rests on: layers with hash and licence, versions, what was left out.

        Nothing in a run is random, so no seed is recorded.
        """
        layers = {name: self.plan.catalog[name] for name in self.plan.layer_ids()}
        return {
            "sitesel": version("sitesel"),
            "study": self.study.study,
            "as_of": self.study.as_of.isoformat(),
            "measures": self.plan.fingerprint(),
            "candidates": {
                side: int(count)
                for side, count in self.measures["side"]
                .value_counts()
                .sort_index(ascending=False)
                .items()
            },
            "verdicts": {
                str(name): int(count)
                for name, count in sorted(zip(*_counted(self.decision.verdict), strict=True))
            },
            "left_out": list(self.plan.left_out),
            "ports_open": self.delays,
            "weights": {
                name: {"US": us, "MX": mx}
                for name, (us, mx) in zip(
                    self.decision.criteria, self.decision.weights.tolist(), strict=True
                )
            },
            "layers": {
                name: {
                    "sha256_16": layer.digest(),
                    "vintage": layer.vintage,
                    "quality": layer.quality,
                    "licence": layer.licence,
                    "attribution": layer.attribution,
                    "source": layer.source,
                }
                for name, layer in layers.items()
            },
            "versions": {name: version(name) for name in _LIBRARIES},
        }


def catalog_of(study: Study, folders: Sequence[Path | str] = ()) -> Catalog:
    """Open the shipped catalogue with the study's own folder and the user's on top."""
    own = [Path(study.layers)] if study.layers else []
    return Catalog.default(*own, *(Path(folder) for folder in folders))


def _counted(words: Any) -> tuple[list[str], list[int]]:
    import numpy as np  # noqa: PLC0415

    names, counts = np.unique(words.astype(str), return_counts=True)
    return names.tolist(), counts.tolist()


def _write_text(path: Path, text: str) -> None:
    path.write_text(text.rstrip("\n") + "\n", encoding="utf-8", newline="\n")
