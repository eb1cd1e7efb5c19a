"""The table of docs/drive-times.md is what the graph says today.

Write it again with ``python tests/docs/test_drive_times.py``.
"""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sitesel.ask.trips import MEDIAN_ERROR, NOTE, TRIED
from sitesel.catalog.layers import Catalog
from sitesel.catalog.roads import Points, RoadGraph, Speeds, south_of
from sitesel.catalog.routes import fastest
from sitesel.crs import xy

DOCS = Path(__file__).parents[2] / "docs"
START, END = "<!-- table: start -->", "<!-- table: end -->"


def trips():
    table = pd.read_csv(DOCS / "drive-times.csv")
    return table.assign(published=(table["minutes_low"] + table["minutes_high"]) / 2)


def graph(catalog, vehicle):
    speeds = Speeds.read(catalog["roads"].path.with_name("speeds.csv"), vehicle=vehicle)
    ports = catalog.load("ports_of_entry", date(2026, 11, 21)).iloc[:0]  # no trip crosses
    mexico = south_of(catalog.load("border_line").union_all())
    return RoadGraph.build(catalog.load("roads"), ports, mexico, speeds)


def modelled(catalog, vehicle):
    """Return the published trips with the model's km and minutes."""
    roads, table = graph(catalog, vehicle), trips()
    routes = []
    for trip in table.itertuples():
        x, y = xy([trip.from_lon, trip.to_lon], [trip.from_lat, trip.to_lat])
        start, end = (Points.at(x[i : i + 1], y[i : i + 1], np.array([trip.side])) for i in (0, 1))
        routes.append(fastest(roads, start, end))
    table["model_km"] = [route.km for route in routes]
    table["model"] = [route.minutes for route in routes]
    table["error"] = table["model"] / table["published"] - 1
    return table


def written(car, truck):
    """Return the table in Markdown."""
    heads = (
        "trip", "published car min", "model car min", "error", "model truck min",
        "published km", "model km", "use",
    )  # fmt: skip
    lines = [f"| {' | '.join(heads)} |", "|---|---:|---:|---:|---:|---:|---:|---|"]
    for trip, slow in zip(car.itertuples(), truck["model"], strict=True):
        km = "" if np.isnan(trip.km) else f"{trip.km:.0f}"
        name = f"{car.loc[trip.Index, 'from']} to {trip.to}"
        lines.append(
            f"| [{name}]({trip.url}) | {trip.published:.0f} | {trip.model:.0f} "
            f"| {100 * trip.error:+.0f} % | {slow:.0f} | {km} | {trip.model_km:.0f} | {trip.use} |"
        )
    error = car["error"].abs()
    for use, part in [("all", error), *error.groupby(car["use"])]:
        name = f"median absolute error, {use} ({len(part)})"
        lines.append(f"| **{name}** | | | {100 * part.median():.1f} % | | | | |")
    return "\n".join(lines)


@pytest.fixture(scope="module")
def car(catalog):
    return modelled(catalog, "car")


def test_the_median_error_is_under_eight_percent(car):
    assert car["error"].abs().median() < 0.08
    assert car.loc[car["use"] == "check", "error"].abs().median() < 0.08
    assert car["error"].abs().max() < 0.35


def test_what_a_route_says_of_the_error_is_what_was_found(car):
    found = 100 * car["error"].abs().median()
    assert (len(car), f"{found:.1f}") == (TRIED, f"{MEDIAN_ERROR:.1f}")
    assert f"{TRIED} published trips" in NOTE
    assert f"{MEDIAN_ERROR} %" in NOTE
    readme = (DOCS.parent / "README.md").read_text("utf-8")
    assert f"against {TRIED} published trips the median error is\n  {MEDIAN_ERROR} %" in readme


def test_lengths_are_those_of_the_road(car):
    off = (car["model_km"] / car["km"] - 1).abs()
    assert off.median() < 0.03


def test_the_page_shows_what_the_graph_says(catalog, car):
    page = (DOCS / "drive-times.md").read_text("utf-8")
    shown = page.split(START)[1].split(END)[0].strip()
    assert shown == written(car, modelled(catalog, "truck"))


def test_every_trip_names_its_source():
    table = trips()
    assert table["url"].str.startswith("http").all()
    assert table["title"].str.len().gt(5).all()
    assert (table["minutes_low"] <= table["minutes_high"]).all()


def main():
    catalog = Catalog.default()
    path = DOCS / "drive-times.md"
    page = path.read_text("utf-8")
    head, rest = page.split(START)
    table = written(modelled(catalog, "car"), modelled(catalog, "truck"))
    path.write_text(f"{head}{START}\n{table}\n{END}{rest.split(END)[1]}", "utf-8")


if __name__ == "__main__":
    main()
