"""The way out to push channels: claimed once, in order, whatever the database and however many processes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from conversation.world import START, World

from bot.conversation.entries import Arrival, post_id
from bot.conversation.ports import AlreadyTaken, Reply
from bot.conversation.posting_port import Line, Post, Posted

pytestmark = pytest.mark.anyio
CHANNELS = ("sms",)
CARD = {"card": {"level": "emergency", "title": "Call 999 now"}}


@pytest.fixture
def world(tmp_path: Path, url: str) -> Iterator[World]:
    made = World(tmp_path, url=url)
    yield made
    made.close()


def arrive(world: World, talk: str, number: int, *replies: Reply, **line: bool) -> None:
    state = world.ledger.state(talk)
    world.ledger.record(
        Arrival(
            conversation_id=talk,
            channel="sms",
            region="uk",
            message_id=f"m-{number}",
            text=f"words {number}",
            at=world.clock.now(),
            base_version=state.version if state else 0,
            line=Line(sender=f"sender-{talk}", address="sealed", event=f"event-{talk}-{number}", **line),
            fixed=replies,
        )
    )


def claim(world: World, *, limit: int = 10) -> tuple[Post, ...]:
    now = world.clock.now()
    return world.ledger.claim_posts(channels=CHANNELS, now=now, until=now + timedelta(seconds=60), limit=limit)


def texts(posts: tuple[Post, ...]) -> list[str]:
    return [post.row.reply.text for post in posts if post.row]


def sent(world: World, post: Post) -> None:
    assert world.ledger.post_done(Posted(post.id, world.clock.now(), "sent", ("SM1",)))


def test_one_post_of_a_conversation_at_a_time_in_its_order(world: World) -> None:
    arrive(world, "t1", 1, Reply("one"), Reply("two"))
    arrive(world, "t2", 1, Reply("other"))
    first = claim(world)
    assert sorted(texts(first)) == ["one", "other"]
    assert claim(world) == ()
    for post in first:
        sent(world, post)
    assert texts(claim(world)) == ["two"]


def test_a_claim_that_ran_out_is_taken_over_and_doubtful(world: World) -> None:
    arrive(world, "t1", 1, Reply("one"))
    assert not claim(world)[0].doubtful
    world.clock.pass_by(seconds=61)
    again = claim(world)[0]
    assert (again.doubtful, again.attempts) == (True, 1)


def test_advice_overtakes_what_waits_and_nothing_else_does(world: World) -> None:
    arrive(world, "t1", 1, Reply("one"), Reply("advice", custom=CARD), Reply("two"))
    assert texts(claim(world)) == ["advice"]
    assert texts(claim(world)) == ["one"]
    assert claim(world) == ()


async def test_two_processes_never_claim_the_same_post(tmp_path: Path, world: World, url: str) -> None:
    for number in range(12):
        arrive(world, f"t{number}", 1, Reply(f"to {number}"))
    (tmp_path / "two").mkdir()
    other = World(tmp_path / "two", url=url)
    try:
        took: list[str] = []
        for _ in range(4):
            both = await asyncio.gather(
                *(asyncio.to_thread(claim, door, limit=3) for door in (world, other)), return_exceptions=False
            )
            took += [text for posts in both for text in texts(posts)]
        assert sorted(took) == sorted(f"to {number}" for number in range(12))
    finally:
        other.close()


def test_an_event_is_taken_once_for_whatever_conversation(world: World) -> None:
    arrive(world, "t1", 1, Reply("one"))
    with pytest.raises(AlreadyTaken):
        world.ledger.record(
            Arrival(
                conversation_id="t2",
                channel="sms",
                region="uk",
                message_id="m-1",
                text="words",
                at=START,
                base_version=0,
                line=Line(sender="sender-t1", address="sealed", event="event-t1-1"),
            )
        )
    assert world.ledger.state("t2") is None


def test_reports_may_come_before_our_own_books(world: World) -> None:
    """The vendor was quicker than our own note: the part counts as taken and is not sent again."""
    arrive(world, "t1", 1, Reply("one"))
    post = claim(world)[0]
    assert world.ledger.post_report(post.id, part=0, vendor_id="SM7", state="sent", error=None, at=START)
    world.clock.pass_by(seconds=61)
    assert claim(world)[0].done == ("SM7",)


def test_a_message_of_two_parts_is_delivered_when_both_are(world: World) -> None:
    arrive(world, "t1", 1, Reply("one"))
    post = claim(world)[0]
    world.ledger.post_done(Posted(post.id, START, "sent", ("SM1", "SM2")))
    for part, state in ((0, "sent"), (1, "delivered")):
        world.ledger.post_report(post.id, part=part, vendor_id="", state="delivered", error=None, at=START)
        assert states(world) == [state]


def states(world: World) -> list[str]:
    with world.database.read() as connection:
        return [row[0] for row in connection.exec_driver_sql("SELECT state FROM post ORDER BY place")]


def test_a_report_on_nothing_we_know_changes_nothing(world: World) -> None:
    assert not world.ledger.post_report("p-0", part=0, vendor_id="SM1", state="read", error=None, at=START)
    assert not world.ledger.post_done(Posted("p-0", START, "sent"))


def test_stop_and_start_are_kept_with_the_message_that_said_so(world: World) -> None:
    arrive(world, "t1", 1, opted_out=True)
    arrive(world, "t1", 2, Reply("not wanted"), Reply("advice", custom=CARD))
    assert states(world) == ["cancelled", "waiting"]
    state = world.ledger.line("sender-t1")
    assert state is not None and state.opted_out
    arrive(world, "t1", 3, Reply("wanted"), opted_out=False)
    assert states(world)[-1] == "waiting"


def test_erasing_leaves_one_notice_and_then_no_address(world: World) -> None:
    arrive(world, "t1", 1, Reply("one"))
    world.ledger.erase("t1", at=START, by="patient")
    assert world.ledger.line("sender-t1") is None
    notice = claim(world)
    assert [(post.id, post.row) for post in notice] == [(post_id("t1", "erased"), None)]
    sent(world, notice[0])
    with world.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM push_line").scalar() == 0


def test_a_device_is_remembered_by_either_database(world: World) -> None:
    arrive(world, "t1", 1, Reply("one"))
    later = START + timedelta(days=14)
    world.ledger.remember_device("a" * 64, conversation_id="t1", origin="https://clinic.example", expires_at=later)

    def resume(old: str, new: str) -> object:
        return world.ledger.resume_device(
            old * 64, origin="https://clinic.example", next_hash=new * 64, now=world.clock.now(), expires_at=later
        )

    assert resume("a", "b") is not None
    world.clock.pass_by(minutes=5)
    assert resume("a", "c") is None, "a copy"
    assert resume("b", "d") is None, "and so it ends for all"
