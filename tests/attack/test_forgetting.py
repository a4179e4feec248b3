"""Who erases a conversation erases it everywhere: the engine keeps a copy of its own."""

from __future__ import annotations

import pytest
from conversation.world import World

from bot.conversation.entries import engine_name
from bot.records.database import Database
from bot.records.dialogue_states import SqlStates

pytestmark = pytest.mark.anyio

SECRET = "quivering aubergines"


async def remembered(world: World) -> SqlStates:
    """A conversation whose words the dialogue engine has kept, as the real one does."""
    states = SqlStates(world.ledger.database, clock=world.clock, limit=10)
    await states.save(engine_name("talk-1"), f'{{"text": "{SECRET}"}}')
    return states


def left(world: World) -> bool:
    return any(SECRET.encode() in path.read_bytes() for path in world.folder.rglob("*") if path.is_file())


async def test_staff_who_erase_a_conversation_erase_the_engines_copy(world: World) -> None:
    await world.say("hello")
    await remembered(world)
    assert left(world)
    world.desk.erase("talk-1", reason="asked", by=world.nurse(), now=world.clock.now())
    assert not left(world)


async def test_a_wish_that_waited_for_staff_erases_the_engines_copy(world: World) -> None:
    await world.say("I have chest pain")
    await remembered(world)
    nurse = world.nurse()
    assert not await world.conversations.erase("talk-1", by="patient")
    page = world.desk.open("talk-1", by=nurse, now=world.clock.now())
    await remembered(world)  # a turn that was still on its way
    world.desk.confirm(page.escalations[0].id, reason="was real", by=nurse, now=world.clock.now())
    assert not left(world)


async def test_a_state_that_is_deleted_leaves_no_word_in_the_file(world: World) -> None:
    states = await remembered(world)
    world.ledger.database.drop_old_pages()  # the words are in the main file now, not only in the log
    await states.delete(engine_name("talk-1"))
    assert isinstance(world.ledger.database, Database)
    assert not left(world)
