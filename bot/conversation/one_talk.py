"""
Hold one conversation through the real co-ordinator, message by message, and wait for each answer.

For the terminal and for batch runs; the front door does not wait.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator

from bot.conversation.delivery import Event, Listener
from bot.conversation.inbound import Inbound
from bot.conversation.ports import MessageRow
from bot.conversation.turn import Conversations


class OneTalk:
    """One patient's side of a conversation.  Use inside a running event loop."""

    def __init__(
        self, conversations: Conversations, *, channel: str, region: str, conversation_id: str | None = None
    ) -> None:
        self._conversations = conversations
        self._channel, self._region = channel, region
        self.conversation_id = conversation_id or secrets.token_urlsafe(16)
        self._seen = 0
        self._ids: set[str] = set()
        conversations.begin(self.conversation_id, channel=channel, region=region)

    async def say(self, text: str) -> tuple[MessageRow, ...]:
        """
        Everything the patient is shown because of this message, the advice first.

        A talk that was deleted goes on as a new one, as it would on a website.
        """
        if self._conversations.was_erased(self.conversation_id):
            self.conversation_id = secrets.token_urlsafe(16)
            self._seen = 0
            self._conversations.begin(self.conversation_id, channel=self._channel, region=self._region)
        with self._conversations.delivery.listening(self.conversation_id) as listener:
            await self._conversations.receive(
                Inbound(
                    conversation_id=self.conversation_id,
                    message_id=secrets.token_hex(8),
                    text=text,
                    channel=self._channel,
                    region=self._region,
                    at=self._conversations.clock.now(),
                )
            )
            limits = self._conversations.limits
            await self._conversations.settle_down(within=limits.answer + limits.late_answer)
            await asyncio.sleep(0)
            told = [event.row for event in _waiting(listener) if event.row is not None]
        rows = told
        if not self._conversations.was_erased(self.conversation_id):
            kept = await self._conversations.delivery.history(self.conversation_id, after=self._seen)
            self._seen = max((row.seq or 0 for row in kept), default=self._seen)
            rows = [*kept, *(row for row in told if row.id not in {known.id for known in kept})]
        new = tuple(row for row in rows if row.author != "patient" and row.id not in self._ids)
        self._ids.update(row.id for row in new)
        return new


def _waiting(listener: Listener) -> Iterator[Event]:
    while not listener.events.empty():
        event = listener.events.get_nowait()
        if event is not None:
            yield event
