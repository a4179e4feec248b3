"""
Legal holds, marks on messages, examples to learn from, saved filters, indications for the inbox filter.

Existing rows are untouched: none is on hold, and a conversation gets its indications
with its next answer.  Going back drops all five; the conversations stay.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

from bot.records import columns

revision = "0010"
down_revision = "0009"

_HOLD = (("hold_reason", sa.String(length=200)), ("hold_by", sa.String(length=40)), ("hold_at", columns.UtcTime()))
_TABLES = ("saved_filter", "example", "turn_mark", "conversation_indication")


def upgrade() -> None:
    for name, kind in _HOLD:
        op.add_column("conversation", sa.Column(name, kind, nullable=True))
    op.create_table(
        "conversation_indication",
        _conversation(),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "code", name=op.f("pk_conversation_indication")),
        _of_conversation("conversation_indication"),
    )
    op.create_index("ix_conversation_indication_code", "conversation_indication", ["code"], unique=False)
    op.create_table(
        "turn_mark",
        sa.Column("message_id", columns.RowNumber, nullable=False),
        _conversation(),
        sa.Column("staff_id", sa.String(length=40), nullable=False),
        sa.Column("at", columns.UtcTime(), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("intent", sa.String(length=80), nullable=True),
        sa.Column("level", columns.LevelNumber(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_turn_mark")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_turn_mark_message_id"), ondelete="CASCADE"
        ),
        _of_conversation("turn_mark"),
        _of_staff("turn_mark", "staff_id"),
    )
    op.create_index("ix_turn_mark_conversation_id", "turn_mark", ["conversation_id"], unique=False)
    op.create_index("ix_turn_mark_at", "turn_mark", ["at"], unique=False)
    op.create_table(
        "example",
        sa.Column("id", sa.String(length=40), nullable=False),
        _conversation(),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("content", columns.Json, nullable=False),
        sa.Column("proposed_by", sa.String(length=40), nullable=False),
        sa.Column("proposed_at", columns.UtcTime(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("decided_at", columns.UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_example")),
        _of_conversation("example"),
        _of_staff("example", "proposed_by"),
        _of_staff("example", "decided_by"),
    )
    op.create_index("ix_example_conversation_id", "example", ["conversation_id"], unique=False)
    op.create_index("ix_example_state", "example", ["state"], unique=False)
    op.create_table(
        "saved_filter",
        sa.Column("staff_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("query", sa.String(length=600), nullable=False),
        sa.Column("at", columns.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", "name", name=op.f("pk_saved_filter")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_saved_filter_staff_id"), ondelete="CASCADE"),
    )


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table)
    for name, _ in reversed(_HOLD):
        op.drop_column("conversation", name)


def _conversation() -> sa.Column:
    return sa.Column("conversation_id", sa.String(length=64), nullable=False)


def _of_conversation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["conversation_id"], ["conversation.id"], name=op.f(f"fk_{table}_conversation_id"), ondelete="CASCADE"
    )


def _of_staff(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["staff.id"], name=op.f(f"fk_{table}_{column}"))
