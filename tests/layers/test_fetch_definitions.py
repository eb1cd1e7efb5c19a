"""Each shipped definition that fetches, asked of a server that answers as its publisher does."""

from __future__ import annotations

import csv
import json
import re
from datetime import UTC, date, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import yaml

from sitesel.catalog.fetched.fetching import Order, fetch
from sitesel.catalog.fetched.wanted import wanted
from sitesel.catalog.layers import Catalog
from sitesel.catalog.sources.request import Terms
from sitesel.catalog.sources.specs import Apportion, Summary, Together
from sitesel.catalog.sources.web import Client
from sitesel.measure import measures
from sitesel.measure.candidates import from_grid
from sitesel.measure.specs import Distance, Share
from tests.catalog.sources import osm_town
from tests.catalog.sources.hostile import Server, file, say
from tests.conftest import ROOT
from tests.layers import publishers

BOX = (-106.9, 31.55, -106.2, 31.95)
FETCHED = wanted(Path("nowhere"))
EL_PASO, JUAREZ, FAR = (-106.45, 31.80), (-106.45, 31.65), (-90.0, 30.0)


@pytest.fixture
def server():
    running = Server()
    yield running
    running.close()


@pytest.fixture
def bring(tmp_path, monkeypatch):
    """A function that fetches a shipped layer from the local server, and loads it."""
    monkeypatch.delenv("SITESEL_OSM_EXTRACT", raising=False)
    client = Client(private=True, retries=0, timeout=(5, 5), sleep=lambda _: None)
    now = datetime(2026, 11, 22, tzinfo=UTC)
    order = Order(client, tmp_path, BOX, terms=Terms(overpass=True), now=lambda: now)

    def run(name, url=None):
        layer = FETCHED[name]
        text = yaml.safe_load(layer.definition.read_text("utf-8"))
        if url:
            text["fetch"]["url"] = url
        path = tmp_path / layer.theme / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump(text, allow_unicode=True, sort_keys=False), "utf-8")
        fetch(name, order)
        catalog = Catalog.default(tmp_path)
        frame = catalog.load(name, date(2026, 11, 21))
        assert catalog[name].fetched
        assert set(layer.fields) <= {*frame.columns, getattr(layer.geometry, "field", "")}
        return frame

    run.catalog = lambda: Catalog.default(tmp_path)
    return run


def square(lon, lat, size=0.02):
    return shapely.box(lon, lat, lon + size, lat + size)


def squares(**columns):
    """Three squares: in El Paso, in Juárez, and far away."""
    shapes = [square(*place) for place in (EL_PASO, JUAREZ, FAR)]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=4326)


# arcgis


def test_opportunity_zones(bring, server):
    rows = squares(GEOID10=["48141001900", "48141002000", "22071000100"], Rural=["No"] * 3)
    path = "/arcgis/rest/services/Opportunity_Zones/FeatureServer/13"
    server.on(f"{path}/query", publishers.arcgis(rows, "1=1"))
    zones = bring("opportunity_zones_official", server.on(path, publishers.arcgis(rows, "1=1")))
    assert zones["geoid"].tolist() == ["48141001900", "48141002000"]
    assert zones["county_fips"].tolist() == ["48141", "48141"]
    assert zones["in_force"].tolist() == [1, 1]
    catalog = bring.catalog()
    assert catalog["opportunity_zones"].id == "opportunity_zones_official"
    later = catalog.load("opportunity_zones", date(2029, 1, 1))
    assert later["in_force"].tolist() == [0, 0]
    embedded = Catalog.default()["opportunity_zones"]
    assert set(catalog["opportunity_zones"].columns.values()) <= {
        *Catalog.default().load("opportunity_zones").columns, "side",
    }  # fmt: skip
    assert embedded.validity == catalog["opportunity_zones"].validity


def test_transmission_lines(bring, server):
    lines = [shapely.LineString([(x, 31.8), (x + 0.05, 31.85)]) for x in (-106.5, -106.4, -90)]
    words = {"VOLT_CLASS": ["100-161", "NOT AVAILABLE", "345"], "OWNER": ["EPE", "EPE", "x"],
             "TYPE": ["AC; OVERHEAD"] * 3, "SUB_1": ["NEWMAN", "x", "x"], "SUB_2": ["y"] * 3,
             "STATUS": ["IN SERVICE", "NOT AVAILABLE", "IN SERVICE"]}  # fmt: skip
    rows = gpd.GeoDataFrame(
        {"VOLTAGE": [115.0, -999999.0, 345.0], **words}, geometry=lines, crs=4326
    )
    path = "/arcgis/rest/services/US_Electric_Power_Transmission_Lines/FeatureServer/0"
    server.on(f"{path}/query", publishers.arcgis(rows, "1=1"))
    found = bring("transmission_lines", server.on(path, publishers.arcgis(rows, "1=1")))
    assert found["kv"].fillna(-1).tolist() == [115, -1]
    assert found["volt_class"].fillna("").tolist() == ["100-161", ""]
    assert found["status"].tolist() == ["operating", "unknown"]
    assert set(found["side"]) == {"US"}


def test_flood(bring, server):
    rows = squares(FLD_ZONE=["AE", "A", "AE"], ZONE_SUBTY=["FLOODWAY", None, None])
    path = "/arcgis/rest/services/public/NFHL/MapServer/28"
    answer = publishers.arcgis(rows, "SFHA_TF = 'T'")
    server.on(f"{path}/query", answer)
    zones = bring("flood_nfhl", server.on(path, answer))
    assert zones["zone"].tolist() == ["AE", "A"]
    catalog = bring.catalog()
    world = measures.World(catalog, date(2026, 11, 21))
    cells = _cells(catalog)
    share = measures.run(Share(kind="share", of="flood_nfhl"), cells, world)
    assert share[cells["side"] == "US"].notna().all()
    assert share[cells["side"] == "MX"].isna().all(), "nothing is known of Mexico"


# socrata


def crossings():
    """Two ports, fifteen months, as BTS writes them."""
    places = {
        "2402": ("El Paso", "Texas", -106.451, 31.764),
        "2304": ("Laredo", "Texas", -99.5, 27.5),
    }
    return [
        {
            "port_name": name, "state": state, "port_code": code, "border": "US-Mexico Border",
            "date": f"{2024 + month // 12}-{month % 12 + 1:02d}-01T00:00:00.000",
            "measure": "Trucks", "value": str(1000 * (month + 1)), "latitude": str(lat),
            "longitude": str(lon), "point": {"type": "Point", "coordinates": [lon, lat]},
        }
        for code, (name, state, lon, lat) in places.items()
        for month in range(15)
    ]  # fmt: skip


def test_border_crossings_and_the_latest_year(bring, server):
    kinds = dict.fromkeys(crossings()[0], "text") | {
        "date": "calendar_date", "value": "number", "point": "point",
    }  # fmt: skip
    portal = publishers.socrata(crossings(), kinds)
    server.on("/api/views/keg4-3bc2.json", portal)
    server.on("/resource/keg4-3bc2.json", portal)
    months = bring("border_crossings", server.url("/resource/keg4-3bc2"))
    assert len(months) == 15
    assert set(months["port_code"]) == {"2402"}
    assert months["month"].tolist()[-1] == "2025-03-01"
    asked = [each.path for each in server.asked if "where" in each.path]
    assert all("Trucks" in path and "US-Mexico" in path for path in asked)
    year = bring("border_trucks").iloc[0]
    assert year["trucks"] == sum(1000 * month for month in range(4, 16))
    assert (year["months"], year["first_month"]) == (12, "2024-04-01")
    bridges = bring("port_trucks_bts").set_index("port_id")
    assert bridges.loc[["bota", "ysleta"], "trucks"].sum() == pytest.approx(year["trucks"], abs=1)
    assert bridges.loc["world_trade", "factor"] != bridges.loc["world_trade", "factor"]
    catalog = bring.catalog()
    assert catalog["port_trucks"].id == "port_trucks_bts"
    assert catalog["port_trucks"].vintage == "2025-03-01"


# download


def test_power_plants_of_wri(bring, server):
    table = pd.DataFrame(
        {
            "country": ["USA", "MEX", "MEX"], "country_long": "x",
            "name": ["Newman", "Samalayuca", "Z"], "gppd_idnr": ["USA0003456", "MEX1", "MEX2"],
            "capacity_mw": [882, 316.5, 30], "latitude": [31.9, 31.6, 31.7],
            "longitude": [-106.43, -106.48, -106.3],
            "primary_fuel": ["Gas", "Gas", "Storage"], "other_fuel1": "",
            "commissioning_year": [1963.5, "", 2019], "owner": ["El Paso Electric Co", "", "x"],
            "source": "x", "year_of_capacity_data": [2019, 2016, 2016],
        }
    )  # fmt: skip
    plants = bring("power_plants_wri", server.on("/gppd.csv", say(table.to_csv(index=False))))
    assert plants[["name", "side", "capacity_mw", "fuel"]].values.tolist() == [
        ["Newman", "US", 882.0, "Gas"],
        ["Samalayuca", "MX", 316.5, "Gas"],
    ]
    catalog, embedded = bring.catalog(), Catalog.default()["power_plants"]
    assert catalog["power_plants"].id == "power_plants_wri"
    assert set(embedded.fields) - set(catalog["power_plants"].fields) == {
        "grid",
        "note",
        "confidence",
    }


def eia():
    """The zip of EIA-860: workbooks with a line above the header, blanks where nothing is known."""
    plants = pd.DataFrame(
        {
            "Utility ID": [5701, 5701, 1], "Plant Code": [9, 3456, 7],
            "Plant Name": ["Copper", "Newman", "Far"],
            "State": "TX", "County": "El Paso", "Latitude": [31.7569, 31.9, 30.0],
            "Longitude": [-106.375, -106.43, -90.0],
            "Balancing Authority Code": ["EPE", "EPE", " "], "Grid Voltage (kV)": [115, 345, " "],
        }
    )  # fmt: skip
    generators = pd.DataFrame(
        {
            "Plant Code": [9, 3456, 3456, 3456, 7],
            "Plant Name": ["Copper", "Newman", "Newman", "Newman", "Far"],
            "Generator ID": ["1", "GT1", "0002", "BAT", "1"],
            "Technology": [
                "Natural Gas Fired Combustion Turbine", "Natural Gas Fired Combined Cycle",
                "Solar Photovoltaic", "Batteries", "Nuclear",
            ],
            "Nameplate Capacity (MW)": [86.9, 100, 10, 50, 900],
            "Status": ["OP", "OP", "OS", "OP", "OP"],
            "Operating Year": [1980, " ", 2022, 2024, 1990],
        }
    )  # fmt: skip
    note = "Form EIA-860 Data - Schedule 2, 'Plant Data'"
    return publishers.zipped(
        {
            "2___Plant_Y2024.xlsx": publishers.workbook({"Plant": plants}, note),
            "3_1_Generator_Y2024.xlsx": publishers.workbook(
                {"Operable": generators, "Proposed": generators[:0]}, note
            ),
            "EIA-860 Form.pdf": b"%PDF-1.7",
        }
    )


def test_power_plants_of_eia(bring, server):
    url = server.on("/eia8602024.zip", file(eia()))
    plants = bring("eia_plants", url)
    assert plants[["plant_code", "kv"]].values.tolist() == [["9", 115], ["3456", 345]]
    generators = bring("power_plants_eia", url)
    assert generators[["generator", "fuel", "capacity_mw", "in_force"]].values.tolist() == [
        ["1", "Gas", 86.9, 1], ["GT1", "Gas", 100, 1], ["0002", "Solar", 10, 0],
    ]  # fmt: skip
    assert generators.geometry.iloc[1].equals(plants.geometry.iloc[1])


def tracts():
    geoids = ["48141001900", "35013001701", "48141002000"]
    return squares(
        GEOID=geoids, NAMELSAD=["Census Tract 19"] * 3, ALAND=[2_500_000, 1, 1], AWATER=[0] * 3
    ).to_crs(4269)


def test_tracts_and_eligible_tracts(bring, server):
    shapes = tracts()
    urls = [
        server.on(f"/tl_{n}.zip", file(publishers.zipped(publishers.written(part, f"tl_{n}.shp"))))
        for n, part in (("35", shapes[1:2]), ("48", shapes.drop(index=1)))
    ]
    found = bring("tracts_2020", urls)
    assert sorted(found["geoid"]) == ["35013001701", "48141001900"]
    assert found.set_index("geoid")["land_km2"]["48141001900"] == 2.5
    assert set(found["county_fips"]) == {"35013", "48141"}
    table = pd.DataFrame(
        {
            "State": ["Texas", "New Mexico", "Arizona"],
            "County": [" El Paso", " Doña Ana", " Yuma"],
            "Census Tract Number": [48141001900, 35013001701, 4027000100],
            "Rural Status": ["Non-Rural", "Rural", "Rural"],
        }
    )  # fmt: skip
    book = publishers.workbook({"Appendix for Designation RP_cor": table})
    eligible = bring("opportunity_zones_2", server.on("/rp-26-14-appendix.xlsx", file(book)))
    assert sorted(eligible["geoid"]) == ["35013001701", "48141001900"]
    assert set(eligible["county"]) == {"El Paso", "Doña Ana"}
    assert eligible.geometry.notna().all()
    for day in (date(2026, 11, 21), date(2027, 6, 1), date(2030, 1, 1)):
        force = bring.catalog().load("opportunity_zones_2", day)["in_force"]
        assert (force == 0).all(), "eligible is not designated"


def test_lost_zeros_of_tract_codes_are_put_back():
    rules = FETCHED["opportunity_zones_2"].fetch.make
    table = pd.DataFrame({"Census Tract Number": [4027000100], "geoid": ["4027000100"]})
    assert rules["geoid"].make(table).tolist() == ["04027000100"]
    assert rules["county_fips"].make(table).tolist() == ["04027"]


def test_municipios(bring, server):
    places = gpd.GeoDataFrame(
        {
            "CVEGEO": ["08037", "02007", "31050"], "CVE_ENT": ["08", "02", "31"],
            "CVE_MUN": ["037", "007", "050"], "NOMGEO": ["Juárez", "San Felipe", "Mérida"],
        },
        geometry=[square(*JUAREZ), square(-115, 31), square(-89.6, 21)], crs=4326,
    ).to_crs(6372)  # fmt: skip
    files = publishers.written(places, "conjunto_de_datos/00mun.shp", encoding="ISO-8859-1")
    files |= publishers.written(places, "conjunto_de_datos/00ent.shp")
    inner = publishers.zipped(files)
    packed = publishers.zipped({"mg_2025_integrado.zip": inner, "read.me": b"x"})
    whole = bring("municipios_inegi", server.on("/mg.zip", file(packed)))
    assert whole[["cvegeo", "name", "state"]].values.tolist() == [
        ["08037", "Juárez", "Chihuahua"],
        ["02007", "San Felipe", "Baja California"],
    ]  # also beyond the area, but not beyond what the layer covers
    catalog, embedded = bring.catalog(), Catalog.default()["municipios"]
    assert catalog["municipios"].id == "municipios_inegi"
    assert catalog["municipios"].fields.keys() == embedded.fields.keys()
    assert catalog["municipios"].coverage == embedded.coverage
    names = Catalog.default().load("municipios").set_index("state_code")["state"].to_dict()
    words = FETCHED["municipios_inegi"].fetch.make["state"].words
    assert {code: words[code] for code in names} == names


def test_aqueduct(bring, server):
    basins = squares(
        pfaf_id=[772090, 772080, 1], bws_raw=[1.7, -9999, 0.1],
        bws_label=["Extremely High (>80%)", "Arid and Low Water Use", "Low (<10%)"],
        bwd_label=["High (50-75%)"] * 3, gtd_label=["Insignificant Trend"] * 3,
        drr_label=["Medium"] * 3,
    ).astype({"pfaf_id": "int32"})  # fmt: skip
    home = "Aqueduct40_waterrisk_download_Y2023M07D05/GDB/Aq40_Y2023D07M05.gdb"
    files = publishers.written(basins, home, driver="OpenFileGDB", layer="baseline_annual")
    found = bring("aqueduct", server.on("/aq.zip", file(publishers.zipped(files))))
    assert found["basin"].tolist() == ["772090", "772080"]
    assert found["stress"].fillna(-1).tolist() == [1.7, -1]
    assert found["stress_class"].iloc[0] == "Extremely High (>80%)"


def test_dams(bring, server):
    dam = {
        "idmonitoreodiario": 1, "fechamonitoreo": "2025-04-15", "clavesih": "AMI",
        "nombreoficial": "La Amistad", "nombrecomun": "La Amistad", "estado": "Coahuila",
        "nommunicipio": "Acuña", "regioncna": "Río Bravo", "latitud": 31.7, "longitud": -106.4,
        "uso": "IR", "corriente": "R. Bravo", "namoalmac": 4040.3, "almacenaactual": None,
        "llenano": None,
    }  # fmt: skip
    far = dam | {"clavesih": "X", "latitud": 19.0, "longitud": -99.0}
    dams = bring("dams_conagua", server.on("/presas", say(json.dumps([dam, far]))))
    assert dams[["dam_id", "capacity_hm3", "day"]].values.tolist() == [
        ["AMI", 4040.3, "2025-04-15"]
    ]
    assert np.isnan(dams["stored_hm3"].iloc[0])


def waiting(port, crossing, delay, at, *, border="Mexican Border"):
    lanes = {
        "update_time": at,
        "operational_status": "delay",
        "delay_minutes": delay,
        "lanes_open": "2",
    }
    fast = lanes | {"delay_minutes": "20"}
    return {
        "port_number": port, "border": border, "port_name": "El Paso", "crossing_name": crossing,
        "hours": "24 hrs/day", "date": "6/29/2022", "time": "11:25:16", "port_status": "Open",
        "commercial_vehicle_lanes": {
            "maximum_lanes": "6", "standard_lanes": lanes, "FAST_lanes": fast,
        },
        "passenger_vehicle_lanes": {"maximum_lanes": "4", "standard_lanes": lanes},
    }  # fmt: skip


def test_waits_grow_and_so_do_their_figures(bring, server):
    ysleta, bota = "Ysleta", "Bridge of the Americas (BOTA)"
    for delays in (("30", "25"), ("30", "25"), ("60", "")):
        at = f"At {len(delays[1])}:{delays[0]} am MDT"
        ports = [
            waiting("240203", ysleta, delays[0], at), waiting("240201", bota, delays[1], at),
            waiting("070801", "Thousand Islands", "5", at, border="Canadian Border"),
        ]  # fmt: skip
        url = server.on("/api/waittimes", say(json.dumps(ports)))
        waits = bring("wait_times", url)
    assert sorted(zip(waits["port_id"], waits["delay_min"], strict=True)) == [
        ("bota", 25), ("ysleta", 30), ("ysleta", 60),
    ]  # fmt: skip
    assert set(waits["day"]) == {"2022-06-29"}
    assert set(waits["fast_delay_min"]) == {20}
    figures = bring("wait_stats").set_index("port_id")
    assert figures.loc["ysleta", "lanes"] == 6
    assert figures.loc["ysleta", ["observations", "median_min", "p95_min"]].tolist() == [
        2,
        45,
        58.5,
    ]
    assert figures.geometry.notna().all()


def test_the_real_answer_of_cbp(bring, server, shared_data):
    body = (shared_data / "fixtures/cbp_bwt/bwtnew_all_ports_2022-06-29.json").read_bytes()
    waits = bring("wait_times", server.on("/api/waittimes", say(body)))
    real = [each for each in json.loads(body) if each["border"] == "Mexican Border"]
    lanes = [each["commercial_vehicle_lanes"]["standard_lanes"] for each in real]
    assert len(waits) == sum(each["delay_minutes"] != "" for each in lanes) == 16
    by_port = waits.set_index("port_id")["delay_min"]
    assert (by_port["ysleta"], by_port["bota"], by_port["world_trade"]) == (30, 25, 45)
    assert waits["port_id"].notna().all()


def test_the_crossings_are_those_of_our_ports():
    ours = Catalog.default().load("ports_of_entry").set_index("port_id")
    words = FETCHED["wait_times"].fetch.make["port_id"].words
    assert set(words.values()) == set(ours.index[ours["commercial"] == "true"])
    for code, port in words.items():
        assert code in ours.loc[port, "wait_time_code"]


# OpenStreetMap


@pytest.fixture
def overpass(server):
    """An Overpass server of the invented towns, with a lake and houses."""
    town = osm_town.town()
    corners = [(-106.71, 31.76), (-106.70, 31.76), (-106.70, 31.77), (-106.71, 31.77)]
    first = town.node(*corners[0])
    town.way(first, *corners[1:], first, natural="water", water="reservoir", name="Lago")
    town.way(first, *corners[1:], first, landuse="residential")
    server.on("/api/status", say(osm_town.status()))
    server.on("/api/timestamp", say(f"{osm_town.BASE}\n"))
    server.on("/api/interpreter", osm_town.interpreter(town))
    return server.url("/api")


def test_substations_and_lines_make_the_grid(bring, overpass):
    stations = bring("substations", overpass)
    assert stations[["name", "kv", "side"]].fillna("").values.tolist() == [
        ["Subestación Ñandú", 13.8, "US"],
        ["", 345.0, "US"],
    ]
    lines = bring("power_lines_osm", overpass)
    assert lines[["kind", "kv"]].values.tolist() == [["line", 345.0]]
    grid = bring("grid_69kv")
    assert sorted(grid["layer"]) == ["power_lines_osm", "substations"]
    assert (grid["kv"] >= 69).all()
    catalog = bring.catalog()
    assert catalog["grid_69kv"].country is None
    spec = Distance(kind="distance", of="grid_69kv", same_side=True)
    km = measures.run(spec, _cells(catalog), measures.World(catalog, date(2026, 11, 21)))
    assert km.notna().any()
    assert isinstance(FETCHED["grid_69kv"].fetch, Together)


@pytest.mark.parametrize(
    ("name", "count", "km2"),
    [("industrial_osm", 2, 1.1), ("built_up_osm", 3, 2.2), ("water_osm", 1, 1.05)],
)
def test_land_of_openstreetmap_is_polygons(bring, overpass, name, count, km2):
    land = bring(name, overpass)
    assert len(land) == count
    assert set(land.geom_type) <= {"Polygon", "MultiPolygon"}
    assert land.area.sum() / 1e6 == pytest.approx(km2, rel=0.1)
    if name == "industrial_osm":
        assert sorted(zip(land["name"], land["side"], strict=True)) == [
            ("Parque Dos", "MX"),
            ("Parque Uno", "US"),
        ]


def test_roads(bring, overpass, tmp_path):
    roads = bring("roads_osm", overpass)
    assert len(roads) > 100
    catalog = bring.catalog()
    assert catalog["roads"].id == "roads_osm"
    speeds = tmp_path / "transport/speeds.csv"
    assert catalog["roads"].fetched.files == [speeds.name]
    world = measures.World(catalog, date(2026, 11, 21))
    assert list(world.network.ports["port_id"]) == ["santa_teresa"]


# rasters


@pytest.mark.parametrize(("name", "value"), [("dem_copernicus", None), ("slope", 0.36)])
def test_terrain(bring, server, name, value):
    for lat in range(30, 34):
        for lon in range(105, 109):
            tile = f"Copernicus_DSM_COG_10_N{lat}_00_W{lon}_00_DEM"
            server.on(f"/{tile}/{tile}.tif", file(publishers.terrain(-lon, lat)))
    path = FETCHED[name].fetch.url.removeprefix("https://copernicus-dem-30m.s3.amazonaws.com")
    bring(name, server.url(path))
    catalog = bring.catalog()
    raster = catalog.raster(name)
    west, south, east, north = raster.bounds
    assert west <= BOX[0] < BOX[2] <= east
    assert south <= BOX[1] < BOX[3] <= north
    with raster.open() as opened:
        cells = opened.read(1, masked=True)
    assert cells.count() > 0.95 * cells.size
    if value:
        assert np.median(cells.compressed()) == pytest.approx(value, rel=0.01)  # 2 m in 0.005°


# all of them


def test_every_fetched_layer_is_tried_here():
    source = Path(__file__).read_text("utf-8")
    for name in FETCHED:
        assert f'"{name}"' in source, name


@pytest.mark.parametrize("name", FETCHED)
def test_every_definition_says_what_it_is(name):
    layer = FETCHED[name]
    assert layer.source_url or isinstance(layer.fetch, Together)
    assert layer.share_alike == ("ODbL" in layer.licence)
    assert layer.licence_url or layer.licence.startswith(("Public domain", "Free", "Copernicus"))
    assert "OpenStreetMap" not in layer.attribution or layer.share_alike
    if layer.replaces:
        assert Catalog.default().has(layer.replaces)
    for need in layer.lenders:
        assert need in FETCHED or Catalog.default().has(need)
    if layer.country:
        assert layer.side
    for said in layer.caveats:
        assert said.en != said.es


def test_addresses_are_those_of_the_official_table(shared_data):
    with (shared_data.parent / "facts/official_sources.csv").open(encoding="utf-8") as table:
        known = [row["url"] for row in csv.DictReader(table)]
    bases = {re.split(r"[{?]|/query|\.json|/interpreter", url)[0] for url in known}
    for layer in FETCHED.values():
        if isinstance(layer.fetch, Together | Summary | Apportion):
            continue
        urls = layer.fetch.url if isinstance(layer.fetch.url, list) else [layer.fetch.url]
        for url in urls:
            assert any(url.startswith(base) for base in bases if len(base) > 25), url


def test_the_how_to_tells_whom_each_layer_is_from():
    said = (ROOT / "docs/fetch-layers.md").read_text("utf-8")
    rows = re.findall(r"^\| (\w+) \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", said, re.MULTILINE)
    told = {row[0]: row[1:] for row in rows if row[0] != "layer"}
    assert told.keys() == FETCHED.keys()
    for name, (title, publisher, _, licence) in told.items():
        layer = FETCHED[name]
        assert (title, publisher, licence) == (layer.title.en, layer.publisher, layer.licence)


def _cells(catalog):
    """Candidates of 5 km round El Paso and Juárez."""
    from sitesel.crs import WORKING_CRS
    from sitesel.measure.candidates import land

    area = gpd.GeoSeries([shapely.box(*BOX)], crs=4326).to_crs(WORKING_CRS).iloc[0]
    sides = {"mexico": "municipios", "usa": "us_counties"}
    grounds = {key: land(catalog.load(name), area) for key, name in sides.items()}
    return from_grid(area, 5000, **grounds)
