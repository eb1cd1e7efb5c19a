"""From a measure as a study writes it to its values: which function, which layer, what is known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sitesel.crs import lonlat
from sitesel.errors import StudyError
from sitesel.measure import capacity, network, overlap, proximity
from sitesel.measure.features import check_words, counted, matching, points
from sitesel.measure.specs import Distance, Near, Tier, by_road, layer_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    import geopandas as gpd
    from numpy.typing import NDArray

    from sitesel.catalog.layers import Catalog
    from sitesel.catalog.roads import RoadGraph
    from sitesel.measure.specs import Inside, Measure

_UNITS = {
    "distance": "km",
    "drive_time": "min",
    "count_within": "count",
    "share": "share",
    "capacity_share": "share",
}


@dataclass(frozen=True)
class World:
    """What candidates are measured against: the layers as they stand on a day, and the roads."""

    catalog: Catalog
    as_of: date

    def features(self, layer: str) -> gpd.GeoDataFrame:
        """Return a layer's features with ``in_force`` on the day."""
        return self.catalog.load(layer, self.as_of)

    @cached_property
    def network(self) -> RoadGraph:
        """The roads of both sides, joined at the ports that take trucks on the day."""
        from sitesel.catalog.roads import RoadGraph, Speeds, south_of  # noqa: PLC0415 (when asked)

        speeds = Speeds.read(self.catalog["roads"].path.with_name("speeds.csv"))
        mexico = south_of(self.catalog.load("border_line").union_all())
        ports = counted(self.features("ports_of_entry"), {"commercial": True})
        return RoadGraph.build(self.catalog.load("roads"), ports, mexico, speeds)

    def minutes_to_ports(self, candidates: gpd.GeoDataFrame) -> pd.DataFrame:
        """Return minutes from each candidate to every open port, a column for each ``port_id``."""
        return network.minutes_to_ports(candidates, self.network)


def run(spec: Measure, candidates: gpd.GeoDataFrame, world: World) -> pd.Series[Any]:
    """Measure all candidates.

    Returns
    -------
    Series on the candidates' index: float64 with NaN, or classes (object) with None, where the
    value is not known. Outside a layer's coverage nothing is known.

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
        each = [run(spec.model_copy(update={"of": layer}), candidates, world) for layer in spec.of]
        return pd.concat(each, axis=1).min(axis=1, skipna=False)  # the unknown might be nearer
    options = spec.model_dump(exclude={"kind", "of", "to"}, exclude_none=True)
    if by_road(spec):
        options["roads"] = world.network
    function = (_BY_ROAD if by_road(spec) else _STRAIGHT)[spec.kind]
    return _measured(function, candidates, layer_of(spec), world, options)


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
    """Call one function on one layer, and forget what lies outside the layer's coverage."""
    features = world.features(layer)
    try:
        for conditions in ("where", "share_where"):
            check_words(features, options.get(conditions, {}))
        values = function(candidates, features, **options)
    except StudyError as error:
        raise StudyError(f"measure of layer '{layer}': {error}") from None
    boxes = world.catalog[layer].coverage
    if not boxes:
        return values
    known = _in_boxes(candidates, boxes)
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
    **options: Any,
) -> pd.Series[float]:
    """Return the chosen features' share of what is in reach by road."""
    chosen = features[matching(features, share_where)]
    part, whole = (
        network.capacity_within(candidates, each, **options) for each in (chosen, features)
    )
    return capacity.share(part, whole)


def unit_of(spec: Measure, catalog: Catalog) -> str:
    """Return the unit of a measure's values; classes and yes-or-no have none.

    Examples
    --------
    >>> from sitesel.measure.specs import DriveTime
    >>> unit_of(DriveTime(kind="drive_time", to="seaports"), catalog=None)
    'min'
    """
    field = None if spec.kind in _UNITS else getattr(spec, "field", None)
    if field is None:
        return _UNITS.get(spec.kind, "")
    info = catalog[layer_of(spec)].fields.get(field)
    return (info.unit if info else None) or ""


_STRAIGHT: dict[str, Callable[..., pd.Series[Any]]] = {
    "distance": proximity.distance,
    "count_within": proximity.count_within,
    "capacity_within": capacity.capacity_within,
    "capacity_share": capacity.capacity_share,
    "share": overlap.share,
    "inside": overlap.inside,
    "lookup": overlap.lookup,
}
_BY_ROAD: dict[str, Callable[..., pd.Series[Any]]] = {
    "drive_time": network.drive_time,
    "count_within": network.count_within,
    "capacity_within": network.capacity_within,
    "capacity_share": _road_share,
    "reach": network.reach,
}
