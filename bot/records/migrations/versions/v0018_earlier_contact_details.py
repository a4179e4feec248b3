"""
Keep contact details that a patient has since replaced: staff see them covered in the transcript like the newest.

No row changes: what was replaced before is not known any more.  Going back forgets them.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

from bot.records import columns

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("contact", sa.Column("earlier", columns.Json, nullable=True))


def downgrade() -> None:
    op.drop_column("contact", "earlier")
