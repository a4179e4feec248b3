"""Whether a message answers the question just put, or another that is still open, and what the answer says."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.clinical.codes import SYMPTOMS, Who
from bot.clinical.findings import B12Course, Finding, Person
from bot.conversation.contradictions import settled
from bot.conversation.picture import Picture, lab_key
from bot.conversation.questions import (
    ADULT_FROM,
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
)
from bot.conversation.spoken import Read, Spoken


def answer(picture: Picture, spoken: Spoken, *, told: bool) -> tuple[Picture, str | None, str | None]:
    """
    The picture with the answer taken up, the question that it answers and the outcome.

    The question just put comes first, then any other that was put and is still open; None and
    None where the message answers nothing.

    Args:
        told: The message told something, so that a "no" in it may belong to that.
    """
    open_first = [code for code in (spoken.question, *asked_and_open(picture)) if code is not None]
    for place, code in enumerate(dict.fromkeys(open_first)):
        if code not in MEANINGS or picture.asked(code).outcome is not None:
            continue
        if code == CONFLICT:
            after = settled(picture, spoken) if place == 0 else None
            if after is not None:
                return after, code, ANSWERED
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


def _bare_age(text: str) -> int | None:
    """A number alone, or alone before a comma: "42", "im 42", "42, no, none"."""
    for part in re.split(r"[,;.\n]", text.lower()):
        match = _BARE_AGE.fullmatch(part.strip())
        if match and 0 < int(match.group(1)) <= 115:
            return int(match.group(1))
    return None
