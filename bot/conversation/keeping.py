"""
Keep everything: in the ledger, or, when it does not answer in time, in the journal.

While the journal holds anything, new entries go behind it, so that the ledger gets
them in the order in which they happened.  `catch_up` brings the ledger up to date.
"""

from __future__ import annotations

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
    UnknownConversation,
)

log = logging.getLogger(__name__)

T = TypeVar("T")
Rebase = Callable[[Arrival, TalkState], Arrival]

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
        """The replies as stored, None when the journal took them."""
        return await self._write(partial(self.ledger.settle, outcome), "outcome", outcome.to_json)

    async def erase(self, conversation_id: str, *, at: datetime, by: str) -> bool | None:
        """As `Ledger.erase`; None when the journal took it."""

        def payload() -> dict[str, Any]:
            return {"conversation_id": conversation_id, "at": at.isoformat(), "by": by}

        return await self._write(partial(self.ledger.erase, conversation_id, at=at, by=by), "erase", payload)

    async def alert_sent(self, alert_id: str, *, at: datetime) -> None:
        """An alert of the journal was sent already; the ledger shall not send it again."""
        await self._write(
            partial(self.ledger.alert_done, alert_id, at=at), "alert", lambda: {"id": alert_id, "at": at.isoformat()}
        )

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

    async def _write(self, call: Callable[[], T], kind: str, payload: Callable[[], Mapping[str, Any]]) -> T | None:
        if self.journal.pending == 0:
            try:
                return await self._threads.run(call, limit=self._limits.ledger)
            except (Outdated, UnknownConversation):
                raise
            except LedgerUnavailable as error:
                log.warning("ledger.unavailable reason=%s", error)
            except Exception as error:  # noqa: BLE001  (whatever the database says, the message is kept)
                log.error("ledger.write_failed kind=%s error=%s", kind, type(error).__name__)
        await self._journal(kind, payload())
        return None

    async def _journal(self, kind: str, payload: Mapping[str, Any]) -> None:
        try:
            await self._disk.run(partial(self.journal.append, kind, payload), limit=self._limits.journal)
        except Exception as error:
            self.not_kept += 1
            log.critical("journal.failed kind=%s error=%s", kind, type(error).__name__)
            raise NotKept(f"{kind}: {type(error).__name__}") from error
        self.journaled += 1

    def _apply(self, kind: str, payload: Mapping[str, Any]) -> None:
        """One journal entry into the ledger; runs in the replay thread."""
        if kind == "arrival":
            arrival = Arrival.from_json(payload)
            try:
                self.ledger.record(arrival)
            except Outdated as outdated:
                self.ledger.record(self._rebase(arrival, outdated.before))
            except UnknownConversation:
                log.info("journal.erased_meanwhile")
        elif kind == "outcome":
            try:
                self.ledger.settle(Outcome.from_json(payload))
            except UnknownConversation:
                log.info("journal.erased_meanwhile")
        elif kind == "erase":
            at = datetime.fromisoformat(payload["at"])
            try:
                self.ledger.erase(payload["conversation_id"], at=at, by=payload["by"])
            except UnknownConversation:
                log.info("journal.nothing_to_erase")
        elif kind == "alert":
            self.ledger.alert_done(payload["id"], at=datetime.fromisoformat(payload["at"]))
        else:
            raise ValueError(f"unknown journal entry {kind!r}")
