"""
The sockets of a conversation: what the co-ordinator needs, and the values that pass.

The dialogue engine, the database, the local journal, the clock and the alert routes
plug in here; nothing in `bot/conversation` knows which ones they are.  The staff side
of the same ledger is `bot.conversation.desk`.

Blocking or not: `Engine` and `AlertRoute` are asynchronous.  `Ledger`, `Journal` and
`Desk` block and are called from a thread, never on the event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from bot.clinical.codes import Level
from bot.conversation.ledger_port import (
    Alert,
    AlreadyTaken,
    Backlog,
    Ledger,
    LedgerUnavailable,
    Newest,
    Outdated,
    Stored,
    TalkState,
    TurnBegun,
    TurnLost,
    UnknownConversation,
    WaitingText,
    Writer,
)
from bot.conversation.said import Button, Contact, MessageRow, Reply

if TYPE_CHECKING:
    from bot.language.screen import ScreenResult, ScreenState

__all__ = [
    "Advisor",
    "Alert",
    "AlertRoute",
    "AlreadyTaken",
    "Backlog",
    "Button",
    "Clock",
    "Contact",
    "Dialogue",
    "Engine",
    "EngineAnswer",
    "Journal",
    "Ledger",
    "LedgerUnavailable",
    "MessageRow",
    "Newest",
    "Outdated",
    "Raised",
    "Reply",
    "Screener",
    "Stored",
    "TalkState",
    "TurnBegun",
    "TurnFacts",
    "TurnLost",
    "UnknownConversation",
    "WaitingText",
    "Writer",
]


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
        received_seq: Place in the ledger, None while only the journal has it.
        dialogue: The engine's own state before this message, as it gave it; None for an
            engine that keeps its state itself.
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
    received_seq: int | None = None
    dialogue: Dialogue | None = None


@dataclass(frozen=True)
class Dialogue:
    """
    The engine's private state of a conversation, in its own words.

    `text` is None before the first message.  `known` is False when the ledger is away and
    this process has not served the conversation: then nobody can say how it stands.
    """

    text: str | None = None
    known: bool = True


@dataclass(frozen=True)
class Raised:
    """
    A danger that the answer to a question of the dialogue told, where the words alone do not ("Any of these
    now?" "Yes"): the level and category it raises, and the id of the question.
    """

    level: Level
    category: str
    rule: str


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
        raised: The message raises the conversation's level; its advice stands in the replies.
        dialogue: The engine's own state after this message; it is kept together with the
            replies, so that a message worked on twice after a crash counts once.
    """

    replies: tuple[Reply, ...] = ()
    consent: bool | None = None
    snapshot: dict[str, Any] = field(default_factory=dict)
    wants_staff: bool = False
    erase: bool = False
    contact: Contact | None = None
    raised: Raised | None = None
    dialogue: str | None = None


class Engine(Protocol):
    """Answers one message.  May raise, hang or return nothing: the co-ordinator copes."""

    async def respond(self, conversation_id: str, text: str, *, turn: TurnFacts) -> EngineAnswer:
        """`text` never begins with "/" and is never empty."""
        ...

    async def forget(self, conversation_id: str) -> None:
        """
        Drop whatever the engine itself keeps of this conversation (the ledger forgets what it was given).

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

    def screen(self, text: str, state: ScreenState, *, at: datetime, by_rules: bool = False) -> ScreenResult:
        """`by_rules`: only what takes no time worth speaking of."""
        ...

    def suspects(self, text: str, state: ScreenState, *, at: datetime) -> bool:
        """Whether a verdict that is not by rules only would say more.  May take its time: called from a thread."""
        ...


class Advisor(Protocol):
    """Words for a danger, from reviewed content."""

    def advise(self, result: ScreenResult) -> Sequence[Reply]:
        """The advice for an urgent or emergency result; at least one reply."""
        ...

    def ask(self, result: ScreenResult) -> Reply:
        """The open safety question with its yes and no buttons."""
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

    def close(self) -> None:
        """Lets go of the file; what is pending stays for the next process."""
        ...


# --- clock and alerts ----------------------------------------------------------------


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, UTC."""
        ...


class AlertRoute(Protocol):
    """One way to reach staff: mail, pager, web hook."""

    name: str
    reaches: str  # whom, as staff read it later; never a secret

    async def send(self, alert: Alert) -> None:
        """Raises when the alert was not accepted."""
        ...
