"""The page's deciding core, tested by node where there is one."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1] / "js"


@pytest.mark.parametrize("file", sorted(TESTS.glob("*.test.mjs")), ids=lambda path: path.stem)
def test_script(file: Path) -> None:
    node = shutil.which("node")
    if node is None:
        if os.environ.get("CI"):
            pytest.fail("no node: the page's script cannot be tested")
        pytest.skip("no node here")
    run = subprocess.run([node, "--test", str(file)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
