"""
Find messages by their words: FTS5 on SQLite, a `tsvector` with a GIN index on PostgreSQL.

Both keep one row of words for each message that staff may read (table
`message_search`); a text that is held, blanked or erased has none.

Where texts are sealed at rest there is no index, for it would hold the very words, and
one of disguised words would give them away by how often they come.  A search then opens
and reads the newest texts, as many as `READ_AT_MOST`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.engine import Connection

from bot.records import keyring
from bot.records.columns import vault_of
from bot.records.schema import message

#: Messages that a search among sealed texts reads, newest first; opening them takes about a second.
READ_AT_MOST = 20_000

_LISTED_AT_MOST = 2_000
_WORD = re.compile(r"[^\W_]+", re.UNICODE)


def add(connection: Connection, message_id: int, words: str) -> None:
    """Makes a message findable; again with the same id replaces its words.  Sealed words get into no index."""
    if not words.strip() or vault_of(connection.dialect).first is not None:
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


def condition(connection: Connection, words: str) -> Any | None:
    """
    A condition over a `message` row: it has all the words (the last one may be a beginning).

    None when there is no word to look for.
    """
    found = _WORD.findall(words.lower())[:12]
    if not found:
        return None
    if keyring.any_sealed(connection):
        return message.c.id.in_(_read_through(connection, found))
    if connection.dialect.name == "postgresql":
        query = " & ".join([f"'{word}'" for word in found[:-1]] + [f"'{found[-1]}':*"])
        sql = "message.id IN (SELECT message_id FROM message_search WHERE words @@ to_tsquery('simple', :found))"
    else:
        query = " ".join([f'"{word}"' for word in found[:-1]] + [f'"{found[-1]}"*'])
        sql = "message.id IN (SELECT rowid FROM message_search WHERE message_search MATCH :found)"
    return text(sql).bindparams(found=query)


def _read_through(connection: Connection, wanted: list[str]) -> list[int]:
    """Ids of the newest messages that have the words."""
    whole, beginning = {_bare(word) for word in wanted[:-1]}, _bare(wanted[-1])
    rows = connection.execute(
        select(message.c.id, message.c.text)
        .where(message.c.blanked_at.is_(None), ~message.c.held)
        .order_by(message.c.id.desc())
        .limit(READ_AT_MOST)
    )
    found = []
    for row in rows:
        words = set(_WORD.findall(_bare(row.text)))
        if whole <= words and any(word.startswith(beginning) for word in words):
            found.append(int(row.id))
    return found[:_LISTED_AT_MOST]


def _bare(words: str) -> str:
    """In small letters and without accents, as the indexes compare words."""
    apart = unicodedata.normalize("NFKD", words.lower())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
