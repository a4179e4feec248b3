"""Staff, patients and the assistant at one conversation in the same moment, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from at_once import at_once
from conversation.world import World
from sqlalchemy import select

from bot.clinical.codes import Level
from bot.conversation.desk import DeskConflict
from bot.conversation.entries import Arrival, EscalationEntry, MatchEntry, Outcome, RaisedEntry, escalation_id
from bot.conversation.ledger_port import Outdated
from bot.conversation.ports import Contact, Reply
from bot.records import alerts, desk_escalations
from bot.records.schema import assignment, conversation, escalation

pytestmark = pytest.mark.anyio

DANGER = "I have chest pain"


def conflicts(results: list[Any]) -> list[str]:
    return [str(result) for result in results if isinstance(result, DeskConflict)]


def open_escalation(world: World, talk: str = "talk-1") -> str:
    return str(world.desk.open(talk, by="system", now=world.clock.now()).escalations[-1].id)


# --- two of staff


@pytest.mark.parametrize("step", ["acknowledge", "confirm", "release", "take_over"])
async def test_of_two_the_second_is_told_of_the_first(world: World, step: str) -> None:
    await world.say(DANGER)
    key, now = open_escalation(world), world.clock.now()
    people = [world.nurse("Nurse Kim"), world.nurse("Nurse Lee")]
    acts = {
        "acknowledge": lambda who: world.desk.acknowledge(key, by=who, now=now),
        "confirm": lambda who: world.desk.confirm(key, reason="in hospital", by=who, now=now),
        "release": lambda who: world.desk.release(key, reason="a cramp", by=who, now=now),
        "take_over": lambda who: world.desk.take_over("talk-1", by=who, now=now),
    }
    results = at_once(*(lambda who=who: acts[step](who) for who in people))
    (told,) = conflicts(results)
    assert told.count("Nurse ") == 1
    done = {
        "acknowledge": "escalation.acknowledged",
        "confirm": "escalation.confirmed",
        "release": "escalation.released",
    }
    trail = world.desk.audit(by="system", now=now, size=200).entries
    assert [entry.action for entry in trail].count(done.get(step, "conversation.taken_over")) == 1
    assert world.desk.verify_audit() is None


async def test_two_replies_written_from_the_same_page_are_never_both_sent(world: World) -> None:
    await world.consenting()
    people, now = [world.nurse("Nurse Kim"), world.nurse("Nurse Lee")], world.clock.now()
    seen = world.desk.open("talk-1", by=people[0], now=now).messages[-1].seq
    results = at_once(
        *(
            lambda who=who: world.desk.reply("talk-1", "Hello.", message_id=who[:32], by=who, now=now, seen=seen)
            for who in people
        )
    )
    assert len(conflicts(results)) == 1
    said = [row for row in world.desk.open("talk-1", by="system", now=now).messages if row.author == "staff"]
    assert len(said) == 1


async def test_the_same_reply_sent_twice_in_one_moment_is_one(world: World) -> None:
    await world.consenting()
    nurse, now = world.nurse(), world.clock.now()
    results = at_once(
        *(lambda: world.desk.reply("talk-1", "Hello.", message_id="once", by=nurse, now=now) for _ in range(3))
    )
    assert len(set(results)) == 1


async def test_of_two_assignments_the_later_one_stands_and_both_are_kept(world: World) -> None:
    await world.consenting()
    people, now = [world.nurse("Nurse Kim"), world.nurse("Nurse Lee")], world.clock.now()
    at_once(*(lambda who=who: world.desk.assign("talk-1", to=who, by=who, now=now) for who in people))
    with world.database.read() as connection:
        kept = connection.execute(select(assignment.c.staff_id).order_by(assignment.c.id)).scalars().all()
        holder = connection.execute(select(conversation.c.assigned_to)).scalar_one()
    assert (sorted(kept), holder) == (sorted(people), kept[-1])


async def test_a_conversation_is_not_closed_over_a_danger_that_is_told_meanwhile(world: World) -> None:
    """Whichever comes first: closed and opened again by the message, or refused."""
    await world.consenting()
    nurse, now = world.nurse(), world.clock.now()
    arrival = danger(world, "m-close")
    at_once(lambda: world.desk.close("talk-1", by=nurse, now=now), lambda: world.ledger.record(arrival))
    page = world.desk.open("talk-1", by=nurse, now=now)
    assert [one.state for one in page.escalations] == ["open"]
    assert world.calls_due() == ["first"]
    with world.database.read() as connection:
        assert connection.execute(select(conversation.c.waiting_since)).scalar() is not None


async def test_one_label_and_one_call_count_once(world: World) -> None:
    await world.consenting()
    now, people = world.clock.now(), [world.nurse("Nurse Kim"), world.nurse("Nurse Lee")]
    world.ledger.record(replace(danger(world, "m-call"), escalation=None, matches=(), raised=False, level=Level.NONE))
    answer = Outcome(
        conversation_id="talk-1",
        message_id="m-call",
        at=now,
        replies=(Reply("Yes."),),
        snapshot={},
        contact=Contact(phone="01632 960555"),
    )
    world.ledger.settle(answer)
    at_once(*(lambda who=who: world.desk.label("talk-1", "bloods", by=who, now=now) for who in people))
    results = at_once(*(lambda who=who: world.desk.called("talk-1", reached=True, by=who, now=now) for who in people))
    assert world.desk.open("talk-1", by="system", now=now).labels == ("bloods",)
    assert len(conflicts(results)) == 1


async def test_of_two_who_decide_on_an_example_one_does_and_its_author_never_approves(world: World) -> None:
    await world.consenting()
    await world.say("my feet tingle")
    now = world.clock.now()
    author, kim, lee = (world.nurse(f"Nurse {name}") for name in ("Sam", "Kim", "Lee"))
    key = world.desk.propose_conversation("talk-1", rules=(), by=author, now=now)
    results = at_once(
        lambda: world.desk.decide_example(key, approve=True, by=author, now=now),
        lambda: world.desk.decide_example(key, approve=True, by=kim, now=now),
        lambda: world.desk.decide_example(key, approve=False, by=lee, now=now),
    )
    assert len(conflicts(results)) == 2
    assert isinstance(results[0], DeskConflict)
    (example,) = world.desk.examples()
    assert example.state in ("approved", "refused")
    assert example.decided_name in ("Nurse Kim", "Nurse Lee")


async def test_many_steps_at_once_leave_one_unbroken_audit(world: World) -> None:
    for talk in ("one", "two", "three"):
        await world.consenting(talk=talk)
    nurse, now = world.nurse(), world.clock.now()
    steps: list[Callable[[], Any]] = [
        lambda talk=talk, n=n: world.desk.note(talk, f"note {n}", by=nurse, now=now)
        for n in range(4)
        for talk in ("one", "two", "three")
    ]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda step: step(), steps))
    found = world.desk.check_audit()
    assert found.sound
    assert found.entries == found.last_number


# --- a danger that is told while staff act


def danger(world: World, message_id: str, *, text: str = DANGER) -> Arrival:
    """As the front door writes it."""
    now, state = world.clock.now(), world.ledger.state("talk-1")
    start = text.index("chest pain")
    return Arrival(
        conversation_id="talk-1",
        channel="web",
        region="uk",
        message_id=message_id,
        text=text,
        at=now,
        base_version=state.version if state else None,
        level=Level.EMERGENCY,
        category="cardiac",
        raised=True,
        matches=(MatchEntry("chest-pain", Level.EMERGENCY, "cardiac", 0, start, start + 10, "chest pain"),),
        question=None,
        escalation=entry(world, message_id),
        advice=(Reply("ADVICE"),),
        content_version="content-1",
    )


def entry(world: World, message_id: str) -> EscalationEntry:
    now = world.clock.now()
    return EscalationEntry(
        id=escalation_id("talk-1", message_id),
        level=Level.EMERGENCY,
        category="cardiac",
        due_at=now + timedelta(minutes=5),
        second_at=now + timedelta(minutes=10),
    )


@contextmanager
def while_a_step_is_half_done(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], Any]) -> Iterator[list[Future]]:
    """`meanwhile` begins after a step of staff has changed the escalation and before that step is complete."""
    begun: list[Future] = []
    cancel = alerts.cancel
    with ThreadPoolExecutor(1) as pool:

        def slowly(connection: Any, escalation_id: str, *, at: Any) -> None:
            begun.append(pool.submit(meanwhile))
            with pytest.raises(NotYet):  # it waits for the step to be complete
                begun[0].result(0.5)
            cancel(connection, escalation_id, at=at)

        monkeypatch.setattr(desk_escalations.alerts, "cancel", slowly)
        yield begun
        monkeypatch.setattr(desk_escalations.alerts, "cancel", cancel)


@pytest.mark.parametrize("step", ["acknowledge", "release"])
async def test_a_danger_told_while_somebody_acts_on_an_earlier_one_calls_staff_again(
    world: World, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """They act on what they have read; the new message is not among it."""
    await world.say(DANGER)
    nurse, now, key = world.nurse(), world.clock.now(), open_escalation(world)
    arrival = danger(world, "m-again")
    acts = {
        "acknowledge": lambda: world.desk.acknowledge(key, by=nurse, now=now),
        "release": lambda: world.desk.release(key, reason="a cramp", by=nurse, now=now),
    }

    def told() -> None:
        """The front door looks again when the conversation has changed under it."""
        try:
            world.ledger.record(arrival)
        except Outdated:
            world.ledger.record(replace(arrival, base_version=world.ledger.state("talk-1").version))

    with while_a_step_is_half_done(monkeypatch, told) as begun:
        acts[step]()
        begun[0].result(20)
    with world.database.read() as connection:
        states = (
            connection.execute(select(escalation.c.state).order_by(escalation.c.at, escalation.c.id)).scalars().all()
        )
    assert sorted(states) == sorted(["open", "acknowledged" if step == "acknowledge" else "released"])
    assert world.ledger.state("talk-1").level is Level.EMERGENCY
    assert "first" in world.calls_due()


async def test_a_danger_that_an_answer_tells_late_calls_staff_though_an_earlier_one_is_being_acknowledged(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.consenting()
    await world.say(DANGER)
    nurse, now, key = world.nurse(), world.clock.now(), open_escalation(world)
    state = world.ledger.state("talk-1")
    world.ledger.record(
        replace(
            danger(world, "m-late"), escalation=None, matches=(), raised=False, advice=(), base_version=state.version
        )
    )
    late = Outcome(
        conversation_id="talk-1",
        message_id="m-late",
        at=now,
        replies=(Reply("ADVICE"),),
        snapshot={},
        raised=RaisedEntry(
            escalation=entry(world, "m-late"),
            match=danger(world, "m-late").matches[0],
            advice="ADVICE",
            content_version="content-1",
        ),
    )
    with while_a_step_is_half_done(monkeypatch, lambda: world.ledger.settle(late)) as begun:
        world.desk.acknowledge(key, by=nurse, now=now)
        begun[0].result(20)
    with world.database.read() as connection:
        states = connection.execute(select(escalation.c.state)).scalars().all()
    assert sorted(states) == ["acknowledged", "open"]


async def test_the_same_danger_told_twice_in_one_moment_is_one_call(world: World) -> None:
    await world.consenting()
    arrivals = [danger(world, f"m-{n}") for n in range(4)]

    def told(arrival: Arrival) -> None:
        for _ in range(len(arrivals)):
            try:
                world.ledger.record(arrival)
                return
            except Outdated:
                arrival = replace(arrival, base_version=world.ledger.state("talk-1").version)

    at_once(*(lambda arrival=arrival: told(arrival) for arrival in arrivals))
    page = world.desk.open("talk-1", by="system", now=world.clock.now())
    assert [one.state for one in page.escalations] == ["open"]
    assert len(page.escalations[0].matches) == 4
    assert world.calls_due() == ["first"]
