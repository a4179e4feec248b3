"""
How long each stage of a turn takes, as cumulative counts for Prometheus; times only, nothing about a patient.

Used in the event loop's thread only.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

#: Upper ends of the steps, in seconds; the last one is the deadline of a turn.
STEPS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
#: screen: by rules, before the advice; reading: the closer look; storing: until the receipt; engine: NLU, dialogue and actions;
#: settling: storing the reply; turn: from arrival to reply.
STAGES = ("screen", "reading", "storing", "engine", "settling", "turn")


@dataclass
class Spent:
    """Counts of one stage."""

    by_step: list[int] = field(default_factory=lambda: [0] * (len(STEPS) + 1))
    seconds: float = 0.0

    def add(self, seconds: float) -> None:
        place = next((number for number, end in enumerate(STEPS) if seconds <= end), len(STEPS))
        self.by_step[place] += 1
        self.seconds += seconds

    def cumulative(self) -> list[tuple[str, float]]:
        """(upper end, how many took at most so long), the last one "+Inf"."""
        total, rows = 0, []
        for end, count in zip((*map(str, STEPS), "+Inf"), self.by_step, strict=True):
            total += count
            rows.append((end, float(total)))
        return rows


class Stages:
    """One process's counts since it began."""

    def __init__(self) -> None:
        self.spent = {stage: Spent() for stage in STAGES}
        self.raised: Counter[str] = Counter()  # dangers read, by level

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Counts what is done inside, however it ends."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.spent[stage].add(time.perf_counter() - began)

    def add(self, stage: str, seconds: float) -> None:
        """A time measured elsewhere; a clock that was put back counts as nothing."""
        self.spent[stage].add(max(0.0, seconds))
