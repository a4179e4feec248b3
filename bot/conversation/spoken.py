"""One message as the readers see it: its words, what was read in them, and what it answers or puts right."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from bot.clinical.findings import B12Course, Finding, LabResult, Person
from bot.language.yes_no import YesNo


class Read(Protocol):
    """What a reader found in one message; see `bot.language.reading.Reading`."""

    @property
    def findings(self) -> tuple[Finding, ...]: ...

    @property
    def labs(self) -> tuple[LabResult, ...]: ...

    @property
    def person(self) -> Person: ...

    @property
    def treatment(self) -> B12Course: ...

    @property
    def deficiency_confirmed_by_doctor(self) -> bool | None: ...


@dataclass(frozen=True)
class Correction:
    """A number said before that is replaced: an age, or a result by another one (None: taken out)."""

    age: int | None = None
    before: LabResult | None = None
    after: LabResult | None = None


@dataclass(frozen=True)
class Spoken:
    """One message as the readers see it."""

    text: str
    message_id: str
    reading: Read
    yes_no: YesNo | None = None
    lab_unit: str | None = None  # a unit that stands in the message, with or without a number
    question: str | None = None  # the open question's code
    polite: bool = False  # "ok", "thanks": no yes to a question about health
    age_group: str | None = None  # "under_16", "grown_up" or "over_60", where a group was picked
    has_it: bool = False  # "I have the number", which is still to come
    said_level: bool = False  # "I was told it is low"
    little_b12: bool = False  # "just a multivitamin"
    correction: Correction | None = None
    two_numbers: bool = False  # "162 or 126"
    takes_back: bool = False  # words of correcting or of ending: what it changes is no contradiction
    own_words: frozenset[str] | None = None  # codes that the message names without the question's help; None: all
    today: date = field(default_factory=date.today)

    def names(self, code: str) -> bool:
        """Whether the message itself speaks of it."""
        return self.own_words is None or code in self.own_words
