"""
The sockets of a conversation: what the co-ordinator needs, and the values that pass.

The dialogue engine, the database, the local journal, the clock and the alert routes
plug in here; nothing in `bot/conversation` knows which ones they are.  The staff side
of the same ledger is `bot.conversation.desk`.

Blocking or not: `Engine` and `AlertRoute` are asynchronous.  `Ledger`, `Journal` and
`Desk` block and are called from a thread, never on the event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from bot.clinical.codes import Level

if TYPE_CHECKING:
    from bot.conversation.desk import Desk as Desk
    from bot.conversation.entries import Arrival, Outcome
    from bot.language.screen import ScreenResult, ScreenState


# --- what is said --------------------------------------------------------------------


@dataclass(frozen=True)
class Button:
    """A quick reply: `title` is shown, `say` is sent as if the patient had typed it."""

    title: str
    say: str


@dataclass(frozen=True)
class Reply:
    """
    One message to the patient.

    `custom` is JSON-able and may hold `card`: {"level": "emergency"|"urgent"|"check"|"info",
    "title", "number" (to dial), "number_label", "items": [sentences]}.
    """

    text: str
    buttons: tuple[Button, ...] = ()
    custom: dict[str, Any] | None = None


# --- the dialogue engine -------------------------------------------------------------


@dataclass(frozen=True)
class TurnFacts:
    """
    What the engine is told about the message it gets.

    Args:
        message_id: The same for a message that is handed over a second time after a
            crash, so that an engine may recognise it.
        consent: None before the patient was asked or answered; without True the engine
            draws no finding from the text.
        danger: What the screen said, None when the screen itself failed.
        level: The conversation's level after this message.
        advice_sent: Danger advice already went out for this message; do not repeat it.
        safety_question: The co-ordinator asks this safety question in this turn and drops
            the engine's replies: take the facts, ask nothing that must be answered.
        safety_answer: "yes", "no", "ended" (it was, and has gone) or "unclear": the text answers the safety question, so
            it is no answer to the engine's own question and no consent.  Ask again what
            was open.
        replayed: A text held before consent, now processed as if just sent.
        held_waiting: Number of held texts that follow when this message grants consent.
        handed_to_staff: Always False when the engine is called today; kept for engines
            that are asked for facts only.
        received_seq: Place in the ledger, None while only the journal has it.
    """

    conversation_id: str
    message_id: str
    channel: str
    region: str
    now: datetime
    consent: bool | None = None
    danger: ScreenResult | None = None
    level: Level = Level.NONE
    advice_sent: bool = False
    safety_question: str | None = None
    safety_answer: str | None = None
    replayed: bool = False
    held_waiting: int = 0
    handed_to_staff: bool = False
    received_seq: int | None = None


@dataclass(frozen=True)
class Contact:
    """How the patient asked to be reached; each part None when not given."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    preferred_time: str | None = None


@dataclass(frozen=True)
class EngineAnswer:
    """
    What came of one message.

    Args:
        consent: True when this message granted consent, False when it refused, else None.
        snapshot: JSON-able state after this message, shown to staff and in the patient's
            summary.  Keys used: `findings`, `labs`, `assessment`, `intent`, `confidence`,
            `understood` (False: fallback), `topic`, `summary` {"title", "made",
            "sections": [{"title", "items": [text]}]}.  An empty dict keeps the last one.
        wants_staff: The patient asked for a person: listed in the inbox as waiting; the
            assistant goes on answering until staff take over.
        erase: The patient confirmed that everything shall be deleted.
        contact: Details to keep for the call-back.
    """

    replies: tuple[Reply, ...] = ()
    consent: bool | None = None
    snapshot: dict[str, Any] = field(default_factory=dict)
    wants_staff: bool = False
    erase: bool = False
    contact: Contact | None = None


class Engine(Protocol):
    """Answers one message.  May raise, hang or return nothing: the co-ordinator copes."""

    async def respond(self, conversation_id: str, text: str, *, turn: TurnFacts) -> EngineAnswer:
        """`text` never begins with "/" and is never empty."""
        ...

    async def forget(self, conversation_id: str) -> None:
        """
        Drop all private state of this conversation.

        Also called when a patient refuses consent: the conversation may go on with
        `TurnFacts.consent` False, but nothing of what was written is kept.
        """
        ...

    async def ready(self) -> None:
        """Raises, saying why, when it cannot answer a canary message."""
        ...


# --- screening -----------------------------------------------------------------------


class Screener(Protocol):
    """`bot.language.screen.Screen`: in memory, quick, no side effects."""

    def screen(self, text: str, state: ScreenState, *, at: datetime) -> ScreenResult: ...


class Advisor(Protocol):
    """Words for a danger, from reviewed content."""

    def advise(self, result: ScreenResult) -> Sequence[Reply]:
        """The advice for an urgent or emergency result; at least one reply."""
        ...

    def ask(self, result: ScreenResult) -> Reply:
        """The open safety question with its yes and no buttons."""
        ...


# --- the ledger ----------------------------------------------------------------------


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
class MessageRow:
    """One message as delivered: `id` is unique for all time, `seq` counts within its conversation."""

    seq: int | None  # None while only the journal has it
    id: str
    author: str  # patient | assistant | staff | system
    reply: Reply
    at: datetime
    conversation_id: str = ""
    author_name: str | None = None  # shown for staff

    def to_json(self) -> dict[str, Any]:
        """As docs/api.md describes a MESSAGE."""
        custom = dict(self.reply.custom or {})
        card = custom.pop("card", None)
        return {
            "seq": self.seq,
            "id": self.id,
            "author": self.author,
            "author_name": self.author_name,
            "text": self.reply.text,
            "buttons": [{"title": button.title, "say": button.say} for button in self.reply.buttons],
            "card": card,
            "custom": custom or None,
            "at": self.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }


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


class LedgerUnavailable(Exception):  # noqa: N818
    """The ledger did not take or give; nothing is known about the call's effect."""


class UnknownConversation(LookupError):  # noqa: N818
    """No such conversation, or it was erased."""


class Outdated(Exception):  # noqa: N818
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


# --- the journal ---------------------------------------------------------------------


class Journal(Protocol):
    """A local file for the minutes without a ledger.  Blocks; every append is on disk when it returns."""

    def append(self, kind: str, payload: Mapping[str, Any]) -> None:
        """Raises OSError when the disk does not take it."""
        ...

    @property
    def pending(self) -> int:
        """Entries not yet replayed."""
        ...

    def replay(self, apply: Callable[[str, Mapping[str, Any]], None]) -> int:
        """
        Hands over entries in order and drops each that was applied; stops at the first
        that raises LedgerUnavailable and raises it again.  Returns the number applied.
        """
        ...


# --- one turn at a time


class TurnLocks(Protocol):
    """
    Lets one message of a conversation at a time through the engine.

    `LocalTurnLocks` serves one process; several need locks in Redis or PostgreSQL.
    """

    def of(self, conversation_id: str) -> AbstractAsyncContextManager[Any]:
        """Waits its turn on entering.  An error on entering counts as a failed engine."""
        ...


# --- clock and alerts ----------------------------------------------------------------


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, UTC."""
        ...


class AlertRoute(Protocol):
    """One way to reach staff: mail, pager, web hook."""

    name: str

    async def send(self, alert: Alert) -> None:
        """Raises when the alert was not accepted."""
        ...
