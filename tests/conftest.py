"""What all tests share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from sitesel.catalog.layers import Catalog
from sitesel.study import Run, Study

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]


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
def small_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study file that runs in seconds: Paso del Norte in a small box on a coarse grid."""
    content = yaml.safe_load(Study.load("paso-del-norte").dump()) | {
        "study": "small",
        "area": {"bbox": [-106.75, 31.7, -106.3, 31.95]},
        "candidates": {"grid_m": 2000},
    }
    content["sites"] |= {"hectares": 400, "per_side": 5}
    path = tmp_path_factory.mktemp("study") / "small.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
    return path


@pytest.fixture(scope="session")
def small_run_folder(small_study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outputs of the small study, measured once; copy the folder before changing it."""
    folder = tmp_path_factory.mktemp("run") / "small"
    Study.load(small_study).run(folder)
    return folder


@pytest.fixture(scope="session")
def border_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The border study, all sides, 1 km, from the shipped catalogue; measured once."""
    return Study.load("border").run(tmp_path_factory.mktemp("border"))


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
