"""From a measure as a study writes it to its values: which function, which layer, what is known."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sitesel.cost import UnitCosts
from sitesel.crs import lonlat
from sitesel.errors import StudyError
from sitesel.measure import capacity, network, overlap, proximity
from sitesel.measure.features import check_words, counted, matching, points
from sitesel.measure.nearest import nearest
from sitesel.measure.specs import (
    Distance,
    Near,
    Setback,
    Tier,
    Truckload,
    Zonal,
    by_road,
    layer_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date

    import geopandas as gpd
    from numpy.typing import NDArray

    from sitesel.catalog.layers import Catalog
    from sitesel.catalog.rasters import RasterLayer
    from sitesel.catalog.roads import RoadGraph
    from sitesel.measure.specs import Inside, Measure


@dataclass(frozen=True)
class World:
    """What candidates are measured against: the layers as they stand on a day, and the roads."""

    catalog: Catalog
    as_of: date

    def is_raster(self, layer: str) -> bool:
        """Say whether a layer is a raster."""
        return self.catalog[layer].geometry.kind == "raster"

    def features(self, layer: str) -> gpd.GeoDataFrame:
        """Return a layer's features with ``in_force`` on the day."""
        if self.is_raster(layer):
            raise StudyError(
                f"measure of layer '{layer}': it is a raster; use kind: zonal or kind: setback"
            )
        return self.catalog.load(layer, self.as_of)

    def raster(self, layer: str) -> RasterLayer:
        """Return a layer's raster."""
        if not self.is_raster(layer):
            raise StudyError(
                f"measure of layer '{layer}': 'zonal' needs a raster; of features use kind: share, "
                "kind: lookup or kind: setback"
            )
        return self.catalog.raster(layer)

    @cached_property
    def network(self) -> RoadGraph:
        """The roads of both sides, joined at the ports that take trucks on the day."""
        from sitesel.catalog.roads import RoadGraph, Speeds, south_of  # noqa: PLC0415 (when asked)

        speeds = Speeds.read(self.catalog["roads"].path.with_name("speeds.csv"))
        mexico = south_of(self.catalog.load("border_line").union_all())
        ports = counted(self.features("ports_of_entry"), {"commercial": True})
        return RoadGraph.build(self.catalog.load("roads"), ports, mexico, speeds)

    @cached_property
    def costs(self) -> UnitCosts:
        """The unit costs of trucks and tolls."""
        return UnitCosts.read(self.catalog.load("unit_costs"))

    def minutes_to_ports(self, candidates: gpd.GeoDataFrame) -> pd.DataFrame:
        """Return minutes from each candidate to every open port, a column for each ``port_id``."""
        return network.minutes_to_ports(candidates, self.network)


def run(spec: Measure, candidates: gpd.GeoDataFrame, world: World) -> pd.Series[Any]:
    """Measure all candidates.

    Returns
    -------
    Series on the candidates' index: float64 with NaN, or classes (object) with None, where the
    value is not known. Outside a layer's coverage, or its one country, nothing is known.

    Raises
    ------
    StudyError
        If the measure does not fit its layer.
    UnknownNameError
        If the catalogue has no such layer.
    """
    if isinstance(spec, Tier):
        return overlap.first_tier(
            {name: _verdict(tier, candidates, world) for name, tier in spec.tiers.items()}
        )
    if isinstance(spec, Distance) and isinstance(spec.of, list):
        return _nearest_of(spec, spec.of, candidates, world)
    if isinstance(spec, Zonal):
        return _zonal(spec, candidates, world)
    if isinstance(spec, Setback):
        return _setbacks([spec], candidates, world)[0]
    options = spec.model_dump(exclude={"kind", "of", "to"}, exclude_none=True)
    if by_road(spec):
        options["roads"] = world.network
    if isinstance(spec, Truckload):
        options["costs"] = world.costs
    function = (_BY_ROAD if by_road(spec) else _STRAIGHT)[spec.kind]
    return _measured(function, candidates, layer_of(spec), world, options)


def run_all(
    specs: Mapping[str, Measure], candidates: gpd.GeoDataFrame, world: World
) -> pd.DataFrame:
    """Measure all candidates by several measures, each a column.

    Setbacks of one layer that differ in metres only are worked out together.
    """
    columns: dict[str, pd.Series[Any]] = {}
    for name, spec in specs.items():
        if isinstance(spec, Setback) and name not in columns:
            alike = {
                other: each
                for other, each in specs.items()
                if isinstance(each, Setback) and each.model_copy(update={"m": spec.m}) == spec
            }
            found = _setbacks(list(alike.values()), candidates, world)
            columns |= dict(zip(alike, found, strict=True))
        elif name not in columns:
            columns[name] = run(spec, candidates, world)
    return pd.DataFrame({name: columns[name] for name in specs}, candidates.index)


def _verdict(tier: Near | Inside, candidates: gpd.GeoDataFrame, world: World) -> pd.Series[float]:
    options: dict[str, Any] = {"where": tier.model_dump()["where"]}
    function: Callable[..., pd.Series[Any]] = overlap.inside
    if isinstance(tier, Near):
        options["max_km"], function = tier.max, proximity.near
    else:
        options["same_side"] = tier.same_side
    return _measured(function, candidates, tier.of, world, options)


def _measured(
    function: Callable[..., pd.Series[Any]],
    candidates: gpd.GeoDataFrame,
    layer: str,
    world: World,
    options: Mapping[str, Any],
) -> pd.Series[Any]:
    """Call one function on one layer, and forget what lies outside its coverage or country."""
    features = world.features(layer)
    with _named(layer):
        for conditions in ("where", "share_where"):
            check_words(features, options.get(conditions, {}))
        values = function(candidates, features, **options)
    return _known(values, candidates, layer, world)


def _nearest_of(
    spec: Distance, layers: list[str], candidates: gpd.GeoDataFrame, world: World
) -> pd.Series[float]:
    """Measure the distance to the nearest of several layers.

    What a layer does not know of might be nearer: then nothing is known. Where only features of the
    candidate's side count, layers of the other side alone are not asked.
    """
    each: list[pd.Series[float]] = []
    for layer in layers:
        km = run(spec.model_copy(update={"of": layer}), candidates, world)
        if spec.same_side:
            there = candidates["side"].isin(world.features(layer)["side"].unique())
            km = km.where(there, np.inf)
        each.append(km)
    return pd.concat(each, axis=1).min(axis=1, skipna=False).replace(np.inf, np.nan)


def _zonal(spec: Zonal, candidates: gpd.GeoDataFrame, world: World) -> pd.Series[Any]:
    from sitesel.measure.zonal import zonal  # noqa: PLC0415 (rasterio only when needed)

    raster = world.raster(spec.of)
    with _named(spec.of):
        values = zonal(candidates, raster, **spec.model_dump(exclude={"kind", "of"}))
    return _known(values, candidates, spec.of, world)


def _setbacks(
    specs: Sequence[Setback], candidates: gpd.GeoDataFrame, world: World
) -> list[pd.Series[float]]:
    """Measure setbacks that differ in metres only."""
    from sitesel.measure.setback import setback  # noqa: PLC0415 (rasterio only when needed)

    spec, is_raster = specs[0], world.is_raster(specs[0].of)
    layer: Any = world.raster(spec.of) if is_raster else world.features(spec.of)
    options = spec.model_dump(exclude={"kind", "of", "m"}) | {"m": [each.m for each in specs]}
    with _named(spec.of):
        if not is_raster:
            check_words(layer, options["where"])
        shares = setback(candidates, layer, **options)
    return [_known(shares[each.m], candidates, spec.of, world) for each in specs]


@contextmanager
def _named(layer: str) -> Iterator[None]:
    """Let a mistake in a measure name the layer."""
    try:
        yield
    except StudyError as error:
        raise StudyError(f"measure of layer '{layer}': {error}") from None


def _known(
    values: pd.Series[Any], candidates: gpd.GeoDataFrame, layer: str, world: World
) -> pd.Series[Any]:
    """Forget values outside a layer's coverage or country."""
    about = world.catalog[layer]
    known = np.ones(len(candidates), bool)
    if about.coverage:
        known = _in_boxes(candidates, about.coverage)
    if about.country:
        known &= (candidates["side"] == about.country).to_numpy()
    return values.where(known, None if values.dtype == object else np.nan)


def _in_boxes(
    candidates: gpd.GeoDataFrame, boxes: list[tuple[float, float, float, float]]
) -> NDArray[np.bool_]:
    lon, lat = lonlat(*points(candidates).T)
    known = np.zeros(len(candidates), bool)
    for west, south, east, north in boxes:
        known |= (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return known


def _road_share(
    candidates: gpd.GeoDataFrame,
    features: gpd.GeoDataFrame,
    *,
    share_where: Mapping[str, Any],
    none: float = np.nan,
    **options: Any,
) -> pd.Series[float]:
    """Return the chosen features' share of what is in reach by road; ``none`` if nothing is."""
    chosen = features[matching(features, share_where)]
    part, whole = (
        network.capacity_within(candidates, each, **options) for each in (chosen, features)
    )
    return capacity.share(part, whole, none=none)


_STRAIGHT: dict[str, Callable[..., pd.Series[Any]]] = {
    "distance": proximity.distance,
    "count_within": proximity.count_within,
    "capacity_within": capacity.capacity_within,
    "capacity_share": capacity.capacity_share,
    "share": overlap.share,
    "inside": overlap.inside,
    "lookup": overlap.lookup,
    "nearest": nearest,
}
_BY_ROAD: dict[str, Callable[..., pd.Series[Any]]] = {
    "drive_time": network.drive_time,
    "truckload": network.truckload,
    "count_within": network.count_within,
    "capacity_within": network.capacity_within,
    "capacity_share": _road_share,
    "reach": network.reach,
}
