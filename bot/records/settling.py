"""Write what came of a message: replies, snapshot, consent, hand-over, contact details."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Row

from bot.conversation.entries import Arrival, Outcome, advice_id, message_key
from bot.conversation.ports import MessageRow, Reply, UnknownConversation
from bot.records import alerts, attention, fulltext
from bot.records.blanking import blank_texts, forget_screen_words
from bot.records.rows import lock_conversation, say
from bot.records.schema import contact, conversation, message, staff


def settle(connection: Connection, outcome: Outcome) -> tuple[MessageRow, ...]:
    """
    Returns the replies as stored, whether now or by an earlier call.

    Raises:
        UnknownConversation: The conversation or the message is not in the ledger.
    """
    talk = lock_conversation(connection, outcome.conversation_id)
    if talk.erased_at is not None:
        return ()
    key = message_key(outcome.conversation_id, outcome.message_id)
    origin = connection.execute(select(message).where(message.c.key == key)).first()
    if origin is None:
        raise UnknownConversation(f"{outcome.conversation_id}: no message {outcome.message_id}")
    rows, written = _replies(connection, talk, outcome)
    values: dict[str, Any] = {}
    if written:
        values.update(last_seq=talk.last_seq + written, last_at=max(outcome.at, talk.last_at))
    values.update(_snapshot(outcome))
    if outcome.consent is not None and talk.consent != outcome.consent:
        values.update(consent=outcome.consent, consent_at=outcome.at)
    if outcome.wants_staff and talk.mode == "assistant":
        values.update(mode="waiting", mode_since=outcome.at)
        alerts.announce_wish(connection, outcome, level=talk.level)
    if values:
        connection.execute(update(conversation).where(conversation.c.id == talk.id).values(**values))
    connection.execute(
        update(message)
        .where(message.c.id == origin.id, message.c.answered_at.is_(None))
        .values(answered_at=outcome.at, claimed_until=None)
    )
    if outcome.snapshot:
        connection.execute(update(message).where(message.c.id == origin.id).values(nlu=_understanding(outcome)))
    _consent(connection, talk, origin, outcome)
    if outcome.contact is not None:
        _keep_contact(connection, outcome)
    attention.refresh(connection, talk.id)
    return rows


def advice_with_ids(arrival: Arrival) -> Iterator[tuple[str, Reply]]:
    """The advice of an arrival with its public ids, which the stream used before the ledger had them."""
    for reply in arrival.advice:
        yield advice_id(arrival.conversation_id, arrival.message_id, reply.text), reply


def visible_messages() -> Any:
    """What the patient may see: everything that was not blanked, with the name of the member of staff."""
    return (
        select(message, staff.c.name.label("staff_name"))
        .join(staff, staff.c.id == message.c.staff_id, isouter=True)
        .where(message.c.blanked_at.is_(None))
    )


def _replies(connection: Connection, talk: Row, outcome: Outcome) -> tuple[tuple[MessageRow, ...], int]:
    rows, written = [], 0
    for number, reply in enumerate(outcome.replies, start=1):
        public_id = outcome.reply_id(number)
        stored = connection.execute(
            select(message.c.seq).where(message.c.key == message_key(talk.id, public_id))
        ).scalar()
        if stored is not None:
            rows.append(
                MessageRow(
                    seq=stored,
                    id=public_id,
                    author=outcome.author,
                    reply=reply,
                    at=outcome.at,
                    conversation_id=talk.id,
                )
            )
            continue
        written += 1
        rows.append(
            say(
                connection,
                talk.id,
                seq=talk.last_seq + written,
                public_id=public_id,
                author=outcome.author,
                reply=reply,
                at=outcome.at,
                answers=outcome.message_id,
                level=talk.level,
            )
        )
    return tuple(rows), written


def _snapshot(outcome: Outcome) -> dict[str, Any]:
    if not outcome.snapshot:
        return {}
    values: dict[str, Any] = {"snapshot": outcome.snapshot}
    assessment = outcome.snapshot.get("assessment")
    if isinstance(assessment, dict):
        values["route"] = assessment.get("route")
    if outcome.snapshot.get("understood") is False:
        values["understood"] = False
    return values


def _understanding(outcome: Outcome) -> dict[str, Any]:
    return {key: outcome.snapshot.get(key) for key in ("intent", "confidence", "understood", "topic")}


def _consent(connection: Connection, talk: Row, origin: Row, outcome: Outcome) -> None:
    """Yes sets the held texts free to be processed; no, or a no said earlier, blanks them."""
    consent = outcome.consent if outcome.consent is not None else talk.consent
    if consent is None:
        return
    held = connection.execute(
        select(message.c.id, message.c.text).where(
            message.c.conversation_id == talk.id, message.c.held, message.c.blanked_at.is_(None)
        )
    ).all()
    if not held:
        return
    if consent is False:
        blank_texts(connection, [row.id for row in held], at=outcome.at)
        forget_screen_words(connection, talk.id)
        return
    connection.execute(update(message).where(message.c.id.in_([row.id for row in held])).values(held=False))
    for row in held:
        fulltext.add(connection, row.id, row.text)
    _set_free(connection, [row.id for row in held if row.id < origin.id], at=outcome.at)


def _set_free(connection: Connection, message_ids: list[int], *, at: datetime) -> None:
    """To be answered once more; claimed_until stays empty, so that a crash now loses nothing."""
    connection.execute(
        update(message)
        .where(message.c.id.in_(message_ids))
        .values(released_at=at, answered_at=None, claimed_until=None)
    )


def _keep_contact(connection: Connection, outcome: Outcome) -> None:
    given = {name: value for name, value in vars(outcome.contact).items() if value}
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(
        dialect.insert(contact)
        .values(conversation_id=outcome.conversation_id, at=outcome.at, **given)
        .on_conflict_do_update(index_elements=["conversation_id"], set_={**given, "at": outcome.at})
    )
