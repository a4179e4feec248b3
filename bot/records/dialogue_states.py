"""
The dialogue engine's private state, one row a conversation, for `bot.engine.tracker_store`.

Read from the database, so that several processes share it; while the database is away
this process goes on with what it remembers and writes it when it can.  A conversation
it knows nothing of is an error then, never an empty beginning.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TypeVar

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.conversation.blocking import Threads
from bot.conversation.ports import Clock, LedgerUnavailable
from bot.records.database import Database
from bot.records.schema import dialogue_state

log = logging.getLogger(__name__)

T = TypeVar("T")

_REMEMBERED = 2_000


class SqlStates:
    """
    `load`, `save`, `delete` and `keys` of texts by the engine's name for a conversation.

    Args:
        limit: Seconds to wait for the database.
    """

    def __init__(self, database: Database, *, clock: Clock, limit: float = 0.5, threads: int = 2) -> None:
        self._database = database
        self._clock = clock
        self._limit = limit
        self._threads = Threads(number=threads, queue=32, name="dialogue")
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._unwritten: dict[str, tuple[str | None, datetime]] = {}

    async def load(self, conversation_id: str) -> str | None:
        """
        None when there is no such conversation.

        Raises:
            LedgerUnavailable: The database is away and this process does not know it either.
        """
        if conversation_id in self._unwritten:
            return self._unwritten[conversation_id][0]
        try:
            text = await self._run(partial(self._read, conversation_id))
        except LedgerUnavailable:
            if conversation_id not in self._texts:
                raise
            return self._texts[conversation_id]
        if text is not None:
            self._remember(conversation_id, text)
        return text

    async def save(self, conversation_id: str, text: str) -> None:
        self._remember(conversation_id, text)
        await self._put(conversation_id, text)

    async def delete(self, conversation_id: str) -> None:
        self._texts.pop(conversation_id, None)
        await self._put(conversation_id, None)

    async def keys(self) -> list[str]:
        return await self._run(self._keys)

    def close(self) -> None:
        self._threads.close()

    # --- parts

    async def _put(self, conversation_id: str, text: str | None) -> None:
        """Writes this and whatever could not be written before."""
        self._unwritten[conversation_id] = (text, self._clock.now())
        waiting = dict(self._unwritten)
        try:
            await self._run(partial(self._write, waiting))
        except LedgerUnavailable as error:
            log.warning("dialogue.not_written waiting=%d reason=%s", len(waiting), error)
            return
        for name, written in waiting.items():
            if self._unwritten.get(name) is written:
                del self._unwritten[name]

    def _remember(self, conversation_id: str, text: str) -> None:
        self._texts[conversation_id] = text
        self._texts.move_to_end(conversation_id)
        while len(self._texts) > _REMEMBERED:
            self._texts.popitem(last=False)

    async def _run(self, call: Callable[[], T]) -> T:
        return await self._threads.run(call, limit=self._limit)

    def _read(self, conversation_id: str) -> str | None:
        with self._database.read() as connection:
            return connection.execute(
                select(dialogue_state.c.state).where(dialogue_state.c.name == conversation_id)
            ).scalar()

    def _keys(self) -> list[str]:
        with self._database.read() as connection:
            return list(connection.execute(select(dialogue_state.c.name)).scalars())

    def _write(self, states: dict[str, tuple[str | None, datetime]]) -> None:
        dialect = postgresql if self._database.is_postgres else sqlite
        with self._database.write() as connection:
            for name, (text, at) in states.items():
                if text is None:
                    connection.execute(delete(dialogue_state).where(dialogue_state.c.name == name))
                    continue
                connection.execute(
                    dialect.insert(dialogue_state)
                    .values(name=name, state=text, at=at)
                    .on_conflict_do_update(index_elements=["name"], set_={"state": text, "at": at})
                )
        if any(text is None for text, _ in states.values()):
            self._database.drop_old_pages()  # else the file holds the words until somebody writes over them
