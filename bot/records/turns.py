"""
Whose turn it is in a conversation: one process works on its next answer, the others wait.

The turn is kept in the conversation's own row.  So it is taken, proved and given back
in the same transactions as what it guards, it needs no other server, and a process
that was stopped in the middle finds its token outdated when it comes back (a fence),
however long it slept.  A turn that is not kept up (`keep_turns`) ends by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import exists, literal_column, select, update
from sqlalchemy.engine import Connection, Row

from bot.conversation.entries import engine_name, message_key
from bot.conversation.ports import TurnBegun, UnknownConversation
from bot.records.database import Database
from bot.records.rows import is_gone, lock_conversation, talk_state
from bot.records.schema import conversation, dialogue_state, message

_MOST_TRIES = 3  # of a message that nobody survives: the next one answers it without the engine


class Turns:
    """The part of the ledger that gives out turns."""

    database: Database

    def begin_turn(
        self, conversation_id: str, message_id: str, *, holder: str, now: datetime, until: datetime, late: bool = False
    ) -> TurnBegun:
        with self.database.write() as connection:
            talk = lock_conversation(connection, conversation_id)
            if is_gone(talk):
                raise UnknownConversation(conversation_id)
            asked = _message(connection, talk, message_key(conversation_id, message_id))
            if asked.answered_at is not None:
                may_follow = late and asked.answered_as == "deadline"
                if not may_follow or _overtaken(connection, conversation_id, asked.seq):
                    return TurnBegun("answered")
            again = talk.turn_holder == holder
            taken = talk.turn_holder is not None and talk.turn_until > now and not again
            if taken or _waits_before(connection, conversation_id, asked.seq, now=now):
                return TurnBegun("busy")
            token = talk.turn_token if again else talk.turn_token + 1
            connection.execute(
                update(conversation)
                .where(conversation.c.id == conversation_id)
                .values(turn_holder=holder, turn_until=until, turn_token=token)
            )
            tries = asked.tries if again else asked.tries + 1
            connection.execute(update(message).where(message.c.id == asked.id).values(tries=tries, claimed_until=until))
            standing = "hopeless" if tries > _MOST_TRIES else "ours"
            dialogue = connection.execute(
                select(dialogue_state.c.state).where(dialogue_state.c.name == engine_name(conversation_id))
            ).scalar()
            return TurnBegun(standing, token=token, state=talk_state(talk), dialogue=dialogue)

    def keep_turns(self, holders: Mapping[str, str], *, until: datetime) -> None:
        if not holders:
            return
        with self.database.write() as connection:
            connection.execute(
                update(conversation).where(conversation.c.turn_holder.in_(list(holders))).values(turn_until=until)
            )
            connection.execute(
                update(message)
                .where(message.c.key.in_(list(holders.values())), message.c.answered_at.is_(None) | _comes_late())
                .values(claimed_until=until)
            )

    def end_turn(self, conversation_id: str, message_id: str, *, holder: str) -> None:
        with self.database.write() as connection:
            connection.execute(
                update(conversation)
                .where(conversation.c.id == conversation_id, conversation.c.turn_holder == holder)
                .values(turn_holder=None, turn_until=None)
            )
            connection.execute(
                update(message)
                .where(message.c.key == message_key(conversation_id, message_id), _comes_late())
                .values(claimed_until=None)
            )


def _message(connection: Connection, talk: Row, key: str) -> Row:
    found = connection.execute(
        select(message.c.id, message.c.seq, message.c.answered_at, message.c.answered_as, message.c.tries).where(
            message.c.key == key
        )
    ).first()
    if found is None:
        raise UnknownConversation(f"{talk.id}: no such message")
    return found


def _waits_before(connection: Connection, conversation_id: str, seq: int, *, now: datetime) -> bool:
    """
    An earlier message of the patient on its way to the engine: its process is at it, or another will take it up.

    One that got the safe sentence counts while its process lives: overtaken, the dialogue
    would hear the patient in another order than they wrote.
    """
    earlier = (
        message.c.conversation_id == conversation_id,
        message.c.seq < seq,
        message.c.author == "patient",
        message.c.blanked_at.is_(None),
    )
    unanswered = exists().where(*earlier, message.c.answered_at.is_(None))
    late = exists().where(*earlier, _comes_late(), message.c.claimed_until > now)
    return bool(connection.execute(select(unanswered | late)).scalar())


def _overtaken(connection: Connection, conversation_id: str, seq: int) -> bool:
    """A later message of the patient was given to the engine."""
    later = exists().where(
        message.c.conversation_id == conversation_id,
        message.c.seq > seq,
        message.c.author == "patient",
        message.c.tries > 0,
    )
    return bool(connection.execute(select(later)).scalar())


def _comes_late() -> Any:
    """Got the safe sentence, and the engine may still hear it; written out, so that the small index serves it."""
    return message.c.answered_as == literal_column("'deadline'")
