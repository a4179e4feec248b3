"""
A backend process that kills itself at a named step: `crash_worker.py FOLDER STEP`.

Prints a line for each message whose receipt it gave, so that the test knows what was
promised.  STEP is the name of a method with "before" or "after", for example
`after:ledger.record`.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from pathlib import Path
from typing import Any

from conversation.dying import armed, die
from conversation.world import World


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def main(folder: Path, step: str) -> None:
    world = World(folder, patience=0.3)
    moment, _, target = step.partition(":")
    part, _, method = target.partition(".")
    without_ledger = part in ("journal", "replay")
    await world.consenting()
    other = sqlite3.connect(folder / "ledger.db", isolation_level=None)
    if without_ledger:
        other.execute("BEGIN EXCLUSIVE")
    owner: Any = {
        "ledger": world.ledger,
        "journal": world.journal,
        "engine": world.engine,
        "replay": world.ledger,
    }[part]
    if part == "engine":

        async def behave(text: str, turn: Any) -> Any:
            die()

        world.engine.behave = behave
    elif part != "replay":
        setattr(owner, method, armed(getattr(owner, method), before=moment == "before"))
    receipt = await world.send("I have chest pain", message_id="message-x")
    tell(f"acknowledged {receipt.message_id}")
    await world.conversations.settle_down(within=30)
    if part == "replay":
        other.execute("ROLLBACK")
        setattr(owner, method, armed(getattr(owner, method), before=moment == "before"))
        await world.aftercare.replay()
    tell("survived")


asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
