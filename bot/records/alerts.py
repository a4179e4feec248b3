"""The outbox: calls to staff that survive a restart, repeat until sent, and stop when acknowledged."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Row

from bot.clinical.codes import Level
from bot.conversation.desk_talk import AlertPage, DeskAlert
from bot.conversation.entries import EscalationEntry, Outcome
from bot.conversation.ports import Alert, Backlog
from bot.records.database import Database
from bot.records.schema import escalation, message, outbox


def announce(connection: Connection, conversation_id: str, raised: EscalationEntry, *, at: datetime) -> None:
    """One call now, and a second one that acknowledging cancels."""
    for kind, due_at in (("first", at), ("second", raised.second_at)):
        _add(
            connection,
            alert_id=f"{raised.id}:{kind}",
            conversation_id=conversation_id,
            escalation_id=raised.id,
            kind=kind,
            level=raised.level,
            category=raised.category,
            at=at,
            due_at=due_at,
        )


def announce_wish(connection: Connection, outcome: Outcome, *, level: Level) -> None:
    """The patient asked for a person."""
    _add(
        connection,
        alert_id=f"{outcome.reply_id(0)}:waiting",
        conversation_id=outcome.conversation_id,
        escalation_id=None,
        kind="waiting",
        level=level,
        category=None,
        at=outcome.at,
        due_at=outcome.at,
    )


def cancel(connection: Connection, escalation_id: str, *, at: datetime) -> None:
    """Somebody looks after it: nothing more is sent for this escalation."""
    connection.execute(
        update(outbox)
        .where(outbox.c.escalation_id == escalation_id, outbox.c.sent_at.is_(None))
        .values(cancelled_at=at)
    )


class AlertShelf:
    """The alert part of the ledger."""

    database: Database

    def claim_alerts(self, *, now: datetime, until: datetime, limit: int = 5) -> tuple[Alert, ...]:
        with self.database.write() as connection:
            rows = connection.execute(
                select(outbox)
                .where(outbox.c.sent_at.is_(None), outbox.c.cancelled_at.is_(None), outbox.c.due_at <= now)
                .order_by(outbox.c.level.desc(), outbox.c.due_at)
                .limit(limit)
                .with_for_update(skip_locked=True)
            ).all()
            if rows:
                mine = outbox.c.id.in_([row.id for row in rows])
                connection.execute(update(outbox).where(mine).values(due_at=until))
            return tuple(
                Alert(
                    id=row.id,
                    conversation_id=row.conversation_id,
                    escalation_id=row.escalation_id,
                    level=row.level,
                    category=row.category,
                    at=row.created_at,
                    kind=row.kind,
                    attempts=row.attempts,
                )
                for row in rows
            )

    def backlog(self) -> Backlog:
        with self.database.read() as connection:
            unseen = connection.execute(
                select(escalation.c.level, func.count().label("number"), func.min(escalation.c.at).label("oldest"))
                .where(escalation.c.state == "open")
                .group_by(escalation.c.level)
            ).all()
            waiting = select(func.count()).where(
                message.c.author == "patient", message.c.answered_at.is_(None), message.c.blanked_at.is_(None)
            )
            return Backlog(
                unseen={row.level: row.number for row in unseen},
                oldest={row.level: row.oldest for row in unseen},
                unanswered=int(connection.execute(waiting).scalar_one()),
            )

    def alert_done(
        self,
        alert_id: str,
        *,
        at: datetime,
        sent_to: str = "",
        error: str | None = None,
        retry_at: datetime | None = None,
    ) -> None:
        values = {"attempts": outbox.c.attempts + 1, "error": error[:200] if error else None}
        if error is None:
            values.update(sent_at=at, sent_to=sent_to[:200])
        elif retry_at is not None:
            values["due_at"] = retry_at
        with self.database.write() as connection:
            connection.execute(update(outbox).where(outbox.c.id == alert_id).values(**values))


class AlertList:
    """The alert part of the desk."""

    database: Database

    def alerts(self, *, now: datetime, unsent: bool = False, page: int = 1, size: int = 50) -> AlertPage:
        conditions = []
        if unsent:
            conditions = [outbox.c.sent_at.is_(None), outbox.c.cancelled_at.is_(None)]
            conditions.append((outbox.c.due_at <= now) | outbox.c.error.is_not(None))
        with self.database.read() as connection:
            total = int(connection.execute(select(func.count()).select_from(outbox).where(*conditions)).scalar_one())
            pages = max(1, -(-total // size))
            page = min(max(1, page), pages)
            rows = connection.execute(
                select(outbox)
                .where(*conditions)
                .order_by(outbox.c.created_at.desc(), outbox.c.due_at.desc(), outbox.c.id)
                .limit(size)
                .offset((page - 1) * size)
            )
            return AlertPage(tuple(desk_alert(row) for row in rows), total=total, page=page, pages=pages)


def desk_alert(row: Row) -> DeskAlert:
    return DeskAlert(
        id=row.id,
        conversation_id=row.conversation_id,
        kind=row.kind,
        level=row.level,
        category=row.category,
        at=row.created_at,
        due_at=row.due_at,
        attempts=row.attempts,
        sent_at=row.sent_at,
        sent_to=row.sent_to or "",
        cancelled_at=row.cancelled_at,
        error=row.error,
        escalation_id=row.escalation_id,
    )


def _add(
    connection: Connection,
    *,
    alert_id: str,
    conversation_id: str,
    escalation_id: str | None,
    kind: str,
    level: Level,
    category: str | None,
    at: datetime,
    due_at: datetime,
) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(
        dialect.insert(outbox)
        .values(
            id=alert_id,
            conversation_id=conversation_id,
            escalation_id=escalation_id,
            kind=kind,
            level=level,
            category=category,
            created_at=at,
            due_at=due_at,
            attempts=0,
        )
        .on_conflict_do_nothing()
    )
