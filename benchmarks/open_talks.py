"""
Memory of many open conversations in one front door.

`.venv/bin/python -m benchmarks.open_talks` opens 10,000 conversations over the trained
model and the real ledger, sends two messages in each, keeps a listener (an open tab) on
every one, and prints the resident memory before, half-way and at the end.  What counts
is the second half: the first also holds what is loaded late.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import os
import secrets
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

from bot.engine.without_tensorflow import spare

SAID = ("yes that's fine", "i am tired and my feet tingle")


class _Now:
    def now(self) -> datetime:
        return datetime.now(timezone.utc)


def main() -> int:
    """Prints the figures; returns 0."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--talks", type=int, default=10_000)
    talks = options.parse_args().talks
    spare()
    with tempfile.TemporaryDirectory(prefix="b12-open-") as folder:
        asyncio.run(_hold(Path(folder), talks))
    return 0


async def _hold(folder: Path, talks: int) -> None:
    from bot import wiring
    from bot.conversation.inbound import Inbound
    from bot.settings import read_settings

    backend = wiring.rehearsal(read_settings(), region="uk", folder=folder, clock=_Now())
    conversations = backend.conversations
    marks, began = [_resident()], time.process_time()
    with contextlib.ExitStack() as open_tabs:
        for number in range(1, talks + 1):
            talk = secrets.token_urlsafe(16)
            conversations.begin(talk, channel="web", region="uk")
            open_tabs.enter_context(conversations.delivery.listening(talk))
            for text in SAID:
                message = Inbound(
                    conversation_id=talk,
                    message_id=secrets.token_hex(8),
                    text=text,
                    channel="web",
                    region="uk",
                    at=conversations.clock.now(),
                )
                await conversations.receive(message)
                await conversations.settle_down(within=60)
            if number in (talks // 2, talks):
                marks.append(_resident())
                print(f"{number:,} open: {marks[-1] / 1e6:.0f} MB", flush=True)
    spent = time.process_time() - began
    backend.close()
    each = (marks[2] - marks[1]) / max(talks - talks // 2, 1)
    print(
        f"before any: {marks[0] / 1e6:.0f} MB; {spent / (talks * len(SAID)) * 1000:.0f} ms of processor time a message"
    )
    print(f"{each / 1e3:.1f} kB each in the second half, {each * 10_000 / 1e6:.0f} MB for 10,000")


def _resident() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    raise SystemExit(main())
