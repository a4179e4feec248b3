"""Between rows and values: the small pieces that several parts of the records share."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Row

from bot.clinical.codes import Level
from bot.conversation.entries import Arrival, message_key, reply_to_json, welcome_id
from bot.conversation.ports import MessageRow, Reply, TalkState, UnknownConversation
from bot.records import fulltext, posts
from bot.records.schema import conversation, message


def ensure_conversation(connection: Connection, arrival: Arrival) -> Row:
    """The conversation's row, locked; made with its welcome when this is its first message."""
    values = {
        "id": arrival.conversation_id,
        "channel": arrival.channel,
        "region": arrival.region,
        "opened_at": arrival.at,
        "last_at": arrival.at,
        "last_seq": 0,
        "version": 0,
        "level": Level.NONE,
        "mode": "assistant",
        "mode_since": arrival.at,
        "understood": True,
        "unread": 0,
    }
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    made = connection.execute(dialect.insert(conversation).values(**values).on_conflict_do_nothing()).rowcount
    posts.remember_line(connection, arrival)
    if made:
        for number, reply in enumerate(arrival.welcome, start=1):
            say(
                connection,
                arrival.conversation_id,
                seq=number,
                public_id=welcome_id(arrival.conversation_id, number),
                author="assistant",
                reply=reply,
                at=arrival.at,
            )
        if arrival.welcome:
            connection.execute(
                conversation.update()
                .where(conversation.c.id == arrival.conversation_id)
                .values(last_seq=len(arrival.welcome))
            )
    return lock_conversation(connection, arrival.conversation_id)


def lock_conversation(connection: Connection, conversation_id: str) -> Row:
    """Raises UnknownConversation."""
    row = connection.execute(select(conversation).where(conversation.c.id == conversation_id).with_for_update()).first()
    if row is None:
        raise UnknownConversation(conversation_id)
    return row


def is_gone(row: Row) -> bool:
    """For the patient: erased, or the wish to erase is noted."""
    return row.erased_at is not None or row.erase_wanted_at is not None


def talk_state(row: Row) -> TalkState:
    return TalkState(
        conversation_id=row.id,
        version=row.version,
        level=row.level,
        consent=row.consent,
        mode=row.mode,
        screen_state=row.screen_state,
        last_seq=row.last_seq,
        erased=is_gone(row),
    )


def say(
    connection: Connection,
    conversation_id: str,
    *,
    seq: int,
    public_id: str,
    author: str,
    reply: Reply,
    at: datetime,
    answers: str | None = None,
    staff_id: str | None = None,
    level: Level = Level.NONE,
    lease: datetime | None = None,
) -> MessageRow:
    """
    Stores one message to the patient, makes it findable and, on a push channel, has it carried out.

    The caller keeps `last_seq`.  `lease`: see `bot.records.posts.enqueue`.
    """
    plain = reply_to_json(reply)
    result = connection.execute(
        insert(message).values(
            conversation_id=conversation_id,
            seq=seq,
            key=message_key(conversation_id, public_id),
            public_id=public_id,
            author=author,
            staff_id=staff_id,
            text=reply.text,
            buttons=plain["buttons"] or None,
            custom=reply.custom,
            at=at,
            answers=answers,
            held=False,
            level=level,
        )
    )
    message_id = int(result.inserted_primary_key[0])
    fulltext.add(connection, message_id, reply.text)
    posts.enqueue(
        connection,
        conversation_id,
        message_id=message_id,
        public_id=public_id,
        place=seq,
        reply=reply,
        at=at,
        lease=lease,
    )
    return MessageRow(seq=seq, id=public_id, author=author, reply=reply, at=at, conversation_id=conversation_id)


def speak(
    connection: Connection,
    conversation_id: str,
    reply: Reply,
    *,
    author: str,
    public_id: str,
    at: datetime,
    staff_id: str | None = None,
) -> int:
    """Adds a message that answers none of the patient's, and counts it; returns its seq."""
    talk = lock_conversation(connection, conversation_id)
    seq = int(talk.last_seq) + 1
    say(
        connection,
        conversation_id,
        seq=seq,
        public_id=public_id,
        author=author,
        reply=reply,
        at=at,
        staff_id=staff_id,
        level=talk.level,
    )
    connection.execute(
        update(conversation)
        .where(conversation.c.id == conversation_id)
        .values(last_seq=seq, last_at=max(at, talk.last_at))
    )
    return seq
