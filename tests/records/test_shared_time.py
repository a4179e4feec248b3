"""Processes on several machines go by one time and hear of each other's writing."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import psycopg2
import pytest
from conversation.world import World, until

from bot.records.clock import ServerClock
from bot.records.notices import CHANNEL, Notices

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]


async def test_a_machine_whose_clock_is_wrong_goes_by_the_servers(
    tmp_path: Path, fresh: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path, url=fresh)
    clock = ServerClock(world.database)
    clock._at += timedelta(hours=3)
    clock.set()
    assert abs(clock.now() - datetime.now(timezone.utc)) < timedelta(seconds=5)
    before = clock.now()
    monkeypatch.setattr(time, "time", lambda: 0.0)  # somebody turns the machine's clock
    assert timedelta(0) <= clock.now() - before < timedelta(seconds=5)
    world.close()


async def test_a_member_of_staff_who_types_elsewhere_is_announced_at_once(tmp_path: Path, fresh: str) -> None:
    world = World(tmp_path, url=fresh)
    heard: list[str] = []
    await world.say("hello")
    nurse, now = world.nurse(), world.clock.now()
    world.desk.take_over("talk-1", by=nurse, now=now)
    notices = Notices(fresh, lambda talk, seq: heard.append(talk))  # only now: what went before is not heard late
    await until(lambda: notices.listening)
    world.desk.typing("talk-1", by=nurse, now=now)
    await until(lambda: heard == ["talk-1"])
    world.desk.typing("talk-1", by=nurse, now=now + timedelta(seconds=1))
    with world.conversations.delivery.listening("talk-1") as listener:
        world.conversations.told("talk-1")
        await until(lambda: not listener.events.empty())
        events = [listener.events.get_nowait() for _ in range(listener.events.qsize())]
    assert {"on": True, "by": "Nurse Kim"} in [event.data for event in events if event is not None]
    notices.close()
    world.close()


async def test_a_reply_of_another_process_is_announced(tmp_path: Path, fresh: str) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one, two = World(tmp_path / "one", url=fresh), World(tmp_path / "two", url=fresh)
    heard: list[tuple[str, int]] = []
    notices = Notices(fresh, lambda talk, seq: heard.append((talk, seq)))
    await until(lambda: notices.listening)
    await one.say("hello")
    await until(lambda: any(talk == "talk-1" and seq >= 2 for talk, seq in heard))
    with two.conversations.delivery.listening("talk-1") as listener:
        two.conversations.delivery.seen_up_to("talk-1", 0)
        two.conversations.told("talk-1")
        await until(lambda: not listener.events.empty())
    assert all("hello" not in talk for talk, _ in heard), "no word of a patient"
    notices.close()
    one.close()
    two.close()


@pytest.mark.parametrize("odd", ["", "talk-1", "talk-1 three", "talk-1 -1", " 7", "talk-1 ٣", "x" * 7000])
async def test_a_notice_that_is_not_ours_does_not_end_the_listening(fresh: str, odd: str) -> None:
    heard: list[tuple[str, int]] = []
    notices = Notices(fresh, lambda talk, seq: heard.append((talk, seq)))
    await until(lambda: notices.listening)
    send(fresh, odd)
    send(fresh, "talk-2 5")
    await until(lambda: heard == [("talk-2", 5)])
    notices.close()


async def test_a_listener_that_fails_once_is_told_of_the_next(fresh: str) -> None:
    heard: list[str] = []

    def fails_once(talk: str, seq: int) -> None:
        heard.append(talk)
        if len(heard) == 1:
            raise RuntimeError("the loop is closed")

    notices = Notices(fresh, fails_once)
    await until(lambda: notices.listening)
    send(fresh, "talk-1 1")
    await until(lambda: heard == ["talk-1"])
    while heard[-1] != "talk-2":  # it connects again after a moment
        send(fresh, "talk-2 2")
        await asyncio.sleep(0.2)
    notices.close()


def send(url: str, payload: str) -> None:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    connection.cursor().execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload))
    connection.close()
