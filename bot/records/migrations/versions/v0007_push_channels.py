"""
Messages to WhatsApp, SMS, Telegram and Slack get a place where their way out is kept.

Adds `push_line` (a patient's sealed address), `post` (one row for each message to carry out)
and `taken_event` (vendors' events by one-way name); existing rows are untouched.  Going
back drops the three: what was not sent yet is not sent, and patients of push channels
begin new conversations.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

from bot.records import columns

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "push_line",
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("sender", sa.String(length=64), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("opened_at", columns.UtcTime(), nullable=False),
        sa.Column("last_inbound_at", columns.UtcTime(), nullable=False),
        sa.Column("opted_out_at", columns.UtcTime(), nullable=True),
        sa.Column("notice_at", columns.UtcTime(), nullable=True),
        sa.Column("ended_at", columns.UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_push_line_conversation_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_push_line")),
    )
    op.create_index("ix_push_line_sender", "push_line", ["sender"], unique=False)
    op.create_table(
        "post",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("message_id", columns.RowNumber, nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("parts", columns.Json, nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("doubtful", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.Column("created_at", columns.UtcTime(), nullable=False),
        sa.Column("due_at", columns.UtcTime(), nullable=False),
        sa.Column("claimed_until", columns.UtcTime(), nullable=True),
        sa.Column("done_at", columns.UtcTime(), nullable=True),
        sa.Column("seen_at", columns.UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_post_conversation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_post_message_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
    )
    op.create_index("ix_post_message_id", "post", ["message_id"], unique=False)
    op.create_index("ix_post_due", "post", ["state", "due_at"], unique=False)
    op.create_index("ix_post_conversation_id_state", "post", ["conversation_id", "state"], unique=False)
    op.create_table(
        "taken_event",
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("at", columns.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_taken_event")),
    )
    op.create_index("ix_taken_event_at", "taken_event", ["at"], unique=False)


def downgrade() -> None:
    for table in ("taken_event", "post", "push_line"):
        op.drop_table(table)
