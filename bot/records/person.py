"""
What every table holds about a person, what erasing does to it, and one person's copy of all of it.

A table that is not named here is one that nobody has decided about: a test refuses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from bot.clinical.codes import Level
from bot.conversation.entries import engine_name
from bot.records.schema import message, metadata

Fate = Literal["removed", "emptied", "stays"]


@dataclass(frozen=True)
class Holding:
    """
    Args:
        of: The column that leads to the conversation; None for a table that is about nobody who writes to us.
        erased: What erasing does to its rows: "removed", "emptied" of words, or "stays".
        why: For what stays.
        hidden: Columns that a copy leaves out: they mean nothing outside, or open something.
    """

    of: str | None
    erased: Fate
    why: str = ""
    hidden: frozenset[str] = frozenset()


_NOBODY = "about staff or the program, not about a person who writes to us"
_EVIDENCE = "evidence that a danger was answered, without the person's words"
_TURN = frozenset({"turn_holder", "turn_until", "turn_token", "version"})
_CLAIM = frozenset({"claimed_until", "tries", "key"})

TABLES: dict[str, Holding] = {
    "conversation": Holding("id", "emptied", hidden=_TURN),
    "message": Holding("conversation_id", "emptied", hidden=_CLAIM),
    "match": Holding("message_id", "emptied"),
    "escalation": Holding("conversation_id", "emptied"),
    "note": Holding("conversation_id", "removed"),
    "mention": Holding(None, "removed", why="goes with its note"),
    "turn_mark": Holding("conversation_id", "removed"),
    "example": Holding("conversation_id", "removed"),
    "conversation_label": Holding("conversation_id", "removed"),
    "conversation_indication": Holding("conversation_id", "removed"),
    "contact": Holding("conversation_id", "removed"),
    "dialogue_state": Holding("name", "removed"),
    "remembered_device": Holding("conversation_id", "removed", hidden=frozenset({"token_hash"})),
    "push_line": Holding("conversation_id", "removed", hidden=frozenset({"sender", "address"})),
    "post": Holding("conversation_id", "emptied", hidden=frozenset({"claimed_until", "attempts"})),
    "outbox": Holding("conversation_id", "stays", why=_EVIDENCE),
    "assignment": Holding("conversation_id", "stays", why="who of the staff looked after it"),
    "presence": Holding("conversation_id", "stays", why="which staff had it open"),
    "taken_event": Holding(None, "stays", why="one-way names of vendors' calls; gone after the shortest retention"),
    "audit": Holding(None, "stays", why="accountability: who did what, never what was said"),
    "staff": Holding(None, "stays", why=_NOBODY),
    "staff_session": Holding(None, "stays", why=_NOBODY),
    "saved_filter": Holding(None, "stays", why=_NOBODY),
    "text_key": Holding(None, "stays", why=_NOBODY),
}


def everything_about(connection: Connection, conversation_id: str) -> dict[str, list[dict[str, Any]]]:
    """All rows of the conversation by table, opened, as plain JSON; nothing where it does not exist."""
    return {
        name: rows
        for name, holding in TABLES.items()
        if holding.of is not None and (rows := _rows(connection, name, holding, conversation_id))
    }


def _rows(connection: Connection, name: str, holding: Holding, conversation_id: str) -> list[dict[str, Any]]:
    table = metadata.tables[name]
    shown = [column for column in table.columns if column.name not in holding.hidden]
    found = connection.execute(
        select(*shown).where(_belongs(table.columns[str(holding.of)], conversation_id)).order_by(*table.primary_key)
    )
    return [{key: _plain(value) for key, value in row._mapping.items() if value is not None} for row in found]


def _belongs(column: Any, conversation_id: str) -> ColumnElement[bool]:
    if column.name == "message_id":
        return column.in_(select(message.c.id).where(message.c.conversation_id == conversation_id))  # type: ignore[no-any-return]
    wanted = engine_name(conversation_id) if column.name == "name" else conversation_id
    return column == wanted  # type: ignore[no-any-return]


def _plain(value: Any) -> Any:
    if isinstance(value, Level):
        return value.code
    return value.isoformat() if isinstance(value, datetime) else value
