"""
The tables.  Migrations make them (`bot.records.migrate`); this is what the queries use.

Rasa keeps its private `events` table in the same database; it is Rasa's and never
touched from here.  The full-text index is made by its migration alone because SQLite
and PostgreSQL have nothing in common there (`bot.records.fulltext`).
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from bot.records.columns import Json, LevelNumber, RowNumber, UtcTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

staff = Table(
    "staff",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("username", String(80), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    Column("role", String(20), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("password_hash", String(255), nullable=False),
    Column("totp_secret", String(80)),
    Column("failed_attempts", Integer, nullable=False, server_default="0"),
    Column("locked_until", UtcTime),
    Column("created_at", UtcTime, nullable=False),
    Column("last_sign_in", UtcTime),
)

staff_session = Table(
    "staff_session",
    metadata,
    Column("token_hash", String(80), primary_key=True),
    Column("staff_id", String(40), ForeignKey("staff.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("opened_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False, index=True),
    Column("ended_at", UtcTime),
    Column("data", Json),
)

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
    Column("screen_state", Json),
    Column("question", Text),  # the open safety question
    Column("question_since", UtcTime),
    Column("consent", Boolean),
    Column("consent_at", UtcTime),
    Column("mode", String(12), nullable=False),  # assistant | waiting | staff | closed
    Column("mode_since", UtcTime, nullable=False),
    Column("snapshot", Json),
    Column("route", String(40)),  # from the snapshot, for the inbox filter
    Column("understood", Boolean, nullable=False),  # False once the assistant fell back
    Column("waiting_since", UtcTime),  # oldest thing that waits for staff; see bot.records.attention
    Column("due_at", UtcTime),
    Column("unread", Integer, nullable=False, server_default="0"),
    Column("assigned_to", String(40), ForeignKey("staff.id")),
    Column("outcome", String(200)),
    Column("outcome_at", UtcTime),
    Column("reviewed_by", String(40), ForeignKey("staff.id")),
    Column("reviewed_at", UtcTime),
    Column("erase_wanted_at", UtcTime),  # the patient's wish; waits until staff have dealt with a danger
    Column("erased_at", UtcTime),
    Index("ix_conversation_inbox", "waiting_since", "level", "last_at"),
    Index("ix_conversation_last_at", "last_at"),
    Index("ix_conversation_question_since", "question_since"),
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
    Column("text", Text, nullable=False),
    Column("buttons", Json),
    Column("custom", Json),
    Column("at", UtcTime, nullable=False),
    Column("answers", String(70)),  # public id of the patient's message this one answers
    Column("held", Boolean, nullable=False, server_default=false()),  # waits for consent
    Column("blanked_at", UtcTime),
    Column("level", LevelNumber, nullable=False),  # of the conversation after it
    Column("screen", Json),  # raised, category, answered, failed
    Column("nlu", Json),  # intent, confidence, understood, topic
    Column("answered_at", UtcTime),  # patient only: when it was settled
    Column("released_at", UtcTime),  # held text that consent set free, to be processed as if just sent
    Column("claimed_until", UtcTime),
    Column("delivered_at", UtcTime),
    UniqueConstraint("conversation_id", "seq"),
    Index("ix_message_open", "author", "answered_at", "claimed_until"),
    Index("ix_message_held_at", "held", "at"),
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
    Column("advice", Text, nullable=False),
    Column("state", String(12), nullable=False),  # open | acknowledged | confirmed | released
    Column("acknowledged_by", String(40), ForeignKey("staff.id")),
    Column("acknowledged_at", UtcTime),
    Column("closed_by", String(40), ForeignKey("staff.id")),
    Column("closed_at", UtcTime),
    Column("reason", Text),
    Index("ix_escalation_conversation_id_state", "conversation_id", "state"),
    Index("ix_escalation_at", "at"),
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
    Column("words", Text, nullable=False),  # "" once blanked
)

note = Table(
    "note",
    metadata,
    Column("id", String(40), primary_key=True),
    Column(
        "conversation_id", String(64), ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("staff_id", String(40), ForeignKey("staff.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("text", Text, nullable=False),
)

assignment = Table(
    "assignment",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column(
        "conversation_id", String(64), ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("staff_id", String(40), ForeignKey("staff.id")),  # NULL: given back to nobody
    Column("by_staff", String(40), ForeignKey("staff.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
)

contact = Table(
    "contact",
    metadata,
    Column("conversation_id", String(64), ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(200)),
    Column("phone", String(60)),
    Column("email", String(200)),
    Column("preferred_time", String(200)),
    Column("at", UtcTime, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", String(80), primary_key=True),
    Column(
        "conversation_id", String(64), ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("escalation_id", String(40), ForeignKey("escalation.id", ondelete="CASCADE"), index=True),
    Column("kind", String(10), nullable=False),  # first | second | waiting
    Column("level", LevelNumber, nullable=False),
    Column("category", String(40)),
    Column("created_at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("error", String(200)),
    Column("sent_at", UtcTime),
    Column("cancelled_at", UtcTime),
    Index("ix_outbox_due", "sent_at", "cancelled_at", "due_at"),
)

dialogue_state = Table(
    "dialogue_state",
    metadata,
    Column("name", String(64), primary_key=True),  # the engine's one-way name for the conversation
    Column("state", Text, nullable=False),
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
