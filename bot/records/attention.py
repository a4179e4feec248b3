"""
What of a conversation waits for staff, since when, and until when.

The answer is kept on the conversation's own row so that the inbox is one ordered
query; whatever changes an escalation, the mode or the messages calls `refresh`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.engine import Connection

from bot.records.schema import conversation, escalation, message, post

OPEN_STATES = ("open", "acknowledged")


def refresh(connection: Connection, conversation_id: str) -> None:
    """Recalculates `waiting_since` and `due_at`."""
    open_since, due_at = connection.execute(
        select(func.min(escalation.c.at), func.min(escalation.c.due_at)).where(
            escalation.c.conversation_id == conversation_id, escalation.c.state == "open"
        )
    ).one()
    mode, mode_since = connection.execute(
        select(conversation.c.mode, conversation.c.mode_since).where(conversation.c.id == conversation_id)
    ).one()
    waits: list[datetime | None] = [open_since]
    if mode == "waiting":
        waits.append(mode_since)
    if mode == "staff":
        waits.append(_oldest_unanswered(connection, conversation_id, mode_since))
    waits.append(
        connection.execute(
            select(func.min(post.c.done_at)).where(
                post.c.conversation_id == conversation_id, post.c.state == "failed", post.c.seen_at.is_(None)
            )
        ).scalar()
    )
    times = [time for time in waits if time is not None]
    connection.execute(
        update(conversation)
        .where(conversation.c.id == conversation_id)
        .values(waiting_since=min(times) if times else None, due_at=due_at)
    )


def level_still_open(connection: Connection, conversation_id: str) -> Any:
    """The highest escalation that staff have not released, as (level, category), or None."""
    return connection.execute(
        select(escalation.c.level, escalation.c.category)
        .where(
            escalation.c.conversation_id == conversation_id,
            escalation.c.kind == "danger",
            escalation.c.state != "released",
        )
        .order_by(escalation.c.level.desc(), escalation.c.at)
        .limit(1)
    ).first()


def _oldest_unanswered(connection: Connection, conversation_id: str, since: datetime) -> datetime | None:
    """The first patient message that no member of staff has answered since they took over."""
    last_staff = connection.execute(
        select(func.max(message.c.seq)).where(message.c.conversation_id == conversation_id, message.c.author == "staff")
    ).scalar()
    condition = [message.c.conversation_id == conversation_id, message.c.author == "patient"]
    condition.append(message.c.seq > last_staff if last_staff else message.c.at >= since)
    return connection.execute(select(func.min(message.c.at)).where(*condition)).scalar()
