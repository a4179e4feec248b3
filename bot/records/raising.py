"""Write a danger: the escalation, the call to staff and the words that fired it, for whoever found it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from bot.conversation.entries import EscalationEntry, MatchEntry
from bot.records import alerts
from bot.records.schema import escalation, match


def raise_escalation(
    connection: Connection,
    conversation_id: str,
    raised: EscalationEntry,
    *,
    message_id: int,
    at: datetime,
    content_version: str,
    advice: str,
) -> str:
    """The id of the open escalation for this danger: a new one, or one that nobody has seen yet."""
    already = _open_already(connection, conversation_id, raised)
    if already is not None:
        return already
    connection.execute(
        insert(escalation).values(
            id=raised.id,
            conversation_id=conversation_id,
            message_id=message_id,
            kind=raised.kind,
            level=raised.level,
            category=raised.category,
            at=at,
            due_at=raised.due_at,
            content_version=content_version,
            advice=advice,
            state="open",
        )
    )
    alerts.announce(connection, conversation_id, raised, at=at)
    return raised.id


def keep_matches(
    connection: Connection, matches: Sequence[MatchEntry], *, message_id: int, escalation_id: str | None
) -> None:
    """The rules that a message fired."""
    if not matches:
        return
    connection.execute(
        insert(match),
        [
            {
                "message_id": message_id,
                "escalation_id": escalation_id,
                "rule": entry.rule,
                "level": entry.level,
                "category": entry.category,
                "turn": entry.turn,
                "start": entry.start,
                "end": entry.end,
                "words": entry.words,
            }
            for entry in matches
        ],
    )


def _open_already(connection: Connection, conversation_id: str, raised: EscalationEntry) -> str | None:
    """One call is enough for the same thing."""
    return connection.execute(
        select(escalation.c.id).where(
            escalation.c.conversation_id == conversation_id,
            escalation.c.state == "open",
            escalation.c.kind == raised.kind,
            escalation.c.category.is_not_distinct_from(raised.category),
            escalation.c.level >= raised.level,
        )
    ).scalar()
