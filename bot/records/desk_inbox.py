"""The inbox and the search over messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, literal_column, null, select, type_coerce
from sqlalchemy.engine import Connection, Row

from bot.conversation.inbox import MOST_COUNTED, InboxFilter, InboxListing, InboxPage, InboxRow, SearchHit
from bot.records import audit, fulltext, keyring
from bot.records.columns import UtcTime
from bot.records.contact_hiding import COLUMNS, Cover
from bot.records.database import Database
from bot.records.inbox_conditions import conditions, having, waiting_since, waits, waits_for_nobody
from bot.records.inbox_places import Place, beyond_most_urgent, beyond_newest, most_urgent, newest
from bot.records.inbox_rows import inbox_rows, shortened
from bot.records.schema import contact, conversation, message

_HIT = 200


class Inbox:
    """The listing part of the desk."""

    database: Database

    def inbox(
        self, filters: InboxFilter, *, now: datetime, after: str = "", before: str = "", size: int = 25
    ) -> InboxPage:
        with self.database.read() as connection:
            order = _Order(connection, filters, now=now)
            places, earlier, later = order.page(after=Place.read(after), before=Place.read(before), size=size)
            ids = [place.id for place in places]
            return InboxPage(
                rows=inbox_rows(connection, ids, now=now, excerpts=True),
                total=order.count(),
                earlier=str(earlier) if earlier else None,
                later=str(later) if later else None,
                cut=order.cut,
            )

    def inbox_counts(self, wanted: Mapping[str, InboxFilter], *, now: datetime) -> dict[str, int]:
        with self.database.read() as connection:
            return {name: _Order(connection, filters, now=now).count() for name, filters in wanted.items()}

    def inbox_listing(self, filters: InboxFilter, *, now: datetime, most: int) -> InboxListing:
        with self.database.read() as connection:
            order = _Order(connection, filters, now=now)
            places = order.follow(None, most + 1)
            total = len(places) if len(places) <= most else order.count(exact=True)
            return InboxListing(tuple(place.id for place in places[:most]), total)

    def inbox_rows(self, ids: Sequence[str], *, now: datetime) -> tuple[InboxRow, ...]:
        with self.database.read() as connection:
            return inbox_rows(connection, ids, now=now, excerpts=False)

    def search(self, words: str, *, by: str, now: datetime, limit: int = 50) -> tuple[SearchHit, ...]:
        with self.database.write() as connection:
            found = fulltext.newest(connection, words, most=limit)
            if found is None:
                return ()
            rows = connection.execute(
                select(message, *COLUMNS)
                .join(contact, contact.c.conversation_id == message.c.conversation_id, isouter=True)
                .where(message.c.id.in_(found), message.c.blanked_at.is_(None))
                .order_by(message.c.id.desc())
            ).all()
            # What was looked for may itself be a patient's words: only how much was found is written down.
            audit.write(connection, at=now, by=by, action="messages.searched", target="-", details={"found": len(rows)})
            return tuple(
                SearchHit(
                    conversation_id=row.conversation_id,
                    message_id=row.public_id,
                    seq=row.seq,
                    at=row.at,
                    author=row.author,
                    excerpt=_around(row.text, words, Cover.of(row)),
                )
                for row in rows
            )

    def search_reads(self) -> int | None:
        """How many of the newest messages a search reads; None when it finds among all."""
        with self.database.read() as connection:
            return fulltext.READ_AT_MOST if keyring.any_sealed(connection) else None


class _Order:
    """
    What a filter keeps, in order: first what waits for staff, most urgent first, then the rest, newest first.

    Two queries instead of one: the rest comes from an index in its order, and what waits is short.
    """

    def __init__(self, connection: Connection, filters: InboxFilter, *, now: datetime) -> None:
        self.connection, self.now = connection, now
        among, self.cut = having(connection, filters.text)  # once for all that is asked
        self.kept = conditions(connection, filters, now=now, among=among)
        self.some_wait, self.some_are_calm = filters.attention is not False, filters.attention is not True

    def page(
        self, *, after: Place | None, before: Place | None, size: int
    ) -> tuple[list[Place], Place | None, Place | None]:
        """The rows, and those whose neighbours begin the pages before and after."""
        if before is not None and after is None:
            found = self.lead_to(before, size + 1)
            if len(found) > size:
                return found[1:], found[1], found[-1]
        found = self.follow(after, size + 1)
        if not found and after is not None:  # what stood after it has moved or gone
            after, found = None, self.follow(None, size + 1)
        rows = found[:size]
        earlier = rows[0] if after is not None and rows else None
        return rows, earlier, rows[-1] if len(found) > size else None

    def follow(self, place: Place | None, limit: int) -> list[Place]:
        """The places after this one, or from the beginning."""
        found: list[Place] = []
        if self.some_wait and (place is None or place.since is not None):
            found = self._waiting(place, limit, backwards=False)
        if self.some_are_calm and len(found) < limit:
            beginning = place if place is not None and place.since is None else None
            found += self._calm(beginning, limit - len(found), backwards=False)
        return found

    def lead_to(self, place: Place, limit: int) -> list[Place]:
        """The places right before this one, in order."""
        found: list[Place] = []
        if self.some_are_calm and place.since is None:
            found = self._calm(place, limit, backwards=True)
        if self.some_wait and len(found) < limit:
            end = place if place.since is not None else None
            found += self._waiting(end, limit - len(found), backwards=True)
        return found[::-1]

    def count(self, *, exact: bool = False) -> int:
        """How many there are; unless `exact`, no further than one beyond MOST_COUNTED."""
        kept = select(literal_column("1")).select_from(conversation).where(*self.kept)
        within = kept if exact else kept.limit(MOST_COUNTED + 1)
        return int(self.connection.execute(select(func.count()).select_from(within.subquery())).scalar_one())

    def _waiting(self, place: Place | None, limit: int, *, backwards: bool) -> list[Place]:
        since = waiting_since(self.now)
        query = self._places(since).where(waits(self.now)).order_by(*most_urgent(since, backwards=backwards))
        if place is not None:
            query = query.where(beyond_most_urgent(place, since, backwards=backwards))
        return self._read(query, limit)

    def _calm(self, place: Place | None, limit: int, *, backwards: bool) -> list[Place]:
        nothing = type_coerce(null(), UtcTime())
        query = self._places(nothing).where(waits_for_nobody(self.now)).order_by(*newest(backwards=backwards))
        if place is not None:
            query = query.where(beyond_newest(place, backwards=backwards))
        return self._read(query, limit)

    def _places(self, since: Any) -> Any:
        return select(conversation.c.id, conversation.c.level, conversation.c.last_at, since.label("since")).where(
            *self.kept
        )

    def _read(self, query: Any, limit: int) -> list[Place]:
        rows: list[Row] = self.connection.execute(query.limit(limit)).all()
        return [Place.of(row) for row in rows]


def _around(text: str, words: str, cover: Cover) -> str:
    """The part of a long text that holds the words; a contact detail is found and shown covered."""
    flat = " ".join(text.split())
    first = min((flat.lower().find(word) for word in words.lower().split() if word in flat.lower()), default=0)
    start = max(0, first - 60)
    return ("…" if start else "") + shortened(cover.text(flat)[start:], _HIT - 1)
