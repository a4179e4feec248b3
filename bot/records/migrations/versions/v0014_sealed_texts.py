"""
Texts that may be sealed at rest, and the names of the keys they may be sealed under.

No row changes: texts are sealed once B12_TEXT_KEYS is set.  On PostgreSQL short columns
become `text`, for a sealed text is longer; SQLite keeps no lengths.  Going back is
refused while texts may be sealed; else nothing is lost.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

from bot.records import columns

revision = "0014"
down_revision = "0013"

_WIDENED = (
    ("conversation", "hold_reason", 200),
    ("saved_filter", "query", 600),
    ("contact", "name", 200),
    ("contact", "phone", 60),
    ("contact", "email", 200),
    ("contact", "preferred_time", 200),
)


def upgrade() -> None:
    op.create_table(
        "text_key",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("since", columns.UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_text_key")),
    )
    if op.get_bind().dialect.name == "postgresql":
        for table, column, _ in _WIDENED:
            op.alter_column(table, column, type_=sa.Text())


def downgrade() -> None:
    if op.get_bind().execute(sa.text("SELECT count(*) FROM text_key")).scalar():
        raise RuntimeError("texts are sealed; put plain before the keys in B12_TEXT_KEYS and run b12bot keys rotate")
    if op.get_bind().dialect.name == "postgresql":
        for table, column, length in _WIDENED:
            op.alter_column(table, column, type_=sa.String(length=length), postgresql_using=f"left({column}, {length})")
    op.drop_table("text_key")
