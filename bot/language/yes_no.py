"""
Read the answer to a question that was just put: yes, no, unsure or declined.

Only the beginning or the whole of a message counts, so that "no" inside a sentence
about something else answers nothing.  The words are `lexicon/answers.yml`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.knowledge.strict import Fault, rows

ANSWERS: tuple[str, ...] = ("declined", "unsure", "no", "yes")  # the more specific first

_NOT_WORD = re.compile(r"[^\w/?👍👎]+")


@dataclass(frozen=True)
class YesNo:
    """`answer` is one of ANSWERS; `alone` is True when the message says nothing else."""

    answer: str
    alone: bool


class YesNoReader:
    """Immutable after loading; safe to share."""

    def __init__(self, whole: Mapping[str, frozenset[str]], leading: Mapping[str, tuple[str, ...]]) -> None:
        self._whole = whole
        self._leading = leading

    def read(self, text: str) -> YesNo | None:
        """The answer, or None when the message does not begin with one."""
        plain = _plain(text)
        for answer in ANSWERS:
            if plain in self._whole[answer]:
                return YesNo(answer, alone=True)
        for answer in ANSWERS:
            if any(plain.startswith(cue + " ") for cue in self._leading[answer]):
                return YesNo(answer, alone=False)
        return None


def load_yes_no(folder: Path, faults: list[Fault]) -> YesNoReader:
    """The reader of `folder`/lexicon/answers.yml; faults are added to the list."""
    whole: dict[str, frozenset[str]] = {answer: frozenset() for answer in ANSWERS}
    leading: dict[str, tuple[str, ...]] = dict.fromkeys(ANSWERS, ())
    for row in rows(folder / "lexicon" / "answers.yml", faults):
        answer = row.choice("id", ANSWERS)
        whole[answer] = frozenset(_plain(words) for words in row.texts("whole", required=True))
        leading[answer] = tuple(_plain(words) for words in row.texts("leading", required=True))
        row.text("source")
        row.status()
        row.done()
    return YesNoReader(whole, leading)


def _plain(text: str) -> str:
    text = text.lower().replace("’", "").replace("'", "")
    return " ".join(_NOT_WORD.sub(" ", text).split())
