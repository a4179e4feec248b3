"""
A front door as a process of its own, with a small engine: `door_worker.py FOLDER`, the rest from the environment.

Its engine's state is the list of the messages it has worked on, so that a message
worked on twice shows.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import datetime, timezone
from pathlib import Path

import uvicorn
from conversation.world import SENTENCES, TurningClock, World

from bot.channels.application import create_app
from bot.channels.pace import Pace
from bot.channels.parts import DoorParts
from bot.conversation.limits import Limits
from bot.conversation.ports import EngineAnswer, Reply, TurnFacts
from bot.records.notices import Notices


class Clock(TurningClock):
    def now(self) -> datetime:
        return datetime.now(timezone.utc)


async def answer(text: str, turn: TurnFacts | None) -> EngineAnswer:
    await asyncio.sleep(0.005)
    if turn is None:  # asked whether it is ready
        return EngineAnswer()
    before = (turn.dialogue.text or "") if turn.dialogue else ""
    consent = True if text.startswith("yes") and turn.consent is None else None
    words = f"You said: {text}"
    return EngineAnswer(replies=(Reply(words),), consent=consent, dialogue=f"{before} {turn.message_id}".strip())


def main(folder: Path) -> None:
    world = World(
        folder, url=os.environ["B12_DATABASE_URL"], clock=Clock(), limits=Limits(ledger=10, ledger_read=10), patience=5
    )
    world.engine.behave = answer  # type: ignore[assignment]

    def listen() -> None:
        loop = asyncio.get_running_loop()
        Notices(world.url, lambda talk, seq: loop.call_soon_threadsafe(world.conversations.told, talk))

    app = create_app(
        DoorParts(
            conversations=world.conversations,
            aftercare=world.aftercare,
            sentences=SENTENCES,
            words=lambda name: f"[{name}]",
            secret=os.environ["B12_SESSION_SECRET"],
            allowed_origins=(),
            pace=Pace(messages_a_minute=10_000, talks_a_minute=10_000),
            opening=(listen,),
        )
    )
    uvicorn.run(
        app, host="127.0.0.1", port=int(os.environ["B12_PORT"]), log_config=None, ws="none", timeout_graceful_shutdown=3
    )


main(Path(sys.argv[1]))
