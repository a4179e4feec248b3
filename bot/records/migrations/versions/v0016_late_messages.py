"""
An index of the messages that got the safe sentence and may still be heard by the dialogue.

Each turn asks whether such a message stands before it.  No row changes.  Going back drops
the index: the same question then reads the whole conversation.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_LATE = sa.text("answered_as = 'deadline' AND claimed_until IS NOT NULL")


def upgrade() -> None:
    op.create_index("ix_message_late", "message", ["conversation_id"], sqlite_where=_LATE, postgresql_where=_LATE)


def downgrade() -> None:
    op.drop_index("ix_message_late", table_name="message")
