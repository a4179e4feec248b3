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

_FILLER = "filler"

_NOT_WORD = re.compile(r"[^\w/?👍👎]+")


@dataclass(frozen=True)
class YesNo:
    """`answer` is one of ANSWERS; `alone` is True when the message says nothing else."""

    answer: str
    alone: bool


class YesNoReader:
    """Immutable after loading; safe to share."""

    def __init__(
        self,
        whole: Mapping[str, frozenset[str]],
        leading: Mapping[str, tuple[str, ...]],
        fillers: frozenset[str] = frozenset(),
    ) -> None:
        self._whole = whole
        self._leading = leading
        words = "|".join(re.escape(words) for words in sorted(fillers, key=len, reverse=True))
        self._fillers = re.compile(rf"(?<!\w)(?:{words})(?!\w)") if words else None

    def read(self, text: str) -> YesNo | None:
        """The answer, or None when the message does not begin with one."""
        plain = _plain(text)
        if self._fillers is not None:
            plain = " ".join(self._fillers.sub(" ", plain).split())
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
    fillers: frozenset[str] = frozenset()
    for row in rows(folder / "lexicon" / "answers.yml", faults):
        answer = row.choice("id", (*ANSWERS, _FILLER))
        words = frozenset(_plain(words) for words in row.texts("whole", required=True))
        if answer == _FILLER:
            fillers = words
        else:
            whole[answer] = words
            leading[answer] = tuple(_plain(words) for words in row.texts("leading", required=True))
        row.text("source")
        row.status()
        row.done()
    return YesNoReader(whole, leading, fillers)


def _plain(text: str) -> str:
    text = text.lower().replace("’", "").replace("'", "")
    return " ".join(_NOT_WORD.sub(" ", text).split())
