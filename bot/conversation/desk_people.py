"""Staff: who they are, their accounts and sittings, and the audit of what they did; part of `bot.conversation.desk`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Protocol


class Role(str, Enum):
    VIEWER = "viewer"  # reads
    CLINICIAN = "clinician"  # reads, answers, releases and confirms escalations
    ADMIN = "admin"  # a clinician who also manages accounts and reads the audit

    def may(self, needed: Role) -> bool:
        order = (Role.VIEWER, Role.CLINICIAN, Role.ADMIN)
        return order.index(self) >= order.index(needed)


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


class PeopleKeeping(Protocol):
    """Part of `bot.conversation.desk.Desk`."""

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
