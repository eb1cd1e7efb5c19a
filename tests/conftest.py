"""What all tests share."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
import yaml
from filelock import FileLock
from hypothesis import settings

from sitesel.catalog.layers import Catalog
from sitesel.resources import shipped
from sitesel.show.drawings import drawings as draw
from sitesel.study import Run, Study

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]

# Files whose few tests take long begin first, so that no worker is left with one at the end.
SLOWEST = (
    "test_golden.py",
    "test_real_files.py",
    "test_axe.py",
    "test_engine.py",
    "test_spanish.py",
    "test_live.py",
    "test_print.py",
    "test_sheet.py",
    "test_cli.py",
    "test_adding.py",
)

settings.register_profile("untimed", deadline=None)  # a busy machine is no mistake
settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the slowest files first; what is in a file keeps its order."""
    place = {name: n for n, name in enumerate(SLOWEST)}
    items.sort(key=lambda item: place.get(item.path.name, len(place)))


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The shipped catalogue; its frames are read once for all tests."""
    return Catalog.default()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """A folder of real border data beside the checkout; the test is skipped where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("real border data is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def for_all(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what is made once for all workers."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def once(for_all: Path) -> Callable[[str, Callable[[Path], object]], Path]:
    """A function that has one of all workers fill a folder, for which the others wait."""

    def made(name: str, fill: Callable[[Path], object]) -> Path:
        home, whole = for_all / name, for_all / f"{name}.whole"
        with FileLock(for_all / f"{name}.lock"):
            if not whole.exists():
                home.mkdir()
                fill(home)
                whole.touch()
        return home

    return made


@pytest.fixture(scope="session")
def small_study(once: Callable[..., Path]) -> Path:
    """A study file that runs in seconds: Paso del Norte in a small box on a coarse grid."""

    def fill(home: Path) -> None:
        content = yaml.safe_load(Study.load("paso-del-norte").dump()) | {
            "study": "small",
            "area": {"bbox": [-106.75, 31.7, -106.3, 31.95]},
            "candidates": {"grid_m": 2000},
        }
        content["sites"] |= {"hectares": 400, "per_side": 5}
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
        (home / "small.yaml").write_text(text, "utf-8")

    return once("study", fill) / "small.yaml"


@pytest.fixture(scope="session")
def small_run_folder(small_study: Path, once: Callable[..., Path]) -> Path:
    """The outputs of the small study, measured once; copy the folder before changing it."""
    return once("small", lambda home: Study.load(small_study).run(home))


@pytest.fixture(scope="session")
def money_run(small_study: Path, once: Callable[..., Path]) -> Run:
    """The small study with the example of docs/study-file.md, and one substation in Mexico."""

    def fill(home: Path) -> None:
        page = (ROOT / "docs" / "study-file.md").read_text("utf-8")
        (said,) = re.findall(r"```yaml\n(extends:.*?)```", page, re.DOTALL)
        mine = home / "mine" / "grid_69kv.yaml"
        mine.parent.mkdir()
        shipped_one = yaml.safe_load((shipped("layers") / "power" / mine.name).read_text("utf-8"))
        without = {"fetch", "fields", "validity"}
        definition = {key: value for key, value in shipped_one.items() if key not in without}
        mine.write_text(yaml.safe_dump(definition), "utf-8")
        spot = gpd.points_from_xy([-106.5], [31.7], crs=4326)
        gpd.GeoDataFrame({"side": ["MX"]}, geometry=spot).to_parquet(mine.with_suffix(".parquet"))
        example = yaml.safe_load(said) | {"extends": str(small_study), "layers": "mine"}
        (home / "by-cost.yaml").write_text(yaml.safe_dump(example), "utf-8")
        Study.load(home / "by-cost.yaml").run(home / "out")

    return Run.open(once("money", fill) / "out")


@pytest.fixture(scope="session")
def told_run(once: Callable[..., Path], catalog: Catalog, drawings: Path) -> Run:
    """A run of parcels of one's own that tells some of their fields; texts in them are hostile."""

    def fill(home: Path) -> None:
        west = [-106.72, -106.68, -106.64, -106.74, -106.70]
        south = [31.86, 31.86, 31.86, 31.66, 31.66]
        lots = {
            "lot": ["u1", "u2", "u3", "m1", "m2"],
            "price_usd": [249_999.5, None, 1_234_567.25, 16_777_217.0, 3.0],
            "zoning": ["<img src=x onerror=alert(1)>", "M-1", " ", '=HYPERLINK("http://x")', None],
            "offered": [date(2026, 6, 30), None, date(2026, 1, 2), None, date(2025, 12, 1)],
            "sewer": [True, None, False, None, True],
            "zip": [79936, 79927, 79928, 32000, 32575],
            "Dueño": ["\x1b[31mred", "@SUM(1)", "x" * 300, "Peña, 'Ñ' \"y\"", "ok"],
            "phone": [f"555-010{n}" for n in range(5)],
        }
        shape = [shapely.box(x, y, x + 0.02, y + 0.02) for x, y in zip(west, south, strict=True)]
        folder = home / "mine"
        folder.mkdir()
        gpd.GeoDataFrame(lots, geometry=shape, crs=4326).to_parquet(folder / "lots.parquet")
        unknown = dict.fromkeys(("source", "publisher", "licence", "attribution"), "the county")
        definition = unknown | {
            "id": "lots",
            "title": {"en": "Lots for sale", "es": "Predios en venta"},
            "summary": "Lots.",
            "geometry": {"kind": "stored"},
            "file": "lots.parquet",
            "vintage": "2026-06",
            "quality": "C",
            "quality_why": "made for a test",
            "fields": {
                "lot": {"title": "Lot"},
                "price_usd": {
                    "title": {"en": "Asking price", "es": "Precio pedido"},
                    "type": "number",
                    "unit": "USD",
                },
                "zoning": {"title": {"en": "Zoning", "es": "Uso de suelo"}},
                "offered": {"title": {"en": "Offered", "es": "En oferta"}, "type": "date"},
                "zip": {"title": {"en": "ZIP code", "es": "Código postal"}},
                "phone": {"title": "Phone"},
            },
        }
        (folder / "lots.yaml").write_text(yaml.safe_dump(definition), "utf-8")
        study = {
            "study": "lots",
            "title": {"en": "Lots", "es": "Predios"},
            "as_of": "2026-11-21",
            "layers": "mine",
            "area": {"bbox": [-106.9, 31.6, -106.3, 31.95]},
            "candidates": {
                "layer": "lots",
                "id": "lot",
                "tell": ["price_usd", "zoning", "offered", "sewer", "zip", "Dueño"],
            },
            "criteria": {
                "rail": {
                    "measure": {"kind": "distance", "of": "rail"},
                    "value": {"at": {0: 1, 30: 0}, "unit": "km"},
                    "weight": 1,
                },
                "port": {
                    "measure": {"kind": "distance", "of": "ports_of_entry"},
                    "value": {"at": {0: 1, 60: 0}, "unit": "km"},
                    "weight": 2,
                },
            },
            "pairs": {},
            "map": {"layers": []},
        }
        (home / "lots.yaml").write_text(yaml.safe_dump(study), "utf-8")
        (home / "out" / "measures").mkdir(parents=True)  # with what other tests have drawn
        ground = drawings / "ground"
        draw(catalog, (), date(2026, 11, 21), ground)
        (home / "out" / "measures" / "layers.block").write_bytes(ground.read_bytes())
        Study.load(home / "lots.yaml").run(home / "out")

    return Run.open(once("told", fill) / "out")


@pytest.fixture(scope="session")
def drawings(for_all: Path) -> Path:
    """A folder in which the drawings of layers are kept from one page to the next."""
    (for_all / "drawings").mkdir(exist_ok=True)
    return for_all / "drawings"


@pytest.fixture(scope="session")
def border_run(once: Callable[..., Path]) -> Run:
    """The border study, all sides, 1 km, from the shipped catalogue; measured once."""
    return Run.open(once("border", lambda home: Study.load("border").run(home)))


@pytest.fixture(scope="session")
def streets(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The catalogue with streets (OpenStreetMap) in the place of the embedded highways.

    Nine residential streets from west to east at El Paso, 200 m apart, a secondary road on the
    tenth line, a trunk road with its link on the eleventh.
    """
    classes = ["residential"] * 9 + ["secondary", "trunk", "trunk_link"]
    south = 31.8 + 0.002 * np.arange(len(classes))
    south[-1] = south[-2]
    ends = np.array([[[-106.45, y], [-106.35, y]] for y in south])
    ends[-1, :, 0] += 0.1
    frame = gpd.GeoDataFrame(
        {"u": np.arange(0, 24, 2), "v": np.arange(1, 24, 2), "km": 9.47, "drawn": True}
        | {"class": classes, "limit_kmh": np.nan, "truck_limit_kmh": np.nan, "oneway": False},
        geometry=shapely.linestrings(ends),
        crs=4326,
    )
    home = tmp_path_factory.mktemp("streets") / "transport"
    home.mkdir()
    frame.to_parquet(home / "roads_osm.parquet", index=False)
    for source, name in (("roads_osm.yaml", "roads_osm.yaml"), ("speeds_osm.csv", "speeds.csv")):
        (home / name).write_bytes((shipped("layers") / "transport" / source).read_bytes())
    return Catalog.default(home.parent)


@pytest.fixture
def own_layer(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a layer ``mine`` of points from a CSV text; keywords change keys."""

    def write(data: str | bytes | None, *, file: str = "mine.csv", **changes: Any) -> Path:
        folder = tmp_path / "my_layers"
        folder.mkdir(exist_ok=True)
        definition = {
            "id": "mine",
            "title": {"en": "My land", "es": "Mi suelo"},
            "summary": "A layer of one's own.",
            "geometry": {"kind": "points"},
            "file": file,
            "publisher": "me",
            "source": "my table",
            "licence": "none",
            "attribution": "me",
            "vintage": "2026",
            "quality": "C",
            "quality_why": "made for a test",
        } | changes
        kept = {key: value for key, value in definition.items() if value is not ...}
        text = yaml.safe_dump(kept, allow_unicode=True)
        (folder / "mine.yaml").write_text(text, "utf-8")
        if data is not None:
            (folder / file).write_bytes(data.encode() if isinstance(data, str) else data)
        return folder

    return write
