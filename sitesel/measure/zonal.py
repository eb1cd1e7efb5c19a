"""What a raster holds under each candidate: means, shares, classes; the unknown stays unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from sitesel.errors import StudyError, did_you_mean
from sitesel.measure.coverage import ROUNDING, Grid, carried, extract
from sitesel.measure.features import EVERY, matching

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from sitesel.catalog.rasters import RasterLayer

    Floats = NDArray[np.float64]

_OF_NUMBERS = ("mean", "stdev", "min", "max", "sum")
_BY_COUNT = ("sum", "min", "max", "variety")  # which do not weigh cells by their area
_BY_AREA = "(coverage_weight=area_spherical_m2)"


def zonal(
    candidates: gpd.GeoDataFrame,
    raster: RasterLayer,
    *,
    stat: str,
    where: Mapping[str, Any] = EVERY,
    known: float = 0.5,
) -> pd.Series[Any]:
    """Return a statistic of the raster's cells under each candidate, weighted by covered area.

    Candidates are carried to the raster's CRS. Cells of which nothing is known do not count, and
    neither does land beyond the raster: where the known share of a candidate's area is below
    ``known``, the result is NaN.

    Parameters
    ----------
    stat
        mean, stdev, min, max; sum, scaled from the known part to the whole candidate;
        majority; variety, the number of different values; or share: of the known area, the part
        whose cells match ``where``.
    where
        The raster's field with a value, a list of values (numbers, or words of its classes) or a
        range; for ``share``.
    known
        The least share of a candidate's area that must be known.

    Returns
    -------
    Series of float64 with NaN; the majority of classes comes in words (object, None).

    Raises
    ------
    StudyError
        The statistic is one of numbers and the raster holds classes, or ``where`` names another
        field or a word that is no class.
    """
    if raster.classes and stat in _OF_NUMBERS:
        raise StudyError(f"'{raster.field}' holds classes; use stat: share or stat: majority")
    match = matcher(raster, where) if stat == "share" else None
    operation = "mean" if stat == "share" else stat
    if not (raster.crs.is_projected or stat in _BY_COUNT):
        operation += _BY_AREA
    shapes = carried(candidates.geometry.to_numpy(), raster)
    with raster.open() as source:
        found = extract([Grid.file(raster, source, match)], shapes, [operation, "count"])
    values, count = found.to_numpy(np.float64).T.copy()
    area = np.where(shapely.is_empty(shapes), np.nan, shapely.area(shapes))
    part = np.minimum(count * np.prod(raster.size) / area, 1.0)
    values[~((part > 0) & (part >= known - ROUNDING))] = np.nan
    if stat == "sum":
        values[part > 0] /= part[part > 0]
    if stat == "majority" and raster.classes:
        return pd.Series(_words(values, raster.classes), candidates.index, dtype=object)
    return pd.Series(values, candidates.index)


def matcher(raster: RasterLayer, where: Mapping[str, Any]) -> Callable[[Floats], Floats]:
    """Return a function that says of each number 1 if it matches, 0 if not, NaN if unknown."""
    for name in where:
        if name != raster.field:
            hint = did_you_mean(name, [raster.field])
            raise StudyError(f"where: the raster has no field '{name}'; {hint}")
    if not where:
        raise StudyError(f"say which cells count: where: {{{raster.field}: …}}")
    wanted = where[raster.field]
    wanted = wanted if isinstance(wanted, list) else [wanted]
    numbers = [number for option in wanted for number in _numbers(raster, option)]

    def match(values: Floats) -> Floats:
        cells = pd.DataFrame({raster.field: values.ravel()})
        hit = matching(cells, {raster.field: numbers}).astype(np.float64).reshape(values.shape)
        hit[np.isnan(values)] = np.nan
        return hit

    return match


def _numbers(raster: RasterLayer, option: Any) -> list[Any]:
    """Return what numbers a word of ``where`` stands for; a number or a range is itself."""
    if not isinstance(option, str):
        return [option]
    words = raster.classes or {}
    numbers = [number for number, word in words.items() if word == option]
    if not numbers:
        hint = did_you_mean(option, words.values()) if words else "write numbers or a range"
        raise StudyError(f"where: {raster.field} has no class '{option}'; {hint}")
    return numbers


def _words(values: Floats, classes: Mapping[int, str]) -> NDArray[np.object_]:
    """Return the words of class numbers, None where NaN; a number without a word as it is."""
    words = np.full(len(values), None, object)
    for number in np.unique(values[~np.isnan(values)]):
        words[values == number] = classes.get(int(number), f"{number:g}")
    return words
