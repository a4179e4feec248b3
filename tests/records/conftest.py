"""Each test on SQLite, and on PostgreSQL where a server can be started."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from conversation.world import World
from needs import leave_out


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of an empty PostgreSQL server on a socket of its own, without its database name."""
    folder = _binaries()
    if folder is None:
        leave_out("PostgreSQL is missing; `make setup-system` installs it.")
    home = Path(tempfile.mkdtemp(prefix="b12-pg-"))  # pytest's own folders are closed to the server's account
    as_user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    if as_user:
        home.chmod(0o777)
    data = home / "data"
    options = f"-k {home} -c listen_addresses='' -c fsync=off -c max_connections=40"
    subprocess.run(
        [*as_user, folder / "initdb", "-D", data, "-U", "b12", "--auth=trust"], check=True, capture_output=True
    )
    subprocess.run(
        [*as_user, folder / "pg_ctl", "-D", data, "-w", "-l", home / "log", "-o", options, "start"],
        check=True,
        capture_output=True,
    )
    try:
        yield f"postgresql://b12@/{{name}}?host={home}"
    finally:
        subprocess.run([*as_user, folder / "pg_ctl", "-D", data, "-m", "immediate", "stop"], capture_output=True)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    return str(request.getfixturevalue("fresh"))


@pytest.fixture
def fresh(postgres: str) -> str:
    """The address of a database without tables on PostgreSQL."""
    import psycopg2

    name = f"t{uuid4().hex}"
    connection = psycopg2.connect(postgres.format(name="postgres"))
    connection.autocommit = True
    connection.cursor().execute(f"CREATE DATABASE {name}")
    connection.close()
    return postgres.format(name=name)


@pytest.fixture
async def world(tmp_path: Path, url: str) -> AsyncIterator[World]:
    made = World(tmp_path, url=url)
    yield made
    made.close()


@pytest.fixture
async def replicas(tmp_path: Path, url: str) -> AsyncIterator[tuple[World, World]]:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = World(tmp_path / "one", url=url), World(tmp_path / "two", url=url)
    two.number = 1000
    yield one, two
    one.close()
    two.close()


def _binaries() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return versions[-1].parent if versions else None
