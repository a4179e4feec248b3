"""Remove a patient's words and keep that there were some: time, level and rule ids stay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.engine import Connection

from bot.records import fulltext
from bot.records.schema import match, message


def blank_texts(connection: Connection, message_ids: Sequence[int], *, at: datetime) -> None:
    """Text, quick replies, reading and the quoted words of rules go, wherever they are kept."""
    if not message_ids:
        return
    connection.execute(
        update(message)
        .where(message.c.id.in_(message_ids))
        .values(text="", buttons=None, custom=None, nlu=None, blanked_at=at)
    )
    connection.execute(update(match).where(match.c.message_id.in_(message_ids)).values(words=""))
    fulltext.remove(connection, message_ids)
    fulltext.forget_traces(connection)
