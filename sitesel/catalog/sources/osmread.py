"""OSMnx reads OSM XML for us, under settings of our own that are put back afterwards."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sitesel.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import geopandas as gpd
    import networkx as nx

_LOCK = threading.Lock()  # the settings are those of the whole process
_SETTINGS: dict[str, Any] = {
    "all_oneway": False,
    "cache_only_mode": False,
    "default_crs": "epsg:4326",
    "log_console": False,
    "log_file": False,
    "use_cache": False,
    "useful_tags_node": [],
}


@contextmanager
def settings(**changes: Any) -> Iterator[None]:
    """Set OSMnx's global settings for a while.

    Examples
    --------
    >>> import osmnx
    >>> with settings(useful_tags_way=["hgv"]):
    ...     osmnx.settings.useful_tags_way
    ['hgv']
    >>> "hgv" in osmnx.settings.useful_tags_way
    False
    """
    import osmnx  # noqa: PLC0415 (slow to import)

    wanted = _SETTINGS | changes
    with _LOCK:
        before = {name: getattr(osmnx.settings, name) for name in wanted}
        try:
            for name, value in wanted.items():
                setattr(osmnx.settings, name, value)
            yield
        finally:
            for name, value in before.items():
                setattr(osmnx.settings, name, value)


def features(path: Path, tags: Mapping[str, bool | str | list[str]]) -> gpd.GeoDataFrame:
    """Return the features that have any of the tags, in EPSG:4326, by element and id.

    A feature whose geometry cannot be built (a member is missing) is left out.
    """
    import osmnx  # noqa: PLC0415

    try:
        with settings():
            return osmnx.features_from_xml(path, tags=dict(tags))
    except osmnx._errors.InsufficientResponseError:  # noqa: SLF001 (its only name)
        raise FetchError(
            "OpenStreetMap: there is nothing whole with these tags in the area; check fetch.tags"
        ) from None


def graph(path: Path, tags: Sequence[str]) -> nx.MultiDiGraph[int]:
    """Return all ways as a directed graph, a node for each node of theirs, with these tags."""
    import osmnx  # noqa: PLC0415

    with settings(useful_tags_way=list(tags)):
        return osmnx.graph_from_xml(path, simplify=False, retain_all=True)


def simplified(graph: nx.MultiDiGraph[int], *, differ: Sequence[str]) -> nx.MultiDiGraph[int]:
    """Return a graph whose nodes are junctions, dead ends, and changes of these attributes."""
    import osmnx  # noqa: PLC0415

    return osmnx.simplify_graph(graph, edge_attrs_differ=list(differ))
