"""Remove a patient's words and keep that there were some: time, level and rule ids stay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from bot.conversation.forgetting import without_words
from bot.records import fulltext
from bot.records.schema import conversation, match, message


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


def forget_screen_words(connection: Connection, conversation_id: str) -> None:
    """
    The screen's memory quotes what it has read; the quotations go, what they meant stays.

    A new version makes every process that remembers the conversation read it again.
    """
    state, version = connection.execute(
        select(conversation.c.screen_state, conversation.c.version).where(conversation.c.id == conversation_id)
    ).one()
    connection.execute(
        update(conversation)
        .where(conversation.c.id == conversation_id)
        .values(screen_state=without_words(state), version=version + 1)
    )
