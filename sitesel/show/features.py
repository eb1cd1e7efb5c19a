"""From the catalogue's layers to what the page draws: light geometry, fields, provenance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sitesel.crs import LONLAT
from sitesel.dates import with_days
from sitesel.measure.features import EVERY, matching
from sitesel.show import looks
from sitesel.show.payload import geometry_stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from sitesel.catalog.definition import Layer
    from sitesel.catalog.layers import Catalog
    from sitesel.records import Text

QUANTUM = 1e-4
TOLERANCE_M = {"line": 60.0, "area": 80.0}
BACKGROUND = tuple(looks.BACKGROUND)
ALWAYS = (*BACKGROUND, "places")
FOUND = ("places", "industrial_parks")  # what a reader can go to by its name
FORMLESS = ("table", "raster")  # kinds of layers that have no features to draw
_MANY_LINES = 400
_LINES = {"LineString", "MultiLineString"}
_PARTLY = {
    "en": "The map draws {} of its {} features, so that it can be read; all of them count.",
    "es": "El mapa traza {} de sus {} elementos para que se pueda leer; todos cuentan.",
}
_FIGURES = 6


class Pool:
    """Geometries of all layers, each kept once however many layers borrow it."""

    def __init__(self) -> None:
        self._known: dict[bytes, int] = {}
        self._light: list[Any] = []

    def add(self, frame: gpd.GeoDataFrame) -> list[int]:
        """Simplify the geometries of a frame and return their numbers in the pool."""
        keys = [key or b"" for key in shapely.to_wkb(frame.geometry.to_numpy())]
        new = list(dict.fromkeys(key for key in keys if key not in self._known))
        if new:
            first = {key: row for row, key in reversed(list(enumerate(keys)))}
            light = _lighten(frame.geometry.iloc[[first[key] for key in new]])
            self._known |= {key: len(self._light) + n for n, key in enumerate(new)}
            self._light += list(light)
        return [self._known[key] for key in keys]

    def stream(self) -> NDArray[np.int32]:
        """Return all geometries as one stream."""
        return geometry_stream(self._light, QUANTUM)


def _lighten(shapes: gpd.GeoSeries) -> Iterable[Any]:
    """Drop vertices that no eye misses; neighbours keep their common edge."""
    kinds = set(shapes.geom_type.dropna())
    if kinds <= {"Polygon", "MultiPolygon"} and kinds:
        together = not _overlap(shapes)
        limit = TOLERANCE_M["area"]
        shapes = shapes.simplify_coverage(limit) if together else shapes.simplify(limit)
    elif kinds & _LINES:
        shapes = gpd.GeoSeries([_simpler(shape) for shape in shapes], crs=shapes.crs)
    return list(shapes.to_crs(LONLAT))


def _simpler(shape: Any) -> Any:
    """Simplify line by line: together, the streets of a city would take half a minute."""
    if shape is None or shape.geom_type not in _LINES:
        return shape
    lines = shapely.simplify(shapely.get_parts(shape), TOLERANCE_M["line"])
    return lines[0] if len(lines) == 1 else shapely.multilinestrings(lines)


def _overlap(shapes: gpd.GeoSeries) -> bool:
    return not bool(shapely.coverage_is_valid(shapes.to_numpy()))


def layers_content(
    catalog: Catalog,
    layer_ids: Iterable[str],
    as_of: date,
    pool: Pool,
    only: Mapping[str, Sequence[str]] = EVERY,
) -> list[dict[str, Any]]:
    """Describe every layer; those with a visible geometry also carry their features.

    A layer that stands in for another is told under that one's name, as the criteria name it.
    ``only`` names by layer the fields that are carried, where not all are.
    """
    layers = [_layer(catalog, name, as_of, pool, only) for name in drawn_ids(catalog, layer_ids)]
    marked = 0
    for layer in layers:
        if layer["drawn"]:
            kind = layer["drawn"]["kind"]
            layer["drawn"]["look"] = looks.look(catalog[layer["id"]], kind, marked)
            marked += kind == "point" and not catalog[layer["id"]].map.size_by
    return layers


def drawn_ids(catalog: Catalog, layer_ids: Iterable[str]) -> list[str]:
    """Return the layers that are described, those at the bottom of the map first."""
    ground = [name for name in ALWAYS if catalog.has(name)]
    return sorted({*ground, *layer_ids}, key=lambda name: _order(name, catalog[name]))


def _order(name: str, layer: Layer) -> tuple[int, int, str]:
    place = BACKGROUND.index(name) if name in BACKGROUND else len(BACKGROUND)
    return place, layer.map.order, name


def _layer(
    catalog: Catalog, name: str, as_of: date, pool: Pool, only: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    layer = catalog[name]
    content = provenance(layer) | {"id": name}
    if layer.geometry.kind in FORMLESS or (layer.map.hidden and name not in ALWAYS):
        return content
    frame, whole = drawable(catalog, name, as_of)
    if layer.map.only:
        partly = {
            key: text.format(f"{len(frame):,}", f"{whole:,}") for key, text in _PARTLY.items()
        }
        content["caveats"] = [partly, *content["caveats"]]
    kind = _kind(frame)
    if kind == "line" and len(frame) > _MANY_LINES:
        frame = _merged(frame)
    wanted = only.get(layer.id, layer.fields)
    shown = [each for each in layer.fields if each in frame and each in wanted]
    fields = {each: layer.fields[each] for each in shown if each != layer.label}
    content["drawn"] = {
        "kind": kind,
        "background": name in BACKGROUND,
        "show": layer.map.show or name in ALWAYS,
        "shapes": pool.add(frame),
        "names": _column(frame, layer.label),
        "in_force": _column(frame, "in_force") if layer.validity else None,
        "fields": [
            {"id": field, "title": _both(info.title), "unit": info.unit, "type": info.type}
            for field, info in fields.items()
        ],
        "rows": {field: _column(frame, field) for field in fields},
    }
    if name in FOUND and layer.label:
        where = frame.geometry.representative_point().to_crs(LONLAT)
        content["drawn"]["spots"] = {"lat": _rounded(where.y), "lon": _rounded(where.x)}
    if "name_from" in frame:
        for key, column in (("from", "from"), ("sizes", "size"), ("leans", "lean")):
            content["drawn"][key] = _column(frame, f"name_{column}")
    elif layer.map.size_by in frame and kind == "point":
        content["drawn"]["radii"] = looks.radii(frame[layer.map.size_by].tolist())
    return content


def drawable(catalog: Catalog, name: str, as_of: date) -> tuple[gpd.GeoDataFrame, int]:
    """Return the features of a layer that are drawn, in that order, and of how many."""
    frame = catalog.load(name, as_of)
    frame = frame[frame.geometry.notna() & ~frame.geometry.is_empty]
    whole, only = len(frame), catalog[name].map.only
    if only:
        frame = frame[matching(frame, only)]
    if name == "places" and "population" in frame:
        gates = catalog.load("ports_of_entry") if catalog.has("ports_of_entry") else None
        frame = looks.towns(frame, gates)
    if name in BACKGROUND and catalog.has("land"):
        frame = _on_the_map(frame, catalog.load("land"))
    return frame, whole


def _on_the_map(frame: gpd.GeoDataFrame, land: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Cut off what reaches beyond the land that is drawn: there the map is blank."""
    edges = gpd.GeoSeries(shapely.box(*land.to_crs(LONLAT).total_bounds), crs=LONLAT)
    box = edges.segmentize(0.1).to_crs(frame.crs).iloc[0]
    shapes = frame.geometry.to_numpy().copy()
    shapely.prepare(box)
    beyond = ~shapely.covers(box, shapes)
    shapes[beyond] = shapely.intersection(shapes[beyond], box)
    return frame.set_geometry(gpd.GeoSeries(shapes, frame.index, crs=frame.crs))[
        ~shapely.is_empty(shapes)
    ]


def _rounded(degrees: pd.Series[float]) -> list[float]:
    found: list[float] = degrees.round(4).tolist()
    return found


def provenance(layer: Layer) -> dict[str, Any]:
    """Return where a layer comes from and how far it may be trusted."""
    return {
        "id": layer.id,
        "theme": layer.theme,
        "title": _both(layer.title),
        "summary": _both(layer.summary),
        "grade": layer.quality,
        "grade_why": _both(layer.quality_why),
        "vintage": layer.vintage,
        "publisher": layer.publisher,
        "source": layer.source,
        "source_url": layer.source_url,
        "licence": layer.licence,
        "licence_url": layer.licence_url,
        "share_alike": layer.share_alike,
        "attribution": layer.attribution,
        "approximate": layer.approximate,
        "caveats": [_both(caveat) for caveat in layer.caveats],
        "drawn": None,
    }


def _both(text: Text) -> dict[str, str]:
    return {"en": with_days(text.en, "en"), "es": with_days(text.es, "es")}


def _kind(frame: gpd.GeoDataFrame) -> str:
    kinds = set(frame.geom_type)
    if kinds & {"Polygon", "MultiPolygon"}:
        return "area"
    return "line" if kinds & _LINES else "point"


def _merged(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Join thousands of edges into long lines, one feature a class: they carry no names."""
    classes = frame["class"] if "class" in frame else pd.Series("", index=frame.index)
    rows = [
        {"class": name, "geometry": shapely.line_merge(shapely.union_all(part.to_numpy()))}
        for name, part in frame.geometry.groupby(classes, dropna=False)
    ]
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=frame.crs)


def _column(frame: gpd.GeoDataFrame, name: str | None) -> list[Any] | None:
    if name is None or name not in frame:
        return None
    return [_short(value) for value in frame[name].tolist()]


def _short(value: Any) -> Any:
    """Keep six figures of a number: more is noise to a reader and weight in the file."""
    if isinstance(value, float) and np.isfinite(value):
        value = float(f"{value:.{_FIGURES}g}")
        return int(value) if value.is_integer() else value
    return value
