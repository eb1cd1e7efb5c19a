"""What a terminal shows of fetching: bytes and rows as they come, and how the layers stand."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text as Words

from sitesel.terminal import open_console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from sitesel.catalog.fetched.status import Standing
    from sitesel.catalog.sources.replies import Report

_EVERY = 5.0  # seconds between lines in a log
_SHORT, _NEWER = 53, 9  # characters of a line that the short columns take, and whether it is newer
_ABSENT, _UNASKED = "not fetched", "unknown"


@contextmanager
def progress() -> Iterator[Callable[[str], AbstractContextManager[Report]]]:
    """Yield what shows one layer's bytes and rows: a bar on a terminal, plain lines in a log."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[said]}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bars:

        @contextmanager
        def shown(layer: str) -> Iterator[Report]:
            task = bars.add_task(layer, total=None, said="")

            def report(unit: str, done: int, total: int | None) -> None:
                bars.update(task, completed=done, total=total, said=amount(unit, done, total))

            yield report
            bars.remove_task(task)

        yield shown


@contextmanager
def _lines(layer: str) -> Iterator[Report]:
    told = {"": 0.0}

    def report(unit: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        if done == total or now - told.get(unit, 0.0) >= _EVERY:
            told[unit] = now
            print(f"{layer}: {amount(unit, done, total)}", file=sys.stderr, flush=True)  # noqa: T201

    yield report


def amount(unit: str, done: int, total: int | None) -> str:
    """Say how far a download is.

    Examples
    --------
    >>> amount("rows", 2000, 94619), amount("bytes", 1_500_000, None)
    ('2,000 of 94,619 rows', '1.5 MB')
    """
    if unit == "bytes":
        return decimal(done) + (f" of {decimal(total)}" if total else "")
    return f"{done:,}" + (f" of {total:,}" if total else "") + f" {unit}"


def print_standing(layers: list[Standing], *, checked: bool) -> None:
    """Print how the layers stand, as a table; what could not be asked is told below."""
    console = open_console()
    table = Table(box=box.SIMPLE_HEAD, collapse_padding=True, pad_edge=False)
    left = max(2 * len(_ABSENT), console.width - _SHORT - (_NEWER if checked else 0))
    licence = min(left // 2, left - len(_ABSENT))
    most = {"Licence": licence, "Version": left - licence}
    for name in ("Layer", "Grade", "Licence", "Days", "Rows", "Version"):
        table.add_column(
            name,
            justify="right" if name in {"Days", "Rows"} else "left",
            no_wrap=True,
            overflow="ellipsis",
            max_width=most.get(name),
        )
    if checked:
        table.add_column("Newer", no_wrap=True)
    for each in layers:
        table.add_row(*map(Words, _row(each, checked=checked)))
    console.print(table)
    missing = [each.layer.id for each in layers if each.fetched is None]
    if missing:
        console.print(Words("Not fetched: " + " ".join(missing)))
    for each in layers:
        if each.waits:
            said = (
                f"{each.layer.id}: a version waits: sitesel layers fetch {each.layer.id} --accept"
            )
            console.print(Words(said))
        if each.newer:
            again = f"the publisher has {each.newer}: sitesel layers fetch {each.layer.id}"
            console.print(Words(f"{each.layer.id}: {again}"), soft_wrap=True)
        if each.problem:
            console.print(Words(f"! {each.problem}"))


def _row(each: Standing, *, checked: bool) -> list[str]:
    layer, had = each.layer, each.fetched
    row = [layer.id, layer.quality, layer.licence]
    if had is None:
        row += ["", "", _ABSENT]
    else:
        rows = "raster" if had.rows is None else f"{had.rows:,}"
        row += [str(each.days), rows, had.version or had.at]
    if checked:
        row.append(_UNASKED if each.problem else "yes" if each.newer else "no" if had else "")
    return row
