"""A View over the real catalogue with made-up scores: what the page is tried on."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sitesel.catalog.layers import Catalog
from sitesel.crs import WORKING_CRS, lonlat
from sitesel.decide.pairs import pair
from sitesel.decide.reasons import Judged, Reasons, reasons
from sitesel.decide.scoring import score
from sitesel.decide.values import Linear
from sitesel.decide.weights import by_side
from sitesel.records import Text
from sitesel.show.view import CriterionView, GateView, GroupView, Links, ProfileView, View

if TYPE_CHECKING:
    from pathlib import Path

GROUPS = {
    "power": ("Power", "Energía", 0.25),
    "water": ("Water", "Agua", 0.11),
    "labour": ("Labour", "Mano de obra", 0.14),
    "access": ("Ports and roads", "Puertos y caminos", 0.34),
    "incentives": ("Incentives", "Incentivos", 0.16),
}
CRITERIA = [
    ("power", "power", ("Power supply", "Suministro"), "MW", 0.12, None, 2500, "power_plants"),
    ("clean_share", "power", ("Clean share", "Limpia"), "share", 0.05, None, 1, "power_plants"),
    ("grid", "power", ("Grid access", "Acceso a la red"), "km", 0.08, None, 16, "power_plants"),
    ("water_source", "water", ("Water source", "Fuente de agua"), "km", 0.05, None, 40, "rivers"),
    ("water_status", "water", ("Water status", "Estado"), None, 0.06, None, 0, "water_status"),
    ("labour", "labour", ("Labour", "Mano de obra"), "persons", 0.14, None, 400_000, "places"),
    ("trunk_road", "access", ("Trunk road", "Carretera"), "km", 0.12, None, 10, "roads"),
    ("port", "access", ("Port drive", "Trayecto"), "min", 0.12, None, 90, "ports_of_entry"),
    ("trucks", "access", ("Trucks", "Camiones"), "trucks/year", 0.1, None, 1e6, "ports_of_entry"),
    ("ftz", "incentives", ("Trade zone", "Zona FTZ"), None, 0.08, "US", 0, "ftz_sites"),
    (
        "free_zone",
        "incentives",
        ("Free zone", "Zona libre"),
        None,
        0.08,
        "MX",
        0,
        "free_zone_north",
    ),
]
_FACING = (("US", "us_counties"), ("MX", "municipios"))


def view(  # noqa: PLR0913
    *,
    ports: tuple[str, ...] | None = None,
    within_km: float = 60,
    per_side: int = 60,
    layer_ids: tuple[str, ...] | None = None,
    hostile: str | None = None,
    catalog: Catalog | None = None,
    store: Path | None = None,
) -> View:
    """Return a View round some ports (all, if none are named); ``hostile`` becomes every name."""
    catalog = catalog or Catalog.default()
    gates = _gates(catalog)
    near = gates[gates["port_id"].isin(ports)] if ports else gates[gates["open"]]
    cells = _cells(catalog, near, within_km)
    values = _values(catalog, cells, near)
    _score(cells, values)
    sites = _sites(cells, values, per_side)
    links = _links(sites, near)
    pairs = _pairs(sites, links)
    pairs["p_top10"] = 1 / (1 + pairs["rank"] / 6)  # below one half from rank 7 on
    if hostile:
        sites = sites.assign(place=hostile, status=hostile, zones_en=hostile)
        gates = gates.assign(name=hostile, name_mx=hostile)
    return View(
        study_id="sample",
        title=Text(
            en=hostile or "Mirror-zone sites, sample", es=hostile or "Zonas espejo, muestra"
        ),
        as_of=date(2026, 11, 21),
        groups=tuple(GroupView(name, Text(en=a, es=b), w) for name, (a, b, w) in GROUPS.items()),
        criteria=tuple(_criterion(item) for item in CRITERIA),
        cells=cells,
        grid_m=1000.0,
        values=values,
        sites=sites,
        pairs=pairs,
        ports=gates,
        catalog=catalog,
        store=store,
        layer_ids=layer_ids if layer_ids is not None else _drawable(catalog),
        group_weights={name: weight for name, (_, _, weight) in GROUPS.items()},
        profiles=(ProfileView("thirsty", Text(en="Thirsty", es="Sedienta"), {"water": 0.6}, {}),),
        links=links,
        gates=(_gate("flood", "Flood plain", "Zona inundable"), _gate("core", "Core", "Núcleo")),
        gate_codes=np.stack([np.zeros(len(cells)), cells["verdict"] == "CONDITIONAL"], 1).astype(
            np.int8
        ),
    )


def spoken(site: pd.Series[Any]) -> Reasons:
    """Return what Python says for and against a site of the view."""
    weights = _weights()[:, ("US", "MX").index(site["side"])]
    views = [_criterion(item) for item in CRITERIA]
    judged = [
        Judged(id=one.id, short=one.short, unit=one.unit or "", weight=weight, words=one.words)
        for one, weight in zip(views, weights, strict=True)
    ]
    return reasons(site, judged, "en")


def _gate(name: str, en: str, es: str) -> GateView:
    said = Text(en=f"Made up: {en.lower()}.", es=f"Inventado: {es.lower()}.")
    return GateView(name, Text(en=en, es=es), said, ("rivers",))


def _drawable(catalog: Catalog) -> tuple[str, ...]:
    chosen = [one for one in catalog if one.geometry.kind != "table" and not one.map.hidden]
    return tuple(one.id for one in chosen if one.path.is_file())


def _criterion(item: tuple[Any, ...]) -> CriterionView:
    name, group, (en, es), unit, weight, side, most, layer = item
    said = Text(en=f"Made up for this sample: {en.lower()}.", es=f"Inventado: {es.lower()}.")
    title = Text(en=en, es=es)
    words = {"scarce": Text(en="scarce here", es="escasa aquí")} if name == "water_status" else {}
    value = Linear(at={0: 0, most: 1}, unit=unit or "") if most else None
    return CriterionView(
        name, group, title, title, unit, weight, side, said, (layer,), words, weight, value=value
    )


def _gates(catalog: Catalog) -> gpd.GeoDataFrame:
    ports = catalog.load("ports_of_entry")
    commercial = ports["commercial"].astype(str).str.lower() == "true"
    return ports.assign(open=commercial & (ports["status"] == "operating"))


def _cells(catalog: Catalog, near: gpd.GeoDataFrame, within_km: float) -> pd.DataFrame:
    reach = shapely.union_all(near.geometry.buffer(within_km * 1000).to_numpy())
    west, south, east, north = (int(edge // 1000) for edge in reach.bounds)
    cols, rows = (
        part.ravel() for part in np.meshgrid(range(west, east + 1), range(south, north + 1))
    )
    x, y = cols * 1000.0 + 500, rows * 1000.0 + 500
    shapely.prepare(reach)
    keep = shapely.contains_xy(reach, x, y)
    cols, rows, x, y = cols[keep], rows[keep], x[keep], y[keep]
    side = np.full(len(x), "", object)
    for name, layer in _FACING:
        for shape in catalog.load(layer).geometry:
            if shape.intersects(reach):
                shapely.prepare(shape)
                side[shapely.contains_xy(shape, x, y)] = name
    land = side != ""
    frame = pd.DataFrame({"side": side, "row": rows, "col": cols, "x": x, "y": y})[land]
    frame["lon"], frame["lat"] = lonlat(frame["x"], frame["y"])
    frame.index = pd.Index(
        [f"r{r}c{c}@1000" for r, c in zip(frame["row"], frame["col"], strict=True)], name="site_id"
    )
    return frame


def _values(catalog: Catalog, cells: pd.DataFrame, near: gpd.GeoDataFrame) -> Any:
    places = catalog.load("places")
    big = places[places["population"] > 20_000]
    to_port = _nearest(cells, near)
    to_city = _nearest(cells, big)
    x, y = cells["x"].to_numpy() / 1e3, cells["y"].to_numpy() / 1e3
    waves = [np.sin(x / (17 + 5 * n)) * np.cos(y / (23 + 3 * n)) for n in range(len(CRITERIA))]
    base = np.exp(-to_city / 14) * 0.7 + np.exp(-to_port / 20) * 0.5
    values = np.clip(np.stack([base + 0.16 * wave for wave in waves], axis=1), 0, 1)
    values[np.asarray(waves[2]) > 0.6, 2] = np.nan
    return values


def _nearest(cells: pd.DataFrame, frame: gpd.GeoDataFrame) -> Any:
    tree = shapely.STRtree(frame.geometry.to_numpy())
    points = shapely.points(cells["x"], cells["y"])
    return tree.query_nearest(points, all_matches=False, return_distance=True)[1] / 1000


def _score(cells: pd.DataFrame, values: Any) -> None:
    found = score(values, _weights(), cells["side"].to_numpy(object))
    cells["score"], cells["score_low"], cells["score_high"] = found
    city = np.nan_to_num(values[:, 5]) > 0.97
    cells["verdict"] = np.where(city, "CONDITIONAL", "PASS")


def _weights() -> Any:
    return by_side(
        {name: weight for name, (_, _, weight) in GROUPS.items()},
        {item[0]: (item[1], item[4], item[5]) for item in CRITERIA},
    )


def _sites(cells: pd.DataFrame, values: Any, per_side: int) -> gpd.GeoDataFrame:
    parts = []
    for side in ("US", "MX"):
        here = np.flatnonzero(((cells["side"] == side) & (cells["verdict"] == "PASS")).to_numpy())
        order = here[np.argsort(-cells["score"].to_numpy()[here], kind="stable")]
        chosen: list[int] = []
        xy = cells[["x", "y"]].to_numpy()
        for cell in order:
            if all(np.abs(xy[cell] - xy[other]).max() > 6000 for other in chosen):
                chosen.append(int(cell))
            if len(chosen) == per_side:
                break
        frame = cells.iloc[chosen].assign(rank=range(1, len(chosen) + 1))
        for n, item in enumerate(CRITERIA):
            frame[f"value_{item[0]}"] = values[chosen, n]
            frame[f"raw_{item[0]}"] = values[chosen, n] * item[6] if item[6] else None
        parts.append(frame)
    sites = pd.concat(parts)
    us = sites["side"] == "US"
    sites["raw_water_status"] = np.where(us, "strained", "scarce")
    sites["raw_ftz"] = np.where(us, "county", None)
    sites["raw_free_zone"] = np.where(us, None, "listed")
    sites["p_top10"] = 1 / (1 + sites["rank"] / 6)
    sites["hectares"], sites["status"] = 600.0, np.where(us, "operating", "declared")
    sites["place"] = [
        f"Place {rank} {side}" for rank, side in zip(sites["rank"], sites["side"], strict=True)
    ]
    shape = shapely.box(sites["x"] - 1500, sites["y"] - 1500, sites["x"] + 1500, sites["y"] + 500)
    return gpd.GeoDataFrame(sites.drop(columns=["x", "y"]), geometry=shape, crs=WORKING_CRS)


def _links(sites: gpd.GeoDataFrame, near: gpd.GeoDataFrame) -> Links:
    points = sites.geometry.representative_point()
    km = np.array([near.geometry.distance(point).to_numpy() for point in points]) / 1000
    minutes = np.where(km < 70, km / 0.9, np.nan)
    value = Linear(at={20: 1, 60: 0.6, 110: 0.3, 200: 0.1}, unit="min")
    delays = (20.0,) * len(near)
    return Links(tuple(near["port_id"]), minutes, delays, value, 0.7, 220)


def _pairs(sites: gpd.GeoDataFrame, links: Links) -> pd.DataFrame:
    us, mx = ((sites["side"] == side).to_numpy() for side in ("US", "MX"))
    legs = links.minutes[us], links.minutes[mx], links.delays
    rule = {"weaker_side": links.weaker_side, "keep": links.keep}
    pairs = pair(sites[us], sites[mx], *legs, links.value, **rule)
    return pairs.assign(port=[links.ports[at] for at in pairs["port"]])
