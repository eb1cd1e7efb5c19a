"""Names of sites: each tells one site from all others."""

import pandas as pd

from sitesel.decide.names import site_names


def test_sites_of_the_same_name_get_numbers_that_no_other_bears():
    own = ["Lot 7", "Lot 7", "Lot 7 (2)", "Lot 7 (2)", "Lot 8"]
    sites = pd.DataFrame({"own_name": own, "landmark": None, "place": "Laredo"})
    named = site_names(sites.assign(place_km=1.0, place_bearing="N"))
    assert len(set(named)) == len(own)
    assert named == ["Lot 7", "Lot 7 (3)", "Lot 7 (2)", "Lot 7 (2) (2)", "Lot 8"]
