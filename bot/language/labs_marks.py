"""
Find in a message what a laboratory result is made of: tests, numbers, units, dates, ranges, result words.

A `Mark` is one such thing, or a word with the cues it carries; together the marks
cover the message.  Which number belongs to which test is decided in `labs_link`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import Enum

from rapidfuzz.distance import OSA

from bot.clinical.lab_scale import UNIT_PREFIXES, LabScale, compact_unit
from bot.knowledge.lab_words import LabWords, TestName
from bot.language.labs_dates import read_date
from bot.language.labs_numbers import Number, read_digits, read_words
from bot.language.labs_pieces import Cutter, Kind, Piece

_STOPS = frozenset(",.;:")
_OPENING = frozenset("([|")
_RESULT_FLAGS = frozenset({"h", "l", "hh", "ll", "lo", "hi", "low", "high", "*", "|", "(", "["})
_LONGEST_UNIT = 9  # pieces: "x 10 ^ 9 per cubic mm"


class Is(Enum):
    NAME = "name"  # a test of ours or, with analyte None, another one
    NUMBER = "number"
    UNIT = "unit"
    RANGE = "range"
    RESULT = "result"  # positive, negative, equivocal
    DATE = "date"
    AGO = "ago"
    WORD = "word"
    SIGN = "sign"
    LINE = "line"
    STOP = "stop"
    NOISE = "noise"


@dataclass(frozen=True)
class Mark:
    """`first` and `last` count pieces (last exclusive); `start` and `end` count code points of the message."""

    what: Is
    text: str
    start: int
    end: int
    first: int
    last: int
    cues: frozenset[str] = frozenset()
    glued: bool = False
    name: TestName | None = None
    number: Number | None = None
    comparator: str = "="
    high: Decimal | None = None  # upper end of a RANGE; None for "150 or 160"
    joint: str = ""  # what joins the ends of a RANGE
    low_end: int = 0  # where the lower end of a RANGE ends, and
    high_start: int = 0  # where the upper end begins
    unit: str | None = None  # as written
    result: str | None = None
    iso: str | None = None  # of a DATE; None when no year was said
    days: int | None = None  # of an AGO


@dataclass
class _Entry:
    """Everything one phrase can mean."""

    cues: set[str] = field(default_factory=set)
    name: TestName | None = None
    result: str | None = None
    days: int | None = None


class Marker:
    """Turns a message into marks.  Built once from the lexicon and the scale; holds nothing of any message."""

    def __init__(self, words: LabWords, scale: LabScale, *, month_first: bool = False) -> None:
        self._words, self._scale, self._month_first = words, scale, month_first
        everything = [*words.names, *(phrase for phrases in words.cues.values() for phrase in phrases)]
        self._cutter = Cutter(
            word for phrase in everything for word in phrase.split() if _letters_and_digits(word.strip("()"))
        )
        self._phrases: dict[str, list[tuple[tuple[str, ...], _Entry]]] = {}
        entries: dict[tuple[str, ...], _Entry] = {}
        for phrase, name in words.names.items():
            self._entry(entries, phrase).name = name
        for cue, phrases in words.cues.items():
            for phrase in phrases:
                self._entry(entries, phrase).cues.add(cue)
        for phrase, days in words.days_ago.items():
            self._entry(entries, phrase).days = days
        for phrase, result in scale.result_words.items():
            self._entry(entries, phrase).result = result
        for key in sorted(entries, key=len, reverse=True):
            self._phrases.setdefault(key[0], []).append((key, entries[key]))
        self._fuzzy = {
            phrase: name
            for phrase, name in words.names.items()
            if name.strength == "plain" and len(phrase) >= 6 and phrase.isalpha()
        }
        self._units = set(scale.spellings).union(*(rule.said for rule in scale.analytes.values()))
        self._longest_unit = max(map(len, self._units))
        starts = {self._cutter.cut(unit)[0].text for unit in self._units if unit}
        self._unit_starts = (
            starts | set(UNIT_PREFIXES) | set(scale.unit_words) | {f"{word}s" for word in (*starts, *scale.unit_words)}
        )

    def _entry(self, entries: dict[tuple[str, ...], _Entry], phrase: str) -> _Entry:
        return entries.setdefault(tuple(piece.text for piece in self._cutter.cut(phrase)), _Entry())

    def marks(self, text: str, *, today: date) -> list[Mark]:
        """The marks of a message in order."""
        pieces = self._cutter.cut(text)
        marks: list[Mark] = []
        at = 0
        while at < len(pieces):
            mark = self._mark(pieces, at, marks, today=today)
            marks.append(mark)
            at = mark.last
        return _joined(marks, self._words)

    def _mark(self, pieces: Sequence[Piece], at: int, before: list[Mark], *, today: date) -> Mark:
        piece = pieces[at]
        if piece.kind is Kind.LINE:
            return _mark(Is.LINE, pieces, at, at + 1)
        last, entry = self._phrase(pieces, at)
        unit_last = self._unit_end(pieces, at, before)
        if entry is not None and entry.name is not None and not self._is_rather_unit(entry.name, pieces, at, unit_last):
            return _mark(Is.NAME, pieces, at, last, name=entry.name, cues=frozenset(entry.cues))
        previous = before[-1] if before else None
        dated = (
            None
            if unit_last > at
            else read_date(
                pieces, at, self._words, today=today, month_first=self._month_first, after_name=_awaits_number(before)
            )
        )
        if dated is not None and not (previous is not None and previous.comparator != "="):
            return _mark(Is.DATE, pieces, at, dated.last, iso=dated.iso)
        if piece.kind is Kind.FRACTION:
            return _mark(Is.RANGE, pieces, at, at + 1, joint="/")
        if piece.kind in (Kind.NOISE, Kind.DATE):
            return _mark(Is.NOISE, pieces, at, at + 1)
        cues = frozenset(entry.cues) if entry is not None else frozenset()
        if unit_last > at and unit_last >= last:
            raw = "".join(f"{'' if part.glued else ' '}{part.text}" for part in pieces[at:unit_last]).strip()
            return _mark(Is.UNIT, pieces, at, unit_last, unit=raw, cues=cues if unit_last == last else frozenset())
        number = read_words(pieces, at, self._words.numbers)
        if number is not None and number[1] >= last:
            return _mark(Is.NUMBER, pieces, at, number[1], number=number[0], cues=cues)
        if piece.kind is Kind.NUMBER:
            return _mark(Is.NUMBER, pieces, at, at + 1, number=read_digits(piece.text))
        if entry is not None:
            what = Is.AGO if entry.days is not None else Is.RESULT if entry.result is not None else Is.WORD
            if what is Is.WORD and piece.kind is Kind.SIGN:
                what = Is.SIGN
            return _mark(what, pieces, at, last, cues=cues, result=entry.result, days=entry.days)
        if piece.kind is Kind.SIGN:
            return _mark(Is.STOP if self._ends_sentence(pieces, at) else Is.SIGN, pieces, at, at + 1)
        name = self._misspelt(piece.text)
        return _mark(Is.NAME if name else Is.WORD, pieces, at, at + 1, name=name)

    def _phrase(self, pieces: Sequence[Piece], at: int) -> tuple[int, _Entry | None]:
        """The longest phrase of the lexicon that begins here."""
        for first in dict.fromkeys((pieces[at].text, pieces[at].text.removesuffix("'s"))):
            for key, entry in self._phrases.get(first, ()):
                if len(key) <= len(pieces) - at and all(
                    pieces[at + offset].text == word for offset, word in enumerate(key) if offset
                ):
                    return at + len(key), entry
        return at + 1, None

    def _is_rather_unit(self, name: TestName, pieces: Sequence[Piece], at: int, unit_last: int) -> bool:
        """ "98 k" and "98 k/uL" hold a unit, "Na 138 K 4.1" a test."""
        if name.strength != "direct" or unit_last == at:
            return False
        following = pieces[unit_last] if unit_last < len(pieces) else None
        return unit_last > at + 1 or pieces[at].glued or following is None or following.kind is not Kind.NUMBER

    def _unit_end(self, pieces: Sequence[Piece], at: int, before: list[Mark]) -> int:
        """The place after the longest unit that begins here, or `at`."""
        if pieces[at].text not in self._unit_starts:
            return at
        raw, best = "", at
        for place in range(at, min(at + _LONGEST_UNIT, len(pieces))):
            if pieces[place].kind is Kind.LINE:
                break
            raw += f"{'' if pieces[place].glued else ' '}{pieces[place].text}"
            if pieces[place].text in _STOPS:
                continue
            compact = compact_unit(raw, self._scale.unit_words)
            if compact in self._units:
                best = place + 1
            if len(compact) > self._longest_unit:
                break
        if best == at:
            return at
        unit = pieces[at:best]
        begins_plainly = unit[0].kind is Kind.WORD and unit[0].text != "x"
        short = len(unit) == 1 and len(unit[0].text) <= 2 and unit[0].text not in ("ng", "pg")
        after_number = _after_number(before)
        opened = bool(before) and before[-1].text in _OPENING
        if unit[0].kind is Kind.NUMBER and not (opened or after_number):
            return at
        if any(piece.kind is Kind.WORD for piece in unit):
            return best if (begins_plainly and not short) or after_number or opened else at
        return best if after_number and any(piece.text == "^" for piece in unit) else at

    def _misspelt(self, word: str) -> TestName | None:
        """The test whose name this long word is, with one or two slips of the pen."""
        if not 6 <= len(word) <= 20 or not word.isascii():
            return None
        allowed = 1 if len(word) < 8 else 2
        best: TestName | None = None
        for phrase, name in self._fuzzy.items():
            if phrase[0] == word[0] and abs(len(phrase) - len(word)) <= allowed:
                distance = OSA.distance(word, phrase, score_cutoff=allowed)
                if distance <= allowed:
                    best, allowed = name, distance - 1
        return best

    def _ends_sentence(self, pieces: Sequence[Piece], at: int) -> bool:
        piece = pieces[at]
        if piece.text in "!?":
            return True
        if piece.text != ".":
            return False
        following = pieces[at + 1] if at + 1 < len(pieces) else None
        if following is not None and following.glued:
            return False
        return not (at and pieces[at - 1].text in self._words.cues["abbreviation"])


def _joined(marks: list[Mark], words: LabWords) -> list[Mark]:
    """Put together what several marks say: "<" and a number, two numbers and a dash, "2 weeks ago"."""
    result: list[Mark] = []
    at = 0
    while at < len(marks):
        mark, last = marks[at], at + 1
        compared = _compared(marks, at)
        if compared is not None:
            mark, last = compared
        if mark.what is Is.NUMBER:
            multiplied = _thousands(marks, mark, last, words)
            if multiplied is not None:
                mark, last = multiplied
            joined = _ago(marks, at, words) or _range(marks, mark, last)
            if joined is not None:
                mark, last = joined
        elif mark.joint == "/":
            joined = _ago(marks, at, words)
            if joined is not None:
                mark, last = joined
        elif "between" in mark.cues and at + 3 < len(marks):
            low, joint, high = marks[at + 1 : at + 4]
            if low.what is high.what is Is.NUMBER and joint.text in ("and", "to", "-"):
                mark, last = _span(low, high, joint="between", unit=None), at + 4
        result.append(mark)
        at = last
    return result


def _compared(marks: list[Mark], at: int) -> tuple[Mark, int] | None:
    """A number with the "<" or "more than" before it, or the "+" after it."""
    mark = marks[at]
    comparator = "<" if "fewer" in mark.cues else ">" if "more" in mark.cues else None
    following = marks[at + 1] if at + 1 < len(marks) else None
    if comparator and following is not None and following.what is Is.NUMBER and following.number:
        if mark.what is Is.WORD and following.number.slight:
            return None
        cues = mark.cues & {"fewer", "more"} | ({"worded"} if mark.what is Is.WORD else set())
        joined = replace(following, start=mark.start, first=mark.first, comparator=comparator, cues=frozenset(cues))
        return joined, at + 2
    plus = following is not None and following.text == "+" and following.glued
    if mark.what is Is.NUMBER and plus and following is not None:
        return replace(mark, comparator=">", end=following.end, last=following.last), at + 2
    return None


def _thousands(marks: list[Mark], mark: Mark, at: int, words: LabWords) -> tuple[Mark, int] | None:
    """ "1.2k pg/mL": a "k" or "thousand" that has a unit of its own after it multiplies the number."""
    if mark.number is None or at + 1 >= len(marks) or marks[at + 1].what is not Is.UNIT:
        return None
    if marks[at].what is not Is.UNIT or words.numbers.get(marks[at].text) != 1000:
        return None
    number = replace(mark.number, value=mark.number.value * 1000, thousands=None)
    return replace(mark, number=number, end=marks[at].end, last=marks[at].last), at + 1


def _range(marks: list[Mark], low: Mark, at: int) -> tuple[Mark, int] | None:
    """ "180 - 914", "180 pg/mL to 914 pg/mL", "150 or 160": `at` is the place after the lower end."""
    unit = None
    if at < len(marks) and marks[at].what is Is.UNIT:
        unit, at = marks[at].unit, at + 1
    if low.comparator != "=" or at + 1 >= len(marks):
        return None
    joint, high = marks[at], marks[at + 1]
    either = "either" in joint.cues
    if not (either or joint.text in ("-", "to", "..", "~")) or high.what is not Is.NUMBER:
        return None
    if low.number is None or high.number is None or high.number.slight or high.comparator != "=":
        return None
    place = at + 2
    if place < len(marks) and marks[place].what is Is.UNIT:
        unit, place = marks[place].unit, place + 1
    if joint.text == "-" and low.number.value >= high.number.value:
        return None
    return _span(low, high, joint="or" if either else joint.text, unit=unit), place


def _span(low: Mark, high: Mark, *, joint: str, unit: str | None) -> Mark:
    return replace(
        low,
        what=Is.RANGE,
        end=high.end,
        last=high.last,
        high=high.number.value if high.number else None,
        joint=joint,
        low_end=low.end,
        high_start=high.start,
        unit=unit,
        text=f"{low.text} {joint} {high.text}",
        iso=None,
    )


def _ago(marks: list[Mark], at: int, words: LabWords) -> tuple[Mark, int] | None:
    """ "2 weeks ago", "one and a half years back", "6/12 ago"."""
    mark = marks[at]
    if mark.joint == "/":
        parts = mark.text.replace(" ", "").split("/")
        length = {"12": 30, "52": 7, "7": 1}.get(parts[1])
        if length and parts[0].isdigit() and _says(marks, at + 1, "ago"):
            return replace(mark, what=Is.AGO, days=int(parts[0]) * length, end=marks[at + 1].end), at + 2
        return None
    if mark.number is None or at + 1 >= len(marks):
        return None
    following = marks[at + 1]
    length_word, _, rest = following.text.partition(" ")
    last = at + 2 if not rest and _says(marks, at + 2, "ago") else at + 1
    length = words.lengths.get(length_word)
    if length is None or (last == at + 1 and rest not in words.cues["ago"]):
        return None
    days = int(mark.number.value * length) if mark.number.value < 200 else None
    return replace(mark, what=Is.AGO, days=days, end=marks[last].end, last=marks[last].last), last + 1


def _says(marks: list[Mark], at: int, cue: str) -> bool:
    return at < len(marks) and cue in marks[at].cues


def _after_number(before: list[Mark]) -> bool:
    """Whether the last mark is a number, or a number and its flag ("118 H")."""
    for mark in reversed(before[-3:]):
        if mark.what is Is.NUMBER:
            return True
        if mark.text not in _RESULT_FLAGS:
            return False
    return False


def _awaits_number(before: list[Mark]) -> bool:
    """Whether the marks end in a test, or a test and "is": what follows is its number rather than a day."""
    for mark in reversed(before[-3:]):
        if mark.what is Is.NAME:
            return True
        if mark.text not in ("is", "was", ":", "=", "of", "at", "-"):
            return False
    return False


def _letters_and_digits(word: str) -> bool:
    return word.isalnum() and any(c.isdigit() for c in word) and any(c.isalpha() for c in word)


def _mark(what: Is, pieces: Sequence[Piece], first: int, last: int, **more: object) -> Mark:
    return Mark(
        what=what,
        text=" ".join(piece.text for piece in pieces[first:last]),
        start=pieces[first].start,
        end=pieces[last - 1].end,
        first=first,
        last=last,
        glued=pieces[first].glued,
        **more,  # type: ignore[arg-type]
    )
