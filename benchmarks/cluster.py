"""
A small clinic on this machine: PostgreSQL, Redis, front doors as processes, and a balancer without any memory.

For `benchmarks.replicas` and for the test of the same name; every part listens on
127.0.0.1 or on a socket file and ends with its context.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """The address of an empty database on a PostgreSQL server of its own, with fsync as in real life."""
    with (
        tempfile.TemporaryDirectory(prefix="b12-pg-", ignore_cleanup_errors=True) as folder,
        _server(Path(folder)) as url,
    ):
        yield url


@contextlib.contextmanager
def _server(home: Path) -> Iterator[str]:
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    found = shutil.which("initdb")
    folder = binaries[-1] if binaries else Path(found).resolve().parent if found else None
    if folder is None:
        raise SystemExit("PostgreSQL is not installed (make setup-system).")
    as_user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    if as_user:
        home.chmod(0o777)
    data, options = home / "data", f"-k {home} -c listen_addresses='' -c max_connections=60"
    quiet: dict[str, Any] = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([*as_user, folder / "initdb", "-D", data, "-U", "b12", "--auth=trust"], **quiet)
    control: list[str | Path] = [*as_user, folder / "pg_ctl", "-D", data]
    subprocess.run([*control, "-w", "-l", home / "log", "-o", options, "start"], **quiet)
    try:
        yield f"postgresql://b12@/postgres?host={home}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], stdout=subprocess.DEVNULL, check=False)


def database(server: str, name: str) -> str:
    """A new database on that server with the ledger's tables; returns its address."""
    import psycopg2

    from bot.records import migrate

    connection = psycopg2.connect(server)
    connection.autocommit = True
    connection.cursor().execute(f"CREATE DATABASE {name}")
    connection.close()
    url = server.replace("/postgres?", f"/{name}?")
    migrate.upgrade(url)
    return url


@contextlib.contextmanager
def redis_server() -> Iterator[str]:
    """The address of an empty Redis."""
    if shutil.which("redis-server") is None:
        raise SystemExit("Redis is not installed (make setup-system).")
    port = free_port()
    process = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""], stdout=subprocess.DEVNULL
    )
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


#: A front door as it is served.
DOOR = (sys.executable, "-m", "bot", "serve", "door")


@dataclass
class Replica:
    """One front door as a process of its own; `start` again after `kill` is what a supervisor does."""

    number: int
    environment: Mapping[str, str]
    command: Sequence[str] = DOOR
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    spent: float = 0.0  # CPU seconds of processes that were killed
    ready_since: float | None = None
    cold_starts: list[float] = field(default_factory=list)
    _started: float = 0.0

    def start(self) -> None:
        environment = {**os.environ, **self.environment, "B12_PORT": str(self.port), "B12_CONSOLE_PORT": "1"}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # a start after the first, as after any installation
        self.process = subprocess.Popen(self.command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
        self.ready_since, self._started = None, time.monotonic()

    def kill(self, number: int = signal.SIGKILL) -> None:
        assert self.process is not None
        self.spent += cpu_seconds(self.process.pid)
        self.ready_since = None
        self.process.send_signal(number)
        self.process.wait()

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    @property
    def cpu(self) -> float:
        return self.spent + (cpu_seconds(self.process.pid) if self.process and self.process.poll() is None else 0.0)

    @property
    def memory(self) -> int:
        """Resident bytes."""
        assert self.process is not None
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    async def look(self) -> bool:
        """Whether it is ready to serve."""
        ready = await asyncio.to_thread(_is_ready, f"http://127.0.0.1:{self.port}/ready")
        if ready and self.ready_since is None:
            self.ready_since = time.monotonic()
            self.cold_starts.append(self.ready_since - self._started)
        if not ready:
            self.ready_since = None
        return ready


async def all_ready(replicas: Sequence[Replica], *, within: float) -> None:
    ends = time.monotonic() + within
    while not all([await replica.look() for replica in replicas]):
        for replica in replicas:
            if replica.process is not None and replica.process.poll() is not None:
                raise SystemExit(f"door {replica.number} ended by itself (status {replica.process.returncode}).")
        if time.monotonic() > ends:
            raise SystemExit(f"the doors were not ready within {within:.0f} seconds.")
        await asyncio.sleep(0.2)


def cpu_seconds(process: int) -> float:
    """Of the process so far, user and system."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError, TimeoutError):
        return False


class Balancer:
    """
    Sends each request to the next door, and to another one when that door is not there.

    It remembers nothing of who spoke to whom.  A door that dies in the middle of an
    answer cuts the caller off, as with any balancer: the caller tries again.
    """

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = list(ports)
        self._next = itertools.count()

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=2000)
        port = server.sockets[0].getsockname()[1]
        async with server:
            yield f"http://127.0.0.1:{port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream: asyncio.StreamWriter | None = None
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            head = await reader.readuntil(b"\r\n\r\n")
            lines = [line for line in head[:-4].split(b"\r\n") if not line.lower().startswith(b"connection:")]
            size = next((int(line[15:]) for line in lines if line.lower().startswith(b"content-length:")), 0)
            body = await reader.readexactly(size)
            answer, upstream = await self._door()
            upstream.write(b"\r\n".join([*lines, b"Connection: close", b"", b""]) + body)
            gone = asyncio.ensure_future(reader.read(1))
            gone.add_done_callback(lambda done: done.cancelled() or done.exception())  # a caller may also be cut off
            while True:
                part = asyncio.ensure_future(answer.read(65536))
                await asyncio.wait({part, gone}, return_when=asyncio.FIRST_COMPLETED)
                if not part.done() or not (data := part.result()):
                    part.cancel()
                    break
                writer.write(data)
                await writer.drain()
            gone.cancel()
        for end in (upstream, writer):
            if end is not None:
                end.close()

    async def _door(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        for _ in self._ports:
            port = self._ports[next(self._next) % len(self._ports)]
            try:
                return await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                continue
        raise OSError("no door is open")
