"""
Find messages by their words: FTS5 on SQLite, a `tsvector` with a GIN index on PostgreSQL.

Both keep one row of words for each message that staff may read (table
`message_search`); a text that is held, blanked or erased has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import TextClause

_WORD = re.compile(r"[^\W_]+", re.UNICODE)


def add(connection: Connection, message_id: int, words: str) -> None:
    """Makes a message findable; again with the same id replaces its words."""
    if not words.strip():
        return
    remove(connection, [message_id])
    if connection.dialect.name == "postgresql":
        statement = "INSERT INTO message_search (message_id, words) VALUES (:id, to_tsvector('simple', :words))"
    else:
        statement = "INSERT INTO message_search (rowid, words) VALUES (:id, :words)"
    connection.execute(text(statement), {"id": message_id, "words": words})


def remove(connection: Connection, message_ids: Iterable[int]) -> None:
    column = "message_id" if connection.dialect.name == "postgresql" else "rowid"
    for message_id in message_ids:
        connection.execute(text(f"DELETE FROM message_search WHERE {column} = :id"), {"id": message_id})  # noqa: S608


def forget_traces(connection: Connection) -> None:
    """FTS5 keeps removed words in old index segments until they are merged; merge them now."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("INSERT INTO message_search (message_search) VALUES ('optimize')"))


def condition(dialect: str, words: str) -> TextClause | None:
    """
    A condition over a `message` row: it has all the words (the last one may be a beginning).

    None when there is no word to look for.
    """
    found = _WORD.findall(words.lower())[:12]
    if not found:
        return None
    if dialect == "postgresql":
        query = " & ".join([f"'{word}'" for word in found[:-1]] + [f"'{found[-1]}':*"])
        sql = "message.id IN (SELECT message_id FROM message_search WHERE words @@ to_tsquery('simple', :found))"
    else:
        query = " ".join([f'"{word}"' for word in found[:-1]] + [f'"{found[-1]}"*'])
        sql = "message.id IN (SELECT rowid FROM message_search WHERE message_search MATCH :found)"
    return text(sql).bindparams(found=query)
