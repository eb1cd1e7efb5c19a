"""From what a publisher sent to the rows of a layer: our columns, our CRS, our area."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pandas.api.types import is_numeric_dtype

from sitesel.catalog.definition import Borrowed, Graph, Stored
from sitesel.catalog.own.sides import by_border
from sitesel.catalog.sources import columns
from sitesel.crs import LONLAT, WORKING_CRS
from sitesel.errors import FetchError, did_you_mean

if TYPE_CHECKING:
    from sitesel.catalog.definition import FieldInfo, Layer
    from sitesel.catalog.layers import Catalog
    from sitesel.catalog.sources.specs import Fetch

Box = tuple[float, float, float, float]
_DIMENSIONS = {"points": 0, "lines": 1, "polygons": 2}
_SPARSE = ("osm", "socrata", "together")  # a column of which no row has a value is not sent at all


class Shaped(NamedTuple):
    """The rows of a layer, and what had to be done to them, in words."""

    frame: pd.DataFrame
    said: list[str]


def asked(source: Fetch) -> Fetch:
    """Return the source with the columns added that its own columns are made from.

    Examples
    --------
    >>> from sitesel.catalog.sources.specs import ArcGIS
    >>> oz = ArcGIS.model_validate({"protocol": "arcgis", "url": "https://x.org/0",
    ...     "fields": {"tract": "TRACT"},
    ...     "make": {"geoid": {"kind": "code", "of": "GEOID10", "width": 11}}})
    >>> asked(oz).fields
    {'tract': 'TRACT', 'GEOID10': 'GEOID10'}
    """
    if not source.fields:
        return source
    have = {*source.fields, *source.fields.values(), *source.make}
    more = [rule.of for rule in source.make.values() if hasattr(rule, "of")]
    extra = {name: name for name in more if name not in have}
    return source.model_copy(update={"fields": source.fields | extra})


def shape(frame: pd.DataFrame, layer: Layer, catalog: Catalog, box: Box | None) -> Shaped:
    """Turn a publisher's frame into the rows of a layer.

    Vectors come back in EPSG:4326, without what lies outside the box (degrees: west, south, east,
    north) or, with ``whole``, outside the layer's coverage. Numbers are float64, all other fields
    text. Outlines that cross themselves are mended.

    Raises
    ------
    FetchError
        If a column is not there, a number is none, or no row is left.
    """
    source = layer.fetch
    assert source
    said: list[str] = []
    if isinstance(layer.geometry, Graph):
        return Shaped(frame, said)
    frame = frame.reset_index(drop=True)
    if isinstance(layer.geometry, Stored):
        frame = _placed(frame, layer, box, said)
    elif "geometry" in frame:
        frame = pd.DataFrame(frame.drop(columns="geometry"))
    frame = _ours(frame, layer, catalog)
    if layer.side in source.make:  # the layer is of the border: what lies on neither side is not
        frame = frame[frame[layer.side].notna()]
    frame = frame[columns.kept(frame, source.keep)]
    if isinstance(layer.geometry, Borrowed):
        frame = _lent(frame, layer, catalog, said)
    if frame.empty:
        raise FetchError(f"layer '{layer.id}': nothing of it lies in the area; nothing is changed")
    return Shaped(frame.reset_index(drop=True), said)


def _placed(
    frame: pd.DataFrame, layer: Layer, box: Box | None, said: list[str]
) -> gpd.GeoDataFrame:
    """Return the features of the area in EPSG:4326, with geometry that holds."""
    if not isinstance(frame, gpd.GeoDataFrame):
        raise FetchError(
            f"layer '{layer.id}': the publisher's data has no geometry; "
            "name its columns fetch.lon and fetch.lat, or say geometry: {kind: table}"
        )
    if frame.crs is None:
        raise FetchError(f"layer '{layer.id}': the publisher's data states no coordinate system")
    placed: Any = frame
    if placed.geometry.name != "geometry":
        placed = placed.rename_geometry("geometry")
    placed = placed.to_crs(LONLAT)
    there = ~(placed.geometry.isna() | placed.is_empty)
    if not there.all():
        said.append(f"{(~there).sum():,} rows without a place are left out")
        placed = placed[there]
    flat = placed.set_geometry(shapely.force_2d(placed.geometry.to_numpy()), crs=LONLAT)
    placed = _mended(flat, layer, said)
    return placed[_within(placed, layer, box)]


def _mended(frame: gpd.GeoDataFrame, layer: Layer, said: list[str]) -> gpd.GeoDataFrame:
    flawed = ~frame.is_valid.to_numpy()
    shapes = frame.geometry.to_numpy().copy()
    if flawed.any():
        flat = shapely.get_dimensions(shapes) == _DIMENSIONS["polygons"]
        mended = [
            _only(shapely.make_valid(each, method="structure", keep_collapsed=False), polygon)
            for each, polygon in zip(shapes[flawed], flat[flawed], strict=True)
        ]
        shapes[flawed] = mended
        said.append(f"{flawed.sum():,} outlines that crossed themselves are mended")
    wanted = layer.fetch.shapes if layer.fetch else None
    keep = ~shapely.is_empty(shapes)
    if wanted:
        keep &= shapely.get_dimensions(shapes) == _DIMENSIONS[wanted]
    return frame.set_geometry(shapes, crs=LONLAT)[keep]


def _only(shape: shapely.Geometry, polygon: bool) -> shapely.Geometry:
    """Return what is still of the kind that it was: slivers of a polygon may be lines."""
    if not polygon:
        return shape
    parts = shapely.get_parts(shape)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == _DIMENSIONS["polygons"]])


def _within(frame: gpd.GeoDataFrame, layer: Layer, box: Box | None) -> pd.Series[bool]:
    boxes = [box] if box else layer.coverage
    if not boxes:
        return pd.Series(True, index=frame.index)
    area = shapely.union_all([shapely.box(*each) for each in boxes])
    shapely.prepare(area)
    return pd.Series(shapely.intersects(area, frame.geometry.to_numpy()), index=frame.index)


def _ours(frame: pd.DataFrame, layer: Layer, catalog: Catalog) -> pd.DataFrame:
    """Return our columns: those renamed, then those made, each of its type."""
    source = layer.fetch
    assert source
    if source.missing:
        frame = _blanked(frame, source.missing)
    table = frame.assign(**_renamed(frame, layer))
    for name, rule in source.make.items():
        if isinstance(rule, columns.Side):
            table[name] = _sided(table, catalog)
        else:
            table[name] = rule.make(table)
    if source.fields:
        places = ["geometry"] if "geometry" in table else []
        table = table[[*dict.fromkeys([*source.fields, *source.make]), *places]]
    for name in [str(each) for each in table if each != "geometry"]:
        table[name] = _typed(layer, name, table[name], layer.fields.get(name))
    return table


def _renamed(frame: pd.DataFrame, layer: Layer) -> dict[str, pd.Series[Any]]:
    assert layer.fetch
    found = {}
    for ours, theirs in layer.fetch.fields.items():
        if theirs in frame:
            found[ours] = frame[theirs]
        elif layer.fetch.protocol in _SPARSE:
            found[ours] = pd.Series(None, index=frame.index, dtype=object)
        else:
            known = [str(name) for name in frame if name != "geometry"]
            raise FetchError(
                f"layer '{layer.id}': fetch.fields: {ours}: the publisher's data has no column "
                f"'{theirs}'; {did_you_mean(theirs, known)}"
            )
    return found


def _blanked(frame: pd.DataFrame, missing: list[str | float]) -> pd.DataFrame:
    """Empty the cells in which the publisher says that nothing is known."""
    said = set(columns.words(pd.Series(missing, dtype=object)))
    blank = {
        str(name): frame[name].where(~columns.words(frame[name]).isin(said))
        for name in frame
        if name != "geometry"
    }
    return frame.assign(**blank)


def _typed(
    layer: Layer, name: str, column: pd.Series[Any], info: FieldInfo | None
) -> pd.Series[Any]:
    """Return numbers as float64, and all else that is no number as text."""
    if info is None or info.type != "number":
        return column if info is None and is_numeric_dtype(column) else columns.words(column)
    if not is_numeric_dtype(column):
        text = columns.words(column).astype("string").str.strip()
        whole = text.str.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?").fillna(value=False)
        text = text.mask(whole, text.str.replace(",", ""))
        column = pd.to_numeric(text, errors="coerce").astype(float)
        flaw = column.isna() & text.notna()
        if flaw.any():
            raise FetchError(
                f"layer '{layer.id}': field '{name}': {flaw.sum():,} rows hold no number, "
                f"the first '{text[flaw].iloc[0]}'; list it under fetch.missing if it means unknown"
            )
    return column.astype(float).replace([np.inf, -np.inf], np.nan)


def _sided(frame: pd.DataFrame, catalog: Catalog) -> pd.Series[Any]:
    if not isinstance(frame, gpd.GeoDataFrame):
        raise FetchError("fetch.make: side needs features with a place; a table has none")
    return by_border(frame, catalog)[0]


def must_be_lent(layer: Layer, catalog: Catalog) -> None:
    """Raise a `FetchError` if a layer from which this one takes its outlines is not there."""
    for lender in layer.lenders:
        if not catalog.has(lender):
            raise FetchError(
                f"layer '{layer.id}' takes its outlines from '{lender}', which is not there; "
                f"fetch it first: sitesel layers fetch {lender}"
            )


def _lent(frame: pd.DataFrame, layer: Layer, catalog: Catalog, said: list[str]) -> pd.DataFrame:
    """Leave out the rows whose outlines the lending layers do not hold: they lie elsewhere."""
    assert isinstance(layer.geometry, Borrowed)
    key, known = layer.geometry.key, set[str]()
    for lender in layer.lenders:
        lent = catalog.load(lender)
        known |= set(lent[key].dropna().astype(str)) if key in lent else set()
    inside = frame[key].isin(known) if known else pd.Series(True, index=frame.index)
    if not inside.all():
        said.append(f"{(~inside).sum():,} of {len(frame):,} rows lie elsewhere and are left out")
    return frame[inside]


def km2(frame: pd.DataFrame) -> float | None:
    """Return the area of all polygons together in km²; None if there is none."""
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None:
        return None
    polygons = frame.geometry[shapely.get_dimensions(frame.geometry.to_numpy()) == 2]  # noqa: PLR2004
    return round(float(polygons.to_crs(WORKING_CRS).area.sum()) / 1e6, 3) if len(polygons) else None
