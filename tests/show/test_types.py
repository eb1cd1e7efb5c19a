"""The page's script under the TypeScript compiler: its types are in its comments."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INSTALLED = ROOT / ".venv" / "js" / "node_modules" / ".bin" / "tsc"


@pytest.fixture(scope="module")
def compiler() -> str:
    found = str(INSTALLED) if INSTALLED.exists() else shutil.which("tsc")
    if found:
        return found
    if os.environ.get("CI"):
        pytest.fail("no TypeScript compiler: 'make script' installs it through npm")
    pytest.skip("no TypeScript compiler here; 'make script' installs it where there is npm")


def _errors(compiler: str, project: Path) -> list[str]:
    done = subprocess.run(
        [compiler, "-p", str(project), "--pretty", "false"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        cwd=ROOT,
    )
    return [*done.stdout.splitlines(), *done.stderr.splitlines()]


def test_no_type_is_wrong(compiler: str) -> None:
    assert _errors(compiler, ROOT / "tsconfig.json") == []


def test_a_wrong_type_is_found(compiler: str, tmp_path: Path) -> None:
    js = shutil.copytree(ROOT / "sitesel" / "show" / "js", tmp_path / "sitesel" / "show" / "js")
    shutil.copy(ROOT / "tsconfig.json", tmp_path)
    dom = js / "dom.js"
    dom.write_text(dom.read_text("utf-8") + "\nroom(7).hidden = 'no';\n", "utf-8")
    found = [line for line in _errors(compiler, tmp_path) if "dom.js" in line]
    assert len(found) == 2
    assert all("TS23" in line for line in found)
