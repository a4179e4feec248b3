"""
The words people use, read from `bot/knowledge/lexicon/` as plain values.

Only shape is checked here (known keys, known kinds, unique ids); whether a pattern can
be read is checked where patterns are understood (`bot.language`), with the same faults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.knowledge.strict import Fault, Row, read_yaml, rows

LEXICON = Path(__file__).parent / "lexicon"

CUE_KINDS = (
    "deny",
    "deny_back",
    "affirm_back",
    "keep",
    "ended",
    "ended_back",
    "gone",
    "gone_back",
    "past",
    "dated",
    "lately",
    "now",
    "was",
    "hypothetical",
    "plan",
    "general",
    "question",
    "given",
    "uncertain",
    "family",
    "family_back",
    "writes_for",
    "asks_for",
    "stop",
    "correction",
    "deny_it",
    "affirm_it",
    "ended_it",
    "family_it",
    "plan_back",
    "returned",
    "trouble",
)


@dataclass(frozen=True)
class Cue:
    """
    One way to say that something is so, is not so, is over, is asked.

    `start`: counts only where a sentence or a part of it begins; `final`: only where one
    ends; `marked`: only in a sentence with a question mark.  `hides`: the kinds of cue that a `keep` takes out.  `nouns`: a denial that
    reaches over a list of nouns but not over "tired", "dizzy" and other states.
    """

    id: str
    kind: str
    phrases: tuple[str, ...]
    start: bool = False
    final: bool = False
    marked: bool = False
    nouns: bool = False
    hides: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cues:
    """All cues; `people` maps a word ("mums") to the person it names ("mum"); `blood` are the relatives by blood."""

    cues: tuple[Cue, ...]
    classes: Mapping[str, tuple[str, ...]]
    people: Mapping[str, str]
    blood: frozenset[str]


def load_cues(folder: Path, faults: list[Fault]) -> Cues:
    """Read `context.yml`; faults are added to the list, and what can be read is returned."""
    path = folder / "context.yml"
    data = read_yaml(path)
    if not isinstance(data, Mapping):
        faults.append(Fault(path.name, "", "expected 'classes', 'relatives' and 'cues'."))
        return Cues((), {}, {}, frozenset())
    top = Row(data, file=path.name, row="", faults=faults)
    classes = word_classes(top.raw("classes", {}), path.name, faults)
    people: dict[str, str] = {}
    blood: set[str] = set()
    relatives = top.raw("relatives", {}) or {}
    for side in ("blood", "other"):
        for person, words in (relatives.get(side) or {}).items():
            for word in words:
                if word in people:
                    faults.append(Fault(path.name, person, f"the word '{word}' already names '{people[word]}'."))
                people[word] = person
            if side == "blood":
                blood.add(person)
    classes["person"] = tuple(people)
    classes["blood"] = tuple(word for word, person in people.items() if person in blood)
    cues = []
    seen: set[str] = set()
    for number, item in enumerate(top.raw("cues", []) or [], start=1):
        name = str(item.get("id", "")) if isinstance(item, Mapping) else ""
        name = name or f"cue {number}"
        row = Row(item, file=path.name, row=name, faults=faults)
        cue = Cue(
            id=row.text("id"),
            kind=row.choice("kind", CUE_KINDS),
            phrases=row.texts("phrases", required=True),
            start=row.flag("start"),
            final=row.flag("final"),
            marked=row.flag("marked"),
            hides=row.choices("hides", CUE_KINDS),
            nouns=row.flag("nouns"),
        )
        row.text("source")
        row.status()
        row.done()
        if cue.id in seen:
            row.fault(f"the id '{cue.id}' is used twice; ids must be unique.")
        seen.add(cue.id)
        cues.append(cue)
    top.done()
    return Cues(tuple(cues), classes, people, frozenset(blood))


def load_phrase_rows(path: Path, faults: list[Fault]) -> dict[str, tuple[str, ...]]:
    """The phrases of each row of a plain list file, by id."""
    result: dict[str, tuple[str, ...]] = {}
    for row in rows(path, faults):
        result[row.text("id")] = row.texts("phrases", required=True)
        row.text("source")
        row.status()
        row.done()
    return result


def word_classes(data: object, file: str, faults: list[Fault]) -> dict[str, tuple[str, ...]]:
    """Class name to its members; a fault for anything that is not a list of texts."""
    classes: dict[str, tuple[str, ...]] = {}
    if not isinstance(data, Mapping):
        faults.append(Fault(file, "classes", "expected class names with lists of words."))
        return classes
    for name, members in data.items():
        if not isinstance(members, list) or not all(isinstance(member, str) for member in members):
            faults.append(Fault(file, f"class {name}", 'expected a list of texts (quote words such as "null" or 12).'))
            continue
        classes[str(name)] = tuple(members)
    return classes
