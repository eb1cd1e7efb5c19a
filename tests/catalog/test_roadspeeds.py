"""Speeds by class and limit, worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from sitesel.catalog.roadspeeds import Speeds, Stretch
from sitesel.errors import LayerError
from sitesel.resources import shipped

OSM = shipped("layers") / "transport" / "speeds_osm.csv"


def road(kind, side="US", limit=np.nan, truck_limit=np.nan):
    return Stretch(
        np.array([kind], object), np.array([side]), np.array([limit]), np.array([truck_limit])
    )


@pytest.mark.parametrize(
    ("known", "truck", "car"),
    [
        (road("motorway"), 90, 100),  # the class's own speed; nine tenths of it
        (road("motorway", "MX"), 80, 100),  # capped
        (road("motorway", limit=120), 97.2, 108),  # nine tenths of the limit, and of that
        (road("motorway", limit=140), 105, 126),  # capped
        (road("motorway", limit=120, truck_limit=88), 88, 108),  # a limit of its own
        (road("motorway", limit=60, truck_limit=88), 48.6, 54),  # which is not driven at either
        (road("residential", limit=50), 36, 45),
        (road("residential", "MX"), 24, 30),
    ],
)
def test_of_class_limit_and_cap_the_slowest_counts(known, truck, car):
    assert Speeds.read(OSM).kmh_by_class(known)[0] == pytest.approx(truck)
    assert Speeds.read(OSM, vehicle="car").kmh_by_class(known)[0] == pytest.approx(car)


def test_a_class_without_rows_is_named():
    with pytest.raises(LayerError, match=r"speeds_osm\.csv: name: no row 'kmh_raceway'"):
        Speeds.read(OSM).kmh_by_class(road("raceway"))


def test_a_table_for_classes_needs_no_rows_for_junctions_but_all_others(tmp_path):
    rows = pd.read_csv(OSM)
    for name in ("limit_share", "truck_limit_kmh", "gate_km", "step_km", "delay_min", "reach_km"):
        rows[rows["name"] != name].to_csv(tmp_path / "speeds.csv", index=False)
        with pytest.raises(LayerError, match=f"name: no row '{name}'"):
            Speeds.read(tmp_path / "speeds.csv")


@pytest.mark.parametrize("text", [None, "a,b\n1,2\n", "name,us,mx\nopen_kmh,fast,slow\n", ""])
def test_a_file_that_is_no_table_of_speeds(tmp_path, text):
    path = tmp_path / "speeds.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(LayerError, match=r"speeds\.csv: cannot be read as speeds"):
        Speeds.read(path)
