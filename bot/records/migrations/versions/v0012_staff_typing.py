"""
When a member of staff last typed a reply, so that the patient can be shown that somebody writes.

Adds `presence.typed_at`; it goes with its row, seconds after the page was closed.
Going back drops it.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

from bot.records import columns

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("presence", sa.Column("typed_at", columns.UtcTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("presence") as table:
        table.drop_column("typed_at")
