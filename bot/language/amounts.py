"""
Read numbers and amounts of time: "two and a half weeks", "3-4 months", "a year and a half".

Numbers are exact fractions, so that halves are rounded once, at the end.  Every
function takes the place of a token and gives the value with the first token behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from bot.language.time_words import time_words
from bot.language.tokens import Kind, Token

HALF = Fraction(1, 2)
_SMALL = {
    word: Fraction(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen".split()
    )
}
_TENS = {
    word: Fraction(10 * number)
    for number, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(),
        start=2,
    )
}
_OTHERS = {
    "couple": Fraction(2),
    "pair": Fraction(2),
    "tow": Fraction(2),
    "dozen": Fraction(12),
    "fourty": Fraction(40),
    "half": HALF,
}
_FRACTIONS = {"½": HALF, "¼": Fraction(1, 4), "¾": Fraction(3, 4)}
_RANGE = frozenset({"-", "–", "—", "to", "or", "/", "til", "till", "maybe"})
_WHOLE_UNITS = frozenset({"day", "week", "fortnight", "month", "year"})


class Amount(NamedTuple):
    """`days` of time up to the token `end`; `article`: the number was only "a"."""

    days: Fraction
    end: int
    article: bool


def word_at(tokens: Sequence[Token], at: int) -> str:
    """The word there, "" outside the message."""
    return tokens[at].word if 0 <= at < len(tokens) else ""


def unit_at(tokens: Sequence[Token], at: int) -> int | None:
    """The days of the unit there; a single letter and a misspelling only behind a figure."""
    word, words = word_at(tokens, at), time_words()
    if word in words.units:
        return words.units[word]
    if not 0 < at < len(tokens) or tokens[at - 1].kind is not Kind.NUMBER:
        return None
    if word in words.letters:
        return words.letters[word] if tokens[at - 1].end == tokens[at].start else None
    return words.misspelt_unit(word)


def amount_at(tokens: Sequence[Token], at: int) -> Amount | None:
    """A number and its unit, with what may follow: "and a half", "or two", "or so"."""
    number = _range(tokens, at)
    if number is None:
        return _lone_unit(tokens, at)
    article = word_at(tokens, at) in {"a", "an"} and unit_at(tokens, at + 1) is not None
    value, end = number
    while word_at(tokens, end) in time_words()["more"] and unit_at(tokens, end + 1) is not None:
        end += 1
    if word_at(tokens, end) == "of" and unit_at(tokens, end + 1) is not None:
        end += 1
    if word_at(tokens, end) in {"a", "an"} and value < 1:
        end += 1
    unit = unit_at(tokens, end)
    if unit is None:
        return None
    days, end = value * unit, end + 1
    behind = _and_a_half(tokens, end)
    if behind is not None and unit_at(tokens, behind) is None:
        days, end = days + HALF * unit, behind
    if word_at(tokens, end) == "or" and word_at(tokens, end + 1) in {"two", "so", "more", "2", "three", "3"}:
        more = {"two": 2, "2": 2, "three": 3, "3": 3}.get(word_at(tokens, end + 1))
        if article and more:
            days = Fraction(unit * more)
        end += 2
    return Amount(days, end, article)


def _lone_unit(tokens: Sequence[Token], at: int) -> Amount | None:
    """ "the past year", "week or two"."""
    unit = unit_at(tokens, at)
    if unit is None or word_at(tokens, at) not in _WHOLE_UNITS:
        return None
    before, earlier = word_at(tokens, at - 1), word_at(tokens, at - 2)
    if before in {"past", "last", "this"} and earlier in {"the", "for", "over", "this", "in", "during", "within"}:
        return Amount(Fraction(unit), at + 1, article=False)
    if (word_at(tokens, at + 1), word_at(tokens, at + 2)) == ("or", "two") and before not in {"each", "every", "a"}:
        return Amount(Fraction(unit * 2), at + 3, article=False)
    return None


def _range(tokens: Sequence[Token], at: int) -> tuple[Fraction, int] | None:
    """A number, or the upper end of "3-4", "two or three", "between 3 and 4", "two three"."""
    if word_at(tokens, at) == "between":
        first = number_at(tokens, at + 1)
        if first is None or word_at(tokens, first[1]) not in {"and", "to", "-"}:
            return None
        return number_at(tokens, first[1] + 1)
    number = number_at(tokens, at)
    if number is None:
        return None
    value, end = number
    behind = end + 1 if word_at(tokens, end) in _RANGE else end
    if word_at(tokens, behind) not in {"a", "an"}:
        second = number_at(tokens, behind)
        if second is not None and unit_at(tokens, second[1]) is not None:
            if second[0] > value and (behind > end or second[0] == value + 1):
                return second
    return value, end + (word_at(tokens, end) == "plus")


def number_at(tokens: Sequence[Token], at: int) -> tuple[Fraction, int] | None:
    """A number in figures or words, with halves ("two and a half", "1 1/2", "½"); "a" is 1 before a unit."""
    word = word_at(tokens, at)
    if word in {"a", "an"}:
        return _after_article(tokens, at)
    if word in _FRACTIONS:
        return _FRACTIONS[word], at + 1
    if word and tokens[at].kind is Kind.NUMBER:
        number = _figures(tokens, at)
    else:
        number = _words(tokens, at)
    if number is None:
        return None
    value, end = number
    behind = _and_a_half(tokens, end)
    if behind is not None and unit_at(tokens, behind) is not None:
        return value + HALF, behind
    return value, end


def whole_number_at(tokens: Sequence[Token], at: int) -> tuple[int, int] | None:
    """A whole number in figures or words ("forty two"); never "a" or "half"."""
    if word_at(tokens, at) in {"", "a", "an", *_OTHERS} - {"fourty"}:
        return None
    number = number_at(tokens, at)
    if number is None or number[0].denominator != 1:
        return None
    return int(number[0]), number[1]


def _figures(tokens: Sequence[Token], at: int) -> tuple[Fraction, int] | None:
    if tokens[at].value is None:
        return None
    value, end = Fraction(str(tokens[at].value)), at + 1
    if word_at(tokens, end) in _FRACTIONS:
        return value + _FRACTIONS[word_at(tokens, end)], end + 1
    if [word_at(tokens, end + step) for step in range(3)] == ["1", "/", "2"]:
        return value + HALF, end + 3
    if [word_at(tokens, at + step) for step in range(3)] == ["1", "/", "2"]:
        return HALF, at + 3
    return value, end


def _words(tokens: Sequence[Token], at: int) -> tuple[Fraction, int] | None:
    word, end = word_at(tokens, at), at + 1
    if word in _TENS:
        value = _TENS[word]
        ones = _SMALL.get(word_at(tokens, end))
        if ones is not None and 0 < ones < 10:
            value, end = value + ones, end + 1
    elif word in _SMALL or word in _OTHERS:
        value = _SMALL.get(word, _OTHERS.get(word, Fraction(0)))
    else:
        return None
    if word_at(tokens, end) == "hundred":
        value, end = value * 100, end + 1
    if word == "half" and word_at(tokens, end) in {"a", "of", "an"}:
        end += 1
        end += word_at(tokens, end) in {"a", "an"}
    return value, end


def _after_article(tokens: Sequence[Token], at: int) -> tuple[Fraction, int] | None:
    following = word_at(tokens, at + 1)
    if following == "hundred":
        return Fraction(100), at + 2
    if following in _OTHERS:
        return _OTHERS[following], at + 2
    if following in time_words()["more"] or following in {"further", "nice"}:
        return number_at(tokens, at + 2) or ((Fraction(1), at + 2) if unit_at(tokens, at + 2) is not None else None)
    return (Fraction(1), at + 1) if unit_at(tokens, at + 1) is not None else None


def _and_a_half(tokens: Sequence[Token], at: int) -> int | None:
    """The token behind "and a half" or "and half" that begins here."""
    if word_at(tokens, at) != "and":
        return None
    half = at + 2 if word_at(tokens, at + 1) == "a" else at + 1
    return half + 1 if word_at(tokens, half) == "half" else None
