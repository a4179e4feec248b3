"""
The staff side of the ledger: inbox, conversation page, escalations, accounts, audit.

`Desk` blocks; call it from a thread (a plain `def` route of Starlette does that).
Each method that changes or shows patient data takes `by`, the id of the staff member,
and writes an audit entry in the same transaction.  Whether that person may do it is
the caller's question (`Role.may`); the desk refuses what is impossible, never what is
merely not allowed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Protocol

from bot.clinical.codes import Level
from bot.conversation.desk_review import RecordKeeping
from bot.conversation.figures import Figures
from bot.conversation.inbox import InboxReading
from bot.conversation.ports import Contact, Reply


class Role(str, Enum):
    VIEWER = "viewer"  # reads
    CLINICIAN = "clinician"  # reads, answers, releases and confirms escalations
    ADMIN = "admin"  # a clinician who also manages accounts and reads the audit

    def may(self, needed: Role) -> bool:
        order = (Role.VIEWER, Role.CLINICIAN, Role.ADMIN)
        return order.index(self) >= order.index(needed)


class DeskConflict(Exception):
    """The thing was changed meanwhile or does not allow this step; the text says which and is safe to show."""


# --- one conversation ----------------------------------------------------------------


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


# --- people, sessions, audit ---------------------------------------------------------


@dataclass(frozen=True)
class Staff:
    """`password_hash` and `totp_secret` never leave the server; `repr` hides them."""

    id: str
    username: str
    name: str
    role: Role
    active: bool
    created_at: datetime
    password_hash: str = field(repr=False, default="")
    totp_secret: str | None = field(repr=False, default=None)
    failed_attempts: int = 0
    locked_until: datetime | None = None
    last_sign_in: datetime | None = None
    identity: str | None = None  # of the clinic's sign-in provider; such an account has no password


@dataclass(frozen=True)
class StaffSession:
    staff: Staff
    opened_at: datetime
    seen_at: datetime
    expires_at: datetime
    data: dict[str, Any] = field(default_factory=dict)  # small, for the console: CSRF secret and the like


@dataclass(frozen=True)
class AuditEntry:
    """One link of the chain: `digest` covers the entry and the digest before it."""

    number: int
    at: datetime
    by: str  # staff id, "patient" or "system"
    by_name: str | None
    action: str  # conversation.opened, escalation.released, …
    target: str  # the id it was done to
    details: dict[str, Any]  # never patient text
    digest: str


@dataclass(frozen=True)
class AuditPage:
    entries: tuple[AuditEntry, ...]
    total: int
    page: int
    pages: int


class Desk(InboxReading, RecordKeeping, Protocol):
    """Raises UnknownConversation or LookupError for ids that do not exist, DeskConflict for impossible steps."""

    # calls to staff and the dashboard
    def alerts(self, *, now: datetime, unsent: bool = False, page: int = 1, size: int = 50) -> AlertPage:
        """Calls to staff, the newest first; `unsent` keeps those that are due and have not gone out."""
        ...

    def figures(self, bounds: tuple[datetime, ...], *, now: datetime, channel: str | None = None) -> Figures:
        """Counts of the dashboard; `bounds` are the edges of its steps, two or more, in order."""
        ...

    # one conversation
    def open(self, conversation_id: str, *, by: str, now: datetime) -> DeskConversation:
        """Reads it and writes that it was read."""
        ...

    def contact(self, conversation_id: str, *, by: str, now: datetime) -> Contact | None:
        """The patient's contact details, and writes that they were looked at; None when there are none."""
        ...

    def stamp(self, conversation_id: str) -> str:
        """Changes with every message and every step of staff: tells an open page that it is out of date.  Writes nothing."""
        ...

    # With `conversation_id` the three steps on an escalation raise LookupError unless it is that conversation's:
    # what somebody reads and what they act on must be the same.

    def acknowledge(self, escalation_id: str, *, by: str, now: datetime, conversation_id: str | None = None) -> None:
        """Stops the clock and the second alert; again by someone else: DeskConflict that names the first."""
        ...

    def confirm(
        self, escalation_id: str, *, reason: str, by: str, now: datetime, conversation_id: str | None = None
    ) -> None:
        """The danger was real; the level stays."""
        ...

    def release(
        self, escalation_id: str, *, reason: str, by: str, now: datetime, conversation_id: str | None = None
    ) -> None:
        """The danger is over or was none; the conversation's level falls to that of what is still open."""
        ...

    def assign(self, conversation_id: str, *, to: str | None, by: str, now: datetime) -> None: ...

    def note(self, conversation_id: str, text: str, *, by: str, now: datetime) -> str:
        """Whoever is named in it ("@user.name") finds the conversation under "mentioned"."""
        ...

    def set_outcome(self, conversation_id: str, outcome: str, *, by: str, now: datetime) -> None: ...

    def mark_reviewed(self, conversation_id: str, *, by: str, now: datetime) -> None: ...

    def close(self, conversation_id: str, *, by: str, now: datetime) -> None:
        """DeskConflict while an escalation is open."""
        ...

    def reopen(self, conversation_id: str, *, by: str, now: datetime) -> None: ...

    def take_over(self, conversation_id: str, *, by: str, now: datetime, from_: str | None = None) -> None:
        """
        The assistant falls silent; screening goes on.

        Raises:
            DeskConflict: Somebody other than `from_` has it: two people must not answer at once.
        """
        ...

    def hand_back(self, conversation_id: str, *, by: str, now: datetime) -> None: ...

    def reply(
        self, conversation_id: str, text: str, *, message_id: str, by: str, now: datetime, seen: int | None = None
    ) -> int:
        """
        Takes over when nobody has; returns the seq.  The same `message_id` again writes nothing.

        Args:
            seen: The newest message on the page from which the reply was written.

        Raises:
            DeskConflict: A colleague has answered since `seen`; the text names them.
        """
        ...

    # together
    def label(self, conversation_id: str, label: str, *, by: str, now: datetime) -> None:
        """In small letters, 40 at most; DeskConflict when it is empty or there are too many."""
        ...

    def unlabel(self, conversation_id: str, label: str, *, by: str, now: datetime) -> None: ...

    def labels_in_use(self, *, limit: int = 50) -> tuple[str, ...]:
        """The most used of late first."""
        ...

    def here(self, conversation_id: str, *, by: str, now: datetime, writing: bool) -> tuple[Present, ...]:
        """Says that this person has the page open, and who else has."""
        ...

    def typing(self, conversation_id: str, *, by: str, now: datetime) -> None:
        """The holder types a reply; the patient is shown it for seconds.  DeskConflict from anybody else."""
        ...

    def call_backs(self, *, limit: int = 200) -> tuple[CallBack, ...]:
        """Patients to be reached, the most urgent first, then who asked first."""
        ...

    def called(self, conversation_id: str, *, reached: bool, by: str, now: datetime) -> None:
        """A call was tried; once `reached` the patient leaves the list.  DeskConflict when somebody has reached them."""
        ...

    def erase(self, conversation_id: str, *, reason: str, by: str, now: datetime) -> None: ...

    # accounts
    def add_staff(self, *, username: str, name: str, role: Role, password_hash: str, by: str, now: datetime) -> Staff:
        """DeskConflict when the user name is taken."""
        ...

    def admit(self, *, identity: str, username: str, name: str, role: Role, now: datetime) -> Staff:
        """
        The account of somebody whom the clinic's provider has recognised; made when there is none.

        Its role follows the provider, but for an admin's: that is given in the console and
        stays while the provider says clinician.  Raises DeskConflict when it is disabled.
        """
        ...

    def staff(self, staff_id: str) -> Staff: ...

    def staff_named(self, username: str) -> Staff | None: ...

    def all_staff(self) -> tuple[Staff, ...]: ...

    def change_staff(
        self,
        staff_id: str,
        *,
        by: str,
        now: datetime,
        name: str | None = None,
        role: Role | None = None,
        active: bool | None = None,
        password_hash: str | None = None,
        totp_secret: str | None = None,
        totp_step: int | None = None,
    ) -> Staff:
        """
        Only what is given; a new password, role or `active=False` ends the person's sessions.

        An empty `totp_secret` takes the second factor away; `totp_step` is the half minute
        of the code that proved a new one, which is then used up.
        """
        ...

    def note_sign_in(
        self,
        staff_id: str,
        *,
        succeeded: bool,
        now: datetime,
        tries: int,
        lock_until: datetime,
        totp_step: int | None = None,
    ) -> bool:
        """
        Counts a try to sign in; counting and locking are one step, so that tries at once count too.

        Args:
            totp_step: The half minute of the code that was given; one that was used before, or
                an earlier one, is a wrong try.
            tries: Wrong ones in a row until the account is locked.
            lock_until: How long it is locked then.

        Returns:
            Whether the person may come in: a right password is no use while the account is locked.
        """
        ...

    # sessions
    def open_session(
        self, staff_id: str, *, token_hash: str, now: datetime, expires_at: datetime, data: dict[str, Any]
    ) -> None: ...

    def session(self, token_hash: str, *, now: datetime) -> StaffSession | None:
        """None when unknown, expired, ended or the account is not active; notes that it was seen."""
        ...

    def close_session(self, token_hash: str, *, now: datetime) -> None: ...

    # audit
    def audit(
        self, *, by: str, now: datetime, page: int = 1, size: int = 50, target: str | None = None
    ) -> AuditPage: ...

    def verify_audit(self) -> int | None:
        """The number of the first entry whose chain is broken, None when all is well."""
        ...

    def write_audit(
        self, *, action: str, target: str, by: str, now: datetime, details: dict[str, Any] | None = None
    ) -> None:
        """For what the console itself does: exports, sign-in, sign-out.  No patient text in `details`."""
        ...
