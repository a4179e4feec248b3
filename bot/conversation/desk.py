"""
The staff side of the ledger: inbox, conversation page, escalations, accounts, audit.

`Desk` blocks; call it from a thread (a plain `def` route of Starlette does that).
Each method that changes or shows patient data takes `by`, the id of the staff member,
and writes an audit entry in the same transaction.  Whether that person may do it is
the caller's question (`Role.may`); the desk refuses what is impossible, never what is
merely not allowed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.conversation.desk_people import PeopleKeeping
from bot.conversation.desk_review import RecordKeeping
from bot.conversation.desk_talk import AlertPage, CallBack, DeskConversation, Present
from bot.conversation.figures import Figures
from bot.conversation.inbox import InboxReading
from bot.conversation.ports import Contact


class DeskConflict(Exception):
    """The thing was changed meanwhile or does not allow this step; the text says which and is safe to show."""


class Desk(InboxReading, PeopleKeeping, RecordKeeping, Protocol):
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
