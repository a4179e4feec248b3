"""
How fast one conversation may write and one address may open conversations.

Counted in this process, and with `SharedCounts` over all that serve the same clinic.
"""

from __future__ import annotations

import time

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from bot.channels.shared_counts import SharedCounts

_SHARED_WAIT = 15  # seconds to ask for when the sum over all doors is too much


class Pace:
    """Counts what happens, and says when it is too much."""

    def __init__(
        self, *, messages_a_minute: int = 20, talks_a_minute: int = 5, shared: SharedCounts | None = None
    ) -> None:
        self._shared = shared
        self._storage = MemoryStorage()  # the limiter itself holds it only weakly
        self._limiter = MovingWindowRateLimiter(self._storage)
        self._messages = RateLimitItemPerMinute(messages_a_minute)
        self._talks = RateLimitItemPerMinute(talks_a_minute)
        self._flood = RateLimitItemPerMinute(3 * messages_a_minute)
        self._large = RateLimitItemPerMinute(3)

    def message(self, conversation_id: str) -> int | None:
        """None when it may be taken, else how many seconds to wait."""
        return self._hit(self._messages, "message", conversation_id)

    def flood(self, conversation_id: str) -> int | None:
        """So much that even screening it would serve only to keep the machine from others."""
        return self._hit(self._flood, "flood", conversation_id)

    def large(self, conversation_id: str) -> int | None:
        """Texts over the limit are only screened, and each costs as much as many ordinary ones."""
        return self._hit(self._large, "large", conversation_id)

    def new_talk(self, address: str) -> int | None:
        return self._hit(self._talks, "talk", address)

    def _hit(self, item: RateLimitItem, kind: str, who: str) -> int | None:
        now = time.time()
        if self._shared is not None:
            name = f"{kind}:{who}"
            if self._shared.seen(name, now=now) >= item.amount:
                return _SHARED_WAIT
            self._shared.count(name, now=now)
        if self._limiter.hit(item, kind, who):
            return None
        reset, _ = self._limiter.get_window_stats(item, kind, who)
        return max(1, round(reset - time.time()))
