"""
Take up one message of the patient: what it tells, corrects and answers.

Pure: a `Picture` and a message in, a new `Picture` and what was `Heard` out.  Reading
the words is `bot.language`; deciding anything from them is `bot.clinical`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.clinical.codes import Who
from bot.clinical.findings import Finding, LabResult, Patient, Person
from bot.conversation.answers_to_questions import answer
from bot.conversation.contradictions import NOT_ASKED_WITH_CAUSE, contradictions
from bot.conversation.picture import Picture
from bot.conversation.plain import from_plain, to_plain
from bot.conversation.questions import ADULT_FROM, ANSWERED
from bot.conversation.spoken import Spoken


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
    put_right: bool = False  # a number said before was replaced
    told: bool = False  # the reply already speaks of it
    known: tuple[str, ...] = ()  # codes told once more
    changed_age: bool = False
    two_numbers: bool = False  # two numbers where one is wanted
    digression: bool = False  # the message asked for something else first

    @property
    def anything(self) -> bool:
        return bool(self.noted or self.absent or self.corrected or self.labs or self.person or self.answered)

    @property
    def told_much(self) -> bool:
        """It told something about the patient that was not known."""
        return bool(self.noted or self.corrected or self.labs)

    def to_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = to_plain(self)
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any] | None) -> Heard:
        return from_plain(cls, plain) if plain else cls()


def take_up(picture: Picture, spoken: Spoken) -> tuple[Picture, Heard]:
    """
    The picture after this message, and what the message brought.

    The open question is tried first, then any other that was put and is still open, so
    that "42" still answers the age after a result came in between.
    """
    turn = picture.turns
    spoken = _still_under_age(_keep_what_was_named(picture, _without_bare_times(spoken)))
    reading = spoken.reading
    findings = tuple(_at(turn, finding) for finding in reading.findings if finding.who is Who.PATIENT)
    labs = tuple(_at(turn, lab) for lab in reading.labs)
    before = picture.patient
    picture, put_right = _put_right(replace(picture, turns=turn + 1), spoken)
    if spoken.question == "cause":
        findings = tuple(f for f in findings if f.present or f.code not in NOT_ASKED_WITH_CAUSE)
    picture = picture.learn(
        findings=findings,
        labs=labs,
        person=reading.person,
        treatment=reading.treatment,
        deficiency_confirmed_by_doctor=reading.deficiency_confirmed_by_doctor,
    )
    quotes = _quotes(spoken.text, (*findings, *labs))
    conflicts = contradictions(before, picture, spoken, quotes, findings=findings, labs=labs)
    picture = replace(picture, quotes=_kept_quotes(before, picture, quotes), conflicts=(*picture.conflicts, *conflicts))
    picture, unit_given = _complete_unit(picture, spoken)
    picture, answered, outcome = answer(picture, spoken, told=bool(findings or labs or unit_given))
    patient = picture.patient
    known_before = {f.code: f.present for f in before.symptoms + before.history}
    known_now = {f.code: f.present for f in patient.symptoms + patient.history}
    changed = [code for code, present in known_now.items() if known_before.get(code) != present]
    heard = Heard(
        message_id=spoken.message_id,
        noted=tuple(c for c in changed if known_now[c] and c not in known_before),
        absent=tuple(c for c in changed if not known_now[c] and c not in known_before),
        corrected=tuple(c for c in changed if c in known_before),
        labs=tuple(lab for lab in patient.labs if lab not in before.labs and not lab.confirmed),
        person=tuple(
            name
            for name in ("age", "sex", "pregnant", "trimester", "writes_for")
            if getattr(patient.person, name) != getattr(before.person, name)
        ),
        put_right=put_right,
        answered=answered,
        outcome=outcome,
        yes_no=spoken.yes_no.answer if spoken.yes_no else None,
        known=tuple(dict.fromkeys(f.code for f in findings if known_before.get(f.code) == f.present)),
        two_numbers=spoken.two_numbers and not labs,
        changed_age=before.person.age is not None and patient.person.age != before.person.age,
    )
    return picture, heard


def _still_under_age(spoken: Spoken) -> Spoken:
    """ "I'm nearly 16" gives no 16."""
    reading: Any = spoken.reading
    if spoken.age_group != "under_16" or reading.person.age is None or reading.person.age < ADULT_FROM:
        return spoken
    return replace(spoken, reading=replace(reading, person=replace(reading.person, age=ADULT_FROM - 1)))


def _keep_what_was_named(picture: Picture, spoken: Spoken) -> Spoken:
    """A "none of these" to a list takes nothing back that was told by name before."""
    reading: Any = spoken.reading
    present = {f.code for f in (*picture.patient.symptoms, *picture.patient.history) if f.present}
    kept = tuple(f for f in reading.findings if f.present or f.code not in present or spoken.names(f.code))
    return spoken if len(kept) == len(reading.findings) else replace(spoken, reading=replace(reading, findings=kept))


def _kept_quotes(before: Patient, picture: Picture, new: dict[str, str]) -> dict[str, str]:
    """The words that told a thing first stay its quote; others take their place where the statement changes."""
    was = {f.code: f.present for f in before.symptoms + before.history}
    now = {f.code: f.present for f in picture.patient.symptoms + picture.patient.history}
    again = {code for code, present in now.items() if was.get(code) == present and code in picture.quotes}
    return {**picture.quotes, **{code: words for code, words in new.items() if code not in again}}


_WEEKS = re.compile(r"^\W*(?:about |around |nearly |over )?\w+ ?(?:w|wks?|weeks?|m|mths?|months?)\b")


def _without_bare_times(spoken: Spoken) -> Spoken:
    reading: Any = spoken.reading
    if spoken.question != "pregnant" or not any(map(_only_a_time, reading.findings)):
        return spoken
    findings = tuple(finding for finding in reading.findings if not _only_a_time(finding))
    person = replace(reading.person, pregnant=None, trimester=None)
    return replace(spoken, reading=replace(reading, findings=findings, person=person))


def _only_a_time(finding: Finding) -> bool:
    """ "Since Christmas" answers another question; "24 weeks" answers the one about pregnancy."""
    if finding.code not in ("pregnancy", "breastfeeding") or not finding.present or finding.words is None:
        return False
    words = finding.words.text.lower()
    return not re.search(r"preg|expect|breast|feed|nurs|trimester|due|yes|yeah|yep|baby", words) and not _WEEKS.match(
        words
    )


def _put_right(picture: Picture, spoken: Spoken) -> tuple[Picture, bool]:
    correction = spoken.correction
    if correction is None:
        return picture, False
    if correction.age is not None:
        return picture.learn(person=Person(age=correction.age)), True
    if correction.before is not None and correction.after is not None:
        return picture.with_lab(correction.before, _at(picture.turns - 1, correction.after)), True
    return (picture.without_lab(correction.before), True) if correction.before is not None else (picture, False)


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
