"""
The dialogue engine's private state moves from memory into the database.

Adds `dialogue_state`, one row a conversation under the engine's own one-way name for
it; existing rows are untouched.  Going back drops the table: open dialogues begin
anew, the transcript in `message` stays.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

from bot.records import columns

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "dialogue_state",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", columns.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_dialogue_state")),
    )
    op.create_index("ix_dialogue_state_at", "dialogue_state", ["at"], unique=False)


def downgrade() -> None:
    op.drop_table("dialogue_state")
