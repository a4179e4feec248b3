"""
Bring messages to the patient's open tabs: at once what this process makes, soon what others make.

Listeners get events; what they missed they read from the ledger (`history`).  A message
is told apart by its id, so it may safely be announced twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bot.conversation.keeping import Keeper
from bot.conversation.memory import Talks
from bot.conversation.ports import Clock, LedgerUnavailable, MessageRow, Newest, TalkState
from bot.conversation.tracing import where

log = logging.getLogger(__name__)

_TOGETHER = 0.02  # seconds: what is written in one go is read in one go
WRITING_LASTS = timedelta(seconds=6)  # the console says every 3 s that somebody still types
_MOST_WAITING = 500  # events; a tab that does not read is cut off and comes back with its seq


@dataclass(frozen=True)
class Event:
    """`kind` is message, typing, mode or erased."""

    kind: str
    row: MessageRow | None = None
    data: dict[str, Any] = field(default_factory=dict)


class Listener:
    """One open tab.  `events` ends with None when the tab is cut off."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[Event | None] = asyncio.Queue(maxsize=_MOST_WAITING)
        self.cut = False

    def put(self, event: Event | None) -> None:
        if self.cut:
            return
        try:
            self.events.put_nowait(event)
        except asyncio.QueueFull:
            self.cut = True
            self.events.get_nowait()
            self.events.put_nowait(None)


class Delivery:
    """Who listens to which conversation, and what they have got."""

    def __init__(self, *, keeper: Keeper, talks: Talks, clock: Clock) -> None:
        self._keeper = keeper
        self._talks = talks
        self._clock = clock
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self._announced: dict[str, int] = {}  # highest seq that listeners were told of
        self._modes: dict[str, str] = {}
        self._typing: dict[str, int] = defaultdict(int)
        self._writers: dict[str, tuple[datetime, asyncio.TimerHandle]] = {}  # staff shown as writing
        self.carry: Callable[[str, Sequence[MessageRow]], None] | None = None  # push channels; see posting
        self._to_look_at: set[str] = set()
        self._looking: set[asyncio.Task[None]] = set()  # the loop itself keeps no task alive

    @property
    def open_tabs(self) -> int:
        return sum(len(listeners) for listeners in self._listeners.values())

    def tabs_of(self, conversation_id: str) -> int:
        return len(self._listeners.get(conversation_id, ()))

    @contextmanager
    def listening(self, conversation_id: str) -> Iterator[Listener]:
        listener = Listener()
        self._listeners[conversation_id].add(listener)
        try:
            yield listener
        finally:
            listeners = self._listeners[conversation_id]
            listeners.discard(listener)
            if not listeners:
                del self._listeners[conversation_id]
                self._announced.pop(conversation_id, None)
                self._modes.pop(conversation_id, None)
                self._forget_writer(conversation_id)

    # --- telling

    def tell(self, conversation_id: str, rows: Iterable[MessageRow]) -> None:
        rows = tuple(rows)
        if self.carry is not None:
            self.carry(conversation_id, rows)
        for row in rows:
            if row.seq is not None and row.seq == self._announced.get(conversation_id, -1) + 1:
                self._announced[conversation_id] = row.seq  # a gap is somebody else's: the watch fills it
            self._put(conversation_id, Event("message", row=row))

    def tell_mode(self, conversation_id: str, mode: str) -> None:
        if self._modes.get(conversation_id) != mode:
            self._modes[conversation_id] = mode
            self._put(conversation_id, Event("mode", data={"mode": mode}))

    def tell_erased(self, conversation_id: str) -> None:
        self._put(conversation_id, Event("erased"))

    @contextmanager
    def typing(self, conversation_id: str) -> Iterator[None]:
        """The assistant works while this is open."""
        self._typing[conversation_id] += 1
        if self._typing[conversation_id] == 1:
            self._put(conversation_id, Event("typing", data={"on": True}))
        try:
            yield
        finally:
            self._typing[conversation_id] -= 1
            if not self._typing[conversation_id]:
                del self._typing[conversation_id]
                self._put(conversation_id, Event("typing", data={"on": False}))

    def is_typing(self, conversation_id: str) -> bool:
        return conversation_id in self._typing

    def writing(self, newest: Newest) -> str | None:
        """The name of the member of staff who types a reply just now."""
        writer = newest.writer
        if writer is None or newest.mode != "staff" or abs(self._clock.now() - writer.at) >= WRITING_LASTS:
            return None
        return writer.name

    def _tell_writing(self, conversation_id: str, newest: Newest) -> None:
        name, writer = self.writing(newest), newest.writer
        if name is None or writer is None:
            self._stop_writing(conversation_id)
        elif (before := self._writers.get(conversation_id)) is None or before[0] != writer.at:
            self._forget_writer(conversation_id)
            left = min(WRITING_LASTS, writer.at + WRITING_LASTS - self._clock.now()).total_seconds()
            timer = asyncio.get_running_loop().call_later(left, self._stop_writing, conversation_id)
            self._writers[conversation_id] = (writer.at, timer)
            self._put(conversation_id, Event("typing", data={"on": True, "by": name}))

    def _stop_writing(self, conversation_id: str) -> None:
        if self._forget_writer(conversation_id):
            self._put(conversation_id, Event("typing", data={"on": self.is_typing(conversation_id)}))

    def _forget_writer(self, conversation_id: str) -> bool:
        shown = self._writers.pop(conversation_id, None)
        if shown is None:
            return False
        shown[1].cancel()
        return True

    # --- reading

    async def standing(self, conversation_id: str) -> Newest:
        """
        How far a conversation has come and who answers now, from the ledger: other processes serve it too.

        While the ledger is away, what this process knows.
        """
        try:
            newest = await self._keeper.read(partial(self._keeper.ledger.newest, [conversation_id]))
        except LedgerUnavailable as error:
            log.warning("delivery.standing_from_memory reason=%s", error)
            newest = {}
        talk = self._talks.get(conversation_id)
        known = talk.state if talk else TalkState(conversation_id)
        return newest.get(conversation_id, Newest(seq=known.last_seq, mode=known.mode, erased=known.erased))

    async def history(self, conversation_id: str, *, after: int, limit: int = 200) -> tuple[MessageRow, ...]:
        """
        What the patient may see after `after`, then what only the journal has so far.

        While the ledger is away the second part is all there is.
        """
        talk = self._talks.get(conversation_id)
        loose = tuple(talk.loose.values()) if talk else ()
        try:
            rows = await self._keeper.read(
                partial(self._keeper.ledger.messages, conversation_id, after=after, limit=limit)
            )
        except LedgerUnavailable as error:
            log.warning("delivery.history_from_memory reason=%s", error)
            return loose
        known = {row.id for row in rows}
        return (*rows, *(row for row in loose if row.id not in known))

    async def watch(self) -> None:
        """
        One look at what other processes wrote for the open tabs (staff replies, hand-over).

        Raises:
            LedgerUnavailable: Next time.
        """
        await self._look_at(list(self._listeners))

    def told(self, conversation_id: str) -> None:
        """Another process, or this one, has written something; does nothing where nobody listens."""
        if conversation_id not in self._listeners or conversation_id in self._to_look_at:
            return
        self._to_look_at.add(conversation_id)
        task = asyncio.get_running_loop().create_task(self._look_soon(conversation_id))
        self._looking.add(task)
        task.add_done_callback(self._looked)

    def _looked(self, task: asyncio.Task[None]) -> None:
        self._looking.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("delivery.look_failed error=%s at=%s", type(error).__name__, where(error))

    async def _look_soon(self, conversation_id: str) -> None:
        await asyncio.sleep(_TOGETHER)
        self._to_look_at.discard(conversation_id)
        try:
            await self._look_at([conversation_id])
        except LedgerUnavailable as error:
            log.info("delivery.looks_later reason=%s", error)  # the watch does

    async def _look_at(self, watched: list[str]) -> None:
        if not watched:
            return
        for conversation_id, newest in (await self._keeper.read(partial(self._keeper.ledger.newest, watched))).items():
            if newest.erased:
                self.tell_erased(conversation_id)
                continue
            before = min(self._announced.setdefault(conversation_id, newest.seq), newest.seq)
            if newest.seq > before:
                rows = await self._keeper.read(partial(self._keeper.ledger.messages, conversation_id, after=before))
                self.tell(conversation_id, rows)
                self._announced[conversation_id] = max(newest.seq, before)
            self.tell_mode(conversation_id, newest.mode)
            self._tell_writing(conversation_id, newest)

    def seen_up_to(self, conversation_id: str, seq: int) -> None:
        """The first tab of a conversation has read up to here; the watch goes on from there."""
        if conversation_id in self._listeners:
            self._announced.setdefault(conversation_id, seq)

    async def note_delivered(self, conversation_id: str, seq: int) -> None:
        """Tells the ledger that a device got everything up to `seq`; a failure is no harm."""
        try:
            await self._keeper.read(
                partial(self._keeper.ledger.delivered, conversation_id, seq=seq, at=self._clock.now())
            )
        except LedgerUnavailable as error:
            log.info("delivery.not_noted reason=%s", error)

    def _put(self, conversation_id: str, event: Event) -> None:
        for listener in tuple(self._listeners.get(conversation_id, ())):
            listener.put(event)
