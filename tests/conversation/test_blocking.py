"""Calls that block, away from the event loop."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import Any

import pytest

from bot.conversation.blocking import Threads
from bot.conversation.ports import LedgerUnavailable


def test_a_late_error_of_a_call_nobody_waits_for_any_more_is_no_error_of_the_loop() -> None:
    complaints: list[dict[str, Any]] = []
    threads = Threads(number=1)
    go_on, ended = threading.Event(), threading.Event()

    def fails_late() -> None:
        go_on.wait(5)
        ended.set()
        raise LedgerUnavailable("database is locked")

    async def gone_away() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        waiting = asyncio.ensure_future(threads.run(fails_late, limit=5))
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        del waiting
        go_on.set()
        await asyncio.to_thread(ended.wait, 5)
        while threads.busy:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)  # for the error to come over from the thread
        gc.collect()

    asyncio.run(gone_away())
    threads.close()
    assert ended.is_set()
    assert complaints == []
