"""
A place in the inbox's order, from which a page begins.

A page is asked for by the row it follows and not by its number: the hundredth costs no
more than the first, and a conversation that comes in meanwhile moves no row onto two pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from sqlalchemy import and_, literal, or_, tuple_
from sqlalchemy.engine import Row
from sqlalchemy.sql.elements import ColumnElement

from bot.clinical.codes import Level
from bot.records.columns import LevelNumber, UtcTime
from bot.records.schema import conversation

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Place:
    """What a row is ordered by; `since` is None where nothing waits for staff."""

    level: Level
    since: datetime | None
    last_at: datetime
    id: str

    @classmethod
    def of(cls, row: Row) -> Place:
        """Of a row with the columns level, since, last_at and id."""
        return cls(row.level, row.since, row.last_at, row.id)

    @classmethod
    def read(cls, written: str) -> Place | None:
        """From an address; None when it is no place."""
        try:
            level, since, last_at, key = written.split("~", 3)
            return cls(Level(int(level)), _time(since) if since else None, _time(last_at), key[:64])
        except (ValueError, OverflowError):
            return None

    def __str__(self) -> str:
        since = "" if self.since is None else _number(self.since)
        return f"{int(self.level)}~{since}~{_number(self.last_at)}~{self.id}"


def newest(*, backwards: bool) -> tuple[Any, ...]:
    """The order among those that wait for nobody."""
    columns = (conversation.c.last_at, conversation.c.id)
    return columns if backwards else tuple(column.desc() for column in columns)


def most_urgent(since: ColumnElement[Any], *, backwards: bool) -> tuple[Any, ...]:
    """The order among those that wait."""
    level = conversation.c.level
    mine = (level, since.desc()) if backwards else (level.desc(), since)
    return (*mine, *newest(backwards=backwards))


def beyond_newest(place: Place, *, backwards: bool) -> ColumnElement[Any]:
    """A condition: comes after the place, or before it."""
    here = tuple_(conversation.c.last_at, conversation.c.id)
    there = tuple_(literal(place.last_at, UtcTime()), literal(place.id))
    return here > there if backwards else here < there


def beyond_most_urgent(place: Place, since: ColumnElement[Any], *, backwards: bool) -> ColumnElement[Any]:
    """The same among those that wait."""
    level, at = conversation.c.level, literal(place.since, UtcTime())
    mine = literal(place.level, LevelNumber())
    further = or_(
        since < at if backwards else since > at,
        and_(since == at, beyond_newest(place, backwards=backwards)),
    )
    return or_(level > mine if backwards else level < mine, and_(level == mine, further))


def _number(time: datetime) -> int:
    return (time - _EPOCH) // timedelta(microseconds=1)


def _time(written: str) -> datetime:
    return _EPOCH + timedelta(microseconds=int(written))
