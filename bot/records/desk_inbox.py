"""The inbox and the search over messages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, exists, func, or_, select
from sqlalchemy.engine import Connection, Row
from sqlalchemy.sql.elements import ColumnElement

from bot.conversation.desk import InboxFilter, InboxPage, InboxRow, SearchHit
from bot.records import audit, fulltext, keyring
from bot.records.database import Database
from bot.records.desk_together import mentions
from bot.records.schema import (
    conversation,
    conversation_indication,
    conversation_label,
    escalation,
    match,
    message,
    staff,
)

#: A safety question without an answer is listed for staff after this.
QUESTION_WAIT = timedelta(minutes=10)

_EXCERPT = 140
_HIT = 200


class Inbox:
    """The listing part of the desk."""

    database: Database

    def inbox(self, filters: InboxFilter, *, now: datetime, page: int = 1, size: int = 25) -> InboxPage:
        with self.database.read() as connection:
            conditions = _conditions(connection, filters, now=now)
            waits, calm = _waits(now), _waits_for_nobody(now)
            waiting_total = _count(connection, *conditions, waits)
            total = waiting_total if filters.attention else _count(connection, *conditions)
            pages = max(1, -(-total // size))
            page = min(max(1, page), pages)
            waiting = _waiting_since(now)
            listed = (
                select(conversation, waiting.label("waits"), staff.c.name.label("assigned_name"))
                .join(staff, staff.c.id == conversation.c.assigned_to, isouter=True)
                .where(*conditions)
            )
            newest = (conversation.c.last_at.desc(), conversation.c.id)
            # Two queries instead of one: each is ordered by an index, and what waits is short.
            first = (page - 1) * size
            rows = connection.execute(
                listed.where(waits)
                .order_by(conversation.c.level.desc(), waiting, *newest)
                .limit(size)
                .offset(min(first, waiting_total))
            ).all()
            if len(rows) < size and not filters.attention:
                rest = listed.where(calm).order_by(*newest).limit(size - len(rows))
                rows += connection.execute(rest.offset(max(0, first - waiting_total))).all()
            return InboxPage(
                rows=tuple(_inbox_row(connection, row, now=now) for row in rows), total=total, page=page, pages=pages
            )

    def search(self, words: str, *, by: str, now: datetime, limit: int = 50) -> tuple[SearchHit, ...]:
        with self.database.write() as connection:
            condition = fulltext.condition(connection, words)
            if condition is None:
                return ()
            rows = connection.execute(
                select(message)
                .where(condition, message.c.blanked_at.is_(None))
                .order_by(message.c.at.desc())
                .limit(limit)
            ).all()
            # What was looked for may itself be a patient's words: only how much was found is written down.
            audit.write(connection, at=now, by=by, action="messages.searched", target="-", details={"found": len(rows)})
            return tuple(
                SearchHit(
                    conversation_id=row.conversation_id,
                    message_id=row.public_id,
                    seq=row.seq,
                    at=row.at,
                    author=row.author,
                    excerpt=_around(row.text, words),
                )
                for row in rows
            )

    def search_reads(self) -> int | None:
        """How many of the newest messages a search reads; None when it finds among all."""
        with self.database.read() as connection:
            return fulltext.READ_AT_MOST if keyring.any_sealed(connection) else None


def _waits(now: datetime) -> ColumnElement[Any]:
    """Something of it waits for staff; written so that indexes serve it."""
    return or_(conversation.c.waiting_since.is_not(None), conversation.c.question_since <= now - QUESTION_WAIT)


def _waits_for_nobody(now: datetime) -> ColumnElement[Any]:
    question = conversation.c.question_since
    return and_(conversation.c.waiting_since.is_(None), or_(question.is_(None), question > now - QUESTION_WAIT))


def _count(connection: Connection, *conditions: Any) -> int:
    return int(connection.execute(select(func.count()).select_from(conversation).where(*conditions)).scalar_one())


def _waiting_since(now: datetime) -> ColumnElement[Any]:
    """When the oldest thing began to wait for staff, counting a safety question that nobody answers."""
    question = conversation.c.question_since
    return case(
        (conversation.c.waiting_since.is_not(None), conversation.c.waiting_since),
        (and_(question.is_not(None), question <= now - QUESTION_WAIT), question),
        else_=None,
    )


def _conditions(connection: Connection, filters: InboxFilter, *, now: datetime) -> list[Any]:
    conditions: list[Any] = [conversation.c.erased_at.is_(None)]
    if filters.levels:
        conditions.append(conversation.c.level.in_(sorted(filters.levels)))
    for column, value in (
        (conversation.c.channel, filters.channel),
        (conversation.c.route, filters.route),
        (conversation.c.mode, filters.mode),
    ):
        if value is not None:
            conditions.append(column == value)
    if filters.category is not None:
        conditions.append(
            exists().where(escalation.c.conversation_id == conversation.c.id, escalation.c.category == filters.category)
        )
    if filters.assigned_to == "nobody":
        conditions.append(conversation.c.assigned_to.is_(None))
    elif filters.assigned_to is not None:
        conditions.append(conversation.c.assigned_to == filters.assigned_to)
    if filters.acknowledged is not None:
        unseen = exists().where(escalation.c.conversation_id == conversation.c.id, escalation.c.state == "open")
        some = exists().where(escalation.c.conversation_id == conversation.c.id)
        conditions.append(and_(some, ~unseen) if filters.acknowledged else unseen)
    if filters.reviewed is not None:
        column = conversation.c.reviewed_at
        conditions.append(column.is_not(None) if filters.reviewed else column.is_(None))
    if filters.not_understood is not None:
        conditions.append(conversation.c.understood.is_(not filters.not_understood))
    if filters.since is not None:
        conditions.append(conversation.c.last_at >= filters.since)
    if filters.until is not None:
        conditions.append(conversation.c.last_at < filters.until)
    if filters.attention is not None:
        conditions.append(_waits(now) if filters.attention else _waits_for_nobody(now))
    if filters.label is not None:
        conditions.append(
            exists().where(
                conversation_label.c.conversation_id == conversation.c.id, conversation_label.c.label == filters.label
            )
        )
    if filters.indication is not None:
        kept = conversation_indication.c
        conditions.append(exists().where(kept.conversation_id == conversation.c.id, kept.code == filters.indication))
    if filters.mentioned is not None:
        conditions.append(mentions(filters.mentioned))
    if filters.text:
        found = fulltext.condition(connection, filters.text)
        if found is not None:
            conditions.append(conversation.c.id.in_(select(message.c.conversation_id).where(found)))
    return conditions


def _inbox_row(connection: Connection, row: Row, *, now: datetime) -> InboxRow:
    acknowledged_by = connection.execute(
        select(staff.c.name)
        .join(escalation, escalation.c.acknowledged_by == staff.c.id)
        .where(escalation.c.conversation_id == row.id)
        .order_by(escalation.c.acknowledged_at.desc())
        .limit(1)
    ).scalar()
    return InboxRow(
        conversation_id=row.id,
        level=row.level,
        category=row.category,
        channel=row.channel,
        mode=row.mode,
        opened_at=row.opened_at,
        last_at=row.last_at,
        waiting_since=_utc(row.waits, now),
        due_at=row.due_at,
        overdue=row.due_at is not None and row.due_at < now,
        acknowledged_by=acknowledged_by,
        assigned_to=row.assigned_name,
        route=row.route,
        unread=row.unread,
        reviewed=row.reviewed_at is not None,
        understood=row.understood,
        question_open_since=row.question_since,
        excerpt=_last_words(connection, row.id),
    )


def _utc(value: datetime | None, now: datetime) -> datetime | None:
    """A `case` expression loses the column's type on SQLite."""
    return value.replace(tzinfo=now.tzinfo) if value is not None and value.tzinfo is None else value


def _last_words(connection: Connection, conversation_id: str) -> str:
    fired = exists().where(match.c.message_id == message.c.id)
    text = connection.execute(
        select(message.c.text)
        .where(
            message.c.conversation_id == conversation_id,
            message.c.author == "patient",
            message.c.blanked_at.is_(None),
            or_(~message.c.held, fired),
        )
        .order_by(message.c.seq.desc())
        .limit(1)
    ).scalar()
    return _shortened(" ".join((text or "").split()), _EXCERPT)


def _around(text: str, words: str) -> str:
    """The part of a long text that holds the words."""
    flat = " ".join(text.split())
    first = min((flat.lower().find(word) for word in words.lower().split() if word in flat.lower()), default=0)
    start = max(0, first - 60)
    return ("…" if start else "") + _shortened(flat[start:], _HIT - 1)


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
