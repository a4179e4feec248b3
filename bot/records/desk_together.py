"""Staff working together: labels, mentions, who is looking, and whom to call back."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from bot.conversation.desk import DeskConflict
from bot.conversation.desk_talk import CallBack, Present
from bot.conversation.ports import UnknownConversation
from bot.records import audit
from bot.records.database import Database
from bot.records.rows import lock_conversation
from bot.records.schema import contact, conversation, conversation_label, mention, note, presence, staff

MOST_LABELS = 12
LONGEST_LABEL = 40
_LABELS_COUNTED = 2000  # the last ones given say which are in use
_HERE = timedelta(seconds=20)  # an open page says every few seconds that it is there
_SAY_AGAIN = timedelta(seconds=5)  # a page is no reason to write more often
_TYPE_AGAIN = timedelta(seconds=2)  # nor is typing
_NAMED = re.compile(r"(?<![\w@.])@([a-z0-9](?:[a-z0-9._:-]*[a-z0-9])?)", re.IGNORECASE)


class Together:
    """The part of the desk for working on one conversation with several people."""

    database: Database

    # --- labels

    def label(self, conversation_id: str, label: str, *, by: str, now: datetime) -> None:
        label = " ".join(label.split()).lower()[:LONGEST_LABEL].strip()
        if not label:
            raise DeskConflict("The label is empty.")
        with self.database.write() as connection:
            _existing(connection, conversation_id)
            here = labels_of(connection, conversation_id)
            if label in here:
                return
            if len(here) >= MOST_LABELS:
                raise DeskConflict(f"A conversation has {MOST_LABELS} labels at most. Take one away first.")
            connection.execute(insert(conversation_label).values(conversation_id=conversation_id, label=label, at=now))
            _note_labels(connection, conversation_id, by=by, now=now)

    def unlabel(self, conversation_id: str, label: str, *, by: str, now: datetime) -> None:
        with self.database.write() as connection:
            _existing(connection, conversation_id)
            gone = connection.execute(
                delete(conversation_label).where(
                    conversation_label.c.conversation_id == conversation_id, conversation_label.c.label == label
                )
            )
            if gone.rowcount:
                _note_labels(connection, conversation_id, by=by, now=now)

    def labels_in_use(self, *, limit: int = 50) -> tuple[str, ...]:
        given = (
            select(conversation_label.c.label)
            .order_by(conversation_label.c.at.desc(), conversation_label.c.label)
            .limit(_LABELS_COUNTED)
            .subquery()
        )
        with self.database.read() as connection:
            rows = connection.execute(
                select(given.c.label).group_by(given.c.label).order_by(func.count().desc(), given.c.label).limit(limit)
            )
            return tuple(rows.scalars())

    # --- who is looking

    def here(self, conversation_id: str, *, by: str, now: datetime, writing: bool) -> tuple[Present, ...]:
        with self.database.read() as connection:
            rows = connection.execute(
                select(presence.c.staff_id, presence.c.at, presence.c.writing, staff.c.name)
                .join(staff, staff.c.id == presence.c.staff_id)
                .where(presence.c.conversation_id == conversation_id, presence.c.at > now - _HERE)
                .order_by(staff.c.name)
            ).all()
        mine = next((row for row in rows if row.staff_id == by), None)
        if mine is None or mine.writing != writing or now - mine.at >= _SAY_AGAIN:
            self._say_here(conversation_id, by=by, now=now, writing=writing)
        return tuple(Present(row.name, row.writing) for row in rows if row.staff_id != by)

    def _say_here(self, conversation_id: str, *, by: str, now: datetime, writing: bool) -> None:
        with self.database.write() as connection:
            known = connection.execute(
                select(conversation.c.id).where(
                    conversation.c.id == conversation_id, conversation.c.erased_at.is_(None)
                )
            ).first()
            if known is None:
                raise UnknownConversation(conversation_id)
            connection.execute(delete(presence).where(presence.c.at <= now - _HERE))
            _note_presence(connection, conversation_id, by=by, at=now, writing=writing)

    def typing(self, conversation_id: str, *, by: str, now: datetime) -> None:
        with self.database.write() as connection:
            talk = connection.execute(
                select(conversation.c.mode, conversation.c.taken_by, conversation.c.last_seq, presence.c.typed_at)
                .join(
                    presence,
                    (presence.c.conversation_id == conversation.c.id) & (presence.c.staff_id == by),
                    isouter=True,
                )
                .where(conversation.c.id == conversation_id, conversation.c.erased_at.is_(None))
            ).first()
            if talk is None:
                raise UnknownConversation(conversation_id)
            if talk.mode != "staff" or talk.taken_by != by:
                raise DeskConflict("You have not taken over this conversation.")
            if talk.typed_at is not None and timedelta(0) <= now - talk.typed_at < _TYPE_AGAIN:
                return
            _note_presence(connection, conversation_id, by=by, at=now, writing=True, typed_at=now)
            if connection.dialect.name == "postgresql":
                from bot.records.notices import CHANNEL

                connection.execute(select(func.pg_notify(CHANNEL, f"{conversation_id} {talk.last_seq}")))

    # --- calls back

    def call_backs(self, *, limit: int = 200) -> tuple[CallBack, ...]:
        with self.database.read() as connection:
            rows = connection.execute(
                select(
                    contact,
                    conversation.c.level,
                    conversation.c.category,
                    conversation.c.mode,
                    staff.c.name.label("who"),
                )
                .join(conversation, conversation.c.id == contact.c.conversation_id)
                .join(staff, staff.c.id == conversation.c.assigned_to, isouter=True)
                .where(contact.c.done_at.is_(None), conversation.c.erased_at.is_(None))
                .order_by(conversation.c.level.desc(), contact.c.at)
                .limit(limit)
            ).all()
            names = dict(connection.execute(select(staff.c.id, staff.c.name)).all())
        return tuple(
            CallBack(
                conversation_id=row.conversation_id,
                level=row.level,
                category=row.category,
                asked_at=row.at,
                reachable_by=tuple(kind for kind in ("phone", "email") if getattr(row, kind)),
                preferred_time=row.preferred_time,
                mode=row.mode,
                assigned_name=row.who,
                tries=row.tries,
                last_try_at=row.last_try_at,
                last_try_by=names.get(row.last_try_by),
            )
            for row in rows
        )

    def called(self, conversation_id: str, *, reached: bool, by: str, now: datetime) -> None:
        with self.database.write() as connection:
            _existing(connection, conversation_id)
            row = connection.execute(
                select(contact).where(contact.c.conversation_id == conversation_id).with_for_update()
            ).first()
            if row is None:
                raise DeskConflict("This patient has left no contact details.")
            if row.done_at is not None:
                who = connection.execute(select(staff.c.name).where(staff.c.id == row.last_try_by)).scalar()
                raise DeskConflict(f"{who or 'Somebody'} has reached this patient already.")
            connection.execute(
                update(contact)
                .where(contact.c.conversation_id == conversation_id)
                .values(tries=row.tries + 1, last_try_at=now, last_try_by=by, done_at=now if reached else None)
            )
            action = "callback.done" if reached else "callback.tried"
            audit.write(connection, at=now, by=by, action=action, target=conversation_id)


def labels_of(connection: Connection, conversation_id: str) -> tuple[str, ...]:
    rows = connection.execute(
        select(conversation_label.c.label)
        .where(conversation_label.c.conversation_id == conversation_id)
        .order_by(conversation_label.c.label)
    )
    return tuple(rows.scalars())


def mention_people(connection: Connection, note_id: str, text: str, *, by: str) -> None:
    """Keeps who is named in a note by "@user.name"; whoever writes it need not be told."""
    named = {found.lower() for found in _NAMED.findall(text)}
    if not named:
        return
    people = connection.execute(
        select(staff.c.id).where(func.lower(staff.c.username).in_(sorted(named)), staff.c.active, staff.c.id != by)
    ).scalars()
    for staff_id in people.all():
        connection.execute(insert(mention).values(note_id=note_id, staff_id=staff_id))


def see_mentions(connection: Connection, conversation_id: str, *, by: str, now: datetime) -> None:
    """This person has opened the conversation in which somebody named them."""
    here = select(note.c.id).where(note.c.conversation_id == conversation_id)
    connection.execute(
        update(mention)
        .where(mention.c.staff_id == by, mention.c.seen_at.is_(None), mention.c.note_id.in_(here))
        .values(seen_at=now)
    )


def mentioned_in(staff_id: str) -> Any:
    """The ids of conversations in which a note names this person, who has not opened them since."""
    mine = (mention.c.staff_id == staff_id, mention.c.seen_at.is_(None))
    return select(note.c.conversation_id).join(mention, mention.c.note_id == note.c.id).where(*mine)


def stop_typing(connection: Connection, conversation_id: str) -> None:
    """A reply was sent, or somebody else answers now."""
    connection.execute(update(presence).where(presence.c.conversation_id == conversation_id).values(typed_at=None))


def _note_presence(connection: Connection, conversation_id: str, *, by: str, **values: object) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(
        dialect.insert(presence)
        .values(conversation_id=conversation_id, staff_id=by, **values)
        .on_conflict_do_update(index_elements=["conversation_id", "staff_id"], set_=values)
    )


def _existing(connection: Connection, conversation_id: str) -> None:
    if lock_conversation(connection, conversation_id).erased_at is not None:
        raise UnknownConversation(conversation_id)


def _note_labels(connection: Connection, conversation_id: str, *, by: str, now: datetime) -> None:
    """How many there are and no more: a label may say something about a patient."""
    details = {"labels": len(labels_of(connection, conversation_id))}
    audit.write(connection, at=now, by=by, action="conversation.labelled", target=conversation_id, details=details)
