"""Layers made of others: the latest months of all, and figures scaled to official totals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import yaml

from sitesel.catalog.fetched import derived
from sitesel.catalog.layers import Catalog
from sitesel.errors import FetchError

NOTES = {
    "summary": "s", "publisher": "p", "source": "s", "licence": "none", "attribution": "a",
    "vintage": "2026", "quality": "C", "quality_why": "w",
}  # fmt: skip


def table(folder, name, rows, fields, fetch=None):
    """Write a table as a layer, or only the definition of one that is to be made."""
    named = {each: {"title": each, "type": kind} for each, kind in fields.items()}
    content = {"id": name, "title": name, "geometry": {"kind": "table"}, "fields": named}
    content |= {"file": f"{name}.csv", **NOTES} | ({"fetch": fetch} if fetch else {})
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(content), "utf-8")
    if rows is not None:
        pd.DataFrame(rows).to_csv(folder / f"{name}.csv", index=False)


BRIDGES = {
    "bridge": ["a", "b", "c", "d", "e", "f"],
    "customs": ["01", "01", "02", "03", "04", "04"],
    "trucks": [300, 100, 50, 70, 10, None],
    "trend": [330, 0, 60, 77, 11, None],
}


@pytest.fixture
def made(tmp_path):
    """Make a layer of bridges scaled to totals; keywords change its fetch."""

    def make(totals, **changes):
        fetch = {
            "protocol": "apportion", "of": "bridges", "by": "customs",
            "figures": ["trucks", "trend"], "totals": "ports", "key": "port", "total": "sum",
        } | changes  # fmt: skip
        kinds = {"bridge": "text", "customs": "text", "trucks": "number", "trend": "number"}
        table(tmp_path, "bridges", BRIDGES, kinds)
        kinds = {"port": "text", "sum": "number", "day": "date"}
        table(tmp_path, "ports", totals, kinds)
        table(tmp_path, "scaled", None, {}, fetch)
        catalog = Catalog(tmp_path)
        return derived.derive(catalog["scaled"], catalog)

    return make


TOTALS = {"port": ["01", "02", "03"], "sum": [800, 25, None], "day": ["2026-09-01"] * 3}


def test_bridges_add_up_to_the_total_of_their_port(made):
    frame = made(TOTALS)[0].frame.set_index("bridge")
    assert frame["trucks"].iloc[:5].tolist() == [600, 200, 25, 70, 10]
    assert frame["trend"].iloc[:5].tolist() == [660, 0, 30, 77, 11]
    assert frame["factor"].iloc[:3].tolist() == [2, 2, 0.5]
    assert frame["factor"].iloc[3:].isna().all(), "no total: as it was, and it says so"
    assert np.isnan(frame.loc["f", "trucks"]), "unknown stays unknown"


def test_ports_that_are_counted_as_one_are_scaled_as_one(made):
    both = {"port": ["02"], "sum": [900], "day": ["2026-09-01"]}
    frame = made(both, joined=[["01", "02"]], carry=["day"])[0].frame.set_index("bridge")
    assert frame["trucks"].iloc[:4].tolist() == [600, 200, 100, 70]
    assert frame["day"].fillna("").tolist() == ["2026-09-01"] * 3 + [""] * 3
    apart = {"port": ["01", "02"], "sum": [850, 50], "day": ["2026-09-01"] * 2}
    again = made(apart, joined=[["01", "02"]])[0].frame
    assert again["trucks"].tolist()[:4] == [600, 200, 100, 70]


def test_the_vintage_is_the_last_day_counted(made):
    _, taken = made(TOTALS, carry=["day"], latest="day")
    assert taken["vintage"] == "2026-09-01"


def test_a_layer_or_column_that_is_not_there(made, tmp_path):
    with pytest.raises(FetchError, match="layer 'ports' has no column 'summ'"):
        made(TOTALS, total="summ")
    with pytest.raises(FetchError, match="layer 'bridges' has no column 'custom'"):
        made(TOTALS, by="custom")
    (tmp_path / "ports.csv").unlink()
    catalog = Catalog(tmp_path)
    with pytest.raises(FetchError, match="needs ports, which is not there: sitesel layers fetch p"):
        derived.derive(catalog["scaled"], catalog)


def test_the_newest_are_those_of_the_whole_layer(tmp_path):
    months = [f"2026-{month:02d}" for month in range(1, 7)]
    rows = {"port": ["a"] * 6 + ["b"] * 2, "month": months + months[:2], "n": [1] * 6 + [9, 9]}
    table(tmp_path, "counts", rows, {"port": "text", "month": "date", "n": "number"})
    fetch = {
        "protocol": "summary", "of": "counts", "by": ["port"], "order": "month", "newest": 5,
        "figures": {"n": {"of": "n", "take": "sum"}, "last": {"of": "month", "take": "max"}},
    }  # fmt: skip
    table(tmp_path, "year", None, {}, fetch)
    catalog = Catalog(tmp_path)
    frame = derived.derive(catalog["year"], catalog)[0].frame
    assert frame.to_dict("list") == {
        "port": ["a", "b"],
        "n": [5, 9],
        "last": ["2026-06", "2026-02"],
    }
