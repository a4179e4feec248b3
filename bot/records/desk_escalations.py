"""What staff decide about an escalation: seen, real, or over."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Connection, Row

from bot.clinical.codes import Level
from bot.conversation.desk import DeskConflict
from bot.records import alerts, attention, audit, retention
from bot.records.database import Database
from bot.records.rows import lock_conversation
from bot.records.schema import conversation, escalation, staff


class Escalations:
    """The escalation part of the desk."""

    database: Database

    def acknowledge(self, escalation_id: str, *, by: str, now: datetime, conversation_id: str | None = None) -> None:
        with self.database.write() as connection:
            found = _existing(connection, escalation_id, conversation_id)
            if found.state != "open":
                if found.acknowledged_by == by:
                    return
                raise DeskConflict(f"{_name(connection, found.acknowledged_by)} has this one already.")
            _set(connection, found, by=by, now=now, state="acknowledged", action="escalation.acknowledged")

    def confirm(
        self, escalation_id: str, *, reason: str, by: str, now: datetime, conversation_id: str | None = None
    ) -> None:
        with self.database.write() as connection:
            found = _still_open(connection, escalation_id, conversation_id)
            _set(connection, found, by=by, now=now, state="confirmed", action="escalation.confirmed", reason=reason)
            erased = retention.erase_if_wanted(connection, found.conversation_id, at=now)
        if erased:
            self.database.drop_old_pages()

    def release(
        self, escalation_id: str, *, reason: str, by: str, now: datetime, conversation_id: str | None = None
    ) -> None:
        with self.database.write() as connection:
            found = _still_open(connection, escalation_id, conversation_id)
            _set(connection, found, by=by, now=now, state="released", action="escalation.released", reason=reason)
            _lower(connection, found.conversation_id)
            erased = retention.erase_if_wanted(connection, found.conversation_id, at=now)
        if erased:
            self.database.drop_old_pages()


def _existing(connection: Connection, escalation_id: str, conversation_id: str | None) -> Row:
    """
    The escalation, with its conversation locked.

    A message that comes in locks the conversation too and asks whether its danger is open
    already: it has to find the escalation as it is before this step or after it.
    """
    whose = select(escalation.c.conversation_id).where(escalation.c.id == escalation_id)
    owner = connection.execute(whose).scalar()
    if owner is None or conversation_id not in (None, owner):
        raise LookupError(f"no escalation {escalation_id}")
    lock_conversation(connection, owner)
    return connection.execute(select(escalation).where(escalation.c.id == escalation_id)).one()


def _still_open(connection: Connection, escalation_id: str, conversation_id: str | None) -> Row:
    row = _existing(connection, escalation_id, conversation_id)
    if row.state not in attention.OPEN_STATES:
        raise DeskConflict(f"This escalation was {row.state} by {_name(connection, row.closed_by)} already.")
    return row


def _set(
    connection: Connection, row: Row, *, by: str, now: datetime, state: str, action: str, reason: str | None = None
) -> None:
    values: dict[str, Any] = {"state": state}
    if row.acknowledged_by is None:
        values.update(acknowledged_by=by, acknowledged_at=now)
    if reason is not None:
        values.update(closed_by=by, closed_at=now, reason=reason)
    connection.execute(update(escalation).where(escalation.c.id == row.id).values(**values))
    alerts.cancel(connection, row.id, at=now)
    audit.write(
        connection,
        at=now,
        by=by,
        action=action,
        target=row.id,
        details={"conversation": row.conversation_id, "level": row.level.code},
    )
    attention.refresh(connection, row.conversation_id)


def _lower(connection: Connection, conversation_id: str) -> None:
    """
    The conversation's level becomes that of the gravest danger nobody has released.

    The screen's memory is emptied with it: a rule fires once, and after a release the
    same words have to count again.
    """
    talk = lock_conversation(connection, conversation_id)
    left = attention.level_still_open(connection, conversation_id)
    connection.execute(
        update(conversation)
        .where(conversation.c.id == conversation_id)
        .values(
            level=left.level if left else Level.NONE,
            category=left.category if left else None,
            screen_state=fresh_screen_state(talk.screen_state),
            question=None,
            question_since=None,
            version=talk.version + 1,
        )
    )


def fresh_screen_state(before: dict[str, Any] | None) -> dict[str, Any] | None:
    """A state that knows nothing but how many messages there were, so that turn numbers go on."""
    turns = (before or {}).get("turns")
    return {"turns": turns} if turns else None


def _name(connection: Connection, staff_id: str | None) -> str:
    return connection.execute(select(staff.c.name).where(staff.c.id == staff_id)).scalar() or "Somebody"
