"""
"Remember this chat on this device": a token of two weeks that opens the conversation again.

Given only when the patient asks for it.  256 random bits; kept here as a one-way name,
bound to the website that asked, replaced at each use, ended by the patient, by deleting
the chat and by time.  It opens a session and can do nothing else.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from functools import partial

from bot.conversation.keeping import Keeper
from bot.conversation.ports import Clock
from bot.conversation.remembering import Remembered

LIFE = timedelta(days=14)
_FORM = re.compile(r"[A-Za-z0-9_-]{43}")


class Remembering:
    """Gives out and takes tokens.  Every method raises LedgerUnavailable."""

    def __init__(self, keeper: Keeper, clock: Clock) -> None:
        self._keeper = keeper
        self._clock = clock

    async def give(self, conversation_id: str, *, origin: str) -> tuple[str, datetime]:
        """
        A token for this conversation, and when it ends.

        Raises:
            UnknownConversation: Nothing of it is stored yet, or it was erased.
        """
        token, expires_at = secrets.token_urlsafe(32), self._clock.now() + LIFE
        await self._keeper.read(
            partial(
                self._keeper.ledger.remember_device,
                _one_way(token),
                conversation_id=conversation_id,
                origin=origin,
                expires_at=expires_at,
            )
        )
        return token, expires_at

    async def take(self, token: object, *, origin: str) -> tuple[Remembered, str] | None:
        """The conversation and the token that takes the old one's place; None for anything that is not good."""
        if not isinstance(token, str) or not _FORM.fullmatch(token):
            return None
        following, now = secrets.token_urlsafe(32), self._clock.now()
        found = await self._keeper.read(
            partial(
                self._keeper.ledger.resume_device,
                _one_way(token),
                origin=origin,
                next_hash=_one_way(following),
                now=now,
                expires_at=now + LIFE,
            )
        )
        return (found, following) if found is not None else None

    async def end(self, conversation_id: str) -> None:
        await self._keeper.read(partial(self._keeper.ledger.forget_devices, conversation_id))


def _one_way(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
