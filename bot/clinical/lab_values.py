"""
Compare laboratory results with limits without pretending to know more than was said.

"<150" is below 200, not above 200, and may or may not be below 100; a B12 without unit
has two readings.  So every comparison answers True, False, or None for "open".
`LabValues` picks the newest result of each test and says why one cannot be used.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from bot.clinical.findings import LabResult
from bot.clinical.thresholds import Thresholds


class Unusable(str, Enum):
    """Why a result cannot be used for indications and route."""

    ABSENT = "absent"
    OLD = "old"
    IMPLAUSIBLE = "implausible"
    UNIT = "unit"  # the unit was not said and its readings fall in different bands
    BAND = "band"  # "<" or ">" leaves the band open
    RECENT_B12 = "recent_b12"  # taken after B12, which makes it look normal


@dataclass(frozen=True)
class Reading:
    """What a result may be: one canonical value, or several where the unit was not said."""

    values: tuple[Decimal, ...]
    comparator: str = "="

    def below(self, limit: Decimal) -> bool | None:
        return self._agreed(self._below, limit)

    def above(self, limit: Decimal) -> bool | None:
        return self._agreed(self._above, limit)

    def at_least(self, limit: Decimal) -> bool | None:
        below = self.below(limit)
        return None if below is None else not below

    def _below(self, value: Decimal, limit: Decimal) -> bool | None:
        if self.comparator == "<":
            return True if value <= limit else None
        if self.comparator == ">":
            return False if value >= limit else None
        return value < limit

    def _above(self, value: Decimal, limit: Decimal) -> bool | None:
        if self.comparator == "<":
            return False if value <= limit else None
        if self.comparator == ">":
            return True if value >= limit else None
        return value > limit

    def _agreed(self, compare: Callable[[Decimal, Decimal], bool | None], limit: Decimal) -> bool | None:
        answers = {compare(value, limit) for value in self.values}
        return answers.pop() if len(answers) == 1 else None


@dataclass(frozen=True)
class LabTime:
    """When a result was taken, as days before today: between `youngest` and `oldest`."""

    youngest: int
    oldest: int


def lab_time(lab: LabResult, today: date) -> LabTime | None:
    """None when no date was said; a date in the future gives a negative `oldest`."""
    if lab.days_ago is not None:
        return LabTime(lab.days_ago, lab.days_ago)
    if lab.date is None:
        return None
    first, last = date_span(lab.date)
    oldest = (today - first).days
    return LabTime(min(oldest, max(0, (today - last).days)), oldest)


def date_span(text: str) -> tuple[date, date]:
    """
    First and last day of "2019", "2019-03" or "2019-03-14".

    Raises:
        ValueError: The text is no such date.
    """
    parts = text.split("-")
    wrong = ValueError(f"{text!r} is no date; expected for example 2019, 2019-03 or 2019-03-14.")
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise wrong
    try:
        return _SPANS[tuple(map(len, parts))](*map(int, parts))
    except (KeyError, ValueError):  # another shape, a month 13, a 30 February
        raise wrong from None


def _whole_year(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year, 12, 31)


def _whole_month(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _one_day(year: int, month: int, day: int) -> tuple[date, date]:
    return date(year, month, day), date(year, month, day)


#: By the lengths of the parts between the dashes.
_SPANS: dict[tuple[int, ...], Callable[..., tuple[date, date]]] = {
    (4,): _whole_year,
    (4, 2): _whole_month,
    (4, 2, 2): _one_day,
}


def months_before(today: date, months: int) -> date:
    """The same day of the month so many months earlier, or the last day of a shorter month."""
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))


class LabValues:
    """The patient's results by test, newest first; results of the same day keep the order in which they were said."""

    def __init__(self, labs: Iterable[LabResult], *, thresholds: Thresholds, today: date) -> None:
        self._scale, self._windows, self._today = thresholds.scale, thresholds.windows, today
        earliest = months_before(today, thresholds.windows.result_expires_after_months)
        self._expires_after_days = (today - earliest).days
        self._by_analyte: dict[str, list[LabResult]] = {}
        for lab in labs:
            self._by_analyte.setdefault(lab.analyte, []).append(lab)
        for results in self._by_analyte.values():
            results.reverse()
            results.sort(key=self._recency)

    def all(self, analyte: str) -> list[LabResult]:
        return self._by_analyte.get(analyte, [])

    def newest(self, analyte: str) -> LabResult | None:
        """The newest result that was not called old; one without a date counts as of today."""
        return next((lab for lab in self.all(analyte) if not lab.old), None)

    def time(self, lab: LabResult) -> LabTime | None:
        return lab_time(lab, self._today)

    def reading(self, analyte: str) -> Reading | Unusable:
        """The newest result as a reading, or why there is none.  Whether its band is open is for the caller."""
        lab = self.newest(analyte)
        if lab is None:
            return Unusable.OLD if self.all(analyte) else Unusable.ABSENT
        return self.reading_of(lab)

    def reading_of(self, lab: LabResult, *, however_old: bool = False) -> Reading | Unusable:
        if not however_old and self.expired(lab):
            return Unusable.OLD
        if (lab.implausible and not lab.confirmed) or self.in_future(lab):
            return Unusable.IMPLAUSIBLE
        readings = self._scale.readings(lab)
        return Reading(readings, lab.comparator) if readings else Unusable.IMPLAUSIBLE

    def as_read(self, analyte: str) -> Reading | None:
        """For safety checks: the newest result of the last days or without a date, plausible or not."""
        lab = self.newest(analyte)
        return self._read_for_safety(lab) if lab is not None and self.is_recent(lab) else None

    def is_recent(self, lab: LabResult) -> bool:
        """Of the last days, or without a date."""
        time = self.time(lab)
        return time is None or time.youngest <= self._windows.critical_within_days

    def current(self, analyte: str) -> Reading | None:
        """For flags: the newest result that has not expired, plausible or not."""
        lab = self.newest(analyte)
        return None if lab is None or self.expired(lab) else self._read_for_safety(lab)

    def word(self, analyte: str) -> str | None:
        """The newest result of an antibody test; these do not expire."""
        results = self.all(analyte)
        return str(results[0].value) if results else None

    def expired(self, lab: LabResult) -> bool:
        """Certainly older than the limit; a year alone is taken at its last day."""
        time = self.time(lab)
        return time is not None and time.youngest > self._expires_after_days

    def in_future(self, lab: LabResult) -> bool:
        time = self.time(lab)
        return time is not None and time.oldest < 0

    def _read_for_safety(self, lab: LabResult) -> Reading:
        """Without any value it may stand for, it leaves every comparison open."""
        return Reading(self._scale.safety_reading(lab), lab.comparator)

    def _recency(self, lab: LabResult) -> int:
        time = self.time(lab)
        return 0 if time is None else time.youngest
