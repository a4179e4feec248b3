"""Several processes on one database: they see each other's facts, and none doubles the other's work."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from conversation.world import PATIENT, World, until

from bot.clinical.codes import Level
from bot.conversation.ports import LedgerUnavailable

pytestmark = pytest.mark.anyio


@pytest.fixture
async def replicas(tmp_path: Path, url: str) -> AsyncIterator[tuple[World, World]]:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = World(tmp_path / "one", url=url), World(tmp_path / "two", url=url)
    two.number = 1000
    yield one, two
    one.close()
    two.close()


async def test_a_danger_told_to_two_processes_is_put_together(replicas: tuple[World, World]) -> None:
    one, two = replicas
    await one.say("hello")
    await two.say("my leg is swollen")
    assert (await one.say("I am breathless"))[0] == "ADVICE emergency pulmonary_embolism"
    assert two.ledger.state("talk-1").level is Level.EMERGENCY


async def test_consent_given_to_one_process_counts_for_the_other(replicas: tuple[World, World]) -> None:
    one, two = replicas
    await two.say("hello")
    await one.say("yes")
    assert await two.say("my feet tingle") == ["You said: my feet tingle"]


async def test_messages_to_both_at_the_same_moment_all_get_a_place_of_their_own(replicas: tuple[World, World]) -> None:
    one, _ = replicas
    await asyncio.gather(*(world.send(f"message {number}") for number in range(6) for world in replicas))
    for world in replicas:
        await world.conversations.settle_down(within=60)
        await world.aftercare.replay()
    rows = await one.screen_of()
    patient = [row for row in rows if row.author == "patient"]
    assert len(patient) == 12
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))


async def test_a_message_left_behind_is_taken_up_by_one_process_only(replicas: tuple[World, World]) -> None:
    one, two = replicas
    await one.consenting()

    async def dies(text: str, turn: object) -> None:
        await asyncio.sleep(3600)

    one.engine.behave = dies  # type: ignore[assignment]
    await one.send("my feet tingle")
    await until(lambda: bool(one.engine.heard))
    one.conversations.close()
    two.clock.pass_by(minutes=1)
    three = World(one.folder.parent / "one", url=one.url, clock=two.clock)
    taken = await asyncio.gather(two.aftercare.take_up_unanswered(), three.aftercare.take_up_unanswered())
    assert sorted(taken) == [0, 1]
    assert (await two.texts()).count("You said: my feet tingle") == 1
    three.close()


@contextmanager
def frozen(folder: Path) -> Iterator[None]:
    """The server's processes are stopped: connections stay open and nothing answers."""
    first = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(first)], capture_output=True, text=True, check=True)
    processes = [first, *(int(line) for line in listed.stdout.split())]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


@pytest.mark.postgres
async def test_a_frozen_postgresql_delays_neither_advice_nor_other_patients(tmp_path: Path, postgres: str) -> None:
    import psycopg2

    connection = psycopg2.connect(postgres.format(name="postgres"))
    connection.autocommit = True
    connection.cursor().execute("CREATE DATABASE frozen")
    connection.close()
    world = World(
        tmp_path,
        url=postgres.format(name="frozen"),
        limits=replace(PATIENT, ledger=0.3, ledger_read=0.3),
        patience=0.2,
    )
    await world.consenting()
    await world.consenting(talk="talk-2")
    await world.aftercare.replay()
    with frozen(Path(postgres.partition("host=")[2])):
        assert (await world.say("I have chest pain"))[0] == "ADVICE emergency cardiac"
        assert await world.say("my feet tingle", talk="talk-2") == ["You said: my feet tingle"]
    for _ in range(100):
        try:
            await world.aftercare.replay()
        except LedgerUnavailable:
            await asyncio.sleep(0.1)
        if world.journal.pending == 0:
            break
    assert "I have chest pain" in await world.texts()
    assert world.ledger.state("talk-1").level is Level.EMERGENCY
    world.close()
