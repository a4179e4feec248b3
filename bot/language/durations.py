"""
Read lengths of time the way patients write them, in whole days.

"3 weeks" 21, "a couple of months" 60, "6/12" 180, "a year and a half" 547, "2-3 days" 3.
Month 30, year 365, fortnight 14; halves are rounded down; of a range the upper end
counts.  Without a number ("ages", "a few weeks", "since March", "since 2019") the days
are None: told, but not known in days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from bot.language.amounts import amount_at, number_at, unit_at, word_at
from bot.language.time_words import time_words
from bot.language.tokens import Kind, Token

_PER = {7: 1, 52: 7, 12: 30}  # what clinicians write below the stroke: days, weeks, months
_MOST_ABOVE_STROKE = 104
_LONGEST_PREGNANCY = 300
_HOURS_A_DAY = 24
_YOUNGEST_WITH_SEX, _OLDEST = 13, 110
_PERHAPS = frozenset({"maybe", "perhaps", "possibly", "or", "more"})
_SEVERAL = frozenset({"weeks", "months", "years", "decades", "ages"})


class Use(Enum):
    """What a length of time is for."""

    FOR = "for"  # how long something has lasted
    AGO = "ago"  # how long ago it happened or began
    LATELY = "lately"  # roughly how long ago ("last week"), and not how long it has lasted
    EVERY = "every"  # an interval ("every 12 weeks", "3 monthly")
    AHEAD = "ahead"  # in the future or counted from something else ("in 3 weeks", "3 weeks after the jab")
    AGE = "age"  # how old someone is
    PREGNANT = "pregnant"  # how far a pregnancy is
    RATE = "rate"  # part of an amount ("10 a day", "twice a week")


@dataclass(frozen=True)
class Duration:
    """Tokens [first, last) tell a length of time; `days` is None where no number was said."""

    first: int
    last: int
    days: int | None
    use: Use


def find_durations(tokens: Sequence[Token]) -> list[Duration]:
    """All lengths of time in a message, in order, never overlapping."""
    found: list[Duration] = []
    at = 0
    while at < len(tokens):
        duration = next((each for read in _READERS if (each := read(tokens, at)) is not None), None)
        duration = duration or _of_same_unit(tokens, at, found)
        if duration is None:
            at += 1
        else:
            found.append(duration)
            at = duration.last
    return found


def _of_same_unit(tokens: Sequence[Token], at: int, before: Sequence[Duration]) -> Duration | None:
    """ "tired for eight months and numb for three": the second number has the unit of the length told just before."""
    lead = word_at(tokens, at)
    over = lead in {"last", "past"} and word_at(tokens, at - 1) == "the"
    if (lead != "for" and not over) or not before or before[-1].days is None:
        return None
    first = at + 1
    while word_at(tokens, first) in time_words()["about"]:
        first += 1
    number = number_at(tokens, first)
    unit = next(
        (each for each in (unit_at(tokens, at) for at in range(before[-1].first, before[-1].last)) if each), None
    )
    if number is None or unit is None or tokens[first].sentence != tokens[before[-1].first].sentence:
        return None
    behind = tokens[number[1]] if number[1] < len(tokens) else None
    if behind is not None and behind.kind is Kind.WORD and behind.word not in {"and", "now", "but", "or"}:
        return None
    return Duration(first, number[1], int(number[0] * unit), Use.FOR)


def _interval(tokens: Sequence[Token], at: int) -> Duration | None:
    """ "3 monthly", "12-weekly", "monthly", "fortnightly"."""
    intervals = time_words().intervals
    if word_at(tokens, at) in intervals:
        return Duration(at, at + 1, intervals[word_at(tokens, at)], Use.EVERY)
    number = number_at(tokens, at)
    if number is None or word_at(tokens, number[1]) not in intervals:
        return None
    return Duration(at, number[1] + 1, int(number[0] * intervals[word_at(tokens, number[1])]), Use.EVERY)


def _stroke(tokens: Sequence[Token], at: int) -> Duration | None:
    """ "6/12" is six months, "2/52" two weeks, "3/7" three days, unless a unit follows or it is part of a date."""
    if at + 2 >= len(tokens) or tokens[at].kind is not Kind.NUMBER or word_at(tokens, at + 1) != "/":
        return None
    above, below = tokens[at], tokens[at + 2]
    if below.value not in _PER or above.value is None or above.value > _MOST_ABOVE_STROKE:
        return None
    if (above.text, below.text) == ("24", "7"):
        return None
    if above.end + 1 != below.start or unit_at(tokens, at + 3) is not None:
        return None
    if word_at(tokens, at + 3) == "/" or word_at(tokens, at - 1) in {"/", "on", "dated"}:
        return None
    return _used(tokens, at, at + 3, int(Fraction(str(above.value)) * _PER[int(below.value)]))


def _counted(tokens: Sequence[Token], at: int) -> Duration | None:
    first = amount_at(tokens, at)
    if first is None:
        return None
    days, end = first.days, first.end
    link = word_at(tokens, end)
    second = amount_at(tokens, end + 1 if link in {"to", "or", "-", "–", "and"} else end)
    if second is not None:
        if link in {"to", "or", "-", "–"}:
            if second.days >= days:  # "6 weeks to 2 months"
                days, end = second.days, second.end
        elif second.days < days and (link == "and" or not second.article):  # "a year and 3 months"
            days, end = days + second.days, second.end
    else:
        days, end = _perhaps_more(tokens, end, days)
    if first.article and not _article_is_length(tokens, at, end):
        return None
    return _used(tokens, at, end, int(days))


def _perhaps_more(tokens: Sequence[Token], end: int, days: Fraction) -> tuple[Fraction, int]:
    """ "2 weeks, maybe 3": the second number has the unit of the first."""
    behind = end + (word_at(tokens, end) == ",")
    unit = unit_at(tokens, end - 1)
    if word_at(tokens, behind) not in _PERHAPS or unit is None:
        return days, end
    number = number_at(tokens, behind + 1)
    if number is None or number[0] <= 0 or unit_at(tokens, number[1]) is not None:
        return days, end
    alone = number[1] >= len(tokens) or tokens[number[1]].kind in {Kind.STOP, Kind.MARK}
    return (max(days, number[0] * unit), number[1]) if alone else (days, end)


def _article_is_length(tokens: Sequence[Token], at: int, end: int) -> bool:
    """Whether "a week" is a length of time and not the second half of "twice a week"."""
    if at == 0 or tokens[at - 1].kind in {Kind.STOP, Kind.MARK}:
        return True
    before, after = word_at(tokens, at - 1), word_at(tokens, end)
    if after in {"off", "sick"}:
        return False  # "never took a day sick"
    if after == "since" and _ago(tokens, end):
        return True
    if before in time_words()["rate-before"] or tokens[at - 1].kind is Kind.NUMBER:
        return after in {"ago", "now", "back"}
    ends = end >= len(tokens) or tokens[end].kind in {Kind.STOP, Kind.MARK}
    if ends and word_at(tokens, end - 1) in {"month", "year", "fortnight"}:
        return True
    return before in time_words()["lead"] or after in {"ago", "now", "back", "of", "history", "already"} or end - at > 2


def _hours(tokens: Sequence[Token], at: int) -> Duration | None:
    """Whole days told in hours ("48 hours" 2); fewer than 24 are no days."""
    number = number_at(tokens, at)
    if number is None or word_at(tokens, number[1]) not in {"hours", "hrs", "hour", "hr"} or number[0] < _HOURS_A_DAY:
        return None
    return _used(tokens, at, number[1] + 1, int(number[0] / _HOURS_A_DAY))


# --- what it is for --------------------------------------------------------------------


def _used(tokens: Sequence[Token], first: int, last: int, days: int) -> Duration:
    """The length of time with what it is for, by the words around it."""
    before, after = word_at(tokens, first - 1), word_at(tokens, last)
    start = first
    while word_at(tokens, start - 1) in time_words()["about"]:
        start -= 1
    lead = word_at(tokens, start - 1)
    leads = {before, lead}
    if after == "old" or word_at(tokens, last - 1) == "yo" or leads & {"aged", "age"}:
        return Duration(first, last + (after == "old"), days, Use.AGE)
    if after == "of" and word_at(tokens, last + 1) == "age":
        return Duration(first, last + 2, days, Use.AGE)
    if _age_and_sex(tokens, first, last):
        return Duration(first, last, days, Use.AGE)
    if _of_pregnancy(tokens, first, last, days):
        return Duration(first, last, days, Use.PREGNANT)
    if leads & {"every", "each", "per"} or after in {"apart", "between", "intervals", "interval"}:
        return Duration(first, last, days, Use.EVERY)
    if _ago(tokens, last):
        return Duration(first, last + 1, days, Use.AGO)
    if after in {"a", "per", "each", "every"} and unit_at(tokens, last + 1) is not None:
        return Duration(first, last, days, Use.RATE)
    if after == "without" and days <= 30:
        return Duration(first, last, days, Use.RATE)
    if after in {"overdue", "late", "behind"}:
        return Duration(first, last + 1, days, Use.RATE)
    if after == "post" and word_at(tokens, last + 1) in {"op", "surgery", "operation", "natal", "partum", "birth"}:
        return Duration(first, last, days, Use.AGO)
    if _ahead(tokens, first, last, start) or "next" in leads:
        return Duration(first, last + (after in {"time", "from"}), days, Use.AHEAD)
    return Duration(first, last, days, Use.FOR)


def _age_and_sex(tokens: Sequence[Token], first: int, last: int) -> bool:
    """ "68m here": a man of 68 and no 68 months, where it opens the message and is written in one."""
    if (
        first != 0
        or last != first + 2
        or word_at(tokens, last - 1) != "m"
        or tokens[first].end != tokens[last - 1].start
    ):
        return False
    value = tokens[first].value
    return value is not None and _YOUNGEST_WITH_SEX <= value <= _OLDEST


def _of_pregnancy(tokens: Sequence[Token], first: int, last: int, days: int) -> bool:
    after = word_at(tokens, last)
    if after in {"pregnant", "gone", "preg", "pg", "gestation", "along"} and word_at(tokens, last + 1) != "with":
        return days <= _LONGEST_PREGNANCY
    weeks = word_at(tokens, last - 1) in {"weeks", "wks", "week", "w"} and 28 <= days <= 294
    return weeks and word_at(tokens, first - 1) in {"im", "am", "shes"} and after not in time_words()["not-pregnant"]


def _ago(tokens: Sequence[Token], last: int) -> bool:
    after, next_word = word_at(tokens, last), word_at(tokens, last + 1)
    if after == "back":  # "3 weeks back", and no "3 weeks back pain"
        return next_word not in {"pain", "ache", "to"}
    if after == "since":  # "had it out a fortnight since", and no "two weeks since my last one"
        return next_word in {"", ".", ",", "and", "but"}
    if after == "prior":
        return next_word in {"", ".", ",", ";"}
    return after == "ago" or (after == "before" and not next_word)


def _ahead(tokens: Sequence[Token], first: int, last: int, start: int) -> bool:
    """ "in 3 weeks", "6 weeks' time", "3 weeks after the jab"."""
    before, after = word_at(tokens, first - 1), word_at(tokens, last)
    lead = word_at(tokens, start - 1)
    if after == "later" and "still" in {word_at(tokens, at) for at in range(max(0, first - 7), first)}:
        return False  # "still there three weeks later"
    if after == "prior" and word_at(tokens, last + 1) in {"", ".", ",", ";"}:
        return False  # "onset 3 days prior"
    if after in {"after", "later", "post", "prior", "into", "following", "before"}:
        return True
    if after in {"time", "from"} and lead != "for" and word_at(tokens, last + 1) in {"", "now", "i", "for", ".", ","}:
        return word_at(tokens, last - 1) != "day"
    over = word_at(tokens, start) in {"the", "last", "past", "these", "this", "previous"}
    if before == "in" or (lead == "in" and not over):
        earlier = {word_at(tokens, at) for at in range(max(0, first - 8), first)}
        return not earlier & time_words()["lost-in"]
    return False


# --- without a number ------------------------------------------------------------------


def _vague(tokens: Sequence[Token], at: int) -> Duration | None:
    """ "a few weeks", "for ages", "since March", "since 2019", "years ago"."""
    word, words = word_at(tokens, at), time_words()
    if word in words["vague"] or (word == "number" and word_at(tokens, at + 1) == "of"):
        end = at + 1 + (word == "number")
        end += word_at(tokens, end) in {"more", "good", "short", "long", "of"}
        return _unknown(tokens, at, end + 1) if unit_at(tokens, end) is not None else None
    if word == "since":
        return _since(tokens, at)
    before, after = word_at(tokens, at - 1), word_at(tokens, at + 1)
    plural = word in words["long"] and (word.endswith("s") or word in {"forever", "eternity"})
    if word in words["long"] and before in {
        "for",
        "been",
        "of",
        "takes",
        "took",
        "over",
        "after",
        "many",
        "a",
        "long",
        "donkeys",
        "its",
    }:
        return _unknown(tokens, at, at + 1)
    if word in _SEVERAL and after == "of" and word_at(tokens, at + 2) not in {"the", "age", "my", "week", "year"}:
        return Duration(at, at + 1, None, Use.FOR)  # "weeks of tiredness"
    if plural and after in {"ago", "now", "back"}:
        return Duration(at, at + 2, None, Use.FOR if after == "now" else Use.AGO)
    return None


def _since(tokens: Sequence[Token], at: int) -> Duration | None:
    words, end = time_words(), at + 1
    while word_at(tokens, end) in words["since-filler"]:
        end += 1
    word = word_at(tokens, end)
    if word == "yesterday":
        return Duration(at, end + 1, 1, Use.FOR)
    year = end < len(tokens) and tokens[end].kind is Kind.NUMBER and (tokens[end].value or 0) >= 1900
    if year or word in words["season"] or word in words["long"] or word in words["since-vague"]:
        return Duration(at, end + 1, None, Use.FOR)
    return None


def _unknown(tokens: Sequence[Token], first: int, last: int) -> Duration:
    if word_at(tokens, last) in {"ago", "back"}:
        return Duration(first, last + 1, None, Use.AGO)
    every = word_at(tokens, first - 1) in {"every", "each"}
    return Duration(first, last, None, Use.EVERY if every else Use.FOR)


def _lately(tokens: Sequence[Token], at: int) -> Duration | None:
    """ "yesterday", "last week", "last Saturday": roughly how many days ago."""
    word, days = word_at(tokens, at), time_words().lately
    if word == "yesterday":
        return Duration(at, at + 1, days[word], Use.LATELY)
    behind = word_at(tokens, at + 1)
    if word == "last" and behind in days:
        over = word_at(tokens, at - 1) in {"the", "over", "this", "these", "for"}
        return None if over else Duration(at, at + 2, days[behind], Use.LATELY)
    return None


_READERS = (_interval, _stroke, _counted, _hours, _vague, _lately)
