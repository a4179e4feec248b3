"""Several doors count together, and none waits for Redis."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from needs import leave_out

from bot.channels.pace import Pace
from bot.channels.shared_counts import SharedCounts

pytestmark = [pytest.mark.redis, pytest.mark.anyio]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    if shutil.which("redis-server") is None:
        leave_out("Redis is missing; `make setup-system` installs it.")
    socket = tmp_path / "redis.sock"
    process = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    for _ in range(200):
        if socket.exists():
            break
        time.sleep(0.05)
    yield f"unix://{socket}", process
    process.send_signal(signal.SIGCONT)
    process.kill()
    process.wait()


async def _told(counts: SharedCounts) -> None:
    while counts._on_their_way:
        await asyncio.sleep(0.01)


async def test_what_one_door_counted_another_one_knows(server: tuple[str, subprocess.Popen[bytes]]) -> None:
    counts = [SharedCounts(server[0]) for _ in range(2)]
    doors = [Pace(messages_a_minute=6, shared=count) for count in counts]
    taken = 0
    for number in range(20):
        if doors[number % 2].message("talk-1") is None:
            taken += 1
        await _told(counts[number % 2])
    assert taken in (6, 7), "each door learns the sum with its own next message"
    assert doors[0].message("talk-2") is None
    for count in counts:
        await count.close()


@pytest.mark.parametrize("fault", ["gone", "hung"])
async def test_without_redis_each_door_counts_alone_and_at_once(
    server: tuple[str, subprocess.Popen[bytes]], fault: str
) -> None:
    counts = SharedCounts(server[0])
    door = Pace(messages_a_minute=6, shared=counts)
    assert door.message("talk-1") is None
    await _told(counts)
    os.kill(server[1].pid, signal.SIGKILL if fault == "gone" else signal.SIGSTOP)
    answers = [door.message("talk-1") for _ in range(8)]  # nothing is awaited: nothing can wait
    assert answers.count(None) == 5
    await _told(counts)
    assert counts.failures >= 1
    await counts.close()


async def test_a_connection_that_closes_under_its_hands_counts_as_gone(
    server: tuple[str, subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def closed(*_: object, **__: object) -> None:
        raise RuntimeError("unable to perform operation on <UnixTransport closed=True>; the handler is closed")

    counts = SharedCounts(server[0])
    monkeypatch.setattr("redis.asyncio.client.Pipeline.execute", closed)
    assert Pace(messages_a_minute=6, shared=counts).message("talk-1") is None
    await _told(counts)
    assert counts.failures == 1
    await counts.close()
