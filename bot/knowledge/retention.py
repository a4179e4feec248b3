"""Read `retention.yml`: how long which conversations are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.knowledge.strict import Fault, rows
from bot.knowledge.values import checked, sources_of, whole


@dataclass(frozen=True)
class KeepRule:
    """
    Args:
        keep: After the last message.
        escalated: Only conversations in which a danger was found, or none was; None: both.
        outcomes: Only conversations that staff ended so; empty: all.
    """

    id: str
    keep: timedelta
    escalated: bool | None = None
    outcomes: frozenset[str] = frozenset()

    def fits(self, *, escalated: bool, outcome: str | None) -> bool:
        return self.escalated in (None, escalated) and (not self.outcomes or outcome in self.outcomes)


def load_keep_rules(folder: Path, faults: list[Fault]) -> tuple[KeepRule, ...]:
    """In the order of the file; faults are added to the list."""
    found = []
    for row in rows(folder / "retention.yml", faults):
        rule = KeepRule(
            id=row.text("id"),
            keep=timedelta(days=whole(row, "keep_days")),
            escalated=row.flag("escalated") if row.raw("escalated") is not None else None,
            outcomes=frozenset(row.texts("outcomes")),
        )
        if rule.keep < timedelta(days=1):
            row.fault("'keep_days' must be 1 or more.")
        sources_of(row)
        checked(row)
        found.append(rule)
    if not any(rule.escalated is None and not rule.outcomes for rule in found):
        faults.append(
            Fault("retention.yml", "", "one rule must fit every conversation: no 'escalated', no 'outcomes'.")
        )
    return tuple(found)
