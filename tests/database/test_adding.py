"""A table of a real PostGIS becomes a layer; the password goes nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sitesel.catalog.own.adding import Asked, Wish, add
from sitesel.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sitesel.catalog.layers import Catalog

LOTS = """
    CREATE SCHEMA city;
    CREATE TABLE city."Lots for sale" (
        fid serial, "Número" text, usd numeric, sold date, geom geometry(Polygon, 32613));
    INSERT INTO city."Lots for sale" ("Número", usd, sold, geom)
    SELECT n::text, 1000.5 * n, '2026-01-31', ST_MakeEnvelope(
        358000 + 1000 * n, 3523000, 358500 + 1000 * n, 3523500, 32613) FROM generate_series(1, 3) n;
    INSERT INTO city."Lots for sale" ("Número") VALUES ('9');
"""


@pytest.fixture
def lots(server: Any, database: Callable[..., str]) -> str:
    """The address of a database with four lots, one of them without a place."""
    name = database()
    server.run(name, LOTS)
    return str(server.address(name))


def test_a_table_and_a_query_become_layers(lots: str, tmp_path: Path, catalog: Catalog) -> None:
    wish = Wish("lots", side_from="border", key="Número", to=tmp_path / "my")
    added = add([f"{lots}?table=city.Lots for sale"], wish, catalog=catalog)
    assert added.frame["numero"].tolist() == ["1", "2", "3"]
    assert added.frame["usd"].tolist() == [1000.5, 2001.0, 3001.5]
    assert added.frame["sold"].tolist() == ["2026-01-31"] * 3
    assert added.frame.area.sum() / 1e4 == pytest.approx(75, rel=2e-3)
    assert "row 5: no geometry: left out" in added.said
    wish = Wish("dear", to=tmp_path / "my")
    sql = """SELECT usd, geom FROM city."Lots for sale" WHERE usd > 2000 ORDER BY usd"""
    dear = add([lots], wish, Asked(sql=sql), catalog)
    assert dear.frame["usd"].tolist() == [2001.0, 3001.5]
    written = "".join(path.read_text("utf-8") for path in (tmp_path / "my").rglob("*.yaml"))
    assert "s3cr" not in written
    assert "127.0.0.1" not in written


def test_a_table_that_is_not_there(lots: str, tmp_path: Path, catalog: Catalog) -> None:
    with pytest.raises(FetchError, match="check the name of the table") as told:
        add([f"{lots}?table=city.lost"], Wish("lots", to=tmp_path / "my"), catalog=catalog)
    assert "s3cr" not in str(told.value)
    assert not (tmp_path / "my").exists()
