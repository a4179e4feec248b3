"""From a row of `message` to the value that the rest of the program knows."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Row

from bot.conversation.entries import reply_from_json
from bot.conversation.ports import MessageRow, Reply


def message_row(row: Row) -> MessageRow:
    """From a row of `message` with `staff_name`."""
    return MessageRow(
        seq=row.seq,
        id=row.public_id,
        author=row.author,
        reply=reply_of(row),
        at=row.at,
        conversation_id=row.conversation_id,
        author_name=row.staff_name,
    )


def reply_of(row: Row) -> Reply:
    plain: dict[str, Any] = {"text": row.text, "buttons": row.buttons, "custom": row.custom}
    return reply_from_json(plain)
