"""What is said and to whom: the values that pass between every part of a conversation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Button:
    """A quick reply: `title` is shown, `say` is sent as if the patient had typed it."""

    title: str
    say: str


@dataclass(frozen=True)
class Reply:
    """
    One message to the patient.

    `custom` is JSON-able and may hold `card`: {"level": "emergency"|"urgent"|"check"|"info",
    "title", "number" (to dial), "number_label", "items": [sentences]}.
    """

    text: str
    buttons: tuple[Button, ...] = ()
    custom: dict[str, Any] | None = None


@dataclass(frozen=True)
class Contact:
    """
    How the patient asked to be reached; each part None when not given.

    `earlier` are numbers and addresses that a newer one has taken the place of; the ledger knows them.
    """

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    preferred_time: str | None = None
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True)
class MessageRow:
    """One message as delivered: `id` is unique for all time, `seq` counts within its conversation."""

    seq: int | None  # None while only the journal has it
    id: str
    author: str  # patient | assistant | staff | system
    reply: Reply
    at: datetime
    conversation_id: str = ""
    author_name: str | None = None  # shown for staff

    def to_json(self) -> dict[str, Any]:
        """As docs/api.md describes a MESSAGE."""
        custom = dict(self.reply.custom or {})
        card = custom.pop("card", None)
        return {
            "seq": self.seq,
            "id": self.id,
            "author": self.author,
            "author_name": self.author_name,
            "text": self.reply.text,
            "buttons": [{"title": button.title, "say": button.say} for button in self.reply.buttons],
            "card": card,
            "custom": custom or None,
            "at": self.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
