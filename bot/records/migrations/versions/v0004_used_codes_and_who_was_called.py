"""
A code of the second factor counts once, and the outbox says whom an alert reached.

Adds `staff.totp_step` and `outbox.sent_to`, both empty for the rows that are there.
Going back drops them: a code can then be used again within its 90 seconds, and it is no
longer known whom the alerts so far reached.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("staff", sa.Column("totp_step", sa.BigInteger(), nullable=True))
    op.add_column("outbox", sa.Column("sent_to", sa.String(length=200), nullable=True))


def downgrade() -> None:
    op.drop_column("outbox", "sent_to")
    op.drop_column("staff", "totp_step")
