"""
One time for all processes of a clinic: that of the database server, counted on by this machine.

A machine whose clock is wrong or jumps would take other processes for dead, or be taken
for dead itself.  Between two looks at the server the time goes on by the machine's
monotonic counter, which no one can turn.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

from sqlalchemy import func, select

from bot.records.database import Database


class ServerClock:
    """Implements `bot.conversation.ports.Clock`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._at = datetime.now(timezone.utc)
        self._counted = time.monotonic()

    def now(self) -> datetime:
        return self._at + timedelta(seconds=time.monotonic() - self._counted)

    def set(self) -> None:
        """
        Look at the server's clock; blocks.

        Raises:
            LedgerUnavailable: It did not answer; the time goes on from the last look.
        """
        with self._database.read() as connection:
            before = time.monotonic()
            at: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
            after = time.monotonic()
        self._at, self._counted = at.astimezone(timezone.utc), (before + after) / 2
