"""
Read when something was, for how long it has been, and how near that is to now.

Only what the danger reader needs: whole days, with 0 for anything within a day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from bot.language.danger_matcher import Message
from bot.language.danger_vocabulary import number_of


class TimeKind(Enum):
    AGO = "ago"  # "3 days ago", "yesterday", "in 2015"
    FOR = "for"  # "for 2 weeks", "since last year"
    NOW = "now"  # "now", "at the moment"


@dataclass(frozen=True)
class TimeSaid:
    """One expression of time: words `start` to before `end`, in whole days."""

    kind: TimeKind
    days: int
    start: int
    end: int


_UNITS = {
    "second": 0, "sec": 0, "minute": 0, "min": 0, "moment": 0, "hour": 0, "hr": 0, "day": 1, "night": 1, "week": 7, "wk": 7,
    "weekend": 3, "fortnight": 14, "month": 30, "mth": 30, "mnth": 30, "year": 365, "yr": 365, "decade": 3650,
}  # fmt: skip
_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "couple": 2, "three": 3, "few": 3, "four": 4, "five": 5, "several": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "half": 1, "many": 10,
    "some": 3,
}  # fmt: skip
_WEEKDAYS = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday mon tues tue wed weds thurs thur fri sat".split()
)
_MONTHS = frozenset("january february march april june july august september october november december".split())
_MONTHS_CUT_SHORT = frozenset(
    "jan feb apr jun jul aug sept sep oct nov dec".split()
)  # "mar" and "may" are other words too
_LONG_AGO_DAYS = 3650
_AGES = range(13, 41)  # "at 15": an age, and no time of day
_NO_AGE = frozenset(
    "am pm oclock o'clock past to stone st weeks wks months mins minutes hours bpm percent kg mph".split()
)
_SHORTHAND = re.compile(r"(\d{1,2})/(7|52|12)$")
_PER_SHORTHAND = {"7": 1, "52": 7, "12": 30}
_AGE_FOLLOWS = frozenset("im at is hes shes aged age was turned nearly almost be".split())
_YEAR_WORDS = frozenset(
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety".split()
)
_HELD = frozenset("for over past last about around nearly almost within these".split())
_OWN = frozenset("my his her their".split())
_PERSONS = frozenset("i he she they we".split())
_NO_DURATION = frozenset("old pregnant preg gone along post apart late early today".split())
_ROUGHLY = frozenset("like about around only just maybe bout roughly nearly".split())
#: Once a year: "two christmases ago", "three summers back".
_ONCE_A_YEAR = frozenset(
    "christmas christmases xmas easter easters summer summers winter winters spring springs autumn autumns birthday birthdays".split()
)
_BEFORE_NOW = frozenset(("ago", "back"))
_SINCE = frozenset(("since", "from"))
_ALL_ALONG = frozenset("years ages months decades yrs weeks childhood birth forever always".split())


def times_said(message: Message, *, year: int) -> list[TimeSaid]:
    """Every expression of time in the message; `year` is the present one."""
    words = ["when" if "when" in forms else forms[0] for forms in message.forms]
    found = []
    position = 0
    while position < len(words):
        said = _at(words, position, year)
        if said is None:
            position += 1
        else:
            found.append(said)
            position = said.end
    return found


def _at(words: list[str], at: int, year: int) -> TimeSaid | None:
    word = words[at]
    following = words[at + 1] if at + 1 < len(words) else ""
    if word == "since":
        return _since(words, at, year)
    if word in ("now", "currently", "presently", "atm", "rn"):
        return TimeSaid(TimeKind.NOW, 0, at, at + 1)
    if word in ("today", "tonight", "earlier") or (word == "this" and following in ("morning", "afternoon", "evening")):
        return TimeSaid(TimeKind.AGO, 0, at, at + (2 if word == "this" else 1))
    if word in ("yesterday", "overnight") or (word == "last" and following in ("night", "nite", "evening")):
        return TimeSaid(TimeKind.AGO, 1, at, at + (2 if word == "last" else 1))
    if word in ("other",) and following == "day":
        return TimeSaid(TimeKind.AGO, 3, at, at + 2)
    if word == "last" and following in _UNITS:
        return TimeSaid(TimeKind.AGO, max(_UNITS[following], 1), at, at + 2)
    if word == "last" and (following in _WEEKDAYS or following in _MONTHS):
        return TimeSaid(TimeKind.AGO, 7 if following in _WEEKDAYS else 60, at, at + 2)
    if word == "this" and following in ("week", "weekend"):
        return TimeSaid(TimeKind.AGO, 3, at, at + 2)
    if word in _WEEKDAYS and word not in ("sat", "wed", "mon"):
        return TimeSaid(TimeKind.AGO, 4, at, at + 1)
    youth = _youth(words, at)
    if youth is not None:
        return youth
    if word in ("in", "last") and (following in _MONTHS or following in _MONTHS_CUT_SHORT):
        return TimeSaid(TimeKind.AGO, 60, at, at + 2)
    if re.fullmatch(r"(19|20)\d\d", word) and 0 < year - int(word) < 90:
        kind = TimeKind.FOR if _SINCE & set(words[max(at - 6, 0) : at]) else TimeKind.AGO
        return TimeSaid(kind, 365 * (year - int(word)), at, at + 1)
    if word in (
        "sixties",
        "seventies",
        "eighties",
        "nineties",
        "noughties",
        "60s",
        "70s",
        "80s",
        "90s",
    ):
        return TimeSaid(TimeKind.AGO, 9000, at, at + 1)
    return _counted(words, at)


def _youth(words: list[str], at: int) -> TimeSaid | None:
    """ "When I was six", "at 15", "aged two", "in year 9", "from my netball days"."""
    word, following, third = words[at], _word(words, at + 1), _word(words, at + 2)
    if word == "when" and following in _PERSONS and third == "was":
        count = at + 4 if _word(words, at + 3) in _ROUGHLY else at + 3
        if _is_count(_word(words, count)):
            return TimeSaid(TimeKind.AGO, _LONG_AGO_DAYS, at, count + 1)
    if word in ("aged", "age") and _is_count(following) and _word(words, at - 1) != "years" and at > 0:
        return (
            TimeSaid(TimeKind.AGO, _LONG_AGO_DAYS, at, at + 2)
            if _word(words, at - 1) in ("at", "when", "was")
            else None
        )
    if word == "at" and following.isdigit() and int(following) in _AGES and third not in _NO_AGE:
        return TimeSaid(TimeKind.AGO, _LONG_AGO_DAYS, at, at + 2)
    if word in ("in", "since", "from") and following in ("yr", "year") and third.isdigit() and int(third) < 14:
        return TimeSaid(TimeKind.FOR if word != "in" else TimeKind.AGO, _LONG_AGO_DAYS, at, at + 3)
    if word in ("in", "from", "since") and following == "my" and _word(words, at + 3) == "days":
        return TimeSaid(TimeKind.AGO if word == "in" else TimeKind.FOR, _LONG_AGO_DAYS, at, at + 4)
    if (
        word in ("from", "since", "in")
        and following in _OWN
        and third in ("twenties", "thirties", "forties", "fifties", "teens", "youth")
    ):
        return TimeSaid(TimeKind.AGO if word == "in" else TimeKind.FOR, _LONG_AGO_DAYS, at, at + 3)
    if (
        word in ("nineteen", "twenty")
        and following in _YEAR_WORDS
        and _word(words, at - 1) in ("in", "since", "of", "year", "from", "back")
    ):
        end = at + 3 if third in _NUMBERS else at + 2
        return TimeSaid(TimeKind.AGO, _LONG_AGO_DAYS, at, end)
    if word in ("those", "olden") and following == "days":
        return TimeSaid(TimeKind.AGO, _LONG_AGO_DAYS, at, at + 2)
    return None


def _is_count(word: str) -> bool:
    return word.isdigit() or word in _NUMBERS


def _counted(words: list[str], at: int) -> TimeSaid | None:
    """ "3 days ago", "a couple of weeks", "for the last 2 years", "20mins", "3/7"."""
    start = at
    held = words[at] in _HELD
    if held:
        at += 1
        while at < len(words) and words[at] in (
            "the",
            "about",
            "around",
            "nearly",
            "almost",
            "last",
            "past",
            "at",
            "least",
            "over",
        ):
            at += 1
    if at >= len(words):
        return None
    if held and words[at] in _UNITS and words[start] in ("for", "over", "past", "within") and _UNITS[words[at]] > 0:
        return _ago_or_for(words, start, at + 1, _UNITS[words[at]])  # "over the last fortnight"
    shorthand = _SHORTHAND.match(words[at])
    if shorthand:
        return _ago_or_for(
            words,
            start,
            at + 1,
            int(shorthand.group(1)) * _PER_SHORTHAND[shorthand.group(2)],
        )
    amount, after = _amount(words, at)
    if amount is None:
        if words[at] in _ALL_ALONG and (held or _word(words, at + 1) == "ago"):
            return _ago_or_for(words, start, at + 1, 700 if words[at] != "weeks" else 21)
        return None
    unit = _unit(words, after)
    if _word(words, after) in _ONCE_A_YEAR and _word(words, after + 1) in _BEFORE_NOW:
        return TimeSaid(TimeKind.AGO, int(amount * 365), start, after + 2)
    if unit is None:
        attached = number_of(words[at])
        if attached is None or attached[1].rstrip("s") not in _UNITS:
            return None
        return _ago_or_for(words, start, at + 1, int(attached[0] * _UNITS[attached[1].rstrip("s")]))
    return _ago_or_for(words, start, after + 1, int(amount * unit))


def _ago_or_for(words: list[str], start: int, end: int, days: int) -> TimeSaid | None:
    """Ages, weeks of pregnancy and "3 times a week" are no durations."""
    if _word(words, end) in ("ago", "back", "earlier", "before"):
        return TimeSaid(TimeKind.AGO, days, start, end + 1)
    long_unit = words[end - 1].rstrip("s") in ("month", "mth", "mnth", "year", "yr")
    if (
        start == end - 2
        and long_unit
        and _word(words, end) not in ("now", "same", "no", "on", "solid", "unchanged", "of")
    ):
        return None  # "baby 4 months", "a boy of 2 years": an age
    weeks = words[end - 1].rstrip("s") in ("week", "wk") and 35 <= days <= 300
    if start == end - 2 and weeks and _word(words, end) not in ("now", "of", "with", "since"):
        return None  # "34 wks, splitting head": weeks of pregnancy
    if _word(words, end) in _NO_DURATION or (start > 0 and words[start - 1] in _AGE_FOLLOWS):
        return None
    return TimeSaid(TimeKind.FOR, days, start, end)


def _amount(words: list[str], at: int) -> tuple[float | None, int]:
    word = words[at]
    if word.replace(".", "", 1).isdigit() and len(word) < 5:
        return float(word), at + 1
    if word in _NUMBERS and (word not in ("some", "many") or _word(words, at - 1) in _HELD):
        after = at + 1
        if word in ("a", "an", "half") and _word(words, after) in _NUMBERS and _word(words, after) != "half":
            word, after = words[after], after + 1
        if _word(words, after) == "of":
            after += 1
        if word == "half" and _word(words, after) in ("a", "an"):
            return 0.5, after + 1
        return float(_NUMBERS[word]), after
    read = number_of(word)
    return (read[0], at + 1) if read is not None else (None, at)


def _unit(words: list[str], at: int) -> int | None:
    word = _word(words, at)
    return _UNITS.get(word, _UNITS.get(word.rstrip("s")))


def _since(words: list[str], at: int, year: int) -> TimeSaid:
    following = _word(words, at + 1)
    if re.fullmatch(r"(19|20)\d\d", following):
        return TimeSaid(TimeKind.FOR, 365 * max(year - int(following), 0), at, at + 2)
    inner = _at(words, at + 1, year) if at + 1 < len(words) and following != "since" else None
    if inner is not None:
        return TimeSaid(TimeKind.FOR, inner.days, at, inner.end)
    if following in _MONTHS:
        return TimeSaid(TimeKind.FOR, 90, at, at + 2)
    return TimeSaid(TimeKind.FOR, 0, at, at + 1)


def _word(words: list[str], at: int) -> str:
    return words[at] if 0 <= at < len(words) else ""
