"""
Run what blocks away from the event loop, in few threads, and never wait long.

A database that hangs keeps its thread until it answers, so their number is fixed, and
what does not fit is refused at once instead of piling up behind it.  The threads are
daemons: a hung call does not keep the process from ending.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

from bot.conversation.ports import LedgerUnavailable

T = TypeVar("T")
_Work = tuple["Future[Any]", Callable[[], Any]]


class Threads:
    """
    Args:
        number: How many calls run at once.
        queue: How many more may wait for a thread.
    """

    def __init__(self, *, number: int, queue: int = 64, name: str = "ledger") -> None:
        self._name = name
        self._room = number + queue
        self._number = number
        self._busy = 0
        self._counting = threading.Lock()
        self._work: SimpleQueue[_Work | None] = SimpleQueue()
        for index in range(number):
            threading.Thread(target=self._serve, name=f"{name}-{index}", daemon=True).start()

    @property
    def busy(self) -> int:
        """Calls that run or wait for a thread."""
        return self._busy

    async def run(self, call: Callable[[], T], *, limit: float) -> T:
        """
        The result of `call`, or its own error.

        Raises:
            LedgerUnavailable: No answer within `limit` seconds, or too many calls wait
                already.  The call may still take effect later: it must be repeatable.
        """
        with self._counting:
            if self._busy >= self._room:
                raise LedgerUnavailable(f"{self._busy} {self._name} calls are waiting already")
            self._busy += 1
        future: Future[T] = Future()
        future.add_done_callback(self._finished)
        self._work.put((future, call))
        waiting = asyncio.wrap_future(future)
        waiting.add_done_callback(_seen)  # also when whoever asked is cancelled and nobody looks any more
        done, _ = await asyncio.wait({waiting}, timeout=limit)
        if not done:
            future.cancel()  # has an effect only while it waits for a thread
            raise LedgerUnavailable(f"the {self._name} did not answer within {limit:g} seconds")
        return waiting.result()

    def close(self) -> None:
        for _ in range(self._number):
            self._work.put(None)

    def _serve(self) -> None:
        while (work := self._work.get()) is not None:
            future, call = work
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = call()
            except BaseException as error:  # noqa: BLE001  (it belongs to whoever waits)
                future.set_exception(error)
            else:
                future.set_result(result)
            del work, future, call  # keep nothing of the last call alive

    def _finished(self, _: Future[Any]) -> None:
        with self._counting:
            self._busy -= 1


def _seen(late: asyncio.Future[Any]) -> None:
    if not late.cancelled():
        late.exception()
