"""
Read lengths of time the way patients write them, in whole days.

"3 weeks" 21, "a couple of months" 60, "6/12" 180, "a year and a half" 547, "2-3 days" 3.
Month 30, year 365, fortnight 14; halves are rounded down; of a range the upper end
counts.  Without a number ("ages", "a few weeks", "since March", "since 2019") the days
are None: told, but not known in days.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.language.tokens import Kind, Token


class Use(Enum):
    """What a length of time is for."""

    FOR = "for"  # how long something has lasted
    AGO = "ago"  # how long ago it happened or began
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
    since: bool = False


_UNIT_DAYS: dict[str, int] = {}
for _days, _words in (
    (1, "day days dy dys nights night"),
    (7, "week weeks wk wks weeek weaks weeks wek weks"),
    (14, "fortnight fortnights"),
    (30, "month months mth mths mnth mnths mo mos monht monhts moths motnhs"),
    (365, "year years yr yrs yeras yesrs yrs yaer yaers"),
    (3650, "decade decades"),
):
    for _word in _words.split():
        _UNIT_DAYS[_word] = _days
_LONG_UNITS = ("days", "week", "weeks", "month", "months", "year", "years", "fortnight")
_GLUED = {"d": 1, "w": 7, "m": 30, "y": 365, "yo": 365}
_PER = {7: 1, 52: 7, 12: 30}
_ADJECTIVES = {"daily": 1, "weekly": 7, "monthly": 30, "yearly": 365, "annually": 365, "fortnightly": 14, "quarterly": 90,
               "biweekly": 14, "bimonthly": 60, "wkly": 7, "mthly": 30, "montly": 30}  # fmt: skip
_SMALL = {word: Fraction(number) for number, words in enumerate((
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")) for word in (words,)}  # fmt: skip
_TENS = {
    word: Fraction(10 * (at + 2))
    for at, word in enumerate(("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"))
}
_EXTRA = {
    "couple": Fraction(2),
    "dozen": Fraction(12),
    "pair": Fraction(2),
    "tow": Fraction(2),
    "fourty": Fraction(40),
    "half": Fraction(1, 2),
}
_FRACTIONS = {"½": Fraction(1, 2), "¼": Fraction(1, 4), "¾": Fraction(3, 4)}
_VAGUE = frozenset({"few", "several", "many", "some", "numerous", "various", "countless"})
_ABOUT = frozenset({"about", "around", "approx", "approximately", "roughly", "nearly", "almost", "over", "under", "maybe", "at", "least", "good",
                    "like", "say", "circa", "c", "near", "well", "more", "less", "than", "probably", "past", "last", "whole", "solid", "full", "just",
                    "only", "the", "these", "this", "previous", "now", "up", "to", "nearer", "close", "bout", "abt", "possibly", "perhaps", "~", "im"})  # fmt: skip
_LEADS = frozenset({"for", "since", "past", "last", "about", "around", "over", "nearly", "almost", "than", "within", "during", "of", "approx", "roughly",
                    "in", "was", "been", "like", "maybe", "only", "just", "least", "good", "after", "every", "each", "its", "is", "lasted", "lasting",
                    "took", "took", "or", "to", "and", "the", "this", "these", "from", "but", "probably", "say", "yes", "yeah", "yep", "started", "began",
                    "throughout", "another", "previous", "within", "say", "half", "started", "on", "it", "them", "now", "both", "by", "ago", "noticed"})  # fmt: skip
_RATE_BEFORE = frozenset({"once", "twice", "thrice", "times", "time", "day", "days", "night", "nights", "units", "hours", "tablets", "tablet", "mcg", "mg",
                          "pints", "bottles", "bottle", "glasses", "cigarettes", "fags", "cigs", "dose", "doses", "ug", "micrograms"})  # fmt: skip
_NOT_PREGNANT = frozenset(
    {
        "old",
        "post",
        "into",
        "of",
        "since",
        "late",
        "overdue",
        "without",
        "on",
        "in",
        "clean",
        "sober",
        "away",
        "from",
        "to",
        "free",
        "later",
        "behind",
        "off",
        "out",
        "after",
    }
)
_SEASONS = frozenset(
    "spring summer autumn winter fall christmas xmas easter diwali eid ramadan lockdown covid halloween january february march april may june july "
    "august september october november december jan feb mar apr jun jul aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday "
    "sunday mon tue tues wed thu thur thurs fri sat sun weekend childhood birth school college uni university thanksgiving new xmas".split()
)
_AGES = frozenset(
    {
        "ages",
        "yonks",
        "donkeys",
        "forever",
        "years",
        "months",
        "weeks",
        "days",
        "decades",
        "while",
        "yrs",
        "time",
        "eternity",
    }
)
_GLUED_TOKEN = re.compile(r"^(d|w|m|y|yo|wk|wks|mo|mths|yr|yrs|days|weeks|months|years|week|month|year|day)$")


def find_durations(tokens: Sequence[Token]) -> list[Duration]:
    """All lengths of time in a message, in order, never overlapping."""
    found: list[Duration] = []
    at = 0
    while at < len(tokens):
        duration = _duration(tokens, at)
        if duration is None:
            at += 1
        else:
            found.append(duration)
            at = duration.last
    return found


def _word(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].word if 0 <= at < len(tokens) else ""


def _duration(tokens: Sequence[Token], at: int) -> Duration | None:
    return (
        _interval_adjective(tokens, at)
        or _slash_notation(tokens, at)
        or _counted(tokens, at)
        or _hours(tokens, at)
        or _vague(tokens, at)
    )


def _slash_notation(tokens: Sequence[Token], at: int) -> Duration | None:
    """ "6/12" is six months, "2/52" two weeks, "3/7" three days, unless a unit follows or it is part of a date."""
    if not (at + 2 < len(tokens) and tokens[at].kind is Kind.NUMBER and _word(tokens, at + 1) == "/"):
        return None
    below = tokens[at + 2]
    if below.kind is not Kind.NUMBER or tokens[at + 1].start != tokens[at].end or below.start != tokens[at + 1].end:
        return None
    if below.value not in _PER or tokens[at].value is None or _unit(tokens, at + 3) is not None:
        return None
    if _word(tokens, at + 3) == "/" or _word(tokens, at - 1) in {"/", "on", "dated"} or (tokens[at].value or 0) > 104:
        return None
    days = int(Fraction(tokens[at].text.replace(",", ".")) * _PER[int(below.value)])
    return _with_use(tokens, at, at + 3, days)


def _interval_adjective(tokens: Sequence[Token], at: int) -> Duration | None:
    """ "3 monthly", "12-weekly", "monthly", "fortnightly"."""
    word = _word(tokens, at)
    if word in _ADJECTIVES:
        return Duration(at, at + 1, _ADJECTIVES[word], Use.EVERY)
    number = _number(tokens, at)
    if number is not None:
        value, end = number
        if _word(tokens, end) in _ADJECTIVES:
            return Duration(at, end + 1, int(value * _ADJECTIVES[_word(tokens, end)]), Use.EVERY)
    return None


def _counted(tokens: Sequence[Token], at: int) -> Duration | None:
    read = _amount(tokens, at)
    if read is None:
        return None
    days, end, article = read
    # a range of two amounts, "6 weeks to 2 months"
    if _word(tokens, end) in {"to", "or", "-", "–", "and"} and (second := _amount(tokens, end + 1)) is not None:
        if _word(tokens, end) == "and" and second[0] < days:
            days, end = days + second[0], second[1]
        elif _word(tokens, end) != "and" and second[0] >= days:
            days, end = second[0], second[1]
    elif (second := _amount(tokens, end)) is not None and second[0] < days and not second[2]:
        days, end = days + second[0], second[1]
    if article and not _article_is_length(tokens, at, end):
        return None
    return _with_use(tokens, at, end, int(days))


def _amount(tokens: Sequence[Token], at: int) -> tuple[Fraction, int, bool] | None:
    """A number and its unit: days, the end, and whether the number was only "a"."""
    article = _word(tokens, at) in {"a", "an"} and _unit(tokens, at + 1) is not None
    number = _range(tokens, at)
    if number is None:
        lone = _unit(tokens, at)
        if lone is not None and _word(tokens, at) in {"day", "week", "fortnight", "month", "year"}:
            if _word(tokens, at - 1) in {"past", "last", "this"} and _word(tokens, at - 2) in {
                "the",
                "for",
                "over",
                "this",
                "in",
                "during",
                "within",
            }:
                return Fraction(lone), at + 1, False
            if (
                _word(tokens, at + 1) == "or"
                and _word(tokens, at + 2) == "two"
                and _word(tokens, at - 1) not in {"each", "every", "a"}
            ):
                return Fraction(lone * 2), at + 3, False
        return None
    value, end = number
    while (
        _word(tokens, end) in {"more", "odd", "plus", "full", "long", "whole", "solid", "good", "consecutive"}
        and _unit(tokens, end + 1) is not None
    ):
        end += 1
    if _word(tokens, end) == "of" and _unit(tokens, end + 1) is not None:
        end += 1
    if _word(tokens, end) in {"a", "an"} and value < 1:
        end += 1
    unit = _unit(tokens, end)
    if unit is None:
        return None
    if tokens[end].word in _GLUED and tokens[end].word not in _UNIT_DAYS and tokens[end].start != tokens[end - 1].end:
        return None
    days = value * unit
    end += 1
    if (
        _word(tokens, end) == "and"
        and _word(tokens, end + 1) in {"a", "half"}
        and "half" in {_word(tokens, end + 1), _word(tokens, end + 2)}
    ):
        skip = 2 if _word(tokens, end + 1) == "a" else 1
        if _unit(tokens, end + 1 + skip) is None:
            days += Fraction(unit, 2)
            end += 1 + skip
    if _word(tokens, end) == "or" and _word(tokens, end + 1) in {"two", "so", "more", "2", "three", "3"}:
        if article and _word(tokens, end + 1) in {"two", "2"}:
            days = Fraction(unit * 2)
        elif article and _word(tokens, end + 1) in {"three", "3"}:
            days = Fraction(unit * 3)
        end += 2
    return days, end, article


def _range(tokens: Sequence[Token], at: int) -> tuple[Fraction, int] | None:
    """A number, or the upper end of "3-4", "two or three", "between 3 and 4", "3 to 4"."""
    if _word(tokens, at) == "between":
        first = _number(tokens, at + 1)
        if first is not None and _word(tokens, first[1]) in {"and", "to", "-"}:
            second = _number(tokens, first[1] + 1)
            if second is not None:
                return second
        return None
    number = _number(tokens, at)
    if number is None:
        return None
    value, end = number
    if _word(tokens, end) in {"-", "–", "—", "to", "or", "/", "til", "till", "maybe"}:
        second = _number(tokens, end + 1)
        if (
            second is not None
            and _unit(tokens, second[1]) is not None
            and second[0] > value
            and _word(tokens, end + 1) not in {"a", "an"}
        ):
            return second
    follows = _number(tokens, end) if _word(tokens, end) not in {"a", "an"} else None  # "two three weeks"
    if follows is not None and _unit(tokens, follows[1]) is not None and follows[0] == value + 1:
        return follows
    if _word(tokens, end) == "plus":
        end += 1
    return value, end


def _number(tokens: Sequence[Token], at: int) -> tuple[Fraction, int] | None:
    """A number in figures or words, with halves; the end is the first token after it."""
    word = _word(tokens, at)
    if not word:
        return None
    token = tokens[at]
    if token.kind is Kind.NUMBER:
        if token.value is None:
            return None
        value, end = Fraction(str(token.value)), at + 1
        if _word(tokens, end) in _FRACTIONS:
            value, end = value + _FRACTIONS[_word(tokens, end)], end + 1
        elif (
            _word(tokens, end + 1) == "/"
            and end + 2 < len(tokens)
            and (tokens[end].text, tokens[end + 2].text) == ("1", "2")
        ):
            value, end = value + Fraction(1, 2), end + 3
        elif _word(tokens, end) == "/" and (token.text, _word(tokens, end + 1)) == ("1", "2"):
            value, end = Fraction(1, 2), end + 2
    elif word in _FRACTIONS:
        return _FRACTIONS[word], at + 1
    elif word in _SMALL or word in _TENS or word in _EXTRA:
        value, end = _SMALL.get(word) or _TENS.get(word) or _EXTRA.get(word, Fraction(0)), at + 1
        if word in _TENS and _word(tokens, end) in _SMALL and 0 < _SMALL[_word(tokens, end)] < 10:
            value, end = value + _SMALL[_word(tokens, end)], end + 1
        if _word(tokens, end) == "hundred":
            value, end = value * 100, end + 1
        if word == "half" and _word(tokens, end) in {"a", "of", "an"}:
            end += 1
            end += _word(tokens, end) in {"a", "an"}
    elif word in {"a", "an"}:
        return _after_article(tokens, at)
    else:
        return None
    if _word(tokens, end) == "and" and _word(tokens, end + 1) in {"half", "a"}:
        skip = 1 if _word(tokens, end + 1) == "half" else 2
        if _word(tokens, end + skip) == "half" and _unit(tokens, end + skip + 1) is not None:
            value, end = value + Fraction(1, 2), end + skip + 1
    return value, end


def _after_article(tokens: Sequence[Token], at: int) -> tuple[Fraction, int] | None:
    following = _word(tokens, at + 1)
    if following in {"couple", "dozen", "half", "hundred", "pair"}:
        value = Fraction(100) if following == "hundred" else _EXTRA[following]
        return value, at + 2
    if (
        following in {"good", "full", "whole", "solid", "further", "long", "nice"}
        and _number(tokens, at + 2) is not None
    ):
        return _number(tokens, at + 2)
    if following in {"good", "full", "whole", "solid", "further", "long"} and _unit(tokens, at + 2) is not None:
        return Fraction(1), at + 2
    return (Fraction(1), at + 1) if _unit(tokens, at + 1) is not None else None


def _hours(tokens: Sequence[Token], at: int) -> Duration | None:
    """Whole days told in hours ("48 hours" 2); fewer than 24 are no days."""
    number = _number(tokens, at)
    if number is None or _word(tokens, number[1]) not in {"hours", "hrs", "hour", "hr"} or number[0] < 24:
        return None
    return _with_use(tokens, at, number[1] + 1, int(number[0] / 24))


@lru_cache(maxsize=2_000)
def _misspelt_unit(word: str) -> int | None:
    """ "munths", "yeers": one letter away from a unit; only asked for behind a figure."""
    near = process.extractOne(word, _LONG_UNITS, scorer=OSA.distance, score_cutoff=1)
    return _UNIT_DAYS[near[0]] if near and near[0][0] == word[0] else None


def _unit(tokens: Sequence[Token], at: int) -> int | None:
    word = _word(tokens, at)
    if word in _UNIT_DAYS:
        return _UNIT_DAYS[word]
    if at > 0 and len(word) >= 4 and tokens[at - 1].kind is Kind.NUMBER:
        meant = _misspelt_unit(word)
        if meant is not None:
            return meant
    if word in _GLUED and at > 0 and tokens[at - 1].kind is Kind.NUMBER and tokens[at - 1].end == tokens[at].start:
        return _GLUED[word]
    return None


def _article_is_length(tokens: Sequence[Token], at: int, end: int) -> bool:
    """Whether "a week" is a length of time and not the second half of "twice a week"."""
    before = tokens[at - 1] if at else None
    if before is None or before.kind in {Kind.STOP, Kind.MARK}:
        return True
    if before.word in _RATE_BEFORE or before.kind is Kind.NUMBER:
        return _word(tokens, end) in {"ago", "now", "back"}
    return (
        before.word in _LEADS
        or _word(tokens, end) in {"ago", "now", "back", "of", "history", "already"}
        or end - at > 2
    )


def _with_use(tokens: Sequence[Token], first: int, last: int, days: int) -> Duration:
    before, after = _word(tokens, first - 1), _word(tokens, last)
    start = first
    while start > 0 and _word(tokens, start - 1) in _ABOUT and _word(tokens, start - 1) not in {"im", "to", "this"}:
        start -= 1
    lead = _word(tokens, start - 1)
    unit = _word(tokens, last - 1)
    if after == "old" or unit in {"yo", "yr old"} or lead in {"aged", "age"} or before in {"aged", "age"}:
        return Duration(first, last + (after == "old"), days, Use.AGE)
    if after in {"of"} and _word(tokens, last + 1) == "age":
        return Duration(first, last + 2, days, Use.AGE)
    if after in {"pregnant", "gone", "preg", "pg", "gestation", "along"} and days <= 300:
        return Duration(first, last, days, Use.PREGNANT)
    if (
        before in {"im", "am", "shes"}
        and unit in {"weeks", "wks", "week", "w"}
        and 28 <= days <= 294
        and after not in _NOT_PREGNANT
    ):
        return Duration(first, last, days, Use.PREGNANT)
    if lead in {"every", "each", "per"} or before in {"every", "each", "per"}:
        return Duration(first, last, days, Use.EVERY)
    if after in {"apart", "between", "intervals", "interval"}:
        return Duration(first, last, days, Use.EVERY)
    if (
        after == "ago"
        or (after == "back" and _word(tokens, last + 1) not in {"pain", "ache", "to"})
        or (after == "before" and _word(tokens, last + 1) == "")
    ):
        return Duration(first, last + 1, days, Use.AGO)
    if (
        after in {"time", "from"}
        and _word(tokens, last + 1) in {"", "now", "i", "for", ".", ","}
        and lead != "for"
        and _word(tokens, last - 1) != "day"
    ):
        return Duration(first, last + 1, days, Use.AHEAD)
    if before == "in" or (
        lead == "in" and _word(tokens, start) not in {"the", "last", "past", "these", "this", "previous"}
    ):
        earlier = {
            "losing",
            "weight",
            "dropping",
            "lost",
            "lose",
            "dropped",
            "worse",
            "gone",
            "down",
            "changed",
            "been",
            "twice",
            "times",
            "first",
            "had",
        }
        if not any(_word(tokens, back) in earlier for back in range(max(0, first - 8), first)):
            return Duration(first, last, days, Use.AHEAD)
    if after in {"a", "per", "each", "every", "out"} and (_unit(tokens, last + 1) is not None or after == "out"):
        return Duration(first, last, days, Use.RATE)
    if after == "post" and _word(tokens, last + 1) in {"op", "surgery", "operation", "natal", "partum", "birth"}:
        return Duration(first, last, days, Use.AGO)
    if after in {"after", "later", "post", "prior", "into", "following"} or (after == "before" and days < 300):
        return Duration(first, last, days, Use.AHEAD)
    if after == "without" and days <= 30:
        return Duration(first, last, days, Use.RATE)
    if lead == "next" or before == "next":
        return Duration(first, last, days, Use.AHEAD)
    return Duration(first, last, days, Use.FOR, since=lead == "since")


def _vague(tokens: Sequence[Token], at: int) -> Duration | None:
    """A length without a number: "a few weeks", "for ages", "since March", "since 2019", "years ago"."""
    word = _word(tokens, at)
    if word in _VAGUE or (word == "number" and _word(tokens, at + 1) == "of"):
        end = at + (2 if word == "number" else 1)
        end += _word(tokens, end) in {"more", "good", "short", "long", "of"}
        if _unit(tokens, end) is not None:
            return _no_days(tokens, at, end + 1)
        return None
    if word == "since":
        end = at + 1
        while _word(tokens, end) in {
            "about",
            "around",
            "last",
            "early",
            "late",
            "mid",
            "the",
            "before",
            "at",
            "least",
            "my",
            "end",
            "of",
            "start",
            "beginning",
            "middle",
            "this",
            "i",
            "was",
            "maybe",
        }:
            end += 1
        if _word(tokens, end) == "yesterday":
            return Duration(at, end + 1, 1, Use.FOR, since=True)
        if (
            _word(tokens, end) in _SEASONS
            or _word(tokens, end) in _AGES
            or _word(tokens, end)
            in {
                "week",
                "month",
                "year",
                "morning",
                "night",
                "young",
                "teens",
                "twenties",
                "thirties",
                "forties",
                "kid",
                "child",
                "afternoon",
                "today",
            }
        ):
            return Duration(at, end + 1, None, Use.FOR, since=True)
        if end < len(tokens) and tokens[end].kind is Kind.NUMBER and (tokens[end].value or 0) >= 1900:
            return Duration(at, end + 1, None, Use.FOR, since=True)
        return None
    if word in _AGES and _word(tokens, at - 1) in {
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
        "been",
        "donkeys",
        "its",
    }:
        return _no_days(tokens, at, at + 1)
    if word in {"years", "months", "weeks", "days", "ages", "yrs", "decades"} and _word(tokens, at + 1) in {
        "ago",
        "now",
        "back",
    }:
        return Duration(at, at + 2, None, Use.AGO if _word(tokens, at + 1) != "now" else Use.FOR)
    return None


def _no_days(tokens: Sequence[Token], first: int, last: int) -> Duration:
    if _word(tokens, last) in {"ago", "back"}:
        return Duration(first, last + 1, None, Use.AGO)
    if _word(tokens, first - 1) in {"every", "each"}:
        return Duration(first, last, None, Use.EVERY)
    return Duration(first, last, None, Use.FOR)


def whole_number(tokens: Sequence[Token], at: int) -> tuple[int, int] | None:
    """A whole number in figures or words ("forty two"), and the first token after it; never "a" or "half"."""
    if not 0 <= at < len(tokens) or tokens[at].word in {"a", "an", "half", "couple", "pair", "dozen"}:
        return None
    number = _number(tokens, at)
    if number is None or number[0].denominator != 1:
        return None
    return int(number[0]), number[1]
