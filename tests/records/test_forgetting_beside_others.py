"""Duties over many conversations and whoever has one of them in hand never wait for each other in a circle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conversation.world import World, until
from sqlalchemy import func, select, text, update

from bot.conversation.ports import Contact, EngineAnswer, Reply, TurnFacts
from bot.knowledge.retention import KeepRule
from bot.records import audit
from bot.records.rows import lock_conversation
from bot.records.schema import audit as audit_table
from bot.records.schema import message

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]

RULES = (KeepRule("ordinary", timedelta(days=90)),)
TALKS = ("talk-1", "talk-2")
PHONE = "01632 960 111"


@pytest.fixture
async def world(tmp_path: Path, fresh: str) -> AsyncIterator[World]:
    made = World(tmp_path, url=fresh)
    yield made
    made.close()


async def taken_over(world: World) -> Callable[[], Any]:
    for talk in TALKS:
        world.desk.take_over(talk, by=world.nurse(), now=world.clock.now())
    world.clock.pass_by(hours=1)
    now = world.clock.now()
    return lambda: world.ledger.hand_back_silent(before=now - timedelta(minutes=30), at=now, say=Reply("back"))


async def past_their_time(world: World) -> Callable[[], Any]:
    world.clock.pass_by(days=100)
    return lambda: world.ledger.purge(RULES, at=world.clock.now())


async def of_one_person(world: World) -> Callable[[], Any]:
    async def asks(text: str, turn: TurnFacts) -> EngineAnswer:
        return EngineAnswer(replies=(Reply("We ring you."),), contact=Contact(phone=PHONE))

    world.engine.behave = asks
    for talk in TALKS:
        await world.say("please ring me", talk=talk)
        world.clock.pass_by(minutes=1)
    return lambda: world.desk.erase_person(PHONE, reason="letter", by="system", now=world.clock.now())


@pytest.mark.parametrize(
    ("before", "action"),
    [
        (taken_over, "conversation.handed_back"),
        (past_their_time, "conversation.purged"),
        (of_one_person, "conversation.erased"),
    ],
)
async def test_staff_at_one_conversation_are_not_held_up_by_what_is_done_to_another(
    world: World, before: Any, action: str
) -> None:
    """Staff have the second one in hand and then write into the audit, as every step of theirs does."""
    for talk in TALKS:
        await world.consenting(talk=talk)
        world.clock.pass_by(minutes=1)
    duty = await before(world)

    def done() -> set[str]:
        with world.database.read() as connection:
            found = connection.execute(select(audit_table.c.target).where(audit_table.c.action == action)).scalars()
            return set(found)

    with ThreadPoolExecutor(1) as pool:
        with world.database.write() as staff:
            lock_conversation(staff, "talk-2")
            going_on = pool.submit(duty)
            await until(lambda: done() == {"talk-1"}, within=4)  # before it gives up waiting for the second
            audit.write(staff, at=world.clock.now(), by="system", action="conversation.read", target="talk-2")
        await asyncio.wrap_future(going_on)
    assert done() == set(TALKS)


async def test_a_text_held_too_long_is_not_blanked_under_the_answer_that_sets_it_free(world: World) -> None:
    await world.say("hello")
    world.clock.pass_by(days=2)
    now = world.clock.now()

    def waiting() -> int:
        with world.database.read() as connection:
            return int(
                connection.execute(
                    text(
                        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
                    )
                ).scalar_one()
            )

    with ThreadPoolExecutor(1) as pool:
        with world.database.write() as answer:
            lock_conversation(answer, "talk-1")
            blanking = pool.submit(world.ledger.blank_held, before=now - timedelta(hours=24), at=now)
            await until(lambda: waiting() == 1, within=4)
            freed = update(message).where(message.c.conversation_id == "talk-1").values(held=False)
            answer.execute(freed)
        await asyncio.wrap_future(blanking)
    with world.database.read() as connection:
        assert connection.execute(select(func.count()).where(message.c.blanked_at.is_not(None))).scalar_one() == 0


async def test_a_conversation_that_was_written_to_meanwhile_does_not_go_by_age(world: World) -> None:
    await world.consenting()
    world.clock.pass_by(days=100)
    now = world.clock.now()
    with ThreadPoolExecutor(1) as pool:
        with world.database.write() as patient:
            lock_conversation(patient, "talk-1")
            purging = pool.submit(world.ledger.purge, RULES, at=now)
            await asyncio.sleep(0.3)
            patient.execute(text("UPDATE conversation SET last_at = :now"), {"now": now})
        assert await asyncio.wrap_future(purging) == 0
    assert world.ledger.state("talk-1") is not None
