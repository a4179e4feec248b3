"""
The first tables: conversations and their messages, escalations, alerts, staff, audit.

Going back removes every one of them with all they hold; export first.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

from bot.records import columns

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", columns.UtcTime(), nullable=False),
        sa.Column("by", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.Column("details", columns.Json, nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_target"), "audit", ["target"], unique=False)
    op.create_table(
        "staff",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("username", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("totp_secret", sa.String(length=80), nullable=True),
        sa.Column("failed_attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", columns.UtcTime(), nullable=True),
        sa.Column("created_at", columns.UtcTime(), nullable=False),
        sa.Column("last_sign_in", columns.UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("username", name=op.f("uq_staff_username")),
    )
    op.create_table(
        "conversation",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("region", sa.String(length=8), nullable=False),
        sa.Column("opened_at", columns.UtcTime(), nullable=False),
        sa.Column("last_at", columns.UtcTime(), nullable=False),
        sa.Column("last_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("level", columns.LevelNumber(), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=True),
        sa.Column("screen_state", columns.Json, nullable=True),
        sa.Column("question", sa.Text(), nullable=True),
        sa.Column("question_since", columns.UtcTime(), nullable=True),
        sa.Column("consent", sa.Boolean(), nullable=True),
        sa.Column("consent_at", columns.UtcTime(), nullable=True),
        sa.Column("mode", sa.String(length=12), nullable=False),
        sa.Column("mode_since", columns.UtcTime(), nullable=False),
        sa.Column("snapshot", columns.Json, nullable=True),
        sa.Column("route", sa.String(length=40), nullable=True),
        sa.Column("understood", sa.Boolean(), nullable=False),
        sa.Column("waiting_since", columns.UtcTime(), nullable=True),
        sa.Column("due_at", columns.UtcTime(), nullable=True),
        sa.Column("unread", sa.Integer(), server_default="0", nullable=False),
        sa.Column("assigned_to", sa.String(length=40), nullable=True),
        sa.Column("outcome", sa.String(length=200), nullable=True),
        sa.Column("outcome_at", columns.UtcTime(), nullable=True),
        sa.Column("reviewed_by", sa.String(length=40), nullable=True),
        sa.Column("reviewed_at", columns.UtcTime(), nullable=True),
        sa.Column("erase_wanted_at", columns.UtcTime(), nullable=True),
        sa.Column("erased_at", columns.UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["assigned_to"], ["staff.id"], name=op.f("fk_conversation_assigned_to")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["staff.id"], name=op.f("fk_conversation_reviewed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
    )
    op.create_index("ix_conversation_inbox", "conversation", ["waiting_since", "level", "last_at"], unique=False)
    op.create_index("ix_conversation_last_at", "conversation", ["last_at"], unique=False)
    op.create_index("ix_conversation_question_since", "conversation", ["question_since"], unique=False)
    op.create_table(
        "staff_session",
        sa.Column("token_hash", sa.String(length=80), nullable=False),
        sa.Column("staff_id", sa.String(length=40), nullable=False),
        sa.Column("opened_at", columns.UtcTime(), nullable=False),
        sa.Column("seen_at", columns.UtcTime(), nullable=False),
        sa.Column("expires_at", columns.UtcTime(), nullable=False),
        sa.Column("ended_at", columns.UtcTime(), nullable=True),
        sa.Column("data", columns.Json, nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_session_staff_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_staff_session")),
    )
    op.create_index(op.f("ix_staff_session_expires_at"), "staff_session", ["expires_at"], unique=False)
    op.create_index(op.f("ix_staff_session_staff_id"), "staff_session", ["staff_id"], unique=False)
    op.create_table(
        "assignment",
        sa.Column("id", columns.RowNumber, autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.String(length=40), nullable=True),
        sa.Column("by_staff", sa.String(length=40), nullable=False),
        sa.Column("at", columns.UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["by_staff"], ["staff.id"], name=op.f("fk_assignment_by_staff")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_assignment_conversation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_assignment_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    op.create_index(op.f("ix_assignment_conversation_id"), "assignment", ["conversation_id"], unique=False)
    op.create_table(
        "contact",
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("phone", sa.String(length=60), nullable=True),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("preferred_time", sa.String(length=200), nullable=True),
        sa.Column("at", columns.UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_contact_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_contact")),
    )
    op.create_table(
        "message",
        sa.Column("id", columns.RowNumber, autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=140), nullable=False),
        sa.Column("public_id", sa.String(length=70), nullable=False),
        sa.Column("author", sa.String(length=10), nullable=False),
        sa.Column("staff_id", sa.String(length=40), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("buttons", columns.Json, nullable=True),
        sa.Column("custom", columns.Json, nullable=True),
        sa.Column("at", columns.UtcTime(), nullable=False),
        sa.Column("answers", sa.String(length=70), nullable=True),
        sa.Column("held", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("blanked_at", columns.UtcTime(), nullable=True),
        sa.Column("level", columns.LevelNumber(), nullable=False),
        sa.Column("screen", columns.Json, nullable=True),
        sa.Column("nlu", columns.Json, nullable=True),
        sa.Column("answered_at", columns.UtcTime(), nullable=True),
        sa.Column("released_at", columns.UtcTime(), nullable=True),
        sa.Column("claimed_until", columns.UtcTime(), nullable=True),
        sa.Column("delivered_at", columns.UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_message_conversation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_message_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("conversation_id", "seq", name=op.f("uq_message_conversation_id_seq")),
        sa.UniqueConstraint("key", name=op.f("uq_message_key")),
    )
    op.create_index("ix_message_held_at", "message", ["held", "at"], unique=False)
    op.create_index("ix_message_open", "message", ["author", "answered_at", "claimed_until"], unique=False)
    op.create_table(
        "note",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.String(length=40), nullable=False),
        sa.Column("at", columns.UtcTime(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_note_conversation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_note_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_index(op.f("ix_note_conversation_id"), "note", ["conversation_id"], unique=False)
    op.create_table(
        "escalation",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("message_id", columns.RowNumber, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("level", columns.LevelNumber(), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=True),
        sa.Column("at", columns.UtcTime(), nullable=False),
        sa.Column("due_at", columns.UtcTime(), nullable=False),
        sa.Column("content_version", sa.String(length=80), nullable=False),
        sa.Column("advice", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("acknowledged_by", sa.String(length=40), nullable=True),
        sa.Column("acknowledged_at", columns.UtcTime(), nullable=True),
        sa.Column("closed_by", sa.String(length=40), nullable=True),
        sa.Column("closed_at", columns.UtcTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["acknowledged_by"], ["staff.id"], name=op.f("fk_escalation_acknowledged_by")),
        sa.ForeignKeyConstraint(["closed_by"], ["staff.id"], name=op.f("fk_escalation_closed_by")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_escalation_conversation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_escalation_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation")),
    )
    op.create_index("ix_escalation_at", "escalation", ["at"], unique=False)
    op.create_index("ix_escalation_conversation_id_state", "escalation", ["conversation_id", "state"], unique=False)
    op.create_index(op.f("ix_escalation_message_id"), "escalation", ["message_id"], unique=False)
    op.create_table(
        "match",
        sa.Column("id", columns.RowNumber, autoincrement=True, nullable=False),
        sa.Column("message_id", columns.RowNumber, nullable=False),
        sa.Column("escalation_id", sa.String(length=40), nullable=True),
        sa.Column("rule", sa.String(length=120), nullable=False),
        sa.Column("level", columns.LevelNumber(), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["escalation_id"], ["escalation.id"], name=op.f("fk_match_escalation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_match_message_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match")),
    )
    op.create_index(op.f("ix_match_escalation_id"), "match", ["escalation_id"], unique=False)
    op.create_index(op.f("ix_match_message_id"), "match", ["message_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("escalation_id", sa.String(length=40), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("level", columns.LevelNumber(), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=True),
        sa.Column("created_at", columns.UtcTime(), nullable=False),
        sa.Column("due_at", columns.UtcTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.Column("sent_at", columns.UtcTime(), nullable=True),
        sa.Column("cancelled_at", columns.UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_outbox_conversation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["escalation_id"], ["escalation.id"], name=op.f("fk_outbox_escalation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(op.f("ix_outbox_conversation_id"), "outbox", ["conversation_id"], unique=False)
    op.create_index("ix_outbox_due", "outbox", ["sent_at", "cancelled_at", "due_at"], unique=False)
    op.create_index(op.f("ix_outbox_escalation_id"), "outbox", ["escalation_id"], unique=False)


def downgrade() -> None:
    for table in (
        "outbox",
        "match",
        "escalation",
        "note",
        "message",
        "contact",
        "assignment",
        "staff_session",
        "conversation",
        "staff",
        "audit",
    ):
        op.drop_table(table)
