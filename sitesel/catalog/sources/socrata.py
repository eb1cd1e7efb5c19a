"""Data sets of Socrata portals, page by page."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
from shapely.errors import ShapelyError

from sitesel.catalog.sources.addresses import shown
from sitesel.catalog.sources.esri import from_geojson, instant
from sitesel.catalog.sources.request import Answer
from sitesel.crs import LONLAT
from sitesel.errors import FetchError, did_you_mean, printable

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from sitesel.catalog.definition import Fetched
    from sitesel.catalog.sources.request import Request
    from sitesel.catalog.sources.specs import Socrata
    from sitesel.catalog.sources.web import Client

_STALE = 3  # pages in a row without a new row, after which no more are asked for
_POINTS = {"point", "multipoint", "location"}
_SHAPES = _POINTS | {"line", "multiline", "polygon", "multipolygon"}
_QUOTED = re.compile(r'"(message|errorCode|code)"\s*:\s*"((?:[^"\\]|\\.)*)')
_REMEDIES = {  # the first whose word occurs
    "token": "check the app token in the environment, or take it out",
    "no-such-column": "check the columns in fields, select, where and box of the definition",
    "not_found": "the data set has moved: put its present address into fetch.url",
    "missing": "the data set has moved: put its present address into fetch.url",
    "permission": "the data set is not public; ask its publisher",
    "authentication": "the data set is not public; ask its publisher",
    "soql": "check select, where and box of the definition",
    "compiler": "check select, where and box of the definition",
}


def version(source: Socrata, client: Client, _: Fetched | None = None) -> str | None:
    """Return when rows were last changed (ISO, UTC); None where the portal does not say."""
    return _updated(_Portal.of(source, client).view())


def fetch(source: Socrata, request: Request) -> Answer:
    """Read all rows of a data set, or those of the request's box.

    Returns
    -------
    Answer
        The publisher's columns in the order of its row ids: numbers where its description says
        number, days as ISO days, the rest as text. With geometry (EPSG:4326) if there is a column
        that holds places.

    Raises
    ------
    FetchError
        If the portal refuses, or if the rows had are not as many as it counts.
    """
    portal = _Portal.of(source, request.client)
    view = portal.view()
    kinds = {
        each["fieldName"]: str(each.get("dataTypeName"))
        for each in view["columns"]
        if not each["fieldName"].startswith(":")
    }
    portal.must_have(kinds)
    where = _where(source, request.box, kinds)
    total = portal.count(where)
    rows = portal.rows(where, total, request)
    if len(rows) != total and len(rows) != (total := portal.count(where)):
        raise FetchError(
            f"{portal.name}: the portal counts {total} rows but gave {len(rows)}; "
            "nothing is kept. Try again; if it stays so, write a smaller 'page' into fetch"
        )
    return Answer(frame=_frame(source, rows, _asked(source.select, kinds)), version=_updated(view))


@dataclass(frozen=True)
class _Portal:
    """A data set, and how its portal is asked about it."""

    source: Socrata
    client: Client
    host: str
    key: str

    @classmethod
    def of(cls, source: Socrata, client: Client) -> _Portal:
        """Take the address of a data set apart, however it was pasted."""
        found = re.match(r"(https?://[^/]+)/(?:.*/)?(\w{4}-\w{4})(?:[./?]|$)", source.url)
        if not found:
            raise FetchError(
                f"{shown(source.url)}: is no data set of Socrata; "
                "its address looks like https://HOST/resource/abcd-1234"
            )
        return cls(source, client, found[1], found[2])

    @property
    def name(self) -> str:
        """The address of the rows, as messages show it."""
        return shown(f"{self.host}/resource/{self.key}.json")

    def ask(self, path: str, form: type, **params: Any) -> Any:
        """Put one question; an answer that is not of the form is an error of the portal's."""
        token = os.environ.get(self.source.token or "", "")
        headers = {"X-App-Token": token} if token else {}
        query = {f"${name}": value for name, value in params.items() if value is not None}
        try:
            answer = self.client.json(f"{self.host}/{path}.json", query, headers)
        except FetchError as error:
            told = {key: re.sub(r"\\(.)", r"\1", said) for key, said in _QUOTED.findall(str(error))}
            if "message" not in told:
                raise
            raise FetchError(f"{self.name}: {_words(told, token)}") from None
        if not isinstance(answer, form):
            raise FetchError(f"{self.name}: {_words(answer, token)}")
        return answer

    def view(self) -> dict[str, Any]:
        """Return the portal's description of the data set."""
        view = self.ask(f"api/views/{self.key}", dict)
        if not view.get("columns"):
            raise FetchError(f"{self.name}: {_words(view, '')}")
        return dict(view)

    def must_have(self, kinds: dict[str, str]) -> None:
        """Raise a `FetchError` if the definition names a column that the data set has not."""
        named = {"box": self.source.box} if self.source.box else {}
        if self.source.select is None:
            named |= {f"fields: {ours}": theirs for ours, theirs in self.source.fields.items()}
        for key, theirs in named.items():
            if theirs not in kinds:
                raise FetchError(
                    f"{self.name}: {key}: the publisher has no column '{theirs}'; "
                    f"{did_you_mean(str(theirs), kinds)}"
                )

    def count(self, where: str | None) -> int:
        """Return how many rows the portal counts."""
        answer = self.ask(f"resource/{self.key}", list, select="count(*)", where=where)
        return int(next(iter(answer[0].values()), "")) if answer else 0

    def rows(self, where: str | None, total: int, request: Request) -> list[dict[str, Any]]:
        """Turn page after page until no new row comes; a row that comes twice counts once."""
        kept: dict[Any, dict[str, Any]] = {}
        offset, stale, size = 0, 0, self.source.page
        while stale < _STALE and len(kept) <= total:
            page = self.ask(
                f"resource/{self.key}",
                list,
                select=f"{self.source.select or '*'},:id",
                where=where,
                order=":id",
                limit=size,
                offset=offset,
            )
            had = len(kept)
            for number, row in enumerate(page, offset):
                kept.setdefault(row.get(":id", number), row)
            offset += len(page)
            stale = 0 if len(kept) > had else stale + 1
            request.report("rows", len(kept), total)
            if not page or (len(page) < size and len(kept) >= total):
                break
        return list(kept.values())


def _words(body: Any, token: str) -> str:
    """Say what a portal's own error says, and what would mend it; the app token never shows."""
    body = body if isinstance(body, dict) else {"message": "no answer in the form that was asked"}
    code = str(body.get("errorCode") or body.get("code") or "")
    said = str(body.get("message") or "no reason given")
    told = f"{said} ({code})" if code else said
    told = printable(told.replace(token, "…") if token else told)[:300]
    remedy = next(
        (words for part, words in _REMEDIES.items() if part in told.lower()), "try again later"
    )
    return f"the portal answers: {told}; {remedy}"


def _where(
    source: Socrata, box: tuple[float, float, float, float] | None, kinds: dict[str, str]
) -> str | None:
    """Return the condition on rows in SoQL, with the box if a column holds the places."""
    parts = [f"({source.where})"] if source.where else []
    if box and source.box:
        west, south, east, north = (f"{edge:.9g}" for edge in box)
        if kinds[source.box] in _POINTS:
            parts.append(f"within_box({source.box}, {north}, {west}, {south}, {east})")
        else:
            corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
            ring = ", ".join(" ".join(corner) for corner in corners)
            parts.append(f"intersects({source.box}, 'POLYGON (({ring}))')")
    return " AND ".join(parts) or None


def _asked(select: str | None, kinds: dict[str, str]) -> dict[str, str]:
    """Return the columns of the answer and their kinds; an expression's kind is not known.

    Examples
    --------
    >>> _asked("port_name, value AS trucks, upper(state) AS st", {"value": "number"})
    {'port_name': '', 'trucks': 'number', 'st': ''}
    """
    if select is None:
        return kinds
    asked: dict[str, str] = {}
    bare, more = select.replace("`", ""), 1
    while more:
        bare, more = re.subn(r"\([^()]*\)", "", bare)
    for part in filter(str.strip, bare.split(",")):
        words = part.split()
        asked |= kinds if words[:1] == ["*"] else {words[-1]: kinds.get(words[0], "")}
    return asked


def _updated(view: dict[str, Any]) -> str | None:
    moment = view.get("rowsUpdatedAt")
    return None if moment is None else instant(moment * 1000)


def _frame(
    source: Socrata, rows: list[dict[str, Any]], kinds: dict[str, str]
) -> gpd.GeoDataFrame | pd.DataFrame:
    """Return the rows, each column as the portal describes it."""
    places = [name for name, kind in kinds.items() if kind in _SHAPES]
    place = source.box if source.box in places else next(iter(places), None)
    seen = dict.fromkeys(name for row in rows for name in row if not name.startswith(":"))
    codes = {source.fields.get(name, name) for name in source.text}
    table = pd.DataFrame(
        {
            name: _column([row.get(name) for row in rows], kinds.get(name, ""), code=name in codes)
            for name in {**kinds, **seen}
            if name != place
        }
    )
    if place is None:
        return table
    shapes = [_shape(row.get(place), source.url, place, number) for number, row in enumerate(rows)]
    return gpd.GeoDataFrame(table, geometry=shapes, crs=LONLAT)


def _column(values: list[Any], kind: str, *, code: bool) -> pd.Series[Any]:
    """Return a column in its kind; what holds more than a word becomes its address or its JSON.

    Examples
    --------
    >>> _column(["12", None], "number", code=False).tolist()
    [12.0, nan]
    >>> _column(["2024-03-01T00:00:00.000"], "calendar_date", code=False).tolist()
    ['2024-03-01']
    >>> _column(["0042"], "text", code=False).tolist()
    ['0042']
    """
    if kind == "number" and not code:
        return pd.to_numeric(pd.Series(values, dtype=object), errors="coerce")
    if kind == "checkbox":
        return pd.Series(values, dtype="boolean")
    text = pd.Series([None if value is None else _plain(value) for value in values], dtype="str")
    days = kind in ("calendar_date", "date") and text.dropna().str.contains(r"T00:00:00").all()
    return text.str[:10] if days else text


def _plain(value: Any) -> str:
    if isinstance(value, dict) and "url" in value:
        return str(value["url"])
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _shape(value: Any, url: str, place: str, number: int) -> BaseGeometry | None:
    """Return the place of a row: GeoJSON, or latitude and longitude of an older portal."""
    try:
        if value and "type" not in value:
            pair = [value.get("longitude"), value.get("latitude")]
            value = {"type": "Point", "coordinates": pair} if None not in pair else None
        return from_geojson(value)
    except (AttributeError, LookupError, ShapelyError, TypeError, ValueError) as error:
        raise FetchError(
            f"{shown(url)}: row {number + 1} of '{place}' holds no place that can be read: "
            f"{printable(str(error))[:300]}; leave the row out by where, or tell the publisher"
        ) from None
