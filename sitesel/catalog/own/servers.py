"""A table of a database, or a layer of a feature server, to a frame as it stands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from sitesel.catalog.own.given import Given
from sitesel.catalog.sources.addresses import shown
from sitesel.errors import LayerError

if TYPE_CHECKING:
    from sitesel.catalog.own.given import Asked


def postgis(source: str, asked: Asked) -> Given:
    """Read a table or a query; the address is asked but never kept, for it may hold a password."""
    from sitesel.catalog.sources.postgis import read  # noqa: PLC0415 (the driver is an extra)

    parts = urlsplit(source)
    options = parse_qsl(parts.query)
    table = next((value for key, value in options if key == "table"), None)
    if (table is None) == (asked.sql is None):
        raise LayerError(
            "a database needs one of two: ?table=NAME behind its address, or --sql 'SELECT …'"
        )
    rest = urlencode([(key, value) for key, value in options if key != "table"])
    address = urlunsplit(parts._replace(query=rest))
    quoted = ".".join('"' + name.replace('"', '""') + '"' for name in (table or "").split("."))
    sql = asked.sql or f"SELECT * FROM {quoted}"  # noqa: S608 (an identifier, quoted)
    frame = read(address, sql, report=asked.report)
    name = f"table {table}" if table else "a query"
    return Given(f"{name} of database {parts.path.strip('/') or 'unnamed'}", frame)


def feature_server(source: str, asked: Asked) -> Given:
    """Read a layer of an ArcGIS server; it can be fetched again."""
    from tempfile import TemporaryDirectory  # noqa: PLC0415 (only here)

    from sitesel.catalog.sources import arcgis, failures, specs, web  # noqa: PLC0415 (only here)
    from sitesel.catalog.sources.request import Request  # noqa: PLC0415

    if "@" in urlsplit(source).netloc:
        raise LayerError(
            f"{shown(source)}: the address holds a user or a password, which would stand in the "
            "files of the layer and on maps; leave it out"
        )
    if not re.search(r"(?i)/(FeatureServer|MapServer)/\d+/?(query/?)?(\?|$)", source):
        raise LayerError(
            f"{source.split('?', 1)[0]}: only layers of an ArcGIS server are read from the web, "
            "like …/FeatureServer/0; download a file first and add that"
        )
    url = re.sub(r"(?i)(/query)?/*(\?.*)?$", "", source)
    record = specs.ArcGIS(protocol="arcgis", url=url)
    with TemporaryDirectory() as folder:
        request = Request(asked.client or web.Client(), Path(folder), report=asked.report)
        with failures.strange_answers(shown(url)):
            answer = arcgis.fetch(record, request)
    assert answer.frame is not None
    fetched = {"protocol": "arcgis", "url": url}
    return Given(url, answer.frame.reset_index(drop=True), fetch=fetched, version=answer.version)
