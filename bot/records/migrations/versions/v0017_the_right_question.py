"""
The question that staff say a message asks.

Adds `turn_mark.topic`; existing rows are untouched and have none.  Going back drops it:
what staff said of questions is lost, the examples made of it stay.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("turn_mark", sa.Column("topic", sa.String(length=40), nullable=True))


def downgrade() -> None:
    op.drop_column("turn_mark", "topic")
