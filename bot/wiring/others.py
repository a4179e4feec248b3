"""What a front door shares with others that serve the same clinic: time, notices, and how fast anybody may write."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.conversation.blocking import Threads
from bot.settings import Settings
from bot.wiring.backend import Backend

if TYPE_CHECKING:
    from bot.channels.pace import Pace
    from bot.conversation.aftercare import Duty
    from bot.records.notices import Notices

_CLOCK_EVERY = 60.0  # seconds between two looks at the server's clock


class Others:
    """With SQLite and without Redis nobody else is there, and nothing is shared."""

    def __init__(self, running: Backend, settings: Settings) -> None:
        from bot.channels.pace import Pace
        from bot.channels.shared_counts import SharedCounts

        self._running = running
        self._url = settings.database_url
        self._notices: Notices | None = None
        self._counts = SharedCounts(settings.redis_url) if settings.redis_url else None
        self.pace: Pace = Pace(shared=self._counts)

    @property
    def duties(self) -> tuple[Duty, ...]:
        from bot.records.clock import ServerClock

        clock = self._running.clock
        if not isinstance(clock, ServerClock):
            return ()
        threads = Threads(number=1, queue=1, name="clock")

        async def set_clock() -> None:
            await threads.run(clock.set, limit=5.0)

        return (("clock", set_clock, _CLOCK_EVERY),)

    def begin(self) -> None:
        """In the event loop that serves."""
        if not self._running.database.is_postgres:
            return
        from bot.records.notices import Notices

        loop = asyncio.get_running_loop()

        def told(conversation_id: str, seq: int) -> None:
            loop.call_soon_threadsafe(self._running.conversations.told, conversation_id)

        self._notices = Notices(self._url, told)

    async def end(self) -> None:
        if self._notices is not None:
            self._notices.close()
        if self._counts is not None:
            await self._counts.close()
