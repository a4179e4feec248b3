"""Read `pseudonyms.yml` and take out of a text what tells who wrote it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.knowledge.strict import Fault, rows
from bot.knowledge.values import checked, sources_of

_LEAST_NAME = 3  # letters; a shorter one would take ordinary words along


@dataclass(frozen=True)
class Pseudonym:
    id: str
    pattern: re.Pattern[str]
    put: str

    def replaced(self, text: str) -> str:
        """Only the group "gone" where the pattern has one: the words that introduce a name may stay."""
        if "gone" not in self.pattern.groupindex:
            return self.pattern.sub(self.put, text)

        def put(found: re.Match[str]) -> str:
            start, end = found.start("gone") - found.start(), found.end("gone") - found.start()
            return found.group()[:start] + self.put + found.group()[end:]

        return self.pattern.sub(put, text)


def load_pseudonyms(folder: Path, faults: list[Fault]) -> tuple[Pseudonym, ...]:
    """In the order of the file; faults are added to the list."""
    found = []
    for row in rows(folder / "pseudonyms.yml", faults):
        try:
            pattern = re.compile(row.text("pattern"), re.IGNORECASE)
        except re.error as error:
            row.fault(f"'pattern' is no regular expression: {error}.")
            continue
        found.append(Pseudonym(row.text("id"), pattern, row.text("put")))
        sources_of(row)
        checked(row)
    return tuple(found)


def without_person(text: str, rules: Sequence[Pseudonym], *, names: Sequence[str] = ()) -> str:
    """
    Args:
        names: What the patient and staff are called, as far as it is known; each part goes wherever it stands.
    """
    for rule in rules:
        text = rule.replaced(text)
    parts = {part for name in names for part in re.split(r"[\s,.@_-]+", name) if len(part) >= _LEAST_NAME}
    for part in sorted(parts, key=len, reverse=True):
        text = re.sub(rf"\b{re.escape(part)}\b(?!\])", "[name]", text, flags=re.IGNORECASE)
    return text
