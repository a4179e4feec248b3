"""
The socket of the ledger: what is asked of it, what it gives, and how it fails.

Import these names from `bot.conversation.ports`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from bot.clinical.codes import Level
from bot.conversation.posting_port import PostOffice
from bot.conversation.remembering import Devices
from bot.conversation.said import MessageRow, Reply

if TYPE_CHECKING:
    from bot.conversation.entries import Arrival, Outcome
from bot.knowledge.retention import KeepRule


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


class AlreadyTaken(UnknownConversation):
    """The vendor's event was taken before, for a conversation that is over: a replay."""


class Outdated(Exception):
    """
    The screen started from a conversation that somebody else has changed since.

    Nothing was written.  `before` is what the ledger holds; screen again from there.
    """

    def __init__(self, before: TalkState) -> None:
        self.before = before
        super().__init__(f"conversation is at version {before.version} now")


class TurnLost(Exception):
    """The turn went to another process meanwhile; nothing was written, and nothing may be said."""


@dataclass(frozen=True)
class TurnBegun:
    """
    Whether a message may be worked on now.

    Args:
        standing: "ours"; "busy" (another turn of the conversation goes on, or an earlier
            message still waits); "answered" (nothing is left to do); "hopeless" (ours, but
            whoever tried before did not survive it).
        token: Of the turn, for `Outcome.token`.
        state: The conversation as it is now.
        dialogue: The engine's private state, None for a new conversation.
    """

    standing: str
    token: int | None = None
    state: TalkState | None = None
    dialogue: str | None = None

    @property
    def ours(self) -> bool:
        return self.standing in ("ours", "hopeless")


@dataclass(frozen=True)
class Writer:
    """Who has taken the conversation over, and when they last typed a reply."""

    name: str
    at: datetime


@dataclass(frozen=True)
class Newest:
    """How far a conversation has come, for whoever waits for more."""

    seq: int
    mode: str
    erased: bool = False
    open: bool = False  # a message of the patient still waits for its answer
    writer: Writer | None = None  # may have stopped long ago: `Delivery.writing` judges


@dataclass(frozen=True)
class Backlog:
    """
    What waits over all processes.

    Args:
        unseen: How many dangers no member of staff has acknowledged, by level.
        oldest: When the oldest of them was raised.
        unanswered: Messages of patients that wait for their answer.
    """

    unseen: Mapping[Level, int]
    oldest: Mapping[Level, datetime]
    unanswered: int


class Ledger(PostOffice, Devices, Protocol):
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
        """
        What became of a message: replies, snapshot, consent, hand-over, the engine's state; marks it answered.

        Nothing is written where another process has answered it already.

        Raises:
            TurnLost: `outcome.token` is no longer that of the conversation's turn.
        """
        ...

    def begin_turn(
        self, conversation_id: str, message_id: str, *, holder: str, now: datetime, until: datetime, late: bool = False
    ) -> TurnBegun:
        """
        Take the conversation's turn for this message, if it is free and no earlier message waits.

        The same holder gets the same turn again.  The turn is over with the outcome that
        says so, with `end_turn`, or at `until` unless it is kept (`keep_turns`).

        A message that got the safe sentence waits like any other while its process lives;
        once a later one was begun it is not heard any more.

        Args:
            late: Also when the message is answered already, by the safe sentence.

        Raises:
            UnknownConversation: There is no such message, or the conversation was erased.
        """
        ...

    def keep_turns(self, holders: Mapping[str, str], *, until: datetime) -> None:
        """Turns and claims of these holders, each with the key of its message, last until then."""
        ...

    def end_turn(self, conversation_id: str, message_id: str, *, holder: str) -> None:
        """Gives the turn back without an outcome, had or not; nobody waits for this message any longer."""
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
            confirmed or released it, or while a legal hold stands.
        """
        ...

    def claim_alerts(self, *, now: datetime, until: datetime, limit: int = 5) -> tuple[Alert, ...]:
        """Alerts that are due, the gravest first; they belong to the caller until `until`, then they are due again."""
        ...

    def alert_done(
        self,
        alert_id: str,
        *,
        at: datetime,
        sent_to: str = "",
        error: str | None = None,
        retry_at: datetime | None = None,
    ) -> None:
        """Sent when `error` is None, to whom `sent_to` says; else tried again at `retry_at`."""
        ...

    def backlog(self) -> Backlog: ...

    def hand_back_silent(self, *, before: datetime, at: datetime, say: Reply) -> tuple[str, ...]:
        """Conversations that staff took over and left without a word since `before` go back to the assistant, with a notice."""
        ...

    def purge(self, rules: tuple[KeepRule, ...], *, at: datetime) -> int:
        """Removes conversations past their retention, some at a time; returns how many.  None under a legal hold."""
        ...

    def check(self) -> None:
        """Raises LedgerUnavailable when the database cannot be read and written."""
        ...
