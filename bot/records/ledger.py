"""
The ledger of the patient's path: what came in, what came of it, what may be shown.

Two writes, `record` and `settle`, each one transaction and each harmless when repeated.
Deletion, retention and the alert outbox are in `bot.records.retention` and
`bot.records.alerts`; the staff side is `bot.records.desk`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, insert, select, update
from sqlalchemy.engine import Connection, Row

from bot.clinical.codes import Level
from bot.conversation.entries import Arrival, Outcome
from bot.conversation.ports import (
    AlreadyTaken,
    MessageRow,
    Newest,
    Outdated,
    Stored,
    TalkState,
    UnknownConversation,
    WaitingText,
    Writer,
)
from bot.records import alerts, attention, devices, fulltext, keyring, posts, raising, retention, settling, turns
from bot.records.database import Database
from bot.records.rows import ensure_conversation, is_gone, lock_conversation, say, talk_state
from bot.records.rows_of_messages import message_row
from bot.records.schema import conversation, message, presence, staff


class SqlLedger(alerts.AlertShelf, posts.PostShelf, devices.DeviceShelf, retention.Retention, turns.Turns):
    """Implements `bot.conversation.ports.Ledger` and `bot.conversation.posting_port.PostOffice`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    # --- writing

    def record(self, arrival: Arrival) -> Stored:
        with self.database.write() as connection:
            talk = ensure_conversation(connection, arrival)
            if is_gone(talk):
                raise UnknownConversation(arrival.conversation_id)
            before = talk_state(talk)
            known = connection.execute(select(message.c.seq).where(message.c.key == arrival.key)).scalar()
            if known is not None:
                return Stored(seq=known, duplicate=True, state=before, before=before)
            if not posts.take_event(connection, arrival):
                raise AlreadyTaken(arrival.conversation_id)
            if (arrival.base_version or 0) != before.version:
                raise Outdated(before)
            seq = talk.last_seq + 1
            message_id = _insert_message(connection, arrival, seq=seq, held=talk.consent is not True)
            _insert_matches(connection, arrival, message_id)
            last_seq = seq
            for public_id, reply in settling.advice_with_ids(arrival):
                last_seq += 1
                on_its_way = arrival.line is not None and settling.said_at_once(arrival, reply)
                say(
                    connection,
                    arrival.conversation_id,
                    seq=last_seq,
                    public_id=public_id,
                    author="assistant",
                    reply=reply,
                    at=arrival.at,
                    answers=arrival.message_id,
                    level=arrival.level,
                    lease=arrival.claimed_until if on_its_way else None,
                )
            _update_conversation(connection, talk, arrival, last_seq=last_seq)
            attention.refresh(connection, arrival.conversation_id)
            after = talk_state(lock_conversation(connection, arrival.conversation_id))
            held = 0 if talk.consent is True else _held_before(connection, arrival.conversation_id, seq)
            rows = _messages_after(
                connection, arrival.conversation_id, 0 if seq <= len(arrival.welcome) + 1 else seq - 1
            )
            return Stored(seq=seq, duplicate=False, state=after, before=before, held=held, rows=rows)

    def settle(self, outcome: Outcome) -> tuple[MessageRow, ...]:
        with self.database.write() as connection:
            rows = settling.settle(connection, outcome)
        if outcome.consent is False:
            self.database.drop_old_pages()  # of the texts that were held, and of the engine's state
        return rows

    # --- reading

    def state(self, conversation_id: str) -> TalkState | None:
        with self.database.read() as connection:
            row = connection.execute(select(conversation).where(conversation.c.id == conversation_id)).first()
            return talk_state(row) if row else None

    def messages(self, conversation_id: str, *, after: int = 0, limit: int = 200) -> tuple[MessageRow, ...]:
        with self.database.read() as connection:
            return _messages_after(connection, conversation_id, after, limit=limit)

    def newest(self, conversation_ids: Iterable[str]) -> dict[str, Newest]:
        with self.database.read() as connection:
            rows = connection.execute(
                select(
                    conversation.c.id,
                    conversation.c.last_seq,
                    conversation.c.mode,
                    conversation.c.erased_at,
                    conversation.c.erase_wanted_at,
                    _open_message().label("open"),
                    staff.c.name,
                    presence.c.typed_at,
                )
                .join(presence, _typed_by_its_holder(), isouter=True)
                .join(staff, staff.c.id == presence.c.staff_id, isouter=True)
                .where(conversation.c.id.in_(list(conversation_ids)))
            )
            return {
                row.id: Newest(
                    seq=row.last_seq,
                    mode=row.mode,
                    erased=is_gone(row),
                    open=bool(row.open),
                    writer=Writer(row.name, row.typed_at) if row.typed_at else None,
                )
                for row in rows
            }

    def held(self, conversation_id: str) -> tuple[WaitingText, ...]:
        with self.database.read() as connection:
            rows = connection.execute(
                _waiting_texts()
                .where(
                    message.c.conversation_id == conversation_id,
                    message.c.released_at.is_not(None),
                    message.c.answered_at.is_(None),
                )
                .order_by(message.c.seq)
            )
            return tuple(_waiting_text(row) for row in rows)

    def claim_unanswered(self, *, now: datetime, until: datetime, limit: int = 20) -> tuple[WaitingText, ...]:
        with self.database.write() as connection:
            rows = connection.execute(
                _waiting_texts()
                .where(
                    message.c.author == "patient",
                    message.c.answered_at.is_(None),
                    (message.c.claimed_until.is_(None)) | (message.c.claimed_until < now),
                    message.c.blanked_at.is_(None),
                )
                .order_by(message.c.id)
                .limit(limit)
                .with_for_update(of=message, skip_locked=True)
            ).all()
            if rows:
                connection.execute(
                    update(message).where(message.c.id.in_([row.id for row in rows])).values(claimed_until=until)
                )
            return tuple(_waiting_text(row) for row in rows)

    def snapshot(self, conversation_id: str) -> dict[str, Any]:
        with self.database.read() as connection:
            found = connection.execute(
                select(conversation.c.snapshot).where(conversation.c.id == conversation_id)
            ).scalar()
            return dict(found or {})

    def delivered(self, conversation_id: str, *, seq: int, at: datetime) -> None:
        with self.database.write() as connection:
            connection.execute(
                update(message)
                .where(
                    message.c.conversation_id == conversation_id,
                    message.c.seq <= seq,
                    message.c.author != "patient",
                    message.c.delivered_at.is_(None),
                )
                .values(delivered_at=at)
            )

    def check(self) -> None:
        with self.database.write() as connection:  # taking the write lock proves more than reading
            connection.execute(select(func.count()).select_from(conversation).where(conversation.c.id == ""))
            if self.database.vault is not None:
                keyring.check(connection, self.database.vault)


def _messages_after(
    connection: Connection, conversation_id: str, after: int, *, limit: int = 200
) -> tuple[MessageRow, ...]:
    rows = connection.execute(
        settling.visible_messages()
        .where(message.c.conversation_id == conversation_id, message.c.seq > after)
        .order_by(message.c.seq)
        .limit(limit)
    )
    return tuple(message_row(row) for row in rows)


def _typed_by_its_holder() -> Any:
    """Joins the presence of whoever has taken the conversation over, as soon as they have typed."""
    return (
        (presence.c.conversation_id == conversation.c.id)
        & (presence.c.staff_id == conversation.c.taken_by)
        & presence.c.typed_at.is_not(None)
        & (conversation.c.mode == "staff")
    )


def _open_message() -> Any:
    """Whether a message of the conversation still waits for its answer."""
    return exists().where(
        message.c.conversation_id == conversation.c.id,
        message.c.author == "patient",
        message.c.answered_at.is_(None),
        message.c.blanked_at.is_(None),
    )


def _held_before(connection: Connection, conversation_id: str, seq: int) -> int:
    return int(
        connection.execute(
            select(func.count())
            .select_from(message)
            .where(
                message.c.conversation_id == conversation_id,
                message.c.seq < seq,
                message.c.held,
                message.c.blanked_at.is_(None),
            )
        ).scalar_one()
    )


def _insert_message(connection: Connection, arrival: Arrival, *, seq: int, held: bool) -> int:
    result = connection.execute(
        insert(message).values(
            conversation_id=arrival.conversation_id,
            seq=seq,
            key=arrival.key,
            public_id=arrival.message_id,
            author="patient",
            text=arrival.text,
            at=arrival.at,
            held=held,
            level=arrival.level,
            screen={
                "raised": arrival.raised,
                "category": arrival.category,
                "answered": arrival.answered,
                "failed": arrival.screen_failed,
            },
            answered_at=None if arrival.answer else arrival.at,
            claimed_until=arrival.claimed_until,
        )
    )
    message_id = int(result.inserted_primary_key[0])
    if not held:
        fulltext.add(connection, message_id, arrival.text)
    return message_id


def _insert_matches(connection: Connection, arrival: Arrival, message_id: int) -> None:
    escalation_id = None
    if arrival.escalation is not None:
        escalation_id = raising.raise_escalation(
            connection,
            arrival.conversation_id,
            arrival.escalation,
            message_id=message_id,
            at=arrival.at,
            content_version=arrival.content_version,
            advice="\n\n".join(reply.text for reply in arrival.advice),
        )
    raising.keep_matches(connection, arrival.matches, message_id=message_id, escalation_id=escalation_id)


def _update_conversation(connection: Connection, talk: Row, arrival: Arrival, *, last_seq: int) -> None:
    level = arrival.level
    if talk.level >= Level.URGENT:  # only staff lower it
        level = max(level, talk.level)
    values: dict[str, Any] = {
        "last_seq": last_seq,
        "last_at": max(arrival.at, talk.last_at),
        "version": talk.version + 1,
        "level": level,
        "category": arrival.category if level > talk.level or not talk.category else talk.category,
        "screen_state": arrival.screen_state,
        "question": arrival.question,
        "question_since": _question_since(talk, arrival),
        "unread": talk.unread + 1,
    }
    if talk.mode == "closed":
        values.update(mode="assistant", mode_since=arrival.at)
    connection.execute(update(conversation).where(conversation.c.id == arrival.conversation_id).values(**values))


def _question_since(talk: Row, arrival: Arrival) -> datetime | None:
    if arrival.question is None:
        return None
    return talk.question_since if talk.question is not None and talk.question_since else arrival.at


def _waiting_texts() -> Any:
    return select(message, conversation.c.channel, conversation.c.region).join(
        conversation, conversation.c.id == message.c.conversation_id
    )


def _waiting_text(row: Row) -> WaitingText:
    return WaitingText(
        conversation_id=row.conversation_id,
        message_id=row.public_id,
        text=row.text,
        at=row.at,
        seq=row.seq,
        channel=row.channel,
        region=row.region,
        released=row.released_at is not None,
    )
