"""Build the layers that come from published packages: ``python layers/build/build.py [ID ...]``."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import boundaries
import roads
import transport
import water
import workforce
from packages import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable

LAYERS: dict[str, tuple[str, Callable[[Shelf, Path], None]]] = {
    "border_line": ("boundaries/border_line.parquet", boundaries.border_line),
    "us_counties": ("boundaries/us_counties.parquet", boundaries.us_counties),
    "us_states": ("boundaries/us_states.parquet", boundaries.us_states),
    "municipios": ("boundaries/municipios.parquet", boundaries.municipios),
    "mx_states": ("boundaries/mx_states.parquet", boundaries.mx_states),
    "land": ("boundaries/land.parquet", boundaries.land),
    "rivers": ("water/rivers.parquet", water.rivers),
    "reservoirs": ("water/reservoirs.parquet", water.reservoirs),
    "airports": ("transport/airports.csv", transport.airports),
    "roads": ("transport/roads.parquet", roads.roads),
    "rail": ("transport/rail.parquet", transport.rail),
    "rail_trunk": ("transport/rail_trunk.parquet", transport.rail_trunk),
    "places": ("workforce/places.csv", workforce.places),
    "municipio_population": (
        "workforce/municipio_population.csv",
        workforce.municipio_population,
    ),
    "county_labour": ("workforce/county_labour.csv", workforce.county_labour),
}


def main() -> None:
    """Read the command line and build what is asked for, or everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("layer", nargs="*", metavar="ID", help=f"any of: {', '.join(LAYERS)}")
    parser.add_argument("--packages", type=Path, help="folder of unpacked packages")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1])
    options = parser.parse_args()
    unknown = sorted(set(options.layer) - set(LAYERS))
    if unknown:
        parser.error(f"no such layer: {', '.join(unknown)}; there are {', '.join(LAYERS)}")
    scratch = Path(tempfile.gettempdir()) / "sitesel-packages"
    shelf = Shelf((options.packages or scratch).resolve())
    for name in options.layer or LAYERS:
        file, build = LAYERS[name]
        path = options.out / file
        path.parent.mkdir(parents=True, exist_ok=True)
        build(shelf, path)


if __name__ == "__main__":
    main()
