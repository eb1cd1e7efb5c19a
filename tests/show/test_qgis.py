"""The styles are documents that QGIS can read."""

from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from sitesel.show.qgis import styles


@pytest.fixture(params=["sites", "pairs"])
def document(request):
    return ET.fromstring(styles()[request.param])


def test_there_is_one_for_each_layer_of_the_geopackage():
    assert set(styles()) == {"sites", "pairs"}
    for text in styles().values():
        assert text.startswith("<!DOCTYPE qgis ")


def test_it_is_well_formed_and_complete(document):
    assert document.tag == "qgis"
    renderer = document.find("renderer-v2")
    symbols = {symbol.get("name") for symbol in renderer.iter("symbol")}
    assert symbols
    for each in renderer.iter("range"):
        assert each.get("symbol") in symbols
    for layer in renderer.iter("layer"):
        options = {option.get("name"): option.get("value") for option in layer.iter("Option")}
        for name, value in options.items():
            if name and "color" in name:
                parts = [int(part) for part in value.split(",")]
                assert len(parts) == 4
                assert all(0 <= part <= 255 for part in parts)


def test_the_classes_cover_all_scores_without_a_gap():
    ranges = [
        (float(each.get("lower")), float(each.get("upper")))
        for each in ET.fromstring(styles()["sites"]).iter("range")
    ]
    assert ranges[0][0] == 0
    assert ranges[-1][1] == 1
    for (_, upper), (lower, _) in pairwise(ranges):
        assert upper == lower


def test_the_columns_it_names_are_in_the_tables(small_run_folder):
    import geopandas as gpd

    for name, text in styles().items():
        columns = set(gpd.read_file(small_run_folder / "sites.gpkg", layer=name).columns)
        root = ET.fromstring(text)
        assert root.find(".//text-style").get("fieldName") in columns
        attribute = root.find("renderer-v2").get("attr")
        assert attribute is None or attribute in columns
