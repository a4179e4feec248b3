"""The classifier reads in a thread: what rules see is answered at once, what only it sees a moment later, and both count."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.clinical.codes import Level
from conversation.small_screen import SmallResult, SmallScreen, SmallState
from conversation.world import World, until

pytestmark = pytest.mark.anyio


class TwoReaders(SmallScreen):
    """Its rules are those of `SmallScreen`; only a closer look understands "an elephant sits on me"."""

    def __init__(self) -> None:
        super().__init__()
        self.may_read = threading.Event()
        self.may_read.set()
        self.closely: list[str] = []

    def suspects(self, text: str, state: SmallState, *, at: datetime) -> bool:
        self.may_read.wait(20)
        self.closely.append(text)
        return "elephant" in text

    def screen(self, text: str, state: SmallState, *, at: datetime, by_rules: bool = False) -> SmallResult:
        meant = text if by_rules else text.replace("an elephant sits on me", "I have chest pain      ")
        return super().screen(meant, state, at=at)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, screen=TwoReaders())
    yield made
    made.screen.may_read.set()  # type: ignore[attr-defined]
    made.close()


async def test_what_only_the_classifier_sees_is_advised_on_before_the_answer(world: World) -> None:
    assert (await world.say("an elephant sits on me"))[0] == "ADVICE emergency cardiac"
    assert world.ledger.state("talk-1").level is Level.EMERGENCY
    page = world.desk.open("talk-1", by="system", now=world.clock.now())
    assert len(page.escalations) == 1


async def test_a_classifier_at_work_delays_no_advice_of_the_rules(world: World) -> None:
    world.screen.may_read.clear()  # type: ignore[attr-defined]
    reading = await_started(world, "an elephant sits on me")
    with world.conversations.delivery.listening("talk-2") as listener:
        sending = await_started(world, "I have chest pain", talk="talk-2")
        await until(lambda: not listener.events.empty())
        event = listener.events.get_nowait()
        assert event is not None and event.row is not None
        assert event.row.reply.text == "ADVICE emergency cardiac"
    world.screen.may_read.set()  # type: ignore[attr-defined]
    await reading
    await sending
    await world.conversations.settle_down(within=30)
    assert "ADVICE emergency cardiac" in await world.texts()


async def test_messages_behind_a_suspected_one_are_looked_at_again_from_there(world: World) -> None:
    """The second message was screened before the first was understood; no fact of either may go missing."""
    world.screen.may_read.clear()  # type: ignore[attr-defined]
    sending = [
        await_started(world, text) for text in ("an elephant sits on me", "my leg is swollen", "I am breathless")
    ]
    await until(lambda: world.conversations.busy >= 3)
    world.screen.may_read.set()  # type: ignore[attr-defined]
    for each in sending:
        await each
    await world.conversations.settle_down(within=30)
    facts = world.ledger.state("talk-1").screen_state["facts"]
    assert facts == ["chest-pain", "leg", "clot"]
    assert [row.reply.text for row in await world.screen_of() if row.author == "patient"] == [
        "an elephant sits on me",
        "my leg is swollen",
        "I am breathless",
    ]


async def test_a_refused_message_is_read_closely_too(world: World) -> None:
    said = await world.conversations.refuse(world.inbound("an elephant sits on me"))
    assert [row.reply.text for row in said] == ["ADVICE emergency cardiac"]
    assert await world.conversations.refuse(world.inbound("the weather is fine")) == ()
    assert (await world.say("my leg is swollen"))[0] == "ADVICE emergency dvt"


async def test_a_message_of_a_conversation_that_is_over_is_read_closely_too(world: World) -> None:
    said = await world.conversations.advise_only(world.inbound("an elephant sits on me"))
    assert [row.reply.text for row in said] == ["ADVICE emergency cardiac"]


def await_started(world: World, text: str, *, talk: str = "talk-1"):  # type: ignore[no-untyped-def]
    import asyncio

    return asyncio.ensure_future(world.send(text, talk=talk))
