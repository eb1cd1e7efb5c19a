"""OpenStreetMap: features by tag, or the drive graph, from an extract or an Overpass server."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import shapely

from sitesel.catalog.sources import osmread, osmroads, overpass
from sitesel.catalog.sources.osmxml import select
from sitesel.catalog.sources.request import Answer
from sitesel.errors import FetchError

if TYPE_CHECKING:
    import geopandas as gpd

    from sitesel.catalog.sources.osmxml import Tags, Wanted
    from sitesel.catalog.sources.request import Request
    from sitesel.catalog.sources.specs import OpenStreetMap
    from sitesel.catalog.sources.web import Client

EXTRACT = "SITESEL_OSM_EXTRACT"
_ALWAYS = ("osm_id", "name", "operator", "voltage")


def version(source: OpenStreetMap, client: Client) -> str | None:
    """Return the day of the data that the Overpass server has; None for an extract."""
    if _extracts(source):
        return None
    return overpass.timestamp(source.url, client)


def fetch(source: OpenStreetMap, request: Request) -> Answer:
    """Read features or roads from the extract if there is one, else from an Overpass server.

    Returns
    -------
    Answer
        Features (EPSG:4326): ``osm_id`` like ``way/123``, ``name``, ``operator``, ``voltage``, the
        tags asked for and those that the definition reads, as text; points, lines and polygons
        as they are. Roads: the edges of `osmroads.edges`, and with them the table of speeds.
        The version is the day of the data.

    Raises
    ------
    FetchError
        If the extract or the answer cannot be used, the area is too large for Overpass, or
        nothing is found.
    """
    request.folder.mkdir(parents=True, exist_ok=True)
    extracts = _extracts(source)
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
    return Answer(frame, version=kept.edited[:10] if kept.edited else None, files=files)


def _extracts(source: OpenStreetMap) -> list[Path]:
    named = source.extract or os.environ.get(EXTRACT) or ""
    paths = [Path(name).expanduser() for name in named.split(os.pathsep) if name]
    for path in paths:
        if not path.is_file():
            key = "fetch.extract" if source.extract else EXTRACT
            raise FetchError(f"{path}: {key}: no such file; {overpass.ADVICE}")
    return paths


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
