"""The rows of the inbox: one query for all of a page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.engine import Connection, Row

from bot.conversation.inbox import InboxRow
from bot.records.contact_hiding import COLUMNS, Cover
from bot.records.inbox_conditions import waiting_since
from bot.records.schema import contact, conversation, escalation, match, message, staff

_EXCERPT = 140


def inbox_rows(connection: Connection, ids: Sequence[str], *, now: datetime, excerpts: bool) -> tuple[InboxRow, ...]:
    """In the order of `ids`; what was erased meanwhile is left out."""
    if not ids:
        return ()
    columns = (
        conversation.c.id,
        conversation.c.level,
        conversation.c.category,
        conversation.c.channel,
        conversation.c.mode,
        conversation.c.opened_at,
        conversation.c.last_at,
        conversation.c.due_at,
        conversation.c.route,
        conversation.c.unread,
        conversation.c.reviewed_at,
        conversation.c.understood,
        conversation.c.question_since,
        waiting_since(now).label("waits"),
        staff.c.name.label("assigned_name"),
        _acknowledged_by().label("acknowledged_by"),
    )
    query = (
        select(*columns)
        .join(staff, staff.c.id == conversation.c.assigned_to, isouter=True)
        .where(conversation.c.id.in_(list(ids)), conversation.c.erased_at.is_(None))
    )
    if excerpts:
        query = query.add_columns(_last_words().label("last_words"), *COLUMNS)
        query = query.join(contact, contact.c.conversation_id == conversation.c.id, isouter=True)
    found = connection.execute(query)
    rows = {row.id: row for row in found}
    return tuple(_row(rows[one], now=now, excerpts=excerpts) for one in ids if one in rows)


def _row(row: Row, *, now: datetime, excerpts: bool) -> InboxRow:
    return InboxRow(
        conversation_id=row.id,
        level=row.level,
        category=row.category,
        channel=row.channel,
        mode=row.mode,
        opened_at=row.opened_at,
        last_at=row.last_at,
        waiting_since=row.waits,
        due_at=row.due_at,
        overdue=row.due_at is not None and row.due_at < now,
        acknowledged_by=row.acknowledged_by,
        assigned_to=row.assigned_name,
        route=row.route,
        unread=row.unread,
        reviewed=row.reviewed_at is not None,
        understood=row.understood,
        question_open_since=row.question_since,
        excerpt=_excerpt(row) if excerpts else "",
    )


def _excerpt(row: Row) -> str:
    """Covered before it is cut: half a telephone number would not be known for one."""
    return shortened(Cover.of(row).text(" ".join((row.last_words or "").split())), _EXCERPT)


def shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _acknowledged_by():  # type: ignore[no-untyped-def]
    """The name of whoever acknowledged last."""
    who = staff.alias("acknowledger")
    return (
        select(who.c.name)
        .join(escalation, escalation.c.acknowledged_by == who.c.id)
        .where(escalation.c.conversation_id == conversation.c.id)
        .order_by(escalation.c.acknowledged_at.desc())
        .limit(1)
        .scalar_subquery()
    )


def _last_words():  # type: ignore[no-untyped-def]
    """The patient's last message that staff may see."""
    fired = exists().where(match.c.message_id == message.c.id)
    return (
        select(message.c.text)
        .where(
            message.c.conversation_id == conversation.c.id,
            message.c.author == "patient",
            message.c.blanked_at.is_(None),
            or_(~message.c.held, fired),
        )
        .order_by(message.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
