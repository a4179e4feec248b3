"""
The tables.  Migrations make them (`bot.records.migrate`); this is what the queries use.

Rasa keeps its private `events` table in the same database; it is Rasa's and never
touched from here.  The full-text index is made by its migration alone because SQLite
and PostgreSQL have nothing in common there (`bot.records.fulltext`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from bot.records.columns import Json, LevelNumber, RowNumber, SealedJson, SealedText, UtcTime
from bot.records.schema_staff import metadata as metadata
from bot.records.schema_staff import staff as staff
from bot.records.schema_staff import staff_session as staff_session


def _of_conversation() -> Column[str]:
    """Of a row that goes when its conversation goes."""
    owner = ForeignKey("conversation.id", ondelete="CASCADE")
    return Column("conversation_id", String(64), owner, nullable=False, index=True)


def _where(condition: str) -> dict[str, Any]:
    """An index of some rows only."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


_NEWEST = ("last_at", "id", "level", "channel", "route", "mode", "assigned_to", "reviewed_at", "understood")

conversation = Table(
    "conversation",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("region", String(8), nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("last_at", UtcTime, nullable=False),
    Column("last_seq", Integer, nullable=False, server_default="0"),
    Column("version", Integer, nullable=False, server_default="0"),  # grows when state that others rely on changes
    Column("level", LevelNumber, nullable=False),
    Column("category", String(40)),
    Column("screen_state", SealedJson("conversation.screen_state")),
    Column("question", SealedText("conversation.question")),  # the open safety question
    Column("question_since", UtcTime),
    Column("consent", Boolean),
    Column("consent_at", UtcTime),
    Column("mode", String(12), nullable=False),  # assistant | waiting | staff | closed
    Column("mode_since", UtcTime, nullable=False),
    Column("snapshot", SealedJson("conversation.snapshot")),
    Column("route", String(40)),  # from the snapshot, for the inbox filter
    Column("understood", Boolean, nullable=False),  # False once the assistant fell back
    Column("waiting_since", UtcTime),  # oldest thing that waits for staff; see bot.records.attention
    Column("due_at", UtcTime),
    Column("unread", Integer, nullable=False, server_default="0"),
    Column("assigned_to", String(40), ForeignKey("staff.id")),
    Column("taken_by", String(40)),  # who took over; counts while the mode is "staff"
    Column("outcome", String(200)),
    Column("outcome_at", UtcTime),
    Column("reviewed_by", String(40), ForeignKey("staff.id")),
    Column("reviewed_at", UtcTime),
    Column("erase_wanted_at", UtcTime),  # the patient's wish; waits until staff have dealt with a danger
    Column("erased_at", UtcTime),
    # a legal hold: nothing of it is removed, neither by age nor by wish
    Column("hold_reason", SealedText("conversation.hold_reason", 200)),
    Column("hold_by", String(40)),
    Column("hold_at", UtcTime),
    Column("turn_holder", String(40)),  # who works on its next answer; see bot.records.turns
    Column("turn_until", UtcTime),
    Column("turn_token", Integer, nullable=False, server_default="0"),  # grows with every turn begun
    # The inbox's order with all that it is narrowed by: no filter, however rare what it keeps, reads the table.
    Index("ix_conversation_newest", *_NEWEST, "waiting_since", "question_since", "erased_at"),
    Index("ix_conversation_waiting_since", "waiting_since", "id", **_where("waiting_since IS NOT NULL")),
    Index("ix_conversation_question_since", "question_since", "id", **_where("question_since IS NOT NULL")),
    Index("ix_conversation_assigned_to", "assigned_to", "last_at", "id", **_where("assigned_to IS NOT NULL")),
    Index("ix_conversation_hold_at", "hold_at", **_where("hold_at IS NOT NULL")),
    Index("ix_conversation_opened_at", "opened_at"),
)

message = Table(
    "message",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("conversation_id", String(64), ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("key", String(140), nullable=False, unique=True),  # conversation:message id; makes repeats harmless
    Column("public_id", String(70), nullable=False),
    Column("author", String(10), nullable=False),  # patient | assistant | staff | system
    Column("staff_id", String(40), ForeignKey("staff.id")),
    Column("text", SealedText("message.text"), nullable=False),
    Column("buttons", SealedJson("message.buttons")),
    Column("custom", SealedJson("message.custom")),
    Column("at", UtcTime, nullable=False),
    Column("answers", String(70)),  # public id of the patient's message this one answers
    Column("held", Boolean, nullable=False, server_default=false()),  # waits for consent
    Column("blanked_at", UtcTime),
    Column("level", LevelNumber, nullable=False),  # of the conversation after it
    Column("screen", Json),  # raised, category, answered, failed
    Column("nlu", Json),  # intent, confidence, understood, topic: codes, no words
    Column("answered_at", UtcTime),  # patient only: when it was settled
    Column("answered_as", String(10)),  # and by which part of its turn; see Outcome.part
    Column("released_at", UtcTime),  # held text that consent set free, to be processed as if just sent
    Column("claimed_until", UtcTime),
    Column("tries", Integer, nullable=False, server_default="0"),  # how often an answer to it was begun
    Column("delivered_at", UtcTime),
    UniqueConstraint("conversation_id", "seq"),
    Index("ix_message_open", "author", "answered_at", "claimed_until"),
    Index("ix_message_late", "conversation_id", **_where("answered_as = 'deadline' AND claimed_until IS NOT NULL")),
    Index("ix_message_held_at", "held", "at"),
    Index("ix_message_at", "at", "author"),
)

escalation = Table(
    "escalation",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("conversation_id", String(64), ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False),
    Column("message_id", RowNumber, ForeignKey("message.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String(20), nullable=False),  # danger | screen_failed
    Column("level", LevelNumber, nullable=False),
    Column("category", String(40)),
    Column("at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("content_version", String(80), nullable=False),
    Column("advice", SealedText("escalation.advice"), nullable=False),
    Column("state", String(12), nullable=False),  # open | acknowledged | confirmed | released
    Column("acknowledged_by", String(40), ForeignKey("staff.id")),
    Column("acknowledged_at", UtcTime),
    Column("closed_by", String(40), ForeignKey("staff.id")),
    Column("closed_at", UtcTime),
    Column("reason", SealedText("escalation.reason")),
    Index("ix_escalation_conversation_id_state", "conversation_id", "state"),
    Index("ix_escalation_open", "conversation_id", **_where("state = 'open'")),
    Index("ix_escalation_at", "at"),
    Index("ix_escalation_category", "category", "conversation_id"),
)

match = Table(
    "match",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("message_id", RowNumber, ForeignKey("message.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("escalation_id", String(40), ForeignKey("escalation.id", ondelete="CASCADE"), index=True),
    Column("rule", String(120), nullable=False),
    Column("level", LevelNumber, nullable=False),
    Column("category", String(40), nullable=False),
    Column("turn", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("words", SealedText("match.words"), nullable=False),  # "" once blanked
)

note = Table(
    "note",
    metadata,
    Column("id", String(40), primary_key=True),
    _of_conversation(),
    Column("staff_id", String(40), ForeignKey("staff.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("text", SealedText("note.text"), nullable=False),
)

conversation_label = Table(
    "conversation_label",
    metadata,
    Column("conversation_id", String(64), ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True),
    Column("label", String(40), primary_key=True),
    Column("at", UtcTime, nullable=False),
    Index("ix_conversation_label_label", "label", "conversation_id"),
    Index("ix_conversation_label_at", "at", "label"),
)

conversation_indication = Table(
    "conversation_indication",
    metadata,
    Column("conversation_id", String(64), ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True),
    Column("code", String(60), primary_key=True),  # from the snapshot, for the inbox filter
    Index("ix_conversation_indication_code", "code", "conversation_id"),
)

turn_mark = Table(
    "turn_mark",
    metadata,
    Column("message_id", RowNumber, ForeignKey("message.id", ondelete="CASCADE"), primary_key=True),
    _of_conversation(),
    Column("staff_id", String(40), ForeignKey("staff.id"), nullable=False),
    Column("at", UtcTime, nullable=False, index=True),
    Column("verdict", String(20), nullable=False),  # see bot.conversation.learning.VERDICTS
    Column("intent", String(80)),  # the right one
    Column("topic", String(40)),  # the right one, of a question
    Column("level", LevelNumber),  # the right one
    Column("comment", SealedText("turn_mark.comment"), nullable=False),
)

example = Table(
    "example",
    metadata,
    Column("id", String(40), primary_key=True),
    _of_conversation(),
    Column("kind", String(12), nullable=False),  # message | conversation
    Column("content", SealedJson("example.content"), nullable=False),  # without what tells who the patient is
    Column("proposed_by", String(40), ForeignKey("staff.id"), nullable=False),
    Column("proposed_at", UtcTime, nullable=False),
    Column("state", String(12), nullable=False, index=True),  # proposed | approved | refused
    Column("decided_by", String(40), ForeignKey("staff.id")),
    Column("decided_at", UtcTime),
)

saved_filter = Table(
    "saved_filter",
    metadata,
    Column("staff_id", String(40), ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(40), primary_key=True),
    Column("query", SealedText("saved_filter.query", 600), nullable=False),
    Column("at", UtcTime, nullable=False),
)

mention = Table(
    "mention",
    metadata,
    Column("note_id", String(40), ForeignKey("note.id", ondelete="CASCADE"), primary_key=True),
    Column("staff_id", String(40), ForeignKey("staff.id"), primary_key=True),
    Column("seen_at", UtcTime),
    Index("ix_mention_staff_id_seen_at", "staff_id", "seen_at"),
)

presence = Table(
    "presence",
    metadata,
    Column("conversation_id", String(64), ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True),
    Column("staff_id", String(40), ForeignKey("staff.id"), primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("writing", Boolean, nullable=False),
    Column("typed_at", UtcTime),  # a reply, while holding the conversation: the patient is shown it for seconds
)

assignment = Table(
    "assignment",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    _of_conversation(),
    Column("staff_id", String(40), ForeignKey("staff.id")),  # NULL: given back to nobody
    Column("by_staff", String(40), ForeignKey("staff.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
)

contact = Table(
    "contact",
    metadata,
    Column("conversation_id", String(64), ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True),
    Column("name", SealedText("contact.name", 200)),
    Column("phone", SealedText("contact.phone", 60)),
    Column("email", SealedText("contact.email", 200)),
    Column("preferred_time", SealedText("contact.preferred_time", 200)),
    Column("earlier", SealedJson("contact.earlier")),  # numbers and addresses that the newest took the place of
    Column("at", UtcTime, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),  # calls so far
    Column("last_try_at", UtcTime),
    Column("last_try_by", String(40)),
    Column("done_at", UtcTime),  # the patient was reached
    Index("ix_contact_at", "at", **_where("done_at IS NULL")),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", String(80), primary_key=True),
    _of_conversation(),
    Column("escalation_id", String(40), ForeignKey("escalation.id", ondelete="CASCADE"), index=True),
    Column("kind", String(10), nullable=False),  # first | second | waiting
    Column("level", LevelNumber, nullable=False),
    Column("category", String(40)),
    Column("created_at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("error", String(200)),
    Column("sent_at", UtcTime),
    Column("sent_to", String(200)),  # the way it went and whom it reached, as staff read it
    Column("cancelled_at", UtcTime),
    Index("ix_outbox_due", "sent_at", "cancelled_at", "due_at"),
    Index("ix_outbox_created_at", "created_at", "due_at", "id"),
)

push_line = Table(
    "push_line",
    metadata,
    Column("conversation_id", String(64), ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("sender", String(64), nullable=False, index=True),  # one-way
    Column("address", Text, nullable=False),  # sealed; see bot.channels.sealing
    Column("opened_at", UtcTime, nullable=False),
    Column("last_inbound_at", UtcTime, nullable=False),
    Column("opted_out_at", UtcTime),
    Column("notice_at", UtcTime),  # the patient was asked to write again since they last did
    Column("ended_at", UtcTime),  # the conversation was erased; the row goes with its last post
)

post = Table(
    "post",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("conversation_id", String(64), ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False),
    Column("message_id", RowNumber, ForeignKey("message.id", ondelete="CASCADE"), index=True),  # NULL: erased notice
    Column("place", Integer, nullable=False),  # the message's seq
    Column("urgent", Boolean, nullable=False),  # advice: waits for no ordinary message
    Column("state", String(12), nullable=False),  # see bot.conversation.posting_port.POST_STATES
    Column("parts", Json),  # [{"id": vendor's, "state": …}]
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("doubtful", Boolean, nullable=False, server_default=false()),
    Column("error", String(200)),
    Column("created_at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("claimed_until", UtcTime),
    Column("done_at", UtcTime),
    Column("seen_at", UtcTime),  # staff looked at a failed one
    Index("ix_post_due", "state", "due_at"),
    Index("ix_post_conversation_id_state", "conversation_id", "state"),
)

remembered_device = Table(
    "remembered_device",
    metadata,
    Column("token_hash", String(64), primary_key=True),  # one-way; the token itself is only on the device
    _of_conversation(),
    Column("origin", String(255), nullable=False),
    Column("expires_at", UtcTime, nullable=False, index=True),
    Column("used_at", UtcTime),  # another token has taken its place
)

taken_event = Table(
    "taken_event",
    metadata,
    Column("event", String(64), primary_key=True),  # one-way
    Column("at", UtcTime, nullable=False, index=True),
)

dialogue_state = Table(
    "dialogue_state",
    metadata,
    Column("name", String(64), primary_key=True),  # the engine's one-way name for the conversation
    Column("state", SealedText("dialogue_state.state"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Index("ix_dialogue_state_at", "at"),
)

audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("by", String(40), nullable=False),  # staff id, "patient" or "system"; no foreign key: it outlives accounts
    Column("action", String(60), nullable=False),
    Column("target", String(80), nullable=False, index=True),
    Column("details", Json),
    Column("digest", String(64), nullable=False),
)

text_key = Table(
    "text_key",
    metadata,
    Column("name", String(16), primary_key=True),  # of a key that texts may be sealed under; see bot.records.keyring
    Column("since", UtcTime, nullable=False),
)
