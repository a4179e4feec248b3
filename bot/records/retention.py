"""What is forgotten, and when: held texts, erased conversations, retention, silent staff."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.engine import Connection

from bot.conversation.entries import engine_name
from bot.conversation.ports import Reply, UnknownConversation
from bot.knowledge.retention import KeepRule
from bot.records import attention, audit, devices, fulltext, posts, retention_rules
from bot.records.blanking import blank_texts, forget_screen_words
from bot.records.database import Database
from bot.records.rows import lock_conversation, speak
from bot.records.schema import (
    contact,
    conversation,
    conversation_indication,
    conversation_label,
    dialogue_state,
    escalation,
    example,
    message,
    note,
    outbox,
    push_line,
    remembered_device,
    taken_event,
    turn_mark,
)

_AT_ONCE = 200


class Purging:
    """What goes by age; the ledger's and the desk's."""

    database: Database

    def purge(self, rules: tuple[KeepRule, ...], *, at: datetime, by: str = "system") -> int:
        """Whole conversations with all their rows; the audit keeps that they existed, and by which rule they went."""
        with self.database.read() as connection:
            due = retention_rules.leaving(connection, rules, at=at, limit=_AT_ONCE)
        gone = sum(self._purge_one(old.conversation_id, rules, at=at, by=by) for old in due)
        with self.database.write() as connection:
            _forget_leftovers(connection, rules, at=at)
            if gone:
                fulltext.forget_traces(connection)
        self.database.drop_old_pages()
        return gone

    def _purge_one(self, conversation_id: str, rules: tuple[KeepRule, ...], *, at: datetime, by: str) -> bool:
        """False when it is past its time no longer: somebody wrote, a hold was set, a danger came up."""
        with self._one(conversation_id) as connection:
            old = connection and retention_rules.leaving(connection, rules, at=at, limit=1, only=conversation_id)
            if not connection or not old:
                return False
            numbers = connection.execute(
                select(message.c.id).where(message.c.conversation_id == conversation_id)
            ).scalars()
            fulltext.remove(connection, list(numbers))
            connection.execute(delete(dialogue_state).where(dialogue_state.c.name == engine_name(conversation_id)))
            connection.execute(delete(conversation).where(conversation.c.id == conversation_id))
            audit.write(
                connection,
                at=at,
                by=by,
                action="conversation.purged",
                target=conversation_id,
                details={"rule": old[0].rule},
            )
        return True

    @contextmanager
    def _one(self, conversation_id: str) -> Iterator[Connection | None]:
        """
        A transaction over this conversation alone, its row locked first; None when it is gone.

        Duties over many conversations take one after the other: whoever writes into the
        audit keeps everybody else from it until the end, and would wait for somebody who
        has the next conversation in hand and waits for the audit.
        """
        with self.database.write() as connection:
            try:
                lock_conversation(connection, conversation_id)
            except UnknownConversation:
                yield None
            else:
                yield connection


class Retention(Purging):
    """The forgetting part of the ledger."""

    database: Database

    def blank_held(self, *, before: datetime, at: datetime) -> tuple[str, ...]:
        old = (message.c.held, message.c.at < before, message.c.blanked_at.is_(None))
        with self.database.read() as connection:
            found = connection.execute(
                select(message.c.conversation_id).where(*old).distinct().order_by(message.c.conversation_id).limit(500)
            ).scalars()
            talks = tuple(found)
        for conversation_id in talks:
            with self._one(conversation_id) as connection:
                if connection is None:
                    continue
                held = select(message.c.id).where(message.c.conversation_id == conversation_id, *old)
                if not (numbers := list(connection.execute(held).scalars())):
                    continue  # the patient has just said yes or no
                blank_texts(connection, numbers, at=at)
                forget_screen_words(connection, conversation_id)
                connection.execute(delete(dialogue_state).where(dialogue_state.c.name == engine_name(conversation_id)))
        self.database.drop_old_pages()
        return talks

    def erase(self, conversation_id: str, *, at: datetime, by: str) -> bool:
        with self.database.write() as connection:
            talk = lock_conversation(connection, conversation_id)
            if talk.hold_at is not None or danger_open(connection, conversation_id):
                if talk.erase_wanted_at is None:
                    connection.execute(
                        update(conversation).where(conversation.c.id == conversation_id).values(erase_wanted_at=at)
                    )
                    audit.write(connection, at=at, by=by, action="conversation.erase_wanted", target=conversation_id)
                return False
            erase(connection, conversation_id, at=at, by=by)
        self.database.drop_old_pages()
        return True

    def hand_back_silent(self, *, before: datetime, at: datetime, say: Reply) -> tuple[str, ...]:
        spoken = exists().where(
            message.c.conversation_id == conversation.c.id, message.c.author == "staff", message.c.at >= before
        )
        silent = (conversation.c.mode == "staff", conversation.c.mode_since < before, ~spoken)
        with self.database.read() as connection:
            found = tuple(
                connection.execute(select(conversation.c.id).where(*silent).order_by(conversation.c.id)).scalars()
            )
        handed = []
        for conversation_id in found:
            with self._one(conversation_id) as connection:
                still = select(conversation.c.id).where(conversation.c.id == conversation_id, *silent)
                if connection is None or connection.execute(still).first() is None:
                    continue
                speak(connection, conversation_id, say, author="system", public_id=f"b-{uuid4().hex}", at=at)
                connection.execute(
                    update(conversation)
                    .where(conversation.c.id == conversation_id)
                    .values(mode="waiting", mode_since=at)
                )
                audit.write(connection, at=at, by="system", action="conversation.handed_back", target=conversation_id)
                attention.refresh(connection, conversation_id)
                handed.append(conversation_id)
        return tuple(handed)


def _forget_leftovers(connection: Connection, rules: tuple[KeepRule, ...], *, at: datetime) -> None:
    """What belongs to no conversation any more goes after the shortest time that any rule gives."""
    devices.forget_old(connection, at=at)
    connection.execute(  # the notice that everything was deleted could not be sent for a day: it stays unsaid
        delete(push_line).where(push_line.c.ended_at < at - timedelta(days=1))
    )
    if rules:
        connection.execute(delete(taken_event).where(taken_event.c.at < at - min(rule.keep for rule in rules)))


def erase_if_wanted(connection: Connection, conversation_id: str, *, at: datetime) -> bool:
    """The patient asked for it while a danger was open or a hold stood; the last may just have ended.  True if erased."""
    talk = lock_conversation(connection, conversation_id)
    if talk.erase_wanted_at is None or talk.hold_at is not None or danger_open(connection, conversation_id):
        return False
    erase(connection, conversation_id, at=at, by="patient")
    return True


def danger_open(connection: Connection, conversation_id: str) -> bool:
    found = select(escalation.c.id).where(
        escalation.c.conversation_id == conversation_id,
        escalation.c.kind == "danger",
        escalation.c.state.in_(attention.OPEN_STATES),
    )
    return connection.execute(found).first() is not None


def erase(connection: Connection, conversation_id: str, *, at: datetime, by: str, reason: str | None = None) -> None:
    """
    Removes words of patient, assistant and staff, contact details and the snapshot.

    Raises:
        UnknownConversation: Nothing of it was ever stored.
    """
    talk = lock_conversation(connection, conversation_id)
    if talk.erased_at is not None:
        return
    numbers = connection.execute(select(message.c.id).where(message.c.conversation_id == conversation_id)).scalars()
    blank_texts(connection, list(numbers), at=at)
    connection.execute(
        update(message)
        .where(message.c.conversation_id == conversation_id)
        .values(answered_at=func.coalesce(message.c.answered_at, at), held=False)
    )
    connection.execute(update(escalation).where(escalation.c.conversation_id == conversation_id).values(reason=None))
    connection.execute(delete(contact).where(contact.c.conversation_id == conversation_id))
    connection.execute(delete(note).where(note.c.conversation_id == conversation_id))
    connection.execute(delete(turn_mark).where(turn_mark.c.conversation_id == conversation_id))
    connection.execute(delete(example).where(example.c.conversation_id == conversation_id))
    connection.execute(
        delete(conversation_indication).where(conversation_indication.c.conversation_id == conversation_id)
    )
    connection.execute(delete(conversation_label).where(conversation_label.c.conversation_id == conversation_id))
    connection.execute(delete(dialogue_state).where(dialogue_state.c.name == engine_name(conversation_id)))
    connection.execute(delete(remembered_device).where(remembered_device.c.conversation_id == conversation_id))
    posts.end_line(connection, conversation_id, at=at)
    connection.execute(
        update(outbox)
        .where(outbox.c.conversation_id == conversation_id, outbox.c.kind == "waiting", outbox.c.sent_at.is_(None))
        .values(cancelled_at=at)
    )
    connection.execute(
        update(conversation)
        .where(conversation.c.id == conversation_id)
        .values(
            snapshot=None,
            route=None,
            screen_state=None,
            question=None,
            question_since=None,
            mode="closed",
            mode_since=at,
            erased_at=at,
            version=talk.version + 1,
        )
    )
    audit.write(
        connection,
        at=at,
        by=by,
        action="conversation.erased",
        target=conversation_id,
        details={"reason": reason} if reason else None,
    )
    attention.refresh(connection, conversation_id)
