"""Write what came of a message: replies, snapshot, consent, hand-over, contact details."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Row

from bot.conversation.entries import Arrival, Outcome, RaisedEntry, advice_id, engine_name, message_key
from bot.conversation.ports import MessageRow, Reply, TurnLost, UnknownConversation
from bot.records import alerts, attention, fulltext
from bot.records.blanking import blank_texts, forget_screen_words
from bot.records.raising import keep_matches, raise_escalation
from bot.records.rows import lock_conversation, say
from bot.records.schema import contact, conversation, conversation_indication, dialogue_state, message, staff


def settle(connection: Connection, outcome: Outcome) -> tuple[MessageRow, ...]:
    """
    Returns the replies as stored, whether now or by an earlier call.

    Raises:
        UnknownConversation: The conversation or the message is not in the ledger.
        TurnLost: Another process has the turn now.
    """
    talk = lock_conversation(connection, outcome.conversation_id)
    if talk.erased_at is not None:
        return ()
    key = message_key(outcome.conversation_id, outcome.message_id)
    origin = connection.execute(select(message).where(message.c.key == key)).first()
    if origin is None:
        raise UnknownConversation(f"{outcome.conversation_id}: no message {outcome.message_id}")
    if outcome.token is not None and outcome.token != talk.turn_token:
        raise TurnLost(outcome.conversation_id)
    if outcome.ends_turn and outcome.token is not None:
        ended = update(conversation).where(conversation.c.id == talk.id).values(turn_holder=None, turn_until=None)
        connection.execute(ended)
    may_follow = outcome.part == "late" and origin.answered_as == "deadline"
    if origin.answered_at is not None and not may_follow:
        return _stored_already(connection, outcome)
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
    if outcome.raised is not None:
        values.update(_raise(connection, talk, origin, outcome.raised, at=outcome.at))
    if values:
        connection.execute(update(conversation).where(conversation.c.id == talk.id).values(**values))
    answered: dict[str, Any] = {
        "answered_at": outcome.at if origin.answered_at is None else origin.answered_at,
        "answered_as": outcome.part,
    }
    if outcome.part != "deadline":  # after the safe sentence its process goes on, and later messages wait behind it
        answered["claimed_until"] = None
    connection.execute(update(message).where(message.c.id == origin.id).values(**answered))
    if outcome.snapshot:
        connection.execute(update(message).where(message.c.id == origin.id).values(nlu=_understanding(outcome)))
    _keep_indications(connection, outcome)
    _consent(connection, talk, origin, outcome)
    _keep_dialogue(connection, talk, outcome)
    if outcome.contact is not None:
        _keep_contact(connection, outcome)
    attention.refresh(connection, talk.id)
    return rows


def advice_with_ids(arrival: Arrival) -> Iterator[tuple[str, Reply]]:
    """What is said with an arrival, and the public ids, which the stream used before the ledger had them."""
    for reply in arrival.said:
        yield advice_id(arrival.conversation_id, arrival.message_id, reply.text), reply


def said_at_once(arrival: Arrival, reply: Reply) -> bool:
    """Whether the front door sends it from memory, without waiting for the ledger."""
    return reply in arrival.advice or bool((reply.custom or {}).get("advice"))


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


def _stored_already(connection: Connection, outcome: Outcome) -> tuple[MessageRow, ...]:
    """What an earlier call stored of this very outcome; nothing when the answer was somebody else's."""
    ids = {outcome.reply_id(number): reply for number, reply in enumerate(outcome.replies, start=1)}
    keys = [message_key(outcome.conversation_id, public_id) for public_id in ids]
    found = connection.execute(
        select(message.c.seq, message.c.public_id).where(message.c.key.in_(keys)).order_by(message.c.seq)
    )
    return tuple(
        MessageRow(
            seq=row.seq,
            id=row.public_id,
            author=outcome.author,
            reply=ids[row.public_id],
            at=outcome.at,
            conversation_id=outcome.conversation_id,
        )
        for row in found
    )


def _keep_dialogue(connection: Connection, talk: Row, outcome: Outcome) -> None:
    """The engine's state with the reply it belongs to; none of a patient who refuses."""
    name = engine_name(talk.id)
    consent = outcome.consent if outcome.consent is not None else talk.consent
    if consent is False:
        connection.execute(delete(dialogue_state).where(dialogue_state.c.name == name))
        return
    outdated = outcome.token is None and outcome.base not in (None, talk.turn_token)
    if outcome.dialogue is None or outdated:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    values = {"state": outcome.dialogue, "at": outcome.at}
    connection.execute(
        dialect.insert(dialogue_state)
        .values(name=name, **values)
        .on_conflict_do_update(index_elements=["name"], set_=values)
    )


def _raise(connection: Connection, talk: Row, origin: Row, raised: RaisedEntry, *, at: datetime) -> dict[str, Any]:
    """Level, escalation and call to staff of a danger that the dialogue found; only staff lower it."""
    escalation = raised.escalation
    escalation_id = raise_escalation(
        connection,
        talk.id,
        escalation,
        message_id=origin.id,
        at=at,
        content_version=raised.content_version,
        advice=raised.advice,
    )
    keep_matches(connection, (raised.match,), message_id=origin.id, escalation_id=escalation_id)
    higher = escalation.level > talk.level
    connection.execute(
        update(message).where(message.c.id == origin.id).values(level=max(origin.level, escalation.level))
    )
    return {
        "level": max(talk.level, escalation.level),
        "category": escalation.category if higher or not talk.category else talk.category,
        "version": talk.version + 1,
    }


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


def _keep_indications(connection: Connection, outcome: Outcome) -> None:
    """The indications of the newest assessment, so that the inbox can be narrowed by them."""
    assessment = (outcome.snapshot or {}).get("assessment")
    if not isinstance(assessment, dict):
        return
    found = {str(item.get("code") if isinstance(item, dict) else item) for item in assessment.get("indications") or ()}
    kept = conversation_indication.c
    connection.execute(delete(conversation_indication).where(kept.conversation_id == outcome.conversation_id))
    if found:
        connection.execute(
            insert(conversation_indication),
            [{"conversation_id": outcome.conversation_id, "code": code[:60]} for code in sorted(found)],
        )


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
        .values(released_at=at, answered_at=None, answered_as=None, claimed_until=None)
    )


def _keep_contact(connection: Connection, outcome: Outcome) -> None:
    """The newest is called; what it takes the place of is kept, for it stands in the transcript all the same."""
    given: dict[str, Any] = {name: value for name, value in vars(outcome.contact).items() if value}
    known = connection.execute(select(contact).where(contact.c.conversation_id == outcome.conversation_id)).first()
    if known is not None:
        replaced = [getattr(known, name) for name in ("phone", "email") if name in given]
        now = {given.get("phone"), given.get("email"), None}
        given["earlier"] = [one for one in dict.fromkeys((*(known.earlier or ()), *replaced)) if one not in now] or None
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(
        dialect.insert(contact)
        .values(conversation_id=outcome.conversation_id, at=outcome.at, **given)
        .on_conflict_do_update(
            index_elements=["conversation_id"], set_={**given, "at": outcome.at, "tries": 0, "done_at": None}
        )
    )
