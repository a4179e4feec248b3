"""
The process is killed at each step of carrying a message out: nothing is lost, and doubled only where nobody can know.

The stand-in of the vendor writes what it took into a file, as the vendor would keep it
whatever becomes of us.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import signal
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from conversation.dying import armed, die
from starlette.requests import Request
from starlette.responses import Response

from channels.push_town import ADVICE, Town
from channels.vendors import Twilio

WORDS = "my feet tingle"
ANSWER = f"You said: {WORDS}"


def remembering(stand_in: Any, file: Path, step: str) -> None:
    """The stand-in keeps what it takes on disk, and may kill us before or after."""
    create_name = "create" if isinstance(stand_in, Twilio) else "call"
    create = getattr(stand_in, create_name)

    async def kept(request: Request) -> Response:
        if step == "before:vendor":
            die()
        answer: Response = await create(request)
        with file.open("w") as stream:
            json.dump(stand_in.sent, stream, default=lambda at: at.isoformat())
        if step == "after:vendor":
            die()
        return answer

    setattr(stand_in, create_name, kept)
    stand_in.app.router.routes[:] = stand_in.routes()


async def live(folder: Path, step: str, words: str, channel: str) -> None:
    """A first life that ends at `step`."""
    town = Town(folder)
    vendor = town.twilio if channel == "sms" else town.telegram
    await hear(town, channel, "hello", 1)
    await hear(town, channel, "yes", 2)
    vendor.sent.clear()
    remembering(vendor, folder / "vendor.json", step)
    moment, _, target = step.partition(":")
    if "." in target:
        method = target.partition(".")[2]
        setattr(town.world.ledger, method, armed(getattr(town.world.ledger, method), before=moment == "before"))
    await hear(town, channel, words, 3)


async def hear(town: Town, channel: str, words: str, number: int) -> None:
    if channel == "sms":
        await town.text(words, sid=f"SM{number:04d}")
    else:
        town.number = number - 1
        chat = {"id": 77, "type": "private"}
        await town.update({"message": {"message_id": number, "from": {"id": 77}, "chat": chat, "text": words}})
    await town.settle()


async def live_again(folder: Path, words: str, channel: str) -> list[str]:
    """A second life on the same files; returns everything that the vendor took."""
    town = Town(folder)
    vendor = town.twilio if channel == "sms" else town.telegram
    file = folder / "vendor.json"
    if file.exists():
        for message in json.loads(file.read_text()):
            at = {"at": datetime.fromisoformat(message["at"])} if "at" in message else {}
            vendor.sent.append({**message, **at})
    await town.world.aftercare.replay()
    town.world.clock.pass_by(minutes=5)
    await town.world.aftercare.take_up_unanswered()
    await hear(town, channel, words, 3)  # the vendor got no answer and sends it again
    for _ in range(3):
        town.world.clock.pass_by(minutes=5)
        await town.settle()
    assert {state for state, _ in town.posts()} <= {"sent", "delivered"}
    town.close()
    return vendor.texts


def killed(folder: Path, step: str, words: str, channel: str) -> None:
    child = multiprocessing.get_context("fork").Process(target=lambda: asyncio.run(live(folder, step, words, channel)))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL, step


@pytest.mark.parametrize(
    "step",
    [
        "before:ledger.record",
        "after:ledger.record",
        "after:ledger.settle",
        "before:ledger.claim_posts",
        "after:ledger.claim_posts",
        "before:vendor",
        "after:vendor",
        "before:ledger.post_done",
        "after:ledger.post_done",
    ],
)
def test_a_kill_neither_loses_nor_doubles_an_answer(tmp_path: Path, step: str) -> None:
    killed(tmp_path, step, WORDS, "sms")
    assert asyncio.run(live_again(tmp_path, WORDS, "sms")) == [ANSWER]


@pytest.mark.parametrize("step", ["before:ledger.record", "after:ledger.record", "before:vendor", "after:vendor"])
def test_a_kill_never_loses_advice(tmp_path: Path, step: str) -> None:
    """It leaves before anything is stored; whoever dies in between may say it twice, and must not say it never."""
    killed(tmp_path, step, "I have chest pain", "sms")
    texts = asyncio.run(live_again(tmp_path, "I have chest pain", "sms"))
    assert texts.count("You said: I have chest pain") == 1
    assert 1 <= texts.count(ADVICE) <= 2


def test_a_vendor_that_cannot_be_asked_gets_the_message_twice_at_most(tmp_path: Path) -> None:
    killed(tmp_path, "after:vendor", WORDS, "telegram")
    assert asyncio.run(live_again(tmp_path, WORDS, "telegram")) == [ANSWER, ANSWER]
