"""
What a filter of the inbox keeps, as conditions over a `conversation` row.

The plain ones all stand in the index that gives the inbox its order (`ix_conversation_newest`),
so that even a filter which fits hardly anything reads no rows but those it lists.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, literal_column, or_, select, type_coerce, union_all
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from bot.conversation.inbox import MOST_FOUND, InboxFilter
from bot.records import fulltext
from bot.records.columns import UtcTime
from bot.records.desk_together import mentioned_in
from bot.records.schema import conversation, conversation_indication, conversation_label, escalation, message

#: A safety question without an answer is listed for staff after this.
QUESTION_WAIT = timedelta(minutes=10)


def waits(now: datetime) -> ColumnElement[Any]:
    """Something of it waits for staff: two short indexes say which, whatever else is asked."""
    other = conversation.alias("waiting")
    alerted = select(other.c.id).where(other.c.waiting_since.is_not(None))
    asked = select(other.c.id).where(other.c.question_since <= now - QUESTION_WAIT)
    return conversation.c.id.in_(union_all(alerted, asked))


def waits_for_nobody(now: datetime) -> ColumnElement[Any]:
    question = conversation.c.question_since
    return and_(conversation.c.waiting_since.is_(None), or_(question.is_(None), question > now - QUESTION_WAIT))


def waiting_since(now: datetime) -> ColumnElement[Any]:
    """When the oldest thing began to wait for staff, counting a safety question that nobody answers."""
    question = conversation.c.question_since
    since = case(
        (conversation.c.waiting_since.is_not(None), conversation.c.waiting_since),
        (and_(question.is_not(None), question <= now - QUESTION_WAIT), question),
        else_=None,
    )
    return type_coerce(since, UtcTime())


def having(connection: Connection, words: str | None) -> tuple[list[str] | None, bool]:
    """The conversations that have the words, None when there are none to look for; whether older ones were left out."""
    found = fulltext.newest(connection, words, most=MOST_FOUND + 1) if words else None
    if found is None:
        return None, False
    ids = select(message.c.conversation_id).where(message.c.id.in_(found[:MOST_FOUND])).distinct()
    return list(connection.execute(ids).scalars()), len(found) > MOST_FOUND


def conditions(
    connection: Connection, filters: InboxFilter, *, now: datetime, among: list[str] | None = None
) -> list[Any]:
    """
    All of them have to hold.

    Args:
        among: What `having` gave for the words of the filter.
    """
    key = _key(connection)
    kept = [conversation.c.erased_at.is_(None), *_plain(filters), *_of_other_tables(filters, key)]
    if among is not None:
        kept.append(key.in_(among))
    if filters.attention is not None:
        kept.append(waits(now) if filters.attention else waits_for_nobody(now))
    return kept


def _plain(filters: InboxFilter) -> list[Any]:
    """On the conversation's own columns."""
    kept: list[Any] = []
    if filters.levels:
        kept.append(conversation.c.level.in_(sorted(filters.levels)))
    for column, value in (
        (conversation.c.channel, filters.channel),
        (conversation.c.route, filters.route),
        (conversation.c.mode, filters.mode),
    ):
        if value is not None:
            kept.append(column == value)
    if filters.assigned_to == "nobody":
        kept.append(conversation.c.assigned_to.is_(None))
    elif filters.assigned_to is not None:
        kept.append(conversation.c.assigned_to == filters.assigned_to)
    if filters.reviewed is not None:
        column = conversation.c.reviewed_at
        kept.append(column.is_not(None) if filters.reviewed else column.is_(None))
    if filters.not_understood is not None:
        kept.append(conversation.c.understood.is_(not filters.not_understood))
    if filters.since is not None:
        kept.append(conversation.c.last_at >= filters.since)
    if filters.until is not None:
        kept.append(conversation.c.last_at < filters.until)
    return kept


def _of_other_tables(filters: InboxFilter, key: ColumnElement[Any]) -> list[Any]:
    """Each is a set of ids from an index of its own: asked for once, not for every conversation."""
    kept: list[Any] = []
    raised = select(escalation.c.conversation_id)
    if filters.category is not None:
        kept.append(key.in_(raised.where(escalation.c.category == filters.category)))
    if filters.acknowledged is not None:
        unseen = key.in_(raised.where(escalation.c.state == "open"))
        kept.append(and_(key.in_(raised), ~unseen) if filters.acknowledged else unseen)
    if filters.label is not None:
        labelled = select(conversation_label.c.conversation_id)
        kept.append(key.in_(labelled.where(conversation_label.c.label == filters.label)))
    if filters.indication is not None:
        found = select(conversation_indication.c.conversation_id)
        kept.append(key.in_(found.where(conversation_indication.c.code == filters.indication)))
    if filters.mentioned is not None:
        kept.append(key.in_(mentioned_in(filters.mentioned)))
    return kept


def _key(connection: Connection) -> ColumnElement[Any]:
    """
    The conversation's id, to be looked for in a set.

    SQLite would fetch the whole set row by row and sort it.  The plus keeps it from that: it
    walks the inbox's own index, which it leaves as soon as a page is full.
    """
    return literal_column("+conversation.id") if connection.dialect.name == "sqlite" else conversation.c.id
