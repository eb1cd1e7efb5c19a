"""What turns kilometres into minutes: one table of speeds beside each road graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from sitesel.errors import LayerError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_ACCESS = ("access_kmh", "detour", "reach_km", "direct_km", "link_kmh", "link_reach_km")
_BY_JUNCTIONS = ("open_kmh", "city_kmh", "city_junctions", "truck")
_BY_CLASS = ("limit_share", "truck_limit_kmh", "step_km", "tie_km", "island_km", "gate_km")
_FREE, _TRUCK = "kmh_", "truck_"  # with the name of a class of road behind it


class Stretch(NamedTuple):
    """What is known of pieces of road: class, side, and limits in km/h (NaN where not tagged)."""

    kind: NDArray[np.object_]
    side: NDArray[np.str_]
    limit: Floats
    truck_limit: Floats


@dataclass(frozen=True)
class Speeds:
    """What turns kilometres into minutes, for each side: the rows of one CSV file.

    Roads without a class: ``open_kmh`` holds where there is no junction near; it falls in a
    straight line to ``city_kmh`` where ``city_junctions`` or more lie within 3 km. Both are car
    speeds; times ``truck`` they are a lorry's.

    Roads with a class: a car drives ``limit_share`` of the limit where one is tagged, else
    ``kmh_CLASS``. Times ``truck_CLASS``, and never above ``truck_limit_kmh``, it is a lorry's.
    """

    table: Mapping[str, tuple[float, float]]
    vehicle: str = "truck"
    file: str = "speeds.csv"

    @classmethod
    def read(cls, path: Path, *, vehicle: str = "truck") -> Speeds:
        """Read ``name, us, mx`` from a CSV file; a missing row is a `LayerError`."""
        try:
            rows = pd.read_csv(path)
            pairs = rows[["us", "mx"]].to_numpy(float).tolist()
        except (OSError, ValueError, KeyError) as error:
            raise LayerError(
                f"{path}: cannot be read as speeds: {error}; it is a CSV with name, us and mx, "
                "and lies beside the roads"
            ) from None
        table = {str(name): (us, mx) for name, (us, mx) in zip(rows["name"], pairs, strict=True)}
        classes = any(name.startswith(_FREE) for name in table)
        for name in (*(_BY_CLASS if classes else _BY_JUNCTIONS), *_ACCESS, "delay_min"):
            if name not in table:
                raise LayerError(f"{path}: name: no row '{name}'; put it in with its us and mx")
        return cls(table, vehicle, str(path))

    def get(self, name: str, side: NDArray[np.str_]) -> Floats:
        """Return a parameter for each side given."""
        us, mx = self.table[name]
        return np.asarray(np.where(side == "MX", mx, us), np.float64)

    def one(self, name: str, side: str, otherwise: float = np.nan) -> float:
        """Return a parameter for one side."""
        return self.table.get(name, (otherwise, otherwise))[side == "MX"]

    def kmh(self, junctions: Floats, side: NDArray[np.str_]) -> Floats:
        """Return the vehicle's speed where so many junctions lie within 3 km."""
        dense = np.minimum(junctions / self.get("city_junctions", side), 1.0)
        free, city = self.get("open_kmh", side), self.get("city_kmh", side)
        factor = self.get("truck", side) if self.vehicle == "truck" else 1.0
        return np.asarray((free - (free - city) * dense) * factor)

    def kmh_by_class(self, roads: Stretch) -> Floats:
        """Return the vehicle's speed on roads with a class; a class without rows is an error.

        Examples
        --------
        >>> rows = {"kmh_primary": (65, 65), "truck_primary": (0.9, 0.9)}
        >>> speeds = Speeds(rows | {"limit_share": (0.9, 0.9), "truck_limit_kmh": (105, 80)})
        >>> known = Stretch(np.array(["primary"] * 3, object), np.array(["US", "US", "MX"]),
        ...                 np.array([np.nan, 100, 110]), np.full(3, np.nan))
        >>> speeds.kmh_by_class(known).tolist()
        [58.5, 81.0, 80.0]
        """
        free = self._by_class(_FREE, roads)
        tagged = roads.limit * self.get("limit_share", roads.side)
        car = np.where(np.isnan(roads.limit), free, tagged)
        if self.vehicle != "truck":
            return np.asarray(car, np.float64)
        most = np.fmin(roads.truck_limit, self.get("truck_limit_kmh", roads.side))
        return np.asarray(np.minimum(car * self._by_class(_TRUCK, roads), most))

    def _by_class(self, prefix: str, roads: Stretch) -> Floats:
        kinds, number = np.unique(roads.kind.astype(str), return_inverse=True)
        for kind in kinds:
            if prefix + kind not in self.table:
                raise LayerError(
                    f"{self.file}: name: no row '{prefix}{kind}', yet the roads have that class; "
                    "put it in with its us and mx"
                )
        pairs = np.array([self.table[prefix + kind] for kind in kinds], np.float64).reshape(-1, 2)
        return np.asarray(pairs[number, (roads.side == "MX").astype(int)])

    def access_minutes(self, metres: Floats, side: NDArray[np.str_]) -> Floats:
        """Return the minutes off the network: straight metres, a detour, a slow speed."""
        pace = 0.06 * self.get("detour", side) / self.get("access_kmh", side)
        return np.asarray(metres * pace)
