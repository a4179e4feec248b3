"""
Give results their dates, and tell earlier ones from those of now.

A date belongs to the nearest result of its sentence or line, the one before it when
both are as near.  A date that heads a list or a pasted report serves all that follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.language.labs_marks import Is, Mark
from bot.language.labs_values import Value

_TIME_CUES = frozenset({"now", "old", "put-right"})
#: Words with one of these cues may stand between a date and the value that follows it.
_QUIET = frozenset({"link", "level", "now", "old", "clause", "copula", "around", "self", "date-header", "before-name"})
_SENTENCE = 80  # marks
_REACH = 30  # marks; a date further away belongs to something else


def give_times(marks: Sequence[Mark], values: Sequence[Value]) -> None:
    """Set `iso`, `days`, `now` and `old` of the values in place."""
    if not values:
        return
    at_mark = {value.mark: value for value in values}
    before_value: list[tuple[int, Value]] = []
    for place, mark in enumerate(marks):
        if place in at_mark or not (mark.what in (Is.DATE, Is.AGO) or mark.cues & _TIME_CUES):
            continue
        if mark.what is Is.DATE and _dates_something_else(marks, place):
            continue
        left, right = _nearest(marks, place, at_mark, step=-1), _nearest(marks, place, at_mark, step=1)
        owner = _owner(mark, left, right)
        if owner is None:
            continue
        if right is not None and owner is right.value:
            before_value.append((place, owner))
        else:
            _give(marks, place, owner, at_mark)
    # "operated in 2019, b12 was 145 on 14/03/2024": a date after its value goes before one that precedes it.
    for place, owner in before_value:
        _give(marks, place, owner, at_mark)
    _header_dates(marks, values)
    _columns(marks, values)
    _earlier_ones(values)


def _give(marks: Sequence[Mark], place: int, owner: Value, at_mark: dict[int, Value]) -> None:
    mark = marks[place]
    if mark.what is Is.DATE and (owner.iso or owner.days is not None):
        return
    _apply(mark, owner)
    _share(mark, owner, place, marks, at_mark)


@dataclass(frozen=True)
class _Near:
    """The next value of the sentence on one side: how many clauses and how many marks away it is."""

    clauses: int
    distance: int
    value: Value


def _nearest(marks: Sequence[Mark], place: int, at_mark: dict[int, Value], *, step: int) -> _Near | None:
    clauses = strangers = 0
    for distance in range(1, _REACH):
        there = place + step * distance
        if not 0 <= there < len(marks) or marks[there].what in (Is.LINE, Is.STOP):
            return None
        if there in at_mark:
            return _Near(clauses, distance, at_mark[there])
        mark = marks[there]
        if "clause" in mark.cues:
            clauses += 1
        strangers += mark.what is Is.WORD and not mark.cues & _QUIET
        if step > 0 and (strangers > 1 or mark.what is Is.DATE):
            return None
    return None


def _owner(mark: Mark, left: _Near | None, right: _Near | None) -> Value | None:
    """The value that a date or a word of time speaks of."""
    if "put-right" in mark.cues or right is None or left is None:
        nearest = left if "put-right" in mark.cues or right is None else right
        return nearest.value if nearest is not None else None
    if left.clauses != right.clauses:
        return left.value if left.clauses < right.clauses else right.value
    # "121 in 2019 98 in 2020": a date follows its value.  "121 last year now 98": a word stands by its own.
    if mark.what in (Is.DATE, Is.AGO) or left.distance < right.distance:
        return left.value
    return right.value


def _apply(mark: Mark, value: Value) -> None:
    if mark.what is Is.DATE:
        value.iso = value.iso or mark.iso
    elif mark.what is Is.AGO and value.days is None:
        value.days = mark.days
    if "now" in mark.cues:
        value.now = True
    if mark.cues & {"old", "put-right"}:
        value.old = True


def _share(mark: Mark, owner: Value, place: int, marks: Sequence[Mark], at_mark: dict[int, Value]) -> None:
    """One date serves the other tests of its sentence too: they are one blood sample."""
    if mark.what not in (Is.DATE, Is.AGO):
        return
    begin, end = sentence_around(marks, place)
    here = [at_mark[there] for there in range(begin, end) if there in at_mark]
    for value in here:
        undated = not (value.iso or value.days is not None or value.now)
        if not undated or value.analyte == owner.analyte or sum(v.analyte == value.analyte for v in here) > 1:
            continue
        between = marks[min(place, value.mark) : max(place, value.mark)]
        if sum(m.what in (Is.DATE, Is.AGO) for m in between) <= 1:
            _apply(mark, value)


def sentence_around(marks: Sequence[Mark], place: int) -> tuple[int, int]:
    """Where the line or sentence of a mark begins and ends; a very long one is cut."""
    begin = end = place
    while begin > max(0, place - _SENTENCE) and marks[begin - 1].what not in (Is.LINE, Is.STOP):
        begin -= 1
    while end < min(len(marks), place + _SENTENCE) and marks[end].what not in (Is.LINE, Is.STOP):
        end += 1
    return begin, end


def _header_dates(marks: Sequence[Mark], values: Sequence[Value]) -> None:
    """A date on a line of its own, or before a list of results, serves the undated results after it."""
    with_values = {value.mark for value in values}
    line: list[int] = []
    header: str | None = None
    dated_from = -1
    for place, mark in enumerate((*marks, None)):
        if mark is not None and mark.what not in (Is.LINE, Is.STOP):
            line.append(place)
            continue
        dates = [there for there in line if marks[there].what is Is.DATE and marks[there].iso]
        if len(dates) == 1 and not with_values.intersection(line) and not _dates_something_else(marks, dates[0]):
            announced = any("date-header" in marks[there].cues for there in line)
            if (announced or len(line) <= 3) and header is None:
                header, dated_from = marks[dates[0]].iso, place
        line = []
    if header is None:
        return
    for value in values:
        if value.mark > dated_from and not (value.iso or value.days is not None or value.now):
            value.iso = header


def _columns(marks: Sequence[Mark], values: Sequence[Value]) -> None:
    """Two or more dates on a line head the columns of the lines after it."""
    heads: list[str | None] = []
    by_mark = {value.mark: value for value in values}
    line: list[int] = []
    for place, mark in enumerate((*marks, None)):
        if mark is not None and mark.what is not Is.LINE:
            line.append(place)
            continue
        found = [by_mark[there] for there in line if there in by_mark]
        dates = [marks[there].iso for there in line if marks[there].what is Is.DATE]
        if len(dates) > 1 and not found:
            heads = dates
        elif heads and len(found) == len(heads) and len({value.analyte for value in found}) == 1:
            for value, iso in zip(found, heads, strict=True):
                value.iso = value.iso or iso
        line = []


def _earlier_ones(values: Sequence[Value]) -> None:
    """A value is an earlier one where another of the same test is said to be of now."""
    current = {value.analyte for value in values if value.now}
    for value in values:
        if value.analyte in current and not value.now:
            value.old = True


def _dates_something_else(marks: Sequence[Mark], place: int) -> bool:
    """ "since 2019", "born 14/03/1960", "next appointment 12/05/2025": no date of a result."""
    for there in range(place - 1, max(-1, place - 4), -1):
        mark = marks[there]
        if "date-before" in mark.cues or (mark.what is Is.NAME and mark.name is not None and "birth" in mark.text):
            return True
        if mark.what is Is.NAME and mark.text in ("dob", "d o b"):
            return True
        if mark.what not in (Is.SIGN,) and "link" not in mark.cues:
            return False
    return False
