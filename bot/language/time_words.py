"""The words of time: units in days, intervals, and the words around a length of time (`lexicon/time.yml`)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.knowledge.phrases import LEXICON
from bot.knowledge.strict import ContentError, Fault, rows

#: Sets that code asks for by name; a missing one stops the start.
SETS: tuple[str, ...] = (
    "vague",
    "about",
    "lead",
    "rate-before",
    "not-pregnant",
    "season",
    "long",
    "lost-in",
    "since-filler",
    "since-vague",
    "more",
    "restart",
    "clause-verb",
    "other-event",
    "introduces",
    "stopped",
    "contrast",
    "last-injection",
    "not-last-injection",
)
_MISSPELT_FROM = 4  # letters; shorter words have too many neighbours


class TimeWords:
    """
    Raises:
        ContentError: The file has a fault or lacks a set.
    """

    def __init__(self, folder: Path = LEXICON) -> None:
        faults: list[Fault] = []
        self.units: dict[str, int] = {}
        self.letters: dict[str, int] = {}
        self.intervals: dict[str, int] = {}
        self.lately: dict[str, int] = {}  # behind "last" ("last week"); "yesterday" stands alone
        self._sets: dict[str, frozenset[str]] = {}
        for row in rows(folder / "time.yml", faults):
            name, words, days = row.text("id"), row.texts("words", required=True), row.whole("days")
            row.text("source")
            row.status()
            row.done()
            for prefix, target in (
                ("unit-", self.units),
                ("letter-", self.letters),
                ("every-", self.intervals),
                ("lately-", self.lately),
            ):
                if name.startswith(prefix):
                    if days is None:
                        row.fault("'days' is missing; expected how many days one of it is.")
                    target.update(dict.fromkeys(words, days or 0))
            self._sets[name] = frozenset(words)
        faults += [Fault("time.yml", "", f"no row '{name}'.") for name in SETS if name not in self._sets]
        if faults:
            raise ContentError(faults)
        self._long_units = [
            word for word in self.units if len(word) > _MISSPELT_FROM or word in {"week", "year", "days"}
        ]

    def __getitem__(self, name: str) -> frozenset[str]:
        return self._sets[name]

    def misspelt_unit(self, word: str) -> int | None:
        """ "munths", "yeers": one letter away from a unit; only to be asked for behind a figure."""
        if len(word) < _MISSPELT_FROM:
            return None
        near = process.extractOne(word, self._long_units, scorer=OSA.distance, score_cutoff=1)
        return self.units[near[0]] if near and near[0][0] == word[0] else None


@lru_cache(maxsize=1)
def time_words() -> TimeWords:
    """The shipped words, read once."""
    return TimeWords()
