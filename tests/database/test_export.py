"""Writing a run to PostGIS, on a real server."""

import dataclasses
import json
import os
import shutil
import subprocess
from urllib.parse import quote

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import pytest
import shapely
import sqlalchemy
import typer
from psycopg.sql import SQL, Identifier
from typer.testing import CliRunner

from sitesel import cli_export
from sitesel.ask import export as exporting
from sitesel.ask.export import ExportError, export
from sitesel.ask.run_tables import NAMES, Table
from sitesel.catalog.sources import postgis
from sitesel.crs import WORKING_CRS
from sitesel.errors import FetchError, SiteselError
from sitesel.show.tables import flat_sites
from sitesel.study import Run

HOSTILE = [
    '"; DROP SCHEMA sitesel CASCADE; --',
    "'; DROP SCHEMA sitesel CASCADE; --",
    "\\.\n\\N\t\r",
    "%s {} $1 :x E'\\''",
    "Ñuñoa \u202e\U0001f3ed",
    "nul \0",
    "x" * 10_000,
]


@pytest.fixture(scope="module")
def run(small_run_folder):
    """The small run with sites of two cells."""
    opened = Run.open(small_run_folder)
    sites = opened.study.sites.model_copy(update={"hectares": 800})
    return opened.under(opened.study.model_copy(update={"sites": sites}))


@pytest.fixture(scope="module")
def heavier(run):
    """The same run under other weights."""
    other = run.reweight(water=0.9)
    assert not other.decision.sites.equals(run.decision.sites)
    return other


@pytest.fixture(scope="module")
def written(server, common, run):
    """The name of a database that the small run was written to, with its cells."""
    done = export(run, server.address(common), cells=True)
    assert set(done) == set(NAMES)
    return common


@pytest.fixture(scope="module")
def read(server, written):
    """A function that reads a table with geopandas."""
    address = server.address(written).replace("postgresql:", "postgresql+psycopg:")
    engine = sqlalchemy.create_engine(address)

    def table(name, shape="geom"):
        if shape is None:
            return pd.read_sql_table(name, engine, schema="sitesel")
        return gpd.read_postgis(f'SELECT * FROM sitesel."{name}"', engine, geom_col=shape)

    yield table
    engine.dispose()


def state(server, database, schema="sitesel"):
    """Return the tables of a schema with their comments and the hashes of their rows."""
    with psycopg.connect(server.address(database)) as base:
        found = base.execute(
            "SELECT relname, obj_description(c.oid) FROM pg_class c JOIN pg_namespace n "
            "ON n.oid = relnamespace WHERE relkind IN ('r', 'v') AND nspname = %s",
            [schema],
        )
        rows = "SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM {} t"
        return {
            name: (said, base.execute(SQL(rows).format(Identifier(schema, name))).fetchone())
            for name, said in found.fetchall()
        }


def same(ours, theirs):
    """Check two columns to the last digit; what is missing is missing in both."""
    missing = ours.isna().to_numpy()
    assert theirs.isna().to_numpy().tolist() == missing.tolist()
    assert theirs[~missing].tolist() == ours[~missing].tolist()


def test_sites_are_those_of_the_run_to_the_digit(run, read):
    sites = read("sites").set_index("site_id")
    assert sites.crs.to_epsg() == 4326
    assert set(sites.geom_type) == {"MultiPolygon"}
    flat = flat_sites(run.sites).set_index("site_id").drop(columns="geometry")
    assert list(sites)[:-1] == list(flat)
    for name in flat:
        joined = flat[name].map(lambda v: "; ".join(v) if isinstance(v, list) else v)
        same(joined, sites.loc[flat.index, name])
    hectares = sites.to_crs(WORKING_CRS).area / 1e4
    np.testing.assert_allclose(hectares, sites["hectares"], rtol=1e-9)


def test_areas_are_right_by_the_database_s_own_reckoning(server, written):
    """On the ellipsoid: the projection is equal-area, only the edges of cells differ."""
    rows = server.run(written, "SELECT hectares, ST_Area(geom::geography) / 1e4 FROM sitesel.sites")
    ours, theirs = np.array(rows).T
    np.testing.assert_allclose(ours, theirs, rtol=1e-4)


def test_pairs_are_those_of_the_run_to_the_digit(run, read):
    pairs = read("pairs")
    ours = run.pairs.astype({"set_rank": "Int64"})
    assert len(pairs) == len(ours) > 0
    for name in ours:
        same(ours[name].reset_index(drop=True), pairs[name])
    ports = read("ports").set_index("port_id").geometry
    line = pairs.geometry[0]
    assert line.coords[1] == ports[pairs["port"][0]].coords[0]
    assert tuple(run.sites.loc[pairs["us_site"][0], ["lon", "lat"]]) == line.coords[0]


def test_cells_are_all_candidates_to_the_digit(run, read):
    cells = read("cells").set_index("cell_id")
    assert list(cells.index) == list(run.measures.index)
    for name in run.measures.drop(columns="land"):
        plain = name.replace("raw:", "raw_").replace("gate:", "gate_").replace("port:", "minutes_")
        same(run.measures[name], cells[plain])
    same(pd.Series(run.decision.scores.score, cells.index), cells["score"])
    for place, name in enumerate(run.decision.criteria):
        same(pd.Series(run.decision.values[:, place], cells.index), cells[f"value_{name}"])
    assert cells["verdict"].tolist() == run.decision.verdict.tolist()
    for site, members in zip(run.decision.sites.index, run.decision.cells, strict=True):
        assert set(cells.index[cells["site_id"] == site]) == set(run.measures.index[members])
    ground = cells.to_crs(WORKING_CRS)
    np.testing.assert_allclose(ground.area, 1e4 * run.measures["hectares"], rtol=1e-9)
    whole = run.measures["land"].isna().to_numpy()
    assert 0 < (~whole).sum() < whole.sum()  # those that the border cuts
    assert (run.measures["hectares"][whole] == 400).all()
    wanted = (run.measures[["col", "row"]].to_numpy() + 0.5) * 2000
    centres = shapely.get_coordinates(ground.centroid)
    np.testing.assert_allclose(centres[whole], wanted[whole], atol=0.1)
    assert (np.abs(ground.bounds.to_numpy() - np.tile(wanted, 2)) < 1000.1).all()


def test_ports_say_whether_they_take_cargo(run, read):
    ports = read("ports").set_index("port_id")
    assert set(ports.geom_type) == {"Point"}
    assert set(ports.index[ports["takes_cargo"]]) == set(run.measured.delays)
    np.testing.assert_allclose(ports.geometry.x, ports["lon"].astype(float), atol=1e-9)


def test_criteria_and_sources_say_what_the_run_rests_on(run, read):
    criteria = read("criteria", None).set_index("criterion")
    assert list(criteria.index) == list(run.study.criteria)
    shares = criteria.loc[list(run.decision.criteria), ["share_us", "share_mx"]]
    np.testing.assert_array_equal(shares.to_numpy(), run.decision.weights)
    assert criteria["share_us"].isna().sum() == len(run.plan.left_out) > 0
    assert criteria.loc["rail", "value"] == run.study.criteria["rail"].value.model_dump(mode="json")
    sources, record = read("sources", None).set_index("layer"), run.record()
    assert set(sources.index) == set(record["layers"])
    for name, known in record["layers"].items():
        assert sources.loc[name, list(known)].tolist() == list(known.values())
    row = read("run", None).iloc[0]
    assert row["record"] == json.loads(json.dumps(record))
    assert (row["study"], row["as_of"]) == (run.study.study, run.study.as_of.isoformat())


def test_keys_indexes_srids_and_comments(server, written):
    shapes = server.run(
        written,
        "SELECT f_table_name, type, srid FROM geometry_columns WHERE "
        "f_table_schema = 'sitesel' ORDER BY 1",
    )
    assert shapes == [
        ("cells", "MULTIPOLYGON", 4326),
        ("pairs", "LINESTRING", 4326),
        ("ports", "POINT", 4326),
        ("sites", "MULTIPOLYGON", 4326),
    ]
    indexes = server.run(
        written,
        "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'sitesel' ORDER BY 1",
    )
    assert [table for table, said in indexes if "USING gist (geom)" in said] == [
        name for name, *_ in shapes
    ]
    keys = {said for _, said in indexes if "UNIQUE" in said}
    assert len(keys) == len(NAMES)
    assert any("(us_site, mx_site)" in said for said in keys)
    comments = server.run(
        written,
        "SELECT c.relname, obj_description(c.oid) FROM pg_class c JOIN "
        "pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' AND "
        "nspname = 'sitesel'",
    )
    assert all(said.startswith("sitesel: ") for _, said in comments)
    said = dict(
        server.run(
            written,
            "SELECT attname, col_description(attrelid, attnum) FROM pg_attribute "
            "WHERE attrelid = 'sitesel.sites'::regclass AND attnum > 0",
        )
    )
    assert said["score"] == "suitability, 0 to 1"
    assert "km" in said["raw_rail"]
    assert said["rank_low"] == "lower of the ranks between which 90 % of the draws lie"
    ruled = server.run(
        written,
        "SELECT conrelid::regclass::text FROM pg_constraint WHERE "
        "contype = 'f' AND confrelid = 'sitesel.sites'::regclass ORDER BY 1",
    )
    assert ruled == [("sitesel.cells",), ("sitesel.pairs",), ("sitesel.pairs",)]
    whole = server.run(
        written,
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'sitesel' "
        "AND table_name = 'pairs' AND data_type = 'bigint' ORDER BY 1",
    )
    assert whole == [("rank",), ("rank_high",), ("rank_low",), ("set_rank",)]


def test_ogr_opens_the_tables(server, written):
    program = shutil.which("ogrinfo")
    if program is None:
        pytest.skip("no ogrinfo: apt install gdal-bin")
    source = f"PG:host=127.0.0.1 port={server.port} user=admin dbname={written} schemas=sitesel"
    secret = os.environ | {"PGPASSWORD": server.password}
    done = subprocess.run(
        [program, "-ro", "-so", source, "sites"],
        env=secret,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "Geometry: Multi Polygon" in done.stdout
    assert 'ID["EPSG",4326]' in done.stdout
    assert "score: Real" in done.stdout
    assert "rank: Integer64" in done.stdout


def test_what_was_written_is_read_back_as_candidates(server, written, run):
    sites = postgis.read(
        server.address(written),
        "SELECT site_id, side, hectares, geom FROM sitesel.sites WHERE side = :side",
        {"side": "US"},
    )
    ours = run.sites[run.sites["side"] == "US"]
    assert sites["site_id"].tolist() == ours.index.tolist()
    assert sites["hectares"].tolist() == ours["hectares"].tolist()
    back = sites.to_crs(WORKING_CRS).geometry.to_numpy()
    differ = shapely.area(shapely.symmetric_difference(back, ours.geometry.to_numpy()))
    assert (differ < 1).all()  # square metres


def test_an_earlier_export_stays_unless_it_may_go(server, gis, run, heavier):
    address = server.address(gis)
    export(run, address, cells=True)
    before = state(server, gis)
    with pytest.raises(ExportError, match=r"holds an earlier export .*cells.*--replace"):
        export(run, address)
    assert state(server, gis) == before
    export(heavier, address, replace=True)
    after = state(server, gis)
    assert set(after) == set(NAMES) - {"cells"}  # cells of another run would contradict the sites
    assert after["sites"] != before["sites"]
    assert after["ports"] == before["ports"]
    export(run, address, schema="other")
    assert state(server, gis) == after


def test_tables_of_others_are_never_replaced(server, gis, run):
    server.run(gis, "CREATE TABLE public.ports (id int)", "INSERT INTO public.ports VALUES (1)")
    for replace in (False, True):
        with pytest.raises(ExportError, match=r"'ports' that sitesel did not write.*--schema"):
            export(run, server.address(gis), schema="public", replace=replace)
    assert server.run(gis, "SELECT id FROM public.ports") == [(1,)]


def test_what_rests_on_a_table_keeps_it(server, gis, run):
    export(run, server.address(gis))
    server.run(gis, "CREATE VIEW best AS SELECT * FROM sitesel.sites WHERE rank < 4")
    before = state(server, gis)
    with pytest.raises(FetchError, match=r"view best.*rests on these tables"):
        export(run, server.address(gis), replace=True)
    assert state(server, gis) == before


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(exporting, "_BLOCK", 5)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("stage", ["sites", "cells"])
def test_a_cut_connection_leaves_what_was_there(server, gis, run, heavier, capfd, stage):
    address = server.address(gis)
    export(run, address)
    before = state(server, gis)

    def cut(table, rows, total):
        if table == stage and rows < total:
            server.run(
                "postgres",
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{gis}'",
            )

    with pytest.raises(FetchError, match=r"at 127\.0\.0\.1: the connection broke"):
        export(heavier, address, replace=True, cells=True, report=cut)
    assert state(server, gis) == before
    assert "".join(capfd.readouterr()) == ""


def test_a_mistake_of_ours_leaves_what_was_there(server, gis, run):
    address = server.address(gis)

    def stop(table, *_):
        if table == "pairs":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(run, address, report=stop)
    assert state(server, gis) == {}
    assert server.run(gis, "SELECT 1 FROM pg_namespace WHERE nspname = 'sitesel'") == []


@pytest.mark.parametrize("schema", ['a"; DROP SCHEMA public CASCADE; --', "Año 2026's", "x" * 63])
def test_any_schema_name_is_a_name(server, gis, run, schema):
    export(run, server.address(gis), schema=schema)
    names = server.run(
        gis,
        "SELECT nspname, count(*) FROM pg_class c JOIN pg_namespace n "
        "ON n.oid = relnamespace WHERE relkind = 'r' AND relname IN ('sites', 'pairs') "
        "GROUP BY 1",
    )
    assert names == [(schema, 2)]
    assert server.run(gis, "SELECT 1 FROM pg_namespace WHERE nspname = 'public'") == [(1,)]


@pytest.mark.parametrize("schema", ["", "x" * 64, "a\0b", "a\nb", "pg_mine"])
def test_a_name_that_cannot_be_is_refused(server, gis, run, schema):
    with pytest.raises(SiteselError, match="--schema"):
        export(run, server.address(gis), schema=schema)


def test_hostile_texts_and_columns_are_data(server, gis, run, monkeypatch):
    """In cells, in names of columns and in comments."""
    columns = {name[:200]: HOSTILE for name in HOSTILE}
    frame = pd.DataFrame(
        {"id": [*HOSTILE[:-1], "long"], **columns, "xmin": 1, "tags": [["a", "b"]] * 7, "n": 2.5}
    ).astype({"n": "float64"})
    frame.loc[0, "n"], frame.loc[1, "n"] = np.nan, np.inf
    said = dict.fromkeys(frame, HOSTILE[0] + HOSTILE[1] + HOSTILE[3] + HOSTILE[5])
    table = Table("sites", HOSTILE[1], frame, ("id",), said=said)
    monkeypatch.setattr(exporting, "tables", lambda *_, **__: [table])
    export(run, server.address(gis))
    with psycopg.connect(server.address(gis)) as base:
        found = base.execute("SELECT * FROM sitesel.sites")
        names = [column.name for column in found.description]
        rows = found.fetchall()
    clean = [text.replace("\0", "\ufffd") for text in HOSTILE]
    assert names[1:6] == clean[:5]
    assert names[8:] == ["xmin_", "tags", "n"]
    assert [row[3] for row in rows] == clean
    assert [row[7] for row in rows] == clean
    assert rows[0][8:] == (1, "a; b", None)
    assert rows[1][-1] == float("inf")
    assert all(len(name.encode()) <= 63 for name in names)
    comment = server.run(gis, "SELECT col_description('sitesel.sites'::regclass, 4)")[0][0]
    assert comment == clean[0] + clean[1] + clean[3] + clean[5]


def test_hostile_sites_and_ports_arrive(server, gis, run):
    """A town of that name, as a layer of one's own may hold it."""
    sites = run.decision.sites.copy()
    sites["name"] = [HOSTILE[place % len(HOSTILE)] for place in range(len(sites))]
    decision = dataclasses.replace(run.decision, sites=sites)
    other = dataclasses.replace(run)
    other.__dict__["decision"] = decision
    port = 'port:"; DROP SCHEMA sitesel; --'
    renamed = run.measures.rename(columns={"port:ysleta": port})
    other = dataclasses.replace(other, measured=run.measured._replace(table=renamed))
    other.__dict__["decision"] = decision
    export(other, server.address(gis), cells=True)
    names = server.run(gis, "SELECT name FROM sitesel.sites ORDER BY side DESC, rank")
    wanted = [text.replace("\0", "\ufffd") for text in sites["name"]]
    assert [name for (name,) in names] == wanted
    columns = server.run(
        gis,
        "SELECT column_name FROM information_schema.columns WHERE "
        "table_name = 'cells' AND column_name LIKE '%DROP%'",
    )
    assert columns == [('minutes_"; DROP SCHEMA sitesel; --',)]


def test_no_postgis_and_postgis_elsewhere(server, database, run):
    name = database("template0")
    with pytest.raises(ExportError, match="has no PostGIS; its owner adds it: CREATE EXTENSION"):
        export(run, server.address(name))
    server.run(name, "CREATE SCHEMA tools", "CREATE EXTENSION postgis SCHEMA tools")
    export(run, server.address(name))
    shapes = server.run(name, "SELECT count(*) FROM tools.geometry_columns WHERE srid = 4326")
    assert shapes == [(3,)]


def test_no_right_to_write(server, gis, run):
    server.run(gis, "DROP ROLE IF EXISTS clerk", "CREATE ROLE clerk LOGIN PASSWORD 'hidden'")
    address = server.address(gis, user="clerk", password="hidden")
    with pytest.raises(FetchError, match=r"permission denied for database.*GRANT CREATE"):
        export(run, address)
    server.run(gis, "CREATE SCHEMA desk AUTHORIZATION clerk")
    export(run, address, schema="desk")
    export(run, address, schema="desk", replace=True)
    server.run(gis, "DROP OWNED BY clerk", "DROP ROLE clerk")


def test_a_server_that_only_reads(server, gis, run):
    server.run(gis, f"ALTER DATABASE {gis} SET default_transaction_read_only = on")
    with pytest.raises(FetchError, match="server that takes changes"):
        export(run, server.address(gis))


def test_somebody_who_holds_a_table_is_not_waited_for_ever(server, gis, run, monkeypatch):
    monkeypatch.setattr(exporting, "_PATIENCE", "200ms")
    export(run, server.address(gis))
    before = state(server, gis)
    with psycopg.connect(server.address(gis)) as reader:
        reader.execute("SELECT count(*) FROM sitesel.sites")
        with pytest.raises(FetchError, match="somebody works with these tables"):
            export(run, server.address(gis), replace=True)
    assert state(server, gis) == before


@pytest.fixture
def command():
    app = typer.Typer(pretty_exceptions_enable=False)
    app.callback()(lambda: None)
    cli_export.add_to(app)

    def run(*words, **env):
        return CliRunner().invoke(app, ["export", *map(str, words)], env=env)

    return run


def test_the_command_writes_and_says_where(server, gis, run, small_run_folder, command):
    export(run, server.address(gis), schema="pdn")
    words = (small_run_folder, server.address(gis, password=None), "--schema", "pdn")
    done = command(*words, "--replace", "--cells", PGPASSWORD=server.password)
    assert done.exit_code == 0, done.output
    assert f"database '{gis}' at 127.0.0.1, schema 'pdn': run 1, sources " in done.output
    assert done.output.rstrip().endswith("cells 294")
    assert server.password not in done.output


def test_the_command_shows_no_secret(server, gis, small_run_folder, command, tmp_path):
    for folder, address in (
        (small_run_folder, server.address(gis)),
        (small_run_folder, server.address(gis, password="wr0ng")),
        (small_run_folder, "postgresql://ana:wr0ng/x@host/gis"),
        (tmp_path, server.address("nowhere")),
    ):
        done = command(folder, address)
        told = done.output + str(done.exception or "")
        assert not [x for x in ("s3cr", "p@ss", "p%40ss", "wr0ng") if x in told], told
    secrets = (server.password.encode(), quote(server.password, safe="").encode())
    for path in small_run_folder.rglob("*"):
        assert path.is_dir() or not [x for x in secrets if x in path.read_bytes()]
    stored = server.run(gis, "SELECT record::text FROM sitesel.run")[0][0].encode()
    assert not [x for x in secrets if x in stored]
