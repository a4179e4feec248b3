"""Server-sent events for one open tab: what was missed, then what comes, each message once."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone
from typing import Any

from starlette.responses import StreamingResponse

from bot.channels.tokens import PatientSession
from bot.conversation.delivery import Event, Listener
from bot.conversation.ports import MessageRow
from bot.conversation.turn import Conversations

PING = 15.0  # seconds between signs of life
LONGEST = timedelta(minutes=15)  # of one connection; proxies and phones cut longer ones anyway
_PAGE = 200


def stream_events(conversations: Conversations, session: PatientSession, *, after: int) -> StreamingResponse:
    """The response of GET /api/stream."""
    return StreamingResponse(
        _Tab(conversations, session, after).events(),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


class _Tab:
    """One connection and what went over it."""

    def __init__(self, conversations: Conversations, session: PatientSession, after: int) -> None:
        self._conversations = conversations
        self._delivery = conversations.delivery
        self._session = session
        self._after = after
        self._sent: dict[str, int | None] = {}
        self._noted = after
        self._ends_at = min(datetime.now(timezone.utc) + LONGEST, session.expires_at)

    async def events(self) -> AsyncIterator[bytes]:
        conversation_id = self._session.conversation_id
        with self._delivery.listening(conversation_id) as listener:
            try:
                yield b": ping\n\n"
                async for row in self._missed():
                    if (text := self._message(row)) is not None:
                        yield text
                self._delivery.seen_up_to(conversation_id, self._after)
                standing = await self._delivery.standing(conversation_id)
                yield _event("mode", {"mode": standing.mode})
                if (name := self._delivery.writing(standing)) is not None:
                    yield _event("typing", {"on": True, "by": name})
                elif self._delivery.is_typing(conversation_id):
                    yield _event("typing", {"on": True})
                async for text in self._coming(listener):
                    yield text
            finally:
                await self._note()

    async def _missed(self) -> AsyncIterator[MessageRow]:
        while True:
            rows = await self._delivery.history(self._session.conversation_id, after=self._after, limit=_PAGE)
            for row in rows:
                yield row
            numbered = [row.seq for row in rows if row.seq is not None]
            self._after = max([self._after, *numbered])
            if len(numbered) < _PAGE:
                return

    async def _coming(self, listener: Listener) -> AsyncIterator[bytes]:
        while True:
            left = (self._ends_at - datetime.now(timezone.utc)).total_seconds()
            if left <= 0:
                if self._ends_at >= self._session.expires_at:
                    yield _event("expired", {})
                return
            try:
                event = await asyncio.wait_for(listener.events.get(), min(PING, left))
            except asyncio.TimeoutError:
                yield b": ping\n\n"
                await self._note()
                continue
            if event is None:
                return
            text = self._text(event)
            if text is not None:
                yield text
            if event.kind == "erased":
                return

    def _text(self, event: Event) -> bytes | None:
        if event.row is not None:
            return self._message(event.row)
        return _event(event.kind, event.data)

    def _message(self, row: MessageRow) -> bytes | None:
        """The message, or only its number when it was sent before the ledger had one."""
        if row.seq is not None:
            self._after = max(self._after, row.seq)
        if row.id not in self._sent:
            self._sent[row.id] = row.seq
            return _event("message", row.to_json())
        if self._sent[row.id] is None and row.seq is not None:
            self._sent[row.id] = row.seq
            return _event("stored", {"id": row.id, "seq": row.seq})
        return None

    async def _note(self) -> None:
        """Tell the ledger how far this device has come; not for each message, and never in the patient's way."""
        if self._after > self._noted:
            self._noted = self._after
            with contextlib.suppress(asyncio.CancelledError):
                await self._delivery.note_delivered(self._session.conversation_id, self._after)


def _event(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
