"""
Cover the telephone numbers and e-mail addresses that a patient has left, wherever else they stand in words.

Contact details are kept apart and every look at them is audited.  The patient typed them
in the chat all the same and the assistant repeated them, so whatever shows staff these
words covers them.  A covered place keeps its length: offsets into the text stay true.

Nothing is guessed: only what was taken as contact details is covered, in any way of
writing it.  Another number of the same look, of a surgery or a result, stays.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection, Row

from bot.conversation.ports import Button, Reply
from bot.records.schema import contact

BULLET = "•"

#: What a query takes along for `Cover.of`; `contact` is then joined by its primary key.
COLUMNS = (contact.c.phone, contact.c.email, contact.c.earlier)

_LEAST_DIGITS = 7  # as the chat takes them; fewer would cover results and dates
_MOST_DIGITS = 18  # fifteen at most in the world, and "00" or a "(0)" beside the country code
_BETWEEN = re.compile(r"[\s()./‐‑‒–—-]{0,3}")  # digits of one number
_BEFORE = "+("
_LONGEST_COUNTRY = 3


class Cover:
    """
    What to cover in the words of one conversation.

    Args:
        left: Telephone numbers and e-mail addresses as they were taken; others of any kind are left out.
    """

    def __init__(self, left: Iterable[str | None] = ()) -> None:
        given = [one.strip() for one in left if one]
        self._emails = tuple(one.strip(".+-") for one in given if "@" in one)
        numbers = (_digits_of(one) for one in given if "@" not in one)
        self._numbers = tuple(number for number in dict.fromkeys(numbers) if len(number) >= _LEAST_DIGITS)

    @classmethod
    def of(cls, row: Row) -> Cover:
        """From a row with `COLUMNS`; all of them empty where the patient has left nothing."""
        return cls((row.phone, row.email, *(row.earlier or ())))

    def __bool__(self) -> bool:
        return bool(self._emails or self._numbers)

    def text(self, written: str, *, phone: str = "", email: str = "") -> str:
        """
        The same text with bullets in the place of each letter that is covered.

        Args:
            phone: Stands for a telephone number instead of its bullets.
            email: The same for an e-mail address.
        """
        pieces, done = [], 0
        for start, end, is_email in self._spans(written):
            put = (email if is_email else phone) or BULLET * (end - start)
            pieces += [written[done:start], put]
            done = end
        return "".join(pieces) + written[done:] if pieces else written

    def json(self, value: Any) -> Any:
        """The same for every text inside a JSON-able value; keys stay."""
        if not self:
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self.json(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.json(item) for item in value]
        return value

    def reply(self, said: Reply) -> Reply:
        if not self:
            return said
        buttons = tuple(Button(self.text(button.title), self.text(button.say)) for button in said.buttons)
        return Reply(self.text(said.text), buttons, self.json(said.custom))

    def words(self, words: str, *, start: int, end: int, message: str) -> str:
        """Words that stand in `message` from `start` to `end`: the number may be longer than they are."""
        return self.text(message)[start:end] if message[start:end] == words else self.text(words)

    # --- where they stand

    def _spans(self, text: str) -> list[tuple[int, int, bool]]:
        """Start, end, whether it is an e-mail address; in order, none overlapping another."""
        if not self:
            return []
        found = sorted((*self._email_spans(text), *self._number_spans(text)))
        apart: list[tuple[int, int, bool]] = []
        for start, end, is_email in found:
            if apart and start < apart[-1][1]:
                first, last, kind = apart[-1]
                apart[-1] = (first, max(last, end), kind)
            else:
                apart.append((start, end, is_email))
        return apart

    def _email_spans(self, text: str) -> Iterator[tuple[int, int, bool]]:
        if self._emails and "@" in text:
            for pattern in self._email_patterns:
                yield from ((*found.span(), True) for found in pattern.finditer(text))

    @cached_property
    def _email_patterns(self) -> tuple[re.Pattern[str], ...]:
        return tuple(_email_pattern(email) for email in self._emails)

    def _number_spans(self, text: str) -> Iterator[tuple[int, int, bool]]:
        if not self._numbers:
            return
        places = [place for place, letter in enumerate(text) if letter.isdecimal()]
        if len(places) < _LEAST_DIGITS:
            return
        digits = _digits_of(text)
        for number in self._numbers:
            core = number[-_LEAST_DIGITS:]
            first = digits.find(core)
            while first >= 0:
                begun = _beginning(text, places, digits, first, number)
                if begun is not None:
                    yield (begun, places[first + len(core) - 1] + 1, False)
                first = digits.find(core, first + 1)


def cover_of(connection: Connection, conversation_id: str) -> Cover:
    """For a conversation whose contact details nobody has read in another query."""
    row = connection.execute(select(*COLUMNS).where(contact.c.conversation_id == conversation_id)).first()
    return Cover.of(row) if row is not None else Cover()


def _email_pattern(email: str) -> re.Pattern[str]:
    """Small and capital letters, with or without a space beside the signs; not a part of a longer address."""
    name, _, host = email.partition("@")
    places = r"\s?\.\s?".join(re.escape(part) for part in host.split("."))
    return re.compile(rf"(?<![\w.+-]){re.escape(name)}\s{{0,2}}@\s{{0,2}}{places}(?![\w-])", re.IGNORECASE)


def _beginning(text: str, places: list[int], digits: str, first: int, number: str) -> int | None:
    """
    Where the telephone number begins whose last digits are those from `first` on; None where it is another one.

    The longest that is the same number counts, so that a country code goes with it.
    """
    last = first + _LEAST_DIGITS - 1
    if text[places[last] + 1 : places[last] + 2].isdecimal() or not _together(text, places, first, last):
        return None
    begun = None
    for one in range(first, max(-1, last - _MOST_DIGITS), -1):
        if one < first and not _together(text, places, one, one + 1):
            break
        if one > 0 and places[one] - places[one - 1] == 1:
            continue  # in the middle of a run of digits
        if _same(digits[one : last + 1], number, abroad=_written_with_code(text, places[one])):
            begun = places[one]
    while begun is not None and begun > 0 and text[begun - 1] in _BEFORE:
        begun -= 1
    return begun


def _together(text: str, places: list[int], first: int, last: int) -> bool:
    """Whether nothing but the signs that part a number stands between these digits."""
    return all(_BETWEEN.fullmatch(text, places[one] + 1, places[one + 1]) is not None for one in range(first, last))


def _written_with_code(text: str, place: int) -> bool:
    """
    Whether a number that begins here may begin with a country code.

    After "+", or as a run longer than a code: the "2" of "2 07700 900123" is something else.
    """
    run = text[place : place + _LONGEST_COUNTRY + 1]
    return text[max(0, place - 1) : place] == "+" or run.startswith("00") or (len(run) > 3 and run.isdecimal())


def _same(written: str, left: str, *, abroad: bool) -> bool:
    """
    Whether two ways of writing lead to one telephone: "0", "00" and a country code come and go.

    Which country a number without a code belongs to is not known, so any code of one to three digits is taken.
    """
    if written == left:
        return True
    written, left = written.lstrip("0"), left.lstrip("0")
    if min(len(written), len(left)) < _LEAST_DIGITS:
        return False
    if written == left or written in _without_code(left).values():
        return True
    if abroad and left in _without_code(written).values():
        return True
    home = _without_code(left)
    return any(written[:code] == left[:code] and rest == home[code] for code, rest in _without_code(written).items())


def _without_code(digits: str) -> dict[int, str]:
    """What is left of a number when a country code of so many digits is taken away."""
    return {code: digits[code:].lstrip("0") for code in range(1, _LONGEST_COUNTRY + 1)}


def _digits_of(text: str) -> str:
    """In plain figures, whatever script they were written in."""
    return "".join(str(unicodedata.decimal(letter)) for letter in text if letter.isdecimal())
