"""Study and Run: the order of the steps, from a study file to the files a run leaves behind."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sitesel.catalog.layers import Catalog
from sitesel.cost import UnitCosts, connected, priced
from sitesel.decide.weights import SIDES, Side
from sitesel.decision import Decision, decide
from sitesel.errors import StudyError
from sitesel.measured import Measured, columns, stored
from sitesel.origins import Origin, changed, origins, pin
from sitesel.plan import Plan
from sitesel.ranks import unknown_as
from sitesel.resources import replacing_together
from sitesel.study_file import StudyFile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import folium
    import geopandas as gpd
    import pandas as pd

    from sitesel.catalog.definition import Layer
    from sitesel.records import Language
    from sitesel.show.view import View

    Report = Callable[[str, int, int], None]

_LIBRARIES = ("numpy", "scipy", "pandas", "shapely", "pyproj", "geopandas", "rasterio", "folium")


def silent(*_: Any) -> None:
    """Report to nobody."""


class Study(StudyFile):
    """A site-selection study that can be run.

    Examples
    --------
    >>> study = Study.load("paso-del-norte")
    >>> run = study.run("maps/pdn")                          # doctest: +SKIP
    >>> run.pairs.head(10)                                   # doctest: +SKIP
    """

    def run(
        self,
        folder: Path | str | None = None,
        *,
        layers: Sequence[Path | str] = (),
        report: Report = silent,
    ) -> Run:
        """Measure, decide, and write the outputs to ``folder`` (default ``maps/<study>``).

        A run that was stopped goes on from its finished parts. ``layers`` are folders of your own
        layers, which the run remembers; ``report(step, done, total)`` is called on the way.
        """
        folder = Path(folder) if folder else Path("maps") / self.slug
        study = self.with_layers(layers)
        plan = Plan.of(study, catalog_of(study))
        from sitesel.engine import measure  # noqa: PLC0415 (what is measured already needs no GIS)

        run = Run(study, plan, measure(plan, folder / "measures", report), folder)
        run.save(report=report)
        return run


@dataclass(frozen=True)
class Run:
    """What a study measured, and everything that can be concluded without measuring again.

    Examples
    --------
    >>> run = Run.open("maps/border")                        # doctest: +SKIP
    >>> run.reweight(power=0.5).pairs.head(10)               # doctest: +SKIP
    """

    study: Study
    plan: Plan
    measured: Measured
    folder: Path

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
        study = Study.load(folder / "study.yaml").with_layers(layers, moved=True)
        plan = Plan.of(study, catalog_of(study), columns(folder / "measures"))
        return cls(study, plan, stored(plan, folder / "measures"), folder)

    @property
    def measures(self) -> pd.DataFrame:
        """Raw measures of all candidates, on ``site_id``."""
        return self.measured.table

    @property
    def sides_there(self) -> tuple[Side, ...]:
        """The sides that have candidates."""
        return tuple(side for side in SIDES if (self.measures["side"] == side).any())

    @cached_property
    def origins(self) -> dict[str, Origin]:
        """The layers that the run rests on, as they were when they were measured."""
        return origins(self.measured, self.plan.catalog)

    @cached_property
    def changed(self) -> dict[str, Layer]:
        """Those among them that are no longer what they were, as they were then."""
        return changed(self.measured, self.plan.catalog)

    @cached_property
    def decision(self) -> Decision:
        """Scores, sites and pairs under the study's weights."""
        return decide(self.study, self.measures, self.measured.delays)

    @cached_property
    def sites(self) -> gpd.GeoDataFrame:
        """The located sites with their polygons, in the working CRS, best first on each side.

        Where the study measures ``grid_access``, with what a connection to the grid costs.
        """
        from sitesel.show.shapes import outlines  # noqa: PLC0415 (GDAL only when it is needed)

        return outlines(self._priced_sites, self.measures, self.decision.cells, self.study.grid_m)

    @property
    def _priced_sites(self) -> pd.DataFrame:
        return connected(self.decision.sites, self._unit_costs)

    @property
    def _unit_costs(self) -> UnitCosts:
        return UnitCosts.read(self.plan.catalog.load("unit_costs"))

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """The mirror pairs, best first, with what a truckload costs through each, and the names.

        ``set_rank`` counts those that share no site.
        """
        pairs, sites = priced(self.decision.pairs, self._unit_costs), self.decision.sites["name"]
        ports = self.plan.catalog.load("ports_of_entry").set_index("port_id")["name"]
        ends = {"us_site": sites, "port": ports, "mx_site": sites}
        return pairs.assign(
            **{f"{end.removesuffix('_site')}_name": pairs[end].map(of) for end, of in ends.items()}
        )

    def reweight(self, **shares: float) -> Run:
        """Return the run under other weights, as shares (see `StudyFile.reweighted`).

        Shares are of the criteria that the run measured, on the sides that it has.
        """
        return self.under(
            self.study.reweighted(shares, left_out=self.plan.left_out, sides=self.sides_there)
        )

    def under(self, study: Study) -> Run:
        """Return the run's measures judged by another study, which may differ in no measure."""
        return replace(self, study=study, plan=replace(self.plan, study=study))

    def best(self, side: Side, count: int = 100) -> pd.DataFrame:
        """Return the best candidates of a side, sites or not, that fail no gate, with their score.

        Scores are of single precision; the table has the columns of `measures` besides.
        """
        from sitesel.decide.top import best, planes  # noqa: PLC0415

        decision = self.decision
        fit = (self.measures["side"] == side).to_numpy() & (decision.verdict != "FAIL")
        rows = np.flatnonzero(fit)
        matrix = planes(decision.values[rows], unknown_as(self.study, decision.criteria))
        places, scores = best(matrix, decision.weights[:, SIDES.index(side)], count)
        return self.measures.iloc[rows[places]].assign(score=scores)

    def robustness(self, **changes: float | str) -> Run:
        """Return the run with other ``draws``, ``seed`` or ``spread`` for the test of its ranks."""
        return self.under(self.study.drawn(changes))

    def map(self) -> folium.Map:
        """Return the map as a folium map, to which more can be added."""
        from sitesel.show.maps import build  # noqa: PLC0415

        return build(self.view())

    def save_map(self, path: Path | str) -> None:
        """Write the map alone, as one self-contained HTML file."""
        from sitesel.show.page import save  # noqa: PLC0415

        save(self.map(), Path(path))

    def save_workbook(self, path: Path | str, language: Language = "en") -> None:
        """Write the workbook alone: its scores are formulas over weights and values."""
        from sitesel.show.spoken import Spoken  # noqa: PLC0415
        from sitesel.show.workbook import write_workbook  # noqa: PLC0415

        spoken = Spoken(language, self.plan.catalog)
        write_workbook(self.study, self.decision, self.pairs, spoken, self.origins, Path(path))

    def view(self) -> View:
        """Gather what the map shows."""
        from sitesel.show.gather import gather  # noqa: PLC0415

        run = (self.plan.catalog, self.study, self.measures, self.decision, self.sites)
        view = gather(*run, self.measured.delays)
        store = self.folder / "measures" / "layers.block"
        return replace(view, store=store, earlier=self.changed)

    def save(self, folder: Path | str | None = None, *, report: Report = silent) -> None:
        """Write all outputs; they take their places together, when all of them are complete.

        In another folder than the run's own, the measures are laid beside them, so that the
        folder can be opened like any run.
        """
        from sitesel.show import tables  # noqa: PLC0415

        folder = Path(folder) if folder else self.folder
        ports, decision = self.plan.catalog.load("ports_of_entry"), self.decision
        record = json.dumps(self.record(), indent=1, ensure_ascii=False)
        steps: dict[str, Callable[[Path], None]] = {
            "pairs.csv": lambda path: tables.write_pairs(self.pairs, path),
            "sites.csv": lambda path: tables.write_sites(self._priced_sites, path),
            "sites.gpkg": lambda path: tables.write_geopackage(self.sites, self.pairs, ports, path),
            "report.xlsx": self.save_workbook,
            "suitability.tif": lambda path: tables.write_suitability(
                self.measures, decision.scores.score, decision.verdict, self.study.grid_m, path
            ),
            "map.html": self.save_map,
            "run.json": lambda path: _write_text(path, record),
            "study.yaml": lambda path: _write_text(path, self.study.dump(folder)),
        }
        stale = []
        if "geometry" in self.measures:  # parcels make no surface
            del steps["suitability.tif"]
            stale = [folder / "suitability.tif"]  # of a grid that was run here before
        parts = [] if folder.resolve() == self.folder.resolve() else self._parts(self.folder)
        if parts:
            names = {part.name for part in parts}
            stale += [part for part in self._parts(folder) if part.name not in names]
        with replacing_together(folder, without=stale) as room:
            for done, (name, write) in enumerate(steps.items()):
                report(name, done, len(steps))
                write(room / name)
            for part in parts:
                copy = room / "measures" / part.name
                copy.parent.mkdir(exist_ok=True)
                shutil.copyfile(part, copy)
        report("written", len(steps), len(steps))

    @staticmethod
    def _parts(folder: Path) -> list[Path]:
        return sorted((folder / "measures").glob("part-*.parquet"))

    def record(self) -> dict[str, Any]:
        """Return what the run rests on: layers with hash and licence, versions, what was left out.

        The seed is that of the draws which test the ranks; nothing else in a run is random.
        """
        present = self.sides_there
        columns = self.decision.weights[:, [SIDES.index(side) for side in present]].tolist()
        verdicts, counts = np.unique(self.decision.verdict.astype(str), return_counts=True)
        return {
            "sitesel": version("sitesel"),
            "study": self.study.study,
            "as_of": self.study.as_of.isoformat(),
            "seed": self.study.robustness.seed,
            "candidates": {side: int((self.measures["side"] == side).sum()) for side in present},
            "verdicts": dict(zip(verdicts.tolist(), counts.tolist(), strict=True)),
            "left_out": [*self.plan.left_out, *self.plan.gates_left_out],
            "crossing_minutes": self.measured.delays,
            "weights": {
                name: dict(zip(present, row, strict=True))
                for name, row in zip(self.decision.criteria, columns, strict=True)
            },
            "layers": {name: pin(name, origin) for name, origin in self.origins.items()},
            "versions": {name: version(name) for name in _LIBRARIES},
        }


def catalog_of(study: StudyFile) -> Catalog:
    """Open the shipped catalogue with the study's own folders on top."""
    return Catalog.default(*map(Path, study.layers))


def _write_text(path: Path, text: str) -> None:
    path.write_text(text.rstrip("\n") + "\n", encoding="utf-8", newline="\n")
