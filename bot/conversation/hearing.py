"""
Take up one message of the patient: what it tells, corrects and answers.

Pure: a `Picture` and a message in, a new `Picture` and what was `Heard` out.  Reading
the words is `bot.language`; deciding anything from them is `bot.clinical`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Protocol

from bot.clinical.codes import SYMPTOMS, Who
from bot.clinical.findings import B12Course, Finding, LabResult, Person
from bot.conversation.picture import Picture
from bot.conversation.plain import from_plain, to_plain
from bot.conversation.questions import (
    ANSWERED,
    DECLINED,
    MEANINGS,
    UNKNOWN,
    asked_and_open,
    close_worn_out,
    context_for,
)
from bot.language.yes_no import YesNo


@dataclass(frozen=True)
class Heard:
    """What one message brought.  Codes are new or changed ones only, for the read-back."""

    message_id: str = ""
    noted: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    corrected: tuple[str, ...] = ()
    labs: tuple[LabResult, ...] = ()
    person: tuple[str, ...] = ()  # fields of Person that became known
    answered: str | None = None  # the open question that this message answered
    outcome: str | None = None
    yes_no: str | None = None
    told: bool = False  # the reply already speaks of it
    digression: bool = False  # the message asked for something else first

    @property
    def anything(self) -> bool:
        return bool(self.noted or self.absent or self.corrected or self.labs or self.person or self.answered)

    def to_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = to_plain(self)
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any] | None) -> Heard:
        return from_plain(cls, plain) if plain else cls()


class Read(Protocol):
    """What a reader found in one message; see `bot.language.reading.Reading`."""

    @property
    def findings(self) -> tuple[Finding, ...]: ...

    @property
    def labs(self) -> tuple[LabResult, ...]: ...

    @property
    def person(self) -> Person: ...

    @property
    def treatment(self) -> B12Course: ...

    @property
    def deficiency_confirmed_by_doctor(self) -> bool | None: ...


@dataclass(frozen=True)
class Spoken:
    """One message as the readers see it."""

    text: str
    message_id: str
    reading: Read
    yes_no: YesNo | None = None
    lab_unit: str | None = None  # a unit that stands in the message, with or without a number
    question: str | None = None  # the open question's code
    today: date = field(default_factory=date.today)


def reading_context(question: str | None) -> str | None:
    """The context to read a message in, given the open question."""
    return context_for(question)


def take_up(picture: Picture, spoken: Spoken) -> tuple[Picture, Heard]:
    """
    The picture after this message, and what the message brought.

    The open question is tried first, then any other that was put and is still open, so
    that "42" still answers the age after a result came in between.
    """
    turn = picture.turns
    reading = spoken.reading
    findings = tuple(_at(turn, finding) for finding in reading.findings if finding.who is Who.PATIENT)
    labs = tuple(_at(turn, lab) for lab in reading.labs)
    before = picture.patient
    picture = replace(picture, turns=turn + 1).learn(
        findings=findings,
        labs=labs,
        person=reading.person,
        treatment=reading.treatment,
        deficiency_confirmed_by_doctor=reading.deficiency_confirmed_by_doctor,
    )
    picture = replace(picture, quotes={**picture.quotes, **_quotes(spoken.text, (*findings, *labs))})
    picture, unit_given = _complete_unit(picture, spoken)
    picture, answered, outcome = _answer(picture, spoken, told=bool(findings or labs or unit_given))
    patient = picture.patient
    known_before = {f.code: f.present for f in before.symptoms + before.history}
    known_now = {f.code: f.present for f in patient.symptoms + patient.history}
    changed = [code for code, present in known_now.items() if known_before.get(code) != present]
    heard = Heard(
        message_id=spoken.message_id,
        noted=tuple(c for c in changed if known_now[c] and c not in known_before),
        absent=tuple(c for c in changed if not known_now[c] and c not in known_before),
        corrected=tuple(c for c in changed if c in known_before),
        labs=tuple(lab for lab in patient.labs if lab not in before.labs),
        person=tuple(
            name
            for name in ("age", "sex", "pregnant", "trimester", "writes_for")
            if getattr(patient.person, name) != getattr(before.person, name)
        ),
        answered=answered,
        outcome=outcome,
        yes_no=spoken.yes_no.answer if spoken.yes_no else None,
    )
    return picture, heard


def missed(picture: Picture, question: str | None) -> Picture:
    """The open question was talked past; what was talked past often enough is put down as not known."""
    if question is None or picture.asked(question).outcome is not None:
        return picture
    return close_worn_out(picture.with_question(question, missed=picture.asked(question).missed + 1))


def _at(turn: int, item: Any) -> Any:
    return replace(item, words=replace(item.words, turn=turn)) if item.words else item


#: Where a clause ends, for quoting; and how much of it is worth reading again.
_CLAUSE_END = re.compile(r"[,;.!?\n]+\s|\n|\s(?:and|but|also|plus)\s")
_LONGEST_QUOTE = 90


def _quotes(text: str, items: tuple[Any, ...]) -> dict[str, str]:
    """The patient's own clause behind each code, so that "because you said" reads like what they said."""
    edges = [0, *(edge for match in _CLAUSE_END.finditer(text) for edge in match.span()), len(text)]
    found = {}
    for item in items:
        if item.words is None:
            continue
        start = max(edge for edge in edges if edge <= item.words.start)
        end = min(edge for edge in edges if edge >= item.words.end)
        clause = text[start:end].strip(" ,;.!?\n")
        code = item.analyte if isinstance(item, LabResult) else item.code
        found[code] = clause if len(clause) <= _LONGEST_QUOTE else item.words.text
    return found


def _complete_unit(picture: Picture, spoken: Spoken) -> tuple[Picture, bool]:
    """A unit that comes by itself completes the B12 result that waits for one."""
    if spoken.lab_unit is None:
        return picture, False
    for lab in picture.patient.labs:
        if lab.analyte in ("b12", "folate") and lab.unit is None and lab.canonical_value is None:
            return picture.with_question(f"{lab.analyte}_unit", outcome=ANSWERED), True
    return picture, False


def _answer(picture: Picture, spoken: Spoken, *, told: bool) -> tuple[Picture, str | None, str | None]:
    open_first = [code for code in (spoken.question, *asked_and_open(picture)) if code is not None]
    for place, code in enumerate(dict.fromkeys(open_first)):
        if code not in MEANINGS or picture.asked(code).outcome is not None:
            continue
        outcome, picture = _outcome(picture, spoken, code, current=place == 0, told=told)
        if outcome is not None:
            return picture.with_question(code, outcome=outcome), code, outcome
    return picture, None, None


def _outcome(picture: Picture, spoken: Spoken, code: str, *, current: bool, told: bool) -> tuple[str | None, Picture]:
    reading, yes_no = spoken.reading, spoken.yes_no
    if code == "age":
        age = reading.person.age if reading.person.age is not None else _bare_age(spoken.text)
        if age is not None:
            return ANSWERED, picture.learn(person=Person(age=age))
    elif _speaks_of(code, reading):
        return ANSWERED, picture
    if not current or yes_no is None:
        return None, picture
    meaning = MEANINGS[code]
    if yes_no.answer == "unsure":
        return UNKNOWN, picture
    if yes_no.answer == "declined":
        return DECLINED, picture
    if yes_no.answer == "no" and (yes_no.alone or not told or meaning.no):
        denied = tuple(Finding(code=name, present=False) for name in meaning.no if not _said(name, reading))
        return meaning.no_outcome, picture.learn(findings=denied, person=_person(code, pregnant=False))
    if yes_no.answer == "yes" and meaning.yes_outcome is not None:
        affirmed = tuple(Finding(code=name) for name in meaning.yes if not _said(name, reading))
        return meaning.yes_outcome, picture.learn(findings=affirmed, person=_person(code, pregnant=True))
    return None, picture


def _person(code: str, *, pregnant: bool) -> Person | None:
    return Person(pregnant=pregnant) if code == "pregnant" else None


def _said(code: str, reading: Read) -> bool:
    return any(finding.code == code for finding in reading.findings)


def _speaks_of(code: str, reading: Read) -> bool:
    """The message itself tells what the question asks."""
    codes = {finding.code for finding in reading.findings if finding.who is Who.PATIENT}
    if code == "pregnant":
        return reading.person.pregnant is not None or bool(codes & {"pregnancy", "breastfeeding"})
    if code == "current_b12":
        return bool(codes & {"current_b12_injections", "current_oral_b12"}) or reading.treatment != B12Course()
    if code == "b12":
        return any(lab.analyte in ("b12", "active_b12") for lab in reading.labs)
    if code == "b12_unit":
        return any(lab.analyte == "b12" and lab.unit for lab in reading.labs)
    if code == "main_symptoms":
        return bool(codes & set(SYMPTOMS))
    if code == "cause":
        return bool(
            codes - set(SYMPTOMS) - {"current_b12_injections", "current_oral_b12", "pregnancy", "breastfeeding"}
        )
    return False


_BARE_AGE = re.compile(r"(?:i'?m |i am |im |age |aged )?(\d{1,3})(?: ?(?:yo|yrs?|years?)(?: old)?)?")


def _bare_age(text: str) -> int | None:
    """A number alone, or alone before a comma: "42", "im 42", "42, no, none"."""
    for part in re.split(r"[,;.\n]", text.lower()):
        match = _BARE_AGE.fullmatch(part.strip())
        if match and 0 < int(match.group(1)) <= 115:
            return int(match.group(1))
    return None
