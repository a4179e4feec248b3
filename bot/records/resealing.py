"""
Seal what lies open, open what should lie open, and move texts from an old key to the first one.

Works in small transactions while everybody goes on: each reads some rows under a lock
and writes them back, which seals them as new rows are sealed.  It may be stopped at any
moment and begun again: it looks at the rows, not at a mark of how far it came.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, and_, case, cast, delete, func, or_, select, text, tuple_, type_coerce, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.schema import Column, Table
from sqlalchemy.sql.elements import ColumnElement

from bot.records import fulltext
from bot.records.columns import SealedJson, SealedText
from bot.records.database import Database
from bot.records.schema import message, metadata, text_key
from bot.records.vault import NAME_LENGTH, SEALED, Vault

#: Every column that holds words of or about a patient, by its table.
COLUMNS: dict[Table, tuple[Column[Any], ...]] = {
    table: columns
    for table in metadata.sorted_tables
    if (columns := tuple(column for column in table.columns if isinstance(column.type, (SealedText, SealedJson))))
}

_ROWS = 100  # of one transaction: on SQLite a patient's message waits for it
_LONGEST_PAUSE = 0.5  # seconds


@dataclass(frozen=True)
class Sealing:
    """How the texts of a database are stored: how many lie open, and how many are sealed under each key."""

    open: int
    under: dict[str, int]


def state(connection: Connection) -> Sealing:
    """Reads every row: some seconds for a million messages."""
    found: Counter[str] = Counter()
    for columns in COLUMNS.values():
        for column in columns:
            raw = _raw(column)
            name = func.substr(raw, len(SEALED) + 1, NAME_LENGTH)
            kind = case((raw.like(f"{SEALED}%"), name), else_="").label("kind")
            for key, number in connection.execute(select(kind, func.count()).where(_filled(column)).group_by(kind)):
                found[key] += number
    return Sealing(open=found.pop("", 0), under=dict(sorted(found.items())))


def rotate(database: Database, *, tell: Callable[[int], None] = lambda done: None) -> int:
    """
    Brings every text to what the first key says; how many rows were written.

    Args:
        database: With the keys; all that texts are sealed under.
        tell: Called after each portion with the rows written so far.

    Raises:
        LedgerUnavailable: The database does not answer, or a key is missing.
    """
    vault = database.vault or Vault()
    done = 0
    for table, columns in COLUMNS.items():
        written = -1
        while written != 0:  # until a pass finds nothing: rows that others had locked come in the next
            written = 0
            after: Sequence[Any] | None = None
            while rows := _portion(database, vault, table, columns, after):
                after = rows[-1][: len(table.primary_key.columns)]
                written += len(rows)
                tell(done + written)
            done += written
    _finish(database, vault)
    return done


def _portion(
    database: Database, vault: Vault, table: Table, columns: tuple[Column[Any], ...], after: Sequence[Any] | None
) -> Sequence[Row]:
    """Some rows behind `after`, written back; empty when there are none."""
    keys = tuple(table.primary_key.columns)
    query = select(*keys, *columns).where(or_(*(_waits(column, vault) for column in columns)))
    if after is not None:
        query = query.where(tuple_(*keys) > tuple_(*after))
    began = time.monotonic()
    with database.write() as connection:
        rows = connection.execute(query.order_by(*keys).limit(_ROWS).with_for_update(skip_locked=True)).all()
        for row in rows:
            mine = and_(*(key == row._mapping[key] for key in keys))
            connection.execute(update(table).where(mine).values({name: row._mapping[name] for name in columns}))
        if table is message:
            _index(connection, [row.id for row in rows], vault)
    if rows:
        time.sleep(min(time.monotonic() - began, _LONGEST_PAUSE))
    return rows


def _index(connection: Connection, ids: list[int], vault: Vault) -> None:
    """The search index holds the words themselves: out of it with a sealed text, into it with an open one."""
    fulltext.remove(connection, ids)
    if vault.first is not None:
        return
    readable = message.c.blanked_at.is_(None) & ~message.c.held
    for row in connection.execute(select(message.c.id, message.c.text).where(message.c.id.in_(ids), readable)):
        fulltext.add(connection, row.id, row.text)


def _finish(database: Database, vault: Vault) -> None:
    """Keys that no text needs any longer are forgotten, and what overwritten rows left behind is removed."""
    with database.write() as connection:
        needed = set(state(connection).under) | {vault.first}
        for name in vault.names - needed:
            connection.execute(delete(text_key).where(text_key.c.name == name))
        if vault.first is not None:
            _empty_index(connection)
    if database.is_postgres:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in COLUMNS:
                connection.execute(text(f'VACUUM "{table.name}"'))
    database.drop_old_pages()


def _empty_index(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("TRUNCATE message_search"))
    else:
        connection.execute(text("DELETE FROM message_search"))
        fulltext.forget_traces(connection)


def _raw(column: Column[Any]) -> ColumnElement[Any]:
    """The stored text itself, a JSON string without its quotation mark."""
    if isinstance(column.type, SealedText):
        return type_coerce(column, Text)
    return func.ltrim(cast(column, Text), '"', type_=Text)


def _filled(column: Column[Any]) -> ColumnElement[Any]:
    return and_(column.is_not(None), _raw(column) != "")


def _waits(column: Column[Any], vault: Vault) -> ColumnElement[Any]:
    """Whether the stored text is not as the first key wants it."""
    if vault.first is None:
        return _raw(column).like(f"{SEALED}%")
    return and_(_filled(column), _raw(column).not_like(f"{vault.prefix()}%"))
