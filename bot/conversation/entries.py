"""
The two things that are written on a patient's path: a message came, and what came of it.

Both carry every id they need, so that writing one twice changes nothing, and both turn
into plain JSON for the journal.  An id is derived from the message's own, never drawn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.clinical.codes import Level
from bot.conversation.ports import Alert, Button, Contact, Reply
from bot.conversation.posting_port import Line


@dataclass(frozen=True)
class MatchEntry:
    """A rule that fired and the words that fired it (code points of the message, end exclusive)."""

    rule: str
    level: Level
    category: str
    turn: int
    start: int
    end: int
    words: str


@dataclass(frozen=True)
class EscalationEntry:
    """Staff have to look: why, how soon, and what the patient was told."""

    id: str
    level: Level
    category: str | None
    due_at: datetime
    second_at: datetime
    kind: str = "danger"  # danger | screen_failed


@dataclass(frozen=True)
class Arrival:
    """
    A patient's message as it came in and was screened.

    `base_version` is the version of the stored conversation that the screen started from,
    None when nothing was known of it; the ledger refuses an outdated one.  `answer` is
    False for a message that only the screen shall see (too long, too fast).
    """

    conversation_id: str
    channel: str
    region: str
    message_id: str
    text: str
    at: datetime
    base_version: int | None = None
    level: Level = Level.NONE
    category: str | None = None
    raised: bool = False
    screen_failed: bool = False
    matches: tuple[MatchEntry, ...] = ()
    question: str | None = None
    answered: str | None = None
    screen_state: dict[str, Any] | None = None
    escalation: EscalationEntry | None = None
    advice: tuple[Reply, ...] = ()
    content_version: str = ""
    answer: bool = True
    claimed_until: datetime | None = None
    welcome: tuple[Reply, ...] = ()
    line: Line | None = None
    fixed: tuple[Reply, ...] = ()

    @property
    def key(self) -> str:
        return message_key(self.conversation_id, self.message_id)

    @property
    def said(self) -> tuple[Reply, ...]:
        """Everything the patient is told with it, each text once, advice first."""
        shown: dict[str, Reply] = {}
        for reply in (*self.advice, *self.fixed):
            shown.setdefault(reply.text, reply)
        return tuple(shown.values())

    def to_json(self) -> dict[str, Any]:
        plain = dict(self.__dict__)
        plain.update(
            at=self.at.isoformat(),
            level=self.level.code,
            matches=[{**match.__dict__, "level": match.level.code} for match in self.matches],
            escalation=_escalation_to_json(self.escalation),
            advice=[reply_to_json(reply) for reply in self.advice],
            welcome=[reply_to_json(reply) for reply in self.welcome],
            line=dict(self.line.__dict__) if self.line else None,
            fixed=[reply_to_json(reply) for reply in self.fixed],
            claimed_until=self.claimed_until.isoformat() if self.claimed_until else None,
        )
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Arrival:
        values = dict(plain)
        values.update(
            at=datetime.fromisoformat(plain["at"]),
            level=Level.from_code(plain["level"]),
            matches=tuple(
                MatchEntry(**{**match, "level": Level.from_code(match["level"])}) for match in plain["matches"]
            ),
            escalation=_escalation_from_json(plain["escalation"]),
            advice=tuple(reply_from_json(reply) for reply in plain["advice"]),
            welcome=tuple(reply_from_json(reply) for reply in plain["welcome"]),
            line=Line(**plain["line"]) if plain.get("line") else None,
            fixed=tuple(reply_from_json(reply) for reply in plain.get("fixed") or ()),
            claimed_until=datetime.fromisoformat(plain["claimed_until"]) if plain["claimed_until"] else None,
        )
        return cls(**values)


@dataclass(frozen=True)
class RaisedEntry:
    """A danger that the dialogue found, in the answer to a question it had asked."""

    escalation: EscalationEntry
    match: MatchEntry
    advice: str
    content_version: str

    def to_json(self) -> dict[str, Any]:
        return {
            "escalation": _escalation_to_json(self.escalation),
            "match": {**self.match.__dict__, "level": self.match.level.code},
            "advice": self.advice,
            "content_version": self.content_version,
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any] | None) -> RaisedEntry | None:
        """None for None."""
        escalation = _escalation_from_json(plain["escalation"]) if plain else None
        if plain is None or escalation is None:
            return None
        match = MatchEntry(**{**plain["match"], "level": Level.from_code(plain["match"]["level"])})
        return cls(escalation, match, plain["advice"], plain["content_version"])


@dataclass(frozen=True)
class Outcome:
    """
    What came of a message.

    `part` tells apart the several answers one message can have: "answer", "late" (the
    engine came after its deadline), "replay" (the text was held before consent), "mode"
    (the co-ordinator itself).  Together with the message id it makes the reply ids.

    `dialogue` is the engine's private state after the message, kept in the same
    transaction: either both are there or neither.  `token` is that of the turn (see
    `Ledger.begin_turn`), None where none could be had: then `dialogue` counts only if
    nobody has begun a turn since `base`.  `ends_turn` gives the turn back.
    """

    conversation_id: str
    message_id: str
    at: datetime
    part: str = "answer"
    author: str = "assistant"
    replies: tuple[Reply, ...] = ()
    snapshot: dict[str, Any] = field(default_factory=dict)
    consent: bool | None = None
    wants_staff: bool = False
    contact: Contact | None = None
    raised: RaisedEntry | None = None
    dialogue: str | None = None
    token: int | None = None
    base: int | None = None
    ends_turn: bool = False

    def reply_id(self, number: int) -> str:
        return reply_id(self.conversation_id, self.message_id, self.part, number)

    def to_json(self) -> dict[str, Any]:
        plain = dict(self.__dict__)
        plain.update(
            at=self.at.isoformat(),
            replies=[reply_to_json(reply) for reply in self.replies],
            contact=dict(self.contact.__dict__) if self.contact else None,
            raised=self.raised.to_json() if self.raised else None,
        )
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Outcome:
        values = dict(plain)
        values.update(
            at=datetime.fromisoformat(plain["at"]),
            replies=tuple(reply_from_json(reply) for reply in plain["replies"]),
            contact=_contact(plain["contact"]) if plain["contact"] else None,
            raised=RaisedEntry.from_json(plain.get("raised")),
        )
        return cls(**values)


def message_key(conversation_id: str, message_id: str) -> str:
    """Unique for all time: a sender's own id is unique only within its conversation."""
    return f"{conversation_id}:{message_id}"


def reply_id(conversation_id: str, message_id: str, part: str, number: int) -> str:
    """The same for the same reply, so that it can be sent before it is stored and stored twice."""
    digest = hashlib.sha256(f"{conversation_id}:{message_id}:{part}:{number}".encode()).hexdigest()
    return f"r-{digest[:30]}"


def advice_id(conversation_id: str, message_id: str, text: str) -> str:
    """Of what is said at once; other words get another id, so that a later, graver advice is shown too."""
    return reply_id(conversation_id, message_id, f"advice:{text}", 0)


def post_id(conversation_id: str, public_id: str) -> str:
    """Of a message's way out to a vendor; the same in every process, and known before the ledger has it."""
    return "p-" + hashlib.sha256(f"{conversation_id}:{public_id}:post".encode()).hexdigest()[:30]


def welcome_id(conversation_id: str, number: int) -> str:
    """Of the greeting, known before any row exists."""
    return reply_id(conversation_id, "", "welcome", number)


def escalation_id(conversation_id: str, message_id: str) -> str:
    return "e-" + hashlib.sha256(f"{conversation_id}:{message_id}".encode()).hexdigest()[:30]


def first_alert(conversation_id: str, raised: EscalationEntry, *, at: datetime) -> Alert:
    """The call that an escalation makes at once."""
    return Alert(
        id=f"{raised.id}:first",
        conversation_id=conversation_id,
        escalation_id=raised.id,
        level=raised.level,
        category=raised.category,
        at=at,
    )


def engine_name(conversation_id: str) -> str:
    """The conversation's one-way name for the dialogue engine, which writes the names it is given into its logs."""
    return hashlib.sha256(conversation_id.encode()).hexdigest()[:32]


def reply_to_json(reply: Reply) -> dict[str, Any]:
    return {
        "text": reply.text,
        "buttons": [{"title": button.title, "say": button.say} for button in reply.buttons],
        "custom": reply.custom,
    }


def reply_from_json(plain: Mapping[str, Any]) -> Reply:
    buttons = tuple(Button(title=button["title"], say=button["say"]) for button in plain.get("buttons") or ())
    return Reply(text=plain["text"], buttons=buttons, custom=plain.get("custom"))


def _escalation_to_json(escalation: EscalationEntry | None) -> dict[str, Any] | None:
    if escalation is None:
        return None
    return {
        **escalation.__dict__,
        "level": escalation.level.code,
        "due_at": escalation.due_at.isoformat(),
        "second_at": escalation.second_at.isoformat(),
    }


def _escalation_from_json(plain: Mapping[str, Any] | None) -> EscalationEntry | None:
    if plain is None:
        return None
    return EscalationEntry(
        **{
            **plain,
            "level": Level.from_code(plain["level"]),
            "due_at": datetime.fromisoformat(plain["due_at"]),
            "second_at": datetime.fromisoformat(plain["second_at"]),
        }
    )


def _contact(plain: Mapping[str, Any]) -> Contact:
    return Contact(**{**plain, "earlier": tuple(plain.get("earlier") or ())})
