"""Legal holds, the retention report, and the erasure of one person."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from bot.conversation.desk import DeskConflict
from bot.conversation.ports import UnknownConversation
from bot.conversation.record_keeping import Hold, PersonFound, RetentionReport
from bot.knowledge.retention import KeepRule
from bot.records import audit, person, retention, retention_rules
from bot.records.contact_hiding import COLUMNS
from bot.records.database import Database
from bot.records.rows import lock_conversation
from bot.records.schema import contact, conversation, staff


class Keeping(retention.Purging):
    """The part of the desk that decides what stays."""

    database: Database

    def hold(self, conversation_id: str, *, reason: str, by: str, now: datetime) -> None:
        with self.database.write() as connection:
            talk = lock_conversation(connection, conversation_id)
            if talk.erased_at is not None:
                raise UnknownConversation(conversation_id)
            if talk.hold_at is not None:
                raise DeskConflict("This conversation is under a legal hold already.")
            connection.execute(
                update(conversation)
                .where(conversation.c.id == conversation_id)
                .values(hold_reason=reason, hold_by=by, hold_at=now)
            )
            audit.write(connection, at=now, by=by, action="conversation.held", target=conversation_id)

    def lift_hold(self, conversation_id: str, *, reason: str, by: str, now: datetime) -> bool:
        with self.database.write() as connection:
            talk = lock_conversation(connection, conversation_id)
            if talk.hold_at is None:
                raise DeskConflict("This conversation is under no legal hold.")
            connection.execute(
                update(conversation)
                .where(conversation.c.id == conversation_id)
                .values(hold_reason=None, hold_by=None, hold_at=None)
            )
            audit.write(
                connection,
                at=now,
                by=by,
                action="conversation.hold_lifted",
                target=conversation_id,
                details={"why": reason},
            )
            erased = retention.erase_if_wanted(connection, conversation_id, at=now)
        if erased:
            self.database.drop_old_pages()
        return erased

    def held(self, conversation_id: str | None = None) -> tuple[Hold, ...]:
        with self.database.read() as connection:
            query = (
                select(conversation, staff.c.name.label("holder"))
                .join(staff, staff.c.id == conversation.c.hold_by, isouter=True)
                .where(conversation.c.hold_at.is_not(None))
                .order_by(conversation.c.hold_at)
            )
            if conversation_id is not None:
                query = query.where(conversation.c.id == conversation_id)
            return tuple(
                Hold(row.id, row.hold_reason, row.holder or row.hold_by, row.hold_at)
                for row in connection.execute(query)
            )

    def retention_report(self, rules: tuple[KeepRule, ...], *, now: datetime, listed: int = 100) -> RetentionReport:
        with self.database.read() as connection:
            return retention_rules.report(connection, rules, at=now, listed=listed)

    def find_person(self, reached_by: str) -> tuple[PersonFound, ...]:
        with self.database.read() as connection:
            return _conversations_of(connection, reached_by)

    def export_person(self, reached_by: str, *, by: str, now: datetime) -> tuple[dict[str, Any], ...]:
        with self.database.write() as connection:
            copies = []
            for one in _conversations_of(connection, reached_by):
                copies.append(person.everything_about(connection, one.conversation_id))
                audit.write(
                    connection,
                    at=now,
                    by=by,
                    action="conversation.exported",
                    target=one.conversation_id,
                    details={"as": "person", "messages": True, "contact": True},
                )
            return tuple(copies)

    def erase_person(self, reached_by: str, *, reason: str, by: str, now: datetime) -> tuple[PersonFound, ...]:
        with self.database.read() as connection:
            found = _conversations_of(connection, reached_by)
        fates = []
        for one in found:
            with self._one(one.conversation_id) as connection:
                if connection is None:  # it went by age meanwhile
                    continue
                kept = _kept_because(connection, one.conversation_id)
                if kept is None:
                    retention.erase(connection, one.conversation_id, at=now, by=by, reason=reason)
            fates.append(replace(one, kept_because=kept))
        self.database.drop_old_pages()
        return tuple(fates)


def _conversations_of(connection: Connection, reached_by: str) -> tuple[PersonFound, ...]:
    """Those in which this telephone number or e-mail address was left, however it was written."""
    wanted = _plain(reached_by)
    if len(wanted) < 5:
        return ()
    found = connection.execute(
        select(conversation.c.id, conversation.c.last_at, *COLUMNS)
        .join(contact, contact.c.conversation_id == conversation.c.id)
        .where(conversation.c.erased_at.is_(None))
        .order_by(conversation.c.last_at)
    ).all()
    return tuple(
        PersonFound(row.id, row.last_at, _kept_because(connection, row.id))
        for row in found
        if wanted in map(_plain, (row.phone, row.email, *(row.earlier or ())))
    )


def _kept_because(connection: Connection, conversation_id: str) -> str | None:
    hold = connection.execute(select(conversation.c.hold_at).where(conversation.c.id == conversation_id)).scalar()
    if hold is not None:
        return "hold"
    return "danger" if retention.danger_open(connection, conversation_id) else None


def _plain(written: str | None) -> str:
    """An address in small letters; of a telephone number its last nine digits, which no way of writing changes."""
    text = (written or "").strip().lower()
    if "@" in text:
        return text
    digits = "".join(letter for letter in text if letter.isdigit())
    return digits[-9:]
