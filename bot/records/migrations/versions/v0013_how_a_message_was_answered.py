"""
Tell a message that was answered from one that only got the safe sentence.

Adds `message.answered_as`; existing rows are untouched and count as answered.  Going
back drops it: a late answer may then follow an answer of another process.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("message", sa.Column("answered_as", sa.String(length=10), nullable=True))


def downgrade() -> None:
    op.drop_column("message", "answered_as")
