"""
Full-text search over messages, and an audit that the database itself keeps append-only.

SQLite and PostgreSQL each get their own kind of index and trigger.  Messages that are
there already become findable, except texts that wait for consent.  Going back drops
the index and the triggers; no message and no audit entry is lost.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_SQLITE_UP = (
    "CREATE VIRTUAL TABLE message_search USING fts5(words, tokenize = 'unicode61 remove_diacritics 2')",
    "INSERT INTO message_search (rowid, words) SELECT id, text FROM message WHERE held = 0 AND blanked_at IS NULL",
    "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
)
_SQLITE_DOWN = ("DROP TRIGGER audit_no_delete", "DROP TRIGGER audit_no_update", "DROP TABLE message_search")

_POSTGRES_UP = (
    "CREATE TABLE message_search (message_id BIGINT CONSTRAINT pk_message_search PRIMARY KEY "
    "CONSTRAINT fk_message_search_message_id REFERENCES message (id) ON DELETE CASCADE, words TSVECTOR NOT NULL)",
    "CREATE INDEX ix_message_search_words ON message_search USING GIN (words)",
    "INSERT INTO message_search SELECT id, to_tsvector('simple', text) FROM message "
    "WHERE NOT held AND blanked_at IS NULL",
    "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$",
    "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()",
)
_POSTGRES_DOWN = (
    "DROP TRIGGER audit_no_change ON audit",
    "DROP FUNCTION audit_is_append_only()",
    "DROP TABLE message_search",
)


def upgrade() -> None:
    _run(_POSTGRES_UP if op.get_bind().dialect.name == "postgresql" else _SQLITE_UP)


def downgrade() -> None:
    _run(_POSTGRES_DOWN if op.get_bind().dialect.name == "postgresql" else _SQLITE_DOWN)


def _run(statements: tuple[str, ...]) -> None:
    for statement in statements:
        op.execute(sa.text(statement))
