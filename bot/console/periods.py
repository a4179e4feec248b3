"""The period that the dashboard shows, cut into hours, days, weeks or months of the clinic's own time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone, tzinfo

PERIODS = {"1": "24 hours", "7": "7 days", "30": "30 days", "90": "90 days", "365": "12 months"}
_USUAL = "7"
_LONGEST = timedelta(days=731)


@dataclass(frozen=True)
class Period:
    """
    Args:
        key: One of PERIODS, or "own" for days that were typed.
        bounds: The edges of the steps, UTC, in order, two or more.
        each: What one step is: hour, day, week or month.
        fault: What was wrong with the typed days; the usual period is shown instead.
    """

    key: str
    bounds: tuple[datetime, ...]
    each: str
    zone: tzinfo
    fault: str = ""

    def label(self, at: datetime) -> str:
        """A step by its beginning, short enough to stand below an axis."""
        local = at.astimezone(self.zone)
        if self.each == "hour":
            return f"{local:%H:%M}"
        if self.each == "month":
            return f"{local:%b %Y}"
        return f"{local.day} {local:%b}"

    def long_label(self, at: datetime) -> str:
        """The same, for a table."""
        local = at.astimezone(self.zone)
        if self.each == "hour":
            return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"
        if self.each == "month":
            return f"{local:%B %Y}"
        return ("week of " if self.each == "week" else "") + f"{local:%a} {local.day} {local:%b %Y}"


def read_period(query: Mapping[str, str], *, now: datetime, zone: tzinfo) -> Period:
    """From the address; what cannot be read is the usual period, and says so where somebody typed it."""
    typed = query.get("since", "").strip(), query.get("until", "").strip()
    if any(typed):
        first, last = (_day(written) for written in typed)
        today = now.astimezone(zone).date()
        first = first or (last or today)
        last = last or today
        fault = _fault(typed, first, last)
        if not fault:
            return _of_days("own", first, last, zone)
        return _of_key(_USUAL, now=now, zone=zone, fault=fault)
    key = query.get("days", _USUAL)
    return _of_key(key if key in PERIODS else _USUAL, now=now, zone=zone)


def _fault(typed: tuple[str, str], first: date, last: date) -> str:
    if any(written and _day(written) is None for written in typed):
        return "A day is written like 2026-03-14."
    if first > last:
        return "The first day lies after the last one."
    if last - first > _LONGEST:
        return "At most two years can be shown at once."
    return ""


def _of_key(key: str, *, now: datetime, zone: tzinfo, fault: str = "") -> Period:
    if key == "1":
        hour = now.astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(timezone.utc)
        edges = tuple(hour + timedelta(hours=number) for number in range(-23, 2))
        return Period(key, edges, "hour", zone, fault)
    today = now.astimezone(zone).date()
    return _of_days(key, today - timedelta(days=int(key) - 1), today, zone, fault)


def _of_days(key: str, first: date, last: date, zone: tzinfo, fault: str = "") -> Period:
    """Whole days; the last step of longer ones may be cut short."""
    days = (last - first).days + 1
    each = "day" if days <= 45 else "week" if days <= 200 else "month"
    edges, at = [], first
    while at <= last:
        edges.append(at)
        if each == "month":
            at = date(at.year + at.month // 12, at.month % 12 + 1, 1)
        else:
            at += timedelta(days=1 if each == "day" else 7)
    edges.append(last + timedelta(days=1))
    bounds = tuple(datetime.combine(day, time(), tzinfo=zone).astimezone(timezone.utc) for day in edges)
    return Period(key, bounds, each, zone, fault)


def _day(written: str) -> date | None:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return None
    return day if 2000 <= day.year < 2200 else None
