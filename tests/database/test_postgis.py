"""Reading from PostGIS, against a real server."""

import os
import signal
import sys
import threading
import time
from dataclasses import replace
from types import SimpleNamespace
from urllib.parse import quote

import geopandas as gpd
import numpy as np
import psycopg
import pytest
import shapely
from pyproj import CRS

from sitesel.catalog.sources import postgis
from sitesel.catalog.sources.database import connected, place_of
from sitesel.catalog.sources.specs import PostGIS
from sitesel.errors import FetchError, SiteselError

LOTS = (
    """CREATE TABLE lots (
        id bigint PRIMARY KEY, code text, fips int, name text, price numeric(12, 2), share float8,
        sold boolean, since date, tags text[], facts jsonb, geom geometry(Polygon, 32613))""",
    """INSERT INTO lots
    SELECT i, lpad(i::text, 5, '0'), 8000 + i, 'Lot ' || i, i * 1000.25, i / 3.0::float8, i % 2 = 0,
        date '2026-01-01' + i, ARRAY['a', 'b c'], '{"kv": 115}',
        ST_Transform(ST_MakeEnvelope(-106.5 + i * 0.01, 31.7, -106.495 + i * 0.01, 31.705, 4326), 32613)
    FROM generate_series(1, 20) AS i""",  # noqa: E501
)
EVERYTHING = "SELECT * FROM lots ORDER BY id"


@pytest.fixture(scope="module")
def lots(server, common):
    """The address of a database with a table of twenty lots in UTM; nobody may change it."""
    server.run(common, *LOTS)
    return server.address(common)


@pytest.fixture
def own_lots(server, gis):
    """The same in a database of the test's own."""
    server.run(gis, *LOTS)
    return server.address(gis)


def ask(address, monkeypatch, *, box=None, offline=False, **record):
    """Fetch as the orchestrator does."""
    monkeypatch.setenv("LOTS_DSN", address)
    source = PostGIS.model_validate({"protocol": "postgis", "dsn": "LOTS_DSN"} | record)
    told = []
    request = SimpleNamespace(
        client=SimpleNamespace(offline=offline), box=box, report=lambda *told_: told.append(told_)
    )
    return postgis.fetch(source, request).frame, told


def test_rows_come_as_the_table_has_them(lots, monkeypatch):
    frame, told = ask(lots, monkeypatch, sql=EVERYTHING)
    assert frame.crs == CRS.from_epsg(32613)
    assert frame.geometry.name == "geometry"
    assert "geom" not in frame
    assert told == [("rows", 20, None)]
    first = frame.iloc[0]
    assert first["code"] == "00001"
    assert first["price"] == 1000.25
    assert first["share"] == 1 / 3
    assert first["since"] == "2026-01-02"
    assert first["tags"] == '{a,"b c"}'
    assert first["facts"] == '{"kv": 115}'
    assert frame.dtypes[["id", "sold", "price"]].tolist() == [np.int64, np.bool_, np.float64]
    west, south, _, _ = frame.to_crs(4326).total_bounds
    assert (west, south) == pytest.approx((-106.49, 31.7), abs=1e-6)


def test_they_are_what_geopandas_reads(lots, monkeypatch):
    """Another reader of the same table."""
    import sqlalchemy

    frame, _ = ask(lots, monkeypatch, sql=EVERYTHING)
    engine = sqlalchemy.create_engine(lots.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as base:
        other = gpd.read_postgis(sqlalchemy.text(EVERYTHING), base, geom_col="geom")
    engine.dispose()
    assert other.crs == frame.crs
    assert shapely.equals(other.geometry.to_numpy(), frame.geometry.to_numpy()).all()
    for name in ("id", "code", "share", "sold"):
        assert other[name].tolist() == frame[name].tolist()
    assert other["price"].astype(float).tolist() == frame["price"].tolist()


def test_rows_come_in_chunks(lots, monkeypatch):
    monkeypatch.setattr(postgis, "CHUNK", 10)
    frame, told = ask(lots, monkeypatch, sql=EVERYTHING)
    assert told == [("rows", 10, None), ("rows", 20, None), ("rows", 20, None)]
    assert frame["id"].tolist() == list(range(1, 21))
    assert frame.crs is not None


def test_what_is_unknown_stays_unknown(server, own_lots, gis, monkeypatch):
    monkeypatch.setattr(postgis, "CHUNK", 8)  # a chunk may be whole where another has gaps
    server.run(
        gis,
        """UPDATE lots SET fips = NULL, name = NULL, price = 'NaN', sold = NULL, geom = NULL
        WHERE id = 3""",
        "UPDATE lots SET share = 'Infinity', id = 2::numeric ^ 62 + 1 WHERE id = 20",
    )
    frame, _ = ask(own_lots, monkeypatch, sql=EVERYTHING)
    third = frame[frame["id"] == 3]
    assert third[["fips", "name", "price", "sold", "geometry"]].isna().all().all()
    assert frame["fips"].sum() == sum(8000 + i for i in range(1, 21) if i != 3)
    assert frame["id"].max() == 2**62 + 1
    assert str(frame["fips"].dtype) == "Int64"
    assert frame["share"].max() == np.inf


def test_codes_are_text(lots, monkeypatch):
    frame, _ = ask(lots, monkeypatch, sql=EVERYTHING, text=["fips", "price"])
    assert frame["fips"].tolist()[:2] == ["8001", "8002"]
    assert frame["price"][0] == "1000.25"
    frame, _ = ask(lots, monkeypatch, sql=EVERYTHING, text=["ours"], fields={"ours": "fips"})
    assert frame["fips"][0] == "8001"


def test_a_table_without_shapes_is_a_table(lots, monkeypatch):
    frame, _ = ask(lots, monkeypatch, sql="SELECT id, name FROM lots WHERE id < 3 ORDER BY 1;")
    assert not isinstance(frame, gpd.GeoDataFrame)
    assert frame.to_dict("list") == {"id": [1, 2], "name": ["Lot 1", "Lot 2"]}


def test_no_rows_are_an_empty_frame(lots, monkeypatch):
    frame, told = ask(lots, monkeypatch, sql="SELECT * FROM lots WHERE id < 0")
    assert len(frame) == 0
    assert frame.crs is not None
    assert told == [("rows", 0, None)]


def test_geography_and_an_srid_of_the_database_s_own(server, common, lots, monkeypatch):
    sql = "SELECT id, ST_Transform(geom, 4326)::geography AS place FROM lots"
    frame, _ = ask(lots, monkeypatch, sql=sql)
    assert frame.crs.to_epsg() == 4326
    server.run(
        common,
        """INSERT INTO spatial_ref_sys SELECT 998123, 'own', 998123, srtext, proj4text
        FROM spatial_ref_sys WHERE srid = 32613""",
    )
    frame, _ = ask(lots, monkeypatch, sql="SELECT id, ST_SetSRID(geom, 998123) AS geom FROM lots")
    assert CRS.from_epsg(32613).equals(frame.crs, ignore_axis_order=True)


@pytest.mark.parametrize(
    ("box", "ids"),
    [((-106.48, 31.6, -106.45, 31.8), [2, 3, 4, 5]), (None, list(range(1, 21)))],
)
def test_the_box_is_bound_where_the_sql_names_it(lots, monkeypatch, box, ids):
    sql = """SELECT id FROM lots  -- :nobody is asked for :this
        WHERE ST_Transform(geom, 4326) && ST_MakeEnvelope(:west, :south, :east, :north, 4326)
        AND code::text <> ':west' AND id % 1 = 0 ORDER BY id"""
    frame, _ = ask(lots, monkeypatch, sql=sql, box=box)
    assert frame["id"].tolist() == ids


def test_parameters_of_all_kinds(lots, monkeypatch):
    sql = "SELECT id FROM lots WHERE code = ANY(:codes) AND price >= :least AND since > :day"
    given = {"codes": ["00002", "00005"], "least": 2001, "day": "2026-01-02"}
    frame, _ = ask(lots, monkeypatch, sql=sql, parameters=given)
    assert frame["id"].tolist() == [5]


HOSTILE = [
    "'; DROP TABLE lots; --",
    '"; DROP TABLE lots; --',
    "\\'; DROP TABLE lots; --",
    "%s %(name)s {0} :west $1",
    "Ciudad Juárez \u202e\U0001f3ed",
    "x" * 10_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_parameter_is_a_value_and_nothing_else(server, common, lots, monkeypatch, text):
    sql = "SELECT id, :text || '' AS said FROM lots WHERE name = :text OR id = 1"
    frame, _ = ask(lots, monkeypatch, sql=sql, parameters={"text": text})
    assert frame.to_dict("list") == {"id": [1], "said": [text]}
    assert server.run(common, "SELECT count(*) FROM lots") == [(20,)]


def test_names_in_texts_and_comments_are_no_parameters():
    sql = """SELECT a[1:n], b::text, ':no', E'it\\'s :no', "a:no" /* :no
        :no */, $$ :no $$, $q$ :no $$ $q$ -- :no
        FROM t WHERE x = :yes AND y = :yes AND z::int > :also"""
    assert postgis.named(sql) == ["yes", "also"]


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"sql": "SELECT :kv"}, "':kv' has no value"),
        ({"sql": "SELECT 1", "parameters": {"kv": 1}}, r"parameters\.kv: the SQL has no ':kv'"),
        ({"sql": "SELECT :kv", "parameters": {"kv": {"a": 1}}}, r"parameters\.kv: write a text"),
        ({"sql": "SELECT * FROM nowhere"}, "nowhere.*check the name of the table"),
        ({"sql": "SELECT nothing FROM lots"}, "nothing.*check the names of the columns"),
        ({"sql": "SELECT no_such(id) FROM lots"}, "no_such.*check the name and the types"),
        ({"sql": "SELEC 1"}, "write one SELECT"),
        ({"sql": ""}, "write one SELECT"),
        ({"sql": "SELECT 1 / (id - 1) FROM lots"}, "division by zero"),
        ({"sql": "SELECT id, id FROM lots"}, "'id' more than once"),
        ({"sql": "SELECT geom, geom AS other FROM lots"}, "which column.*geom, other"),
        ({"sql": EVERYTHING, "geometry": "shape"}, "no 'shape'.*geom"),
        ({"sql": EVERYTHING, "geometry": "code"}, "'code' is no geometry.*geom"),
        ({"sql": "SELECT 'x' AS geometry, geom FROM lots"}, "name the other so with AS"),
        ({"sql": "SELECT ST_SetSRID(geom, 0) AS geom FROM lots"}, "SRID 0.*ST_SetSRID"),
        (
            {"sql": "SELECT ST_Transform(geom, 4326) g FROM lots UNION ALL SELECT geom FROM lots"},
            r"several SRIDs \(4326, 32613\); ST_Transform",
        ),
        ({"sql": "SELECT ST_SetSRID(geom, 998000) AS geom FROM lots"}, "SRID 998000"),
    ],
)
def test_a_mistake_is_one_message_with_its_remedy(lots, monkeypatch, record, said):
    with pytest.raises(FetchError, match=f"(?s){said}") as caught:
        ask(lots, monkeypatch, **record)
    assert "s3cr" not in str(caught.value)
    assert "\n" not in str(caught.value)


WRITES = [
    "UPDATE lots SET name = 'x'",
    "DELETE FROM lots RETURNING id",
    "DROP TABLE lots",
    "WITH gone AS (DELETE FROM lots RETURNING id) SELECT * FROM gone",
    "SELECT meddle()",
    "SELECT nextval('counter')",
    "SELECT 1; COMMIT; DROP TABLE lots",
    "SELECT 1; SET TRANSACTION READ WRITE; DELETE FROM lots",
    "SELECT set_config('transaction_read_only', 'off', true), meddle()",
    "SELECT 1 FOR UPDATE; ROLLBACK; DROP TABLE lots",
    "COPY lots TO PROGRAM 'touch gone'",
    "SELECT * FROM lots FOR UPDATE",
]


@pytest.fixture(scope="module")
def meddling(server, common, lots):
    """The lots, a sequence, and a function that changes both."""
    server.run(
        common,
        "CREATE SEQUENCE counter",
        """CREATE FUNCTION meddle() RETURNS int LANGUAGE sql AS
        $$ UPDATE lots SET name = 'gone' RETURNING 1 $$""",
    )
    return lots


@pytest.mark.parametrize("sql", WRITES)
def test_read_only_is_read_only(server, common, meddling, monkeypatch, sql):
    with pytest.raises(FetchError):
        ask(meddling, monkeypatch, sql=sql)
    assert server.run(common, "SELECT count(*) FROM lots WHERE name LIKE 'Lot%'") == [(20,)]
    assert server.run(common, "SELECT is_called FROM counter") == [(False,)]


def test_no_postgis(server, database, monkeypatch):
    name = database("template0")
    with pytest.raises(FetchError, match="CREATE EXTENSION postgis"):
        ask(server.address(name), monkeypatch, sql="SELECT ST_MakePoint(1, 2) AS geom")
    frame, _ = ask(server.address(name), monkeypatch, sql="SELECT 1 AS a")
    assert frame.to_dict("list") == {"a": [1]}


def test_postgis_in_a_schema_of_its_own(server, database, monkeypatch):
    name = database("template0")
    server.run(
        name,
        "CREATE SCHEMA tools",
        "CREATE EXTENSION postgis SCHEMA tools",
        "CREATE TABLE spot AS SELECT 1 AS id, tools.ST_Point(-106, 31, 4326) AS geom",
    )
    frame, _ = ask(server.address(name), monkeypatch, sql="SELECT * FROM spot")
    assert frame.geometry[0].equals(shapely.Point(-106, 31))


@pytest.mark.usefixtures("lots")
def test_no_right_to_a_table(server, common, monkeypatch):
    server.run(common, "CREATE ROLE guest LOGIN PASSWORD 'hidden'")
    address = server.address(common, user="guest", password="hidden")
    with pytest.raises(FetchError, match=r"permission denied for table lots.*GRANT SELECT"):
        ask(address, monkeypatch, sql=EVERYTHING)


SECRETS = ("s3cr", "p@ss", "p%40ss", "w%rd", "%24t")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": "wr0ng-s3cr3t"}, "the password is wrong; set PGPASSWORD"),
        ({"password": None}, "a password is asked for"),
        ({"user": "nobody"}, "the user or the password is wrong"),
        ({"database": "nowhere"}, "no such database"),
        ({"port": 1}, "no server answers there"),
    ],
)
def test_no_connection_is_told_without_the_secret(server, common, monkeypatch, change, said):
    change = dict(change)
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("HOME", os.devnull)
    place = replace(server, port=change.pop("port", server.port))
    address = place.address(change.pop("database", common), **change)
    with pytest.raises(FetchError, match=said) as caught:
        ask(address, monkeypatch, sql="SELECT 1")
    told = str(caught.value)
    assert "127.0.0.1" in told
    assert caught.value.__suppress_context__
    assert not [secret for secret in (*SECRETS, "wr0ng", "admin", "nobody") if secret in told]


@pytest.mark.usefixtures("lots")
def test_the_password_may_come_from_the_environment(server, common, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", server.password)
    frame, _ = ask(server.address(common, password=None), monkeypatch, sql=EVERYTHING)
    assert len(frame) == 20


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://ana:s3cret/x@host/gis",
        "postgresql://ana:12/s3cret@host/gis",
        "postgresql://ana:x@s3cret@host/gis",
        "postgresql://ana:s3cret%zz@host/gis",
        "postgresql://ana:s3cret x@host/gis",
        "postgresql://ana@host/gis?password=s3cret@x&nokey=s3cret",
        "mysql://ana:s3cret@host/gis",
        "host=h password=s3cret 'x",
        "s3cret",
    ],
)
def test_an_address_that_cannot_be_read_is_not_shown(address):
    with pytest.raises(FetchError, match="cannot be read; write it as") as caught:
        place_of(address)
    assert "s3cret" not in str(caught.value)


def test_what_the_driver_says_is_shown_without_secrets(server, monkeypatch):
    """A server of another language, and a driver that shows what it was given."""

    def connect(**given):
        raise psycopg.OperationalError(
            "connection failed: FATAL:  la autentificación falló para «admin» con "
            f"{given['password']} / {quote(given['password'], safe='')} / from-the-environment"
        )

    monkeypatch.setenv("PGPASSWORD", "from-the-environment")
    monkeypatch.setattr(psycopg, "connect", connect)
    with pytest.raises(FetchError) as caught:
        postgis.read(server.address("gis"), "SELECT 1")
    said = "la autentificación falló para «***» con *** / *** / ***"
    assert str(caught.value).startswith(
        f"database 'gis' at 127.0.0.1: no connection: {said}; check"
    )


def test_no_variable_offline_and_no_driver(lots, monkeypatch):
    source = PostGIS.model_validate({"protocol": "postgis", "dsn": "NO_DSN", "sql": "SELECT 1"})
    request = SimpleNamespace(client=SimpleNamespace(offline=False), box=None)
    with pytest.raises(FetchError, match=r"export NO_DSN=postgresql://user@host/database"):
        postgis.fetch(source, request)
    with pytest.raises(FetchError, match=r"LOTS_DSN.*offline"):
        ask(lots, monkeypatch, sql="SELECT 1", offline=True)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SiteselError, match=r'pip install "psycopg\[binary\]"'):
        ask(lots, monkeypatch, sql="SELECT 1")


def test_a_statement_that_takes_too_long_is_given_up(lots, monkeypatch):
    address = f"{lots}?options=-c%20statement_timeout%3D200"
    with pytest.raises(FetchError, match="took too long"):
        ask(address, monkeypatch, sql="SELECT pg_sleep(20)")


def test_a_server_that_falls_silent_is_given_up(lots, monkeypatch):
    """Its process is stopped: the line stays open, and nothing comes any more."""
    monkeypatch.setattr(postgis, "_GRACE", 0.3)
    monkeypatch.setattr(postgis, "CHUNK", 5)
    stopped = []

    def stop(*_):
        if stopped:
            return
        with connected(lots) as base:
            found = base.execute(
                "SELECT pid FROM pg_stat_activity WHERE application_name = 'sitesel' "
                "AND datname = current_database() AND pid <> pg_backend_pid()"
            )
            stopped.extend(found.fetchone())
        os.kill(stopped[0], signal.SIGSTOP)
        wake.start()

    wake = threading.Timer(8, lambda: os.kill(stopped[0], signal.SIGCONT))
    begun = time.monotonic()
    try:
        with pytest.raises(FetchError, match="did not answer in time"):
            postgis.read(f"{lots}?options=-cstatement_timeout%3D300", EVERYTHING, report=stop)
    finally:
        wake.cancel()
        os.kill(stopped[0], signal.SIGCONT)
    assert 0.5 < time.monotonic() - begun < 5


def test_a_connection_cut_in_the_middle(server, common, lots, monkeypatch, capfd):
    monkeypatch.setattr(postgis, "CHUNK", 5)

    def cut(*_):
        server.run(
            "postgres",
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{common}'",
        )

    with pytest.raises(FetchError, match=r"database 'db\d+' at 127\.0\.0\.1: the connection broke"):
        postgis.read(lots, EVERYTHING, report=cut)
    assert "".join(capfd.readouterr()) == ""


def test_what_a_caller_raises_passes_through(lots):
    with pytest.raises(KeyboardInterrupt), connected(lots):
        raise KeyboardInterrupt


def test_version_is_not_known():
    assert postgis.version(None, None) is None
