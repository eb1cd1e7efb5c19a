"""Names by which a reader finds rows and places, without accents or capitals."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely

from sitesel.crs import LONLAT
from sitesel.show.payload import plain

if TYPE_CHECKING:
    import geopandas as gpd

    from sitesel.catalog.layers import Catalog

_TOWNS = "places"
_STATES = ("us_states", "mx_states")
_PORT = 1e6  # people that a port of entry stands for
_APART = 0.3  # degrees between two places of one name


def folded(text: str) -> str:
    """Return a text without accents or capitals; the page folds what a reader types alike.

    Examples
    --------
    >>> folded("San Jerónimo, ÑU")
    'san jeronimo, nu'
    """
    letters = unicodedata.normalize("NFD", text)
    return "".join(one for one in letters if not unicodedata.category(one).startswith("M")).lower()


def searched(columns: dict[str, Any], *names: str) -> list[str]:
    """Return for each row what some of its columns say, folded.

    Examples
    --------
    >>> searched({"name": ["Ávila", None], "place": ["Sur", "Norte"]}, "name", "place", "state")
    ['avila sur', 'norte']
    """
    rows = zip(*(plain(list(columns[name])) for name in names if name in columns), strict=True)
    return [folded(" ".join(str(said) for said in row if said)) for row in rows]


def gazetteer(ports: gpd.GeoDataFrame, drawn: list[dict[str, Any]], catalog: Catalog) -> list[Any]:
    """Return what can be gone to, the greatest first: towns, ports and parks.

    A town is its number in its drawn layer, which has its name and place; others are text, lat and
    lon, and so are places that share their name with others, with their states; a port has its
    ``port`` as well. Of one name no two stand close together.
    """
    where = ports.geometry.to_crs(LONLAT)
    gates = {"text": ports["name"], "port": ports["port_id"]}
    gates |= {"lat": where.y.round(4), "lon": where.x.round(4)}
    tables = [pd.DataFrame(gates).assign(people=_PORT)]
    for layer in drawn:
        spots = (layer["drawn"] or {}).get("spots")
        if spots:
            people = layer["drawn"]["rows"].get("population", 0)
            found = pd.DataFrame({"text": layer["drawn"]["names"], "people": people, **spots})
            tables.append(found.assign(layer=layer["id"], n=range(len(found))))
    known = pd.concat(tables).fillna({"people": 0})
    known = known[known["text"].notna() & (known["text"] != "")]
    known = known.sort_values("people", ascending=False, kind="stable", ignore_index=True)
    known = known.loc[_apart(known)]
    shared = known["text"].duplicated(keep=False)
    known.loc[shared, "text"] = _with_states(known[shared], catalog)
    spots = known[["text", "lat", "lon"]].to_dict("records")
    for n, port in enumerate(known["port"]):
        spots[n] |= {} if pd.isna(port) else {"port": port}
    if "n" not in known:
        return spots
    town = known["n"].where((known["layer"] == _TOWNS) & ~shared, -1).astype(int).tolist()
    return [spot if n < 0 else n for spot, n in zip(spots, town, strict=True)]


def _with_states(spots: pd.DataFrame, catalog: Catalog) -> list[str]:
    """Return the texts of places with their states, where these are known."""
    points = shapely.points(spots[["lon", "lat"]].to_numpy(float))
    named = spots["text"].tolist()
    for layer in _STATES:
        if layer in catalog:
            frame = catalog.load(layer).to_crs(LONLAT)
            place, state = shapely.STRtree(frame.geometry.to_numpy()).query(points, "within")
            for n, name in zip(place, frame["name"].to_numpy()[state], strict=True):
                named[n] = f"{spots['text'].iloc[n]} ({name})"
    return named


def _apart(known: pd.DataFrame) -> list[int]:
    """Return the rows without those close to one before of the same name."""
    kept: list[int] = []
    seen: dict[str, list[tuple[float, float]]] = {}
    for row, text, lat, lon in known[["text", "lat", "lon"]].itertuples():
        same = seen.setdefault(text, [])
        if all(math.hypot(lat - y, lon - x) >= _APART for y, x in same):
            same.append((lat, lon))
            kept.append(row)
    return kept
