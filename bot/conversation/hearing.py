"""
Take up one message of the patient: what it tells, corrects and answers.

Pure: a `Picture` and a message in, a new `Picture` and what was `Heard` out.  Reading
the words is `bot.language`; deciding anything from them is `bot.clinical`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from bot.clinical.codes import SYMPTOMS, Who
from bot.clinical.findings import B12Course, Finding, LabResult, Patient, Person
from bot.conversation.picture import Conflict, Picture, lab_key
from bot.conversation.plain import from_plain, to_plain
from bot.conversation.questions import (
    ANSWERED,
    ASKED_NEXT,
    CONFLICT,
    DECLINED,
    MEANINGS,
    MISSES_UNTIL_UNKNOWN,
    UNKNOWN,
    VALUE_CHECK,
    asked_and_open,
    close_worn_out,
    context_for,
)
from bot.language.yes_no import YesNo

#: The assistant is for people from this age on.
ADULT_FROM = 16


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
class Correction:
    """A number said before that is replaced: an age, or a result by another one (None: taken out)."""

    age: int | None = None
    before: LabResult | None = None
    after: LabResult | None = None


@dataclass(frozen=True)
class Spoken:
    """One message as the readers see it."""

    text: str
    message_id: str
    reading: Read
    yes_no: YesNo | None = None
    lab_unit: str | None = None  # a unit that stands in the message, with or without a number
    question: str | None = None  # the open question's code
    polite: bool = False  # "ok", "thanks": no yes to a question about health
    age_group: str | None = None  # "under_16", "grown_up" or "over_60", where a group was picked
    has_it: bool = False  # "I have the number", which is still to come
    said_level: bool = False  # "I was told it is low"
    little_b12: bool = False  # "just a multivitamin"
    correction: Correction | None = None
    two_numbers: bool = False  # "162 or 126"
    takes_back: bool = False  # words of correcting or of ending: what it changes is no contradiction
    own_words: frozenset[str] | None = None  # codes that the message names without the question's help; None: all
    today: date = field(default_factory=date.today)

    def names(self, code: str) -> bool:
        """Whether the message itself speaks of it."""
        return self.own_words is None or code in self.own_words


def _first_or_only(quotes: Mapping[str, str], code: str, finding: Finding) -> str:
    return quotes.get(code) or (finding.words.text if finding.words else "")


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
    conflicts = _conflicts(before, picture, spoken, quotes, findings=findings, labs=labs)
    picture = replace(picture, quotes=_kept_quotes(before, picture, quotes), conflicts=(*picture.conflicts, *conflicts))
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


def _conflicts(
    before: Patient,
    picture: Picture,
    spoken: Spoken,
    quotes: Mapping[str, str],
    *,
    findings: Sequence[Finding],
    labs: Sequence[LabResult],
) -> list[Conflict]:
    """What this message says against an earlier one without taking it back; each thing is asked about once."""
    if spoken.takes_back or spoken.correction is not None or spoken.question == CONFLICT:
        return []
    asked = {conflict.code for conflict in picture.conflicts}
    known = {f.code: f for f in before.history}
    found = []
    for finding in findings:
        earlier = known.get(finding.code)
        if earlier is None or earlier.present == finding.present or finding.code in (*asked, *NOT_ASKED_WITH_CAUSE):
            continue
        if earlier.words is None or finding.words is None or not spoken.names(finding.code):
            continue
        asked.add(finding.code)
        first = _first_or_only(picture.quotes, finding.code, earlier)
        then = _first_or_only(quotes, finding.code, finding)
        found.append(Conflict(finding.code, first, then, present=finding.present))
    for lab in labs:
        for earlier_lab in before.labs:
            same = earlier_lab.analyte == lab.analyte and earlier_lab.date == lab.date and lab.date is not None
            if same and earlier_lab.value != lab.value and lab.analyte not in asked:
                asked.add(lab.analyte)
                found.append(
                    Conflict(lab.analyte, str(earlier_lab.value), str(lab.value), before=earlier_lab, after=lab)
                )
    return found


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


#: "No" to the question about causes says nothing about operations elsewhere.
NOT_ASKED_WITH_CAUSE = ("recent_surgery",)


def missed(picture: Picture, question: str | None) -> Picture:
    """The open question was talked past; what was talked past often enough is put down as not known."""
    if question == VALUE_CHECK:
        return _missed_value(picture)
    if question == CONFLICT:
        return picture.settle(picture.conflict) if picture.conflict is not None else picture
    if question is None or picture.asked(question).outcome is not None:
        return picture
    return close_worn_out(picture.with_question(question, missed=picture.asked(question).missed + 1))


def _missed_value(picture: Picture) -> Picture:
    lab, record = picture.doubtful, picture.asked(VALUE_CHECK)
    if lab is None:
        return picture
    if record.missed + 1 >= MISSES_UNTIL_UNKNOWN:
        return replace(picture, put_down=(*picture.put_down, lab_key(lab))).with_question(VALUE_CHECK, missed=0)
    return picture.with_question(VALUE_CHECK, missed=record.missed + 1)


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


def _answer(picture: Picture, spoken: Spoken, *, told: bool) -> tuple[Picture, str | None, str | None]:
    open_first = [code for code in (spoken.question, *asked_and_open(picture)) if code is not None]
    for place, code in enumerate(dict.fromkeys(open_first)):
        if code not in MEANINGS or picture.asked(code).outcome is not None:
            continue
        if code == CONFLICT:
            settled = _conflict_settled(picture, spoken) if place == 0 else None
            if settled is not None:
                return settled, code, ANSWERED
            continue
        if code == VALUE_CHECK:
            outcome, picture = _value_checked(picture, spoken) if place == 0 else (None, picture)
            if outcome is not None:
                return picture, code, outcome
            continue
        outcome, picture = _outcome(picture, spoken, code, current=place == 0, told=told)
        if outcome is not None:
            return picture.with_question(code, outcome=outcome), code, outcome
    return picture, None, None


#: "No, I mean I take it now": the no belongs to the other statement.
_STILL_SO = re.compile(r"\bi(?:'m| am|m)? (?:do |still |now )?(?:take|have|use|eat|drink|smoke|on)\b (?!not|no\b)")


def _conflict_settled(picture: Picture, spoken: Spoken) -> Picture | None:
    """Which of two statements holds; when the patient cannot say, the thing is kept as unsure."""
    conflict, yes_no = picture.conflict, spoken.yes_no
    if conflict is None:
        return None
    if conflict.before is not None and conflict.after is not None:
        numbers = re.findall(_NUMBER, spoken.text)
        for right, wrong in ((conflict.before, conflict.after), (conflict.after, conflict.before)):
            if any(_decimal(number) == right.value for number in numbers):
                return _without_labs_like(picture, wrong).settle(conflict)
        return picture.settle(conflict) if yes_no is not None else None
    said = next((f.present for f in spoken.reading.findings if f.code == conflict.code), None)
    if said is None and yes_no is not None and yes_no.answer in ("yes", "no"):
        said = yes_no.answer == "yes" or (not yes_no.alone and bool(_STILL_SO.search(spoken.text.lower())))
    if said is not None:
        return picture.learn(findings=(Finding(conflict.code, present=said),)).settle(conflict)
    if yes_no is None:
        return None
    return picture.learn(findings=(Finding(conflict.code, certain=False),)).settle(conflict)


def _without_labs_like(picture: Picture, wrong: LabResult) -> Picture:
    for lab in picture.patient.labs:
        if (lab.analyte, lab.value, lab.date) == (wrong.analyte, wrong.value, wrong.date):
            picture = picture.without_lab(lab)
    return picture


def _value_checked(picture: Picture, spoken: Spoken) -> tuple[str | None, Picture]:
    """A doubtful result: confirmed, taken back, corrected, or put down because nobody can say."""
    lab, yes_no = picture.doubtful, spoken.yes_no
    if lab is None:
        return None, picture
    others = [new for new in spoken.reading.labs if new.analyte == lab.analyte and new.value != lab.value]
    if others:
        return ANSWERED, picture.without_lab(lab)
    if yes_no is None or (spoken.polite and not yes_no.alone):
        return None, picture
    if yes_no.answer == "yes":
        return ANSWERED, picture.with_lab(lab, replace(lab, confirmed=True))
    if yes_no.answer == "no":
        picture = picture.without_lab(lab)
        return ANSWERED, picture.with_question("b12", missed=ASKED_NEXT) if lab.analyte == "b12" else picture
    return UNKNOWN, replace(picture, put_down=(*picture.put_down, lab_key(lab)))


def _outcome(picture: Picture, spoken: Spoken, code: str, *, current: bool, told: bool) -> tuple[str | None, Picture]:
    reading, yes_no = spoken.reading, spoken.yes_no
    if code == "age":
        age = reading.person.age if reading.person.age is not None else _bare_age(spoken.text)
        if spoken.age_group == "under_16":
            age = ADULT_FROM - 1
        if age is not None:
            return ANSWERED, picture.learn(person=Person(age=age))
        if current and spoken.age_group == "over_60":
            return ANSWERED, picture.with_question("pregnant", outcome=ANSWERED)
        if current and spoken.age_group is not None:
            return ANSWERED, picture
    elif _speaks_of(code, reading):
        return ANSWERED, _deny_the_rest(picture, spoken, code) if current else picture
    if code == "b12" and current and spoken.said_level and not spoken.has_it:
        return ANSWERED, picture
    if code == "current_b12" and current and spoken.little_b12:
        return ANSWERED, picture
    if code == "pregnant" and picture.patient.person.sex == "male":
        return ANSWERED, picture
    if not current or yes_no is None:
        return None, picture
    meaning = MEANINGS[code]
    if yes_no.answer == "unsure":
        return UNKNOWN, picture
    if yes_no.answer == "declined":
        return DECLINED, picture
    if spoken.correction is not None and not yes_no.alone:
        return None, picture  # "actually no, I'm 41": the no belongs to what is put right
    if yes_no.answer == "no" and (yes_no.alone or not told or meaning.no):
        denied = tuple(Finding(code=name, present=False) for name in meaning.no if not _said(name, reading))
        return meaning.no_outcome, picture.learn(findings=denied, person=_person(code, pregnant=False))
    if yes_no.answer == "yes" and meaning.yes_outcome is not None and not spoken.polite:
        affirmed = tuple(Finding(code=name) for name in meaning.yes if not _said(name, reading))
        return meaning.yes_outcome, picture.learn(findings=affirmed, person=_person(code, pregnant=True))
    return None, picture


def _deny_the_rest(picture: Picture, spoken: Spoken, code: str) -> Picture:
    """ "Nope, never took any" denies all that the question names, where the reader has noted only the first of it."""
    yes_no, names = spoken.yes_no, MEANINGS[code].no
    said = [finding for finding in spoken.reading.findings if finding.code in names]
    if yes_no is None or yes_no.answer != "no" or not said:
        return picture
    if any(finding.present or spoken.names(finding.code) for finding in said):
        return picture  # "no jabs" says nothing about tablets
    left = tuple(Finding(code=name, present=False) for name in names if not _said(name, spoken.reading))
    return picture.learn(findings=left)


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


_NUMBER = r"\d{1,5}(?:[.,]\d{1,3})?"


def find_correction(
    picture: Picture, text: str, *, instead_of: Sequence[str], meant: bool, in_answer: bool
) -> tuple[str, LabResult | None] | None:
    """
    The number that replaces one said before, and the result it belongs to (None: the age).

    "15 not 150", "not 150, 15" and, after words such as "I meant", a number alone, which
    then belongs to what was told last.

    Args:
        instead_of: Words such as "not" and "rather than".
        meant: The message holds words such as "I meant".
        in_answer: A question that takes a number is open; a number alone answers it.
    """
    between = "|".join(map(re.escape, instead_of))
    plain = text.replace("’", "'")
    match = re.search(rf"({_NUMBER})\D{{0,12}}?\b(?:{between})\s+({_NUMBER})", plain, re.IGNORECASE)
    pair = (match.group(1), match.group(2)) if match else None
    if pair is None:
        match = re.search(rf"\b(?:{between})\s+({_NUMBER})\D{{1,20}}?({_NUMBER})", plain, re.IGNORECASE)
        pair = (match.group(2), match.group(1)) if match else None
    if pair is not None:
        wrong = _decimal(pair[1])
        for lab in reversed(picture.patient.labs):
            if lab.value == wrong:
                return pair[0], lab
        return (pair[0], None) if picture.patient.person.age == wrong and pair[0].isdigit() else None
    numbers = re.findall(
        rf"(?<![\d/.])({_NUMBER})(?![\d/]|\s*(?:day|week|month|year|hour|min|mg|mcg|ug)s?\b)", plain.lower()
    )
    if not meant or in_answer or len(numbers) != 1 or not picture.patient.labs:
        return None
    latest = max(picture.patient.labs, key=lambda lab: lab.words.turn if lab.words else -1)
    if isinstance(latest.value, str) or latest.value == _decimal(numbers[0]):
        return None
    return numbers[0], latest


def _decimal(number: str) -> Decimal:
    return Decimal(number.replace(",", "."))


def _bare_age(text: str) -> int | None:
    """A number alone, or alone before a comma: "42", "im 42", "42, no, none"."""
    for part in re.split(r"[,;.\n]", text.lower()):
        match = _BARE_AGE.fullmatch(part.strip())
        if match and 0 < int(match.group(1)) <= 115:
            return int(match.group(1))
    return None
