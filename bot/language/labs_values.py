"""What reading a message builds up: values with their test, and the test in focus."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from bot.knowledge.lab_words import TestName
from bot.language.labs_marks import Mark


@dataclass
class Value:
    """One number with its test, before units are shared and put on the canonical scale."""

    analyte: str
    number: Decimal
    comparator: str
    mark: int  # which mark of the message
    start: int
    end: int
    unit: str | None = None
    others: bool = False  # somebody else's, not the patient's
    old: bool = False
    now: bool = False
    iso: str | None = None
    days: int | None = None


@dataclass
class Focus:
    """The test, or tests, that were named last, and what has been said since."""

    names: list[Mark]
    others: bool = False
    treatment: bool = False  # named as a medicine or an illness
    level: bool = False  # a word such as "level" or "result" was said since
    strangers: int = 0
    broken: bool = False  # a sentence or a line ended since
    valued: bool = False  # has a number already
    rising: bool = False  # "went up", "dropped" was said since
    corrected: bool = False  # named while taking something back
    unit: str | None = None  # said between the test and its number

    @property
    def name(self) -> TestName:
        return self.names[-1].name or TestName(None)


@dataclass
class Linked:
    """The values in order of appearance and the units that were said apart from any number."""

    values: list[Value] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
