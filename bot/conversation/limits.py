"""How long and how much: every time limit and size of a conversation, in one place, all settable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.clinical.codes import Level
from bot.knowledge.retention import KeepRule


@dataclass(frozen=True)
class Limits:
    """
    Seconds unless the type says otherwise.

    Args:
        answer: From arrival to a reply, whatever happens.
        answer_after_danger: The same once danger advice was given.
        late_answer: How long an engine may go on after the safe sentence before it is given up.
        ledger: Wait for a database write before the journal takes it.
        ledger_late: How much longer the write may take before the turn goes on without the ledger.
        ledger_read: Wait for a database read.
        journal: Wait for the disk before a message counts as not kept.
        characters: Longest message that is worked on.
        held: How long a text waits for consent before it is blanked.
        acknowledge: How soon staff must acknowledge an escalation; a second alert follows
            after twice that.
        claim: How long a message and its turn stay with a process that gives no sign of life;
            then another takes them up.
        staff_silent: After this long without a staff reply the assistant takes over again.
        keep_rules: How long conversations are kept, from reviewed content; without rules none goes by age.
        post: For one request to a vendor of a push channel.
        post_claim: How long a process keeps a message to a vendor to itself.
        post_give_up: After this long a message that no vendor took is given up and shown to staff.
    """

    answer: float = 8.0
    answer_after_danger: float = 4.0
    late_answer: float = 20.0
    ledger: float = 0.2
    ledger_late: float = 1.0
    ledger_read: float = 1.0
    journal: float = 2.0
    characters: int = 8_000
    held: timedelta = timedelta(hours=24)
    acknowledge_emergency: timedelta = timedelta(minutes=5)
    acknowledge_urgent: timedelta = timedelta(minutes=30)
    claim: timedelta = timedelta(seconds=6)
    staff_silent: timedelta = timedelta(minutes=30)
    post: float = 10.0
    post_claim: timedelta = timedelta(seconds=60)
    post_give_up: timedelta = timedelta(hours=6)
    keep_rules: tuple[KeepRule, ...] = ()

    def acknowledge(self, level: Level) -> timedelta:
        return self.acknowledge_emergency if level >= Level.EMERGENCY else self.acknowledge_urgent
