"""Who erases a conversation erases it everywhere: the engine keeps a copy of its own."""

from __future__ import annotations

import pytest
from conversation.world import World
from sqlalchemy import delete, insert

from bot.conversation.entries import engine_name
from bot.records.schema import dialogue_state

pytestmark = pytest.mark.anyio

SECRET = "quivering aubergines"


def remembered(world: World) -> None:
    """A conversation whose words the dialogue engine has kept, as the real one does."""
    with world.database.write() as connection:
        connection.execute(delete(dialogue_state))
        connection.execute(
            insert(dialogue_state).values(
                name=engine_name("talk-1"), state=f'{{"text": "{SECRET}"}}', at=world.clock.now()
            )
        )


def left(world: World) -> bool:
    return any(SECRET.encode() in path.read_bytes() for path in world.folder.rglob("*") if path.is_file())


async def test_staff_who_erase_a_conversation_erase_the_engines_copy(world: World) -> None:
    await world.say("hello")
    remembered(world)
    assert left(world)
    world.desk.erase("talk-1", reason="asked", by=world.nurse(), now=world.clock.now())
    assert not left(world)


async def test_a_wish_that_waited_for_staff_erases_the_engines_copy(world: World) -> None:
    await world.say("I have chest pain")
    remembered(world)
    nurse = world.nurse()
    assert not await world.conversations.erase("talk-1", by="patient")
    page = world.desk.open("talk-1", by=nurse, now=world.clock.now())
    remembered(world)  # a turn that was still on its way
    world.desk.confirm(page.escalations[0].id, reason="was real", by=nurse, now=world.clock.now())
    assert not left(world)


async def test_a_refusal_leaves_no_word_of_the_engines_copy(world: World) -> None:
    await world.say("hello")
    remembered(world)
    await world.say("no")
    assert not left(world)
