"""Everything the map shows, gathered in one record; nothing in it is computed further."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from sitesel.catalog.definition import Layer
    from sitesel.catalog.layers import Catalog
    from sitesel.decide.values import ValueFunction
    from sitesel.records import Language, Text
    from sitesel.show.told import Told


@dataclass(frozen=True)
class GroupView:
    """A branch of the value tree, with its share of the whole weight."""

    id: str
    title: Text
    weight: float


@dataclass(frozen=True)
class CriterionView:
    """A criterion as a reader meets it.

    ``weight`` is flat (its group's weight times its share there), ``relative`` the weight as the
    study writes it (None: the flat one); ``unknown`` what an UNKNOWN counts as; ``unit`` is that
    of the raw measure, ``measure_words`` says in a sentence what was measured, ``layers`` names
    its sources, ``words`` puts its classes into plain language, ``value`` is its value function.
    """

    id: str
    group: str
    title: Text
    short: Text
    unit: str | None
    weight: float
    applies_to: Literal["US", "MX"] | None
    measure_words: Text
    layers: tuple[str, ...] = ()
    words: Mapping[str, Text] = field(default_factory=dict)
    relative: float | None = None
    unknown: float = 0.5
    value: ValueFunction | None = None


@dataclass(frozen=True)
class GateView:
    """A gate as a reader meets it; ``measure_words`` and ``layers`` as for a criterion."""

    id: str
    title: Text
    measure_words: Text
    layers: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProfileView:
    """A named set of relative weights; what it does not name stays as the study writes it."""

    id: str
    title: Text
    groups: Mapping[str, float]
    criteria: Mapping[str, float]


@dataclass(frozen=True)
class Links:
    """What the page needs to pair any sites again, as `sitesel.decide.pairs.pair` takes it.

    ``minutes`` is (n, p): from each site, in the order of ``View.sites``, to each of ``ports``,
    NaN where there is no way; ``delays`` (p,) minutes at the port.
    """

    ports: tuple[str, ...]
    minutes: NDArray[np.float64]
    delays: tuple[float, ...]
    value: ValueFunction
    weaker_side: float
    keep: int


@dataclass(frozen=True)
class View:
    """A finished run, ready to be drawn.

    Attributes
    ----------
    cells
        Grid cells, index ``site_id``: side, row, col, score, score_low, score_high, verdict;
        None when the candidates are the user's own polygons.
    grid_m
        Edge of a cell in metres of the working CRS.
    values
        (n, k) values 0..1 of the cells, NaN where unknown, columns in the order of ``criteria``.
    gates, gate_codes
        The gates that were measured, and (n, g) positions in `decide.gates.VERDICTS`: the verdict
        of each gate on each cell.
    sites
        Located sites, polygons in the working CRS, index ``site_id``: rank, side, score,
        score_low, score_high, status, lon, lat, hectares, place, raw_*, value_*, zones_en,
        zones_es (a list of words, or one string), and the columns of ``told``.
    pairs
        rank, us_site, port, mx_site, score, score_low, score_high, us_score, mx_score,
        weaker_side, link_minutes, us_minutes, delay_minutes, mx_minutes, set_rank.
    ports
        Ports of entry with their geometry and a column ``open``.
    layer_ids
        Layers of the catalogue that the reader can switch on.
    left_out, gates_left_out
        Titles of the criteria and of the gates that could not be measured for want of a layer.
    group_weights
        Relative weights of the groups as the study writes them; empty when its weights are flat.
    links
        Roads from the sites to the ports; None when the study makes no pairs.
    apart_km
        How far apart the study keeps the sites of a side.
    told
        The fields of the candidates' own layer that are told.
    only
        The fields that the page has of some layers, by id; of the others it has all.
    earlier
        The layers that were measured in an earlier version than the one drawn, as they were then.
    store
        A file in which the drawings of the layers are kept for the next map; None for nowhere.
    """

    study_id: str
    title: Text
    as_of: date
    groups: tuple[GroupView, ...]
    criteria: tuple[CriterionView, ...]
    cells: pd.DataFrame | None
    grid_m: float
    values: NDArray[np.float64] | None
    sites: gpd.GeoDataFrame
    pairs: pd.DataFrame
    ports: gpd.GeoDataFrame
    catalog: Catalog
    layer_ids: tuple[str, ...]
    left_out: tuple[Text, ...] = ()
    gates_left_out: tuple[Text, ...] = ()
    languages: tuple[Language, ...] = ("en", "es")
    apart_km: float = 0.0
    group_weights: Mapping[str, float] = field(default_factory=dict)
    profiles: tuple[ProfileView, ...] = ()
    links: Links | None = None
    gates: tuple[GateView, ...] = ()
    gate_codes: NDArray[np.int8] | None = None
    told: tuple[Told, ...] = ()
    only: Mapping[str, Sequence[str]] = field(default_factory=dict)
    earlier: Mapping[str, Layer] = field(default_factory=dict)
    store: Path | None = None
