"""Sums in reach against brute force; what is missing is not nought."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from sitesel.crs import WORKING_CRS
from sitesel.errors import StudyError
from sitesel.measure import capacity


@pytest.fixture
def cells():
    x, y = np.random.default_rng(0).uniform(0, 1e5, (2, 250))
    side = np.where(y > 5e4, "US", "MX")
    return gpd.GeoDataFrame(
        {"side": side}, geometry=shapely.box(x, y, x + 1000, y + 1000), crs=WORKING_CRS
    )


@pytest.fixture
def plants():
    rng = np.random.default_rng(1)
    spots = rng.uniform(0, 1e5, (90, 2))
    columns = {
        "mw": np.where(rng.random(90) < 0.2, np.nan, rng.uniform(1, 900, 90)),
        "fuel": rng.choice(["Solar", "Wind", "Gas"], 90),
        "side": np.where(spots[:, 1] > 5e4, "US", "MX"),
    }
    return gpd.GeoDataFrame(columns, geometry=shapely.points(spots), crs=WORKING_CRS)


def _brute(cells, plants, keep, *, km, decay, same_side):
    away = (
        shapely.distance(cells.centroid.to_numpy()[:, None], plants.geometry.to_numpy()[None, :])
        / 1000
    )
    weight = (away <= km) * (np.exp(-away / decay) if decay else 1) * keep
    if same_side:
        weight = weight * (cells["side"].to_numpy()[:, None] == plants["side"].to_numpy())
    return weight @ np.nan_to_num(plants["mw"].to_numpy())


@pytest.mark.parametrize("same_side", [True, False])
@pytest.mark.parametrize("decay", [None, 20.0])
def test_capacity_within_agrees_with_brute_force(cells, plants, decay, same_side):
    options = {"km": 30, "decay": decay, "same_side": same_side}
    total = capacity.capacity_within(cells, plants, field="mw", **options)
    expected = _brute(cells, plants, np.ones(90), **options)
    np.testing.assert_allclose(total, expected, rtol=1e-12, atol=1e-9)
    gas = capacity.capacity_within(cells, plants, field="mw", where={"fuel": "Gas"}, **options)
    expected = _brute(cells, plants, (plants["fuel"] == "Gas").to_numpy(), **options)
    np.testing.assert_allclose(gas, expected, rtol=1e-12, atol=1e-9)


def test_capacity_share_agrees_with_brute_force(cells, plants):
    options = {"km": 12, "decay": 5.0, "same_side": True}
    clean = ["Solar", "Wind"]
    share = capacity.capacity_share(
        cells, plants, field="mw", share_where={"fuel": clean}, **options
    )
    part = _brute(cells, plants, plants["fuel"].isin(clean).to_numpy(), **options)
    whole = _brute(cells, plants, np.ones(90), **options)
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(share, np.where(whole > 0, part / whole, np.nan), rtol=1e-12)
    assert share.isna().any()
    assert share.dropna().between(0, 1).all()


def test_nothing_in_reach_is_nought_and_has_no_share(cells, plants):
    none = plants.iloc[:0]
    assert (capacity.capacity_within(cells, none, field="mw", km=30) == 0).all()
    share = capacity.capacity_share(cells, none, field="mw", km=30, share_where={"fuel": "Gas"})
    assert share.isna().all()


@pytest.mark.parametrize("none", [0, 0.5, 1])
def test_where_nothing_is_in_reach_the_share_is_what_the_study_says(cells, plants, none):
    options = {"field": "mw", "km": 5, "share_where": {"fuel": "Gas"}}
    unsaid = capacity.capacity_share(cells, plants, **options)
    share = capacity.capacity_share(cells, plants, none=none, **options)
    assert unsaid.isna().any()
    assert share.equals(unsaid.fillna(none))


def test_a_plant_of_unknown_size_counts_as_absent(cells, plants):
    sized = plants[plants["mw"].notna()]
    options = {"field": "mw", "km": 30}
    every = capacity.capacity_within(cells, plants, **options)
    assert every.equals(capacity.capacity_within(cells, sized, **options))
    assert every.notna().all()


def test_a_field_of_words_is_a_mistake(cells, plants):
    with pytest.raises(StudyError, match="field 'fuel' holds no numbers"):
        capacity.capacity_within(cells, plants, field="fuel", km=5)
    with pytest.raises(StudyError, match="no field 'capacity'"):
        capacity.capacity_within(cells, plants, field="capacity", km=5)
