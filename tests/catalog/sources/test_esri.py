"""Esri's JSON against GDAL's reader of it, and against shapes whose answer is known."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from shapely.affinity import translate

from sitesel.catalog.sources import esri

REAL = (
    "us-ca-carson/us-ca-carson-0",
    "us-ca-tuolumne/us-ca-tuolumne-0",
    "us-esri-test/us-esri-test-0",
    "us-fl-polk/us-fl-polk-0",
    "us-il-cook/page-full",
    "us-il-cook/count-only",
    "us-mi-kent/us-mi-kent-0",
    "us-mo-columbia/us-mo-columbia-0",
    "us-ms-madison/us-ms-madison-0",
)


def ring(*corners: tuple[float, float]) -> list[list[float]]:
    return [list(each) for each in (*corners, corners[0])]


def square(x: float, y: float, side: float, *, hole: bool = False) -> list[list[float]]:
    clockwise = ring((x, y), (x, y + side), (x + side, y + side), (x + side, y))
    return clockwise[::-1] if hole else clockwise


def gdal(answer: dict, tmp_path) -> list:
    """The shapes that GDAL's ESRIJSON driver reads from the same text."""
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(answer))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it tells of equal ids, and of heights in parts
        frame = pyogrio.read_dataframe(f"ESRIJSON:{path}")
    return frame.geometry.to_list()


def rows(kind: str, places: list) -> dict:
    return {
        "geometryType": kind,
        "spatialReference": {"wkid": 4326},
        "fields": [{"name": "OBJECTID", "type": "esriFieldTypeOID"}],
        "features": [
            {"attributes": {"OBJECTID": number}, "geometry": place}
            for number, place in enumerate(places)
        ],
    }


def same(ours, theirs) -> bool:
    if theirs is None or theirs.is_empty or ("Polygon" in theirs.geom_type and not theirs.area):
        return ours is None
    parts = shapely.get_parts(theirs)
    theirs = parts[0] if len(parts) == 1 and theirs.geom_type != "MultiPoint" else theirs
    return ours.geom_type == theirs.geom_type and shapely.equals_exact(
        shapely.force_2d(ours), shapely.force_2d(theirs), tolerance=1e-9, normalize=True
    )


ISLANDS = {
    "one": [square(0, 0, 9)],
    "hole first": [square(2, 2, 3, hole=True), square(0, 0, 9)],
    "two with a hole each": [
        square(0, 0, 9),
        square(20, 0, 9),
        square(21, 1, 2, hole=True),
        square(1, 1, 2, hole=True),
    ],
    "island in a lake": [square(0, 0, 90), square(10, 10, 50, hole=True), square(20, 20, 9)],
    "lake on an island in a lake": [
        square(22, 22, 2, hole=True),
        square(0, 0, 90),
        square(20, 20, 9),
        square(10, 10, 50, hole=True),
    ],
    "island in the very middle": [
        square(40, 40, 10),
        square(30, 30, 30, hole=True),
        square(0, 0, 90),
    ],
    "hole that touches its outline": [
        square(0, 0, 9),
        ring((0, 0), (4, 2), (2, 4)),
    ],
    "neighbour that touches the hole": [
        square(0, 0, 9),
        ring((9, 3), (12, 6), (12, 0)),
        ring((9, 3), (6, 5), (6, 3)),
    ],
}


@pytest.mark.parametrize("name", ISLANDS)
def test_rings_become_the_polygons_of_gdal(name, tmp_path):
    place = {"rings": ISLANDS[name]}
    (theirs,) = gdal(rows("esriGeometryPolygon", [place]), tmp_path)
    ours = esri.shape(place)
    assert ours.is_valid
    assert same(ours, theirs), (ours.wkt, theirs.wkt)


def _points(random: np.random.Generator, many: int):
    return shapely.points(random.uniform(0, 40, (many, 2)))


def test_many_random_polygons_survive_the_way_through_rings_as_with_gdal(tmp_path):
    random = np.random.default_rng(5)
    wanted, places = [], []
    for _ in range(60):
        outlines = shapely.union_all(shapely.buffer(_points(random, 6), 6))
        holes = shapely.union_all(shapely.buffer(_points(random, 9), 1.5))
        made = shapely.difference(outlines, holes)
        wanted.append(made)
        rings = [
            shapely.get_coordinates(part).tolist()
            for polygon in shapely.get_parts(made)
            for part in (
                shapely.Polygon(polygon.exterior).normalize().exterior,
                *(
                    shapely.Polygon(each).normalize().exterior.reverse()
                    for each in polygon.interiors
                ),
            )
        ]
        random.shuffle(rings)
        places.append({"rings": rings})
    assert sum(len(each["rings"]) for each in places) > 200
    ours = [esri.shape(place) for place in places]
    assert all(same(mine, made) for mine, made in zip(ours, wanted, strict=True))
    theirs = gdal(rows("esriGeometryPolygon", places), tmp_path)
    assert all(same(mine, made) for mine, made in zip(ours, theirs, strict=True))


def test_points_and_lines_are_those_of_gdal(tmp_path):
    cases = {
        "esriGeometryPoint": [{"x": -106.5, "y": 31.75, "z": 1140}, {"x": "NaN", "y": "NaN"}, None],
        "esriGeometryMultipoint": [{"points": [[1, 2], [3, 4]]}, {"points": [[1, 2]]}],
        "esriGeometryPolyline": [
            {"paths": [[[0, 0], [1, 1], [2, 0]]]},
            {"hasZ": True, "paths": [[[0, 0, 5], [1, 1, 6]], [[5, 5, 1], [6, 6, 1]]]},
        ],
    }
    for kind, places in cases.items():
        ours = [esri.shape(place) for place in places]
        theirs = gdal(
            rows(kind, [each for each in places if each and each.get("x") != "NaN"]), tmp_path
        )
        known = [each for each in ours if each is not None]
        assert all(same(mine, made) for mine, made in zip(known, theirs, strict=True)), kind
        assert not any(shapely.has_z(each) for each in known)
    assert [esri.shape(place) for place in cases["esriGeometryPoint"]][1:] == [None, None]


@pytest.mark.parametrize("file", REAL)
def test_real_answers_are_read_as_gdal_reads_them(shared_data, tmp_path, file):
    answer = json.loads((shared_data / "fixtures/arcgis" / f"{file}.json").read_text())
    ours = [esri.shape(each.get("geometry")) for each in answer["features"]]
    answer.setdefault("fields", [])
    theirs = gdal(answer, tmp_path)
    assert len(ours) == len(theirs) > 0
    assert all(same(mine, made) for mine, made in zip(ours, theirs, strict=True))


def test_real_coordinate_systems_are_known(shared_data):
    found = {}
    for file in REAL:
        answer = json.loads((shared_data / "fixtures/arcgis" / f"{file}.json").read_text())
        found[file.split("/")[0]] = esri.crs(answer)
    assert found["us-fl-polk"].to_epsg() == found["us-ca-carson"].to_epsg() == 4326
    assert found["us-mi-kent"].is_projected
    assert "Michigan_South" in found["us-mi-kent"].name


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ({"wkid": 102100, "latestWkid": 3857}, "WGS 84 / Pseudo-Mercator"),
        ({"wkid": 102643}, "NAD_1983_StatePlane_California_III_FIPS_0403_Feet"),
        ({"wkid": 4269}, "NAD83"),
    ],
)
def test_numbers_of_coordinate_systems_are_epsg_or_esri(reference, name):
    assert esri.crs({"spatialReference": reference}).name == name


def test_a_coordinate_system_that_nobody_knows_is_not_taken_for_degrees():
    with pytest.raises(ValueError, match="999999"):
        esri.crs({"spatialReference": {"wkid": 999999}})


def test_rings_that_all_run_the_wrong_way_are_sorted_by_what_lies_in_what():
    rings = [square(1, 1, 2, hole=True), square(0, 0, 9, hole=True), square(20, 0, 3, hole=True)]
    assert esri.shape({"rings": rings}).area == 81 - 4 + 9


def test_rings_that_enclose_nothing_are_dropped_and_open_ones_closed():
    flat = [[0, 0], [5, 5], [0, 0], [0, 0]]
    assert esri.shape({"rings": [flat]}) is None
    assert esri.shape({"rings": [flat, square(0, 0, 2)[:-1]]}).equals(shapely.box(0, 0, 2, 2))
    assert esri.shape({"rings": []}) is None
    assert esri.shape({"paths": [[[1, 1]]]}) is None
    assert esri.shape({"points": []}) is None


def test_a_box_and_what_is_no_shape():
    assert esri.shape({"xmin": 1, "ymin": 2, "xmax": 3, "ymax": 4}).bounds == (1, 2, 3, 4)
    assert esri.shape({}) is None
    with pytest.raises(ValueError, match="curveRings"):
        esri.shape({"curveRings": [[[0, 0], {"b": [[1, 1], [2, 2], [3, 3]]}]]})


def test_geojson_is_flat_and_what_is_empty_is_missing():
    line = {"type": "LineString", "coordinates": [[0, 0, 7], [1, 1, 8]]}
    assert not esri.from_geojson(line).has_z
    assert esri.from_geojson(line).equals(shapely.LineString([(0, 0), (1, 1)]))
    parts = {
        "type": "GeometryCollection",
        "geometries": [line, {"type": "Point", "coordinates": [1, 2]}],
    }
    assert len(esri.from_geojson(parts).geoms) == 2
    for empty in (None, {}, {"type": "MultiPolygon", "coordinates": []}):
        assert esri.from_geojson(empty) is None
    assert esri.from_geojson({"type": "Point", "coordinates": ["NaN", "NaN"]}) is None


def test_many_islands_with_lakes_are_sorted_quickly():
    tile = [square(0, 0, 9), square(2, 2, 3, hole=True)]
    moved = [
        [[x + 10 * (number % 50), y + 10 * (number // 50)] for x, y in each]
        for number in range(2000)
        for each in tile
    ]
    made = esri.shape({"rings": moved})
    assert len(made.geoms) == 2000
    assert made.area == 2000 * 72
    assert made.geoms[0].equals(translate(made.geoms[1], xoff=-10))


def test_numbers_text_and_days_keep_what_is_missing():
    number = esri.column([1, None, 2.5, "NaN"], {"type": "esriFieldTypeDouble"})
    assert number.dtype == float
    assert number.isna().tolist() == [False, True, False, True]
    whole = esri.column([2**53 + 1, 7], {"type": "esriFieldTypeBigInteger"})
    assert whole.tolist() == [2**53 + 1, 7]
    code = esri.column(["08005", None, ""], {"type": "esriFieldTypeString"})
    assert code[[0, 2]].tolist() == ["08005", ""]
    assert pd.isna(code[1])
    assert esri.column([None, None], {"type": "esriFieldTypeString"}).isna().all()


@pytest.mark.parametrize(
    ("written", "day"),
    [
        (0, "1970-01-01"),
        (-2209161600000, "1899-12-30"),
        (1727740799999, "2024-09-30"),
        ("12/23/2005 12:00:00 AM", "2005-12-23"),
        ("2024-09-30T17:00:00Z", "2024-09-30"),
        ("unknown", "unknown"),
    ],
)
def test_days_are_iso(written, day):
    assert esri.column([written], {"type": "esriFieldTypeDate"}).tolist() == [day]


def test_coded_values_become_their_names_unless_the_column_is_a_code():
    domain = {"type": "codedValue", "codedValues": [{"code": "04", "name": "Arizona"}]}
    field = {"type": "esriFieldTypeString", "domain": domain}
    assert esri.column(["04", "35"], field).tolist() == ["Arizona", "35"]
    assert esri.column(["04", "35"], field, code=True).tolist() == ["04", "35"]
    numbers = {"type": "esriFieldTypeInteger"}
    assert esri.column([4013000100, 4.0], numbers, code=True).tolist() == ["4013000100", "4"]


def test_real_domain_of_a_real_layer(shared_data):
    folder = shared_data / "fixtures/arcgis/us-esri-test"
    about = json.loads((folder / "us-esri-test-metadata.json").read_text())
    rows = json.loads((folder / "us-esri-test-0.json").read_text())["features"]
    field = esri.columns(about)["facility"]
    named = esri.column([each["attributes"]["facility"] for each in rows], field)
    known = {str(each["name"]) for each in field["domain"]["codedValues"]}
    assert named.dropna().isin(known).mean() > 0.5
