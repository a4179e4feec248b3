"""Read `tongues.yml`: languages that are recognised but not spoken, and the words of danger in each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from bot.knowledge.strict import Fault, Row, rows
from bot.knowledge.values import checked, sources_of

FILE = "tongues.yml"
SCRIPTS = ("latin", "cyrillic", "arabic", "bengali", "gurmukhi")
_PLACES = {"cannot_help": set(), "danger": {"emergency_number"}, "clinic": {"clinic_phone"}, "asks": set()}


@dataclass(frozen=True)
class Tongue:
    """
    One language.  `words` and `letters` tell it from others; `alone` are whole messages; `danger` holds phrases.

    A phrase is a tuple of words that stand close together in any order; "~" at the
    beginning or end of a word stands for any letters.
    """

    code: str
    name: str
    own_name: str
    script: str
    letters: str
    never: str
    words: tuple[str, ...]
    romanised: tuple[str, ...]
    alone: tuple[str, ...]
    danger: tuple[tuple[str, ...], ...]
    cannot_help: str
    danger_advice: str  # with {emergency_number}
    clinic: str  # with {clinic_phone}
    asks: str  # the safety question that words of danger open

    def reply(self, *, emergency_number: str, clinic_phone: str) -> str:
        """The three sentences, one a line: cannot help, what to do in danger, how to reach the clinic."""
        advice = self.danger_advice.format(emergency_number=emergency_number)
        return "\n".join((self.cannot_help, advice, self.clinic.format(clinic_phone=clinic_phone)))


@dataclass(frozen=True)
class TongueWords:
    """Every recognised language, and frequent words of English messages."""

    tongues: tuple[Tongue, ...]
    english: frozenset[str]


def load_tongues(folder: Path, faults: list[Fault]) -> TongueWords:
    """The languages of `folder/tongues.yml`; faults are collected."""
    path = folder / FILE
    tongues = tuple(_tongue(row, faults) for row in rows(path, faults, key="tongues"))
    english: set[str] = set()
    for row in rows(path, faults, key="english"):
        english.update(row.texts("words", required=True))
        sources_of(row)
        checked(row)
    return TongueWords(tongues, frozenset(english))


def _tongue(row: Row, faults: list[Fault]) -> Tongue:
    sentences = Row(row.raw("sentences"), file=row.file, row=f"{row.row}, sentences", faults=faults)
    said = {key: _sentence(sentences, key, places) for key, places in _PLACES.items()}
    sentences.done()
    tongue = Tongue(
        code=row.text("id"),
        name=row.text("name"),
        own_name=row.text("own_name"),
        script=row.choice("script", SCRIPTS),
        letters=row.text("letters", default=""),
        never=row.text("never", default=""),
        words=row.texts("words", required=True),
        romanised=row.texts("romanised"),
        alone=row.texts("alone"),
        danger=tuple(_phrase(row, phrase) for phrase in row.texts("danger", required=True)),
        cannot_help=said["cannot_help"],
        danger_advice=said["danger"],
        clinic=said["clinic"],
        asks=said["asks"],
    )
    sources_of(row)
    checked(row)
    return tongue


def _sentence(row: Row, key: str, places: set[str]) -> str:
    text = row.text(key)
    found = set(re.findall(r"\{([^{}]*)\}", text))
    if text and found != places:
        row.fault(
            f"'{key}' must hold {', '.join(f'{{{p}}}' for p in places) or 'no place in braces'}, found {found or 'none'}."
        )
    return text


def _phrase(row: Row, phrase: str) -> tuple[str, ...]:
    words = tuple(phrase.split())
    for word in words:
        if len(word.strip("~")) < 2 and len(words) == 1:
            row.fault(f"the danger phrase {phrase!r} is too short to mean anything.")
        if "~" in word.strip("~"):
            row.fault(f"the danger phrase {phrase!r}: '~' may stand only at the beginning or end of a word.")
    return words
