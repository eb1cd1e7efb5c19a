"""What docs/postgis.md says can be done, done on a real server."""

import re
from pathlib import Path

import pytest
import yaml
from shapely import box

from sitesel.ask.export import export
from sitesel.catalog.fetched import fetching
from sitesel.catalog.layers import Catalog
from sitesel.catalog.own import adding
from sitesel.catalog.sources.web import Client
from sitesel.study import Run

PAGE = (Path(__file__).parents[2] / "docs" / "postgis.md").read_text("utf-8")
LOTS = """CREATE TABLE cadastre.lots AS
    SELECT 'L' || i AS lot_id, 100 + i AS lot_code, i * 1000.5 AS price_usd, i > 2 AS for_sale,
        CASE WHEN i < 5 THEN 'offered' ELSE 'sold' END AS status, i * 10.0 AS hectares,
        ST_Transform(ST_MakeEnvelope(-106.5 + i * 0.01, 31.55, -106.495 + i * 0.01, 31.555, 4326),
            32613) AS geom
    FROM generate_series(1, 9) AS i"""


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def cadastre(server, common):
    server.run(common, "CREATE SCHEMA cadastre", LOTS)
    return common


def test_the_layer_is_fetched_by_its_definition(server, cadastre, tmp_path, monkeypatch):
    (told,) = blocks("yaml")
    monkeypatch.setenv("CADASTRE_DSN", server.address(cadastre))
    definition = {
        "id": "my_parcels", "title": "Lots", "summary": "Lots of the cadastre.",
        "geometry": {"kind": "stored"}, "file": "my_parcels.parquet", "publisher": "the cadastre",
        "source": "the cadastre", "licence": "internal", "attribution": "the cadastre",
        "vintage": "2026", "quality": "A", "quality_why": "official",
        "fields": {name: {"title": name} for name in ("lot_id", "lot_code")}
        | {"price_usd": {"title": "Price", "type": "number", "unit": "USD"}},
    }  # fmt: skip
    place = tmp_path / "land" / "my_parcels.yaml"
    place.parent.mkdir()
    place.write_text(yaml.safe_dump(definition | yaml.safe_load(told)), "utf-8")
    order = fetching.Order(Client(), tmp_path, box=(-106.6, 31.5, -106.4, 31.6))
    layer, _ = fetching.fetch("my_parcels", order)
    frame = Catalog(tmp_path).load("my_parcels")
    assert frame["lot_id"].tolist() == ["L2", "L3", "L4"]
    assert frame["lot_code"].tolist() == ["102", "103", "104"]
    assert frame["price_usd"].tolist() == [2001, 3001.5, 4002]
    assert frame.to_crs(4326).geometry.within(box(-106.6, 31.5, -106.4, 31.6)).all()
    written = "".join(path.read_text("utf-8") for path in tmp_path.rglob("*.yaml"))
    assert layer.fetched.url == "postgresql, by $CADASTRE_DSN"
    assert "s3cr" not in written
    assert "127.0.0.1" not in written


def test_a_table_and_a_query_are_added(server, cadastre, tmp_path):
    address = server.address(cadastre)
    wish = adding.Wish(id="lots", side_from="border", key="lot_id", to=tmp_path)
    added = adding.add([f"{address}?table=cadastre.lots"], wish)
    assert added.frame["lot_id"].tolist() == [f"L{i}" for i in range(1, 10)]
    assert set(added.frame["side"]) == {"MX"}
    sql = re.search(r'--sql "(SELECT [^"]*)"', PAGE)[1]
    wish = adding.Wish(id="sale", key="lot_id", to=tmp_path)
    assert len(adding.add([address], wish, adding.Asked(sql=sql)).frame) == 7
    written = "".join(path.read_text("utf-8") for path in tmp_path.rglob("*.yaml"))
    assert "s3cr" not in written


def test_the_queries_of_the_page_run(server, cadastre, small_run_folder):
    run = Run.open(small_run_folder)
    export(run, server.address(cadastre))
    (told,) = blocks("sql")
    best, parcels, named = told.strip().rstrip(";").split(";\n")
    rows = server.run(cadastre, best)
    ours = run.pairs[run.pairs["set_rank"] <= 10].sort_values("set_rank")
    assert [float(row[-1]) for row in rows] == ours["score"].round(3).tolist()
    assert server.run(cadastre, parcels) is not None
    wanted = {layer["attribution"] for layer in run.record()["layers"].values()}
    assert {row[0] for row in server.run(cadastre, named)} == wanted
