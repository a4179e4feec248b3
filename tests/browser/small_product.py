"""
A real front door on a real ledger with a small engine that takes its time: `small_product.py FOLDER PORT SECONDS ORIGIN`.

Started and killed by the tests; everything but engine and rules is what patients get.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import uvicorn
from conversation.world import PATIENT, SENTENCES, World

from bot.channels.application import create_app
from bot.channels.parts import DoorParts
from bot.conversation.ports import EngineAnswer, Reply

WIDGET = Path(__file__).resolve().parents[2] / "bot" / "widget"
NUMBERS = replace(SENTENCES, emergency_number="999")


class Now:
    def now(self) -> datetime:
        return datetime.now(timezone.utc)


async def main(folder: Path, port: int, seconds: float, origin: str) -> None:
    world = World(folder, limits=replace(PATIENT, claim=timedelta(seconds=2)), clock=Now())  # type: ignore[arg-type]

    async def behave(text: str, turn: Any) -> EngineAnswer:
        if turn is not None:
            await asyncio.sleep(seconds)
        return EngineAnswer(replies=(Reply(f"You said: {text}"),), consent=True)

    world.engine.behave = behave
    app = create_app(
        DoorParts(
            conversations=world.conversations,
            aftercare=world.aftercare,
            sentences=NUMBERS,
            words=lambda name: f"[{name}]",
            secret="not-a-secret-at-all-0123456789",
            allowed_origins=(origin,),
            clinic_phone="01632 960 123",
            widget=WIDGET,
            home=WIDGET / "demo" / "index.html",
        )
    )
    await uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", ws="none")).serve()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]))
