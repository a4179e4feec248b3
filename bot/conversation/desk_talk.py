"""What staff are shown of one conversation: messages, escalations, calls to staff, notes; part of `bot.conversation.desk`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.clinical.codes import Level
from bot.conversation.ports import Contact, Reply


@dataclass(frozen=True)
class DeskMatch:
    """Why an escalation was made: rule and the patient's own words."""

    rule: str
    level: Level
    category: str
    message_id: str
    start: int
    end: int
    words: str  # "" once blanked


@dataclass(frozen=True)
class DeskMessage:
    seq: int
    id: str
    author: str  # patient | assistant | staff | system
    author_name: str | None
    reply: Reply  # text is "" when `hidden`
    at: datetime
    hidden: str | None = None  # "held" (no consent yet, no rule fired) | "blanked"
    level: Level = Level.NONE  # that this message reached
    intent: str | None = None
    confidence: float | None = None
    understood: bool | None = None
    matches: tuple[DeskMatch, ...] = ()
    delivered_at: datetime | None = None
    post_state: str | None = None  # on a push channel; see bot.conversation.posting_port.POST_STATES
    post_error: str | None = None


@dataclass(frozen=True)
class DeskEscalation:
    id: str
    level: Level
    category: str | None
    at: datetime
    due_at: datetime
    content_version: str
    advice: str  # what the patient was shown
    matches: tuple[DeskMatch, ...]
    state: str  # open | acknowledged | confirmed | released
    kind: str = "danger"  # danger | screen_failed
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    closed_by: str | None = None
    closed_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True)
class DeskAlert:
    """
    One call to staff: why, when, and whom it reached.

    `sent_to` is "" when no way beside the inbox was set up; `error` says why the last
    try failed; `cancelled_at` that somebody acknowledged before it went out.
    """

    id: str
    conversation_id: str
    kind: str  # first | second (nobody acknowledged) | waiting (a person is wanted)
    level: Level
    category: str | None
    at: datetime
    due_at: datetime  # when it goes out, or is tried again
    attempts: int
    sent_at: datetime | None = None
    sent_to: str = ""
    cancelled_at: datetime | None = None
    error: str | None = None
    escalation_id: str | None = None

    def state(self, now: datetime) -> str:
        """sent | cancelled | failing (tried in vain, will be again) | late (due and not tried) | planned."""
        if self.sent_at is not None:
            return "sent"
        if self.cancelled_at is not None:
            return "cancelled"
        if self.error:
            return "failing"
        return "late" if self.due_at <= now else "planned"


@dataclass(frozen=True)
class AlertPage:
    alerts: tuple[DeskAlert, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class DeskNote:
    id: str
    by: str  # staff name
    at: datetime
    text: str


@dataclass(frozen=True)
class Present:
    """Somebody else who has this conversation open now."""

    name: str
    writing: bool  # a reply is being written


@dataclass(frozen=True)
class CallBack:
    """A patient who has left a way to be reached and was not reached yet; never the number itself."""

    conversation_id: str
    level: Level
    category: str | None
    asked_at: datetime
    reachable_by: tuple[str, ...]  # phone, email
    preferred_time: str | None
    mode: str
    assigned_name: str | None
    tries: int
    last_try_at: datetime | None
    last_try_by: str | None  # staff name


@dataclass(frozen=True)
class DeskEvent:
    """One thing that happened: to the conversation, to an escalation, or by staff.  `what` is a code."""

    at: datetime
    what: str
    by: str = ""  # staff name
    about: str = ""  # a category, or whom an alert reached


@dataclass(frozen=True)
class DeskConversation:
    conversation_id: str
    version: int
    level: Level
    category: str | None
    channel: str
    region: str
    mode: str
    consent: bool | None
    opened_at: datetime
    last_at: datetime
    assigned_to: str | None  # staff id
    assigned_name: str | None
    outcome: str | None
    outcome_at: datetime | None
    reviewed_by: str | None
    reviewed_at: datetime | None
    contact: Contact | None  # None until it is asked for: `Desk.contact`
    reachable_by: tuple[str, ...]  # name, phone, email, preferred_time: what the patient has left
    question: str | None  # open safety question
    messages: tuple[DeskMessage, ...]
    escalations: tuple[DeskEscalation, ...]
    notes: tuple[DeskNote, ...]
    taken_by: str | None = None  # staff id, while the mode is "staff"
    taken_name: str | None = None
    labels: tuple[str, ...] = ()
    to_call: bool = False  # has left a way to be reached and was not reached yet
    alerts: tuple[DeskAlert, ...] = ()
    events: tuple[DeskEvent, ...] = ()  # in the order of time
    snapshot: dict[str, Any] = field(default_factory=dict)  # as in EngineAnswer
