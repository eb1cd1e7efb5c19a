"""Which sites of two runs are the same land, and that land as either run judges it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sitesel.ask.elsewhere import Land, cells_of, other_land, site_land
from sitesel.crs import GEOD
from sitesel.errors import StudyError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sitesel.decide.weights import Side
    from sitesel.study import Run

_LEAST_KM = 1.0


@dataclass(frozen=True)
class Both:
    """Two runs, which of their sites are the same land, and that land as either judges it."""

    runs: tuple[Run, Run]
    same: Mapping[str, str]  # the old run's site for that of the new

    def lands(self, site: str, side: Side, at: int) -> tuple[Land, Land]:
        """Return the land of a site of run ``at``, as the old and as the new run judge it."""
        there = {old: new for new, old in self.same.items()} if at == 0 else self.same
        own, run, other = site_land(self.runs[at], site), self.runs[at], self.runs[1 - at]
        if site in there:
            land = site_land(other, there[site])
        else:
            land = other_land(other, side, list(run.measures.index[cells_of(run, site)]))
        return (own, land) if at == 0 else (land, own)


def _members(run: Run) -> dict[str, set[str]]:
    """Return the ids of each site's cells."""
    ids = run.measures.index.to_numpy()
    cells = zip(run.decision.sites.index, run.decision.cells, strict=True)
    return {str(site): set(ids[here]) for site, here in cells}


def same_sites(old: Run, new: Run) -> dict[str, str]:
    """Return the old run's site for each site of the new that is the same land, one to one.

    Raises
    ------
    StudyError
        The runs have not a single candidate in common.
    """
    if not old.measures.index.isin(new.measures.index).any():
        raise StudyError(
            f"compare: {old.folder} and {new.folder} share no candidate; compare runs of the same "
            "area and grid"
        )
    before, after = _members(old), _members(new)
    claims = []
    for site, cells in after.items():
        for other, km in _near(old, new, site):
            shared = len(cells & before[other]) / min(len(cells), len(before[other]))
            claims.append((-shared, km, other, site))
    same: dict[str, str] = {}
    for _, _, other, site in sorted(claims):
        if site not in same and other not in same.values():
            same[site] = other
    return same


def _near(old: Run, new: Run, site: str) -> list[tuple[str, float]]:
    """Return the old run's sites that may be the same land, with the km between the centres.

    Sites on a grid are regrown under new weights and shift a little; polygons stay what they are.
    """
    row: Any = new.decision.sites.loc[site]
    own = old.decision.sites[old.decision.sites["side"] == row["side"]]
    if "geometry" in new.measures:
        return [(site, 0.0)] if site in own.index else []
    lon, lat = (np.full(len(own), row[name]) for name in ("lon", "lat"))
    km = np.asarray(GEOD.inv(lon, lat, own["lon"].to_numpy(), own["lat"].to_numpy())[2]) / 1000
    least = max(old.study.sites.apart_km, _LEAST_KM)
    return [(str(own.index[place]), float(km[place])) for place in np.flatnonzero(km < least)]
