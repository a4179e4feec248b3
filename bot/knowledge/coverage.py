"""
What the content has to cover, and what covers it: coverage.yml against the answers and the talk.

`python -m bot.knowledge.coverage` prints docs/coverage.md; a test compares the two
and fails on an item that nothing covers.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.clinical.wording import InterviewWords
from bot.knowledge.provenance import provenance, source_ids
from bot.knowledge.strict import ContentError, Fault, rows

_HEAD = """# Coverage

What the assistant has to cover, and where it does.
Made from `bot/knowledge/coverage.yml` and the `covers` of answers and steps by `python -m bot.knowledge.coverage`; do not edit.

| Item | About | Covered by |
| --- | --- | --- |
"""


@dataclass(frozen=True)
class Item:
    """One thing to cover; `by` names what covers it beside answers, as "kind:id"."""

    id: str
    about: str
    by: tuple[str, ...]


def coverage_ids(folder: Path) -> frozenset[str]:
    """The ids of coverage.yml; its own faults are `load_coverage`'s."""
    ignored: list[Fault] = []
    return frozenset(row.text("id") for row in rows(folder / "coverage.yml", ignored))


def load_coverage(folder: Path, faults: list[Fault]) -> tuple[Item, ...]:
    known = source_ids(folder)
    items = []
    for row in rows(folder / "coverage.yml", faults):
        items.append(Item(id=row.text("id"), about=row.text("about"), by=row.texts("by")))
        provenance(row, known)
    return tuple(items)


def covered_by(folder: Path, faults: list[Fault]) -> dict[str, tuple[str, ...]]:
    """
    Item id to what covers it, in order; an item without a cover has an empty tuple.

    A `by` that names something that does not exist is a fault.
    """
    from bot.knowledge.answers import load_answers  # answers.py needs the ids above
    from bot.knowledge.clot_worry import load_clot_worry
    from bot.knowledge.interview import load_interview

    items = load_coverage(folder, faults)
    found: dict[str, list[str]] = {item.id: [] for item in items}
    for answer in load_answers(folder, faults):
        for covered in answer.covers:
            found.setdefault(covered, []).append(answer.id)
    for step in load_clot_worry(folder, faults).steps.values():
        for covered in step.covers:
            found.setdefault(covered, []).append(f"clot talk: {step.id}")
    words = load_interview(folder, faults)
    for item in items:
        for name in item.by:
            if not _exists(name, words, found):
                faults.append(Fault("coverage.yml", item.id, f"'by' names '{name}', which does not exist."))
            found[item.id].append(name.replace(":", ": ").removeprefix("items: "))
    return {key: tuple(value) for key, value in found.items()}


def coverage_page(folder: Path) -> str:
    """
    docs/coverage.md as it should be.

    Raises:
        ContentError: The content itself has faults.
    """
    faults: list[Fault] = []
    covered = covered_by(folder, faults)
    about = {item.id: item.about for item in load_coverage(folder, faults)}
    if faults:
        raise ContentError(dict.fromkeys(faults))
    lines = [f"| {key} | {about[key]} | {', '.join(names) or 'nothing yet'} |" for key, names in covered.items()]
    return _HEAD + "\n".join(lines) + "\n"


def _exists(name: str, words: InterviewWords, items: Mapping[str, list[str]]) -> bool:
    kind, _, key = name.partition(":")
    if kind == "items":
        return key in items
    if kind == "questions":
        return key in words.questions
    if kind == "sentences":
        return key in words.sentences
    return key in words.names and words.names[key].group == kind


if __name__ == "__main__":
    sys.stdout.write(coverage_page(Path(__file__).parent))
