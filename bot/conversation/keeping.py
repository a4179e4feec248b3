"""
Keep everything: in the ledger, or, when it does not answer in time, in the journal.

While the journal holds anything, new entries go behind it, so that the ledger gets
them in the order in which they happened.  `catch_up` brings the ledger up to date.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from bot.conversation.blocking import Threads
from bot.conversation.entries import Arrival, Outcome
from bot.conversation.limits import Limits
from bot.conversation.ports import (
    Journal,
    Ledger,
    LedgerUnavailable,
    MessageRow,
    Outdated,
    Stored,
    TalkState,
    TurnLost,
    UnknownConversation,
)
from bot.conversation.posting_port import Posted

log = logging.getLogger(__name__)

T = TypeVar("T")
Rebase = Callable[[Arrival, TalkState], Arrival]

_ATTEMPTS = 10  # at a conversation that others change at the same moment
_AWAY_FOR = 0.5  # seconds
_REPLAY_LIMIT = 60.0  # seconds for one run; the next goes on where it stopped


class NotKept(Exception):
    """Neither ledger nor journal took it: the sender has to send it again.  `said` is the advice that went out."""

    said: tuple[MessageRow, ...] = ()


class Keeper:
    """Every write and read of the conversation goes through here, off the event loop and with a limit."""

    def __init__(self, *, ledger: Ledger, journal: Journal, limits: Limits, rebase: Rebase, threads: int = 8) -> None:
        self.ledger = ledger
        self.journal = journal
        self._limits = limits
        self._rebase = rebase
        self._threads = Threads(number=threads, name="ledger")
        self._disk = Threads(number=1, queue=256, name="journal")
        self._replayer = Threads(number=1, queue=1, name="replay")
        self._catching: asyncio.Future[int] | None = None
        self._away_until = 0.0
        self.journaled = 0
        self.not_kept = 0

    # --- the two writes of a patient's path

    async def record(self, arrival: Arrival) -> Stored | None:
        """
        Returns:
            What the ledger made of it, None when the journal took it.

        Raises:
            Outdated, UnknownConversation: See `Ledger.record`.
            NotKept: Nobody took it.
        """
        return await self._write(partial(self.ledger.record, arrival), "arrival", arrival.to_json)

    async def record_later(self, arrival: Arrival) -> None:
        """Straight into the journal: its replay has the time to put it on top of whatever the ledger holds."""
        await self._journal("arrival", arrival.to_json())

    async def settle(self, outcome: Outcome) -> tuple[MessageRow, ...] | None:
        """
        The replies as stored, None when the journal took them.

        Raises:
            TurnLost, UnknownConversation: See `Ledger.settle`.
            NotKept: Nobody took them.
        """
        return await self._write(partial(self.ledger.settle, outcome), "outcome", outcome.to_json)

    async def erase(self, conversation_id: str, *, at: datetime, by: str) -> bool | None:
        """As `Ledger.erase`; None when the journal took it."""

        def payload() -> dict[str, Any]:
            return {"conversation_id": conversation_id, "at": at.isoformat(), "by": by}

        return await self._write(partial(self.ledger.erase, conversation_id, at=at, by=by), "erase", payload)

    async def alert_sent(self, alert_id: str, *, at: datetime, sent_to: str) -> None:
        """An alert of the journal was sent already; the ledger shall not send it again."""
        await self._write(
            partial(self.ledger.alert_done, alert_id, at=at, sent_to=sent_to),
            "alert",
            lambda: {"id": alert_id, "at": at.isoformat(), "sent_to": sent_to},
        )

    async def posted(self, posted: Posted) -> bool:
        """
        What became of a message on its way to a vendor.

        Returns:
            False when the ledger has no such message yet: say it again later.
        """
        done = await self._write(partial(self.ledger.post_done, posted), "posted", posted.to_json)
        return done is not False

    # --- everything else

    async def read(self, call: Callable[[], T], *, limit: float | None = None) -> T:
        """Raises LedgerUnavailable; also whatever else the database says is one."""
        try:
            return await self._threads.run(call, limit=limit or self._limits.ledger_read)
        except (LedgerUnavailable, UnknownConversation):
            raise
        except Exception as error:
            log.error("ledger.read_failed error=%s", type(error).__name__)
            raise LedgerUnavailable(f"reading failed ({type(error).__name__})") from error

    async def catch_up(self) -> int:
        """Replays the journal; returns how many entries.  Raises LedgerUnavailable while there is no ledger."""
        if self.journal.pending == 0:
            return 0
        applied = await self._replayer.run(partial(self.journal.replay, self._apply), limit=_REPLAY_LIMIT)
        log.info("journal.replayed entries=%d", applied)
        return applied

    def close(self) -> None:
        for threads in (self._threads, self._disk, self._replayer):
            threads.close()
        self.journal.close()

    async def caught_up(self) -> bool:
        """
        Whether the ledger has everything this process knows; what it lacks is replayed now if that is quick.

        After a try that failed the ledger counts as away for a moment, so that nobody waits twice.
        """
        if self.journal.pending == 0:
            return True
        loop = asyncio.get_running_loop()
        if loop.time() < self._away_until:
            return False
        if self._catching is None or self._catching.done():
            self._catching = asyncio.ensure_future(self.catch_up())
            self._catching.add_done_callback(_seen)
        try:
            await asyncio.wait_for(asyncio.shield(self._catching), self._limits.ledger_late)
        except (LedgerUnavailable, asyncio.TimeoutError):
            self._away_until = loop.time() + _AWAY_FOR
            return False
        return self.journal.pending == 0

    async def _write(self, call: Callable[[], T], kind: str, payload: Callable[[], Mapping[str, Any]]) -> T | None:
        """
        Into the ledger, and into the journal too when that takes long.

        The ledger recognises what comes twice.  It gets a moment more before its answer is
        given up, because what only the journal has other processes cannot see.
        """
        journaled = False
        if await self.caught_up():
            limit = self._limits.ledger + self._limits.ledger_late
            writing = asyncio.ensure_future(self._threads.run(call, limit=limit))
            writing.add_done_callback(_seen)
            done, _ = await asyncio.wait({writing}, timeout=self._limits.ledger)
            if not done:
                journaled = await self._journaled(kind, payload)
            try:
                return await writing
            except (Outdated, TurnLost, UnknownConversation):
                raise
            except LedgerUnavailable as error:
                log.warning("ledger.unavailable reason=%s", error)
            except Exception as error:  # noqa: BLE001  (whatever the database says, the message is kept)
                log.error("ledger.write_failed kind=%s error=%s", kind, type(error).__name__)
        if not journaled:
            await self._journal(kind, payload())
        return None

    async def _journaled(self, kind: str, payload: Callable[[], Mapping[str, Any]]) -> bool:
        """False when the disk did not take it: the ledger may still."""
        try:
            await self._journal(kind, payload())
        except NotKept:
            return False
        return True

    async def _journal(self, kind: str, payload: Mapping[str, Any]) -> None:
        try:
            await self._disk.run(partial(self.journal.append, kind, payload), limit=self._limits.journal)
        except Exception as error:
            self.not_kept += 1
            log.critical("journal.failed kind=%s error=%s", kind, type(error).__name__)
            raise NotKept(f"{kind}: {type(error).__name__}") from error
        self.journaled += 1

    def _record_on_top(self, arrival: Arrival) -> None:
        """On top of whatever the ledger holds, however often others change it meanwhile."""
        for _ in range(_ATTEMPTS):
            try:
                self.ledger.record(arrival)
            except Outdated as outdated:
                arrival = self._rebase(arrival, outdated.before)
            else:
                return
        raise LedgerUnavailable("the conversation changes faster than it can be caught up with")  # so: later

    def _apply(self, kind: str, payload: Mapping[str, Any]) -> None:
        """One journal entry into the ledger; runs in the replay thread."""
        if kind == "arrival":
            arrival = Arrival.from_json(payload)
            try:
                self._record_on_top(arrival)
            except UnknownConversation:
                log.info("journal.erased_meanwhile")
        elif kind == "outcome":
            try:
                self.ledger.settle(Outcome.from_json(payload))
            except UnknownConversation:
                log.info("journal.erased_meanwhile")
            except TurnLost:
                log.info("journal.answered_elsewhere")
        elif kind == "erase":
            at = datetime.fromisoformat(payload["at"])
            try:
                self.ledger.erase(payload["conversation_id"], at=at, by=payload["by"])
            except UnknownConversation:
                log.info("journal.nothing_to_erase")
        elif kind == "posted":
            self.ledger.post_done(Posted.from_json(payload))
        elif kind == "alert":
            sent_to = payload.get("sent_to", "")  # journals of earlier versions do not say
            self.ledger.alert_done(payload["id"], at=datetime.fromisoformat(payload["at"]), sent_to=sent_to)
        else:
            raise ValueError(f"unknown journal entry {kind!r}")


def _seen(done: asyncio.Future[Any]) -> None:
    """Somebody has looked at how it ended, also when whoever waited has gone."""
    if not done.cancelled():
        done.exception()
