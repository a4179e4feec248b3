"""
One answer at a time in a conversation, whichever process gives it.

Adds to `conversation` who works on its next answer, until when, and a counter that
grows with every turn begun (a process that lost its turn is refused by it); to
`message` how often an answer was begun.  On PostgreSQL a trigger tells listening
processes of every new message.  Existing rows are untouched.  Going back drops these;
nothing a patient wrote is lost.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

from bot.records import columns

revision = "0006"
down_revision = "0005"

_TELL = """
CREATE FUNCTION b12_tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('b12_talk', NEW.id || ' ' || NEW.last_seq);
  RETURN NULL;
END $$;
CREATE TRIGGER b12_tell AFTER UPDATE ON conversation FOR EACH ROW
WHEN (OLD.last_seq <> NEW.last_seq OR OLD.mode <> NEW.mode
      OR (OLD.erased_at IS NULL) <> (NEW.erased_at IS NULL)
      OR (OLD.erase_wanted_at IS NULL) <> (NEW.erase_wanted_at IS NULL)
      OR (OLD.turn_holder IS NOT NULL AND NEW.turn_holder IS NULL))
EXECUTE FUNCTION b12_tell();
"""


def upgrade() -> None:
    op.add_column("conversation", sa.Column("turn_holder", sa.String(length=40), nullable=True))
    op.add_column("conversation", sa.Column("turn_until", columns.UtcTime(), nullable=True))
    op.add_column("conversation", sa.Column("turn_token", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("message", sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_TELL)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER b12_tell ON conversation")
        op.execute("DROP FUNCTION b12_tell()")
    for table, name in (
        ("message", "tries"),
        ("conversation", "turn_token"),
        ("conversation", "turn_until"),
        ("conversation", "turn_holder"),
    ):
        op.drop_column(table, name)
