"""The embedded boundaries, waters, lines and people: complete, valid, on the right side."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from sitesel.crs import GEOD, WORKING_CRS, lonlat, xy

BORDER_STATES = {"02": 5, "05": 38, "08": 67, "19": 51, "26": 72, "28": 43}
COUNTIES = {"CA": 58, "AZ": 15, "NM": 33, "TX": 254}
LAYERS = [
    "border_line",
    "us_counties",
    "us_states",
    "municipios",
    "mx_states",
    "land",
    "rivers",
    "reservoirs",
    "airports",
    "rail",
    "rail_trunk",
    "places",
    "urban_core",
    "municipio_population",
    "county_labour",
]
TOWNS = {
    "US": {
        "El Paso": (-106.487, 31.759),
        "San Ysidro": (-117.044, 32.552),
        "Laredo": (-99.507, 27.506),
        "Brownsville": (-97.497, 25.902),
        "Presidio": (-104.372, 29.561),
        "Santa Teresa": (-106.671, 31.856),
        "Nogales, Arizona": (-110.934, 31.341),
        "Calexico": (-115.499, 32.679),
    },
    "MX": {
        "Ciudad Juárez": (-106.461, 31.720),
        "Tijuana": (-117.004, 32.503),
        "Nuevo Laredo": (-99.516, 27.476),
        "Matamoros": (-97.504, 25.880),
        "Ojinaga": (-104.417, 29.565),
        "San Jerónimo": (-106.681, 31.777),
        "Nogales, Sonora": (-110.946, 31.319),
        "Mexicali": (-115.454, 32.628),
    },
}


def point(lon, lat):
    x, y = xy([lon], [lat])
    return shapely.Point(x[0], y[0])


@pytest.fixture(scope="module")
def line(catalog):
    return catalog.load("border_line").geometry.iloc[0]


@pytest.fixture(scope="module")
def sides(catalog, line):
    """Return the land of each country within 60 km of the border."""
    near = line.buffer(60_000)
    frames = {"US": catalog.load("us_counties"), "MX": catalog.load("municipios")}
    return {
        side: shapely.union_all(frame.geometry[frame.intersects(near)].to_numpy())
        for side, frame in frames.items()
    }


def test_every_county_is_there(catalog):
    counties = catalog.load("us_counties")
    assert counties["state"].value_counts().to_dict() == COUNTIES
    assert counties["county_fips"].is_unique
    assert counties["county_fips"].str.fullmatch(r"\d{5}").all()
    assert counties.is_valid.all()
    assert (counties.area > 3e8).sum() >= 355  # Rockwall, Texas, is the smallest: 385 km²


def test_every_municipio_is_there_and_has_people(catalog):
    municipios = catalog.load("municipios")
    people = catalog.load("municipio_population").set_index("cvegeo")
    counts = municipios["state_code"].value_counts()
    assert {code: counts[code] for code in BORDER_STATES} == BORDER_STATES
    assert counts[["20", "30"]].min() > 40
    assert municipios.is_valid.all()
    assert set(people.index) == set(municipios["cvegeo"])
    assert people["population"].min() > 0
    assert people.loc["02004", "population"] == pytest.approx(1_922_523, rel=0.03)
    assert people.loc["08037", "population"] == pytest.approx(1_512_450, rel=0.01)
    assert (people["name"] == municipios.set_index("cvegeo")["name"].reindex(people.index)).all()


def test_municipios_do_not_overlap(catalog):
    municipios = catalog.load("municipios")
    overlap = municipios.area.sum() - shapely.union_all(municipios.geometry.to_numpy()).area
    assert overlap < 1e6  # of 930,000 km²


def test_border_line_has_the_length_of_the_border(line):
    ends = shapely.get_coordinates(line)
    assert 3_050_000 < line.length < 3_250_000  # IBWC: 3,145 km
    assert point(-117.123, 32.534).distance(shapely.Point(ends[0])) < 500
    assert point(-97.147, 25.955).distance(shapely.Point(ends[-1])) < 1_000


def away(spots, lines):
    """Return how far points lie from lines, piece by piece: a tree skips those that are far."""
    at, line = shapely.get_coordinates(shapely.get_parts(lines), return_index=True)
    ends = np.stack([at[:-1], at[1:]], axis=1)[line[1:] == line[:-1]]
    tree = shapely.STRtree(shapely.linestrings(ends))
    return tree.query_nearest(spots, all_matches=False, return_distance=True)[1]


def test_both_sides_meet_at_the_border_line(line, sides):
    spots = shapely.points(shapely.get_coordinates(shapely.segmentize(line, 200)))
    for land in sides.values():
        assert away(spots, land.boundary).max() < 5


def test_no_land_at_the_border_is_on_both_sides_or_neither(line, sides):
    assert sides["US"].intersection(sides["MX"]).area < 50_000  # over 3,154 km: hairlines
    void = line.buffer(60_000) - sides["US"] - sides["MX"]
    gaps = [part for part in shapely.get_parts(void) if part.area < 1e9]  # the seas are larger
    assert sum(part.area for part in gaps) < 50_000
    assert all(part.buffer(-1).is_empty for part in gaps)


@pytest.mark.parametrize(
    ("side", "town"), [(side, town) for side, towns in TOWNS.items() for town in towns]
)
def test_towns_lie_on_their_side(sides, side, town):
    spot = point(*TOWNS[side][town])
    other = {"US": "MX", "MX": "US"}[side]
    assert sides[side].contains(spot)
    assert not sides[other].contains(spot)


def test_places_near_the_border_lie_on_their_side(catalog, line, sides):
    places = catalog.load("places")
    places = places[places.dwithin(line, 50_000)]
    assert len(places) > 400
    for side, land in sides.items():
        own = places[places["side"] == side]
        off = shapely.distance(own.geometry.to_numpy(), land)
        assert off.max() < 500  # on a pier at worst


def test_states_are_their_parts(catalog):
    for states, parts, key in (
        ("us_states", "us_counties", "state"),
        ("mx_states", "municipios", "state_code"),
    ):
        area = catalog.load(parts).set_geometry("geometry").dissolve(key).area
        whole = catalog.load(states).set_index(key).area
        codes = list(COUNTIES) if key == "state" else list(BORDER_STATES)
        np.testing.assert_allclose(whole[codes], area[codes], rtol=1e-6)
    assert len(catalog.load("mx_states")) == 32


def test_land_holds_the_towns_and_not_the_sea(catalog):
    land = catalog.load("land").geometry.iloc[0]
    assert all(land.contains(point(*spot)) for spot in TOWNS["MX"].values())
    assert not land.contains(point(-112.0, 28.5))  # Gulf of California
    assert not land.contains(point(-96.0, 25.0))  # Gulf of Mexico


@pytest.mark.parametrize(
    ("name", "people"),
    [("Tijuana", 1_922_523), ("El Paso", 678_815), ("Ciudad Juárez", 1_512_450)],
)
def test_populations(catalog, name, people):
    places = catalog.load("places")
    largest = places[places["name"] == name]["population"].max()
    assert largest == pytest.approx(people, rel=0.05)


def test_places_leave_out_what_a_city_already_counts(catalog):
    places = catalog.load("places")
    assert places["geonames_id"].is_unique
    assert places["population"].min() > 0
    names = set(places["name"][places["admin1"] == "CA"])
    assert "Los Angeles" in names
    assert names.isdisjoint({"Hollywood", "Sherman Oaks", "Pacific Palisades", "La Jolla"})
    assert {"Salina Cruz", "Coatzacoalcos"} <= set(places["name"])


def test_urban_core_is_as_large_as_its_people_need(catalog):
    discs = catalog.load("urban_core").set_index("geonames_id")
    area = discs.area / 1e6
    assert area["5520993"] == pytest.approx(678_815 / 1_500, rel=0.01)
    assert area["3981609"] == pytest.approx(1_922_523 / 5_000, rel=0.01)
    assert catalog["urban_core"].approximate


@pytest.mark.parametrize(
    ("name", "lon", "lat"),
    [
        ("Amistad", -101.16, 29.50),
        ("Falc", -99.22, 26.70),
        ("Elephant Butte", -107.17, 33.25),
    ],
)
def test_reservoirs_are_where_they_are(catalog, name, lon, lat):
    lakes = catalog.load("reservoirs")
    here = lakes[lakes.dwithin(point(lon, lat), 1_500)]
    assert here["name"].str.contains(name).tolist() == [True]
    assert here["kind"].tolist() == ["reservoir"]


def test_salt_water_is_no_reservoir(catalog):
    lakes = catalog.load("reservoirs").set_index("name")
    assert lakes.loc["Salton Sea", "kind"] == "saline"
    assert set(lakes["kind"]) == {"reservoir", "saline", "unknown"}
    assert lakes["kind"][lakes.index.isna()].eq("unknown").all()


def test_the_rio_grande_follows_the_border(catalog, line):
    rivers = shapely.union_all(catalog.load("rivers").geometry.to_numpy())
    spots = shapely.points(shapely.get_coordinates(shapely.segmentize(line, 1_000)))
    west, _ = xy([-106.5], [31.8])
    off = shapely.distance(spots[shapely.get_x(spots) > west[0]], rivers)
    assert np.median(off) < 1_000
    assert point(-110.985, 32.222).distance(rivers) > 50_000  # the Santa Cruz is dry at Tucson


def test_airports(catalog):
    airports = catalog.load("airports").set_index("iata")
    assert {"ELP", "TIJ", "SAN", "CJS", "MTY", "LRD", "MXL"} <= set(airports.index)
    assert airports.loc["ELP", "side"] == "US"
    assert airports.loc["CJS", "side"] == "MX"
    assert airports.loc["BIF", "use"] == "military"
    assert airports.loc["YUM", "use"] == "joint"
    assert airports["runway_m"].dropna().between(600, 5_000).all()
    assert catalog["airports"].share_alike


def test_rail_keeps_only_pieces_whose_course_is_known(catalog):
    rail, trunk = catalog.load("rail"), catalog.load("rail_trunk")
    assert rail["km"].max() < 75
    assert set(rail["class"]) == {"trunk", "other"}
    assert set(trunk["course"]) == {"drawn", "coarse", "straight"}
    assert (catalog["rail"].share_alike, catalog["rail_trunk"].share_alike) == (True, False)
    for lon, lat in ((-106.49, 31.75), (-99.51, 27.50), (-100.31, 25.69), (-115.49, 32.67)):
        assert rail.distance(point(lon, lat)).min() < 4_000


def test_rail_lengths_are_geodesic(catalog):
    rail = catalog.load("rail").iloc[::50]
    ends = shapely.get_coordinates(rail.geometry.to_numpy()).reshape(-1, 4).T
    metres = GEOD.inv(*lonlat(*ends[:2]), *lonlat(*ends[2:]))[2]
    np.testing.assert_allclose(metres / 1000, rail["km"], atol=0.01)


def test_county_labour(catalog):
    labour = catalog.load("county_labour").set_index("county_fips")
    assert len(labour) == 360
    assert labour.geometry.notna().all()
    assert labour.loc["48141", "labour_force"] == pytest.approx(375_000, rel=0.1)
    assert (labour["labour_force"] < labour["population"]).all()
    assert labour["unemployment"].between(0, 0.35).all()
    assert labour["household_income"].min() > 10_000


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_says_what_it_is(catalog, name):
    layer, frame = catalog[name], catalog.load(name)
    assert frame.geometry.notna().all()
    assert not frame.is_empty.any()
    assert layer.coverage
    assert layer.build
    assert layer.caveats
    assert set(frame.columns) - {"geometry", "side", "lon", "lat"} == set(layer.fields)
    assert all(field.unit for field in layer.fields.values() if field.type == "number")
    texts = [layer.title, layer.summary, layer.quality_why, *layer.caveats]
    assert all(text.en.strip() != text.es.strip() for text in texts)


def test_the_catalogue_stays_light(catalog):
    files = {catalog[name].path for name in LAYERS}
    assert sum(path.stat().st_size for path in files) < 7e6


def test_border_agrees_with_an_independent_line(line, shared_data):
    other = gpd.read_parquet(shared_data / "boundaries" / "fcc_us_mexico_border_line.parquet")
    reference = other.to_crs(WORKING_CRS).union_all()
    spots = shapely.points(shapely.get_coordinates(shapely.segmentize(line, 500)))
    off = away(spots, reference)
    assert np.median(off) < 50
    assert np.percentile(off, 95) < 150


def test_populations_agree_with_the_census(catalog, shared_data):
    census = gpd.read_parquet(shared_data / "boundaries" / "mx_municipios_border6.parquet")
    total = census.set_index("CVEGEO")["pop"].dropna()
    ours = catalog.load("municipio_population").set_index("cvegeo")["population"]
    both = ours.index.intersection(total.index).difference(["02001"])  # San Quintín split off
    off = (ours[both] / total[both] - 1).abs()
    assert len(both) >= 270
    assert off.max() < 0.03
    assert (off < 0.02).mean() > 0.98
