"""
Hear at once what other processes write, on PostgreSQL: a notice for each conversation that moved on.

A notice holds the conversation's id and how far it has come, no word of a patient.
Notices are a convenience: whoever misses one finds the same in the ledger a moment later.
"""

from __future__ import annotations

import logging
import select
import threading
from collections.abc import Callable

import psycopg2
import psycopg2.extensions

log = logging.getLogger(__name__)

CHANNEL = "b12_talk"
_LOOK_UP = 1.0  # seconds between two looks at whether to stop
_TRY_AGAIN = 2.0

Told = Callable[[str, int], None]


class Notices:
    """
    Listens in a thread of its own, and connects again whenever the connection is lost.

    Args:
        url: `postgresql://…`.
        told: Called in that thread with the id of a conversation and the number of its
            last message.
    """

    def __init__(self, url: str, told: Told) -> None:
        self._url = url.replace("postgresql+psycopg2://", "postgresql://", 1)
        self._told = told
        self._stop = threading.Event()
        self.listening = False
        self._thread = threading.Thread(target=self._run, name="notices", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._listen()
            except Exception as error:  # noqa: BLE001  (whatever it was, the other notices have to be heard)
                log.warning("notices.lost error=%s", type(error).__name__)
            self.listening = False
            self._stop.wait(_TRY_AGAIN)

    def _listen(self) -> None:
        connection = psycopg2.connect(self._url, connect_timeout=2, keepalives_idle=10)
        try:
            connection.set_isolation_level(psycopg2.extensions.ISOLATION_LEVEL_AUTOCOMMIT)
            connection.cursor().execute(f"LISTEN {CHANNEL}")
            self.listening = True
            while not self._stop.is_set():
                if not any(select.select([connection], [], [], _LOOK_UP)):
                    continue
                connection.poll()
                while connection.notifies:
                    self._take(connection.notifies.pop(0).payload)
        finally:
            connection.close()

    def _take(self, payload: str) -> None:
        """Anybody with an account on the database may write on the channel."""
        conversation_id, _, seq = payload.rpartition(" ")
        if not conversation_id or not (seq.isascii() and seq.isdecimal()):
            log.warning("notices.not_ours characters=%d", len(payload))
            return
        self._told(conversation_id, int(seq))
