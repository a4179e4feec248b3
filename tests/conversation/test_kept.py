"""Nothing a patient wrote is lost, and nothing is stored or answered twice: with real locks, files and kills."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.clinical.codes import Level
from bot.conversation.entries import Outcome
from bot.conversation.keeping import NotKept
from bot.conversation.ports import Outdated, TurnLost
from conversation.world import PATIENT, SENTENCES, World, caught_up, hangs, shown, until

pytestmark = pytest.mark.anyio

DANGER = "I have chest pain"
ADVICE = "ADVICE emergency cardiac"


@pytest.fixture
async def world(tmp_path: Path) -> Any:
    """As in production, the front door gives the database little time (here a little more: the machine may be busy)."""
    made = World(tmp_path, limits=replace(PATIENT, ledger=1.0, ledger_read=1.0), patience=0.1)
    yield made
    made.close()


@contextmanager
def locked(world: World) -> Iterator[None]:
    """Another connection holds the database's write lock."""
    other = sqlite3.connect(world.folder / "ledger.db", isolation_level=None, timeout=20)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def gone(world: World) -> Iterator[None]:
    """The file is moved away under the open connections."""
    files = [path for path in world.folder.iterdir() if path.name.startswith("ledger.db")]
    for path in files:
        path.rename(path.with_name("away-" + path.name))
    try:
        yield
    finally:
        for path in files:
            path.with_name("away-" + path.name).rename(path)


@contextmanager
def read_only(world: World) -> Iterator[None]:
    """Every connection of the pool refuses to write."""
    from sqlalchemy import event

    def refuse(connection: Any, *_: Any) -> None:
        connection.execute("PRAGMA query_only = ON")

    event.listen(world.database.engine, "checkout", refuse)
    try:
        yield
    finally:
        event.remove(world.database.engine, "checkout", refuse)
        world.database.engine.dispose()


@contextmanager
def hanging(world: World) -> Iterator[None]:
    """The database takes the call and does not answer."""
    import threading

    release = threading.Event()
    record, settle = world.ledger.record, world.ledger.settle
    world.ledger.record = lambda arrival: (release.wait(30), record(arrival))[1]  # type: ignore[method-assign]
    world.ledger.settle = lambda outcome: (release.wait(30), settle(outcome))[1]  # type: ignore[method-assign]
    try:
        yield
    finally:
        release.set()
        world.ledger.record, world.ledger.settle = record, settle  # type: ignore[method-assign]


WITHOUT_LEDGER = {"locked": locked, "gone": gone, "read-only": read_only, "hanging": hanging}


def patient_texts(world: World) -> list[str]:
    with world.database.read() as connection:
        found = connection.exec_driver_sql("SELECT text FROM message WHERE author = 'patient' ORDER BY seq")
        return [row[0] for row in found]


@pytest.mark.parametrize("way", WITHOUT_LEDGER)
async def test_without_a_ledger_danger_advice_still_comes(world: World, way: str) -> None:
    with WITHOUT_LEDGER[way](world):
        assert (await world.say(DANGER))[0] == ADVICE


@pytest.mark.parametrize("way", WITHOUT_LEDGER)
async def test_what_came_without_a_ledger_is_in_it_afterwards_once_and_in_order(world: World, way: str) -> None:
    await world.consenting()
    before = len(await world.texts())
    with WITHOUT_LEDGER[way](world):
        assert await world.say("my feet tingle") == ["You said: my feet tingle"]
        await world.say(DANGER)
        receipt = await world.send("and my arm hurts")
        await world.conversations.settle_down(within=60)
        assert receipt.seq is None
        assert world.journal.pending == 6
    await caught_up(world)
    assert patient_texts(world) == ["hello", "yes", "my feet tingle", DANGER, "and my arm hurts"]
    assert (await world.texts())[before:] == [
        "my feet tingle",
        "You said: my feet tingle",
        DANGER,
        ADVICE,
        f"You said: {DANGER}",
        "and my arm hurts",
        "You said: and my arm hurts",
    ]
    state = world.ledger.state("talk-1")
    assert (state.level, state.consent) == (Level.EMERGENCY, True)
    page = world.desk.open("talk-1", by="system", now=world.clock.now())
    assert [(one.level, one.category, one.advice) for one in page.escalations] == [(Level.EMERGENCY, "cardiac", ADVICE)]
    assert len(world.calls_due()) == 1


@pytest.mark.parametrize("way", WITHOUT_LEDGER)
async def test_a_patient_who_reconnects_without_a_ledger_sees_what_was_said(world: World, way: str) -> None:
    await world.consenting()
    with WITHOUT_LEDGER[way](world):
        await world.say(DANGER)
        texts = await world.texts()
    assert texts[-3:] == [DANGER, ADVICE, f"You said: {DANGER}"]


async def test_the_database_is_never_made_anew_when_its_file_is_gone(world: World) -> None:
    """An empty ledger in place of the real one would look like a clinic without patients."""
    with gone(world):
        await world.say("hello")
        assert not (world.folder / "ledger.db").exists()


async def test_consent_given_without_a_ledger_counts(world: World) -> None:
    await world.say("my feet tingle")
    with locked(world):
        await world.say("yes")
        assert await world.say("I am tired") == ["You said: I am tired"]
    await caught_up(world)
    world.clock.pass_by(minutes=1)
    await world.aftercare.take_up_unanswered()
    assert world.ledger.state("talk-1").consent is True
    assert "You said: my feet tingle" in await world.texts()


async def test_a_message_whose_answer_was_lost_is_answered_although_others_wait_behind_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those behind it are at work in this process; that must not pass for work on the one they wait for."""
    await world.consenting()
    settle, lost = world.ledger.settle, []

    def once_lost(outcome: Outcome) -> Any:
        if not lost:
            lost.append(outcome.message_id)
            raise TurnLost(outcome.conversation_id)
        return settle(outcome)

    monkeypatch.setattr(world.ledger, "settle", once_lost)
    await world.send("I am tired")
    await until(lambda: lost and not world.conversations.is_working("talk-1"))
    await world.send("my feet tingle")
    await until(lambda: world.conversations.is_working("talk-1"))
    world.clock.pass_by(minutes=1)
    await world.aftercare.take_up_unanswered()
    await until(lambda: not world.conversations.is_working("talk-1"))
    said = [text for text in await world.texts() if text.startswith("You said: ")]
    assert said[-2:] == ["You said: I am tired", "You said: my feet tingle"]


async def test_facts_from_before_and_during_the_outage_combine(world: World) -> None:
    await world.say("my leg is swollen")
    with locked(world):
        assert (await world.say("I am breathless"))[0] == "ADVICE emergency pulmonary_embolism"
    await caught_up(world)
    assert world.ledger.state("talk-1").level is Level.EMERGENCY


async def test_facts_combine_on_replay_when_the_process_knew_nothing_of_the_conversation(world: World) -> None:
    """Restarted during the outage: the first half of the danger is only in the ledger."""
    await world.say("my leg is swollen")
    world.restart()
    with locked(world):
        said = await world.say("I am breathless")
        assert "ADVICE emergency pulmonary_embolism" not in said
    await caught_up(world)
    assert world.ledger.state("talk-1").level is Level.EMERGENCY
    assert "ADVICE emergency pulmonary_embolism" in await world.texts()


async def test_a_message_that_neither_ledger_nor_journal_takes_is_refused_and_still_advised(world: World) -> None:
    def full(kind: str, payload: Any) -> None:
        raise OSError("no space left on device")

    world.journal.append = full  # type: ignore[method-assign]
    with locked(world), world.conversations.delivery.listening("talk-1") as listener:
        with pytest.raises(NotKept):
            await world.send(DANGER, message_id="message-x")
        assert shown(listener) == [ADVICE]
    del world.journal.append
    receipt = await world.send(DANGER, message_id="message-x")  # the same id, once there is room again
    assert (receipt.seq, receipt.duplicate) == (1, False)
    await world.conversations.settle_down(within=30)


async def test_a_reply_that_nobody_can_store_is_said_all_the_same(world: World) -> None:
    await world.consenting()
    append = world.journal.append

    def full(kind: str, payload: Any) -> None:
        if kind == "outcome":
            raise OSError("no space left on device")
        append(kind, payload)

    world.journal.append = full  # type: ignore[method-assign]
    with locked(world):
        assert await world.say("my feet tingle") == ["You said: my feet tingle"]


async def test_the_same_message_five_times_is_one_message_and_one_answer(world: World) -> None:
    await world.consenting()
    with world.conversations.delivery.listening("talk-1") as listener:
        receipts = [await world.send("my feet tingle", message_id="message-x") for _ in range(5)]
        await world.conversations.settle_down(within=30)
        assert shown(listener) == ["You said: my feet tingle"]
    assert [receipt.duplicate for receipt in receipts] == [False, True, True, True, True]
    assert len({receipt.seq for receipt in receipts}) == 1
    assert patient_texts(world).count("my feet tingle") == 1


async def test_the_same_message_five_times_at_once_is_one_message(world: World) -> None:
    await world.consenting()
    receipts = await asyncio.gather(*(world.send(DANGER, message_id="message-x") for _ in range(5)))
    await world.conversations.settle_down(within=30)
    assert len({receipt.seq for receipt in receipts}) == 1
    assert patient_texts(world).count(DANGER) == 1
    assert [text for text, _ in world.engine.heard] == [DANGER]


async def test_the_same_message_again_after_a_restart_is_recognised(world: World) -> None:
    await world.consenting()
    await world.say(DANGER, message_id="message-x")
    world.restart()
    receipt = await world.send(DANGER, message_id="message-x")
    await world.conversations.settle_down(within=30)
    assert receipt.duplicate
    assert patient_texts(world).count(DANGER) == 1


async def test_the_same_message_again_during_an_outage_is_stored_once(world: World) -> None:
    await world.consenting()
    with locked(world):
        for _ in range(3):
            await world.send("my feet tingle", message_id="message-x")
        await world.conversations.settle_down(within=30)
        world.restart()  # the memory of it is gone too
        await world.send("my feet tingle", message_id="message-x")
        await world.conversations.settle_down(within=30)
    await caught_up(world)
    assert patient_texts(world).count("my feet tingle") == 1


async def test_the_same_id_in_two_conversations_is_two_messages(world: World) -> None:
    await world.say("hello", talk="talk-1", message_id="message-x")
    await world.say("hello", talk="talk-2", message_id="message-x")
    assert patient_texts(world) == ["hello", "hello"]


async def test_a_message_left_unanswered_is_answered_by_the_next_process(world: World) -> None:
    await world.consenting()
    world.engine.behave = hangs
    await world.send("my feet tingle")
    await until(lambda: bool(world.engine.heard))
    world.restart()
    world.engine.behave = None
    assert await world.aftercare.take_up_unanswered() == 0, "still within the claim of the process that took it"
    world.clock.pass_by(minutes=1)
    assert await world.aftercare.take_up_unanswered() == 1
    assert (await world.texts())[-1] == "You said: my feet tingle"
    assert await world.aftercare.take_up_unanswered() == 0


async def test_staff_who_released_a_level_are_heeded_by_a_process_that_remembers_it(world: World) -> None:
    await world.say(DANGER)
    nurse = world.nurse()
    page = world.desk.open("talk-1", by=nurse, now=world.clock.now())
    world.desk.release(page.escalations[0].id, reason="spoke on the phone", by=nurse, now=world.clock.now())
    assert world.ledger.state("talk-1").level is Level.NONE
    await world.say("thank you")
    assert world.ledger.state("talk-1").level is Level.NONE
    assert (await world.say("now I have chest pain again"))[0] == ADVICE
    assert world.ledger.state("talk-1").level is Level.EMERGENCY


async def test_a_database_that_comes_back_is_used_again(world: World) -> None:
    await world.consenting()
    with locked(world):
        await world.say("one")
    await caught_up(world)
    receipt = await world.send("two")
    await world.conversations.settle_down(within=30)
    assert receipt.seq is not None
    assert world.conversations.keeper.journal.pending == 0


async def test_a_stuck_database_does_not_pile_up_threads(world: World) -> None:
    with hanging(world):
        for number in range(30):
            await world.send(f"message {number}", talk=f"talk-{number}")
        assert world.conversations.keeper._threads.busy <= 8 + 64
        assert world.conversations.keeper.journaled >= 29
        assert SENTENCES.trouble not in await world.texts("talk-3")
    await world.conversations.settle_down(within=60)
    await caught_up(world)
    assert len(patient_texts(world)) == 30


async def test_the_settled_reply_is_not_repeated_by_a_replay(world: World) -> None:
    """The database answered after the limit: it has the reply, and so has the journal."""
    await world.consenting()
    settle = world.ledger.settle

    def slow(outcome: Any) -> Any:
        rows = settle(outcome)
        import time

        time.sleep(0.5)
        return rows

    world.ledger.settle = slow  # type: ignore[method-assign]
    await world.say("my feet tingle")
    world.ledger.settle = settle  # type: ignore[method-assign]
    await caught_up(world)
    assert (await world.texts()).count("You said: my feet tingle") == 1


async def test_a_wish_to_be_forgotten_survives_an_outage(world: World) -> None:
    await world.consenting()
    await world.say("my xylophone tingles")
    with locked(world):
        await world.conversations.erase("talk-1", by="patient")
        world.restart()
    await caught_up(world)
    assert await world.texts() == []
    world.close()
    left = b"".join(path.read_bytes() for path in world.folder.rglob("*") if path.is_file())
    world.open()
    assert b"xylophone" not in left


async def test_a_caller_that_goes_away_does_not_take_the_message_along(world: World) -> None:
    await world.consenting()
    sending = asyncio.ensure_future(world.send("my feet tingle"))
    await asyncio.sleep(0)
    sending.cancel()
    await world.conversations.settle_down(within=30)
    assert "You said: my feet tingle" in await world.texts()


async def test_a_replay_that_others_overtake_again_and_again_sets_nothing_aside(world: World) -> None:
    """Another process writes in the same conversation between the replay's look and its write."""
    await world.consenting()
    record, times = world.ledger.record, 0

    def overtaken(arrival: Any) -> Any:
        nonlocal times
        times += 1
        if times <= 4:
            raise Outdated(replace(world.ledger.state("talk-1"), version=arrival.base_version + times))
        return record(replace(arrival, base_version=world.ledger.state("talk-1").version))

    with locked(world):
        await world.say("my feet tingle")
    world.ledger.record = overtaken  # type: ignore[method-assign]
    await caught_up(world)
    assert times >= 5
    assert world.journal.set_aside == 0
    assert "my feet tingle" in patient_texts(world)
