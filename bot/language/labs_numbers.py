"""
Read a number as patients and laboratories write it: "1,250", "9,8", "2,50,000", "one eighty", "nine point eight".

A point before three digits is kept open ("250.000"), because only the test decides
whether it divides thousands; everything else is settled here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.language.labs_pieces import Kind, Piece

_FRACTIONS = {"½": Decimal("0.5"), "¼": Decimal("0.25"), "¾": Decimal("0.75")}
_GROUPED = re.compile(r"\d{1,3}(?:[,' ]\d{3})+(?:\.\d+)?$|\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?$")
_IDENTIFIER = re.compile(r"0\d{3,}$")  # "MRN 004412", a telephone number: no result begins so
_POINT_GROUPED = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?$")


@dataclass(frozen=True)
class Number:
    """
    A number as said.  `thousands` is the other reading of "250.000", None when there is none.

    `worded`: said in words.  `slight`: one small number word, which is often no number at all ("one of them").
    """

    value: Decimal
    thousands: Decimal | None = None
    worded: bool = False
    slight: bool = False


def read_digits(text: str) -> Number | None:
    """The number in a NUMBER piece; None for a run of digits that is no number ("1.2.3")."""
    extra = _FRACTIONS.get(text[-1], Decimal(0))
    text = text.rstrip("½¼¾")
    if len(text) > 20:
        return None
    if _IDENTIFIER.match(text):
        return None
    if _POINT_GROUPED.match(text):
        joined = Decimal(text.replace(".", "").replace(",", "."))
        if text.count(".") > 1 or "," in text:
            return Number(joined)
        return Number(Decimal(text), thousands=None if text.startswith("0") else joined)
    if _GROUPED.match(text) and not text.startswith("0"):
        return Number(Decimal(re.sub("[,' ]", "", text)))
    if re.fullmatch(r"\d*[.,]?\d+", text):
        return Number(Decimal(text.replace(",", ".")) + extra)
    return None


@dataclass
class _Group:
    """The hundreds being built, and what was added last ("small", "teen", "tens" or "hundred")."""

    value: int | None = None
    last: str = ""

    def take(self, number: int) -> bool:
        """Whether the word continues this number: "eighty" after "one" does (180), "one" after "eighteen" does not."""
        size = "small" if number < 10 else "teen" if number < 20 else "tens"
        if self.value is None:
            self.value = number
        elif self.last == "hundred" or (self.last == "tens" and size == "small" and number):
            self.value += number
        elif self.last == "small" and size != "small" and self.value < 100:
            self.value = self.value * 100 + number  # "one eighty", "two ten"
        elif self.last == "small" and size == "small" and self.value < 100:
            self.value = self.value * 10 + number  # "one oh five", digit by digit
        else:
            return False
        self.last = size
        return True


def read_words(pieces: Sequence[Piece], at: int, words: Mapping[str, int]) -> tuple[Number, int] | None:
    """
    The number that begins at piece `at` in words, and the place after it.

    Digits may begin it ("2 hundred and ten").  None when no number begins there.
    """
    start = at
    total, group, counted = 0, _Group(), 0
    if _digits_before_scale(pieces, at, words):
        group = _Group(int(pieces[at].text), "tens")
        at, counted = at + 1, 2
    elif _is(pieces, at, "a") and _scale(pieces, at + 1, words):
        group, at = _Group(1, "small"), at + 1
    while at < len(pieces):
        word = pieces[at].text
        if (pieces[at].kind is Kind.SIGN and word == "-" and counted and _worded(pieces, at + 1, words)) or (
            word == "and" and counted and _joins(pieces, at, group, words)
        ):
            at += 1
        elif pieces[at].kind is Kind.WORD and word in words and word != "k":
            number = words[word]
            if number == 100:
                group = _Group((1 if group.value is None else group.value) * 100, "hundred")
            elif number == 1000:
                total, group = total + (1 if group.value is None else group.value) * 1000, _Group()
                group.last = "hundred"
            elif group.value is None and group.last == "hundred":
                group = _Group(number, "small" if number < 10 else "tens")
            elif not group.take(number):
                break
            at, counted = at + 1, counted + 1
        elif group.last == "hundred" and group.value and pieces[at].text.isdigit() and len(pieces[at].text) <= 2:
            group.value, group.last = group.value + int(pieces[at].text), "tens"
            at, counted = at + 1, counted + 1
        else:
            break
    if not counted or at == start:
        return None
    if counted == 1 and pieces[start].text == "oh" and not _is(pieces, at, "point"):
        return None  # "oh and my last one was in January" is no zero
    value = Decimal(total + (group.value or 0))
    decimals, at = _decimals(pieces, at, words)
    slight = counted == 1 and not decimals and value < 20
    return Number(value + decimals, worded=True, slight=slight), at


def _decimals(pieces: Sequence[Piece], at: int, words: Mapping[str, int]) -> tuple[Decimal, int]:
    """ "point eight", "point two five", "and a half"; digits may follow the point too."""
    if _is(pieces, at, "and") and _is(pieces, at + 1, "a") and _is(pieces, at + 2, "half"):
        return Decimal("0.5"), at + 3
    if not _is(pieces, at, "point"):
        return Decimal(0), at
    digits, place = "", at + 1
    while place < len(pieces) and len(digits) < 6:
        word = pieces[place].text
        if pieces[place].kind is Kind.NUMBER and word.isdigit() and not digits:
            digits, place = word[:6], place + 1
            break
        if words.get(word, 10) > 9:
            break
        digits, place = digits + str(words[word]), place + 1
    return (Decimal(f"0.{digits}"), place) if digits else (Decimal(0), at)


def _digits_before_scale(pieces: Sequence[Piece], at: int, words: Mapping[str, int]) -> bool:
    """ "2 hundred", "12 hundred", "9 point 8": a short number in digits that goes on in words."""
    if at + 1 >= len(pieces) or pieces[at].kind is not Kind.NUMBER:
        return False
    if not (pieces[at].text.isdigit() and len(pieces[at].text) <= 3):
        return False
    return pieces[at + 1].text == "point" or words.get(pieces[at + 1].text) == 100


def _scale(pieces: Sequence[Piece], at: int, words: Mapping[str, int]) -> bool:
    return at < len(pieces) and words.get(pieces[at].text, 0) >= 100


def _worded(pieces: Sequence[Piece], at: int, words: Mapping[str, int]) -> bool:
    return at < len(pieces) and pieces[at].kind is Kind.WORD and pieces[at].text in words and pieces[at].glued


def _joins(pieces: Sequence[Piece], at: int, group: _Group, words: Mapping[str, int]) -> bool:
    """ "hundred and ten" is one number; "ten and twenty" are two."""
    following = pieces[at + 1] if at + 1 < len(pieces) else None
    if group.last != "hundred" or following is None:
        return False
    return following.text in words or (following.kind is Kind.NUMBER and following.text.isdigit())


def _is(pieces: Sequence[Piece], at: int, word: str) -> bool:
    return at < len(pieces) and pieces[at].text == word
