"""What the console is made of: chosen by the wiring, the same for every request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Protocol

from bot.console.provider import Provider
from bot.conversation.desk import Desk
from bot.knowledge.pseudonyms import Pseudonym
from bot.knowledge.record_codes import RecordCodes
from bot.knowledge.retention import KeepRule
from bot.knowledge.staff_replies import StaffReply


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

    def topic(self, topic_id: str) -> str:
        """The question that a reviewed answer is for; the id when content has no such answer."""
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
        canned: Ready-made replies, their holes filled.
        keep_rules: How long conversations are kept.
        pseudonyms: What is taken out of an example before somebody else reads it.
        intents: Wishes that staff may correct a reading to.
        topics: Questions that they may correct it to.
        codes: Codes by which other record systems know our tests and units.
        provider: The clinic's own sign-in, where it has one.
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
    provider: Provider | None = None
    canned: tuple[StaffReply, ...] = ()
    keep_rules: tuple[KeepRule, ...] = ()
    pseudonyms: tuple[Pseudonym, ...] = ()
    intents: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    codes: RecordCodes = field(default_factory=RecordCodes)

    def __post_init__(self) -> None:
        if len(self.secret) < 32:
            raise ValueError("the console's secret needs 32 characters or more; see B12_SESSION_SECRET.")

    def names(self, codes: Sequence[str]) -> list[str]:
        return [self.words.name(code) for code in codes]
