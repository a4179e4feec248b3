"""
Two front doors as processes, one database, a balancer without memory, and one door killed under load.

The short form of `python -m benchmarks.replicas`, with a small engine in place of the model.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from benchmarks.cluster import Balancer, Replica, all_ready, postgres
from benchmarks.hopping import check, hold

WORKER = Path(__file__).with_name("door_worker.py")
TESTS = WORKER.parents[1]
SECRET = "a-secret-that-both-doors-know"


@pytest.mark.postgres
@pytest.mark.anyio
async def test_nothing_is_lost_or_doubled_when_doors_are_killed_and_replaced_under_load(tmp_path: Path) -> None:
    with postgres() as url:
        doors: list[Replica] = []
        for number in range(2):
            folder = tmp_path / f"door-{number}"
            folder.mkdir()
            environment = {
                "B12_DATABASE_URL": url,
                "B12_SESSION_SECRET": SECRET,
                "PYTHONPATH": f"{TESTS}{os.pathsep}{TESTS.parent}",
            }
            doors.append(Replica(number, environment, command=(sys.executable, str(WORKER), str(folder))))
        try:
            for door in doors:
                door.start()
            await all_ready(doors, within=60)
            over = asyncio.Event()
            async with Balancer([door.port for door in doors]).serving() as address:
                load = asyncio.ensure_future(hold(address, patients=6, enough=over.is_set))
                await asyncio.sleep(2)
                doors[0].kill()
                doors[0].start()
                await all_ready(doors, within=60)
                await asyncio.sleep(1)
                await asyncio.to_thread(doors[1].kill, signal.SIGTERM)  # a new version takes its place
                doors[1].start()
                await all_ready(doors, within=60)
                over.set()
                seen = await load
            books = check(url, seen, heard=str.split, secret=SECRET)
        finally:
            for door in doors:
                door.end()
    assert seen.messages > 30
    assert (seen.silent, books.lost, books.doubled, books.out_of_order, books.unheard) == (0, 0, 0, 0, 0), (
        books,
        seen.messages,
    )
