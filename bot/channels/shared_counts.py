"""
Counts that several front doors share in Redis, without ever making a patient wait for it.

A door decides by what it knows: its own counts and the sums it was last told.  Each
count is sent on in the background, and the answer is the sum over all doors.  While
Redis is away each door counts for itself.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections import OrderedDict

from redis import asyncio as redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

_WINDOW = 60  # seconds
_PATIENCE = 0.5  # seconds for an answer of Redis
_MOST_KNOWN = 20_000
_MOST_ON_THEIR_WAY = 200
_REST = 5.0  # seconds without another try after a failure


class SharedCounts:
    """
    Args:
        url: `redis://[:password@]host:port/number` or `rediss://…`.
    """

    def __init__(self, url: str) -> None:
        self._redis: redis.Redis[bytes] = redis.from_url(
            url, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE, max_connections=8
        )
        self._known: OrderedDict[str, tuple[int, int, int]] = OrderedDict()  # minute, sum in it, sum in the one before
        self._on_their_way: set[asyncio.Task[None]] = set()
        self._rest_until = 0.0
        self.failures = 0

    def seen(self, name: str, *, now: float) -> float:
        """How many there were in the last minute, over all doors, as far as this one was told."""
        minute, current, before = self._known.get(name, (0, 0, 0))
        this, gone = int(now // _WINDOW), (now % _WINDOW) / _WINDOW
        if minute == this:
            return current + before * (1 - gone)
        return current * (1 - gone) if minute == this - 1 else 0.0

    def count(self, name: str, *, now: float) -> None:
        """One more; returns at once."""
        if time.monotonic() < self._rest_until or len(self._on_their_way) >= _MOST_ON_THEIR_WAY:
            return
        task = asyncio.get_running_loop().create_task(self._send(name, int(now // _WINDOW)))
        self._on_their_way.add(task)
        task.add_done_callback(self._on_their_way.discard)

    async def close(self) -> None:
        if self._on_their_way:
            await asyncio.wait(set(self._on_their_way), timeout=_PATIENCE)
        await self._redis.close()

    async def _send(self, name: str, minute: int) -> None:
        key = "b12:pace:" + hashlib.sha256(name.encode()).hexdigest()[:32]
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.incr(f"{key}:{minute}")
                pipe.expire(f"{key}:{minute}", 3 * _WINDOW)
                pipe.get(f"{key}:{minute - 1}")
                current, _, before = await asyncio.wait_for(pipe.execute(), _PATIENCE)
        except (RedisError, OSError, asyncio.TimeoutError, RuntimeError) as error:
            # RuntimeError: uvloop's word for a connection that was closed in that moment.
            self.failures += 1
            self._rest_until = time.monotonic() + _REST
            log.warning("pace.counted_alone error=%s", type(error).__name__)
            return
        self._known[name] = (minute, int(current), int(before or 0))
        self._known.move_to_end(name)
        while len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)
