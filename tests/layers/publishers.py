"""What the publishers answer, in their own form, for the server of hostile.py."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pandas as pd
import rasterio
import shapely
from rasterio.io import MemoryFile

from tests.catalog.sources.hostile import say

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd

_ESRI = {"i": "esriFieldTypeInteger", "f": "esriFieldTypeDouble"}


def arcgis(rows: gpd.GeoDataFrame, where: str) -> Callable[[Any], None]:
    """Answer as a layer of an ArcGIS server does, a page at a time; ``where`` must be asked for."""
    rows = rows.assign(OBJECTID=range(1, len(rows) + 1))

    def answer(handler: Any) -> None:
        query = dict(parse_qsl(urlsplit(handler.path).query))
        if not urlsplit(handler.path).path.endswith("/query"):
            body = _described(rows)
        elif query["where"] != where:
            body = {"error": {"code": 400, "message": f"where is {query['where']}"}}
        elif query.get("returnCountOnly"):
            body = {"count": len(_near(rows, query))}
        else:
            body = _page(_near(rows, query), query)
        say(json.dumps(body), Content_Type="application/json")(handler)

    return answer


def _described(rows: gpd.GeoDataFrame) -> dict[str, Any]:
    kinds = {"Polygon": "esriGeometryPolygon", "LineString": "esriGeometryPolyline"}
    fields = [
        {"name": name, "type": _ESRI.get(rows[name].dtype.kind, "esriFieldTypeString")}
        for name in rows
        if name not in {"geometry", "OBJECTID"}
    ]
    return {
        "geometryType": kinds[rows.geom_type.iloc[0]],
        "objectIdField": "OBJECTID",
        "maxRecordCount": 2,
        "supportedQueryFormats": "JSON, geoJSON, PBF",
        "advancedQueryCapabilities": {"supportsPagination": True},
        "editingInfo": {"dataLastEditDate": 1727654400000},
        "fields": [{"name": "OBJECTID", "type": "esriFieldTypeOID"}, *fields],
    }


def _near(rows: gpd.GeoDataFrame, query: dict[str, str]) -> gpd.GeoDataFrame:
    return rows[rows.intersects(shapely.box(*map(float, query["geometry"].split(","))))]


def _page(rows: gpd.GeoDataFrame, query: dict[str, str]) -> dict[str, Any]:
    start = int(query["resultOffset"])
    part = rows.iloc[start : start + 2]
    features = json.loads(part[[*query["outFields"].split(","), "geometry"]].to_json())["features"]
    for number, feature in zip(part["OBJECTID"], features, strict=True):
        feature["id"] = int(number)
    more = {"exceededTransferLimit": True} if start + 2 < len(rows) else {}
    return {"type": "FeatureCollection", "features": features, "properties": more}


def socrata(rows: list[dict[str, Any]], kinds: dict[str, str]) -> Callable[[Any], None]:
    """Answer as a data set of a Socrata portal does: everything as text."""

    def answer(handler: Any) -> None:
        query = dict(parse_qsl(urlsplit(handler.path).query))
        start = int(query.get("$offset", 0))
        if "/views/" in handler.path:
            columns = [{"fieldName": name, "dataTypeName": kind} for name, kind in kinds.items()]
            body: Any = {"id": "keg4-3bc2", "rowsUpdatedAt": 1727654400, "columns": columns}
        elif query["$select"] == "count(*)":
            body = [{"count": str(len(rows))}]
        else:
            numbered = [{":id": f"row-{n:04d}", **row} for n, row in enumerate(rows)]
            body = numbered[start : start + int(query["$limit"])]
        say(json.dumps(body), Content_Type="application/json")(handler)

    return answer


def zipped(files: dict[str, bytes]) -> bytes:
    """Return a zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return out.getvalue()


def written(frame: gpd.GeoDataFrame, name: str, **options: Any) -> dict[str, bytes]:
    """Return the files that GDAL writes of a frame: a shapefile or a file geodatabase."""
    with tempfile.TemporaryDirectory() as room:
        path = Path(room) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.to_file(path, **options)
        found = sorted(each for each in Path(room).rglob("*") if each.is_file())
        return {str(each.relative_to(room)): each.read_bytes() for each in found}


def workbook(sheets: dict[str, pd.DataFrame], above: str | None = None) -> bytes:
    """Return an XLSX; ``above`` is a line that stands over each header."""
    out = io.BytesIO()
    with pd.ExcelWriter(out, engine="openpyxl") as book:
        for name, table in sheets.items():
            table.to_excel(book, sheet_name=name, index=False, startrow=1 if above else 0)
            if above:
                book.sheets[name]["A1"] = above
    return out.getvalue()


def terrain(west: float, south: float, cells: int = 200) -> bytes:
    """Return a tile of one degree that rises by 2 m a cell to the north."""
    step = 1 / cells
    rise = np.arange(cells, 0, -1, np.float32)[:, None] * np.ones((1, cells), np.float32) * 2
    options = {"driver": "COG", "count": 1, "width": cells, "height": cells, "blocksize": 128}
    form = {"dtype": "float32", "crs": "EPSG:4326", **options}
    corner = rasterio.Affine(step, 0, west, 0, -step, south + 1)
    with MemoryFile() as memory:
        with memory.open(transform=corner, **form) as out:
            out.write(rise, 1)
        return memory.read()
