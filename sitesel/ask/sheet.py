"""One page a pair as PDF: the map's own print sheet, printed by a Chromium of this machine."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlencode

import pandas as pd

from sitesel.errors import SiteselError
from sitesel.resources import replacing

if TYPE_CHECKING:
    from sitesel.records import Language

    Paper = Literal["letter", "A4"]

BROWSERS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "msedge",
)
_FLAGS = (
    "--headless",
    "--no-sandbox",  # it opens one local file, with no network
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-first-run",
    "--force-prefers-reduced-motion",
    "--force-device-scale-factor=2",
    "--window-size=1080,720",
    "--virtual-time-budget=20000",  # of the page's own clock: until it is ready
    "--no-pdf-header-footer",
    "--export-tagged-pdf",  # by itself only in newer ones
)
_SECONDS = 120
_DATES = re.compile(rb"(/(?:Creation|Mod)Date \(D:)\d{14}")
_CELLS = re.compile(rb"\(node(\d{8})\)")  # the heads of the table, as its cells refer to them


class SheetError(SiteselError, ValueError):
    """A sheet that cannot be printed as asked."""


def write_sheet(
    out: Path,
    pair: str,
    path: Path | None = None,
    *,
    language: Language = "en",
    paper: Paper = "letter",
) -> Path:
    """Print one pair of a finished run as a PDF of one page.

    Parameters
    ----------
    out
        The folder of the run; its ``map.html`` is what is printed.
    pair
        The pair's rank, or ``us_site/mx_site``.
    path
        The PDF; by default ``pair-RANK.pdf`` in the run's folder.

    Raises
    ------
    SheetError
        If the run has no such pair or no map, or if no Chromium is there or it fails.
    """
    page = Path(out) / "map.html"
    if not page.is_file():
        raise SheetError(f"{page}: there is no map here; run the study first:  sitesel run STUDY")
    rank, sites = _find(Path(out) / "pairs.csv", pair)
    path = path or Path(out) / f"pair-{rank}.pdf"
    browser = find_browser()
    chosen = urlencode({"lang": language, "tab": "pairs", "id": sites})
    with replacing(path) as part:
        _print(browser, f"{page.resolve().as_uri()}?paper={paper}#{chosen}", part)
        printed = part.read_bytes()
        if not _CELLS.search(printed):
            raise SheetError(
                f"{page}: no sheet came out of it; open it in a browser, and if it says that it "
                f"cannot be shown, make it anew:  sitesel score {out}"
            )
        part.write_bytes(renumbered(undated(printed)))
    return path


def find_browser() -> str:
    """Return the path of a Chromium, Chrome or Edge on the PATH."""
    found = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if found is None:
        raise SheetError(
            "no Chromium to print with: none of " + ", ".join(BROWSERS) + " is on the PATH; "
            "install one (Debian and Ubuntu: apt install chromium; elsewhere Google Chrome), "
            "or open map.html in any browser, choose the pair and print"
        )
    return found


def undated(pdf: bytes) -> bytes:
    """Return the PDF without the hour it was made at, so that a run always gives the same bytes.

    Examples
    --------
    >>> undated(b"/CreationDate (D:20261121233050+00'00')")
    b"/CreationDate (D:20000101000000+00'00')"
    """
    return _DATES.sub(rb"\g<1>20000101000000", pdf)


def renumbered(pdf: bytes) -> bytes:
    """Return the PDF with the heads of its table numbered from 1, in their order.

    The browser names them by a count of all nodes it has met since it opened the page, and how
    many it met before those of the sheet is a matter of how busy the machine is.

    Examples
    --------
    >>> renumbered(b"[(node00001283) (node00001282)]")
    b'[(node00000002) (node00000001)]'
    """
    order = {name: n for n, name in enumerate(sorted(set(_CELLS.findall(pdf))), 1)}
    return _CELLS.sub(lambda found: b"(node%08d)" % order[found[1]], pdf)


def _find(table: Path, pair: str) -> tuple[int, str]:
    """Return rank and ``us_site/mx_site`` of a pair that is named either way."""
    try:
        pairs = pd.read_csv(table, usecols=["rank", "us_site", "mx_site"], dtype=str)
    except (OSError, ValueError):
        raise SheetError(f"{table}: there are no pairs here; run the study again") from None
    names = pairs["us_site"] + "/" + pairs["mx_site"]
    found = pairs[(pairs["rank"] == pair.strip()) | (names == pair.strip())]
    if not len(found):
        raise SheetError(
            f"{table}: no pair '{pair}'; give a rank from 1 to {len(pairs)} or US_SITE/MX_SITE"
            + (f", like '{names.iloc[0]}'" if len(names) else "")
        )
    return int(found["rank"].iloc[0]), str(names[found.index[0]])


def _print(browser: str, address: str, path: Path) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        own = [f"--user-data-dir={profile}", f"--print-to-pdf={path.resolve()}"]
        try:
            done = subprocess.run(  # noqa: S603 (a browser that was found, a file of ours)
                [browser, *_FLAGS, *own, address],
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise SheetError(f"{browser} did not print within {_SECONDS} s") from None
    if done.returncode or not path.is_file():
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise SheetError(
            f"{browser} could not print the sheet: {said[-1] if said else 'no reason'}"
        )
