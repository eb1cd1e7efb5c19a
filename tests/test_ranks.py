"""Ranks under draws: which UNKNOWN values are drawn for each site, and which once for all."""

import numpy as np
import pandas as pd
import pytest

from sitesel.ranks import ranked_again
from sitesel.study import Study

STUDY = {
    "study": "law",
    "title": "Law",
    "as_of": "2026-01-01",
    "area": {"bbox": [-107, 31, -106, 32]},
    "pairs": None,
    "criteria": {
        "zone": {
            "measure": {"kind": "inside", "of": "free_zone_north"},
            "value": {"at": {0: 0, 1: 1}},
            "weight": 5,
        },
        "rail": {
            "measure": {"kind": "distance", "of": "rail"},
            "value": {"at": {0: 1, 50: 0}},
            "weight": 5,
        },
    },
}


@pytest.fixture
def again():
    """Rank three sites under draws: two in the zone, the third where none is."""

    def ranked(**zone):
        criteria = STUDY["criteria"] | {"zone": STUDY["criteria"]["zone"] | zone}
        study = Study.model_validate(STUDY | {"criteria": criteria})
        sites = pd.DataFrame(
            {"side": "MX", "value_zone": [np.nan, np.nan, 0], "value_rail": [0.5, 0.49, 0.5]}
        )
        weights, none = np.array([[0.0, 0.5], [0.0, 0.5]]), np.empty((0, 3))
        return ranked_again(study, sites, pd.DataFrame(), ("zone", "rail"), weights, none)[0]

    return ranked


def test_each_unknown_is_drawn_for_itself(again):
    assert again()["p_rank1"].tolist()[:2] == pytest.approx([0.5, 0.5], abs=0.05)


def test_one_fact_is_drawn_for_all_sites(again):
    """Whether or not the law holds, the second is behind the first."""
    assert again(unknown_together=True)["p_rank1"].tolist() == [1, 0, 0]
    assert again(unknown_together=True).equals(again(unknown_together=True))


def test_one_fact_counts_on_average_as_unknown_says(again):
    """Where it is held for lapsed, the third is level with the first."""
    means = [again(unknown_together=True, unknown=u)["rank_mean"][2] for u in (0, 0.5, 1)]
    assert means[0] < means[1] <= means[2] == 3
