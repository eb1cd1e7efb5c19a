"""What stands round a site on its card: its state, its water, its incentives; a port's past."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from sitesel.crs import WORKING_CRS
from sitesel.measure.features import matching

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from sitesel.catalog.layers import Catalog
    from sitesel.records import Language
    from sitesel.show.view import View

_STATES = {"US": "us_states", "MX": "mx_states"}
_COUNTIES = {"US": "us_counties", "MX": "municipios"}
_GAP_M = 5000
_WATER = ("name", "source_of_supply", "balance", "single_source", "treaty_risk", "status_class")
_WAITS = {"lanes": "lanes", "wait_median": "median_min", "wait_p95": "p95_min"}
_INCENTIVE = (
    "regime",
    "geography",
    "benefit",
    "eligibility",
    "valid_from",
    "valid_to",
    "expiry",
    "status",
    "in_force",
    "legal_source",
    "confidence",
)
# Where a regime of the incentives table holds: inside the zones of these layers …
_ZONED = {
    "FTZ ASF": ("ftz_service_areas",),
    "FTZ": ("ftz_sites", "ftz_service_areas"),
    "Arizona FTZ": ("ftz_sites", "ftz_service_areas"),
    "Opportunity Zone 1.0": ("opportunity_zones",),
    "ZLFN": ("free_zone_north",),
    "PODECOBI": ("development_poles",),
}
# … and, if its name begins so, only in this state.
_STATE = {
    "NM ": "New Mexico",
    "Texas ": "Texas",
    "Arizona ": "Arizona",
    "California ": "California",
}


def states(sites: gpd.GeoDataFrame, catalog: Catalog) -> list[str | None]:
    """Return the name of each site's state, on its own side; None where there is none."""
    return _held(sites, catalog, _STATES)


def counties(sites: gpd.GeoDataFrame, catalog: Catalog) -> list[str | None]:
    """Return the name of each site's county or municipio; None where there is none."""
    return _held(sites, catalog, _COUNTIES)


def _held(sites: gpd.GeoDataFrame, catalog: Catalog, layers: Mapping[str, str]) -> list[str | None]:
    """Return the name of the polygon that holds each site, of its own side's layer.

    A site on the river may have its point on the far bank: then the near polygon counts.
    """
    found: list[str | None] = [None] * len(sites)
    spots = shapely.point_on_surface(sites.geometry.to_crs(WORKING_CRS).to_numpy())
    for side, layer in layers.items():
        if layer not in catalog:
            continue
        frame = catalog.load(layer)
        rows = np.flatnonzero((sites["side"] == side).to_numpy())
        tree = shapely.STRtree(frame.geometry.to_numpy())
        held, which = tree.query_nearest(spots[rows], max_distance=_GAP_M, all_matches=False)
        for site, state in zip(rows[held], frame["name"].to_numpy()[which], strict=True):
            found[site] = str(state)
    return found


def water(sites: gpd.GeoDataFrame, catalog: Catalog) -> list[dict[str, Any] | None]:
    """Return what is known of each site's water supply; None where nothing is."""
    found: list[dict[str, Any] | None] = [None] * len(sites)
    if "water_status" not in catalog:
        return found
    frame = catalog.load("water_status")
    known = frame[frame.geometry.notna()]
    spots = shapely.point_on_surface(sites.geometry.to_crs(WORKING_CRS).to_numpy())
    tree = shapely.STRtree(known.geometry.to_numpy())
    rows = known[[name for name in _WATER if name in known]].to_dict("records")
    for site, area in zip(*tree.query(spots, predicate="within"), strict=True):
        if known["side"].iloc[area] == sites["side"].iloc[site]:
            found[site] = rows[area]
    return found


def incentives(view: View, states_of: list[str | None]) -> tuple[dict[str, Any], list[list[int]]]:
    """Return the incentives of places, and for each site which of them reach it.

    Nationwide ones are left out, since they tell no place from another, and so are those whose
    place nobody has drawn and those that have ended or not begun; one whose end is only the end
    of its source stays, with ``in_force`` unknown.
    """
    if "incentives" not in view.catalog:
        return {}, [[] for _ in states_of]
    table = view.catalog.load("incentives", view.as_of)
    local = table[(table["spatial"] == "yes") & (table["in_force"] != 0)].reset_index(drop=True)
    titles = {
        name: view.catalog[name].title.en
        for layers in _ZONED.values()
        for name in layers
        if name in view.catalog
    }
    reach = []
    for site, (told, side) in enumerate(zip(_told(view.sites), view.sites["side"], strict=True)):
        zones = {
            name for name, title in titles.items() if any(line.startswith(title) for line in told)
        }
        reach.append(
            [
                row
                for row, (regime, of) in enumerate(zip(local["regime"], local["side"], strict=True))
                if of == side and _holds(str(regime), zones, states_of[site])
            ]
        )
    return {name: local[name].tolist() for name in _INCENTIVE if name in local}, reach


def lapsing(table: dict[str, Any], reach: list[list[int]]) -> list[list[list[Any]]]:
    """Return by site the regimes that may hold no more, together by the last day that is known.

    Examples
    --------
    >>> table = {"regime": ["a", "b", "c"], "valid_to": ["2025-12-31", None, "2025-12-31"]}
    >>> lapsing(table | {"in_force": [math.nan] * 3}, [[0, 1, 2], []])
    [[['2025-12-31', ['a', 'c']], [None, ['b']]], []]
    """
    found = []
    for rows in reach:
        ends: dict[str | None, list[str]] = {}
        for row in rows:
            if math.isnan(table["in_force"][row]):
                end = table["valid_to"][row]
                ends.setdefault(end if isinstance(end, str) else None, []).append(
                    table["regime"][row]
                )
        found.append([[end, regimes] for end, regimes in ends.items()])
    return found


def told(catalog: Catalog, language: Language) -> dict[str, str]:
    """Return the texts of layers that read otherwise in a language: translated, days as said."""
    texts = {text for layer in catalog if layer.present for text in layer.wording}
    said = {text: catalog.said(text, language) for text in sorted(texts | {*catalog.spanish})}
    return {text: words for text, words in said.items() if words != text}


def _told(sites: gpd.GeoDataFrame) -> list[list[str]]:
    """Return each site's zones in words, without those that do not operate."""
    if "zones_en" not in sites:
        return [[] for _ in range(len(sites))]
    lists = ([line] if isinstance(line, str) else list(line) for line in sites["zones_en"])
    return [[line for line in lines if not line.endswith("(inactive)")] for lines in lists]


def _holds(regime: str, zones: set[str], state: str | None) -> bool:
    """Say whether a regime reaches a site.

    Examples
    --------
    >>> _holds("Texas JETI", set(), "Texas"), _holds("ZLFN IVA", {"free_zone_north"}, "Sonora")
    (True, True)
    >>> _holds("Arizona FTZ property class 6", {"ftz_sites"}, "Texas"), _holds("RFE", set(), None)
    (False, False)
    """
    wanted = next((name for start, name in _STATE.items() if regime.startswith(start)), None)
    layers = next((layers for start, layers in _ZONED.items() if regime.startswith(start)), None)
    if wanted is None and layers is None:
        return False
    return (wanted is None or wanted == state) and (layers is None or not zones.isdisjoint(layers))


def waits(view: View) -> dict[str, list[Any]]:
    """Return what was fetched of each port's truck lanes and waits; nothing where nobody did."""
    if "wait_stats" not in view.layer_ids:
        return {}
    figures = view.catalog.load("wait_stats").drop_duplicates("port_id").set_index("port_id")
    here = figures.reindex(view.ports["port_id"])
    return {ours: here[theirs].tolist() for ours, theirs in _WAITS.items() if theirs in here}


def volumes(view: View) -> list[list[list[float]] | None]:
    """Return year and trucks of each port from the tables of whole customs ports.

    Only where its bridge is the customs port's one truck bridge: no other shares its code, and
    no neighbour in its county is missing from the table (its trucks may be in this count).
    """
    ports = view.ports
    if "port_volumes" not in view.catalog or "customs_port" not in ports:
        return [None] * len(ports)
    counts = view.catalog.load("port_volumes")
    counts = counts[counts["trucks"].notna()]
    listed = set(counts["customs_port"].astype(str))
    truck = matching(ports, {"commercial": True})
    code = ports["customs_port"].astype(str)
    alone = truck & (code[truck].value_counts().reindex(code, fill_value=0).to_numpy() == 1)
    if "us_county" in ports:
        doubtful = set(ports.loc[truck & ~code.isin(listed), "us_county"])
        alone &= ~ports["us_county"].isin(doubtful)
    by_code = {
        str(name): part.sort_values("year")[["year", "trucks"]].astype(float).to_numpy().tolist()
        for name, part in counts.groupby(counts["customs_port"].astype(str))
    }
    return [by_code.get(name) if only else None for name, only in zip(code, alone, strict=True)]
