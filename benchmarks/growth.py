"""
Does a turn of a long conversation cost more than one of a short one?

`.venv/bin/python -m benchmarks.growth` holds one conversation of 305 messages through the
trained model and the real ledger, and prints the median time of turns around 10, 100
and 300, their ratio, and the size of the dialogue's stored state.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

from benchmarks.stock import ROUND
from bot import wiring
from bot.conversation.one_talk import OneTalk
from bot.settings import read_settings

_AROUND = 5


class _Now:
    def now(self) -> datetime:
        return datetime.now(timezone.utc)


def main() -> int:
    """Prints the medians; returns 0."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--turns", type=int, default=305)
    turns = options.parse_args().turns
    with tempfile.TemporaryDirectory(prefix="b12-growth-") as folder:
        took, sizes = asyncio.run(_hold(Path(folder), turns))
    places = [place for place in (10, 100, 300) if place + _AROUND <= turns]
    medians = {place: statistics.median(took[place - _AROUND : place + _AROUND]) * 1000 for place in places}
    for place, median in medians.items():
        print(f"turn {place:>3}: {median:6.1f} ms, stored state {sizes[place]:,} bytes")
    if len(places) > 1:
        print(f"turn {places[-1]} takes {medians[places[-1]] / medians[places[0]]:.2f} times turn {places[0]}")
    return 0


async def _hold(folder: Path, turns: int) -> tuple[list[float], list[int]]:
    backend = wiring.rehearsal(read_settings(), region="uk", folder=folder, clock=_Now())
    talk = OneTalk(backend.conversations, channel="batch", region="uk")
    await talk.say("yes that's fine")
    took, sizes = [], []
    for turn in range(turns):
        began = time.perf_counter()
        await talk.say(ROUND[turn % len(ROUND)])
        took.append(time.perf_counter() - began)
        sizes.append(_stored(folder))
    backend.close()
    return took, sizes


def _stored(folder: Path) -> int:
    """Bytes of the dialogue's private state."""
    import sqlite3

    with sqlite3.connect(folder / "talks.db") as connection:
        found = connection.execute("select coalesce(max(length(state)), 0) from dialogue_state").fetchone()
    return int(found[0])


if __name__ == "__main__":
    raise SystemExit(main())
