"""Write very many rows at once: COPY on PostgreSQL, prepared statements on SQLite."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Table, text
from sqlalchemy.engine import Connection

Row = dict[str, Any]


def write_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """All `rows` have the same columns; values pass the column types as they do in the product."""
    if not rows:
        return
    names = list(rows[0])
    dialect = connection.dialect
    ways = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) or _as_it_is for name in names]
    values = ([way(row[name]) for name, way in zip(names, ways, strict=True)] for row in rows)
    quoted = ", ".join(f'"{name}"' for name in names)
    if dialect.name == "postgresql":
        _copy(connection, f'COPY "{table.name}" ({quoted}) FROM STDIN WITH (FORMAT csv)', values)
    else:
        holes = ", ".join("?" * len(names))
        cursor = connection.connection.cursor()
        cursor.executemany(f'INSERT INTO "{table.name}" ({quoted}) VALUES ({holes})', values)
        cursor.close()


def make_findable(connection: Connection, first: int, last: int) -> None:
    """The full-text index of the messages numbered `first` to `last`."""
    into = (
        "INSERT INTO message_search (message_id, words) SELECT id, to_tsvector('simple', text)"
        if connection.dialect.name == "postgresql"
        else "INSERT INTO message_search (rowid, words) SELECT id, text"
    )
    where = " FROM message WHERE id BETWEEN :first AND :last"
    connection.execute(text(into + where), {"first": first, "last": last})


def finish(connection: Connection) -> None:
    """What a database that has run for years has done by itself: statistics, and the numbers that come next."""
    if connection.dialect.name == "postgresql":
        for table in ("message", "match"):
            connection.execute(
                text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
            )
    connection.execute(text("ANALYZE"))


def _copy(connection: Connection, statement: str, values: Iterable[Sequence[Any]]) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream)
    for row in values:
        writer.writerow(["" if cell is None else cell for cell in row])  # an empty unquoted cell is NULL
    stream.seek(0)
    cursor = connection.connection.cursor()
    cursor.copy_expert(statement, stream)
    cursor.close()


def _as_it_is(value: Any) -> Any:
    return value
