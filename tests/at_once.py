"""Several steps in the same moment, for tests of what staff do to one conversation at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from bot.conversation.desk import DeskConflict


def at_once(*steps: Callable[[], Any]) -> list[Any]:
    """Each step in a thread of its own, all let go at one moment; what it returned or which conflict it raised."""
    barrier = Barrier(len(steps))

    def run(step: Callable[[], Any]) -> Any:
        barrier.wait(10)
        try:
            return step()
        except DeskConflict as conflict:
            return conflict

    with ThreadPoolExecutor(len(steps)) as pool:
        return list(pool.map(run, steps))
