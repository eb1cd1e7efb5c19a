"""The dispatch: the right function for each kind, coverage, and errors that name the layer."""

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pydantic import TypeAdapter

from sitesel.catalog.layers import Catalog
from sitesel.crs import WORKING_CRS, xy
from sitesel.errors import StudyError, UnknownNameError
from sitesel.measure import capacity, measures, overlap, proximity, specs

HEAD = """
id: {id}
title: x
summary: x
geometry: {geometry}
file: {file}
publisher: x
source: x
licence: x
attribution: x
vintage: x
quality: A
quality_why: x
"""
PLANTS = """name,lon,lat,mw,fuel,side,until
a,-106.5,31.9,100,Solar,US,
b,-106.4,31.8,300,Gas,US,2030-01-01
c,-106.4,31.6,50,Wind,MX,2020-01-01
d,-106.3,31.5,,Gas,MX,
"""


@pytest.fixture
def world(tmp_path):
    folder = tmp_path / "power"
    folder.mkdir()
    (folder / "plants.csv").write_text(PLANTS)
    (folder / "plants.yaml").write_text(
        HEAD.format(id="plants", geometry="{kind: points}", file="plants.csv")
        + "side: side\nvalidity: {to: until}\ncoverage: [[-107, 31, -106, 32]]\n"
        + "fields: {mw: {title: x, type: number, unit: MW}}\n"
    )
    zone = gpd.GeoDataFrame(
        {"name": ["z"], "n": [7.0]}, geometry=[shapely.box(-106.6, 31.7, -106.4, 31.9)], crs=4326
    )
    zone.to_parquet(folder / "zones.parquet")
    (folder / "zones.yaml").write_text(
        HEAD.format(id="zones", geometry="{kind: stored}", file="zones.parquet")
        + "coverage: [[-107, 31, -106.2, 32]]\n"
    )
    return measures.World(Catalog(tmp_path), date(2026, 11, 21))


@pytest.fixture
def cells():
    x, y = xy([-106.5, -106.35, -106.1, -100.0], [31.8, 31.6, 31.5, 28.0])
    squares = shapely.box(x - 500, y - 500, x + 500, y + 500)
    return gpd.GeoDataFrame(
        {"side": ["US", "MX", "MX", "US"]}, index=list("abcd"), geometry=squares, crs=WORKING_CRS
    )


def _run(cells, world, **document):
    return measures.run(TypeAdapter(specs.Measure).validate_python(document), cells, world)


def _same(left, right, known):
    pd.testing.assert_series_equal(left, right.where(known), check_names=False)


def test_each_kind_calls_its_function(cells, world):
    plants, zones = world.features("plants"), world.features("zones")
    p, z = [True, True, True, False], [True, True, False, False]
    near = {"km": 40, "same_side": True}
    _same(_run(cells, world, kind="distance", of="plants"), proximity.distance(cells, plants), p)
    _same(
        _run(cells, world, kind="count_within", of="plants", decay=9, **near),
        proximity.count_within(cells, plants, decay=9, **near),
        p,
    )
    _same(
        _run(cells, world, kind="capacity_within", of="plants", field="mw", **near),
        capacity.capacity_within(cells, plants, field="mw", **near),
        p,
    )
    only = {"fuel": "Solar"}
    _same(
        _run(cells, world, kind="capacity_share", of="plants", field="mw", share_where=only, km=40),
        capacity.capacity_share(cells, plants, field="mw", share_where=only, km=40),
        p,
    )
    _same(_run(cells, world, kind="share", of="zones"), overlap.share(cells, zones), z)
    _same(_run(cells, world, kind="inside", of="zones"), overlap.inside(cells, zones), z)
    _same(
        _run(cells, world, kind="lookup", of="zones", field="n"),
        pd.Series([7, *[np.nan] * 3], cells.index),
        z,
    )


def test_of_several_layers_the_nearest_feature_counts_and_the_unknown_might_be_it(cells, world):
    each = [_run(cells, world, kind="distance", of=layer) for layer in ("plants", "zones")]
    both = _run(cells, world, kind="distance", of=["plants", "zones"])
    np.testing.assert_array_equal(both, np.minimum(*each))
    assert both.isna().tolist() == [False, False, True, True]
    assert both["a"] == 0 < each[0]["a"]


def test_a_layer_of_the_other_side_is_not_asked_where_only_the_own_side_counts(cells, tmp_path):
    power = tmp_path / "power"
    power.mkdir()
    north = "name,lon,lat,side\nn,-106.45,31.85,US\n"
    south = "name,lon,lat,side\ns,-106.36,31.6,MX\n"
    for name, rows, more in (
        ("north", north, "country: US\ncoverage: [[-107, 31, -106, 32]]\n"),
        ("south", south, "country: MX\n"),
    ):
        head = HEAD.format(id=name, geometry="{kind: points}", file=f"{name}.csv")
        (power / f"{name}.csv").write_text(rows)
        (power / f"{name}.yaml").write_text(head + "side: side\n" + more)
    world = measures.World(Catalog(tmp_path), date(2026, 11, 21))
    document = {"kind": "distance", "of": ["north", "south"]}
    own = _run(cells, world, **document, same_side=True)
    assert own.isna().tolist() == [False, False, False, True], "d lies beyond what north tells"
    assert own["a"] < 10
    assert own["b"] < 2
    assert _run(cells, world, **document).isna().all(), "either might have something nearer"
    assert specs.layers_of(specs.Distance(kind="distance", of=["a", "b"])) == ["a", "b"]


def test_outside_the_coverage_classes_are_none_and_numbers_nan(cells, world):
    names = _run(cells, world, kind="lookup", of="zones", field="name")
    assert names.tolist() == ["z", None, None, None]
    assert names.dtype == object
    inside = _run(cells, world, kind="inside", of="zones")
    np.testing.assert_array_equal(inside, [1, 0, np.nan, np.nan])


def test_what_has_ended_does_not_count(cells, world):
    wind = {"kind": "count_within", "of": "plants", "km": 500, "where": {"fuel": "Wind"}}
    assert _run(cells, world, **wind).tolist()[:3] == [0, 0, 0]
    before = measures.World(world.catalog, date(2019, 1, 1))
    assert _run(cells, before, **wind).tolist()[:3] == [1, 1, 1]


def test_tiers_know_their_own_coverage(cells, world):
    tiers = {
        "solar": {"kind": "distance", "of": "plants", "max": 15, "where": {"fuel": "Solar"}},
        "zone": {"kind": "inside", "of": "zones"},
        "gas": {"kind": "distance", "of": "plants", "max": 30, "where": {"fuel": "Gas"}},
    }
    tier = _run(cells, world, kind="tier", tiers=tiers)
    assert tier.tolist() == ["solar", "gas", None, None]
    assert _run(
        cells, world, kind="tier", tiers={"wind": {**tiers["solar"], "where": {"fuel": "Wind"}}}
    ).tolist() == ["none", "none", "none", None]


def test_errors_name_the_layer(cells, world):
    with pytest.raises(StudyError, match=r"layer 'plants': .*needs a layer of polygons"):
        _run(cells, world, kind="share", of="plants")
    with pytest.raises(
        StudyError, match="layer 'plants': the layer has no field 'fule'; did you mean 'fuel'"
    ):
        _run(cells, world, kind="capacity_within", of="plants", field="fule", km=5)
    with pytest.raises(UnknownNameError, match="did you mean 'plants'"):
        _run(cells, world, kind="distance", of="plant")


def test_words_that_no_feature_has_are_a_mistake_not_a_nought(cells, world):
    near = {"kind": "count_within", "of": "plants", "km": 40}
    with pytest.raises(StudyError, match="layer 'plants': where: no feature has fuel 'solar'; did"):
        _run(cells, world, where={"fuel": "solar"}, **near)
    some = _run(cells, world, where={"fuel": ["Solar", "Nuclear"]}, **near)
    assert some.equals(_run(cells, world, where={"fuel": "Solar"}, **near))
    share = {**near, "kind": "capacity_share", "field": "mw"}
    with pytest.raises(StudyError, match="no feature has side 'Canada'; known: MX, US"):
        _run(cells, world, share_where={"side": "Canada"}, **share)


class _Roads:
    """Stands for the road graph: 30 minutes to everything."""

    points = staticmethod(lambda frame: frame)

    def nearest_minutes(self, candidates, targets, **_):
        return np.full(len(candidates), 30.0 if len(targets) else np.nan)

    def sum_within(self, candidates, _targets, weight, **options):
        return np.full(len(candidates), weight.sum() * (options["limit"] >= 30))


def test_minutes_go_by_road(cells, world, monkeypatch):
    monkeypatch.setattr(measures.World, "network", _Roads())
    plants = {"of": "plants", "field": "mw"}
    near = slice(0, 3)
    drive = _run(cells, world, kind="drive_time", to="plants")
    assert drive.tolist()[near] == [30, 30, 30]
    assert np.isnan(drive["d"])
    assert _run(cells, world, kind="reach", **plants).tolist()[near] == [400] * 3
    assert (
        _run(cells, world, kind="count_within", of="plants", minutes=45).tolist()[near] == [3] * 3
    )
    assert (
        _run(cells, world, kind="capacity_within", minutes=15, **plants).tolist()[near] == [0] * 3
    )
    solar = {"kind": "capacity_share", "share_where": {"fuel": "Solar"}, **plants}
    assert _run(cells, world, minutes=45, **solar).tolist()[near] == [0.25] * 3
    assert _run(cells, world, minutes=15, **solar).isna().all()
    none = _run(cells, world, minutes=15, none=0, **solar)
    assert none.tolist()[near] == [0] * 3
    assert np.isnan(none["d"])  # outside the coverage nothing is known, not even nothing
