"""The same sites, cells and layers on three pages: plain folium, geopandas' explore, and ours.

python benchmarks/page.py OUT    (OUT is the folder of a finished run, such as maps/border)

Each page is made in a process of its own and opened in headless Chromium without a network.
The libraries that folium and explore fetch from elsewhere are served to them from this machine, so
that what is timed is the page and not the line. Ready means: everything is drawn, the browser is
idle, and two frames have passed since; a page that is not ready within ``--patience`` seconds
(300) is given up and counted as infinitely slow.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import pandas as pd
from playwright.sync_api import Browser, Error, Page, Route, sync_playwright
from timing import timed

from sitesel.crs import LONLAT, WORKING_CRS
from sitesel.study import Run

LEAFLET = files("js_lib_leaflet") / "static" / "js_lib_leaflet"
COLOURS = ["#dfe9e4", "#b5d3ca", "#7fb8ac", "#3d9385", "#0f625a"]
READY = {
    "folium": "() => document.querySelectorAll('.leaflet-overlay-pane path').length >= {shapes}",
    "explore": "() => document.querySelectorAll('.leaflet-overlay-pane path').length >= {shapes}",
    "sitesel": "() => document.body.dataset.ready === 'yes'",
}

REST = """() => new Promise(done => requestIdleCallback(
    () => requestAnimationFrame(() => requestAnimationFrame(done))))"""


def frames(run: Run) -> dict[str, gpd.GeoDataFrame]:
    """Return what all three pages show, by title: cells, every drawn layer, pairs and sites."""
    view = run.view()
    found = {}
    if view.cells is not None:
        found["cells"] = _cells(view.cells, view.grid_m)
    for name in view.layer_ids:
        frame = view.catalog.load(name, view.as_of)
        if isinstance(frame, gpd.GeoDataFrame) and not frame.geometry.isna().all():
            found[name] = _plain(frame[~(frame.geometry.isna() | frame.geometry.is_empty)])
    found["sites"] = _plain(view.sites)
    return found


def _cells(cells: pd.DataFrame, size: float) -> gpd.GeoDataFrame:
    import shapely  # noqa: PLC0415

    west, south = cells["col"] * size, cells["row"] * size
    boxes = shapely.box(west, south, west + size, south + size)
    kept = cells[["side", "score", "verdict"]]
    return gpd.GeoDataFrame(kept, geometry=boxes, crs=WORKING_CRS).to_crs(LONLAT)


def _plain(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return longitudes and latitudes, and columns that JSON can hold."""
    frame = frame.to_crs(LONLAT).reset_index(drop=True)
    for name in frame.columns.drop("geometry"):
        if not pd.api.types.is_numeric_dtype(frame[name]):
            frame[name] = frame[name].astype(str)
    return frame


def with_folium(run: Run, path: Path) -> int:
    """Write the page that folium makes by itself: a GeoJson for each layer."""
    made = folium.Map(location=[29, -106], zoom_start=6, tiles=None)
    shapes = 0
    for title, frame in frames(run).items():
        words = folium.GeoJsonTooltip([name for name in frame.columns if name != "geometry"][:4])
        style = _shade if title == "cells" else None
        options: dict[str, Any] = {"style_function": style} if style else {}
        folium.GeoJson(
            frame, name=title, tooltip=words, marker=folium.CircleMarker(radius=4), **options
        ).add_to(made)
        shapes += len(frame)
    folium.LayerControl().add_to(made)
    made.save(path)
    return shapes


def _shade(feature: dict[str, Any]) -> dict[str, Any]:
    score = feature["properties"]["score"] or 0
    return {"fillColor": COLOURS[min(4, int(score * 5))], "weight": 0, "fillOpacity": 0.9}


def with_explore(run: Run, path: Path) -> int:
    """Write the page that geopandas' explore makes."""
    made = None
    shapes = 0
    for title, frame in frames(run).items():
        options: dict[str, Any] = {"m": made} if made else {"tiles": None}
        if title == "cells":
            options |= {"column": "score", "cmap": "BuGn", "scheme": "quantiles", "k": 5}
            options["legend"] = False  # it needs d3, which is not here, and would stop the page
        names = [name for name in frame.columns if name != "geometry"]
        made = frame.explore(name=title, tooltip=names[:4], **options)
        shapes += len(frame)
    assert made is not None
    folium.LayerControl().add_to(made)
    made.save(path)
    return shapes


def with_sitesel(run: Run, path: Path) -> int:
    """Write our page."""
    run.save_map(path)
    return 0


MAKERS = {"folium": with_folium, "explore": with_explore, "sitesel": with_sitesel}


def make(out: Path, kind: str, path: Path) -> tuple[float, int]:
    """Make one page in this process; return the seconds it took and the shapes that it draws."""
    run = Run.open(out)
    run.view()  # reading and deciding are the same for all three
    frames(run)
    return timed(lambda: MAKERS[kind](run, path))


def ready(browser: Browser, path: Path, until: str, patience: float) -> tuple[float, float]:
    """Return seconds until a page is ready, and the MB of its JavaScript heap then.

    A page that takes longer than ``patience`` seconds for a step is infinitely slow.
    """
    tab = browser.new_page(viewport={"width": 1440, "height": 900})
    tab.route(re.compile("^https?:"), _serve)

    def opening() -> None:
        tab.goto(path.as_uri(), wait_until="commit")
        tab.wait_for_function(until, polling=50)
        tab.evaluate(REST)

    tab.set_default_timeout(patience * 1000)
    wrong: list[str] = []
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    try:
        found = timed(opening)[0], _heap(tab)
    except Error:  # no patience left, or no memory
        found = float("inf"), float("nan")
    tab.close()
    if wrong:
        raise SystemExit(f"{path.name} fails on its own: {wrong[0]}")
    return found


def _heap(tab: Page) -> float:
    session = tab.context.new_cdp_session(tab)
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


def _serve(route: Route) -> None:
    """Hand out Leaflet from its package and nothing else."""
    name = route.request.url.split("/")[-1]
    if name in {"leaflet.js", "leaflet.css"}:
        kind = "text/javascript" if name.endswith(".js") else "text/css"
        route.fulfill(body=(LEAFLET / name).read_text("utf-8"), content_type=kind)
    elif name.endswith(".js"):
        route.fulfill(body="", content_type="text/javascript")
    else:
        route.fulfill(body="", content_type="text/css")


def measure(out: Path, rounds: int, patience: float) -> pd.DataFrame:
    """Make and open the three pages; return one row a page."""
    rows = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        flags = ["--no-sandbox", "--disable-gpu"]
        for kind in MAKERS:
            page = Path(folder) / f"{kind}.html"
            asked = [sys.executable, __file__, str(out), "--make", kind, str(page)]
            said = subprocess.run(asked, check=True, capture_output=True, text=True)  # noqa: S603
            seconds, shapes = said.stdout.split()[-2:]
            until = READY[kind].format(shapes=int(int(shapes) * 0.5))
            opened = []
            for _ in range(rounds):
                browser = play.chromium.launch(executable_path=path, args=flags)
                opened.append(ready(browser, page, until, patience))
                browser.close()
                if opened[-1][0] == float("inf"):
                    break  # once is enough
            rows[kind] = {
                "MB": page.stat().st_size / 1e6,
                "made in s": float(seconds),
                "ready in s": statistics.median(one[0] for one in opened),
                "heap MB": statistics.median(one[1] for one in opened),
            }
            print(kind, rows[kind], flush=True)
    return pd.DataFrame(rows).T


def main() -> None:
    """Print the table and how many times smaller and faster our page is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--patience", type=float, default=300, help="seconds to wait for a page")
    parser.add_argument("--make", nargs=2, metavar=("KIND", "FILE"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.make:
        print(*make(given.out, given.make[0], Path(given.make[1])))
        return
    table = measure(given.out, given.rounds, given.patience)
    print(f"\n{os.cpu_count()} cores, median of {given.rounds}\n")
    print(table.round(2).to_string())
    print("\ntimes as much as this page:\n")
    print((table / table.loc["sitesel"]).round(1).to_string())


if __name__ == "__main__":
    main()
