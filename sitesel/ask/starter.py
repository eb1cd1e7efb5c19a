"""A study file to start from."""

from __future__ import annotations

import json
from pathlib import Path

from sitesel.documents import shipped_studies, slug_of
from sitesel.errors import StudyError
from sitesel.plan import area_of
from sitesel.resources import replacing
from sitesel.study import Study, catalog_of

_TEMPLATE = """\
# {name}: a study that starts from the shipped study 'border'. Write here only what differs;
# sitesel run writes the whole of it, every default included, to maps/{slug}/study.yaml.
extends: border
study: "{slug}"
title: {{en: "{name}", es: "{name}"}}
area: {{ports: {ports}, within_km: {within_km:g}}}
candidates: {{grid_m: {grid_m}}}
sites: {{hectares: 600, per_side: 30, apart_km: 4}}
# as_of: null   # the day on which incentives and ports count: today; 'border' says {as_of}

# Weights are relative. Uncomment and change:
# groups: {{power: 13, water: 11, labour: 14, access: 41, incentives: 11, land: 6}}

# A folder of your own layers (YAML beside data), relative to this file:
# layers: my_layers

# Your own parcels in place of the grid; the map and the tables show the fields that 'tell' lists:
# candidates: {{layer: my_parcels, id: parcel_id, min_ha: 20, tell: []}}
"""


def write_study(name: str, *, ports: str, within_km: float, grid_m: int) -> Path:
    """Write ``<name>.yaml`` into the working folder; a file already there is left alone.

    Raises
    ------
    StudyError
        The file exists, the name has no letters or digits, or a port is not known or takes no
        cargo.
    """
    slug = slug_of(name)[:60].strip("-")
    if not slug:
        raise StudyError(f"'{name}' has no letters or digits to make a file name of")
    if slug in shipped_studies():
        raise StudyError(f"'{slug}' is the name of a shipped study; choose another")
    path = Path(f"{slug}.yaml")
    if path.exists():
        raise StudyError(f"{path} is there already; choose another name or remove it")
    chosen = [port.strip() for port in ports.split(",") if port.strip()]
    listed = "all" if chosen in ([], ["all"]) else json.dumps(chosen)
    title = "".join(sign if sign.isprintable() and sign not in '"\\' else " " for sign in name)
    said = {"ports": listed, "within_km": within_km, "as_of": Study.load("border").as_of}
    text = _TEMPLATE.format(name=title, slug=slug, grid_m=grid_m, **said)
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")
        try:  # an option that no study takes is refused before a file is there
            study = Study.load(part)
        except StudyError as error:  # which names the file that is not to stay
            raise StudyError(str(error).replace(str(part), slug)) from None
        if listed != "all":
            area_of(study, catalog_of(study))  # and so is a port that does not exist, or is closed
    return path
