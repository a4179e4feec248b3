"""What the console is made of: chosen by the wiring, the same for every request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Protocol

from bot.conversation.desk import Desk


@dataclass(frozen=True)
class RuleText:
    """What stands behind a rule, for a nurse who asks why."""

    id: str
    level: str
    category: str
    looks_for: tuple[str, ...]  # names of the facts in the rule's condition
    sources: tuple[str, ...]  # publisher, title, year
    combination: str | None = None  # the row of the combination table it comes from


class StaffWords(Protocol):
    """Names for codes and explanations for rules, from reviewed content."""

    version: str  # of the content in use now

    def name(self, code: str) -> str:
        """A plain name; the code itself in plain letters when content has none."""
        ...

    def rule(self, rule_id: str) -> RuleText | None:
        """None when the content in use has no such rule (any more)."""
        ...

    def source(self, source_id: str) -> str:
        """Publisher, title and year, or the id where nothing is recorded."""
        ...


@dataclass(frozen=True)
class ConsoleParts:
    """
    Args:
        desk: The staff side of the ledger; it blocks and is called from threads.
        words: Names and explanations.
        secret: Signs what is needed before anybody is signed in; 32 characters or more.
        now: The time, aware, UTC.
        zone: In which times are shown.
        secure: The console is reached over TLS: cookies are Secure, HSTS is sent.
        idle: A sitting ends after this long without a step by its owner.
        longest: A sitting ends after this long in any case.
        poll_seconds: How often an open page asks whether something is new.
    """

    desk: Desk
    words: StaffWords
    secret: str = field(repr=False)
    now: Callable[[], datetime] = lambda: datetime.now(timezone.utc)
    clinic_name: str = "Clinic"
    mode: str = "demo"
    zone: tzinfo = timezone.utc
    secure: bool = False
    idle: timedelta = timedelta(minutes=30)
    longest: timedelta = timedelta(hours=10)
    poll_seconds: int = 4

    def __post_init__(self) -> None:
        if len(self.secret) < 32:
            raise ValueError("the console's secret needs 32 characters or more; see B12_SESSION_SECRET.")

    def names(self, codes: Sequence[str]) -> list[str]:
        return [self.words.name(code) for code in codes]
