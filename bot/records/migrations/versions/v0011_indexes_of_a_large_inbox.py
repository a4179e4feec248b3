"""
Indexes for the inbox of a ledger with a hundred thousand conversations.

No row changes.  Going back drops them: pages are slower, nothing else.

Revision ID: 0011
Revises: 0010
"""

from alembic import op

revision = "0011"
down_revision = "0010"

_INDEXES = (
    ("ix_conversation_erased_at_understood", "conversation", ["erased_at", "understood"]),
    ("ix_conversation_reviewed_at", "conversation", ["reviewed_at", "erased_at", "last_at"]),
    ("ix_conversation_assigned_to", "conversation", ["assigned_to"]),
    ("ix_escalation_category", "escalation", ["category", "conversation_id"]),
    ("ix_message_at", "message", ["at", "author"]),
)


def upgrade() -> None:
    for name, table, names in _INDEXES:
        op.create_index(name, table, names, unique=False)


def downgrade() -> None:
    for name, table, _ in reversed(_INDEXES):
        op.drop_index(name, table_name=table)
