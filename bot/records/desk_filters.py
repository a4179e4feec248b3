"""Filters of the inbox that a person has saved under a name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.conversation.desk import DeskConflict
from bot.records.database import Database
from bot.records.schema import saved_filter

_MOST = 20  # of one person


class SavedFilters:
    """The part of the desk that remembers them."""

    database: Database

    def saved_filters(self, staff_id: str) -> tuple[tuple[str, str], ...]:
        with self.database.read() as connection:
            found = connection.execute(
                select(saved_filter.c.name, saved_filter.c.query)
                .where(saved_filter.c.staff_id == staff_id)
                .order_by(saved_filter.c.name)
            )
            return tuple((row.name, row.query) for row in found)

    def save_filter(self, staff_id: str, *, name: str, query: str, now: datetime) -> None:
        with self.database.write() as connection:
            others = connection.execute(
                select(func.count())
                .select_from(saved_filter)
                .where(saved_filter.c.staff_id == staff_id, saved_filter.c.name != name)
            ).scalar_one()
            if others >= _MOST:
                raise DeskConflict(f"You have {_MOST} saved filters. Take one away first.")
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            connection.execute(
                dialect.insert(saved_filter)
                .values(staff_id=staff_id, name=name, query=query, at=now)
                .on_conflict_do_update(index_elements=["staff_id", "name"], set_={"query": query, "at": now})
            )

    def drop_filter(self, staff_id: str, *, name: str) -> None:
        with self.database.write() as connection:
            connection.execute(
                delete(saved_filter).where(saved_filter.c.staff_id == staff_id, saved_filter.c.name == name)
            )
