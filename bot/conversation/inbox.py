"""The inbox and the search as the staff side of the ledger offers them; part of `bot.conversation.desk`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.clinical.codes import Level

#: Numbers beside lists are counted up to this and read "1,000+" beyond it: exact ones would cost more than the list.
MOST_COUNTED = 1000

#: So many of the newest messages with the words that are looked for narrow an inbox.
MOST_FOUND = 2000


@dataclass(frozen=True)
class InboxFilter:
    """
    Each field narrows; None and empty do not.

    `attention` keeps what waits for staff: an open escalation, a wish for a person, a
    message nobody answered, or a safety question open for more than ten minutes.
    """

    levels: frozenset[Level] = frozenset()
    category: str | None = None
    channel: str | None = None
    route: str | None = None
    mode: str | None = None  # assistant | waiting | staff | closed
    assigned_to: str | None = None  # staff id, or "nobody"
    acknowledged: bool | None = None
    reviewed: bool | None = None
    not_understood: bool | None = None  # the assistant fell back at least once
    since: datetime | None = None
    until: datetime | None = None
    attention: bool | None = None
    text: str | None = None  # full-text search among the newest MOST_FOUND messages with these words
    label: str | None = None
    indication: str | None = None  # of the newest assessment
    mentioned: str | None = None  # staff id: a note names them, and they have not opened it since


@dataclass(frozen=True)
class InboxRow:
    conversation_id: str
    level: Level
    category: str | None
    channel: str
    mode: str
    opened_at: datetime
    last_at: datetime  # of the last message, any author
    waiting_since: datetime | None  # oldest thing that waits for staff
    due_at: datetime | None  # when the open escalation must be acknowledged
    overdue: bool
    acknowledged_by: str | None  # staff name
    assigned_to: str | None  # staff name
    route: str | None
    unread: int  # patient messages since staff last opened it
    reviewed: bool
    understood: bool
    question_open_since: datetime | None  # a safety question without an answer
    excerpt: str  # last patient message that staff may see, at most 140 characters; "" when held or blanked


@dataclass(frozen=True)
class InboxPage:
    """
    Some rows, and where the pages before and after them begin.

    `total` is exact up to MOST_COUNTED, and one more than that where there are more.
    `earlier` and `later` are given back to `inbox` as `before` and `after`; None where nothing is.
    """

    rows: tuple[InboxRow, ...]
    total: int
    earlier: str | None = None
    later: str | None = None
    cut: bool = False  # more than MOST_FOUND messages have the words: older ones were left out


@dataclass(frozen=True)
class InboxListing:
    """All that a filter keeps, as ids in the inbox's order."""

    ids: tuple[str, ...]
    total: int  # exact; more than there are ids when the listing was cut


@dataclass(frozen=True)
class SearchHit:
    conversation_id: str
    message_id: str
    seq: int
    at: datetime
    author: str
    excerpt: str  # plain text around the words, at most 200 characters


class InboxReading(Protocol):
    """Part of `bot.conversation.desk.Desk`."""

    def inbox(
        self, filters: InboxFilter, *, now: datetime, after: str = "", before: str = "", size: int = 25
    ) -> InboxPage:
        """
        Most urgent first, then longest waiting; what waits for nobody comes last, newest first.

        Args:
            after: `later` of the page before; what cannot be read gives the first page.
            before: `earlier` of the page after.
        """
        ...

    def inbox_counts(self, wanted: Mapping[str, InboxFilter], *, now: datetime) -> dict[str, int]:
        """How many conversations each filter keeps, counted as `InboxPage.total` is."""
        ...

    def inbox_listing(self, filters: InboxFilter, *, now: datetime, most: int) -> InboxListing:
        """Which conversations a filter keeps."""
        ...

    def inbox_rows(self, ids: Sequence[str], *, now: datetime) -> tuple[InboxRow, ...]:
        """Rows in the order of `ids`, without excerpts; what was erased meanwhile is left out."""
        ...

    def search(self, words: str, *, by: str, now: datetime, limit: int = 50) -> tuple[SearchHit, ...]:
        """Messages that contain all the words, newest first; never held or blanked texts."""
        ...

    def search_reads(self) -> int | None:
        """How many of the newest messages a search reads where texts are sealed; None when it finds among all."""
        ...
