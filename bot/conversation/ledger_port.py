"""
The socket of the ledger: what is asked of it, what it gives, and how it fails.

Import these names from `bot.conversation.ports`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from bot.clinical.codes import Level
from bot.conversation.said import MessageRow, Reply

if TYPE_CHECKING:
    from bot.conversation.entries import Arrival, Outcome


@dataclass(frozen=True)
class TalkState:
    """
    What has to be known of a conversation before its next message.

    `version` grows whenever the screen state or the level changes hands: with every
    arrival and with every release or erasure by staff.  `mode` is "assistant", "waiting"
    (a person is wanted, the assistant goes on), "staff" (the assistant is silent) or
    "closed" (the next message opens it again).
    """

    conversation_id: str
    version: int = 0
    level: Level = Level.NONE
    consent: bool | None = None
    mode: str = "assistant"
    screen_state: dict[str, Any] | None = None
    last_seq: int = 0
    erased: bool = False


@dataclass(frozen=True)
class Stored:
    """What became of an arrival in the ledger."""

    seq: int
    duplicate: bool  # the message was there already; nothing was written
    state: TalkState  # after the write
    before: TalkState  # as found
    held: int = 0  # texts before this one that wait for consent
    rows: tuple[MessageRow, ...] = ()  # everything written with it, advice included


@dataclass(frozen=True)
class WaitingText:
    """A patient's message that still has to be worked on; `released`: it was held before consent."""

    conversation_id: str
    message_id: str
    text: str
    at: datetime
    seq: int
    channel: str
    region: str
    released: bool = False


@dataclass(frozen=True)
class Alert:
    """A call to staff.  Holds no patient text: whoever receives it signs in to read."""

    id: str
    conversation_id: str
    escalation_id: str
    level: Level
    category: str | None
    at: datetime
    kind: str = "first"  # first | second (nobody acknowledged) | waiting (a person is wanted)
    attempts: int = 0


class LedgerUnavailable(Exception):
    """The ledger did not take or give; nothing is known about the call's effect."""


class UnknownConversation(LookupError):
    """No such conversation, or it was erased."""


class Outdated(Exception):
    """
    The screen started from a conversation that somebody else has changed since.

    Nothing was written.  `before` is what the ledger holds; screen again from there.
    """

    def __init__(self, before: TalkState) -> None:
        self.before = before
        super().__init__(f"conversation is at version {before.version} now")


@dataclass(frozen=True)
class Newest:
    """How far a conversation has come, for whoever waits for more."""

    seq: int
    mode: str
    erased: bool = False


class Ledger(Protocol):
    """
    The single truth about conversations.  Every method blocks, is safe to repeat with
    the same ids, and raises LedgerUnavailable when the database does not serve it.
    """

    def record(self, arrival: Arrival) -> Stored:
        """
        A patient's message with matches, escalation, alerts, advice and screen state, in one transaction.

        Raises:
            Outdated: `arrival.base_version` is not the stored version.
            UnknownConversation: It was erased.
        """
        ...

    def settle(self, outcome: Outcome) -> tuple[MessageRow, ...]:
        """What became of a message: replies, snapshot, consent, hand-over; marks it answered."""
        ...

    def state(self, conversation_id: str) -> TalkState | None: ...

    def messages(self, conversation_id: str, *, after: int = 0, limit: int = 200) -> tuple[MessageRow, ...]:
        """What the patient may see, in order of seq."""
        ...

    def newest(self, conversation_ids: Iterable[str]) -> dict[str, Newest]:
        """How far each has come; ids that are unknown are left out."""
        ...

    def held(self, conversation_id: str) -> tuple[WaitingText, ...]:
        """Texts held before consent that were released and are not processed yet, in order."""
        ...

    def claim_unanswered(self, *, now: datetime, until: datetime, limit: int = 20) -> tuple[WaitingText, ...]:
        """
        Messages that nobody works on any more (a process died), oldest first.

        They belong to the caller until `until`; then another process may take them.
        """
        ...

    def delivered(self, conversation_id: str, *, seq: int, at: datetime) -> None:
        """Everything up to `seq` was handed to the patient's device."""
        ...

    def snapshot(self, conversation_id: str) -> dict[str, Any]: ...

    def blank_held(self, *, before: datetime, at: datetime) -> tuple[str, ...]:
        """Blanks texts that wait for consent since before this time; returns the conversations they stood in."""
        ...

    def erase(self, conversation_id: str, *, at: datetime, by: str) -> bool:
        """
        Removes what the patient wrote and was told; keeps times, levels, rule ids and the audit.

        Returns:
            False when a danger is still open: the wish is noted and done once staff have
            confirmed or released it.
        """
        ...

    def due_alerts(self, *, now: datetime, limit: int = 20) -> tuple[Alert, ...]: ...

    def alert_done(
        self, alert_id: str, *, at: datetime, error: str | None = None, retry_at: datetime | None = None
    ) -> None:
        """Sent when `error` is None; else tried again at `retry_at`."""
        ...

    def hand_back_silent(self, *, before: datetime, at: datetime, say: Reply) -> tuple[str, ...]:
        """Conversations that staff took over and left without a word since `before` go back to the assistant, with a notice."""
        ...

    def purge(self, *, before: datetime, before_escalated: datetime, at: datetime) -> int:
        """Removes conversations past their retention; returns how many."""
        ...

    def check(self) -> None:
        """Raises LedgerUnavailable when the database cannot be read and written."""
        ...
