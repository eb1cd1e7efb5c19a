"""Which features count: conditions, force, side, and what holds a point."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from sitesel.crs import WORKING_CRS
from sitesel.errors import StudyError
from sitesel.measure import features as f


def _table(**columns):
    size = len(next(iter(columns.values())))
    return gpd.GeoDataFrame(
        columns, geometry=[shapely.Point(i, 0) for i in range(size)], crs=WORKING_CRS
    )


@pytest.mark.parametrize(
    ("where", "held"),
    [
        ({}, [1, 1, 1, 1]),
        ({"fuel": "Solar"}, [1, 0, 0, 1]),
        ({"fuel": ["Solar", "Gas"]}, [1, 1, 0, 1]),
        ({"fuel": []}, None),
        ({"lanes": 4}, [0, 1, 0, 1]),
        ({"code": 8}, [1, 0, 0, 0]),
        ({"cargo": True}, [1, 1, 0, 0]),
        ({"cargo": False}, [0, 0, 1, 0]),
        ({"drawn": True}, [1, 0, 1, 0]),
        ({"drawn": False}, [0, 1, 0, 1]),
        ({"fuel": "Solar", "lanes": 4}, [0, 0, 0, 1]),
    ],
)
def test_matching(where, held):
    table = _table(
        fuel=["Solar", "Gas", None, "Solar"],
        lanes=[1, 4, np.nan, 4],
        code=["08", "48", None, "x"],
        cargo=["yes", "true", "no", None],
        drawn=[True, False, True, False],
    )
    if held is None:
        assert not f.matching(table, where).any()
    else:
        assert f.matching(table, where).tolist() == [bool(each) for each in held]


@pytest.mark.parametrize("option", [True, 1])
@pytest.mark.parametrize("kind", ["boolean", "Int64", "Float64"])
def test_an_empty_cell_of_a_column_that_may_be_empty_matches_nothing(option, kind):
    table = _table(open=pd.array([True, None, False]).astype(kind))
    assert f.matching(table, {"open": option}).tolist() == [True, False, False]
    assert f.matching(table, {"open": not option}).tolist() == [False, False, True]


def test_unknown_fields_are_named_with_a_suggestion():
    with pytest.raises(StudyError, match=r"no field 'feul'; did you mean 'fuel'\?"):
        f.matching(_table(fuel=["Gas"]), {"feul": "Gas"})
    with pytest.raises(StudyError, match="holds no numbers"):
        f.numbers(_table(fuel=["Gas"]), "fuel")


def test_force_and_geometry_decide_what_counts():
    table = _table(n=[0, 1, 2, 3, 4], in_force=[1.0, 0.0, np.nan, 1.0, 1.0])
    table.loc[3, "geometry"] = None
    table.loc[4, "geometry"] = shapely.Point()
    assert f.counted(table, {})["n"].tolist() == [0]
    assert f.doubtful(table, {})["n"].tolist() == [2]
    assert f.doubtful(table, {"n": 1}).empty
    assert len(f.counted(_table(n=[1, 2]), {})) == 2


def test_sides_are_kept_apart_only_when_asked():
    cells = _table(side=["MX", "US", "MX"])
    there = _table(side=["US", "MX"])
    (rows, every), *rest = f.by_side(cells, there, same_side=False)
    assert (rows.tolist(), len(every), rest) == ([0, 1, 2], 2, [])
    sides = {
        tuple(part["side"]): rows.tolist() for rows, part in f.by_side(cells, there, same_side=True)
    }
    assert sides == {("US",): [1], ("MX",): [0, 2]}
    with pytest.raises(StudyError, match="remove 'same_side'"):
        list(f.by_side(cells, there.drop(columns="side"), same_side=True))


def test_points_of_cells_are_centres_and_of_parcels_lie_inside():
    horseshoe = shapely.box(0, 0, 9, 9).difference(shapely.box(3, 3, 6, 9))
    frame = gpd.GeoDataFrame(geometry=[shapely.box(-2000, 0, -1000, 1000), horseshoe])
    spots = f.points(frame)
    np.testing.assert_allclose(spots[0], [-1500, 500], atol=1e-9)
    assert horseshoe.contains(shapely.Point(spots[1]))


def test_containing_agrees_with_sjoin():
    rng = np.random.default_rng(3)
    spots = rng.uniform(0, 100, (400, 2))
    discs = shapely.buffer(shapely.points(rng.uniform(0, 100, (20, 2))), rng.uniform(3, 30, 20))
    discs[0] = discs[0].difference(discs[0].centroid.buffer(2))
    spot, polygon = f.containing(spots, discs)
    joined = gpd.sjoin(
        gpd.GeoDataFrame(geometry=shapely.points(spots)), gpd.GeoDataFrame(geometry=discs)
    )
    assert set(zip(spot.tolist(), polygon.tolist(), strict=True)) == set(
        zip(joined.index.tolist(), joined["index_right"].tolist(), strict=True)
    )


def test_polygons_are_needed_where_something_is_inside():
    with pytest.raises(StudyError, match="'inside' needs a layer of polygons"):
        f.need_polygons(_table(n=[1]), "inside")
    facts = gpd.GeoDataFrame({"n": [1]}, geometry=[None], crs=WORKING_CRS)
    with pytest.raises(StudyError, match="polygons"):
        f.need_polygons(facts, "lookup")
    f.need_polygons(facts.iloc[:0], "lookup")


def test_categories_match_like_words():
    table = _table(fuel=pd.Categorical(["Gas", "Wind", None]))
    assert f.matching(table, {"fuel": "Wind"}).tolist() == [False, True, False]
