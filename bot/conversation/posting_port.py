"""
The sockets of push channels (WhatsApp, SMS, Telegram, Slack): where a patient writes from, and what is posted there.

A website's patient comes and reads; on a push channel every message has to be carried
out to a vendor.  The ledger keeps for each one whether that was done (`Post`); a
`Carrier` does it.  `bot.conversation.posting` joins the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.conversation.said import Button, MessageRow

#: Of a post.  `parked`: the vendor's reply window is shut; it goes out once the patient writes again.
POST_STATES = ("waiting", "parked", "sent", "delivered", "read", "failed", "cancelled")

#: How far a vendor's reports have come; a later report never takes an earlier state back.
RANK = {"sent": 1, "delivered": 2, "read": 3, "failed": 4}


@dataclass(frozen=True)
class Line:
    """
    Where a message came from, as the ledger keeps it.

    Args:
        sender: One-way name of the sender on this channel; finds the conversation again.
        address: Where replies go, sealed; only the front door can open it.
        event: One-way name of the vendor's event; each is taken once, for whatever conversation.
        opted_out: True for "STOP", False for "START", None for everything else.
    """

    sender: str
    address: str
    event: str
    opted_out: bool | None = None


@dataclass(frozen=True)
class Choices:
    """The quick replies of the newest message to the patient; nothing was written since."""

    message_id: str
    buttons: tuple[Button, ...]


@dataclass(frozen=True)
class LineState:
    """What the ledger knows of a sender."""

    conversation_id: str
    opted_out: bool = False
    choices: Choices | None = None


@dataclass(frozen=True)
class Post:
    """
    One message on its way to the patient, claimed by the caller.

    Args:
        row: The message; None for the notice that everything was deleted.
        done: Vendor's ids of the parts that were accepted already.
        doubtful: An earlier attempt ended without a word: the vendor may have it.
        last_inbound: When the patient last wrote; some vendors allow replies only so long.
        notice_sent: The patient was asked already to write again.
    """

    id: str
    conversation_id: str
    channel: str
    address: str
    row: MessageRow | None
    created_at: datetime
    last_inbound: datetime
    attempts: int = 0
    done: tuple[str, ...] = ()
    doubtful: bool = False
    notice_sent: bool = False


@dataclass(frozen=True)
class Posted:
    """
    What came of an attempt.

    Args:
        state: One of `POST_STATES`; "waiting" with `retry_at` for another attempt.
        done: Vendor's ids of all parts accepted so far.
        doubtful: Whether the vendor may have taken one more.
        opted_out: The vendor says that the patient wants no messages.
    """

    id: str
    at: datetime
    state: str
    done: tuple[str, ...] = ()
    error: str | None = None
    retry_at: datetime | None = None
    doubtful: bool = False
    opted_out: bool = False
    notice_sent: bool = False
    going_on: bool = False  # more parts follow: the claim stays

    def to_json(self) -> dict[str, Any]:
        return {
            **self.__dict__,
            "at": self.at.isoformat(),
            "retry_at": self.retry_at.isoformat() if self.retry_at else None,
            "done": list(self.done),
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Posted:
        return cls(
            **{
                **plain,
                "at": datetime.fromisoformat(plain["at"]),
                "retry_at": datetime.fromisoformat(plain["retry_at"]) if plain["retry_at"] else None,
                "done": tuple(plain["done"]),
            }
        )


class PostOffice(Protocol):
    """The part of the ledger that push channels need.  Blocks; repeating a call does no harm."""

    def line(self, sender: str) -> LineState | None:
        """The sender's conversation; None when there is none or it was erased."""
        ...

    def claim_posts(
        self, *, channels: Sequence[str], now: datetime, until: datetime, limit: int = 10
    ) -> tuple[Post, ...]:
        """
        Due posts, at most one of a conversation, in its order; advice may overtake what waits for another attempt.

        They belong to the caller until `until`.
        """
        ...

    def post_done(self, posted: Posted) -> bool:
        """False when the ledger has no such post (yet)."""
        ...

    def post_report(
        self, post_id: str, *, part: int, vendor_id: str, state: str, error: str | None, at: datetime
    ) -> bool:
        """What the vendor reports later of one part (0 is the first).  False when there is no such post."""
        ...


class NotPosted(Exception):
    """
    The vendor did not take a message.

    Args:
        reason: For staff and log; never the message's text or address.
        permanent: Another attempt cannot succeed.
        doubtful: No answer came: it may have been taken.
        retry_after: Seconds the vendor asks us to wait.
        opted_out: The patient does not want messages.
        window_shut: Replies are allowed only for a time after the patient wrote.
    """

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool = False,
        doubtful: bool = False,
        retry_after: float | None = None,
        opted_out: bool = False,
        window_shut: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent, self.doubtful, self.retry_after = permanent, doubtful, retry_after
        self.opted_out, self.window_shut = opted_out, window_shut


Piece = dict[str, Any]


class Carrier(Protocol):
    """
    One vendor's way out.  Asynchronous; never blocks the event loop.

    `reports` is True when the vendor tells us later that a message arrived or was read.
    """

    channel: str
    reports: bool

    def pieces(self, row: MessageRow) -> Sequence[Piece]:
        """The message in parts that the vendor takes; the last one carries the quick replies."""
        ...

    async def send(self, piece: Piece, *, address: str, post_id: str, part: int) -> str:
        """The vendor's id of the part.  Raises NotPosted."""
        ...

    async def find(self, piece: Piece, *, address: str, post_id: str, part: int, since: datetime) -> str | None:
        """The vendor's id when an earlier attempt did reach it; None when not, or when it cannot be asked."""
        ...

    def window_open(self, *, last_inbound: datetime, now: datetime) -> bool:
        """Whether the vendor allows a free reply now."""
        ...

    async def ask_to_write(self, *, address: str, post_id: str) -> bool:
        """Sends the clinic's approved notice that a message waits.  False when the clinic has none.  Raises NotPosted."""
        ...
