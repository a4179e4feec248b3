"""What kind of clarifying a patient asks for; the cues are `lexicon/clarify.yml`."""

from __future__ import annotations

import re
from pathlib import Path

from bot.knowledge.strict import Fault, rows

KINDS: tuple[str, ...] = ("why", "more", "again", "meaning")


class ClarifyReader:
    """Immutable after loading; safe to share."""

    def __init__(self, cues: dict[str, tuple[str, ...]]) -> None:
        self._patterns = {
            kind: re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, words)) + r")(?!\w)")
            for kind, words in cues.items()
        }

    def read(self, text: str) -> str:
        """One of KINDS; "meaning" when nothing more special is asked."""
        lower = text.lower().replace("’", "'")
        return next((kind for kind, pattern in self._patterns.items() if pattern.search(lower)), "meaning")


def load_clarify(folder: Path, faults: list[Fault]) -> ClarifyReader:
    """The reader of `folder`/lexicon/clarify.yml; faults are added to the list."""
    cues = {}
    for row in rows(folder / "lexicon" / "clarify.yml", faults):
        cues[row.choice("id", KINDS)] = row.texts("cues", required=True)
        row.text("source")
        row.status()
        row.done()
    return ClarifyReader(cues)
