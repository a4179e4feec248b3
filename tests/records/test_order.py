"""What a patient writes is heard by the dialogue in the order it was written, whichever processes serve it and die."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conversation.world import PATIENT, TurningClock, World, hangs, until
from sqlalchemy import select

from bot.conversation.entries import engine_name
from bot.conversation.limits import Limits
from bot.conversation.ports import EngineAnswer, LedgerUnavailable, Reply, TurnBegun, TurnFacts
from bot.records.schema import dialogue_state

pytestmark = pytest.mark.anyio

SHORT = replace(PATIENT, answer=0.3, late_answer=30)
Process = Callable[..., World]


@pytest.fixture
async def process(tmp_path: Path, url: str) -> AsyncIterator[Process]:
    """Makes processes on one database, all with one clock that stands still."""
    made: list[World] = []
    clock = TurningClock()

    def make(limits: Limits = PATIENT) -> World:
        folder = tmp_path / f"process-{len(made)}"
        folder.mkdir()
        world = World(folder, url=url, limits=limits, clock=clock, number=1000 * len(made))
        world.engine.behave = listens
        made.append(world)
        return world

    yield make
    for world in made:
        world.close()


async def listens(text: str, turn: TurnFacts) -> EngineAnswer:
    """The dialogue's state is what it has heard, in order."""
    before = ((turn.dialogue.text if turn.dialogue else None) or "").split()
    consent = True if text == "yes" and turn.consent is None else None
    return EngineAnswer(replies=(Reply(f"heard {text}"),), consent=consent, dialogue=" ".join([*before, text]))


def heard(world: World) -> list[str]:
    with world.database.read() as connection:
        state = connection.execute(
            select(dialogue_state.c.state).where(dialogue_state.c.name == engine_name("talk-1"))
        ).scalar()
    return (state or "").split()


async def dies_at(world: World, text: str) -> None:
    """The process is killed while its engine works on this message."""
    world.engine.behave = hangs
    await world.send(text)
    await until(lambda: bool(world.engine.heard))
    world.conversations.close()


def held_up(world: World) -> Callable[[], None]:
    """The process does not get to ask for its turns until the returned function is called."""
    begin_turn: Any = world.ledger.begin_turn
    world.ledger.begin_turn = lambda *values, **named: TurnBegun("busy")  # type: ignore[method-assign]

    def let_go() -> None:
        world.ledger.begin_turn = begin_turn  # type: ignore[method-assign]

    return let_go


async def safe_sentence(world: World) -> None:
    while not any(text.startswith("[deadline]") for text in await world.texts()):
        await asyncio.sleep(0.01)


async def test_a_message_that_got_the_safe_sentence_is_not_overtaken(process: Process) -> None:
    """
    A door is killed at the first message; the second waits behind it until its time is up.

    The first is taken up elsewhere, and the third reaches that door before the second's
    has looked again whether the turn is free.
    """
    one, two, three = process(), process(SHORT), process()
    await one.say("yes")
    one.engine.heard.clear()
    await dies_at(one, "first")
    ask_again = held_up(two)
    await two.send("second")
    await safe_sentence(two)
    three.clock.pass_by(seconds=7)
    await two.conversations.turns.keep()
    assert await three.aftercare.take_up_unanswered() == 1
    await three.send("third")
    await asyncio.sleep(0.3)
    assert heard(three) == ["yes", "first"], "the second is still on its way to the engine"
    ask_again()
    for world in (two, three):
        await world.conversations.settle_down(within=60)
    assert heard(three) == ["yes", "first", "second", "third"]
    said = [text for text in await three.texts() if text.startswith("heard")]
    assert said == ["heard yes", "heard first", "heard second", "heard third"]


async def test_a_process_that_sleeps_after_the_safe_sentence_is_overtaken_and_then_not_heard(process: Process) -> None:
    one, two, three = process(), process(SHORT), process()
    await one.say("yes")
    one.engine.heard.clear()
    await dies_at(one, "first")
    wake_up = held_up(two)
    await two.send("second")
    await safe_sentence(two)
    three.clock.pass_by(seconds=7)
    await three.aftercare.take_up_unanswered()
    await three.say("third")
    assert heard(three) == ["yes", "first", "third"]
    wake_up()
    await two.conversations.turns.keep()
    await two.conversations.settle_down(within=60)
    assert heard(three) == ["yes", "first", "third"], "the safe sentence is all that came of the second"
    assert "heard second" not in await three.texts()
    await three.say("fourth")
    assert heard(three) == ["yes", "first", "third", "fourth"], "nobody waits for the second any longer"


@pytest.mark.parametrize("behind", ["its engine", "another's turn"])
async def test_nobody_waits_for_a_late_message_that_was_given_up(process: Process, behind: str) -> None:
    """The clock stands still, so that a place which is not given back would be kept for ever."""
    one, two = process(), process(replace(PATIENT, answer=0.2, late_answer=0.3))
    await one.say("yes")
    one.engine.heard.clear()
    go_on = asyncio.Event()

    async def slowly(text: str, turn: TurnFacts) -> EngineAnswer:
        await go_on.wait()
        return await listens(text, turn)

    before = ["yes"]
    if behind == "another's turn":
        one.engine.behave = slowly
        await one.send("zeroth")
        await until(lambda: bool(one.engine.heard))
        before.append("zeroth")
    two.engine.behave = hangs
    await two.send("first")
    await two.conversations.settle_down(within=60)
    go_on.set()
    await one.conversations.settle_down(within=60)
    one.engine.behave = listens
    await one.say("second")
    assert heard(one) == [*before, "second"]


async def test_what_a_door_cut_off_from_the_database_took_gets_its_place_when_it_is_back(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other doors cannot know of it: they go on, and it stands after what they stored meanwhile."""
    one, two = process(), process()
    await one.say("yes")

    def away(*_: Any, **__: Any) -> None:
        raise LedgerUnavailable("no route")

    with monkeypatch.context() as cut:
        for method in ("record", "settle", "begin_turn", "state"):
            cut.setattr(one.ledger, method, away)
        receipt = await one.send("first")
        assert receipt.seq is None, "only its journal has it"
        await one.conversations.settle_down(within=60)
        await two.say("second")
    await one.aftercare.replay()
    said = [row for row in await two.screen_of() if row.author == "patient"]
    assert [row.reply.text for row in said] == ["yes", "second", "first"]
    texts = await two.texts()
    assert [texts.count(f"heard {text}") for text in ("first", "second")] == [1, 1]
    assert heard(two) == ["yes", "second"], "what the cut off door's dialogue heard gives way to the others'"
    await one.say("third")
    assert heard(one) == ["yes", "second", "third"]
