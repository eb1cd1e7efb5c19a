"""The ports of entry as the page gets them: where they lie, and what is stated of each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sitesel.crs import LONLAT
from sitesel.show import names, setting
from sitesel.show.language import load
from sitesel.show.payload import rows
from sitesel.show.spoken import port_names

if TYPE_CHECKING:
    from sitesel.show.view import View

LAYER = "ports_of_entry"
_COLUMNS = ("port_id", "name", "name_mx", "open", "status", "trucks", "cargo_to", "delay_min")
_FIELDS = (
    "trucks",
    "trucks_year",
    "trucks_confidence",
    "trucks_source",
    "hours",
    "fast",
    "lanes",
    "wait_median",
    "wait_p95",
    "rail",
    "modernisation",
    "modernisation_date",
    "modernisation_note",
    "delay_min",
    "status",
    "cargo",
    "cargo_to",
    "confidence",
    "source",
)
_WORDING = ("hours", "modernisation_note", "trucks_source", "source")  # sentences of the table
_MEASURED = {"lanes": "count", "wait_median": "min", "wait_p95": "min"}  # of fetched waits
_LOOKED_FOR = ("trucks", "hours", "fast", "lanes", "rail", "modernisation", "delay_min")
_CHARTED = 2  # years at least


def ports(view: View) -> list[dict[str, Any]]:
    """Return a row for each port.

    ``stated`` holds what is known by field, and None of an open port's that a reader looks for;
    ``chart`` the trucks by year, where two years were counted; ``sources`` the layers all is from.
    """
    waits, volumes = setting.waits(view), setting.volumes(view)
    table = view.ports.assign(**waits)
    where = table.geometry.to_crs(LONLAT)
    content: dict[str, Any] = {name: table[name].tolist() for name in _COLUMNS if name in table}
    content["lon"] = np.round(where.x.to_numpy(), 5).tolist()
    content["lat"] = np.round(where.y.to_numpy(), 5).tolist()
    content["search"] = names.searched(content, "name", "name_mx")
    content.pop("name_mx", None)
    content["name"] = {key: port_names(table, key) for key in view.languages}
    records: list[dict[str, Any]] = table.drop(columns="geometry").to_dict("records")
    content["stated"] = [_stated(port, view) for port in records]
    content["chart"] = [_chart(*each) for each in zip(records, volumes, strict=True)]
    told: dict[str, list[Any]] = {
        "port_volumes": volumes,
        "wait_stats": [bool(waits)] * len(table),
    }
    content["sources"] = [
        [LAYER, *(layer for layer, known in told.items() if known[n])] for n in range(len(table))
    ]
    return rows(content)


def _stated(port: dict[str, Any], view: View) -> dict[str, Any]:
    """Return title, value and unit by field."""
    fields = view.catalog[LAYER].fields if LAYER in view.catalog else {}
    said: dict[str, Any] = {}
    for name in _FIELDS:
        value = port.get(name)
        value = None if pd.isna(value) or value == "" else value
        if name == "cargo" and _ended(port, view):
            continue  # "yes" holds until that day, which the port states too
        looked_for = port["open"] and name in _LOOKED_FOR
        if name not in {*fields, *_MEASURED} or (value is None and not looked_for):
            continue
        if name in _MEASURED:
            title = {key: load(key)["ports"][name] for key in ("en", "es")}
        else:
            title = fields[name].title.model_dump()
        unit = _MEASURED[name] if name in _MEASURED else fields[name].unit
        wording = name in _WORDING
        said[name] = {"title": title, "value": value, "unit": unit, "wording": wording}
    return said


def _ended(port: dict[str, Any], view: View) -> bool:
    """Say whether the last day with cargo is over on the study's date."""
    last = port.get("cargo_to")
    return not pd.isna(last) and last != "" and pd.Timestamp(last).date() < view.as_of


def _chart(port: dict[str, Any], volumes: list[list[float]] | None) -> dict[str, Any] | None:
    """Return the trucks by year, of customs ports' tables and of the port's own columns.

    ``top`` is the first year with the ``most`` trucks; ``gap`` says that years are missing.
    """
    columns = {name: re.fullmatch(r"trucks_(\d{4})", name) for name in map(str, port)}
    own = [[int(year[1]), port[name]] for name, year in columns.items() if year]
    known = [each for each in [*(volumes or []), *own] if pd.notna(each[1])]
    counts = sorted((int(year), float(trucks)) for year, trucks in known)
    if len(counts) < _CHARTED:
        return None

    first, last = counts[0][0], counts[-1][0]
    most = max(*(trucks for _, trucks in counts), 1)
    return {
        "years": counts,
        "first": first,
        "last": last,
        "most": most,
        "top": next((year for year, trucks in counts if trucks == most), first),
        "gap": len(counts) < last - first + 1,
    }
