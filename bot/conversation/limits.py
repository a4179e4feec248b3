"""How long and how much: every time limit and size of a conversation, in one place, all settable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.clinical.codes import Level


@dataclass(frozen=True)
class Limits:
    """
    Seconds unless the type says otherwise.

    Args:
        answer: From arrival to a reply, whatever happens.
        answer_after_danger: The same once danger advice was given.
        late_answer: How long an engine may go on after the safe sentence before it is given up.
        ledger: Wait for a database write before the journal takes it.
        ledger_read: Wait for a database read.
        journal: Wait for the disk before a message counts as not kept.
        characters: Longest message that is worked on.
        held: How long a text waits for consent before it is blanked.
        acknowledge: How soon staff must acknowledge an escalation; a second alert follows
            after twice that.
        claim: How long a process keeps a message to itself before another may take it up.
        staff_silent: After this long without a staff reply the assistant takes over again.
        keep, keep_escalated: Retention.
    """

    answer: float = 8.0
    answer_after_danger: float = 4.0
    late_answer: float = 20.0
    ledger: float = 0.2
    ledger_read: float = 1.0
    journal: float = 2.0
    characters: int = 8_000
    held: timedelta = timedelta(hours=24)
    acknowledge_emergency: timedelta = timedelta(minutes=5)
    acknowledge_urgent: timedelta = timedelta(minutes=30)
    claim: timedelta = timedelta(seconds=20)
    staff_silent: timedelta = timedelta(minutes=30)
    keep: timedelta = timedelta(days=90)
    keep_escalated: timedelta = timedelta(days=8 * 365 + 2)

    def acknowledge(self, level: Level) -> timedelta:
        return self.acknowledge_emergency if level >= Level.EMERGENCY else self.acknowledge_urgent
