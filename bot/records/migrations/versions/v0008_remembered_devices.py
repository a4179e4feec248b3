"""
A patient may let a device remember the chat for two weeks.

Adds `remembered_device`, one row for each token, by its one-way name; existing rows are
untouched.  Going back drops the table: devices forget, conversations stay.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

from bot.records import columns

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "remembered_device",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=255), nullable=False),
        sa.Column("expires_at", columns.UtcTime(), nullable=False),
        sa.Column("used_at", columns.UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_remembered_device_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_remembered_device")),
    )
    op.create_index("ix_remembered_device_conversation_id", "remembered_device", ["conversation_id"], unique=False)
    op.create_index("ix_remembered_device_expires_at", "remembered_device", ["expires_at"], unique=False)


def downgrade() -> None:
    op.drop_table("remembered_device")
