"""How a reviewed answer becomes text: region, length, closing, clinic facts."""

from __future__ import annotations

from datetime import date

import pytest

from bot.clinical.answers import Answer, Answers, AnswerText, phrases_forbidden, phrases_missing
from bot.clinical.wording import UnknownWordsError

ANSWER = Answer(
    id="FAQ-01",
    question="What is anaemia?",
    text=AnswerText("Anaemia is common.", "Ring {clinic_phone}."),
    closing="This is general.",
    must_say=(("anaemia", "anemia"), ("common",)),
    never_say=("cure", "dose"),
    sources=("seed-000",),
    covers=("S000-01",),
    status="draft",
    next_review=date(2026, 1, 1),
    regions={"eu": AnswerText("Local words.", "")},
)


@pytest.fixture
def answers() -> Answers:
    return Answers({"FAQ-01": ANSWER}, {"clinic_phone": "the clinic"}, {"anaemia": "anemia"})


def test_the_short_answer_comes_with_its_closing_and_sources(answers: Answers) -> None:
    given = answers.render("FAQ-01")
    assert given.text == "Anaemia is common.\n\nThis is general."
    assert given.sources == ("seed-000",)


def test_more_is_added_or_given_alone(answers: Answers) -> None:
    long = answers.render("FAQ-01", contacts={"clinic_phone": "01632 960 001"}, long=True).text
    assert long == "Anaemia is common.\n\nRing 01632 960 001.\n\nThis is general."
    assert answers.render_more("FAQ-01").text == "Ring the clinic.\n\nThis is general."


def test_a_region_has_its_wording_and_its_spelling(answers: Answers) -> None:
    assert answers.render("FAQ-01", region="eu", long=True).text == "Local words.\n\nThis is general."
    assert answers.render("FAQ-01", region="us").text.startswith("Anemia")
    assert answers.question("FAQ-01", region="us") == "What is anemia?"
    assert answers.question("FAQ-01") == "What is anaemia?"


def test_the_bank_is_counted_and_walked_in_order(answers: Answers) -> None:
    assert len(answers) == 1 and list(answers) == [ANSWER]


def test_a_topic_that_is_not_there_is_named(answers: Answers) -> None:
    with pytest.raises(UnknownWordsError, match="no answer has the id 'FAQ-85'"):
        answers["FAQ-85"]


def test_what_must_and_must_not_be_said_is_compared_without_capitals() -> None:
    assert phrases_missing(ANSWER, "ANEMIA is Common") == ()
    assert phrases_missing(ANSWER, "common") == (("anaemia", "anemia"),)
    assert phrases_forbidden(ANSWER, "No CURE here") == ("cure",)
    assert phrases_forbidden(ANSWER, "nothing") == ()
