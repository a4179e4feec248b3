"""
Staff work on conversations together: labels, mentions, who is looking, who has taken over, calls back.

Adds `conversation_label`, `mention` and `presence`, `conversation.taken_by` and the
record of calls on `contact`; existing rows are untouched, and every contact left so far
stands on the call-back list.  Going back drops them; notes and outcomes stay.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

from bot.records import columns

revision = "0009"
down_revision = "0008"

_CALLS = (
    ("tries", sa.Integer(), {"nullable": False, "server_default": "0"}),
    ("last_try_at", columns.UtcTime(), {}),
    ("last_try_by", sa.String(length=40), {}),
    ("done_at", columns.UtcTime(), {}),
)


def upgrade() -> None:
    op.create_table(
        "conversation_label",
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("at", columns.UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_conversation_label_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation_id", "label", name=op.f("pk_conversation_label")),
    )
    op.create_index("ix_conversation_label_label", "conversation_label", ["label"], unique=False)
    op.create_table(
        "mention",
        sa.Column("note_id", sa.String(length=40), nullable=False),
        sa.Column("staff_id", sa.String(length=40), nullable=False),
        sa.Column("seen_at", columns.UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["note_id"], ["note.id"], name=op.f("fk_mention_note_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_mention_staff_id")),
        sa.PrimaryKeyConstraint("note_id", "staff_id", name=op.f("pk_mention")),
    )
    op.create_index("ix_mention_staff_id_seen_at", "mention", ["staff_id", "seen_at"], unique=False)
    op.create_table(
        "presence",
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.String(length=40), nullable=False),
        sa.Column("at", columns.UtcTime(), nullable=False),
        sa.Column("writing", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_presence_conversation_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_presence_staff_id")),
        sa.PrimaryKeyConstraint("conversation_id", "staff_id", name=op.f("pk_presence")),
    )
    op.add_column("conversation", sa.Column("taken_by", sa.String(length=40), nullable=True))
    for name, kind, more in _CALLS:
        op.add_column("contact", sa.Column(name, kind, **more))


def downgrade() -> None:
    for name, _, _ in reversed(_CALLS):
        op.drop_column("contact", name)
    op.drop_column("conversation", "taken_by")
    for table in ("presence", "mention", "conversation_label"):
        op.drop_table(table)
