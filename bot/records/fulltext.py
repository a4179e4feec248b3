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

from sqlalchemy import select, text
from sqlalchemy.engine import Connection

from bot.records import keyring
from bot.records.columns import vault_of
from bot.records.schema import message

#: Messages that a search among sealed texts reads, newest first; opening them takes about a second.
READ_AT_MOST = 20_000

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_MOST_WORDS = 12
_LONGEST_WORD = 60
_SHORTEST_BEGINNING = 2  # one letter begins too many words to gather

#: Message numbers grow with time, so the newest are the highest.
_SQLITE = "SELECT rowid FROM message_search WHERE message_search MATCH :found ORDER BY rowid DESC LIMIT :most"
#: PostgreSQL gathers all that its index finds before it sorts.  A common word is found sooner among the newest
#: messages, and only a word that is not common is looked up; "+ 0" keeps it from walking through all messages.
_POSTGRES_COMMON = (
    "SELECT message_id FROM (SELECT message_id, words FROM message_search ORDER BY message_id DESC LIMIT :newest) n "
    "WHERE words @@ CAST(:found AS tsquery) ORDER BY message_id DESC LIMIT :most"
)
_POSTGRES_RARE = (
    "SELECT message_id FROM message_search WHERE words @@ CAST(:found AS tsquery) "
    "ORDER BY message_id + 0 DESC LIMIT :most"
)
_NEWEST = 10_000  # messages among which a common word is looked for first


def add(connection: Connection, message_id: int, words: str) -> None:
    """Makes a message findable; again with the same id replaces its words.  Sealed words get into no index."""
    found = words_of(words)
    if not found or vault_of(connection.dialect).first is not None:
        return
    remove(connection, [message_id])
    # Cut into words here and not by the engines, which differ about hyphens, addresses and accents.
    if connection.dialect.name == "postgresql":
        statement = "INSERT INTO message_search (message_id, words) VALUES (:id, array_to_tsvector(:words))"
        connection.execute(text(statement), {"id": message_id, "words": sorted(set(found))})
    else:
        statement = "INSERT INTO message_search (rowid, words) VALUES (:id, :words)"
        connection.execute(text(statement), {"id": message_id, "words": " ".join(found)})


def remove(connection: Connection, message_ids: Iterable[int]) -> None:
    column = "message_id" if connection.dialect.name == "postgresql" else "rowid"
    for message_id in message_ids:
        connection.execute(text(f"DELETE FROM message_search WHERE {column} = :id"), {"id": message_id})  # noqa: S608


def forget_traces(connection: Connection) -> None:
    """FTS5 keeps removed words in old index segments until they are merged; merge them now."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("INSERT INTO message_search (message_search) VALUES ('optimize')"))


def words_of(written: str) -> list[str]:
    """Letters and digits, in small letters and without accents; PostgreSQL refuses words of thousands of letters."""
    apart = unicodedata.normalize("NFKD", written.lower())
    words = _WORD.findall("".join(letter for letter in apart if not unicodedata.combining(letter)))
    return [word[:_LONGEST_WORD] for word in words]


def newest(connection: Connection, words: str, *, most: int) -> list[int] | None:
    """
    Ids of the newest messages that have all the words (the last one may be a beginning), `most` at most.

    None when there is no word to look for.  No search reads further than it lists: a word
    that every message has costs as much as a rare one.
    """
    wanted = words_of(words)[:_MOST_WORDS]
    if not wanted:
        return None
    if keyring.any_sealed(connection):
        return _read_through(connection, wanted, most=most)
    asked = {"found": _query(connection, wanted), "most": most}
    if connection.dialect.name != "postgresql":
        return list(connection.execute(text(_SQLITE), asked).scalars())
    common = connection.execute(text(_POSTGRES_COMMON), {**asked, "newest": _NEWEST}).scalars().all()
    return common if len(common) >= most else list(connection.execute(text(_POSTGRES_RARE), asked).scalars())


def _query(connection: Connection, wanted: list[str]) -> str:
    """In the engine's own language; only letters and digits get into it, so nothing of it can be a command."""
    *whole, last = wanted
    open_ended = len(last) >= _SHORTEST_BEGINNING
    if connection.dialect.name == "postgresql":
        return " & ".join([*(f"'{word}'" for word in whole), f"'{last}'{':*' if open_ended else ''}"])
    return " ".join([*(f'"{word}"' for word in whole), f'"{last}"{"*" if open_ended else ""}'])


def _read_through(connection: Connection, wanted: list[str], *, most: int) -> list[int]:
    """Ids of the newest messages that have the words."""
    *whole, last = wanted
    rows = connection.execute(
        select(message.c.id, message.c.text)
        .where(message.c.blanked_at.is_(None), ~message.c.held)
        .order_by(message.c.id.desc())
        .limit(READ_AT_MOST)
    )
    found = []
    for row in rows:
        words = set(words_of(row.text))
        ended = any(word.startswith(last) for word in words) if len(last) >= _SHORTEST_BEGINNING else last in words
        if ended and words.issuperset(whole):
            found.append(int(row.id))
            if len(found) == most:
                break
    return found
