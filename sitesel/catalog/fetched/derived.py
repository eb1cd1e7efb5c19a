"""Layers made of others: several as one, one in figures by group, or one scaled to totals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from sitesel.catalog.definition import Stored
from sitesel.catalog.sources.request import Answer
from sitesel.catalog.sources.specs import Apportion, Summary, Together
from sitesel.crs import WORKING_CRS
from sitesel.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sitesel.catalog.definition import Layer
    from sitesel.catalog.layers import Catalog

Derived = Together | Summary | Apportion


def parts_of(layer: Layer) -> list[str]:
    """Return the layers that one is made of: none, for one that is fetched from a publisher."""
    source = layer.fetch
    if not isinstance(source, Derived):
        return []
    if isinstance(source, Apportion):
        return [source.of, source.totals]
    return [source.of] if isinstance(source, Summary) else source.of


def version(layer: Layer, catalog: Catalog) -> str:
    """Say of which state of which layers one is made, or would be now."""
    states = []
    for name in parts_of(layer):
        if catalog.has(name):
            had = catalog[name].fetched
            states.append(f"{name} {had.at if had else catalog[name].vintage}")
    return "; ".join(states)


def derive(layer: Layer, catalog: Catalog) -> tuple[Answer, dict[str, Any]]:
    """Make a layer of what is there of the layers it names.

    Returns the features with the parts' columns, and what the definition takes over from the
    parts: their coverage, their country if they share one, and the last day that they know of.
    """
    there = [catalog[name] for name in parts_of(layer) if catalog.has(name)]
    lacking = " ".join(name for name in parts_of(layer) if not catalog.has(name))
    if not there:
        raise FetchError(
            f"layer '{layer.id}' is made of {lacking}, of which none is there; "
            f"fetch one: sitesel layers fetch {lacking}"
        )
    if lacking and isinstance(layer.fetch, Apportion):
        raise FetchError(
            f"layer '{layer.id}' needs {lacking}, which is not there: "
            f"sitesel layers fetch {lacking}"
        )
    frame = _MAKERS[type(layer.fetch)](layer, catalog, [part.id for part in there])
    boxes = [box for part in there for box in part.coverage]
    countries = {part.country for part in there}
    taken: dict[str, Any] = {
        "coverage": list(dict.fromkeys(boxes)) if all(part.coverage for part in there) else [],
        "country": countries.pop() if len(countries) == 1 else None,
    }
    if isinstance(layer.fetch, Derived) and layer.fetch.latest:
        days = frame[layer.fetch.latest].dropna()
        taken |= {"vintage": str(days.max())} if len(days) else {}
    return Answer(frame=frame, version=version(layer, catalog)), taken


def _together(_: Layer, catalog: Catalog, parts: list[str]) -> gpd.GeoDataFrame:
    """Return the features of all parts; ``layer`` says of which each is."""
    frames = [catalog.load(name).assign(layer=name) for name in parts]
    frames = [frame[frame.geometry.notna()] for frame in frames]
    together = pd.concat([frame.astype({"geometry": object}) for frame in frames])
    return gpd.GeoDataFrame(together, geometry="geometry", crs=WORKING_CRS)


def _summary(layer: Layer, catalog: Catalog, _: list[str]) -> pd.DataFrame:
    """Return a row for each group, with its figures."""
    source = layer.fetch
    assert isinstance(source, Summary)
    frame: Any = catalog.load(source.of)
    needed = [*source.by, *(each.of for each in source.figures.values())]
    _must_have(layer, source.of, frame, [*needed, *([source.order] if source.order else [])])
    if source.order:
        frame = frame.sort_values(source.order, kind="stable")
    if source.newest:
        steps = sorted(frame[source.order].dropna().unique())
        frame = frame[frame[source.order].isin(steps[-source.newest :])]
    groups = frame.groupby(source.by, dropna=False, sort=True)
    figures = {
        name: groups[each.of].agg(_TAKEN[each.take]) for name, each in source.figures.items()
    }
    table: pd.DataFrame = pd.DataFrame(figures).reset_index()
    if isinstance(layer.geometry, Stored):
        places = gpd.GeoSeries(list(groups["geometry"].first()), crs=WORKING_CRS)
        table = gpd.GeoDataFrame(table, geometry=places)
    return table


def _apportion(layer: Layer, catalog: Catalog, _: list[str]) -> pd.DataFrame:
    """Return all rows, those of a group with a total scaled to it; ``factor`` says by how much.

    A group without a total, or of which no figure is known, keeps its figures; its factor is
    empty.
    """
    source = layer.fetch
    assert isinstance(source, Apportion)
    frame: Any = catalog.load(source.of)
    totals: Any = catalog.load(source.totals)
    _must_have(layer, source.of, frame, [source.by, *source.figures])
    _must_have(layer, source.totals, totals, [source.key, source.total, *source.carry])
    one = {name: joined[0] for joined in source.joined for name in joined}
    groups = frame[source.by].replace(one)
    totals = totals.groupby(totals[source.key].replace(one))
    stated = totals[source.total].sum(min_count=1)
    known = frame.groupby(groups)[source.figures[0]].sum(min_count=1)
    factors = (stated / known.where(known > 0)).reindex(known.index)
    factor = groups.map(factors)
    scaled = {name: (frame[name] * factor.fillna(1)).round() for name in source.figures}
    carried = {name: groups.map(totals[name].max()).where(factor.notna()) for name in source.carry}
    table: pd.DataFrame = frame.assign(**scaled, **carried, factor=factor.astype(float))
    return table


def _must_have(layer: Layer, part: str, frame: pd.DataFrame, names: Iterable[str]) -> None:
    for name in names:
        if name not in frame:
            raise FetchError(f"layer '{layer.id}': layer '{part}' has no column '{name}'")


def _text_safe(name: str) -> Callable[[pd.Series[Any]], Any]:
    def take(values: pd.Series[Any]) -> Any:
        known = values.dropna()
        return getattr(known, name)() if len(known) else None

    return take


_TAKEN: dict[str, Callable[[Any], Any]] = {
    "count": lambda values: int(values.notna().sum()),
    "sum": lambda values: values.sum(min_count=1),
    "mean": lambda values: values.mean(),
    "median": lambda values: values.median(),
    "p95": lambda values: values.quantile(0.95),
    "min": _text_safe("min"),
    "max": _text_safe("max"),
    "first": lambda values: values.iloc[0],
    "last": lambda values: values.iloc[-1],
}
_MAKERS: dict[type, Callable[[Layer, Catalog, list[str]], pd.DataFrame]] = {
    Together: _together,
    Summary: _summary,
    Apportion: _apportion,
}
