"""Marks on messages and the examples made of them; nothing leaves before a second person has read it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Row

from bot.clinical.codes import Level
from bot.conversation.desk import DeskConflict
from bot.conversation.learning import VERDICTS, Example, Mark
from bot.conversation.ports import UnknownConversation
from bot.knowledge.pseudonyms import Pseudonym, without_person
from bot.records import audit
from bot.records.contact_hiding import COLUMNS, Cover, cover_of
from bot.records.database import Database
from bot.records.rows import lock_conversation
from bot.records.schema import contact, example, message, staff, turn_mark


class Learning:
    """The review and learning part of the desk."""

    database: Database

    def mark_turn(
        self,
        conversation_id: str,
        seq: int,
        *,
        verdict: str,
        by: str,
        now: datetime,
        intent: str | None = None,
        topic: str | None = None,
        level: Level | None = None,
        comment: str = "",
    ) -> None:
        if verdict not in VERDICTS:
            raise DeskConflict("Choose one of the verdicts.")
        with self.database.write() as connection:
            _readable(connection, conversation_id)
            found = _message(connection, conversation_id, seq)
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            values: dict[str, Any] = {
                "staff_id": by,
                "at": now,
                "verdict": verdict,
                "intent": intent,
                "topic": topic,
                "level": level,
                "comment": _as_typed(connection, found, comment),
            }
            connection.execute(
                dialect.insert(turn_mark)
                .values(message_id=found.id, conversation_id=conversation_id, **values)
                .on_conflict_do_update(index_elements=["message_id"], set_=values)
            )
            audit.write(
                connection,
                at=now,
                by=by,
                action="turn.marked",
                target=conversation_id,
                details={"message": found.public_id, "verdict": verdict},
            )

    def marks(self, conversation_id: str) -> dict[int, Mark]:
        with self.database.read() as connection:
            cover = cover_of(connection, conversation_id)
            found = connection.execute(
                select(turn_mark, message.c.seq, staff.c.name)
                .join(message, message.c.id == turn_mark.c.message_id)
                .join(staff, staff.c.id == turn_mark.c.staff_id)
                .where(turn_mark.c.conversation_id == conversation_id)
            )
            return {
                row.seq: Mark(
                    row.seq, row.verdict, row.name, row.at, row.intent, row.topic, row.level, cover.text(row.comment)
                )
                for row in found
            }

    def propose_message(
        self, conversation_id: str, seq: int, *, rules: tuple[Pseudonym, ...], by: str, now: datetime
    ) -> str:
        with self.database.write() as connection:
            talk = _readable(connection, conversation_id)
            found = _message(connection, conversation_id, seq)
            mark = connection.execute(select(turn_mark).where(turn_mark.c.message_id == found.id)).first()
            if mark is None or found.author != "patient":
                raise DeskConflict("Mark the patient's message first: an example needs its right labels.")
            content = _turn(found, mark, _unnamed(connection, talk, rules), alone=True)
            return _propose(connection, conversation_id, "message", content, by=by, now=now)

    def propose_conversation(
        self, conversation_id: str, *, rules: tuple[Pseudonym, ...], by: str, now: datetime
    ) -> str:
        with self.database.write() as connection:
            talk = _readable(connection, conversation_id)
            unnamed = _unnamed(connection, talk, rules)
            marks = {
                row.message_id: row
                for row in connection.execute(select(turn_mark).where(turn_mark.c.conversation_id == conversation_id))
            }
            said = connection.execute(
                select(message)
                .where(
                    message.c.conversation_id == conversation_id,
                    message.c.author == "patient",
                    message.c.blanked_at.is_(None),
                    ~message.c.held,
                )
                .order_by(message.c.seq)
            ).all()
            if not said:
                raise DeskConflict("There is no message of the patient that may be shown.")
            turns = [_turn(row, marks.get(row.id), unnamed) for row in said]
            return _propose(connection, conversation_id, "conversation", {"turns": turns}, by=by, now=now)

    def examples(self, *, state: str | None = None, limit: int = 500) -> tuple[Example, ...]:
        proposer, decider = staff.alias("proposer"), staff.alias("decider")
        query = (
            select(example, proposer.c.name.label("proposer"), decider.c.name.label("decider"), *COLUMNS)
            .join(proposer, proposer.c.id == example.c.proposed_by)
            .join(decider, decider.c.id == example.c.decided_by, isouter=True)
            .join(contact, contact.c.conversation_id == example.c.conversation_id, isouter=True)
            .order_by(example.c.proposed_at, example.c.id)
            .limit(limit)
        )
        with self.database.read() as connection:
            return tuple(
                _example(row)
                for row in connection.execute(query if state is None else query.where(example.c.state == state))
            )

    def decide_example(self, example_id: str, *, approve: bool, by: str, now: datetime) -> None:
        with self.database.write() as connection:
            row = connection.execute(select(example).where(example.c.id == example_id).with_for_update()).first()
            if row is None:
                raise LookupError(f"no example {example_id}")
            if row.state != "proposed":
                raise DeskConflict("Somebody has decided on this example already.")
            if approve and row.proposed_by == by:
                raise DeskConflict("You have proposed this example. A second person has to read and approve it.")
            state = "approved" if approve else "refused"
            connection.execute(
                update(example).where(example.c.id == example_id).values(state=state, decided_by=by, decided_at=now)
            )
            audit.write(
                connection,
                at=now,
                by=by,
                action=f"example.{state}",
                target=row.conversation_id,
                details={"example": example_id},
            )


def _readable(connection: Connection, conversation_id: str) -> Row:
    talk = lock_conversation(connection, conversation_id)
    if talk.erased_at is not None or talk.erase_wanted_at is not None:
        raise UnknownConversation(conversation_id)
    return talk


def _message(connection: Connection, conversation_id: str, seq: int) -> Row:
    found = connection.execute(
        select(message).where(message.c.conversation_id == conversation_id, message.c.seq == seq)
    ).first()
    if found is None or found.held or found.blanked_at is not None:
        raise LookupError(f"{conversation_id}: no message {seq} that may be shown")
    return found


def _as_typed(connection: Connection, found: Row, comment: str) -> str:
    """A comment sent back as the form showed it, with its dots, is the stored one."""
    stored = connection.execute(select(turn_mark.c.comment).where(turn_mark.c.message_id == found.id)).scalar()
    shown = cover_of(connection, found.conversation_id).text(stored) if stored else None
    return stored if stored and comment == shown else comment


def _unnamed(connection: Connection, talk: Row, rules: tuple[Pseudonym, ...]) -> Callable[[str], str]:
    """Takes out of a text what tells who the patient is: what they left first, for no rule knows every number."""
    names, cover = _names(connection, talk), cover_of(connection, talk.id)
    put = {rule.id: rule.put for rule in rules}

    def unnamed(text: str) -> str:
        left_out = cover.text(text, phone=put.get("telephone", ""), email=put.get("email", ""))
        return without_person(left_out, rules, names=names)

    return unnamed


def _names(connection: Connection, talk: Row) -> tuple[str, ...]:
    """What the patient and the staff are called, as far as the records know."""
    patient = connection.execute(select(contact.c.name).where(contact.c.conversation_id == talk.id)).scalar()
    return tuple(name for name in (patient, *connection.execute(select(staff.c.name)).scalars()) if name)


def _turn(row: Row, mark: Row | None, unnamed: Callable[[str], str], *, alone: bool = False) -> dict[str, Any]:
    """A message with its right labels: staff's where they gave them, else what was read and not contradicted."""
    read_right = mark is None or mark.verdict in ("right", "bad_answer")
    raised = bool((row.screen or {}).get("raised"))
    found = row.level if raised or not alone else Level.NONE  # in a conversation the level stays
    if mark is not None and mark.level is not None:
        level: Level | None = mark.level
    else:
        level = Level.NONE if mark is not None and mark.verdict == "false_alarm" else found if read_right else None
    read = row.nlu or {}
    intent = (mark.intent if mark else None) or (read.get("intent") if read_right else None)
    topic = (mark.topic if mark else None) or (
        read.get("topic") if read_right and intent == read.get("intent") else None
    )
    return {
        "text": unnamed(row.text),
        "intent": intent,
        "topic": topic,
        "level": level.code if level is not None else None,
        "verdict": mark.verdict if mark else None,
    }


def _propose(
    connection: Connection, conversation_id: str, kind: str, content: dict[str, Any], *, by: str, now: datetime
) -> str:
    example_id = f"x-{uuid4().hex[:16]}"
    connection.execute(
        insert(example).values(
            id=example_id,
            conversation_id=conversation_id,
            kind=kind,
            content=content,
            proposed_by=by,
            proposed_at=now,
            state="proposed",
        )
    )
    audit.write(
        connection, at=now, by=by, action="example.proposed", target=conversation_id, details={"example": example_id}
    )
    return example_id


def _example(row: Row) -> Example:
    """With what the patient has left since it was proposed covered."""
    return Example(
        id=row.id,
        conversation_id=row.conversation_id,
        kind=row.kind,
        content=Cover.of(row).json(row.content),
        proposed_by=row.proposed_by,
        proposed_name=row.proposer,
        proposed_at=row.proposed_at,
        state=row.state,
        decided_name=row.decider,
        decided_at=row.decided_at,
    )
