"""Layers of ArcGIS servers, page by page.

What the server says of itself is read first and then believed as little as can be: a page may be
shorter than promised, a row may come twice, and an error may come with status 200.
"""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
from shapely.errors import ShapelyError

from sitesel.catalog.sources import esri
from sitesel.catalog.sources.addresses import shown
from sitesel.catalog.sources.request import Answer
from sitesel.crs import LONLAT
from sitesel.errors import FetchError, did_you_mean, printable

if TYPE_CHECKING:
    from pyproj import CRS
    from shapely.geometry.base import BaseGeometry

    from sitesel.catalog.definition import Fetched
    from sitesel.catalog.sources.request import Request
    from sitesel.catalog.sources.specs import ArcGIS
    from sitesel.catalog.sources.web import Client

_PAGE = 1000  # rows of a page where the server states no limit
_TRIES = 3
_NAMED = 100  # rows asked for by their ids at once; an address may not be long
_STALE = 3  # pages in a row without a new row, after which no more are asked for
_PAUSE = 1.0  # seconds before a question is put again; doubled each time
_TOO_LARGE = re.compile(
    r"too (large|big|many)|exceed|memory|performing query|answers 50[024]", re.IGNORECASE
)


class _RefusedError(FetchError):
    """An error that the server wrote into its answer."""

    def __init__(self, url: str, error: Any) -> None:
        body = error if isinstance(error, dict) else {"message": error}
        said = [body.get("message") or "no reason given", *(body.get("details") or ())]
        code = str(body.get("code", ""))
        words = printable("; ".join(dict.fromkeys(str(each) for each in said)))[:300]
        self.passing = code.isdigit() and int(code) >= 500  # noqa: PLR2004
        super().__init__(
            f"{shown(url)}: the server answers with error {code}: {words}; "
            "check url and where of the layer's definition, or try again later"
        )


def version(source: ArcGIS, client: Client, _: Fetched | None = None) -> str | None:
    """Return when the layer was last edited (ISO, UTC); None where the server does not say."""
    return esri.edited(_about(_address(source), client))


def fetch(source: ArcGIS, request: Request) -> Answer:
    """Read all rows of a layer, or those whose shape meets the request's box.

    Returns
    -------
    Answer
        The publisher's columns in the order of its object ids: dates as ISO days, coded values
        by their names, missing geometry as None. A frame without geometry for a table.

    Raises
    ------
    FetchError
        If the server refuses, or if the rows had are not as many as it counts.
    """
    url = _address(source)
    about = _about(url, request.client)
    reading = _Reading(source, request, url, about)
    reading.total = reading.count()
    if (about.get("advancedQueryCapabilities") or {}).get("supportsPagination"):
        reading.by_offset()
    else:
        reading.by_ids()
    reading.must_be_whole()
    return Answer(frame=_frame(reading), version=esri.edited(about))


@dataclass
class _Reading:
    """A layer being read: how it is asked for, and the rows had so far by object id."""

    source: ArcGIS
    request: Request
    url: str
    about: dict[str, Any]
    total: int | None = None
    crs: CRS = LONLAT
    rows: dict[int, tuple[dict[str, Any], BaseGeometry | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Settle the columns, the form of the answers, and how many rows to ask for at once."""
        known = esri.columns(self.about)
        oid = [name for name, each in known.items() if each.get("type") == "esriFieldTypeOID"]
        self.key = str(self.about.get("objectIdField") or (oid[0] if oid else ""))
        if self.key not in known:
            raise FetchError(
                f"{shown(self.url)}: its rows have no object ids, without which nobody can tell "
                "whether all are there; ask its publisher for a file"
            )
        for ours, theirs in self.source.fields.items():
            if theirs not in known:
                raise FetchError(
                    f"{shown(self.url)}: fields: {ours}: the publisher has no column '{theirs}'; "
                    f"{did_you_mean(theirs, known)}"
                )
        read = {getattr(rule, "of", "") for rule in self.source.make.values()}
        wanted = {*self.source.fields.values(), *read, *self.source.keep, self.key}
        self.columns = {
            name: known[name] for name in known if name in wanted or not self.source.fields
        }
        self.spatial = bool(self.about.get("geometryType"))
        self.asked = ",".join(self.columns) if self.source.fields else "*"
        formats = str(self.about.get("supportedQueryFormats", "")).lower()
        self.geojson = self.spatial and "geojson" in formats
        self.size = min(self.source.page or 10_000, self.about.get("maxRecordCount") or _PAGE)

    def ask(self, need: str, where: str | None = None, **more: Any) -> dict[str, Any]:
        """Put one question about the rows that are wanted; the answer holds the key ``need``."""
        params = {"where": where or self.source.where, "f": "json", **more}
        if self.request.box and self.spatial:
            params |= {
                "geometry": ",".join(f"{edge:.9g}" for edge in self.request.box),
                "geometryType": "esriGeometryEnvelope",
                "spatialRel": "esriSpatialRelIntersects",
                "inSR": 4326,
            }
        return _ask(self.request.client, f"{self.url}/query", params, need)

    def count(self) -> int | None:
        """Return how many rows the server counts; None from one too old to say."""
        count = self.ask("", returnCountOnly="true").get("count")
        return None if count is None else int(count)

    def page(self, **more: Any) -> tuple[int, bool, bool] | None:
        """Ask for a page and keep its rows: how many, whether any is new, and whether more follow.

        Returns None where the server finds the page too large: the next one is half as long.
        """
        form: dict[str, Any] = {"f": "geojson" if self.geojson else "json"}
        if self.spatial:
            form |= {"returnGeometry": "true", "outSR": 4326}
        try:
            answer = self.ask("features", outFields=self.asked, **form, **more)
        except FetchError as error:
            smaller = getattr(error, "passing", False) or _TOO_LARGE.search(str(error))
            if self.size == 1 or not smaller:
                raise
            self.size = math.ceil(self.size / 2)
            return None
        had = len(self.rows)
        if answer["features"]:
            self.settle(answer)
            self.keep(answer)
        self.request.report("rows", len(self.rows), self.total)
        exceeded = {**(answer.get("properties") or {}), **answer}.get("exceededTransferLimit")
        return len(answer["features"]), len(self.rows) > had, bool(exceeded)

    def settle(self, answer: dict[str, Any]) -> None:
        """Take the coordinate system from a page; all pages must be in the same."""
        try:
            stated = esri.crs(answer)
        except ValueError as error:
            raise FetchError(f"{shown(self.url)}: {error}; tell the publisher") from None
        if self.rows and stated != self.crs:
            raise FetchError(
                f"{shown(self.url)}: one page is in {self.crs.name}, another in {stated.name}; "
                "nothing is kept. Try again later"
            )
        self.crs = stated

    def keep(self, answer: dict[str, Any]) -> None:
        """Add the rows of a page; one that is there already is left out."""
        number = None
        try:
            for feature in answer["features"]:
                values = feature.get("properties" if self.geojson else "attributes") or {}
                number = values.get(self.key, feature.get("id"))
                if int(number) not in self.rows:
                    place = feature.get("geometry")
                    form = esri.from_geojson(place) if self.geojson else esri.shape(place)
                    self.rows[int(number)] = values, form
        except (AttributeError, LookupError, ShapelyError, TypeError, ValueError) as error:
            raise FetchError(
                f"{shown(self.url)}: the row with {self.key} {str(number)[:40]} cannot be read: "
                f"{printable(str(error))[:300]}; leave it out by where, or tell the publisher"
            ) from None

    def by_offset(self) -> None:
        """Turn page after page, as long as one is full, not the last, or rows are missing."""
        offset, stale = 0, 0
        while stale < _STALE:
            size = self.size
            page = self.page(
                resultOffset=offset, resultRecordCount=size, orderByFields=f"{self.key} ASC"
            )
            if page is None:
                continue
            many, new, more = page
            offset += min(many, size) or size
            stale = 0 if new else stale + 1
            short = self.total is not None and len(self.rows) < self.total
            if not (more or many >= size or (short and many)):
                return

    def by_ids(self) -> None:
        """Ask for stretches of the list of object ids, then for each that was left out."""
        answer = self.ask("", returnIdsOnly="true")
        if "objectIds" not in answer:
            raise FetchError(
                f"{shown(self.url)}: this server can neither turn pages nor list its rows; "
                "ask its publisher for a file, and take that in by: sitesel layers add FILE"
            )
        waiting = listed = sorted({int(number) for number in answer["objectIds"] or []})
        while waiting:
            part = waiting[: self.size]
            stretch = f"{self.key} >= {part[0]} AND {self.key} <= {part[-1]}"
            if self.page(where=f"({self.source.where}) AND ({stretch})"):
                waiting = waiting[len(part) :]
        waiting = [number for number in listed if number not in self.rows]
        while waiting:
            part = waiting[: min(self.size, _NAMED)]
            if self.page(objectIds=",".join(map(str, part))):
                left = [number for number in part if number not in self.rows]
                # rows of which not one comes are no longer there
                again = left if len(left) < len(part) else []
                waiting = again + waiting[len(part) :]

    def must_be_whole(self) -> None:
        """Raise a `FetchError` if the rows had are not as many as the server counts now."""
        if self.total is None or len(self.rows) == self.total:
            return
        self.total = self.count()
        if len(self.rows) != self.total:
            raise FetchError(
                f"{shown(self.url)}: the server counts {self.total} rows but gave "
                f"{len(self.rows)}; nothing is kept. Try again; if it stays so, write a smaller "
                "'page' into fetch"
            )


def _address(source: ArcGIS) -> str:
    """Return the address of the layer itself, whatever was pasted behind it."""
    return re.sub(r"(/query)?/*(\?.*)?$", "", source.url)


def _about(url: str, client: Client) -> dict[str, Any]:
    """Return the layer's own description, or say why this is no layer that can be read."""
    about = _ask(client, url, {"f": "json"}, "")
    if not about.get("fields"):
        layers = [*(about.get("layers") or []), *(about.get("tables") or [])]
        known = ", ".join(f"{each.get('id')} ({each.get('name')})" for each in layers)
        raise FetchError(
            f"{shown(url)}: is no layer with rows; the address should end with the number of one"
            + (f": {known}" if known else ", as …/FeatureServer/0")
        )
    return about


def _ask(client: Client, url: str, params: dict[str, Any], need: str) -> dict[str, Any]:
    """Return an answer in JSON; an error of the server's that may pass is asked again."""
    for attempt in range(_TRIES):
        answer = client.json(url, params)
        error = answer.get("error") if isinstance(answer, dict) else "no JSON object"
        if error is None and answer.get("status") == "error":  # of the whole site
            error = {"code": answer.get("code", 500), "details": answer.get("messages")}
        if error is None and (not need or answer.get(need) is not None):
            return dict(answer)
        refusal = _RefusedError(url, error or f"there is no '{need}' in what it sent")
        if error is not None and not refusal.passing:
            break
        if attempt < _TRIES - 1:
            time.sleep(_PAUSE * 2**attempt)
    raise refusal


def _frame(reading: _Reading) -> gpd.GeoDataFrame | pd.DataFrame:
    """Return the rows in the order of their object ids, each column as its field says."""
    rows = [reading.rows[number] for number in sorted(reading.rows)]
    codes = {reading.source.fields.get(name, name) for name in reading.source.text}
    table = pd.DataFrame(
        {
            name: esri.column([values.get(name) for values, _ in rows], field, code=name in codes)
            for name, field in reading.columns.items()
        }
    )
    if not reading.spatial:
        return table
    return gpd.GeoDataFrame(table, geometry=[place for _, place in rows], crs=reading.crs)
