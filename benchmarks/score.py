"""Scoring a finished run again: the command as a whole, and deciding alone.

    python benchmarks/score.py maps/border

The command's seconds stand beside those in which a bare Python imports the libraries that it needs;
deciding stands beside one reading of the stored measures. The best of several runs counts.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from timing import seconds

from sitesel.decision import decide
from sitesel.measured import stored
from sitesel.study import Run

LIBRARIES = "import folium, geopandas, pyogrio, rasterio, scipy.optimize, xlsxwriter"


def main(folder: Path) -> None:
    """Print seconds and ratios for the run in a folder, which stays as it is."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "run"
        shutil.copytree(folder, copy)
        command = [sys.executable, "-c", "from sitesel.cli import main; main()", "score", str(copy)]

        def score() -> None:
            subprocess.run(command, check=True, capture_output=True)  # noqa: S603 (our own)

        score()  # draws the layers, which later maps keep
        whole = seconds(score)
        imports = [sys.executable, "-c", LIBRARIES]
        bare = seconds(lambda: subprocess.run(imports, check=True))  # noqa: S603 (our own)
    run = Run.open(folder)
    deciding = seconds(lambda: decide(run.study, run.measures, run.measured.delays))
    reading = seconds(lambda: stored(run.plan, folder / "measures"))
    print(f"{len(run.measures):,} candidates, {run.study.robustness.draws:,} drawn weights")
    print(f"sitesel score, tables and map     {whole:8.2f} s  (at most 5)")
    print(f"sitesel score / bare imports      {whole / bare:8.1f}x")
    print(f"of which deciding                 {deciding:8.2f} s  (at most 0.5)")
    print(f"deciding / reading the measures   {deciding / reading:8.1f}x")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
