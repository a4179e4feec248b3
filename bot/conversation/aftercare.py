"""
What goes on beside the turns: the journal's replay, messages left unanswered, alerts, forgetting.

Each duty runs on its own rhythm and its failure is logged and tried again; none can
stop another.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from bot.conversation.ports import Alert, AlertRoute, Backlog, LedgerUnavailable, Reply
from bot.conversation.tracing import where
from bot.conversation.turn import Conversations

log = logging.getLogger(__name__)

_FIRST_RETRY = timedelta(seconds=15)
_LAST_RETRY = timedelta(minutes=5)
_ALERT_CLAIM = timedelta(minutes=3)  # longer than a handful of alerts takes when every route hangs


#: A name for the log, what to do, and the seconds between two rounds.
Duty = tuple[str, Callable[[], Awaitable[object]], float]


class Aftercare:
    """
    Args:
        routes: Ways to reach staff; an alert counts as sent when one of them took it.
        second_routes: Ways to reach the second contact, tried first for an alert that
            goes out because nobody acknowledged the one before.
        also: Further duties of this process.
        pace: Seconds between two looks at the journal and the open tabs; other duties
            run at multiples of it.
    """

    def __init__(
        self,
        conversations: Conversations,
        *,
        routes: Sequence[AlertRoute] = (),
        second_routes: Sequence[AlertRoute] = (),
        also: Sequence[Duty] = (),
        pace: float = 0.5,
    ) -> None:
        self._conversations = conversations
        self._keeper = conversations.keeper
        self._clock = conversations.clock
        self._limits = conversations.limits
        self._routes = tuple(routes)
        self._second_routes = tuple(second_routes)
        self._also = tuple(also)
        self._pace = pace
        self._tasks: list[asyncio.Task[None]] = []
        self.alerts_sent = 0
        self.alerts_failed = 0
        self.backlog: Backlog | None = None  # as it was looked at last
        self.backlog_at: datetime | None = None

    def start(self) -> None:
        duties: tuple[Duty, ...] = (
            ("replay", self.replay, self._pace),
            ("watch", self._conversations.delivery.watch, 2 * self._pace),
            ("alerts", self.send_alerts, 4 * self._pace),
            ("at_work", self._conversations.turns.keep, 4 * self._pace),
            ("unanswered", partial(self.take_up_unanswered, wait=False), 2 * self._pace),
            ("erase", self._conversations.erase_again, 20 * self._pace),
            ("backlog", self.look_at_backlog, 20 * self._pace),
            ("hand_back", self.hand_back_silent, 120 * self._pace),
            ("forget", self.forget, 600 * self._pace),
            *self._also,
        )
        for name, duty, every in duties:
            self._tasks.append(asyncio.get_running_loop().create_task(self._repeat(name, duty, every)))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    # --- the duties, each one round

    async def replay(self) -> int:
        """Brings the ledger up to date; what was only in memory is then in the ledger."""
        applied = await self._keeper.catch_up()
        if applied and self._keeper.journal.pending == 0:
            for talk in self._conversations.talks.all():
                talk.loose.clear()
        return applied

    async def take_up_unanswered(self, *, wait: bool = True) -> int:
        """Messages whose process is gone; without `wait` their turns go on by themselves."""
        now = self._clock.now()
        waiting = await self._keeper.read(
            partial(self._keeper.ledger.claim_unanswered, now=now, until=now + self._limits.claim)
        )
        taken = [self._conversations.take_up_soon(text) for text in waiting]
        if wait:
            await asyncio.gather(*taken)
        return len(waiting)

    async def send_alerts(self) -> int:
        """Every due alert to the first route that takes it; failed ones come again, ever more slowly."""
        await self._send_loose()
        now = self._clock.now()
        due = await self._keeper.read(partial(self._keeper.ledger.claim_alerts, now=now, until=now + _ALERT_CLAIM))
        for alert in due:
            sent_to, error = await self._send(alert)
            wait = min(_FIRST_RETRY * 2 ** min(alert.attempts, 10), _LAST_RETRY)
            await self._keeper.read(
                partial(
                    self._keeper.ledger.alert_done,
                    alert.id,
                    at=self._clock.now(),
                    sent_to=sent_to,
                    error=error,
                    retry_at=now + wait if error else None,
                )
            )
        return len(due)

    async def look_at_backlog(self) -> None:
        """For the figures: what waits, for staff and for an answer."""
        self.backlog = await self._keeper.read(self._keeper.ledger.backlog)
        self.backlog_at = self._clock.now()

    async def hand_back_silent(self) -> tuple[str, ...]:
        """Staff took over and went silent: the assistant answers again, and says so."""
        now = self._clock.now()
        ids = await self._keeper.read(
            partial(
                self._keeper.ledger.hand_back_silent,
                before=now - self._limits.staff_silent,
                at=now,
                say=Reply(self._conversations.sentences.handed_back),
            )
        )
        for conversation_id in ids:
            talk = self._conversations.talks.get(conversation_id)
            if talk is not None:
                talk.known = False
        return tuple(ids)

    async def forget(self) -> None:
        """Held texts after a day, conversations after their retention."""
        now = self._clock.now()
        ledger = self._keeper.ledger
        blanked = await self._keeper.read(partial(ledger.blank_held, before=now - self._limits.held, at=now), limit=10)
        purged = await self._keeper.read(
            partial(
                ledger.purge,
                self._limits.keep_rules,
                at=now,
            ),
            limit=30,
        )
        for conversation_id in blanked:
            await self._conversations.answering.engine_forgets(conversation_id)
        if blanked or purged:
            log.info("aftercare.forgot blanked=%d purged=%d", len(blanked), purged)

    async def _send_loose(self) -> None:
        """While the ledger is away the inbox shows nothing: the call itself must not wait for it."""
        loose = self._conversations.loose_alerts
        for alert_id, alert in list(loose.items()):
            if self._keeper.journal.pending == 0:  # replayed meanwhile: the ledger sends it
                loose.clear()
                return
            if not self._routes:
                continue
            sent_to, error = await self._send(alert)
            if error is None:
                loose.pop(alert_id, None)
                await self._keeper.alert_sent(alert_id, at=self._clock.now(), sent_to=sent_to)

    async def _send(self, alert: Alert) -> tuple[str, str | None]:
        """Whom a route reached, and None; or "" and why the last route did not take it."""
        routes = (*self._second_routes, *self._routes) if alert.kind == "second" else self._routes
        if not routes:
            return "", None  # the inbox itself is the only way to reach staff
        reason = "no route"
        for route in routes:
            try:
                await asyncio.wait_for(route.send(alert), 10)
            except Exception as error:  # noqa: BLE001
                reason = f"{route.name}: {type(error).__name__}"
                log.error("alert.not_sent route=%s kind=%s error=%s", route.name, alert.kind, type(error).__name__)
            else:
                self.alerts_sent += 1
                return f"{route.name}: {route.reaches}", None
        self.alerts_failed += 1
        return "", reason

    async def _repeat(self, name: str, duty: Callable[[], Awaitable[object]], every: float) -> None:
        while True:
            try:
                await duty()
            except LedgerUnavailable as error:
                log.warning("aftercare.waits duty=%s reason=%s", name, error)
            except Exception as error:  # noqa: BLE001
                log.error("aftercare.failed duty=%s error=%s at=%s", name, type(error).__name__, where(error))
            await asyncio.sleep(every)
