"""A field of the nearest feature, against geopandas' own search."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from sitesel.crs import WORKING_CRS
from sitesel.errors import StudyError
from sitesel.measure.features import points
from sitesel.measure.nearest import nearest
from sitesel.measure.proximity import conformal


@pytest.fixture
def cells():
    rng = np.random.default_rng(3)
    x, y = rng.uniform(-2e5, 2e5, (2, 400))
    return gpd.GeoDataFrame(
        {"side": np.where(y > 0, "US", "MX")},
        index=[f"c{n}" for n in range(400)],
        geometry=shapely.box(x, y, x + 1000, y + 1000),
        crs=WORKING_CRS,
    )


@pytest.fixture
def features():
    rng = np.random.default_rng(4)
    x, y = rng.uniform(-2e5, 2e5, (2, 60))
    shapes = [*shapely.points(x, y)[:40], *shapely.box(x, y, x + 9000, y + 4000)[40:]]
    table = {
        "side": np.where(y > 0, "US", "MX"),
        "wait": np.arange(60.0),
        "name": [f"port {n}" for n in range(60)],
        "open": np.arange(60) % 3 > 0,
    }
    return gpd.GeoDataFrame(table, geometry=shapes, crs=WORKING_CRS)


def expected(cells, features, field):
    spots = gpd.GeoDataFrame(geometry=shapely.points(conformal(points(cells))), index=cells.index)
    flat = gpd.GeoDataFrame(
        features[[field]].reset_index(drop=True),
        geometry=shapely.transform(features.geometry.to_numpy(), conformal),
    )
    joined = spots.sjoin_nearest(flat).sort_values("index_right")
    return joined.groupby(level=0)[field].first()[cells.index]


@pytest.mark.parametrize("field", ["wait", "name"])
def test_it_is_that_of_sjoin_nearest(cells, features, field):
    found = nearest(cells, features, field=field)
    assert found.tolist() == expected(cells, features, field).tolist()
    assert found.nunique() > 20


def test_only_what_matches_counts_and_only_on_the_same_side(cells, features):
    found = nearest(cells, features, field="wait", same_side=True, where={"open": True})
    for side in ("US", "MX"):
        chosen = features[(features["side"] == side) & features["open"]]
        here = cells[cells["side"] == side]
        assert found[here.index].tolist() == expected(here, chosen, "wait").tolist()


def test_what_is_empty_is_unknown_and_never_zero(cells, features):
    blank = features.assign(wait=np.nan, name=pd.Series([None] * 60, dtype=object))
    assert nearest(cells, blank, field="wait").isna().all()
    assert all(each is None for each in nearest(cells, blank, field="name"))
    assert nearest(cells, features.iloc[:0], field="wait").isna().all()


def test_a_tie_goes_to_the_first_of_the_layer(cells, features):
    twice = gpd.GeoDataFrame(pd.concat([features, features.assign(wait=-1.0)]), crs=WORKING_CRS)
    assert (nearest(cells, twice, field="wait") >= 0).all()


def test_a_field_that_is_not_there_is_told(cells, features):
    with pytest.raises(StudyError, match="no field 'waits'; did you mean 'wait'"):
        nearest(cells, features, field="waits")
