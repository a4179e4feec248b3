"""The socket for devices that remember a chat: what is asked of the ledger.  Blocks; raises LedgerUnavailable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Remembered:
    """The conversation that a device may go on with."""

    conversation_id: str
    region: str
    last_seq: int


class Devices(Protocol):
    """The part of the ledger that knows which devices remember which conversation."""

    def remember_device(self, token_hash: str, *, conversation_id: str, origin: str, expires_at: datetime) -> None:
        """Raises UnknownConversation when nothing of it is stored yet, or it was erased."""
        ...

    def resume_device(
        self, token_hash: str, *, origin: str, next_hash: str, now: datetime, expires_at: datetime
    ) -> Remembered | None:
        """
        Use a token up; `next_hash` takes its place.

        None when it is unknown, too old, from another website or of an erased conversation.
        One that was used before ends every token of its conversation.
        """
        ...

    def forget_devices(self, conversation_id: str) -> None:
        """Every token of the conversation ends."""
        ...
