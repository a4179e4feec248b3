"""Several processes on one database: they see each other's facts, and none doubles the other's work."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from conversation.world import PATIENT, World, caught_up, hangs, shown, until
from sqlalchemy import select

from bot.clinical.codes import Level
from bot.conversation.aftercare import Aftercare
from bot.conversation.entries import Outcome, engine_name
from bot.conversation.ports import Alert, EngineAnswer, Reply, TurnFacts
from bot.records.schema import dialogue_state

pytestmark = pytest.mark.anyio


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

    one.engine.behave = hangs
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
    await caught_up(world)
    assert "I have chest pain" in await world.texts()
    assert world.ledger.state("talk-1").level is Level.EMERGENCY
    world.close()


async def test_an_alert_is_sent_by_one_process_only(replicas: tuple[World, World]) -> None:
    await replicas[0].say("I have chest pain")
    sent: list[str] = []

    class Pager:
        name = "pager"
        reaches = "the nurse"

        async def send(self, alert: Alert) -> None:
            sent.append(alert.id)
            await asyncio.sleep(0.05)

    care = [Aftercare(world.conversations, routes=[Pager()]) for world in replicas]
    await asyncio.gather(*(each.send_alerts() for each in care))
    assert len(sent) == 1


async def test_an_alert_whose_sender_died_is_sent_by_another(replicas: tuple[World, World]) -> None:
    one, two = replicas
    await one.say("I have chest pain")
    now = one.clock.now()
    assert len(one.ledger.claim_alerts(now=now, until=now + timedelta(minutes=3))) == 1
    assert two.ledger.claim_alerts(now=now, until=now + timedelta(minutes=3)) == ()
    later = now + timedelta(minutes=4)
    assert len(two.ledger.claim_alerts(now=later, until=later)) == 1


# --- whose turn it is


async def test_messages_sent_to_changing_processes_are_answered_one_after_the_other(
    replicas: tuple[World, World],
) -> None:
    """Both engines would answer at once; the conversation must not notice that there are two."""
    one, two = replicas
    await one.consenting()
    at_work: list[str] = []
    most, answered = 0, []

    async def slowly(text: str, turn: TurnFacts) -> EngineAnswer:
        nonlocal most
        at_work.append(text)
        most = max(most, len(at_work))
        await asyncio.sleep(0.03)
        at_work.remove(text)
        answered.append(text)
        seen = (turn.dialogue.text or "") if turn.dialogue else "?"
        return EngineAnswer(replies=(Reply(f"heard {text}"),), dialogue=seen + text)

    for world in replicas:
        world.engine.behave = slowly
    for number in range(8):
        await replicas[number % 2].send(str(number))
    for world in replicas:
        await world.conversations.settle_down(within=60)
    assert most == 1
    assert answered == list("01234567")
    assert dialogue_of(one) == "01234567", "each turn went on from where the last one stopped"
    assert [text for text in await two.texts() if text.startswith("heard")] == [f"heard {n}" for n in range(8)]


async def test_a_turn_of_a_dead_process_is_taken_over_with_what_came_after_it_behind(
    replicas: tuple[World, World],
) -> None:
    one, two = replicas
    await one.consenting()

    one.engine.behave = hangs
    await one.send("first")
    await until(lambda: bool(one.engine.heard))
    one.conversations.close()
    await two.send("second")
    await asyncio.sleep(0.3)
    assert two.engine.heard == [], "the first message may still be worked on"
    for world in replicas:
        world.clock.pass_by(seconds=7)
    await two.aftercare.take_up_unanswered()
    await two.conversations.settle_down(within=60)
    assert [text for text, _ in two.engine.heard] == ["first", "second"]
    said = [text for text in await two.texts() if text.startswith("You said")]
    assert said[-2:] == ["You said: first", "You said: second"]


async def test_a_process_that_slept_through_its_turn_says_and_changes_nothing(replicas: tuple[World, World]) -> None:
    """Its machine was suspended: another one has answered, and the sleeper wakes up with an answer of its own."""
    one, two = replicas
    await one.consenting()
    awake = asyncio.Event()

    async def sleeps(text: str, turn: TurnFacts) -> EngineAnswer:
        await awake.wait()
        return EngineAnswer(replies=(Reply("from the sleeper"),), dialogue="sleeper")

    async def answers(text: str, turn: TurnFacts) -> EngineAnswer:
        return EngineAnswer(replies=(Reply("from the other"),), dialogue="other")

    one.engine.behave, two.engine.behave = sleeps, answers
    with one.conversations.delivery.listening("talk-1") as listener:
        await one.send("my feet tingle")
        await until(lambda: bool(one.engine.heard))
        two.clock.pass_by(seconds=7)
        assert await two.aftercare.take_up_unanswered() == 1
        awake.set()
        await one.conversations.settle_down(within=60)
        assert "from the sleeper" not in shown(listener)
    texts = await two.texts()
    assert texts.count("from the other") == 1
    assert "from the sleeper" not in texts
    assert dialogue_of(two) == "other"


async def test_a_turn_that_is_kept_up_is_left_alone(replicas: tuple[World, World]) -> None:
    one, two = replicas
    await one.consenting()
    done = asyncio.Event()

    async def slowly(text: str, turn: TurnFacts) -> EngineAnswer:
        await done.wait()
        return EngineAnswer(replies=(Reply("at last"),))

    one.engine.behave = slowly
    await one.send("my feet tingle")
    await until(lambda: bool(one.engine.heard))
    for _ in range(4):
        for world in replicas:
            world.clock.pass_by(seconds=4)
        await one.conversations.turns.keep()
        assert await two.aftercare.take_up_unanswered() == 0
    done.set()
    await one.conversations.settle_down(within=60)
    assert (await two.texts()).count("at last") == 1


async def test_a_process_that_ends_in_order_leaves_its_work_to_others_at_once(replicas: tuple[World, World]) -> None:
    one, two = replicas
    await one.consenting()

    one.engine.behave = hangs
    await one.send("my feet tingle")
    await until(lambda: bool(one.engine.heard))
    await one.conversations.turns.let_go()
    one.conversations.close()
    two.clock.pass_by(seconds=0.01)
    assert await two.aftercare.take_up_unanswered() == 1
    assert (await two.texts()).count("You said: my feet tingle") == 1


async def test_a_message_that_nobody_survives_gets_the_safe_sentence(replicas: tuple[World, World]) -> None:
    """Else it would kill one process after the other."""
    one, two = replicas
    await one.consenting()
    ledger = one.ledger

    one.engine.behave = hangs
    await one.send("poison", message_id="poison-1")
    await until(lambda: bool(one.engine.heard))
    one.conversations.close()
    for number in range(2):  # two more that died
        two.clock.pass_by(seconds=7)
        now = two.clock.now()
        begun = ledger.begin_turn("talk-1", "poison-1", holder=f"dead-{number}", now=now, until=now)
        assert begun.standing == "ours"
    two.clock.pass_by(seconds=7)
    await two.aftercare.take_up_unanswered()
    assert [text for text, _ in two.engine.heard] == []
    assert (await two.texts())[-1].startswith("[trouble]")


def dialogue_of(world: World) -> str | None:
    with world.database.read() as connection:
        return connection.execute(
            select(dialogue_state.c.state).where(dialogue_state.c.name == engine_name("talk-1"))
        ).scalar()


async def test_a_late_answer_does_not_follow_the_answer_of_another_process(replicas: tuple[World, World]) -> None:
    """One's time was up, another answered, and then the first one's engine comes after all."""
    one, two = replicas
    await one.consenting()
    now = one.clock.now()
    await two.send("my feet tingle", message_id="message-z")
    await two.conversations.settle_down(within=60)
    begun = one.ledger.begin_turn("talk-1", "message-z", holder="late", now=now, until=now, late=True)
    assert begun.standing == "answered"
    late = Outcome(
        conversation_id="talk-1", message_id="message-z", at=now, part="late", replies=(Reply("so late"),), dialogue="x"
    )
    assert one.ledger.settle(late) == ()
    assert "so late" not in await two.texts()
