"""What is kept, what goes, and what may not go: the values of retention and legal holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Hold:
    """Nothing of this conversation is removed, neither by age nor by anybody's wish, until it is lifted."""

    conversation_id: str
    reason: str
    by: str  # staff name
    at: datetime


@dataclass(frozen=True)
class Leaving:
    """A conversation whose time is over."""

    conversation_id: str
    rule: str
    last_at: datetime
    escalated: bool
    outcome: str | None


@dataclass(frozen=True)
class RetentionReport:
    """
    What goes by age, or went.

    `listed` is at most as long as was asked for; `total` and `by_rule` count everything.
    `waiting_for_staff` are old and have a danger that nobody has dealt with: they stay.
    """

    at: datetime
    total: int
    by_rule: dict[str, int] = field(default_factory=dict)
    listed: tuple[Leaving, ...] = ()
    on_hold: int = 0  # would go, but for a hold
    waiting_for_staff: int = 0


@dataclass(frozen=True)
class PersonFound:
    """A conversation of the person who is to be erased, and why it cannot be, if it cannot."""

    conversation_id: str
    last_at: datetime
    kept_because: str | None = None  # hold | danger
