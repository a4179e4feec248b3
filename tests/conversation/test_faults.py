"""Faults around a conversation that no other test injects; the whole table is docs/faults.md."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from bot.clinical.codes import Level
from bot.conversation.ports import EngineAnswer, LedgerUnavailable, Reply, TurnFacts
from conversation.world import PATIENT, SENTENCES, World, until

pytestmark = pytest.mark.anyio


async def test_a_process_that_starts_without_its_database_advises_and_loses_nothing(tmp_path: Path) -> None:
    first = World(tmp_path)
    await first.consenting()
    first.close()
    other = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    world = World.__new__(World)
    world.__dict__.update({**first.__dict__, "limits": replace(PATIENT, ledger=0.3, ledger_read=0.3), "patience": 0.1})
    world.open()  # without migrating: that waits for the database, and `b12bot run` then refuses to start
    assert (await world.say("I have chest pain"))[0] == "ADVICE emergency cardiac"
    other.execute("ROLLBACK")
    for _ in range(100):
        try:
            await world.aftercare.replay()
            break
        except LedgerUnavailable:
            await asyncio.sleep(0.05)
    assert world.ledger.state("talk-1").level is Level.EMERGENCY
    assert (await world.texts()).count("I have chest pain") == 1
    world.close()


@pytest.mark.parametrize("hours", [-26, 26])
async def test_a_clock_that_jumps_costs_no_message_and_no_order(tmp_path: Path, hours: int) -> None:
    world = World(tmp_path)
    await world.consenting()
    await world.say("my feet tingle")
    world.clock.pass_by(hours=hours)
    assert await world.say("I am tired") == ["You said: I am tired"]
    assert (await world.say("I have chest pain"))[0] == "ADVICE emergency cardiac"
    world.clock.pass_by(hours=-2 * hours)
    assert await world.say("thanks") == ["You said: thanks"]
    patient = [row.reply.text for row in await world.screen_of() if row.author == "patient"]
    assert patient[-4:] == ["my feet tingle", "I am tired", "I have chest pain", "thanks"]
    assert await world.aftercare.take_up_unanswered() == 0
    world.close()


async def test_an_engine_state_is_kept_with_its_reply_or_not_at_all(tmp_path: Path) -> None:
    """A fault between the two would let the next message meet a dialogue that the patient never saw."""
    world = World(tmp_path, limits=replace(PATIENT, ledger=0.5, ledger_read=2), patience=0.1)
    await world.consenting()

    async def counts(text: str, turn: TurnFacts) -> EngineAnswer:
        before = int((turn.dialogue.text if turn.dialogue else None) or 0)
        return EngineAnswer(replies=(Reply(f"number {before + 1}"),), dialogue=str(before + 1))

    world.engine.behave = counts
    assert await world.say("one") == ["number 1"]
    other = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert await world.say("two") == ["number 2"], "from memory"
    other.execute("ROLLBACK")
    other.close()
    for _ in range(100):
        try:
            await world.aftercare.replay()
        except LedgerUnavailable:
            await asyncio.sleep(0.05)
        if not world.journal.pending:
            break
    world.restart()
    assert await world.say("three") == ["number 3"]
    world.close()


async def test_a_chat_that_could_not_be_deleted_says_so_and_is_deleted_as_soon_as_somebody_keeps_the_wish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dialogue has said that it is being deleted; then neither database nor disk takes the wish."""
    world = World(tmp_path)
    await world.consenting()

    async def deletes(text: str, turn: TurnFacts) -> EngineAnswer:
        return EngineAnswer(replies=(Reply("It is being deleted."),), erase=True)

    def refuses(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    world.engine.behave = deletes
    with monkeypatch.context() as broken:
        broken.setattr(world.ledger, "erase", refuses)
        broken.setattr(world.journal, "append", refuses)
        assert await world.say("delete it all") == ["It is being deleted.", SENTENCES.erase_not_kept]
        assert await world.conversations.erase_again() == 0
        assert "It is being deleted." in await world.texts()
    assert await world.conversations.erase_again() == 1
    assert await world.texts() == []
    assert world.ledger.state("talk-1").erased
    assert await world.conversations.erase_again() == 0
    world.close()


async def test_a_look_for_what_others_wrote_is_held_until_it_is_done(world: World) -> None:
    await world.say("hello")
    delivery = world.conversations.delivery
    with delivery.listening("talk-1") as listener:
        delivery.seen_up_to("talk-1", 0)
        world.conversations.told("talk-1")
        assert len(delivery._looking) == 1, "the event loop keeps no task alive by itself"
        await until(lambda: not delivery._looking)
        assert not listener.events.empty()
