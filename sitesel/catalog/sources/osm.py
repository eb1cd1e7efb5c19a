"""OpenStreetMap: features by tag, or the drive graph, from an extract or an Overpass server."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import shapely

from sitesel.catalog.sources import osmread, osmroads, overpass
from sitesel.catalog.sources.osmxml import select
from sitesel.catalog.sources.request import Answer, LackingError, names
from sitesel.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd

    from sitesel.catalog.definition import Fetched
    from sitesel.catalog.sources.osmxml import Tags, Wanted
    from sitesel.catalog.sources.request import Request, Terms
    from sitesel.catalog.sources.specs import OpenStreetMap
    from sitesel.catalog.sources.web import Client

EXTRACT = "SITESEL_OSM_EXTRACT"
_ALWAYS = ("osm_id", "name", "operator", "voltage")


def version(source: OpenStreetMap, client: Client, had: Fetched | None = None) -> str | None:
    """Return the day of the data that the Overpass server has.

    Raises
    ------
    FetchError
        If what was had came from an extract: no server knows of that, and none is asked.
    """
    if had and "://" not in had.url:
        raise FetchError(
            f"made from an extract ({had.url}), so nobody can be asked whether there is newer "
            "data; take a fresh extract and fetch again: --extract FILE"
        )
    return overpass.timestamp(source.url, client)


def fetch(source: OpenStreetMap, request: Request) -> Answer:
    """Read features or roads from the extract if there is one, else ask an Overpass server.

    The extract is what the request's terms name, else the definition, else the environment.

    Returns
    -------
    Answer
        Features (EPSG:4326): ``osm_id`` like ``way/123``, ``name``, ``operator``, ``voltage``, the
        tags asked for and those that the definition reads, as text; points, lines and polygons
        as they are. Roads: the edges of `osmroads.edges`, and with them the table of speeds.
        The version is the day of the data, the origin the names of the extract's files.

    Raises
    ------
    LackingError
        If there is no extract, and the user did not say that Overpass may be asked, or for which
        area.
    FetchError
        If the extract or the answer cannot be used, the area is too large for Overpass, or
        nothing is found.
    """
    extracts = _extracts(source, request.terms)
    if not extracts:
        _must_be_asked_for(request.terms)
    request.folder.mkdir(parents=True, exist_ok=True)
    if source.roads:
        wanted: Wanted = osmroads.wanted
        asked, largest = overpass.roads_statement(osmroads.CLASSES), overpass.ROADS_KM2
    else:
        wanted = _wanted(source)
        asked, largest = overpass.features_statement(source.tags), overpass.FEATURES_KM2
    paths = extracts or overpass.ask(source.url, asked, request, largest=largest)
    chosen = request.folder / "chosen.osm"
    try:
        kept = select(paths, chosen, wanted, request.box if source.roads else None)
        if not kept.wanted:
            what = "road for trucks" if source.roads else "feature with the tags of fetch.tags"
            where = f"in {', '.join(map(str, extracts))}" if extracts else "in the area"
            raise FetchError(f"OpenStreetMap: no {what} {where}; check both")
        request.report("rows", kept.wanted, kept.wanted)
        frame = osmroads.edges(chosen) if source.roads else _features(chosen, source, request)
    finally:
        for path in (chosen, *([] if extracts else paths)):
            path.unlink(missing_ok=True)
    files = (osmroads.speeds(request.folder),) if source.roads else ()
    day = kept.edited[:10] if kept.edited else None
    return Answer(frame, version=day, files=files, origin=names(extracts) or None)


def there(extracts: Iterable[Path | str], key: str) -> list[Path]:
    """Return the files of an extract; one that is not there is a `FetchError` naming the key."""
    paths = [Path(each).expanduser() for each in extracts]
    for path in paths:
        if not path.is_file():
            raise FetchError(f"{path}: {key}: no such file; check the path, or {overpass.HOW}")
    return paths


def _extracts(source: OpenStreetMap, terms: Terms) -> list[Path]:
    if terms.extracts:
        return there(terms.extracts, "--extract")
    named, key = source.extract or os.environ.get(EXTRACT) or "", EXTRACT
    if source.extract:
        key = "fetch.extract"
    return there(filter(None, named.split(os.pathsep)), key)


def _must_be_asked_for(terms: Terms) -> None:
    if not terms.overpass:
        raise LackingError(
            "OpenStreetMap: no extract is named, and Overpass is asked only if you say so; give "
            "an extract in OSM XML (--extract FILE; osmium-tool cuts one out of a file of "
            "download.geofabrik.de), or say --overpass for a small area"
        )
    if not terms.area_named:
        raise LackingError(
            "OpenStreetMap: Overpass is asked for a small area only; name a study "
            "(--area STUDY), or give an extract in OSM XML (--extract FILE)"
        )


def _wanted(source: OpenStreetMap) -> Wanted:
    def wanted(_: str, tags: Tags) -> Tags | None:
        for key, value in source.tags.items():
            values = [value] if isinstance(value, str) else value
            if key in tags and (values is True or tags[key] in values):
                return tags
        return None

    return wanted


def _features(path: Path, source: OpenStreetMap, request: Request) -> gpd.GeoDataFrame:
    frame = osmread.features(path, source.tags).reset_index()
    if request.box:
        frame = frame[frame.intersects(shapely.box(*request.box))].reset_index(drop=True)
    if not len(frame):
        raise FetchError("OpenStreetMap: nothing with these tags is in the area; check fetch.tags")
    frame["osm_id"] = frame["element"] + "/" + frame["id"].astype(str)
    names = _columns(source)
    for name in names:
        if name not in frame:
            frame[name] = pd.Series(None, index=frame.index, dtype="str")
    return frame[[*names, "geometry"]]


def _columns(source: OpenStreetMap) -> list[str]:
    """Name the tags that become columns: a few of every layer, and what the definition reads."""
    read = [*(getattr(rule, "of", "") for rule in source.make.values()), *source.keep]
    theirs = [name for name in read if name and name not in {*source.fields, *source.make}]
    return list(dict.fromkeys([*_ALWAYS, *source.tags, *source.fields.values(), *theirs]))
