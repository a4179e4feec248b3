"""
What the dashboard shows of a period: counts and times only, nothing that a patient wrote.

A period is cut into steps by `bounds`, the edges of hours, days or weeks in the clinic's own
time.  Everything about the interview is read from the newest snapshot of a conversation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles

from bot.clinical.codes import Level

#: A patient who has said nothing for so long has left the question open that stands there.
GONE_AFTER = timedelta(minutes=30)


@dataclass(frozen=True)
class Step:
    """One hour, day or week of the period."""

    since: datetime
    until: datetime
    conversations: int = 0
    emergencies: int = 0  # escalations raised
    urgent: int = 0
    patient_messages: int = 0
    not_understood: int = 0  # messages the assistant fell back on

    @property
    def escalations(self) -> int:
        return self.emergencies + self.urgent

    @property
    def unclear_share(self) -> float | None:
        """None where nobody wrote: no messages are not the same as none misunderstood."""
        return self.not_understood / self.patient_messages if self.patient_messages else None


@dataclass(frozen=True)
class Waits:
    """How long escalations of one level waited for a member of staff, in seconds; and how many still do."""

    level: Level
    in_time: tuple[float, ...] = ()  # acknowledged before the clinic's own limit
    late: tuple[float, ...] = ()
    open: int = 0
    overdue: int = 0  # of the open ones

    @property
    def seconds(self) -> tuple[float, ...]:
        """Of those that were acknowledged, the shortest first."""
        return tuple(sorted((*self.in_time, *self.late)))

    @property
    def median(self) -> float | None:
        return median(self.seconds) if self.seconds else None

    @property
    def slowest_tenth(self) -> float | None:
        """Nine of ten were faster; None below two."""
        return quantiles(self.seconds, n=10, method="inclusive")[-1] if len(self.seconds) > 1 else None

    @property
    def due(self) -> int:
        """Those of which it is known whether the limit was kept."""
        return len(self.in_time) + len(self.late) + self.overdue


@dataclass(frozen=True)
class QuestionFigures:
    """What became of one question of the interview, over conversations in which it was put."""

    code: str
    asked: int
    answered: int
    not_known: int  # the patient did not know it, or would not say
    stopped: int  # the patient left here: nothing more came, and no danger had ended the interview

    @property
    def stopped_share(self) -> float:
        return self.stopped / self.asked if self.asked else 0.0


@dataclass(frozen=True)
class Interview:
    """How far patients come, each count within the one before."""

    began: int = 0  # conversations
    agreed: int = 0  # to what they write being kept
    asked: int = 0  # were put a question
    assessed: int = 0  # were told what it comes to
    danger: int = 0  # of those asked and not assessed: a danger was found, and the interview ended
    still_there: int = 0  # of those asked and not assessed: wrote within the last half hour
    questions: tuple[QuestionFigures, ...] = ()

    @property
    def completion(self) -> float | None:
        """Of those who were asked, for whom neither a danger nor the clock explains that they are not done."""
        could = self.asked - self.danger - self.still_there
        return self.assessed / could if could else None


@dataclass(frozen=True)
class Figures:
    """Of one period, for all channels or one."""

    steps: tuple[Step, ...]
    by_level: dict[str, int]
    by_category: dict[str, int]
    messages: int
    waits: tuple[Waits, ...]  # the most urgent level first
    interview: Interview
    topics: tuple[tuple[str, int], ...]  # ids of answers, the most asked first

    def total(self, field: str) -> int:
        """Of a field of the steps."""
        return sum(int(getattr(step, field)) for step in self.steps)

    @property
    def empty(self) -> bool:
        return not (self.messages or self.total("conversations") or self.total("escalations"))
