"""
People may come in through the clinic's own sign-in provider.

Adds `staff.identity`, empty for the accounts that are there, unique where it is set.
Going back drops it: accounts made that way stay but nobody can sign in to them until an
admin sets a password.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("staff", sa.Column("identity", sa.String(length=600), nullable=True))
    op.create_index("ix_staff_identity", "staff", ["identity"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_staff_identity", table_name="staff")
    op.drop_column("staff", "identity")
