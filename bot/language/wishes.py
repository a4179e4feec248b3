"""Tell a few set wishes and ways of putting things by their words; the words are `lexicon/wishes.yml`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bot.knowledge.strict import Fault, rows

#: Ways of answering urgent advice; they count only while it is open.
ADVICE_REPLIES: tuple[str, ...] = (
    "danger_worse",
    "danger_refused",
    "danger_eased",
    "danger_no_care",
    "danger_alone",
    "danger_going",
    "danger_company",
)

#: Wishes that are intents of the dialogue by these names.
WISHES: tuple[str, ...] = (
    "tampering",
    "request_human",
    "ask_confidential",
    "wants_reassurance",
    "carer_asks",
    "shared_device",
    "about_myself",
    "abuse",
    "testing",
    "share_summary",
    "ask_questions_list",
    "ask_what_is_known",
    "ask_progress",
    "ask_what_it_does",
    "how_are_you",
    "what_if",
    "simplify",
    "repeat_clarify",
    "start_assessment",
)

#: Ways of putting something; they are no wishes.
MANNERS: tuple[str, ...] = (
    "worried",
    "high",
    "low",
    "normal",
    "instead_of",
    "meant",
    "under_16",
    "over_60",
    "grown_up",
    "politely",
    "none_of_them",
    "has_it",
    "said_level",
    "last_dose",
    "asking",
    "change_medicine",
    "ended",
    "little_b12",
    "what_is",
    "wants_verdict",
    "wants_diagnosis",
)

#: A pasted report is no list of questions.
_LONGEST_SPLIT = 400

_NOT_WORD = re.compile(r"[^\w&]+")


@dataclass(frozen=True)
class _Cues:
    whole: frozenset[str]
    cues: tuple[str, ...]
    pattern: re.Pattern[str] | None


class WishReader:
    """Immutable after loading; safe to share."""

    def __init__(self, cues: Mapping[str, _Cues]) -> None:
        self._cues = MappingProxyType(dict(cues))

    def wish(self, text: str) -> str | None:
        """One of WISHES, or None."""
        return self._first(text, WISHES)

    def reply_to_advice(self, text: str) -> str | None:
        """One of ADVICE_REPLIES, or None."""
        return self._first(text, ADVICE_REPLIES)

    def is_put(self, text: str, manner: str) -> bool:
        """Whether the message is put in this way (one of MANNERS)."""
        return self._holds(plain(text), manner)

    def words_of(self, manner: str) -> tuple[str, ...]:
        """The words that stand for a manner, the longest first."""
        return tuple(sorted(self._cues[manner].cues, key=len, reverse=True))

    def _first(self, text: str, codes: Iterable[str]) -> str | None:
        words = plain(text)
        return next((code for code in codes if self._holds(words, code)), None)

    def _holds(self, words: str, code: str) -> bool:
        row = self._cues[code]
        return words in row.whole or (row.pattern is not None and row.pattern.search(words) is not None)


def plain(text: str) -> str:
    """Lower case, without apostrophes and punctuation."""
    text = text.lower().replace("’", "").replace("'", "")
    return " ".join(_NOT_WORD.sub(" ", text).split())


def asks(wishes: WishReader, text: str) -> bool:
    """Whether a message asks something, by its mark or its words; one that does not only tells."""
    return "?" in text or wishes.is_put(text, "asking")


_BETWEEN_QUESTIONS = re.compile(r"[?.!;\n]+\s*|,?\s+(?:and|also|plus)\s+", re.IGNORECASE)
_MOST_QUESTIONS, _FEWEST_WORDS = 4, 3


def questions_in(wishes: WishReader, text: str) -> tuple[str, ...]:
    """The questions of a message one by one; empty where it holds at most one."""
    parts = [part.strip() for part in _BETWEEN_QUESTIONS.split(text[:_LONGEST_SPLIT])]
    asked = [part for part in parts if len(part.split()) >= _FEWEST_WORDS and wishes.is_put(part, "asking")]
    return tuple(asked[:_MOST_QUESTIONS]) if len(asked) > 1 else ()


def has_words(text: str) -> bool:
    """Whether there is anything to read: a letter or a digit of any script."""
    return any(character.isalnum() for character in text)


def load_wishes(folder: Path, faults: list[Fault]) -> WishReader:
    """The reader of `folder`/lexicon/wishes.yml; faults are added to the list."""
    known = (*ADVICE_REPLIES, *WISHES, *MANNERS)
    found: dict[str, _Cues] = {}
    for row in rows(folder / "lexicon" / "wishes.yml", faults):
        code = row.choice("id", known)
        whole = frozenset(plain(words) for words in row.texts("whole"))
        cues = tuple(dict.fromkeys(plain(words) for words in row.texts("cues")))
        if not whole and not cues:
            row.fault("needs 'whole' or 'cues'.")
        pattern = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, cues)) + r")(?!\w)") if cues else None
        found[code] = _Cues(whole, cues, pattern)
        row.text("source")
        row.status()
        row.done()
    for code in known:
        if code not in found:
            faults.append(Fault("wishes.yml", code, "is missing; write its words."))
            found[code] = _Cues(frozenset(), (), None)
    return WishReader(found)
