"""
How people say each symptom and each item of history, read as plain values.

Files: `lexicon/symptoms.yml`, `lexicon/history.yml`, shared classes in `lexicon/words.yml`.
Every pattern stands with a sentence that it must find, or for `never` must not; the
tests run them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.clinical.codes import HISTORY, SYMPTOMS
from bot.knowledge.phrases import word_classes
from bot.knowledge.strict import ContentError, Fault, Row, read_yaml, rows


@dataclass(frozen=True)
class Saying:
    """
    The patterns of one code, each with its example sentence.  `weak` ones name it only in
    part ("memory"), so that any other phrase is shown instead.  `topics` name it only in a
    question and in the answer to it ("mood", "eyesight").

    `lasting`: once true, always true.  `recent_days`: a use that ended within so many
    days still counts.  `within_days`: an event counts only when so recent; `event` says
    that the code is an event and not a state.  `family_as`: the code a blood relative's
    mention gives.  `confused_with`: codes that a correction to this one takes back.  `hides`: codes whose words inside this one's are no findings of their
    own.  `lately`: told in the past tense it is still so, unless it was long ago ("had my
    jab last week").  `of_child`: said of the patient's baby it is said of the patient
    ("the baby is breastfed").  `needs_date`: an event told without a time says nothing.
    `absent_alone`: false where "all is well" counts only beside the thing itself ("all clear").  `absent_of_parts`: true where "all is well" may be said
    of one part of the body while another is not ("hands fine, feet numb").  `only_certain`: "I might be" is no finding.
    """

    code: str
    phrases: Mapping[str, str]
    weak: Mapping[str, str] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)
    never: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    topics: tuple[str, ...] = ()
    lasting: bool = False
    event: bool = False
    family_as: str | None = None
    confused_with: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()
    lately: bool = False
    of_child: bool = False
    only_certain: bool = False
    needs_date: bool = False
    absent_alone: bool = True
    absent_of_parts: bool = False
    recent_days: int | None = None
    within_days: int | None = None


@dataclass(frozen=True)
class Sayings:
    """All codes with the word classes that their patterns share."""

    rows: tuple[Saying, ...]
    classes: Mapping[str, tuple[str, ...]]


def load_sayings(folder: Path, faults: list[Fault]) -> Sayings:
    """Read the three files; a code of the contract without a row is a fault."""
    try:
        classes = word_classes(read_yaml(folder / "words.yml"), "words.yml", faults)
    except ContentError as error:
        faults.extend(error.faults)
        classes = {}
    sayings = [
        *_read(folder / "symptoms.yml", SYMPTOMS, faults),
        *_read(folder / "history.yml", HISTORY, faults),
    ]
    return Sayings(tuple(sayings), classes)


def _read(path: Path, codes: tuple[str, ...], faults: list[Fault]) -> list[Saying]:
    result = []
    for row in rows(path, faults):
        saying = Saying(
            code=row.choice("id", codes),
            phrases=_examples(row, "phrases", required=True),
            weak=_examples(row, "weak"),
            absent=_examples(row, "absent"),
            never=_examples(row, "never"),
            details=_details(row),
            topics=row.texts("topics"),
            lasting=row.flag("lasting"),
            event=row.flag("event"),
            family_as=row.choice("family_as", codes) if row.raw("family_as") else None,
            confused_with=row.choices("confused_with", codes),
            hides=row.choices("hides", (*SYMPTOMS, *HISTORY)),
            lately=row.flag("lately"),
            of_child=row.flag("of_child"),
            only_certain=row.flag("only_certain"),
            needs_date=row.flag("needs_date"),
            absent_alone=row.flag("absent_alone", default=True),
            absent_of_parts=row.flag("absent_of_parts"),
            recent_days=row.whole("recent_days"),
            within_days=row.whole("within_days"),
        )
        row.text("source")
        row.status()
        row.done()
        result.append(saying)
    missing = set(codes) - {saying.code for saying in result}
    if missing:
        faults.append(Fault(path.name, "", f"no row for: {', '.join(sorted(missing))}."))
    return result


def _examples(row: Row, key: str, *, required: bool = False) -> dict[str, str]:
    value = row.raw(key)
    if value is None and not required:
        return {}
    if not isinstance(value, Mapping) or (required and not value):
        row.fault(f"'{key}' must map each pattern to a sentence that shows it, found {type(value).__name__}.")
        return {}
    result = {}
    for pattern, example in value.items():
        if not isinstance(pattern, str) or not isinstance(example, str) or not example.strip():
            row.fault(f"'{key}', {pattern!r}: expected a pattern and an example sentence, both quoted texts.")
            continue
        result[pattern] = example
    return result


def _details(row: Row) -> dict[str, tuple[str, ...]]:
    value = row.raw("details")
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        row.fault("'details' must map each detail to a list of patterns.")
        return {}
    return {
        str(detail): tuple(pattern for pattern in patterns if isinstance(pattern, str))
        for detail, patterns in value.items()
        if isinstance(patterns, list)
    }
