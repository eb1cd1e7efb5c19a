"""One truck trip, by place names or coordinates: minutes and km by leg, the port and its delay."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from sitesel.catalog.roads import Points, south_of
from sitesel.catalog.routes import fastest
from sitesel.crs import xy
from sitesel.errors import StudyError, UnknownNameError, did_you_mean
from sitesel.measure.measures import World

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from sitesel.catalog.layers import Catalog
    from sitesel.catalog.routes import Route

_PAIR = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*")
EMBEDDED = "the embedded roads"
TRIED, MEDIAN_ERROR = 26, 6.5  # published trips, %: what a test finds of the embedded roads
NOTE = (
    "Free-flowing truck speeds of {roads}; how far to trust them: over "
    f"{TRIED} published trips the median error of the embedded roads is {MEDIAN_ERROR} %"
)


@dataclass(frozen=True)
class Stop:
    """An end of a trip: what to call it, and where it is in degrees."""

    name: str
    lon: float
    lat: float


@dataclass(frozen=True)
class Trip:
    """A drive between two stops, with the names of the ports it crosses."""

    start: str
    end: str
    route: Route
    ports: tuple[str, ...]
    assumed: tuple[bool, ...]
    note: str = NOTE.format(roads=EMBEDDED)

    @property
    def minutes(self) -> float:
        """All minutes, delays included."""
        return self.route.minutes

    @property
    def km(self) -> float:
        """All kilometres by road."""
        return self.route.km

    def as_dict(self) -> dict[str, Any]:
        """Return the trip as plain data: drives and crossings in order."""
        legs: list[dict[str, Any]] = []
        for number, leg in enumerate(self.route.legs):
            name = f"drive in {'Mexico' if leg.side == 'MX' else 'the US'}"
            legs.append({"name": name, "km": round(leg.km, 3), "minutes": round(leg.minutes, 3)})
            if number < len(self.ports):
                basis = "assumed delay" if self.assumed[number] else "delay"
                legs.append(
                    {
                        "name": f"{self.ports[number]} ({basis})",
                        "km": None,
                        "minutes": round(self.route.delays[number], 3),
                        "port_id": self.route.ports[number],
                        "assumed": self.assumed[number],
                    }
                )
        return {
            "from": self.start,
            "to": self.end,
            "km": round(self.km, 3),
            "minutes": round(self.minutes, 3),
            "legs": legs,
            "note": self.note,
        }


def find_route(catalog: Catalog, start: str, end: str, as_of: date) -> Trip:
    """Find the fastest truck trip between two places.

    Parameters
    ----------
    catalog
        Where places, ports and roads come from.
    start, end
        A place name, with ``, STATE`` behind it where several share it, or ``lon,lat`` in degrees.
    as_of
        The day that decides which ports take trucks.

    Raises
    ------
    UnknownNameError
        No place of that name is known.
    StudyError
        There is no way between the two by the roads of the catalogue.
    """
    world = World(catalog, as_of)
    ends = [_stop(catalog, text) for text in (start, end)]
    roads = world.network
    points = [_point(catalog, stop) for stop in ends]
    route = fastest(roads, *points)
    if route is None:
        raise StudyError(
            f"no way from {ends[0].name} to {ends[1].name} by {_roads(catalog)}; choose points "
            "nearer to a highway, or a date on which a port between them takes trucks"
        )
    ports = roads.ports.set_index("port_id").loc[route.ports]
    return Trip(
        ends[0].name,
        ends[1].name,
        route,
        tuple(ports["name"].astype(str)),
        tuple(bool(value) for value in ports["assumed"]),
        NOTE.format(roads=_roads(catalog)),
    )


def _roads(catalog: Catalog) -> str:
    """Say which roads were driven on: the embedded ones, or those that replace them."""
    layer = catalog["roads"]
    return EMBEDDED if layer.id == "roads" else f"the layer '{layer.id}'"


def _point(catalog: Catalog, stop: Stop) -> Points:
    """Return a stop as the road graph takes it, on its side of the border line."""
    x, y = xy([stop.lon], [stop.lat])
    mexico = south_of(catalog.load("border_line").union_all())
    side = np.where(shapely.intersects_xy(mexico, x, y), "MX", "US")
    return Points.at(x, y, side)


def _stop(catalog: Catalog, text: str) -> Stop:
    match = _PAIR.fullmatch(text)
    if match:
        lon, lat = float(match[1]), float(match[2])
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):  # noqa: PLR2004
            raise StudyError(f"'{text}' is no lon,lat in degrees, like -106.49,31.76")
        return Stop(f"{lon:g}, {lat:g}", lon, lat)
    return _place(catalog.load("places"), text)


def _place(places: pd.DataFrame, text: str) -> Stop:
    """Return the largest place of that name; ``Laredo, MX`` or ``Laredo, TX`` narrows it."""
    name, _, region = (part.strip() for part in text.partition(","))
    hits = places[places["name"].map(_plain) == _plain(name)]
    if region and len(hits):
        wanted = _plain(region)
        named = hits[["side", "admin1"]].astype(str).map(_plain)
        hits = hits[(named == wanted).any(axis=1)]
    if hits.empty:
        here = places.loc[places["name"].map(_plain) == _plain(name), ["admin1"]]
        if len(here):
            known = ", ".join(sorted({f"{name}, {state}" for state in here["admin1"]}))
            raise UnknownNameError(f"no place '{text}' in the layer 'places'; known: {known}")
        near = did_you_mean(_plain(name), {_plain(each): each for each in places["name"]})
        hint = near if near.startswith("did") else "write it as lon,lat in degrees"
        raise UnknownNameError(f"no place '{text}' in the layer 'places'; {hint}")
    best = hits.iloc[int(np.argmax(hits["population"].to_numpy()))]
    return Stop(f"{best['name']} ({best['side']})", float(best["lon"]), float(best["lat"]))


def _plain(text: str) -> str:
    """Write a name without accents or capitals, so that Juarez finds Juárez.

    >>> _plain("Ciudad Juárez")
    'ciudad juarez'
    """
    split = unicodedata.normalize("NFKD", str(text))
    return "".join(sign for sign in split if not unicodedata.combining(sign)).casefold()
