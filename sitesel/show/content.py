"""From a finished run to the page's data: study, surface, sites, pairs and ports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sitesel.crs import LONLAT, WORKING_CRS
from sitesel.decide.reasons import Judged, phrase
from sitesel.show import language, payload, setting
from sitesel.show.features import QUANTUM, Pool, layers_content, provenance

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from sitesel.records import Language, Text
    from sitesel.show.view import Links, View

SITE_QUANTUM = 1e-5
_VERDICTS = ("PASS", "CONDITIONAL", "FAIL", "UNKNOWN")
_SHARES = (0.5, 0.75, 0.9, 0.97)
_INTERVAL = ("score", "score_low", "score_high")
_AXES = {
    "lat_0": "Latitude of false origin",
    "lat_1": "Latitude of 1st standard parallel",
    "lat_2": "Latitude of 2nd standard parallel",
    "lon_0": "Longitude of false origin",
}
_TOLD = ("incentives", "port_volumes", "water_status")
_PAIR_COLUMNS = (
    "rank",
    "us_site",
    "port",
    "mx_site",
    "score",
    "score_low",
    "score_high",
    "us_score",
    "mx_score",
    "weaker_side",
    "link_minutes",
    "us_minutes",
    "delay_minutes",
    "mx_minutes",
    "link_value",
    "set_rank",
    "p_top10",
)
_SITE_COLUMNS = (
    "rank",
    "side",
    "score",
    "score_low",
    "score_high",
    "status",
    "verdict",
    "lon",
    "lat",
    "hectares",
    "name",
    "place",
    "landmark",
    "p_top10",
)


def encode(view: View) -> str:
    """Return the data block of the page for a finished run."""
    pool = Pool()
    used = [name for criterion in view.criteria for name in criterion.layers]
    layers = layers_content(view.catalog, view.layer_ids, view.as_of, pool)
    known = {layer["id"] for layer in layers}
    layers += [
        provenance(view.catalog[name])
        for name in dict.fromkeys([*used, *_TOLD])
        if name not in known and name in view.catalog
    ]
    sites, incentives = _sites(view)
    content = {
        "study": _study(view),
        "words": {name: language.load(name) for name in view.languages},
        "sites": sites,
        "incentives": incentives,
        "pairs": _table(view.pairs, _PAIR_COLUMNS),
        "ports": _ports(view.ports) | {"volumes": setting.volumes(view)},
        "layers": layers,
        "geometry": {"layers": {"quantum": QUANTUM}, "sites": {"quantum": SITE_QUANTUM}},
    }
    arrays: dict[str, NDArray[Any]] = {
        "layer_shapes": pool.stream(),
        "site_shapes": payload.geometry_stream(
            view.sites.geometry.to_crs(LONLAT).tolist(), SITE_QUANTUM
        ),
    }
    if view.links is not None:
        content["links"] = _links(view.links)
        arrays["site_minutes"] = view.links.minutes.astype(np.float64)
    if view.cells is not None and view.values is not None:
        content["grid"] = _grid(view, view.cells)
        arrays |= _surface(view, view.cells, view.values)
    return payload.encode(content, arrays)


def _study(view: View) -> dict[str, Any]:
    return {
        "id": view.study_id,
        "title": _both(view.title),
        "as_of": view.as_of.isoformat(),
        "groups": [
            {"id": group.id, "title": _both(group.title), "weight": group.weight}
            for group in view.groups
        ],
        "criteria": [
            {
                "id": item.id,
                "group": item.group,
                "title": _both(item.title),
                "short": _both(item.short),
                "unit": item.unit,
                "weight": item.weight,
                "unknown": item.unknown,
                "applies_to": item.applies_to,
                "measure": _both(item.measure_words),
                "layers": list(item.layers),
                "words": {name: _both(text) for name, text in item.words.items()},
            }
            for item in view.criteria
        ],
        "apart_km": view.apart_km,
        "left_out": [_both(title) for title in view.left_out],
        "weights": {
            "groups": dict(view.group_weights),
            "criteria": {
                item.id: item.weight if item.relative is None else item.relative
                for item in view.criteria
            },
        },
        "profiles": [
            {
                "id": each.id,
                "title": _both(each.title),
                "groups": dict(each.groups),
                "criteria": dict(each.criteria),
            }
            for each in view.profiles
        ],
    }


def _links(links: Links) -> dict[str, Any]:
    """Say how two sites are linked; a value function's anchors keep their order as pairs."""
    value = links.value.model_dump(mode="json")
    if "at" in value:
        value["at"] = [[float(raw), worth] for raw, worth in value["at"].items()]
    return {
        "ports": list(links.ports),
        "delays": list(links.delays),
        "value": value,
        "weaker_side": links.weaker_side,
        "keep": links.keep,
    }


def _both(text: Text) -> dict[str, str]:
    return {"en": text.en, "es": text.es}


def _table(frame: pd.DataFrame, columns: tuple[str, ...]) -> dict[str, list[Any]]:
    return {name: frame[name].tolist() for name in columns if name in frame}


def _sites(view: View) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the sites by column, and the incentives that they point to."""
    sites = view.sites
    content: dict[str, Any] = {"id": [str(name) for name in sites.index]}
    content |= _table(sites, _SITE_COLUMNS)
    for what in ("raw", "value"):
        content[what] = {
            item.id: sites[f"{what}_{item.id}"].tolist()
            for item in view.criteria
            if f"{what}_{item.id}" in sites
        }
    for reason in ("strong", "weak", "unknown", "zones"):
        content[reason] = {
            name: [_list(value) for value in sites[f"{reason}_{name}"]]
            for name in view.languages
            if f"{reason}_{name}" in sites
        }
    content["phrases"] = {name: _phrases(view, name) for name in view.languages}
    content["state"] = setting.states(sites, view.catalog)
    content["water"] = setting.water(sites, view.catalog)
    incentives, content["incentives"] = setting.incentives(view, content["state"])
    return content, incentives


def _phrases(view: View, name: Language) -> dict[str, list[str]]:
    """Say every criterion of every site, so that the page can give reasons under any weights."""
    said = {}
    for item in view.criteria:
        judged = Judged(id=item.id, short=item.short, unit=item.unit or "", words=item.words)
        raws = view.sites.get(f"raw_{item.id}", [None] * len(view.sites))
        said[item.id] = [phrase(judged, raw, name) for raw in raws]
    return said


def _list(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value] if value else []
    return [str(item) for item in value] if isinstance(value, list | tuple) else []


def _ports(ports: gpd.GeoDataFrame) -> dict[str, Any]:
    where = ports.geometry.to_crs(LONLAT)
    content = {
        str(name): ports[name].tolist()
        for name in ports.columns
        if name not in {"geometry", "lon", "lat"}
    }
    content["lon"] = np.round(where.x.to_numpy(), 5).tolist()
    content["lat"] = np.round(where.y.to_numpy(), 5).tolist()
    return content


def _grid(view: View, cells: pd.DataFrame) -> dict[str, Any]:
    """Say how rows and columns lie on the earth: the page projects by itself, cell by cell."""
    ellipsoid, conic = WORKING_CRS.ellipsoid, WORKING_CRS.coordinate_operation
    assert ellipsoid is not None
    assert conic is not None
    axes = {item.name: item.value for item in conic.params}
    return {
        "size": view.grid_m,
        "projection": {
            "a": ellipsoid.semi_major_metre,
            "f": 1 / ellipsoid.inverse_flattening,
            **{name: axes[words] for name, words in _AXES.items()},
        },
        "breaks": breaks(cells["score"].to_numpy(float)),
        "verdicts": list(_VERDICTS),
    }


def breaks(scores: NDArray[np.float64]) -> list[float]:
    """Return four scores that part the land in five classes: the best 3, 10, 25 and 50 %.

    Whole hundredths, so that a legend can print them.

    Examples
    --------
    >>> breaks(np.linspace(0, 1, 1001))
    [0.5, 0.75, 0.9, 0.97]
    """
    known = scores[~np.isnan(scores)]
    if not len(known):
        return [0.2, 0.4, 0.6, 0.8]
    return [round(float(cut), 2) for cut in np.quantile(known, _SHARES)]


def _surface(
    view: View, cells: pd.DataFrame, values: NDArray[np.float64]
) -> dict[str, NDArray[Any]]:
    order = np.lexsort((cells["col"], cells["row"]))
    cells, values = cells.iloc[order], values[order]
    applies = np.array(
        [
            np.ones(len(cells), bool)
            if item.applies_to is None
            else (cells["side"] == item.applies_to).to_numpy()
            for item in view.criteria
        ]
    ).reshape(len(view.criteria), len(cells))
    planes = np.where(applies, payload.quantise(values.T), payload.NOT_APPLICABLE)
    verdicts = cells["verdict"].map({name: n for n, name in enumerate(_VERDICTS)})
    scores = np.stack([cells[name].to_numpy(float) for name in _INTERVAL])
    return {
        "cell_row": payload.differences(cells["row"].to_numpy(np.int32)),
        "cell_col": payload.differences(cells["col"].to_numpy(np.int32)),
        "cell_side": (cells["side"] == "MX").to_numpy(np.uint8),
        "cell_verdict": verdicts.to_numpy(np.uint8),
        "cell_score": payload.differences(payload.quantise(scores)).ravel(),
        "cell_values": payload.differences(planes.astype(np.uint8)).ravel(),
    }
