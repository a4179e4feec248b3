"""What one message brings: facts, answers to the open question, corrections; nothing is asked twice."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest

from bot.clinical.codes import Who
from bot.clinical.findings import B12Course, Finding, LabResult, Patient, Person
from bot.conversation.answers_to_questions import missed
from bot.conversation.hearing import Heard, take_up
from bot.conversation.picture import Picture
from bot.conversation.questions import next_question
from bot.conversation.spoken import Spoken
from bot.language.yes_no import YesNo


@dataclass(frozen=True)
class FakeReading:
    findings: tuple[Finding, ...] = ()
    labs: tuple[LabResult, ...] = ()
    person: Person = Person()
    treatment: B12Course = B12Course()
    deficiency_confirmed_by_doctor: bool | None = None


def _hear(
    picture: Picture,
    text: str,
    *,
    question: str | None = None,
    yes_no: str | None = None,
    unit: str | None = None,
    **read: object,
) -> tuple[Picture, Heard]:
    answer = YesNo(yes_no, alone=True) if yes_no else None
    spoken = Spoken(
        text=text,
        message_id="m1",
        reading=FakeReading(**read),  # type: ignore[arg-type]
        yes_no=answer,
        question=question,
        lab_unit=unit,
    )
    return take_up(picture, spoken)


def _asked(picture: Picture, *codes: str) -> Picture:
    for code in codes:
        picture = picture.with_question(code, times=picture.asked(code).times + 1)
    return picture


def test_facts_of_a_message_are_noted_once() -> None:
    fatigue = Finding("fatigue", duration_days=90)
    picture, heard = _hear(Picture(), "tired for three months", findings=(fatigue,))
    assert heard.noted == ("fatigue",)
    _, again = _hear(picture, "still tired", findings=(Finding("fatigue"),))
    assert again.noted == ()


def test_a_later_statement_keeps_what_it_leaves_unsaid() -> None:
    picture, _ = _hear(Picture(), "tired for three months", findings=(Finding("fatigue", duration_days=90),))
    picture, _ = _hear(picture, "so tired", findings=(Finding("fatigue"),))
    assert picture.patient.symptoms[0].duration_days == 90


def test_a_correction_is_told_apart_from_a_new_fact() -> None:
    picture, _ = _hear(Picture(), "on metformin", findings=(Finding("metformin"),))
    picture, heard = _hear(picture, "no metformin actually", findings=(Finding("metformin", present=False),))
    assert heard.corrected == ("metformin",)
    assert not picture.patient.history[0].present


def test_somebody_elses_findings_are_not_the_patients() -> None:
    picture, heard = _hear(Picture(), "my dad is tired", findings=(Finding("fatigue", who=Who.OTHER),))
    assert picture.patient == Patient()
    assert not heard.anything


@pytest.mark.parametrize("text", ["42", "im 42", "I'm 42 years old", "42, no, none"])
def test_a_bare_number_answers_the_age(text: str) -> None:
    picture, heard = _hear(_asked(Picture(), "age"), text, question="age")
    assert (picture.patient.person.age, heard.answered) == (42, "age")


def test_the_age_is_still_answered_after_a_result_came_in_between() -> None:
    b12 = LabResult("b12", Decimal(150))
    picture, _ = _hear(_asked(Picture(), "age"), "b12 was 150", question="age", labs=(b12,))
    picture = _asked(missed(picture, "age"), "b12_unit")
    picture, heard = _hear(picture, "42", question="b12_unit")
    assert picture.patient.person.age == 42
    assert heard.answered == "age"


def test_no_denies_what_the_question_asked() -> None:
    picture, heard = _hear(_asked(Picture(), "current_b12"), "none", question="current_b12", yes_no="no")
    assert {f.code: f.present for f in picture.patient.history} == {
        "current_b12_injections": False,
        "current_oral_b12": False,
    }
    assert heard.outcome == "answered"


def test_no_to_pregnancy_is_known_as_no() -> None:
    picture, _ = _hear(_asked(Picture(), "pregnant"), "no", question="pregnant", yes_no="no")
    assert picture.patient.person.pregnant is False


@pytest.mark.parametrize(("said", "outcome"), [("unsure", "unknown"), ("declined", "declined")])
def test_not_knowing_and_not_saying_close_a_question(said: str, outcome: str) -> None:
    picture, _ = _hear(_asked(Picture(), "cause"), "…", question="cause", yes_no=said)
    assert picture.asked("cause").outcome == outcome
    assert "cause" in picture.patient.asked


def test_yes_alone_does_not_answer_which_treatment() -> None:
    picture, heard = _hear(_asked(Picture(), "current_b12"), "yes", question="current_b12", yes_no="yes")
    assert heard.answered is None
    assert picture.patient.history == ()


def test_a_unit_by_itself_answers_the_question_for_it() -> None:
    picture, _ = _hear(Picture(), "b12 was 150", labs=(LabResult("b12", Decimal(150)),))
    picture, _ = _hear(_asked(picture, "b12_unit"), "pg/ml", question="b12_unit", unit="pg/mL")
    assert picture.asked("b12_unit").outcome == "answered"


def test_a_question_talked_past_twice_is_put_down_as_not_known() -> None:
    picture = _asked(Picture(), "cause")
    picture = missed(missed(picture, "cause"), "cause")
    assert picture.asked("cause").outcome == "unknown"


def test_a_question_talked_past_comes_after_those_not_yet_put() -> None:
    picture = missed(_asked(Picture(), "age"), "age")
    assert next_question(picture, ["age", "pregnant"]) == "pregnant"


def test_a_unit_that_is_missing_is_asked_at_once() -> None:
    assert next_question(Picture(), ["age", "pregnant", "b12_unit"]) == "b12_unit"


def test_nothing_open_means_no_question() -> None:
    assert next_question(Picture(), ["kidney_disease"]) is None


def test_a_picture_survives_being_stored() -> None:
    picture, heard = _hear(
        _asked(Picture(), "age"),
        "I'm 42, hb 9.8",
        question="age",
        findings=(Finding("fatigue", duration_days=90),),
        labs=(LabResult("haemoglobin", Decimal("9.8"), unit="g/dL", canonical_value=Decimal("98")),),
        person=Person(age=42, sex="female"),
    )
    assert Picture.from_json(picture.to_json()) == picture
    assert Heard.from_json(heard.to_json()) == heard


def test_a_no_that_names_nothing_denies_all_that_the_question_names() -> None:
    """The reader ties "nope, never took any" to the first code of the question; the second must not stay open."""
    denied = Finding("current_b12_injections", present=False)
    spoken = Spoken(
        text="nope, never took any",
        message_id="m1",
        reading=FakeReading(findings=(denied,)),
        yes_no=YesNo("no", alone=False),
        question="current_b12",
        own_words=frozenset(),
    )
    picture, heard = take_up(_asked(Picture(), "current_b12"), spoken)
    assert {f.code: f.present for f in picture.patient.history} == {
        "current_b12_injections": False,
        "current_oral_b12": False,
    }
    assert heard.answered == "current_b12"
    by_name = Spoken(
        text="no jabs",
        message_id="m1",
        reading=FakeReading(findings=(denied,)),
        yes_no=YesNo("no", alone=False),
        question="current_b12",
        own_words=frozenset({"current_b12_injections"}),
    )
    picture, _ = take_up(_asked(Picture(), "current_b12"), by_name)
    assert [f.code for f in picture.patient.history] == ["current_b12_injections"], "tablets were not spoken of"


def test_a_vitamin_mix_answers_the_question_and_is_no_treatment() -> None:
    spoken = Spoken(
        text="only a pregnancy multivitamin",
        message_id="m1",
        reading=FakeReading(),
        question="current_b12",
        little_b12=True,
    )
    picture, heard = take_up(_asked(Picture(), "current_b12"), spoken)
    assert heard.answered == "current_b12"
    assert picture.patient.history == ()
