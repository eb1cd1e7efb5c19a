"""Do the hand-kept tables agree with themselves, with each other and with other sources?"""

from __future__ import annotations

import csv
import math
import re
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import pytest
import shapely

from sitesel.catalog.layers import Catalog
from sitesel.measure.specs import columns_of
from sitesel.resources import shipped
from sitesel.show.features import FORMLESS
from sitesel.study import Study

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

TODAY = date(2026, 11, 21)
KEYS = {
    "power_plants": ["plant_id"],
    "power_facts": ["fact_id"],
    "water_status": ["area_code"],
    "water_facts": ["fact_id"],
    "ports_of_entry": ["port_id"],
    "port_volumes": ["customs_port", "year"],
    "seaports": ["port_id"],
    "ftz_sites": ["site_id"],
    "ftz_service_areas": ["zone_no", "area_fips"],
    "opportunity_zones": ["geoid"],
    "opportunity_zone_rules": ["rule_id"],
    "free_zone_north": ["name", "state"],
    "development_poles": ["pole_id"],
    "incentives": ["incentive_id"],
    "workforce": ["area_code", "level", "metric", "year"],
    "kpi": ["corridor", "area_code", "metric", "period"],
    "unit_costs": ["cost_id"],
    "industrial_parks": ["park_id"],
    "mirror_pairs": ["pair_id"],
}
STATUS = {"operating", "declared", "announced", "inactive", "unknown"}
COMMERCIAL = {
    "otay_mesa",
    "tecate",
    "calexico_east",
    "san_luis_2",
    "nogales_mariposa",
    "naco",
    "douglas_rhc",
    "columbus",
    "santa_teresa",
    "bota",
    "ysleta",
    "tornillo",
    "presidio",
    "del_rio",
    "eagle_pass_2",
    "colombia",
    "world_trade",
    "roma",
    "rio_grande_city",
    "pharr",
    "progreso",
    "los_indios",
    "veterans",
}
BRIDGES = {
    "bota": "Bridge of the Americas",
    "ysleta": "Ysleta Bridge",
    "tornillo": "Marcelino Serna Bridge",
    "presidio": "Presidio-Ojinaga International Bridge",
    "del_rio": "Del Rio International Bridge",
    "eagle_pass_2": "Camino Real International Bridge",
    "colombia": "Colombia Solidarity Bridge",
    "world_trade": "World Trade Bridge",
    "roma": "Roma-Ciudad Miguel Alemán International Bridge",
    "rio_grande_city": "Starr-Camargo Bridge",
    "pharr": "Pharr International Bridge",
    "progreso": "Progreso International Bridge",
    "los_indios": "Free Trade International Bridge (Los Indios)",
    "veterans": "Veterans International Bridge at Los Tomates",
}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.default()


def load(catalog: Catalog, name: str, as_of: date | None = None) -> gpd.GeoDataFrame:
    return catalog.load(name, as_of)


def path_of(name: str) -> Path:
    return next(shipped("layers").rglob(f"{name}.csv"))


def raw(name: str) -> pd.DataFrame:
    return pd.read_csv(path_of(name), dtype=str, keep_default_na=False)


@pytest.mark.parametrize("name", KEYS)
def test_file_is_clean(name: str) -> None:
    data = path_of(name).read_bytes()
    assert b"\r" not in data
    assert not data.startswith(b"\xef\xbb\xbf")
    assert data.endswith(b"\n")
    rows = list(csv.reader(data.decode("utf-8").splitlines()))
    assert {len(row) for row in rows} == {len(rows[0])}
    for cell in (cell for row in rows for cell in row):
        assert cell == " ".join(cell.split())
        assert not cell.startswith(("=", "+", "@", "\t"))
        assert not any(mark in cell for mark in ("<script", "<img", "${", "Ã"))


@pytest.mark.parametrize("name", KEYS)
def test_rows_are_unique_and_sourced(name: str) -> None:
    table = raw(name)
    assert not table.duplicated(KEYS[name]).any()
    assert (table["source"] != "").all()
    assert table["confidence"].str.match(r"(high|medium|low)").all()
    if "status" in table:
        assert set(table["status"]) <= STATUS


@pytest.mark.parametrize("name", KEYS)
def test_definition_loads(catalog: Catalog, name: str) -> None:
    layer = catalog[name]
    frame = load(catalog, name)
    assert len(frame) == len(raw(name))
    assert set(layer.fields) <= set(frame.columns)
    for west, south, east, north in layer.coverage:
        border = -119 <= west < east <= -96 and 24 <= south < north <= 35
        isthmus = (west, south, east, north) == (-96.5, 15, -92.5, 19)
        assert border or isthmus


@pytest.mark.parametrize("name", ["valid_from", "valid_to", "cargo_to", "modernisation_date"])
def test_dates_are_iso(name: str) -> None:
    for table in (raw(key) for key in KEYS):
        if name in table:
            for day in table.loc[table[name] != "", name]:
                assert date.fromisoformat(day).isoformat() == day


# ports


def test_ports_are_the_59_crossings(catalog: Catalog) -> None:
    ports = load(catalog, "ports_of_entry")
    assert len(ports) == ports["port_id"].nunique() == 59
    assert set(ports.loc[ports["commercial"] == "true", "port_id"]) == COMMERCIAL
    assert set(ports["commercial"]) == {"true", "false"}
    planned = ports[ports["cargo"] == "planned"]
    assert (planned["commercial"] == "false").all()
    assert planned["trucks"].isna().all()


def test_ports_lie_on_the_border(catalog: Catalog) -> None:
    border = load(catalog, "border_line").union_all()
    ports = load(catalog, "ports_of_entry")
    km = ports.geometry.distance(border) / 1000
    assert km[ports["commercial"] == "true"].max() < 1.0
    assert km.max() < 5.0


def test_ports_lie_in_the_named_county_and_municipio(catalog: Catalog) -> None:
    ports = load(catalog, "ports_of_entry")
    counties, municipios = load(catalog, "us_counties"), load(catalog, "municipios")
    for lender, column in ((counties, "us_county"), (municipios, "mx_municipio")):
        for port, name in zip(ports.itertuples(), ports[column], strict=True):
            near = lender[lender.geometry.distance(port.geometry) < 2000]
            assert name in set(near["name"]), port.port_id


def test_bridge_of_the_americas_loses_its_trucks(catalog: Catalog) -> None:
    before = load(catalog, "ports_of_entry", date(2026, 9, 30)).set_index("port_id")
    after = load(catalog, "ports_of_entry", date(2026, 10, 1)).set_index("port_id")
    assert before.loc["bota", "in_force"] == 1
    assert after.loc["bota", "in_force"] == 0
    assert after.loc["bota", "trucks"] == 164162
    assert after.loc["bota", "trucks_trend"] == 0
    changed = before.index[before["in_force"] != after["in_force"]]
    assert list(changed) == ["bota"]


def test_modernised_is_not_commercial(catalog: Catalog) -> None:
    ports = load(catalog, "ports_of_entry").set_index("port_id")
    assert (ports["modernisation"] == "yes").sum() == 6
    assert ports.loc["brownsville_gateway", "commercial"] == "false"
    assert ports.loc["santa_teresa", "commercial"] == "true"


def test_truck_trend_follows_its_formula(catalog: Catalog) -> None:
    ports = load(catalog, "ports_of_entry")
    for port in ports[ports["trucks"].notna()].itertuples():
        counts = {
            year: count
            for year in (2023, 2024, 2025)
            if not math.isnan(count := getattr(port, f"trucks_{year}"))
        }
        first, last = min(counts), max(counts)
        assert (port.trucks, port.trucks_year) == (counts[last], last)
        if port.port_id == "bota":
            continue
        growth = 0.0
        if last > first:
            growth = (counts[last] / counts[first]) ** (1 / (last - first)) - 1
            assert port.trucks_growth == pytest.approx(max(-0.15, min(0.15, growth)), abs=5e-5)
        growth = max(-0.15, min(0.15, growth))
        assert port.trucks_trend == pytest.approx(port.trucks * (1 + growth), abs=1)


def test_what_is_carried_one_year_on_is_not_called_a_count(catalog: Catalog) -> None:
    read = ("port_trucks", "trucks_trend")
    criteria = Study.load("border").criteria.values()
    told = [each.title for each in criteria if read in columns_of(each.measure)]
    told += [catalog[name].title for name in ("port_trucks", "port_trucks_bts")]
    assert len(told) == 3
    for title in told:
        assert title is not None
        assert "trend one year on" in title["en"]
        assert "tendencia un año adelante" in title["es"]
    assert "carried one year on" in catalog["port_trucks"].vintage


def test_growth_cap_comes_from_the_official_volumes(catalog: Catalog) -> None:
    volumes = load(catalog, "port_volumes")
    trucks = volumes.pivot_table(index="year", columns="name", values="trucks")
    growth = (trucks / trucks.shift(2)).where(trucks.shift(2) > 5000).stack() ** 0.5 - 1
    assert growth.quantile(0.05) == pytest.approx(-0.04, abs=0.005)
    assert growth.quantile(0.95) == pytest.approx(0.12, abs=0.005)
    assert 0.15 < growth.quantile(0.99) < 0.17


def test_el_paso_bridges_add_up_to_the_port_of_2018() -> None:
    volumes = raw("port_volumes").set_index(["customs_port", "year"])["trucks"].astype(int)
    ports = raw("ports_of_entry").set_index("port_id")
    bridges = ports.loc[["bota", "ysleta", "tornillo"], "trucks_2025"].astype(int).sum()
    assert 0.9 < bridges / volumes["2402", "2018"] < 1.2


def test_seaports() -> None:
    ports = raw("seaports").set_index("port_id")
    assert "guaymas_rail" not in ports.index
    assert ports.loc["corpus_christi", "name"] == "Corpus Christi"
    assert list(ports.index[ports["status"] == "announced"]) == ["matamoros_pn"]
    assert ports.index.str.fullmatch(r"[a-z_]+").all()


# zones


def test_zone_156_may_not_operate(catalog: Catalog) -> None:
    for name in ("ftz_sites", "ftz_service_areas"):
        zone = load(catalog, name, TODAY)
        assert (zone.loc[zone["zone_no"] == "156", "in_force"] == 0).all()


def test_service_areas_have_polygons_only_where_due(catalog: Catalog) -> None:
    areas = load(catalog, "ftz_service_areas", TODAY)
    due = (areas["extent"] == "county") & areas["asf"].isin(["yes", "likely"])
    assert (areas.geometry.notna() == due).all()
    assert (areas.loc[due, "county_fips"] == areas.loc[due, "area_fips"]).all()
    at_work = set(areas.loc[due & (areas["in_force"] == 1), "county_fips"])
    assert "35013" in at_work
    assert "48489" not in at_work, "Willacy is requested, not granted"
    counties = load(catalog, "us_counties").set_index("county_fips")
    assert (counties.loc[areas["area_fips"], "name"].to_numpy() == areas["county"]).all()


def test_ftz_sites_lie_in_their_county(catalog: Catalog) -> None:
    sites = load(catalog, "ftz_sites")
    counties = load(catalog, "us_counties").set_index("county_fips").geometry
    inside = counties.loc[sites["county_fips"]].reset_index(drop=True).contains(sites.geometry)
    assert inside.all()
    assert sites["zone_no"].nunique() == 27


def test_opportunity_zones_are_circles_of_the_tracts_area(catalog: Catalog) -> None:
    zones = load(catalog, "opportunity_zones", TODAY)
    counties = load(catalog, "us_counties")
    assert set(zones["county_fips"]) <= set(counties["county_fips"])
    assert (zones["geoid"].str[:5] == zones["county_fips"]).all()
    assert zones["geoid"].str.fullmatch(r"\d{11}").all()
    km2 = zones.area / 1e6
    assert (km2 <= zones["area_km2"] * 1.001).all()
    assert (km2 / zones["area_km2"]).median() > 0.99
    assert (zones["in_force"] == 1).all()
    later = load(catalog, "opportunity_zones", date(2029, 1, 1))
    assert (later["in_force"] == 0).all()


def test_opportunity_zone_coverage_holds_all_zones_and_no_unsearched_county(
    catalog: Catalog,
) -> None:
    zones, counties = load(catalog, "opportunity_zones"), load(catalog, "us_counties")
    boxes = shapely.union_all([shapely.box(*box) for box in catalog["opportunity_zones"].coverage])
    degrees = counties.to_crs(4326).set_index("county_fips").geometry
    assert boxes.intersects(degrees["48229"]), "Hudspeth was searched and has none"
    for fips in ("06065", "06037", "04013", "35035", "48301", "48127"):
        assert boxes.intersection(degrees[fips].buffer(-0.02)).area < 1e-3
    points = shapely.points(zones["lon"].astype(float), zones["lat"].astype(float))
    assert shapely.contains(boxes, points).mean() > 0.85


def test_free_zone_joins_the_municipios(catalog: Catalog) -> None:
    zone = load(catalog, "free_zone_north", TODAY)
    assert len(zone) == 69
    original = zone["original_43"] == "yes"
    assert original.sum() == 43
    assert zone.geometry[original].notna().all()
    assert (zone.loc[original, "regime"] == "north").all()
    municipios = load(catalog, "municipios").set_index("cvegeo")["name"]
    names = zone[original].set_index("cvegeo")["name"]
    assert (municipios.loc[names.index] == names).all()
    assert zone["cvegeo"].isna().sum() == 1
    parents = zone.loc[zone["cvegeo"].isin(["02006", "02007"]), "parent"]
    assert set(parents) <= set(zone.loc[original, "cvegeo"])
    assert zone.loc[original, "in_force"].isna().all(), "nobody knows what holds in 2026"
    sourced = load(catalog, "free_zone_north", date(2025, 12, 31))
    assert (sourced.loc[original, "in_force"] == 1).all()


def test_san_jeronimo_is_declared_and_faces_santa_teresa(catalog: Catalog) -> None:
    poles = load(catalog, "development_poles", TODAY).set_index("pole_id")
    ports = load(catalog, "ports_of_entry").set_index("port_id")
    pole = poles.loc["pod_juarez"]
    assert (pole["status"], pole["in_force"], pole["cvegeo"]) == ("declared", 1.0, "08037")
    assert pole.geometry.distance(ports.geometry["santa_teresa"]) < 5000
    assert poles.loc["pod_hermosillo", "in_force"] == 0
    assert set(poles["programme"]) == {"PODECOBI", "CIIT"}
    near = load(catalog, "border_line").union_all()
    close = poles[(poles["in_force"] == 1) & (poles.distance(near) < 100_000)]
    assert list(close.index) == ["pod_juarez"]


def test_incentives_know_their_dates(catalog: Catalog) -> None:
    rows = load(catalog, "incentives", TODAY).set_index("incentive_id")["in_force"]
    assert rows["oct2023"] == 0
    assert rows["oz1"] == 1
    assert rows["oz2"] == 0
    assert math.isnan(rows["zlfn_isr"])
    before = load(catalog, "incentives", date(2024, 6, 1)).set_index("incentive_id")["in_force"]
    assert before["zlfn_isr"] == 1


# power, water, people, industry


def on_its_side(catalog: Catalog, frame: gpd.GeoDataFrame) -> pd.Series:
    land = {
        "US": load(catalog, "us_counties").union_all(),
        "MX": load(catalog, "municipios").union_all(),
    }
    return pd.Series(
        [
            land[side].distance(point)
            for side, point in zip(frame.side, frame.geometry, strict=True)
        ],
        index=frame.index,
    )


def test_power_plants_stand_on_their_side_and_grid(catalog: Catalog) -> None:
    plants = load(catalog, "power_plants", TODAY)
    assert on_its_side(catalog, plants).max() < 200
    assert (plants["capacity_mw"] >= 50).all()
    assert (plants["grid"].str.startswith("CENACE") == (plants["side"] == "MX")).all()
    idle = plants[plants["in_force"] == 0]
    assert list(idle["name"]) == ["McCloud"]
    counties = load(catalog, "us_counties")[["county_fips", "state", "geometry"]]
    us = plants[plants["side"] == "US"].sjoin_nearest(counties, max_distance=200)
    grids = us.groupby("state")["grid"].agg(set)
    assert grids["AZ"] == {"Arizona (WECC)"}
    assert grids["CA"] == {"California (WECC)"}
    assert grids["NM"] == {"El Paso Electric and New Mexico (WECC)"}
    ercot = us[(us["state"] == "TX") & (us["grid"] != "ERCOT")]
    assert set(ercot["county_fips"]) == {"48141"}


def test_what_is_said_of_the_figures_is_what_the_tables_hold(catalog: Catalog) -> None:
    parks, plants = load(catalog, "industrial_parks"), load(catalog, "power_plants")
    coarse, low = (parks["precision_km"] >= 2).sum(), (parks["confidence"] == "low").sum()
    assert parks["precision_km"].max() == 5
    said = catalog["industrial_parks"].quality_why
    assert said["en"].startswith(
        f"{coarse} of {len(parks)} points are placed only to 2 to 5 km; {low} are"
    )
    assert said["es"].startswith(f"{coarse} de {len(parks)} puntos")
    assert f"; {low} son" in said["es"]
    least = f"{plants['capacity_mw'].min():g} MW"
    assert f"of {least} or more" in " ".join(catalog["power_plants"].quality_why["en"].split())
    assert f"de {least} o más" in " ".join(catalog["power_plants"].quality_why["es"].split())


def test_parks_stand_in_the_named_area(catalog: Catalog) -> None:
    parks = load(catalog, "industrial_parks")
    assert len(parks) == 100
    assert on_its_side(catalog, parks).max() == 0
    for lender, key, side in (
        ("us_counties", "county_fips", "US"),
        ("municipios", "cvegeo", "MX"),
    ):
        own = parks[parks["side"] == side]
        shapes = load(catalog, lender).set_index(key)
        at = shapes.loc[own["area_code"]]
        assert (
            at.geometry.reset_index(drop=True).contains(own.geometry.reset_index(drop=True)).all()
        )
        named = own["region"] if side == "US" else own["city"]
        for place, listed in zip(at["name"], named, strict=True):
            assert place in listed
    ports = raw("ports_of_entry").set_index("port_id")["name"]
    assert parks["nearest_port"].tolist() == ports[parks["nearest_port_id"]].tolist()
    assert parks.set_index("park_id").loc["mx_mxl_silicon", "status"] == "inactive"


def test_water_status_covers_both_sides(catalog: Catalog) -> None:
    status = load(catalog, "water_status")
    assert status.geometry.notna().all()
    assert set(status["status_class"]) == {"strained but managed", "strained", "scarce"}
    facts = raw("water_facts").set_index("fact_id")
    for row in status.itertuples():
        told: dict[str, list[str]] = {}
        for fact in row.facts.split():
            source = facts.at[fact, "source"].removesuffix(".")
            told.setdefault(facts.at[fact, "body"], []).append(source[0].lower() + source[1:])
        parts = [f"{body}: {', and '.join(sources)}" for body, sources in told.items()]
        assert row.source == "; ".join(parts) + "."
    by_code = status.set_index("area_code")["status_class"]
    assert by_code["08037"] == "scarce"
    assert by_code["35013"] == "strained"


def test_numbers_repeat_their_values() -> None:
    for name in ("workforce", "water_facts", "power_facts"):
        for row in raw(name).itertuples():
            if row.number:
                assert float(row.number) == float(row.value.lstrip("~ ").replace(",", ""))
                assert row.approximate in {"true", "false"}
            if row.value.startswith("~") and row.number:
                assert row.approximate == "true"


def test_workforce_adds_up(catalog: Catalog) -> None:
    table = raw("workforce")
    share = table[table["metric"] == "share of state IMMEX pay"]
    assert share["number"].astype(float).sum() == pytest.approx(100)
    juarez = table[table["area_code"] == "08037"].set_index("metric")["number"]
    assert float(juarez["IMMEX peak"]) - float(juarez["IMMEX manufacturing jobs"]) == 64236
    areas = set(load(catalog, "us_counties")["county_fips"])
    areas |= set(load(catalog, "municipios")["cvegeo"])
    keyed = table[table["level"].isin(["municipio", "county"])]
    assert set(keyed["area_code"]) <= areas


def test_people_agree_with_the_census_layer(catalog: Catalog) -> None:
    table = raw("workforce").query("metric == 'population' and side == 'MX'")
    census = load(catalog, "municipio_population").set_index("cvegeo")["population"]
    for row in table.itertuples():
        assert float(row.number) == pytest.approx(census[row.area_code], rel=0.03), row.name


def test_mirror_pairs_point_at_real_things() -> None:
    pairs, zones = raw("mirror_pairs"), raw("opportunity_zones")
    ports, sites = set(raw("ports_of_entry")["port_id"]), set(raw("ftz_sites")["zone_no"])
    free = set(raw("free_zone_north")["cvegeo"])
    for pair in pairs.itertuples():
        assert set(pair.port_ids.split(";")) <= ports
        assert set(filter(None, pair.us_ftz.split(";"))) <= sites
        assert int(pair.oz_tracts) == (zones["county_fips"] == pair.county_fips).sum()
        assert (pair.free_zone_north == "yes") == (pair.cvegeo in free)
    assert set(pairs["pole_id"]) - {""} == {"pod_juarez"}


# against sources that are not part of the project


def test_trucks_agree_with_the_bridge_counts(shared_data: Path) -> None:
    counts = pd.read_csv(shared_data / "ports/tables/untcbp_yearly_crossings_2008_2025.csv")
    counts = counts[counts["Modes"] == "Commercial Trucks"]
    counts = counts.set_index(["Crossing", "Year"])["Northbound Crossing"]
    ports = raw("ports_of_entry").set_index("port_id")
    assert set(ports.index[ports["us_state"] == "TX"]) & COMMERCIAL == set(BRIDGES)
    for port, bridge in BRIDGES.items():
        for year in (2023, 2024, 2025):
            ours = float(ports.loc[port, f"trucks_{year}"])
            assert ours == pytest.approx(counts[bridge, year], rel=0.01), (port, year)


def test_port_volumes_agree_with_the_bridge_counts(shared_data: Path) -> None:
    counts = pd.read_csv(shared_data / "ports/tables/untcbp_yearly_crossings_2008_2025.csv")
    counts = counts[(counts["Modes"] == "Commercial Trucks") & (counts["Year"] == 2018)]
    theirs = counts.groupby("POE")["Northbound Crossing"].sum()
    ours = raw("port_volumes").query("year == '2018'").set_index("name")["trucks"].astype(float)
    for name in ("Brownsville", "Del Rio", "Eagle Pass", "Hidalgo", "Laredo", "Presidio", "Roma"):
        assert ours[name] == pytest.approx(theirs[name], rel=0.001), name


def test_service_areas_agree_with_the_cited_list(shared_data: Path) -> None:
    cited = pd.read_csv(shared_data / "ftz/ftz_border_zones_cited.csv", dtype=str)
    areas = raw("ftz_service_areas")
    assert set(cited["ftz_no"]) <= set(areas["zone_no"])
    for row in cited.dropna(subset=["county_geoids"]).itertuples():
        own = areas[areas["zone_no"] == row.ftz_no]
        assert row.county_geoids in set(own["area_fips"]), row.ftz_no
        drawn = row.county_geoids in set(own["county_fips"])
        whole = row.basis in {"ASF", "ASF (application)"}
        # that list found no county-wide framework for zone 68; ours calls it likely, unverified
        assert drawn == (whole or row.ftz_no == "68"), row.ftz_no


def test_opportunity_zones_are_on_the_official_list(shared_data: Path) -> None:
    official = pd.read_csv(shared_data / "oz/oz1_designated_tracts_us_8764.csv", dtype=str)
    official = official.set_index(official["GEOID"].str.zfill(11))
    zones = raw("opportunity_zones")
    assert set(zones["geoid"]) <= set(official.index)
    for fips, own in zones.groupby("county_fips"):
        assert len(own) == official.index.str.startswith(str(fips)).sum(), fips


def test_people_agree_with_the_census(shared_data: Path) -> None:
    census = pd.read_csv(shared_data / "population/mx_municipio_pop2020_mxmaps.csv", dtype=str)
    code = census["state_code"].str.zfill(2) + census["municipio_code"].str.zfill(3)
    people = census.set_index(code)["pop"].astype(int)
    table = raw("workforce").query("metric == 'population' and side == 'MX'")
    assert len(table) == 15
    for row in table.itertuples():
        assert int(row.number) == people[row.area_code], row.name


def test_no_code_of_ours_stands_where_a_reader_looks(catalog: Catalog) -> None:
    """Ids are for tables: what a card shows, and what is said of a layer, is in words."""
    ours = {*(layer.id for layer in catalog), *raw("ports_of_entry")["port_id"]}
    codes = {name for name in ours if "_" in name}
    code = re.compile(rf"\b(?:{'|'.join(sorted(codes))}|[a-z]+_[a-z_]+: )\b")
    for layer in catalog:
        if layer.fetch:
            continue
        told = [layer.source, layer.vintage, *(each["en"] for each in layer.caveats)]
        if layer.geometry.kind not in FORMLESS and not layer.map.hidden:
            table = catalog.load(layer.id)
            shown = [table[name] for name in layer.fields if name in table]
            told += [text for column in shown for text in column if isinstance(text, str)]
        assert not [text for text in told if code.search(text)], layer.id


def test_an_amount_of_money_names_its_currency(catalog: Catalog) -> None:
    table, spanish = raw("incentives"), catalog["incentives"].spanish()
    money = re.compile(r"\d(?:k|M)\b|million|/job|per job")
    told = [*table["benefit"], *table["eligibility"]]
    sums = [text for text in told if money.search(text)]
    assert len(sums) > 3
    for text in sums:
        assert "USD" in text
        assert "USD" in spanish[text]
