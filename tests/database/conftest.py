"""A PostgreSQL with PostGIS of the tests' own, in a temporary folder, stopped at the end."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import quote

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PASSWORD = "s3cr$t/p@ss w%rd:'"
_LONGEST = "3600"  # seconds after which the server stops by itself, whatever became of the tests
_START = 20.0
_APT = "apt install postgresql-postgis"
_QUICK = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "jit=off")
_names = itertools.count()


@dataclass(frozen=True)
class Server:
    """A running server; each test makes databases of its own."""

    port: int
    password: str = PASSWORD

    def address(
        self, database: str, *, user: str = "admin", password: str | None = PASSWORD
    ) -> str:
        """Return the address of a database, with the password in it or without."""
        secret = "" if password is None else f":{quote(password, safe='')}"
        return f"postgresql://{user}{secret}@127.0.0.1:{self.port}/{database}"

    def run(self, database: str, *statements: str) -> list[Any]:
        """Run statements as the administrator; return the rows of the last."""
        with psycopg.connect(self.address(database), autocommit=True) as base:
            for statement in statements:
                found = base.execute(statement)
            return found.fetchall() if found.description else []


def _absent(why: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"{why}: {_APT}")
    pytest.skip(f"{why}: {_APT}")


def _programs() -> Path:
    """Return the newest folder of PostgreSQL's programs that has PostGIS."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_number, reverse=True)
    for initdb in found:
        share = Path("/usr/share/postgresql") / initdb.parents[1].name
        if (share / "extension" / "postgis.control").is_file():
            return initdb.parent
    _absent("no PostGIS" if found else "no PostgreSQL")


def _number(initdb: Path) -> float:
    return float(initdb.parents[1].name)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _as_whom() -> dict[str, Any]:
    """Say as which user the server runs: it refuses root."""
    if os.geteuid():
        return {}
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        _absent("root, and no user postgres to run the server as")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    programs, whom = _programs(), _as_whom()
    folder = Path(tempfile.mkdtemp(prefix="sitesel-postgres-"))
    process = None
    try:
        secret = folder / "password"
        secret.write_text(PASSWORD)
        if whom:
            shutil.chown(folder, whom["user"], whom["group"])
            shutil.chown(secret, whom["user"], whom["group"])
        data = folder / "data"
        words = f"-D {data} -U admin -E UTF8 --locale=C.UTF-8 -A scram-sha-256 -N --pwfile={secret}"
        made = subprocess.run(
            [programs / "initdb", *words.split()],
            check=False, capture_output=True, text=True, cwd=folder, timeout=120, **whom,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        port = _free_port()
        settings = (f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=")
        options = [word for each in (*settings, *_QUICK) for word in ("-c", each)]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(
                ["timeout", "-s", "QUIT", _LONGEST, programs / "postgres", "-D", data, *options],
                stdout=log, stderr=log, cwd=folder, **whom,
            )  # fmt: skip
        running = Server(port)
        _wait(running, process, folder / "log")
        running.run("postgres", "CREATE DATABASE gis")
        running.run("gis", "CREATE EXTENSION postgis")
        yield running
    finally:
        if process is not None:
            _stop(process)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(server: Server, process: subprocess.Popen[Any], log: Path) -> None:
    until = time.monotonic() + _START
    while process.poll() is None and time.monotonic() < until:
        try:
            server.run("postgres", "SELECT 1")
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"the server did not start:\n{log.read_text()}")


def _stop(process: subprocess.Popen[Any]) -> None:
    process.send_signal(signal.SIGQUIT)  # `timeout` passes it on
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


def _fresh(server: Server) -> Iterator[Callable[..., str]]:
    made = []

    def make(template: str = "gis") -> str:
        name = f"db{next(_names)}"
        server.run("postgres", f"CREATE DATABASE {name} TEMPLATE {template}")
        made.append(name)
        return name

    yield make
    for name in made:
        server.run("postgres", f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(server: Server) -> Iterator[Callable[..., str]]:
    """A function that makes a fresh database with PostGIS, or without, and returns its name."""
    yield from _fresh(server)


@pytest.fixture
def gis(database: Callable[..., str]) -> str:
    """The name of a fresh database with PostGIS."""
    return database()


@pytest.fixture(scope="module")
def common(server: Server) -> Iterator[str]:
    """The name of a database that the tests of a module share."""
    fresh = _fresh(server)
    yield next(fresh)()
    next(fresh, None)
