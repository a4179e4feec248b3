"""
Read the date of a result: 14/03/2019, 2019-03-14, 14th of March 2019, March 2019, 2019.

A date without its year is recognised, so that its numbers are not taken for results,
but has no value: nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.knowledge.lab_words import LabWords
from bot.language.labs_pieces import Kind, Piece

_FIRST_YEAR = 1950
_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th)$")


@dataclass(frozen=True)
class Dated:
    """`iso` is "2019", "2019-03" or "2019-03-14", None without a year; `last` is the piece after the date."""

    iso: str | None
    last: int


def read_date(
    pieces: Sequence[Piece], at: int, words: LabWords, *, today: date, month_first: bool, after_name: bool
) -> Dated | None:
    """
    The date that begins at piece `at`.

    Args:
        month_first: 03/04/2019 is 4 March (the order used in the United States).
        after_name: A test was just named, so a small number is its value and not a day.
    """
    piece = pieces[at]
    if piece.kind is Kind.DATE:
        return Dated(_from_digits(piece.text, today=today, month_first=month_first), at + 1)
    if not after_name:
        day, place = _day(pieces, at)
        if day is not None:
            if _text(pieces, place) == "of":
                place += 1
            place = _past(pieces, place, "-/.")
            month = words.months.get(_text(pieces, place))
            if month is not None:
                year, last = _year(pieces, place + 1, today=today, short=True)
                return Dated(_iso(year, month, day, today=today), last)
    month = words.months.get(piece.text) if piece.kind is Kind.WORD else None
    if month is not None:
        return _from_month(pieces, at, month, today=today)
    return _bare_year(pieces, at, words, today=today, after_name=after_name)


def _from_month(pieces: Sequence[Piece], at: int, month: int, *, today: date) -> Dated | None:
    """ "March 2019", "March 14th, 2019", "Mar-19", "March"; "may" needs a number beside it."""
    year, last = _year(pieces, at + 1, today=today, short=False)
    if year is not None:
        return Dated(_iso(year, month, None, today=today), last)
    day, place = _day(pieces, _past(pieces, at + 1, "-"))
    if day is not None:
        year, last = _year(pieces, _past(pieces, place, ","), today=today, short=False)
        if year is not None:
            return Dated(_iso(year, month, day, today=today), last)
        if pieces[at].text != "march" or place <= at + 2:
            return Dated(None, place)
    before = pieces[at - 1].text if at else ""
    if pieces[at].text in ("may", "march", "mar") and before not in (
        "in",
        "since",
        "last",
        "of",
        "early",
        "late",
        "this",
    ):
        return None
    return Dated(None, at + 1)


def _bare_year(pieces: Sequence[Piece], at: int, words: LabWords, *, today: date, after_name: bool) -> Dated | None:
    """
    A number that looks like a year and stands where a year stands.

    "in 2019", "(2019)", "2019: 145" and "145 2019" hold a year; "b12 was 2000" does not.
    """
    piece, before, after = pieces[at], _text(pieces, at - 1), _text(pieces, at + 1)
    if piece.kind is not Kind.NUMBER:
        return None
    if before == "'" and piece.glued and re.fullmatch(r"\d\d", piece.text):
        return Dated(_iso(2000 + int(piece.text), None, None, today=today), at + 1)
    if not re.fullmatch(r"(?:19|20)\d\d", piece.text) or not _FIRST_YEAR <= int(piece.text) <= today.year + 1:
        return None
    iso = _iso(int(piece.text), None, None, today=today)
    two_before = f"{_text(pieces, at - 2)} {before}"
    introduced = before in words.cues["year-before"] or two_before in words.cues["year-before"]
    if introduced and not (before in ("of", "from", "by") and after_name):
        return Dated(iso, at + 1)
    if before in ("and", "or", ",", "&", "to", "-") and re.fullmatch(r"(?:19|20)\d\d", _text(pieces, at - 2)):
        return Dated(iso, at + 1)
    if len(pieces) == 1:
        return Dated(iso, at + 1)
    if before == "(" and after in (")", ",", ":"):
        return Dated(iso, at + 1)
    number_follows = any(
        place < len(pieces) and pieces[place].kind is Kind.NUMBER
        for place in ((at + 1,) if after not in (":", "-", "=", "was", "is", "it was") else (at + 2,))
    )
    number_precedes = at > 0 and pieces[at - 1].kind is Kind.NUMBER
    if number_follows or number_precedes or (after == ":" and not after_name):
        return Dated(iso, at + 1)
    return None


def _from_digits(text: str, *, today: date, month_first: bool) -> str | None:
    parts = [int(part) for part in re.split(r"[-/.]", text)]
    if len(parts) == 2:
        year, month = (parts[0], parts[1]) if parts[0] > 31 else (parts[1], parts[0])
        return _iso(year, month, None, today=today)
    if parts[0] > 31:
        return _iso(parts[0], parts[1], parts[2], today=today)
    first, second, year = parts
    if year < 100:
        year += 2000 if year <= today.year % 100 else 1900
    day, month = (second, first) if (month_first and first <= 12) or second > 12 else (first, second)
    return _iso(year, month, day, today=today)


def _iso(year: int | None, month: int | None, day: int | None, *, today: date) -> str | None:
    """The written form; None for a date that does not exist or has not come yet."""
    if year is None or not _FIRST_YEAR <= year <= today.year:
        return None
    try:
        if month is None:
            return f"{year:04d}"
        if day is None:
            found, form = date(year, month, 1), "%Y-%m"
        else:
            found, form = date(year, month, day), "%Y-%m-%d"
    except ValueError:
        return None
    return found.strftime(form) if found <= today else None


def _day(pieces: Sequence[Piece], at: int) -> tuple[int | None, int]:
    text = _text(pieces, at)
    ordinal = _ORDINAL.match(text)
    digits = ordinal.group(1) if ordinal else text
    if digits.isdigit() and len(digits) <= 2 and 1 <= int(digits) <= 31:
        return int(digits), at + 1
    return None, at


def _year(pieces: Sequence[Piece], at: int, *, today: date, short: bool) -> tuple[int | None, int]:
    """A year after a month; `short` allows "14 Mar 19"."""
    begin = at
    while _text(pieces, at) in ("-", "/", ".", ",", "of", "'") and at < begin + 2:
        at += 1
    text = _text(pieces, at)
    if re.fullmatch(r"(?:19|20)\d\d", text):
        return int(text), at + 1
    apostrophe = _text(pieces, at - 1) in ("'", "-")
    if re.fullmatch(r"\d\d", text) and (apostrophe or short) and int(text) <= today.year % 100:
        return 2000 + int(text), at + 1
    return None, begin


def _past(pieces: Sequence[Piece], at: int, signs: str) -> int:
    text = _text(pieces, at)
    return at + 1 if text and text in signs else at


def _text(pieces: Sequence[Piece], at: int) -> str:
    return pieces[at].text if 0 <= at < len(pieces) else ""
