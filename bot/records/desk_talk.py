"""One conversation as staff see it, and what they do with it: assign, note, answer, close."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Connection, Row

from bot.clinical.codes import Level
from bot.conversation.desk import DeskConflict
from bot.conversation.desk_talk import DeskConversation, DeskEscalation, DeskMatch, DeskMessage, DeskNote
from bot.conversation.entries import message_key
from bot.conversation.ports import Contact, Reply, UnknownConversation
from bot.records import attention, audit, posts, retention, timeline
from bot.records.alerts import desk_alert
from bot.records.contact_hiding import Cover
from bot.records.database import Database
from bot.records.desk_together import labels_of, mention_people, see_mentions, stop_typing
from bot.records.rows import lock_conversation, speak
from bot.records.rows_of_messages import reply_of
from bot.records.schema import assignment, contact, conversation, escalation, match, message, note, outbox, post, staff


class TalkPage:
    """The conversation part of the desk."""

    database: Database

    def open(self, conversation_id: str, *, by: str, now: datetime) -> DeskConversation:
        with self.database.write() as connection:
            talk = _existing(connection, conversation_id)
            connection.execute(update(conversation).where(conversation.c.id == talk.id).values(unread=0))
            see_mentions(connection, conversation_id, by=by, now=now)
            posts.see_failures(connection, conversation_id, at=now)
            audit.write(connection, at=now, by=by, action="conversation.opened", target=conversation_id)
            return _page(connection, talk)

    def contact(self, conversation_id: str, *, by: str, now: datetime) -> Contact | None:
        with self.database.write() as connection:
            _existing(connection, conversation_id)
            row = connection.execute(select(contact).where(contact.c.conversation_id == conversation_id)).first()
            if row is None:
                return None
            audit.write(connection, at=now, by=by, action="contact.shown", target=conversation_id)
            return _contact(row)

    def stamp(self, conversation_id: str) -> str:
        with self.database.read() as connection:
            talk = connection.execute(select(conversation).where(conversation.c.id == conversation_id)).first()
            if talk is None or talk.erased_at is not None:
                raise UnknownConversation(conversation_id)
            states = connection.execute(
                select(escalation.c.state)
                .where(escalation.c.conversation_id == conversation_id)
                .order_by(escalation.c.at, escalation.c.id)
            ).scalars()
            notes = connection.execute(
                select(func.count()).select_from(note).where(note.c.conversation_id == conversation_id)
            ).scalar_one()
            called = connection.execute(
                select(contact.c.tries, contact.c.at).where(contact.c.conversation_id == conversation_id)
            ).first()
            labels = labels_of(connection, conversation_id)
            who = (talk.assigned_to, talk.taken_by)
            steps = (*who, talk.outcome_at, talk.reviewed_at, notes, labels, tuple(called or ()), *states)
            digest = hashlib.sha256(repr(steps).encode()).hexdigest()[:12]
            return f"{talk.version}.{talk.last_seq}.{talk.mode}.{digest}"

    def assign(self, conversation_id: str, *, to: str | None, by: str, now: datetime) -> None:
        with self.database.write() as connection:
            _existing(connection, conversation_id)
            if (
                to is not None
                and connection.execute(select(staff.c.active).where(staff.c.id == to)).scalar() is not True
            ):
                raise LookupError(f"no active member of staff {to}")
            connection.execute(update(conversation).where(conversation.c.id == conversation_id).values(assigned_to=to))
            connection.execute(
                insert(assignment).values(conversation_id=conversation_id, staff_id=to, by_staff=by, at=now)
            )
            audit.write(
                connection, at=now, by=by, action="conversation.assigned", target=conversation_id, details={"to": to}
            )

    def note(self, conversation_id: str, text: str, *, by: str, now: datetime) -> str:
        with self.database.write() as connection:
            _existing(connection, conversation_id)
            note_id = f"n-{uuid4().hex}"
            connection.execute(
                insert(note).values(id=note_id, conversation_id=conversation_id, staff_id=by, at=now, text=text)
            )
            mention_people(connection, note_id, text, by=by)
            audit.write(
                connection,
                at=now,
                by=by,
                action="conversation.noted",
                target=conversation_id,
                details={"note": note_id},
            )
            return note_id

    def set_outcome(self, conversation_id: str, outcome: str, *, by: str, now: datetime) -> None:
        self._change(
            conversation_id,
            {"outcome": outcome[:200], "outcome_at": now},
            action="conversation.outcome_set",
            by=by,
            now=now,
        )

    def mark_reviewed(self, conversation_id: str, *, by: str, now: datetime) -> None:
        self._change(
            conversation_id, {"reviewed_by": by, "reviewed_at": now}, action="conversation.reviewed", by=by, now=now
        )

    def close(self, conversation_id: str, *, by: str, now: datetime) -> None:
        with self.database.write() as connection:
            _existing(connection, conversation_id)
            still_open = connection.execute(
                select(escalation.c.id).where(
                    escalation.c.conversation_id == conversation_id,
                    escalation.c.state.in_(attention.OPEN_STATES),
                )
            ).first()
            if still_open:
                raise DeskConflict("An escalation is still open. Confirm or release it first, then close.")
            _set_mode(connection, conversation_id, "closed", action="conversation.closed", by=by, now=now)

    def reopen(self, conversation_id: str, *, by: str, now: datetime) -> None:
        with self.database.write() as connection:
            if _existing(connection, conversation_id).mode != "closed":
                raise DeskConflict("This conversation is open already.")
            _set_mode(connection, conversation_id, "assistant", action="conversation.reopened", by=by, now=now)

    def take_over(self, conversation_id: str, *, by: str, now: datetime, from_: str | None = None) -> None:
        with self.database.write() as connection:
            talk = _existing(connection, conversation_id)
            if talk.mode == "staff" and talk.taken_by == by:
                return
            if talk.mode == "staff" and talk.taken_by not in (None, from_):
                raise DeskConflict(f"{_name(connection, talk.taken_by)} has taken over this conversation.")
            _take_over(connection, conversation_id, by=by, now=now)

    def hand_back(self, conversation_id: str, *, by: str, now: datetime) -> None:
        with self.database.write() as connection:
            if _existing(connection, conversation_id).mode not in ("staff", "waiting"):
                raise DeskConflict("The assistant answers this conversation already.")
            _set_mode(connection, conversation_id, "assistant", action="conversation.handed_back", by=by, now=now)

    def reply(
        self, conversation_id: str, text: str, *, message_id: str, by: str, now: datetime, seen: int | None = None
    ) -> int:
        if not text.strip():
            raise DeskConflict("The reply is empty.")
        with self.database.write() as connection:
            talk = _existing(connection, conversation_id)
            known = connection.execute(
                select(message.c.seq).where(message.c.key == message_key(conversation_id, message_id))
            ).scalar()
            if known is not None:
                return int(known)
            if seen is not None:
                _nobody_answered(connection, conversation_id, by=by, seen=seen)
            if talk.mode != "staff":
                _take_over(connection, conversation_id, by=by, now=now)
            seq = speak(
                connection, conversation_id, Reply(text), author="staff", public_id=message_id, at=now, staff_id=by
            )
            audit.write(
                connection,
                at=now,
                by=by,
                action="conversation.answered",
                target=conversation_id,
                details={"message": message_id},
            )
            stop_typing(connection, conversation_id)
            attention.refresh(connection, conversation_id)
            return seq

    def erase(self, conversation_id: str, *, reason: str, by: str, now: datetime) -> None:
        with self.database.write() as connection:
            if _existing(connection, conversation_id).hold_at is not None:
                raise DeskConflict("This conversation is under a legal hold. Lift the hold first.")
            retention.erase(connection, conversation_id, at=now, by=by, reason=reason)
        self.database.drop_old_pages()

    def _change(self, conversation_id: str, values: dict[str, Any], *, action: str, by: str, now: datetime) -> None:
        with self.database.write() as connection:
            _existing(connection, conversation_id)
            connection.execute(update(conversation).where(conversation.c.id == conversation_id).values(**values))
            audit.write(connection, at=now, by=by, action=action, target=conversation_id)


def _existing(connection: Connection, conversation_id: str) -> Row:
    talk = lock_conversation(connection, conversation_id)
    if talk.erased_at is not None:
        raise UnknownConversation(conversation_id)
    return talk


def _nobody_answered(connection: Connection, conversation_id: str, *, by: str, seen: int) -> None:
    """Two people who write at once must not both send without having read each other."""
    other = connection.execute(
        select(message.c.staff_id)
        .where(
            message.c.conversation_id == conversation_id,
            message.c.author == "staff",
            message.c.seq > seen,
            message.c.staff_id != by,
        )
        .order_by(message.c.seq.desc())
        .limit(1)
    ).scalar()
    if other is not None:
        raise DeskConflict(f"{_name(connection, other)} has answered the patient meanwhile. Read that first.")


def _name(connection: Connection, staff_id: str | None) -> str:
    return connection.execute(select(staff.c.name).where(staff.c.id == staff_id)).scalar() or "Somebody"


def _take_over(connection: Connection, conversation_id: str, *, by: str, now: datetime) -> None:
    _set_mode(connection, conversation_id, "staff", action="conversation.taken_over", by=by, now=now)
    talk = lock_conversation(connection, conversation_id)
    connection.execute(update(conversation).where(conversation.c.id == conversation_id).values(taken_by=by))
    if talk.assigned_to is None:
        connection.execute(update(conversation).where(conversation.c.id == conversation_id).values(assigned_to=by))
        connection.execute(insert(assignment).values(conversation_id=conversation_id, staff_id=by, by_staff=by, at=now))


def _set_mode(connection: Connection, conversation_id: str, mode: str, *, action: str, by: str, now: datetime) -> None:
    connection.execute(
        update(conversation).where(conversation.c.id == conversation_id).values(mode=mode, mode_since=now)
    )
    stop_typing(connection, conversation_id)
    audit.write(connection, at=now, by=by, action=action, target=conversation_id)
    attention.refresh(connection, conversation_id)


def _page(connection: Connection, talk: Row) -> DeskConversation:
    """All that staff may see of it, with the contact details covered wherever they stand in words."""
    names = {row.id: row.name for row in connection.execute(select(staff.c.id, staff.c.name))}
    reachable = connection.execute(select(contact).where(contact.c.conversation_id == talk.id)).first()
    cover = Cover.of(reachable) if reachable is not None else Cover()
    messages = connection.execute(
        select(message, post.c.state.label("post_state"), post.c.error.label("post_error"))
        .join(post, post.c.message_id == message.c.id, isouter=True)
        .where(message.c.conversation_id == talk.id)
        .order_by(message.c.seq)
    ).all()
    texts = {row.id: row.text for row in messages}
    by_message: dict[int, list[DeskMatch]] = defaultdict(list)
    by_escalation: dict[str, list[DeskMatch]] = defaultdict(list)
    for row in connection.execute(
        select(match, message.c.public_id)
        .join(message, message.c.id == match.c.message_id)
        .where(message.c.conversation_id == talk.id)
        .order_by(match.c.id)
    ):
        found = _match(row, cover, texts.get(row.message_id, ""))
        by_message[row.message_id].append(found)
        if row.escalation_id:
            by_escalation[row.escalation_id].append(found)
    escalations = connection.execute(
        select(escalation).where(escalation.c.conversation_id == talk.id).order_by(escalation.c.at, escalation.c.id)
    ).all()
    notes = connection.execute(select(note).where(note.c.conversation_id == talk.id).order_by(note.c.at)).all()
    calls = connection.execute(
        select(outbox).where(outbox.c.conversation_id == talk.id).order_by(outbox.c.due_at, outbox.c.id)
    ).all()
    return DeskConversation(
        conversation_id=talk.id,
        version=talk.version,
        level=talk.level,
        category=talk.category,
        channel=talk.channel,
        region=talk.region,
        mode=talk.mode,
        consent=talk.consent,
        opened_at=talk.opened_at,
        last_at=talk.last_at,
        assigned_to=talk.assigned_to,
        assigned_name=names.get(talk.assigned_to),
        outcome=talk.outcome,
        outcome_at=talk.outcome_at,
        reviewed_by=names.get(talk.reviewed_by),
        reviewed_at=talk.reviewed_at,
        contact=None,
        reachable_by=_reachable_by(_contact(reachable)) if reachable else (),
        question=talk.question,
        messages=tuple(_message(row, tuple(by_message[row.id]), names, cover) for row in messages),
        escalations=tuple(_escalation(row, tuple(by_escalation[row.id]), names, cover) for row in escalations),
        notes=tuple(
            DeskNote(id=row.id, by=names.get(row.staff_id, row.staff_id), at=row.at, text=cover.text(row.text))
            for row in notes
        ),
        taken_by=talk.taken_by if talk.mode == "staff" else None,
        taken_name=names.get(talk.taken_by) if talk.mode == "staff" else None,
        labels=labels_of(connection, talk.id),
        to_call=reachable is not None and reachable.done_at is None,
        alerts=tuple(desk_alert(row) for row in calls),
        events=timeline.events(connection, talk, names),
        snapshot=cover.json(dict(talk.snapshot or {})),
    )


def _message(row: Row, matches: tuple[DeskMatch, ...], names: dict[str, str], cover: Cover) -> DeskMessage:
    nlu = row.nlu or {}
    hidden = "blanked" if row.blanked_at is not None else "held" if row.held and not matches else None
    reply = reply_of(row)
    return DeskMessage(
        seq=row.seq,
        id=row.public_id,
        author=row.author,
        author_name=names.get(row.staff_id),
        reply=Reply("") if hidden else cover.reply(reply),
        at=row.at,
        hidden=hidden,
        level=row.level or Level.NONE,
        intent=nlu.get("intent"),
        confidence=nlu.get("confidence"),
        understood=nlu.get("understood"),
        matches=matches,
        delivered_at=row.delivered_at,
        post_state=row.post_state,
        post_error=row.post_error,
    )


def _match(row: Row, cover: Cover, text: str) -> DeskMatch:
    return DeskMatch(
        rule=row.rule,
        level=row.level,
        category=row.category,
        message_id=row.public_id,
        start=row.start,
        end=row.end,
        words=cover.words(row.words, start=row.start, end=row.end, message=text),
    )


def _escalation(row: Row, matches: tuple[DeskMatch, ...], names: dict[str, str], cover: Cover) -> DeskEscalation:
    return DeskEscalation(
        id=row.id,
        level=row.level,
        category=row.category,
        at=row.at,
        due_at=row.due_at,
        content_version=row.content_version,
        advice=row.advice,
        matches=matches,
        state=row.state,
        kind=row.kind,
        acknowledged_by=names.get(row.acknowledged_by),
        acknowledged_at=row.acknowledged_at,
        closed_by=names.get(row.closed_by),
        closed_at=row.closed_at,
        reason=cover.text(row.reason) if row.reason else row.reason,
    )


def _contact(row: Row) -> Contact:
    return Contact(
        name=row.name,
        phone=row.phone,
        email=row.email,
        preferred_time=row.preferred_time,
        earlier=tuple(row.earlier or ()),
    )


def _reachable_by(left: Contact) -> tuple[str, ...]:
    return tuple(key for key in ("name", "phone", "email", "preferred_time") if getattr(left, key))
